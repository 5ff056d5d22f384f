"""Rank weights sum to ``Σ_j α_j``: proved for all ``1 ≤ K ≤ N`` and all α. Spec eqs. (17), (23).

Claim. ``Σ_{m=1}^{N} w_m = Σ_{j=1}^{K} α_j`` for the weights ``w_m = (K/N) e_m^(N)`` of a batch's value.

Proof. ``w_m = Σ_j α_j F(N, m)`` with ``F(N, m) = C(m−1, j−1) C(N−m, K−j) / C(N, K)``, the chance that the
j-th smallest of K is the m-th smallest of N. So all follows from

    Σ_{m=1}^{N} F(N, m) = 1            for all 1 ≤ j ≤ K ≤ N,

which is proved by a Wilf-Zeilberger pair, by induction on N. With

    R(N, m) = −(m−j)(N−m+1) / ((N+1)(N−m+1−K+j)),
    G(N, m) = R(N, m) F(N, m) = −j/(N+1) · C(m−1, j) C(N−m+1, K−j) / C(N, K)

(the right-hand form is defined where R has a pole, too) it is claimed that, for ``1 ≤ m ≤ N``,

    F(N+1, m) − F(N, m) = G(N, m+1) − G(N, m).

Sum over m = 1 … N, and add the last term of the longer sum: the sum for N + 1 exceeds that for N by
``G(N, N+1) − G(N, 1) + F(N+1, N+1)``. The middle one is zero, and the outer two cancel. At N = K only
``m = j`` counts, with F = 1.
"""

from collections.abc import Iterator

from sympy import Expr, Integer, symbols

from proofs.symbolic.hypergeometric import Term, binomial, equal, ratio, vanishes
from proofs.symbolic.steps import Step, show

N, K, m, j = symbols("N K m j", integer=True)

F = binomial(m - 1, j - 1) * binomial(N - m, K - j) / binomial(N, K)
G = binomial(m - 1, j) * binomial(N - m + 1, K - j) / binomial(N, K) * (-j / (N + 1))
R = -(m - j) * (N - m + 1) / ((N + 1) * (N - m + 1 - K + j))

RANGE = (j - 1, K - j, N - K, m - 1, N - m)
"""What is at least zero: 1 ≤ j ≤ K ≤ N and 1 ≤ m ≤ N."""


def pair(F: Term, G: Term, where: tuple[Expr, ...] = RANGE) -> Step:
    """``F(N+1, m) − F(N, m) = G(N, m+1) − G(N, m)``."""
    return equal(
        "F(N+1, m) − F(N, m) = G(N, m+1) − G(N, m)",
        [F.at((N, N + 1)), -F],
        [G.at((m, m + 1)), -G],
        where,
    )


def steps() -> Iterator[Step]:
    """The certificate, both ends, and the start."""
    w = binomial(m - 1, j - 1) * binomial(N - m, K - j) / binomial(N - 1, K - 1) * (K / N)
    yield equal("the weight of α_j in (K/N) e_m^(N) is F", [w], [F], RANGE)
    yield Step("G = R F", ratio(G, F), R)
    yield pair(F, G)
    yield vanishes("G(N, 1) = 0, as C(0, j) = 0", G.at((m, Integer(1))), RANGE[:3])

    end, last = G.at((m, N + 1)), F.at((N, N + 1), (m, N + 1))
    yield equal(
        "for j = K: G(N, N+1) + F(N+1, N+1) = 0", [end.at((j, K)), last.at((j, K))], [], (K - 1, N - K)
    )
    below = (j - 1, K - j - 1, N - K)
    yield vanishes("for j < K: G(N, N+1) = 0, as C(0, K−j) = 0", end, below)
    yield vanishes("for j < K: F(N+1, N+1) = 0, for the same reason", last, below)

    start = F.at((N, K))
    yield equal("F(K, j) = 1", [start.at((m, j))], [Term(Integer(1))], (j - 1, K - j))
    yield vanishes("F(K, m) = 0 for m < j", start, (j - m - 1, m - 1, K - j, K - m))
    yield vanishes("F(K, m) = 0 for m > j", start, (m - j - 1, j - 1, K - m))


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
