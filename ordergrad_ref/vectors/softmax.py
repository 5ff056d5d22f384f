"""The policy gradient in softmax logits, from rational probabilities and with a proved bound of its error.

The exponential of a rational is irrational but for ``e⁰``, so where logits differ the exact answer has no
spelling. Its rational neighbour here is off by less than `WITHIN`, for these reasons.

``e^y`` for ``0 ≤ y ≤ 1`` lies between ``s = Σ_{j<n} y^j/j!`` and ``s + 2 y^n/n!`` if ``n ≥ 2``, since from
there each term is at most half the one before. `exponential` ends where ``2 y^n/n! ≤ 2^−240`` and rounds to
320 significant bits: a relative error below ``2^−238``. Farther from zero it squares the exponential of the
half, which doubles the error and rounds again: for ``x ≥ −2^18`` it stays below ``2^−219``. So the
probabilities are the exact softmax of logits that are off by at most ``2^−218``.

With ``S_b = Σ_k (1[x_k = b] − p_b)`` the gradient is ``∂J/∂θ_b = E[T S_b]``, and
``∂²J/∂θ_b∂θ_c = E[T (S_b S_c + ∂S_b/∂θ_c)]``, where ``|S_b| ≤ K``, ``|∂S_b/∂θ_c| ≤ K``, and ``|T| ≤ V`` of
spec eq. (59). For m atoms, each component is off by at most ``m (K² + K) V 2^−218``.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt

from ordergrad_ref.objectives import LStatistic

__all__ = ["WITHIN", "exponential", "is_within", "nearest", "probabilities", "root"]

WITHIN = Fraction(1, 2**160)
"""How far a rounded answer is from the exact one, at most."""

OF_SERIES = Fraction(1, 2**240)
SIGNIFICANT = 320
OF_LOGITS = Fraction(1, 2**218)


def exponential(x: Fraction) -> Fraction:
    """Return ``e^x`` for ``−2^18 ≤ x ≤ 0``, within ``2^−219`` relatively.

    Examples
    --------
    >>> float(exponential(Fraction(-1)))
    0.36787944117144233
    """
    if x < -1:
        return _rounded(exponential(x / 2) ** 2)
    term, total, n = Fraction(1), Fraction(0), 0
    while n < 2 or 2 * term > OF_SERIES:
        total += term
        n += 1
        term *= -x / n
    return _rounded(1 / total)


def probabilities(logits: Sequence[Fraction]) -> list[Fraction]:
    """Return the softmax: exact for equal logits, else that of logits off by at most ``2^−218``."""
    weights = [exponential(x - max(logits)) for x in logits]
    return [w / sum(weights) for w in weights]


def is_within(rewards: Sequence[Fraction], alpha: LStatistic) -> bool:
    """Tell whether a gradient by `probabilities` is off by less than ``WITHIN/2``; rounding may double it."""
    v = sum(map(abs, alpha.weights), Fraction(0)) * max(map(abs, rewards))
    return len(rewards) * (alpha.k**2 + alpha.k) * v * OF_LOGITS < WITHIN / 2


def nearest(x: Fraction, grid: int = WITHIN.denominator) -> Fraction:
    """Round to a multiple of ``1/grid``."""
    return Fraction(round(x * grid), grid)


def root(x: Fraction) -> Fraction:
    """Return ``√x``, within ``2^−161`` and rounded to a multiple of `WITHIN`; exact where that is exact.

    Examples
    --------
    >>> root(Fraction(9, 4)), float(root(Fraction(2)))
    (Fraction(3, 2), 1.4142135623730951)
    """
    fine = 2 * SIGNIFICANT
    return nearest(Fraction(isqrt((x.numerator << 2 * fine) // x.denominator), 1 << fine))


def _rounded(x: Fraction) -> Fraction:
    """Round to 320 significant bits or one fewer."""
    magnitude = x.denominator.bit_length() - x.numerator.bit_length()
    return nearest(x, 2 ** max(0, SIGNIFICANT + magnitude))
