"""Centred and unbiased: none at ``K = N`` unless the degree allows it; at most one. Spec eq. (38).

Claim. ``A_i = cK q_i − B(x_{−i})`` (eq. (37)) is centred on every batch iff ``Σ_i B(x_{−i}) = cK Σ_i q_i``:
one linear equation for each batch, one unknown for each multiset of N − 1 rewards.

1. None at K = N if ``deg b_α = N − 1``: for all N and all α.
2. At most one: for N ≤ 5 and two or three rewards (by rank). For all N: the specification, section 7.3.
3. One for K < N, the canonical: for all N and K, by `centring` with ``B = cK v^(−i)``.

Proof. 1. Take two rewards a < b, and of the batches with s copies of b, s = 0 … N, the alternating sum of
the equations, weighted by ``(−1)^s C(N, s)``. Every unknown drops out: the one with s copies of b occurs
N − s times in the s-th equation (an a left out) and s + 1 times in the next (a b left out), and

    C(N, s) (N−s) = C(N, s+1) (s+1).

On the right ``q_i = T(batch)`` stays, as the only subset is the batch: ``cK N Σ_s (−1)^s C(N, s) T_s`` with
``T_s = a Σ_{j≤N−s} α_j + b Σ_{j>N−s} α_j``. There ``α_j`` is multiplied by ``b − a`` once s reaches
N − j + 1, and the sum from there telescopes: with ``V(s) = (−1)^s C(N−1, s−1)``,

    (−1)^s C(N, s) = V(s) − V(s+1),     V(N+1) = 0,     V(N−j+1) = (−1)^(N−j+1) C(N−1, j−1).

So it is ``cK N (a − b) Σ_j α_j (−1)^(N−j) C(N−1, j−1)``, and that sum is the coefficient of ``u^(N−1)`` in
``b_α``. (What is multiplied by a alone is the sum of all, which is zero.) It is not zero if b_α has that
degree, as for the maximum: the equations contradict each other. Expanded with symbolic α for N ≤ 6, beside
it.

2. The rank of the equations' matrix is the number of unknowns. It does not contain the rewards.
"""

from collections.abc import Iterator
from itertools import combinations_with_replacement

import sympy
from sympy import symbols

from proofs.symbolic.hypergeometric import binomial, equal, vanishes
from proofs.symbolic.population_values import spectrum
from proofs.symbolic.steps import Step, show

N, s, j = symbols("N s j", integer=True)
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
    """The column sums, the telescope, small N expanded; then the ranks."""
    yield equal(
        "C(N, s) (N−s) = C(N, s+1) (s+1), for 0 ≤ s < N",
        [binomial(N, s) * (N - s)],
        [binomial(N, s + 1) * (s + 1)],
        (s, N - 1 - s),
    )
    yield equal(
        "C(N, s) = C(N−1, s−1) + C(N−1, s), so (−1)^s C(N, s) = V(s) − V(s+1)",
        [binomial(N, s)],
        [binomial(N - 1, s - 1), binomial(N - 1, s)],
        (s, N - s, N - 1),
    )
    yield vanishes("V(N+1) = 0, as C(N−1, N) = 0", binomial(N - 1, N), (N - 1,))
    yield equal(
        "V(N−j+1): C(N−1, N−j) = C(N−1, j−1)", [binomial(N - 1, N - j)], [binomial(N - 1, j - 1)], (N - 1,)
    )
    yield vanishes(
        "V(0) = 0, as C(N−1, −1) = 0: the sum of all is zero", binomial(N - 1, s - 1).at((s, 0)), (N - 1,)
    )
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
