"""The squared standard error of a mean over prompts: for all G. Spec eq. (102).

Claim. Let ``v_1 … v_G`` be independent, of means ``μ_p`` and variances ``s_p²``, and
``SE² = Σ_p (v_p − v̄)² / (G(G−1))``. Then ``E SE² = Var v̄ + Σ_p (μ_p − μ̄)² / (G(G−1))``: equal to
``Var v̄`` where all means are one, as for prompts drawn at random, and never below it.

Proof. ``Σ_p (v_p − v̄)² = Σ_p v_p² − G v̄²``. With ``S = Σ s_p²``, ``M_1 = Σ μ_p``, ``M_2 = Σ μ_p²`` the
first has the mean ``S + M_2`` and ``v̄²`` the mean ``(S + M_1²)/G²``; ``Var v̄ = S/G²`` and
``Σ (μ_p − μ̄)² = M_2 − M_1²/G``. The rest is algebra, for all G.

Beside it, for ``2 ≤ G ≤ 4``: the square is expanded, and ``v_p²`` and ``v_p v_q`` have the means
``s_p² + μ_p²`` and ``μ_p μ_q``.
"""

from collections.abc import Iterator, Sequence

import sympy
from sympy import Expr, Integer, Poly, symbols

from proofs.symbolic.steps import Step, show

G, S, M1, M2 = symbols("G S M_1 M_2")


def error(squares: Expr, of_mean: Expr, many: Expr | int) -> Expr:
    """``SE²``, or its expectation: of ``Σ v²`` and of ``v̄²``."""
    return (squares - many * of_mean) / (many * (many - 1))


def steps() -> Iterator[Step]:
    """For all G, and expanded for small G."""
    variance, spread = S / G**2, (M2 - M1**2 / G) / (G * (G - 1))
    expected = error(S + M2, (S + M1**2) / G**2, G)
    yield Step("E SE² = Var v̄ + Σ (μ_p − μ̄)²/(G(G−1))", expected, variance + spread)
    m = symbols("mu")
    yield Step("where all means are μ", expected.subs({M1: G * m, M2: G * m**2}), variance)
    for many in (2, 3, 4):
        yield expanded(many)


def expanded(many: int) -> Step:
    """The definition, monomial by monomial."""
    v, mu, s = (symbols(f"{name}1:{many + 1}") for name in ("v", "mu", "s"))
    centre = sum(v) / many
    square = sum((x - centre) ** 2 for x in v) / (many * (many - 1))
    found = mean_of(square, v, mu, s)
    middle = sum(mu) / many
    stated = sum(x**2 for x in s) / many**2
    stated += sum((x - middle) ** 2 for x in mu) / (many * (many - 1))
    return Step(f"G = {many}: E SE²", found, sympy.expand(stated))


def mean_of(square: Expr, v: Sequence[Expr], mu: Sequence[Expr], s: Sequence[Expr]) -> Expr:
    """Put ``s_p² + μ_p²`` for ``v_p²``, and ``μ_p μ_q`` for ``v_p v_q``."""
    total = Integer(0)
    for powers, c in Poly(sympy.expand(square), *v).terms():
        own = [m**power + (x**2 if power == 2 else 0) for power, m, x in zip(powers, mu, s, strict=True)]
        total += c * sympy.prod(own)
    return total


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
