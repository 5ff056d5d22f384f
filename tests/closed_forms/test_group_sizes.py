"""What is said of a group that is too small: how many rewards the smallest K needs, spec eq. (38)."""

import pytest

import ordergrad_ref as og


@pytest.mark.parametrize(
    ("spelling", "n", "smallest"), [("mean@2", 2, 1), ("mean@5", 2, 1), ("gini@3", 3, 2), ("median@4", 4, 3)]
)
def test_an_objective_of_a_smaller_k_is_named(spelling, n, smallest):
    with pytest.raises(
        og.errors.GroupTooSmallError, match=f"an objective of K = {smallest}, which {n} rewards"
    ):
        og.advantage(list(range(n)), spelling)
    assert og.objective(spelling).reduced().k == smallest
    assert og.advantage(list(range(n)), og.objective(spelling).reduced()).sum() == pytest.approx(0)


def test_one_that_has_no_smaller_k_is_not_said_to_have_one():
    with pytest.raises(og.errors.GroupTooSmallError) as error:
        og.advantage([0, 1, 2], "max@3")
    assert "also an objective" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("value", 3),
        ("inclusion", 3),
        ("pathwise_weights", 3),
        ("leave_one_out", 4),
        ("advantage", 4),
        ("score_weights", 4),
    ],
)
def test_the_least_number_of_rewards(name, least):
    """K for what draws K of all, K + 1 for what leaves one out."""
    function = getattr(og, name)
    with pytest.raises(og.errors.GroupTooSmallError, match=f"N ≥ {least}"):
        function(list(range(least - 1)), "max@3")
    assert function(list(range(least)), "max@3") is not None
