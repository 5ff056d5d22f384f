"""The part of `port` that is in neither paper: what can be enumerated is, in floats. Spec section 11."""

from collections import Counter
from itertools import combinations, combinations_with_replacement, product
from math import factorial, prod, sqrt

from helpers.port import (
    FUNCTIONS,
    InvalidInputError,
    advantage,
    check,
    checked,
    floats,
    inclusion,
    mean,
    of_rows,
    pass_at_k,
    pkpo,
    pkpo_loo,
    pkpo_loo_minus_one,
    runner_up_gap,
    standard_error,
    subset_mean_baseline,
    value,
)

# ---- what follows is planted with mistakes as well


def statistic(x, alpha):
    """Eq. (1)."""
    return sum(w * y for w, y in zip(floats(alpha.weights), sorted(x), strict=True))


def unbiased(r, alpha):
    """Eq. (80): by all pairs of sets that share nothing."""
    n, k = len(r), alpha.k
    check(r, 2 * k)
    if min(alpha.weights) < 0 < max(alpha.weights):
        raise InvalidInputError("rank weights of both signs")
    pairs = [
        statistic([r[i] for i in s], alpha) * statistic([r[i] for i in t], alpha)
        for s in combinations(range(n), k)
        for t in combinations([i for i in range(n) if i not in s], k)
    ]
    return sqrt(value(r, alpha) ** 2 - mean(pairs))


def standard_error_of_either(r, alpha, by=None, method=None):
    return unbiased(r, alpha) if method == "unbiased" else standard_error(r, alpha, by)


def pass_at_k_of_counts(n, successes, k):
    """Eq. (53), as a product."""
    if not 0 <= successes <= n or k > n:
        raise InvalidInputError("no counts")
    return 1 - prod(1 - k / (n - i) for i in range(successes))


def pass_at_k_of_either(rewards=None, k=None, *, n=None, successes=None, **options):
    if successes is not None:
        return pass_at_k_of_counts(n, successes, k)
    return of_rows(pass_at_k)(rewards, k, **options)


def pass_at_k_training(r, k):
    """Eq. (83)."""
    v = pass_at_k(r, k)
    return [a / sqrt(v * (1 - v)) if 0 < v < 1 else 0.0 for a in subset_mean_baseline(r, k)]


def rlbon(r, k):
    """Eq. (106): score weights, for the difference of two values would cancel."""
    return [a * k / len(r) for a in advantage(r, Rank(k - 1, k))]


def vr_cond(r):
    """Eq. (84)."""
    check(r, 2)
    if not all(x in (0, 1) for x in r):
        raise InvalidInputError("a reward is neither 0 nor 1")
    n, s = len(r), sum(r)
    return [(x * n / s - 1) / n if s else -1 / n for x in r]


class Rank:
    def __init__(self, j, k):
        self.k, self.weights = k, tuple(int(i == j) for i in range(k))


class All:
    """Eq. (82): the j-th smallest of K, for all j."""

    def __init__(self, rewards, k):
        self.rewards, self.each = rewards.tolist(), [Rank(j, k) for j in range(k)]
        check(self.rewards, k + 1)

    @property
    def value(self):
        return [value(self.rewards, alpha) for alpha in self.each]

    @property
    def inclusion(self):
        return [list(q) for q in zip(*(inclusion(self.rewards, alpha) for alpha in self.each), strict=True)]

    @property
    def advantage(self):
        return [list(a) for a in zip(*(advantage(self.rewards, alpha) for alpha in self.each), strict=True)]


def statistics(r, rho, alpha):
    """T(S) by the places of S."""
    check(r, alpha.k)
    if not all(0 <= x < float("inf") for x in rho):
        raise InvalidInputError("a ratio is no ratio")
    return [(s, statistic([r[i] for i in s], alpha)) for s in combinations(range(len(r)), alpha.k)]


def weighed_sets(r, rho, alpha):
    """The products of ratios with T(S), by the places of S."""
    return [(s, prod(rho[i] for i in s) * x) for s, x in statistics(r, rho, alpha)]


def off_policy_value(r, alpha, by):
    """Eq. (85)."""
    return mean(x for _, x in weighed_sets(r, by, alpha))


def off_policy_score_weights(r, alpha, by):
    """Eq. (86)."""
    sets = weighed_sets(r, by, alpha)
    return [sum(x for s, x in sets if i in s) / len(sets) for i in range(len(r))]


def off_policy_first_order_weights(r, alpha, by):
    """Eq. (108)."""
    sets = [(s, (1 + sum(by[i] - 1 for i in s)) * x) for s, x in statistics(r, by, alpha)]
    return [sum(x for s, x in sets if i in s) / len(sets) for i in range(len(r))]


def of_ratios(function):
    def of_any(rewards, ratios, objective, groups=None):
        return of_rows(function)(rewards, objective, groups=groups, by=ratios)

    return of_any


def against(r, alpha, law):
    """Eqs. (90), (91): less the mean include-one value of what may stand in i's place."""
    result = []
    for i, q in enumerate(inclusion(r, alpha)):
        rest = r[:i] + r[i + 1 :]
        result.append(q - sum(p * inclusion([y, *rest], alpha)[0] for y, p in law(rest)))
    return result


def plug_in(r, alpha):
    """Eq. (91)."""
    check(r, 2)
    return against(r, alpha, lambda rest: [(y, 1 / len(rest)) for y in rest])


def optimal(r, alpha, values, probabilities):
    """Eq. (90)."""
    if not set(r) <= set(values):
        raise InvalidInputError("a strange reward")
    return against(r, alpha, lambda rest: list(zip(values, probabilities, strict=True)))


def hessian(r, p, alpha):
    """Eq. (95)."""
    checked(r, p)
    k, m = alpha.k, range(len(r))
    return [
        [
            k * (k - 1) * sum(
                prod(p[c] for c in others) * statistic([r[a], r[b], *(r[c] for c in others)], alpha)
                for others in (product(m, repeat=k - 2) if k > 1 else ())
            )
            for b in m
        ]
        for a in m
    ]  # fmt: skip


WEIGHTS = {
    "advantage": advantage,
    "inclusion": inclusion,
    "plug_in": plug_in,
    "canonical": advantage,
    "maxpo": advantage,
    "pkpo": lambda x, alpha: [a * len(x) / alpha.k for a in pkpo(x, alpha.k)],
    "pkpo_loo": lambda x, alpha: [a * len(x) / alpha.k for a in pkpo_loo(x, alpha.k)],
    "pkpo_loo_minus_one": lambda x, alpha: [a * len(x) / alpha.k for a in pkpo_loo_minus_one(x, alpha.k)],
    "subset_mean_baseline": lambda x, alpha: [
        a * len(x) / (len(x) - alpha.k) for a in subset_mean_baseline(x, alpha.k)
    ],
    "rloo": advantage,
    "dr_grpo": advantage,
    "runner_up_gap": lambda x, alpha: runner_up_gap(x),
}


class Moments:
    """Eqs. (65), (71), (89): over all batches of actions."""

    def __init__(self, rewards, probabilities, alpha, n, estimator):
        r, p = rewards.tolist(), probabilities.tolist()
        checked(r, p)
        if estimator not in {*WEIGHTS, "optimal"}:
            raise InvalidInputError("an unknown estimator")
        m = len(r)
        self.mean, self.within, second = [0.0] * m, 0.0, [[0.0] * m for _ in r]
        share = [p[a] / sum(p[b] for b in range(m) if r[b] == r[a]) for a in range(m)]
        spread = [1 - sum(share[b] ** 2 for b in range(m) if r[b] == r[a]) for a in range(m)]
        for actions in combinations_with_replacement(range(m), n):
            x = [r[a] for a in actions]
            a = optimal(x, alpha, r, p) if estimator == "optimal" else WEIGHTS[estimator](x, alpha)
            w = [alpha.k / n * y for y in a]
            g = [sum(y for b, y in zip(actions, w, strict=True) if b == c) - p[c] * sum(w) for c in range(m)]
            chance = factorial(n) * prod(p[b] for b in actions)
            chance /= prod(factorial(count) for count in Counter(actions).values())
            self.within += chance * sum(y * y * spread[b] for b, y in zip(actions, w, strict=True))
            for c in range(m):
                self.mean[c] += chance * g[c]
                for d in range(m):
                    second[c][d] += chance * g[c] * g[d]
        self.covariance = [[second[c][d] - self.mean[c] * self.mean[d] for d in range(m)] for c in range(m)]
        self.total_variance = sum(self.covariance[c][c] for c in range(m))


FUNCTIONS = {
    **FUNCTIONS,
    "standard_error": of_rows(standard_error_of_either),
    "maxk": {**FUNCTIONS["maxk"], "pass_at_k": pass_at_k_of_either},
    "population": {**FUNCTIONS["population"], "hessian": of_rows(hessian)},
    "estimators": {
        "vr_cond": of_rows(vr_cond),
        "pass_at_k_training": of_rows(pass_at_k_training),
        "rlbon": of_rows(rlbon),
    },
    "baselines": {"plug_in": of_rows(plug_in), "optimal": of_rows(optimal)},
    "off_policy": {
        "value": of_ratios(off_policy_value),
        "score_weights": of_ratios(off_policy_score_weights),
        "first_order_weights": of_ratios(off_policy_first_order_weights),
    },
    "order_statistics": All,
    "variance": {"moments": Moments},
}
