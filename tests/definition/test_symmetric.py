"""Any symmetric function of K samples: the same four numbers, and the same theorems. Spec section 11.10.

Theorems. With an L-statistic for T they are those of `ordergrad_ref.definition`. ``(K/N) Σ_i A_i ∇log p`` is
unbiased for every T, eq. (28); MaxPO's construction is canonical for every T, eqs. (43), (44). The sampled
advantage has the expectation ``A_i`` over the subsets that may be drawn, eq. (97).
"""

from fractions import Fraction
from itertools import combinations, product
from math import prod
from statistics import multimode

import pytest

from ordergrad_ref import definition
from ordergrad_ref.definition import symmetric
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError

F = Fraction


def majority(answers):
    """Is the most frequent answer "a"; a tie counts in part."""
    best = multimode(answers)
    return F("a" in best, len(best))


def diversity(answers):
    return len(set(answers))


def longest_or_product(answers):
    return max(map(len, answers)) * prod(ord(x[0]) - 96 for x in answers)


FUNCTIONS = [(majority, 3), (diversity, 2), (longest_or_product, 2)]


@pytest.mark.parametrize(("objective", "k"), [("max@2", 2), ("median@3", 3), ("lmoment(2)@2", 2)])
def test_l_statistics_are_a_case(objective, k):
    x = [F(3), F(1), F(4), F(1)]

    def statistic(rewards):
        return definition.l_statistic(rewards, objective)

    for name in ("value", "inclusion", "leave_one_out", "advantage"):
        assert getattr(symmetric, name)(x, k, statistic) == getattr(definition, name)(x, objective)


@pytest.mark.parametrize(("function", "k"), FUNCTIONS)
def test_score_weights_are_unbiased(function, k):
    """Spec eq. (28) in softmax logits, over all batches; the derivative is that of the polynomial J."""
    atoms, p, n = ["a", "b", "cc"], [F(1, 2), F(1, 3), F(1, 6)], k + 1
    m = len(atoms)
    derivative = [
        k * sum(
            prod(p[c] for c in others) * F(function([atoms[b], *(atoms[c] for c in others)]))
            for others in product(range(m), repeat=k - 1)
        )
        for b in range(m)
    ]  # fmt: skip
    true = [p[b] * (derivative[b] - sum(p[c] * derivative[c] for c in range(m))) for b in range(m)]
    estimate = [F(0)] * m
    for batch in product(range(m), repeat=n):
        a = symmetric.advantage([atoms[b] for b in batch], k, function)
        assert sum(a) == 0
        for b, of_sample in zip(batch, a, strict=True):
            estimate[b] += F(k, n) * prod(p[c] for c in batch) * of_sample
    assert estimate == true


@pytest.mark.parametrize(("function", "k"), FUNCTIONS)
def test_leaving_two_out_is_canonical(function, k):
    """Spec eqs. (43), (44), whatever is said of the smaller sets: here, how many are different."""
    x = ["a", "b", "a", "cc", "b"]
    n = len(x)

    def improvement(batch):
        q = symmetric.inclusion(batch, k, function)
        return [a - symmetric.value(batch[:i] + batch[i + 1 :], k - 1, diversity) for i, a in enumerate(q)]

    of_pairs = [
        sum(
            F(function([x[i], *(x[a] for a in s)])) - F(function([x[j], *(x[a] for a in s)]))
            for j in range(n)
            if j != i
            for s in combinations([a for a in range(n) if a not in (i, j)], k - 1)
        )
        / ((n - 1) * len(list(combinations(range(n - 2), k - 1))))
        for i in range(n)
    ]
    h = improvement(x)
    left_out = [h[i] - sum(improvement(x[:i] + x[i + 1 :])) / (n - 1) for i in range(n)]
    assert left_out == of_pairs == symmetric.advantage(x, k, function)


def test_the_sampled_advantage_is_unbiased(monkeypatch):
    """Over all pairs of subsets, each as likely, the mean is the advantage; each answer is centred."""
    x, k = ["a", "b", "a", "cc"], 2
    subsets = list(combinations(range(4), k))
    total = [F(0)] * 4
    for pair in product(subsets, repeat=2):
        queue = iter(pair)
        monkeypatch.setattr(symmetric.Random, "sample", lambda self, population, k, q=queue: next(q))
        found = symmetric.sampled_advantage(x, k, diversity, draws=2, seed=0)
        total = [a + F(b) for a, b in zip(total, found.advantages, strict=True)]
        assert abs(sum(found.advantages)) < 1e-12
    assert [a / len(subsets) ** 2 for a in total] == symmetric.advantage(x, k, diversity)


def test_the_standard_errors_are_those_of_the_draws(monkeypatch):
    """Where each subset is drawn equally often: ``(E (T−μ)² W² − A²)/draws``, up to 1/draws of it."""
    x, k, often = ["a", "b", "a", "cc"], 2, 500
    subsets = list(combinations(range(4), k))
    queue = iter(subsets * often)
    monkeypatch.setattr(symmetric.Random, "sample", lambda self, population, k: next(queue))
    draws = often * len(subsets)
    found = symmetric.sampled_advantage(x, k, diversity, draws=draws, seed=0)
    values = [diversity([x[i] for i in s]) for s in subsets]
    mean = F(sum(values), len(values))
    for i, a in enumerate(symmetric.advantage(x, k, diversity)):
        square = sum(
            ((t - mean) * 2 * (1 if i in s else -1)) ** 2 for s, t in zip(subsets, values, strict=True)
        )
        expected = (square / len(subsets) - a**2) / draws
        assert found.standard_errors[i] ** 2 == pytest.approx(float(expected), rel=3 / draws)


def test_the_same_seed_draws_the_same():
    x = ["a", "b", "cc", "a", "b", "a", "a", "b"]
    once, again, other = (symmetric.sampled_advantage(x, 3, majority, draws=40, seed=s) for s in (1, 1, 2))
    assert once == again != other


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: symmetric.advantage("ab", 2, diversity), GroupTooSmallError, "samples: expected at least 3"),
        (lambda: symmetric.value("ab", 0, diversity), InvalidInputError, "k: expected 1 <= k"),
        (
            lambda: symmetric.value("ab", 2, lambda x: x[0] == "a"),
            InvalidInputError,
            "function: expected one",
        ),
        (
            lambda: symmetric.value("abc", 3, lambda x: x[2] == "a"),
            InvalidInputError,
            "function: expected one",
        ),
        (lambda: symmetric.value("ab", 2, lambda x: None), InvalidInputError, "function: expected finite"),
        (lambda: symmetric.value("ab", 2, lambda x: float("nan")), InvalidInputError, "function: expected"),
        (
            lambda: symmetric.sampled_advantage("abc", 2, diversity, draws=1, seed=0),
            InvalidInputError,
            "draws: expected 2 <= draws",
        ),
    ],
)
def test_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()
