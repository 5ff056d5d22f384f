"""A port of every function of the golden vectors by plain loops and sums: what tests plant mistakes in.

It knows of the package no more than the names of its errors. Equation numbers are those of the specification.
"""

from functools import cache, reduce
from itertools import pairwise
from math import comb, exp, isfinite, sqrt
from operator import add

from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError


def sum(numbers):
    """Add from the left: since Python 3.12 the one built in corrects what is rounded off."""
    return reduce(add, numbers, 0)


def check(r, least):
    if not all(isfinite(x) for x in r):
        raise NonFiniteRewardError("a reward is no finite number")
    if len(r) < least:
        raise GroupTooSmallError("the group is too small")


def floats(weights):
    return [w.numerator / w.denominator for w in weights]


@cache
def elevated(weights, n):
    """Rank weights of K ranks for n ranks, one rank at a time: eq. (22)."""
    e = floats(weights)
    for m in range(len(e), n):
        e = [(t * a + (m - t) * b) / m for t, (a, b) in enumerate(zip([0.0, *e], [*e, 0.0], strict=True))]
    return e


def rank_weights(n, alpha):
    """Eq. (23)."""
    if n < alpha.k:
        raise GroupTooSmallError("the group is too small")
    return [e * alpha.k / n for e in elevated(alpha.weights, n)]


def ascending(r):
    return sorted(range(len(r)), key=lambda i: r[i])


def runs(by):
    """The samples of each score, scores ascending: eq. (76)."""
    return [[i for i, s in enumerate(by) if s == score] for score in sorted(set(by))]


def checked_scores(by):
    if not all(isfinite(s) for s in by):
        raise NonFiniteRewardError("a score is no finite number")


# ---- one batch


def value(r, alpha, by=None):
    """Eq. (23)."""
    check(r, alpha.k)
    if by is not None:
        return value_by(r, alpha, by)
    return sum(w * x for w, x in zip(rank_weights(len(r), alpha), sorted(r), strict=True))


def value_by(r, alpha, by):
    """Eq. (76)."""
    checked_scores(by)
    w = iter(rank_weights(len(r), alpha))
    return sum(next(w) * mean(r[i] for i in run) for run in runs(by) for _ in run)


def mean(numbers):
    numbers = list(numbers)
    return sum(numbers) / len(numbers)


def centred(r, weights):
    """Sums of weighted gaps, less their mean: eq. (25)."""
    order = ascending(r)
    rise = [0.0]
    for low, high, w in zip(order, order[1:], weights, strict=False):
        rise.append(rise[-1] + (r[high] - r[low]) * w)
    mean = sum(rise) / len(r)
    result = [0.0] * len(r)
    for place, s in zip(order, rise, strict=True):
        result[place] = s - mean
    return result


def advantage(r, alpha, by=None):
    """Eq. (25); with scores eq. (76)."""
    n = len(r)
    check(r, alpha.k + 1)
    g = [n * e / (n - 1) for e in elevated(alpha.weights, n - 1)]
    return centred(r, g) if by is None else of_runs(r, g, by)


def of_runs(r, g, by):
    """Runs of equal scores rise by the differences of their means; within one its mean weight counts."""
    checked_scores(by)
    level, low, before, result = 0.0, 0, None, [0.0] * len(r)
    for run in runs(by):
        own = mean(r[i] for i in run)
        level += 0.0 if before is None else (own - before) * g[low - 1]
        inside = mean(g[low : low + len(run) - 1]) if len(run) > 1 else 0.0
        for i in run:
            result[i] = level + (r[i] - own) * inside
        before, low = own, low + len(run)
    middle = mean(result)
    return [x - middle for x in result]


def inclusion(r, alpha, by=None):
    """Eq. (26)."""
    n, k = len(r), alpha.k
    v = value(r, alpha, by)
    if n == k:
        return [v] * n
    return [v + (n - k) / n * a for a in advantage(r, alpha, by)]


def leave_one_out(r, alpha, by=None):
    """Eq. (27)."""
    n, k = len(r), alpha.k
    return [value(r, alpha, by) - k / n * a for a in advantage(r, alpha, by)]


def score_weights(r, alpha, by=None):
    """Eq. (28)."""
    n, k = len(r), alpha.k
    return [k / n * a for a in advantage(r, alpha, by)]


def pathwise_weights(r, alpha, by=None):
    """Eq. (29): what is tied shares the weights of its ranks."""
    check(r, alpha.k)
    if by is not None:
        checked_scores(by)
    of = r if by is None else by
    w, order = rank_weights(len(r), alpha), sorted(of)
    return [sum(a for a, y in zip(w, order, strict=True) if y == x) / order.count(x) for x in of]


# ---- the max@K family


class Maximum:
    def __init__(self, k):
        self.k, self.weights = k, (0,) * (k - 1) + (1,)


def pkpo(r, k):
    """Eq. (39)."""
    n = len(r)
    return [k / n * q for q in inclusion(r, Maximum(k))]


def pkpo_loo(r, k):
    """Eq. (40)."""
    n, top = len(r), Maximum(k)
    return [
        k / n * q - k / (n - 1) * u for q, u in zip(inclusion(r, top), leave_one_out(r, top), strict=True)
    ]


def pkpo_loo_minus_one(r, k):
    """Eqs. (41), (42): the gap above x_(t) counts where all K − 1 others are among the t smallest."""
    n = len(r)
    check(r, k)
    if k == 1:
        return [x / n for x in r]
    order = ascending(r)
    h, result = 0.0, [0.0] * n
    for t in range(1, n):
        h += (r[order[t]] - r[order[t - 1]]) * comb(t, k - 1) / comb(n - 1, k - 1)
        result[order[t]] = k / n * h
    return result


def maxpo(r, k):
    """Eq. (44): the leave-two-out estimator is the canonical one."""
    return advantage(r, Maximum(k))


def subset_mean_baseline(r, k):
    """Eq. (46)."""
    v = value(r, Maximum(k))
    return [q - v for q in inclusion(r, Maximum(k))]


def rloo(r):
    """Eq. (47)."""
    n = len(r)
    return [a * n / (n - 1) for a in dr_grpo(r)]


def dr_grpo(r):
    """Eq. (48), as sums of gaps: a plain mean would not be exact at a large offset."""
    check(r, 2)
    return centred(r, [1.0] * len(r))


def grpo(r):
    """Eq. (49)."""
    d = dr_grpo(r)
    sigma = sqrt(sum(x * x for x in d) / (len(r) - 1))
    return [x / sigma if sigma > 0 else 0.0 for x in d]


def runner_up_gap(r):
    """Eq. (50)."""
    check(r, 2)
    best, second = sorted(r)[-1], sorted(r)[-2]
    return [best - second if x == best else 0.0 for x in r]


def maxrl(r):
    """Eq. (51)."""
    check(r, 2)
    if not all(x in (0, 1) for x in r):
        raise InvalidInputError("a reward is neither 0 nor 1")
    mean = sum(r) / len(r)
    return [(x - mean) / mean if mean > 0 else 0.0 for x in r]


def standard_error(r, alpha, by=None):
    """Eq. (79)."""
    w = score_weights(r, alpha, by)
    return sqrt(sum(x * x for x in w) * (len(w) - 1) / len(w))


def pass_at_k(r, k):
    """Eq. (53)."""
    check(r, k)
    if not all(x in (0, 1) for x in r):
        raise InvalidInputError("a reward is neither 0 nor 1")
    return 1 - comb(r.count(0), k) / comb(len(r), k)


# ---- populations


def bernstein(e, u):
    """The polynomial with coefficients e at u, by de Casteljau's scheme: eq. (3)."""
    for _ in range(len(e) - 1):
        e = [(1 - u) * a + u * b for a, b in pairwise(e)]
    return e[0]


def checked(r, p):
    check(r, 1)
    if len(p) != len(r) or min(p) < 0 or abs(sum(p) - 1) > 1e-4:
        raise InvalidInputError("no distribution")


def below(r, p):
    """The gaps between neighbours in order, and the probability of what is below each: d_t and F_t."""
    order, f = ascending(r), 0.0
    for low, high in pairwise(order):
        f += p[low]
        yield r[high] - r[low], f


def expected_value(r, p, alpha, by=None):
    """Eq. (31): the largest reward less what the gaps below it take away; with scores eq. (77)."""
    checked(r, p)
    k, weights = alpha.k, floats(alpha.weights)
    phi = [k / (j + 1) * sum(weights[: j + 1]) for j in range(k)]
    if by is not None:
        return sum(own * rise for _, own, _, rise in levels(r, p, phi, by))
    return max(r) * phi[-1] - sum(d * f * bernstein(phi, f) for d, f in below(r, p))


def levels(r, p, phi, by):
    """Of each score that occurs: its atoms, their mean reward, its probability, and Φ's rise over it."""
    checked_scores(by)
    f = 0.0
    for run in runs(by):
        own = sum(p[b] for b in run)
        rise = (f + own) * bernstein(phi, f + own) - f * bernstein(phi, f)
        yield run, sum(p[b] * r[b] for b in run) / (own or 1.0), own, rise
        f += own


def expected_advantage_by(r, p, alpha, by):
    """Eq. (77)."""
    k, weights = alpha.k, floats(alpha.weights)
    phi = [k / (j + 1) * sum(weights[: j + 1]) for j in range(k)]
    level, f, before, result = 0.0, 0.0, None, [0.0] * len(r)
    for run, own, chance, rise in levels(r, p, phi, by):
        at = bernstein(weights, f)
        level += 0.0 if before is None else (own - before) * at
        inside = rise / (k * chance) if chance > 0 else at
        for b in run:
            result[b] = level + (r[b] - own) * inside
        before, f = own, f + chance
    middle = sum(x * pb for x, pb in zip(result, p, strict=True))
    return [x - middle for x in result]


def expected_advantage(r, p, alpha, by=None):
    """Eq. (30)."""
    checked(r, p)
    weights = floats(alpha.weights)
    if by is not None:
        return expected_advantage_by(r, p, alpha, by)
    rise = [0.0]
    for d, f in below(r, p):
        rise.append(rise[-1] + d * bernstein(weights, f))
    order = ascending(r)
    mean = sum(s * p[i] for s, i in zip(rise, order, strict=True))
    result = [0.0] * len(r)
    for place, s in zip(order, rise, strict=True):
        result[place] = s - mean
    return result


def expected_inclusion(r, p, alpha, by=None):
    """Eq. (32)."""
    j = expected_value(r, p, alpha, by)
    return [j + a for a in expected_advantage(r, p, alpha, by)]


def gradient(r, p, alpha, by=None):
    """Eq. (33)."""
    return [alpha.k * q for q in expected_inclusion(r, p, alpha, by)]


def logit_gradient(r, logits, alpha, by=None):
    """Eq. (34)."""
    check(logits, 1)
    shifted = [exp(x - max(logits)) for x in logits]
    p = [e / sum(shifted) for e in shifted]
    return [alpha.k * pb * a for pb, a in zip(p, expected_advantage(r, p, alpha, by), strict=True)]


# ---- tables, and flat rewards with group ids


def of_rows(function):
    blank = float("nan") if function.__name__ in ("inclusion", "leave_one_out") else 0.0

    def of_any(rewards, *rest, groups=None, by=None, where=None, nan_policy=None, **options):
        if rewards.ndim == 2:
            pairs = [[None] * len(rewards) if x is None else x for x in (by, where)]
            return [
                of_any(row, *rest, by=b, where=w, nan_policy=nan_policy, **options)
                for row, b, w in zip(rewards, *pairs, strict=True)
            ]
        rewards = rewards.tolist()
        rest = [x.tolist() if hasattr(x, "tolist") else x for x in rest]
        if any(x is not None and len(x) != len(rewards) for x in (by, where)):
            raise InvalidInputError("not one for each reward")
        counted = [True] * len(rewards) if where is None else where.tolist()
        if nan_policy == "omit":
            counted = [x == x for x in rewards]
        names = [0] * len(rewards) if groups is None else groups.tolist()
        places = {}
        for i, name in enumerate(names):
            if counted[i]:
                places.setdefault(name, []).append(i)
        answers = {}
        for name, own in places.items():
            scores = {} if by is None else {"by": [by.tolist()[i] for i in own]}
            answers[name] = function([rewards[i] for i in own], *rest, **scores, **options)
        if not isinstance(answers[name], list):
            return [answers[name] for name in sorted(answers)] if groups is not None else answers[name]
        result = [blank] * len(rewards)
        for name, own in places.items():
            for place, a in zip(own, answers[name], strict=True):
                result[place] = a
        return result

    return of_any


BATCH = (value, inclusion, leave_one_out, advantage, score_weights, pathwise_weights, standard_error)
FAMILY = (pkpo, pkpo_loo, pkpo_loo_minus_one, maxpo, subset_mean_baseline, rloo, dr_grpo, grpo, runner_up_gap)
POPULATION = {
    "value": expected_value, "advantage": expected_advantage, "inclusion": expected_inclusion,
    "gradient": gradient, "logit_gradient": logit_gradient,
}  # fmt: skip
FUNCTIONS = {
    **{f.__name__: of_rows(f) for f in BATCH},
    "rank_weights": {"floating": rank_weights},
    "maxk": {f.__name__: of_rows(f) for f in (*FAMILY, maxrl, pass_at_k)} | {"canonical": of_rows(maxpo)},
    "population": {name: of_rows(f) for name, f in POPULATION.items()},
}
