"""The symbolic proofs hold; what is wrong does not; and they speak of what the code computes.

Each proof is a list of steps whose two sides are the same SymPy object once subtracted and cancelled. The
negative side: certificates, constants and ranges that are wrong are noticed. The numbers in the code are
compared with the terms and formulas of the proofs at small sizes, exactly.
"""

from fractions import Fraction as F
from importlib import import_module
from itertools import combinations_with_replacement, product
from math import factorial, prod

import pytest
import sympy
from sympy import QQ

import ordergrad_ref as og
from ordergrad_ref import definition
from proofs.symbolic import (
    PROOFS,
    __main__,
    batches,
    decomposition,
    degree_elevation,
    family_bias,
    gap_weights,
    grpo,
    improvement,
    kantorovich,
    maxrl,
    pass_at_k,
    rank_weight_sum,
    real_k,
    several_actions,
    uniqueness,
    variance,
)
from proofs.symbolic.hypergeometric import Term, binomial, equal, follows, ratio, vanishes
from proofs.symbolic.steps import Step, show

n, k = sympy.symbols("n k", integer=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", PROOFS)
def test_proof(name, capsys):
    """``main`` checks every step as it prints it."""
    proof = import_module(f"proofs.symbolic.{name}")
    __main__.main([name])
    printed = capsys.readouterr().out
    assert "Claim." in proof.__doc__
    assert "Proof." in proof.__doc__
    assert proof.__doc__.strip() in printed
    assert "\n  1. " in printed
    assert "\n∎\n" in printed


# A step that is wrong is noticed.


def test_a_wrong_step_stops_the_proof(capsys):
    right = Step("1 + 1 = 2", sympy.Integer(1) + 1, sympy.Integer(2))
    show("A proof.", [right])
    with pytest.raises(AssertionError, match="step 2 fails: 1 = 2"):
        show("No proof.", [right, Step("1 = 2", sympy.Integer(1), sympy.Integer(2))])


@pytest.mark.parametrize("wrong", [2, -1, rank_weight_sum.N, rank_weight_sum.m])
def test_a_corrupted_certificate_fails(wrong):
    assert rank_weight_sum.pair(rank_weight_sum.F, rank_weight_sum.G).holds
    assert not rank_weight_sum.pair(rank_weight_sum.F, rank_weight_sum.G * wrong).holds


def test_a_corrupted_ratio_fails():
    f, g, r = rank_weight_sum.F, rank_weight_sum.G, rank_weight_sum.R
    assert Step("G = R F", ratio(g, f), r).holds
    assert not Step("G = −R F", ratio(g, f), -r).holds
    assert not Step("G = R F", ratio(g, f), r.subs(rank_weight_sum.j, rank_weight_sum.j + 1)).holds


@pytest.mark.parametrize(
    ("summand", "certificate", "by", "where"),
    [
        (pass_at_k.f, pass_at_k.S, pass_at_k.m, pass_at_k.RANGE),
        (maxrl.T, maxrl.U, maxrl.k, maxrl.RANGE),
    ],
)
def test_a_corrupted_telescope_fails(summand, certificate, by, where):
    def telescope(certificate):
        return equal("f = ΔS", [summand], [certificate.at((by, by + 1)), -certificate], where)

    assert telescope(certificate).holds
    assert not telescope(certificate * 2).holds
    assert not telescope(-certificate).holds


# The range of a claim is what its side conditions need, no more and no less.


def test_pascals_rule_needs_a_row_above():
    left, right = [binomial(n, k)], [binomial(n - 1, k - 1), binomial(n - 1, k)]
    assert equal("Pascal", left, right, [n - 1]).holds
    with pytest.raises(ValueError, match="needs n - 1 ≥ 0"):
        equal("Pascal", left, right, [n])


def test_division_needs_a_divisor():
    left, right = [binomial(n, k)], [binomial(n - 1, k) * (n / (n - k))]
    assert equal("absorption", left, right, [n - 1, n - 1 - k]).holds
    with pytest.raises(ValueError, match="≠ 0"):
        equal("absorption", left, right, [n - 1, n - k])


def test_terms_of_another_kind_are_not_compared():
    with pytest.raises(ValueError, match="no common base"):
        equal("nonsense", [binomial(n, k)], [binomial(2 * n, k)], [n])


def test_zero_needs_a_negative_factorial_below_and_none_above():
    vanishes("C(n, k) beyond n", binomial(n, k), [n, k - n - 1])
    with pytest.raises(ValueError, match="below"):
        vanishes("C(n, k) within n", binomial(n, k), [n, n - k])
    with pytest.raises(ValueError, match="above"):
        vanishes("C(n, k) of a negative n", binomial(n, k), [k - n - 1])


def test_what_follows():
    assert follows(n - 1, [n - k, k - 1])
    assert follows(n + 3, [n])
    assert not follows(n - 1, [n])
    assert not follows(k, [n])


def number(term, **values):
    """A term at integers: factorials, and one over the factorial of a negative is zero."""
    at = [(sympy.Symbol(name, integer=True), value) for name, value in values.items()]
    result = F(str(sympy.sympify(term.coefficient).subs(at)))
    for a in term.numerator:
        result *= factorial(int(a.subs(at)))
    for b in term.denominator:
        b = int(b.subs(at))
        result = result / factorial(b) if b >= 0 else F(0)
    return result


def test_a_binomial_is_zero_outside():
    c = binomial(n, k)
    assert [number(c, n=3, k=at) for at in range(-2, 6)] == [0, 0, 1, 3, 3, 1, 0, 0]
    assert number(c * c / c * 2 / 3, n=3, k=1) == 2
    assert number(-Term(n), n=3) == -3


def test_equal_terms_are_equal_numbers_at_the_ends_too():
    """Pascal's rule where one of its terms is zero: the common base leaves no boundary out."""
    for row in range(1, 5):
        for at in range(-1, 7):
            above = number(binomial(n - 1, k - 1), n=row, k=at) + number(binomial(n - 1, k), n=row, k=at)
            assert number(binomial(n, k), n=row, k=at) == above


# The proofs speak of what the code computes.

RANKS = [(size, top, j) for size in range(1, 7) for top in range(1, size + 1) for j in range(1, top + 1)]


def rank(j, top):
    return og.LStatistic([int(i == j) for i in range(1, top + 1)])


@pytest.mark.slow
@pytest.mark.parametrize(("size", "top", "j"), RANKS)
def test_elevation_is_the_code_s(size, top, j):
    terms = [number(degree_elevation.H, n=size, K=top, t=t, j=j) for t in range(1, size + 1)]
    assert og.rank_weights.elevated_exact(size, rank(j, top)) == terms
    weights = [number(rank_weight_sum.F, N=size, K=top, m=m, j=j) for m in range(1, size + 1)]
    assert og.rank_weights.exact(size, rank(j, top)) == weights


@pytest.mark.slow
@pytest.mark.parametrize(("size", "top", "j"), [r for r in RANKS if r[1] < r[0]])
def test_the_published_tables_are_the_definition(size, top, j):
    """``r_(m)`` in ``q_(t)`` and ``v^(−t)``: ``definition`` is linear in the gaps of sorted rewards."""
    at = {"N": size, "K": top, "j": j}

    def step_from(m):
        return [F(int(i >= m)) for i in range(1, size + 1)]

    def weights(value):
        above = [
            [F(1)] * size,
            *(value(step_from(m), rank(j, top)) for m in range(2, size + 1)),
            [F(0)] * size,
        ]
        return [[above[m - 1][t] - above[m][t] for m in range(1, size + 1)] for t in range(size)]

    def included(m, t):
        term = gap_weights.A if m < t else gap_weights.B if m == t else gap_weights.C
        return number(term, m=m, **at)

    def left_out(m, t):
        return F(0) if m == t else number(gap_weights.W, m=m if m < t else m - 1, **at)

    ranks = range(1, size + 1)
    assert weights(definition.inclusion) == [[included(m, t) for m in ranks] for t in ranks]
    assert weights(definition.leave_one_out) == [[left_out(m, t) for m in ranks] for t in ranks]


def test_the_family_is_the_code_s():
    assert {*family_bias.FAMILY, "grpo"} == set(og.maxk.FAMILY)


def as_fraction(x):
    return F(int(x.numerator), int(x.denominator))


@pytest.mark.parametrize("name", family_bias.FAMILY)
def test_estimators_and_constants_are_the_code_s(name):
    estimator, code = family_bias.FAMILY[name], og.maxk.FAMILY[name]
    values = (0, 1) if name == "maxrl" else (0, 1, 4)
    assert estimator.target == code.contract.target
    for size, top in family_bias.sizes(name):
        arguments = (top,) if estimator.target == "max@K" else ()
        assert estimator.constant(size, top) == code.contract.constant.mean(size, top)
        assert estimator.least_n(top) == code.contract.smallest_group(top)
        for batch in combinations_with_replacement(range(len(values)), size):
            ours = estimator.advantages(batch, top, [QQ(x) for x in values])
            theirs = code([F(values[b]) for b in batch], *arguments).tolist()
            assert [as_fraction(x) for x in ours] == theirs


def test_the_definitions_are_the_definition():
    rewards, weights = [QQ(0), QQ(1), QQ(4)], [QQ(1), QQ(-2)]
    alpha = og.LStatistic([1, -2])
    for batch in combinations_with_replacement(range(3), 4):
        x = [as_fraction(rewards[b]) for b in batch]
        places = range(len(x))
        assert as_fraction(batches.value(batch, weights, rewards)) == definition.value(x, alpha)
        assert [
            as_fraction(batches.include_one(batch, i, weights, rewards)) for i in places
        ] == definition.inclusion(x, alpha)
        assert [
            as_fraction(batches.leave_one_out(batch, i, weights, rewards)) for i in places
        ] == definition.leave_one_out(x, alpha)
    p = [QQ(1, 2), QQ(1, 3), QQ(1, 6)]
    ours = batches.objective(p, weights, rewards)
    assert as_fraction(ours) == definition.expected_value(
        [as_fraction(x) for x in rewards], [as_fraction(x) for x in p], alpha
    )


def test_grpo_is_the_code_s():
    for successes in range(1, 4):
        one, zero = (float(a) for a in grpo.advantages(successes, 4))
        answer = og.maxk.grpo([0.0] * (4 - successes) + [1.0] * successes)
        u = 2**-53
        assert answer[[0, -1]] == pytest.approx([zero, one], rel=16 * u, abs=0)


def test_the_improvement_is_the_code_s():
    """``h_(r) = Σ_{t<r} d_t C(t, K−1)/C(N−1, K−1)``, K ≥ 2."""
    x = [F(0), F(1), F(4), F(9), F(11)]
    for top in range(2, 6):
        gaps = [x[t] - x[t - 1] for t in range(1, 5)]
        h = [
            sum(gaps[t - 1] * number(improvement.c, N=5, K=top, t=t) for t in range(1, r))
            for r in range(1, 6)
        ]
        assert og.maxk.pkpo_loo_minus_one(x, top).tolist() == [F(top, 5) * a for a in h]


@pytest.mark.slow
@pytest.mark.parametrize(("size", "top"), [(size, top) for size in range(2, 7) for top in range(1, size)])
def test_the_advantages_of_binary_rewards_are_the_definition(size, top):
    """Of s successes: canonical, and leave-one-out-minus-one, which is K/N times h in the code."""
    for successes in range(size + 1):
        x = [F(0)] * (size - successes) + [F(1)] * successes
        canonical = definition.advantage(x, rank(top, top))
        h = [a * F(size, top) for a in og.maxk.pkpo_loo_minus_one(x, top)]
        at = {"N": size, "K": top, "s": successes}

        def total(terms, at=at):
            return sum(number(term, **at) for term in terms)

        if successes < size:
            assert (canonical[0], h[0]) == (total(several_actions.OF_A_FAILURE), 0)
        if successes > 0:
            assert (canonical[-1], h[-1]) == (
                total(several_actions.OF_A_SUCCESS),
                total(several_actions.OF_H),
            )
        batch = tuple(map(int, x))
        ours = several_actions.of_rewards("canonical", batch, top)
        assert [as_fraction(a) for a in ours] == canonical
        assert [as_fraction(a) for a in several_actions.of_rewards("improvement", batch, top)] == h


# What is biased is exhibited, and what is wrong differs.


def test_without_its_second_term_the_decomposition_fails():
    """But where each reward belongs to one action."""
    for actions, needed in (((2, 1), True), ((1, 1), False)):
        both = decomposition.moments(2, actions)
        assert both.square == both.square_of_rewards + both.second_term
        assert (both.square != both.square_of_rewards) is needed
        assert both.square != both.square_of_rewards + 2 * both.second_term or not needed


@pytest.mark.slow
@pytest.mark.parametrize("epsilon", [0, 1e-4, 0.5])
@pytest.mark.parametrize(("size", "values", "unbiased"), [
    (2, (0, 1, 3), False), (4, (0, 1, 3), False), (4, (0, 1), False), (3, (0, 1), True), (2, (0, 1), True),
])  # fmt: skip
def test_grpo_with_an_epsilon(epsilon, size, values, unbiased):
    """Spec eq. (49) divided by ``σ + ε``: biased for every ε, but on two rewards at N = 2 and 3."""

    def grpo_with_epsilon(x):
        deviation = x.std(axis=-1, ddof=1, keepdims=True) + epsilon
        return (x - x.mean(axis=-1, keepdims=True)) / (deviation + (deviation == 0))

    assert og.audit(grpo_with_epsilon, "mean@1", n=size, values=values).unbiased is unbiased


def test_the_bias_polynomial_of_grpo_is_not_zero():
    pi, c = grpo.pi, sympy.Symbol("c")
    bias = sympy.expand(grpo.expected(4) - c)
    assert sympy.diff(bias, pi) != 0
    assert sympy.solve(sympy.Poly(bias, pi).coeffs(), c) == []
    assert not Step("GRPO at N = 4", grpo.expected(4), c).holds
    for size in (2, 3):
        assert sympy.diff(grpo.expected(size), pi) == 0


@pytest.mark.parametrize("name", family_bias.FAMILY)
def test_another_constant_leaves_a_bias(name):
    size, top = next(
        s for s in family_bias.sizes(name) if s[0] == 3 and family_bias.FAMILY[name].constant(*s)
    )
    right = list(family_bias.bias(name, size, top))
    wrong = list(family_bias.bias(name, size, top, times=F(2)))
    assert all(expected == true for _, expected, true in right)
    assert all(expected != true for _, expected, true in wrong)


def test_another_objective_leaves_a_bias():
    p1, p2, *r = batches.symbolic("p1 p2 r1 r2 r3")
    p = batches.simplex([p1, p2])

    def expected(top):
        return batches.score_gradient(p, 4, lambda x: family_bias.pkpo(x, top, r), 0)

    j = batches.objective(p, batches.maximum(2), r)
    assert expected(2) == j.diff(p1)
    assert expected(3) != j.diff(p1)


def test_a_baseline_that_sees_its_own_reward_is_biased():
    """The gap form of h at K = 1, ``x_i − x_(1)``: spec section 8.1 says that it is biased."""
    p1, p2, *r = batches.symbolic("p1 p2 r1 r2 r3")
    p = batches.simplex([p1, p2])
    biased = batches.score_gradient(p, 3, lambda x: [r[b] - r[min(x)] for b in x], 0)
    right = batches.score_gradient(p, 3, lambda x: [r[b] for b in x], 0)
    j = batches.objective(p, [1], r)
    assert right == 3 * j.diff(p1)
    assert biased != right


def test_the_exception_of_real_k_is_one():
    steps = {step.sentence: step for step in real_k.steps()}
    exception = next(step for sentence, step in steps.items() if sentence.startswith("not at"))
    assert exception.left == sympy.Rational(-1, 24) != 0


def test_the_error_term_is_no_smaller():
    error = kantorovich.expectation(kantorovich.x**2) - kantorovich.u**2
    assert sympy.limit(kantorovich.K * error, kantorovich.K, sympy.oo) != 0


def test_with_fewer_unknowns_the_rank_falls_short():
    matrix = uniqueness.centring_matrix(4, 3)
    assert matrix.rank() == matrix.cols
    assert matrix[:-6, :].rank() < matrix.cols
    assert [sum(matrix.row(i)) for i in range(matrix.rows)] == [4] * matrix.rows


def test_canonical_and_improvement_change_places():
    assert variance.crossing(8, 4) is None
    where = variance.crossing(8, 3)
    below, above = (
        variance.excess(variance.improvement, variance.canonical, 8, 3).eval(p) for p in (where / 2, 0.9)
    )
    assert below > 0 > above
    assert variance.crossing(8, 1) == sympy.Rational(12, 19)


@pytest.mark.parametrize(
    ("p", "improvement_s", "canonical_s"),
    [
        ((F(1, 2), F(1, 4), F(1, 4)), F(943, 5120), F(459, 2560)),
        ((F(1, 3), F(1, 3), F(1, 3)), F(146, 1215), F(106, 729)),
    ],
)
def test_the_variances_that_the_specification_states(p, improvement_s, canonical_s):
    """Section 8.2: N = 5, K = 2, rewards (0, 1, 2), trace of the covariance in softmax logits."""
    assert trace(p, "pkpo_loo_minus_one") == improvement_s
    assert trace(p, "canonical") == canonical_s


def trace(p, name):
    rewards, size, top = [QQ(0), QQ(1), QQ(2)], 5, 2
    c = size * family_bias.FAMILY[name].constant(size, top)
    mean, second = [F(0)] * 3, F(0)
    for batch in product(range(3), repeat=size):
        weight = prod((p[b] for b in batch), start=F(1))
        advantages = map(as_fraction, family_bias.FAMILY[name].advantages(batch, top, rewards))
        pairs = list(zip(advantages, batch, strict=True))
        estimate = [sum(a * ((b == atom) - p[atom]) for a, b in pairs) / c for atom in range(3)]
        mean = [m + weight * g for m, g in zip(mean, estimate, strict=True)]
        second += weight * sum(g * g for g in estimate)
    return second - sum(m * m for m in mean)


def test_what_is_drawn_is_the_variance():
    """``Var = E[ĝ²] − (∂J/∂θ)²``, the first from all batches, the second for pass@K in the logit."""
    p, size, top = variance.p, 4, 2
    slope = top * (1 - p) ** top * p
    for estimator, name in variance.ESTIMATORS.items():
        by_definition = variance.by_enumeration(name, size, top) - slope**2
        assert sympy.expand(variance.variance(estimator, size, top).as_expr() - by_definition) == 0


@pytest.mark.slow
def test_variances_are_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    file = tmp_path / "variance.svg"
    variance.plot(str(file), n=4)
    assert "<svg" in file.read_text(encoding="utf-8")
