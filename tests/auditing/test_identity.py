"""What a function is: which objective's gradient, which known estimator, and its constant in N and K.

Theorem (spec eq. (60)). An equivariant A is unbiased for some L-statistic of at most N ranks, up to a
constant, for every distribution on v_1 < … < v_m, iff there are g_1 … g_N with
``A(v_(s+1); n) − A(v_s; n) = (v_(s+1) − v_s) g_t`` for all s and n, ``t − 1`` of n being at most v_s; and
then ``g = c K e^(N)``.
"""

from fractions import Fraction

import numpy as np
import pytest
from helpers.wrong_estimators import RIGHT, WRONG, canonical, divided_by_std, expected_gradient

import ordergrad_ref as og
from ordergrad_ref import definition, maxk
from ordergrad_ref.auditing.decisions.constant_formula import Tried, formula
from ordergrad_ref.auditing.decisions.multisets import Multisets
from ordergrad_ref.closed_forms import rank_weights

VALUES = (0, 1, 4, 6)


# ---- eq. (60) holds of the definition


@pytest.mark.slow
@pytest.mark.parametrize("spelling", ["max@3", "median@4", "gini@3", "top(2)@5", "lmoment(3)@4", "mean@2"])
def test_the_slopes_of_include_one_values_are_elevated_weights(spelling):
    """By enumeration of subsets, in exact rationals: slopes depend on the rank alone, and are e^(N)."""
    n, values = 5, tuple(map(Fraction, VALUES))
    e = rank_weights.elevated_exact(n, spelling)
    multisets = Multisets(n - 1, values)
    for others in multisets.table.astype(int).tolist():
        q = [definition.inclusion([v, *others], spelling)[0] for v in values]
        for s in range(len(values) - 1):
            t = 1 + sum(x <= values[s] for x in others)
            assert q[s + 1] - q[s] == (values[s + 1] - values[s]) * e[t - 1]


# ---- which objective


OBJECTIVES = [
    "mean@1", "max@2", "max@5", "max@6", "min@3", "median@3", "median@5", "top(2)@4", "bottom(2)@4",
    "rank(2)@4", "trimmed(1)@5", "gini@2", "lmoment(3)@3", "cvar(0.3)@5", "quantile(0.25)@5",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("spelling", OBJECTIVES)
def test_another_objective_is_found(spelling):
    """Audited for what it is not, each is told what it is: include-one alone is unbiased, with c = 1/K."""
    alpha = og.objective(spelling)
    report = og.audit(lambda x: og.inclusion(x, spelling), "max@3", n=6)
    assert not report.unbiased
    found = report.estimand
    meant, said = (o.k * np.array(rank_weights.elevated(6, o)) for o in (alpha, found.objective))
    np.testing.assert_allclose(said * float(found.constant), meant / alpha.k, atol=1e-12)
    assert found.name != "an L-statistic"
    assert f"unbiased for {found.name}" in report.verdict


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "name", "constant"),
    [
        (lambda x: canonical(x, 3), "max@3", Fraction(1, 3)),
        (maxk.rloo, "mean@1", 1),
        (maxk.dr_grpo, "mean@1", Fraction(5, 6)),
        (maxk.runner_up_gap, "max@6", Fraction(1, 6)),
        (lambda x: -canonical(x, 3), "max@3", Fraction(-1, 3)),
    ],
)
def test_biased_for_the_named_one_unbiased_for_another(function, name, constant):
    report = og.audit(function, "max@2", n=6)
    assert report.unbiased is False
    assert (report.estimand.name, report.estimand.constant) == (name, constant)
    assert ("reversed" if constant < 0 else "unbiased") in report.verdict
    assert name in report.table()


def test_on_two_values_the_name_and_the_direction_are_both_told():
    report = og.audit(maxk.rloo, "max@2", n=6, values=(0, 1))
    assert "; unbiased for mean@1 up to c = 1; its direction is right, its constant depends" in report.verdict
    unnamed = og.audit(lambda x: divided_by_std(x, 2), "max@2", n=6, values=(0, 1))
    assert "L-statistic" not in unnamed.verdict


def test_sums_of_pass_at_k():
    maxrl = og.audit(maxk.maxrl, "max@2", n=6)
    assert maxrl.estimand.name == "Σ_{k≤N−1} pass@k / k"

    def without_the_mean(x):
        return x / (x.mean() or 1)

    report = og.audit(without_the_mean, "max@2", n=6, values=(0, 1))
    assert report.estimand.name == "Σ_{k≤N} pass@k / k"
    assert report.estimand.constant == 1


def test_an_objective_without_a_name_is_given_by_its_weights():
    alpha = og.LStatistic([Fraction(1, 6), Fraction(1, 2), 0, Fraction(1, 3)])
    report = og.audit(lambda x: og.advantage(x, alpha), "max@2", n=6)
    found = report.estimand
    assert found.name == "an L-statistic"
    assert found.objective == alpha
    assert found.constant == Fraction(1, 4)
    assert "weights (0.166667, 0.5, 0, 0.333333)" in " ".join(report.table().split())


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["divided_by_std", "of_ranks", "argmaxes_over_mean", "clipped", "only_good_samples"]
)
def test_the_gradient_of_nothing(name):
    """On three values and more the slopes of these are no function of rank."""
    function, _ = WRONG[name]
    report = og.audit(lambda x: function(x, 3), "max@3", n=6)
    assert report.estimand is None
    assert "no L-statistic" in report.table()


def test_on_two_values_every_estimator_has_an_objective():
    """The remark after eq. (37): the expected gradient is ``G(π) ∇π``, and G is a spectrum."""
    report = og.audit(lambda x: divided_by_std(x, 3), "max@3", n=5, values=(0, 1))
    assert not report.unbiased
    alpha = report.estimand.objective
    for tenths in (2, 5, 9):
        p = (Fraction(10 - tenths, 10), Fraction(tenths, 10))
        expected = expected_gradient(lambda x: divided_by_std(x, 3), (0, 1), p, 5)
        q = definition.expected_inclusion((0, 1), p, alpha)
        true = alpha.k * p[1] * (q[1] - p[0] * q[0] - p[1] * q[1])
        assert float(expected[1]) == pytest.approx(float(true) * float(report.estimand.constant), rel=1e-12)


@pytest.mark.slow
def test_a_plug_in_is_the_gradient_of_a_blunter_maximum():
    """Rivals drawn with replacement, the sample among them: weights 2, 17, 72 of 91 instead of 0, 0, 1."""
    report = og.audit(WRONG["with_replacement"][0], "max@3", n=6)
    assert report.estimand.objective == og.LStatistic(["2/91", "17/91", "72/91"])
    assert report.estimand.constant == Fraction(91, 216)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "k"), [(n, k) for n in range(3, 8) for k in range(2, n)])
def test_a_baseline_that_includes_itself_credits_the_runner_up(n, k):
    """``h_i − mean(h)`` is unbiased for ``(N−1)/N max@K + 1/N rank(2)@K``, not for max@K: section 9.6."""
    report = og.audit(WRONG["baseline_includes_itself"][0], f"max@{k}", n, values=(0, 1, 4))
    assert not report.unbiased
    weights = [Fraction(0)] * (k - 2) + [Fraction(1, n), Fraction(n - 1, n)]
    found = report.estimand
    assert [w * found.constant for w in found.objective.weights] == [w / k for w in weights]
    assert "the canonical advantage of" in str(report.lookalikes[0])


def test_no_signal_has_no_objective():
    assert og.audit(np.zeros_like, "max@2", n=4).estimand is None


# ---- the direction


def leave_one_out_std(x):
    """Divided by the spread of the others: the direction is right, the constant is E[1/std]."""
    s = np.array([np.delete(x, i).std() for i in range(len(x))])
    return (x - x.mean()) / np.where(s > 0, s, 1)


@pytest.mark.slow
def test_direction_right_constant_depends_on_the_policy():
    report = og.audit(leave_one_out_std, "mean@1", n=5)
    assert report.unbiased is False
    assert report.direction_right is True
    assert "its direction is right, its constant depends on the policy" in report.verdict
    first, second = report.counterexample.policies
    assert first.ratio != pytest.approx(second.ratio)
    for p in [(1, 2, 3, 4), (7, 1, 1, 1), (1, 1, 1, 7)]:
        p = [Fraction(x, 10) for x in p]
        expected = np.array(expected_gradient(leave_one_out_std, VALUES, p, 5), dtype=float)
        mean = sum(a * b for a, b in zip(p, VALUES, strict=True))
        true = np.array([float(a * (b - mean)) for a, b in zip(p, VALUES, strict=True)])
        ratios = expected / true
        np.testing.assert_allclose(ratios, ratios[0], rtol=1e-10)
        assert ratios[0] > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "values", "right"),
    [
        (divided_by_std, None, False),
        (divided_by_std, (0, 1), True),
        (lambda x, k: -divided_by_std(x, k), (0, 1), False),
        (lambda x, k: canonical(x, k) * (x.mean() - 0.5), (0, 1), False),
        (WRONG["of_ranks"][0], None, False),
        (WRONG["baseline_alone"][0], None, False),
        (WRONG["reversed_sign"][0], None, False),
    ],
)
def test_direction(function, values, right):
    """On two values direction is a sign."""
    assert og.audit(lambda x: function(x, 2), "max@2", n=5, values=values).direction_right is right


def by_successes(differences):
    """An estimator on 0 and 1 with given ``A(1; s) − A(0; s)``."""

    def estimator(x):
        successes = int(x.sum())
        return np.where(x == 1, differences[max(successes - 1, 0)], 0.0)

    return estimator


@pytest.mark.slow
@pytest.mark.parametrize(
    ("differences", "right"),
    [
        ([1, 0, 0], True),
        ([1, -0.9, 1], True),  # 1 − 2·1.9 π(1−π) is positive
        ([1, -1.0, 1], False),  # (1 − 2π)² touches zero at one half
        ([1, -1.5, 1], False),
        ([1, -2, 4], False),  # (1 − 3π)² touches zero at one third, which is no end of any half
        ([1, -2 + 1e-6, 4], True),
        ([0, 1, 0], True),
        ([0, -1, 1], False),
        ([1, -3, -3], False),
        ([-1, 0.9, -1], False),
    ],
)
def test_a_sign_that_coefficients_do_not_show(differences, right):
    """``D_0 (1−π)² + 2 D_1 π(1−π) + D_2 π²``, N = 3, against its roots."""
    a, b, c = differences[0], 2 * differences[1], differences[2]
    roots = np.roots([c, b, a]) if c else np.roots([b, a])
    inside = [r for r in roots if abs(r.imag) < 1e-6 and r.real > 0]
    assert right == (a + b + c > 0 and not inside)
    report = og.audit(by_successes(differences), "mean@1", n=3, values=(0, 1))
    assert report.direction_right is right


@pytest.mark.slow
def test_a_sign_is_decided_for_large_groups():
    """Degree 63: 1 − 4 ε π(1−π) is positive for ε < 1 and not for ε > 1."""
    n = 64
    s = np.arange(n)
    share = s * (n - 1 - s) / ((n - 1) * (n - 2))  # the coefficients of π(1−π) in Bernstein form
    for size, right in ((0.99, True), (1.01, False), (-5, True)):
        report = og.audit(by_successes(list(1 - 4 * size * share)), "mean@1", n=n, values=(0, 1))
        assert report.direction_right is right


def test_a_true_gradient_that_vanishes_leaves_the_direction_open():
    def each_its_own_constant(x):
        return og.advantage(x, "gini@4") / (x.std() or 1)

    assert og.audit(each_its_own_constant, "gini@4", n=6, values=(0, 1)).direction_right is None


# ---- which estimator


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "says"),
    [
        (lambda x: canonical(x, 3), "maxpo at K = 3"),
        (lambda x: canonical(x, 3) * 5, "5 × maxpo at K = 3"),
        (lambda x: (x - x.mean()) / (x.std(ddof=1) or 1), "grpo"),
        (lambda x: RIGHT["improvement_alone"][0](x, 3), "2 × pkpo_loo_minus_one at K = 3"),
        (lambda x: x - x.mean(), "dr_grpo"),
        (lambda x: og.advantage(x, "median@3"), "the canonical advantage of median@3 at K = 3"),
    ],
)
def test_a_known_estimator_is_named(function, says):
    report = og.audit(function, "max@3", n=6)
    assert says in [str(known) for known in report.lookalikes]
    assert says in " ".join(report.table().split())


def test_of_several_names_the_one_without_a_factor_comes_first():
    names = [str(known) for known in og.audit(maxk.subset_mean_baseline, "max@3", n=6).lookalikes]
    assert names[0] == "subset_mean_baseline at K = 3"
    assert "1/2 × maxpo at K = 3" in names


@pytest.mark.slow
@pytest.mark.parametrize("name", ["divided_by_std", "with_replacement", "ties_by_index"])
def test_what_is_new_equals_nothing(name):
    assert og.audit(WRONG[name][0], "max@3", n=6).lookalikes == ()


@pytest.mark.slow
def test_equal_on_the_enumerated_rewards_is_not_enough():
    def clipped_above_six(x):
        return canonical(np.minimum(x, 6), 2)

    assert og.audit(clipped_above_six, "max@2", n=5).lookalikes == ()
    on_values = og.audit(clipped_above_six, "max@2", n=5, values=(0, 1, 6))
    assert on_values.unbiased
    assert on_values.lookalikes == ()  # shifted, they are clipped: no known estimator depends on shifts so


# ---- the constant as a formula


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pkpo", "pkpo_loo", "pkpo_loo_minus_one", "maxpo", "canonical"])
def test_formulas_of_the_family(name):
    estimator = maxk.FAMILY[name]
    assert og.audit(estimator, "max@3", n=6, full=True).formula.text == estimator.contract.constant.formula


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "objective", "text"),
    [
        (maxk.subset_mean_baseline, "max@3", "(N−K)/(N K)"),
        (maxk.dr_grpo, "mean@1", "(N−1)/N"),
        (maxk.rloo, "mean@1", "1"),
        (maxk.maxrl, maxk.maxrl_objective(5), "1"),
        (maxk.runner_up_gap, "max@5", "1/N"),
        (WRONG["swapped_constant"][0], "max@3", "N/K²"),
        (RIGHT["three_sevenths"][0], "max@3", "3/(7 K)"),
        (WRONG["reversed_sign"][0], "max@2", "−1/K"),
        (lambda x: canonical(x, 3), "max@3", "1/3"),
        (lambda x, k: og.inclusion(x, f"top(2)@{max(k, 2)}"), "top(2)@3", "1/K"),
    ],
)
def test_formula(function, objective, text):
    found = og.audit(function, objective, n=5, full=True).formula
    assert found.text == text
    assert all(t.n >= t.k for t in found.tried if t.constant is not None)


@pytest.mark.slow
def test_no_formula_where_none_fits_or_several_do():
    sizes = [(n, k) for n in range(3, 9) for k in range(2, n)]
    odd = formula([Tried(n, k, Fraction(1, n * n + k)) for n, k in sizes])
    assert odd.text is None
    assert "no formula of this kind" in odd.says
    fixed = formula([Tried(n, 4, Fraction(n - 4, 4 * n)) for n in range(5, 10)])
    assert fixed.text is None
    assert "no formula in N alone, at K = 4, fits" in fixed.says
    few = formula([Tried(n, 2, Fraction(1, n)) for n in (3,)] + [Tried(4, 3, Fraction(1, 4))])
    assert few.text is None
    assert "formulas fit" in few.says
    assert formula([Tried(4, 2, Fraction(1, 2))]).text is None


def test_one_size_that_disagrees_is_enough_to_refuse():
    sizes = [(n, k) for n in range(3, 9) for k in range(2, n)]
    right = [Tried(n, k, Fraction(1, k)) for n, k in sizes]
    assert formula(right).text == "1/K"
    assert formula([*right[:-1], Tried(8, 7, Fraction(1, 8))]).text is None


# ---- what single changes of the code would turn round


@pytest.mark.parametrize("factor", [1e-9, 1.0, 1e6])
def test_a_rescaled_estimator_has_the_same_objective(factor):
    report = og.audit(lambda x: og.advantage(x, "max@2") * factor, "max@3", n=6)
    assert report.estimand.name == "max@2"
    assert float(report.estimand.constant) == pytest.approx(factor / 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        *(
            "min@3",
            "gini@4",
            "median@5",
            "top(2)@5",
            "bottom(3)@5",
            "rank(2)@5",
            "lmoment(3)@5",
            "trimmed(1)@5",
        ),
        *("winsorized(1)@5", "midrange(2)@5", "cvar(0.3)@5", "upper_cvar(0.25)@5", "quantile(0.1)@5"),
        *("harrell_davis(0.5)@5", "wang(-0.5)@5", "proportional_hazard(2)@5", "lmoment(8)@8", "trimmed(3)@8"),
    ],
)
def test_every_kind_of_name_is_looked_up(name):
    found = og.audit(lambda x: og.advantage(x, name), "max@2", n=9, values=(0, 1, 3)).estimand
    assert found.objective.reduced() == og.objective(name).reduced()
    assert found.name != "an L-statistic"


@pytest.mark.parametrize(("function", "objective"), [(maxk.grpo, "mean@1"), (maxk.rloo, "max@2")])
def test_a_wrong_direction_on_exactly_three_values(function, objective):
    """Two of the three differences make the one pair of polynomials that is compared."""
    assert og.audit(function, objective, n=5, values=(0, 1, 3)).direction_right is False


@pytest.mark.slow
@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_the_unit_of_a_right_direction_does_not_matter(unit):
    def over_the_deviation_of_the_others(x):
        (n,) = x.shape
        spread = np.array([np.delete(x, i).std() for i in range(n)])
        return unit * np.where(spread > 0, (x - x.mean()) / np.where(spread > 0, spread, 1), 0.0)

    report = og.audit(over_the_deviation_of_the_others, "mean@1", n=5, values=(0, 1, 3))
    assert not report.unbiased
    assert report.direction_right
