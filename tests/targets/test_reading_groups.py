"""Which reading of a function is the one that is meant: of one group, of a table, of columns, of a list.

Law: where the reading as a table keeps groups apart, the table wins. Where groups touch each other, one group
is judged, and the report says that they do.
"""

from typing import Any, List  # noqa: UP035

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import TargetError


def centred(g):
    return g - g.mean()


# ---- a table, written group by group


def array_of_rows(rewards):
    return np.array([g - g.mean() for g in rewards])


def stack_of_rows(rewards):
    return np.stack([g - np.mean(g) for g in rewards])


def list_of_rows(rewards):
    return [g - g.mean() for g in rewards]


def mapped(rewards):
    return np.array(list(map(centred, rewards)))


def row_after_row(rewards):
    advantages = np.zeros_like(rewards)
    for i, g in enumerate(rewards):
        advantages[i] = g - g.mean()
    return advantages


def along_the_last_axis(rewards):
    return np.apply_along_axis(centred, -1, rewards)


def nested_lists(rewards: List[List[float]]):  # noqa: UP006
    return [[r - sum(g) / len(g) for r in g] for g in rewards]


def nested_sequences(rewards: "Sequence[Sequence[float]]"):  # noqa: F821
    return [np.array(g) - np.mean(g) for g in rewards]


def nested_lists_without_annotation(rewards):
    assert type(rewards) is list
    return [[r - sum(g) / len(g) for r in g] for g in rewards]


def list_of_arrays(rewards: list[np.ndarray]):
    assert type(rewards) is list
    return [g - g.mean() for g in rewards]


def named_two_dimensional(rewards_2d):
    return [g - g.mean() for g in rewards_2d]


GROUP_BY_GROUP = [
    array_of_rows,
    stack_of_rows,
    list_of_rows,
    mapped,
    row_after_row,
    along_the_last_axis,
    np.vectorize(centred, signature="(n)->(n)"),
    nested_lists,
    nested_sequences,
    nested_lists_without_annotation,
    list_of_arrays,
    named_two_dimensional,
]


@pytest.mark.slow
@pytest.mark.parametrize("function", GROUP_BY_GROUP, ids=lambda f: getattr(f, "__name__", "vectorize"))
def test_a_table_written_group_by_group_is_judged_as_a_table(function):
    report = og.audit(function, "mean@1", n=4, values=(0, 1, 4))
    assert report.unbiased
    assert float(report.constant) == pytest.approx(3 / 4, rel=1e-6)
    assert report.groups_apart
    assert "tables (G, N)" in report.called_with
    assert "one group at a time" not in report.called_with


def test_a_function_that_reads_one_group_as_many_is_said_to():
    said = og.audit(array_of_rows, "mean@1", n=4).called_with
    assert said == (
        "called with tables (G, N). Careful: it takes one group (N,) too, and answers it differently"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "function",
    [
        lambda x: x - x.mean(),
        lambda x: (x - x.mean()) / len(x),  # of a table, by the number of groups
        lambda x: x / len(x),
        lambda x: x - sum(x) / len(x),
        lambda x: np.array([r - (x.sum() - r) / (x.size - 1) for r in x]),
    ],
)
def test_a_function_of_one_group_is_judged_on_one(function):
    """As a table, what a group gets depends on the others, or on how many there are."""
    report = og.audit(function, "mean@1", n=4)
    assert report.unbiased
    assert "called with one group (N,) at a time" in report.called_with
    assert report.finding("groups_apart").holds is False


@pytest.mark.slow
@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (list[float], "lists: one group (N,) at a time"),
        ("list[float]", "lists: one group (N,) at a time"),
        ("Float[ndarray, 'n']", "one group (N,) at a time"),
        ("Float[ndarray, 'groups n']", "tables (G, N)"),
        (list[list[float]], "lists: tables (G, N)"),
        ("Float[ndarray, '*groups n']", "tables (G, N)"),
        (Any, "tables (G, N)"),
    ],
)
def test_annotations_say_how_many_axes_there_are(annotation, said):
    def advantage(rewards):
        x = np.asarray(rewards)
        return x - x.mean(-1, keepdims=True)

    advantage.__annotations__ = {"rewards": annotation}
    assert og.audit(advantage, "mean@1", n=4).called_with == f"called with {said}"


# ---- samples of a group stand G places apart


def reshaped(rewards, rloo_k):
    table = rewards.reshape(rloo_k, -1)
    return (table - (table.sum(0) - table) / (rloo_k - 1)).flatten()


def strided(rewards, num_repeat):
    groups, advantages = len(rewards) // num_repeat, np.empty(len(rewards))
    for g in range(groups):
        group = rewards[g::groups]
        advantages[g::groups] = (group - group.mean()) * num_repeat / (num_repeat - 1)
    return advantages


def by_number_of_groups(rewards, num_prompts):
    table = rewards.reshape(-1, num_prompts)
    return (table - (table.sum(0) - table) / (len(table) - 1)).ravel()


def of_tokens(token_level_rewards, mask, group_size):
    advantages = reshaped((token_level_rewards * mask).sum(-1), group_size)
    return advantages[:, None] * mask


@pytest.mark.parametrize("function", [reshaped, strided, by_number_of_groups, of_tokens])
def test_interleaved_groups_are_recognised(function):
    report = og.audit(function, "mean@1", n=4)
    assert report.constant == 1
    assert "sample by sample: the samples of a group stand G places apart" in report.called_with
    assert "Careful: groups that stand one after the other are answered differently" in report.called_with


def test_columns_of_a_table_are_recognised():
    def two_axes(rewards):
        _, _ = rewards.shape
        return rewards - rewards.mean(0)

    report = og.audit(two_axes, "mean@1", n=4)
    assert report.constant == 3 / 4
    assert report.called_with == (
        "called with tables (N, G), each group in a column. Careful: it mixes groups in tables (G, N)"
    )
    assert report.groups_apart is False
    any_axes = og.audit(lambda x: x - x.mean(0), "mean@1", n=4)
    assert any_axes.constant == 3 / 4
    assert "but each of their columns for a group: it mixes groups in (G, N)" in any_axes.called_with
    assert any_axes.groups_apart is False


# ---- groups that touch each other


def divided_by_the_batch(rewards: list[list[float]]):
    mean = np.mean([r for g in rewards for r in g])
    return [[(r - sum(g) / len(g)) * (1 + mean**2) for r in g] for g in rewards]


def divided_by_the_table(rewards):
    _, _ = rewards.shape
    return (rewards - rewards.mean(1, keepdims=True)) * (1 + rewards.mean() ** 2)


@pytest.mark.slow
@pytest.mark.parametrize("function", [divided_by_the_batch, divided_by_the_table])
def test_a_function_that_mixes_the_groups_of_a_list_is_judged_on_a_list_of_one(function):
    report = og.audit(function, "mean@1", n=4)
    alone = og.audit(lambda x: (x - x.mean()) * (1 + x.mean() ** 2), "mean@1", n=4)
    assert not report.unbiased
    assert report.residual == pytest.approx(alone.residual)
    assert "tables (G, N), one group at a time. Careful: it mixes groups" in report.called_with
    assert report.groups_apart is False


def test_a_function_that_mixes_groups_and_takes_no_single_one_is_refused():
    def over_all(rewards):
        g, _ = rewards.shape
        if g < 2:
            raise ValueError("one group has no spread between groups")
        return (rewards - rewards.mean()) / (1 + rewards.mean(1).std())

    with pytest.raises(
        TargetError,
        match=r"mixes groups: .* or a table of one, where over_all raised ValueError",
    ):
        og.audit(over_all, "mean@1", n=4)


# ---- names


@pytest.mark.parametrize("name", ["rloo_k", "num_repeat", "group_num", "n_rollouts", "num_samples"])
def test_names_of_group_sizes(name):
    space: dict[str, Any] = {}
    exec(
        f"def f(rewards, {name}):\n"
        f"    table = rewards.reshape(-1, {name})\n"
        f"    return (table - table.mean(1, keepdims=True)).ravel()\n",
        space,
    )
    report = og.audit(space["f"], "mean@1", n=4)
    assert report.unbiased
    assert report.called_with == f"called with flat rewards (G·N,), groups one after the other ({name})"


@pytest.mark.parametrize("name", ["task_ids", "group_idx", "problem_id", "query_ids"])
def test_names_of_group_ids(name):
    space: dict[str, Any] = {"np": np}
    exec(
        f"def f(rewards, {name}):\n"
        f"    means = np.bincount({name}, rewards) / np.bincount({name})\n"
        f"    return rewards - means[{name}]\n",
        space,
    )
    report = og.audit(space["f"], "mean@1", n=4)
    assert report.unbiased
    assert report.called_with == f"called with flat rewards (G·N,) with group ids ({name})"


def test_a_valid_mask_is_a_mask():
    def advantage(rewards, valid_mask, task_ids):
        scores = (rewards * valid_mask).sum(-1)
        means = np.bincount(task_ids, scores) / np.bincount(task_ids)
        return (scores - means[task_ids])[:, None] * valid_mask

    assert "a mask (valid_mask) and group ids (task_ids)" in og.audit(advantage, "mean@1", n=4).called_with


def test_what_k_was_given_is_said():
    """A ``k`` that means the group size gets the objective's K, and the reader is told so."""

    def k_is_the_group_size(rewards, k):
        table = rewards.reshape(-1, k)
        return (table - table.mean(1, keepdims=True)).ravel()

    report = og.audit(k_is_the_group_size, "max@2", n=4)
    assert not report.unbiased
    assert "; k = 2, the objective's K" in report.called_with
    assert "the objective's K" not in og.audit(lambda x: x, "max@2", n=4).called_with
