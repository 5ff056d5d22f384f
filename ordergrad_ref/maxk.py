"""Estimators of the literature, for max@K, pass@K and the mean: each as published, each with its contract.

Every estimator takes ``rewards`` of shape ``(..., N)``, or flat rewards with ``groups``, and answers in the
same shape and unit; dtypes, ``groups``, ``small_groups``, ``nan_policy``, ``where`` and errors are those of
`ordergrad_ref.batch`, and ``k`` is the size of the sets that are compared.
``scale="paper"`` (default) returns what the paper prints; ``scale="gradient"`` divides by the contract's
constant for the sum, so that ``Σ_i w_i ∇log p(x_i)`` is unbiased with no further constant; a biased estimator
has no such constant and refuses it. The contract is ``estimator.contract``, and `FAMILY` holds all of them.
"""

from __future__ import annotations

from fractions import Fraction
from operator import truediv
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array, NanPolicy, SmallGroups, Table
from ordergrad_ref.arrays import dispatch
from ordergrad_ref.arrays.compilers import opaque
from ordergrad_ref.arrays.counts import counts, refuse_larger
from ordergrad_ref.arrays.groups import one_of
from ordergrad_ref.arrays.samples import Beside
from ordergrad_ref.arrays.task import OnSamples, Task
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.closed_forms.group_sizes import needs_of
from ordergrad_ref.closed_forms.pass_rate import passing_sets
from ordergrad_ref.closed_forms.rounding import in_kind
from ordergrad_ref.contracts import Constant
from ordergrad_ref.errors import InvalidInputError, shown
from ordergrad_ref.kernels.choice import formulas_for, namespace, sums_for
from ordergrad_ref.objectives import LStatistic, maximum, mean
from ordergrad_ref.objectives.exact_numbers import LARGEST_K, integer
from ordergrad_ref.published import FAMILY, check_binary, published

__all__ = [
    "FAMILY",
    "canonical",
    "dr_grpo",
    "grpo",
    "maxpo",
    "maxrl",
    "maxrl_objective",
    "pass_at_k",
    "pkpo",
    "pkpo_loo",
    "pkpo_loo_minus_one",
    "rloo",
    "runner_up_gap",
    "subset_mean_baseline",
]

MOST_EXACT_FACTORS = 10_000
"""Factors of pass@k as an exact rational of counts, at most: it takes a second and has as many digits."""

ONE_OVER_K = Constant("1/K", lambda n, k: Fraction(1, k))
ONE_OVER_N = Constant("1/N", lambda n, k: Fraction(1, n))


@published(
    formula="(K/N) q_i",
    equation=39,
    source="PKPO, arXiv 2505.15201",
    target="max@K",
    objective=lambda n, k: maximum(k),
    constant=ONE_OVER_N,
    centred=False,
    shift_invariant=False,
    smallest_group=lambda k: k,
    domain="real",
    at_k1="x_i / N: no baseline",
    at_kn="every sample gets max(x)",
)
def pkpo(table: Table, k: int) -> Table:
    """PKPO without a baseline: ``s_i = (K/N) q_i``. Spec eq. (39); arXiv 2505.15201.

    Unbiased (``E[Σ s_i ∇log p(x_i)] = ∇J``), neither centred nor shift-invariant. Needs ``N ≥ K``.

    Examples
    --------
    >>> pkpo([0.0, 1.0, 3.0], 2)
    array([1.33333333, 1.33333333, 2.        ])
    """
    return gap_form.inclusion(table, maximum(k), sums_for(table)) * k / table.shape[-1]


@published(
    formula="(K/N) q_i − K/(N−1) v^(−i)",
    equation=40,
    source="PKPO, arXiv 2505.15201",
    target="max@K",
    objective=lambda n, k: maximum(k),
    constant=ONE_OVER_N,
    centred=False,
    shift_invariant=False,
    smallest_group=lambda k: k + 1,
    domain="real",
    at_k1="x_i / N − mean of the others / (N−1)",
    at_kn="undefined: no subset leaves i out",
)
def pkpo_loo(table: Table, k: int) -> Table:
    """PKPO's leave-one-out: ``(K/N) q_i − K/(N−1) v^(−i)``. Spec eq. (40); arXiv 2505.15201.

    Unbiased (``E[Σ s_i ∇log p(x_i)] = ∇J``). The two factors differ, so it is neither centred nor
    shift-invariant: all-equal rewards r give ``−K r / (N (N−1))``. Needs ``N > K``.

    Examples
    --------
    >>> pkpo_loo([1.0, 1.0, 1.0], 2)
    array([-0.33333333, -0.33333333, -0.33333333])
    """
    n = table.shape[-1]
    q = gap_form.inclusion(table, maximum(k), sums_for(table))
    baseline = gap_form.leave_one_out(table, maximum(k), sums_for(table))
    return q * k / n - baseline * k / (n - 1)


@published(
    formula="(K/N) (q_i − u_i^(K−1))",
    equation=42,
    source="PKPO, arXiv 2505.15201",
    target="max@K",
    objective=lambda n, k: maximum(k),
    constant=ONE_OVER_N,
    centred=False,
    shift_invariant=True,
    smallest_group=lambda k: k,
    domain="real",
    at_k1="x_i / N: no baseline, not shift-invariant",
    shift_invariant_from=2,
    at_kn="top minus runner-up on the argmax, 0 elsewhere",
)
def pkpo_loo_minus_one(table: Table, k: int) -> Table:
    """PKPO's leave-one-out-minus-one: ``(K/N) h_i``. Spec eqs. (41), (42); arXiv 2505.15201.

    ``h_i = q_i − u_i^(K−1)`` is the expected improvement of the maximum of ``K − 1`` others by ``x_i``:
    never negative, so never centred. Unbiased (``E[Σ s_i ∇log p(x_i)] = ∇J``), down to ``N = K``. For
    ``K ≥ 2`` it is, up to a factor, the one unbiased estimator that gives a lowest reward nothing: spec
    eq. (107).

    Examples
    --------
    >>> pkpo_loo_minus_one([0.0, 1.0, 3.0], 2)
    array([0.        , 0.33333333, 1.66666667])
    """
    return _improvement(table, k) * k / table.shape[-1]


@published(
    formula="h_i − Σ_{j≠i} h_j^(−i) / (N−1)",
    equation=43,
    source="MaxPO, arXiv 2606.06080",
    target="max@K",
    objective=lambda n, k: maximum(k),
    constant=ONE_OVER_K,
    centred=True,
    shift_invariant=True,
    smallest_group=lambda k: k + 1,
    domain="real",
    at_k1="RLOO",
    at_kn="undefined: no set of K−1 leaves two out",
)
def maxpo(table: Table, k: int) -> Table:
    """MaxPO's leave-two-out: ``h_i − 1/(N−1) Σ_{j≠i} h_j^(−i)``. Spec eqs. (43), (44); arXiv 2606.06080.

    ``h^(−i)`` is the improvement computed on the batch without ``i``. Removing the reward of rank r merges
    its two gaps, so that its baseline is a sum over the gaps below it and one over the gaps above it. In the
    difference gap t counts for the rewards above it and against those below it::

        A_(r) = Σ_{t<r} d_t c_t t/(N−1) − Σ_{t≥r} d_t c_t (N−t)/(N−1),   c_t = C(t−1, K−1)/C(N−2, K−1)

    since ``C(t, K−1)/C(N−1, K−1) − C(t, K−1)/C(N−2, K−1) · (N−1−t)/(N−1) = c_t t/(N−1)``.

    Unbiased with ``c = 1/K`` and centred, hence equal to `canonical` (spec eq. (38)). Needs ``N > K``.

    Examples
    --------
    >>> maxpo([0.0, 1.0, 3.0], 2)
    array([-1., -1.,  2.])
    """
    n = table.shape[-1]
    t = np.arange(1, n)
    c, steps = gap_form.elevated(n - 1, maximum(k), like=table), formulas_for(table)

    def leave_two_out(r: Table) -> Table:
        return steps.weighted_rise(r, c * t / (n - 1)) - steps.weighted_fall(r, c * (n - t) / (n - 1))

    return steps.by_rank(table, leave_two_out)


@published(
    formula="q_i − v^(−i)",
    equation=45,
    source="OrderGrad, arXiv 2606.06096",
    target="max@K",
    objective=lambda n, k: maximum(k),
    constant=ONE_OVER_K,
    centred=True,
    shift_invariant=True,
    smallest_group=lambda k: k + 1,
    domain="real",
    at_k1="RLOO",
    at_kn="undefined: no subset leaves i out",
)
def canonical(table: Table, k: int) -> Table:
    """Take the canonical advantage of max@K: ``q_i − v^(−i)``. Spec eq. (45); arXiv 2606.06096.

    The one advantage that is unbiased (``c = 1/K``) and centred. Needs ``N > K``. For any other
    objective: `ordergrad_ref.advantage`.

    Examples
    --------
    >>> canonical([0.0, 1.0, 3.0], 2)
    array([-1., -1.,  2.])
    """
    return gap_form.advantage(table, maximum(k), sums_for(table))


@published(
    formula="q_i − v",
    equation=46,
    source="the subset mean as a baseline",
    target="max@K",
    objective=lambda n, k: maximum(k),
    constant=Constant("(N−K)/(N K)", lambda n, k: Fraction(n - k, n * k)),
    centred=True,
    shift_invariant=True,
    smallest_group=lambda k: k,
    domain="real",
    at_k1="Dr. GRPO",
    at_kn="0 for every sample: no signal",
)
def subset_mean_baseline(table: Table, k: int) -> Table:
    """Use the value as the baseline: ``q_i − v = (N−K)/N · A_i``. Spec eq. (46).

    Centred, and unbiased up to ``c = (N−K)/(N K)``: the nearer K comes to N, the less is left of it, and
    at ``K = N`` it is zero for every sample. Needs ``N ≥ K``.

    Examples
    --------
    >>> subset_mean_baseline([0.0, 1.0, 3.0], 2)
    array([-0.33333333, -0.33333333,  0.66666667])
    """
    n = table.shape[-1]
    if n == k:
        return table - table
    return gap_form.advantage(table, maximum(k), sums_for(table)) * (n - k) / n


@published(
    formula="x_i − mean of the others",
    equation=47,
    source="RLOO, arXiv 2402.14740",
    target="mean",
    objective=lambda n, k: mean(1),
    constant=Constant("1", lambda n, k: Fraction(1)),
    centred=True,
    shift_invariant=True,
    smallest_group=lambda k: 2,
    domain="real",
    at_k1="the canonical advantage of the mean",
    at_kn="takes no K",
)
def rloo(table: Table) -> Table:
    """REINFORCE leave-one-out: ``x_i − mean_{j≠i} x_j``. Spec eq. (47); arXiv 2402.14740.

    For the mean reward: the canonical advantage at ``K = 1``, unbiased with ``c = 1``, centred.
    Needs ``N ≥ 2``.

    Examples
    --------
    >>> rloo([0.0, 1.0, 5.0])
    array([-3. , -1.5,  4.5])
    """
    n = table.shape[-1]
    return _deviation(table) * n / (n - 1)


@published(
    formula="x_i − mean",
    equation=48,
    source="Dr. GRPO, arXiv 2503.20783",
    target="mean",
    objective=lambda n, k: mean(1),
    constant=Constant("(N−1)/N", lambda n, k: Fraction(n - 1, n)),
    centred=True,
    shift_invariant=True,
    smallest_group=lambda k: 2,
    domain="real",
    at_k1="(N−1)/N times RLOO",
    at_kn="takes no K",
)
def dr_grpo(table: Table) -> Table:
    """Dr. GRPO: ``x_i − mean(x)``. Spec eq. (48); arXiv 2503.20783.

    For the mean reward: unbiased up to ``c = (N−1)/N``, centred. Needs ``N ≥ 2``.

    Examples
    --------
    >>> dr_grpo([0.0, 1.0, 5.0])
    array([-2., -1.,  3.])
    """
    return _deviation(table)


@published(
    formula="(x_i − mean) / std",
    equation=49,
    source="GRPO, arXiv 2402.03300",
    target="mean",
    objective=lambda n, k: mean(1),
    constant=None,
    centred=True,
    shift_invariant=True,
    smallest_group=lambda k: 2,
    domain="real",
    at_k1="biased",
    at_kn="takes no K",
)
def grpo(table: Table) -> Table:
    """GRPO: ``(x_i − mean) / std``, zero where all rewards are equal. Spec eq. (49); arXiv 2402.03300.

    The standard deviation has the divisor ``N − 1`` and no epsilon is added. Centred; biased for the mean,
    because each batch is divided by its own spread. Needs ``N ≥ 2`` and floats.

    Examples
    --------
    >>> grpo([0.0, 0.0, 3.0])
    array([-0.57735027, -0.57735027,  1.15470054])
    """
    if table.dtype == object:
        raise InvalidInputError("rewards: expected floats, for grpo takes a square root, got exact rationals")
    xp, deviation = namespace(table), _deviation(table)
    largest = xp.max(abs(deviation), axis=-1, keepdims=True)
    z = deviation / xp.where(largest == 0, 1.0, largest)
    std = xp.sqrt(xp.sum(z * z, axis=-1, keepdims=True) / (table.shape[-1] - 1))
    return z / xp.where(std == 0, 1.0, std)


@published(
    formula="max − runner-up on the argmax, else 0",
    equation=50,
    source="group pass@K, arXiv 2503.19595",
    target="max@N",
    objective=lambda n, k: maximum(n),
    constant=ONE_OVER_N,
    centred=False,
    shift_invariant=True,
    smallest_group=lambda k: 2,
    domain="real",
    at_k1="takes no K: its K is N",
    at_kn="PKPO's leave-one-out-minus-one",
)
def runner_up_gap(table: Table) -> Table:
    """Top minus runner-up on the argmax, zero elsewhere. Spec eq. (50); arXiv 2503.19595.

    PKPO's leave-one-out-minus-one at ``K = N``: unbiased for max@N (``E[Σ A_i ∇log p(x_i)] = ∇J``) and for
    no smaller K; not centred. Needs ``N ≥ 2``.

    Examples
    --------
    >>> runner_up_gap([0.0, 1.0, 3.0])
    array([0., 0., 2.])
    """
    steps = formulas_for(table)
    on_top = np.append(np.zeros(table.shape[-1] - 2, dtype=int), 1)
    return steps.by_rank(table, lambda r: steps.weighted_rise(r, on_top))


@published(
    formula="(x_i − mean) / mean",
    equation=51,
    source="MaxRL, arXiv 2602.02710",
    target="Σ_{k<N} pass@k / k",
    objective=lambda n, k: maxrl_objective(n),
    constant=Constant("1", lambda n, k: Fraction(1)),
    centred=True,
    shift_invariant=False,
    smallest_group=lambda k: 2,
    domain="binary",
    at_k1="takes no K",
    at_kn="takes no K",
)
def maxrl(table: Table) -> Table:
    """MaxRL on rewards 0 and 1: ``(x_i − mean) / mean``, 0 without success. Spec eq. (51); arXiv 2602.02710.

    Centred, and unbiased with ``c = 1`` for ``Σ_{k=1}^{N−1} pass@k / k`` (spec eq. (52)), not up to N.
    Needs ``N ≥ 2``.

    Examples
    --------
    >>> maxrl([0, 0, 1, 1])
    array([-1., -1.,  1.,  1.])
    """
    success_rate = namespace(table).sum(table, axis=-1, keepdims=True) / table.shape[-1]
    one = in_kind(Fraction(1), table)
    return _deviation(table) / namespace(table).where(success_rate == 0, one, success_rate)


def maxrl_objective(n: int) -> LStatistic:
    """Build MaxRL's objective for groups of n, ``Σ_{k=1}^{n−1} max@k / k``, as one L-statistic of K = n − 1.

    Each max@k elevated to the common K has the weights ``C(t−1, k−1)/C(n−2, k−1) · k/(n−1)``, and over k they
    add up to ``α_t = 1/(n−t)``. Spec eq. (52); on binary rewards ``max@k`` is pass@k.

    Parameters
    ----------
    n : int
        Group size, at least 2.

    Returns
    -------
    LStatistic

    Examples
    --------
    >>> maxrl_objective(3)
    LStatistic([Fraction(1, 2), 1])
    """
    n = integer(n, "n", 2, LARGEST_K + 1, f"2 <= n <= {LARGEST_K + 1}")
    return LStatistic([Fraction(1, n - t) for t in range(1, n)])


@opaque
def pass_at_k(
    rewards: ArrayLike | None = None,
    k: Any = None,
    *,
    n: ArrayLike | None = None,
    successes: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
    where: ArrayLike | None = None,
) -> Any:
    """Estimate pass@k without bias: ``1 − C(N−s, K)/C(N, K)`` for s successes among N. Spec eq. (53).

    The value of max@K on rewards 0 and 1, or booleans; all else as for `ordergrad_ref.value`. Needs
    ``N ≥ K``. Instead of rewards it takes their counts, which have no size limit but `N ≤ 10⁹`: the answer is
    the float64 that is nearest to the exact one. Chen et al., arXiv 2107.03374.

    Parameters
    ----------
    rewards : (..., N) array, or (M,) with ``groups``, optional
        Rewards 0 and 1; leave them out where counts are given.
    k : int, or with counts an array of integers
        The size K of the sets that are compared.
    n, successes : arrays of integers, optional
        How many samples each group has, and how many of them succeeded; with ``k`` they are broadcast.
    groups, small_groups, nan_policy, where
        As for `ordergrad_ref.value`. Beside counts ``small_groups="nan"`` answers NaN where ``k > n``, and
        the others have no meaning.

    Returns
    -------
    (...) array, or (G,) array with groups
        An estimate for each group. Of counts a NumPy array of float64, in the shape to which they broadcast;
        of counts in an object array, or as ``Fraction``, exact rationals.

    Raises
    ------
    InvalidInputError
        Where a reward is neither 0 nor 1, or a count is negative or no integer, or ``successes > n``, or
        ``k > n`` without ``small_groups="nan"``, or rewards and counts are both given, beside what
        `ordergrad_ref.value` raises.

    Examples
    --------
    >>> float(pass_at_k([0, 0, 0, 1], 2))
    0.5
    >>> pass_at_k(n=4, successes=[0, 1, 4], k=2)
    array([0. , 0.5, 1. ])
    >>> pass_at_k(n=[[10], [1000000]], successes=[[1], [1]], k=[1, 8])
    array([[1.e-01, 8.e-01],
           [1.e-06, 8.e-06]])
    """
    if k is None:
        raise InvalidInputError("k: expected the size of the comparison sets, got none")
    if n is not None or successes is not None:
        return _pass_at_k_of_counts(rewards, n, successes, k, groups, where, small_groups)
    if rewards is None:
        raise InvalidInputError("rewards: expected rewards 0 and 1, or counts as n and successes, got none")
    alpha = maximum(k)

    def kernel(table: Table) -> Array:
        table = check_binary(table, "pass_at_k")
        return gap_form.value(table, alpha, sums_for(table))

    def on_samples() -> OnSamples:
        from ordergrad_ref.closed_forms import segment_family, segments

        return lambda s, weights: segment_family.binary(s, segments.value(s, weights(alpha), alpha))

    task = Task(
        name="pass_at_k",
        kernel=kernel,
        needs=needs_of("value", alpha, small_groups),
        per_group=True,
        takes_float32=True,
        any_library=True,
        small_groups=small_groups,
        nan_policy=nan_policy,
        on_samples=on_samples,
    )
    return dispatch.apply(task, rewards, groups, Beside(where=where))


def _pass_at_k_of_counts(
    rewards: ArrayLike | None,
    n: ArrayLike | None,
    successes: ArrayLike | None,
    k: ArrayLike,
    groups: Any,
    where: Any,
    small_groups: SmallGroups,
) -> Any:
    one_of("small_groups", small_groups, ("raise", "nan"))
    if n is None or successes is None:
        raise InvalidInputError("n and successes: expected both or none, got one of them")
    for name, given in (("rewards", rewards), ("groups", groups), ("where", where)):
        if given is not None:
            raise InvalidInputError(f"{name}: expected none beside counts, got {shown(given)}")
    of, passed, size = counts("n", n, 1), counts("successes", successes, 0), counts("k", k, 1)
    try:
        of, passed, size = np.broadcast_arrays(of, passed, size)
    except ValueError:
        raise InvalidInputError(
            "n, successes, k: expected shapes that broadcast, "
            f"got {of.shape}, {passed.shape} and {size.shape}"
        ) from None
    refuse_larger("successes", passed, "n", of)
    small = np.asarray(size > of, dtype=bool)
    if small_groups == "raise":
        refuse_larger("k", size, "n", of)
    size = np.where(small, of, size)
    exact = any(np.asarray(given).dtype == object for given in (n, successes, k))
    factors = max(map(min, passed.flat, size.flat), default=0)
    if exact and small.any():
        raise InvalidInputError(
            "small_groups: expected 'raise' for exact rationals, got 'nan', which they have not"
        )
    if exact and factors > MOST_EXACT_FACTORS:
        raise InvalidInputError(
            f"successes, k: expected one of them to be at most {MOST_EXACT_FACTORS} for an exact rational, "
            f"got {factors}; pass arrays of integers for floats"
        )
    quotient = Fraction if exact else truediv
    sizes = zip(of.flat, passed.flat, size.flat, strict=True)
    answers = [quotient(*passing_sets(*each, exact=exact)) for each in sizes]
    if exact:
        return np.array(answers, dtype=object).reshape(of.shape)[()]
    return np.where(small, np.nan, np.array(answers, dtype=np.float64).reshape(of.shape))[()]


def _improvement(table: Table, k: int) -> Table:
    """``h_(r) = Σ_{t<r} d_t C(t, K−1)/C(N−1, K−1)``, and ``x_i`` itself at ``K = 1``. Spec eq. (41)."""
    if k == 1:
        return table
    steps = formulas_for(table)
    return steps.by_rank(table, lambda r: steps.weighted_rise(r, _improvement_weights(r, k)))


def _improvement_weights(r: Table, k: int) -> Table:
    return gap_form.elevated(r.shape[-1], maximum(k), like=r)[1:]


def _deviation(table: Table) -> Table:
    """``x_i − mean``, from gaps: all-equal rewards give exactly zero."""
    return formulas_for(table).centred_rise(table, np.ones(1, dtype=int))
