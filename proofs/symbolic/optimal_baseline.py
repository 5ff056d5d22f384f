"""What not knowing the success probability costs, for pass@K. Spec eqs. (91), (92).

Rewards are 1 with probability π = 1 − θ, else 0, ``1 ≤ K < N``, ``L = N − K``. Of the unbiased estimates of
``c = 1/K``, the optimal baseline gives ``A*_i = f_c (x_i − π)``, c of the others failing.

Claim. For all ``1 ≤ K < N``, with ``G(θ) = Σ_i C(K−1, i) C(L, i) θ^i``,

    E h² = E A*² / (1 − π),     E canonical² = (N/L) (1 − θ G′/(L G)) E A*².

Proof. With ``j = c − (K − 1)`` the second is ``E_w (j − Lθ)² = θ(1−θ) (K L − N θ G′/G)``, w being
``C(j+K−1, K−1) C(L, j) θ^j (1−θ)^(L−j)`` over its sum G: see the specification. It rests on

    θ(1−θ) G″ + [1 + (K+L−2) θ] G′ − (K−1) L G = 0,     (i+1)² g_(i+1) = (K−1−i) (L−i) g_i,

the second being what the first says of the coefficients ``g_i`` of G, for all K and L. Mean and second moment
under w are compared as polynomials for K, L ≤ 6, and both claims from the definitions for N ≤ 5.
"""

from collections.abc import Iterator
from math import comb

import sympy
from sympy import symbols

from proofs.symbolic.batches import expectation, symbolic
from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.several_actions import of_rewards
from proofs.symbolic.steps import Step, show

K, L, i, theta = symbols("K L i theta")

LARGEST = 5
LARGEST_OF_G = 6


def steps() -> Iterator[Step]:
    """Coefficients of G; its equation and the second moment; both claims from the definitions."""
    k, length, power = symbols("K L i", integer=True)
    yield equal(
        "(i+1)² g_(i+1) = (K−1−i) (L−i) g_i",
        [binomial(k - 1, power + 1) * binomial(length, power + 1) * (power + 1) ** 2],
        [binomial(k - 1, power) * binomial(length, power) * ((k - 1 - power) * (length - power))],
        (k - 1, length, power),
    )
    for k in range(1, LARGEST_OF_G + 1):
        for length in range(1, LARGEST_OF_G + 1):
            yield from of_g(k, length)
    for n in range(2, LARGEST + 1):
        for k in range(1, n):
            yield from by_enumeration(n, k)


def g_of(k: int, length: int) -> sympy.Expr:
    """``G(θ)``."""
    return sum(comb(k - 1, i) * comb(length, i) * theta**i for i in range(k))


def of_g(k: int, length: int) -> Iterator[Step]:
    """The mean of ``C(j+K−1, K−1)`` is G; the second moment; the two ends of the ratio."""
    g, n = g_of(k, length), k + length
    slope = sympy.diff(g, theta)
    tilted = [
        comb(j + k - 1, k - 1) * comb(length, j) * theta**j * (1 - theta) ** (length - j)
        for j in range(length + 1)
    ]
    where = f"K = {k}, L = {length}"
    yield Step(f"{where}: Σ_j w_j = G", sympy.expand(sum(tilted)), sympy.expand(g))
    yield Step(
        "   Σ_j w_j (j − Lθ)² = θ(1−θ) (K L G − N θ G′)",
        sympy.expand(sum(w * (j - length * theta) ** 2 for j, w in enumerate(tilted))),
        sympy.expand(theta * (1 - theta) * (k * length * g - n * theta * slope)),
    )
    yield Step(
        "   G′(1)/G(1) = L (K−1)/(N−1)", (slope / g).subs(theta, 1), sympy.Rational(length * (k - 1), n - 1)
    )


def by_enumeration(n: int, k: int) -> Iterator[Step]:
    """``E A_1²`` of h and canonical, over all batches, by the definitions of section 3."""
    (p,) = symbolic("p")
    policy = [p**0 - p, p]
    length, g = n - k, g_of(k, n - k)

    def square(name: str) -> sympy.Expr:
        return expectation(policy, n, lambda x: of_rewards(name, x, k)[0] ** 2).as_expr()

    def optimal(x: tuple[int, ...]) -> sympy.Expr:
        f = sympy.Rational(comb(x[1:].count(0), k - 1), comb(n - 1, k - 1))
        return (f**2) * (x[0] - p) ** 2

    least = expectation(policy, n, optimal).as_expr()
    success = symbols("p")
    yield Step(
        f"N = {n}, K = {k}, from the definition: (1−π) E h² = E A*²",
        square("improvement") * (1 - success),
        least,
    )
    ratio = sympy.Rational(n, length) * (1 - theta * sympy.diff(g, theta) / (length * g))
    yield Step("   E canonical²", square("canonical"), ratio.subs(theta, 1 - success) * least)


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
