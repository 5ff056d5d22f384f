"""One weight a gap, from three published cases: proved for all ``1 ≤ K < N`` and all α. Spec eq. (25).

Claim. With ``d_t = r_(t+1) − r_(t)``, for ``t = 1 … N−1``,

    q_(t+1) − q_(t)         = d_t · (N−K)/(N−1) · e_t^(N−1)
    v^(−t) − v^(−(t+1))     = d_t ·    K/(N−1) · e_t^(N−1)
    A_(t+1) − A_(t)         = d_t ·    N/(N−1) · e_t^(N−1)

Proof. For one rank j (α by linearity) OrderGrad's note gives the weight of ``r_(m)`` in ``q_(t)`` in three
cases, by where m stands to the rank t that is included:

    A_m = C(m−1, j−1) C(N−m−1, K−j−1) / C(N−1, K−1)     m < t
    B_m = C(m−1, j−1) C(N−m,   K−j)   / C(N−1, K−1)     m = t
    C_m = C(m−2, j−2) C(N−m,   K−j)   / C(N−1, K−1)     m > t

From t to t + 1 only the weights of ``r_(t)`` and ``r_(t+1)`` change: that of ``r_(t)`` from ``B_t`` to
``A_t``, that of ``r_(t+1)`` from ``C_(t+1)`` to ``B_(t+1)``. Both changes are the same but for the sign, by
Pascal's rule, and a multiple of ``e_t^(N−1)``. Leaving t out, ``r_(m)`` has the weight ``W_m`` for m < t
and ``W_(m−1)`` for m > t, ``W_m = C(m−1, j−1) C(N−1−m, K−j) / C(N−1, K)``; from t to t + 1 the weight
``W_t`` passes from ``r_(t+1)`` to ``r_(t)``. Subtract.

At K = N nothing is left out and all sets are the same: q has no gaps, and ``v^(−t)`` does not exist.
"""

from collections.abc import Iterator

from sympy import symbols

from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.steps import Step, show

N, K, m, t, j = symbols("N K m t j", integer=True)

A = binomial(m - 1, j - 1) * binomial(N - m - 1, K - j - 1) / binomial(N - 1, K - 1)
B = binomial(m - 1, j - 1) * binomial(N - m, K - j) / binomial(N - 1, K - 1)
C = binomial(m - 2, j - 2) * binomial(N - m, K - j) / binomial(N - 1, K - 1)
W = binomial(m - 1, j - 1) * binomial(N - 1 - m, K - j) / binomial(N - 1, K)

E = binomial(t - 1, j - 1) * binomial(N - 1 - t, K - j) / binomial(N - 2, K - 1)
"""The weight of ``α_j`` in ``e_t^(N−1)``."""

RANGE = (j - 1, K - j, N - K - 1, t - 1, N - t - 1)
"""What is at least zero: 1 ≤ j ≤ K < N and 1 ≤ t < N."""


def steps() -> Iterator[Step]:
    """Both changes of include-one weights, the one of leave-one-out weights, and their sum."""
    include_one = (N - K) / (N - 1)
    leave_one_out = K / (N - 1)
    yield equal(
        "r_(t) loses B_t − A_t = (N−K)/(N−1) e_t", [B.at((m, t)), -A.at((m, t))], [E * include_one], RANGE
    )
    yield equal(
        "r_(t+1) gains B_(t+1) − C_(t+1) = (N−K)/(N−1) e_t",
        [B.at((m, t + 1)), -C.at((m, t + 1))],
        [E * include_one],
        RANGE,
    )
    yield equal("left out: W_t = K/(N−1) e_t", [W.at((m, t))], [E * leave_one_out], RANGE)
    yield Step("(N−K)/(N−1) + K/(N−1) = N/(N−1)", include_one + leave_one_out, N / (N - 1))


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
