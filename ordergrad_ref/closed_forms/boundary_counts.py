"""How many of n samples lie at or below each boundary between atoms: the joint law, and its moments.

For boundaries ``F_0 = 0 ≤ F_1 ≤ …`` of a distribution, ``C_t`` is the number of samples at or below boundary
t. Two of the counts are trinomial, and all of them are a Markov chain: given ``C_t``, each of the other
``n − C_t`` samples falls below the next boundary with probability ``(F_(t+1) − F_t)/(1 − F_t)``. One sweep
over the boundaries gives the moments of every two of them. Spec eq. (88).

Floats are probabilities. Exact rationals are turned into integers: the weight of a path leaves out
``(1 − F_t)^(n − C_t)``, what the samples above the last boundary have, until a moment is taken.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import comb, lcm, lgamma, log
from typing import Any, NamedTuple, Protocol

import numpy as np

from ordergrad_ref._types import Array, Floats
from ordergrad_ref.closed_forms.rounding import in_kind

__all__ = ["Moments", "common_denominator", "moments"]

NEGLIGIBLE = 1e-60
"""Counts less likely than this are left out, and paths through them: less than m (n + 1) times it in all."""


class Moments(NamedTuple):
    """``E f_(t,i)(C_t)``, of shape (m, F), and ``E f_(s,i)(C_s) f_(t,j)(C_t)``, of shape (m, F, m, F)."""

    first: Array
    second: Array


class _Law(Protocol):
    """Counts of n samples at the boundaries 0 … m − 1, the first of which is below all atoms."""

    total: Any

    def support(self, t: int) -> slice:
        """Where ``C_t`` lies."""

    def rest(self, t: int) -> Array:
        """What the samples above boundary t contribute to the probability of each count."""

    def transition(self, t: int) -> Array:
        """From each count at boundary t to each at the next."""


def moments(functions: Array, probabilities: Array, n: int) -> Moments:
    """First and second moments of functions of the boundary counts of n samples. Spec eq. (88).

    Parameters
    ----------
    functions : (m, F, n + 1) array
        F functions of ``C_t`` at each boundary t: float64, or exact rationals.
    probabilities : (m,) array
        Of the atoms, all above zero, in the same kind of numbers; boundary t lies below atom t.
    n : int
        The number of samples.
    """
    m, many, _ = functions.shape
    law: _Law = _Floating(probabilities, n)
    scale = Fraction(1)
    if functions.dtype == object:
        law, scale = _Exact(probabilities, n), common_denominator(functions.ravel())
        functions = np.frompyfunc(int, 1, 1)(functions * scale)
    paths = np.ones((1, 1), dtype=functions.dtype)
    first, second = np.empty((m, many), functions.dtype), np.empty((m, many, m, many), functions.dtype)
    for t in range(m):
        at_t = functions[t][:, law.support(t)]
        paths = np.concatenate([paths, paths[:1] * at_t])
        taken = paths @ (at_t * law.rest(t)).T
        first[t] = (paths[:1] @ (at_t * law.rest(t)).T)[0]
        second[: t + 1, :, t] = taken[1:].reshape(t + 1, many, many)
        second[t, :, : t + 1] = second[: t + 1, :, t].transpose(2, 0, 1)
        if t + 1 < m:
            paths = paths @ law.transition(t)
    unit = in_kind(scale, functions)
    return Moments(first / (law.total * unit), second / (law.total * unit * unit))


def common_denominator(numbers: Iterable[Fraction]) -> Fraction:
    """Return the least common denominator, as a Fraction: numbers times it have the denominator one."""
    return Fraction(lcm(*{x.denominator for x in numbers}))


class _Floating:
    total: Any = 1

    def __init__(self, probabilities: Floats, n: int) -> None:
        self.n, self.counts = n, np.arange(n + 1)
        self.below = np.append(0.0, np.cumsum(probabilities)[:-1])
        self.above = np.cumsum(probabilities[::-1])[::-1]
        self.probabilities = probabilities
        self.log_factorial = np.array([lgamma(c + 1.0) for c in range(n + 1)])

    def support(self, t: int) -> slice:
        if t == 0:
            return slice(0, 1)
        chance = (
            self.log_factorial[-1]
            - self.log_factorial
            - self.log_factorial[::-1]
            + self.counts * log(self.below[t])
            + self.counts[::-1] * log(self.above[t])
        )
        likely = np.flatnonzero(chance > log(NEGLIGIBLE))
        return slice(int(likely[0]), int(likely[-1]) + 1)

    def rest(self, t: int) -> Array:
        return np.ones(1)

    def transition(self, t: int) -> Floats:
        """``C(n−c, c′−c) q^(c′−c) (1−q)^(n−c′)``, q = p_t / P(x above boundary t).

        Each row is divided by its sum: an error that its terms have in common would stand against the square
        of the mean in a variance.
        """
        c, after = self.counts[self.support(t)], self.counts[self.support(t + 1)]
        stay, step = (log(x / self.above[t]) for x in (self.above[t + 1], self.probabilities[t]))
        of_steps = np.concatenate([step * self.counts - self.log_factorial, np.full(self.n, -np.inf)])
        chance = of_steps[np.subtract.outer(-c, -after)]  # a negative number of steps has probability zero
        chance += stay * (self.n - after) - self.log_factorial[self.n - after]
        chance += self.log_factorial[self.n - c][:, None]
        chance = np.exp(chance)
        return chance / chance.sum(axis=1, keepdims=True)


class _Exact:
    def __init__(self, probabilities: Array, n: int) -> None:
        scale = common_denominator(probabilities)
        self.weights = [int(p * scale) for p in probabilities]
        self.total: Any = scale**n
        self.n = n

    def support(self, t: int) -> slice:
        return slice(0, 1 if t == 0 else self.n + 1)

    def rest(self, t: int) -> Array:
        above = sum(self.weights[t:])
        return np.array([above ** (self.n - c) for c in range(self.n + 1)][self.support(t)], dtype=object)

    def transition(self, t: int) -> Array:
        """``C(n−c, c′−c) w_t^(c′−c)``."""
        n = self.n
        counts, after = range(n + 1)[self.support(t)], range(n + 1)
        powers = [self.weights[t] ** j for j in after]
        return np.array(
            [[comb(n - c, d - c) * powers[d - c] if d >= c else 0 for d in after] for c in counts],
            dtype=object,
        )
