"""PPO's surrogate is the objective to first order; what it leaves out is one sum of squares. Spec eq. (101).

Claim. Let ``L(p') = J(p) + Σ_b (p'_b − p_b) ∂J/∂p_b``, ``δ = p' − p``, ``p_s = p + sδ``,
``G_t = Σ_{b≤t} δ_b``. Then

    J(p') − L(p') = K(K−1) ∫_0^1 (1−s) T[δ, δ, p_s … p_s] ds,
    T[δ, δ, p … p] = −Σ_t d_t G_t² E[α_(Y+2) − α_(Y+1)],     Y ~ Bin(K−2, F_t),

T[…] being the multilinear form whose diagonal is J. So J ≤ L where α ascends, and with ``|G_t| ≤ TV`` and
``∫ (1−s) ds = 1/2`` the bound follows.

Proof. From the definition for ``2 ≤ K ≤ 4`` on three atoms: the first with a symbol for T of each multiset,
for p and for δ, which need not sum to one or zero; the second with symbols for rewards and α, p summing to
one and δ to zero.
"""

from collections.abc import Iterator
from itertools import combinations_with_replacement, product
from math import comb
from typing import Any

import sympy
from sympy import Integer

from proofs.symbolic.batches import Batch, Numbers, expectation, l_statistic, one_for_each, simplex, symbolic
from proofs.symbolic.steps import Step, show

ATOMS = range(3)


def form(p: Numbers, delta: Numbers, k: int, statistic: Any) -> Any:
    """``T[δ, δ, p … p]``."""
    return sum(
        delta[a] * delta[b] * expectation(p, k - 2, lambda x, a=a, b=b: statistic((a, b, *x)))
        for a, b in product(ATOMS, repeat=2)
    )


def steps() -> Iterator[Step]:
    """Taylor's formula, then the form by boundaries, for each K."""
    for k in (2, 3, 4):
        yield taylor(k)
    for k in (2, 3, 4):
        free = symbolic("p1 p2 d1 d2 r1 r2 r3 " + " ".join(f"a{i}" for i in range(k)))
        p, delta, r, alpha = simplex(free[:2]), free[2:4], free[4:7], free[7:]
        delta = [*delta, -sum(delta)]
        left = form(p, delta, k, lambda x, of=(alpha, r): l_statistic(x, *of))
        yield Step(f"K = {k}: T[δ, δ, p …]", left.as_expr(), by_boundaries(p, delta, alpha, r).as_expr())
    s = sympy.Symbol("s")
    yield Step("∫ (1−s) ds = 1/2", sympy.integrate(1 - s, (s, 0, 1)), sympy.Rational(1, 2))


def taylor(k: int) -> Step:
    """Both sides of Taylor's formula: the integral is taken of a polynomial in s."""
    names = "s p1 p2 p3 d1 d2 d3"
    t, (s, *free) = one_for_each(combinations_with_replacement(ATOMS, k), names)
    p, delta = free[:3], free[3:]

    def statistic(x: Batch) -> Any:
        return t[tuple(sorted(x))]

    j = expectation(p, k, statistic)
    moved = expectation([a + b for a, b in zip(p, delta, strict=True)], k, statistic)
    linear = j + sum(b * j.diff(a) for a, b in zip(p, delta, strict=True))
    along = form([a + s * b for a, b in zip(p, delta, strict=True)], delta, k, statistic)
    rest = integral((1 - s) * along * (k * (k - 1)))
    return Step(f"K = {k}: J − L less the integral", (moved - linear - rest).as_expr(), Integer(0))


def integral(polynomial: Any) -> Any:
    """``∫_0^1 ds`` of a polynomial, s being its ring's first symbol."""
    ring = polynomial.ring
    total = ring.zero
    for powers, c in polynomial.terms():
        total += ring.from_dict({(0, *powers[1:]): c / (powers[0] + 1)})
    return total


def by_boundaries(p: Numbers, delta: Numbers, alpha: Numbers, r: Numbers) -> Any:
    """``−Σ_t d_t G_t² E[α_(Y+2) − α_(Y+1)]``."""
    k, total = len(alpha), p[0] * 0
    for t in (1, 2):
        below, g = sum(p[:t]), sum(delta[:t])
        rise = sum(
            comb(k - 2, y) * below**y * (1 - below) ** (k - 2 - y) * (alpha[y + 1] - alpha[y])
            for y in range(k - 1)
        )
        total -= (r[t] - r[t - 1]) * g**2 * rise
    return total


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
