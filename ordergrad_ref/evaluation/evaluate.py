"""Estimate objectives over a set of prompts, from several scored samples of each."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ordergrad_ref import batch
from ordergrad_ref.arrays.dtypes import is_masked
from ordergrad_ref.arrays.ids import group_ids, members
from ordergrad_ref.error_bars import standard_error
from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError, expected_one_of, shown
from ordergrad_ref.evaluation.clusters import doubt, mean_of
from ordergrad_ref.evaluation.result import MISSING, TOO_FEW, Estimate, Evaluation
from ordergrad_ref.objectives import LStatistic, Objective
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["evaluate"]

SAME = 2.0**-48
"""How far rounding may part one share in prompts of several sizes, such as 1/3 of 3 and of 9 samples."""

POLICIES = ("raise", "propagate", "omit")


def evaluate(
    rewards: ArrayLike,
    groups: ArrayLike | None,
    objectives: Objective | str | Sequence[Objective | str],
    *,
    confidence: float = 0.95,
    nan_policy: str = "raise",
) -> Evaluation:
    """Estimate objectives over prompts, with standard errors: prompts are the clusters.

    ``v̄ = (1/G) Σ_p v_p``, ``SE² = 1/(G(G−1)) Σ_p (v_p − v̄)²``: the mean over prompts of the unbiased value
    of each, and its standard error from their spread. The interval is Student's, ``v̄ ± t_(G−1) SE``;
    where all rewards are 0 or 1, and the rank weights are not negative and sum to 1, as for pass@k, it has
    Wilson's form, which stays within [0, 1]. Spec eqs. (17), (79), (102), (110), (111).
    For rewards of 0 and 1 and ``"pass@k"`` each prompt's value is that of HumanEval,
    arXiv 2107.03374, wherever it has at least k samples; where it has fewer it is left out and counted.

    Parameters
    ----------
    rewards : (M,) array, or (G, N)
        The reward of each sample, in any order; or a row of samples for each prompt.
    groups : (M,) array or None
        The prompt of each sample; None for a table of rewards.
    objectives : str, LStatistic or RealK, or a list of these
        What to estimate, such as ``["pass@1", "pass@4"]``.
    confidence : float
        The level of the intervals, between 0 and 1.
    nan_policy : {"raise", "propagate", "omit"}
        What to do with a NaN or infinite reward: refuse it (default), leave its whole prompt out and count
        it, or leave the sample out, so that its prompt has one sample fewer.

    Returns
    -------
    Evaluation
        Estimates, standard errors, intervals; the prompts that were used and left out.

    Raises
    ------
    NonFiniteRewardError
        A reward is NaN or infinite, under ``"raise"``.
    UnknownObjectiveError
        A spelling names no objective.
    InvalidInputError
        Another argument has the wrong value or shape.

    Examples
    --------
    >>> passed = [[1, 0, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1]]
    >>> print(evaluate(passed, None, ["pass@1", "pass@2"]))
    objective  estimate  std. error  95 % interval      within prompts  prompts  left out
    pass@1     0.5       0.2887      0.03617 to 0.9638  0.09623         3        0
    pass@2     0.6111    0.3093      0.04578 to 0.9809  0.09623         3        0
    """
    x, ids = _samples(rewards, groups)
    if not isinstance(confidence, float | int | np.floating) or not 0 < confidence < 1:
        raise InvalidInputError(f"confidence: expected a number between 0 and 1, got {shown(confidence)}")
    if not isinstance(nan_policy, str) or nan_policy not in POLICIES:
        raise InvalidInputError(f"nan_policy: {expected_one_of(POLICIES, nan_policy)}")
    prompts = members(group_ids(ids, x.size))
    lost = ~np.isfinite(x)
    if nan_policy == "raise" and lost.any():
        place = int(np.argmax(lost))
        raise NonFiniteRewardError(
            f"rewards: expected finite numbers, got {x[place]} at {place}; "
            "nan_policy='omit' leaves the sample out, 'propagate' its prompt"
        )
    number = prompts.number
    if nan_policy == "omit":
        x, number, lost = x[~lost], number[~lost], lost[~lost]
    many = len(prompts.names)
    sizes = np.bincount(number, minlength=many)
    broken = np.bincount(number[lost], minlength=many) > 0
    listed = (
        [objectives] if isinstance(objectives, str) or not isinstance(objectives, Sequence) else objectives
    )
    if not listed:
        raise InvalidInputError("objectives: expected at least one, got none")
    found = [_one(x, number, sizes, broken, spelling, confidence) for spelling in listed]
    spellings = [estimate.objective for estimate, _ in found]
    for i, spelling in enumerate(spellings):
        if spelling in spellings[:i]:  # which names the value of each prompt
            raise InvalidInputError(f"objectives: expected each once, got {spelling!r} again")
    return Evaluation(
        estimates=tuple(estimate for estimate, _ in found),
        confidence=confidence,
        samples=int(x.size - lost.sum()),
        names=list(prompts.names),
        sizes=sizes,
        values=np.array([values for _, values in found]).reshape(len(found), many),
    )


def _samples(rewards: ArrayLike, groups: ArrayLike | None) -> tuple[NDArray[np.float64], ArrayLike]:
    """Return the rewards in one line, and the prompt of each."""
    if is_masked(rewards):
        raise InvalidInputError("rewards: expected a plain array, got a masked one; fill or drop first")
    try:
        given = np.asarray(rewards)
    except Exception as error:  # whatever an object that claims to be an array raises
        raise InvalidInputError(f"rewards: expected an array of numbers, got none ({error})") from error
    if given.dtype.kind not in "biuf":
        raise InvalidInputError(f"rewards: expected numbers, got an array of {given.dtype}")
    x = given.astype(np.float64)
    if given.dtype.kind in "iu" and (large := (given > 2**53) | (given < -(2**53))).any():
        raise InvalidInputError(
            f"rewards: expected integers of at most 2**53, got {given[large][0]}; subtract an offset first"
        )
    if groups is not None:
        if x.ndim != 1:
            raise InvalidInputError(
                f"rewards: expected shape (M,) with groups, got {x.shape}; pass groups=None for a table"
            )
        return x, groups
    if x.ndim != 2:
        raise InvalidInputError(f"rewards: expected a table (G, N) where groups is None, got shape {x.shape}")
    return x.ravel(), np.repeat(np.arange(len(x)), x.shape[1])


def _one(
    x: NDArray[np.float64],
    number: NDArray[np.intp],
    sizes: NDArray[np.intp],
    broken: NDArray[np.bool_],
    spelling: Objective | str,
    confidence: float,
) -> tuple[Estimate, NDArray[np.float64]]:
    """Estimate one objective; return each prompt's value beside it."""
    alpha = as_objective(spelling)
    usable = (sizes >= math.ceil(alpha.k)) & (sizes > 0) & ~broken
    values = np.full(len(sizes), np.nan)
    taken = usable[number]
    if taken.any():
        values[usable] = _values(x[taken], number[taken], alpha)
    too_few = int((~usable & ~broken).sum())
    left_out = {TOO_FEW: too_few, MISSING: int(broken.sum())}
    used = int(usable.sum())
    listed = values[usable].tolist()
    shares = _are_shares(x[taken], alpha)
    if shares and used and np.ptp(values[usable]) <= SAME:
        listed = listed[:1] * used
    mean = mean_of(listed, confidence, shares=shares)
    estimate = Estimate(
        objective=str(spelling),
        k=float(alpha.k) if alpha.k != int(alpha.k) else int(alpha.k),
        estimate=mean.estimate,
        standard_error=mean.standard_error,
        interval=mean.interval,
        within=_within(x[taken], number[taken], alpha, sizes[usable], used),
        prompts=used,
        left_out={reason: count for reason, count in left_out.items() if count},
        remark="; ".join(_remarks(x[taken], listed, alpha, spelling, too_few, bool(broken.any()))),
    )
    return estimate, values


def _values(x: NDArray[np.float64], number: NDArray[np.intp], alpha: Objective) -> NDArray[np.float64]:
    """Return the value of each prompt that has samples; the mean of integers is rounded once.

    Their sums are exact. The kernels add thirds: their mean of 1, 0 and 5 is one rounding below 2.
    """
    is_mean = isinstance(alpha, LStatistic) and alpha.total == 1 and alpha.reduced().k == 1
    if is_mean and (x == np.rint(x)).all() and np.abs(x).max() <= 2**53 / len(x):
        sizes = np.bincount(number)
        there = sizes > 0
        return np.bincount(number, weights=x)[there] / sizes[there]
    return batch.value(x, alpha, groups=number)


def _within(
    x: NDArray[np.float64], number: NDArray[np.intp], alpha: Objective, sizes: NDArray[np.intp], used: int
) -> float | None:
    """Return the standard error of the mean for these very prompts: the jackknife's, prompt by prompt."""
    if not used or not isinstance(alpha, LStatistic) or (sizes <= alpha.k).any():
        return None
    errors = standard_error(x, alpha, groups=number)
    return math.hypot(*(errors / used).tolist())


def _are_shares(x: NDArray[np.float64], alpha: Objective) -> bool:
    """Say whether every value lies in [0, 1]: a mean, with weights, of rewards that are 0 or 1."""
    if not isinstance(alpha, LStatistic) or not np.isin(x, (0.0, 1.0)).all():
        return False
    return alpha.total == 1 and all(weight >= 0 for weight in alpha.weights)


def _remarks(
    x: NDArray[np.float64],
    listed: Sequence[float],
    alpha: Objective,
    spelling: Objective | str,
    too_few: int,
    lost: bool,
) -> Iterator[str]:
    """Say what the number and its interval do not."""
    if str(spelling).strip().lower().startswith("pass") and not np.isin(x, (0.0, 1.0)).all():
        yield f"some rewards are neither 0 nor 1, so it is {alpha} of them, and no share that passes"
    if not listed:
        yield "no prompt is left" if lost else f"no prompt has K = {float(alpha.k):g} samples"
    elif said := doubt(listed):
        yield said
    if too_few and isinstance(alpha, LStatistic) and (same := alpha.reduced()).k < alpha.k:
        name = "mean@1" if same.k == 1 else str(same)
        yield f"it is the same as {name}, for which prompts with {same.k} samples or more would do"
