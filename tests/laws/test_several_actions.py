"""Policies with several actions a reward: both sides of the decomposition, from the definitions alone.

``ĝ = (1/N) Σ_i A_i s(a_i)``, s the score of an action, A_i made of the rewards alone; on the left of

    tr Cov ĝ = tr Cov((1/N) Σ_i A_i s̄(r_i)) + (1/N) E[A_1² σ²(r_1)]        spec eq. (71)

all batches of actions are enumerated, on the right all batches of rewards. Then what follows for rare and for
nearly certain successes, spec eqs. (72), (73), as polynomials in the success probability; and every number of
section 10.4 of the specification.
"""

import re
from fractions import Fraction as F
from functools import cache
from itertools import combinations_with_replacement, product
from math import comb, factorial, prod
from pathlib import Path
from typing import NamedTuple

import pytest
from sympy import QQ
from sympy.polys.rings import ring

import ordergrad_ref as og
from ordergrad_ref import definition

SPECIFICATION = Path(__file__).parents[2] / "docs" / "spec" / "1.1" / "index.md"
SIZES = [(n, k) for n in range(2, 5) for k in range(1, n)]


class Policy(NamedTuple):
    """Actions with their rewards and probabilities, and of each the score: ``∇log π`` in some parameters."""

    rewards: tuple
    probabilities: tuple
    scores: tuple


def softmax(rewards, probabilities):
    """Softmax logits of the actions: ``∂log π(a)/∂θ_b = [a = b] − π(b)``."""
    actions = range(len(rewards))
    scores = tuple(tuple((a == b) - probabilities[b] for b in actions) for a in actions)
    return Policy(tuple(rewards), tuple(probabilities), scores)


def other_parameters(rewards, probabilities, directions):
    """Any parameters: scores are any numbers of mean zero, one for each action and parameter."""
    means = [sum(p * d for p, d in zip(probabilities, column, strict=True)) for column in directions]
    scores = tuple(
        tuple(column[a] - mean for column, mean in zip(directions, means, strict=True))
        for a in range(len(rewards))
    )
    return Policy(tuple(rewards), tuple(probabilities), scores)


def covariance_trace(probabilities, scores, n, advantages):
    """``tr Cov((1/N) Σ_i A_i s(x_i))`` over all batches of n outcomes, by its definition."""
    outcomes = range(len(probabilities))
    zero = probabilities[0] * 0
    mean, second = [zero] * len(scores[0]), zero
    for x in product(outcomes, repeat=n):
        chance = prod((probabilities[b] for b in x), start=zero + 1)
        g = [
            sum((s * a for a, s in zip(advantages(x), column, strict=True)), zero) / n
            for column in zip(*(scores[b] for b in x), strict=True)
        ]
        mean = [m + chance * c for m, c in zip(mean, g, strict=True)]
        second += chance * sum((c * c for c in g), zero)
    return second - sum((m * m for m in mean), zero)


def left(policy, n, estimator):
    """The left side of eq. (71)."""
    return covariance_trace(
        policy.probabilities, policy.scores, n, lambda x: estimator(tuple(policy.rewards[a] for a in x))
    )


def right(policy, n, estimator):
    """The right side of eq. (71): the reward-level part, and the second term."""
    values = sorted(set(policy.rewards))
    p, means, spreads = [], [], []
    for r in values:
        own = [a for a, reward in enumerate(policy.rewards) if reward == r]
        chance = sum(policy.probabilities[a] for a in own)
        given = [policy.probabilities[a] / chance for a in own]
        columns = list(zip(*(policy.scores[a] for a in own), strict=True))
        mean = [sum(w * s for w, s in zip(given, column, strict=True)) for column in columns]
        square = sum(sum(w * s * s for w, s in zip(given, column, strict=True)) for column in columns)
        p.append(chance)
        means.append(mean)
        spreads.append(square - sum(m * m for m in mean))
    reward_level = covariance_trace(p, means, n, lambda x: estimator(tuple(values[b] for b in x)))
    second = sum(
        prod(p[b] for b in x) * estimator(tuple(values[b] for b in x))[0] ** 2 * spreads[x[0]]
        for x in product(range(len(values)), repeat=n)
    )
    return reward_level, second / n


@cache
def canonical(rewards, k):
    """``q_i − v^(−i)`` by enumeration."""
    return tuple(definition.advantage(list(rewards), og.objective(f"max@{k}")))


@cache
def improvement(rewards, k):
    """``q_i − u_i^(K−1)`` by enumeration: leave-one-out-minus-one."""
    without = [
        definition.value([*rewards[:i], *rewards[i + 1 :]], og.objective(f"max@{k - 1}")) if k > 1 else F(0)
        for i in range(len(rewards))
    ]
    included = definition.inclusion(list(rewards), og.objective(f"max@{k}"))
    return tuple(q - u for q, u in zip(included, without, strict=True))


def estimators(k):
    """Advantages made of the rewards alone, the same function for every sample."""
    return {
        "canonical": lambda x: canonical(x, k),
        "improvement": lambda x: improvement(x, k),
        "of no objective": lambda x: [a * a * sum(x) - max(x) for a in x],
    }


UNEVEN = (F(1, 2), F(1, 5), F(3, 10))
POLICIES = [
    softmax((0, 0, 1), UNEVEN),
    softmax((0, 1, 1), UNEVEN),
    softmax((0, 1, 1, 4), (F(1, 4), F(1, 8), F(1, 8), F(1, 2))),
    softmax((F(-1), F(2), F(2)), UNEVEN),
    other_parameters((0, 1, 1), UNEVEN, [(F(1), F(-2), F(5)), (F(0), F(1), F(1))]),
    other_parameters((3, 0, 3, 0), (F(1, 6), F(1, 3), F(1, 3), F(1, 6)), [(F(1), F(0), F(2), F(-3))]),
]


@pytest.mark.slow
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("n", "k"), [(2, 1), (3, 2), (4, 2)])
def test_decomposition(policy, n, k):
    """Spec eq. (71)."""
    policy = policy._replace(rewards=tuple(F(r) for r in policy.rewards))
    for name, estimator in estimators(k).items():
        reward_level, second = right(policy, n, estimator)
        assert left(policy, n, estimator) == reward_level + second, name
    assert right(policy, n, estimators(k)["canonical"])[1] > 0


def test_one_action_a_reward_has_no_second_term():
    policy = softmax((F(0), F(1), F(4)), UNEVEN)
    reward_level, second = right(policy, 3, estimators(2)["canonical"])
    assert (reward_level, second) == (left(policy, 3, estimators(2)["canonical"]), 0)


def test_actions_of_one_score_have_no_second_term_either():
    """Two succeeding actions that no parameter tells apart."""
    policy = other_parameters((F(0), F(1), F(1)), UNEVEN, [(F(0), F(1), F(1))])
    assert right(policy, 3, estimators(2)["improvement"])[1] == 0


def test_one_succeeding_action_leaves_the_improvement_its_reward_level_part():
    """Failures have no advantage under h, whatever their number; under the canonical one they have."""
    policy = softmax((F(0), F(0), F(1)), UNEVEN)
    assert right(policy, 3, estimators(2)["improvement"])[1] == 0
    assert right(policy, 3, estimators(2)["canonical"])[1] > 0


@pytest.mark.parametrize("p", [UNEVEN, (F(1, 16), F(15, 32), F(15, 32)), (F(1, 100), F(98, 100), F(1, 100))])
@pytest.mark.parametrize("rewards", [(0, 1, 1), (0, 0, 1)])
def test_binary_reward_level_part_is_one_factor_times_the_logit_s(p, rewards):
    """The factor ``|∇π|²/(π (1 − π))²``, at most 2 in softmax logits of the actions."""
    rewards = tuple(map(F, rewards))
    policy = softmax(rewards, p)
    success = sum(x for x, r in zip(p, rewards, strict=True) if r)
    slope = [x * ((r == 1) - success) for x, r in zip(p, rewards, strict=True)]
    factor = sum(x * x for x in slope) / (success * (1 - success)) ** 2
    assert factor <= 2
    for estimator in estimators(2).values():
        by_logit = covariance_trace(
            (1 - success, success),
            ((-success,), (1 - success,)),
            4,
            lambda x, f=estimator: f(tuple(map(F, x))),
        )
        assert right(policy, 4, estimator)[0] == factor * by_logit


# Rare and nearly certain successes, as polynomials.

t, f, g = ring("t f g", QQ)[1:]


@cache
def covariance_polynomial(n, k, name, solved):
    """``W(t)``: two failing actions, f and 1 − f of the failures, and two succeeding ones, g and 1 − g.

    t is the probability of success, or of failure where success is nearly certain.
    """
    success, failure = (1 - t, t) if solved else (t, 1 - t)
    policy = softmax(
        (F(0), F(0), F(1), F(1)), (failure * f, failure * (1 - f), success * g, success * (1 - g))
    )

    def advantages(rewards):
        return [QQ(a.numerator, a.denominator) for a in estimators(k)[name](rewards)]

    return left(policy, n, advantages)


def order(polynomial, power):
    """The coefficient of ``t**power``, a polynomial in f and g."""
    return sum(
        (c * f**i * g**j for (m, i, j), c in polynomial.terms() if m == power),
        t * 0,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("n", "k"), SIZES)
def test_rare_successes_with_several_actions(n, k):
    """Spec eq. (72): ``W_c − W_h = σ²(0)/(N (N−1)) π + O(π²)``, for every split of failures and successes."""
    excess = covariance_polynomial(n, k, "canonical", False) - covariance_polynomial(
        n, k, "improvement", False
    )
    assert order(excess, 0) == 0
    assert order(excess, 1) == (1 - f**2 - (1 - f) ** 2) * QQ(1, n * (n - 1))


@pytest.mark.slow
@pytest.mark.parametrize(("n", "k"), SIZES)
def test_nearly_solved_with_several_actions(n, k):
    """Spec eq. (73): ``W_h = σ²(1)/(N C(N−1, K−1)) ε^(K−1) + O(ε^K)`` and ``W_c = O(ε^K)``."""
    h, c = (covariance_polynomial(n, k, name, True) for name in ("improvement", "canonical"))
    assert [order(h, power) for power in range(k - 1)] == [0] * (k - 1)
    assert order(h, k - 1) == (1 - g**2 - (1 - g) ** 2) * QQ(1, n * comb(n - 1, k - 1))
    assert [order(c, power) for power in range(k)] == [0] * k
    assert order(c, k) != 0


# The numbers of section 10.4.


def ratio(rewards, p, n, k):
    """``W_h / W_c`` in softmax logits of the actions, by enumeration of all batches of actions."""
    policy = softmax(tuple(map(F, rewards)), tuple(map(F, p)))
    h, c = (left(policy, n, estimators(k)[name]) for name in ("improvement", "canonical"))
    return h / c


def test_the_counterexamples_of_the_specification():
    solved = ratio((0, 1, 1), (F(1, 16), F(15, 32), F(15, 32)), 3, 2)
    rare = ratio((0, 0, 1), (F(9, 20), F(9, 20), F(1, 10)), 5, 2)
    assert (solved, ratio((0, 1), (F(1, 16), F(15, 16)), 3, 2)) == (F(35449, 16249), F(211, 4051))
    assert (rare, ratio((0, 1), (F(9, 10), F(1, 10)), 5, 2)) == (F(3699, 4070), F(1233, 1180))
    text = SPECIFICATION.read_text(encoding="utf-8").partition("**Counterexamples**")[2]
    printed = re.findall(r"\\tfrac\{(\d+)\}\{(\d+)\} \\approx ([\d.]+)", text)
    assert [(F(int(a), int(b)), about) for a, b, about in printed] == [
        (F(35449, 16249), "2.18"),
        (F(211, 4051), "0.052"),
        (F(3699, 4070), "0.909"),
        (F(1233, 1180), "1.045"),
    ]
    assert all(round(float(F(int(a), int(b))), len(x.partition(".")[2])) == float(x) for a, b, x in printed)


def test_a_spread_that_tends_to_zero_decides_nothing():
    """N = 5, K = 2, failures of π² and 1 − π − π², π = 1/100: centring lowers the variance, with K < N/2."""
    rare = F(1, 100)
    assert ratio((0, 0, 1), (1 - rare - rare**2, rare**2, rare), 5, 2) > 1
    assert ratio((0, 1), (1 - rare, rare), 5, 2) > 1


def closed_form(name, x, k):
    """The same two estimators, by the exact closed forms: the tests of those hold them to the definitions."""
    return (
        og.advantage(x, f"max@{k}")
        if name == "canonical"
        else og.maxk.pkpo_loo_minus_one(x, k) * F(len(x), k)
    )


def binary(n, k, success, actions, name):
    """``W`` by eq. (71), which the tests above hold to the definitions; each reward has as many actions.

    On binary rewards a batch is a number of successes.
    """
    factor, spread = F(2, actions), 1 - F(1, actions)
    mean = square = noise = F(0)
    for s in range(n + 1):
        x = [F(0)] * (n - s) + [F(1)] * s
        a = closed_form(name, x, k)
        chance = comb(n, s) * success**s * (1 - success) ** (n - s)
        estimate = sum(w * (r - success) for w, r in zip(a, x, strict=True)) / n
        mean += chance * estimate
        square += chance * estimate**2
        noise += chance * sum(w * w for w in a) * spread / n**2
    return factor * (square - mean**2) + noise


def test_the_shortcut_for_binary_rewards_is_the_definition():
    p = (F(3, 8), F(3, 8), F(1, 8), F(1, 8))
    policy = softmax(tuple(map(F, (0, 0, 1, 1))), p)
    for name in ("canonical", "improvement"):
        assert binary(4, 2, F(1, 4), 2, name) == left(policy, 4, estimators(2)[name])


def number(printed):
    """The fraction that ``$\\tfrac{15}{16}$`` or ``$\\tfrac18$`` stands for."""
    digits = re.findall(r"\d+", printed)
    return F(*map(int, digits if len(digits) == 2 else digits[0]))


def rows_below(header):
    """The cells of a table of the specification."""
    lines = SPECIFICATION.read_text(encoding="utf-8").split(header)[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def assert_printed(ratio, printed):
    """Four digits, in bold where above one."""
    assert printed == (f"**{float(ratio):.4f}**" if ratio > 1 else f"{float(ratio):.4f}")


@pytest.mark.slow
def test_the_table_of_actions_of_the_specification():
    rows, success = rows_below("| $K = 4$, binary |"), None
    assert len(rows) == 8
    for _, rate, n, *printed in rows:
        success = number(rate) if rate else success
        for actions, cell in zip((1, 2, 4, 64), printed, strict=True):
            h, c = (binary(int(n), 4, success, actions, name) for name in ("improvement", "canonical"))
            assert_printed(h / c, cell)


def by_counts(rewards, p, n, k, name):
    """``W`` in the logits of actions of different rewards, over multisets of them."""
    m = len(p)
    mean, square = [F(0)] * m, F(0)
    for x in combinations_with_replacement(range(m), n):
        counts = [x.count(b) for b in range(m)]
        chance = (
            factorial(n) // prod(map(factorial, counts)) * prod(q**c for q, c in zip(p, counts, strict=True))
        )
        a = closed_form(name, [rewards[b] for b in x], k)
        sums = [sum(w for w, b in zip(a, x, strict=True) if b == atom) for atom in range(m)]
        g = [(own - q * sum(sums)) / n for own, q in zip(sums, p, strict=True)]
        mean = [e + chance * c for e, c in zip(mean, g, strict=True)]
        square += chance * sum(c * c for c in g)
    return square - sum(e * e for e in mean)


def test_counts_are_enough():
    policy = softmax(tuple(map(F, (0, 1, 4))), UNEVEN)
    for name in ("canonical", "improvement"):
        assert by_counts(policy.rewards, UNEVEN, 4, 2, name) == left(policy, 4, estimators(2)[name])


@pytest.mark.slow
def test_the_table_of_more_rewards_of_the_specification():
    rows = rows_below("| | rewards | probabilities | $N = 8$ | $N = 16$ |")
    assert [row[0] for row in rows] == ["graded", "heavy tail"]
    for _, values, chances, *printed in rows:
        rewards = [F(x) for x in values.strip("$").split(",")]
        p = [number(x.strip(" $")) for x in chances.replace("$", "").split(",")]
        assert sum(p) == 1
        for n, cell in zip((8, 16), printed, strict=True):
            h, c = (by_counts(rewards, p, n, 4, name) for name in ("improvement", "canonical"))
            assert_printed(h / c, cell)
