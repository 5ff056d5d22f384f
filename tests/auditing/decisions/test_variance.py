"""Exact variances of gradient estimators, and when centring reduces them.

Theorem (spec eq. (65)). ``ĝ = (1/N) Σ_i A_i ∇_θ log p(x_i)`` depends on a batch through its counts n and the
sums ``S_b`` of the advantages at each value, ``ĝ_b = (S_b − p_b Σ_c S_c)/N``: mean and covariance are sums
over multisets.

Theorem (spec eq. (71)). Where several actions have one reward, the trace of the covariance by the logits of
the actions is the reward-level part plus ``(1/N) E[A_1² σ²(x_1)]``.

Theorems (spec eqs. (68), (69)). On binary rewards of success probability π, the leave-one-out-minus-one
advantage and the canonical one, both scaled to ∇J, have variances V_h and V_c by the logit of success with
``V_h − V_c = (2/N) (N − 2K)/(N − 1) π² + O(π³)`` times the common scale K², and for K ≥ 2
``V_c / V_h ~ K / ((N − K + 1) (1 − π))`` as π → 1.
"""

from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import product
from math import comb
from pathlib import Path

import numpy as np
import pytest
import sympy
from helpers.wrong_estimators import WRONG, canonical

import ordergrad_ref as og
from ordergrad_ref import definition, maxk
from ordergrad_ref.auditing.decisions.multisets import Multisets
from ordergrad_ref.auditing.decisions.variance import (
    PROBLEMS,
    Problem,
    canonical_sums,
    moments,
    true_gradient,
)
from ordergrad_ref.auditing.decisions.variance import variance as variance_of_answers


def problem(rewards, probabilities, actions=1):
    exact = (tuple(map(Fraction, numbers.split())) for numbers in (rewards, probabilities))
    return Problem("", *exact, actions=actions)


def variance(function, p, n, objective, offset=0):
    """Call a function on all batches of a problem, its rewards shifted, and judge the answers."""
    p = p.shifted(Fraction(offset))
    return variance_of_answers(p, n, objective, function(p.batches(n)))


GRADED = problem("0 1 2", "1/2 1/4 1/4")
EVEN = problem("0 1 2", "1/3 1/3 1/3")


def by_definition(f, p, n):
    """Mean and covariance of the gradient in softmax logits, over all m^N batches, in exact rationals."""
    m = len(p.rewards)
    mean = [Fraction(0)] * m
    second = [[Fraction(0)] * m for _ in range(m)]
    for atoms in product(range(m), repeat=n):
        chance = Fraction(1)
        for b in atoms:
            chance *= p.probabilities[b]
        advantages = f([p.rewards[b] for b in atoms])
        g = [
            sum(a * ((b == c) - p.probabilities[c]) for b, a in zip(atoms, advantages, strict=True)) / n
            for c in range(m)
        ]
        for a in range(m):
            mean[a] += chance * g[a]
            for b in range(m):
                second[a][b] += chance * g[a] * g[b]
    covariance = [[second[a][b] - mean[a] * mean[b] for b in range(m)] for a in range(m)]
    return mean, covariance


def of_actions(p):
    """The policy as a distribution over its actions, each with its reward."""
    return Problem(
        "",
        tuple(r for r in p.rewards for _ in range(p.actions)),
        tuple(q / p.actions for q in p.probabilities for _ in range(p.actions)),
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "p", [problem("0 1", "3/4 1/4", 2), problem("0 1", "1/8 7/8", 3), problem("0 1 3", "1/2 1/4 1/4", 2)]
)
@pytest.mark.parametrize("estimator", [maxk.canonical, maxk.pkpo_loo_minus_one, maxk.pkpo])
def test_several_actions_a_reward(p, estimator):
    """By enumeration of all batches of actions, in the logits of the actions. Spec eq. (71)."""

    def exact(x):
        return estimator(np.array(x, dtype=object), 2).tolist()

    mean, covariance = by_definition(exact, of_actions(p), 3)
    found = variance(lambda x: estimator(x, 2), p, 3, og.objective("max@2"))
    assert found.exact
    assert found.moments.total_variance == sum(row[i] for i, row in enumerate(covariance))
    assert found.moments.signal_to_noise == float(sum(x * x for x in mean) / found.moments.total_variance)
    assert mean == [x / p.actions for x in found.moments.mean for _ in range(p.actions)]
    assert found.moments.within > 0


def test_one_action_a_reward_has_nothing_within():
    row = variance(lambda x: maxk.pkpo(x, 2), GRADED, 3, og.objective("max@2"))
    assert row.moments.within == 0


@pytest.mark.parametrize("p", [GRADED, problem("-1 4", "2/3 1/3")])
@pytest.mark.parametrize(("n", "spelling"), [(4, "max@2"), (3, "mean@1"), (4, "gini@3")])
def test_moments_are_those_of_the_definition(p, n, spelling):
    def exact(x):
        return definition.advantage(x, spelling)

    mean, covariance = by_definition(exact, p, n)
    found = variance(lambda x: og.advantage(x, spelling), p, n, og.objective(spelling))
    assert found.exact
    assert found.moments.mean == tuple(mean)
    assert found.moments.covariance == tuple(map(tuple, covariance))
    assert found.scale == Fraction(1, og.objective(spelling).k)
    assert found.ratio == 1
    assert list(mean) == [g * found.scale for g in true_gradient(p, og.objective(spelling))]


def test_canonical_sums_are_those_of_the_definition():
    values = tuple(map(Fraction, (0, 1, 4)))
    for spelling in ("max@3", "median@4", "lmoment(2)@2"):
        multisets = Multisets(5, values)
        found = canonical_sums(multisets, og.objective(spelling))
        for rewards, sums in zip(multisets.table.tolist(), found, strict=True):
            a = definition.advantage([Fraction(x) for x in rewards], spelling)
            by_value = [sum(x for x, r in zip(a, rewards, strict=True) if r == v) for v in values]
            assert sums == [og.objective(spelling).k * s for s in by_value]


def test_where_the_advantage_needs_k_reduced():
    """mean@3 in groups of 3 has a canonical advantage, that of mean@1; max@3 has none."""
    multisets = Multisets(3, (Fraction(0), Fraction(1)))
    assert canonical_sums(multisets, og.objective("max@3")) is None
    assert canonical_sums(multisets, og.objective("mean@3")) == canonical_sums(
        multisets, og.objective("mean@1")
    )
    row = variance(lambda x: maxk.pkpo(x, 3), PROBLEMS[0], 3, og.objective("max@3"))
    assert row.canonical is row.ratio is None
    assert row.total > 0


def test_the_numbers_of_the_specification():
    """N = 5, K = 2, rewards 0, 1, 2: centring reduces the variance on one policy and raises it on another."""
    for p, uncentred, centred in (
        (GRADED, Fraction(943, 5120), Fraction(459, 2560)),
        (EVEN, Fraction(146, 1215), Fraction(106, 729)),
    ):
        h, c = (
            variance(lambda x, f=f: f(x, 2), p, 5, og.objective("max@2"))
            for f in (maxk.pkpo_loo_minus_one, maxk.maxpo)
        )
        assert (h.total, c.total) == (uncentred, centred)
        assert c.canonical == h.canonical == centred
        assert h.ratio == uncentred / centred


def test_biased_estimators_are_scaled_to_the_gradient_that_they_do_have():
    row = variance(lambda x: maxk.grpo(x), EVEN, 4, og.objective("mean@1"))
    assert not row.exact
    true = true_gradient(EVEN, og.objective("mean@1"))
    along = sum(a * b for a, b in zip(row.moments.mean, true, strict=True))
    assert row.scale == along / sum(b * b for b in true)
    descending = variance(lambda x: -x, EVEN, 4, og.objective("mean@1"))
    assert descending.scale is descending.total is descending.ratio is None
    assert descending.moments.signal_to_noise > 0


def test_scale_does_not_matter():
    one, seven = (
        variance(lambda x, s=s: s * maxk.pkpo(x, 2), GRADED, 4, og.objective("max@2")) for s in (1, 7)
    )
    assert one.total == seven.total
    assert one.moments.signal_to_noise == pytest.approx(seven.moments.signal_to_noise, rel=1e-15)


def test_ties_treated_differently_cost_nothing_where_their_sum_is_the_same():
    """The gradient sees only the sum of the advantages at each reward: noise among ties cancels here."""
    plain, noisy = (
        variance(lambda x, f=f: np.stack([f(row, 2) for row in x]), GRADED, 4, og.objective("max@2"))
        for f in (canonical, WRONG["ties_by_index"][0])
    )
    assert plain.total == noisy.total


# ---- the reward offset, eq. (67)


@pytest.mark.parametrize("offset", [Fraction(1), Fraction(10), Fraction(-3, 4)])
@pytest.mark.parametrize(("n", "k"), [(4, 2), (5, 3)])
def test_the_offset_of_a_baseline_free_estimator(n, k, offset):
    """``tr Cov(s) = tr Cov + 2 s τ tr Cov(ĝ, z) + s² τ² (1 − |p|²)/N`` where ``A(x + s) = A(x) + s τ``."""
    p, alpha = GRADED, og.objective(f"max@{k}")
    function = partial(maxk.pkpo, k=k)
    tau = Fraction(k, n)
    total = [variance(function, p, n, alpha, s).moments.total_variance for s in (0, offset, -offset)]
    spread = (1 - sum(x * x for x in p.probabilities)) / n
    assert total[1] + total[2] - 2 * total[0] == 2 * offset**2 * tau**2 * spread
    rows = (
        variance(maxk.rloo, p, n, og.objective("mean@1")),
        variance(maxk.rloo, p, n, og.objective("mean@1"), offset),
    )
    assert rows[0].total == rows[1].total


# ---- when does centring reduce variance, eqs. (68), (69)


π = sympy.Symbol("π")


def second_moments(n, k):
    """``E ĝ²`` by the logit of success, as polynomials in π: of h and of the canonical advantage."""
    h = c = sympy.Integer(0)
    for s in range(n + 1):
        rewards = [Fraction(1)] * s + [Fraction(0)] * (n - s)
        q = definition.inclusion(rewards, f"max@{k}")
        v = definition.leave_one_out(rewards, f"max@{k}")
        others = [rewards[:i] + rewards[i + 1 :] for i in range(n)]
        u = [definition.value(x, f"max@{k - 1}") if k > 1 else Fraction(0) for x in others]
        chance = comb(n, s) * π**s * (1 - π) ** (n - s)
        scores = [1 - π] * s + [-π] * (n - s)
        for baseline, into in ((u, "h"), (v, "c")):
            g = sum(
                sympy.Rational(a.numerator, a.denominator) * score
                for a, score in zip((x - y for x, y in zip(q, baseline, strict=True)), scores, strict=True)
            )
            term = chance * (g / n) ** 2
            if into == "h":
                h += term
            else:
                c += term
    return sympy.Poly(sympy.expand(h), π), sympy.Poly(sympy.expand(c), π)


@pytest.mark.parametrize(("n", "k"), [(n, k) for n in range(2, 7) for k in range(1, n)])
def test_rare_successes(n, k):
    """Centring reduces the variance for rare successes iff K < N/2: exact, from the definition."""
    h, c = second_moments(n, k)
    difference = (h - c).all_coeffs()[::-1]
    assert difference[:2] == [0, 0] or not any(difference)
    second = difference[2] if len(difference) > 2 else 0
    assert second == sympy.Rational(2 * (n - 2 * k), n * (n - 1))


@pytest.mark.parametrize(("n", "k"), [(n, k) for n in range(3, 7) for k in range(2, n)])
def test_nearly_solved(n, k):
    """Centring raises the variance without bound as π → 1: the leading terms in 1 − π."""
    h, c = second_moments(n, k)
    ε = sympy.Symbol("ε")
    mean_squared = (ε**k * (1 - ε)) ** 2  # (K ∇J/K)² by the logit, J = 1 − ε^K
    lowest = []
    for e in (h, c):
        polynomial = sympy.Poly(sympy.expand(e.as_expr().subs(π, 1 - ε) - mean_squared), ε)
        (power,), coefficient = polynomial.terms()[-1]
        lowest.append((power, coefficient))
    (h_power, h_lead), (c_power, c_lead) = lowest
    assert (h_power, c_power) == (k + 1, k)
    assert c_lead / h_lead == sympy.Rational(k, n - k + 1)
    assert c_lead == sympy.Rational(k, n * comb(n - 1, k - 1))


def test_the_enumeration_says_the_same_as_the_theorems():
    def ratio(n, k, success):
        p = Problem("", (Fraction(0), Fraction(1)), (1 - success, success))
        alpha = og.objective(f"max@{k}")
        return variance(lambda x: maxk.pkpo_loo_minus_one(x, k), p, n, alpha).ratio

    rare, nearly = Fraction(1, 10**6), 1 - Fraction(1, 10**6)
    for n, k in [(8, 2), (8, 3), (16, 4), (16, 7)]:
        assert ratio(n, k, rare) > 1
        assert ratio(n, k, nearly) < 1
        assert float(1 / ratio(n, k, nearly)) == pytest.approx(k / (n - k + 1) * 1e6, rel=1e-3)
    for n, k in [(8, 5), (8, 7), (16, 9)]:
        assert ratio(n, k, rare) < 1


@pytest.mark.slow
def test_a_case_each_way_among_the_named_problems():
    """N = 16, K = 4: centring reduces the variance of sparse successes and more than doubles a coin's."""
    report = og.audit(maxk.pkpo_loo_minus_one, "max@4", n=16, values=(0, 1), full=True)
    by_name = {row.problem.name: row for row in report.variances if (row.n, row.k) == (16, 4)}
    assert by_name["sparse binary"].ratio > Fraction(117, 100)
    assert by_name["coin"].ratio < Fraction(43, 100)
    assert by_name["nearly solved"].ratio < Fraction(16, 100)


ACTIONS = (1, 2, 4, 64)


def printed_ratios():
    """What section 10.4 prints, by problem, N and actions a reward: four columns, and a table of its own."""
    path = Path(__file__).parents[3] / "docs" / "spec" / og.__spec_version__ / "index.md"
    text = path.read_text(encoding="utf-8")
    binary, others = (
        [
            [cell.strip(" *") for cell in row.split("|")[1:-1]]
            for row in text.split(header)[1].split("\n\n")[0].splitlines()[2:]
        ]
        for header in ("| $K = 4$, binary |", "| | rewards | probabilities |")
    )
    names = [row[0] for row in binary[::2] for _ in range(2)]
    found = {
        (name, int(row[2]), m): cell
        for name, row in zip(names, binary, strict=True)
        for m, cell in zip(ACTIONS, row[3:], strict=True)
    }
    return found | {(row[0], n, 1): cell for row in others for n, cell in zip((8, 16), row[3:], strict=True)}


@pytest.mark.slow
def test_the_tables_of_the_specification():
    printed, by_name = printed_ratios(), {p.name: p for p in PROBLEMS}
    names = ["rare success", "sparse binary", "coin", "nearly solved", "graded", "heavy tail"]
    binary = [(name, n, m) for name in names[:4] for n in (8, 16) for m in ACTIONS]
    assert list(printed) == binary + [(name, n, 1) for name in names[4:] for n in (8, 16)]
    for (name, n, m), number in printed.items():
        p = replace(by_name[name], actions=m)
        found = variance(lambda x: maxk.pkpo_loo_minus_one(x, 4), p, n, og.objective("max@4"))
        assert f"{float(found.ratio):.4f}" == number


def test_the_offset_of_the_specification():
    """V of PKPO on a fair coin, with the rewards as they are, up by one and down by one: section 10.2."""
    totals = [
        variance(lambda x: maxk.pkpo(x, 4), PROBLEMS[0], 8, og.objective("max@4"), Fraction(s)).total
        for s in (0, 1, -1)
    ]
    assert totals == [Fraction(1371, 2240), Fraction(6971, 2240), Fraction(251, 2240)]


# ---- in a report


@pytest.mark.slow
def test_variances_of_a_full_audit():
    report = og.audit(maxk.pkpo, "max@4", n=8, full=True)
    assert {row.problem.name for row in report.variances} == {p.name for p in PROBLEMS}
    assert all(row.scale == Fraction(1, row.n) and row.exact for row in report.variances)
    assert {row.n for row in report.variances} >= {8, 16, 32}
    assert {row.k for row in report.variances} >= {1, 2, 4, 7}
    offset = {
        row.offset: row.ratio
        for row in report.variances
        if row.n == 8 and row.k == 4 and row.problem.name == "sparse binary"
    }
    assert offset[Fraction(0)] < offset[Fraction(1)] < offset[Fraction(10)]
    assert "Variance of the gradient estimator" in report.table()
    assert og.audit(maxk.pkpo, "max@4", n=8).variances == ()


def test_variances_on_given_values_only():
    seen = set()

    def watched(x):
        seen.update(x.ravel().tolist())
        return x - x.mean(axis=-1, keepdims=True)

    report = og.audit(watched, "mean@1", n=4, values=(2, 3, 5), full=True)
    assert {row.problem.name for row in report.variances} == {"uniform", "mostly the least"}
    assert all(row.ratio == 1 for row in report.variances)
    assert {Fraction(2), Fraction(3), Fraction(5)} == set(report.variances[0].problem.rewards)


@pytest.mark.slow
def test_no_variances_where_the_order_matters():
    """The sums at each value do not determine such a function's gradient."""
    report = og.audit(lambda x: canonical(x, 2) * (np.arange(len(x)) == 0), "max@2", n=4, full=True)
    assert report.unbiased
    assert report.variances == ()


def test_every_problem_is_a_policy():
    for p in PROBLEMS:
        assert sum(p.probabilities) == 1
        assert list(p.rewards) == sorted(set(p.rewards))
        assert all(x > 0 for x in p.probabilities)
        assert p.actions == (4 if p.name.endswith(", 4 actions a reward") else 1)


def shared_q(x, spelling):
    """``q_i / (N−1)``."""
    q = og.inclusion(x, spelling)
    return q / (q.shape[-1] - 1)


@pytest.mark.slow
@pytest.mark.parametrize("function", [og.advantage, shared_q])
@pytest.mark.parametrize(("rewards", "n", "k"), [("0 1", 16, 9), ("0 1 3", 13, 6)])
def test_fractions_of_many_digits_are_recognised(rewards, n, k, function):
    """The one has denominators up to ``(N−1) C(N−2, K−1)``, the other up to ``(N−1) C(N−1, K−1)``."""
    values = rewards.split()
    p = problem(rewards, " ".join([f"1/{len(values)}"] * len(values)))
    multisets = Multisets(n, p.rewards)
    sums = []
    for count in multisets.counts.tolist():
        x = [v for v, c in zip(p.rewards, count, strict=True) for _ in range(c)]
        a = dict(zip(x, function(x, f"max@{k}").tolist(), strict=True))
        sums.append([c * a.get(v, 0) for v, c in zip(p.rewards, count, strict=True)])
    found = variance(lambda x: function(x, f"max@{k}"), p, n, og.objective(f"max@{k}"))
    assert found.exact
    assert found.moments == moments(multisets.counts, sums, p.probabilities)


def test_a_group_of_one_has_a_variance():
    """``ĝ = x_1 ∇ log p(x_1)`` on a fair coin: ``E ĝ = ±1/4``, and ``tr Cov = 1/4 − 1/8``."""
    found = variance(lambda x: x, PROBLEMS[0], 1, og.objective("mean@1"))
    assert found.moments.mean == (Fraction(-1, 4), Fraction(1, 4))
    assert found.total == Fraction(1, 8)
    assert found.canonical is None
