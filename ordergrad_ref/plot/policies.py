"""Estimators on policies as pictures: where they are biased, and how much they vary. All of it is exact."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref import variance
from ordergrad_ref.arrays.dtypes import as_numbers
from ordergrad_ref.auditing.audit import audit
from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.estimators import NAMED
from ordergrad_ref.objectives.exact_numbers import integer
from ordergrad_ref.plot.axes import COLOURS, Axes, axes_or_current, called, drawn, listed, named
from ordergrad_ref.plot.simplex import angles, grid
from ordergrad_ref.published import takes_k

__all__ = ["bias", "signal_to_noise", "total_variance"]

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(0.75)]])
"""Where the policies that always get the first, second and third reward are drawn."""

MOST_STEPS = 1000
"""Steps up to which the policies, half a million then, are drawn at all."""

MOST_SAMPLES = 32
"""Group sizes up to which all multisets of three rewards are a moment's work."""


def bias(
    estimator: Callable[..., Any] | str,
    objective: Any,
    values: Sequence[float] = (0.0, 1.0, 3.0),
    n: int = 8,
    steps: int = 48,
    axes: Axes | None = None,
) -> Axes:
    """Draw the angle between expected and true gradient on every policy over three rewards. Spec eq. (34).

    The triangle is the policy simplex. A cross marks the smallest policy on which `ordergrad_ref.audit` shows
    the bias, where there is one with all three rewards or on an edge.

    Parameters
    ----------
    estimator : function or str
        A function of one group ``(N,)``, or the name of one of `ordergrad_ref.maxk` or
        `ordergrad_ref.estimators`.
    objective : LStatistic or str
        What it should be unbiased for.
    values : three floats
        The rewards.
    n : int
        Group size N, at most 32.
    steps : int
        The policies are fractions with this denominator.
    axes : matplotlib axes, optional
        What to draw on; the current ones otherwise.

    Returns
    -------
    matplotlib axes
        With a coloured triangle, whose colour bar gives degrees.

    Raises
    ------
    InvalidInputError
        For a wrong argument, an estimator that answers equal rewards unequally, or without matplotlib.

    Examples
    --------
    >>> import pytest
    >>> pyplot = pytest.importorskip("matplotlib.pyplot")
    >>> pyplot.switch_backend("agg")
    >>> drawn = bias("grpo", "mean@1", n=4, steps=12, axes=pyplot.figure().subplots())
    >>> bool(drawn.collections[0].get_array().max() > 1)
    True
    >>> pyplot.close("all")
    """
    (alpha,) = named(objective)
    rewards = as_numbers(values, "values")[0].astype(float)
    if rewards.shape != (3,) or len(set(rewards)) < 3 or not np.isfinite(rewards).all():
        raise InvalidInputError(f"values: expected three different finite rewards, got {values!r}")
    n = integer(n, "n", 2, MOST_SAMPLES, f"2 <= n <= {MOST_SAMPLES}")
    steps = integer(steps, "steps", 4, MOST_STEPS, f"4 <= steps <= {MOST_STEPS}")
    rewards = np.sort(rewards)
    answer = _function(estimator, alpha)
    policies = grid(steps)
    found = angles(answer, alpha, rewards, n, policies)
    on = axes_or_current(axes)
    picture = on.tripcolor(*(policies @ CORNERS).T, found, shading="gouraud", vmin=0, cmap="viridis")
    on.figure.colorbar(picture, ax=on, label="degrees from the gradient")
    for corner, reward in zip(CORNERS, rewards, strict=True):
        on.annotate(f"always {reward:g}", corner, ha="center", va="top" if corner[1] == 0 else "bottom")
    shown = audit(answer, alpha, n=n, values=rewards.tolist()).counterexample
    if shown is not None:
        place = np.zeros(3)
        for reward, probability in zip(shown.rewards, shown.probabilities, strict=True):
            place[rewards.tolist().index(float(reward))] = float(probability)
        on.plot(*(place @ CORNERS), "x", color="red", markersize=10, label="smallest counterexample")
        on.legend(loc="upper center", bbox_to_anchor=(0.5, 0), frameon=False)
    on.set_aspect("equal")
    on.set_axis_off()
    return on


def total_variance(
    rewards: ArrayLike,
    probabilities: ArrayLike,
    objectives: Any,
    n: int,
    estimators: Sequence[str] = ("advantage", "inclusion"),
    axes: Axes | None = None,
) -> Axes:
    """Draw the exact total variance ``tr Cov ĝ`` of several estimators against K. Spec eqs. (71), (87)–(89).

    Parameters
    ----------
    rewards, probabilities : (m,) arrays
        Of each action of a softmax policy.
    objectives : LStatistic, str, or several of them
        One point for each, at its K.
    n : int
        Group size N.
    estimators : sequence of str
        Names that `ordergrad_ref.variance.moments` knows.
    axes : matplotlib axes, optional
        What to draw on; the current ones otherwise.

    Returns
    -------
    matplotlib axes
        With a line for each estimator.

    Raises
    ------
    InvalidInputError
        For a wrong argument, or without matplotlib.

    Examples
    --------
    >>> import pytest
    >>> pyplot = pytest.importorskip("matplotlib.pyplot")
    >>> pyplot.switch_backend("agg")
    >>> ks = [f"max@{k}" for k in (1, 2, 3)]
    >>> drawn = total_variance([0, 1], [0.5, 0.5], ks, 4, axes=pyplot.figure().subplots())
    >>> len(drawn.lines), len(drawn.lines[0].get_ydata())
    (2, 3)
    >>> pyplot.close("all")
    """
    return _against_k(
        rewards, probabilities, objectives, n, estimators, axes, "total variance", lambda m: m.total_variance
    )


def signal_to_noise(
    rewards: ArrayLike,
    probabilities: ArrayLike,
    objectives: Any,
    n: int,
    estimators: Sequence[str] = ("advantage", "inclusion"),
    axes: Axes | None = None,
) -> Axes:
    """Draw the exact ratio ``|E ĝ|² / tr Cov ĝ`` of several estimators against K. Spec eqs. (66), (87)–(89).

    Arguments and errors are those of `total_variance`.

    Examples
    --------
    The figure of OrderGrad, arXiv 2606.06096, without simulation:

    >>> import pytest
    >>> pyplot = pytest.importorskip("matplotlib.pyplot")
    >>> pyplot.switch_backend("agg")
    >>> policy = np.exp(np.random.default_rng(0).normal(size=8))
    >>> ks, on = [f"max@{k}" for k in range(1, 7)], pyplot.figure().subplots()
    >>> drawn = signal_to_noise(np.arange(8.0), policy / policy.sum(), ks, 64, axes=on)
    >>> drawn.get_xlabel(), len(drawn.lines)
    ('K', 2)
    >>> pyplot.close("all")
    """
    return _against_k(
        rewards,
        probabilities,
        objectives,
        n,
        estimators,
        axes,
        "signal to noise",
        lambda m: m.signal_to_noise,
    )


def _against_k(
    rewards: ArrayLike,
    probabilities: ArrayLike,
    objectives: Any,
    n: int,
    estimators: Sequence[str],
    axes: Axes | None,
    name: str,
    number: Callable[[variance.Moments], Any],
) -> Axes:
    found = sorted(named(objectives), key=lambda alpha: alpha.k)
    names = [estimators] if isinstance(estimators, str) else listed("estimators", estimators, "estimator")
    lines = {}
    for one in names:
        points = (number(variance.moments(rewards, probabilities, alpha, n, one)) for alpha in found)
        lines[one] = [np.nan if point is None else float(point) for point in points]
    on = axes_or_current(axes)
    for i, (one, heights) in enumerate(lines.items()):
        on.plot([alpha.k for alpha in found], heights, "o-", color=COLOURS[i % len(COLOURS)], label=one)
    on.set_xticks(sorted({alpha.k for alpha in found}))
    return drawn(on, "K", name, names)


def _function(estimator: Callable[..., Any] | str, alpha: Any) -> Callable[[Any], Any]:
    if not isinstance(estimator, str):
        return called(estimator)
    if estimator not in NAMED:
        raise InvalidInputError(f"estimator: {expected_one_of(NAMED, estimator)}")
    named_one = NAMED[estimator]
    return (lambda x: named_one(x, alpha.k)) if takes_k(named_one) else named_one
