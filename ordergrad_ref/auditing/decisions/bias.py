"""The constant that makes a function's answers a gradient, and how far they are from any."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing.decisions.agreement import ROUNDINGS, left_by_sums
from ordergrad_ref.auditing.decisions.multisets import Differences
from ordergrad_ref.errors import InvalidInputError

__all__ = ["fitted_constant", "roundings", "slack", "violation"]

Floats: TypeAlias = NDArray[np.float64]


def fitted_constant(d: Differences, k: int, u: float) -> tuple[float, float, float]:
    """Fit c in ``A(b; n) − A(b′; n) = c K [q(b; n) − q(b′; n)]``, spec eq. (56).

    With it come the residual, the largest violation relative to the sides of its own pair, or to the
    advantages' spread in its batches, beyond what rounding to u leaves open; and c's relative precision.
    """
    a = d.advantage - d.advantage[:, :1]
    q = k * (d.inclusion - d.inclusion[:, :1])
    if not q.any():
        raise InvalidInputError(
            "objective: expected a gradient that is not zero for every distribution, got one that is; "
            "there is nothing to estimate"
        )
    rounding = slack(d, u)
    rounding_q = ROUNDINGS * 2.0**-53 * k * np.maximum(abs(d.inclusion), abs(d.inclusion[:, :1]))
    if (abs(a) <= rounding).all():
        return 0.0, 0.0, 0.0
    unit_a, unit_q = float(abs(a).max()), float(abs(q).max())
    where = np.unravel_index(abs(q).argmax(), q.shape)
    x, y = a / unit_a, q / unit_q
    fits = [
        (float(violation(d, c * q, rounding + abs(c) * rounding_q).max()), c)
        for c in (unit_a / unit_q * float(z) for z in ((x * y).sum() / (y * y).sum(), x[where] / y[where]))
    ]
    residual, c = min(fits)
    precision = float(abs(a - c * q).max()) / abs(c) / unit_q if c else 1.0
    return c, residual, precision


def slack(d: Differences, u: float) -> Floats:
    """How far rounding may move each pair: what it may do to either of its two batches. Spec eq. (55)."""
    one = roundings(d, u)
    return np.maximum(one, one[:, :1])


def roundings(d: Differences, u: float) -> Floats:
    """How far rounding may move the advantages of each batch. Spec eq. (55).

    It is 16 roundings of the largest advantage, or ``u^(3/4)`` of the largest reward in the function's unit
    where that is more: weighted sums of rewards that cancel leave so much where the advantages vanish.
    """
    unit = float(d.size.max()) / (float(d.reward.max()) or 1.0)
    return np.maximum(ROUNDINGS * u * d.size, left_by_sums(u) * unit * d.reward)


def violation(d: Differences, expected: Floats, rounding: Any) -> Floats:
    """``|A(b; n) − A(b_1; n) − expected|`` beyond rounding, relative to both and to the spreads."""
    a = d.advantage - d.advantage[:, :1]
    scale = np.maximum.reduce([abs(a), abs(expected), d.spread, np.broadcast_to(d.spread[:, :1], a.shape)])
    beyond: Floats = np.maximum(abs(a - expected) - rounding, 0.0) / np.where(scale > 0, scale, 1.0)
    return beyond
