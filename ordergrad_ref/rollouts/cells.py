"""What a cell means: text as a number, a reward, a group id; and how a message shows it."""

import math
import reprlib
from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError

__all__ = ["SHORT", "group_id", "parsed", "reward", "shown", "weighted_sum"]

LARGEST_INTEGER = 2**53  # float64 holds all integers up to it

SHORT = reprlib.Repr()  # a cell may be a whole completion
SHORT.maxlist, SHORT.maxstring, SHORT.maxlong, SHORT.maxother = 20, 60, 60, 60


def parsed(text: str) -> float | bool | str:
    """Read a cell of text: a number, true or false, else the text itself.

    Digits alone are an integer where a float may not hold them.
    """
    word = text.strip().lower()
    if word in ("true", "false"):
        return word == "true"
    try:
        number = text if "_" in text else float(text)  # float("1_000") is Python's, not CSV's
    except ValueError:
        return text
    large = isinstance(number, float) and LARGEST_INTEGER <= abs(number) < math.inf
    return int(text) if large and word.lstrip("+-").isdigit() else number


def reward(value: Any) -> float:
    """Return the cell as a finite float; booleans are 1 and 0."""
    if not isinstance(value, Real | Decimal):
        raise InvalidInputError(f"expected a finite number, got {shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise NonFiniteRewardError(f"expected a finite number, got {shown(value)}")
    if isinstance(value, int | Decimal) and abs(value) > LARGEST_INTEGER and int(value) == value:
        raise InvalidInputError(
            f"expected an integer of at most 2**53, which float64 holds exactly, got {value}; "
            "subtract an offset first"
        )
    return number


def weighted_sum(rewards: Sequence[float], weights: Sequence[float]) -> float:
    """Return ``Σ_j w_j r_j``, each product rounded to float64 and their sum rounded once."""
    try:
        total = math.fsum(w * r for w, r in zip(weights, rewards, strict=True))
    except (OverflowError, ValueError):  # a finite sum beyond float64; infinities of both signs
        total = math.inf
    if not math.isfinite(total):
        raise InvalidInputError(
            f"sum of the rewards: expected a finite number, got {list(rewards)} by {list(weights)}"
        )
    return total


def group_id(value: Any, like: Any) -> str | bytes | float:
    """Return the cell, once it is seen to be an id of the same type as ``like``."""
    if value is None or value == "" or value != value:
        raise InvalidInputError(f"expected a group id, got {shown(value)}")
    if not isinstance(value, str | bytes | int | float):
        raise InvalidInputError(f"expected text or a number as group id, got {shown(value)}")
    if type(value) is not type(like):
        raise InvalidInputError(f"expected group ids of one type, got {shown(value)} after {shown(like)}")
    return value


def shown(value: Any) -> str:
    """Show a cell in a message, in JSON's words and not at length."""
    if value is None:
        return "null"
    if isinstance(value, dict | tuple):
        return "an object"
    return "a list" if isinstance(value, list) else SHORT.repr(value)
