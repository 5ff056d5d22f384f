"""How sums and multiples of objectives are spelt: ``0.5*mean@1 + 0.5*max@8``."""

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import TypeAlias

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives.exact_numbers import number, spell

__all__ = ["is_sum", "name_of_multiple", "name_of_sum", "terms"]

Term: TypeAlias = tuple[Fraction, str]
"""A coefficient and the spelling of what it multiplies."""

_SIGN = re.compile(r"(?<=[\d)])\s*([+-])(?=\s*[\d.a-zA-Z])|(?<=[^@*(,+\-])\s+([+-])\s+|^\s*([+-])")
"""A sign between terms: after a digit or a parenthesis, or among spaces, or at the beginning."""


def is_sum(text: str) -> bool:
    """Tell whether a spelling has several terms or a coefficient.

    Examples
    --------
    >>> is_sum("0.5*mean@1 + 0.5*max@8"), is_sum("2*max@8"), is_sum("best-of-8"), is_sum("wang(-0.5)@8")
    (True, True, False, False)
    """
    return len(found := _cut(text)) > 1 or "*" in text or found[0][0] == "-"


def terms(text: str) -> list[Term]:
    """Split a spelling into its terms.

    Raises
    ------
    InvalidInputError
        Where a coefficient is no number, or a term is empty.

    Examples
    --------
    >>> [(str(c), name) for c, name in terms("0.5*mean@1 - max@8")]
    [('1/2', 'mean@1'), ('-1', 'max@8')]
    """
    return [_term(sign, part, text) for sign, part in _cut(text)]


def name_of_sum(first: str | None, second: str | None) -> str | None:
    """Spell the sum of two objectives, if both have a name.

    Examples
    --------
    >>> name_of_sum("mean@1 - max@8", "2*max@8")
    'mean@1 + max@8'
    """
    return None if first is None or second is None else _spelt([*terms(first), *terms(second)])


def name_of_multiple(factor: Fraction, name: str | None) -> str | None:
    """Spell a multiple of an objective, if it has a name."""
    return None if name is None else _spelt((factor * c, text) for c, text in terms(name))


def _cut(text: str) -> list[tuple[str, str]]:
    """Cut at the signs that stand outside parentheses."""
    parts, start, sign = [], 0, "+"
    for match in _SIGN.finditer(text):
        if text.count("(", 0, match.start()) > text.count(")", 0, match.start()):
            continue
        if match.start() > 0:
            parts.append((sign, text[start : match.start()]))
        sign, start = match[1] or match[2] or match[3], match.end()
    return [*parts, (sign, text[start:])]


def _term(sign: str, part: str, text: str) -> Term:
    factor, star, name = part.rpartition("*")
    if not name.strip() or (star and not factor.strip()):
        raise InvalidInputError(
            f"objective: expected terms such as 0.5*max@8 in a sum, got {part.strip()!r} in {text[:60]!r}"
        )
    value = number(factor, "coefficient") if star else Fraction(1)
    return (-value if sign == "-" else value), name.strip()


def _spelt(found: Iterable[Term]) -> str:
    """Write terms, those of one name together, with as few signs as there can be."""
    together: dict[str, Fraction] = {}
    for factor, name in found:
        together[name] = together.get(name, Fraction(0)) + factor
    text = ""
    for name, factor in together.items():
        size = name if abs(factor) == 1 else f"{spell(abs(factor))}*{name}"
        sign = ("-" if factor < 0 else "") if not text else (" - " if factor < 0 else " + ")
        text += sign + size
    return text
