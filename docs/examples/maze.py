"""Find a far treasure in a small maze: train for the best of eight, with exact success probabilities.

A walker starts in the corner of a 5 × 5 grid. A small treasure, 1, is two steps away; a large one, 3, is in
the opposite corner; a walk ends at a treasure or after twelve steps. The policy is a table of softmax
logits for each cell. The distribution of the reward is exact, by going through all cells step by step, and
so are its mean and the expected best of eight walks; only training samples.

    python docs/examples/maze.py --output maze.png
"""

import argparse

import numpy as np
from scipy import stats
from scipy.special import softmax

import ordergrad_ref as og

SIDE, LONGEST = 5, 12
TREASURES = {2: 1.0, SIDE * SIDE - 1: 3.0}
MOVES = ((0, 1), (1, 0), (0, -1), (-1, 0))
N, STEPS, RATE, EVERY = 16, 600, 0.3, 20
JUDGES = ("mean of a walk", "best of eight", "chance of the large treasure")


def step(cell, move):
    """The next cell: a wall leaves the walker where it is."""
    row, column = cell // SIDE + move[0], cell % SIDE + move[1]
    return row * SIDE + column if 0 <= row < SIDE and 0 <= column < SIDE else cell


NEXT = np.array([[step(cell, move) for move in MOVES] for cell in range(SIDE * SIDE)])
VALUE = np.array([TREASURES.get(cell, 0.0) for cell in range(SIDE * SIDE)])


def distribution(policy):
    """Rewards of a walk, and the probability of each."""
    found, where = dict.fromkeys((0.0, *TREASURES.values()), 0.0), np.zeros(SIDE * SIDE)
    where[0] = 1
    for _ in range(LONGEST):
        moved = np.zeros_like(where)
        np.add.at(moved, NEXT, where[:, None] * policy)
        for cell, reward in TREASURES.items():
            found[reward] += moved[cell]
            moved[cell] = 0
        where = moved
    found[0.0] += where.sum()
    return list(found), np.array(list(found.values())) / sum(found.values())


def walks(policy, n, rng):
    """Rewards of n walks, and how often each took each move in each cell."""
    cell, counts = np.zeros(n, dtype=int), np.zeros((n, SIDE * SIDE, len(MOVES)))
    for _ in range(LONGEST):
        walking = np.flatnonzero(VALUE[cell] == 0)
        bounds = np.cumsum(policy[cell[walking]], axis=1)[:, :-1]
        move = (rng.random(len(walking))[:, None] > bounds).sum(axis=1)
        counts[walking, cell[walking], move] += 1
        cell[walking] = NEXT[cell[walking], move]
    return VALUE[cell], counts


def train(objective, seed, steps):
    """Exact mean, best of eight and probability of the large treasure while the policy is trained."""
    rng, logits, curve = np.random.default_rng(seed), np.zeros((SIDE * SIDE, len(MOVES))), []
    for done in range(steps + 1):
        policy = softmax(logits, axis=1)
        if done % EVERY == 0:
            rewards, p = distribution(policy)
            curve.append([*(og.population.value(rewards, p, o) for o in ("mean@1", "max@8")), p[-1]])
        rewards, counts = walks(policy, N, rng)
        score = counts - counts.sum(axis=2, keepdims=True) * policy
        logits += RATE * np.tensordot(og.score_weights(rewards, objective), score, axes=1)
    return curve


def interval(values):
    """Mean over seeds, and half the 95 % interval of Student's t."""
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(axis=0, ddof=1) / np.sqrt(len(values))
    return values.mean(axis=0), half


def main(output=None, quick=False):
    """Print what training for the mean and for the best of eight is worth, and draw the curves."""
    seeds, steps = (2, EVERY) if quick else (5, STEPS)
    found = {o: np.array([train(o, seed, steps) for seed in range(seeds)]) for o in ("mean@1", "max@8")}
    print(f"{'trained for':12}" + "".join(f"{judge:>30}" for judge in JUDGES))
    for objective, curves in found.items():
        cells = (f"{m:.3f} ± {h:.3f}" for m, h in zip(*interval(curves[:, -1]), strict=True))
        print(f"{objective:12}" + "".join(f"{cell:>30}" for cell in cells))
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
