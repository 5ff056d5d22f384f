"""Whether the direction is right and only the constant depends on the policy: polynomials decide it.

Write ``D_b(p) = E[A(b; X)] − E[A(v_1; X)]`` and ``H_b(p) = K E[q(b; X)] − K E[q(v_1; X)]`` for N − 1 draws
X from p: polynomials in the probabilities, whose coefficients are the two sides of spec eq. (56) times
multinomial ones. The estimator's expected gradient is a positive multiple ``c(p)`` of the true one at every
p iff ``D(p) = c(p) H(p)``: spec eq. (61).
"""

from fractions import Fraction
from itertools import combinations, pairwise
from math import lcm
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.agreement import ROUNDINGS
from ordergrad_ref.auditing.decisions.bias import steepest
from ordergrad_ref.auditing.decisions.multisets import Differences, multinomials

__all__ = ["direction_is_right", "proportional"]

Floats: TypeAlias = NDArray[np.float64]

MOST_PRODUCTS = 2**23
"""The most products of coefficients that are added up, 64 MB an array; beyond, nothing is decided."""

MOST_VALUES = 10
"""The most reward values whose faces are enumerated, ``2^10`` of them; beyond, nothing is decided."""

DEPTH = 60
"""The most halvings of an interval on which a sign is undecided. Spec section 9.7."""


def direction_is_right(d: Differences, k: int, tolerance: float, u: float) -> bool | None:
    """Decide whether ``E[(1/N) Σ_i A_i ∇log p(x_i)] = c(p) ∇J`` with ``c(p) > 0`` for every p. Spec eq. (61).

    **Theorem.** With ``D ∥ H`` as polynomials (vacuous on two values), it does iff c is positive on each face
    of the simplex. Nonnegative coefficients of one ``D_b − D_a`` whose ``H_b − H_a`` has nonnegative ones
    too, and neither all zero, prove it for a face; on two values it is decided by halving.

    Returns
    -------
    bool or None
        ``None`` where the polynomials are too large, or the signs of their coefficients decide nothing.
    """
    m = d.advantage.shape[1]
    if m > MOST_VALUES:
        return None
    if m > 2:
        parallel = proportional(d, k, tolerance, u)
        if not parallel:
            return parallel
    verdicts = [
        _positive_on_face(d, face, tolerance, u)
        for size in range(2, m + 1)
        for face in combinations(range(m), size)
    ]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def proportional(d: Differences, k: int, tolerance: float, u: float) -> bool | None:
    """Decide whether ``D_a H_b − D_b H_a`` vanishes identically, coefficient by coefficient. Spec eq. (61).

    Two homogeneous polynomials agree on the simplex iff they agree in every coefficient. Each coefficient is
    held against the sum of the magnitudes of its terms, and of their rounding.
    """
    ways = multinomials(d.others)
    D, H = d.advantage - d.advantage[:, :1], k * (d.inclusion - d.inclusion[:, :1])
    rounding = ROUNDINGS * u * np.maximum(d.size, d.size[:, :1])
    if len(ways) ** 2 > MOST_PRODUCTS:
        return None
    scale_d, scale_h = abs(D).max() or 1.0, abs(H).max() or 1.0
    D, rounding, H = D / scale_d, rounding / scale_d, H / scale_h
    ways = ways / ways.max()
    size = int(d.others[0].sum())
    # A multiset's counts, read as the digits of a number: sums of multisets are sums of numbers.
    digits = d.others @ (2 * size + 1) ** np.arange(d.others.shape[1])
    _, monomial = np.unique(np.add.outer(digits, digits), return_inverse=True)
    monomial = monomial.ravel()
    weight = np.multiply.outer(ways, ways).ravel()

    def coefficients(x: Floats) -> Floats:
        return np.bincount(monomial, x.ravel() * weight).astype(np.float64)

    for a, b in combinations(range(1, D.shape[1]), 2):
        one, other = np.multiply.outer(D[:, a], H[:, b]), np.multiply.outer(D[:, b], H[:, a])
        slack = np.multiply.outer(rounding[:, a], abs(H[:, b])) + np.multiply.outer(
            rounding[:, b], abs(H[:, a])
        )
        error = abs(coefficients(one - other))
        if (error > tolerance * coefficients(abs(one) + abs(other)) + coefficients(slack)).any():
            return False
    return True


def _positive_on_face(d: Differences, face: tuple[int, ...], tolerance: float, u: float) -> bool | None:
    """Tell whether ``c(p) > 0`` for all p whose support is the face."""
    off = [b for b in range(d.others.shape[1]) if b not in face]
    inside = (d.others[:, off] == 0).all(axis=1)
    undecided = False
    for low, high in pairwise(face):
        D = _snapped(d, low, high, inside, tolerance, u)
        H = (d.inclusion[:, high] - d.inclusion[:, low])[inside]
        if (H <= 0).all():
            D, H = -D, -H
        if not (H >= 0).all() or not H.any():
            undecided = True
            continue
        if (D <= 0).all():
            return False  # no signal, or against the gradient
        if (D >= 0).all():
            return True
        if len(face) == 2:
            return _positive(D, d.others[inside][:, high])
        undecided = True
    return None if undecided else False


def _snapped(
    d: Differences, low: int, high: int, inside: NDArray[np.bool_], tolerance: float, u: float
) -> Floats:
    """``A(b; n) − A(a; n)``, zero where it is zero within the tolerance."""
    D = (d.advantage[:, high] - d.advantage[:, low])[inside]
    size = np.maximum(d.size[:, high], d.size[:, low])[inside]
    signal = steepest(d.pairs) * (d.values[high] - d.values[low])
    return np.where(abs(D) <= tolerance * signal + ROUNDINGS * u * size, 0.0, D)


def _positive(coefficients: Floats, successes: NDArray[np.int64]) -> bool:
    """Tell whether ``Σ_s C(n,s) π^s (1−π)^(n−s) D_s > 0`` on all of (0, 1), in exact integers.

    Bernstein's criterion on ever smaller halves (de Casteljau): positive where no coefficient is negative
    and one is not zero; refuted by a point of division where it is not positive, or by a piece of width
    ``2^−DEPTH`` that is still undecided, on which it vanishes as nearly as numbers tell.
    """
    exact = [Fraction(x) for x in coefficients[np.argsort(successes)].tolist()]
    unit = lcm(*(x.denominator for x in exact))
    pieces = [([int(x * unit) for x in exact], 0)]
    while pieces:
        b, depth = pieces.pop()
        if min(b) >= 0 and any(b):
            continue
        if depth == DEPTH:
            return False
        left, right = _halves(b)
        if left[-1] <= 0:
            return False
        pieces += [(left, depth + 1), (right, depth + 1)]
    return True


def _halves(b: list[int]) -> tuple[list[int], list[int]]:
    """Bernstein coefficients on the lower and the upper half of the interval, times ``2^n`` both."""
    n = len(b) - 1
    left, right = [], []
    for k in range(n + 1):
        left.append(b[0] << (n - k))
        right.append(b[-1] << (n - k))
        b = [x + y for x, y in pairwise(b)]
    return left, right[::-1]
