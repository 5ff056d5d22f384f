"""Is the direction right, and only the constant dependent on the policy? Decided by polynomials.

Write ``D_b(p) = E[A(b; X)] − E[A(v_1; X)]`` and ``H_b(p) = K E[q(b; X)] − K E[q(v_1; X)]`` for N − 1 draws
X from p: polynomials in the probabilities, whose coefficients are the two sides of spec eq. (56) times
multinomial ones. The estimator's expected gradient is a positive multiple ``c(p)`` of the true one at every
p iff ``D(p) = c(p) H(p)``: spec eq. (61).
"""

from fractions import Fraction
from itertools import combinations, pairwise
from math import comb
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.auditing.constants import ROUNDINGS
from ordergrad_ref.auditing.multisets import Differences, multinomials

__all__ = ["direction_is_right", "proportional"]

Floats: TypeAlias = NDArray[np.float64]

MOST_PRODUCTS = 2**23
MOST_VALUES = 10


def direction_is_right(d: Differences, k: int, tolerance: float, u: float) -> bool | None:
    """Decide whether ``E[(1/N) Σ_i A_i ∇log p(x_i)] = c(p) ∇J`` with ``c(p) > 0`` for every p. Spec eq. (61).

    **Theorem.** With ``D ∥ H`` as polynomials (vacuous on two values), it does iff c is positive on each face
    of the simplex. Nonnegative coefficients of one ``D_b − D_a`` whose ``H_b − H_a`` has nonnegative ones
    too, and neither all zero, prove it for a face; on two values a count of roots decides it (Sturm).

    Returns
    -------
    bool or None
        None where the polynomials are too large, or the signs of their coefficients decide nothing.
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
        if not D.any() or (D <= 0).all():
            return False  # no signal, or against the gradient
        if (D >= 0).all():
            return True
        if len(face) == 2:
            return _no_root(D, d.others[inside][:, high])
        undecided = True
    return None if undecided else False


def _snapped(
    d: Differences, low: int, high: int, inside: NDArray[np.bool_], tolerance: float, u: float
) -> Floats:
    """``A(b; n) − A(a; n)``, zero where it is zero within the tolerance."""
    D = (d.advantage[:, high] - d.advantage[:, low])[inside]
    size = np.maximum(d.size[:, high], d.size[:, low])[inside]
    spread = np.maximum(d.spread[:, high], d.spread[:, low])[inside]
    return np.where(abs(D) <= tolerance * spread + ROUNDINGS * u * size, 0.0, D)


def _no_root(coefficients: Floats, successes: NDArray[np.int64]) -> bool:
    """Tell whether ``Σ_s C(n,s) π^s (1−π)^(n−s) D_s > 0`` on all of (0, 1), exactly: Sturm's theorem.

    In ``y = π/(1−π)`` it is the polynomial ``Σ_s C(n,s) D_s y^s`` on ``(0, ∞)``.
    """
    n = len(coefficients) - 1
    ordered = [Fraction(float(x)) for x in coefficients[np.argsort(successes)]]
    f = _trimmed([comb(n, s) * x for s, x in enumerate(ordered)])
    while f and f[0] == 0:
        f = f[1:]
    chain = [f, _trimmed([s * x for s, x in enumerate(f)][1:])]
    while chain[-1]:
        chain.append([-x for x in _remainder(chain[-2], chain[-1])])
    at_zero = _sign_changes([g[0] for g in chain if g])
    at_infinity = _sign_changes([g[-1] for g in chain if g])
    return at_zero == at_infinity and f[0] > 0


def _remainder(f: list[Fraction], g: list[Fraction]) -> list[Fraction]:
    f = list(f)
    while len(f) >= len(g):
        factor = f[-1] / g[-1]
        shift = len(f) - len(g)
        for i, x in enumerate(g):
            f[shift + i] -= factor * x
        f = _trimmed(f[:-1])
    return f


def _trimmed(f: list[Fraction]) -> list[Fraction]:
    while f and f[-1] == 0:
        f = f[:-1]
    return f


def _sign_changes(xs: list[Fraction]) -> int:
    signs = [x > 0 for x in xs if x]
    return sum(a != b for a, b in pairwise(signs))
