"""Where a baseline beside the canonical one lowers the variance, and where it does not: an exact map.

Rewards are 0 and 1, right with probability p, and N samples are drawn. MaxPO's leave-two-out advantage,
arXiv 2606.06080, is the canonical one; PKPO's baseline over the subsets of K − 1 others, which is
`og.maxk.pkpo_loo_minus_one`, is its rival. Both are unbiased, and their total variances are exact in
polynomial time (spec eqs. (87)–(89)). A point of the map is log₂ of their ratio: above 0 the canonical
advantage varies less. Whether it does depends on how many answers share a reward, as answers of a language
model do.

    python docs/examples/baseline_map.py --output baseline_map.png
"""

import argparse
from fractions import Fraction

import numpy as np

import ordergrad_ref as og

GROUPS = {8: (2, 3, 4, 6, 7), 16: (2, 4, 8, 12, 15), 32: (2, 4, 8, 16, 31)}
"""Group sizes, and K for each."""


def ratio(p, k, answers, n):
    """Total variance of PKPO's estimate divided by that of the canonical one, in exact rationals."""
    rewards = [Fraction(0)] * answers + [Fraction(1)] * answers
    right = Fraction(str(p))  # the decimal that is meant
    policy = [(1 - right) / answers] * answers + [right / answers] * answers
    rival, canonical = (
        og.variance.moments(rewards, policy, f"max@{k}", n, estimator=name).total_variance
        for name in ("pkpo_loo_minus_one", "advantage")
    )
    return float(rival / canonical)


def main(output=None, quick=False):
    """Print the map, and draw it where a file is named."""
    rates = np.array([0.02, 0.5] if quick else [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95])
    groups, shared = ({8: (2, 4)}, (1, 4)) if quick else (GROUPS, (1, 4, 16))
    found = {
        (n, a): np.array([[ratio(p, k, a, n) for p in rates] for k in ks])
        for n, ks in groups.items()
        for a in shared
    }
    for (n, answers), map_ in found.items():
        print(f"variance of LOO − 1 / variance of canonical, N = {n}, answers of each reward: {answers}")
        print("   K  " + "".join(f"{f'p={p:g}':>9}" for p in rates))
        for k, row in zip(groups[n], map_, strict=True):
            print(f"{k:4d}  " + "".join(f"{x:9.3g}" for x in row))
        print(f"least {map_.min():.3g}, largest {map_.max():.3g}")
    if output:
        draw(found, groups, shared, rates, output)
    return found


def draw(found, groups, shared, rates, output):
    """Draw a row of maps for each group size, a column for how many answers share a reward."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.4 * len(groups) + 0.4), layout="constrained")
    panels = figure.subplots(len(groups), len(shared), squeeze=False)
    for (n, answers), axes in zip(found, panels.flat, strict=True):
        shown = axes.imshow(
            np.log2(found[n, answers]), cmap="PuOr", vmin=-2, vmax=2, origin="lower", aspect="auto"
        )
        axes.set(xticks=range(0, len(rates), 2), yticks=range(len(groups[n])), yticklabels=groups[n])
        axes.set_xticklabels([f"{p:g}" for p in rates[::2]])
    for axes, answers in zip(panels[0], shared, strict=True):
        axes.set_title(f"answers of each reward: {answers}")
    for axes, n in zip(panels[:, 0], groups, strict=True):
        axes.set_ylabel(f"N = {n}\nK")
    for axes in panels[-1]:
        axes.set_xlabel("success rate")
    figure.colorbar(shown, ax=panels, label="log₂ of the ratio", extend="both")
    figure.savefig(output, dpi=80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
