"""What floating point, large groups and edge sizes do to a function. Spec eqs. (54), (64)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing.decisions.rationals import ROUNDINGS
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.errors import TargetError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.targets.target import Target
from ordergrad_ref.targets.words import one_line

__all__ = ["Edge", "Precision", "dtype_ladder", "edges", "in_roundings", "largest_group", "offset_loss"]

Table: TypeAlias = NDArray[np.float64]

OFFSET = 2.0**20
SIZES = (32, 64, 128, 256, 512, 1024, 2048)
PATIENCE = 2.0


@dataclass(frozen=True)
class Precision:
    """The error on rewards of one dtype, in units of ``u · scale``, scale the group's largest ``|A|``.

    Attributes
    ----------
    dtype : str
        What the rewards were passed as.
    unit_roundoff : float or None
        u of the dtype that came back; None where the function does not take the dtype.
    error : float or None
        The largest error; None where it is not known.
    says : str
        Why not, or beside what it was held.
    """

    dtype: str
    unit_roundoff: float | None
    error: float | None
    says: str

    @property
    def holds(self) -> bool | None:
        """Whether the error is at most 16 u · scale. Spec eq. (54)."""
        return None if self.error is None else self.error <= ROUNDINGS


def dtype_ladder(
    function: Callable[..., Any], alpha: LStatistic, table: Table, reference: Callable[[Table], Table]
) -> tuple[Precision, ...]:
    """Call the function with float32 and bfloat16 rewards, beside its float64 answer to the same rewards.

    The rewards are rounded to the dtype first, so that both answers are to the same numbers: what differs
    is the function's own arithmetic. Spec eqs. (54), (64).
    """
    return tuple(_rung(name, function, alpha, table, reference) for name in ("float32", "bfloat16"))


def _rung(
    name: str,
    function: Callable[..., Any],
    alpha: LStatistic,
    table: Table,
    reference: Callable[[Table], Table],
) -> Precision:
    dtype: Any = np.float32
    if name == "bfloat16":
        try:
            import ml_dtypes
        except ImportError:
            return Precision(name, None, None, "not tried: NumPy has it from the package ml_dtypes")
        dtype = ml_dtypes.bfloat16
    with np.errstate(over="ignore"):
        coarse = table.astype(dtype)
    rounded = coarse.astype(np.float64)
    if not np.isfinite(rounded).all():
        return Precision(name, None, None, "not tried: the rewards overflow it")
    target = Target(function, alpha)
    try:
        got = target(coarse)
        expected = reference(rounded)
    except TargetError as refusal:
        return Precision(name, None, None, f"not taken: {refusal}")
    error = in_roundings(got, expected, target.unit_roundoff)
    return Precision(name, target.unit_roundoff, error, "beside its own float64 answer")


def in_roundings(got: Table, expected: Table, u: float) -> float:
    """``max |got − expected| / (u · scale)``, scale the largest ``|expected|`` of its group. Spec eq. (64).

    Groups whose exact advantages are all zero have no scale and are left out.
    """
    scale, error = abs(expected).max(axis=1), abs(got - expected).max(axis=1)
    some = scale > 0
    return float((error[some] / (u * scale[some])).max(initial=0.0))


def offset_loss(function: Callable[[Table], Table], table: Table, advantages: Table) -> float | None:
    """``max |A(x + s) − A(x)| / scale`` for s a million times the range: digits lost to a large offset.

    A function that is shift-invariant on paper loses them if it adds rewards up before it takes differences:
    about ``u s`` against none in the gap form, eq. (25). None where the offset itself is rounded. Spec
    eq. (64).
    """
    unit = 2.0 ** np.floor(np.log2(np.ptp(table)))
    far = table + OFFSET * unit
    if (far - OFFSET * unit != table).any():
        return None
    scale = float(abs(advantages).max())
    error = float(abs(function(far) - advantages).max())
    return error / scale if scale else 0.0


def largest_group(
    target: Target, alpha: LStatistic, values: Table, n: int, tolerance: float
) -> tuple[int, str | None]:
    """Double the group until 2048, a failure, or a call that would take too long. Spec eq. (60).

    Binomial coefficients overflow at N of a few hundred, and then answer NaN, infinity or nonsense. The
    slopes ``[A(v_(s+1); n) − A(v_s; n)] / d_s`` must be a multiple of ``e_t^(N)``, here for n all smallest,
    all largest (where the slopes of max and min are largest), and two random ones.

    Returns
    -------
    int
        The largest size that was tried.
    str or None
        What went wrong there.
    """
    rng = np.random.default_rng(2606)
    largest, before, growth = n, 0.0, 1.0
    for size in [s for s in SIZES if s > n]:
        if before * growth > PATIENCE:
            break
        others = np.sort(rng.choice(values, (4, size - 1)), axis=1)
        others[0], others[1] = values[0], values[-1]
        batches = np.concatenate([np.column_stack([others, np.full(4, v)]) for v in values])
        start = time.perf_counter()
        try:
            answers = target(batches)
        except TargetError as error:
            return size, str(error)
        seconds = time.perf_counter() - start
        growth = max(seconds / before, 2.0) if before else 2.0
        before, largest = seconds, size
        own = answers[:, -1].reshape(len(values), 4).T
        below = np.stack([(others <= v).sum(axis=1) for v in values[:-1]], axis=1)
        expected = rank_weights.elevated(size, alpha)[below] * np.diff(values)
        got = np.diff(own, axis=1)
        c = float((got * expected).sum() / ((expected * expected).sum() or 1.0))
        scale = max(float(abs(got).max()), float(abs(c * expected).max()))
        worst = float(abs(got - c * expected).max())
        rounding = ROUNDINGS * target.unit_roundoff * float(abs(answers).max())
        if worst > tolerance * scale + rounding:
            return size, f"off by {worst / scale:.2g} of the largest difference of advantages"
    return largest, None


@dataclass(frozen=True)
class Edge:
    """What the function does at an edge of its sizes: a singleton group, K = 1, K = N.

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
            says = f"raises {one_line(cause)}" if cause is not None else str(error)
            found.append(Edge(n, k, says, "returned NaN or infinity" not in str(error)))
        else:
            says = "answers zeros" if not answer.any() else f"answers {_shown(answer)} to {_shown(rewards)}"
            found.append(Edge(n, k, says, True))
    return tuple(found)


def _shown(xs: Table) -> str:
    return "(" + ", ".join(f"{x:.4g}" for x in xs[:8]) + (", …)" if len(xs) > 8 else ")")
