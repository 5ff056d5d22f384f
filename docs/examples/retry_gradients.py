"""Best of M retries in a continuous action: where the policy's spread grows, exactly.

The task of arXiv 2606.05888: reward −a², action a ~ N(μ, σ²), and the best of M tries counts:
``J = −E[min_i a_i²]``. At the optimum μ = 0 the gradient by σ is that of one try times E[min of M χ²₁]:
retries damp the collapse of the spread; away from it the spread grows where |μ|/σ is above a threshold.
Everything is an integral in one dimension, of which SciPy bounds the error; nothing is simulated.

    python docs/examples/retry_gradients.py --output retry_gradients.png
"""

import argparse
import itertools

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


def path(m, ratios):
    """σ along one curve that follows the gradient, at increasing ratios t = μ/σ > 0.

    J is homogeneous, so that ``d log σ/dt = h/(g − t h)`` with the gradient (g, h) at μ = t, σ = 1, and every
    other curve is an enlargement of this one. One try goes straight to the origin instead.
    """
    points, weights = np.polynomial.legendre.leggauss(6)
    logs = [0.0]
    for low, high in itertools.pairwise(ratios):
        ts = (low + high + points * (high - low)) / 2
        slopes = [(by_mu(t, 1, m), by_sigma(t, 1, m)) for t in ts]
        rise = sum(w * h / (g - t * h) for w, t, (g, h) in zip(weights, ts, slopes, strict=True))
        logs.append(logs[-1] + rise * (high - low) / 2)
    return np.exp(logs)


def main(output=None, quick=False):
    """Print damping and threshold, and draw the vector field where a file is named."""
    retries = (2, 4, 8) if quick else (2, 3, 4, 8, 16)
    found = {m: (damping(m), threshold(m)) for m in retries}
    print(" M  damping at μ = 0  σ grows where |μ|/σ >")
    for m, (factor, ratio) in found.items():
        print(f"{m:2d}  {factor:16.9f}  {ratio:20.9f}")
    if output:
        draw(found, 6 if quick else 11, output)
    return found


def draw(found, points, output):
    """Draw directions as arrows, the curves that follow them, and where σ begins to grow."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 3.2), layout="constrained")
    mus, sigmas = np.linspace(-2, 2, points + 2), np.linspace(0.2, 1.6, points)
    ratios = np.geomspace(0.05, 8, 4 * points)
    for axes, m in zip(figure.subplots(1, 4, sharey=True), (1, 2, 4, 8), strict=True):
        field = np.array([[(by_mu(x, s, m), by_sigma(x, s, m)) for x in mus] for s in sigmas])
        field /= np.linalg.norm(field, axis=-1, keepdims=True) + 1e-300
        axes.quiver(mus, sigmas, field[..., 0], field[..., 1], color="0.5")
        curve = path(m, ratios) if m > 1 else None
        for start in (0.25, 0.4, 0.8, 1.2, 1.6):  # σ where μ = ±2, or the end of the ray
            if m == 1:
                drawn = np.array([[0, 2], [0, start]])
            else:
                scale = 2 / np.interp(2 / start, ratios, ratios * curve)
                drawn = scale * np.array([ratios * curve, curve])
            for side in (-1, 1):
                axes.plot(side * drawn[0], drawn[1], color="#0072B2", linewidth=1)
        if m > 1:
            for side in (-1, 1):
                axes.plot(side * found[m][1] * sigmas, sigmas, color="#D55E00")
        axes.set(title=f"best of {m}", xlabel="μ", xlim=(-2.2, 2.2), ylim=(0, 1.8))
    figure.axes[0].set_ylabel("σ")
    figure.savefig(output, dpi=80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
