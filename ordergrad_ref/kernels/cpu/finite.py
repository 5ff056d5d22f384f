"""Loops find, while they answer, whether all answers are finite; these answers are noted here.

If all answers are finite, so are all rewards. A reward that is NaN or infinite makes a gap that is, and then
each sum in which that gap is a term, whatever its weight: zero times infinity is NaN. The highest rank's sum
from below has all gaps as terms. So nobody has to look at rewards and answers once more, on one thread, which
takes longer than answering groups of eight on two.
"""

import weakref
from collections.abc import Callable
from threading import local
from typing import Any

from ordergrad_ref._types import Array

__all__ = ["is_noted", "note"]


class _Noted(local):
    """What a thread's last loops found to be finite."""

    answers: Callable[[], Any] = staticmethod(lambda: None)


NOTED = _Noted()


def note(answers: Array) -> None:
    """Say that all of these answers are finite."""
    NOTED.answers = weakref.ref(answers)


def is_noted(answers: Array) -> bool:
    """Tell whether these are the answers that were noted last."""
    return NOTED.answers() is answers
