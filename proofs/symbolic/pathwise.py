"""Pathwise weights are unbiased: for all ``K ≤ N``, all α, rewards increasing in one uniform. Spec eq. (29).

Claim. ``E[Σ_i w_i ∇R_i] = ∇J`` with ``w_i = (K/N) e^(N)_rank(i)``, where rewards are almost surely
distinct.

Proof. Let ``R_i = R(U_i; θ)``, U uniform, increase in U for every θ: so is every law without atoms if it is
sampled by its quantile function. (The general case is in the specification, section 5.2.) The m-th smallest
of N uniforms has the density ``N C(N−1, m−1) u^(m−1) (1−u)^(N−m)``, so that

    E[Σ_i w_i ∇R(U_i)] = ∫ ∇R(u) Σ_m (K/N) e_m^(N) N C(N−1, m−1) u^(m−1) (1−u)^(N−m) du = ∫ ∇R(u) K b_α(u) du

by degree elevation (`degree_elevation`, for all N and K), and that is the gradient of eq. (4).

Checked without that theorem, from the definition, with symbolic α:

- ``R(u) = θ_0 + θ_1 u + θ_2 u²`` with symbolic θ (increasing for ``θ_1, θ_2 > 0``), N ≤ 3, by integration
  over ``u_1 < … < u_N``;
- atoms: three distinct symbolic rewards with symbolic probabilities, N ≤ 4. Ties then occur, but only
  between samples whose rewards move together: ``E[Σ_{x_i = r_b} w_i] = ∂J/∂r_b``, the weights averaged over
  ties.
"""

from collections.abc import Iterator
from math import comb

import sympy
from sympy import QQ, symbols
from sympy.polys.rings import PolyElement

from proofs.symbolic.batches import expectation, gradient_of, objective, simplex, symbolic
from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.steps import Step, show

theta = symbols("theta0:3")


def rank_weights(size: int, alpha: list[PolyElement]) -> list[PolyElement]:
    """``w_m = (K/N) e_m^(N)``, as eq. (22) has it."""
    k = len(alpha)
    return [
        sum(
            a * QQ(comb(m - 1, j - 1) * comb(size - m, k - j) * k, comb(size - 1, k - 1) * size)
            for j, a in enumerate(alpha, 1)
        )
        for m in range(1, size + 1)
    ]


def over_ordered(f: sympy.Expr, u: list[sympy.Symbol]) -> sympy.Expr:
    """``N! ∫_{0<u_1<…<u_N<1} f``."""
    lower = [sympy.Integer(0), *u[:-1]]
    for x, below in zip(reversed(u), reversed(lower), strict=True):
        f = sympy.integrate(sympy.expand(f), (x, below, 1))
    return sympy.expand(f * sympy.factorial(len(u)))


def steps() -> Iterator[Step]:
    """All N and K; continuous rewards, by integration; atoms, by enumeration."""
    size, top, m, j = symbols("N K m j", integer=True)
    e = binomial(m - 1, j - 1) * binomial(size - m, top - j) / binomial(size - 1, top - 1)
    yield equal(
        "(K/N) e_m N C(N−1, m−1) = K C(K−1, j−1) C(N−K, m−j): summed over m, K b_α by the binomial theorem",
        [e * binomial(size - 1, m - 1) * top],
        [binomial(top - 1, j - 1) * binomial(size - top, m - j) * top],
        (j - 1, top - j, size - top, m - 1, size - m),
    )
    for n in (1, 2, 3):
        u = list(symbols(f"u1:{n + 1}"))
        yield Step(f"N = {n}: N! ∫ 1 over u_1 < … < u_N", over_ordered(sympy.Integer(1), u), sympy.Integer(1))
        for k in range(1, n + 1):
            alpha = list(symbolic(" ".join(f"a{j}" for j in range(1, k + 1))))
            w = [x.as_expr() for x in rank_weights(n, alpha)]
            value = [sum(t * x**i for i, t in enumerate(theta)) for x in u]
            t_alpha = sum(a.as_expr() * x for a, x in zip(alpha, value, strict=False))
            true = over_ordered(t_alpha, u[:k])
            for i, t in enumerate(theta):
                estimate = over_ordered(sum(a * sympy.diff(x, t) for a, x in zip(w, value, strict=True)), u)
                yield Step(f"N = {n}, K = {k}: ∂/∂θ_{i}", estimate, sympy.diff(true, t))

    for n in (2, 3, 4):
        for k in range(1, n + 1):
            p1, p2, *rest = symbolic("p1 p2 r1 r2 r3 " + " ".join(f"a{j}" for j in range(1, k + 1)))
            r, alpha, p = rest[:3], rest[3:], simplex([p1, p2])
            w, j = rank_weights(n, alpha), objective(p, alpha, r)
            for atom in range(3):
                left = expectation(p, n, lambda batch, w=w, atom=atom: weight_of(atom, batch, w))
                yield Step(
                    f"N = {n}, K = {k}: ∂J/∂r_{atom + 1}", left.as_expr(), gradient_of(j, r[atom]).as_expr()
                )


def weight_of(atom: int, batch: tuple[int, ...], w: list[sympy.Expr]) -> sympy.Expr:
    """The sum of the weights of an atom's samples: averaging over ties leaves it as it is."""
    return sum((x for x, b in zip(w, sorted(batch), strict=True) if b == atom), start=w[0] * 0)


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
