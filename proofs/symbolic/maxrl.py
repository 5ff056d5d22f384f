"""MaxRL follows ``Σ_{k=1}^{N−1} pass@k / k``: for all ``N ≥ 2`` and all p. Spec eqs. (51), (52).

Claim. On rewards 0 and 1, ``A_i = (x_i − x̄)/x̄`` (0 where no reward is 1) is unbiased with c = 1 for
``J = Σ_{k=1}^{N−1} pass@k / k``.

Proof. By eq. (37), which is linear in the objective, with s successes among the n = N − 1 others it must be
that

    A(1; s) − A(0; s) = Σ_{k=1}^{N−1} (1/k) · k · [q_k(1; s) − q_k(0; s)] = Σ_{k=0}^{n−1} T(k),
    T(k) = C(n−s, k) / C(n, k),

because with pass@(k+1) a set of k others that all fail, which has the chance T(k), is what makes x_i count.
On the left stand ``N/(s+1) − 1 − (−1) = N/(s+1)`` for s ≥ 1, and N − 1 for s = 0. The sum telescopes, with
the certificate ``R(k) = −(n−k+1)/(s+1)``: for ``0 ≤ k < n``

    U(k) = R(k) T(k),     T(k) = U(k+1) − U(k),

so it is ``U(n) − U(0) = (n+1 − T(n))/(s+1)`` with ``T(0) = 1`` and ``T(n) = [s = 0]``: (N−1)/1 for s = 0,
N/(s+1) for s ≥ 1.

The upper limit is N − 1: with k up to N, T(n) would count too, and the sum be N/(s+1) for every s. That is
``x_i/x̄``, which is not centred.
"""

from collections.abc import Iterator

from sympy import Integer, symbols

from proofs.symbolic.hypergeometric import Term, binomial, equal, vanishes
from proofs.symbolic.steps import Step, show

N, n, s, k = symbols("N n s k", integer=True)

T = binomial(n - s, k) / binomial(n, k)
R = -(n - k + 1) / (s + 1)
U = T * R

RANGE = (k, n - 1 - k, s, n - s)
"""What is at least zero: 0 ≤ k < n and 0 ≤ s ≤ n."""


def steps() -> Iterator[Step]:
    """The certificate, both ends, and both sides."""
    one = [Term(Integer(1))]
    yield equal("T(k) = U(k+1) − U(k)", [T], [U.at((k, k + 1)), -U], RANGE)
    yield equal("T(0) = 1", [T.at((k, Integer(0)))], one, (n, s, n - s))
    yield equal("T(n) = 1 for s = 0", [T.at((k, n), (s, Integer(0)))], one, (n,))
    yield vanishes("T(n) = 0 for s ≥ 1, as C(n−s, n) = 0", T.at((k, n)), (s - 1, n - s, n))

    last = symbols("T_n")
    total = R.subs(k, n) * last - R.subs(k, 0)
    yield Step("U(n) − U(0) = R(n) T(n) − R(0) = (n+1 − T(n))/(s+1)", total, (n + 1 - last) / (s + 1))

    ones = s + 1  # of the batch whose first reward is 1
    mean = ones / N
    yield Step("s ≥ 1: A(1; s) − A(0; s)", (1 - mean) / mean - (0 - s / N) / (s / N), N / ones)
    yield Step("s ≥ 1: the sum", total.subs({last: 0, n: N - 1}), N / ones)
    yield Step("s = 0: A(1; 0) − 0", ((1 - mean) / mean).subs(s, 0), N - 1)
    yield Step("s = 0: the sum", total.subs({last: 1, n: N - 1, s: 0}), N - 1)


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
