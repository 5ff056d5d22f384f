"""Updates of a table policy: right ones, and ones with one cause of bias each, or with two."""

import numpy as np

import ordergrad_ref as og


def canonical(rewards):
    return og.score_weights(np.asarray(rewards, dtype=float), "max@2")


def summed(policy, answers, weights):
    return sum(w * policy.score(a) for w, a in zip(weights, answers, strict=True))


def lengths(answers):
    return np.array([len(a) for a in answers], dtype=float)


def over_spread(rewards):
    r = np.asarray(rewards, dtype=float)
    return (r - r.mean()) / (r.std() + 1e-4)


def right(policy, answers, rewards):
    return summed(policy, answers, canonical(rewards))


def own_length(policy, answers, rewards):
    return summed(policy, answers, canonical(rewards) / lengths(answers))


def token_mean(policy, answers, rewards):
    return summed(policy, answers, canonical(rewards) / lengths(answers).sum())


def longest_answer(policy, answers, rewards):
    return summed(policy, answers, canonical(rewards) / lengths(answers).max())


def spread(policy, answers, rewards):
    return summed(policy, answers, over_spread(rewards))


def micro_batches(policy, answers, rewards):
    of_half = lengths(answers).reshape(2, -1).sum(axis=1)
    return summed(policy, answers, canonical(rewards) / np.repeat(of_half, len(answers) // 2))


def split_group(policy, answers, rewards):
    halves = np.split(np.asarray(rewards, dtype=float), 2)
    return summed(policy, answers, np.concatenate([h - h.mean() for h in halves]))


def split_by_turns(policy, answers, rewards):
    """Two ranks, each of which has every other answer."""
    weights = np.array(rewards, dtype=float)
    for rank in (0, 1):
        weights[rank::2] -= weights[rank::2].mean()
    return summed(policy, answers, weights)


def equal_left_out(policy, answers, rewards):
    r = np.asarray(rewards, dtype=float)
    if np.ptp(r) == 0:
        return np.zeros_like(policy.array)
    return summed(policy, answers, og.maxk.pkpo(r, 2))


def discounted(policy, answers, rewards):
    return sum(
        w * policy.score(a, 0.9 ** np.arange(len(a)))
        for w, a in zip(canonical(rewards), answers, strict=True)
    )


def discounted_from_the_end(policy, answers, rewards):
    return sum(
        w * policy.score(a, 0.9 ** np.arange(len(a))[::-1])
        for w, a in zip(canonical(rewards), answers, strict=True)
    )


def without_last_token(policy, answers, rewards):
    """The end of an answer is masked: one of one token has no weight at all."""
    return sum(
        w * policy.score(a, np.arange(len(a)) < len(a) - 1)
        for w, a in zip(canonical(rewards), answers, strict=True)
    )


def of_last_token_and_token_mean(policy, answers, rewards):
    return sum(
        w / lengths(answers).sum() * policy.score(a, np.arange(len(a)) == len(a) - 1)
        for w, a in zip(canonical(rewards), answers, strict=True)
    )


def length_in_reward(policy, answers, rewards):
    return summed(policy, answers, canonical(np.asarray(rewards) - 0.1 * lengths(answers)))


def without_truncated(policy, answers, rewards):
    return summed(policy, answers, canonical(rewards) * (lengths(answers) < 3))


def probability_not_log(policy, answers, rewards):
    return sum(
        w * policy.score(a, np.exp(policy.log_probs(a)))
        for w, a in zip(canonical(rewards), answers, strict=True)
    )


def hot_logits(policy, answers, rewards):
    """Logits are divided by a temperature of two, after the answers were sampled without."""
    hot = og.trainers.TablePolicy({prefix: p**0.5 / (p**0.5).sum() for prefix, p in policy.items()})
    return summed(hot, answers, canonical(rewards) / 2)


def clipped_gradient(policy, answers, rewards):
    gradient = right(policy, answers, rewards)
    return gradient / max(1.0, np.linalg.norm(gradient) / 0.2)


def without_duplicates(policy, answers, rewards):
    weights = dict(zip(map(tuple, answers), canonical(rewards), strict=True))
    return summed(policy, weights, weights.values())


def with_entropy(policy, answers, rewards):
    p = policy.array
    return right(policy, answers, rewards) - 0.01 * p * (np.log(p) - (p * np.log(p)).sum(1, keepdims=True))


def spread_and_own_length(policy, answers, rewards):
    return summed(policy, answers, over_spread(rewards) / lengths(answers))


def _log_ratio(policy, reference, answer):
    return policy.log_probs(answer) - reference.log_probs(answer)


def kl_in_loss_k2(policy, answers, rewards, reference):
    return right(policy, answers, rewards) - sum(
        0.1 * policy.score(a, _log_ratio(policy, reference, a)) for a in answers
    )


def kl_in_loss_k3(policy, answers, rewards, reference):
    return right(policy, answers, rewards) - sum(
        0.1 * policy.score(a, -np.expm1(-_log_ratio(policy, reference, a))) for a in answers
    )


def kl_in_loss_k1(policy, answers, rewards, reference):
    return right(policy, answers, rewards) - sum(0.1 * policy.score(a) for a in answers)


def kl_in_reward_k1(policy, answers, rewards, reference):
    penalty = [_log_ratio(policy, reference, a).sum() for a in answers]
    return right(policy, answers, np.asarray(rewards) - 0.1 * np.array(penalty))


def kl_in_reward_k3(policy, answers, rewards, reference):
    ratio = np.array([_log_ratio(policy, reference, a).sum() for a in answers])
    return right(policy, answers, np.asarray(rewards) - 0.1 * (np.expm1(-ratio) + ratio))


def token_mean_and_k3(policy, answers, rewards, reference):
    return token_mean(policy, answers, rewards) - sum(
        0.1 * policy.score(a, -np.expm1(-_log_ratio(policy, reference, a))) for a in answers
    )


def clipped(policy, answers, rewards, old):
    def cut(w, ratio):
        return np.where(((w > 0) & (ratio > 1.2)) | ((w < 0) & (ratio < 0.8)), 0.0, w * ratio)

    return sum(
        policy.score(a, cut(w, np.exp(_log_ratio(policy, old, a))))
        for w, a in zip(canonical(rewards), answers, strict=True)
    )


def mean_ratio(policy, answers, rewards, old):
    """An answer's geometric mean of ratios, which is the ratio of neither tokens nor answers."""
    ratios = [np.exp(_log_ratio(policy, old, a).mean()) for a in answers]
    return summed(policy, answers, canonical(rewards) * ratios)


def inverse_ratio(policy, answers, rewards, old):
    ratios = [np.exp(-_log_ratio(policy, old, a).sum()) for a in answers]
    return summed(policy, answers, canonical(rewards) * ratios)


def exact_elsewhere(policy, answers, rewards, old):
    ratios = [np.exp(_log_ratio(policy, old, a).sum()) for a in answers]
    return summed(policy, answers, og.off_policy.score_weights(np.array(rewards), ratios, "max@2"))


def whole_ratio(policy, answers, rewards, old):
    ratios = [np.exp(_log_ratio(policy, old, a).sum()) for a in answers]
    return summed(policy, answers, canonical(rewards) * ratios)


def stale(policy, answers, rewards, old):
    return right(policy, answers, rewards)


def importance_weighted(policy, answers, rewards, old):
    return sum(
        policy.score(a, w * np.exp(_log_ratio(policy, old, a)))
        for w, a in zip(canonical(rewards), answers, strict=True)
    )


def masked_siblings(policy, answers, rewards, mask):
    return sum(
        policy.score(a, w * np.array(m, dtype=float))
        for w, a, m in zip(canonical(rewards), answers, mask, strict=True)
    )


def masked_rightly(policy, answers, rewards, mask):
    kept = [i for i, m in enumerate(mask) if any(m)]
    weights = canonical(np.asarray(rewards)[kept])
    return sum(
        policy.score(answers[i], w * np.array(mask[i], dtype=float))
        for i, w in zip(kept, weights, strict=True)
    )


def by_group(policy, answers, rewards, groups):
    groups, r = np.asarray(groups), np.asarray(rewards, dtype=float)
    weights = np.zeros(len(r))
    for g in set(groups.tolist()):
        weights[groups == g] = canonical(r[groups == g])
    return summed(policy, answers, weights)


def live_groups_only(policy, answers, rewards, groups):
    groups, r = np.asarray(groups), np.asarray(rewards, dtype=float)
    live = sum(np.ptp(r[groups == g]) > 0 for g in set(groups.tolist()))
    return by_group(policy, answers, rewards, groups) / max(live, 1)


def divided_by_batch(policy, answers, rewards, groups):
    return by_group(policy, answers, rewards, groups) / (np.std(rewards) + 1)


def by_place(policy, answers, rewards, groups):
    n = len(rewards) // len(set(np.asarray(groups).tolist()))
    weights = np.concatenate([canonical(r) for r in np.asarray(rewards, dtype=float).reshape(-1, n)])
    return summed(policy, answers, weights)


RIGHT = (
    right,
    kl_in_loss_k1,
    masked_rightly,
    by_group,
    importance_weighted,
    whole_ratio,
    exact_elsewhere,
)
WRONG = {
    own_length: ["own length"],
    token_mean: ["token mean"],
    longest_answer: ["longest answer"],
    spread: ["advantages"],
    micro_batches: ["micro-batches"],
    split_group: ["group split", "advantages"],
    split_by_turns: ["group split", "advantages"],
    equal_left_out: ["filtering"],
    discounted: ["positions"],
    discounted_from_the_end: ["positions"],
    without_last_token: ["positions"],
    of_last_token_and_token_mean: ["token mean", "positions"],
    length_in_reward: ["length penalty"],
    without_truncated: ["truncated answers"],
    probability_not_log: ["probabilities"],
    hot_logits: ["term beside"],
    clipped_gradient: ["gradient norm"],
    without_duplicates: ["duplicates"],
    with_entropy: ["term beside"],
    kl_in_loss_k2: ["KL in the loss"],
    kl_in_loss_k3: ["KL in the loss"],
    kl_in_reward_k1: ["KL in the reward"],
    kl_in_reward_k3: ["KL in the reward"],
    clipped: ["clipping"],
    mean_ratio: ["ratios"],
    inverse_ratio: ["ratios"],
    stale: ["stale samples"],
    masked_siblings: ["masked siblings"],
    live_groups_only: ["filtering of groups"],
    divided_by_batch: ["advantages", "divisor"],
    by_place: ["interleaved ids"],
    spread_and_own_length: ["advantages", "own length"],
    token_mean_and_k3: ["token mean", "KL in the loss"],
}
