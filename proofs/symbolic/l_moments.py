"""Spectra of the mean, of Gini's difference and of the L-moments: for all K. Spec eqs. (3), (5), (11), (12).

Claim. For every K, ``K b_α(u)`` is 1 for mean@K, ``4u − 2`` for gini@K (K ≥ 2), ``u^k`` for the weights
``C(j−1, k) / (K C(K−1, k))`` of ``b_k`` (0 ≤ k < K), and so the shifted Legendre polynomial of degree r − 1
for lmoment(r)@K. None depends on K: by eq. (5) they reduce to mean@1, gini@2 = 2 · lmoment(2)@2,
lmoment(r)@r.

Proof. Term by term

    C(j−1, k) / C(K−1, k) · C(K−1, j−1) = C(K−1−k, j−1−k),

and ``Σ_j C(K−1−k, j−1−k) u^(j−1) (1−u)^(K−j) = u^k`` by the binomial theorem. Terms with j ≤ k are zero.
The mean is k = 0; Gini's weights are a combination of k = 0 and k = 1. The L-moment's combination does not
contain K: it is ``Σ_k (−1)^(r−1−k) C(r−1, k) C(r−1+k, k) u^k``, for all r; that this is Legendre's
polynomial is classical, and compared with SymPy's for r ≤ 8.
"""

from collections.abc import Iterator

import sympy
from sympy import symbols

from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.steps import Step, show

K, j, k = symbols("K j k", integer=True)
u = symbols("u")


def power(r: int) -> sympy.Expr:
    """``Σ_{k<r} (−1)^(r−1−k) C(r−1, k) C(r−1+k, k) u^k``."""
    return sum(
        (-1) ** (r - 1 - i) * sympy.binomial(r - 1, i) * sympy.binomial(r - 1 + i, i) * u**i for i in range(r)
    )


def steps() -> Iterator[Step]:
    """The terms; Gini's combination; the L-moments'."""
    yield equal(
        "C(j−1, k) / C(K−1, k) · C(K−1, j−1) = C(K−1−k, j−1−k)",
        [binomial(j - 1, k) / binomial(K - 1, k) * binomial(K - 1, j - 1)],
        [binomial(K - 1 - k, j - 1 - k)],
        (K - 1 - k, k, j - 1, K - j),
    )
    yield Step(
        "gini: K α_j = 4 (j−1)/(K−1) − 2, for which stand 4u and −2",
        K * 2 * (2 * j - K - 1) / (K * (K - 1)),
        4 * (j - 1) / (K - 1) - 2,
    )
    yield Step("gini = 2 · lmoment(2)", 4 * u - 2, 2 * power(2))
    for r in range(1, 9):
        yield Step(
            f"lmoment({r}): Legendre's P_{r - 1}(2u−1)",
            power(r),
            sympy.expand(sympy.legendre(r - 1, 2 * u - 1)),
        )


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
