"""The improvement's gap form: proved for all ``2 ≤ K ≤ N``. Spec eqs. (41), (42), (50).

Claim. For max@K, ``h_i = q_i − u_i^(K−1)`` is

    h_(r) = Σ_{t<r} d_t C(t, K−1) / C(N−1, K−1),

and at K = N it is the top minus the runner-up on the largest, and zero elsewhere.

Proof. Compare the weights of ``r_(m)`` on both sides. In ``q_(r)`` (`gap_weights` with j = K) it is 0 for
m < r, ``C(r−1, K−1) / C(N−1, K−1)`` for m = r, ``C(m−2, K−2) / C(N−1, K−1)`` for m > r. In ``u_r^(K−1)``,
the mean maximum of K − 1 out of the N − 1 others, it is ``C(l−1, K−2) / C(N−1, K−1)`` with l the rank among
the others: m below r and m − 1 above. In the gap form, with ``c_t = C(t, K−1)/C(N−1, K−1)``, it is
``c_(m−1) − c_m`` for m < r, ``c_(r−1)`` for m = r, and 0 for m > r.

At K = N, ``c_t = C(t, N−1)`` is 1 for the last gap, t = N − 1, and zero before.
"""

from collections.abc import Iterator

from sympy import Integer, symbols

from proofs.symbolic.gap_weights import A, B, C
from proofs.symbolic.hypergeometric import Term, binomial, equal, vanishes
from proofs.symbolic.steps import Step, show

N, K, m, t, j = symbols("N K m t j", integer=True)

c = binomial(t, K - 1) / binomial(N - 1, K - 1)
u = binomial(m - 1, K - 2) / binomial(N - 1, K - 1)
"""The weight in ``u^(K−1)`` of the m-th smallest of the others."""

SIZES = (K - 2, N - K)
"""What is at least zero: 2 ≤ K ≤ N."""


def steps() -> Iterator[Step]:
    """The include-one weights of the maximum, the three cases, and K = N."""
    q_below, q_same, q_above = (x.at((j, K)) for x in (A, B, C))
    below, same, above = (
        (*SIZES, m - 1, N - m - 1),
        (*SIZES, m - 1, N - m),
        (*SIZES, m - 2, N - m),
    )
    yield vanishes("in q, m < r: 0, as C(N−m−1, −1) = 0", q_below, below)
    yield equal(
        "m < r: −C(m−1, K−2) = C(m−1, K−1) − C(m, K−1)", [-u], [c.at((t, m - 1)), -c.at((t, m))], below
    )
    yield equal("m = r: C(m−1, K−1)", [q_same], [c.at((t, m - 1))], same)
    yield equal("m > r: C(m−2, K−2) − C(m−2, K−2) = 0", [q_above, -u.at((m, m - 1))], [], above)
    largest = c.at((K, N))
    yield equal("at K = N the last gap has weight 1", [largest.at((t, N - 1))], [Term(Integer(1))], (N - 2,))
    yield vanishes("and the gaps before it none, as C(t, N−1) = 0", largest, (N - 2, t - 1, N - 2 - t))


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
