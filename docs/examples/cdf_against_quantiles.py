"""A distribution function read off the expected order statistics of K rewards: exactly, and simulated on top.

The setting is that of the scripts of OrderGrad, arXiv 2606.06096: K = 10, uniform rewards, or a mixture of
.65 N(0, 1) and .35 N(2, .7²). A rule puts the j-th of K expected order statistics at the level

    p_j = (j − a) / (K + 1 − 2a),    a = 1/2 (Hazen), 0 (Weibull), 3/8 (Blom),

and joins the points by straight lines. For uniform rewards E x_(j) = j/(K+1); for the mixture it is the
integral of an analytic function over the whole line, where the trapezoid rule errs by less than a float can
show. The simulation has 300 batches of 64, as theirs.

    python docs/examples/cdf_against_quantiles.py --output cdf_against_quantiles.png
"""

import argparse

import numpy as np
from scipy.special import ndtr
from scipy.stats import binom

import ordergrad_ref as og

K, N, BATCHES = 10, 64, 300
RULES = {"Hazen": 1 / 2, "Weibull": 0.0, "Blom": 3 / 8}
LINE = np.linspace(-12, 12, 2401)
"""Nodes of the trapezoid rule; the mixture's mass beyond them is below 1e-30."""


def mixture(x):
    """Distribution function of the mixture."""
    return 0.65 * ndtr(x) + 0.35 * ndtr((x - 2) / 0.7)


def uniform(x):
    """Distribution function of uniform rewards."""
    return np.clip(x, 0, 1)


DISTRIBUTIONS = {
    "uniform": (uniform, lambda rng, size: rng.random(size)),
    "mixture": (
        mixture,
        lambda rng, size: np.where(rng.random(size) < 0.65, rng.normal(0, 1, size), rng.normal(2, 0.7, size)),
    ),
}


def expected(distribution, k):
    """``E x_(j)``, j = 1 … K: ``∫ (Φ(x) − P(x_(j) ≤ x)) dx``, since ``∫ (1{x > 0} − Φ(x)) dx = 0``."""
    ranks = np.arange(1, k + 1)
    if distribution == "uniform":
        return ranks / (k + 1)
    at_most = binom.sf(ranks[:, None] - 1, k, mixture(LINE))
    return (ndtr(LINE) - at_most).sum(axis=1) * (LINE[1] - LINE[0])


def levels(rule, k):
    """The level of each rank."""
    a = RULES[rule]
    return (np.arange(1, k + 1) - a) / (k + 1 - 2 * a)


def error(distribution, rule, k):
    """Root mean square, between the first and the last point, of what was read off less the truth."""
    points = expected(distribution, k)
    x = np.linspace(points[0], points[-1], 20_001)
    square = (np.interp(x, points, levels(rule, k)) - DISTRIBUTIONS[distribution][0](x)) ** 2
    return np.sqrt(np.trapezoid(square, x) / (x[-1] - x[0]))


def simulated(distribution, batches):
    """Mean over batches of the estimates of all order statistics, and its standard error."""
    x = DISTRIBUTIONS[distribution][1](np.random.default_rng(0), (batches, N))
    estimates = np.stack([og.value(x, f"rank({j})@{K}") for j in range(K, 0, -1)], axis=1)
    return estimates.mean(axis=0), estimates.std(axis=0, ddof=1) / np.sqrt(batches)


def main(output=None, quick=False):
    """Print the errors, and draw the differences where a file is named."""
    ks = (4, K) if quick else (4, 6, 8, K, 16, 32, 64, 128)
    found = {(d, rule): [error(d, rule, k) for k in ks] for d in DISTRIBUTIONS for rule in RULES}
    seen = {d: simulated(d, 50 if quick else BATCHES) for d in DISTRIBUTIONS}
    print("root mean square difference from the true distribution function")
    print(f"{'':18}" + "".join(f"{f'K = {k}':>10}" for k in ks))
    for (distribution, rule), row in found.items():
        print(f"{distribution:10}{rule:8}" + "".join(f"{x:10.5f}" for x in row))
    print(f"largest difference of a simulated order statistic at K = {K}, in standard errors:")
    for distribution, (mean, deviation) in seen.items():
        print(f"{distribution:10}{np.abs((mean - expected(distribution, K)) / deviation).max():.2f}")
    if output:
        draw(found, seen, ks, output)
    return found, seen


def draw(found, seen, ks, output):
    """Draw what each rule reads off less the truth, at K = 10, and its size against K."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.4), layout="constrained")
    *differences, against = figure.subplots(1, 3)
    for axes, (distribution, (mean, deviation)) in zip(differences, seen.items(), strict=True):
        truth, points = DISTRIBUTIONS[distribution][0], expected(distribution, K)
        x = np.linspace(points[0], points[-1], 1000)
        slope = (truth(points + 1e-6) - truth(points - 1e-6)) / 2e-6
        for i, rule in enumerate(RULES):
            at = levels(rule, K)
            axes.plot(x, np.interp(x, points, at) - truth(x), color=f"C{i}", label=rule)
            axes.errorbar(
                mean, at - truth(mean), 2 * slope * deviation, fmt="o", color=f"C{i}", fillstyle="none"
            )
            style = "-" if distribution == "uniform" else "--"
            against.plot(ks, found[distribution, rule], style, color=f"C{i}", label=f"{rule}, {distribution}")
        axes.axhline(0, color="black", linewidth=0.8)
        axes.set(title=f"{distribution}, K = {K}", xlabel="reward")
    differences[0].set_ylabel("read off less true")
    differences[0].legend()
    against.set(title="its root mean square", xlabel="K", xscale="log", yscale="log", ylim=(1e-4, 0.1))
    against.set_xticks(ks, map(str, ks))
    against.minorticks_off()
    against.legend(fontsize="small")
    figure.savefig(output, dpi=80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
