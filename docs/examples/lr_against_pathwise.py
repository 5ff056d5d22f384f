"""Likelihood-ratio against pathwise gradients of max@K in a continuous action.

The setting is that of OrderGrad, arXiv 2606.06096: an action z ~ N(θ, I) in d dimensions, the reward
``−‖z − 1‖²``, plain or with ``.2 Σ sin 4 z_j`` on top, N = 64 samples, the gradient by θ at θ = 0.

Of the plain reward the gradient is exact: ``ρ = ‖z − 1‖²`` follows the noncentral χ² distribution, and
``J = −∫ (1 − F)^K dρ``. So is the variance of the pathwise estimator ``Σ_i w_i ∇r(z_i)``, which is a
U-statistic: the mean over subsets of K of ∇r at the best of them. Two subsets that share c samples have the
same best one, or two different ones, of which the better is not in the other subset. What remains are
integrals over one radius, or over two. The variance of the likelihood-ratio estimator
``Σ_i w_i ∇log p(z_i)`` is simulated, and so is all of the wavy reward.

    python docs/examples/lr_against_pathwise.py --output lr_against_pathwise.png
"""

import argparse

import numpy as np
from scipy.special import ive, roots_legendre
from scipy.stats import hypergeom, ncx2

import ordergrad_ref as og

N = 64
KS = (1, 2, 3, 4, 5, 6)
DIMENSIONS = (1, 2, 4, 8)

POINTS, WEIGHTS = roots_legendre(3000)
"""Of Gauss and Legendre, between −1 and 1."""


def law(d):
    """Radii ρ, ``dF``, ``1 − F``, and the mean of z − 1 along its own mean, given ρ.

    The direction of z − 1 has the law of von Mises and Fisher.
    """
    far = np.sqrt(d) + 12
    root = (POINTS + 1) * far / 2
    rho = root**2
    density = WEIGHTS * far * root * ncx2.pdf(rho, d, d)
    kappa = root * np.sqrt(d)
    return rho, density, ncx2.sf(rho, d, d), root * ive(d / 2, kappa) / ive(d / 2 - 1, kappa)


def exact_gradient(d, k):
    """The length of ∇J at θ = 0: ``J = −∫ (1 − F)^K dρ``, ``∂F/∂λ = −f`` with two degrees of freedom more."""
    far = np.sqrt(d) + 12
    root = (POINTS + 1) * far / 2
    slope = ncx2.pdf(root**2, d + 2, d) * k * ncx2.sf(root**2, d, d) ** (k - 1)
    by_noncentrality = -(WEIGHTS * far * root * slope).sum()
    return abs(by_noncentrality) * 2 * np.sqrt(d)  # λ = ‖θ − 1‖²


def exact_pathwise_variance(d, k):
    """``tr Cov`` of the pathwise estimator, over how many samples two subsets of K share."""
    rho, density, tail, along = law(d)
    square = 0.0
    for shared in range(k + 1):
        same = shared * (density * rho * tail ** (2 * k - shared - 1)).sum()
        different = 0.0
        if shared < k:
            worse = density * along * tail ** (k - 1)
            beyond = worse.sum() - np.cumsum(worse) + worse / 2
            better = density * along * tail ** (k - shared - 1)
            different = 2 * (k - shared) * k * (better * beyond).sum()
        square += hypergeom.pmf(shared, N, k, k) * 4 * (same + different)
    return square - exact_gradient(d, k) ** 2


def simulated(d, k, waves, batches):
    """Mean along (1, …, 1), ``tr Cov``, and the mean's standard error, of both, from so many batches."""
    rng = np.random.default_rng([d, k])
    found = {"likelihood ratio": [], "pathwise": []}
    for _ in range(batches // 500):
        z = rng.normal(size=(500, N, d))
        rewards = -((z - 1) ** 2).sum(-1) + waves * np.sin(4 * z).sum(-1)
        slopes = -2 * (z - 1) + 4 * waves * np.cos(4 * z)
        found["likelihood ratio"].append((og.score_weights(rewards, f"max@{k}")[..., None] * z).sum(1))
        found["pathwise"].append((og.pathwise_weights(rewards, f"max@{k}")[..., None] * slopes).sum(1))
    gradients = {name: np.concatenate(parts) for name, parts in found.items()}
    return {
        name: (g.mean(0).sum() / np.sqrt(d), g.var(0, ddof=1).sum(), np.sqrt(g.sum(1).var() / d / len(g)))
        for name, g in gradients.items()
    }


def main(output=None, quick=False):
    """Print the table, and draw it where a file is named."""
    batches = 500 if quick else 20_000
    ks, dimensions = (KS[:2], DIMENSIONS[:2]) if quick else (KS, DIMENSIONS)
    rows = []
    print(
        "reward     d  K  gradient   seen LR    seen path   variance path  seen path     seen LR   LR / path"
    )
    for d in dimensions:
        for k in ks:
            for name, waves in (("quadratic", 0.0), ("wavy", 0.2)):
                seen = simulated(d, k, waves, batches)
                exact = (exact_gradient(d, k), exact_pathwise_variance(d, k)) if not waves else (None, None)
                rows.append({"reward": name, "d": d, "k": k, "exact": exact, "seen": seen})
                (lr, lr_variance, _), (path, path_variance, _) = seen.values()
                known = [f"{x:.5f}" if x is not None else "–" for x in exact]
                print(
                    f"{name:9} {d:2d} {k:2d} {known[0]:>9} {lr:9.4f} {path:11.4f} {known[1]:>15} "
                    f"{path_variance:10.5f} {lr_variance:11.4f} {lr_variance / path_variance:11.1f}"
                )
    if output:
        draw(rows, ks, dimensions, output)
    return rows


def draw(rows, ks, dimensions, output):
    """Draw variance against K for both estimators, a panel for each reward."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    for axes, reward in zip(figure.subplots(1, 2, sharey=True), ("quadratic", "wavy"), strict=True):
        for i, d in enumerate(dimensions):
            own = [row for row in rows if (row["reward"], row["d"]) == (reward, d)]
            for estimator, style in (("likelihood ratio", "s"), ("pathwise", "o")):
                seen = [row["seen"][estimator][1] for row in own]
                axes.plot(ks, seen, style, color=f"C{i}", fillstyle="none")
                if reward == "quadratic" and estimator == "pathwise":
                    seen = [row["exact"][1] for row in own]
                label = f"d = {d}, {estimator}"
                axes.plot(ks, seen, "-" if estimator == "pathwise" else ":", color=f"C{i}", label=label)
        axes.set(title=f"{reward} reward", xlabel="K", yscale="log", xticks=list(ks))
    figure.axes[0].set_ylabel("total variance of the gradient")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside right upper", fontsize="small")
    figure.savefig(output, dpi=80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
