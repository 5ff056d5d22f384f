"""A function whose answers are random is judged by their mean, with its error, under fixed seeds.

Theorem (spec eq. (103)). With probability at least ``1 − δ`` each mean of S independent draws of a rise is
within ``√(2 V L / S) + 7 R L / (3 (S − 1))`` of its expectation. So a function that is unbiased on average is
not called biased, one whose bias is larger than that is, and what is left open stands in the sentence.
"""

import json
import random
from fractions import Fraction
from importlib.resources import files
from itertools import combinations
from math import comb, log

import jsonschema
import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import auditing
from ordergrad_ref.agreement import CHANCE
from ordergrad_ref.auditing import chance_steps
from ordergrad_ref.auditing.decisions.chance import half_widths
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.reports.requirements import parse

BINARY = (0, 1)


def canonical(x):
    """``N/(N−2) (q − v)`` for the best of two, over all pairs."""
    (n,) = x.shape
    q = (np.maximum.outer(x, x).sum(axis=1) - x) / (n - 1)
    return n / (n - 2) * (q - q.mean())


@pytest.fixture
def few_seeds(monkeypatch):
    monkeypatch.setattr(chance_steps, "MOST", 256)


# ---- right on average


def ties_split_at_random(x, rng):
    """Of tied rewards one takes from another, whichever comes first in a random order."""
    a, order = canonical(x), rng.permutation(len(x))
    for v in np.unique(x):
        tied = order[x[order] == v]
        a[tied[0]] += 1
        a[tied[-1]] -= 1
    return a


def against_a_random_partner(x, rng):
    """``x_i − x_j`` with j any other: the mean of the others is the baseline."""
    return np.array([x[i] - rng.choice(np.delete(x, i)) for i in range(len(x))])


def of_random_sets(x, rng):
    """The best of K less the best without it, over random sets of K and one more: K = 2."""
    (n,) = x.shape
    a = np.zeros(n)
    for _ in range(4):
        *inside, outside = rng.permutation(n)[:3]
        for i, other in (inside, inside[::-1]):
            a[i] += n / 2 * (max(x[i], x[other]) - max(x[other], x[outside])) / 4
    return a


def pkpo_with_random_ranks_of_ties(x, rng):
    """Include-one values by rank, ``[C(r−1, K−1) x_r + Σ_{s>r} C(s−2, K−2) x_s] / C(N−1, K−1)``: K = 2."""
    n = len(x)
    order = np.lexsort((rng.random(n), x))
    q = np.empty(n)
    for r, i in enumerate(order):
        q[i] = (r * x[i] + x[order[r + 1 :]].sum()) / (n - 1)
    return q + rng.normal() / 8


def noise_of_numpy(x):
    return canonical(x) * (1 + np.random.normal() / 64)  # noqa: NPY002


def noise_of_python(x):
    return canonical(x) + random.random()


KEPT = np.random.default_rng(0)


def noise_that_is_kept(x):
    return canonical(x) + KEPT.normal()


def noise_by_default(x, rng=None):
    rng = np.random.default_rng() if rng is None else rng
    return canonical(x) + rng.normal()


def written_group_by_group(rewards, rng):
    return np.array([canonical(group) + rng.normal() for group in rewards])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "objective", "constant"),
    [
        (ties_split_at_random, "max@2", Fraction(1, 2)),
        (against_a_random_partner, "mean@1", 1),
        (of_random_sets, "max@2", Fraction(1, 2)),
        (pkpo_with_random_ranks_of_ties, "max@2", Fraction(1, 2)),
        (noise_of_numpy, "max@2", Fraction(1, 2)),
        (noise_of_python, "max@2", Fraction(1, 2)),
        (noise_that_is_kept, "max@2", Fraction(1, 2)),
        (noise_by_default, "max@2", Fraction(1, 2)),
        (written_group_by_group, "max@2", Fraction(1, 2)),
    ],
)
@pytest.mark.usefixtures("few_seeds")
def test_right_on_average(function, objective, constant):
    report = og.audit(function, objective, 3, BINARY)
    c = report.draws.constants
    assert report.unbiased is not False
    assert c.low <= constant <= c.high
    assert f"no bias seen beyond {100 * c.unseen:.2g} %" in report.verdict
    assert report.unbiased is (True if c.unseen <= 0.1 else None)


@pytest.mark.slow
@pytest.mark.usefixtures("few_seeds")
def test_what_is_exact_under_each_seed_is_known_exactly():
    report = og.audit(ties_split_at_random, "max@2", 3, BINARY)
    assert report.constant == Fraction(1, 2)
    assert report.unbiased is True
    assert report.centred is True
    assert report.shift_invariant is True
    assert report.tie_consistent is False
    assert report.permutation_equivariant is None
    assert parse(["unbiased"])[0].failure(report) is None


@pytest.mark.slow
@pytest.mark.usefixtures("few_seeds")
def test_what_is_left_open_must_be_granted():
    report = og.audit(noise_of_numpy, "max@2", 3, BINARY)
    assert report.unbiased is True
    (usual,), (granted,) = parse(["unbiased"]), parse(["unbiased=1/10"])
    assert "decided only within" in usual.failure(report)
    assert f"({report.draws.seeds} seeds); average over more draws" in usual.failure(report)
    assert granted.failure(report) is None
    assert "canonical" not in report.verdict


def test_an_objective_without_a_gradient_is_refused(monkeypatch):
    monkeypatch.setattr(chance_steps, "MOST", 2)
    with pytest.raises(InvalidInputError, match="there is nothing to estimate"):
        og.audit(noise_of_numpy, og.LStatistic([0, 0]), 3, BINARY)


# ---- wrong on average


def rewards_dropped(x, rng):
    """Each reward is kept with 3/4, and scaled so that its mean stays: the best of such is another."""
    return canonical(x * (rng.random(len(x)) < 0.75) * 4 / 3)


def argmax_over_mean(x, rng):
    """All credit to one argmax, any of those that tie, over the mean."""
    a = np.zeros(len(x))
    top = rng.choice(np.flatnonzero(x == x.max()))
    a[top] = x[top] - x.mean()
    return a


def over_a_noisy_deviation(x, rng):
    return canonical(x) / (x.std() + 0.1 + rng.random() / 8)


@pytest.mark.slow
@pytest.mark.parametrize("function", [rewards_dropped, argmax_over_mean, over_a_noisy_deviation])
def test_wrong_on_average(function):
    report = og.audit(function, "max@2", 4, BINARY)
    assert report.unbiased is False
    assert report.constant is None
    assert "biased for max@2: no constant fits" in report.verdict
    lesson = report.finding("unbiased").lesson
    assert "On average over 1024 seeds its advantage differs by" in lesson.says
    first, second = (sorted(column.numbers) for column in lesson.columns)
    assert first != second


@pytest.mark.slow
def test_a_bias_on_other_rewards_alone(monkeypatch):
    """Right on the default values, on average and under each seed; not beyond 10."""
    monkeypatch.setattr(chance_steps, "FEWEST", 64)
    monkeypatch.setattr(chance_steps, "MOST_CALLS", 1)
    report = og.audit(lambda x, rng: canonical(np.clip(x, -10, 10)) + rng.normal(), "max@2", 3)
    assert report.unbiased is False
    first, _ = report.finding("unbiased").lesson.columns
    assert max(map(abs, first.numbers)) > 10


@pytest.mark.slow
def test_roundings_of_float32_are_no_bias(monkeypatch):
    """Under every seed the same error, so that no draw shows it: its answers look like float64."""
    monkeypatch.setattr(chance_steps, "MOST", 16)

    def in_float32_on_the_way(x, rng):
        others = (x.sum() - x) / (len(x) - 1)
        return x - others.astype(np.float32) + rng.integers(2)

    report = og.audit(in_float32_on_the_way, "mean@1", 3)
    assert report.unit_roundoff == 2.0**-24
    assert report.unbiased is not False


@pytest.mark.slow
@pytest.mark.usefixtures("few_seeds")
def test_a_reversed_one_is_no_unbiased_one():
    report = og.audit(lambda x, rng: -canonical(x) + rng.normal(), "max@2", 3, BINARY)
    assert report.unbiased is False
    assert report.constant == Fraction(-1, 2)
    assert report.verdict.startswith("reversed")


# ---- the same again, whatever happens around it


@pytest.mark.slow
@pytest.mark.usefixtures("few_seeds")
def test_a_verdict_depends_on_no_state():
    def report():
        return og.audit(noise_of_numpy, "max@2", 3, BINARY, full=True)

    first = report()
    np.random.seed(7)  # noqa: NPY002
    random.seed(7)
    KEPT.normal(size=5)
    states = random.getstate(), np.random.get_state()[1].tolist(), KEPT.bit_generator.state  # noqa: NPY002
    again = report()
    og.audit(noise_that_is_kept, "max@2", 3, BINARY)
    assert first == again
    assert states == (random.getstate(), np.random.get_state()[1].tolist(), KEPT.bit_generator.state)  # noqa: NPY002
    assert first.finding("large_groups").holds is None
    data = first.to_json()
    jsonschema.validate(
        data, json.loads((files(auditing) / "report.schema.json").read_text(encoding="utf-8"))
    )
    assert data["draws"]["seeds"] == 256
    assert "256 in all" in first.table()


# ---- the bound


def test_half_widths_are_those_of_the_theorem():
    draws = np.array([[0.0, 5.0]] * 30 + [[1.0, 5.0]] * 10)
    bits = log(4 * 2 / CHANCE)
    variance = Fraction(30 * 10, 40 * 39)
    first = np.sqrt(2 * float(variance) * bits / 40) + 7 * bits / (3 * 39)
    np.testing.assert_allclose(half_widths(draws, np.array([1.0, 2.0])), [first, 2 * 7 * bits / (3 * 39)])


@pytest.mark.slow
@pytest.mark.parametrize("p", [0.01, 0.1, 0.5])
def test_the_bound_fails_as_rarely_as_it_says(p):
    """Over all numbers of ones among S draws; a second rise shows the range, if the first does not."""
    s = 128
    failed = 0.0
    for ones in range(s + 1):
        draws = np.zeros((s, 2))
        draws[:ones, 0] = 1
        draws[0, 1] = 1
        if abs(ones / s - p) > half_widths(draws, np.ones(2))[0]:
            failed += comb(s, ones) * p**ones * (1 - p) ** (s - ones)
    assert failed <= CHANCE


@pytest.mark.parametrize("function", [against_a_random_partner, of_random_sets])
def test_the_random_ones_are_right_by_enumeration(function):
    """The expectation over all permutations that they can draw is the canonical advantage, or unbiased."""

    class Every:
        """A generator whose draws are enumerated: of a choice the mean, of a permutation all."""

        @staticmethod
        def choice(others):
            return others.mean()

    x = np.array([0.0, 1.0, 3.0])
    if function is against_a_random_partner:
        np.testing.assert_allclose(function(x, Every), og.advantage(x, "mean@1"))
        return
    pairs = list(combinations(range(3), 2))
    a = np.zeros(3)
    for i, j in pairs:
        (out,) = {0, 1, 2} - {i, j}
        a[i] += max(x[i], x[j]) - max(x[j], x[out])
        a[j] += max(x[i], x[j]) - max(x[i], x[out])
    np.testing.assert_allclose(a * 3 / 2 / len(pairs), canonical(x))
