"""The exact variance of a gradient estimate, without enumeration, equals the one by enumeration.

Theorem, spec eqs. (87)–(89). ``ĝ = Σ_i w_i ∇_θ log π(a_i)``, softmax logits, of any estimator that is linear
in the gaps: mean, covariance and the part within rewards are those of all m^N batches of actions, ``==`` in
rationals. Floats are held to 1e-12 of the largest second moment: each transition of the counts is right to
4 u log(N!) relative to itself, 5e-14 at N = 40, m of them are multiplied, and two moments are subtracted.
"""

from fractions import Fraction
from itertools import product
from math import comb, prod

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import definition, maxk
from ordergrad_ref.auditing.decisions import variance as enumerated
from ordergrad_ref.auditing.decisions.multisets import Multisets
from ordergrad_ref.definition import published
from ordergrad_ref.errors import (
    GroupTooSmallError,
    InvalidInputError,
    NonFiniteRewardError,
    UnknownObjectiveError,
)

F = Fraction
THREE = ([F(-1), F(1, 2), F(3)], [F(1, 2), F(1, 3), F(1, 6)])
SHARED = ([F(2), F(0), F(2), F(5)], [F(1, 8), F(1, 2), F(1, 4), F(1, 8)])
BINARY = ([F(1), F(0), F(0)], [F(1, 5), F(3, 5), F(1, 5)])


def weights(estimator, x, policy, objective):
    """The weights of one batch by the sentences of the definition, in the scale of ∇J."""
    alpha, n = og.objective(objective), len(x)
    scale = F(alpha.k, n)
    q = definition.inclusion(x, alpha)
    others = [x[:i] + x[i + 1 :] for i in range(n)]
    if estimator == "advantage":
        return [scale * a for a in definition.advantage(x, alpha)]
    if estimator == "inclusion":
        return [scale * a for a in q]
    if estimator in ("optimal", "plug_in"):
        baselines = []
        for rest in others:
            law = zip(*policy, strict=True) if estimator == "optimal" else [(y, F(1, n - 1)) for y in rest]
            baselines.append(sum(p * definition.inclusion([y, *rest], alpha)[0] for y, p in law))
        return [scale * (a - b) for a, b in zip(q, baselines, strict=True)]
    contract = maxk.FAMILY[estimator].contract
    takes_k = estimator not in ("rloo", "dr_grpo", "runner_up_gap", "maxrl")
    answer = getattr(published, estimator)(x, *[alpha.k] * takes_k)
    return [a / contract.constant.sum(n, alpha.k) for a in answer]


def by_enumeration(estimator, policy, objective, n):
    """Mean and covariance over all batches of actions, and E Σ_i w_i² σ²(x_i)."""
    r, p = policy
    m = len(r)
    of_reward = [sum(p[b] for b in range(m) if r[b] == r[a]) for a in range(m)]
    spread = [1 - sum((p[b] / of_reward[a]) ** 2 for b in range(m) if r[b] == r[a]) for a in range(m)]
    mean, second, within = np.full(m, F(0)), np.full((m, m), F(0)), F(0)
    known = {}
    for actions in product(range(m), repeat=n):
        ordered = tuple(sorted(actions))
        if ordered not in known:
            w = weights(estimator, [r[a] for a in ordered], policy, objective)
            g = np.full(m, F(0))
            for a, of_a in zip(ordered, w, strict=True):
                g[a] += of_a
            g -= np.array(p) * sum(w)
            known[ordered] = g, sum(x * x * spread[a] for a, x in zip(ordered, w, strict=True))
        chance = prod(p[a] for a in actions)
        g, inside = known[ordered]
        mean += chance * g
        second += chance * np.multiply.outer(g, g)
        within += chance * inside
    return mean, second - np.multiply.outer(mean, mean), within


CASES = [
    *((name, THREE, "max@2", 3) for name in ("advantage", "inclusion", "optimal", "plug_in")),
    *((name, SHARED, "max@2", 4) for name in ("pkpo", "pkpo_loo", "pkpo_loo_minus_one", "maxpo")),
    *((name, SHARED, "max@3", 4) for name in ("canonical", "subset_mean_baseline", "optimal", "plug_in")),
    *((name, THREE, "lmoment(2)@3", 4) for name in ("advantage", "inclusion", "optimal", "plug_in")),
    *((name, THREE, "mean@1", 3) for name in ("rloo", "dr_grpo", "advantage", "optimal", "plug_in")),
    ("advantage", SHARED, "median@3", 4),
    ("runner_up_gap", THREE, "max@3", 3),
    ("pkpo", THREE, "max@3", 3),
    ("maxrl", BINARY, maxk.maxrl_objective(3), 3),
    ("inclusion", THREE, "max@2", 2),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimator", "policy", "objective", "n"), CASES, ids=[f"{c[0]}-{c[2]}-{c[3]}" for c in CASES]
)
def test_moments_are_those_of_all_batches(estimator, policy, objective, n):
    mean, covariance, within = by_enumeration(estimator, policy, objective, n)
    found = og.variance.moments(*policy, objective, n, estimator)
    assert found.mean.tolist() == mean.tolist()
    assert found.covariance.tolist() == covariance.tolist()
    assert found.within == within
    assert found.total_variance == np.trace(covariance)
    assert found.signal_to_noise == (mean @ mean) / np.trace(covariance)


def test_every_estimator_is_enumerated():
    assert {case[0] for case in CASES} == set(og.variance.ESTIMATORS)


@pytest.mark.parametrize("problem", enumerated.PROBLEMS, ids=lambda p: p.name)
def test_moments_are_those_of_all_multisets(problem):
    """Other policies and a larger group, by the enumeration that the audit makes of multisets."""
    multisets = Multisets(6, problem.rewards)
    sums = enumerated.canonical_sums(multisets, og.objective("max@4"))
    slow = enumerated.moments(multisets.counts, sums, problem.probabilities, problem.actions)
    actions = [(r, p / problem.actions) for r, p in zip(problem.rewards, problem.probabilities, strict=True)]
    rewards, probabilities = zip(*(a for a in actions for _ in range(problem.actions)), strict=True)
    quick = og.variance.moments(rewards, probabilities, "max@4", 6)
    assert (quick.total_variance, quick.within) == (slow.total_variance, slow.within)


@pytest.mark.parametrize(
    ("k", "published"), [(1, 0.06367445), (2, 0.05199894), (4, 0.01989631), (6, 0.00888039)]
)
def test_the_figure_of_ordergrad(k, published):
    """Eight arms, N = 64, which the paper simulates: 20 000 batches say .01974 at K = 4."""
    p = np.exp(np.random.default_rng(0).normal(size=8))
    found = og.variance.moments(np.arange(8.0), p / p.sum(), f"max@{k}", 64)
    assert round(float(found.total_variance), 8) == published
    true = og.population.logit_gradient(np.arange(8.0), np.log(p), f"max@{k}")
    np.testing.assert_allclose(found.mean, true, atol=1e-12)


@pytest.mark.parametrize("estimator", ["advantage", "inclusion", "optimal"])
def test_floats_are_near_the_rationals(estimator):
    rewards, p = [-3, 0, 1, 1000], [F(7, 16), F(1, 2), F(1, 16) - F(1, 2**20), F(1, 2**20)]
    exact = og.variance.moments(rewards, p, "max@4", 40, estimator)
    floats = og.variance.moments(rewards, [float(x) for x in p], "max@4", 40, estimator)
    scale = float(max(abs(x) for x in exact.covariance.ravel())) + float(max(abs(exact.mean))) ** 2
    assert abs(floats.covariance - exact.covariance.astype(float)).max() <= 1e-12 * scale
    assert abs(floats.mean - exact.mean.astype(float)).max() <= 1e-12 * scale**0.5
    assert floats.within == pytest.approx(float(exact.within), abs=1e-12 * scale)


@pytest.mark.slow
def test_many_atoms_and_samples():
    rng = np.random.default_rng(1)
    r, p = rng.normal(size=24), rng.dirichlet(np.ones(24))
    found = og.variance.moments(r, p, "max@8", 512)
    np.testing.assert_allclose(found.mean, og.population.logit_gradient(r, np.log(p), "max@8"), atol=1e-11)
    assert np.linalg.eigvalsh(found.covariance).min() >= -1e-15
    np.testing.assert_allclose(found.covariance.sum(axis=0), 0, atol=1e-15)


def test_impossible_actions_do_not_count():
    without = og.variance.moments([F(0), F(1)], [F(1, 4), F(3, 4)], "max@2", 4)
    found = og.variance.moments([F(0), F(9), F(1)], [F(1, 4), F(0), F(3, 4)], "max@2", 4)
    assert found.mean.tolist() == [without.mean[0], 0, without.mean[1]]
    assert found.total_variance == without.total_variance
    assert found.covariance[1].tolist() == [0, 0, 0]


def test_where_nothing_varies():
    found = og.variance.moments([F(1), F(1)], [F(1, 4), F(3, 4)], "max@2", 4)
    assert found.total_variance == 0
    assert found.signal_to_noise is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimator", "objective"),
    [
        *((name, "max@3") for name in ("advantage", "inclusion", "optimal", "plug_in", "pkpo_loo_minus_one")),
        ("pkpo_loo", "max@2"),
        ("advantage", "median@3"),
        ("rloo", "mean@1"),
    ],
)
def test_limit(estimator, objective):
    """Spec eq. (96): ``N Cov ĝ`` is the limit and a term of 1/N; doubling N halves the difference."""
    expected = og.variance.limit(*SHARED, objective, estimator).astype(float)
    off = [
        abs(
            n * og.variance.moments(*SHARED, objective, n, estimator).covariance.astype(float) - expected
        ).max()
        for n in (16, 32)
    ]
    scale = abs(expected).max()
    assert off[1] <= 1e-12 * scale or 0.4 < off[1] / off[0] < 0.6


def test_limit_of_the_value():
    """Spec eq. (96): ``N Var v → K² Σ_b p_b ā_b²``, for pass@3 at π = 1/4."""
    k, pi = 3, F(1, 4)
    a = og.population.advantage([F(0), F(1)], [1 - pi, pi], f"max@{k}")
    expected = k**2 * ((1 - pi) * a[0] ** 2 + pi * a[1] ** 2)
    off = []
    for n in (32, 64):
        chance = [comb(n, s) * pi**s * (1 - pi) ** (n - s) for s in range(n + 1)]
        v = [1 - F(comb(n - s, k), comb(n, k)) for s in range(n + 1)]
        mean = sum(p * x for p, x in zip(chance, v, strict=True))
        off.append(n * (sum(p * x * x for p, x in zip(chance, v, strict=True)) - mean**2) - expected)
    assert 0.4 < off[1] / off[0] < 0.6


def test_limit_refuses():
    with pytest.raises(InvalidInputError, match="estimator: expected one of"):
        og.variance.limit([0, 1], [0.5, 0.5], "max@2", "runner_up_gap")
    with pytest.raises(InvalidInputError, match="estimator: expected one for"):
        og.variance.limit([0, 1], [0.5, 0.5], "max@2", "rloo")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([0, 1], [0.5, 0.5], "max@2", 2), GroupTooSmallError, "N = 2"),
        (([0, 1], [0.5, 0.5], "maxx@2", 4), UnknownObjectiveError, "maxx"),
        (([0, 1], [0.5, 0.5], "max@2.5", 4), InvalidInputError, "objective: expected an integer K"),
        (([0, np.nan], [0.5, 0.5], "max@2", 4), NonFiniteRewardError, "rewards: expected finite"),
        (([0, 1], [0.5, 0.6], "max@2", 4), InvalidInputError, "probabilities: expected a sum of one"),
        (([0, 1], [1.5, -0.5], "max@2", 4), InvalidInputError, "probabilities: expected none below zero"),
        (([0, 1], [1.0], "max@2", 4), InvalidInputError, "probabilities: expected one for each of the 2"),
        (([[0, 1]], [[0.5, 0.5]], "max@2", 4), InvalidInputError, "rewards: expected one distribution"),
        (([F(0), F(1)], [0.5, 0.5], "max@2", 4), InvalidInputError, "probabilities: expected exact"),
        ((range(129), [1 / 129] * 129, "max@2", 4), InvalidInputError, "rewards: expected at most 128"),
        (([0, 1], [0.5, 0.5], "max@2", 1), InvalidInputError, "n: expected 2 <= n"),
        (([0, 1], [0.5, 0.5], "max@2", 4, "grpo"), InvalidInputError, "estimator: expected one of"),
        (([0, 1], [0.5, 0.5], "max@2", 4, "rloo"), InvalidInputError, "estimator: expected one for"),
        (([0, 2], [0.5, 0.5], maxk.maxrl_objective(4), 4, "maxrl"), InvalidInputError, "only 0 and 1"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        og.variance.moments(*arguments)
