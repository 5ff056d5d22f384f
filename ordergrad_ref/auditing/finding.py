"""What was found of one property: whether it holds, how badly it is violated, and where."""

from dataclasses import dataclass

__all__ = ["Batch", "Finding"]


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
    """

    name: str
    holds: bool | None
    says: str
    equation: int
    violation: float | None = None
    batch: Batch | None = None
