"""Second derivatives by the probabilities, from the definition: ``2 ≤ K ≤ 4``, three atoms. Spec eq. (95).

Claim. For the homogeneous polynomial ``J = Σ p … p T`` of a symmetric T of K draws, and for L-statistics of
sorted atoms with ``τ_c = Σ_{j>c} α_j``, where the probabilities sum to one,

    ∂²J/∂p_a ∂p_b = K(K−1) E T(r_a, r_b, X_3 … X_K)
                  = K(K−1) (r_1 τ_0 + Σ_t d_t E τ_([a≤t] + [b≤t] + Y_t)),     Y_t ~ Bin(K−2, F_t).

Proof. The first with a symbol for T of each multiset and for each probability, which need not sum to one. The
second with symbols for rewards and α, on the simplex.
"""

from collections.abc import Iterator
from itertools import combinations_with_replacement
from math import comb
from typing import Any

from proofs.symbolic.batches import Batch, Numbers, expectation, l_statistic, one_for_each, simplex, symbolic
from proofs.symbolic.steps import Step, show

ATOMS = range(3)
PAIRS = list(combinations_with_replacement(ATOMS, 2))


def steps() -> Iterator[Step]:
    """Any symmetric T, then L-statistics, for each K and each pair of atoms."""
    for k in (2, 3, 4):
        t, p = one_for_each(combinations_with_replacement(ATOMS, k), "p1 p2 p3")

        def statistic(x: Batch, t: Any = t) -> Any:
            return t[tuple(sorted(x))]

        j = expectation(p, k, statistic)
        for a, b in PAIRS:
            held = expectation(p, k - 2, lambda x, a=a, b=b, of=statistic: of((a, b, *x)))
            yield Step(
                f"K = {k}: ∂²J/∂p_{a + 1} ∂p_{b + 1}",
                j.diff(p[a]).diff(p[b]).as_expr(),
                (held * (k * (k - 1))).as_expr(),
            )
    for k in (2, 3, 4):
        free = symbolic("p1 p2 r1 r2 r3 " + " ".join(f"a{i}" for i in range(k)))
        p, r, alpha = simplex(free[:2]), free[2:5], free[5:]
        for a, b in PAIRS:
            held = expectation(p, k - 2, lambda x, a=a, b=b, of=(alpha, r): l_statistic((a, b, *x), *of))
            closed = by_boundaries(a, b, p, alpha, r)
            yield Step(f"K = {k}: E T(r{a + 1}, r{b + 1}, …)", held.as_expr(), closed.as_expr())


def by_boundaries(a: int, b: int, p: Numbers, alpha: Numbers, r: Numbers) -> Any:
    """``r_1 τ_0 + Σ_t d_t E τ``."""
    k = len(alpha)
    tau = [sum(alpha[c:], start=p[0] * 0) for c in range(k + 1)]
    total = r[0] * tau[0]
    for t in (1, 2):
        at_or_below, own = sum(p[:t]), (a < t) + (b < t)
        mean = sum(
            comb(k - 2, y) * at_or_below**y * (1 - at_or_below) ** (k - 2 - y) * tau[own + y]
            for y in range(k - 1)
        )
        total += (r[t] - r[t - 1]) * mean
    return total


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
