"""What the published estimators are: the sentences of specification sections 8 and 11.8, in exact rationals.

Slow and obviously right, as `l_statistics` is: each function enumerates what its paper says. ``q_i``, ``v``
and ``v^(−i)`` are those of max@K, and ``u_i^(k)`` is the mean of the maximum over the sets of ``k`` others.
No closed form and no array library takes part. `ordergrad_ref.maxk` and
`ordergrad_ref.estimators` compute the same under the same names.

Every function takes one batch: ``rewards``, N numbers, of which integers, Fractions and floats are taken
exactly; and ``k``, the size K of the comparison sets, where the estimator has one. It returns N Fractions in
the rewards' unit, scaled as the paper prints them, and raises `GroupTooSmallError` where N is too small.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import isqrt
from typing import TypeAlias

from ordergrad_ref.definition.l_statistics import advantage, exact, inclusion, leave_one_out, value
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError
from ordergrad_ref.objectives import maximum

__all__ = [
    "canonical",
    "dr_grpo",
    "grpo",
    "improvement",
    "leave_two_out",
    "maxpo",
    "maxrl",
    "pass_at_k",
    "pass_at_k_training",
    "pkpo",
    "pkpo_loo",
    "pkpo_loo_minus_one",
    "rlbon",
    "rloo",
    "runner_up_gap",
    "subset_mean_baseline",
    "vr_cond",
]

Rewards: TypeAlias = Sequence[Fraction]


# ---- sets of K


def pkpo(rewards: Rewards, k: int) -> list[Fraction]:
    """``s_i = (K/N) q_i``. Spec eq. (39); PKPO, arXiv 2505.15201.

    Examples
    --------
    >>> pkpo([3, 1, 4, 1], 2)
    [Fraction(5, 3), Fraction(4, 3), Fraction(2, 1), Fraction(4, 3)]
    """
    n = len(rewards)
    return [Fraction(k, n) * q for q in inclusion(rewards, maximum(k))]


def pkpo_loo(rewards: Rewards, k: int) -> list[Fraction]:
    """``(K/N) q_i − K/(N−1) v^(−i)``, the two factors as they are printed. Spec eq. (40).

    Examples
    --------
    >>> pkpo_loo([3, 1, 4, 1], 2)
    [Fraction(-1, 3), Fraction(-10, 9), Fraction(4, 9), Fraction(-10, 9)]
    """
    n = len(rewards)
    pairs = zip(inclusion(rewards, maximum(k)), leave_one_out(rewards, maximum(k)), strict=True)
    return [Fraction(k, n) * q - Fraction(k, n - 1) * v for q, v in pairs]


def improvement(rewards: Rewards, k: int) -> list[Fraction]:
    """By how much ``x_i`` raises the maximum of K − 1 others: ``h_i = q_i − u_i^(K−1)``. Spec eq. (41).

    ``u_i^(0) = 0``: without others there is nothing to improve on, and ``h_i = x_i`` at K = 1.

    Examples
    --------
    >>> improvement([3, 1, 4, 1], 2)
    [Fraction(4, 3), Fraction(0, 1), Fraction(7, 3), Fraction(0, 1)]
    """

    def u(i: int) -> Fraction:
        return value(_without(rewards, i), maximum(k - 1)) if k > 1 else Fraction(0)

    return [q - u(i) for i, q in enumerate(inclusion(rewards, maximum(k)))]


def pkpo_loo_minus_one(rewards: Rewards, k: int) -> list[Fraction]:
    """``(K/N) h_i``. Spec eq. (42).

    Examples
    --------
    >>> pkpo_loo_minus_one([3, 1, 4, 1], 2)
    [Fraction(2, 3), Fraction(0, 1), Fraction(7, 6), Fraction(0, 1)]
    """
    return [Fraction(k, len(rewards)) * h for h in improvement(rewards, k)]


def leave_two_out(rewards: Rewards, k: int) -> list[Fraction]:
    """MaxPO's baseline of i: the mean improvement of the others, on the batch without i. Spec eq. (43).

    ``1/(N−1) Σ_{j≠i} h_j^(−i)``: each ``h_j^(−i)`` compares j with sets that hold neither i nor j.

    Examples
    --------
    >>> leave_two_out([3, 1, 4, 1], 2)
    [Fraction(1, 1), Fraction(1, 1), Fraction(2, 3), Fraction(1, 1)]
    """
    n = _at_least(2, rewards)
    return [sum(improvement(_without(rewards, i), k), Fraction(0)) / (n - 1) for i in range(n)]


def maxpo(rewards: Rewards, k: int) -> list[Fraction]:
    """``h_i`` minus the leave-two-out baseline. Spec eq. (43); MaxPO, arXiv 2606.06080.

    Examples
    --------
    >>> maxpo([3, 1, 4, 1], 2)
    [Fraction(1, 3), Fraction(-1, 1), Fraction(5, 3), Fraction(-1, 1)]
    """
    return [h - b for h, b in zip(improvement(rewards, k), leave_two_out(rewards, k), strict=True)]


def rlbon(rewards: Rewards, k: int) -> list[Fraction]:
    """What ``x_i`` adds to the value of the batch: ``v − v^(−i)`` of max@K. Spec eq. (106); RLBoN.

    Examples
    --------
    >>> rlbon([3, 1, 4, 1], 2)
    [Fraction(1, 6), Fraction(-1, 2), Fraction(5, 6), Fraction(-1, 2)]
    """
    v = value(rewards, maximum(k))
    return [v - without for without in leave_one_out(rewards, maximum(k))]


def canonical(rewards: Rewards, k: int) -> list[Fraction]:
    """``A_i = q_i − v^(−i)`` of max@K. Spec eq. (45); OrderGrad, arXiv 2606.06096.

    Examples
    --------
    >>> canonical([3, 1, 4, 1], 2)
    [Fraction(1, 3), Fraction(-1, 1), Fraction(5, 3), Fraction(-1, 1)]
    """
    return advantage(rewards, maximum(k))


def subset_mean_baseline(rewards: Rewards, k: int) -> list[Fraction]:
    """``q_i − v``: the batch's own value, which contains ``x_i``, is the baseline. Spec eq. (46).

    Examples
    --------
    >>> subset_mean_baseline([3, 1, 4, 1], 2)
    [Fraction(1, 6), Fraction(-1, 2), Fraction(5, 6), Fraction(-1, 2)]
    """
    v = value(rewards, maximum(k))
    return [q - v for q in inclusion(rewards, maximum(k))]


# ---- no K


def rloo(rewards: Rewards) -> list[Fraction]:
    """Each reward minus the mean of the others. Spec eq. (47); Kool et al. 2019; arXiv 2402.14740.

    Examples
    --------
    >>> rloo([3, 1, 4, 1])
    [Fraction(1, 1), Fraction(-5, 3), Fraction(7, 3), Fraction(-5, 3)]
    """
    _at_least(2, rewards)
    return [exact(x, "rewards") - _mean(_without(rewards, i)) for i, x in enumerate(rewards)]


def dr_grpo(rewards: Rewards) -> list[Fraction]:
    """Each reward minus the mean of all. Spec eq. (48); Dr. GRPO, arXiv 2503.20783.

    Examples
    --------
    >>> dr_grpo([3, 1, 4, 1])
    [Fraction(3, 4), Fraction(-5, 4), Fraction(7, 4), Fraction(-5, 4)]
    """
    _at_least(2, rewards)
    return [exact(x, "rewards") - _mean(rewards) for x in rewards]


def grpo(rewards: Rewards) -> list[Fraction]:
    """``(x_i − x̄)/σ``, with N − 1 in the variance; 0 where all are equal. Spec eq. (49); arXiv 2402.03300.

    Raises
    ------
    InvalidInputError
        Where σ is irrational.

    Examples
    --------
    >>> grpo([3, 1, 4, 1])
    [Fraction(1, 2), Fraction(-5, 6), Fraction(7, 6), Fraction(-5, 6)]
    """
    deviations = dr_grpo(rewards)
    sigma = _root(sum((d * d for d in deviations), Fraction(0)) / (len(rewards) - 1))
    return [d / sigma if sigma else Fraction(0) for d in deviations]


def runner_up_gap(rewards: Rewards) -> list[Fraction]:
    """The best gets its lead over the second best, the others 0. Spec eq. (50); arXiv 2503.19595.

    Where two are the best, the lead is 0.

    Examples
    --------
    >>> runner_up_gap([3, 1, 4, 1])
    [Fraction(0, 1), Fraction(0, 1), Fraction(1, 1), Fraction(0, 1)]
    """
    _at_least(2, rewards)
    x = [exact(r, "rewards") for r in rewards]
    *_, second, best = sorted(x)
    return [best - second if r == best else Fraction(0) for r in x]


# ---- rewards 0 and 1


def maxrl(rewards: Rewards) -> list[Fraction]:
    """``(x_i − x̄)/x̄``; 0 where no reward is 1. Spec eq. (51); MaxRL, arXiv 2602.02710.

    Examples
    --------
    >>> maxrl([0, 0, 1])
    [Fraction(-1, 1), Fraction(-1, 1), Fraction(2, 1)]
    """
    deviations, mean = dr_grpo(_binary(rewards)), _mean(rewards)
    return [d / mean if mean else Fraction(0) for d in deviations]


def pass_at_k(rewards: Rewards, k: int) -> Fraction:
    """The value of max@K on rewards 0 and 1. Spec eq. (53); Chen et al., arXiv 2107.03374.

    Examples
    --------
    >>> pass_at_k([0, 0, 1], 2)
    Fraction(2, 3)
    """
    return value(_binary(rewards), maximum(k))


def pass_at_k_training(rewards: Rewards, k: int) -> list[Fraction]:
    """``(q_i − v)/√(v (1 − v))`` of pass@K; 0 where v is 0 or 1. Spec eq. (83); arXiv 2508.10751.

    Raises
    ------
    InvalidInputError
        Where the root is irrational.

    Examples
    --------
    >>> pass_at_k_training([0, 0, 1, 1, 1], 2)[:3]
    [Fraction(-1, 2), Fraction(-1, 2), Fraction(1, 3)]
    """
    v = pass_at_k(rewards, k)
    sigma = _root(v * (1 - v))
    return [(q - v) / sigma if sigma else Fraction(0) for q in inclusion(rewards, maximum(k))]


def vr_cond(rewards: Rewards) -> list[Fraction]:
    """``(x_i/x̄ − 1)/N``; ``−1/N`` where no reward is 1. Spec eq. (84); the code of MaxRL.

    Examples
    --------
    >>> vr_cond([0, 0, 1])
    [Fraction(-1, 3), Fraction(-1, 3), Fraction(2, 3)]
    """
    n, mean = _at_least(2, rewards), _mean(_binary(rewards))
    return [(exact(x, "rewards") / mean - 1 if mean else Fraction(-1)) / n for x in rewards]


def _root(variance: Fraction) -> Fraction:
    sigma = Fraction(isqrt(variance.numerator), isqrt(variance.denominator))
    if sigma * sigma != variance:
        raise InvalidInputError(
            f"rewards: expected a rational standard deviation, got the square root of {variance}"
        )
    return sigma


def _without(rewards: Rewards, i: int) -> Rewards:
    return [*rewards[:i], *rewards[i + 1 :]]


def _mean(rewards: Rewards) -> Fraction:
    return sum((exact(x, "rewards") for x in rewards), Fraction(0)) / len(rewards)


def _at_least(least: int, rewards: Rewards) -> int:
    if len(rewards) < least:
        raise GroupTooSmallError(f"rewards: expected at least {least}, got {len(rewards)}")
    return len(rewards)


def _binary(rewards: Rewards) -> Rewards:
    for x in rewards:
        if x not in (0, 1):
            raise InvalidInputError(f"rewards: expected only 0 and 1, got {x}")
    return rewards
