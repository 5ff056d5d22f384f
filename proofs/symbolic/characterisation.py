"""Unbiased iff eq. (56) holds: any estimator, α, p and rewards, at small sizes. Spec eqs. (36), (37), (56).

Claim. Let ``A(b; n)`` be any numbers, one for each reward b and each multiset n of N − 1 others. Along
``∂/∂p_b − ∂/∂p_m`` the bias ``E[(1/N) Σ A_i ∇log p(x_i)] − c ∇J`` is

    Σ_n  C(N−1; n) Π_a p_a^(n_a) · [D(b; n) − D(m; n)],     D(b; n) = A(b; n) − cK q(b; n),

with multinomial coefficients, once all is made homogeneous of degree N − 1 by powers of ``Σ_a p_a = 1``. So
it is zero for every p iff all the brackets are: eq. (56), which is eq. (37).

Proof. Both sides are expanded, with a symbol for every ``A(b; n)``, symbolic rewards, α, c and p: for two
atoms at N ≤ 5, for three at N ≤ 3, every K ≤ N. The monomials ``Π p_a^(n_a)`` of degree N − 1 are linearly
independent, on the simplex too (a homogeneous polynomial that is zero there is zero on every ray). For all
N and K: the specification, section 7.2.
"""

from collections.abc import Iterator
from itertools import combinations_with_replacement
from math import factorial, prod
from typing import Any

from proofs.symbolic.batches import expectation, include_one, objective, probability, symbolic
from proofs.symbolic.steps import Step, show

SIZES = [(2, n) for n in (2, 3, 4, 5)] + [(3, n) for n in (2, 3)]


def multinomial(others: tuple[int, ...]) -> int:
    """How many orders a multiset has."""
    return factorial(len(others)) // prod(factorial(others.count(a)) for a in set(others))


def steps() -> Iterator[Step]:
    """Each number of atoms, N, K and coordinate."""
    for m, n in SIZES:
        multisets = list(combinations_with_replacement(range(m), n - 1))
        for k in range(1, n + 1):
            names = [f"p{a}" for a in range(1, m + 1)] + [f"r{a}" for a in range(1, m + 1)]
            names += [f"alpha{j}" for j in range(1, k + 1)] + ["c"]
            names += [f"A{b}_{''.join(map(str, o))}" for b in range(m) for o in multisets]
            x = symbolic(" ".join(names))
            p, r, alpha, c, free = x[:m], x[m : 2 * m], x[2 * m : 2 * m + k], x[2 * m + k], x[2 * m + k + 1 :]
            a = dict(zip([(b, o) for b in range(m) for o in multisets], free, strict=True))
            j, total = objective(p, alpha, r), sum(p)

            def expected(b: int, a: Any = a, p: Any = p, n: int = n) -> Any:
                return expectation(p, n - 1, lambda others: a[b, tuple(sorted(others))])

            def d(b: int, o: tuple[int, ...], a: Any = a, c: Any = c, r: Any = r, alpha: Any = alpha) -> Any:
                return a[b, o] - c * len(alpha) * include_one((b, *o), 0, alpha, r)

            for b in range(m - 1):
                true = (j.diff(p[b]) - j.diff(p[-1])) * total ** (n - k)
                bias = expected(b) - expected(m - 1) - c * true
                brackets = sum(
                    multinomial(o) * probability(p, o) * (d(b, o) - d(m - 1, o)) for o in multisets
                )
                yield Step(
                    f"{m} atoms, N = {n}, K = {k}: ∂/∂p_{b + 1} − ∂/∂p_{m}",
                    bias.as_expr(),
                    brackets.as_expr(),
                )


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
