"""MaxPO, its pairwise form and the canonical advantage are one: at ``K < N ≤ 5``. Spec eqs. (43)–(45).

Claim. ``h_i − 1/(N−1) Σ_{j≠i} h_j^(−i) = 1/(N−1) Σ_{j≠i} E[max(S' ∪ i) − max(S' ∪ j)] = q_i − v^(−i)``, S'
⊂ [N] without i and j, ``|S'| = K − 1``.

Proof. For N different rewards, symbols in ascending order, by enumeration of all subsets. Ties follow by
continuity: all three are continuous in the rewards. (For all N and K: `leave_two_out`.)
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from proofs.symbolic.batches import Batch, Numbers, mean, symbolic
from proofs.symbolic.family_bias import canonical, maxpo
from proofs.symbolic.steps import Step, show


def pairwise(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Eq. (44)."""
    n = len(x)
    return [
        mean(
            mean(
                r[max((x[i], *s))] - r[max((x[j], *s))]
                for s in combinations([b for at, b in enumerate(x) if at not in (i, j)], k - 1)
            )
            for j in range(n)
            if j != i
        )
        for i in range(n)
    ]


def steps() -> Iterator[Step]:
    """Each size and rank, twice; and the sum, once."""
    for n in (2, 3, 4, 5):
        r = symbolic(" ".join(f"r{i}" for i in range(1, n + 1)))
        batch = tuple(range(n))
        for k in range(1, n):
            triples = zip(pairwise(batch, k, r), maxpo(batch, k, r), canonical(batch, k, r), strict=True)
            for rank, (pairs, leave_two_out, include_one) in enumerate(triples, 1):
                where = f"N = {n}, K = {k}, rank {rank}"
                yield Step(f"{where}: (44) = (43)", pairs.as_expr(), leave_two_out.as_expr())
                yield Step(f"{where}: (44) = (45)", pairs.as_expr(), include_one.as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
