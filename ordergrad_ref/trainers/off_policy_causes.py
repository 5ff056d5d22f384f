"""Which ratios weights have away from the policy that sampled, and where they are cut off. Spec eq. (101)."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.agreement import tolerance
from ordergrad_ref.trainers.cause import Cause, cause

__all__ = ["EXACT", "OFF_POLICY", "Away", "off_policy_causes"]

Away: TypeAlias = Callable[[float], tuple[Floats, Floats]]
"""From how far another policy is, to the weights where it sampled and ``log π/μ`` of tokens, ``(N, T)``."""

OFF_POLICY = ("clipping", "ratios", "stale samples")
"""The causes that are none where the policy itself sampled."""

NEAR, FAR = 2.0**-8, 0.75
"""Within every usual clip, and beyond it."""

EXACT = "it is exact at these policies where another one sampled, too, as spec eq. (86) is"


def off_policy_causes(on: Floats, away: Away, u: float) -> Iterator[Cause]:
    """Compare weights where another policy sampled with ratios times those on policy.

    Parameters
    ----------
    on : (N, T) array
        The weights where both policies are one.
    away : callable
        The weights elsewhere.
    u : float
        Unit roundoff of the weights.
    """
    off, log_ratios = away(FAR)
    if _equal(off, on, u) and not _multiplied(on, off, log_ratios, u):
        yield cause("stale samples")
    elif not _multiplied(on, off, log_ratios, u):
        yield cause("clipping" if _multiplied(on, *away(NEAR), u) else "ratios")


def _multiplied(on: Floats, off: Floats, log_ratios: Floats, u: float) -> bool:
    """Tell whether each weight is that on policy times the ratio of its token, its prefix, or its answer."""
    of_answers = log_ratios.sum(axis=1, keepdims=True)
    return any(_equal(off, on * np.exp(x), u) for x in (log_ratios, log_ratios.cumsum(axis=1), of_answers))


def _equal(x: Floats, y: Floats, u: float) -> bool:
    return bool(abs(x - y).max() <= tolerance(u) * max(abs(x).max(), abs(y).max()))
