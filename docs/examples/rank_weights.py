"""How much each of N sorted rewards weighs in an estimate: exactly.

The setting is that of the scripts of OrderGrad, arXiv 2606.06096: N = 100; the 1st, 3rd and 10th largest of
K = 10, and the mean of the two largest and Harrell and Davis's .25 quantile at K = 10 and 20. The weight
``K/N e_m`` of the m-th smallest is a rational number (spec eqs. (22), (23)).

    python docs/examples/rank_weights.py --output rank_weights.png
"""

import argparse
from fractions import Fraction

import ordergrad_ref as og

N = 100
PANELS = {
    "one order statistic": ("rank(1)@10", "rank(3)@10", "rank(10)@10"),
    "a weighted average": ("top(2)@10", "top(2)@20", "harrell_davis(.25)@10", "harrell_davis(.25)@20"),
}


def weights(spelling, n=N):
    """The weight of each sorted reward in the value, as exact rationals."""
    alpha = og.objective(spelling)
    return [Fraction(alpha.k, n) * e for e in og.rank_weights.elevated_exact(n, alpha)]


def carriers(found):
    """How many of the rewards carry nine tenths of the weight, the heaviest first."""
    total, count = 0, 0
    for weight in sorted(found, reverse=True):
        total, count = total + weight, count + 1
        if total >= Fraction(9, 10) * sum(found):
            break
    return count


def main(output=None, quick=False):
    """Print the heaviest reward of each, and draw the weights where a file is named."""
    found = {name: weights(name) for panel in PANELS.values() for name in panel}
    print(f"N = {N}{'':18}heaviest rank   its weight   ranks with nine tenths")
    for name, row in found.items():
        print(f"{name:24}{row.index(max(row)) + 1:15d}{float(max(row)):13.5f}{carriers(row):25d}")
    if output:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 3.2), layout="constrained")
        for axes, (title, names) in zip(figure.subplots(1, 2), PANELS.items(), strict=True):
            for name in names:
                axes.plot(range(1, N + 1), [float(w) for w in found[name]], label=name)
            axes.set(title=title, xlabel=f"rank among {N}, ascending", ylabel="weight")
            axes.legend(fontsize="small")
        figure.savefig(output, dpi=80)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
