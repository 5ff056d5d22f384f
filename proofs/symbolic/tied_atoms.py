"""Populations selected by a score, from the definition: at ``K ≤ 3``, three atoms, every tie. Spec eq. (77).

Claim. Sort the atoms by score, runs of equal scores B of probability ``p_B`` and of mean reward
``ȳ_B = Σ_{b∈B} p_b y_b / p_B``, with ``F_B`` and ``F_B−`` the probability up to B with and without it. Then
``J = Σ_B ȳ_B [Φ(F_B) − Φ(F_B−)]``, ``Σ_b p_b ā_b = 0`` and

    ā_b = const + Σ_{runs C below b} (ȳ_next(C) − ȳ_C) b_α(F_C) + (y_b − ȳ_B) [Φ(F_B) − Φ(F_B−)] / (K p_B).

Proof. ``J`` and ``q̄_b`` are sums over all tuples of draws, each T being a mean over the orders in which the
scores ascend. Probabilities, rewards and rank weights are symbols. (For all K and atoms, in words: the
specification.)
"""

from collections.abc import Iterator
from itertools import pairwise, permutations, product
from typing import Any

import sympy

from proofs.symbolic.batches import Numbers, expectation, mean, simplex, symbolic
from proofs.symbolic.concomitants import runs_of
from proofs.symbolic.population_values import cumulative, spectrum
from proofs.symbolic.steps import Step, show


def statistic(atoms: tuple[int, ...], score: Numbers, alpha: Numbers, y: Numbers) -> Any:
    """``T``: the mean of ``Σ_j α_j y_[j]`` over the orders of the draws in which the scores ascend."""
    orders = [o for o in permutations(atoms) if all(score[a] <= score[b] for a, b in pairwise(o))]
    return mean(sum(a * y[b] for a, b in zip(alpha, order, strict=True)) for order in orders)


def steps() -> Iterator[Step]:
    """Value, gaps and mean, for each K and each tie of three atoms."""
    for k, runs in product((1, 2, 3), runs_of(3)):
        p1, p2, *rest = symbolic("p1 p2 y1 y2 y3 " + " ".join(f"a{j}" for j in range(1, k + 1)))
        y, alpha, p = rest[:3], rest[3:], simplex([p1, p2])
        case = f"K = {k}, runs of {'+'.join(str(len(run)) for run in runs)}"
        score = [number for number, run in enumerate(runs) for _ in run]

        def expected(first: tuple[int, ...], score=score, alpha=alpha, y=y, p=p, k=k) -> sympy.Expr:  # type: ignore[no-untyped-def]
            return expectation(
                p, k - len(first), lambda atoms: statistic((*first, *atoms), score, alpha, y)
            ).as_expr()

        j, q = expected(()), [expected((b,)) for b in range(3)]
        value, level, rise = sympy.Integer(0), sympy.Integer(0), []
        at, before = p1 * 0, None
        for run in runs:
            width = sum(p[b] for b in run)
            phi = (cumulative(alpha, at + width) - cumulative(alpha, at)).as_expr()
            centre = sum(p[b] * y[b] for b in run).as_expr() / width.as_expr()
            if before is not None:
                level += (centre - before) * spectrum(alpha, at).as_expr()
            rise += [level + (y[b].as_expr() - centre) * phi / (k * width.as_expr()) for b in run]
            value += centre * phi
            at, before = at + width, centre
        yield Step(f"{case}: J", j, value)
        for b in (1, 2):
            yield Step(f"{case}: ā_{b + 1} − ā_1", q[b] - q[0], rise[b] - rise[0])
        yield Step(f"{case}: Σ_b p_b q̄_b = J", sum(a.as_expr() * x for a, x in zip(p, q, strict=True)), j)


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
