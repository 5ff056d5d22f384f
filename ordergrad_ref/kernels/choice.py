"""Who adds up a table: the one place that knows of sizes. Arrays on a GPU go to kernels.gpu."""

from ordergrad_ref._types import Table
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.sums import Sums

__all__ = ["LARGE", "sums_for"]

LARGE = 2**15
"""Rewards in a table from which on compiled loops pay; fewer are answered without loading a compiler."""


def sums_for(table: Table) -> Sums:
    """Choose compiled loops for large tables of floats, plain NumPy for small or exact ones."""
    if table.dtype == object or table.size < LARGE or table.shape[-1] == 1:
        return plain
    from ordergrad_ref.kernels.cpu import sums as compiled

    return compiled
