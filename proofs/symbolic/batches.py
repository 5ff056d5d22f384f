"""Batches of symbolic rewards: the definitions of section 3 and expectations under symbolic probabilities.

A batch is a tuple of atoms 0 … m−1; atom b has the reward ``rewards[b]``, and rewards ascend with the atom.
Rewards, probabilities and rank weights are polynomials (of `sympy.polys.rings`, for speed), so that an
identity of two results is one for all of them. Everything is enumerated, as the definitions say.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, product
from typing import Any

import sympy
from sympy import QQ
from sympy.polys.rings import PolyElement, ring

__all__ = [
    "expectation",
    "gradient_of",
    "include_one",
    "l_statistic",
    "leave_one_out",
    "maximum",
    "mean",
    "objective",
    "one_for_each",
    "score_gradient",
    "simplex",
    "symbolic",
    "value",
]

Batch = tuple[int, ...]
Numbers = Sequence[Any]


def symbolic(names: str) -> Any:
    """Symbols of a polynomial ring over the rationals, in the order of their names."""
    return ring(names.split(), QQ)[1:]


def one_for_each(keys: Iterable[Batch], more: str = "") -> tuple[dict[Batch, Any], list[Any]]:
    """Give a symbol to each key, as ``T`` of each subset, and to each further name, of one ring."""
    keys, names = list(keys), more.split()
    found = symbolic(" ".join([*names, *("T_" + "_".join(map(str, key)) for key in keys)]))
    return dict(zip(keys, found[len(names) :], strict=True)), list(found[: len(names)])


def simplex(p: Numbers) -> list[Any]:
    """Complete probabilities by ``1 − Σ p``."""
    return [*p, 1 - sum(p)]


def maximum(k: int) -> list[int]:
    """Rank weights of max@K."""
    return [0] * (k - 1) + [1]


def l_statistic(atoms: Iterable[int], alpha: Numbers, rewards: Numbers) -> Any:
    """``T = Σ_j α_j x_(j)``."""
    return sum(a * rewards[b] for a, b in zip(alpha, sorted(atoms), strict=True))


def mean(numbers: Iterable[Any]) -> Any:
    """The arithmetic mean."""
    numbers = list(numbers)
    return sum(numbers) * QQ(1, len(numbers))


def value(batch: Batch, alpha: Numbers, rewards: Numbers) -> Any:
    """``v``: the mean of ``T(S)`` over the subsets of K."""
    return mean(l_statistic(s, alpha, rewards) for s in combinations(batch, len(alpha)))


def include_one(batch: Batch, i: int, alpha: Numbers, rewards: Numbers) -> Any:
    """``q_i``: the mean of ``T(S)`` over the subsets that contain i."""
    others = batch[:i] + batch[i + 1 :]
    return mean(l_statistic((batch[i], *s), alpha, rewards) for s in combinations(others, len(alpha) - 1))


def leave_one_out(batch: Batch, i: int, alpha: Numbers, rewards: Numbers) -> Any:
    """``v^(−i)``: the mean of ``T(S)`` over the subsets that do not contain i."""
    return value(batch[:i] + batch[i + 1 :], alpha, rewards)


def expectation(p: Numbers, size: int, f: Callable[[Batch], Any]) -> Any:
    """``E[f(x_1 … x_N)]``: the sum over all ``m**N`` tuples."""
    return sum(probability(p, batch) * f(batch) for batch in product(range(len(p)), repeat=size))


def probability(p: Numbers, atoms: Iterable[int]) -> Any:
    """``Π p(x_i)``."""
    return sympy.prod([p[b] for b in atoms], start=p[0] ** 0)


def objective(p: Numbers, alpha: Numbers, rewards: Numbers) -> Any:
    """``J(p) = E[T(X_1 … X_K)]``, a homogeneous polynomial in p."""
    return expectation(p, len(alpha), lambda atoms: l_statistic(atoms, alpha, rewards))


def score_gradient(p: Numbers, size: int, weights: Callable[[Batch], Numbers], atom: int) -> Any:
    """``E[Σ_i w_i ∂log p(x_i)/∂p_b]``, with the last probability being one minus the others."""
    last = len(p) - 1
    total = p[0] * 0
    for batch in product(range(len(p)), repeat=size):
        if atom not in batch and last not in batch:
            continue
        w = weights(batch)
        for i, b in enumerate(batch):
            if b in (atom, last):
                others = probability(p, batch[:i] + batch[i + 1 :])
                total += w[i] * others * (1 if b == atom else -1)
    return total


def gradient_of(j: PolyElement, p: PolyElement) -> PolyElement:
    """``∂J/∂p_b`` by differentiation of a polynomial."""
    return j.diff(p)
