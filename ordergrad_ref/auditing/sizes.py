"""What large groups and edge sizes do to a function's answers. Spec eqs. (38), (60)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.agreement import ROUNDINGS
from ordergrad_ref.auditing.decisions.rationals import shown
from ordergrad_ref.auditing.refusal import refusal
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.errors import TargetError, TooSlowError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.targets.target import Target
from ordergrad_ref.targets.words import one_line

__all__ = ["Edge", "edges", "large_groups"]

Table: TypeAlias = NDArray[np.float64]

SIZES = (32, 64, 128, 256, 512, 1024, 2048)
"""The group sizes that are tried: factorials overflow float64 beyond 170, binomials beyond 1000."""

RANDOM_OTHERS = 2
"""How many random multisets of others are tried at each size, beside the all-smallest and the all-largest."""


def large_groups(
    target: Target,
    alpha: LStatistic,
    values: Table,
    n: int,
    tolerance: float,
    seed: int,
    constant: Callable[[int, int], Fraction | float | None],
) -> tuple[bool | None, str]:
    """Decide whether the function is right in groups of more than n, up to 2048. Spec eq. (60).

    Binomial coefficients overflow at N of a few hundred, and then answer NaN, infinity or nonsense. The
    slopes ``[A(v_(s+1); n) − A(v_s; n)] / d_s`` must be a multiple of ``e_t^(N)``, here for others that are
    all smallest, all largest (where the slopes of max and min are largest), and two random multisets. So each
    size takes four groups for each value, whatever the function costs. The multiple is cK, with the
    ``constant(N, K)`` that smaller sizes predict; it is fitted where they predict none.

    Returns
    -------
    bool or None
        The verdict; ``None`` where a call exceeded the caller's time limit, or no constant is predicted.
    str
        Up to which size it is right, or what went wrong at the first size at which it is not.
    """
    rng = np.random.default_rng(seed)
    largest, refitted = n, False
    for size in [s for s in SIZES if s > n]:
        others = np.sort(rng.choice(values, (2 + RANDOM_OTHERS, size - 1)), axis=1)
        others[0], others[1] = values[0], values[-1]
        try:
            answers = np.stack([target(_beside(values, row)) for row in others])
        except TooSlowError as error:
            return None, f"right up to N = {largest}, not decided at N = {size}: {error}"
        except TargetError as error:
            return False, f"at N = {size}: {error}"
        below = np.stack([(others <= v).sum(axis=1) for v in values[:-1]], axis=1)
        expected = rank_weights.elevated(size, alpha)[below] * np.diff(values)
        got = np.diff(answers[:, :, -1], axis=1)
        fitted = float((got * expected).sum() / ((expected * expected).sum() or 1.0))
        predicted = constant(size, alpha.k)
        c = fitted if predicted is None else float(predicted) * alpha.k
        scale = max(float(abs(got).max()), float(abs(c * expected).max()))
        granted = tolerance * scale + ROUNDINGS * target.unit_roundoff * float(abs(answers).max())
        worst = float(abs(got - c * expected).max())
        if worst > granted:
            if float(abs(got - fitted * expected).max()) <= granted:
                says = (
                    f"its constant is {fitted / alpha.k:.6g}, smaller groups predict {shown(predicted or 0)}"
                )
                return False, f"at N = {size}: {says}"
            off = f"off by {worst / scale:.2g} of the largest difference of advantages"
            return False, f"at N = {size}: {off}"
        refitted = refitted or predicted is None
        largest = size
    if refitted:
        return None, f"right up to N = {largest} but for its constant, which smaller groups do not predict"
    return True, f"right up to N = {largest}"


def _beside(values: Table, others: Table) -> Table:
    """Return one batch for each value: the others, and the value last."""
    return np.column_stack([np.tile(others, (len(values), 1)), values])


@dataclass(frozen=True)
class Edge:
    """What the function does at an edge of its sizes: with one reward, at K = 1, or at K = N.

    Attributes
    ----------
    n, k : int
        The size.
    says : str
        What it answered or raised.
    sound : bool
        Whether that is a finite answer, or an error; NaN and infinity are not.
    """

    n: int
    k: int
    says: str
    sound: bool


def edges(
    objective: Callable[[int], LStatistic | None],
    function: Callable[..., Any],
    target: Target,
    asked: int,
    values: Table,
    sizes: Sequence[tuple[int, int]],
) -> tuple[Edge, ...]:
    """Call the function with one reward, at K = 1, at K = N: numbers or errors, never NaN. Spec eq. (38)."""
    found = []
    for n, k in dict.fromkeys(sizes):
        alpha = objective(k)
        if alpha is None:
            continue
        rewards = np.sort(np.resize(values, n))
        try:
            called = target if k == asked else Target(function, alpha)
            answer = called(np.tile(rewards, (2, 1)))[0]
        except TargetError as error:
            cause = error.__cause__
            says = f"raises {one_line(cause)}" if cause is not None else refusal(error)
            found.append(Edge(n, k, says, "returned NaN or infinity" not in str(error)))
        else:
            says = "answers zeros" if not answer.any() else f"answers {_listed(answer)} to {_listed(rewards)}"
            found.append(Edge(n, k, says, True))
    return tuple(found)


def _listed(xs: Table) -> str:
    return "(" + ", ".join(f"{x:.4g}" for x in xs[:8]) + (", …)" if len(xs) > 8 else ")")
