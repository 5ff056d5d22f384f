"""Likelihood-ratio against pathwise gradients of max@K in a continuous action.

The setting is that of the scripts of OrderGrad, arXiv 2606.06096: an action z ~ N(θ, I) in d dimensions, the
reward ``−‖z − 1‖²``, plain or with ``.2 Σ sin 4 z_j`` on top, N = 64 samples, the gradient by θ at θ = .5.

What a threshold x in the reward contributes depends on the samples below it alone, so that the second moment
of the likelihood-ratio estimator ``Σ_i w_i ∇log p(z_i)`` is an integral over two thresholds x < y, of the
trinomial law of how many samples lie below, between and above:

    E |ĝ|² = 2 ∬ E[m_x m_y + Σ_R a_R b_R n_R var_R] dx dy

a_R and b_R are the weights that one step at x, or at y, gives to region R, n_R its samples, var_R the
variance of ∇log p in it, and m_x, m_y the means of what the steps contribute, given the counts. The pathwise
estimator ``Σ_i w_i ∇r(z_i)`` is the mean over subsets of K of ∇r at the best, so that its second moment sums
over how many samples two subsets share. Both need the law of the reward alone: in one dimension an interval
of actions is better than a threshold, in more ``‖z − 1‖²`` follows the noncentral χ² law. What is left are
smooth functions on a triangle, for the rule of Gauss and Legendre. The wavy reward in more dimensions is
simulated.

    python docs/examples/lr_against_pathwise.py --output lr_against_pathwise.png
"""

import argparse
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr, roots_legendre
from scipy.stats import hypergeom, ncx2

import ordergrad_ref as og

N, THETA, NODES = 64, 0.5, 80
KS = (1, 2, 3, 4, 5, 6)
DIMENSIONS = (1, 2, 4, 8)
WAVES = {"quadratic": 0.0, "wavy": 0.2}
STYLES = (("likelihood ratio", ":", "s"), ("pathwise", "-", "o"))


class Law(NamedTuple):
    """What the integrals need of thresholds: along the direction from 1 to θ, s the score ∇log p."""

    slope: np.ndarray  # of the threshold, by the variable of integration
    below: np.ndarray  # probability of a reward below it
    score: np.ndarray  # E[s; below]
    square: np.ndarray  # E[|s|²; below]
    path: np.ndarray  # E[∇r; at the threshold], a density
    path_square: np.ndarray  # E[|∇r|²; at the threshold]


def on_a_line(waves, t):
    """One dimension: an interval around the best action is better; its upper end is the best less t ≤ 0."""

    def reward(z):
        return -((z - 1) ** 2) + waves * np.sin(4 * z)

    def derivative(z):
        return -2 * (z - 1) + 4 * waves * np.cos(4 * z)

    def density(z):
        return np.exp(-((z - THETA) ** 2) / 2) / np.sqrt(2 * np.pi)

    best = brentq(derivative, 0, 2, xtol=1e-15)  # the only zero
    high = best - t

    def other_end(b):
        return brentq(lambda z: reward(z) - reward(b), 2 * best - 3 * b, best, xtol=1e-14)

    low = np.reshape([other_end(b) for b in high.flat], t.shape)
    at_low, at_high, slope = density(low), density(high), -derivative(high)
    below = ndtr(low - THETA) + ndtr(THETA - high)
    return Law(
        slope,
        below,
        at_low - at_high,  # minus the score points from 1 to θ, and E s = 0
        below - (low - THETA) * at_low + (high - THETA) * at_high,
        -slope * (at_low - at_high),
        slope * (slope * at_high + derivative(low) * at_low),
    )


def in_dimensions(d, t):
    """The quadratic reward: ρ = ‖z − 1‖² = t² is noncentral χ², λ = ‖θ − 1‖²; t ≤ 0.

    ``E[(z − 1)·e g(ρ)] = √λ E g`` with two degrees of freedom more; ``E[ρ g(ρ)] = d E g + λ E g`` with two
    and with four.
    """
    rho, noncentral = t**2, d * (1 - THETA) ** 2
    beyond = [ncx2.sf(rho, d + more, noncentral) for more in (0, 2, 4)]
    along = np.sqrt(noncentral) * beyond[1]
    slope = -2 * t
    return Law(
        slope,
        beyond[0],
        along - np.sqrt(noncentral) * beyond[0],
        d * beyond[1] + noncentral * (beyond[2] + beyond[0]) - 2 * np.sqrt(noncentral) * along,
        -2 * np.sqrt(noncentral) * slope * ncx2.pdf(rho, d + 2, noncentral),
        4 * rho * slope * ncx2.pdf(rho, d, noncentral),
    )


def law_of(reward, d):
    """The law of thresholds as a function of t, and the end of its range."""
    if d == 1:
        return (lambda t: on_a_line(WAVES[reward], t)), -9.0
    return (lambda t: in_dimensions(d, t)), -(np.sqrt(d) / 2 + 9)


def exact(reward, d, k, n=N, nodes=NODES):
    """Length of the gradient, and ``tr Cov`` of the likelihood-ratio and of the pathwise estimator."""
    law, end = law_of(reward, d)
    points, weights = roots_legendre(nodes)
    points, weights = (points + 1) / 2, weights / 2
    upper = end * (1 - points)
    lower = end + np.multiply.outer(upper - end, points)  # below each upper threshold
    area = np.multiply.outer(weights * (upper - end) * -end, weights)
    y, x = law(upper), law(lower)
    gradient = abs((weights * -end * y.slope * k * y.below ** (k - 1) * y.score).sum())
    ratio = 2 * (area * x.slope * y.slope[:, None] * score_products(x, y, d, k, n)).sum()
    path = 0.0
    for shared in range(k + 1):
        same = shared * (weights * -end * y.path_square * y.below ** (2 * k - shared - 1)).sum()
        different = 0.0
        if shared < k:
            better = y.path * y.below ** (k - shared - 1)
            different = 2 * (k - shared) * k * (area * better[:, None] * x.path * x.below ** (k - 1)).sum()
        path += hypergeom.pmf(shared, n, k, k) * (same + different)
    return gradient, ratio - gradient**2, path - gradient**2


def score_products(x, y, d, k, n):
    """What the steps at both thresholds contribute to ``E |ĝ|²``, for each pair x < y."""
    count = np.arange(n + 1)
    steps = og.score_weights((np.arange(n) >= count[:, None]).astype(float), f"max@{k}")
    low, high = steps[:, 0], steps[:, -1]  # of a step, where C samples are below: theirs, and the others'
    first, second = np.nonzero(count[:, None] + count <= n)
    regions = np.array([first, second, n - first - second])
    of_x = np.array([low[first], high[first], high[first]])
    of_y = np.array([low[first + second], low[first + second], high[first + second]])
    ways = gammaln(n + 1) - gammaln(regions + 1).sum(axis=0)
    found = []
    for i in range(len(y.below)):

        def by_region(of_x, of_y, of_all, i=i):
            return np.stack([of_x[i], of_y[i] - of_x[i], of_all - np.full_like(of_x[i], of_y[i])], axis=1)

        chance = np.maximum(by_region(x.below, y.below, 1.0), 1e-300)
        mean = by_region(x.score, y.score, 0.0) / chance
        variance = by_region(x.square, y.square, d) / chance - mean**2
        law = np.exp(ways + np.log(chance) @ regions)
        both = (mean @ (of_x * regions)) * (mean @ (of_y * regions)) + variance @ (of_x * of_y * regions)
        found.append((law * both).sum(axis=1))
    return np.array(found)


def simulated(d, reward, ks, batches):
    """Mean along (1, …, 1), its standard error, and ``tr Cov``, of both, for each K, from so many batches."""
    rng, gradients = np.random.default_rng(d), {}
    for _ in range(batches // 500):
        z = rng.normal(THETA, 1, size=(500, N, d))
        rewards = -((z - 1) ** 2).sum(-1) + WAVES[reward] * np.sin(4 * z).sum(-1)
        slopes = -2 * (z - 1) + 4 * WAVES[reward] * np.cos(4 * z)
        for k in ks:
            ratio = og.score_weights(rewards, f"max@{k}")[:, None] @ (z - THETA)
            path = og.pathwise_weights(rewards, f"max@{k}")[:, None] @ slopes
            gradients.setdefault(k, []).append(np.stack([ratio[:, 0], path[:, 0]]))
    found = {}
    for k, parts in gradients.items():
        of_both = np.concatenate(parts, axis=1)
        along = of_both.sum(axis=2) / np.sqrt(d)
        error = along.std(axis=1) / np.sqrt(along.shape[1])
        found[k] = (along.mean(axis=1), error, of_both.var(axis=1, ddof=1).sum(axis=1))
    return found


def main(output=None, quick=False):
    """Print the table, and draw it where a file is named."""
    batches = 500 if quick else 10_000
    ks, dimensions = (KS[1:2], DIMENSIONS[:2]) if quick else (KS, DIMENSIONS)
    rows = []
    print(
        f"{'exact (simulated)':17}{'gradient':>18}{'variance of LR':>18}{'of pathwise':>18}  signal to noise"
    )
    for reward in WAVES:
        for d in dimensions:
            seen = simulated(d, reward, ks, batches)
            for k in ks:
                means, errors, variances = seen[k]
                known = d == 1 or reward == "quadratic"
                gradient, *total = exact(reward, d, k) if known else (means.mean(), *variances)
                noise = [gradient**2 / variance for variance in total]
                rows.append({
                    "reward": reward, "d": d, "k": k, "known": known, "gradient": gradient, "variance": total,
                    "signal": noise, "seen": (means, errors, variances),
                })  # fmt: skip
                cells = [
                    f"{e:.5f} ({s:.4f})" if known else f"({s:.4f})"
                    for e, s in zip((gradient, *total), (means.mean(), *variances), strict=True)
                ]
                print(f"{reward:9} d = {d} K = {k}" + "".join(f"{cell:>18}" for cell in cells), end="")
                print(f"{noise[0]:10.3f} {noise[1]:8.3f}")
    if output:
        draw(rows, ks, dimensions, output)
    return rows


def draw(rows, ks, dimensions, output):
    """Draw variance and signal to noise against K for both estimators, a column for each reward."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 6), layout="constrained")
    panels = figure.subplots(2, 2, sharey="row", sharex=True)
    for column, reward in zip(panels.T, WAVES, strict=True):
        for i, d in enumerate(dimensions):
            own = [row for row in rows if (row["reward"], row["d"]) == (reward, d)]
            for j, (estimator, line, mark) in enumerate(STYLES):
                seen = np.array([row["seen"][2][j] for row in own])
                signal = np.array([row["seen"][0][j] for row in own]) ** 2 / seen
                label = f"d = {d}, {estimator}"
                for axes, what, drawn in zip(column, ("variance", "signal"), (seen, signal), strict=True):
                    axes.plot(ks, drawn, mark, color=f"C{i}", fillstyle="none")
                    if own[0]["known"]:
                        axes.plot(ks, [row[what][j] for row in own], line, color=f"C{i}", label=label)
        column[0].set(title=f"{reward} reward", yscale="log")
        column[1].set(xlabel="K", yscale="log", xticks=list(ks))
    panels[0, 0].set_ylabel("total variance of the gradient")
    panels[1, 0].set_ylabel("signal to noise")
    figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside right upper", fontsize="small")
    figure.savefig(output, dpi=80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
