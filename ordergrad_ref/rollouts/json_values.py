"""JSON text as values: objects as pairs, for a dictionary would hide a key that is there twice."""

import json
from decimal import Decimal
from typing import Any

__all__ = ["value_at", "value_of"]

_USUAL = json.JSONDecoder(object_pairs_hook=tuple)


def value_at(text: str, place: int) -> tuple[Any, int]:
    """Return the value that begins at a place, and where it ends; an integer may have any number of digits.

    Raises
    ------
    json.JSONDecodeError
        There is no JSON.
    RecursionError
        It is too deep.
    """
    try:
        return _USUAL.raw_decode(text, place)
    except json.JSONDecodeError:
        raise
    except ValueError:  # Python converts no text of more than 4300 digits to an integer
        return _LONG.raw_decode(text, place)


def value_of(text: str) -> Any:
    """Return the value that the whole text is, as `value_at`.

    Examples
    --------
    >>> value_of('{"a": [1, {"a": 2, "a": 3}]}')
    (('a', [1, (('a', 2), ('a', 3))]),)
    """
    try:
        return _USUAL.decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        return _LONG.decode(text)


def _integer(digits: str) -> int | Decimal:
    try:
        return int(digits)
    except ValueError:
        return Decimal(digits)


_LONG = json.JSONDecoder(object_pairs_hook=tuple, parse_int=_integer)
