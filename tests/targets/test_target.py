"""Any shape, any array library: the same estimator gets the same verdict.

Law: how a function takes its rewards (``(N,)``, ``(G, N)``, flat with ids, token by token; in NumPy,
PyTorch, JAX, lists) is found out and changes no finding. Law: a function that lets groups touch each other is
judged on single ones, and the report says so.
"""

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.verdicts import findings
from helpers.ways_of_calling import LAYOUTS, LIBRARIES, by_group
from helpers.wrong_estimators import WRONG, canonical, divided_by_std

import ordergrad_ref as og
from ordergrad_ref.auditing import adapt
from ordergrad_ref.errors import TargetError
from ordergrad_ref.targets.target import Target

ESTIMATORS = [canonical, divided_by_std, WRONG["even_positions_only"][0]]


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_verdict_is_independent_of_shape_and_library(layout, library):
    xp = LIBRARIES[library]()
    for estimator in ESTIMATORS:
        function, said = layout(estimator, xp)
        plain = og.audit(estimator, "max@2", n=3, values=(0, 1, 4))
        report = og.audit(function, "max@2", n=3, values=(0, 1, 4))
        way, *took = said.split("; ")
        assert report.called_with == "; ".join(
            [f"called with {xp.called}{way}", "k = 2, the objective's K", *took]
        )
        if library == "jax":  # of float32: other roundings, the same verdicts
            a, b = findings(report), findings(plain)
            constants = a.pop("constant"), b.pop("constant")
            assert a == b
            assert constants == (None, None) or constants[0] == pytest.approx(float(constants[1]), rel=1e-6)
        else:
            assert replace(report, target=plain.target) == plain


def test_ids_that_are_optional_are_not_needed():
    """Our own functions take ``groups``, and dense rewards without them."""
    called = og.audit(lambda x, k, groups=None: og.advantage(x, f"max@{k}", groups=groups), "max@2", n=4)
    assert called.called_with == "called with tables (G, N); k = 2, the objective's K"

    def needs_them_after_all(rewards, k, groups=None):
        if groups is None:
            raise ValueError("whose are these?")
        return by_group(canonical, rewards, groups, k)

    report = og.audit(needs_them_after_all, "max@2", n=4)
    assert report.unbiased
    assert report.called_with == (
        "called with flat rewards (G·N,) with group ids (groups); k = 2, the objective's K"
    )


def test_a_mask_that_is_optional_may_be_needed_after_all():
    def advantage(rewards, mask=None, index=None):
        return by_group(canonical, (rewards * mask).sum(-1), index, 2)

    assert og.audit(advantage, "max@2", n=4).called_with.startswith("called with token-level rewards")


def test_a_library_that_makes_no_arrays_is_passed_over(monkeypatch):
    """As PyTorch does where it was built for another NumPy."""
    stub = dict.fromkeys(("get_rng_state", "set_rng_state", "manual_seed"), bool)
    stub["cuda"] = SimpleNamespace(is_available=lambda: True)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(Tensor=type("Tensor", (), {}), **stub))
    monkeypatch.setitem(sys.modules, "jax", None)
    report = og.audit(
        lambda x: sum(x) and [r - sum(x) / len(x) for r in x] if type(x) is list else 1 / 0,
        "mean@1",
        n=3,
        values=(1, 2),
    )
    assert "lists" in report.called_with
    with pytest.raises(TargetError, match="library: expected to make PyTorch tensors, got AttributeError"):
        og.audit(adapt(lambda x: x, library="torch"), "mean@1", n=3)


def test_a_guess_that_fails_says_that_it_was_one():
    with pytest.raises(TargetError, match="shape and array library are guessed"):
        og.audit(lambda x: 1 / 0, "max@2", n=4)


# ---- groups in one call


def test_positions_taken_for_groups_are_pointed_out():
    """Ids are ignored, consecutive rewards are taken for a group: right until groups are interleaved."""

    def goes_by_position(rewards, groups, k):
        n = len(rewards) // len(set(groups.tolist()))
        return np.concatenate([canonical(row, k) for row in rewards.reshape(-1, n)])

    def goes_by_position_of_tokens(rewards, mask, groups, k):
        return goes_by_position((rewards * mask).sum(-1), groups, k)

    for function in (goes_by_position, goes_by_position_of_tokens):
        report = og.audit(function, "max@2", n=4)
        assert report.unbiased
        assert "it goes by the order of the rewards" in report.called_with
        target = Target(function, og.objective("max@2"))
        target(np.arange(24.0).reshape(6, 4))
        assert target.groups_apart is False


@pytest.mark.slow
@pytest.mark.parametrize("sized", [False, True])
def test_a_flat_function_that_mixes_groups_is_judged_on_single_ones(sized):
    def whitened_over_the_batch(rewards, groups):
        centred = by_group(lambda x, k: x - x.mean(), rewards, groups, 1)
        return centred / (centred.std() + 1)

    def whitened_over_the_batch_by_size(rewards, group_size):
        return whitened_over_the_batch(rewards, np.arange(len(rewards)) // group_size)

    function = whitened_over_the_batch_by_size if sized else whitened_over_the_batch
    report = og.audit(function, "mean@1", n=4)
    assert not report.unbiased
    assert (
        "one group at a time. Careful: it answers several groups in one call differently"
        in report.called_with
    )
    alone = og.audit(lambda x: (x - x.mean()) / (x.std() + 1), "mean@1", n=4)
    assert report.residual == pytest.approx(alone.residual)


def padded_to_the_largest(rewards, group_ids):
    n, sums = np.bincount(group_ids).max(), np.bincount(group_ids, rewards)
    return rewards - (sums / n)[group_ids]


def of_one_size(rewards, group_ids):
    order = np.argsort(group_ids, kind="stable")
    table = rewards[order].reshape(len(set(group_ids)), -1)
    advantages = np.empty_like(rewards)
    advantages[order] = (table - table.mean(axis=1, keepdims=True)).ravel()
    return advantages


def of_any_size(rewards, group_ids):
    return rewards - (np.bincount(group_ids, rewards) / np.bincount(group_ids))[group_ids]


@pytest.mark.parametrize(
    ("function", "apart", "says"),
    [
        (padded_to_the_largest, False, "beside a group of another size, groups are answered differently"),
        (of_one_size, True, "groups of several sizes are not taken"),
        (of_any_size, True, ""),
    ],
)
def test_groups_of_several_sizes(function, apart, says):
    report = og.audit(function, "mean@1", n=4)
    assert report.unbiased
    assert report.finding("groups_apart").holds is apart
    assert says in report.called_with
    assert ("Careful" in report.called_with) == bool(says)


def test_groups_apart():
    def verdict(function):
        target = Target(function, og.objective("mean@1"))
        assert target.groups_apart is None
        target(np.arange(24.0).reshape(6, 4))
        return target.groups_apart

    assert verdict(lambda x: x - x.mean(-1, keepdims=True)) is True
    assert verdict(lambda x: x - x.mean()) is False
    assert verdict(lambda x: [float(r) for r in x]) is None
    assert verdict(lambda r, groups: by_group(lambda x, k: x, r, groups, 1)) is True
    assert verdict(lambda r, groups: r - r.mean()) is False


# ---- tokens


def outcome(f, tail=lambda a, mask: a[:, None] * mask):
    def advantage(rewards, mask, index):
        return tail(by_group(f, (rewards * mask).sum(-1), index, 1), mask)

    return advantage


def test_padding_may_hold_anything():
    def nan_on_padding(a, mask):
        return np.where(mask > 0, a[:, None], np.nan)

    assert og.audit(outcome(lambda x, k: x, nan_on_padding), "mean@1", n=3).constant == 1


def test_lengths_that_matter_are_pointed_out():
    def over_length(a, mask):
        return a[:, None] * mask / mask.sum(-1, keepdims=True)

    report = og.audit(outcome(lambda x, k: x, over_length), "mean@1", n=3)
    assert report.constant == og.audit(lambda x: x / 2, "mean@1", n=3).constant
    assert "Careful: the lengths of the responses change its advantages" in report.called_with
    assert "Careful" not in og.audit(outcome(lambda x, k: x), "mean@1", n=3).called_with


@pytest.mark.slow
def test_rewards_read_from_the_last_column_are_not_found():
    """The last column is padding: a function that reads the reward there answers zeros, and is told so."""
    report = og.audit(lambda rewards, mask: rewards[:, -1], "mean@1", n=3)
    assert report.constant == 0
    assert "no signal" in report.verdict
