"""The errors that callers can catch by type, and the words that their messages share.

A message reads ``name: expected …, got …; remedy``: the argument, what it may be, what it was, and what to
do about it.
"""

import reprlib
from collections.abc import Callable, Iterable
from difflib import get_close_matches

__all__ = [
    "BiasedEstimatorWarning",
    "GroupTooSmallError",
    "InvalidInputError",
    "NonFiniteRewardError",
    "TargetError",
    "TooSlowError",
    "UnknownObjectiveError",
    "did_you_mean",
    "expected_one_of",
    "shown",
]


class InvalidInputError(ValueError):
    """An argument has the wrong value, shape or dtype."""


class UnknownObjectiveError(InvalidInputError):
    """A spelling names no objective; the message suggests the nearest one."""


class NonFiniteRewardError(InvalidInputError):
    """A reward is NaN or infinite; the message names its group and position."""


class GroupTooSmallError(InvalidInputError):
    """A group has too few rewards for the objective's K.

    At ``K = N`` the message says why no centred unbiased estimator exists (spec eq. (38)) and what
    to use instead.
    """


class TargetError(Exception):
    """An audited function could not be imported or called, or broke the calling convention."""


class TooSlowError(TargetError):
    """An audited function exceeded the time limit of a call; the message names the limit."""


class BiasedEstimatorWarning(UserWarning):
    """The batch estimator of this objective is consistent but biased (real-valued K, spec eq. (16))."""


def did_you_mean(
    got: object,
    known: Iterable[str],
    *,
    most: int = 1,
    likeness: float = 0.6,
    spelt: Callable[[str], str] = str,
) -> str:
    """Return the end of a message that suggests what is spelt most like ``got``; nothing where nothing is.

    Parameters
    ----------
    got : object
        What was given. Only text has a spelling.
    known : iterable of str
        What would have been right.
    most : int
        How many suggestions at most.
    likeness : float
        From 0, anything, to 1, the same; as in `difflib.get_close_matches`.
    spelt : callable
        How a suggestion is written, where that is more than the name.

    Examples
    --------
    >>> did_you_mean("scroe", ["prompt", "score"])
    "; did you mean 'score'?"
    >>> did_you_mean("reward", ["prompt", "score"])
    ''
    """
    near = get_close_matches(got, list(known), n=most, cutoff=likeness) if isinstance(got, str) else []
    return f"; did you mean {' or '.join(repr(spelt(name)) for name in near)}?" if near else ""


def expected_one_of(known: Iterable[str], got: object) -> str:
    """Return the sentence that lists what is possible, shows what came, and suggests the nearest.

    Examples
    --------
    >>> print(expected_one_of(("raise", "nan", "zero"), "rise"))
    expected one of 'raise', 'nan', 'zero', got 'rise'; did you mean 'raise'?
    """
    known = list(known)
    return f"expected one of {', '.join(map(repr, known))}, got {shown(got)}{did_you_mean(got, known)}"


def shown(value: object) -> str:
    """Return how a value is written in a message: its middle left out where it is long, whatever it is.

    Examples
    --------
    >>> shown("max@8"), shown([1] * 99)
    ("'max@8'", '[1, 1, 1, 1, 1, 1, ...]')
    """
    try:
        return reprlib.repr(value)
    except Exception:  # an object whose repr raises, or an integer of more digits than Python writes
        return f"a {type(value).__name__} that cannot be written out"
