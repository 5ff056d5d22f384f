"""The axes that a picture is drawn on, and what several pictures ask of their arguments."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from ordergrad_ref.errors import InvalidInputError, shown
from ordergrad_ref.objectives import LStatistic, RealK, objective

__all__ = ["COLOURS", "Axes", "axes_or_current", "drawn", "named"]

Axes: TypeAlias = Any
"""``matplotlib.axes.Axes``: the package does not import matplotlib to name it."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
"""The colours of Okabe and Ito, which every eye tells apart."""


def axes_or_current(axes: Axes | None) -> Axes:
    """Return the axes, or the current ones of pyplot.

    Raises
    ------
    InvalidInputError
        If `axes` are no axes, or matplotlib is not installed.
    """
    if axes is None:
        try:
            from matplotlib import pyplot
        except ImportError:
            raise InvalidInputError(
                "axes: expected matplotlib to be installed, got none; pip install 'ordergrad_ref[plot]'"
            ) from None
        axes = pyplot.gca()
    if not hasattr(axes, "plot") or not hasattr(axes, "set_xlabel"):
        raise InvalidInputError(f"axes: expected axes of matplotlib, got {shown(axes)}")
    return axes


def named(objectives: Any) -> list[LStatistic]:
    """Return one or several objectives, given as objects or by their spelling, as a list.

    Raises
    ------
    InvalidInputError
        If there is none, or one has no integer K, and so no rank weights of one comparison set.
    UnknownObjectiveError
        If a spelling names none.
    """
    several = [objectives] if isinstance(objectives, str | LStatistic | RealK) else list(objectives)
    if not several:
        raise InvalidInputError("objectives: expected at least one, got none")
    found = []
    for one in several:
        alpha = objective(one) if isinstance(one, str) else one
        if not isinstance(alpha, LStatistic):
            raise InvalidInputError(f"objectives: expected objectives of an integer K, got {shown(alpha)}")
        found.append(alpha)
    return found


def drawn(axes: Axes, x: str, y: str, labels: Sequence[str] = ()) -> Axes:
    """Name both axes, and the lines where there are several."""
    axes.set(xlabel=x, ylabel=y)
    if len(labels) > 1:
        axes.legend()
    return axes
