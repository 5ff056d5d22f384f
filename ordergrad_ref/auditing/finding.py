"""What was found of one property: whether it holds, how badly it is violated, and what is right there."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from ordergrad_ref.auditing.decisions.rationals import written

__all__ = ["Batch", "Column", "Finding", "Lesson"]

MOST_ROWS = 16
"""The most samples that a lesson prints, those counted once that are alike in everything."""


@dataclass(frozen=True)
class Batch:
    """A batch of rewards, as exact rationals in text, and what the function answered.

    Attributes
    ----------
    rewards : tuple of N str
        Such as ``"1/4"``.
    advantages : tuple of N floats
        The function's answer.
    """

    rewards: tuple[str, ...]
    advantages: tuple[float, ...]


@dataclass(frozen=True)
class Column:
    """One number for each sample, under a heading.

    Attributes
    ----------
    label : str
        Such as ``"reward"``, ``"came"`` or ``"must be"``.
    numbers : tuple of Fractions and floats
        Rewards are exact, answers are floats.
    """

    label: str
    numbers: tuple[Fraction | float, ...]

    def texts(self) -> list[str]:
        """Print fractions by `written`, floats to four digits; what is left by rounding is a zero."""
        largest = max((abs(x) for x in self.numbers if isinstance(x, float)), default=0.0)
        return [
            written(x) if isinstance(x, Fraction) else f"{x if abs(x) > 1e-12 * largest else 0.0:.4g}"
            for x in self.numbers
        ]


@dataclass(frozen=True)
class Lesson:
    """A broken property on the smallest batch that breaks it, with the right answer beside the wrong one.

    Attributes
    ----------
    says : str
        What came, and what the law demands.
    columns : tuple of Columns
        The rewards, what came, and what is right: one row for each sample.
    """

    says: str
    columns: tuple[Column, ...]

    def rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield the rows in text, each with how many samples in a row it stands for."""
        rows = zip(*(column.texts() for column in self.columns), strict=True)
        for row, alike in groupby(rows):
            yield len(list(alike)), row

    def __str__(self) -> str:
        """Say it, and lay out the rows; samples that are alike in everything share one.

        Examples
        --------
        >>> print(Lesson("No.", (Column("reward", (Fraction(1), Fraction(1))), Column("came", (0.5, 0.5)))))
        No.
          samples  reward  came
              2 ×       1   0.5
        """
        rows = list(self.rows())
        cells = [("samples", *(column.label for column in self.columns))]
        cells += [(f"{count} ×", *row) for count, row in rows[:MOST_ROWS]]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  " + "  ".join(map(str.rjust, row, widths)) for row in cells]
        more = [f"  and {sum(count for count, _ in rows[MOST_ROWS:])} more"] if len(rows) > MOST_ROWS else []
        return "\n".join([self.says, *lines, *more])


@dataclass(frozen=True)
class Finding:
    """What was found of one property.

    Attributes
    ----------
    name : str
        The property, such as ``"shift_invariant"``.
    holds : bool or None
        The verdict; ``None`` where it does not apply, was not finished, or is not decided.
    says : str
        The verdict in words.
    equation : int
        The property's equation in the specification.
    violation : float or None
        The largest violation, relative to the largest advantage; ``None`` where nothing is measured.
    batch : Batch or None
        Where it is violated most; ``None`` where it holds.
    lesson : Lesson or None
        The smallest batch that violates it, beside what is right; ``None`` where it holds.
    """

    name: str
    holds: bool | None
    says: str
    equation: int
    violation: float | None = None
    batch: Batch | None = None
    lesson: Lesson | None = None
