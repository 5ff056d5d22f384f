"""What a cell means: text as a number, a reward or several, a group id; and how a message shows it."""

import json
import math
import re
import reprlib
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from numbers import Real
from typing import Any, Literal, TypeAlias

from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError

__all__ = [
    "IDS",
    "LARGEST_INTEGER",
    "MISSING",
    "SHORT",
    "Missing",
    "Rewards",
    "group_id",
    "id_type",
    "parsed",
    "parsed_all",
    "plain",
    "shown",
    "weighted_sum",
]

Missing: TypeAlias = Literal["raise", "skip", "nan", "zero"]
MISSING: tuple[Missing, ...] = ("raise", "skip", "nan", "zero")

LARGEST_INTEGER = 2**53  # float64 holds all integers up to it

SHORT = reprlib.Repr()  # a cell may be a whole completion
SHORT.maxlist, SHORT.maxstring, SHORT.maxlong, SHORT.maxother = 20, 60, 60, 60

IDS = {
    str: "text",
    bytes: "bytes",
    int: "integers",
    float: "numbers with decimals",
    bool: "true and false",
    tuple: "lists or objects",
}
"""What ids may be."""

ODD_NUMBER = re.compile(r"[+-]?[.,]?\d[\w.,']*")
"""What is meant as a number: 0x10, 1_000, 1,5."""

AS_TEXT = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str)
"""Of lists and objects that are ids; made once, for making it takes longer than using it."""

NOTHING = {"", "na", "n/a", "nan", "null", "none"}
"""Words for a missing reward, in any case."""


def parsed(text: str, comma: bool = False) -> Any:
    """Read a cell of text: a number, true or false, a list in brackets, else the text itself.

    Digits alone are an integer where a float may not hold them; they are those of ASCII. With ``comma``,
    ``1,5`` is a number.
    """
    word = text.strip().lower()
    if word in ("true", "false"):
        return word == "true"
    if word[:1] == "[":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    number_text = text.replace(",", ".", 1) if comma and "." not in text else text
    try:
        odd = "_" in text or not word.isascii()  # float("1_000") is Python's, not CSV's; so is float("١")
        number = text if odd else float(number_text)
    except ValueError:
        return text
    large = isinstance(number, float) and LARGEST_INTEGER <= abs(number) < math.inf
    return int(text) if large and word.lstrip("+-").isdigit() else number


def parsed_all(texts: Sequence[str], comma: bool = False) -> list[Any]:
    """Read the cells of a column, each as `parsed` does.

    Examples
    --------
    >>> parsed_all(["1", "0.5"]), parsed_all(["1", "passed", "1_0"])
    ([1.0, 0.5], [1.0, 'passed', '1_0'])
    """
    try:
        numbers = list(map(float, texts))
    except ValueError:
        numbers = []
    together = "".join(texts)
    usual = together.isascii() and "_" not in together
    if numbers and usual and max(map(abs, numbers)) < LARGEST_INTEGER:
        return numbers
    return [parsed(text, comma) for text in texts]


@dataclass(frozen=True)
class Rewards:
    """How the cells of rewards are read: which words are numbers, and what a missing one is."""

    missing: Missing = "raise"
    words: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse words that are read as one value and are different numbers."""
        said: dict[Any, str] = {}
        for word, number in self.words.items():
            value = parsed(word)
            other = said.setdefault(_as_key(value), word) if isinstance(value, Real) else word
            if self.words[other] != number:
                raise InvalidInputError(
                    f"words: expected one number for {other!r} and {word!r}, which may be read as one value, "
                    f"got {self.words[other]} and {number}; give them the same"
                )

    def read(self, value: Any) -> float | list[float]:
        """Return the cell as a finite float, NaN where it is missing and may be; or a list of these."""
        if isinstance(value, list):
            if any(isinstance(one, list) for one in value):
                raise InvalidInputError("expected a number or a list of numbers, got a list of lists")
            return [self._number(one) for one in value]
        return self._number(value)

    def meant(self, value: Any) -> Any:
        """Return the number that the words give to a cell, or the cell itself.

        A word is found as it is written, and where it was read as a number, or as true or false, by that.
        """
        if isinstance(value, str):
            return self.words.get(value.strip(), value)
        if isinstance(value, Real | Decimal):
            return self._by_value.get(_as_key(value), value)
        return value

    @cached_property
    def _by_value(self) -> dict[Any, float]:
        read = [(parsed(word), number) for word, number in self.words.items()]
        return {_as_key(value): number for value, number in read if isinstance(value, Real)}

    def missing_in(self, value: Any) -> int:
        """Count the missing rewards of a cell, or of the list in it."""
        return sum(_is_missing(self.meant(one)) for one in (value if isinstance(value, list) else [value]))

    def _number(self, value: Any) -> float:
        value = self.meant(value)
        if self.missing != "raise" and _is_missing(value):
            return 0.0 if self.missing == "zero" else math.nan
        if self.words and isinstance(value, str):
            raise InvalidInputError(f"expected a number or one of {sorted(self.words)}, got {shown(value)}")
        return _finite(value)


def _as_key(value: Any) -> tuple[bool, Any]:
    """Return what tells values apart: true is not 1, and NaN, which equals nothing, is itself."""
    return isinstance(value, bool), value if value == value else None


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in NOTHING
    return value is None or (isinstance(value, float) and math.isnan(value))


def _finite(value: Any) -> float:
    """Return the cell as a finite float; booleans are 1 and 0."""
    if not isinstance(value, Real | Decimal):
        remedy = _remedy(value.strip()) if isinstance(value, str) else ""
        raise InvalidInputError(f"expected a finite number, got {shown(value)}{remedy}")
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


def _remedy(word: str) -> str:
    """Say what to do with a word in the place of a number."""
    if ODD_NUMBER.fullmatch(word):
        return "; write it as a number such as 1000, -0.5 or 1e-3"
    if not word or _is_missing(word) or len(word) >= 20 or "," in word:  # commas end what --map reads
        return ""
    return f"; say what number each word is, such as --map {shlex.quote(f'{word}=NUMBER')}"


def weighted_sum(rewards: Sequence[float], weights: Sequence[float]) -> float:
    """Return ``Σ_j w_j r_j``, each product rounded to float64 and their sum rounded once."""
    if any(math.isnan(r) for r in rewards):
        return math.nan
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
    """Return the cell, once it is seen to be an id of the same type as ``like``.

    A list or an object, such as a prompt of chat messages, is one as JSON text with its keys in order.
    """
    if value is None or value == "" or value != value:
        raise InvalidInputError(f"expected a group id, got {shown(value)}")
    kind = id_type(value)
    if kind not in IDS:
        raise InvalidInputError(f"expected text or a number as group id, got {shown(value)}")
    if kind is not id_type(like):
        raise InvalidInputError(f"expected group ids of one type, got {shown(value)} after {shown(like)}")
    if kind is tuple:
        try:
            return AS_TEXT.encode(plain(value))
        except RecursionError:
            raise InvalidInputError(f"expected a group id, got {shown(value)} that is too deep") from None
    return value


def id_type(value: Any) -> type:
    """Return the type by which ids are alike: lists and objects are of one."""
    return tuple if isinstance(value, list | dict) else type(value)


def plain(value: Any) -> Any:
    """Return nested pairs as dictionaries; a key that is there twice would be lost."""
    if isinstance(value, tuple):
        members = {name: plain(inner) for name, inner in value}
        if len(members) < len(value):
            raise InvalidInputError("expected each key of an object once, got one again")
        return members
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def shown(value: Any) -> str:
    """Show a cell in a message, in JSON's words and not at length."""
    if value is None:
        return "null"
    if isinstance(value, dict | tuple):
        return "an object"
    return "a list" if isinstance(value, list) else SHORT.repr(value)
