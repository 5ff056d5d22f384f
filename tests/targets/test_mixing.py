"""What takes several groups in one call and mixes them fails every claim, right as single groups may be.

A function of one group may answer tables as it likes: nobody said that it takes them.
"""

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.reports.requirements import MIXED, claims


def ids_ignored(rewards, group_ids):
    size = int((np.asarray(group_ids) == group_ids[0]).sum())
    table = np.asarray(rewards).reshape(-1, size)
    return (table - table.mean(axis=1, keepdims=True)).ravel()


def mean_of_all_ids(rewards, group_ids):
    return rewards - np.mean(rewards)


def mean_of_all_sizes(rewards, group_size):
    return rewards - rewards.mean()


def mean_of_the_table(rewards_2d):
    return rewards_2d - rewards_2d.mean()


def by_the_first_group(rewards: list[list[float]]):
    """Groups that all have the largest reward look apart."""
    size = 1 + max(abs(x) for g in rewards for x in g) - max(abs(x) for x in rewards[0])
    return [[(x - sum(g) / len(g)) * size for x in g] for g in rewards]


def nan_among_equal_groups(rewards):
    """Between copies of a group there is no spread; among others a group loses or gains by it."""
    groups, _ = rewards.shape
    spread = rewards.mean(axis=1).std() if groups > 1 else 1.0
    with np.errstate(all="ignore"):
        return (rewards - rewards.mean(axis=1, keepdims=True)) * (spread / spread)


def failures(report):
    return [r.failure(report) for r in claims(None, report.objective, report.n, 1, asked=False)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "function", [ids_ignored, mean_of_all_ids, mean_of_all_sizes, mean_of_the_table, by_the_first_group]
)
def test_mixing_what_it_takes_fails(function):
    report = og.audit(function, "mean@1", n=4)
    assert report.unbiased
    assert report.groups_apart is False
    assert failures(report) == [None, MIXED, None]


def test_nan_among_equal_groups_is_no_end_of_the_reading():
    report = og.audit(nan_among_equal_groups, "mean@1", n=4)
    assert report.unbiased
    assert "tables (G, N), one group at a time" in report.called_with


@pytest.mark.parametrize("function", [lambda x: x - x.mean(), lambda x: x - x.mean(axis=0)])
def test_a_function_of_one_group_may_answer_tables_otherwise(function):
    report = og.audit(function, "mean@1", n=4)
    assert report.groups_apart is False
    assert failures(report) == [None, None, None]


def test_groups_in_columns_are_apart_there():
    def columns(rewards):
        _, _ = rewards.shape
        return rewards - rewards.mean(axis=0, keepdims=True)

    assert failures(og.audit(columns, "mean@1", n=4)) == [None, None, None]
