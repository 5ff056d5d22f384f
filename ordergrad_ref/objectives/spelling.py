"""Objectives by name: ``objective("max@8")``, ``objective("cvar(0.1)@16")``.

The grammar is ``name@K`` or ``name(arg, ...)@K``. Numbers are written ``8``, ``0.25`` or ``3/10``
and meant exactly; case and spaces do not matter. Multiples add up: ``0.5*mean@1 + 0.5*max@8``. `REGISTRY` is
the one list of names, `ALIASES` of other names for them. What the field writes otherwise is read as it is
meant: ``pass_at_4``, ``best-of-4``, ``pass^4`` (all of 4 pass, so the worst of 4), ``top2@4``.
"""

import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from inspect import Parameter, signature
from typing import NamedTuple, TypeAlias

from ordergrad_ref.errors import InvalidInputError, UnknownObjectiveError, did_you_mean, shown
from ordergrad_ref.objectives import named
from ordergrad_ref.objectives.exact_numbers import Number, number, parameter, spell
from ordergrad_ref.objectives.lstatistic import LStatistic
from ordergrad_ref.objectives.ordergrad_spelling import from_ordergrad, is_ordergrad
from ordergrad_ref.objectives.quantiles import quantile
from ordergrad_ref.objectives.real_k import RealK
from ordergrad_ref.objectives.spectrum import proportional_hazard, wang
from ordergrad_ref.objectives.sum_spelling import is_sum, terms

__all__ = ["ALIASES", "REGISTRY", "Objective", "Spelling", "objective", "spellings"]

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
    "quantile": Spelling(quantile, "quantile(0.25)@8"),
    "harrell_davis": Spelling(named.harrell_davis, "harrell_davis(0.5)@8"),
    "cvar": Spelling(named.cvar, "cvar(0.1)@16"),
    "upper_cvar": Spelling(named.upper_cvar, "upper_cvar(0.1)@16"),
    "gini": Spelling(named.gini, "gini@8"),
    "range": Spelling(named.sample_range, "range@8"),
    "between": Spelling(named.between, "between(0.1, 0.5)@16"),
    "lmoment": Spelling(named.lmoment, "lmoment(2)@8"),
    "trimmed_lmoment": Spelling(named.trimmed_lmoment, "trimmed_lmoment(2, 1, 1)@8"),
    "wang": Spelling(wang, "wang(0.5)@8"),
    "proportional_hazard": Spelling(proportional_hazard, "proportional_hazard(2)@8"),
}

_GRAMMAR = re.compile(r"([^@():]+)(?:\(([^@():]*)\)\s*)?(?:@([^@():]*))?")
_REAL_K = ("max", "min")

ALIASES = {
    "pass": "max",
    "best": "max",
    "bon": "max",
    "best_of_n": "max",
    "worst": "min",
    "avg": "mean",
    "average": "mean",
}
"""Other names of the field's: pass@K is max@K on rewards 0 and 1."""

_VOTES = ("maj", "majority", "majority_vote", "cons", "consensus")
_LIST = "docs/guides/objectives.md lists all spellings"

_AT = re.compile(r"\s*([a-z_]+)[-_ ]at[-_ ](.+)")
_OF = re.compile(r"\s*([a-z]+)[-_ ]?of[-_ ]?(\d+)\s*")
_ALL_PASS = re.compile(r"\s*pass\s*\^(.+)")
_COUNT = re.compile(r"\s*([a-z_]+?)[-_ ]?(\d+)\s*")
_LEVEL = re.compile(r"\s*([a-z_]+?)(\d*\.\d+)\s*")


def objective(spelling: str | Objective, k: Number | None = None) -> Objective:
    """Return the objective that `spelling` names.

    Parameters
    ----------
    spelling
        ``"name@K"`` or ``"name(arg, ...)@K"``; the ``@K`` may be left out where `k` is given. A
        real K such as ``"max@2.5"``, for max and min only, gives a `RealK`. OrderGrad's spellings,
        such as ``"TopM:2"``, are read where `k` is given (see `ordergrad_spelling`). An
        `LStatistic` or `RealK` is returned unchanged. Sums of multiples, such as
        ``"0.5*mean@1 + 0.5*max@8"``, are objectives of the largest K of their terms.
    k
        The size K of the comparison set, where the spelling does not say it.

    Raises
    ------
    UnknownObjectiveError
        If no objective has that name; the message suggests the nearest one, with the numbers given.
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
    >>> objective("0.5*mean@1 + 0.5*max@2").weights
    (Fraction(1, 4), Fraction(3, 4))
    """
    size = None if k is None else parameter(k, "k")
    if isinstance(spelling, LStatistic | RealK):
        _agree(Fraction(spelling.k), size, spelling)
        return spelling
    if not isinstance(spelling, str):
        raise InvalidInputError(
            "objective: expected a spelling such as 'max@8', an LStatistic or a RealK, "
            f"got {shown(spelling)} ({type(spelling).__name__})"
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
    if is_sum(text):
        return _read_sum(text, size)
    match = _GRAMMAR.fullmatch(_as_meant(text))
    if match is None:
        raise InvalidInputError(
            f"objective: expected name@K or name(arg, ...)@K, such as 'max@8', got {_short(text)}; {_LIST}"
        )
    name, inside, written = match[1].strip().lower(), match[2], match[3]
    name = ALIASES.get(_joined(name), name)
    if name not in REGISTRY:
        if is_ordergrad(name):
            return from_ordergrad(text, size)
        if _joined(name) in _VOTES:
            raise UnknownObjectiveError(
                f"objective: expected a function of sorted rewards, got {_short(text)}: a vote counts "
                f"answers; {_same_as_a_vote(written, size)}, and otherwise it is no order statistic"
            )
        raise UnknownObjectiveError(
            f"objective: expected a known name, got {_short(name)}"
            f"{_suggestion(name, inside, written, size) or ';'} {_LIST}"
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
        hint = ""
        if not (inside or "").strip() and len(REGISTRY[name].parameters) and size > 0:
            hint = f"; did you mean '{name}({spell(size)})@{REGISTRY[name].example.partition('@')[2]}'?"
        raise InvalidInputError(f"objective: expected K >= 1, got K = {spell(size)} in {_short(text)}{hint}")
    arguments = _arguments(name, inside, text, size)
    if size.denominator == 1:
        return REGISTRY[name].constructor(**arguments, k=size.numerator)
    if name not in _REAL_K:
        raise InvalidInputError(
            f"objective: expected an integer K for {name} (max and min alone take a real K), "
            f"got K = {spell(size)} in {_short(text)}"
        )
    return RealK(name, size)


def _read_sum(text: str, size: Fraction | None) -> LStatistic:
    """Add up the terms of a spelling; those without a K have ``size``. Spec eq. (81)."""
    total: LStatistic | None = None
    for factor, name in terms(text):
        one = _read(name, None if "@" in name else size)
        if not isinstance(one, LStatistic):
            raise InvalidInputError(f"objective: expected integers K in a sum, got {one} in {_short(text)}")
        total = factor * one if total is None else total + factor * one
    assert total is not None
    _agree(Fraction(total.k), size, text)
    return total


def _agree(stated: Fraction, size: Fraction | None, spelling: object) -> Fraction:
    if size is not None and size != stated:
        raise InvalidInputError(
            f"k: expected the K of {_short(str(spelling))}, {spell(stated)}, or none, got {spell(size)}"
        )
    return stated


def _arguments(name: str, inside: str | None, text: str, size: Fraction) -> dict[str, object]:
    entry = REGISTRY[name]
    given = [] if inside is None or not inside.strip() else inside.split(",")
    most = len(entry.parameters)
    least = sum(p.default is p.empty for p in entry.parameters)
    if not least <= len(given) <= most:
        count = str(most) if least == most else f"{least} or {most}"
        raise InvalidInputError(
            f"objective: expected {count} argument{'' if count == '1' else 's'} for {name}, "
            f"got {len(given)} in {_short(text)}; write {entry.usage}, "
            f"such as {_nearest(name, None, spell(size), None)!r}"
        )
    return {
        p.name: argument.strip().lower() if p.name == "position" else number(argument, p.name)
        for p, argument in zip(entry.parameters, given, strict=False)
    }


def _as_meant(text: str) -> str:
    """Write what the field writes otherwise as ``name(arg)@K``; leave anything else as it is."""
    lower = text.lower()
    if match := _ALL_PASS.fullmatch(lower):
        return f"min@{match[1]}"
    if (match := _AT.fullmatch(lower)) and _known(match[1]):
        return f"{match[1]}@{match[2]}"
    if (match := _OF.fullmatch(lower)) and _takes(match[1]) == 0:
        return f"{match[1]}@{match[2]}"
    before, at, after = lower.partition("@")
    if (match := _COUNT.fullmatch(before) or _LEVEL.fullmatch(before)) and _takes(match[1]):
        return f"{match[1]}({match[2]}){at}{after}"
    return text


def _known(name: str) -> bool:
    return name in REGISTRY or _joined(name) in ALIASES or name in _VOTES


def _takes(name: str) -> int | None:
    """How many arguments a name takes; None where it is none."""
    name = ALIASES.get(_joined(name), name)
    return len(REGISTRY[name].parameters) if name in REGISTRY else None


def _joined(name: str) -> str:
    """Write a name of several words with underscores."""
    return re.sub(r"[-_\s]+", "_", name)


def _suggestion(name: str, inside: str | None, written: str | None, size: Fraction | None) -> str:
    """Suggest the nearest name, with the numbers that were given: also ``mean@4`` for ``mean4``."""
    if (match := _COUNT.fullmatch(name)) and not inside:
        name, digits = match[1], match[2]
        if written is None and size is None and _takes(name) == 0:
            written = digits
        else:
            inside = digits
    name = ALIASES.get(_joined(name), _joined(name))
    return did_you_mean(name, REGISTRY, spelt=lambda near: _nearest(near, inside, written, size))


def _nearest(name: str, inside: str | None, written: str | None, size: Fraction | None) -> str:
    """Spell the objective of that name with the arguments and the K that were given.

    Arguments that the name does not take are left out; for those that are missing its example's stand in.
    """
    example = REGISTRY[name].example
    k = (written or "").strip() or (example.partition("@")[2] if size is None else spell(size))
    if not REGISTRY[name].parameters:
        candidates = [""]
    elif inside:
        candidates = [f"({inside.strip()})"]
    else:
        candidates = [example.partition("@")[0].removeprefix(name), "(1)", "(0)"]
        if k.startswith(("0.", ".")):  # a level in the place of K
            candidates, k = [f"({k})"], example.partition("@")[2]
    for arguments in candidates:
        try:
            return str(objective(f"{name}{arguments}@{k}"))
        except InvalidInputError:
            pass
    return f"{name}{candidates[0]}@{k}"


def _same_as_a_vote(written: str | None, size: Fraction | None) -> str:
    """Say when a majority vote is an order statistic: for binary rewards and an odd K, the median one."""
    odd = (written or "").strip() or (str(size) if size is not None else "")
    if odd.isascii() and odd.isdigit() and len(odd) < 8 and int(odd) % 2:
        return f"for rewards 0 and 1 it is 'rank({(int(odd) + 1) // 2})@{odd}'"
    return "for rewards 0 and 1 and an odd K it is 'rank((K+1)/2)@K'"


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")
