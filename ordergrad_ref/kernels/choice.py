"""Who adds up a table: the one place that knows of sizes and libraries. CuPy's arrays go to kernels.gpu."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import ModuleType
from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref._types import Table
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.concomitants import OrderedBy
from ordergrad_ref.closed_forms.sums import Sums

__all__ = ["LARGE", "answering_once", "formulas_for", "namespace", "sums_for"]

LARGE = 2**15
"""Rewards in a table from which on compiled loops pay; fewer are answered without loading a compiler."""
LARGE_ONCE = 2**24
"""The same for a process that answers once: loading the loops takes as long as NumPy takes for so many."""

_once: ContextVar[bool] = ContextVar("once", default=False)


@contextmanager
def answering_once() -> Iterator[None]:
    """Let tables be answered as a process does that ends after it."""
    before = _once.set(True)
    try:
        yield
    finally:
        _once.reset(before)


def sums_for(table: Table, scores: Table | None = None, *, downward: bool = False) -> Sums:
    """Choose compiled loops for large tables of floats, plain NumPy for small or exact ones, or for scores.

    Large tables whose scores are the rewards have the order by which compiled loops sort. For tables of
    another library than NumPy, operations of that library.
    """
    if not isinstance(table, np.ndarray):
        return formulas_for(table)
    small = (
        table.dtype == object or table.size < (LARGE_ONCE if _once.get() else LARGE) or table.shape[-1] == 1
    )
    if scores is not None and (small or not np.array_equal(scores, table)):
        return OrderedBy(scores, downward)
    if small:
        return plain
    from ordergrad_ref.kernels.cpu import sums as compiled

    return compiled


def formulas_for(table: Table) -> ModuleType:
    """Choose the steps of which formulas of one's own are made: those of NumPy, or of another library."""
    if isinstance(table, np.ndarray):
        return plain
    from ordergrad_ref.closed_forms import array_api

    return array_api


def namespace(table: Table) -> Any:
    """Find the library whose functions a table takes."""
    return np if isinstance(table, np.ndarray) else compat.array_namespace(table)
