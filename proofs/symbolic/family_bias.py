"""Every estimator of the max@K family, bias zero or exhibited: ``N ≤ 4``, three atoms. Spec eqs. (36)–(52).

Claim. ``E[(1/N) Σ_i A_i ∂log p(x_i)/∂p_b] − c ∂J/∂p_b`` is the zero polynomial in the probabilities and the
rewards, for each estimator but GRPO, with the constant c and the objective J of the specification's table,
at every size at which it is defined. (MaxRL: two atoms, rewards 0 and 1, N ≤ 6; for all N: `maxrl`.)

Proof. The estimators stand below as the specification defines them, by subsets of the batch. Expectations
are sums over all batches, the gradient is differentiated from ``J = Σ p(x_1) … p(x_K) max(x_1, …, x_K)``.
Rewards are symbols in ascending order; both sides are polynomials, and agree.

GRPO's bias polynomial is not zero: `grpo` exhibits it, and shows that no constant helps.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations
from typing import Any, NamedTuple

from sympy import QQ

from proofs.symbolic.batches import (
    Batch,
    Numbers,
    gradient_of,
    include_one,
    leave_one_out,
    maximum,
    mean,
    objective,
    score_gradient,
    simplex,
    symbolic,
    value,
)
from proofs.symbolic.steps import Step, show


class Estimator(NamedTuple):
    """Advantages of a batch, their constant, and where they are defined; without a K, ``k`` is ignored."""

    advantages: Callable[[Batch, int, Numbers], list[Any]]
    constant: Callable[[int, int], Fraction]
    target: str
    least_n: Callable[[int], int]


def q(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Include-one values of max@K."""
    return [include_one(x, i, maximum(k), r) for i in range(len(x))]


def v_without(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Leave-one-out values of max@K."""
    return [leave_one_out(x, i, maximum(k), r) for i in range(len(x))]


def improvement(x: Batch, k: int, r: Numbers) -> list[Any]:
    """``h_i``: the mean of ``max(S' ∪ i) − max(S')`` over sets S' of K − 1 others; max(∅) = 0. Eq. (41)."""
    result = []
    for i, b in enumerate(x):
        sets = list(combinations(x[:i] + x[i + 1 :], k - 1))
        result.append(mean(r[max((b, *s))] - (r[max(s)] if s else 0) for s in sets))
    return result


def pkpo(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Eq. (39)."""
    return [a * QQ(k, len(x)) for a in q(x, k, r)]


def pkpo_loo(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Eq. (40)."""
    n = len(x)
    return [a * QQ(k, n) - b * QQ(k, n - 1) for a, b in zip(q(x, k, r), v_without(x, k, r), strict=True)]


def pkpo_loo_minus_one(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Eq. (42)."""
    return [a * QQ(k, len(x)) for a in improvement(x, k, r)]


def maxpo(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Eq. (43)."""
    return [a - mean(improvement(x[:i] + x[i + 1 :], k, r)) for i, a in enumerate(improvement(x, k, r))]


def canonical(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Eq. (45)."""
    return [a - b for a, b in zip(q(x, k, r), v_without(x, k, r), strict=True)]


def subset_mean_baseline(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Eq. (46)."""
    v = value(x, maximum(k), r)
    return [a - v for a in q(x, k, r)]


def rloo(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Eq. (47)."""
    return [r[b] - mean(r[c] for c in x[:i] + x[i + 1 :]) for i, b in enumerate(x)]


def dr_grpo(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Eq. (48)."""
    return [r[b] - mean(r[c] for c in x) for b in x]


def runner_up_gap(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Eq. (50)."""
    *_, second, top = sorted(x)
    return [r[top] - r[second] if i == x.index(top) else r[top] * 0 for i in range(len(x))]


def maxrl(x: Batch, k: int, r: Numbers) -> list[Any]:
    """Eq. (51): rewards 0 and 1, the atoms."""
    successes = sum(x)
    return [QQ(b * len(x) - successes, successes) if successes else QQ(0) for b in x]


FAMILY = {
    f.__name__: Estimator(f, constant, target, least_n)
    for f, constant, target, least_n in (
        (pkpo, lambda n, k: Fraction(1, n), "max@K", lambda k: k),
        (pkpo_loo, lambda n, k: Fraction(1, n), "max@K", lambda k: k + 1),
        (pkpo_loo_minus_one, lambda n, k: Fraction(1, n), "max@K", lambda k: k),
        (maxpo, lambda n, k: Fraction(1, k), "max@K", lambda k: k + 1),
        (canonical, lambda n, k: Fraction(1, k), "max@K", lambda k: k + 1),
        (subset_mean_baseline, lambda n, k: Fraction(n - k, n * k), "max@K", lambda k: k),
        (rloo, lambda n, k: Fraction(1), "mean", lambda k: 2),
        (dr_grpo, lambda n, k: Fraction(n - 1, n), "mean", lambda k: 2),
        (runner_up_gap, lambda n, k: Fraction(1, n), "max@N", lambda k: 2),
        (maxrl, lambda n, k: Fraction(1), "Σ_{k<N} pass@k / k", lambda k: 2),
    )
}
"""All but ``grpo``, which no polynomial describes."""


def sizes(name: str) -> Iterator[tuple[int, int]]:
    """The sizes N, K at which an estimator's bias is computed."""
    _, _, target, least_n = FAMILY[name]
    for n in range(2, 7 if name == "maxrl" else 5):
        for k in range(1, n + 1) if target == "max@K" else (1,):
            if n >= least_n(k):
                yield n, k


def atoms(name: str) -> tuple[list[Any], list[Any]]:
    """Symbolic probabilities, and rewards: three symbols, or 0 and 1."""
    if name == "maxrl":
        (p1,) = symbolic("p1")
        return [p1], [p1 * 0, p1 * 0 + 1]
    p1, p2, *r = symbolic("p1 p2 r1 r2 r3")
    return [p1, p2], r


def target_of(name: str, n: int, k: int, p: Numbers, r: Numbers) -> Any:
    """The objective that an estimator follows, as a polynomial."""
    match FAMILY[name].target:
        case "max@K":
            return objective(p, maximum(k), r)
        case "mean":
            return objective(p, [1], r)
        case "max@N":
            return objective(p, maximum(n), r)
        case _:
            return sum(objective(p, maximum(k), r) * QQ(1, k) for k in range(1, n))


def bias(name: str, n: int, k: int, times: Fraction = Fraction(1)) -> Iterator[tuple[int, Any, Any]]:
    """Give each coordinate, the expected gradient, and ``times · c`` times the true one."""
    estimator = FAMILY[name]
    free, r = atoms(name)
    p = simplex(free)
    j = target_of(name, n, k, p, r)
    c = estimator.constant(n, k) * times
    for atom, by in enumerate(free):
        expected = score_gradient(p, n, lambda x: estimator.advantages(x, k, r), atom) * QQ(1, n)
        yield atom, expected, gradient_of(j, by) * QQ(c.numerator, c.denominator)


def steps() -> Iterator[Step]:
    """Each estimator, size and coordinate."""
    for name in FAMILY:
        for n, k in sizes(name):
            with_k = f", K = {k}" if FAMILY[name].target == "max@K" else ""
            for atom, expected, true in bias(name, n, k):
                yield Step(
                    f"{name}, N = {n}{with_k}: c ∂J/∂p_{atom + 1}, c = {FAMILY[name].constant(n, k)}",
                    expected.as_expr(),
                    true.as_expr(),
                )


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
