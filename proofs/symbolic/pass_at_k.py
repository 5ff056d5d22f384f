"""pass@k of s successes among N: proved for all ``1 ≤ K ≤ N`` and ``0 ≤ s ≤ N``. Spec eq. (53).

Claim. On rewards 0 and 1 with s successes, the value of max@K is ``v = 1 − C(N−s, K) / C(N, K)``.

Proof. The failures have the ranks 1 … M, M = N − s, so ``1 − v`` is the sum of their weights
``f(m) = w_m = C(m−1, K−1) / C(N, K)`` (eqs. (23), (24)), the weights of all ranks summing to one
(`rank_weight_sum`). The sum telescopes: with the certificate ``R(m) = (m−K)/K``,

    S(m) = R(m) f(m) = C(m−1, K) / C(N, K),     f(m) = S(m+1) − S(m),     S(1) = 0,

so that ``Σ_{m=1}^{M} f(m) = S(M+1) = C(M, K) / C(N, K)``, for M = 0, too.
"""

from collections.abc import Iterator

from sympy import Integer, symbols

from proofs.symbolic.hypergeometric import binomial, equal, ratio, vanishes
from proofs.symbolic.steps import Step, show

N, K, m, s = symbols("N K m s", integer=True)

f = binomial(m - 1, K - 1) / binomial(N, K)
S = binomial(m - 1, K) / binomial(N, K)
R = (m - K) / K

RANGE = (K - 1, N - K, m - 1, N - m)
"""What is at least zero: 1 ≤ K ≤ N and 1 ≤ m ≤ N."""


def steps() -> Iterator[Step]:
    """The certificate, its two ends, and the weights."""
    e = binomial(m - 1, K - 1) / binomial(N - 1, K - 1)
    yield equal("w_m = (K/N) e_m is f", [e * (K / N)], [f], RANGE)
    yield Step("S = R f", ratio(S, f), R)
    yield equal("f(m) = S(m+1) − S(m)", [f], [S.at((m, m + 1)), -S], RANGE)
    yield vanishes("S(1) = 0, as C(0, K) = 0", S.at((m, Integer(1))), RANGE[:2])
    yield equal(
        "S(M+1) = C(N−s, K) / C(N, K)",
        [S.at((m, N - s + 1))],
        [binomial(N - s, K) / binomial(N, K)],
        (K - 1, N - K, s, N - s),
    )


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
