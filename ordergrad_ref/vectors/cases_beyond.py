"""The questions about what is in neither paper: scores, masks, error bars, baselines, exact variances."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.vectors.questions import (
    AT_K,
    BATCH,
    BATCHES,
    KINDS,
    OBJECTIVES,
    OFFSETS,
    TELLING,
    Question,
    numbers,
    one,
    refused,
    slug,
    spelled,
    spread,
)

__all__ = ["beyond_the_papers", "of_ratios"]

ON_BATCHES = (*BATCH, "standard_error")
FEW, INFINITE, OTHER = "GroupTooSmallError", "NonFiniteRewardError", "InvalidInputError"


def beyond_the_papers() -> Iterator[Question]:
    """List them by the subsections of the specification's section 11."""
    yield from _scores()
    yield from _what_does_not_count()
    yield from _error_bars()
    yield from _sums_of_objectives()
    yield from _order_statistics()
    yield from _variances()
    yield from _baselines()
    yield from _family()
    yield from _off_policy()
    yield from _known_distributions()


# ---- selected by a score

SCORED = ("distinct", "ties", "negative", "dyadic")


def _scores_of(rewards: list[Any]) -> dict[str, list[Any]]:
    """Scores for a batch: in another order, with ties, all the same, and such as the rewards decide."""
    n = len(rewards)
    return {
        "another-order": [(5 * i + 2) % 11 for i in range(n)],
        "tied": [i * i % 3 for i in range(n)],
        "all-tied": [7] * n,
        "the-rewards": list(rewards),
        "minus-the-rewards": [-Fraction(x) for x in rewards],
    }


def _scores() -> Iterator[Question]:
    for function in ON_BATCHES:
        for name in TELLING:
            for batch in SCORED:
                rewards = BATCHES[batch]
                if len(rewards) > OBJECTIVES[name].k:
                    for how, by in _scores_of(rewards).items():
                        yield _by(function, name, batch, rewards, how, by)
        rewards = OFFSETS["192"]
        yield _by(function, "max@2", "offset-192", rewards, "tied", _scores_of(rewards)["tied"])
        yield _by(function, "max@4", "n128", spread(128, 5), "tied", [i * 29 % 64 for i in range(128)])
        if function in AT_K:
            yield _by(function, "signed@3", "n-is-k", [5, 1, 3], "tied", [4, 0, 4])
        table = [numbers(x) for x in ([3, 1, 4, 1], [2, 2, 2, 2], [0, 0, 1, 0])]
        by = [numbers(x) for x in ([0, 0, 1, 1], [3, 1, 2, 0], [4, 4, 4, 0])]
        given = {"objective": OBJECTIVES["max@2"], "rewards": table, "by": by}
        yield Question(slug(function, "by-table"), "scores", function, given)
        given = {
            "objective": OBJECTIVES["max@2"],
            "rewards": numbers([3, 0, 1, 4, 1, 6, 2]),
            "by": numbers([1, 1, 0, 0, 1, 2, 1]),
            "groups": [7, 2, 7, 7, 2, 2, 2],
        }
        yield Question(slug(function, "by-ragged"), "scores", function, given)
        max2, three = OBJECTIVES["max@2"], numbers([1, 0, 2])
        yield refused(
            function, "by-nan", INFINITE, objective=max2, rewards=three, by=[Fraction(0), "nan", Fraction(1)]
        )
        yield refused(function, "too-few-scores", OTHER, objective=max2, rewards=three, by=numbers([0, 1]))


def _by(function: str, name: str, batch: str, rewards: list[Any], how: str, by: list[Any]) -> Question:
    asked = one(function, "scores", name, batch, rewards, by=numbers(by))
    return Question(f"{asked.id}-by-{how}", asked.group, function, asked.given)


# ---- samples that do not count


def _what_does_not_count() -> Iterator[Question]:
    for function in ON_BATCHES:
        for name in ("max@2", "cvar(0.3)@4", "signed@3"):
            for batch in ("distinct", "ties", "binary"):
                rewards = BATCHES[batch]
                for how, left_out in (
                    ("the-first", (0,)),
                    ("the-last", (len(rewards) - 1,)),
                    ("two", (2, 3)),
                ):
                    if len(rewards) - len(left_out) > OBJECTIVES[name].k:
                        where = [i not in left_out for i in range(len(rewards))]
                        yield _omitted(function, name, batch, how, rewards, where=where)
        rewards, by = BATCHES["ties"], numbers([3, 3, 1, 0, 1, 3, 2])
        where = [True, False, True, True, True, True, False]
        yield _omitted(function, "max@2", "ties", "two-by", rewards, where=where, by=by)
        given = {"objective": OBJECTIVES["max@2"], "nan_policy": "omit"}
        blanks = [Fraction(3), "nan", Fraction(0), Fraction(5), "nan", Fraction(1), Fraction(5)]
        yield Question(slug(function, "omit-nan"), "omitted", function, {**given, "rewards": blanks})
        table = [[*numbers([3, 1, 4]), "nan"], numbers([2, 7, 1, 8]), ["nan", *numbers([0, 0, 1])]]
        yield Question(slug(function, "omit-nan-table"), "omitted", function, {**given, "rewards": table})
        given = {"objective": OBJECTIVES["max@2"], "rewards": numbers([3, 0, 1, 4, 1, 6, 2, 9])}
        given |= {"groups": [7, 2, 7, 7, 2, 2, 2, 7], "where": [i not in (3, 5) for i in range(8)]}
        yield Question(slug(function, "where-ragged"), "omitted", function, given)
        few = [True] * 3 + [False] * 2 if function not in AT_K else [True] * 2 + [False] * 3
        given = {"objective": OBJECTIVES["max@3"], "rewards": numbers([1, 0, 2, 5, 4]), "where": few}
        yield refused(function, "too-few-that-count", FEW, **given)
        given = {"objective": OBJECTIVES["max@2"], "rewards": numbers([1, 0, 2, 5]), "where": [True] * 3}
        yield refused(function, "too-short-a-mask", OTHER, **given)
        given = {"objective": OBJECTIVES["max@2"], "rewards": [*numbers([1, 0, 2]), "inf"]}
        yield refused(function, "inf-though-nan-is-omitted", INFINITE, **given, nan_policy="omit")
    for name in WITH_WHERE:
        k = {} if name in WITHOUT_K else {"k": 2}
        rewards = BATCHES["one-success"] if name in BINARY else BATCHES["ties"]
        given = {"rewards": numbers(rewards), **k}
        for how, left_out in (("the-first", (0,)), ("two", (1, 2))):
            where = [i not in left_out for i in range(len(rewards))]
            yield Question(slug(name, "without", how), "omitted", name, {**given, "where": where})


WITHOUT_K = ("maxk.rloo", "maxk.dr_grpo", "maxk.runner_up_gap", "maxk.maxrl", "estimators.vr_cond")
BINARY = ("maxk.maxrl", "maxk.pass_at_k", "estimators.vr_cond", "estimators.pass_at_k_training")
WITH_WHERE = (
    "maxk.pkpo", "maxk.pkpo_loo", "maxk.pkpo_loo_minus_one", "maxk.maxpo", "maxk.canonical",
    "maxk.subset_mean_baseline", "maxk.pass_at_k", *WITHOUT_K, "estimators.pass_at_k_training",
)  # fmt: skip


def _omitted(function: str, name: str, batch: str, how: str, rewards: list[Any], **given: Any) -> Question:
    asked = one(function, "omitted", name, batch, rewards, **given)
    return Question(f"{asked.id}-without-{how}", asked.group, function, asked.given)


# ---- error bars


def _error_bars() -> Iterator[Question]:
    function, unbiased = "standard_error", {"method": "unbiased"}
    for name in ("max@1", "max@2", "min@3", "median@3", "cvar(0.3)@4", "mean@2"):
        for batch in ("distinct", "ties", "binary", "one-success", "negative"):
            alpha, rewards = spelled(name), BATCHES[batch]
            if 2 * alpha.k <= len(rewards):
                yield _unbiased(name, batch, rewards)
    yield _unbiased("max@2", "n12", spread(12, 6))
    yield _unbiased("max@2", "offset-192", OFFSETS["192"])
    given = {"objective": OBJECTIVES["max@2"], "rewards": numbers([3, 0, 1, 4, 1, 6, 2, 0, 1]), **unbiased}
    yield Question(
        "standard-error-unbiased-ragged", "groups", function, {**given, "groups": [7, 2, 7, 7, 2, 2, 2, 7, 2]}
    )
    three, four = numbers([1, 0, 2]), numbers([1, 0, 2, 5])
    yield refused(function, "unbiased-too-few", FEW, objective=OBJECTIVES["max@2"], rewards=three, **unbiased)
    gini = {"objective": LStatistic([-1, 1]), "rewards": four, **unbiased}
    yield refused(function, "unbiased-of-both-signs", OTHER, **gini)
    for n, successes, k in COUNTS:
        given = {"n": n, "successes": successes, "k": k}
        yield Question(slug("maxk-pass-at-k-counts", n, successes, k), "basic", "maxk.pass_at_k", given)
    for why, n, successes, k in (
        ("more-successes-than-samples", 4, 5, 2), ("negative-successes", 4, -1, 2),
        ("k-above-the-count", 4, 1, 5),
    ):  # fmt: skip
        yield refused("maxk.pass_at_k", f"counts-{why}", OTHER, n=n, successes=successes, k=k)


COUNTS = (
    *((n, s, k) for n in (1, 2, 5, 8) for s in range(0, n + 1, 2) for k in (1, 2, 5) if k <= n),
    (10, 10, 10), (10, 0, 10), (10, 1, 10), (64, 13, 16), (100, 37, 10), (200, 3, 100), (136, 1, 68),
    (256, 5, 64), (1000, 999, 2), (1000, 1, 999), (10**6, 1, 8), (10**6, 10, 1000), (10**9, 3, 4),
)  # fmt: skip


def _unbiased(name: str, batch: str, rewards: list[Any]) -> Question:
    asked = one("standard_error", KINDS.get(batch, "basic"), name, batch, rewards, method="unbiased")
    return Question(f"{asked.id}-unbiased", asked.group, asked.function, asked.given)


# ---- sums, and other objectives

SUMS = ("0.5*mean@1 + 0.5*max@3", "max@4 - min@2", "2*max@2 - mean@1 + 0.25*median@3")
MORE = ("range@4", "trimmed_lmoment(2, 1, 1)@4", "quantile(0.25, linear)@4", "upper_cvar(0.5)@3")


def _sums_of_objectives() -> Iterator[Question]:
    for function in ON_BATCHES:
        for name in (*SUMS, *MORE):
            for batch in ("distinct", "ties"):
                yield one(function, KINDS.get(batch, "basic"), name, batch, BATCHES[batch])
    for name in (*SUMS, *MORE):
        for n in (4, 9):
            given = {"objective": spelled(name), "n": n}
            yield Question(slug("rank_weights", name, f"n{n}"), "basic", "rank_weights.floating", given)


def _order_statistics() -> Iterator[Question]:
    for quantity in ("value", "inclusion", "advantage"):
        function = f"order_statistics.{quantity}"
        for batch in ("distinct", "ties", "binary", "negative", "dyadic"):
            for k in (1, 2, 4):
                given = {"rewards": numbers(BATCHES[batch]), "k": k}
                yield Question(slug(function, f"k{k}", batch), KINDS.get(batch, "basic"), function, given)
        given = {"rewards": numbers(OFFSETS["192"]), "k": 3}
        yield Question(slug(function, "k3-offset-192"), "offset", function, given)
        yield refused(function, "too-few", FEW, rewards=numbers([1, 0, 2]), k=3)
        yield refused(function, "nan", INFINITE, rewards=[*numbers([1, 0, 2]), "nan"], k=2)


# ---- how much an estimate varies

POLICIES: dict[str, tuple[list[Any], list[Any]]] = {
    "three": ([-1, "1/2", 3], ["1/2", "1/4", "1/4"]),
    "shared": ([2, 0, 2], ["1/8", "1/2", "3/8"]),
    "binary": ([1, 0], ["1/4", "3/4"]),
}
VARYING = (
    *(("three", name, "max@1", 3) for name in ("advantage", "inclusion", "optimal", "plug_in")),
    *(("three", name, "max@2", 3) for name in ("advantage", "inclusion", "optimal", "plug_in")),
    *(("shared", name, alpha, 4) for name in ("advantage", "optimal") for alpha in ("gini@3", "median@3")),
    *(("shared", name, "max@2", 4) for name in ("pkpo", "pkpo_loo", "pkpo_loo_minus_one", "maxpo")),
    ("shared", "canonical", "max@2", 4), ("three", "subset_mean_baseline", "max@2", 3),
    ("three", "rloo", "mean@1", 3), ("three", "dr_grpo", "mean@1", 3),
    ("three", "runner_up_gap", "max@3", 3), ("binary", "advantage", "max@3", 6),
    ("binary", "advantage", "min@2", 6), ("binary", "inclusion", "max@2", 2),
)  # fmt: skip


def _variances() -> Iterator[Question]:
    for quantity in ("mean", "covariance", "total_variance", "within"):
        function = f"variance.moments.{quantity}"
        for policy, estimator, name, n in VARYING:
            r, p = POLICIES[policy]
            given = {
                "objective": spelled(name),
                "rewards": numbers(r),
                "probabilities": numbers(p),
                "n": n,
                "estimator": estimator,
            }
            group = "ties" if policy == "shared" else "basic"
            yield Question(slug(function, estimator, name, policy, f"n{n}"), group, function, given)
        given = {"objective": OBJECTIVES["max@2"], "rewards": numbers([0, 1]), "n": 4}
        half = numbers(["1/2", "1/4"])
        yield refused(function, "a-sum-below-one", OTHER, **given, probabilities=half, estimator="advantage")
        given |= {"probabilities": numbers(["1/2", "1/2"])}
        yield refused(function, "an-unknown-estimator", OTHER, **given, estimator="best")


# ---- optimal baselines


def _baselines() -> Iterator[Question]:
    law = {"values": numbers([0, 1, 4, 9, -2]), "probabilities": numbers(["1/2", "1/8", "1/8", "1/8", "1/8"])}
    drawn = {
        "some": [1, 0, 4, 0, 9],
        "ties": [0, 0, 1, 1, 0, 4],
        "all-equal": [1, 1, 1, 1],
        "low": [-2, 0, -2, 9],
    }
    for name in ("max@1", *TELLING):
        alpha = OBJECTIVES[name]
        for batch, rewards in drawn.items():
            if len(rewards) >= max(alpha.k, 2):
                given = {"objective": alpha, "rewards": numbers(rewards)}
                kind = KINDS.get(batch, "basic")
                yield Question(slug("baselines-plug-in", name, batch), kind, "baselines.plug_in", given)
                known = {**given, **law}
                yield Question(slug("baselines-optimal", name, batch), kind, "baselines.optimal", known)
    max2 = OBJECTIVES["max@2"]
    yield Question(
        "baselines-optimal-max-2-singleton-of-k-1", "boundary", "baselines.optimal",
        {"objective": OBJECTIVES["max@1"], "rewards": numbers([4]), **law},
    )  # fmt: skip
    for name in ("max@1", "max@2"):
        given = {"objective": OBJECTIVES[name], "rewards": numbers([4, 0])}
        yield Question(slug("baselines-plug-in", name, "two"), "boundary", "baselines.plug_in", given)
    yield refused("baselines.plug_in", "too-few", FEW, objective=max2, rewards=numbers([1]))
    yield refused(
        "baselines.plug_in", "a-singleton", FEW, objective=OBJECTIVES["max@1"], rewards=numbers([1])
    )
    yield refused("baselines.plug_in", "nan", INFINITE, objective=max2, rewards=[*numbers([1, 0, 4]), "nan"])
    given = {"objective": max2, "rewards": numbers([1])}
    yield refused("baselines.optimal", "too-few", FEW, **given, **law)
    yield refused(
        "baselines.optimal", "a-strange-reward", OTHER, objective=max2, rewards=numbers([1, 0, 5]), **law
    )


# ---- rewards 0 and 1, and GRPO with a root


def _family() -> Iterator[Question]:
    for s, n in ((0, 4), (1, 4), (2, 4), (3, 5), (1, 8), (4, 8), (7, 8), (5, 5), (1, 2)):
        given = {"rewards": [Fraction(int(i * s % n < s)) for i in range(n)]}
        name = f"{sum(given['rewards'])}-of-{n}"
        yield Question(slug("estimators-vr-cond", name), "ties", "estimators.vr_cond", given)
        for k in (k for k in (1, 2, 3) if k <= n):
            function = "estimators.pass_at_k_training"
            yield Question(slug(function, f"k{k}", name), "ties", function, {**given, "k": k})
    for batch in ("distinct", "ties", "binary", "negative", "dyadic"):
        kind = KINDS.get(batch, "basic")
        yield Question(slug("maxk-grpo", batch), kind, "maxk.grpo", {"rewards": numbers(BATCHES[batch])})
    yield Question("maxk-grpo-offset-192", "offset", "maxk.grpo", {"rewards": numbers(OFFSETS["192"])})
    binary = numbers([1, 0, 2])
    yield refused("estimators.vr_cond", "what-is-not-binary", OTHER, rewards=binary)
    yield refused("estimators.vr_cond", "a-singleton", FEW, rewards=numbers([1]))
    yield refused("estimators.pass_at_k_training", "what-is-not-binary", OTHER, rewards=binary, k=2)
    yield refused("estimators.pass_at_k_training", "too-few", FEW, rewards=numbers([1, 0]), k=3)


# ---- samples of another policy

RATIOS: dict[str, list[Any]] = {
    "ones": [1] * 8,
    "mixed": [2, "1/2", 1, "3/4", "5/4", 1, 3, "1/8"],
    "with-zeros": [0, 2, 1, 0, "3/2", 1, "1/2", 1],
}


def _off_policy() -> Iterator[Question]:
    yield from of_ratios("off_policy.value")
    yield from of_ratios("off_policy.score_weights")


def of_ratios(function: str) -> Iterator[Question]:
    """Ask a function of rewards and ratios."""
    for name in ("max@1", *TELLING):
        for batch in ("distinct", "ties", "negative"):
            for how, ratios in RATIOS.items():
                n = len(BATCHES[batch])
                if n >= OBJECTIVES[name].k:
                    kind = KINDS.get(batch, "basic")
                    more = {"ratios": numbers(ratios[:n])}
                    asked = one(function, kind, name, batch, BATCHES[batch], **more)
                    yield Question(f"{asked.id}-{how}", kind, function, asked.given)
    max2, three = OBJECTIVES["max@2"], numbers([1, 0, 2])
    given = {"objective": max2, "rewards": numbers([3, 0, 1, 4, 1]), "groups": [7, 2, 7, 2, 2]}
    given |= {"ratios": numbers(RATIOS["mixed"][:5])}
    yield Question(slug(function, "ragged"), "groups", function, given)
    yield refused(function, "too-few", FEW, objective=max2, rewards=three[:1], ratios=three[:1])
    negative = numbers([1, -1, 1])
    yield refused(function, "a-negative-ratio", OTHER, objective=max2, rewards=three, ratios=negative)
    yield refused(function, "too-few-ratios", OTHER, objective=max2, rewards=three, ratios=three[:2])
    nan = [*three, "nan"]
    yield refused(function, "nan", INFINITE, objective=max2, rewards=nan, ratios=numbers([1, 1, 1, 1]))


# ---- known distributions

KNOWN: dict[str, tuple[list[Any], list[Any]]] = {
    "coin": ([0, 1], ["1/2", "1/2"]),
    "three": ([3, -1, 2], ["1/4", "1/2", "1/4"]),
    "ties": ([0, 1, 3, 3, -2], ["1/8", "1/4", "1/4", "1/8", "1/4"]),
    "impossible-atom": ([0, 5, 2], ["1/2", 0, "1/2"]),
}


def _known_distributions() -> Iterator[Question]:
    for name in ("max@1", *TELLING):
        alpha = OBJECTIVES[name]
        for atoms, (r, p) in KNOWN.items():
            given: dict[str, Any] = {"objective": alpha, "rewards": numbers(r), "probabilities": numbers(p)}
            kind = KINDS.get(atoms, "basic")
            function = "population.hessian"
            yield Question(slug(function, name, atoms), kind, function, given)
            scores = _scores_of(r)
            for how in ("another-order", "tied", "all-tied", "the-rewards"):
                by = {"by": numbers(scores[how])}
                for quantity in ("value", "advantage", "inclusion", "gradient"):
                    function = f"population.{quantity}"
                    yield Question(
                        slug(function, name, atoms, "by", how), "scores", function, {**given, **by}
                    )
                if atoms == "three":
                    function = "population.logit_gradient"
                    equal = {"objective": alpha, "rewards": numbers(r), "logits": numbers([1, 1, 1]), **by}
                    yield Question(slug(function, name, atoms, "by", how), "scores", function, equal)
    given = {"objective": OBJECTIVES["max@2"], "rewards": numbers([0, 1])}
    wrong = numbers(["1/2", "1/4"])
    yield refused("population.hessian", "a-sum-below-one", OTHER, **given, probabilities=wrong)
    half = numbers(["1/2", "1/2"])
    for quantity in ("value", "advantage", "inclusion", "gradient"):
        given = {"objective": OBJECTIVES["max@2"], "rewards": numbers([0, 1]), "probabilities": half}
        yield refused(f"population.{quantity}", "by-nan", INFINITE, **given, by=[Fraction(0), "nan"])
