"""Pictures from the JSON form of a report: bias against the policy, variance against K and N.

A picture is geometry and words; the page's template draws it as SVG, in the page's own colours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, log10
from typing import Any

__all__ = ["Axis", "Frame", "Picture", "bias_pictures", "frames", "variance_pictures"]

Data = dict[str, Any]

WIDTH, HEIGHT = 340, 230
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 14, 44
DECADES = 8.0
TOGETHER = 6
"""Lines that a frame holds, each of its own dashes and colour."""
USUAL_PROBLEM = "sparse binary"


@dataclass(frozen=True)
class Axis:
    """A scale from numbers to pixels, linear or logarithmic.

    Examples
    --------
    >>> axis = Axis("p", 0, 1, (0, 0.5, 1), start=50, end=150)
    >>> axis.at(0.25)
    75.0
    """

    label: str
    low: float
    high: float
    ticks: tuple[float, ...]
    start: float
    end: float
    log: bool = False

    def at(self, x: float) -> float:
        """Give the pixel of a number."""
        low, high, x = (log10(v) if self.log else v for v in (self.low, self.high, x))
        return round(self.start + (x - low) / (high - low) * (self.end - self.start), 2)


@dataclass(frozen=True)
class Picture:
    """One line in a frame, with what it says in words and the numbers it is drawn from.

    Attributes
    ----------
    target : str
        Whose it is.
    title, description : str
        What it shows.
    x, y : Axis
        The frame.
    points : tuple of pairs of floats
        The line.
    rows : tuple of pairs
        The same as a table: the step in text, and the number as the report has it.
    reference : float or None
        A level to compare with.
    marked : bool
        Whether each point was computed for itself, and the line only leads the eye.
    linear : bool
        Whether the scale of y starts at zero whatever the numbers are.
    """

    target: str
    title: str
    description: str
    x: Axis
    y: Axis
    points: tuple[tuple[float, float], ...]
    rows: tuple[tuple[str, Any], ...]
    reference: float | None = None
    marked: bool = False
    linear: bool = False
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def level(self) -> bool:
        """Whether the line is the reference itself."""
        return all(y == self.reference for _, y in self.points)

    @property
    def path(self) -> str:
        """The points of an SVG polyline."""
        return " ".join(f"{self.x.at(x)},{self.y.at(y)}" for x, y in self.points)


@dataclass(frozen=True)
class Frame:
    """Pictures of several functions on common axes; of one alone, on its own."""

    lines: tuple[Picture, ...]

    @property
    def first(self) -> Picture:
        """Any of them: the frame is the same."""
        return self.lines[0]

    @property
    def targets(self) -> str:
        """Whose lines they are."""
        return ", ".join(line.target for line in self.lines)


def frames(pictures: Sequence[Picture]) -> list[Frame]:
    """Put pictures of the same thing on common axes, at most `TOGETHER` of them."""
    alike: dict[tuple[str, str, str], list[Picture]] = {}
    for p in pictures:
        alike.setdefault((p.title, p.x.label, p.y.label), []).append(p)
    return [
        Frame(_on_common_axes(some[start : start + TOGETHER]))
        for some in alike.values()
        for start in range(0, len(some), TOGETHER)
    ]


def _on_common_axes(pictures: Sequence[Picture]) -> tuple[Picture, ...]:
    first = pictures[0]
    steps = tuple(sorted({t for p in pictures for t in p.x.ticks}))
    x = replace(first.x, low=steps[0], high=steps[-1], ticks=steps)
    levels = [p.reference for p in pictures if p.reference is not None]
    numbers = [*levels, *(y for p in pictures for _, y in p.points), *([0.0, 1.0] if first.linear else [])]
    y = _vertical(first.y.label, numbers, linear=first.linear)
    reference = levels[0] if levels else None
    return tuple(replace(p, x=x, y=y, reference=reference) for p in pictures)


def bias_pictures(report: Data) -> list[Picture]:
    """Draw a biased estimator's constant on two rewards, and its angle on all. Spec eqs. (61), (66)."""
    pictures = []
    for size in sorted({len(p["rewards"]) for p in report["sweep"]}):
        line = [p for p in report["sweep"] if len(p["rewards"]) == size]
        rewards = ", ".join(line[0]["rewards"])
        p_of = f"p, the probability of reward {line[0]['rewards'][-1]}"
        if size == 2:
            pictures.append(_constants(report["target"], line, rewards, p_of))
        else:
            pictures.append(_angles(report["target"], line, rewards, p_of))
    return pictures


def variance_pictures(report: Data) -> list[Picture]:
    """Draw the ratio to the canonical variance against K, and against N. Spec eq. (66)."""
    return [
        picture
        for along, fixed, value in (("K", "N", report["n"]), ("N", "K", report["objective"]["k"]))
        if (picture := _ratios(report, along, fixed, value)) is not None
    ]


def _constants(target: str, line: Sequence[Data], rewards: str, p_of: str) -> Picture:
    constants = [p["constant"] for p in line]
    signs = "never" if all(c > 0 for c in constants) else "somewhere"
    return Picture(
        target,
        f"Length, on rewards {rewards}",
        f"The constant c(p) of {target}: from {min(constants):.4g} to {max(constants):.4g}, "
        f"{signs} zero or negative. For an unbiased estimator the line is flat.",
        _horizontal(p_of, 0, 1, (0, 0.25, 0.5, 0.75, 1)),
        _vertical("c(p)", constants),
        tuple((_p(p), p["constant"]) for p in line),
        tuple((p["probabilities"][-1], p["constant"]) for p in line),
        reference=None if signs == "never" else 0.0,
    )


def _angles(target: str, line: Sequence[Data], rewards: str, p_of: str) -> Picture:
    angles = [p["angle"] for p in line]
    worst = max(line, key=lambda p: p["angle"])
    return Picture(
        target,
        f"Direction, on rewards {rewards}",
        f"The angle between the expected gradient of {target} and the true one: at most "
        f"{worst['angle']:.4g} degrees here, at p = {worst['probabilities'][-1]}; the other rewards are "
        "equally likely. For an unbiased estimator it is zero.",
        _horizontal(p_of, 0, 1, (0, 0.25, 0.5, 0.75, 1)),
        _vertical("angle to ∇J, degrees", [0.0, 1.0, *angles], linear=True),
        tuple((_p(p), p["angle"]) for p in line),
        tuple((p["probabilities"][-1], p["angle"]) for p in line),
        reference=0.0,
        linear=True,
    )


def _ratios(report: Data, along: str, fixed: str, value: int) -> Picture | None:
    """One problem, rewards as they are, everything fixed but N or K; at least two points."""
    held = [
        v
        for v in report["variances"]
        if v[fixed.lower()] == value and v["offset"] == "0" and _in_range(v["ratio"])
    ]
    problems = dict.fromkeys(v["problem"] for v in held)
    chosen = USUAL_PROBLEM if USUAL_PROBLEM in problems else next(iter(problems), None)
    line = {v[along.lower()]: v for v in held if v["problem"] == chosen}
    if len(line) < 2:
        return None
    steps = sorted(line)
    ratios = [float(line[s]["ratio"]["approximate"]) for s in steps]
    bought = "" if report["constant"] else " It is biased: a ratio below one is bought with bias."
    return Picture(
        report["target"],
        f"{fixed} = {value}, {chosen}",
        f"The variance of {report['target']} as an estimator of ∇J, divided by the canonical one's, "
        f"from {min(ratios):.4g} to {max(ratios):.4g}.{bought}",
        _horizontal(along, steps[0], steps[-1], tuple(steps), log=True),
        _vertical("variance / canonical", [1.0, *ratios]),
        tuple(zip(steps, ratios, strict=True)),
        tuple((str(s), line[s]["ratio"]) for s in steps),
        reference=1.0,
        marked=True,
    )


def _in_range(x: Data | None) -> bool:
    return x is not None and x["approximate"] is not None


def _p(policy: Data) -> float:
    return float(Fraction(policy["probabilities"][-1]))


def _horizontal(label: str, low: float, high: float, ticks: tuple[float, ...], log: bool = False) -> Axis:
    return Axis(label, low, high, ticks, LEFT, WIDTH - RIGHT, log)


def _vertical(label: str, values: Sequence[float], linear: bool = False) -> Axis:
    """Frame the values between ticks: powers of ten, or 1, 2, 5 of them, where they span a factor of five."""
    low, high = min(values), max(values)
    log = not linear and low > 0 and high > 5 * low
    ticks = _log_ticks(low, high) if log else _linear_ticks(low, high)
    return Axis(label, ticks[0], ticks[-1], ticks, HEIGHT - BOTTOM, TOP, log)


def _linear_ticks(low: float, high: float) -> tuple[float, ...]:
    """Round steps that cover from low to high.

    Examples
    --------
    >>> _linear_ticks(0, 5.05)
    (0.0, 2.0, 4.0, 6.0)
    """
    if high - low < 1e-6 * max(abs(low), abs(high), 1e-300):
        low, high = (0.0, 2 * high) if high > 0 else (2 * low - 1, 0.0)
    step = _round_up((high - low) / 4, (1, 2, 2.5, 5, 10))
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return tuple(float(f"{i * step:.12g}") for i in range(first, last + 1))


def _log_ticks(low: float, high: float) -> tuple[float, ...]:
    """Powers of ten, or 1, 2, 5 of them, that cover from low to high.

    Examples
    --------
    >>> _log_ticks(0.35, 4.6)
    (0.2, 0.5, 1.0, 2.0, 5.0)
    """
    first, last = floor(log10(low)), ceil(log10(high))
    steps: tuple[int, ...] = (1, 2, 5) if last - first <= 2 else (1,)
    every = ceil((last - first) / DECADES)
    ticks = [float(f"{s}e{e}") for e in range(first, last + every, every) for s in steps]
    start = max(i for i, t in enumerate(ticks) if t <= low * (1 + 1e-9))
    end = min(i for i, t in enumerate(ticks) if t >= high * (1 - 1e-9))
    return tuple(ticks[start : end + 1])


def _round_up(x: float, steps: Sequence[float]) -> float:
    power: float = 10.0 ** floor(log10(x))
    return next(s * power for s in steps if s * power >= x * (1 - 1e-9))
