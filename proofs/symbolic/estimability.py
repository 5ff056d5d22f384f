"""What N samples can estimate: an objective with ``deg b_α ≤ N − 1``, and no other. Spec eqs. (4), (70).

Claim. On any set of at least two rewards there is a function of N independent rewards whose expectation is
``J_α(p)`` for every distribution p on the set iff ``deg b_α ≤ N − 1``, for all N, K and α.

Proof. *If:* with ``K' = deg b_α + 1 ≤ N`` the value of the objective reduced to K' ranks is one
(`rank_weight_sum`, `thinning`). *Only if:* take two of the rewards, 0 and 1 up to a shift and a multiple, and
``π = P(X = 1)``. A function of N such rewards may be averaged over their orders, which leaves numbers f_s for
s ones, and

    E[f] = Σ_s C(N, s) π^s (1−π)^(N−s) f_s:   of degree at most N in π.

By eq. (4), ``dJ/dπ = K b_α(1 − π)``: J has the degree ``deg b_α + 1``, unless b_α = 0.

On two rewards no degree up to N is missed: ``f_s = C(s, j)/C(N, j)`` has the expectation ``π^j`` for every
``0 ≤ j ≤ N``, as

    C(N, s) C(s, j) = C(N, j) C(N−j, s−j),    Σ_s C(N−j, s−j) π^(s−j) (1−π)^(N−s) = 1.

From the definitions: these expectations for N ≤ 5; ``dJ/dπ`` for K ≤ 5, α symbols; the coefficient of π^K in
J, which must vanish where N = K − 1, is ``(−1)^(K−1)`` times that of ``u^(K−1)`` in b_α; and, beyond two
rewards, median@4 from three samples, three rewards and their probabilities symbols.
"""

from collections.abc import Iterator

import sympy
from sympy import QQ, Rational, symbols

from proofs.symbolic.batches import expectation, objective, simplex, symbolic, value
from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.population_values import spectrum
from proofs.symbolic.steps import Step, show

N, s, j = symbols("N s j", integer=True)
pi = symbols("pi")

LARGEST = 5


def steps() -> Iterator[Step]:
    """Monomials; the derivative of J and its leading coefficient; an objective that reduces."""
    yield equal(
        "C(N, s) C(s, j) = C(N, j) C(N−j, s−j)",
        [binomial(N, s) * binomial(s, j)],
        [binomial(N, j) * binomial(N - j, s - j)],
        (j, s - j, N - s),
    )
    for n in range(1, LARGEST + 1):
        for power in range(n + 1):
            ones = [sympy.binomial(at, power) * Rational(1, sympy.binomial(n, power)) for at in range(n + 1)]
            yield Step(f"N = {n}: E[C(s, {power})/C(N, {power})] = π^{power}", expected(ones), pi**power)
    for k in range(1, LARGEST + 1):
        j_of_pi, alpha = binary_objective(k)
        b = sympy.expand(spectrum(alpha, pi))
        yield Step(
            f"K = {k}: dJ/dπ = K b_α(1 − π), from the definition",
            sympy.expand(sympy.diff(j_of_pi, pi)),
            sympy.expand(k * b.subs(pi, 1 - pi)),
        )
        yield Step(
            "   the coefficient of π^K in J is (−1)^(K−1) that of u^(K−1) in b_α",
            j_of_pi.coeff(pi, k),
            sympy.expand((-1) ** (k - 1) * b.coeff(pi, k - 1)),
        )
    yield median()


def expected(f: list[sympy.Expr]) -> sympy.Expr:
    """``E[f_s]``, s the number of ones among N rewards, by enumeration of all batches."""
    (rate,) = symbolic("pi")
    mean = expectation(simplex([1 - rate]), len(f) - 1, lambda x: f[sum(x)] * rate**0)
    return mean.as_expr()


def binary_objective(k: int) -> tuple[sympy.Expr, list[sympy.Symbol]]:
    """``J(π)`` of rewards 0 and 1 from its definition, α symbols."""
    names = [f"alpha{i}" for i in range(1, k + 1)]
    rate, *alpha = symbolic(" ".join(["pi", *names]))
    rewards = [rate * 0, rate**0]
    j_of_pi = objective(simplex([1 - rate]), alpha, rewards)
    return sympy.expand(j_of_pi.as_expr()), list(symbols(names))


def median() -> Step:
    """The value of median@3 is an unbiased estimator of median@4, from three samples."""
    p1, p2, *rewards = symbolic("p1 p2 r1 r2 r3")
    p = simplex([p1, p2])
    of_three = expectation(p, 3, lambda x: value(x, [0, 1, 0], rewards))
    of_four = objective(p, [0, QQ(1, 2), QQ(1, 2), 0], rewards)
    return Step("median@4 from N = 3: E[v of median@3] = J", of_three.as_expr(), of_four.as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
