"""How many rewards each quantity needs of a group, and what to say to a group that has fewer."""

from collections.abc import Callable
from math import ceil
from typing import NamedTuple

from ordergrad_ref._types import SmallGroups
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic, Objective, maximum

__all__ = ["NEVER_ZERO", "Needs", "needs_of"]

LARGEST_REDUCIBLE_K = 64
"""The largest K for which an error looks for a smaller K of the same objective: that costs K² rationals."""

NEVER_ZERO = {
    "value": "value",
    "inclusion": "include-one value",
    "leave_one_out": "leave-one-out value",
    "standard_error": "standard error",
    "unbiased_standard_error": "standard error",
}
"""The quantities for which zero would be taken for an answer: groups that are too small have none of them."""


class Needs(NamedTuple):
    """How many rewards a quantity needs of a group, and why, said of a group of ``n``."""

    size: int
    why: Callable[[int], str]


def needs_of(quantity: str, objective: Objective, small_groups: SmallGroups = "raise") -> Needs:
    """Look up what a quantity of the batch needs; refuse zeros where zero would be taken for an answer.

    ``value`` and ``pathwise_weights`` need ``N ≥ K``, and so does ``inclusion`` where K is an integer: else
    include-one values are defined by advantages (spec section 2.8). The others leave one out: ``N > K``, but
    for ``unbiased_standard_error``, which compares two sets: ``N ≥ 2 K``.
    """
    if isinstance(small_groups, str) and small_groups == "zero" and quantity in NEVER_ZERO:
        raise InvalidInputError(
            "small_groups: expected 'raise' or 'nan' here, got 'zero'; "
            f"a {NEVER_ZERO[quantity]} of zero would be untrue"
        )
    k = ceil(objective.k)
    if quantity in ("value", "pathwise_weights") or (quantity == "inclusion" and k == objective.k):
        return Needs(k, lambda n: f"has N = {n}; {objective} compares K = {objective.k} and needs N ≥ {k}")
    if quantity == "unbiased_standard_error":
        return Needs(
            2 * k,
            lambda n: (
                f"has N = {n}; the unbiased variance of {objective}, K = {objective.k}, compares sets that "
                f"share no reward and needs N ≥ {2 * k}. Sample at least {2 * k - n} more; "
                f"method='jackknife' needs N ≥ {k + 1}"
            ),
        )
    if quantity in ("inclusion", "leave_one_out", "standard_error"):
        return Needs(
            k + 1,
            lambda n: f"has N = {n}; leaving one out of {objective}, K = {objective.k}, needs N ≥ {k + 1}",
        )
    return Needs(
        k + 1,
        lambda n: (
            f"has N = {n}; the advantage q_i − v^(−i) of {objective}, K = {objective.k}, needs N ≥ {k + 1}: "
            f"no set of K rewards leaves one out. {_remedy(objective, n)}"
        ),
    )


def _remedy(alpha: Objective, n: int) -> str:
    """Say what to do: by spec eq. (38), a centred unbiased estimator exists iff ``deg b_α ≤ N − 2``."""
    if (
        isinstance(alpha, LStatistic)
        and alpha.k <= LARGEST_REDUCIBLE_K
        and (k := max(alpha.degree, 0) + 1) < n
    ):
        return (
            f"But {alpha} is also an objective of K = {k}, which {n} rewards suffice for: "
            "pass objective.reduced() (the advantage scales with 1/K, the score weights stay)"
        )
    no_such = "No centred unbiased estimator exists there (spec eq. (38))"
    if n == alpha.k and alpha.k > 1 and alpha == maximum(n):
        return (
            f"{no_such}; og.maxk.pkpo_loo_minus_one(rewards, {n}) is unbiased there, though not centred. "
            f"Or sample more, or lower K to {n - 1}; small_groups='zero' leaves such groups out of a gradient"
        )
    lower = f", or lower K to {n - 1} or less" if n > 1 else ""
    return (
        f"{no_such}: sample at least {ceil(alpha.k) + 1 - n} more{lower}; "
        "small_groups='zero' leaves such groups out of a gradient"
    )
