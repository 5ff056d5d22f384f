"""Pass@K of a benchmark as a picture, with its band."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref import maxk
from ordergrad_ref.arrays.counts import counts
from ordergrad_ref.errors import InvalidInputError, shown
from ordergrad_ref.evaluation.clusters import mean_of
from ordergrad_ref.objectives.exact_numbers import group_size
from ordergrad_ref.plot.axes import COLOURS, Axes, axes_or_current, drawn, listed
from ordergrad_ref.plot.bands import against_k, doublings

__all__ = ["pass_at_k"]


def pass_at_k(
    n: ArrayLike,
    successes: ArrayLike,
    k: Sequence[int] | None = None,
    confidence: float = 0.95,
    axes: Axes | None = None,
) -> Axes:
    """Draw the mean of pass@K over prompts against K, with its interval. Spec eqs. (53), (102).

    Parameters
    ----------
    n, successes : arrays of integers
        How many samples each prompt has, and how many of them succeeded.
    k : sequence of int, optional
        The K to draw; the powers of two up to the smallest N unless given.
    confidence : float
        Level of the intervals.
    axes : matplotlib axes, optional
        What to draw on; the current ones otherwise.

    Returns
    -------
    matplotlib axes
        With a line, and a band where there are two prompts or more.

    Raises
    ------
    InvalidInputError
        For a wrong argument, or without matplotlib.

    Examples
    --------
    >>> import pytest
    >>> pyplot = pytest.importorskip("matplotlib.pyplot")
    >>> pyplot.switch_backend("agg")
    >>> drawn = pass_at_k([4, 4], [1, 3], axes=pyplot.figure().subplots())
    >>> drawn.lines[0].get_ydata().tolist()
    [0.5, 0.75, 1.0]
    >>> pyplot.close("all")
    """
    if not isinstance(confidence, float | int | np.floating) or not 0 < confidence < 1:
        raise InvalidInputError(f"confidence: expected a number between 0 and 1, got {shown(confidence)}")
    of = counts("n", n, 1)
    if not of.size:
        raise InvalidInputError("n: expected the samples of at least one prompt, got none")
    powers = [2**i for i in range(int(of.min()).bit_length())]
    sizes = powers if k is None else [group_size(one) for one in listed("k", k, "K")]
    values = [maxk.pass_at_k(n=n, successes=successes, k=one) for one in sizes]
    means = [mean_of(np.ravel(of_k).astype(float).tolist(), confidence, shares=True) for of_k in values]
    on = axes_or_current(axes)
    against_k(on, sizes, means, color=COLOURS[0], label="pass@K")
    doublings(on, sizes)
    return drawn(on, "K", "pass@K")
