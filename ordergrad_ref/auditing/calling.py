"""Call a stranger's function: find out which shape it takes, check what it returns, say what went wrong."""

import inspect
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import TargetError
from ordergrad_ref.objectives import LStatistic

__all__ = ["Target"]

Table: TypeAlias = NDArray[np.float64]


class Target:
    """A function under audit, as a map from tables of groups ``(G, N)`` to tables of advantages ``(G, N)``.

    The function takes rewards of shape ``(N,)`` or ``(G, N)``, found out by trying: where it answers both,
    and a table's answer is not its rows' answers, it is called row by row. A parameter named ``k`` or ``K``
    is given the objective's K, one named ``objective`` the objective.

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
    """

    def __init__(self, function: Callable[..., Any], objective: LStatistic) -> None:
        if not callable(function):
            raise TargetError(f"function: expected a callable, got {function!r}")
        self.name = str(getattr(function, "__name__", type(function).__name__))
        self.unit_roundoff = 2.0**-53
        self._function = function
        self._arguments = _arguments(function, objective, self.name)
        self._row_by_row: bool | None = None

    def __call__(self, table: Table) -> Table:
        """Compute the advantages of each group."""
        if self._row_by_row is None:
            self._row_by_row = self._takes_rows_only(table)
        if self._row_by_row:
            return np.stack([self._call(row) for row in table])
        return self._call(table)

    def _takes_rows_only(self, table: Table) -> bool:
        two = np.stack([np.sort(table[-1])[::-1], table[0]])
        try:
            rows = np.stack([self._call(row) for row in two])
        except TargetError as row_error:
            try:
                self._call(two)
            except TargetError:
                raise row_error from row_error.__cause__
            return False
        try:
            together = self._call(two)
        except TargetError:
            return True
        return not np.allclose(rows, together, rtol=1e-9, atol=1e-12)

    def _call(self, rewards: Table) -> Table:
        given = np.array(rewards, order="C")
        try:
            answer = self._function(given, **self._arguments)
            advantages = np.asarray(answer)
        except Exception as error:
            raise TargetError(
                f"{self.name} raised {type(error).__name__} on rewards {_shown(rewards)}: {error}"
            ) from error
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
        if advantages.dtype.itemsize < 8:
            u = 2.0**-24 if advantages.dtype == np.float32 else 2.0**-9
            self.unit_roundoff = max(self.unit_roundoff, u)
        result = advantages.astype(np.float64)
        if not np.isfinite(result).all():
            row = rewards if rewards.ndim == 1 else rewards[~np.isfinite(result).all(axis=1)][0]
            raise TargetError(f"{self.name} returned NaN or infinity on rewards {_shown(row)}")
        return result


def _arguments(function: Callable[..., Any], objective: LStatistic, name: str) -> dict[str, Any]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return {}
    known = {"k": objective.k, "K": objective.k, "objective": objective}
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
    except (TypeError, ValueError) as error:
        raise TargetError(
            f"{name} expected to return real numbers, returned {advantages.flat[0]!r}"
        ) from error


def _shown(rewards: Table) -> str:
    return np.array2string(rewards, threshold=16, separator=", ")
