"""How far each rule for a quantile of K samples is from the quantile itself: exactly, without simulation.

For uniform and for exponential rewards, mean and covariance of the K sorted samples are rational numbers,
so that bias ``w·E − Q(q)`` and mean squared error ``bias² + wᵀ Cov w`` of every rule with rank weights w
are exact.

    uniform       E x_(j) = j/(K+1)                Cov = i (K+1−j) / ((K+1)² (K+2)),  i ≤ j
    exponential   E x_(j) = Σ_{m=1..j} 1/(K−m+1)   Cov = Σ_{m=1..i} 1/(K−m+1)²,       i ≤ j

    python docs/examples/quantile_rules.py --output quantile_rules.png
"""

import argparse
from fractions import Fraction
from itertools import accumulate

import numpy as np

import ordergrad_ref as og

RULES = {
    "Hazen": "quantile({q}, hazen)@{k}",
    "Weibull": "quantile({q}, weibull)@{k}",
    "Blom": "quantile({q}, blom)@{k}",
    "Harrell–Davis": "harrell_davis({q})@{k}",
}
LEVEL = 0.9


def uniform(k):
    """Mean and covariance of the sorted samples, and the quantile function."""
    mean = [Fraction(j, k + 1) for j in range(1, k + 1)]
    covariance = [
        [Fraction(min(i, j) * (k + 1 - max(i, j)), (k + 1) ** 2 * (k + 2)) for j in range(1, k + 1)]
        for i in range(1, k + 1)
    ]
    return np.array(mean, float), np.array(covariance, float), lambda q: q


def exponential(k):
    """The same for the exponential distribution of mean 1."""
    mean = list(accumulate(Fraction(1, k - m) for m in range(k)))
    squares = list(accumulate(Fraction(1, (k - m) ** 2) for m in range(k)))
    covariance = [[squares[min(i, j)] for j in range(k)] for i in range(k)]
    return np.array(mean, float), np.array(covariance, float), lambda q: -np.log1p(-q)


DISTRIBUTIONS = {"uniform": uniform, "exponential": exponential}


def accuracy(distribution, rule, k, q=LEVEL):
    """Bias and root of the mean squared error of a rule."""
    mean, covariance, quantile = DISTRIBUTIONS[distribution](k)
    weights = np.array(og.objective(RULES[rule].format(q=q, k=k)).weights, dtype=float)
    bias = weights @ mean - quantile(q)
    return bias, np.sqrt(bias**2 + weights @ covariance @ weights)


def main(output=None, quick=False):
    """Print the table, and draw it where a file is named."""
    ks = (4, 16) if quick else (4, 8, 16, 32, 64)
    found = {
        (distribution, rule): [accuracy(distribution, rule, k) for k in ks]
        for distribution in DISTRIBUTIONS
        for rule in RULES
    }
    print(f"the {LEVEL} quantile: bias (root of the mean squared error)")
    print(f"{'':26}" + "".join(f"{f'K = {k}':>18}" for k in ks))
    for (distribution, rule), row in found.items():
        print(f"{distribution:12}{rule:14}" + "".join(f"{bias:+9.4f} ({error:.4f})" for bias, error in row))
    if output:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 3.4), layout="constrained")
        for axes, distribution in zip(figure.subplots(1, 2), DISTRIBUTIONS, strict=True):
            for rule in RULES:
                axes.plot(ks, [bias for bias, _ in found[distribution, rule]], marker="o", label=rule)
            axes.axhline(0, color="black", linewidth=0.8)
            axes.set(title=f"{distribution} rewards", xlabel="K", xscale="log", xticks=ks, ylabel="bias")
            axes.set_xticklabels(map(str, ks))
            axes.minorticks_off()
        figure.axes[0].legend()
        figure.savefig(output, dpi=80)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
