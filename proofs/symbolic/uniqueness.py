"""Centred and unbiased: none at ``K = N`` unless the degree allows it; at most one. Spec eq. (38).

Claim. ``A_i = cK q_i − B(x_{−i})`` (eq. (37)) is centred on every batch iff ``Σ_i B(x_{−i}) = cK Σ_i q_i``:
one linear equation for each batch, one unknown for each multiset of N − 1 rewards.

1. None at K = N if ``deg b_α = N − 1``: for all N for the maximum, for N ≤ 6 with symbolic α.
2. At most one: for N ≤ 5 and two or three rewards (by rank). For all N: the specification, section 7.3.
3. One for K < N, the canonical: for all N and K, by `centring` with ``B = cK v^(−i)``.

Proof. 1. Take two rewards a < b, and of the batches with s copies of b, s = 0 … N, the alternating sum of
the equations, weighted by ``(−1)^s C(N, s)``. Every unknown drops out: the one with s copies of b occurs N
− s times in the s-th equation (an a left out) and s + 1 times in the next (a b left out), and

    C(N, s) (N−s) = C(N, s+1) (s+1).

On the right ``q_i = T(batch)`` stays, as the only subset is the batch: ``N Σ_s (−1)^s C(N, s) T_s``. For
the maximum ``T_0 = a`` and ``T_s = b`` after that; as the alternating sum of all ``C(N, s)`` is zero, it is
``N (a − b)``, not zero. In general it is N (a − b) times the coefficient of ``u^(N−1)`` in b_α, for any α.

2. The rank of the equations' matrix is the number of unknowns. It does not contain the rewards.
"""

from collections.abc import Iterator
from itertools import combinations_with_replacement

import sympy
from sympy import symbols

from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.population_values import spectrum
from proofs.symbolic.steps import Step, show

N, s = symbols("N s", integer=True)
a, b, u = symbols("a b u")


def centring_matrix(n: int, m: int) -> sympy.Matrix:
    """How often each multiset of N − 1 (column) is a batch (row) with one left out."""
    column = {o: i for i, o in enumerate(combinations_with_replacement(range(m), n - 1))}
    rows = []
    for x in combinations_with_replacement(range(m), n):
        row = [0] * len(column)
        for i in range(n):
            row[column[x[:i] + x[i + 1 :]]] += 1
        rows.append(row)
    return sympy.Matrix(rows)


def steps() -> Iterator[Step]:
    """The column sums, the maximum, any α; then the ranks."""
    yield equal(
        "C(N, s) (N−s) = C(N, s+1) (s+1), for 0 ≤ s < N",
        [binomial(N, s) * (N - s)],
        [binomial(N, s + 1) * (s + 1)],
        (s, N - 1 - s),
    )
    size = symbols("N", integer=True, positive=True)
    alternating = sympy.summation((-1) ** s * sympy.binomial(size, s), (s, 0, size))
    yield Step("Σ_s (−1)^s C(N, s) = 0", alternating, sympy.Integer(0))
    yield Step("maximum: a + b (0 − 1)", a + b * (alternating - 1), a - b)
    for n in range(2, 7):
        alpha = symbols(f"alpha1:{n + 1}")
        values = [a * sum(alpha[: n - ones]) + b * sum(alpha[n - ones :]) for ones in range(n + 1)]
        left = sum((-1) ** i * sympy.binomial(n, i) * t for i, t in enumerate(values))
        leading = sympy.Poly(sympy.expand(spectrum(alpha, u)), u).coeff_monomial(u ** (n - 1))
        yield Step(f"N = {n}: (a − b) · [u^{n - 1}] b_α", sympy.expand(left), sympy.expand((a - b) * leading))
    for m, sizes in ((2, (2, 3, 4, 5)), (3, (2, 3, 4, 5))):
        for n in sizes:
            matrix = centring_matrix(n, m)
            yield Step(
                f"{m} rewards, N = {n}: rank = unknowns",
                sympy.Integer(matrix.rank()),
                sympy.Integer(matrix.cols),
            )


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
