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

import numpy as np

import ordergrad_ref as og

N = 16


def ratio(p, k, answers, n=N):
    """Total variance of PKPO's estimate divided by that of the canonical one."""
    rewards = np.repeat([0.0, 1.0], answers)
    policy = np.repeat([(1 - p) / answers, p / answers], answers)
    rival, canonical = (
        og.variance.moments(rewards, policy, f"max@{k}", n, estimator=name).total_variance
        for name in ("pkpo_loo_minus_one", "advantage")
    )
    return rival / canonical


def main(output=None, quick=False):
    """Print the map, and draw it where a file is named."""
    rates = np.array([0.02, 0.5] if quick else [0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95])
    ks = (2, 4) if quick else (2, 3, 4, 6, 8, 12)
    found = {
        a: np.array([[ratio(p, k, a) for p in rates] for k in ks]) for a in ((1, 4) if quick else (1, 4, 16))
    }
    for answers, map_ in found.items():
        print(f"variance of LOO − 1 / variance of canonical, N = {N}, answers of each reward: {answers}")
        print("   K  " + "".join(f"{f'p={p:g}':>9}" for p in rates))
        for k, row in zip(ks, map_, strict=True):
            print(f"{k:4d}  " + "".join(f"{x:9.3f}" for x in row))
    if output:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 3.2), layout="constrained")
        for axes, (answers, map_) in zip(
            figure.subplots(1, len(found), sharey=True), found.items(), strict=True
        ):
            shown = axes.imshow(np.log2(map_), cmap="PuOr", vmin=-2, vmax=2, origin="lower", aspect="auto")
            axes.set(
                title=f"answers of each reward: {answers}",
                xlabel="success rate",
                xticks=range(0, len(rates), 2),
            )
            axes.set(xticklabels=[f"{p:g}" for p in rates[::2]], yticks=range(len(ks)), yticklabels=ks)
        figure.axes[0].set_ylabel("K")
        figure.colorbar(shown, label="log₂ of the ratio", extend="both")
        figure.savefig(output, dpi=80)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
