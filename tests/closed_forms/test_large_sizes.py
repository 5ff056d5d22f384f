"""Every valid spelling ends: in seconds, or in a refusal that says what is possible.

The calls run in one process, which is ended after ten minutes; a call that fails to end is the defect. The
numbers are held to what is known of them: sums, symmetries, and closed forms.
"""

import subprocess
import sys
from fractions import Fraction as F

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.closed_forms.bernstein import hypergeometric_average
from ordergrad_ref.errors import InvalidInputError

HALF = "[Fraction(0), Fraction(1)], [Fraction(1, 2)] * 2"
ANSWERED = {
    "og.objective('midrange(2)@1000000').total": "1",
    "og.objective('lmoment(10)@1000000').weights[0] < 0": "True",
    "og.objective('wang(0.5)@1000000').total": "1",
    "og.objective('harrell_davis(.5)@1000000').total": "1",
    "og.objective('proportional_hazard(64)@1000000').total": "1",
    "og.objective('proportional_hazard(10)@1000000').weights[-1] == Fraction(1, 10**60)": "True",
    "og.population.value([0.0, 1.0], [0.5, 0.5], 'max@999999')": "1.0",
    "og.population.value([0.0, 1.0], [1 - 1e-9, 1e-9], 'max@999999') - 9.995e-4 < 1e-7": "True",
    "abs(og.population.value([0.0, 1.0], [0.5, 0.5], 'harrell_davis(.5)@1000000') - .5) < 1e-12": "True",
    f"og.population.value({HALF}, 'max@3000').denominator == 2**3000": "True",
    "abs(og.rank_weights.floating(10**6, 'gini@10000').sum()) < 1e-12": "True",
    "abs(og.rank_weights.floating(10**6 + 5, 'harrell_davis(.5)@1000000').sum() - 1) < 1e-9": "True",
    "og.maxk.maxrl_objective(10**6).weights[-1]": "1",
}
REFUSED = {
    "og.objective('lmoment(2000)@20000')": "expected r * K <= 10000000 for lmoment",
    "og.rank_weights.floating(2 * 10**6, 'harrell_davis(.5)@1000000')": "expected a smaller n or K",
    "og.rank_weights.exact(20000, 'mean@1000')": "use floats",
    f"og.population.value({HALF}, 'mean@3000')": "expected K <= 2000",
    "og.population.value(np.zeros((10**6, 2)), [0.5, 0.5], 'wang(1)@1000000')": "expected a smaller K",
    "og.objective('max@1000001')": "expected 1 <= K <= 1000000",
}


PROGRAM = """
import sys
import numpy as np, ordergrad_ref as og
from fractions import Fraction

for expression in sys.argv[1:]:
    print(expression, end=" = ", flush=True)
    try:
        print(eval(expression), flush=True)
    except og.errors.InvalidInputError as error:
        print("refused", error, flush=True)
"""


@pytest.mark.slow
def test_a_large_size_is_answered_and_one_beyond_is_refused_with_what_is_possible():
    asked = [*ANSWERED, *REFUSED]
    command = [sys.executable, "-c", PROGRAM, *asked]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=600)
    said = dict(line.split(" = ", 1) for line in done.stdout.splitlines())
    assert list(said) == asked
    assert {expression: said[expression] for expression in ANSWERED} == ANSWERED
    for expression, why in REFUSED.items():
        assert said[expression].startswith("refused ")
        assert why in said[expression]


@pytest.mark.parametrize("spelling", ["gini@60", "lmoment(3)@60", "lmoment(4)@50"])
def test_weights_of_low_degree_are_those_of_the_smallest_k(spelling, monkeypatch):
    """Spec eq. (5): K e depends on the polynomial K b_α alone. Both ways within u of max |α|."""
    alpha = og.objective(spelling)
    monkeypatch.setattr(rank_weights, "QUICK", -1)
    quick = rank_weights._dispatch(200, alpha)
    average = hypergeometric_average(rank_weights.as_floats(alpha), 200)
    exact = np.array([float(e) for e in rank_weights.elevated_exact(200, alpha)])
    scale = 64 * 2.0**-53 * max(abs(rank_weights.as_floats(alpha)))
    assert abs(quick - exact).max() <= scale
    assert abs(average - exact).max() <= scale


@pytest.mark.parametrize("spelling", ["max@20", "harrell_davis(.5)@20", "lmoment(6)@20", "wang(1)@20"])
def test_no_low_degree_is_found_where_there_is_none(spelling):
    assert rank_weights._of_low_degree(og.objective(spelling)) is None


@pytest.mark.parametrize("n", [2, 3, 7, 12])
def test_maxrl_is_the_sum_of_its_terms(n):
    """Each max@k/k on n − 1 samples, added up: spec eq. (52)."""
    terms = [rank_weights.exact(n - 1, f"max@{k}") for k in range(1, n)]
    summed = [sum(w / k for k, w in enumerate(ws, 1)) for ws in zip(*terms, strict=True)]
    assert og.maxk.maxrl_objective(n).weights == tuple(summed) == tuple(F(1, n - t) for t in range(1, n))


@pytest.mark.parametrize("n", ["3", 2.0, None, 1, 0, -5, True, np.True_, 10**400])
def test_maxrl_of_no_group_is_refused(n):
    with pytest.raises(InvalidInputError, match="n: expected"):
        og.maxk.maxrl_objective(n)
