"""Policies on which a biased estimator can be seen to be biased: the smallest one, and a line of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import acos, degrees, gcd

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing.decisions.multisets import Differences, multinomials
from ordergrad_ref.auditing.decisions.rationals import written

__all__ = ["Counterexample", "Policy", "smallest", "sweep", "uniform"]

LARGEST_DENOMINATOR = 6
"""The largest denominator of a probability that is tried: halves to sixths can be checked by hand."""

CLEAR = 0.25
"""The share of the largest angle, or difference of constants, that the policy shown must show."""

LEAST_TURN = 1e-6
"""The least sine of an angle that counts: `acos` of a rounded cosine is no finer than ``√u``."""

SWEPT = 20
"""The steps of p in a sweep."""


@dataclass(frozen=True)
class Policy:
    """A softmax policy over a few rewards, what the estimator does on it, and what it should do.

    Attributes
    ----------
    rewards, probabilities : tuples of m Fractions
        The distribution.
    expected : tuple of m floats
        ``E[(1/N) Σ_i A_i ∇_θ log p(x_i)]``, the estimator's expected gradient by the policy's logits.
    true : tuple of m floats
        ``∇_θ J``. Spec eq. (34).
    """

    rewards: tuple[Fraction, ...]
    probabilities: tuple[Fraction, ...]
    expected: tuple[float, ...]
    true: tuple[float, ...]

    @property
    def angle(self) -> float:
        """Degrees between the expected and the true gradient; 90 where the expected one vanishes."""
        if _size(self.expected) == 0 or _size(self.true) == 0:
            return 90.0
        # In units of their own, or squares of large numbers overflow.
        e, t = (np.array(x) / _size(x) for x in (self.expected, self.true))
        cosine = float(e @ t / (np.linalg.norm(e) * np.linalg.norm(t)))
        return degrees(acos(min(1.0, max(-1.0, cosine))))

    @property
    def ratio(self) -> float:
        """The constant that would be right on this policy alone: ``⟨expected, true⟩ / ⟨true, true⟩``."""
        unit = _size(self.true)
        e, t = np.array(self.expected), np.array(self.true) / unit
        return float(e @ t / (t @ t)) / unit


@dataclass(frozen=True)
class Counterexample:
    """One policy on which the direction is wrong, or two on which no single constant is right."""

    policies: tuple[Policy, ...]

    @property
    def rewards(self) -> tuple[Fraction, ...]:
        """The rewards of the (first) policy."""
        return self.policies[0].rewards

    @property
    def probabilities(self) -> tuple[Fraction, ...]:
        """The probabilities of the (first) policy."""
        return self.policies[0].probabilities

    @property
    def expected(self) -> tuple[float, ...]:
        """The expected gradient on the (first) policy."""
        return self.policies[0].expected

    @property
    def true(self) -> tuple[float, ...]:
        """The true gradient on the (first) policy."""
        return self.policies[0].true

    def turned(self, tolerance: float) -> bool:
        """Whether one policy shows a wrong direction: by more than a tolerance, of the sine of its angle."""
        if len(self.policies) > 1:
            return False
        angle = self.policies[0].angle
        return angle > 90 or bool(np.sin(np.radians(angle)) > max(tolerance, LEAST_TURN))

    def __str__(self) -> str:
        """Say in a few lines what the policies show."""
        lines = []
        for p in self.policies:
            lines += [
                f"rewards {_joined(p.rewards)} with probabilities {_joined(p.probabilities)}",
                f"  expected gradient {_floats(p.expected)}",
                f"  true gradient     {_floats(p.true)}",
            ]
            if len(self.policies) == 1:
                lines.append(f"  angle {p.angle:.3g}°: no positive constant turns one into the other")
            else:
                lines.append(f"  here the constant would be {p.ratio:.6g}")
        return "\n".join(lines)


def smallest(
    differences: Differences, values: tuple[Fraction, ...], k: int, tolerance: float
) -> Counterexample | None:
    """Find the smallest policy of a wrong direction, else two policies that need different constants.

    Policies are tried in the order of their number of rewards, then of their probabilities' denominator;
    the first is taken that shows at least a quarter of the largest angle found among its like.
    """
    for size in range(2, len(values) + 1):
        policies = list(_policies(differences, values, k, size))
        # Where the true gradient vanishes, of it and of the expected one only rounding is left.
        largest = max((_size(p.true) for p in policies), default=0.0)
        policies = [p for p in policies if _size(p.true) > tolerance * largest]
        if size == 2:
            two_valued = policies
        wrong = max((np.sin(np.radians(p.angle)) if p.angle <= 90 else 2.0 for p in policies), default=0)
        if wrong > max(tolerance, LEAST_TURN):
            clear = np.degrees(np.arcsin(min(1.0, CLEAR * min(wrong, 1.0))))
            return Counterexample((next(p for p in policies if p.angle >= clear),))
    return _different_constants(two_valued, tolerance)


def uniform(differences: Differences, values: tuple[Fraction, ...], k: int) -> Policy:
    """Return the policy of equal probabilities on all values."""
    m = len(values)
    return _Face(differences, k, tuple(range(m))).policy(values, [Fraction(1, m)] * m)


def _different_constants(policies: list[Policy], tolerance: float) -> Counterexample | None:
    if not policies:
        return None
    first = policies[0]
    spread = max(abs(p.ratio - first.ratio) for p in policies)
    if spread <= tolerance * max(abs(p.ratio) for p in policies):
        return None
    other = next(p for p in policies if abs(p.ratio - first.ratio) >= CLEAR * spread)
    return Counterexample((first, other))


def _policies(differences: Differences, values: tuple[Fraction, ...], k: int, size: int) -> Iterator[Policy]:
    faces = [_Face(differences, k, support) for support in combinations(range(len(values)), size)]
    for denominator in range(size, LARGEST_DENOMINATOR + 1):
        for face in faces:
            for parts in _compositions(denominator, size):
                yield face.policy(values, [Fraction(x, denominator) for x in parts])


def sweep(
    differences: Differences, values: tuple[Fraction, ...], k: int, tolerance: float
) -> tuple[Policy, ...]:
    """Compute both gradients where the largest reward has probability p, for ``p = 1/20 … 19/20``.

    The others share ``1 − p`` equally. First for the two least values, where there is nothing but a
    constant ``c(p)`` to be wrong, then for all, where the direction may be. Policies at which the true
    gradient vanishes are left out. Spec eqs. (34), (36), (61), (66).
    """
    found = []
    for size in sorted({2, len(values)}):
        face = _Face(differences, k, tuple(range(size)))
        policies = [
            face.policy(values, [(1 - p) / (size - 1)] * (size - 1) + [p])
            for p in (Fraction(i, SWEPT) for i in range(1, SWEPT))
        ]
        largest = max(_size(p.true) for p in policies)
        found += [p for p in policies if _size(p.true) > tolerance * largest]
    return tuple(found)


class _Face:
    """The policies over some of the rewards: only multisets of these count."""

    def __init__(self, differences: Differences, k: int, support: tuple[int, ...]) -> None:
        self.support, own = support, list(support)
        possible = differences.others[:, own].sum(axis=1) == differences.others[0].sum()
        self._others = differences.others[possible][:, own]
        self._ways = multinomials(self._others)
        # What does not depend on b has no gradient: it is taken off first, or a large baseline costs digits.
        self._tables = tuple(
            table - table[:, :1]
            for table in (
                differences.advantage[possible][:, own],
                k * differences.inclusion[possible][:, own],
            )
        )

    def policy(self, values: tuple[Fraction, ...], probabilities: Sequence[Fraction]) -> Policy:
        """Return both gradients at one distribution. Spec eqs. (34), (36)."""
        expected, true = self.gradients(np.array([float(x) for x in probabilities]))
        return Policy(
            tuple(values[b] for b in self.support),
            tuple(probabilities),
            tuple(float(x) for x in expected),
            tuple(float(x) for x in true),
        )

    def gradients(self, p: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """``p_b (g_b − Σ_c p_c g_c)`` with ``g_b = Σ_n P(n) table(b; n)``, of the advantages and of K q."""
        probability = self._ways * np.prod(p**self._others, axis=1)
        both = [probability @ table for table in self._tables]
        return [p * (g - p @ g) for g in both]


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Ways to write total as an ordered sum of positive parts, in lowest terms, the most even first."""
    cuts = combinations(range(1, total), parts - 1)
    found = [tuple(int(x) for x in np.diff((0, *c, total))) for c in cuts]
    yield from sorted((f for f in found if gcd(*f) == 1), key=lambda f: max(f) - min(f))


def _size(xs: tuple[float, ...]) -> float:
    return max(abs(x) for x in xs)


def _joined(xs: tuple[Fraction, ...]) -> str:
    return "(" + ", ".join(map(written, xs)) + ")"


def _floats(xs: tuple[float, ...]) -> str:
    return "(" + ", ".join(f"{x:+.6g}" for x in xs) + ")"
