"""Realised rewards in, value, advantage, inclusion, leave-one-out and gradient weights out.

What follows holds for every function here, and is not repeated there.

``rewards`` : (..., N) array, or (M,) with ``groups``
    Rewards, each group along the last axis; or flat, in any order, with an id for each. float64 and float32
    are answered in kind (float32 is computed in float64 and rounded once), float16 and bfloat16 in float32,
    integers and booleans in float64; a sequence of ``Fraction``, or an object array, in exact rationals.
    Arrays of PyTorch, JAX, Dask, CuPy and of the array API standard are answered in kind:
    `ordergrad_ref.arrays.dispatch`. The rewards are never changed.
``objective`` : LStatistic, RealK or str
    The objective, or its spelling, such as ``"max@4"`` (spec section 2).
``groups`` : (M,) array, optional
    An id for each of the flat rewards; groups may be interleaved and of unequal size.
``small_groups`` : {"raise", "nan", "zero"}
    What to do with a group too small for the objective: ``"raise"`` (default), or answer ``"nan"``, or
    ``"zero"`` so that the group contributes nothing to a gradient. Where zero would be taken for a value,
    ``"zero"`` is refused: a group without a value has no value.
``nan_policy`` : {"raise", "propagate", "omit"}
    What to do with a NaN or infinite reward, or a NaN score: ``"raise"`` (default), or ``"propagate"``: all
    of its group's answers are NaN, and no other group's; or ``"omit"``: a NaN is left out, as if ``where``
    were False there, and infinity is refused, for it is not missing.
``by`` : array of the rewards' shape, optional
    A score for each reward: samples are **selected** by it and valued by the reward, as in best-of-N by a
    reward model that a verifier judges. Real numbers of any dtype; nothing but their order matters, and
    infinities are ordered as well. Equal scores are answered as the mean over all of their orders, exactly.
    Where the scores are the rewards, the answer is what it is without them. Spec eqs. (75), (76).
``where`` : boolean array of the rewards' shape, optional
    Which rewards count. What does not is nobody's sibling, whatever stands there, NaN too: its advantage and
    weights are 0, its include-one and leave-one-out values NaN, and groups are as large as what remains, also
    for ``small_groups``; all else is the answer for the rewards that remain. Spec eq. (78).
``rounding`` : {"bounded", "correct"}
    ``"bounded"`` (default): within the bounds of spec section 9. ``"correct"``: the exact answer for these
    rewards, rounded once to the nearest float of the answer's dtype, ties to even; computed in rationals, at
    up to hundreds of times the cost. It needs exact rank weights, and NumPy arrays. Spec section 11.13.
``differentiable`` : bool, where a function takes it
    Whether the answers of PyTorch and JAX carry a gradient by the rewards; else they are constants, as an
    advantage in a policy gradient has to be. In a given order of the rewards they are linear in them, so
    that the derivative along a change of the rewards is the same function of that change, selected ``by`` the
    rewards. Where rewards tie it is the mean over all their orders, as of `pathwise_weights`; the second
    derivative is zero. Arrays that carry no gradient refuse it.

Answers are in the rewards' unit, but for pathwise weights, and where there is one for each reward it is in
its place. All functions raise
`UnknownObjectiveError` for a spelling that names no objective, `GroupTooSmallError` and
`NonFiniteRewardError` by the two policies, and `InvalidInputError` for any other wrong argument.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any, get_args

import array_api_compat as compat
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array, NanPolicy, Rounding, SmallGroups, Table
from ordergrad_ref.arrays import dispatch
from ordergrad_ref.arrays.compilers import opaque
from ordergrad_ref.arrays.groups import NAN_POLICIES, SMALL_GROUPS, one_of
from ordergrad_ref.arrays.samples import Beside
from ordergrad_ref.arrays.task import OnSamples, Task
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.closed_forms.group_sizes import NEVER_ZERO, needs_of
from ordergrad_ref.closed_forms.rounding import exactly
from ordergrad_ref.closed_forms.sums import Sums
from ordergrad_ref.errors import BiasedEstimatorWarning, InvalidInputError, shown
from ordergrad_ref.kernels.choice import sums_for
from ordergrad_ref.objectives import Objective, RealK
from ordergrad_ref.objectives import objective as as_objective
from ordergrad_ref.objectives.rounded_weights import has_rounded_weights

__all__ = [
    "advantage",
    "inclusion",
    "leave_one_out",
    "pathwise_weights",
    "score_weights",
    "value",
]

ROUNDINGS = get_args(Rounding)


@opaque
def value(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
    by: ArrayLike | None = None,
    where: ArrayLike | None = None,
    rounding: Rounding = "bounded",
) -> Any:
    """Estimate the objective without bias: the mean of ``T(S)`` over subsets of K of the N rewards.

    ``v = Σ_m w_m r_(m)``, ``w_m = (K/N) e_m^(N)``. Spec eqs. (17), (23); OrderGrad, arXiv 2606.06096.

    Needs ``N ≥ K``; ``small_groups="zero"`` is refused. Arguments and errors: see `ordergrad_ref.batch`.

    Returns
    -------
    (...) array, or (G,) array with groups
        A value for each group; with ``groups`` in the order of ``numpy.unique(groups)``.

    Examples
    --------
    >>> float(value([0.0, 1.0, 3.0], "mean@1"))
    1.3333333333333333
    >>> value([[0, 1, 3, 5], [2, 2, 2, 2]], "top(2)@4")
    array([4., 2.])
    """
    return _apply(
        gap_form.value, rewards, objective, groups, small_groups, nan_policy, Beside(by, where), rounding
    )


@opaque
def advantage(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
    by: ArrayLike | None = None,
    where: ArrayLike | None = None,
    rounding: Rounding = "bounded",
    differentiable: bool = False,
) -> Any:
    """Compute the canonical advantages ``A_i = q_i − v^(−i)``: unbiased, and zero on average in every group.

    ``A_(t+1) − A_(t) = (r_(t+1) − r_(t)) · N/(N−1) · e_t^(N−1)``, ``Σ_i A_i = 0``. Spec eqs. (20), (25);
    OrderGrad, arXiv 2606.06096. The gradient of the objective is ``(K/N) Σ_i A_i ∇log p(x_i)``: see
    `score_weights`.

    Needs ``N > K``. Arguments and errors: see `ordergrad_ref.batch`.

    Returns
    -------
    (..., N) array
        An advantage for each reward. Tied rewards get equal advantages.

    Raises
    ------
    GroupTooSmallError
        Where ``N ≤ K``: no centred unbiased estimator exists there for max@K (spec eq. (38)).

    Examples
    --------
    >>> advantage([0.0, 1.0, 3.0, 5.0], "max@2")
    array([-1.33333333, -1.33333333,  0.        ,  2.66666667])
    >>> advantage([0, 1, 1, 0, 1], "max@2", groups=["a", "b", "a", "a", "b"], small_groups="zero")
    array([-0.5,  0. ,  1. , -0.5,  0. ])
    >>> advantage([0.0, 3.0, 5.0, 1.0], "max@2", by=[1, 2, 3, 4])
    array([ 0.66666667,  0.66666667,  2.        , -3.33333333])
    >>> advantage([0.0, 1.0, math.nan, 3.0], "max@2", where=[True, True, False, True])
    array([-1., -1.,  0.,  2.])
    >>> advantage([0.1, 0.2, 0.3], "mean@1", rounding="correct").tolist()
    [-0.15, 1.3877787807814457e-17, 0.14999999999999997]
    """
    return _apply(
        gap_form.advantage,
        rewards,
        objective,
        groups,
        small_groups,
        nan_policy,
        Beside(by, where),
        rounding,
        differentiable,
    )


@opaque
def inclusion(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
    by: ArrayLike | None = None,
    where: ArrayLike | None = None,
    rounding: Rounding = "bounded",
    differentiable: bool = False,
) -> Any:
    """Compute the include-one values ``q_i``: the mean of ``T(S)`` over the subsets that contain ``i``.

    ``q_i = v + (N−K)/N · A_i``. Spec eqs. (18), (26); OrderGrad, arXiv 2606.06096.

    Needs ``N ≥ K``; ``small_groups="zero"`` is refused. Arguments and errors: see `ordergrad_ref.batch`.

    Returns
    -------
    (..., N) array
        An include-one value for each reward.

    Examples
    --------
    >>> inclusion([0.0, 1.0, 3.0], "max@2")
    array([2., 2., 3.])
    """
    return _apply(
        gap_form.inclusion,
        rewards,
        objective,
        groups,
        small_groups,
        nan_policy,
        Beside(by, where),
        rounding,
        differentiable,
    )


@opaque
def leave_one_out(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
    by: ArrayLike | None = None,
    where: ArrayLike | None = None,
    rounding: Rounding = "bounded",
    differentiable: bool = False,
) -> Any:
    """Compute the leave-one-out values ``v^(−i)``: the mean of ``T(S)`` over the subsets without ``i``.

    ``v^(−i) = v − (K/N) A_i``. Spec eqs. (19), (27); OrderGrad, arXiv 2606.06096.

    Needs ``N > K``; ``small_groups="zero"`` is refused. Arguments and errors: see `ordergrad_ref.batch`.

    Returns
    -------
    (..., N) array
        A leave-one-out value for each reward.

    Examples
    --------
    >>> leave_one_out([0.0, 1.0, 3.0], "max@2")
    array([3., 3., 1.])
    """
    return _apply(
        gap_form.leave_one_out,
        rewards,
        objective,
        groups,
        small_groups,
        nan_policy,
        Beside(by, where),
        rounding,
        differentiable,
    )


@opaque
def score_weights(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
    by: ArrayLike | None = None,
    where: ArrayLike | None = None,
    rounding: Rounding = "bounded",
    differentiable: bool = False,
    ratios: ArrayLike | None = None,
) -> Any:
    """Compute ``w_i`` such that ``Σ_i w_i ∇log p(x_i)`` is unbiased for the objective's gradient.

    ``w_i = (K/N) A_i``, the likelihood-ratio (score-function) estimator. Spec eq. (28); OrderGrad,
    arXiv 2606.06096.

    Needs ``N > K``. Arguments and errors: see `ordergrad_ref.batch`.

    Parameters
    ----------
    ratios : array of the rewards' shape, optional
        For samples of another policy μ: ``ρ_i = π(x_i)/μ(x_i)``. Then the weights are those of
        `ordergrad_ref.off_policy.score_weights`, unbiased for the objective of π, spec eq. (86). They have no
        baseline: with ratios of one they are ``(K/N) q_i``, and they need ``N ≥ K``. Only ``groups`` may
        stand beside them.

    Returns
    -------
    (..., N) array
        A weight for each reward; each group's weights sum to zero, but for those with ratios.

    Examples
    --------
    >>> score_weights([0.0, 1.0, 3.0, 4.0], "mean@2")
    array([-0.66666667, -0.33333333,  0.33333333,  0.66666667])
    >>> score_weights([0.0, 1.0, 3.0], "max@2", ratios=[1.0, 2.0, 0.5])
    array([1.16666667, 1.66666667, 1.5       ])
    """
    if ratios is not None:
        _refuse_beside_ratios(
            by=by is not None,
            where=where is not None,
            small_groups=small_groups != "raise",
            nan_policy=nan_policy != "raise",
            rounding=rounding != "bounded",
            differentiable=differentiable is not False,
        )
        from ordergrad_ref import off_policy

        return off_policy.score_weights(rewards, ratios, objective, groups=groups)
    return _apply(
        gap_form.score_weights,
        rewards,
        objective,
        groups,
        small_groups,
        nan_policy,
        Beside(by, where),
        rounding,
        differentiable,
    )


@opaque
def pathwise_weights(
    rewards: ArrayLike,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
    by: ArrayLike | None = None,
    where: ArrayLike | None = None,
    rounding: Rounding = "bounded",
) -> Any:
    """Compute ``w_i`` such that ``Σ_i w_i ∇R_i`` is unbiased where rewards are almost surely distinct.

    ``w_i = (K/N) e^(N)_{rank(i)}``, averaged over tied ranks: the pathwise (reparameterised) estimator.
    Spec eq. (29); OrderGrad, arXiv 2606.06096.

    Needs ``N ≥ K``. Arguments and errors: see `ordergrad_ref.batch`.

    Returns
    -------
    (..., N) array
        A weight for each reward, without unit. Each group's weights sum to ``Σ_j α_j``.

    Examples
    --------
    >>> pathwise_weights([3.0, 0.0, 1.0], "max@2")
    array([0.66666667, 0.        , 0.33333333])
    """
    return _apply(
        gap_form.pathwise_weights,
        rewards,
        objective,
        groups,
        small_groups,
        nan_policy,
        Beside(by, where),
        rounding,
    )


def _apply(
    formula: Callable[[Table, Objective, Sums], Array],
    rewards: ArrayLike,
    objective: Objective | str,
    groups: ArrayLike | None,
    small_groups: SmallGroups,
    nan_policy: NanPolicy,
    beside: Beside,
    rounding: Rounding,
    differentiable: bool = False,
) -> Any:
    if not isinstance(differentiable, bool):
        raise InvalidInputError(f"differentiable: expected True or False, got {shown(differentiable)}")
    one_of("rounding", rounding, ROUNDINGS)
    one_of("small_groups", small_groups, SMALL_GROUPS)
    one_of("nan_policy", nan_policy, NAN_POLICIES)
    make = _kept_task if isinstance(objective, str) else _task
    task = make(formula, objective, small_groups, nan_policy, rounding, differentiable)
    alpha = task.objective
    assert alpha is not None
    if task.exact:
        _refuse_correct(rewards, alpha)
    if isinstance(alpha, RealK):
        warnings.warn(
            f"{alpha}: from finitely many rewards no estimator is unbiased for a K that is not an integer; "
            "this one is consistent (spec eq. (16)). With known probabilities, og.population is exact",
            BiasedEstimatorWarning,
            stacklevel=4,
        )
    return dispatch.apply(task, rewards, groups, beside)


def _task(
    formula: Callable[[Table, Objective, Sums], Array],
    objective: Objective | str,
    small_groups: SmallGroups,
    nan_policy: NanPolicy,
    rounding: Rounding,
    differentiable: bool,
) -> Task:
    """Say what is to be done, whatever the rewards are."""
    alpha, quantity, correct = as_objective(objective), formula.__name__, rounding == "correct"

    def kernel(table: Table, scores: Table | None = None) -> Array:
        table = exactly(table) if correct else table
        return formula(table, alpha, sums_for(table, scores, downward=quantity == "leave_one_out"))

    def slope(table: Table, scores: Table | None = None) -> Table:
        return gap_form.pathwise_weights(table, alpha, sums_for(table, scores))

    def on_samples() -> OnSamples:
        from ordergrad_ref.closed_forms.segments import QUANTITIES

        return lambda s, weights: QUANTITIES[quantity](s, weights(alpha), alpha)

    return Task(
        name=quantity,
        kernel=kernel,
        needs=needs_of(quantity, alpha, small_groups),
        per_group=quantity == "value",
        takes_float32=True,
        any_library=True,
        exact=correct,
        by_gaps=quantity not in ("value", "pathwise_weights") and not correct,
        degree=0 if quantity == "pathwise_weights" else 1,
        small_groups=small_groups,
        nan_policy=nan_policy,
        slope=slope if quantity == "value" else None,
        of_left_out=math.nan if quantity in NEVER_ZERO else 0,
        objective=alpha,
        on_samples=on_samples,
        differentiable=differentiable,
    )


_kept_task = lru_cache(maxsize=256)(_task)
"""The same, kept for later calls, which spares those with few rewards a fifth of their time.

Only for objectives that are given as text: equal objects may have different names, and messages say the name.
"""


def _refuse_beside_ratios(**given: bool) -> None:
    """Refuse what `ordergrad_ref.off_policy` does not take, rather than drop it."""
    for name, is_given in given.items():
        if is_given:
            raise InvalidInputError(
                f"{name}: expected its default beside ratios, got another; only groups may stand there; "
                "drop what does not count before"
            )


def _refuse_correct(rewards: ArrayLike, objective: Objective) -> None:
    """Refuse what has no exact answer in rationals, and arrays that are not NumPy's."""
    if has_rounded_weights(objective):
        raise InvalidInputError(
            f"rounding: expected 'bounded' for {objective}, whose rank weights are computed in "
            "double precision, got 'correct'"
        )
    if compat.is_array_api_obj(rewards) and not compat.is_numpy_array(rewards):
        raise InvalidInputError(
            f"rounding: expected 'bounded' for a {type(rewards).__name__} of {type(rewards).__module__}, got "
            "'correct', which is computed in rationals; pass numpy.asarray(rewards)"
        )
