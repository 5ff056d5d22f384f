"""``v = (K/N) q_i + (1 − K/N) v^(−i)``: proved for all ``1 ≤ K < N`` and all α. Eqs. (21), (26), (27), (46).

Claim. For every sample i of a batch

    v = (K/N) q_i + (1−K/N) v^(−i),   hence   A_i = N/(N−K) (q_i − v),
    q_i = v + (N−K)/N A_i,   v^(−i) = v − (K/N) A_i.

Proof. ``i ∈ S`` with probability K/N; condition on it. Independently of that sentence: for one rank j (α by
linearity), and i of rank t, compare the weights of each ``r_(m)`` in the closed forms of the three values
(those of `gap_weights`, and ``w_m = C(m−1, j−1) C(N−m, K−j) / C(N, K)`` in v). The rest is solving for one
of four unknowns.

``q_i = v`` at K = N, where the other side does not exist.
"""

from collections.abc import Iterator

from sympy import solve, symbols

from proofs.symbolic.gap_weights import A, B, C, K, N, W, j, m
from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.steps import Step, show

w = binomial(m - 1, j - 1) * binomial(N - m, K - j) / binomial(N, K)

RANK = (j - 1, K - j, N - K - 1)
"""What is at least zero: 1 ≤ j ≤ K < N."""


def steps() -> Iterator[Step]:
    """Three cases of weights, then the algebra."""
    inside, outside = K / N, (N - K) / N
    below = (*RANK, m - 1, N - m - 1)
    above = (*RANK, m - 2, N - m)
    yield equal("m < t: w_m = (K/N) A_m + (1−K/N) W_m", [w], [A * inside, W * outside], below)
    yield equal("m = t: w_m = (K/N) B_m", [w], [B * inside], (*RANK, m - 1, N - m))
    yield equal(
        "m > t: w_m = (K/N) C_m + (1−K/N) W_(m−1)", [w], [C * inside, W.at((m, m - 1)) * outside], above
    )

    v, q, left_out, a = symbols("v q v_without A")
    solved = solve([v - inside * q - outside * left_out, a - (q - left_out)], [a, left_out], dict=True)[0]
    yield Step("A = N/(N−K) (q − v)", solved[a], N / (N - K) * (q - v))
    by_advantage = solve([v - inside * q - outside * left_out, a - (q - left_out)], [q, left_out], dict=True)[
        0
    ]
    yield Step("q = v + (N−K)/N A", by_advantage[q], v + (N - K) / N * a)
    yield Step("v^(−i) = v − (K/N) A", by_advantage[left_out], v - K / N * a)
    yield Step("so q − v = (N−K)/N A, eq. (46)", by_advantage[q] - v, (N - K) / N * a)


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
