"""Each property of a report, held by one function and lacked by another. Spec eq. (62).

A law is an equation between advantages; a finding says whether it held on every batch that was tried, how
large the worst violation was, and where.
"""

from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from helpers.wrong_estimators import RIGHT, WRONG, canonical, include_one

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.auditing import full_steps, steps
from ordergrad_ref.auditing.decisions import laws
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.reports.requirements import parse


def wrong(name):
    return WRONG[name][0]


def worst_first(x, k):
    """The right advantage upside down at the top: the best gets the least."""
    a = canonical(x, k)
    return np.where(x == x.max(), a.min() - 1, a)


def constant_bonus(x, k):
    return canonical(x, k) + 1


class Forgetful:
    """Answers differently after 300 calls."""

    __name__ = "forgetful"

    def __init__(self):
        self.calls = 0

    def __call__(self, rewards, k):
        (_,) = rewards.shape
        self.calls += 1
        return canonical(rewards, k) * (2 if self.calls > 300 else 1)


def wrong_axis(x):
    return x - x.mean(axis=0)


def of_rows(x):
    return x - x.mean(axis=-1, keepdims=True)


HAS_AND_LACKS = {
    "unbiased": (canonical, wrong("divided_by_std")),
    "direction_right": (canonical, wrong("divided_by_std")),
    "centred": (canonical, RIGHT["inclusion_alone"][0]),
    "shift_invariant": (canonical, RIGHT["inclusion_alone"][0]),
    "permutation_equivariant": (canonical, wrong("even_positions_only")),
    "tie_consistent": (canonical, wrong("ties_by_index")),
    "positively_homogeneous": (canonical, wrong("clipped")),
    "monotone": (canonical, worst_first),
    "zero_on_equal_rewards": (canonical, constant_bonus),
    "groups_apart": (of_rows, wrong_axis),
    "deterministic": (canonical, Forgetful()),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HAS_AND_LACKS)
def test_property(name):
    has, lacks = (og.audit(f, "max@2", n=4).finding(name) for f in HAS_AND_LACKS[name])
    assert has.holds is True
    assert lacks.holds is False
    assert has.says != lacks.says
    assert has.equation == lacks.equation
    assert has.batch is None
    if name not in ("unbiased", "direction_right", "groups_apart"):
        assert has.violation < 1e-8 < lacks.violation
        assert len(lacks.batch.rewards) == len(lacks.batch.advantages) == 4


def test_where_a_law_is_broken_it_is_broken():
    """The batch that a finding shows violates the law, by as much as it says."""
    report = og.audit(RIGHT["inclusion_alone"][0], "max@2", n=4)
    batch = report.finding("centred").batch
    rewards = np.array([float(Fraction(x)) for x in batch.rewards])
    assert include_one(rewards, 2).tolist() == list(batch.advantages)
    assert abs(np.mean(batch.advantages)) > 0.1


def test_input_unchanged_is_checked_on_every_call():
    """A function that changes its input on one late call alone cannot come by the verdict."""
    finding = og.audit(canonical, "max@2", n=4).finding("input_unchanged")
    assert finding.holds
    assert finding.says == "the rewards are left as they were, on every call"

    def changes_large_rewards(x, k):
        advantages = canonical(x, k)
        if x.max() > 20:  # shifted ones alone
            x[0] = 0
        return advantages

    with pytest.raises(TargetError, match="changes_large_rewards changed its input"):
        og.audit(changes_large_rewards, "max@2", n=4)


def test_groups_apart_does_not_apply_to_functions_of_one_group():
    def of_one(x):
        (_,) = x.shape
        return x - x.mean()

    finding = og.audit(of_one, "mean@1", n=4).finding("groups_apart")
    assert finding.holds is None
    assert "one group" in finding.says


def test_no_such_property():
    with pytest.raises(
        InvalidInputError, match=r"expected one of 'unbiased', .*, got 'monotonic'; did you mean 'monotone'"
    ):
        og.audit(canonical, "max@2", n=4).finding("monotonic")


def test_an_unasked_property_says_so():
    finding = og.audit(canonical, "max@2", n=4).finding("dtypes")
    assert finding.holds is None
    assert "full=True" in finding.says


@pytest.mark.slow
@pytest.mark.parametrize(("roundings", "holds"), [(20, True), (70, False)])
def test_plain_code_is_held_to_what_plain_loops_achieve(roundings, holds):
    """N = 8 rewards allow 5N + 6 = 46 roundings, eq. (58); the 16 of eq. (54) are this library's own."""

    def off_by_roundings(x, k):
        a = maxk.canonical(x, k)
        a[..., 0] += roundings * 2.0**-53 * abs(a).max(axis=-1)
        return a

    finding = og.audit(off_by_roundings, "max@4", n=8, full=True).finding("dtypes")
    assert finding.holds is holds
    assert finding.violation == pytest.approx(roundings, abs=16)  # canonical's own
    assert "(allowed: 5N + 6 = 46; this library keeps 16)" in finding.says
    ours = og.audit(maxk.canonical, "max@4", n=8, full=True).finding("dtypes")
    assert ours.holds
    assert "allowed" not in ours.says


def test_an_objective_that_is_one_of_a_smaller_k_needs_no_more_rewards():
    """mean@16 is mean@1, and gini@9 is gini@2: groups of four are enough."""
    assert og.audit(lambda x: x, "mean@16", n=4).unbiased
    assert str(og.audit(lambda x: x, "gini@9", n=4).objective) == "gini@2"
    with pytest.raises(InvalidInputError, match="at least K = 9 rewards a group for max@9, got 8"):
        og.audit(lambda x: x, "max@9", n=8)
    with pytest.raises(InvalidInputError, match="K = 2 rewards a group for gini@9, which is gini@2, got 1"):
        og.audit(lambda x: x, "gini@9", n=1)


def test_a_scale_free_estimator_is_called_that():
    assert (
        "unit of the rewards cancels"
        in og.audit(maxk.grpo, "mean@1", 5).finding("positively_homogeneous").says
    )


def test_signed_rank_weights_are_not_monotone_and_that_is_no_bias():
    report = og.audit(lambda x: og.advantage(x, "gini@3"), "gini@3", n=6)
    assert report.unbiased
    assert report.finding("monotone").holds is False


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in HAS_AND_LACKS if n != "unbiased"])
def test_every_property_can_be_required(name):
    (requirement,) = parse([name.replace("_", "-")])
    has, lacks = (og.audit(f, "max@2", n=4) for f in HAS_AND_LACKS[name])
    if name == "deterministic":
        lacks = og.audit(Forgetful(), "max@2", n=4)
    assert requirement.failure(has) is None
    assert "expected to hold, does not" in requirement.failure(lacks)


def test_bfloat16_is_judged_coarsely_and_says_how_coarsely():
    import ml_dtypes

    report = og.audit(lambda x, k: canonical(x, k).astype(ml_dtypes.bfloat16), "max@2", n=4)
    assert report.tolerance == 2.0**-4
    assert "numbers agree within 0.062 of the advantages at hand (√u, u = 0.0039)" in " ".join(
        report.table().split()
    )


# ---- the laws by themselves


def test_names_and_prints_that_look_like_markup_are_printed_as_they_are():
    def estimator(x):
        print("[/bold]")
        return x - x.mean()

    estimator.__name__ = "[red]x[/blue]"
    table = og.audit(estimator, "mean@1", n=3).table()
    for words in ("[red]x[/blue]", "[/bold]"):
        assert words in table


def test_a_report_names_the_rewards_that_bias_was_decided_on():
    table = " ".join(og.audit(canonical, "max@2", n=3, values=(0, 3)).table().split())
    assert "bias is decided for every distribution on the rewards 0, 3" in table


def test_discord_sees_every_pair_and_no_tie():
    table = np.array([[0.0, 1, 2, 2], [0, 1, 1, 2], [2, 0, 1, 1], [0, 0, 0, 0]])
    fine = np.array([[0.0, 1, 3, 2], [0, 5, 1, 5], [9, 0, 3, 1], [4, 3, 2, 1]])
    assert laws.discord(table, fine).tolist() == [0, 0, 0, 0]
    broken = np.array([[2.0, 1, 1, 1], [0, 5, 1, 4], [1, 0, 3, 1], [4, 3, 2, 1]])
    assert laws.discord(table, broken).tolist() == [1, 1, 2, 0]


@pytest.mark.parametrize("n", [5, 16, 17, 40])
def test_every_order_is_tried(n):
    """A function that treats one position differently is found at any N, wherever the position."""
    table = np.sort(np.random.default_rng(0).integers(0, 3, (n + 3, n)), axis=1).astype(float)

    def means(x, a):
        return np.stack([(a * (x == v)).sum(axis=1) for v in range(3)], axis=1)

    for position in (0, n // 2, n - 1):
        weights = np.ones(n)
        weights[position] = 2

        def of_position(x, weights=weights):
            return x * weights

        assert steps.order_dependence(of_position, table, of_position(table), means, 1).max() > 0
    assert steps.order_dependence(lambda x: x, table, table, means, 1).max() == 0


@pytest.mark.parametrize("sizes", [(4, 4, 4), (3, 5, 4, 7)])
def test_layouts_of_group_ids(sizes):
    rng = np.random.default_rng(1)
    groups = [rng.integers(0, 9, n).astype(float) for n in sizes]

    def by_ids(x, ids):
        return og.advantage(x, "max@2", groups=ids)

    def alone(x):
        return og.advantage(x, "max@2")

    def first_come(x, ids):
        """Takes the samples of a group to stand together."""
        cuts = np.cumsum(np.bincount(ids))[:-1]
        return np.concatenate([alone(part) for part in np.split(x, cuts)])

    assert set(full_steps.layout_dependence(by_ids, alone, groups, 0).values()) == {0.0}
    found = full_steps.layout_dependence(first_come, alone, groups, 0)
    assert found["contiguous"] == 0
    assert found["interleaved"] > 0.1
    assert found["shuffled"] > 0.1


def by_ids(rewards, group_ids):
    return og.advantage(rewards, "max@2", groups=group_ids)


def first_come(rewards, group_ids):
    """Takes the samples of a group to stand together."""
    ends = np.cumsum(np.bincount(group_ids))[:-1]
    return np.concatenate([og.advantage(part, "max@2") for part in np.split(rewards, ends)])


def equal_sizes(rewards, group_ids):
    """Takes all groups to be of one size, wherever their samples stand."""
    order = np.argsort(group_ids, kind="stable")
    answer = np.empty(len(rewards))
    table = rewards[order].reshape(len(np.unique(group_ids)), -1)
    answer[order] = og.advantage(table, "max@2").ravel()
    return answer


def by_tokens(token_rewards, response_mask, index):
    return og.advantage(token_rewards.sum(axis=1), "max@2", groups=index)[:, None] * response_mask


def by_size(rewards, group_size):
    return og.advantage(rewards.reshape(-1, group_size), "max@2").ravel()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "holds", "says"),
    [
        (by_size, None, "takes no group ids"),
        (by_ids, True, "answered as alone"),
        (by_tokens, True, "answered as alone"),
        (first_come, False, "groups of equal sizes are answered differently interleaved and shuffled"),
        (equal_sizes, False, "groups of ragged sizes: equal_sizes raised ValueError"),
        (maxk.rloo, None, "takes no group ids"),
    ],
)
def test_layouts_property(function, holds, says):
    objective = "mean@1" if function is maxk.rloo else "max@2"
    finding = og.audit(function, objective, n=4, full=True).finding("layouts")
    assert finding.holds is holds
    assert says in finding.says


# ---- floating point, large groups, edge sizes


@cache
def overflowing_binomials(n, m):
    """``C(t, m)`` for ``t < n``, by factorials in float64: beyond 170! there is no float."""
    with np.errstate(all="ignore"):
        factorial = np.cumprod(np.maximum(np.arange(n + 1.0), 1))
        t = np.arange(n)
        below = factorial[np.maximum(t - m, 0)]
        return np.where(t >= m, factorial[t] / factorial[m] / below, 0.0) * (m >= 0)


def naive(x, k):
    """``N/(N−K) (q − v)`` by binomial coefficients."""
    n = len(x)
    order = np.argsort(x, kind="stable")
    r = x[order]
    largest, second = overflowing_binomials(n, k - 1), overflowing_binomials(n, k - 2)
    with np.errstate(all="ignore"):
        above = np.append(np.cumsum((np.append(0.0, second[:-1]) * r)[::-1])[::-1][1:], 0.0)
        q = np.empty(n)
        q[order] = (largest * r + above) / largest[-1]
        value = (k / n) * (largest * r).sum() / largest[-1]
        return (q - value) * n / (n - k)


@pytest.mark.slow
def test_large_groups():
    assert og.audit(maxk.canonical, "max@4", n=8, full=True).finding("large_groups").holds
    finding = og.audit(naive, "max@4", n=8, full=True).finding("large_groups")
    assert finding.holds is False
    assert "at N = 256" in finding.says
    assert og.audit(maxk.pkpo, "max@32", n=64, values=(0, 1, 3), full=True).finding("large_groups").holds


@pytest.mark.slow
def test_large_groups_of_coarse_dtypes():
    def coarse(x):
        return og.inclusion(x.astype(np.float32), "max@4") + np.float32(1000)

    assert og.audit(coarse, "max@4", n=8, full=True).finding("large_groups").holds

    def other_objective_when_large(x):
        return og.inclusion(x, "max@4" if x.shape[-1] < 500 else "max@3")

    finding = og.audit(other_objective_when_large, "max@4", n=8, full=True).finding("large_groups")
    assert finding.holds is False
    assert "at N = 512: off by" in finding.says


@pytest.mark.slow
def test_warnings_at_sizes_that_nobody_asked_for_are_kept_quiet():
    """0/0 at K = 1 is no warning to whoever audits K = 3; it is a finding."""

    def divides_by_k_less_one(x, k):
        return canonical(x, k) * np.float64(k - 1) / np.float64(k - 1)

    report = og.audit(divides_by_k_less_one, "max@3", n=5, full=True)
    assert report.unbiased
    assert report.formula.text == "1/K"
    assert any("NaN" in e.says for e in report.edges)


@pytest.mark.slow
def test_large_groups_do_not_apply_where_the_objective_grows_with_them():
    assert og.audit(maxk.runner_up_gap, "max@8", n=8, full=True).finding("large_groups").holds is None

    def of_all(x):
        return np.where(x == x.max(), np.sort(x)[-1] - np.sort(x)[-2], 0.0)

    assert og.audit(of_all, "max@6", n=6, full=True).finding("large_groups").holds is None


@pytest.mark.slow
def test_large_offsets():
    """Differences first lose nothing; sums first lose the digits of the offset."""
    gap_form = og.audit(maxk.canonical, "max@4", n=8, full=True).finding("large_offsets")
    assert gap_form.holds
    assert gap_form.violation == 0

    def squares_first(x):
        """``Σ_j (x_i − x_j)²``, multiplied out."""
        return len(x) * x * x - 2 * x * x.sum() + (x * x).sum()

    report = og.audit(squares_first, "mean@1", n=7, full=True)
    assert report.shift_invariant
    assert report.finding("large_offsets").holds is False
    assert report.finding("large_offsets").violation > 1e-6
    assert og.audit(maxk.pkpo, "max@2", n=4, full=True).finding("large_offsets").holds is None
    digits = og.audit(maxk.canonical, "max@2", n=4, values=(0.1, 0.7), full=True)
    assert "too many digits" in digits.finding("large_offsets").says


@pytest.mark.slow
def test_dtypes():
    fine = og.audit(maxk.canonical, "max@4", n=8, full=True)
    assert fine.finding("dtypes").holds
    assert [p.dtype for p in fine.precisions] == ["float64", "float32", "bfloat16"]
    assert fine.precisions[0].says == "beside maxpo at K = 4, in exact rationals"
    assert all(p.error <= 16 for p in fine.precisions)

    def squares_first(x):
        """The variance as a difference of squares: cancels."""
        far = x + x.dtype.type(256)
        s = (far * far).mean(axis=-1, keepdims=True) - far.mean(axis=-1, keepdims=True) ** 2
        return (x - x.mean(axis=-1, keepdims=True)) * (s + 1)

    lossy = og.audit(squares_first, "mean@1", n=8, full=True)
    assert lossy.finding("dtypes").holds is False
    assert lossy.finding("dtypes").violation > 16


@pytest.mark.slow
def test_float64_is_held_against_exact_rationals():
    def lossy(x, k):
        return canonical(x + 2.0**22, k)

    report = og.audit(lossy, "max@3", n=5, full=True)
    assert report.unbiased
    assert report.precisions[0].error > 1000
    assert report.finding("dtypes").holds is False
    of_no_kind = og.audit(maxk.grpo, "mean@1", n=5, full=True)
    assert of_no_kind.precisions[0].error is None
    median = og.audit(lambda x: og.advantage(x, "median@3"), "median@3", n=5, full=True)
    assert median.precisions[0].says == (
        "beside the canonical advantage of median@3 at K = 3, in exact rationals"
    )


@pytest.mark.slow
def test_a_dtype_that_is_not_taken():
    def only_float64(x):
        if x.dtype != np.float64:
            raise TypeError("expected float64")
        return x - x.mean()

    report = og.audit(only_float64, "mean@1", n=4, full=True)
    assert report.finding("dtypes").holds  # in float64 it is right
    assert all("not taken" in p.says for p in report.precisions[1:])


@pytest.mark.slow
def test_edge_sizes():
    fine = og.audit(maxk.canonical, "max@4", n=8, full=True)
    assert fine.finding("edge_sizes").holds
    at = {(e.n, e.k): e.says for e in fine.edges}
    assert at[1, 1].startswith("raises GroupTooSmallError")
    assert "No centred unbiased estimator exists" in at[4, 4]
    assert at[8, 1].startswith("answers (-3, -3, -0.7143")

    def mean_of_the_others(x):
        (_,) = x.shape
        with np.errstate(all="ignore"):
            return x - (x.sum() - x) / np.float64(len(x) - 1)

    singleton = og.audit(mean_of_the_others, "mean@1", n=4, full=True)
    assert singleton.unbiased
    assert singleton.finding("edge_sizes").holds is False
    assert "NaN" in singleton.edges[0].says
