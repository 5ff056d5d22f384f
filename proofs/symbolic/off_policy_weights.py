"""Samples of another policy: value, weights, and what first order lacks. Spec eqs. (85), (86), (108).

Claim. Let ``x_1 … x_N`` be draws from μ, ``ρ = π/μ``, ``δ = ρ − 1``, and T symmetric. With S uniform among
the subsets of K ≤ N,

    v_ρ = E_S[Π_S ρ · T(S)],               E_μ v_ρ = J(π),
    w_i = ρ_i ∂v_ρ/∂ρ_i = E_S[[i∈S] Π_S ρ · T(S)],     E_μ Σ_i w_i ∇log π(x_i) = ∇J(π),
    w'_i = E_S[[i∈S] (1 + Σ_S δ) T(S)] = (K/N) ρ_i q_i + K(K−1)/(N(N−1)) Σ_{l≠i} δ_l q_il,
    ∇J(π) − E_μ Σ_i w'_i ∇log π(x_i) = K E_μ[∇log π(x_1) (Π_{l≤K} ρ_l − 1 − Σ_{l≤K} δ_l) T(x_1 … x_K)],

and ``E_μ[∇log π(x_1) (Π ρ_l − 1 − Σ δ_l)] = 0``.

Proof. The shares of sets that hold i, or i and l, for all N and K. The two forms of w and of w', for N ≤ 5:
symbols for all ρ or δ, and for T of each subset. The expectations, for two atoms, K ≤ N ≤ 3, from the
definition: symbols for μ, which sums to one, for π, which is free, and for T of each multiset; ``J(π)`` is
the homogeneous polynomial, and ``∂log π(x)/∂π_b = [x = b]/π_b``. The last line is along the difference of two
coordinates, where π sums to one. Exhibited: the bias at K = 2, which is not zero.
"""

from collections.abc import Callable, Iterator
from itertools import combinations, combinations_with_replacement, product
from math import prod
from typing import Any

from sympy import QQ, Integer, symbols
from sympy.polys.fields import field

from proofs.symbolic.batches import Batch, mean, one_for_each
from proofs.symbolic.hypergeometric import Term, binomial, equal
from proofs.symbolic.steps import Step, show

N, K = symbols("N K", integer=True)
ATOMS = range(2)


class Policies:
    """μ and π on two atoms, and any symmetric T of K, as symbols of one field."""

    def __init__(self, k: int) -> None:
        keys = list(combinations_with_replacement(ATOMS, k))
        names = ["mu1", "pi1", "pi2", *("T_" + "_".join(map(str, key)) for key in keys)]
        _, first, *free = field(names, QQ)
        self.k, self.mu, self.pi = k, [first, 1 - first], free[:2]
        self.rho = [a / b for a, b in zip(self.pi, self.mu, strict=True)]
        self.of = dict(zip(keys, free[2:], strict=True))

    def statistic(self, atoms: Batch) -> Any:
        """``T``."""
        return self.of[tuple(sorted(atoms))]

    def ratios(self, atoms: Batch) -> Any:
        """``Π ρ``."""
        return prod((self.rho[b] for b in atoms), start=self.mu[0] ** 0)

    def to_first_order(self, atoms: Batch) -> Any:
        """``1 + Σ δ``."""
        return 1 + sum(self.rho[b] - 1 for b in atoms)

    def expected(self, size: int, f: Callable[[Batch], Any]) -> Any:
        """``E_μ f``, over all batches."""
        return sum(prod(self.mu[b] for b in x) * f(x) for x in product(ATOMS, repeat=size))

    def objective(self) -> Any:
        """``J(π) = Σ π … π T``."""
        return sum(prod(self.pi[b] for b in x) * self.statistic(x) for x in product(ATOMS, repeat=self.k))

    def weights(self, x: Batch, by: Callable[[Batch], Any]) -> list[Any]:
        """``E_S[[i∈S] by(S) T(S)]`` for each i."""
        sets = list(combinations(range(len(x)), self.k))
        of = {s: by(tuple(x[i] for i in s)) * self.statistic(tuple(x[i] for i in s)) for s in sets}
        return [sum(of[s] for s in sets if i in s) / len(sets) for i in range(len(x))]

    def along(self, size: int, by: Callable[[Batch], Any], b: int) -> Any:
        """``E_μ Σ_i w_i ∂log π(x_i)/∂π_b``."""
        return self.expected(
            size, lambda x: sum(w for w, a in zip(self.weights(x, by), x, strict=True) if a == b) / self.pi[b]
        )


def steps() -> Iterator[Step]:
    """Shares, the two forms of w', expectations, and a bias."""
    share = [binomial(N - 1, K - 1) / binomial(N, K)]
    yield equal("i ∈ S: K/N", share, [Term(K / N)], (K - 1, N - K))
    both = [binomial(N - 2, K - 2) / binomial(N, K)]
    yield equal("i, l ∈ S: K(K−1)/(N(N−1))", both, [Term(K * (K - 1) / (N * (N - 1)))], (K - 1, N - K, N - 2))
    for n in range(2, 6):
        for k in range(1, n + 1):
            yield derivative(n, k)
            yield first_order_form(n, k)
    for n in (1, 2, 3):
        for k in range(1, n + 1):
            yield from expectations(n, k)
    yield exhibited()


def derivative(n: int, k: int) -> Step:
    """``w_1`` as a derivative of the value, and by the sets that hold the first sample."""
    t, rho = one_for_each(combinations(range(n), k), " ".join(f"rho{i}" for i in range(n)))
    weighed = {s: prod((rho[i] for i in s), start=x) for s, x in t.items()}
    left = rho[0] * mean(weighed.values()).diff(rho[0])
    right = sum(x for s, x in weighed.items() if 0 in s) * QQ(1, len(t))
    return Step(f"N = {n}, K = {k}: w_1", left.as_expr(), right.as_expr())


def first_order_form(n: int, k: int) -> Step:
    """``w'_1`` by its definition and by ``q_1`` and ``q_1l``."""
    delta_names = " ".join(f"d{i}" for i in range(n))
    t, delta = one_for_each(combinations(range(n), k), delta_names)
    first = {s: x for s, x in t.items() if 0 in s}
    left = sum((1 + sum(delta[i] for i in s)) * x for s, x in first.items()) * QQ(1, len(t))
    right = (1 + delta[0]) * mean(first.values()) * QQ(k, n)
    for other in range(1, n):
        if k > 1:
            pair = mean(x for s, x in first.items() if other in s)
            right += delta[other] * pair * QQ(k * (k - 1), n * (n - 1))
    return Step(f"N = {n}, K = {k}: w'_1", left.as_expr(), right.as_expr())


def expectations(n: int, k: int) -> Iterator[Step]:
    """Value, gradient, and what first order leaves out."""
    given = Policies(k)
    j, case = given.objective(), f"N = {n}, K = {k}"
    sets = list(combinations(range(n), k))

    def value(x: Batch) -> Any:
        chosen = [tuple(x[i] for i in s) for s in sets]
        return sum(given.ratios(s) * given.statistic(s) for s in chosen) / len(sets)

    yield Step(f"{case}: E v_ρ = J(π)", given.expected(n, value).as_expr(), j.as_expr())

    def left_out(x: Batch) -> Any:
        return given.ratios(x) - given.to_first_order(x)

    for b in ATOMS:
        slope = j.diff(given.pi[b])
        exact = given.along(n, given.ratios, b)
        yield Step(f"{case}: E Σ w ∂log π/∂π_{b + 1}", exact.as_expr(), slope.as_expr())
        bias = slope - given.along(n, given.to_first_order, b)
        beyond = given.expected(
            k, lambda x, b=b: left_out(x) * given.statistic(x) * (x[0] == b) * k / given.pi[b]
        )
        yield Step(f"{case}: what w' lacks of it", bias.as_expr(), beyond.as_expr())
    normal = {symbols("pi2"): 1 - symbols("pi1")}
    alone = [given.expected(k, lambda x, b=b: left_out(x) * (x[0] == b) / given.pi[b]) for b in ATOMS]
    without = (alone[0] - alone[1]).as_expr().subs(normal)
    yield Step(f"{case}: without T it is zero", without, Integer(0))


def exhibited() -> Step:
    """The bias of max@2 on rewards 0 and 1 along ``∂/∂π_1 − ∂/∂π_2``: it is zero where π = μ alone."""
    given = Policies(2)
    bias = [given.objective().diff(given.pi[b]) - given.along(2, given.to_first_order, b) for b in ATOMS]
    mu, pi, *t = symbols("mu1 pi1 T_0_0 T_0_1 T_1_1")
    values = {symbols("pi2"): 1 - pi} | dict(zip(t, (0, 1, 1), strict=True))
    found = (bias[0] - bias[1]).as_expr().subs(values)
    return Step("K = 2, max on 0 and 1: its bias", found, exhibited_bias(mu, pi))


def exhibited_bias(mu: Any, pi: Any) -> Any:
    """A closed form of it."""
    return -2 * (pi - mu) ** 2 / pi


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
