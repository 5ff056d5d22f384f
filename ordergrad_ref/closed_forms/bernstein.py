"""Weighted averages of the rank weights: over a hypergeometric distribution and over a binomial one.

Both are evaluated outward from the distribution's mode by the ratio of neighbouring probabilities, and
divided by the sum of the very terms that were used. Nothing overflows at any size, and a factor common to
all terms never has to be computed.
"""

from collections.abc import Callable
from math import sqrt
from typing import TypeAlias

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.closed_forms.rounding import running_product, running_sum

__all__ = [
    "average_work",
    "binomial_average",
    "hypergeometric_average",
    "hypergeometric_spikes",
    "hypergeometric_steps",
    "negligible_term",
    "place_of_rank",
]

Ratio: TypeAlias = Callable[[Floats], Floats]

NEGLIGIBLE = 1e-18
"""Terms are left out from this fraction of the largest on: a hundredth of u; the next are smaller still."""

ALL_TERMS_UP_TO_K = 1024
"""Up to this K no term is left out: it may be the only one with a rank weight, and all cost little."""

RANKS_AT_ONCE = 2**12
"""Ranks averaged at once: the ten or so arrays of a step, of 32 KiB each, stay in the second-level cache."""


def hypergeometric_average(alpha: Floats, n: int) -> Floats:
    """``e_t = Σ_j α_j C(t−1, j−1) C(n−t, K−j) / C(n−1, K−1)`` for ``t = 1 … n``. Spec eq. (22)."""
    k = len(alpha)

    def some(t: Floats) -> Floats:
        below, above = t - 1, n - t - k + 1
        return _average_outward(
            alpha,
            np.floor(k * t / (n + 1)),
            up=lambda j: (below - j) * (k - 1 - j) / ((j + 1) * (above + 1 + j)),
            down=lambda j: j * (above + j) / ((t - j) * (k - j)),
        )

    return _in_chunks(some, np.arange(1.0, n + 1.0))


def average_work(n: int, k: int) -> float:
    """Estimate the steps that `hypergeometric_average` takes: for each rank, terms up to the negligible."""
    if k <= ALL_TERMS_UP_TO_K:
        return 2.0 * n * k
    deviation = sqrt((k - 1) * max(n - k, 0) / (4 * max(n - 2, 1)))  # of the hypergeometric, at most
    return n * min(2.0 * k, 20 * deviation + 100)


def hypergeometric_spikes(alpha: Floats, n: int) -> Floats:
    """The same, rank by rank: ``e_t = (n/K) Σ_j α_j P_j(t)``, where few of the ``α_j`` are not zero.

    ``P_j(t) = C(t−1, j−1) C(n−t, K−j) / C(n, K)`` is the chance that the j-th smallest of K samples out of
    n is the t-th smallest of all.
    """
    k = len(alpha)
    e = np.zeros(n)
    for j in 1 + np.flatnonzero(alpha):
        e += alpha[j - 1] * place_of_rank(int(j), n, k)
    return e * (n / k)


def hypergeometric_steps(alpha: Floats, n: int) -> Floats:
    """The same, jump by jump: ``e_(t+1) − e_t = Σ_j (α_(j+1) − α_j) P_j(t)``, where ``α`` has few jumps.

    Degree elevation commutes with differences, which lowers n and K by one in ``P_j``. Stretches of ``α``
    between zeros are elevated apart, and each is added up from whichever end is nearer: where ``e`` nearly
    vanishes it keeps its relative precision.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], alpha != 0, [False]])))
    e = np.zeros(n)
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        stretch = np.zeros_like(alpha)
        stretch[first:end] = alpha[first:end]
        e += _stretch(stretch, n)
    return e


def _stretch(alpha: Floats, n: int) -> Floats:
    step = np.zeros(n - 1)
    for j in np.flatnonzero(np.diff(alpha)) + 1:
        step += (alpha[j] - alpha[j - 1]) * place_of_rank(int(j), n - 1, len(alpha) - 1)
    from_left = alpha[0] + np.append(0.0, running_sum(step))
    from_right = alpha[-1] - np.append(0.0, running_sum(step[::-1]))[::-1]
    travelled = np.append(0.0, np.cumsum(abs(step)))
    return np.where(travelled <= travelled[-1] / 2, from_left, from_right)


def place_of_rank(j: int, n: int, k: int) -> Floats:
    """``P_j(t) = C(t−1, j−1) C(n−t, K−j) / C(n, K)``, ``t = 1 … n``, outward from its mode; sums to one."""
    first, last = j, n - k + j
    mode = min(max((j - 1) * n // (k - 1) + 1, first), last) if k > 1 else first
    t = np.arange(mode, last, dtype=np.float64)
    up = running_product(t, lambda t: t * (last - t), lambda t: (t - j + 1) * (n - t))
    t = np.arange(mode - 1, first - 1, -1, dtype=np.float64)
    down = running_product(t, lambda t: (t - j + 1) * (n - t), lambda t: t * (last - t))
    p = np.zeros(n)
    p[first - 1 : last] = np.concatenate([down[::-1], [1.0], up])
    return p / p.sum()


def binomial_average(alpha: Floats, below: Floats, above: Floats) -> Floats:
    """``b_α(F) = Σ_j α_j C(K−1, j−1) F^(j−1) (1−F)^(K−j)``. Spec eq. (3).

    ``below`` and ``above`` are F and ``1 − F``, each given to full relative precision.
    """
    k = len(alpha)

    def some(f: Floats, g: Floats) -> Floats:
        return _average_outward(
            alpha,
            np.minimum(np.floor(k * f), k - 1),
            up=lambda j: (k - 1 - j) * f / ((j + 1) * g),
            down=lambda j: j * g / ((k - j) * f),
        )

    inside = (below > 0) & (above > 0)
    b = np.where(below > 0, alpha[-1], alpha[0])
    b[inside] = _in_chunks(some, below[inside], above[inside])
    return b


def _average_outward(alpha: Floats, mode: Floats, up: Ratio, down: Ratio) -> Floats:
    """``Σ_j α_j π_j / Σ_j π_j`` from the ratios ``π_(j+1)/π_j`` and ``π_(j−1)/π_j``, with ``π_mode = 1``.

    Rank weights are taken relative to the mode's, which is all that a smooth ``α`` leaves to round off. Up
    to K = 1024 no term is left out, however small: ``α`` may be zero where the others are.
    """
    negligible = negligible_term(len(alpha))
    centre = alpha[mode.astype(np.intp)]
    total, weighted = np.ones_like(mode), np.zeros_like(mode)
    for ratio, step in ((up, 1), (down, -1)):
        j, term = mode.copy(), np.ones_like(mode)
        rank = mode.astype(np.intp)
        while True:
            term *= ratio(j)
            if term.max() <= negligible:
                break
            j += step
            rank += step
            np.clip(j, 0, len(alpha) - 1, out=j)  # beyond the last rank the term is zero and stays so
            total += term
            weighted += term * (alpha.take(rank, mode="clip") - centre)
    return centre + weighted / total


def negligible_term(k: int) -> float:
    """Say which terms, relative to the largest, a sum over K ranks leaves out."""
    return NEGLIGIBLE if k > ALL_TERMS_UP_TO_K else 0.0


def _in_chunks(function: Callable[..., Floats], *arrays: Floats) -> Floats:
    """Apply an elementwise function to runs that fit in cache."""
    if not arrays[0].size:
        return np.empty(0)
    runs = range(0, len(arrays[0]), RANKS_AT_ONCE)
    return np.concatenate([function(*(a[i : i + RANKS_AT_ONCE] for a in arrays)) for i in runs])
