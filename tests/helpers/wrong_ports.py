"""Ports with one mistake each, as their authors may write them: they know nothing of tags.

What is not wrong is this library's, so that nothing but the mistake shows.
"""

from math import factorial
from types import SimpleNamespace

import numpy as np

import ordergrad_ref as og
from ordergrad_ref import baselines, estimators, maxk, off_policy, population, rank_weights, variance


def of_a_group(f):
    """Ask a function of one group of rewards about a group, a table, or flat rewards with ids."""

    def port(rewards, objective, groups=None):
        og.advantage(rewards, objective, groups=groups)  # which refuses what must be refused
        r = np.asarray(rewards, float)
        if groups is None:
            return np.apply_along_axis(f, -1, r, objective)
        ids, answers = np.asarray(groups), np.empty(len(r))
        for group in set(groups):
            answers[ids == group] = f(r[ids == group], objective)
        return answers

    return port


def elevated(weights, n):
    e = list(weights)
    for m in range(len(e), n):
        e = [(t * a + (m - t) * b) / m for t, (a, b) in enumerate(zip([0.0, *e], [*e, 0.0], strict=True))]
    return e


def by_gaps(r, weights, order=None, gaps=None):
    """Eq. (25) by plain loops."""
    n = len(r)
    order = np.argsort(r, kind="stable") if order is None else order
    g = [n / (n - 1) * e for e in elevated(weights, n - 1)] if gaps is None else gaps
    rises = np.diff(np.asarray(r)[order]) * np.array(g)
    a = np.empty(n)
    a[order] = [0.0, *np.cumsum(rises)]
    return a - a.mean()


def one_rank_off(r, o):
    n = len(r)
    g = [n / (n - 1) * e for e in elevated(map(float, o.weights), n - 1)]
    return by_gaps(r, o.weights, gaps=[*g[1:], g[-1]])


def sorted_as_text(r, o):
    texts = [repr(x).removesuffix(".0") for x in r.tolist()]
    return by_gaps(r, map(float, o.weights), sorted(range(len(r)), key=texts.__getitem__))


def whole_weights(r, o):
    return by_gaps(r, [w.numerator // w.denominator for w in o.weights])


def by_factorials(number, largest):
    """Eq. (22) by quotients of factorials, which overflow."""

    def choose(n, k):
        if not 0 <= k <= n:
            return number(0)
        over, *under = (number(factorial(x)) if x <= largest else number("inf") for x in (n, k, n - k))
        return over / (under[0] * under[1])

    def port(r, o):
        n, k = len(r), o.k
        alpha = [number(float(w)) for w in o.weights]
        with np.errstate(all="ignore"):
            e = [
                sum(w * choose(t, j) * choose(n - 2 - t, k - 1 - j) for j, w in enumerate(alpha))
                / choose(n - 2, k - 1)
                for t in range(n - 1)
            ]
            return by_gaps(r, o.weights, gaps=[n / (n - 1) * float(x) for x in e])

    return port


def first_of_the_best(r, o):
    a = og.advantage(r, o)
    best = r == r.max()
    if best.all():
        return a
    lower = best & (np.arange(len(r)) != r.argmax())
    return np.where(lower, a[~best].max(), a)


def in_float32(f):
    return lambda rewards, objective, groups=None: f(
        np.asarray(rewards, np.float32), objective, groups=groups
    ).astype(float)


def squares_added_up(rewards, objective, groups=None):
    w = og.score_weights(rewards, objective, groups=groups)
    if groups is None:
        return np.sqrt((w**2).sum(-1))
    return np.array([np.sqrt((w[np.asarray(groups) == g] ** 2).sum()) for g in sorted(set(groups))])


def nothing_at_n_is_k(rewards, objective, groups=None):
    q = og.inclusion(rewards, objective, groups=groups)
    return 0 * q if groups is None and np.shape(rewards)[-1] == objective.k else q


def ordered_once(rewards, objective, groups=None, by=None):
    """Equal scores stay in the order of their places, as after one stable sort."""
    if by is not None:
        by = np.argsort(np.argsort(by, kind="stable"), kind="stable").astype(np.asarray(by).dtype)
    return og.advantage(rewards, objective, groups=groups, by=by)


def zero_for_nan(rewards, objective, groups=None, nan_policy="raise"):
    return og.advantage(np.where(np.isnan(rewards), 0, rewards), objective, groups=groups)


def checked(right, wrong):
    """Refuse what the right function refuses."""

    def port(*arguments):
        right(*arguments)
        return wrong(*arguments)

    return port


def from_the_best(rewards, k):
    found = og.order_statistics(rewards, k)
    return SimpleNamespace(
        **{name: np.flip(getattr(found, name), -1) for name in ("value", "inclusion", "advantage")}
    )


def summed(rewards, probabilities, objective, n, estimator):
    found = variance.moments(rewards, probabilities, objective, n, estimator)
    names = ("mean", "covariance", "total_variance", "within")
    return SimpleNamespace(**{x: getattr(found, x) * (n if x == "mean" else n * n) for x in names})


def ratios_ignored(f):
    return checked(f, lambda r, ratios, o: f(r, np.ones_like(ratios), o))


def by_name(f):
    """Offer a function without its options, under another name."""
    return lambda rewards, objective, groups=None: f(rewards, objective, groups=groups)


def at_random(f):
    """Take all atoms for equally probable."""
    return checked(f, lambda r, p, o: f(r, np.full(len(p), 1 / len(p)), o))


TOLD = {
    "rank-off-by-one": {"advantage": of_a_group(one_rank_off)},
    "sorted-as-text": {"advantage": of_a_group(sorted_as_text)},
    "weights-as-integers": {"advantage": of_a_group(whole_weights)},
    "overflow-at-171": {"advantage": of_a_group(by_factorials(float, 170))},
    "in-float32, overflow-at-35": {"advantage": of_a_group(by_factorials(np.float32, 34))},
    "in-float32": {"advantage": in_float32(og.advantage), "value": in_float32(og.value)},
    "ties-by-argmax": {"advantage": of_a_group(first_of_the_best)},
    "k-over-n-forgotten": {"score_weights": lambda rewards, objective: og.advantage(rewards, objective)},
    "include-one-for-leave-one-out": {
        "leave_one_out": checked(og.leave_one_out, lambda rewards, o: og.inclusion(rewards, o))
    },
    "leave-one-out-for-include-one": {"inclusion": by_name(og.leave_one_out)},
    "leave-one-out-for-include-one, k-over-n-forgotten": {
        "score_weights": by_name(og.advantage),
        "inclusion": by_name(og.leave_one_out),
    },
    "jackknife-factor-forgotten": {"standard_error": squares_added_up},
    "wrong-at-n-is-k": {"inclusion": nothing_at_n_is_k},
    "score-ties-by-position": {"advantage": ordered_once},
    "not-finite-unchecked": {
        "advantage": lambda rewards, objective, groups=None: og.advantage(
            np.nan_to_num(rewards), objective, groups=groups
        )
    },
    "left-out-as-zero, nan-unchecked": {"advantage": zero_for_nan},
    "groups-mixed": {"advantage": lambda rewards, objective, groups=None: og.advantage(rewards, objective)},
    "with-replacement": {
        "maxk": {"pass_at_k": checked(maxk.pass_at_k, lambda rewards, k: 1 - (1 - np.mean(rewards)) ** k)}
    },
    "deviation-of-n": {"maxk": {"grpo": lambda r: maxk.grpo(r) * np.sqrt(len(r) / (len(r) - 1))}},
    "as-pkpo-loo": {"maxk": {"pkpo_loo_minus_one": maxk.pkpo_loo}},
    "as-dr-grpo": {"maxk": {"rloo": maxk.dr_grpo}},
    "as-grpo": {"maxk": {"maxrl": maxk.grpo}},
    "as-subset-mean-baseline": {"maxk": {"canonical": maxk.subset_mean_baseline}},
    "as-canonical": {"baselines": {"plug_in": og.advantage}},
    "k-ignored": {"maxk": {"pkpo": checked(maxk.pkpo, lambda r, k: maxk.pkpo(r, 1))}},
    "not-divided-by-n": {
        "variance": {"moments": summed},
        "estimators": {"vr_cond": lambda r: estimators.vr_cond(r) * len(r)},
    },
    "ratios-ignored": {
        "off_policy": {
            name: ratios_ignored(getattr(off_policy, name))
            for name in ("value", "score_weights", "first_order_weights")
        }
    },
    "rewards-and-ratios-swapped": {
        "off_policy": {"value": lambda rewards, ratios, o: off_policy.value(ratios, rewards, o)}
    },
    "weights-from-the-best": {
        "rank_weights": {"floating": lambda n, o: rank_weights.floating(n, o)[::-1]},
        "order_statistics": from_the_best,
    },
    "probabilities-ignored": {
        "population": {"hessian": at_random(population.hessian)},
        "baselines": {
            "optimal": checked(
                baselines.optimal, lambda r, o, v, p: baselines.optimal(r, o, v, np.full(len(v), 1 / len(v)))
            )
        },
    },
    "gradient-without-k": {
        "population": {"hessian": lambda r, p, o: population.hessian(r, p, o) / (o.k * (o.k - 1) or 1)}
    },
    "k-squared": {
        "population": {"hessian": lambda r, p, o: population.hessian(r, p, o) * o.k / (o.k - 1 or 1)}
    },
    "pairs-counted-once": {
        "population": {"hessian": lambda r, p, o: population.hessian(r, p, o) * (1 + np.eye(len(r))) / 2}
    },
}
"""Ports by the tags that they must be told, the first ones of those listed."""
