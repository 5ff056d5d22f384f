"""Advantages of a batch sum to zero: proved for all ``1 ≤ K < N`` and all α. Spec eq. (25), second half.

Claim. ``(1/N) Σ_i q_i = v``, and therefore ``Σ_i A_i = N/(N−K) Σ_i (q_i − v) = 0``.

Proof. As the included rank t runs over 1 … N, it is below m for m − 1 of them, where ``r_(m)`` has the
weight ``C_m``; it is m once, ``B_m``; and above m for N − m, ``A_m`` (those of `gap_weights`). In sum that
is N times the weight of ``r_(m)`` in v:

    (m−1) C_m + B_m + (N−m) A_m = N w_m.

The factors are absorbed by the binomials, ``(N−m) C(N−m−1, K−j−1) = (K−j) C(N−m, K−j)`` and
``(m−1) C(m−2, j−2) = (j−1) C(m−1, j−1)``, so that the ends m = 1 and m = N, where there is nothing below or
above, need no case of their own: what is absorbed is zero there.

The leave-one-out values have the same mean, as they must by eq. (21).
"""

from collections.abc import Iterator

from sympy import Integer

from proofs.symbolic.conditioning import RANK, w
from proofs.symbolic.gap_weights import A, B, C, K, N, W, j, m
from proofs.symbolic.hypergeometric import binomial, equal, vanishes
from proofs.symbolic.steps import Step, show


def steps() -> Iterator[Step]:
    """The absorptions, and the two sums."""
    all_ranks = (*RANK, m - 1, N - m)
    above = binomial(m - 1, j - 1) * binomial(N - m, K - j) / binomial(N - 1, K - 1) * (K - j)
    below = binomial(m - 1, j - 1) * binomial(N - m, K - j) / binomial(N - 1, K - 1) * (j - 1)
    yield equal(
        "(N−m) A_m = (K−j) C(m−1, j−1) C(N−m, K−j) / C(N−1, K−1) for m < N",
        [A * (N - m)],
        [above],
        (*RANK, m - 1, N - m - 1),
    )
    at_end = above.at((m, N))
    yield equal("at m = N that is zero, too: for j = K", [at_end.at((j, K))], [], (K - 1, N - K - 1))
    yield vanishes("and for j < K, as C(0, K−j) = 0", at_end, (j - 1, K - j - 1, N - K - 1))
    yield equal(
        "(m−1) C_m = (j−1) C(m−1, j−1) C(N−m, K−j) / C(N−1, K−1) for m > 1",
        [C * (m - 1)],
        [below],
        (*RANK, m - 2, N - m),
    )
    at_start = below.at((m, Integer(1)))
    yield equal(
        "at m = 1 that is zero, too: for j = 1", [at_start.at((j, Integer(1)))], [], (K - 1, N - K - 1)
    )
    yield vanishes("and for j > 1, as C(0, j−1) = 0", at_start, (j - 2, K - j, N - K - 1))
    yield equal("(m−1) C_m + B_m + (N−m) A_m = N w_m", [below, B, above], [w * N], all_ranks)

    above = binomial(m - 1, j - 1) * binomial(N - m, K - j + 1) / binomial(N - 1, K) * (K - j + 1)
    below = binomial(m - 1, j) * binomial(N - m, K - j) / binomial(N - 1, K) * j
    yield equal("likewise (N−m) W_m for m < N", [W * (N - m)], [above], (*RANK, m - 1, N - m - 1))
    yield vanishes("absorbed, it is zero at m = N", above.at((m, N)), RANK)
    yield equal("and (m−1) W_(m−1) for m > 1", [W.at((m, m - 1)) * (m - 1)], [below], (*RANK, m - 2, N - m))
    yield vanishes("absorbed, it is zero at m = 1", below.at((m, Integer(1))), RANK)
    yield equal("(m−1) W_(m−1) + (N−m) W_m = N w_m", [below, above], [w * N], all_ranks)


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
