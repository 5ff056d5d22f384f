"""Which baseline varies least, for which policy, N and K: ``python benchmarks/variance_map.py``.

Prints the tables of ``docs/guides/variance.md``. Every number is exact up to rounding (spec eqs. (87)–(89)):
nothing is simulated, and nothing depends on a seed or on the machine.
"""

from collections.abc import Iterator, Sequence

import numpy as np

import ordergrad_ref as og

BASELINES = {
    "none": "inclusion",
    "LOO": "pkpo_loo",
    "LOO − 1": "pkpo_loo_minus_one",
    "plug-in": "plug_in",
    "canonical": "advantage",
    "optimal": "optimal",
}
"""Names in the tables, and what `ordergrad_ref.variance.moments` calls them; the last knows the policy."""
LETTERS = {"LOO − 1": "h", "plug-in": "p", "canonical": "c"}
RATES = (1 / 256, 1 / 64, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 3 / 4, 7 / 8, 15 / 16, 63 / 64)
SIZES = ((8, 2), (8, 4), (16, 4), (16, 8), (64, 4), (64, 16), (64, 32))
POLICIES = {
    "rare success": ((0, 1), (63 / 64, 1 / 64)),
    "coin": ((0, 1), (1 / 2, 1 / 2)),
    "nearly solved": ((0, 1), (1 / 16, 15 / 16)),
    "graded": ((0, 1, 2, 3), (1 / 4,) * 4),
    "heavy tail": ((0, 1, 4, 64), (1 / 2, 1 / 4, 3 / 16, 1 / 16)),
}


def total_variance(
    rewards: Sequence[float], probabilities: Sequence[float], actions: int, n: int, k: int, baseline: str
) -> float:
    """``tr Cov ĝ`` by the logits of the actions, ``actions`` equally likely ones for each reward."""
    r, p = np.repeat(rewards, actions), np.repeat(probabilities, actions) / actions
    found = og.variance.moments(r, p, f"max@{k}", n, BASELINES[baseline])
    return float(found.total_variance)


def policies(actions: int, n: int, k: int) -> Iterator[str]:
    """One row for each policy: the variance of each baseline, by that of the canonical one."""
    for name, (rewards, probabilities) in POLICIES.items():
        of = {b: total_variance(rewards, probabilities, actions, n, k, b) for b in BASELINES}
        ratios = {b: v / of["canonical"] for b, v in of.items()}
        least = min(LETTERS, key=ratios.__getitem__)
        cells = [f"**{x:.3g}**" if b == least else f"{x:.3g}" for b, x in ratios.items() if b != "canonical"]
        yield f"| {name} | " + " | ".join(cells) + f" | {least} |"


def winners(actions: int) -> Iterator[str]:
    """One row for each N and K: who varies least at each success rate, of those that do not know it."""
    for n, k in SIZES:
        cells = []
        for rate in RATES:
            of = {b: total_variance((0, 1), (1 - rate, rate), actions, n, k, b) for b in LETTERS}
            cells.append(LETTERS[min(of, key=of.__getitem__)])
        yield f"| {n} | {k} | " + " | ".join(cells) + " |"


def tables() -> Iterator[str]:
    """All lines of both kinds of tables."""
    for actions in (1, 16):
        yield f"{actions} action{'s' * (actions > 1)} for each reward, N = 16, K = 4:\n"
        yield "| policy | " + " | ".join(b for b in BASELINES if b != "canonical") + " | least |"
        yield "|---" * (len(BASELINES) + 1) + "|"
        yield from policies(actions, n=16, k=4)
        yield ""
    for actions in (1, 16):
        yield f"{actions} action{'s' * (actions > 1)} for each reward:\n"
        yield "| N | K | " + " | ".join(f"{rate:.3g}" for rate in RATES) + " |"
        yield "|---" * (len(RATES) + 2) + "|"
        yield from winners(actions)
        yield ""


def main() -> None:
    """Print the tables."""
    print("\n".join(tables()))


if __name__ == "__main__":
    main()
