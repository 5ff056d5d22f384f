"""OrderGrad's N × K tables follow from one vector of gap weights. Spec eqs. (18), (19), (25)–(27).

Proved for all ``1 ≤ K < N`` and all α.

Claim. The gap form (25) and the value (23) give, through eqs. (26) and (27), exactly the weights that
OrderGrad's note proves by counting subsets: ``r_(m)`` has in ``q_(t)`` the weight ``A_m`` for m < t,
``B_m`` for m = t, ``C_m`` for m > t, and in ``v^(−t)`` the weight ``W_m``, 0, ``W_(m−1)`` (all of them as
in `gap_weights`). So four N × K tables hold no more than N + (N−1) numbers.

Proof. Let ``g_t = N/(N−1) e_t^(N−1)``. Adding the gaps up and centring, ``A_(t) = Σ_s β_ts g_s d_s`` with
``β_ts = s/N`` for s < t and ``−(N−s)/N`` for s ≥ t. As ``d_s = r_(s+1) − r_(s)``, the weight of ``r_(m)``
in ``A_(t)`` is ``β_(t,m−1) g_(m−1) − β_(t,m) g_m``:

    m < t     (  (m−1) g_(m−1) −   m   g_m) / N
    m = t     (  (m−1) g_(m−1) + (N−m) g_m) / N
    m > t     (−(N−m+1) g_(m−1) + (N−m) g_m) / N

Take ``(N−K)/N`` times that and add ``w_m``; or ``−K/N`` times that. Where a gap does not exist its factor
is zero, and as in `centring` the factors are absorbed by the binomials so that the ends need no case of
their own.
"""

from collections.abc import Iterator

from sympy import Integer

from proofs.symbolic.conditioning import RANK, w
from proofs.symbolic.gap_weights import A, B, C, K, N, W, j, m
from proofs.symbolic.hypergeometric import Term, binomial, equal, vanishes
from proofs.symbolic.steps import Step, show

g = binomial(m - 1, j - 1) * binomial(N - 1 - m, K - j) / binomial(N - 2, K - 1) * (N / (N - 1))
"""The weight of ``α_j`` in ``g_m``, for 1 ≤ m ≤ N−1."""

LEFT = binomial(m - 1, j) * binomial(N - m, K - j) / binomial(N - 2, K - 1) * (N * j / (N - 1))
"""``(m−1) g_(m−1)``, absorbed, for 1 ≤ m ≤ N."""

RIGHT = (
    binomial(m - 1, j - 1) * binomial(N - m, K - j + 1) / binomial(N - 2, K - 1) * (N * (K - j + 1) / (N - 1))
)
"""``(N−m) g_m``, absorbed, for 1 ≤ m ≤ N."""


def steps() -> Iterator[Step]:
    """The absorptions; then the three cases, included and left out."""
    everywhere, not_last, not_first = (
        (*RANK, m - 1, N - m),
        (*RANK, m - 1, N - m - 1),
        (*RANK, m - 2, N - m),
    )
    g_before = g.at((m, m - 1))
    yield equal("(m−1) g_(m−1), absorbed, for m > 1", [g_before * (m - 1)], [LEFT], not_first)
    yield vanishes("it is zero at m = 1, as C(0, j) = 0", LEFT.at((m, Integer(1))), RANK)
    yield equal("(N−m) g_m, absorbed, for m < N", [g * (N - m)], [RIGHT], not_last)
    yield vanishes("it is zero at m = N, as C(0, K−j+1) = 0", RIGHT.at((m, N)), RANK)

    below = [LEFT / N, g * (-m / N)]
    same = [LEFT / N, RIGHT / N]
    above = [g_before * (-(N - m + 1) / N), RIGHT / N]

    def included(weights: list[Term]) -> list[Term]:
        return [w, *(x * ((N - K) / N) for x in weights)]

    def left_out(weights: list[Term]) -> list[Term]:
        return [w, *(x * (-K / N) for x in weights)]

    yield equal("q, m < t: A_m", included(below), [A], not_last)
    yield equal("q, m = t: B_m", included(same), [B], everywhere)
    yield equal("q, m > t: C_m", included(above), [C], not_first)
    yield equal("v^(−t), m < t: W_m", left_out(below), [W], not_last)
    yield equal("v^(−t), m = t: 0", left_out(same), [], everywhere)
    yield equal("v^(−t), m > t: W_(m−1)", left_out(above), [W.at((m, m - 1))], not_first)


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
