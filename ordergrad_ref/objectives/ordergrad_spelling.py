"""The OrderGrad package's own spellings, such as ``objective("TopM:2", k=8)``.

K stands apart there, and so it does here. Case does not matter. "Same" means: the same rank weights
up to the rounding of theirs, which are floats. Compared with ``paavo5/ordergrad`` at commit 50b89ea.

===================================== ============================= ================================
OrderGrad                             here                          same, or differs how
===================================== ============================= ================================
``ReMax``, ``ReMin``                  max, min                      same; at a real K theirs gives a
                                                                    known population of constant
                                                                    rewards 1 the value 0, ours is
                                                                    `RealK`
``Median``                            median                        same
``Rank:r``                            rank(r)                       same
``TopM:m``, ``BotM:m``                top(m), bottom(m)             same
``MidrangeM:m``, ``TopBot:m``         midrange(m)                   same
``TrimM:m``, ``TrimmedM:m``,          trimmed(m)                    same; theirs needs m >= 1, here
``TrimmeanM:m``                                                     m = 0 is the mean
``WinsorizedM:m``                     winsorized(m)                 as for TrimM
``Quantile:q``, ``QuantileHazen:q``   quantile(q)                   same
``QuantileWeibull:q``                 quantile(q, weibull)          same
``QuantileBlom:q``                    quantile(q, blom)             same
``TopQuantile:q`` and its variants    quantile(1−q), variants       same
``HarrellDavis:q``                    harrell_davis(q)              same, for 0 < q < 1
``GiniMeanDifference``, ``GMD``       gini                          same, for K >= 2
``LMoment:r``                         lmoment(r)                    same for r = 1; theirs is not
                                                                    the L-moment for r >= 2 (for
                                                                    r = 2 a quarter of it)
``LowerTailMean:q``                   cvar(q)                       theirs rounds the tail up to
                                                                    max(1, ⌈qK⌉) whole ranks (in
                                                                    floating point: q = 0.07 of 100
                                                                    is 8), ours has the mass q
                                                                    exactly: same where qK is an
                                                                    integer or below 1
``UpperTailMean:q``                   upper_cvar(q)                 as for LowerTailMean
``RangeLowerTailMean:lo:hi``          between(lo, hi)               theirs widens the range to whole
                                                                    ranks, ⌊lo·K⌋ to ⌈hi·K⌉, ours is
                                                                    exact: same where lo·K and hi·K
                                                                    are integers, or both in one
                                                                    rank's cell
``RangeUpperTailMean:lo:hi``          between(1−hi, 1−lo)           as for RangeLowerTailMean
``TrimmedMeanFrac:lo:hi``             between(1−hi, 1−lo)           as for RangeUpperTailMean: lo is
                                                                    cut off at the *top*, 1−hi at
                                                                    the bottom
===================================== ============================= ================================

Every preset has a spelling here. A real K is an error for all but ``ReMax`` and ``ReMin``.
"""

import re
from collections.abc import Callable
from fractions import Fraction

from ordergrad_ref.errors import InvalidInputError, UnknownObjectiveError, did_you_mean
from ordergrad_ref.objectives import named
from ordergrad_ref.objectives.exact_numbers import number, spell
from ordergrad_ref.objectives.lstatistic import LStatistic
from ordergrad_ref.objectives.quantiles import quantile
from ordergrad_ref.objectives.real_k import RealK

__all__ = ["from_ordergrad", "is_ordergrad"]


def _lower_range(lo: Fraction, hi: Fraction, k: int) -> LStatistic:
    if not 0 <= lo < hi <= 1:
        raise InvalidInputError(
            f"lo and hi: expected 0 <= lo < hi <= 1, got lo = {spell(lo)}, hi = {spell(hi)}"
        )
    return named.between(lo, hi, k)


def _upper_range(lo: Fraction, hi: Fraction, k: int) -> LStatistic:
    _lower_range(lo, hi, k)
    return named.between(1 - hi, 1 - lo, k)


def _quantile(position: str) -> Callable[[Fraction, int], LStatistic]:
    return lambda q, k: quantile(q, k, position)


def _top_quantile(position: str) -> Callable[[Fraction, int], LStatistic]:
    return lambda q, k: quantile(1 - q, k, position)


_Reading = tuple[str, tuple[str, ...], Callable[..., LStatistic]]

_READINGS: list[_Reading] = [
    ("ReMax", (), named.maximum),
    ("ReMin", (), named.minimum),
    ("Median", (), named.median),
    ("Rank", ("r",), named.rank),
    ("TopM", ("m",), named.top),
    ("BotM", ("m",), named.bottom),
    ("MidrangeM", ("m",), named.midrange),
    ("TopBot", ("m",), named.midrange),
    ("TrimM", ("m",), named.trimmed),
    ("TrimmedM", ("m",), named.trimmed),
    ("TrimmeanM", ("m",), named.trimmed),
    ("WinsorizedM", ("m",), named.winsorized),
    ("Quantile", ("q",), _quantile("hazen")),
    ("QuantileHazen", ("q",), _quantile("hazen")),
    ("QuantileWeibull", ("q",), _quantile("weibull")),
    ("QuantileBlom", ("q",), _quantile("blom")),
    ("TopQuantile", ("q",), _top_quantile("hazen")),
    ("TopQuantileHazen", ("q",), _top_quantile("hazen")),
    ("TopQuantileWeibull", ("q",), _top_quantile("weibull")),
    ("TopQuantileBlom", ("q",), _top_quantile("blom")),
    ("HarrellDavis", ("q",), named.harrell_davis),
    ("GiniMeanDifference", (), named.gini),
    ("GMD", (), named.gini),
    ("LMoment", ("r",), named.lmoment),
    ("LowerTailMean", ("q",), named.cvar),
    ("UpperTailMean", ("q",), named.upper_cvar),
    ("RangeLowerTailMean", ("lo", "hi"), _lower_range),
    ("RangeUpperTailMean", ("lo", "hi"), _upper_range),
    ("TrimmedMeanFrac", ("lo", "hi"), _upper_range),
]

_BY_KEY = {reading[0].lower(): reading for reading in _READINGS}
# Two misspellings that the OrderGrad package accepts too.
_BY_KEY["harreldavis"] = _BY_KEY["harrelldavis"]
_BY_KEY["windosrizedm"] = _BY_KEY["winsorizedm"]

_REAL_K = {"remax": "max", "remin": "min"}


def is_ordergrad(name: str) -> bool:
    """Return whether `name` is one of OrderGrad's, in any case."""
    return name.strip().lower() in _BY_KEY


def from_ordergrad(text: str, k: Fraction | None) -> LStatistic | RealK:
    """Return the objective that OrderGrad's spelling names; see the table above.

    Parameters
    ----------
    text
        ``"Name"``, ``"Name:number"`` or ``"Name:lo:hi"``.
    k
        The size K of the comparison set.

    Raises
    ------
    UnknownObjectiveError
        If OrderGrad has no such name.
    InvalidInputError
        If K is missing, written with ``@``, below 1 or not an integer, or an argument is missing or
        out of range.

    Examples
    --------
    >>> from ordergrad_ref.objectives import objective
    >>> objective("LowerTailMean:0.25", k=8)
    objective('cvar(0.25)@8')
    """
    key = re.split("[:@(]", text)[0].strip().lower()
    if key not in _BY_KEY:
        hint = did_you_mean(key, _BY_KEY, likeness=0.4, spelt=lambda near: _usage(_BY_KEY[near]))
        raise UnknownObjectiveError(
            f"objective: expected a name of OrderGrad's, got {text[:60]!r}{hint or ';'} Ours are written "
            "name(arg, ...)@K, such as 'top(2)@8'; docs/guides/objectives.md lists both"
        )
    name, parameters, constructor = _BY_KEY[key]
    usage = _usage(_BY_KEY[key])
    bare = text.partition("@")[0].strip()
    if k is None or "@" in text:
        raise InvalidInputError(
            f"objective: expected K apart from OrderGrad's spelling, as in objective({bare[:60]!r}, k=8), "
            f"got {text[:60]!r} and k = {k if k is None else spell(k)}"
        )
    if k < 1:
        raise InvalidInputError(f"k: expected K >= 1, got k = {spell(k)}")
    given = text.split(":")[1:]
    if "(" in text or len(given) != len(parameters):
        raise InvalidInputError(f"objective: expected {name} written as {usage!r}, got {text[:60]!r}")
    if k.denominator == 1:
        arguments = (number(part, p) for p, part in zip(parameters, given, strict=True))
        return constructor(*arguments, k=k.numerator)
    if key not in _REAL_K:
        raise InvalidInputError(
            f"k: expected an integer K for {name} (ReMax and ReMin alone take a real K), got k = {spell(k)}"
        )
    return RealK(_REAL_K[key], k)


def _usage(reading: _Reading) -> str:
    name, parameters, _ = reading
    return ":".join((name, *parameters))
