"""Objectives by name: ``objective("max@8")``, ``objective("cvar(0.1)@16")``.

The grammar is ``name@K`` or ``name(arg, ...)@K``. Numbers are written ``8``, ``0.25`` or ``3/10``
and meant exactly; case and spaces do not matter. `REGISTRY` is the one list of names.
"""

import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from inspect import Parameter, signature
from typing import NamedTuple, TypeAlias

from ordergrad_ref.errors import InvalidInputError, UnknownObjectiveError, did_you_mean
from ordergrad_ref.objectives import named
from ordergrad_ref.objectives.exact_numbers import Number, number, parameter, spell
from ordergrad_ref.objectives.lstatistic import LStatistic
from ordergrad_ref.objectives.ordergrad_spelling import from_ordergrad, is_ordergrad
from ordergrad_ref.objectives.real_k import RealK
from ordergrad_ref.objectives.spectrum import proportional_hazard, wang

__all__ = ["REGISTRY", "Objective", "Spelling", "objective", "spellings"]

Objective: TypeAlias = LStatistic | RealK


class Spelling(NamedTuple):
    """A name's constructor, which takes the arguments and ``k``, and an example."""

    constructor: Callable[..., LStatistic]
    example: str

    @property
    def parameters(self) -> list[Parameter]:
        """Return the constructor's parameters without ``k``."""
        return [p for p in signature(self.constructor).parameters.values() if p.name != "k"]

    @property
    def usage(self) -> str:
        """Return the form, such as ``quantile(q[, position])@K``."""
        shown = ""
        for p in self.parameters:
            separator = ", " if shown else ""
            shown += f"{separator}{p.name}" if p.default is p.empty else f"[{separator}{p.name}]"
        return f"{self.example.partition('@')[0].partition('(')[0]}{shown and f'({shown})'}@K"


REGISTRY: dict[str, Spelling] = {
    "max": Spelling(named.maximum, "max@8"),
    "min": Spelling(named.minimum, "min@8"),
    "mean": Spelling(named.mean, "mean@8"),
    "rank": Spelling(named.rank, "rank(3)@8"),
    "top": Spelling(named.top, "top(2)@8"),
    "bottom": Spelling(named.bottom, "bottom(2)@8"),
    "midrange": Spelling(named.midrange, "midrange(2)@8"),
    "median": Spelling(named.median, "median@5"),
    "trimmed": Spelling(named.trimmed, "trimmed(1)@8"),
    "winsorized": Spelling(named.winsorized, "winsorized(1)@8"),
    "quantile": Spelling(named.quantile, "quantile(0.25)@8"),
    "harrell_davis": Spelling(named.harrell_davis, "harrell_davis(0.5)@8"),
    "cvar": Spelling(named.cvar, "cvar(0.1)@16"),
    "upper_cvar": Spelling(named.upper_cvar, "upper_cvar(0.1)@16"),
    "gini": Spelling(named.gini, "gini@8"),
    "lmoment": Spelling(named.lmoment, "lmoment(2)@8"),
    "wang": Spelling(wang, "wang(0.5)@8"),
    "proportional_hazard": Spelling(proportional_hazard, "proportional_hazard(2)@8"),
}

_GRAMMAR = re.compile(r"([^@():]+)(?:\(([^@():]*)\)\s*)?(?:@([^@():]*))?")
_ALSO_CALLED = {"pass": "max", "best": "max", "worst": "min", "average": "mean"}
_REAL_K = ("max", "min")


def objective(spelling: str | Objective, k: Number | None = None) -> Objective:
    """Return the objective that `spelling` names.

    Parameters
    ----------
    spelling
        ``"name@K"`` or ``"name(arg, ...)@K"``; the ``@K`` may be left out where `k` is given. A
        real K such as ``"max@2.5"``, for max and min only, gives a `RealK`. OrderGrad's spellings,
        such as ``"TopM:2"``, are read where `k` is given (see `ordergrad_spelling`). An
        `LStatistic` or `RealK` is returned unchanged.
    k
        The size K of the comparison set, where the spelling does not say it.

    Raises
    ------
    UnknownObjectiveError
        If no objective has that name; the message suggests the nearest one and lists all.
    InvalidInputError
        If K is missing, given twice and differently, or below 1, or an argument is missing, no
        number, or out of range.

    Examples
    --------
    >>> from ordergrad_ref.objectives import objective
    >>> objective("top(2)@4").weights[1:]
    (Fraction(0, 1), Fraction(1, 2), Fraction(1, 2))
    >>> str(objective("Quantile( 1/4 )", k=8))
    'quantile(0.25)@8'
    >>> objective("max@2.5")
    objective('max@2.5')
    """
    size = None if k is None else parameter(k, "k")
    if isinstance(spelling, LStatistic | RealK):
        _agree(Fraction(spelling.k), size, spelling)
        return spelling
    if not isinstance(spelling, str):
        raise InvalidInputError(
            "objective: expected a spelling such as 'max@8', an LStatistic or a RealK, "
            f"got {spelling!r} ({type(spelling).__name__})"
        )
    return _read(str(spelling), size)


def spellings() -> str:
    """Return the list of all spellings, one a line with an example, for help texts and errors."""
    width = max(len(entry.usage) for entry in REGISTRY.values())
    return "\n".join(f"  {entry.usage:<{width}}  {entry.example}" for entry in REGISTRY.values())


@lru_cache(maxsize=256)
def _read(text: str, size: Fraction | None) -> Objective:
    if ":" in text:
        return from_ordergrad(text, size)
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        raise InvalidInputError(
            f"objective: expected name@K or name(arg, ...)@K, such as 'max@8', got {_short(text)}"
            f"\nThe spellings:\n{spellings()}"
        )
    name, inside, written = match[1].strip().lower(), match[2], match[3]
    if name not in REGISTRY:
        if is_ordergrad(name):
            return from_ordergrad(text, size)
        hint = did_you_mean(
            _ALSO_CALLED.get(name, name), REGISTRY, likeness=0.4, spelt=lambda near: _nearest(text, near)
        )
        raise UnknownObjectiveError(
            f"objective: expected a known name, got {_short(name)}{hint}\nThe spellings:\n{spellings()}"
        )
    if written is not None and written.strip():
        size = _agree(number(written, "K"), size, text)
    if size is None:
        before = text.partition("@")[0].strip()
        raise InvalidInputError(
            f"objective: expected a K, as in {before + '@8'!r} or objective({before!r}, k=8), "
            f"got none in {_short(text)}"
        )
    if size < 1:
        raise InvalidInputError(f"objective: expected K >= 1, got K = {spell(size)} in {_short(text)}")
    arguments = _arguments(name, inside, text)
    if size.denominator == 1:
        return REGISTRY[name].constructor(**arguments, k=size.numerator)
    if name not in _REAL_K:
        raise InvalidInputError(
            f"objective: expected an integer K for {name} (max and min alone take a real K), "
            f"got K = {spell(size)} in {_short(text)}"
        )
    return RealK(name, size)


def _agree(stated: Fraction, size: Fraction | None, spelling: object) -> Fraction:
    if size is not None and size != stated:
        raise InvalidInputError(
            f"k: expected the K of {_short(str(spelling))}, {spell(stated)}, or none, got {spell(size)}"
        )
    return stated


def _arguments(name: str, inside: str | None, text: str) -> dict[str, object]:
    entry = REGISTRY[name]
    given = [] if inside is None or not inside.strip() else inside.split(",")
    most = len(entry.parameters)
    least = sum(p.default is p.empty for p in entry.parameters)
    if not least <= len(given) <= most:
        count = str(most) if least == most else f"{least} or {most}"
        raise InvalidInputError(
            f"objective: expected {count} argument{'' if count == '1' else 's'} for {name}, "
            f"got {len(given)} in {_short(text)}; write {entry.usage}, such as {entry.example!r}"
        )
    return {
        p.name: argument.strip().lower() if p.name == "position" else number(argument, p.name)
        for p, argument in zip(entry.parameters, given, strict=False)
    }


def _nearest(text: str, name: str) -> str:
    """Spell the objective of that name with the arguments and the K of the text, where that makes one."""
    arguments = re.search(r"\([^()]*\)", text)
    k = re.search(r"\d+$", text.rstrip())
    try:
        return str(objective(f"{name}{arguments[0] if arguments else ''}@{k[0] if k else ''}"))
    except InvalidInputError:
        return REGISTRY[name].example


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")
