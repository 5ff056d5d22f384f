"""What was sampled: rewards, and beside them scores that select and a mask of those that count."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array, NanPolicy
from ordergrad_ref.arrays.dtypes import as_fractions, as_numbers, is_masked
from ordergrad_ref.errors import InvalidInputError

__all__ = ["NOTHING", "Beside", "Samples", "mask_of", "ranks_of", "read", "scores_of"]


class Beside(NamedTuple):
    """What the caller gave beside the rewards: arrays of their shape, of any library, or None.

    Attributes
    ----------
    by : array
        A score for each reward; the order is that of the scores. Spec eq. (75).
    where : array of booleans
        Which rewards count. Spec eq. (78).
    """

    by: Any = None
    where: Any = None

    def __bool__(self) -> bool:
        """Tell whether there is anything; an array that is there is not asked whether it is true."""
        return self.by is not None or self.where is not None


NOTHING = Beside()


class Samples(NamedTuple):
    """The rewards, in the numbers to compute in; the dtype of the answer; scores; and which rewards count."""

    rewards: Array
    dtype: Any
    scores: Array | None
    counts: Array | None


def read(rewards: ArrayLike, beside: Beside, nan_policy: NanPolicy, *, keep_float32: bool) -> Samples:
    """Read the rewards and what is beside them. Where all rewards count, ``counts`` is None."""
    omit = nan_policy == "omit"
    if not beside and not omit:
        return Samples(*as_numbers(rewards, "rewards", keep_float32=keep_float32), None, None)
    counts = None if beside.where is None else mask_of(beside.where)
    x, dtype = as_numbers(_exact(rewards, counts, omit), "rewards", keep_float32=keep_float32)
    if counts is not None:
        _same_shape(counts, x, "where", "True or False for each reward")
    scores = None if beside.by is None else scores_of(_exact(beside.by, counts, omit))
    if scores is not None:
        _same_shape(scores, x, "by", "a score for each reward")
    if omit:
        counts = np.ones(x.shape, dtype=bool) if counts is None else counts
        for given, numbers in ((rewards, x), (beside.by, scores)):
            if numbers is not None:
                counts = counts & ~_missing(given, numbers)
    return Samples(x, dtype, scores, None if counts is None or counts.all() else counts)


def mask_of(where: Any) -> Array:
    """Read a mask: True for the rewards that count."""
    mask = _array(where, "where", "booleans, True for the rewards that count")
    if mask.dtype != bool:
        raise InvalidInputError(
            f"where: expected booleans, True for the rewards that count, got dtype {mask.dtype}; "
            "compare first, such as where=mask != 0"
        )
    return mask


def scores_of(by: Any) -> Array:
    """Read scores as they are, for nothing but their order matters."""
    scores = _array(by, "by", "numbers, a score for each reward")
    if scores.dtype == object:
        return as_fractions(scores, "by")
    if scores.dtype.name == "bfloat16":
        return scores.astype(np.float32)
    if scores.dtype.kind not in "biuf":
        raise InvalidInputError(
            f"by: expected real numbers, a score for each reward, got dtype {scores.dtype}"
        )
    return scores


def ranks_of(scores: Array) -> Array:
    """Number scores in ascending order, equal ones alike: integers that any library holds; NaN stays."""
    ranks = np.unique(scores, return_inverse=True)[1].reshape(scores.shape)
    unordered = np.isnan(scores) if scores.dtype.kind == "f" else np.zeros(scores.shape, dtype=bool)
    return np.where(unordered, np.nan, ranks) if unordered.any() else ranks


def _exact(given: Any, counts: Array | None, omit: bool) -> Any:
    """Put zeros for what does not count among exact rationals, which have no NaN."""
    array = _objects(given)
    if array is None:
        return given
    out = _nan_among(array) if omit else np.zeros(array.shape, dtype=bool)
    if counts is not None and counts.shape == array.shape:
        out |= ~counts
    exact = array.copy()
    exact[out] = 0
    return exact


def _missing(given: Any, numbers: Array) -> Array:
    """Tell which numbers are NaN; among exact rationals, which were."""
    array = _objects(given)
    return np.asarray(np.isnan(numbers)) if array is None else _nan_among(array)


def _objects(given: Any) -> Array | None:
    """See what is given as an array of objects, if NumPy does; what is no array is refused elsewhere."""
    try:
        array = np.asarray(given)
    except Exception:  # whatever an object that claims to be an array raises
        return None
    return array if array.dtype == object else None


def _nan_among(objects: Array) -> Array:
    nan = [isinstance(x, float | np.floating) and x != x for x in objects.ravel()]
    return np.array(nan, dtype=bool).reshape(objects.shape)


def _array(x: Any, name: str, what: str) -> Array:
    if is_masked(x):
        raise InvalidInputError(f"{name}: expected a plain array, got a masked one; fill it first")
    try:
        return np.asarray(x)
    except Exception as error:  # whatever an object that claims to be an array raises
        raise InvalidInputError(f"{name}: expected {what}, got a {type(x).__name__} ({error})") from error


def _same_shape(array: Array, x: Array, name: str, what: str) -> None:
    if array.shape != x.shape:
        raise InvalidInputError(f"{name}: expected {what}, of shape {x.shape}, got shape {array.shape}")
