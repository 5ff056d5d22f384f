"""The questions of the golden vectors: which functions are asked what, and why. Answers are not here.

Every reward, probability and logit has at most eight significant bits, so that float64, float32 and bfloat16
hold it exactly. An id names one question and one answer for ever: cases are added, and never changed or taken
away. What edition 1.1 added to 1.0 comes last, so that the old cases stay the first of their files.
"""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.vectors.cases_added import after_the_grid
from ordergrad_ref.vectors.cases_beyond import beyond_the_papers
from ordergrad_ref.vectors.grid import grid
from ordergrad_ref.vectors.questions import (
    AT_K,
    BATCH,
    BATCHES,
    KINDS,
    OBJECTIVES,
    OFFSETS,
    SCALES,
    TELLING,
    Question,
    numbers,
    one,
    refused,
    slug,
    spelled,
    spread,
)

__all__ = ["questions"]


def questions() -> Iterator[Question]:
    """List all cases, in the order of the files."""
    yield from _batches()
    yield from _rank_weights()
    yield from _family()
    yield from _populations()
    yield from _invalid()
    yield from _added()
    yield from _error_bars()
    yield from beyond_the_papers()
    yield from grid()
    yield from after_the_grid()


# ---- realised batches


def _batches() -> Iterator[Question]:
    for function in BATCH:
        for name, alpha in OBJECTIVES.items():
            for batch, rewards in BATCHES.items():
                if len(rewards) > alpha.k and (
                    name in TELLING or (batch == "distinct" and function == "advantage")
                ):
                    yield one(function, KINDS.get(batch, "basic"), name, batch, rewards)
        for name in ("max@2", "median@4", "signed@3"):
            for offset, rewards in OFFSETS.items():
                yield one(function, "offset", name, f"offset-{offset}", rewards)
        for scale, factor in SCALES.items():
            yield one(function, "magnitude", "top(2)@3", scale, [factor * x for x in BATCHES["distinct"]])
        yield from _boundaries(function)
        yield from _several(function)
        yield from _large(function)


def _boundaries(function: str) -> Iterator[Question]:
    """Ask at N = K + 1, at N = K if that is defined, at K = 1, and where huge gaps do not count."""
    yield one(function, "boundary", "max@3", "n-is-k-plus-1", [0, 5, 1, 3])
    yield one(function, "boundary", "median@3", "n-is-k-plus-1", [0, 5, 1, 3])
    yield one(function, "boundary", "max@1", "two", [7, 4])
    yield one(function, "boundary", "max@5", "huge-gaps-below", [1, -(2**20), 2, -(2**30), 0, -7])
    if function in AT_K:
        yield one(function, "boundary", "max@3", "n-is-k", [5, 1, 3])
        yield one(function, "boundary", "signed@3", "n-is-k", [5, 1, 3])
        yield one(function, "boundary", "max@1", "singleton", [5])


def _several(function: str) -> Iterator[Question]:
    """Ask about many groups: a table of them, and flat rewards with interleaved groups of unequal size."""
    table = [numbers(x) for x in ([3, 1, 4, 1, 5], [2, 2, 2, 2, 2], [0, 0, 1, 0, 0], [-4, 8, -2, 0, 1])]
    ids = [7, 2, 7, 7, 2, 5, 5, 2, 7, 5, 7, 2, 5, 7, 5]
    flat = numbers([3, 0, 1, 4, 1, 6, 2, 0, 1, 6, 5, 1, 0, 9, -2])
    for name in ("max@2", "cvar(0.3)@3", "gini@3"):
        alpha = spelled(name)
        yield Question(
            slug(function, name, "table"), "groups", function, {"objective": alpha, "rewards": table}
        )
        given = {"objective": alpha, "rewards": flat, "groups": ids}
        yield Question(slug(function, name, "ragged"), "groups", function, given)


LARGE = (
    ("max@4", 1000), ("max@64", 128), ("max@127", 128), ("min@8", 256), ("median@5", 256), ("mean@16", 256),
    ("cvar(0.1)@16", 200), ("top(8)@32", 128), ("gini@16", 200), ("lmoment(3)@8", 200),
)  # fmt: skip


def _large(function: str) -> Iterator[Question]:
    """Ask at large N: about every objective for the advantage, about two for what follows from it."""
    for seed, (name, n) in enumerate(LARGE):
        if function == "advantage" or name in ("max@64", "cvar(0.1)@16"):
            yield one(function, "large", name, f"n{n}", spread(n, seed))
    yield one(function, "large", "max@32", "n512-binary", [int(i % 37 == 5) for i in range(512)])


def _rank_weights() -> Iterator[Question]:
    for name, alpha in OBJECTIVES.items():
        for n in (4, 9):
            yield _weights(name, alpha, n, "basic")
    for name, n in (("max@1", 1), ("max@3", 3), ("signed@3", 3)):
        yield _weights(name, OBJECTIVES[name], n, "boundary")
    for name, n in (("max@4", 1000), ("median@5", 500), ("cvar(0.1)@16", 200), ("max@64", 128)):
        yield _weights(name, spelled(name), n, "large")


def _weights(name: str, alpha: LStatistic, n: int, group: str) -> Question:
    given = {"objective": alpha, "n": n}
    return Question(slug("rank_weights", name, f"n{n}"), group, "rank_weights.floating", given)


# ---- the max@K family

WITH_K = {  # the least N − K
    "pkpo": 0,
    "pkpo_loo": 1,
    "pkpo_loo_minus_one": 0,
    "maxpo": 1,
    "canonical": 1,
    "subset_mean_baseline": 0,
}
RATIONAL_STD = {
    "one-of-4": [0, 1, 0, 0],
    "one-of-16": [3 if i == 9 else 0 for i in range(16)],
    "three": [4, 0, 2],
    "all-equal": [3, 3, 3],
    "offset": [252, 250, 254],
}


def _family() -> Iterator[Question]:
    for name, least in WITH_K.items():
        for batch in ("distinct", "ties", "negative", "one-success"):
            for k in (1, 2, 3):
                yield _estimate(name, batch, BATCHES[batch], k)
        yield _estimate(name, "offset-192", OFFSETS["192"], 3)
        if name != "subset_mean_baseline":  # identically zero at K = N: nothing to measure rounding by
            yield _estimate(name, "boundary", [2, 0, 7, 3], 4 - least)
        yield _estimate(name, "n64", spread(64, 64), 8)
    for name in ("rloo", "dr_grpo", "runner_up_gap"):
        for batch in ("distinct", "ties", "negative", "all-equal"):
            yield _estimate(name, batch, BATCHES[batch])
        yield _estimate(name, "offset-192", OFFSETS["192"])
        yield _estimate(name, "two", [7, 4])
    for batch, rewards in RATIONAL_STD.items():
        yield _estimate("grpo", batch, rewards)
    for batch, rewards in {**BATCHES, "no-success": [0, 0, 0], "all-successes": [1, 1, 1]}.items():
        if set(rewards) <= {0, 1}:
            yield _estimate("maxrl", batch, rewards)
            for k in (1, 2, 3):
                yield _estimate("pass_at_k", batch, rewards, k)
    yield _estimate("pass_at_k", "n200", [int(i < 3) for i in range(200)], 100)


def _estimate(name: str, batch: str, rewards: list[Any], k: int | None = None) -> Question:
    given = {"rewards": numbers(rewards)} | ({} if k is None else {"k": k})
    size = () if k is None else (f"k{k}",)
    return Question(slug("maxk", name, *size, batch), KINDS.get(batch, "basic"), f"maxk.{name}", given)


# ---- populations

POPULATIONS: dict[str, tuple[list[Any], list[Any]]] = {
    "coin": ([0, 1], ["1/2", "1/2"]),
    "biased-coin": ([1, 0], ["1/4", "3/4"]),
    "ties": ([0, 1, 3, 3, -2], ["1/8", "1/4", "1/4", "1/8", "1/4"]),
    "impossible-atom": ([0, 5, 2], ["1/2", 0, "1/2"]),
    "certain": ([7, 0], [0, 1]),
    "one-atom": ([3], [1]),
    "offset": ([254, 255, 192], ["1/4", "1/4", "1/2"]),
}
EQUAL_LOGITS: dict[str, tuple[list[Any], int]] = {
    "two": ([0, 1], 0),
    "four": ([3, -1, 3, 8], 0),
    "eight": ([0, 9, 1, 8, 2, 2, 5, 3], -3),
    "overflow": ([0, 5, 1, 2], 1024),
}
POPULATION = ("value", "advantage", "inclusion", "gradient")


def _populations() -> Iterator[Question]:
    for function in POPULATION:
        for name in ("max@1", *TELLING):
            for atoms, (r, p) in POPULATIONS.items():
                given = {"objective": OBJECTIVES[name], "rewards": numbers(r), "probabilities": numbers(p)}
                yield _population(function, name, atoms, given)
        rare = {"rewards": numbers([0, 1, 4]), "probabilities": numbers(["31/32", "7/256", "1/256"])}
        for name in ("max@64", "min@8", "top(4)@32"):
            yield _population(function, name, "rare", {"objective": spelled(name), **rare})
    for name in ("max@1", "max@16", *TELLING):
        for atoms, (r, logit) in EQUAL_LOGITS.items():
            logits = [Fraction(logit)] * len(r)
            alpha = spelled(name) if name == "max@16" else OBJECTIVES[name]
            given = {"objective": alpha, "rewards": numbers(r), "logits": logits}
            yield _population("logit_gradient", name, atoms, given)


def _population(function: str, name: str, atoms: str, given: dict[str, Any]) -> Question:
    group = KINDS.get(atoms, "basic")
    return Question(slug("population", function, name, atoms), group, f"population.{function}", given)


# ---- what must be refused


def _invalid() -> Iterator[Question]:
    few, infinite, other = "GroupTooSmallError", "NonFiniteRewardError", "InvalidInputError"
    max2, max3 = OBJECTIVES["max@2"], OBJECTIVES["max@3"]
    three, half = numbers([1, 0, 2]), numbers(["1/2", "1/2"])
    for function in BATCH:
        small = three[: 2 if function in AT_K else 3]
        one_small = {"rewards": numbers([1, 0, 2, 5]), "groups": [0, 0, 1, 0]}
        yield refused(function, "too-few", few, objective=max3, rewards=small)
        yield refused(function, "a-group-too-small", few, objective=max2, **one_small)
        for number in ("nan", "inf", "-inf"):
            yield refused(function, number, infinite, objective=max2, rewards=[*small, number, Fraction(1)])
    yield refused("rank_weights.floating", "too-few", few, objective=max3, n=2)
    for name, least in WITH_K.items():
        yield refused(f"maxk.{name}", "too-few", few, rewards=three, k=4 - least)
        yield refused(f"maxk.{name}", "nan", infinite, rewards=[*three, "nan"], k=2)
    for name in ("rloo", "dr_grpo", "grpo", "runner_up_gap", "maxrl"):
        yield refused(f"maxk.{name}", "a-singleton", few, rewards=[Fraction(1)])
        yield refused(f"maxk.{name}", "inf", infinite, rewards=[Fraction(1), "inf"])
    yield refused("maxk.maxrl", "what-is-not-binary", other, rewards=three)
    yield refused("maxk.pass_at_k", "what-is-not-binary", other, rewards=three, k=2)
    yield refused("maxk.pass_at_k", "too-few", few, rewards=numbers([1, 0]), k=3)
    for name in POPULATION:
        for why, p in (
            ("a-sum-above-one", ["1/2", "1/4", "1/2"]),
            ("a-sum-below-one", ["1/2", "1/4", "1/8"]),
            ("a-negative-probability", ["1/2", "3/4", "-1/4"]),
            ("too-few-probabilities", ["1/2", "1/2"]),
        ):
            given = {"objective": max2, "rewards": three, "probabilities": numbers(p)}
            yield refused(f"population.{name}", why, other, **given)
        given = {"objective": max2, "rewards": [Fraction(0), "nan"], "probabilities": half}
        yield refused(f"population.{name}", "nan", infinite, **given)
    given = {"objective": max2, "rewards": three}
    logits = numbers([0, 0])
    yield refused("population.logit_gradient", "too-few-logits", other, logits=logits, **given)
    yield refused("population.logit_gradient", "nan", infinite, logits=[*logits, "nan"], **given)


# ---- added in edition 1.1

UNEQUAL_LOGITS: dict[
    str, tuple[list[Any], list[Any]]
] = {  # the largest reward has a probability of 1/16 or more
    "apart": ([0, 1], [1, -1]),
    "four-apart": ([3, -1, 3, 8], [0, 1, -1, "1/2"]),
    "far-apart": ([0, 5, 1, 2], [-40, 0, -3, "1/4"]),
    "overflow-apart": ([2, 0, 5], [1024, 0, 1024]),
    "underflow-apart": ([2, 0, 5, 1], [-2048, -4096, -2048, -2064]),
}
WIDE = LStatistic(
    ["12345678901234567891/20000000000000000003", "-1/3", "98765432109876543211/70000000000000000001"]
)


def _added() -> Iterator[Question]:
    yield from _unequal_logits()
    for batch, rewards in (("n-is-k", [5, 1, 3]), ("n-is-k-ties", [1, 4, 1]), ("n-is-k-singleton", [5])):
        yield _estimate("subset_mean_baseline", batch, rewards, len(rewards))
    yield _estimate("maxrl", "two", [0, 1])
    certain = {"objective": OBJECTIVES["max@2"], "rewards": numbers([3]), "logits": numbers([5])}
    yield _population("logit_gradient", "max@2", "one-atom", certain)
    few, four = "GroupTooSmallError", numbers([2, 0, 7, 3])
    median = OBJECTIVES["median@4"]  # which is median@3: that the caller reduces, spec section 4.5
    for function in BATCH:
        if function in AT_K:
            yield one(function, "boundary", "median@4", "n-is-k", four)
        else:
            yield refused(function, "a-reducible-k-that-is-n", few, objective=median, rewards=four)
        given = {"objective": WIDE, "rewards": numbers(BATCHES["distinct"])}
        yield Question(slug(function, "wide-numerators"), "basic", function, given)
        ids = [-3, 2**40, -3, 2**40, 0, -3, 0, 0, 2**40]
        given = {
            "objective": OBJECTIVES["max@2"],
            "rewards": numbers([3, 0, 1, 4, 9, 6, 2, 0, 1]),
            "groups": ids,
        }
        yield Question(slug(function, "max@2", "ids-of-any-size"), "groups", function, given)


def _unequal_logits() -> Iterator[Question]:
    for name in ("max@1", "max@16", *TELLING):
        for atoms, (r, logits) in UNEQUAL_LOGITS.items():
            alpha = spelled(name) if name == "max@16" else OBJECTIVES[name]
            given = {"objective": alpha, "rewards": numbers(r), "logits": numbers(logits)}
            yield _population("logit_gradient", name, atoms, given)


def _error_bars() -> Iterator[Question]:
    function, few = "standard_error", "GroupTooSmallError"
    for name in ("max@1", *TELLING):
        for batch, rewards in BATCHES.items():
            if len(rewards) > OBJECTIVES[name].k:
                yield one(function, KINDS.get(batch, "basic"), name, batch, rewards)
    yield one(function, "offset", "max@2", "offset-192", OFFSETS["192"])
    yield one(function, "boundary", "max@3", "n-is-k-plus-1", [0, 5, 1, 3])
    yield one(function, "magnitude", "top(2)@3", "huge", [SCALES["huge"] * x for x in BATCHES["distinct"]])
    yield from _several(function)
    yield one(function, "large", "max@64", "n128", spread(128, 1))
    yield one(function, "large", "max@32", "n512-binary", [int(i % 37 == 5) for i in range(512)])
    max2, three = OBJECTIVES["max@2"], numbers([1, 0, 2])
    yield refused(function, "too-few", few, objective=OBJECTIVES["max@3"], rewards=three)
    one_small = {"rewards": numbers([1, 0, 2, 5]), "groups": [0, 0, 1, 0]}
    yield refused(function, "a-group-too-small", few, objective=max2, **one_small)
    for number in ("nan", "inf", "-inf"):
        given = [*three, number, Fraction(1)]
        yield refused(function, number, "NonFiniteRewardError", objective=max2, rewards=given)
    for s, n, k in ((37, 100, 10), (1, 128, 127), (3, 128, 64), (120, 128, 4)):
        rewards = [int(i * s % n < s) for i in range(n)]
        yield _estimate("pass_at_k", f"n{n}-{sum(rewards)}-successes", rewards, k)
