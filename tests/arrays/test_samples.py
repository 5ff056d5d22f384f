"""What does not count is nobody's sibling: all answers are those for the rewards that remain. Spec eq. (78).

Let C be the rewards that count. For every function f, ``f(x, where=C)[C] = f(x[C])``, exactly; elsewhere
advantages and weights are 0 and include-one and leave-one-out values NaN. ``nan_policy="omit"`` is
``where=~isnan(x)``. With scores, ``f(x, by=s, where=C)[C] = f(x[C], by=s[C])``.
"""

from fractions import Fraction as F

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError

BATCH = ("value", "inclusion", "leave_one_out", "advantage", "score_weights", "pathwise_weights")
X = np.array([[3.0, np.nan, 4.0, 1.0, 5.0], [np.nan, 6.0, 5.0, 5.0, np.inf], [7.0, 1.0, 0.5, 2.0, 2.0]])
COUNTS = np.isfinite(X)
SCORES = np.array([[1, np.nan, 2, 2, 0], [np.nan, 1, 1, 0, 3], [3, 3, 1, 0, 2]])


def published(f):
    return (lambda x, **options: f(x, 2, **options)) if "K" in f.contract.target else f


def of_batch(name):
    return lambda x, **options: getattr(og, name)(x, "max@2", **options)


FUNCTIONS = {name: of_batch(name) for name in BATCH} | {
    f"maxk.{name}": published(f) for name, f in og.maxk.FAMILY.items() if f.contract.domain == "real"
}
NAN = ("inclusion", "leave_one_out")


def same(answer, expected):
    np.testing.assert_array_equal(answer, expected, strict=True)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_answer_is_that_for_the_rewards_that_remain(name):
    f = FUNCTIONS[name]
    answer = f(X, where=COUNTS)
    flat = f(X.ravel(), groups=np.repeat([5, 3, 9], 5), where=COUNTS.ravel())
    for row in range(3):
        remain = f(X[row][COUNTS[row]])
        if name == "value":
            assert answer[row] == remain == flat[[1, 0, 2][row]]
            continue
        same(answer[row][COUNTS[row]], remain)
        same(flat[5 * row :][:5], answer[row])
    if name != "value":
        same(answer[~COUNTS], np.full(3, np.nan if name in NAN else 0.0))


@pytest.mark.parametrize("f", BATCH)
def test_with_scores(f):
    answer = of_batch(f)(X, by=SCORES, where=COUNTS)
    for row in range(3):
        c = COUNTS[row]
        remain = of_batch(f)(X[row][c], by=SCORES[row][c])
        same(answer[row] if f == "value" else answer[row][c], remain)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_omit_leaves_out_what_is_nan(name):
    f, x = FUNCTIONS[name], np.where(np.isinf(X), 9, X)
    same(f(x, nan_policy="omit"), f(x, where=~np.isnan(x)))
    same(f(x[2], nan_policy="omit"), f(x[2]))
    same(f(x, nan_policy="omit", where=x > 1), f(x, where=x > 1))


def test_omit_leaves_out_nan_scores_and_refuses_infinite_rewards():
    y, s = np.array([3.0, 1.0, 4.0, 1.0]), np.array([1, np.nan, 0, 2])
    same(og.advantage(y, "max@2", by=s, nan_policy="omit"), og.advantage(y, "max@2", by=s, where=s == s))
    with pytest.raises(NonFiniteRewardError, match=r"got inf .* where=numpy.isfinite\(rewards\) leaves"):
        og.advantage(X, "max@2", nan_policy="omit")


def test_where_all_count_every_bit_is_as_without():
    x = np.random.default_rng(0).normal(size=(3, 5))
    for f in BATCH:
        assert of_batch(f)(x, where=np.ones(x.shape, bool)).tobytes() == of_batch(f)(x).tobytes()


def test_exact_rationals_stay_exact():
    x = [F(1, 3), float("nan"), F(2), F(0)]
    first, *others = og.advantage([F(1, 3), F(2), F(0)], "max@2")
    answer = og.advantage(x, "max@2", nan_policy="omit")
    assert answer.tolist() == [first, 0, *others]
    assert all(isinstance(a, F) for a in answer)
    q = og.inclusion(x, "max@2", where=[True, False, True, True])
    assert q[1] != q[1]
    assert q[[0, 2, 3]].tolist() == og.inclusion([F(1, 3), F(2), F(0)], "max@2").tolist()


def test_group_sizes_are_those_that_remain():
    x, counts = [1.0, 2.0, 3.0, 4.0], [True, True, False, False]
    for where, left in ((counts, "2 of its 4 left out"), ([False] * 4, "4 of its 4 left out")):
        with pytest.raises(GroupTooSmallError, match=rf"rewards: the batch \({left}\) has N = {sum(where)};"):
            og.advantage(x, "max@2", where=where)
        same(og.advantage(x, "max@2", where=where, small_groups="zero"), np.zeros(4))
        w = np.array(where)
        same(og.advantage(x, "max@2", where=where, small_groups="nan"), np.where(w, np.nan, 0.0))
    ids = ["a", "b", "a", "b"]
    same(
        og.value(x, "mean@1", groups=ids, where=[True, False, True, False], small_groups="nan"), [2.0, np.nan]
    )
    with pytest.raises(GroupTooSmallError, match=r"group 'b' \(2 of its 2 left out\) has N = 0"):
        og.value(x, "mean@1", groups=ids, where=[True, False, True, False])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"where": [1, 0, 1, 1]},
            "where: expected booleans, True for the rewards that count, got dtype int64",
        ),
        ({"where": ["yes", "no", "", ""]}, "where: expected booleans, .* got dtype <U3"),
        ({"where": [True, None, True, True]}, "where: expected booleans, .* got dtype object"),
        ({"where": True}, r"where: expected True or False .* of shape \(4,\), got shape \(\)"),
        ({"where": [True] * 3}, r"where: expected True or False .* of shape \(4,\), got shape \(3,\)"),
        ({"where": [[True] * 4]}, r"where: expected True or False .* of shape \(4,\), got shape \(1, 4\)"),
        ({"where": [[True], [True] * 2]}, "where: expected booleans, .* got a list"),
        ({"by": [1, 2, 3]}, r"by: expected a score for each reward, of shape \(4,\), got shape \(3,\)"),
        ({"by": 1.0}, r"by: expected a score for each reward, of shape \(4,\), got shape \(\)"),
        ({"by": ["a", "b", "c", "d"]}, "by: expected real numbers, a score for each reward, got dtype <U1"),
        ({"by": [1j, 2, 3, 4]}, "by: expected real numbers, a score for each reward, got dtype complex128"),
        ({"by": [F(1), None, F(2), F(3)]}, r"by: expected numbers, got None \(NoneType\) at position 1"),
        ({"by": np.ma.array([1, 2, 3, 4], mask=[0, 0, 0, 1])}, "by: expected a plain array, got a masked"),
        (
            {"by": [1, np.nan, 2, 3]},
            "by: expected numbers, got nan in the batch, position 1 of the group, 1 of",
        ),
    ],
)
def test_bad_scores_and_masks_are_refused(options, message):
    with pytest.raises(InvalidInputError, match=message):
        og.advantage([1.0, 2.0, 3.0, 4.0], "max@2", **options)


def test_a_nan_score_spoils_its_own_group_alone():
    y, s = np.arange(8.0).reshape(2, 4), np.array([[1, 2, np.nan, 3], [3, 1, 2, 0]])
    answer = og.advantage(y, "max@2", by=s, nan_policy="propagate")
    same(answer, np.array([[np.nan] * 4, og.advantage(y[1], "max@2", by=s[1])]))


@pytest.mark.slow
@pytest.mark.parametrize("f", BATCH)
def test_in_every_library(xp, f):
    scores, counts = np.array([[1, 7, 2, 2, 0], [3, 3, 1, 0, 2]]), COUNTS[[0, 2]]
    whole = np.where(counts, X[[0, 2]], 9.0)
    for x, own, numpy in (
        (whole, {"by": xp.array(scores)}, {"by": scores}),
        (whole, {"by": scores.tolist()}, {"by": scores}),
        (X[[0, 2]], {"where": xp.array(counts, bool)}, {"where": counts}),
        (X[[0, 2]], {"by": xp.array(scores), "where": counts}, {"by": scores, "where": counts}),
        (X[[0, 2]], {"nan_policy": "omit"}, {"where": counts}),
    ):
        answer = of_batch(f)(xp.array(x), **own)
        assert xp.is_own(answer)
        same(xp.numpy(answer), of_batch(f)(x, **numpy))


def test_in_torch_gradients_flow_to_what_counts():
    torch = pytest.importorskip("torch")
    x, w = (
        torch.tensor([3.0, float("nan"), 4.0, 1.0], requires_grad=True),
        torch.tensor([True, False, True, True]),
    )
    s = torch.tensor([1.0, 5.0, 0.0, 2.0], requires_grad=True)
    og.value(x, "max@2", by=s, where=w).backward()
    same(x.grad.numpy(), og.pathwise_weights(x.detach().numpy(), "max@2", by=[1, 5, 0, 2], where=w.numpy()))
    assert s.grad is None


def test_pass_at_k_and_standard_errors_leave_out_too():
    x, w = np.array([0.0, 1.0, 7.0, 0.0, 1.0]), np.array([True, True, False, True, True])
    assert og.maxk.pass_at_k(x, 2, where=w) == og.maxk.pass_at_k(x[w], 2)
    assert og.standard_error(x, "max@2", where=w) == og.standard_error(x[w], "max@2")
    scores = np.array([1, 2, 3, 3, 0])
    weights = og.score_weights(x, "max@2", by=scores)
    assert og.standard_error(x, "max@2", by=scores) == pytest.approx(
        np.sqrt(0.8 * (weights**2).sum()), rel=1e-15
    )
    with pytest.raises(InvalidInputError, match="by: expected no scores for method='unbiased', got some"):
        og.standard_error(x, "max@2", by=scores, method="unbiased")
    with pytest.raises(InvalidInputError, match="where: expected none beside counts, got"):
        og.maxk.pass_at_k(n=4, successes=1, k=2, where=[True])
