"""Sums of tables of any usual size: by compiled loops once they are at hand, else by NumPy, to the same bits.

Loops in memory take a seventh to three quarters of NumPy's time. But to read kept ones from the disk takes
half a second, and to compile them ten, which no single such table is worth. So NumPy answers until it has
lost against the loops what they would have cost; then they are fetched. Nobody pays much more than twice what
would have been least, had it been known how many tables were to come.

NumPy adds up in the order of the loops, and its answers are rounded here to the dtype of the rewards, as
theirs are; `Sums.path` is NumPy's alone. So nothing that a caller sees depends on what was asked before.
"""

import sys
import warnings
from functools import cache
from types import ModuleType

from ordergrad_ref._types import Array, Floats, Table
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.sums import Level, Sums

__all__ = ["AT_HAND", "COMPILING_PAYS", "READING_PAYS", "AtHand", "loops"]

LOOPS = "ordergrad_ref.kernels.cpu.sums"

READING_PAYS = 2**25
"""Rewards after which kept loops are read: half a second, at some 15 ns by which loops answer each sooner."""

COMPILING_PAYS = 2**29
"""Rewards after which loops are compiled, where none are kept."""


@cache
def loops() -> ModuleType | None:
    """Load what compiles or reads loops; where there is no Numba, say once that NumPy answers instead."""
    try:
        from ordergrad_ref.kernels.cpu import sums
    except ImportError as error:
        warnings.warn(
            f"Numba cannot be imported ({error}): NumPy answers instead of compiled loops, which takes up to "
            "seven times as long, and seven times the memory of one huge group; pip install numba",
            RuntimeWarning,
            stacklevel=2,
        )
        return None
    return sums


class AtHand:
    """Offers the functions of `Sums`; ``answered`` rewards were answered by NumPy where loops could have."""

    def __init__(self) -> None:
        self.answered = 0

    def centred_rise(self, table: Table, weights: Array) -> Table:
        """Add up the weighted gaps below each reward, and centre each group."""
        return self.engine(table).centred_rise(table, weights).astype(table.dtype, copy=False)

    def both_sides(self, table: Table, below: Array, above: Array) -> Table:
        """Add up the weighted gaps below each reward, less those above it."""
        return self.engine(table).both_sides(table, below, above).astype(table.dtype, copy=False)

    def rise(self, table: Table, weights: Array, level: Level) -> Table:
        """Add up the weighted gaps below each reward, and add the group's level."""
        return self.engine(table).rise(table, weights, level).astype(table.dtype, copy=False)

    def value(self, table: Table, level: Level) -> Floats:
        """Add up each group's weighted sorted rewards."""
        return self.engine(table, per_group=True).value(table, level)

    path = staticmethod(plain.path)
    order = staticmethod(plain.order)
    take = staticmethod(plain.take)
    put = staticmethod(plain.put)
    running_sum = staticmethod(plain.running_sum)
    binomial_average = staticmethod(plain.binomial_average)

    def engine(self, table: Table, *, per_group: bool = False) -> Sums:
        """Choose who adds, and fetch the loops if that has paid."""
        if LOOPS in sys.modules or self.answered >= READING_PAYS:
            compiled, kept = loops(), self.answered >= READING_PAYS
            if compiled is not None and (
                self.answered >= COMPILING_PAYS or compiled.at_hand(table, per_group=per_group, kept=kept)
            ):
                return compiled
        self.answered += table.size
        return plain


AT_HAND = AtHand()
