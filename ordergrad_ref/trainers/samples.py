"""Samples that are more than a reward: answers have lengths, and a loss treats them by both.

A *type* is a reward and a length in tokens. Weights on log-probabilities are arrays ``(N, T)``: a row for
each answer, a column for each of its tokens, zero behind its end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement, product
from operator import index
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.errors import InvalidInputError

__all__ = ["FEW", "TYPES", "Batch", "ByType", "Sample", "Weigh", "gathered", "long_types", "samples_of"]


class Sample(NamedTuple):
    """The type of an answer: its reward and how many tokens it has."""

    reward: Fraction
    length: int


Batch: TypeAlias = Sequence[Sample]
Weigh: TypeAlias = Callable[[Batch], Floats]
"""From a batch of N types to the weights ``(N, T)`` on the log-probabilities of their tokens."""

TYPES = tuple(Sample(Fraction(r), length) for r, length in ((-2, 1), (0, 2), ("1/2", 1), ("1/2", 3), (4, 2)))
"""Rewards of either sign, their gaps distinct; one reward occurs with two lengths."""

FEW = tuple(Sample(Fraction(r), length) for r, length in ((0, 1), (1, 2), (3, 1)))
"""Types on which a constant is read off at other sizes."""

MOST_TOKENS = 256
"""The longest answer of a type: what depends on lengths shows at two or three tokens."""

MOST_ORDERS = 2048
"""The most arrangements on which weights are asked for; beyond, each batch is tried in three orders."""


@dataclass(frozen=True)
class ByType:
    """The mean weights of each type in each batch.

    Attributes
    ----------
    types : tuple of Samples
        The m types.
    n : int
        Group size N.
    mean : dict
        For each multiset of N types, as ascending indices, and each type b in it, the mean weights ``(T,)``
        of an answer of type b, over all orders that were tried.
    largest : float
        The largest absolute weight.
    padding : float
        The largest absolute weight behind the end of an answer.
    by_order : float
        The largest difference that the order of a batch makes to a type's weights.
    every_order : bool
        Whether all orders were tried.
    """

    types: tuple[Sample, ...]
    n: int
    mean: dict[tuple[tuple[int, ...], int], Floats]
    largest: float
    padding: float
    by_order: float
    every_order: bool


def gathered(weigh: Weigh, types: Sequence[Sample], n: int, *, few_orders: bool = False) -> ByType:
    """Ask for the weights of all batches of n types, in all orders or in three. Spec eq. (98).

    Parameters
    ----------
    weigh : callable
        From a batch to its weights.
    types : sequence of Samples
        The types.
    n : int
        Group size N.
    few_orders : bool
        Whether three orders are enough, since the order is known to change nothing.

    Raises
    ------
    InvalidInputError
        Where there are too many batches.
    """
    types = tuple(types)
    every = not few_orders and len(types) ** n <= MOST_ORDERS
    multisets = list(combinations_with_replacement(range(len(types)), n))
    if len(multisets) > MOST_ORDERS:
        raise InvalidInputError(
            f"types: expected fewer for groups of n = {n}, got {len(types)}, which make "
            f"{len(multisets)} batches; pass fewer types"
        )
    orders = product(range(len(types)), repeat=n) if every else _three_orders(multisets)
    total: dict[tuple[tuple[int, ...], int], list[Floats]] = {}
    largest = padding = 0.0
    for order in orders:
        weights = weigh([types[b] for b in order])
        largest = max(largest, float(abs(weights).max()))
        multiset = tuple(sorted(order))
        for b, w in zip(order, weights, strict=True):
            padding = max(padding, float(abs(w[types[b].length :]).max(initial=0.0)))
            total.setdefault((multiset, b), []).append(w)
    stacks = {key: np.array(rows) for key, rows in total.items()}
    by_order = max(float(np.ptp(rows, axis=0).max()) for rows in stacks.values())
    mean = {key: rows[0] + (rows - rows[0]).mean(axis=0) for key, rows in stacks.items()}
    return ByType(types, n, mean, largest, padding, by_order, every)


def long_types(length: int) -> tuple[Sample, ...]:
    """Types as `FEW`, of answers as long as they may be and one token less."""
    return tuple(Sample(s.reward, length + 1 - s.length) for s in FEW)


def samples_of(types: Sequence[tuple[Any, int]]) -> tuple[Sample, ...]:
    """Read types as a caller gives them: pairs of a reward and a length.

    Raises
    ------
    InvalidInputError
        Where they are no such pairs, or fewer than two.
    """
    try:
        found = tuple(Sample(Fraction(r), index(length)) for r, length in types)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError(
            f"types: expected pairs of a finite reward and a length, got {types!r:.80} ({error})"
        ) from None
    if len(set(found)) < 2 or not all(1 <= s.length <= MOST_TOKENS for s in found):
        raise InvalidInputError(
            f"types: expected two or more different ones, of lengths from 1 to {MOST_TOKENS}, "
            f"got {types!r:.80}"
        )
    return tuple(dict.fromkeys(found))


def _three_orders(multisets: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Each batch ascending, descending, and dealt out to two halves."""
    return [order for m in multisets for order in dict.fromkeys((m, m[::-1], m[::2] + m[1::2]))]
