"""The axes that a picture is drawn on, and what several pictures ask of their arguments."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, cast

from ordergrad_ref.errors import InvalidInputError, shown
from ordergrad_ref.objectives import LStatistic, RealK, objective

__all__ = ["COLOURS", "Axes", "axes_or_current", "called", "drawn", "listed", "named"]

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
    one_of_them = isinstance(objectives, str | LStatistic | RealK)
    several = [objectives] if one_of_them else listed("objectives", objectives, "objective")
    found = []
    for one in several:
        alpha = objective(one) if isinstance(one, str) else one
        if not isinstance(alpha, LStatistic):
            raise InvalidInputError(f"objectives: expected objectives of an integer K, got {shown(alpha)}")
        found.append(alpha)
    return found


def listed(name: str, given: Any, what: str) -> list[Any]:
    """Return a sequence of at least one as a list.

    Raises
    ------
    InvalidInputError
        If it is no sequence, or empty.
    """
    try:
        several = list(given)
    except Exception:  # whatever an object that is no sequence raises
        raise InvalidInputError(f"{name}: expected one {what} or several, got {shown(given)}") from None
    if not several:
        raise InvalidInputError(f"{name}: expected at least one {what}, got none")
    return several


def called(estimator: Any) -> Callable[..., Any]:
    """Return a function; refuse what is none."""
    if not callable(estimator):
        raise InvalidInputError(f"estimator: expected a function, got {shown(estimator)}")
    return cast("Callable[..., Any]", estimator)


def drawn(axes: Axes, x: str, y: str, labels: Sequence[str] = ()) -> Axes:
    """Name both axes, and the lines where there are several."""
    axes.set(xlabel=x, ylabel=y)
    if len(labels) > 1:
        axes.legend()
    return axes
