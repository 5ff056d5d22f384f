"""An objective as a picture: its rank weights, its spectrum, and its value on a distribution."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref import population
from ordergrad_ref import rank_weights as weights_of
from ordergrad_ref.arrays.distributions import one_distribution
from ordergrad_ref.closed_forms.bernstein import binomial_average
from ordergrad_ref.plot.axes import COLOURS, Axes, axes_or_current, drawn, named

__all__ = ["objectives", "rank_weights", "spectrum"]

POINTS = 401
"""Quantile levels of a curve."""


def rank_weights(objectives: Any, n: int | None = None, axes: Axes | None = None) -> Axes:
    """Draw the weight of each rank: ``α_j`` of K samples, or ``e_t`` of N. Spec eqs. (1), (22).

    Parameters
    ----------
    objectives : LStatistic, str, or several of them
        Such as ``"max@4"``.
    n : int, optional
        Group size N: the weights on the ranks of N samples instead of K.
    axes : matplotlib axes, optional
        What to draw on; the current ones otherwise.

    Returns
    -------
    matplotlib axes
        With one line of markers for each objective.

    Raises
    ------
    InvalidInputError
        For a wrong argument, or without matplotlib.

    Examples
    --------
    >>> import pytest
    >>> pyplot = pytest.importorskip("matplotlib.pyplot")
    >>> pyplot.switch_backend("agg")
    >>> drawn = rank_weights(["max@4", "cvar(0.5)@4"], axes=pyplot.figure().subplots())
    >>> drawn.lines[0].get_ydata().tolist()
    [0.0, 0.0, 0.0, 1.0]
    >>> pyplot.close("all")
    """
    found = named(objectives)
    on = axes_or_current(axes)
    for colour, alpha in zip(_colours(len(found)), found, strict=True):
        heights = [float(a) for a in alpha.weights] if n is None else weights_of.floating(n, alpha).tolist()
        ranks = range(1, len(heights) + 1)
        on.vlines(ranks, 0, heights, color=colour, alpha=0.4)
        on.plot(ranks, heights, "o", color=colour, label=str(alpha))
    return drawn(
        on, "rank, from the smallest reward", "weight", [str(a) for a in found] if len(found) > 1 else ()
    )


def spectrum(objectives: Any, axes: Axes | None = None) -> Axes:
    """Draw the weight of each quantile: ``K b_α(u)``, and the steps ``K α_j`` that it smooths. Spec eq. (3).

    ``J = ∫ K b_α(u) Q(u) du`` with Q the quantile function of the rewards. As K grows the curve approaches
    the spectrum that the objective was made from, spec eq. (13): give several K to see it.

    Parameters
    ----------
    objectives : LStatistic, str, or several of them
        Such as ``["cvar(0.25)@4", "cvar(0.25)@64"]``.
    axes : matplotlib axes, optional
        What to draw on; the current ones otherwise.

    Returns
    -------
    matplotlib axes
        With a curve and a step function for each objective.

    Raises
    ------
    InvalidInputError
        For a wrong argument, or without matplotlib.

    Examples
    --------
    >>> import pytest
    >>> pyplot = pytest.importorskip("matplotlib.pyplot")
    >>> pyplot.switch_backend("agg")
    >>> drawn = spectrum("max@4", axes=pyplot.figure().subplots())
    >>> float(drawn.lines[0].get_ydata()[-1])
    4.0
    >>> pyplot.close("all")
    """
    found = named(objectives)
    on = axes_or_current(axes)
    u = np.linspace(0, 1, POINTS)
    for colour, alpha in zip(_colours(len(found)), found, strict=True):
        steps = np.array([float(a) for a in alpha.weights])
        on.plot(u, alpha.k * binomial_average(steps, u, u[::-1]), color=colour, label=str(alpha))
        on.stairs(alpha.k * steps, np.linspace(0, 1, alpha.k + 1), color=colour, alpha=0.4)
    return drawn(on, "quantile level u", "weight of the quantile", [str(a) for a in found])


def objectives(
    rewards: ArrayLike, probabilities: ArrayLike, objectives: Any, axes: Axes | None = None
) -> Axes:
    """Draw a distribution of rewards, and the value of each objective on it as a line. Spec eq. (31).

    Parameters
    ----------
    rewards, probabilities : (m,) arrays
        The distribution.
    objectives : LStatistic, str, or several of them
        Such as ``["mean@1", "max@4"]``.
    axes : matplotlib axes, optional
        What to draw on; the current ones otherwise.

    Returns
    -------
    matplotlib axes
        With a bar for each reward and a vertical line for each objective.

    Raises
    ------
    InvalidInputError
        For a wrong argument, or without matplotlib.

    Examples
    --------
    >>> import pytest
    >>> pyplot = pytest.importorskip("matplotlib.pyplot")
    >>> pyplot.switch_backend("agg")
    >>> drawn = objectives([0, 1], [0.5, 0.5], ["mean@1", "max@2"], axes=pyplot.figure().subplots())
    >>> [float(line.get_xdata()[0]) for line in drawn.lines]
    [0.5, 0.75]
    >>> pyplot.close("all")
    """
    found = named(objectives)
    r, p = one_distribution(rewards, probabilities)
    values = [float(population.value(r, p, alpha)) for alpha in found]
    on = axes_or_current(axes)
    on.vlines(r.astype(float), 0, p.astype(float), color="grey", lw=4)
    for colour, alpha, value in zip(_colours(len(found)), found, values, strict=True):
        on.axvline(value, color=colour, label=f"{alpha}: {value:.4g}")
    on.legend()
    return drawn(on, "reward", "probability")


def _colours(count: int) -> list[str]:
    return [COLOURS[i % len(COLOURS)] for i in range(count)]
