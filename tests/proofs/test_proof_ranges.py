"""Steps hold where their claims say: no end of a range is left out, and no size of those enumerated.

A step over a range that is too narrow is true all the same, so no identity notices. Hence each range is
written down once more, as the claim in the proof's docstring has it, and compared integer by integer.
"""

import re
from collections.abc import Callable
from importlib import import_module
from itertools import product

import pytest
import sympy

from proofs.symbolic import PROOFS, variance
from proofs.symbolic.hypergeometric import binomial, equal, vanishes
from proofs.symbolic.steps import Step, show

BOX = range(-1, 6)

RANGES = {
    "rank_weight_sum": {
        (1, 3): "1 <= j <= K <= N and 1 <= m <= N",
        (4,): "1 <= j <= K <= N",
        (5,): "1 <= K <= N",
        (6, 7): "1 <= j < K <= N",
        (8,): "1 <= j <= K",
        (9,): "1 <= m < j <= K",
        (10,): "1 <= j < m <= K",
    },
    "degree_elevation": {
        (1,): "1 <= j <= K",
        (2,): "1 <= t < j <= K",
        (3,): "1 <= j < t <= K",
        (4,): "1 <= j <= K <= n and 1 < t <= n",
        (5, 7): "1 <= j <= K <= n",
        (6, 11): "1 <= j <= K <= n and 1 <= t <= n",
        (8,): "1 <= j <= K <= n and 1 <= t <= n + 1",
        (9,): "1 <= n and 2 <= t <= n + 1",
        (10,): "1 <= t <= n",
    },
    "gap_weights": {(1, 2, 3): "1 <= j <= K < N and 1 <= t < N"},
    "conditioning": {
        (1,): "1 <= j <= K < N and 1 <= m < N",
        (2,): "1 <= j <= K < N and 1 <= m <= N",
        (3,): "1 <= j <= K < N and 1 < m <= N",
    },
    "centring": {
        (1, 8): "1 <= j <= K < N and 1 <= m < N",
        (2, 5): "1 <= K < N",
        (3,): "1 <= j < K < N",
        (6,): "1 < j <= K < N",
        (4, 10): "1 <= j <= K < N and 1 < m <= N",
        (7, 12): "1 <= j <= K < N and 1 <= m <= N",
        (9, 11): "1 <= j <= K < N",
    },
    "published_tables": {
        (1, 7, 10): "1 <= j <= K < N and 1 < m <= N",
        (2, 4): "1 <= j <= K < N",
        (3, 5, 8): "1 <= j <= K < N and 1 <= m < N",
        (6, 9): "1 <= j <= K < N and 1 <= m <= N",
    },
    "max_recurrence": {
        (1, 4): "1 <= K <= n and 1 <= t <= n",
        (2,): "1 <= K <= n",
        (3,): "1 <= K <= n and 2 <= t <= n",
    },
    "leave_two_out": {(1, 2): "2 <= K < N and 1 <= t < N", (3, 4): "1 <= K < N and 1 <= t < N"},
    "improvement": {
        (1, 2): "2 <= K <= N and 1 <= m < N",
        (3,): "2 <= K <= N and 1 <= m <= N",
        (4,): "2 <= K <= N and 1 < m <= N",
        (5,): "2 <= N",
        (6,): "1 <= t < N - 1",
    },
    "thinning": {
        (1,): "0 <= i <= k <= n and 0 <= s <= n",
        (2,): "0 <= i <= k <= n and 0 <= s < i",
        (3,): "0 <= i <= k <= n and n - k + i < s <= n",
    },
    "order_statistics": {(2, 5): "1 <= i <= K", (3,): "1 <= i < K", (4,): "1 <= K"},
    "l_moments": {(1,): "0 <= k < K and 1 <= j <= K"},
    "kantorovich": {(r,): f"{r} < K and 0 <= y < K" for r in range(1, 5)},
    "maxrl": {(1,): "0 <= k < n and 0 <= s <= n", (2,): "0 <= s <= n", (3,): "0 <= n", (4,): "1 <= s <= n"},
    "pass_at_k": {
        (1, 3): "1 <= K <= N and 1 <= m <= N",
        (4,): "1 <= K <= N",
        (5,): "1 <= K <= N and 0 <= s <= N",
    },
    "pathwise": {(1,): "1 <= j <= K <= N and 1 <= m <= N"},
    "population_limit": {
        (1, 2): "1 <= j <= K < n and 1 <= t <= n",
        (3,): "1 <= t <= n",
        (6, 7): "1 <= j <= K",
    },
    "real_k": {(1,): "1 <= K <= n and 1 <= t <= n"},
    "uniqueness": {(1,): "0 <= s < N", (2,): "0 <= s <= N and 1 <= N", (3, 4, 5): "1 <= N"},
    "estimability": {(1,): "0 <= j <= s <= N"},
    "optimal_baseline": {(1,): "1 <= K and 0 <= L and 0 <= i"},
    "added_value": {(1, 2): "1 <= K < N"},
    "lowest_reward": {(1,): "2 <= K <= N and 1 <= m < N"},
    "off_policy_weights": {(1,): "1 <= K <= N", (2,): "1 <= K <= N and 2 <= N"},
    "pass_at_k_training": {
        (1, 4): "1 <= K < N",
        (2, 3): "1 <= K < N and 0 <= s < N",
        (5,): "2 <= N",
        (6, 8): "3 <= N",
    },
    "conditional_weights": {
        (1,): "0 <= k < n and 0 <= s <= n",
        (2,): "0 <= n",
        (3,): "1 <= s <= n",
    },
    "error_bars": {(20,): "1 <= K and 2 * K <= f <= N"},
    "objectives_add": {
        (1,): "1 <= j <= K <= n and 1 <= t <= n",
        (2,): "1 <= j <= K < n and 1 <= t < n",
    },
    "several_actions": {
        (1, 2, 3, 6): "1 <= K < N",
        (5,): "1 <= K < N and N - K + 2 <= s <= N",
        (7,): "1 <= K and N - K + 1 <= s <= N",
        (8, 9): "1 <= K and N - K + 1 <= s < N",
    },
    "near_zero": {(1, 2, 3): "1 <= K < N"},
    "near_one": {(1, 2): "2 <= K < N"},
}
"""Of each proof, steps by number and where they must hold. The last two are parts of `variance`."""


def steps_of(name: str) -> list[Step]:
    parts: dict[str, Callable] = {"near_zero": variance.near_zero, "near_one": variance.near_one}
    return list(parts[name]() if name in parts else import_module(f"proofs.symbolic.{name}").steps())


def same(forms, claim):
    """Whether ``claim`` is true just where no form is negative."""
    names = sorted({str(s) for form in forms for s in form.free_symbols})
    at_least_zero = sympy.lambdify(sympy.symbols(names, integer=True), forms)
    points = list(product(BOX, repeat=len(names)))
    code = compile(claim, "claim", "eval")
    truth = [eval(code, {}, dict(zip(names, p, strict=True))) for p in points]
    assert any(truth), f"nothing satisfies {claim}"
    return truth == [min(at_least_zero(*p)) >= 0 for p in points]


ENUMERATED = {
    "score_function": "1 <= K < N <= 5",
    "pairwise": "1 <= K < N <= 5",
    "characterisation": "1 <= K <= N and 2 <= N <= 5",
    "pathwise": "1 <= K <= N <= 4",
    "population_values": "1 <= K <= 4",
    "population_gradients": "1 <= K <= 4",
    "influence": "1 <= K <= 4",
    "several_actions": "1 <= K < N <= 4",
    "optimal_baseline": "1 <= K < N <= 5",
    "exact_variance": "2 <= N <= 3",
    "added_value": "1 <= K < N <= 5",
    "lowest_reward": "2 <= K <= N <= 4",
    "off_policy_weights": "1 <= K <= N <= 5",
    "pass_at_k_training": "1 <= K < N <= 5",
    "conditional_weights": "1 <= N <= 6",
    "gradient_moments": "1 <= N <= 3",
    "least_second_moment": "1 <= K <= N <= 4",
    "conditional_means": "1 <= K <= N <= 3",
    "second_derivatives": "2 <= K <= 4",
    "surrogate": "2 <= K <= 4",
    "covariance_over_subsets": "1 <= K < N <= 5",
    "token_weights": "1 <= K <= N <= 3",
    "error_bars": "1 <= K < N <= 5 or 1 <= K and 2 * K <= N <= 7",
    "objectives_add": "1 <= K < N <= 4 or 2 <= K < N == 5",
    "large_batches": "1 <= K <= N <= 4",
}
"""The sizes of proofs that start from the definitions."""

FAMILY = {
    **dict.fromkeys(("pkpo", "pkpo_loo_minus_one", "subset_mean_baseline"), "1 <= K <= N and 2 <= N <= 4"),
    **dict.fromkeys(("pkpo_loo", "maxpo", "canonical"), "1 <= K < N <= 4"),
    **dict.fromkeys(("rloo", "dr_grpo", "runner_up_gap"), "2 <= N <= 4"),
    "maxrl": "2 <= N <= 6",
}
"""The sizes at which each estimator's bias is computed."""


def sizes_in(sentences, claim):
    """The sizes that sentences name, each as a mapping; those that do not name all are not meant."""
    found = {tuple(re.findall(r"\b([NK]) = (\d+)", s.partition(":")[0])) for s in sentences}
    return {size for size in found if {name for name, _ in size} == set(claim) & {"N", "K"}}


def sizes_that(claim):
    names = [n for n in "NK" if n in claim]
    points = product(range(8), repeat=len(names))
    return {
        tuple(zip(names, map(str, p), strict=True))
        for p in points
        if eval(claim, {}, dict(zip(names, p, strict=True)))
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ENUMERATED)
def test_every_size_of_the_claim_is_enumerated(name):
    claim = ENUMERATED[name]
    assert sizes_in([step.sentence for step in steps_of(name)], claim) == sizes_that(claim)


@pytest.mark.slow
def test_every_estimator_is_enumerated():
    sentences = [step.sentence for step in steps_of("family_bias")]
    assert {s.partition(",")[0] for s in sentences} == FAMILY.keys()
    for name, claim in FAMILY.items():
        assert sizes_in([s for s in sentences if s.startswith(f"{name},")], claim) == sizes_that(claim)


@pytest.mark.slow
@pytest.mark.parametrize("name", RANGES)
def test_steps_hold_where_the_claim_says(name):
    found = {number: step.where for number, step in enumerate(steps_of(name), 1) if step.where}
    stated = {number: claim for numbers, claim in RANGES[name].items() for number in numbers}
    assert found.keys() == stated.keys()
    assert [n for n, forms in found.items() if not same(forms, stated[n])] == []


def test_other_proofs_have_no_ranges():
    """They enumerate small sizes, or differentiate."""
    sources = {p: import_module(f"proofs.symbolic.{p}").__dict__ for p in set(PROOFS) - {"variance", *RANGES}}
    assert [p for p, names in sources.items() if "equal" in names or "vanishes" in names] == []


def test_a_range_without_an_end_is_noticed():
    n, k = sympy.symbols("n k", integer=True)
    assert same((k, n - k), "0 <= k <= n")
    assert not same((k - 1, n - k), "0 <= k <= n")
    assert not same((k, n - k - 1), "0 <= k <= n")
    with pytest.raises(AssertionError, match="nothing satisfies"):
        same((k, n - k), "k < n < k")


def test_a_range_is_printed(capsys):
    n, k = sympy.symbols("n k", integer=True)
    absorption = equal(
        "absorption", [binomial(n, k)], [binomial(n - 1, k) * (n / (n - k))], [n - 1, n - k - 1, k + 1]
    )
    show("A proof.", [absorption, vanishes("C(n, k) for k < 0", binomial(n, k), [n, n - k, -k - 1])])
    printed = capsys.readouterr().out
    assert "for all integers with 1 ≤ n, k < n, 0 ≤ k + 1\n" in printed
    assert "for all integers with 0 ≤ n, k ≤ n, k < 0\n" in printed
