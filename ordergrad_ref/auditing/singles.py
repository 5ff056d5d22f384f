"""Whether a function computes in float32 on the way, though its answers are float64. Spec section 9.4.

A mean that was rounded to float32, taken from float64 rewards, gives float64 answers with the errors of
float32. What shows it is how small a change of the others still reaches a sample: what is computed in float64
answers to a change of ``2^-27`` of them, which float32 cannot hold.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing.refusal import refusal
from ordergrad_ref.errors import TargetError

__all__ = ["hides_singles"]

Table: TypeAlias = NDArray[np.float64]

BELOW = 1 + 2.0**-27
"""Lost in float32, whose neighbouring numbers are at least ``2^-24`` of themselves apart."""

ABOVE = 1 + 2.0**-18
"""Kept by float32."""

FELT = 2.0**-26
"""How far ``ABOVE`` must move an answer, in units of the largest: ``BELOW`` then moves float64 by 2^-35."""


def hides_singles(call: Callable[[Table], Table], table: Table) -> bool:
    """Tell whether some answer feels ``ABOVE`` of the others, and ``BELOW`` of them not at all.

    Parameters
    ----------
    call : callable
        The function, on tables ``(G, N)``.
    table : (G, N) array
        A few batches of rewards that float32 holds, no two of a batch equal.
    """
    groups, n = table.shape
    own = np.eye(n, dtype=bool)
    rows = np.repeat(table, n, axis=0)
    others = ~np.tile(own, (groups, 1))
    try:
        here, below, above = (call(np.where(others, rows * s, rows))[~others] for s in (1.0, BELOW, ABOVE))
    except TargetError as error:  # a function may refuse such rewards
        refusal(error)
        return False
    felt = abs(above - here) > FELT * abs(here).max()
    return bool((felt & (below == here)).any())
