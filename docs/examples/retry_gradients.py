"""Best of M retries in a continuous action: where the policy's spread grows, exactly.

The task of arXiv 2606.05888: reward −a², action a ~ N(μ, σ²), and the best of M tries counts:
``J = −E[min_i a_i²]``. At the optimum μ = 0 the gradient by σ is that of one try times E[min of M χ²₁]:
retries damp the collapse of the spread; away from it the spread grows where |μ|/σ is above a threshold.
Everything is an integral in one dimension, of which SciPy bounds the error; nothing is simulated.

    python docs/examples/retry_gradients.py --output retry_gradients.png
"""

import argparse

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import ndtr

PRECISION = {"limit": 300, "epsabs": 1e-13, "epsrel": 1e-13}


def density(z):
    """Density of the standard normal distribution."""
    return np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def beyond(y, mu, sigma):
    """``P(|a| > y)``."""
    return 1 - (ndtr((y - mu) / sigma) - ndtr((-y - mu) / sigma))


def objective(mu, sigma, m):
    """``J = −∫ 2y P(|a| > y)^M dy``: minus the expected smallest square of M."""
    end = abs(mu) + 14 * sigma
    return -quad(lambda y: 2 * y * beyond(y, mu, sigma) ** m, 0, end, points=[abs(mu)], **PRECISION)[0]


def by_sigma(mu, sigma, m):
    """``∂J/∂σ``, differentiated under the integral."""

    def integrand(y):
        low, high = (-y - mu) / sigma, (y - mu) / sigma
        slope = (high * density(high) - low * density(low)) / sigma
        return 2 * y * m * beyond(y, mu, sigma) ** (m - 1) * slope

    return -quad(integrand, 0, abs(mu) + 14 * sigma, points=[abs(mu)], **PRECISION)[0]


def by_mu(mu, sigma, m):
    """``∂J/∂μ``, differentiated under the integral."""

    def integrand(y):
        low, high = (-y - mu) / sigma, (y - mu) / sigma
        return 2 * y * m * beyond(y, mu, sigma) ** (m - 1) * (density(high) - density(low)) / sigma

    return -quad(integrand, 0, abs(mu) + 14 * sigma, points=[abs(mu)], **PRECISION)[0]


def damping(m):
    """E[min of M χ²₁], the factor on the σ-gradient at the optimum."""
    return by_sigma(0, 1, m) / by_sigma(0, 1, 1)


def threshold(m):
    """The |μ|/σ above which σ grows; M = 1 has none."""
    return brentq(lambda ratio: by_sigma(ratio, 1, m), 0.05, 6, xtol=1e-12)


def main(output=None, quick=False):
    """Print damping and threshold, and draw the vector field where a file is named."""
    retries = (2, 4) if quick else (2, 3, 4, 8, 16)
    found = {m: (damping(m), threshold(m)) for m in retries}
    print(" M  damping at μ = 0  σ grows where |μ|/σ >")
    for m, (factor, ratio) in found.items():
        print(f"{m:2d}  {factor:16.9f}  {ratio:20.9f}")
    if output:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 3.2), layout="constrained")
        mus, sigmas = np.linspace(-2, 2, 7 if quick else 13), np.linspace(0.2, 1.6, 6 if quick else 11)
        for axes, m in zip(figure.subplots(1, 3, sharey=True), (1, 2, 8), strict=True):
            field = np.array([[(by_mu(x, s, m), by_sigma(x, s, m)) for x in mus] for s in sigmas])
            field /= np.linalg.norm(field, axis=-1, keepdims=True) + 1e-300
            axes.quiver(mus, sigmas, field[..., 0], field[..., 1])
            if m > 1:
                ratio = found[m][1] if m in found else threshold(m)
                for side in (-1, 1):
                    axes.plot(side * ratio * sigmas, sigmas, color="#D55E00")
            axes.set(title=f"best of {m}", xlabel="μ", xlim=(-2.2, 2.2), ylim=(0, 1.8))
        figure.axes[0].set_ylabel("σ")
        figure.savefig(output, dpi=80)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
