"""Who adds up a table: the one place that knows of sizes and libraries. CuPy's arrays go to kernels.gpu."""

import sys
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref._types import Table
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.concomitants import OrderedBy
from ordergrad_ref.closed_forms.sums import Sums

__all__ = [
    "LARGE",
    "answered",
    "formulas_for",
    "namespace",
    "sums_for",
    "sums_with_probabilities",
]

LARGE = 2**24
"""Rewards in a group from which on loops are compiled at once: NumPy would need seven times their memory."""

LARGE_WITH_PROBABILITIES = 2**15
"""The same where probabilities are known: loops take a fifth of NumPy's time, and round otherwise."""


def sums_for(table: Table, scores: Table | None = None, *, downward: bool = False) -> Sums:
    """Choose loops for large groups of floats, NumPy for exact tables; between, who is at hand.

    Where rewards are selected by scores, formulas for these; but large groups whose scores are the rewards
    have the order by which compiled loops sort. For another library's tables, operations of that library.
    """
    if not isinstance(table, np.ndarray):
        return formulas_for(table)
    plainly = table.dtype.hasobject or table.size == 0 or table.shape[-1] == 1
    large = not plainly and table.shape[-1] >= LARGE
    if scores is not None and not (large and np.array_equal(scores, table)):
        return OrderedBy(scores, downward)
    if plainly:
        return plain
    return (_at_hand().loops() or plain) if large else _at_hand().AT_HAND


def sums_with_probabilities(table: Table) -> Sums:
    """Choose as `sums_for` does where probabilities are known: loops for large tables of floats alone."""
    if not isinstance(table, np.ndarray):
        return formulas_for(table)
    if table.dtype.hasobject or table.size < LARGE_WITH_PROBABILITIES or table.shape[-1] == 1:
        return plain
    return _at_hand().loops() or plain


def answered(kernel: Callable[[Table], Table], table: Table) -> Table | None:
    """Answer by a kernel that adds up all gaps, if loops in memory find that all is finite; else None."""
    loops: Any = sys.modules.get("ordergrad_ref.kernels.cpu.sums")
    if loops is None or not loops.looks(table):
        return None
    with np.errstate(all="ignore"):
        answers = kernel(table)
    return answers if loops.found_finite(answers) else None


@cache
def _at_hand() -> Any:
    """Load what is not needed to import the package, and to do so in each call would cost a microsecond."""
    from ordergrad_ref.kernels import at_hand

    return at_hand


def formulas_for(table: Table) -> ModuleType:
    """Choose the steps of which formulas of one's own are made: those of NumPy, or of another library."""
    if isinstance(table, np.ndarray):
        return plain
    from ordergrad_ref.closed_forms import array_api

    return array_api


def namespace(table: Table) -> Any:
    """Find the library whose functions a table takes."""
    return np if isinstance(table, np.ndarray) else compat.array_namespace(table)
