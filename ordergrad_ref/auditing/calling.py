"""Call a stranger's function: find out which shape it takes, check what it returns, say what went wrong."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import TargetError
from ordergrad_ref.objectives import LStatistic

__all__ = ["Target"]

Table: TypeAlias = NDArray[np.float64]

ROUNDOFF = {"float16": 2.0**-11, "bfloat16": 2.0**-8, "float32": 2.0**-24}
SEED = 2606

TABLES = "called with tables (G, N)"
ROWS = "called with one group (N,) at a time"
ROWS_NOT_TABLES = (
    "called with one group (N,) at a time. Careful: it takes a table (G, N) too, and answers it differently: "
    "it mixes groups there, or works along another axis"
)


class Target:
    """A function under audit, as a map from tables of groups ``(G, N)`` to tables of advantages ``(G, N)``.

    The function takes rewards of shape ``(N,)`` or ``(G, N)``, found out by trying: where it answers both,
    and a table's answer is not its rows' answers, it is called row by row. A parameter named ``k`` or ``K``
    is given the objective's K, one named ``objective`` the objective; what a `functools.partial` has bound
    stays bound.

    Parameters
    ----------
    function : callable
        The estimator.
    objective : LStatistic
        What it is audited for.

    Attributes
    ----------
    name : str
        How reports call it.
    unit_roundoff : float
        u of the coarsest dtype that it has returned.
    called_with : str
        Which shape it is called with, and a warning where it answers the other one differently.
    """

    def __init__(self, function: Callable[..., Any], objective: LStatistic) -> None:
        if not callable(function):
            raise TargetError(f"function: expected a callable, got {function!r}")
        self.name = str(getattr(function, "__name__", type(function).__name__))
        self.unit_roundoff = 2.0**-53
        self._function = function
        self._arguments = _arguments(function, objective, self.name)
        self._row_by_row: bool | None = None
        self.called_with = ""

    def __call__(self, table: Table) -> Table:
        """Compute the advantages of each group."""
        if self._row_by_row is None:
            self._row_by_row = self._takes_rows_only(table)
        return self._rows(table) if self._row_by_row else self._call(table)

    def _takes_rows_only(self, table: Table) -> bool:
        trial = _trial(table)
        try:
            rows = self._rows(trial)
        except TargetError as row_error:
            try:
                together = self._call(trial)
            except TargetError as table_error:
                raise _either(row_error, table_error) from row_error.__cause__
            self._check_groups_apart(trial, together)
            self.called_with = TABLES
            return False
        if not self._agree(rows, self._rows(trial)):
            raise TargetError(f"{self.name} answers the same rewards differently each time; fix its seed")
        # A few groups first: a function of one group may take very long over a table of many.
        same = self._same_in_a_table(trial) and self._same_in_a_table(table)
        self.called_with = TABLES if same else ROWS if same is None else ROWS_NOT_TABLES
        return not same

    def _same_in_a_table(self, table: Table) -> bool | None:
        """Tell whether a table's answer is its rows'; None where the function takes no table."""
        rows = self._rows(table)
        try:
            return self._agree(rows, self._call(table))
        except TargetError:
            return None

    def _check_groups_apart(self, trial: Table, together: Table) -> None:
        """Hold a group's answer among others against its answer among copies of itself."""
        alone = np.stack([self._call(np.tile(row, (len(trial), 1)))[0] for row in trial])
        if not self._agree(alone, together):
            raise TargetError(
                f"{self.name} mixes groups: what one gets depends on the others in the table (or on chance); "
                "let it take one group of shape (N,)"
            )

    def _rows(self, table: Table) -> Table:
        return np.stack([self._call(row) for row in table])

    def _agree(self, a: Table, b: Table) -> bool:
        """Tell whether all numbers agree. Spec eq. (55)."""
        return bool(abs(a - b).max() <= np.sqrt(self.unit_roundoff) * abs(a).max())

    def _call(self, rewards: Table) -> Table:
        given = np.array(rewards, order="C")
        try:
            answer = self._function(given, **self._arguments)
            advantages = np.asarray(answer)
        except (Exception, SystemExit) as error:
            raise TargetError(f"{self.name} raised {_said(error)}, on rewards {_shown(rewards)}") from error
        if not np.array_equal(given, rewards):
            raise TargetError(
                f"{self.name} changed its input: {_shown(rewards)} became {_shown(given)}; "
                "let it work on a copy"
            )
        if advantages.shape != rewards.shape:
            raise TargetError(
                f"{self.name} expected to return shape {rewards.shape} for rewards of that shape, "
                f"returned {type(answer).__name__} of shape {advantages.shape}"
            )
        if advantages.dtype == object or advantages.dtype.kind in "biu":
            advantages = _as_floats(advantages, self.name)
        if advantages.dtype.kind != "f" and advantages.dtype.name != "bfloat16":
            raise TargetError(f"{self.name} expected to return real numbers, returned {advantages.dtype}")
        self.unit_roundoff = max(self.unit_roundoff, ROUNDOFF.get(advantages.dtype.name, 0.0))
        result = advantages.astype(np.float64)
        if not np.isfinite(result).all():
            row = rewards if rewards.ndim == 1 else rewards[~np.isfinite(result).all(axis=1)][0]
            raise TargetError(f"{self.name} returned NaN or infinity on rewards {_shown(row)}")
        return result


def _trial(table: Table) -> Table:
    """``N + 1`` batches in no order: no square, no symmetry that hides what is done along the wrong axis."""
    some = np.linspace(len(table) - 1, 0, table.shape[1] + 1).astype(int)
    return np.random.default_rng(SEED).permuted(table[np.roll(some, -1)], axis=1)


def _either(row_error: TargetError, table_error: TargetError) -> TargetError:
    """Choose the row's error, and add the table's where the function raised something else there."""
    row, table = row_error.__cause__, table_error.__cause__
    if row is None or table is None or _said(row) == _said(table):
        return row_error
    return TargetError(f"{row_error}; and on a table of groups {_said(table)}")


def _arguments(function: Callable[..., Any], objective: LStatistic, name: str) -> dict[str, Any]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return {}
    bound = function.keywords if isinstance(function, partial) else {}
    given = {"k": objective.k, "K": objective.k, "objective": objective}
    known = {p: value for p, value in given.items() if p not in bound}
    named = [p for p in parameters[1:] if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    unknown = [p.name for p in named if p.default is p.empty and p.name not in known]
    if unknown or not parameters:
        raise TargetError(
            f"{name} expected to take rewards (and k, K or objective), needs "
            f"{', '.join(unknown) or 'nothing'}; "
            "wrap it in a function of the rewards alone"
        )
    return {p.name: known[p.name] for p in named if p.name in known}


def _as_floats(advantages: NDArray[Any], name: str) -> Table:
    try:
        return advantages.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise TargetError(
            f"{name} expected to return real numbers, returned {advantages.flat[0]!r}"
        ) from error


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")


def _shown(rewards: Table) -> str:
    text = np.array2string(rewards[0] if rewards.ndim == 2 else rewards, threshold=16, separator=", ")
    return " ".join(text.split()) + (f" and {len(rewards) - 1} more groups" if rewards.ndim == 2 else "")
