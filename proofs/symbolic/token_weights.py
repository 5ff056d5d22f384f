"""A loss is right iff its weights differ as include-one values do: on small trees. Spec eq. (98).

Claim. Let ``w_t(b; n)`` be the weight of token t of an answer of type b beside siblings of types n, and
``g_t(b; n) = w_t(b; n) − (cK/N) q(b; n)``. Along the logit of token t that decides between types b and b' and
no others

    E[Σ_i Σ_t w_it ∂log π(y_it)] − c ∂J
        = N p_b p_b'/(p_b + p_b') Σ_n (N−1 over n) Π p^n [g_t(b; n) − g_t(b'; n)],

so it is zero for every policy iff all brackets are: eq. (98).

Proof. From the definition, with a symbol for every weight, for c, for T of each multiset and for the chances
at both tokens: the first token ends the answer (type 1, of one token) or goes on, the second decides between
types 2 and 3. At ``N ≤ 3`` and ``K ≤ N`` all batches are summed up and J is differentiated as a polynomial.
Along the logit of the second token the claim is as it stands, for t = 2; along that of the first, types 2 and
3 stand together, with the mean of their ``g_1``, and where the second token is certain it is the claim for
t = 1 and types 1 and 2. The monomials ``Π p^n`` of degree N − 1 are linearly independent.
"""

from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement
from typing import Any

from sympy import QQ

from proofs.symbolic.batches import Batch, expectation, mean, one_for_each, probability
from proofs.symbolic.characterisation import multinomial
from proofs.symbolic.steps import Step, show

TYPES = range(3)
TOKENS = ((1, 0), (1, 1), (1, 1))
"""Whether an answer of each type has a first and a second token."""


class Problem:
    """The chances at both tokens, all weights, T, and c, as symbols."""

    def __init__(self, n: int, k: int) -> None:
        others = list(combinations_with_replacement(TYPES, n - 1))
        weighed = [(t, b, *o) for t in (1, 2) for b in TYPES if TOKENS[b][t - 1] for o in others]
        of_t = [(0, *s) for s in combinations_with_replacement(TYPES, k)]
        self.of, (self.first, self.second, self.c) = one_for_each([*weighed, *of_t], "u v c")
        u, v = self.first, self.second
        self.p = [1 - u, u * v, u * (1 - v)]
        self.n, self.k, self.others = n, k, others

    def include_one(self, b: int, others: Batch) -> Any:
        """``q(b; n)``."""
        return mean(self.of[0, *sorted((b, *s))] for s in combinations(others, self.k - 1))

    def g(self, t: int, b: int, others: Batch) -> Any:
        """``g_t(b; n)``."""
        w = self.of[t, b, *sorted(others)]
        return w - self.c * self.include_one(b, others) * QQ(self.k, self.n)

    def bias(self, t: int) -> Any:
        """``E[Σ w ∂log π] − c ∂J`` by the logit of token t, all batches summed up."""
        chance = (self.first, self.second)[t - 1]
        goes_on = (1, 2) if t == 1 else (1,)

        def estimate(x: Batch) -> Any:
            total = chance * 0
            for i, b in enumerate(x):
                if TOKENS[b][t - 1]:
                    total += self.of[t, b, *sorted(x[:i] + x[i + 1 :])] * ((b in goes_on) - chance)
            return total

        j = expectation(self.p, self.k, lambda x: self.of[0, *sorted(x)])
        return expectation(self.p, self.n, estimate) - self.c * j.diff(chance) * chance * (1 - chance)

    def brackets(self, difference: Any) -> Any:
        """``Σ_n (N−1 over n) Π p^n`` of a difference beside those siblings."""
        return sum(multinomial(o) * probability(self.p, o) * difference(o) for o in self.others)


def steps() -> Iterator[Step]:
    """Both tokens, for each size."""
    for n in (1, 2, 3):
        for k in range(1, n + 1):
            given = Problem(n, k)
            u, v, g = given.first, given.second, given.g
            case = f"N = {n}, K = {k}"
            late = given.brackets(lambda o, g=g: g(2, 1, o) - g(2, 2, o)) * (n * u * v * (1 - v))
            yield Step(f"{case}: along the second token", given.bias(2).as_expr(), late.as_expr())
            early = given.brackets(lambda o, g=g, v=v: v * g(1, 1, o) + (1 - v) * g(1, 2, o) - g(1, 0, o))
            early = early * (n * u * (1 - u))
            yield Step(f"{case}: along the first token", given.bias(1).as_expr(), early.as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
