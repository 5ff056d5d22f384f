"""Which part of an answer is the advantages: of a tuple, a dict, a dataclass."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import TargetError, expected_one_of
from ordergrad_ref.targets.libraries import as_numpy

__all__ = ["NAMES", "chosen"]

Shape: TypeAlias = tuple[int, ...]

NAMES = ("advantages", "advantage", "advs", "adv")
PLACES = ("the first", "the second", "the third", "the fourth", "the fifth")


def chosen(
    answer: Any,
    shapes: tuple[Shape, ...],
    regroup: Callable[[NDArray[Any]], NDArray[Any]],
    table: NDArray[Any],
    output: int | str | None,
) -> tuple[Any, str]:
    """Choose the advantages of an answer, and say which part of it they are.

    What has the name ``advantages`` is taken by its name. Of a tuple without names, the first part that has
    the shape of advantages is, unless another part could be meant as well: it has the shape, differs within
    a group, and is neither equal to the first nor the rewards themselves. Of a dict without that name, the
    only entry that has the shape is. An answer with axes of length 1 besides, such as ``(N, 1)``, is read
    without them.

    Parameters
    ----------
    answer : object
        What the function returned.
    shapes : tuple of shapes
        The shapes that advantages may have.
    regroup : callable (array) -> (G, N) or (G, N, T) array
        Puts a part of one of these shapes into a table.
    table : (G, N) array
        The rewards.
    output : int or str, optional
        The part that was asked for.

    Returns
    -------
    advantages : object
        That part, or the answer itself.
    says : str
        Which part it is; empty for the answer itself.

    Raises
    ------
    TargetError
        If there is no such part, or it cannot be told which one is meant.
    """
    if output is not None:
        return _asked_for(answer, output)
    if type(answer) is np.ndarray and answer.shape in shapes:
        return answer, ""
    if (name := _name(answer)) is not None:
        return _named(answer)[name], f"its {name!r} are taken"
    if isinstance(answer, Iterator):
        answer = list(answer)
    if isinstance(answer, Mapping):
        fits = [key for key, part in answer.items() if _shape(part) in shapes]
        if len(fits) == 1:
            return answer[fits[0]], f"its {fits[0]!r} are taken"
        names = ", ".join(map(repr, answer))
        raise TargetError(
            f"output: expected advantages in the answer, got a dict of {names}; {_choose('NAME')}"
        )
    shape = _shape(answer)
    if shape not in shapes and (fit := _without_ones(shape, shapes)) is not None:
        array = answer if hasattr(answer, "reshape") else as_numpy(answer)
        return array.reshape(fit), f"its answer of shape {shape} is read as {fit}"
    if not isinstance(answer, tuple | list) or not answer or shape in shapes:
        return answer, ""
    fitting = [place for place, part in enumerate(answer) if _shape(part) in shapes]
    if not fitting:
        return answer, ""
    first, *others = fitting
    tables = {place: np.asarray(regroup(as_numpy(answer[place]))) for place in fitting}
    for other in others:
        if _as_plausible(tables[other], tables[first], table):
            raise TargetError(
                f"output: expected advantages, got a {type(answer).__name__} of {len(answer)} whose "
                f"parts {first} and {other}, counted from 0, could both be them; {_choose(first)}"
            )
    return answer[first], f"{_place(first)} of a {type(answer).__name__} of {len(answer)} is taken"


def _asked_for(answer: Any, output: int | str) -> tuple[Any, str]:
    if isinstance(output, str):
        parts = _named(answer)
        if output not in parts:
            raise TargetError(f"output: {expected_one_of(list(map(str, parts)), output)}")
        return parts[output], f"its {output!r} are taken"
    if not isinstance(answer, tuple | list):
        raise TargetError(f"output: expected a tuple that has a part {output}, got {type(answer).__name__}")
    try:
        part = answer[output]
    except IndexError:
        raise TargetError(
            f"output: expected a part of a tuple of {len(answer)}, counted from 0, got {output}"
        ) from None
    return part, f"{_place(output)} of a {type(answer).__name__} of {len(answer)} is taken"


def _name(answer: Any) -> str | None:
    names = _named(answer)
    return next((name for name in NAMES if name in names), None)


def _named(answer: Any) -> Mapping[Any, Any]:
    """Give the parts of a dict, a named tuple, a dataclass or a plain object by their names."""
    if isinstance(answer, Mapping):
        return answer
    if isinstance(answer, tuple):
        return dict(zip(getattr(answer, "_fields", ()), answer, strict=False))
    if hasattr(answer, "shape") or hasattr(answer, "__array__"):
        return {}  # an array, or a frame whose columns are no parts
    return getattr(answer, "__dict__", {})


def _without_ones(shape: Shape | None, shapes: tuple[Shape, ...]) -> Shape | None:
    """Find the shape that is the same but for axes of length 1, if there are rewards along some other."""
    lengths = tuple(length for length in shape or () if length != 1)
    fits = (s for s in shapes if tuple(length for length in s if length != 1) == lengths)
    return next(fits, None) if lengths else None


def _as_plausible(other: NDArray[Any], first: NDArray[Any], table: NDArray[Any]) -> bool:
    if other.dtype.kind not in "fiu" or np.array_equal(other, first):
        return False
    flat = other if other.ndim == 2 else other[..., 0]
    return bool((np.ptp(flat, axis=1) > 0).any()) and not np.array_equal(flat, table)


def _shape(part: Any) -> Shape | None:
    try:
        return as_numpy(part).shape
    except Exception:  # whatever NumPy makes of a ragged list, or of what is no number at all
        return None


def _place(place: int) -> str:
    return PLACES[place] if 0 <= place < len(PLACES) else f"part {place}"


def _choose(output: int | str) -> str:
    return f"choose with --output {output}, or adapt(..., output={output!r})"
