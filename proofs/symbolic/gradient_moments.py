"""Moments of the gradient estimate by counts, and how they move with the offset. Spec eqs. (65), (67).

Claim. For softmax logits over m actions and a permutation-equivariant A, with counts n of a batch and S_b the
sum of the advantages of its rewards of value b,

    ĝ_b = (1/N) (S_b − p_b Σ_c S_c),     E f(ĝ) = Σ_n (N over n) Π_b p_b^(n_b) f(ĝ(n)),

and where ``A(x + s) = A(x) + sτ``, with ``z = (1/N) Σ_i ∇log p(x_i)``,

    tr Cov ĝ(x+s) = tr Cov ĝ(x) + 2sτ tr Cov(ĝ, z) + s²τ² (1 − Σ_b p_b²)/N.

Proof. From the definition, with symbols for p, for every advantage ``A(b; n)``, for s and τ: sums over all
m^N batches on the left, by counts on the right, for three actions at N ≤ 2 and two at N ≤ 3. For all N and m:
the trace of Cov z is a sum over samples, each with the variance ``Σ_b p_b (1 − p_b)``.
"""

from collections.abc import Iterator
from itertools import combinations_with_replacement, product
from math import factorial, prod
from typing import Any

from sympy import QQ, Integer

from proofs.symbolic.batches import Batch, expectation, one_for_each, simplex
from proofs.symbolic.steps import Step, show

SIZES = [(2, 1), (2, 2), (2, 3), (3, 1), (3, 2)]
"""m and N."""


class Problem:
    """p, s, τ and all advantages as symbols."""

    def __init__(self, m: int, n: int) -> None:
        others = list(combinations_with_replacement(range(m), n - 1))
        keys = [(b, *o) for b in range(m) for o in others]
        self.answers, free = one_for_each(keys, "s tau " + " ".join(f"p{b + 1}" for b in range(m - 1)))
        self.shift, self.p, self.m, self.n = free[0] * free[1], simplex(free[2:]), m, n

    def advantage(self, x: Batch, i: int) -> Any:
        """``A_i``, which sees the others as a multiset."""
        return self.answers[x[i], *sorted(x[:i] + x[i + 1 :])]

    def estimate(self, x: Batch, shift: Any = 0) -> list[Any]:
        """``ĝ`` by its definition, sample by sample."""
        a = [self.advantage(x, i) + shift for i in range(self.n)]
        return [
            sum(w * ((x[i] == b) - self.p[b]) for i, w in enumerate(a)) * QQ(1, self.n) for b in range(self.m)
        ]

    def by_counts(self, counts: Batch) -> list[Any]:
        """``ĝ(n)``."""
        x = tuple(b for b, count in enumerate(counts) for _ in range(count))
        s = [
            sum((self.advantage(x, i) for i in range(self.n) if x[i] == b), start=self.p[0] * 0)
            for b in range(self.m)
        ]
        return [(s[b] - self.p[b] * sum(s)) * QQ(1, self.n) for b in range(self.m)]

    def trace(self, f: list[Any], g: list[Any]) -> Any:
        """``⟨f, g⟩``."""
        return sum(a * b for a, b in zip(f, g, strict=True))


def steps() -> Iterator[Step]:
    """Both claims, for each size."""
    for m, n in SIZES:
        given = Problem(m, n)
        yield from moments(given)
        yield offset(given)


def moments(given: Problem) -> Iterator[Step]:
    """First and second moments: all batches, and all counts."""
    m, n, p = given.m, given.n, given.p
    counted = [c for c in product(range(n + 1), repeat=m) if sum(c) == n]
    chances = [
        prod(p[b] ** count for b, count in enumerate(c)) * (factorial(n) // prod(map(factorial, c)))
        for c in counted
    ]
    found = [given.by_counts(c) for c in counted]
    for b in range(m):
        left = expectation(p, n, lambda x, b=b: given.estimate(x)[b])
        right = sum(w * g[b] for w, g in zip(chances, found, strict=True))
        yield Step(f"m = {m}, N = {n}: E ĝ_{b + 1}", left.as_expr(), right.as_expr())
        for c in range(b + 1):
            left = expectation(p, n, lambda x, b=b, c=c: given.estimate(x)[b] * given.estimate(x)[c])
            right = sum(w * g[b] * g[c] for w, g in zip(chances, found, strict=True))
            yield Step(f"m = {m}, N = {n}: E ĝ_{b + 1} ĝ_{c + 1}", left.as_expr(), right.as_expr())


def offset(given: Problem) -> Step:
    """The trace of the covariance, moved and not."""
    p, n = given.p, given.n

    def covariance(f: Any, g: Any) -> Any:
        together = expectation(p, n, lambda x: given.trace(f(x), g(x)))
        apart = [[expectation(p, n, lambda x, b=b, h=h: h(x)[b]) for b in range(given.m)] for h in (f, g)]
        return together - given.trace(*apart)

    def z(x: Batch) -> list[Any]:
        return [sum((a == b) - p[b] for a in x) * QQ(1, n) for b in range(given.m)]

    moved = covariance(*[lambda x: given.estimate(x, given.shift)] * 2)
    right = covariance(given.estimate, given.estimate) + 2 * given.shift * covariance(given.estimate, z)
    right += given.shift**2 * (1 - sum(x**2 for x in p)) * QQ(1, n)
    return Step(f"m = {given.m}, N = {n}: what an offset changes", (moved - right).as_expr(), Integer(0))


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
