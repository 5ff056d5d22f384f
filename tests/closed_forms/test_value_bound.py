"""Law: a value loses no accuracy where nothing cancels, spec section 9.3.

``|v̂ − v| ≤ 16 u · [ |T| |o| + Σ_m w̃_m |r_(m) − o| ]``, with o the origin and w̃ the weights of ``|α|``. For
α of one sign, ``w̃ = |w|`` and o is where the bound is least: so with ``o = 0`` the error is relative to
``Σ |w_m r_m|``, which for rewards and weights ≥ 0 is the value itself. A common offset is not seen by an
objective without location. Gini and the third L-moment have both signs, and are held to ``|w|`` all the same;
for L-moments of high degree that bound is false. The include-one and leave-one-out values are averages of the
same kind, and for rewards and α ≥ 0 are held to themselves. The exact side is the definition's identity on
Fractions, or binomial coefficients where N is too large for them. Tried on every engine of sums.
"""

from fractions import Fraction as F
from math import comb

import numpy as np
import pytest
from helpers.engines import answer_by

import ordergrad_ref as og
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.kernels.cpu import sums as cpu
from ordergrad_ref.kernels.gpu import expressions
from ordergrad_ref.objectives.exact_numbers import over_one_denominator

U = F(1, 2**53)
C = 16


def sparse(n):
    return [np.r_[np.zeros(n - s), np.full(s, 1.0)] for s in (1, 2, 3) if s < n]


def small_beside_large(n):
    rng = np.random.default_rng(n)
    yield np.r_[np.zeros(n - 2), 1e-9, 1.0]
    yield 10.0 ** rng.integers(-12, 12, n)
    yield rng.random(n) ** 40
    yield np.r_[-1e15, rng.random(n - 1)]
    yield 1e6 + rng.normal(size=n)
    yield -(10.0 ** rng.integers(-12, 12, n))
    yield rng.standard_cauchy(n)


def terms(row, alpha):
    """``min_c [ |T| |c| + Σ |w_m| |r_(m) − c| ]``: convex in c, so least at a reward or at zero."""
    r, of_rewards = over_one_denominator(sorted(F(float(a)) for a in row))
    w, of_weights = over_one_denominator(og.rank_weights.exact(len(r), alpha))
    total = abs(sum(w))
    least = min(total * abs(c) + sum(abs(a) * abs(b - c) for a, b in zip(w, r, strict=True)) for c in {0, *r})
    return F(least, of_rewards * of_weights)


def by_expressions(name, table, spelling):
    """The array expressions of the GPU on NumPy's arrays."""
    assert name == "value"
    alpha = og.objective(spelling)
    weights, low, high, total = gap_form.level_of_all(table, alpha)
    return expressions.value(np, np.sort(table, axis=-1), weights, low, high, total)


ENGINES = {
    "plain": lambda *asked: answer_by(plain, *asked),
    "compiled": lambda *asked: answer_by(cpu, *asked),
    "expressions": by_expressions,
}
OBJECTIVES = ("max", "min", "mean", "median", "top(2)", "cvar(0.3)", "gini", "lmoment(3)", "wang(0.5)")


@pytest.mark.slow
@pytest.mark.parametrize("n", [4, 10, 33, 100])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_value_is_within_a_few_roundings_of_its_terms(name, n):
    for k in {3, 4, n // 2} - {0, 1, 2}:
        alpha = og.objective(f"{name}@{k}")
        for row in (*sparse(n), *small_beside_large(n)):
            exact = og.value([F(float(a)) for a in row], alpha)
            bound = C * U * terms(row, alpha)
            for engine, answered in ENGINES.items():
                (got,) = answered("value", row[None], str(alpha))
                assert abs(F(float(got)) - exact) <= bound, (engine, k, row)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spelling", "zeros", "ones"),
    [("lmoment(9)@9", 28, 22), ("lmoment(16)@16", 150, 150)],
)
def test_rank_weights_of_both_signs_are_measured_by_those_of_their_sizes(spelling, zeros, ones):
    """The weights of ``|α|`` bound the error; ``|w|``, far smaller in the middle of the ranks, does not."""
    alpha, n = og.objective(spelling), zeros + ones
    row = np.repeat([0.0, 1.0], [zeros, ones])
    of_sizes = og.rank_weights.exact(n, og.LStatistic([abs(a) for a in alpha.weights]))
    weights = og.rank_weights.exact(n, alpha)
    exact = sum(weights[zeros:])
    level = gap_form.level_of_all(row[None], alpha)
    origin = min(max(0, int(row[level.low])), int(row[level.high]))
    far = slice(zeros, None) if origin == 0 else slice(zeros)

    def size(w):
        return abs(sum(weights)) * abs(origin) + sum(map(abs, w[far]))

    for engine, answered in ENGINES.items():
        (got,) = answered("value", row[None], spelling)
        assert C * U * size(weights) < abs(F(float(got)) - exact) <= C * U * size(of_sizes), engine


@pytest.mark.parametrize("n", [10, 50, 99])
def test_the_values_of_the_report(n):
    assert og.value([0] * (n - 1) + [1.0], "max@2") == 2 / n
    assert og.maxk.pass_at_k([0] * (n - 1) + [1], 2) == 2 / n


@pytest.mark.slow
@pytest.mark.parametrize("n", [4, 10, 33, 100])
@pytest.mark.parametrize("quantity", ["inclusion", "leave_one_out"])
@pytest.mark.parametrize("name", ["max", "min", "mean", "median", "top(2)", "cvar(0.3)"])
def test_include_one_and_leave_one_out_are_relative_to_themselves(name, quantity, n):
    """For rewards and α ≥ 0 they are averages of what is ≥ 0; some of them are zero, exactly."""
    for k in {1, 2, 3, n // 2}:
        if name == "top(2)" and k < 2:
            continue
        alpha = og.objective(f"{name}@{k}")
        for row in (*sparse(n), *small_beside_large(n)):
            if (row < 0).any():
                continue
            exact = getattr(og, quantity)([F(float(a)) for a in row], alpha)
            for engine in ("plain", "compiled"):
                (got,) = ENGINES[engine](quantity, row[None], str(alpha))
                for g, e in zip(got, exact, strict=True):
                    assert abs(F(float(g)) - e) <= C * U * e, (engine, k, row)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "groups"), [(10**5, 1), (10**5, 3), (10**6, 1)])
def test_a_rare_success_among_very_many(n, groups):
    """``w_m = C(m−1, K−1)/C(N, K)``: the value of s successes among N, to a few roundings of itself."""
    for k in (2, 8):
        x = np.zeros((groups, n))
        successes = np.array([3, n // 2, n - 1])
        x[:, successes] = [1e-3, 1.0, 0.25]
        ascending = [F(1e-3), F(0.25), F(1)]
        exact = sum(F(comb(n - 3 + i, k - 1), comb(n, k)) * r for i, r in enumerate(ascending))
        for got in og.value(x, f"max@{k}"):
            assert abs(F(float(got)) - exact) <= C * U * exact
        alone = np.zeros(n)
        alone[7] = 1.0
        assert og.leave_one_out(alone, f"max@{k}")[7] == 0
        (rest,) = set(np.delete(og.inclusion(alone, f"max@{k}"), 7))
        assert abs(F(rest) - F(k - 1, n - 1)) <= C * U * F(k - 1, n - 1)


@pytest.mark.slow
@pytest.mark.parametrize("n", [10**5, 10**6])
@pytest.mark.parametrize("offset", [0, 1])
def test_very_many_rewards(n, offset):
    """Rewards ``j² 2⁻⁴⁰``, all different: ``Σ_m (m−1) r_(m) · 2/(N(N−1))`` in integers."""
    x = (np.arange(n, dtype=float) ** 2) * 2.0**-40 + offset * 2.0**10
    exact = F(2 * sum(m * (m * m + (offset << 50)) for m in range(n)), n * (n - 1) * 2**40)
    got = og.value(np.random.default_rng(0).permutation(x), "max@2")
    assert abs(F(float(got)) - exact) <= C * U * exact


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gini", "lmoment(3)"])
@pytest.mark.parametrize("offset", [1e6, -1e9])
def test_an_offset_costs_an_objective_without_location_nothing(name, offset):
    x = np.round(np.random.default_rng(1).normal(size=300) * 2.0**10) / 2.0**10 + offset
    alpha = og.objective(f"{name}@7")
    exact = og.value([F(float(a)) for a in x], alpha)
    for engine in ENGINES.values():
        (got,) = engine("value", x[None], str(alpha))
        assert abs(F(float(got)) - exact) <= C * U * terms(x, alpha)
    assert terms(x, alpha) < 100


def test_the_origin_is_the_best_one():
    """No other reward, nor zero, has a smaller M, by ``|w|``: the two ranks depend on the weights alone."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        n = int(rng.integers(1, 9))
        w = [F(int(a)) for a in rng.integers(-3, 4, n)]
        r = np.array(sorted(F(int(a)) for a in rng.integers(-4, 5, n)), dtype=object)
        level = plain.level(np.array(w, dtype=object), sum(w))
        origin = min(max(r[level.low], F(0)), r[level.high])

        def size(c, w=w, r=r):
            return abs(sum(w)) * abs(c) + sum(abs(a) * abs(b - c) for a, b in zip(w, r, strict=True))

        assert size(origin) == min(map(size, {F(0), *r}))
        assert plain.weighed(r[None], level) == [sum(a * b for a, b in zip(w, r, strict=True))]
