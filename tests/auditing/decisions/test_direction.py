"""Whether a polynomial is positive between 0 and 1, in exact integers: down to a gap of ``2^−80``.

``(y − m/2^40)² + g`` with ``y = π/(1−π)``, times ``(1−π)²``, has the Bernstein coefficients
``(m²/2^80 + g, −m/2^40, 1)``: all of them are floats.
"""

from itertools import product

import numpy as np
import pytest

from ordergrad_ref.auditing.decisions.direction import _positive

M = 2**20 + 1


@pytest.mark.parametrize(("gap", "positive"), [(1, True), (0, False), (-1, False), (2**40, True)])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (2, 1, 0)])
def test_a_minimum_next_to_zero(gap, positive, order):
    """In either direction, and in whatever order the coefficients come."""
    coefficients = np.array([(M * M + gap) * 2.0**-80, -M * 2.0**-40, 1.0])
    for upward in (coefficients, coefficients[::-1]):
        assert _positive(upward[list(order)], np.array(order)) is positive


def test_signs_of_all_small_polynomials():
    """Of degree 3 with coefficients −1, 0, 1, against their values: ``b_0 = 0`` at an end is no refusal."""
    p = np.linspace(0, 1, 201)[1:-1]
    basis = np.array([(1 - p) ** 3, 3 * p * (1 - p) ** 2, 3 * p**2 * (1 - p), p**3])
    for b in product((-1.0, 0.0, 1.0), repeat=4):
        values = np.array(b) @ basis
        least = values.min()
        if abs(least) > 1e-4 or not any(b) or min(b) == 0:
            assert _positive(np.array(b), np.arange(4)) is bool(least > 0), b
