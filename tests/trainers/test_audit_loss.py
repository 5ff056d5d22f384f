"""Law (98): a loss is right for every policy iff its weights differ as include-one values do."""

import json
from fractions import Fraction as F
from importlib.resources import files
from itertools import product
from math import prod

import jsonschema
import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.reports import trainer_page
from ordergrad_ref.trainers import Sample
from ordergrad_ref.trainers.audit_loss import checked_objective
from ordergrad_ref.trainers.formula import constant_formula


def spread_out(advantages, mask):
    return np.asarray(advantages)[:, None] * mask


def over_n(log_probs, advantages, mask):
    return spread_out(advantages, mask) / len(mask)


def over_all_columns(log_probs, advantages, mask):
    return spread_out(advantages, mask) / mask.size


def own_length(log_probs, advantages, mask):
    return spread_out(advantages, mask) / len(mask) / mask.sum(axis=1, keepdims=True)


def token_mean(log_probs, advantages, mask):
    return spread_out(advantages, mask) / mask.sum()


def longest(log_probs, advantages, mask):
    return spread_out(advantages, mask) / mask.sum(axis=1).max()


def unmasked(log_probs, advantages, mask):
    return np.repeat(advantages[:, None], mask.shape[1], axis=1)


def last_token(log_probs, advantages, mask):
    last = np.arange(mask.shape[1]) == mask.sum(axis=1, keepdims=True) - 1
    return spread_out(advantages, mask) * last


def from_the_end(advantages, mask):
    return spread_out(advantages, mask) * 0.9 ** (mask.sum(axis=1, keepdims=True) - np.arange(mask.shape[1]))


def discounted_from_the_end(log_probs, advantages, mask):
    return from_the_end(advantages, mask)


def discounted_over_own_length(log_probs, advantages, mask):
    return from_the_end(advantages, mask) / mask.sum(axis=1, keepdims=True)


def without_last_token(log_probs, advantages, mask):
    """Answers of one token have no weight at all; that is no matter of the advantages."""
    return spread_out(advantages, mask) * np.pad(mask[:, 1:], ((0, 0), (0, 1)))


def two_tokens_at_most(log_probs, advantages, mask):
    """Right on answers of one or two tokens, and where only one reward has more."""
    return spread_out(advantages, mask) * (np.arange(mask.shape[1]) < 2)


def without_truncated(log_probs, advantages, mask):
    """Answers that fill all columns are left out, though their rewards count for the others."""
    return spread_out(advantages, mask) * (mask.sum(axis=1, keepdims=True) < mask.shape[1])


def length_penalty(log_probs, advantages, mask):
    return spread_out(advantages - 0.1 * mask.sum(axis=1), mask)


def probability_not_log(log_probs, advantages, mask):
    """The derivative of ``A π``: the same on all tokens as long as all are equally likely."""
    return spread_out(advantages, mask) * np.exp(log_probs)


def rewarding_surprise(log_probs, advantages, mask):
    return (spread_out(advantages, mask) - 0.1 * log_probs) * mask


def length_in_baseline(log_probs, advantages, mask):
    """A baseline of the others' lengths alone is right: (98) compares answers among the same others."""
    length = mask.sum(axis=1)
    return spread_out(advantages + (length.sum() - length), mask)


def length_bonus(log_probs, advantages, mask):
    return spread_out(advantages + mask.sum(axis=1), mask)


def by_position(log_probs, advantages, mask):
    """A baseline of the position is right, too."""
    return spread_out(advantages, mask) + np.arange(mask.shape[1]) * mask


@pytest.mark.parametrize(
    ("loss", "constant", "formula"),
    [
        (over_n, 1, "1"),
        pytest.param(over_all_columns, F(1, 4), "1/T", marks=pytest.mark.slow),
        pytest.param(length_in_baseline, 3, "N", marks=pytest.mark.slow),
        pytest.param(by_position, 3, "N", marks=pytest.mark.slow),
    ],
)
def test_right_losses(loss, constant, formula):
    report = og.audit_loss(loss, "max@2", 3)
    assert (report.unbiased, report.causes) == (True, ())
    if loss is over_all_columns:
        assert report.constant == F(1, 4)
    assert report.constant == constant
    assert report.formula == formula


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "causes"),
    [
        (own_length, ["own length"]),
        (token_mean, ["token mean"]),
        (longest, ["longest answer"]),
        (unmasked, ["padding"]),
        (last_token, ["positions"]),
        (discounted_from_the_end, ["positions"]),
        (discounted_over_own_length, ["own length", "positions"]),
        (without_last_token, ["positions"]),
        (two_tokens_at_most, ["positions"]),
        (without_truncated, ["truncated answers"]),
        (length_penalty, ["length penalty"]),
        (probability_not_log, ["probabilities"]),
        (rewarding_surprise, ["probabilities"]),
    ],
)
def test_wrong_losses(loss, causes):
    report = og.audit_loss(loss, "max@2", 3)
    assert (report.unbiased, report.constant) == (False, None)
    assert [c.name for c in report.causes] == causes


P, OTHER = (F(1, 2), F(1, 4), F(1, 4)), (F(1, 4), F(1, 4), F(1, 2))
OFF_TYPES = [(0, 1), (1, 2), (3, 1)]


def times_ratio(log_probs, old_log_probs, advantages, mask):
    return spread_out(advantages, mask) * np.exp(log_probs - old_log_probs) / len(mask)


def ratio_of_prefix(log_probs, old_log_probs, advantages, mask):
    return spread_out(advantages, mask) * np.exp(((log_probs - old_log_probs) * mask).cumsum(axis=1))


def clipped_ratio(log_probs, old_log_probs, advantages, mask):
    ratio, a = np.exp(log_probs - old_log_probs), spread_out(advantages, mask)
    return np.where(((a > 0) & (ratio > 1.2)) | ((a < 0) & (ratio < 0.8)), 0.0, a * ratio)


def inverse_ratio(log_probs, old_log_probs, advantages, mask):
    return spread_out(advantages, mask) * np.exp(old_log_probs - log_probs)


def no_ratio(log_probs, old_log_probs, advantages, mask):
    return spread_out(advantages, mask)


def exact_ratios(log_probs, old_log_probs, rewards, mask):
    ratios = np.exp(((log_probs - old_log_probs) * mask).sum(axis=1))
    return spread_out(og.off_policy.score_weights(rewards, ratios, "max@2"), mask)


@pytest.mark.slow
def test_where_another_policy_sampled():
    """The row is what enumeration in exact rationals says, and each misuse of a ratio has its name."""
    names = {times_ratio: [], clipped_ratio: ["clipping"], inverse_ratio: ["ratios"]}
    names |= {no_ratio: ["stale samples"], exact_ratios: [], ratio_of_prefix: []}
    reports = {loss: og.audit_loss(loss, "max@2", 3, types=OFF_TYPES) for loss in names}
    for loss, report in reports.items():
        assert report.unbiased is True
        assert [c.name for c in report.causes] == names[loss], loss.__name__
        assert [p.off_policy for p in report.policies] == [True]
        assert report.angle is None
    expected, true = [F(0)] * 3, [F(0)] * 3
    rewards = [F(r) for r, _ in OFF_TYPES]
    for batch in product(range(3), repeat=3):
        chance = prod(OTHER[b] for b in batch)
        for b, a in zip(batch, og.definition.advantage([rewards[b] for b in batch], "max@2"), strict=True):
            for v in range(3):
                expected[v] += chance * F(2, 3) * P[b] / OTHER[b] * a * ((v == b) - P[v])
    for one, two in product(range(3), repeat=2):
        for v in range(3):
            score = (v == one) + (v == two) - 2 * P[v]
            true[v] += P[one] * P[two] * max(rewards[one], rewards[two]) * score
    (row,) = reports[times_ratio].policies
    assert np.allclose(row.expected, [float(x) for x in expected], rtol=0, atol=1e-15)
    assert np.allclose(row.true, [float(x) for x in true], rtol=0, atol=1e-15)
    assert row.angle > 0.1
    assert reports[exact_ratios].policies[0].angle < 1e-6


def test_a_loss_of_rewards_0_and_1_is_given_no_others():
    def rloo(rewards):
        x = np.asarray(rewards)
        assert set(x.ravel()) <= {0.0, 1.0}
        return x - (x.sum(axis=-1, keepdims=True) - x) / (x.shape[-1] - 1)

    report = og.audit_loss(times_ratio, "mean@1", 2, advantages=rloo, types=[(0, 1), (1, 2), (1, 1)])
    assert (report.unbiased, report.constant, report.causes) == (True, 1, ())
    assert report.policies[0].angle < 1e-6  # for the mean a ratio is exact


def test_a_policy_of_which_another_one_sampled_is_no_counterexample():
    def truncated_too(log_probs, old_log_probs, advantages, mask):
        return without_truncated(log_probs, advantages, mask)

    report = og.audit_loss(truncated_too, "mean@1", 2)
    assert [c.name for c in report.causes] == ["truncated answers", "stale samples"]
    assert [p.off_policy for p in report.policies] == [True]
    assert report.counterexample is None


@pytest.mark.slow
def test_a_kl_term_in_the_reward_is_told_from_one_in_the_loss():
    def in_reward(log_probs, ref_log_probs, advantages, mask):
        penalty = 0.5 * ((log_probs - ref_log_probs) * mask).sum(axis=1)
        return spread_out(advantages - penalty + penalty.mean(), mask)

    (note,) = og.audit_loss(in_reward, "mean@1", 2, types=OFF_TYPES).notes
    assert note == (
        "its KL term is k1 in the reward, with weight 0.5: it follows ∇KL(p‖ref), exactly, for the mean; "
        "for K > 1 the pathwise term is missing"
    )


def test_a_bonus_for_length_is_biased():
    assert og.audit_loss(length_bonus, "mean@1", 2, types=[(0, 1), (0, 2), (1, 1)]).unbiased is False


@pytest.mark.slow
def test_the_smallest_counterexample_by_hand():
    """Among one other of reward 0 and length 1, RLOO for the mean gives (1, 2) the weight 1/2 · 1/2."""
    report = og.audit_loss(own_length, "mean@1", 2, types=[(0, 1), (1, 1), (1, 2)])
    m = report.mismatch
    assert m.others == (Sample(F(0), 1),)
    by_hand = {(F(0), 1): 0.0, (F(1), 1): 0.5, (F(1), 2): 0.25}
    assert m.came == by_hand[m.second] - by_hand[m.first]
    (policy,) = report.policies
    assert policy.angle > 1e-6
    assert report.counterexample is policy


@pytest.mark.slow
def test_advantages_and_lengths_are_told_apart():
    report = og.audit_loss(own_length, "mean@1", 4, advantages="grpo")
    assert [c.name for c in report.causes] == ["advantages", "own length"]
    assert "those of grpo" in report.causes[0].says


@pytest.mark.slow
def test_no_signal_and_reversed():
    assert og.audit_loss(lambda log_probs, mask: mask, "mean@1", 2).constant == 0
    report = og.audit_loss(lambda logp, adv, mask: -spread_out(adv, mask), "mean@1", 2)
    assert (report.unbiased, report.constant) == (False, -2)
    assert report.verdict.startswith("reversed")


@pytest.mark.slow
def test_losses_of_pytorch():
    torch = pytest.importorskip("torch")

    def ppo(log_probs, old_log_probs, advantages, response_mask, ref_log_probs):
        ratio = (log_probs - old_log_probs).exp()
        a = advantages[:, None]
        surrogate = torch.minimum(ratio * a, ratio.clamp(0.8, 1.2) * a)
        gap = ref_log_probs - log_probs
        return -((surrogate - 0.5 * (gap.exp() - 1 - gap)) * response_mask).sum() / len(advantages)

    report = og.audit_loss(ppo, "max@2", 3)
    assert (report.unbiased, report.constant) == (True, 1)
    assert "k3 in the loss" in report.notes[0]
    assert "∇KL(ref‖p)" in report.notes[0]

    def wide(logp, adv, mask):
        return {"loss": -(logp * adv * mask).sum(), "entropy": 0}

    assert og.audit_loss(wide, "max@2", 3).constant == 3


@pytest.mark.slow
def test_losses_of_jax():
    jax = pytest.importorskip("jax")

    def loss(logp, adv, mask):
        return -jax.numpy.sum(logp * adv[:, None] * mask) / len(adv)

    report = og.audit_loss(loss, "mean@1", 2, types=[(0, 1), (1, 2)], library="jax")
    assert (report.unbiased, report.constant, report.unit_roundoff) == (True, 1, 2.0**-24)


@pytest.mark.slow
def test_a_step_in_single_precision_is_no_bias():
    """Its weights come as float64, and are all numbers of float32; eq. (98) fails by their rounding alone."""

    def inside(log_probs, advantages, mask):
        return (spread_out(advantages, mask) / mask.size).astype(np.float32).astype(float)

    report = og.audit_loss(inside, "max@2", 3)
    assert (report.unbiased, report.constant, report.unit_roundoff) == (True, F(1, 4), 2.0**-24)
    assert report.formula == "1/T"
    assert og.audit_loss(over_all_columns, "max@2", 3).unit_roundoff == 2.0**-53


@pytest.mark.slow
def test_arguments_are_told_where_names_do_not_say():
    def loss(x, y, z):
        return spread_out(y, z)

    with pytest.raises(TargetError, match="loss: expected arguments of known names, got 'x' of loss"):
        og.audit_loss(loss, "mean@1", 2)
    told = {"x": "log_probs", "y": "advantages", "z": "mask"}
    assert og.audit_loss(loss, "mean@1", 2, arguments=told).constant == 2
    with pytest.raises(InvalidInputError, match=r"arguments: expected one of .*, got 'u'"):
        og.audit_loss(loss, "mean@1", 2, arguments={"u": "mask"})
    with pytest.raises(InvalidInputError, match=r"arguments: expected one of .*, got 'masks'"):
        og.audit_loss(loss, "mean@1", 2, arguments={**told, "z": "masks"})


@pytest.mark.parametrize(
    ("loss", "says"),
    [
        (lambda logp, adv: 1 / 0, "raised ZeroDivisionError"),
        (lambda logp, adv: np.full_like(logp, np.nan), "expected finite weights, got nan"),
        (lambda logp, adv: np.zeros(7), r"expected a scalar with a gradient, or weights .* shape \(7,\)"),
        (lambda logp, adv: "x", "expected real numbers, got an answer of <lambda> of dtype <U1"),
        (lambda logp, adv: (x for x in adv), "expected real numbers, got an answer of <lambda> of dtype obj"),
        (lambda logp, adv: logp * 1j, "expected real numbers, got an answer of <lambda> of dtype complex"),
        (lambda adv: adv, "expected an argument for the log-probabilities, got adv"),
    ],
)
def test_losses_that_cannot_be_judged(loss, says):
    with pytest.raises(TargetError, match=f"loss: .*{says}"):
        og.audit_loss(loss, "mean@1", 2, library="numpy")


def test_a_loss_that_depends_on_chance():
    rng = np.random.default_rng(1)
    report = og.audit_loss(lambda logp, adv, mask: rng.random() * spread_out(adv, mask), "mean@1", 2)
    assert "differently each time" in report.refusal


def test_n_may_be_an_integer_of_numpy():
    alpha, n = checked_objective("max@2", np.int64(3))
    assert (alpha, n, type(n)) == (og.objective("max@2"), 3, int)


def test_wrong_arguments():
    with pytest.raises(InvalidInputError, match="types: expected pairs of a finite reward"):
        og.audit_loss(over_n, "mean@1", 2, types=[1, 2])
    with pytest.raises(InvalidInputError, match="types: expected two or more"):
        og.audit_loss(over_n, "mean@1", 2, types=[(1, 1), (1, 1)])
    with pytest.raises(InvalidInputError, match="types: expected pairs of a finite reward"):
        og.audit_loss(over_n, "mean@1", 2, types=[(0, 1), (1, 1.5)])  # it was cut off to 1
    with pytest.raises(InvalidInputError, match="arguments: expected a mapping of argument to role, got 3"):
        og.audit_loss(over_n, "mean@1", 2, arguments=3)
    for n in (2.0, True, None, np.array([2])):
        with pytest.raises(InvalidInputError, match="n: expected an integer of at least K = 1, got"):
            og.audit_loss(over_n, "mean@1", n)
    with pytest.raises(InvalidInputError, match="types: expected rewards on which"):
        og.audit_loss(
            over_n, "mean@1", 2, types=[(1, 1), (1, 2)], advantages=lambda x: np.arange(len(x)) * 1.0
        )
    with pytest.raises(InvalidInputError, match="advantages: expected a function or one of"):
        og.audit_loss(over_n, "mean@1", 2, advantages="ppo")
    with pytest.raises(InvalidInputError, match=r"objective: expected an integer K, got"):
        og.audit_loss(over_n, "max@2.5", 3)


def test_formulas():
    tried = [(n, k, t, F(n - 1, n * t * k)) for n in (3, 4, 5) for k in (2, 3) for t in (7, 9)]
    assert constant_formula(tried) == "(N−1)/(N K T)"
    assert constant_formula([(*sizes, c + (i == 0)) for i, (*sizes, c) in enumerate(tried)]) is None
    assert constant_formula([(3, 2, 4, F(1)), (4, 2, 4, F(1))]) is None


@pytest.mark.slow
def test_reports_are_of_their_schema_and_make_a_page():
    schema = json.loads((files("ordergrad_ref.trainers") / "report.schema.json").read_text(encoding="utf-8"))
    reports = [og.audit_loss(loss, "mean@1", 2) for loss in (over_n, own_length)]
    for report in reports:
        data = json.loads(json.dumps(report.to_json(), allow_nan=False))
        jsonschema.validate(data, schema)
        assert report.verdict in report.table()
    page = trainer_page.render([r.to_json() for r in reports])
    assert "each answer is divided by its own length" in page
    assert "<script" not in page
    with pytest.raises(InvalidInputError, match="reports: expected at least one, got none"):
        trainer_page.render([])
    with pytest.raises(InvalidInputError, match="reports: expected the form"):
        trainer_page.render([{}])
    with pytest.raises(InvalidInputError, match="reports: expected the published schema; got, at"):
        trainer_page.render([{**reports[0].to_json(), "n": 0}])


def test_a_loss_of_a_global_generator_is_not_constant():
    """Two calls under one seed would be equal."""

    def noisy(log_probs, advantages, mask):
        return advantages[:, None] * mask * np.random.rand()  # noqa: NPY002

    report = og.audit_loss(noisy, "mean@1", 2, library="numpy", types=[(0, 1), (1, 2)])
    assert report.refusal == "it answers the same batch differently each time"


def test_a_loss_that_ends_the_process_is_an_error():
    def leaves(log_probs, advantages, mask):
        raise SystemExit(0)

    with pytest.raises(TargetError, match="loss: leaves raised SystemExit: 0"):
        og.audit_loss(leaves, "mean@1", 2)


def test_lengths_have_a_limit():
    with pytest.raises(InvalidInputError, match=r"types: expected .* of lengths from 1 to 256, got"):
        og.audit_loss(lambda logp, advantages, mask: mask, "mean@1", 2, types=[(0, 1), (1, 10**9)])
