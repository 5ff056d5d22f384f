"""The simplest pair of batches that shows a bias shows at least a quarter of the worst violation.

The answers are those of ``x`` itself, exactly right for the mean with c = 1, but for errors that are planted.
"""

from fractions import Fraction as F

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.auditing.decisions.multisets import Multisets
from ordergrad_ref.auditing.decisions.simplest import constant_of_most, simplest_batch, simplest_pair

U, TOLERANCE = 2.0**-53, 2.0**-26.5
MULTISETS = Multisets(3, (F(0), F(1), F(3)))


def differences(errors):
    """Plant an error in ``A(b; n)``, by the counts of the whole batch and b."""
    by_value = MULTISETS.mean_by_value(MULTISETS.table, MULTISETS.table.copy())
    for counts, b, error in errors:
        by_value[MULTISETS.counts.tolist().index(list(counts)), b] += error
    return MULTISETS.differences(by_value, og.objective("mean@1"))


def pair(errors):
    return simplest_pair(differences(errors), MULTISETS.values, 1, 1.0, U, TOLERANCE)


def test_nothing_is_shown_where_nothing_is_wrong():
    assert pair([]) is None


@pytest.mark.parametrize(("small", "others"), [(0.01, (1, 0, 1)), (0.4, (2, 0, 0))])
def test_a_simpler_pair_must_show_a_quarter_of_the_worst(small, others):
    """Both break the equation: of two zeros beside a one by little, of 0 and 3 beside a one by more."""
    found = pair([((2, 1, 0), 1, small), ((1, 1, 1), 1, 1.0)])
    assert found.others == others
    assert (found.low, found.high) == (0, 1)
    assert found.inclusion == 1


def test_a_violation_is_relative_to_the_gap():
    """0.7 of what a gap of two may have at a slope of two is more than a quarter of half, the worst."""
    found = pair([((1, 1, 1), 1, 1.0), ((0, 2, 1), 2, 0.7)])
    assert (found.others, found.low, found.high) == ((0, 2, 0), 1, 2)


def test_what_came_is_the_difference_of_the_answers():
    found = pair([((2, 1, 0), 1, 0.5)])
    assert found.came == 1.5
    assert MULTISETS.values[found.high] - MULTISETS.values[found.low] == 1


def test_the_constant_of_most():
    fit = constant_of_most(differences([((2, 1, 0), 1, 0.5)]), 1, U, TOLERANCE)
    assert fit.c == 1
    assert fit.share == 16 / 18  # of 6 multisets and 3 pairs of values, two have the wrong answer
    everywhere = [(c, b, 4.0**i * (1 + b)) for i, c in enumerate(MULTISETS.counts.tolist()) for b in range(3)]
    assert constant_of_most(differences(everywhere), 1, U, TOLERANCE).share is None


def test_the_simplest_batch():
    table = np.array([[0.0, 1.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
    wrong = np.array([4.0, 2.0, 1.0, 0.9])
    assert simplest_batch([table], [wrong], [1.0], 1e-8) == (0, 2)
    assert simplest_batch([table], [wrong * 0], [1.0], 1e-8) is None
    assert simplest_batch([table, table], [wrong * 0, wrong], [1.0, 1.0], 1e-8) == (1, 2)
