"""What dtypes and large offsets do to a function's answers. Spec eqs. (54), (64)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.agreement import ROUNDINGS
from ordergrad_ref.auditing.refusal import refusal
from ordergrad_ref.errors import TargetError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.targets.target import Target

__all__ = ["Precision", "dtype_ladder", "in_roundings", "offset_loss", "roundings_allowed"]

Table: TypeAlias = NDArray[np.float64]

OFFSET = 2.0**20
"""What is added to all rewards, in units of their range rounded down to a power of two. Spec section 9.10."""


@dataclass(frozen=True)
class Precision:
    """The error on rewards of one dtype, in units of ``u · scale``, scale the group's largest ``|A|``.

    Attributes
    ----------
    dtype : str
        What the rewards were passed as.
    unit_roundoff : float or None
        u of the dtype that came back; ``None`` where the function does not take the dtype.
    error : float or None
        The largest error; ``None`` where it is not known.
    says : str
        What the answers were compared with, or why they were not.
    allowed : float
        The largest error that passes.
    """

    dtype: str
    unit_roundoff: float | None
    error: float | None
    says: str
    allowed: float = ROUNDINGS

    @property
    def holds(self) -> bool | None:
        """Whether the error is at most what is allowed. Spec eqs. (54), (58)."""
        return None if self.error is None else self.error <= self.allowed


def roundings_allowed(n: int, *, ours: bool) -> float:
    """Allow plain loops ``5N + 6`` roundings, spec eq. (58), and this library its 16, spec eq. (54)."""
    return ROUNDINGS if ours else max(ROUNDINGS, 5 * n + 6)


def dtype_ladder(
    function: Callable[..., Any],
    alpha: LStatistic,
    table: Table,
    reference: Callable[[Table], Table],
    allowed: float,
) -> tuple[Precision, ...]:
    """Call the function with float32 and bfloat16 rewards, beside its float64 answer to the same rewards.

    The rewards are rounded to the dtype first, so that both answers are to the same numbers: what differs
    is the function's own arithmetic. Spec eqs. (54), (64).
    """
    return tuple(_rung(name, function, alpha, table, reference, allowed) for name in ("float32", "bfloat16"))


def _rung(
    name: str,
    function: Callable[..., Any],
    alpha: LStatistic,
    table: Table,
    reference: Callable[[Table], Table],
    allowed: float,
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
    except TargetError as error:
        return Precision(name, None, None, f"not taken: {refusal(error)}")
    loss = in_roundings(got, expected, target.unit_roundoff)
    return Precision(name, target.unit_roundoff, loss, "beside its own float64 answer", allowed)


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
    about ``u s`` against none in the gap form, eq. (25). ``None`` where the offset itself is rounded. Spec
    eq. (64).
    """
    unit = 2.0 ** np.floor(np.log2(np.ptp(table)))
    far = table + OFFSET * unit
    if (far - OFFSET * unit != table).any():
        return None
    scale = float(abs(advantages).max())
    error = float(abs(function(far) - advantages).max())
    return error / scale if scale else 0.0
