"""Conditional weights reach ``k = N``: for all N and all p. Spec eq. (84).

Claim. On rewards 0 and 1, ``A_i = (x_i/x̄ − 1)/N``, and ``−1/N`` where no reward is 1, is unbiased with
``c = 1/N`` for ``J = Σ_{k=1}^{N} pass@k / k``.

Proof. By eq. (37), as for MaxRL in `maxrl`, with s successes among the n = N − 1 others it must be that
``A(1; s) − A(0; s) = c Σ_{k=0}^{n} T(k)`` with ``T(k) = C(n−s, k)/C(n, k)``, one term more than MaxRL has.
With the same certificate ``U(k) = −(n−k+1)/(s+1) T(k)``, ``T(k) = U(k+1) − U(k)`` for ``0 ≤ k < n``, the sum
below n is ``(n+1 − T(n))/(s+1)``, and ``T(n)`` is 1 for s = 0 and 0 for s ≥ 1. Add T(n): in both cases it is
``(n+1)/(s+1) = N/(s+1)``. On the left a success has ``(N/(s+1) − 1)/N``, and a failure ``−1/N`` whether or
not another succeeds.

Beside it, from the definition: for ``N ≤ 6``, the expectation over all batches, and the objective's
derivative.
"""

from collections.abc import Iterator

from sympy import QQ, Integer

from proofs.symbolic.batches import Batch, gradient_of, maximum, objective, score_gradient, symbolic
from proofs.symbolic.hypergeometric import Term, equal, vanishes
from proofs.symbolic.maxrl import RANGE, N, R, T, U, k, n, s
from proofs.symbolic.steps import Step, show


def advantages(x: Batch) -> list[object]:
    """Eq. (84), of rewards 0 and 1."""
    successes, size = sum(x), len(x)
    return [QQ(b * size - successes, successes * size) if successes else QQ(-1, size) for b in x]


def steps() -> Iterator[Step]:
    """The certificate, the last term, both sides; and the expectation."""
    yield equal("T(k) = U(k+1) − U(k)", [T], [U.at((k, k + 1)), -U], RANGE)
    yield equal("T(n) = 1 for s = 0", [T.at((k, n), (s, Integer(0)))], [Term(Integer(1))], (n,))
    yield vanishes("T(n) = 0 for s ≥ 1", T.at((k, n)), (s - 1, n - s, n))
    for where, last, successes in (("s = 0", 1, Integer(0)), ("s ≥ 1", 0, s)):
        total = R.subs(k, n) * last - R.subs(k, 0) + last
        yield Step(f"{where}: the sum up to n", total.subs({n: N - 1, s: successes}), N / (successes + 1))
    yield Step("A(1; s) − A(0; s) = c N/(s+1), c = 1/N", (N / (s + 1) - 1) / N + 1 / N, N / (s + 1) / N)
    for size in range(1, 7):
        yield by_definition(size)


def by_definition(size: int) -> Step:
    """The expectation over all batches of zeros and ones."""
    (p,) = symbolic("p")
    policy, r = [p, 1 - p], [p * 0, p * 0 + 1]
    found = score_gradient(policy, size, advantages, 0)
    true = sum(gradient_of(objective(policy, maximum(top), r), p) * QQ(1, top) for top in range(1, size + 1))
    return Step(f"N = {size}: ∂J/∂p", found.as_expr(), true.as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
