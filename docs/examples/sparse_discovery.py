"""Discover what rarely pays: train for the best of eight, with the exact probability of a discovery.

There are 64 actions. One always pays ½. Four pay 1, but only one time in four; all others pay nothing, and
the policy starts by choosing any. Two rewards are far from a half of all, so that a batch of 16 often shows
neither. What a policy is worth follows from three probabilities: of the rewards 0, ½ and 1.

    python docs/examples/sparse_discovery.py --output sparse_discovery.png
"""

import argparse

import numpy as np
from scipy import stats
from scipy.special import softmax

import ordergrad_ref as og

ACTIONS, SAFE, RARE, CHANCE = 64, 0, slice(1, 5), 0.25
OBJECTIVES = ("mean@1", "max@2", "max@4", "max@8")
N, STEPS, RATE, EVERY = 16, 800, 1.0, 20
JUDGES = ("mean", "best of eight", "discovery in eight tries")


def worth(policy):
    """Exact mean, expected best of eight, and probability of a reward of 1 in eight tries."""
    one = CHANCE * policy[RARE].sum()
    law = [1 - one - policy[SAFE], policy[SAFE], one]
    return [*(og.population.value([0, 0.5, 1], law, o) for o in ("mean@1", "max@8")), 1 - (1 - one) ** 8]


def train(objective, seed, steps):
    """What the policy is worth during so many steps of N rewards each."""
    rng, logits, curve = np.random.default_rng(seed), np.zeros(ACTIONS), []
    for done in range(steps + 1):
        policy = softmax(logits)
        if done % EVERY == 0:
            curve.append(worth(policy))
        actions = rng.choice(ACTIONS, size=N, p=policy)
        pays = np.zeros((N, ACTIONS))
        pays[:, SAFE] = 0.5
        pays[:, RARE] = rng.random((N, 1)) < CHANCE
        weights = og.score_weights(pays[np.arange(N), actions], objective)
        logits += RATE * (np.bincount(actions, weights, ACTIONS) - policy * weights.sum())
    return curve


def interval(values):
    """Mean over seeds, and half the 95 % interval of Student's t."""
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(axis=0, ddof=1) / np.sqrt(len(values))
    return values.mean(axis=0), half


def main(output=None, quick=False):
    """Print what each policy was trained for and is worth; draw the curves where a file is named."""
    seeds, steps = (2, EVERY) if quick else (10, STEPS)
    found = {o: np.array([train(o, seed, steps) for seed in range(seeds)]) for o in OBJECTIVES}
    print(f"{'trained for':12}" + "".join(f"{judge:>26}" for judge in JUDGES))
    for objective, curves in found.items():
        cells = (f"{m:.3f} ± {h:.3f}" for m, h in zip(*interval(curves[:, -1]), strict=True))
        print(f"{objective:12}" + "".join(f"{cell:>26}" for cell in cells))
    if output:
        draw(found, output)
    return found


def draw(found, output):
    """Draw the exact values against the steps of training."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.2), layout="constrained")
    for i, (axes, judge) in enumerate(zip(figure.subplots(1, 3), JUDGES, strict=True)):
        for objective, curves in found.items():
            mean, half = interval(curves[:, :, i])
            times = EVERY * np.arange(len(mean))
            (line,) = axes.plot(times, mean, label=f"trained for {objective}")
            axes.fill_between(times, mean - half, mean + half, color=line.get_color(), alpha=0.2)
        axes.set(title=f"exact {judge}", xlabel="step")
    figure.axes[0].legend()
    figure.savefig(output, dpi=80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
