"""What a cell means: text as a number, a reward, a group id; and how a message shows it."""

import math
import reprlib
from decimal import Decimal
from numbers import Real
from typing import Any

from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError

__all__ = ["SHORT", "group_id", "parsed", "reward", "shown"]

SHORT = reprlib.Repr()  # a cell may be a whole completion
SHORT.maxlist, SHORT.maxstring, SHORT.maxlong, SHORT.maxother = 20, 60, 60, 60


def parsed(text: str) -> float | bool | str:
    """Read a cell of text: a number, true or false, else the text itself."""
    word = text.strip().lower()
    if word in ("true", "false"):
        return word == "true"
    try:
        return text if "_" in text else float(text)  # float("1_000") is Python's, not CSV's
    except ValueError:
        return text


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
    return number


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
