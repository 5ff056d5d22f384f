"""What a question of the golden vectors is, and what questions are made of.

Every reward, score, ratio, probability and logit has at most eight significant bits, so that float64, float32
and bfloat16 hold it exactly.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ordergrad_ref.objectives import LStatistic, objective

__all__ = [
    "AT_K",
    "BATCH",
    "BATCHES",
    "EQUATIONS",
    "KINDS",
    "OBJECTIVES",
    "OFFSETS",
    "OF_OPTIONS",
    "SCALES",
    "TELLING",
    "Question",
    "numbers",
    "one",
    "refused",
    "slug",
    "spelled",
    "spread",
]

EQUATIONS: dict[str, tuple[int, ...]] = {
    "value": (17, 23),
    "inclusion": (18, 26),
    "leave_one_out": (19, 27),
    "advantage": (20, 25),
    "score_weights": (28,),
    "pathwise_weights": (29,),
    "standard_error": (79,),
    "rank_weights.floating": (22, 23),
    "maxk.pkpo": (39,),
    "maxk.pkpo_loo": (40,),
    "maxk.pkpo_loo_minus_one": (41, 42),
    "maxk.maxpo": (43, 44),
    "maxk.canonical": (45,),
    "maxk.subset_mean_baseline": (46,),
    "maxk.rloo": (47,),
    "maxk.dr_grpo": (48,),
    "maxk.grpo": (49,),
    "maxk.runner_up_gap": (50,),
    "maxk.maxrl": (51, 52),
    "maxk.pass_at_k": (53,),
    "population.value": (31,),
    "population.advantage": (30,),
    "population.inclusion": (32,),
    "population.gradient": (33,),
    "population.logit_gradient": (34,),
    "population.hessian": (95,),
    "order_statistics.value": (82,),
    "order_statistics.inclusion": (82,),
    "order_statistics.advantage": (82,),
    "off_policy.value": (85,),
    "off_policy.score_weights": (86,),
    "off_policy.first_order_weights": (108,),
    "baselines.optimal": (90,),
    "baselines.plug_in": (91,),
    "estimators.pass_at_k_training": (83,),
    "estimators.vr_cond": (84,),
    "estimators.rlbon": (106,),
    "variance.moments.mean": (65,),
    "variance.moments.covariance": (89,),
    "variance.moments.total_variance": (71, 89),
    "variance.moments.within": (71,),
}

OF_OPTIONS: dict[str, tuple[int, ...]] = {"by": (75,), "where": (78,), "nan_policy": (78,), "method": (80,)}
"""What an option adds to them."""


@dataclass(frozen=True)
class Question:
    """One call: a function, its arguments, and the error that it must raise, if any."""

    id: str
    group: str
    function: str
    given: dict[str, Any]
    error: str | None = None


BATCH = ("value", "inclusion", "leave_one_out", "advantage", "score_weights", "pathwise_weights")
AT_K = ("value", "inclusion", "pathwise_weights")
"""Those that are defined at N = K."""

THIRDS_AND_FIFTHS = LStatistic(["1/3", "-2/5", "7/4"])
NOTHING = LStatistic([0, 0])

OBJECTIVES: dict[str, LStatistic] = {
    **{
        name: LStatistic(objective(name).weights, name=name)  # type: ignore[union-attr]
        for name in (
            "max@1", "max@2", "max@3", "min@2", "min@3", "mean@2", "rank(2)@4", "top(2)@3", "bottom(2)@4",
            "midrange(1)@3", "median@3", "median@4", "trimmed(1)@4", "winsorized(1)@4", "quantile(0.25)@4",
            "cvar(0.3)@4", "upper_cvar(0.3)@4", "gini@3", "lmoment(2)@3", "lmoment(3)@4",
            "proportional_hazard(2)@4",
        )
    },
    "signed@3": THIRDS_AND_FIFTHS,
    "nothing@2": NOTHING,
}  # fmt: skip
TELLING = ("max@2", "min@3", "median@4", "cvar(0.3)@4", "gini@3", "signed@3")

BATCHES: dict[str, list[Any]] = {
    "distinct": [5, 0, 2, 9, 3, 7],
    "ties": [1, 4, 1, 0, 4, 4, 1],
    "binary": [0, 1, 0, 0, 1, 0, 0, 1],
    "one-success": [0, 0, 0, 1, 0],
    "all-equal": [3, 3, 3, 3, 3],
    "negative": [-2, -7, 0, -1, -5],
    "dyadic": ["1/2", "-1/4", "15/4", "9/8", 2],
}
OFFSETS: dict[str, list[Any]] = {
    "192": [192, 193, 255, 200, 199, 192, 240, 193],
    "254": [254, 255, 254, 254, 255, 254],
    "minus-254": [-254, -255, -254, -253, -254, -255],
}
KINDS = {  # of batches and populations, by name; all others are basic
    **dict.fromkeys(("ties", "binary", "one-success", "no-success", "all-successes", "all-equal"), "ties"),
    **dict.fromkeys(("offset", "offset-192"), "offset"),
    **dict.fromkeys(("two", "boundary", "impossible-atom", "certain", "one-atom", "overflow"), "boundary"),
    **dict.fromkeys(("n64", "n200", "rare"), "large"),
    **dict.fromkeys(("n-is-k", "n-is-k-ties", "n-is-k-singleton"), "boundary"),
    **dict.fromkeys(("far-apart", "overflow-apart", "underflow-apart"), "boundary"),
}
SCALES = {"huge": Fraction(2**100), "tiny": Fraction(1, 2**100)}


def numbers(values: list[Any]) -> list[Fraction]:
    """Read integers and spellings as rationals."""
    return [Fraction(x) for x in values]


def spread(n: int, seed: int) -> list[Fraction]:
    """List n numbers of eight significant bits over five powers of two, in no order, with few ties."""
    state, numbers = seed, []
    for _ in range(n):
        state = (1103515245 * state + 12345) % 2**31
        mantissa, exponent = 128 + (state >> 16) % 128, (state >> 24) % 5
        numbers.append(Fraction(mantissa * 2**exponent, 16) * (-1 if (state >> 28) % 4 == 0 else 1))
    return numbers


def slug(*parts: object) -> str:
    """Make an id of its parts."""
    return re.sub(r"[^a-z0-9]+", "-", "-".join(map(str, parts)).lower()).strip("-")


def one(function: str, group: str, name: str, batch: str, rewards: list[Any], **more: Any) -> Question:
    """Ask about one group of rewards."""
    alpha = OBJECTIVES[name] if name in OBJECTIVES else spelled(name)
    given = {"objective": alpha, "rewards": numbers(rewards), **more}
    return Question(slug(function, name, batch), group, function, given)


def spelled(name: str) -> LStatistic:
    """Give the objective of a spelling, which it keeps as its name."""
    alpha = objective(name)
    assert isinstance(alpha, LStatistic)
    return LStatistic(alpha.weights, name=name)


def refused(function: str, why: str, error: str, **given: Any) -> Question:
    """Ask what must be refused with that error."""
    why = why.replace("-inf", "minus-inf")
    name = slug(function.removesuffix(".floating"), "refuses", why)
    return Question(name, "refusals", function, given, error)
