"""One batch as a picture: the advantages beside the rewards."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref import batch
from ordergrad_ref.arrays.dtypes import as_numbers
from ordergrad_ref.errors import InvalidInputError, shown
from ordergrad_ref.plot.axes import COLOURS, Axes, axes_or_current, called, drawn, named

__all__ = ["advantages"]


def advantages(
    rewards: ArrayLike,
    objectives: Any,
    estimator: Callable[..., Any] | None = None,
    axes: Axes | None = None,
) -> Axes:
    """Draw the advantage of each sample of one group as a stem over its reward. Spec eq. (25).

    Parameters
    ----------
    rewards : (N,) array
        One group.
    objectives : LStatistic, str, or several of them
        Each is drawn in a colour of its own.
    estimator : function, optional
        Called as ``estimator(rewards, objective)``; `ordergrad_ref.advantage` unless another one is given.
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
    >>> drawn = advantages([0.0, 1.0, 3.0, 5.0], "mean@1", axes=pyplot.figure().subplots())
    >>> drawn.lines[0].get_ydata().round(6).tolist()
    [-3.0, -1.666667, 1.0, 3.666667]
    >>> pyplot.close("all")
    """
    answer = batch.advantage if estimator is None else called(estimator)
    found = named(objectives)
    x = as_numbers(rewards, "rewards")[0].astype(float)
    if x.ndim != 1:
        raise InvalidInputError(f"rewards: expected one group of shape (N,), got shape {x.shape}")
    on = axes_or_current(axes)
    for i, alpha in enumerate(found):
        heights = np.asarray(answer(x, alpha), dtype=float)
        if heights.shape != x.shape:
            raise InvalidInputError(
                f"estimator: expected {len(x)} advantages, got {shown(heights)} of shape {heights.shape}"
            )
        colour = COLOURS[i % len(COLOURS)]
        on.vlines(x, 0, heights, color=colour, alpha=0.4)
        on.plot(x, heights, "o", color=colour, label=str(alpha))
    on.axhline(0, color="black", lw=0.8)
    return drawn(on, "reward", "advantage", [str(a) for a in found])
