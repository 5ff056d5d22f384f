"""Cell averages converge, with an error term: for all ``K ≥ 2``. Spec eq. (13).

Claim. For φ twice differentiable with ``|φ''| ≤ M`` and ``α_j = ∫ φ`` over the j-th of K cells,

    |K b_α(u) − φ(u)| ≤ |1−2u| |φ'(u)| / (2K) + M / (8K),

and the error is ``(u(1−u) φ'(u))' / (2K)`` to first order: K times it tends to half that derivative
(checked here for every polynomial φ of degree at most 4).

Proof. ``K b_α(u) = E[φ(X)]``, X uniform on the cell number 1 + Y, Y binomial with K − 1 trials and
probability u: a positive linear map that leaves constants as they are. By Taylor's theorem
``φ(X) = φ(u) + φ'(u)(X−u) + ρ`` with ``|ρ| ≤ M (X−u)²/2``, so it suffices that

    E[X − u]    = (1−2u) / (2K),
    E[(X − u)²] = ((K−2) u(1−u) + 1/3) / K² = 1/(4K) − (1/6 + (K−2)(u−1/2)²) / K² ≤ 1/(4K).

The moments of Y come from ``Y(Y−1)…(Y−r+1)``, whose mean is ``(K−1)…(K−r) u^r``, term by term:
``y…(y−r+1) C(K−1, y) = (K−1)…(K−r) C(K−1−r, y−r)``, and the binomial theorem. (For K ≤ r both are zero.) At
K = 1, ``E[(X−u)²] ≤ 1/3`` has to do.
"""

from collections.abc import Iterator

import sympy
from sympy import Rational, symbols

from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.steps import Step, show

K, y = symbols("K y", integer=True)
u, x = symbols("u x")

DEGREE = 4


def expectation(polynomial: sympy.Expr) -> sympy.Expr:
    """``E[φ(X)]`` of a polynomial φ in x, for all K, by factorial moments."""
    averaged = sympy.expand(K * sympy.integrate(polynomial, (x, y / K, (y + 1) / K)))
    total = sympy.Integer(0)
    remainder = sympy.Poly(averaged, y)
    while not remainder.is_zero:
        r, leading = remainder.degree(), remainder.LC()
        total += leading * sympy.ff(K - 1, r) * u**r
        remainder -= sympy.Poly(leading * sympy.expand_func(sympy.ff(y, r)), y)
    return sympy.factor(sympy.expand_func(total))


def steps() -> Iterator[Step]:
    """Factorial moments, the two moments of X, the bound, and the limit."""
    for r in range(1, DEGREE + 1):
        falling = sympy.prod([y - i for i in range(r)])
        of_size = sympy.prod([K - 1 - i for i in range(r)])
        yield equal(
            f"y…(y−{r}+1) C(K−1, y) = (K−1)…(K−{r}) C(K−1−{r}, y−{r})",
            [binomial(K - 1, y) * falling],
            [binomial(K - 1 - r, y - r) * of_size],
            (K - 1 - r, y, K - 1 - y),
        )
    second = expectation((x - u) ** 2)
    yield Step("E[1] = 1", expectation(sympy.Integer(1)), sympy.Integer(1))
    yield Step("E[X − u]", expectation(x - u), (1 - 2 * u) / (2 * K))
    yield Step("E[(X − u)²]", second, ((K - 2) * u * (1 - u) + Rational(1, 3)) / K**2)
    spare = (Rational(1, 6) + (K - 2) * (u - Rational(1, 2)) ** 2) / K**2
    yield Step("1/(4K) − E[(X − u)²], not negative for K ≥ 2", 1 / (4 * K) - second, spare)

    phi = sum(c * x**i for i, c in enumerate(symbols(f"c0:{DEGREE + 1}")))
    error = expectation(phi) - phi.subs(x, u)
    first_order = sympy.limit(sympy.cancel(K * error), K, sympy.oo)
    operator = sympy.diff(x * (1 - x) * sympy.diff(phi, x), x).subs(x, u) / 2
    yield Step("K (E[φ(X)] − φ(u)) → (u(1−u) φ')'/2", first_order, operator)


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
