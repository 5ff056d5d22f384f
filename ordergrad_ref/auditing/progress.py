"""How far an audit has come, step by step."""

from types import TracebackType
from typing import Self

from ordergrad_ref._progress import Bar

__all__ = ["Progress"]


class Progress:
    """Steps of known number, and how many groups the function has answered in each; shown if it takes long.

    Examples
    --------
    >>> with Progress(total=2) as progress:
    ...     progress.step("one thing")
    ...     progress.called(64)
    ...     progress.step("another")
    """

    def __init__(self, total: int) -> None:
        self._bar = Bar("steps", total=total)
        self._steps, self._groups = 0, 0
        self._label = ""

    def __enter__(self) -> Self:
        """Start the clock."""
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Erase the bar, and stop the clock."""
        self._bar.__exit__(kind, error, trace)

    def step(self, label: str) -> None:
        """Begin the next step."""
        self._bar.done, self._bar.label = self._steps, label
        self._steps += 1
        self._label, self._groups = label, 0

    def called(self, groups: int) -> None:
        """Count groups that the function has answered in this step."""
        self._groups += groups
        self._bar.label = f"{self._label}, {self._groups} groups"
