"""Numbers as exact rationals: read, checked and spelt."""

import operator
import re
from collections.abc import Iterable, Mapping, Sequence, Set
from decimal import Decimal
from fractions import Fraction
from math import lcm
from numbers import Rational

from ordergrad_ref.errors import InvalidInputError, shown

__all__ = [
    "LARGEST_K",
    "Number",
    "differences",
    "exact",
    "exact_sequence",
    "group_size",
    "integer",
    "number",
    "numbers",
    "over_one_denominator",
    "parameter",
    "spell",
]

Number = int | float | Fraction | Decimal | str

LARGEST_K = 1_000_000
"""The largest K of a named objective: beyond it the rank weights alone fill the memory."""

_LARGEST = 10**300
_FINEST = 10**400
_LONGEST = 1200
_MOST_PLACES = 30
_NUMBER = re.compile(r"[+-]?(?:\d+/\d+|\d+\.?\d*|\.\d+)", re.ASCII)


def number(text: str, what: str) -> Fraction:
    """Read a plain number: ``8``, ``-0.25``, ``.5`` or ``3/10``, each meant exactly.

    Raises
    ------
    InvalidInputError
        If `text` is anything else (an exponent, ``nan``, an empty string, a zero denominator).

    Examples
    --------
    >>> number("0.3", "q")
    Fraction(3, 10)
    """
    stripped = re.sub(r"\s*/\s*", "/", text.strip())
    if len(stripped) <= _LONGEST and _NUMBER.fullmatch(stripped):
        try:
            return Fraction(stripped)
        except ZeroDivisionError:
            pass
    cut = text if len(text) <= 40 else text[:40] + "…"
    raise InvalidInputError(f"{what}: expected a number written as 8, 0.25 or 3/10, got {cut!r}")


def exact(value: object, what: str, *, truth: bool = False) -> Fraction:
    """Return the rational that `value` is; a float is converted bit for bit.

    Parameters
    ----------
    value
        int, Fraction or another `numbers.Rational`, float, Decimal, a NumPy scalar, or a string that `number`
        reads.
    what
        The name of the argument, for the message.
    truth
        Whether True and False are the numbers 1 and 0, as rewards are; a parameter is never meant so.

    Raises
    ------
    InvalidInputError
        If `value` is no number, a truth value without `truth`, or not finite.

    Examples
    --------
    >>> exact(0.5, "weights[0]"), exact("1/3", "weights[1]")
    (Fraction(1, 2), Fraction(1, 3))
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str):
        return number(value, what)
    try:
        # A masked entry would give up its filler as if it were data.
        if getattr(value, "ndim", None) == 0 and not hasattr(value, "mask"):
            value = value.item()  # type: ignore[attr-defined]
        ratio = getattr(value, "as_integer_ratio", None)
    except Exception:  # a traced number, or one on a device that NumPy does not know
        ratio = None
    if ratio is None and isinstance(value, Rational):
        return Fraction(value)
    if ratio is None or (isinstance(value, bool) and not truth):
        raise InvalidInputError(f"{what}: expected a number, got {shown(value)} ({_kind(value)})")
    try:
        return Fraction(*ratio())
    except (ValueError, OverflowError):
        raise InvalidInputError(f"{what}: expected a finite number, got {shown(value)}") from None
    except Exception:  # what only looks like a number, such as a class
        raise InvalidInputError(f"{what}: expected a number, got {shown(value)} ({_kind(value)})") from None


def differences(cumulative: Iterable[float]) -> list[Fraction]:
    """Return the exact differences between neighbours of ``0, *cumulative, 1``, which sum to one.

    Examples
    --------
    >>> differences([0.25, 0.5])
    [Fraction(1, 4), Fraction(1, 4), Fraction(1, 2)]
    """
    import numpy as np

    ends = np.concatenate([[0.0], np.asarray(cumulative, dtype=np.float64), [1.0]])
    before, after = ends[:-1], ends[1:]
    gap = after - before
    added = gap + before
    lost = (before - (added - gap)) + (after - added)  # TwoSum: zero where the difference is a float
    return [
        Fraction(b) - Fraction(a) if rest else Fraction(d)
        for a, b, d, rest in zip(before.tolist(), after.tolist(), gap.tolist(), lost.tolist(), strict=True)
    ]


def exact_sequence(values: object, what: str, *, truth: bool = False) -> tuple[Fraction, ...]:
    """Return the rationals of a one-dimensional, ordered, non-empty sequence or array; see `exact`.

    Raises
    ------
    InvalidInputError
        If `values` is no such sequence, or an element is no finite number.
    """
    if not isinstance(values, Iterable) or isinstance(values, str | bytes | Mapping | Set):
        raise InvalidInputError(
            f"{what}: expected an ordered sequence of numbers, got {shown(values)} ({_kind(values)})"
        )
    if getattr(values, "ndim", 1) != 1:
        raise InvalidInputError(f"{what}: expected one dimension, got shape {getattr(values, 'shape', '?')}")
    try:
        listed = list(values)
    except Exception as error:
        raise InvalidInputError(
            f"{what}: expected an ordered sequence of numbers, got a {_kind(values)} that cannot be gone "
            f"through ({error})"
        ) from error
    checked = tuple(
        value if isinstance(value, Fraction) else exact(value, f"{what}[{i}]", truth=truth)
        for i, value in enumerate(listed)
    )
    if not checked:
        raise InvalidInputError(f"{what}: expected at least one number, got none")
    return checked


def over_one_denominator(values: Sequence[Fraction]) -> tuple[list[int], int]:
    """Write rationals as integers over their least common denominator.

    Examples
    --------
    >>> over_one_denominator([Fraction(1, 2), Fraction(-1, 3)])
    ([3, -2], 6)
    """
    denominator = lcm(*{x.denominator for x in values})
    return [x.numerator * (denominator // x.denominator) for x in values], denominator


def parameter(value: object, what: str) -> Fraction:
    """Return the rational that a parameter such as q or τ *means*: a float is what it prints as.

    ``0.1`` is a tenth here, where `exact` would keep the nearest binary fraction.

    Raises
    ------
    InvalidInputError
        If `value` is no finite number, is not below 1e300 in size, or is finer than any float.

    Examples
    --------
    >>> parameter(0.1, "tau")
    Fraction(1, 10)
    """
    got = exact(value, what)
    if hasattr(value, "as_integer_ratio") and not isinstance(value, int | Fraction | Decimal):
        got = Fraction(str(value))
    if abs(got) >= _LARGEST or got.denominator >= _FINEST:
        raise InvalidInputError(
            f"{what}: expected a number below 1e300 in size and of at most 400 digits, got {shown(value)}"
        )
    return got


def integer(value: object, what: str, least: int, most: int, bounds: str) -> int:
    """Return `value` as an int in ``least … most``; `bounds` says the range in the message.

    Raises
    ------
    InvalidInputError
        If `value` is no integer (a float such as ``2.0`` is none) or out of range.
    """
    if isinstance(value, Fraction) and value.denominator == 1:
        value = value.numerator
    try:
        truth = isinstance(value, bool) or getattr(getattr(value, "dtype", None), "kind", "") == "b"
        got = None if truth else operator.index(value)  # type: ignore[arg-type]
    except Exception:  # whatever an object that is no integer raises when asked for one
        got = None
    if got is None:
        said = spell(value) if isinstance(value, Fraction) else f"{shown(value)} ({_kind(value)})"
        raise InvalidInputError(f"{what}: expected an integer, got {said}")
    if not least <= got <= most:
        said = str(got) if abs(got) < _LARGEST else "a number of more than 300 digits"
        raise InvalidInputError(f"{what}: expected {bounds}, got {what} = {said}")
    return got


def group_size(k: object) -> int:
    """Return K as an int, ``1 <= K <= 1 000 000``.

    Raises
    ------
    InvalidInputError
        If `k` is no integer or out of range.
    """
    return integer(k, "K", 1, LARGEST_K, f"1 <= K <= {LARGEST_K}")


def spell(value: Fraction) -> str:
    """Write a rational as a decimal where one of at most 30 places exists, otherwise as ``p/q``.

    Examples
    --------
    >>> spell(Fraction(1, 8)), spell(Fraction(1, 3)), spell(Fraction(4))
    ('0.125', '1/3', '4')
    """
    places = 0
    rest = value.denominator
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    if rest != 1 or not 0 < places <= _MOST_PLACES:
        return str(value)
    digits = str(abs(value.numerator) * 10**places // value.denominator).zfill(places + 1)
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def numbers(text: str, what: str) -> list[Fraction]:
    """Read numbers apart by commas, such as ``0,1,1/2,1e-3``, each meant exactly.

    Raises
    ------
    InvalidInputError
        If a part is no number.

    Examples
    --------
    >>> [str(x) for x in numbers("0, 0.5, 4", "values")]
    ['0', '1/2', '4']
    """
    try:
        return [Fraction(part.strip()) for part in text.split(",")]
    except (ValueError, ZeroDivisionError):
        raise InvalidInputError(f"{what}: expected numbers such as 0,1,4,6, got {text!r}") from None


def _kind(value: object) -> str:
    return type(value).__name__
