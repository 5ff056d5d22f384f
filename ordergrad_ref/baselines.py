"""Baselines that aim at the least variance: the optimal one, which knows the policy, and its estimate.

An advantage is unbiased with ``c = 1/K`` if and only if it is ``q_i − B(x_−i)``: a baseline may depend on the
other samples alone (spec eq. (37)). The part ``(1/N) E[A_1² σ²]`` of the variance, all that several actions
with the same reward add (spec eq. (71)), is least for ``B = E_x q(x; x_−i)``, where a new sample x takes the
place of ``x_i`` (spec eq. (90), for equal σ²). `optimal` computes it for a known distribution; `plug_in` puts
the others' own distribution in. Both are advantages with ``c = 1/K``, shift-invariant, and not centred
(`plug_in` at ``K = 1`` alone is).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array, NanPolicy, SmallGroups, Table
from ordergrad_ref.arrays import dispatch
from ordergrad_ref.arrays.distributions import one_distribution
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.closed_forms import sums as plain
from ordergrad_ref.closed_forms.group_sizes import Needs
from ordergrad_ref.contracts import Constant, Contract
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic, maximum
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["optimal", "plug_in"]


def optimal(
    rewards: ArrayLike,
    objective: LStatistic | str,
    values: ArrayLike,
    probabilities: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
) -> Any:
    """Subtract the expected include-one value of a new sample in i's place: the oracle. Spec eq. (90).

    ``A*_i = q_i − E_x q(x; x_−i) = Σ_t d_t ([x_i > t] − (1 − F_t)) e_(c_t + 1)^(N)``, the sum over the
    boundaries t between the values, ``c_t`` the number of the other samples at or below t. Of all baselines
    that depend on the others alone it has the least ``E[A_1²]``. For pass@K it is
    ``(1 − u_i^(K−1)) (x_i − π)``.

    Parameters
    ----------
    rewards : (..., N) array
        The batch, and with ``groups`` flat: as for `ordergrad_ref.advantage`. Each is one of the values.
    objective : LStatistic or str
        The objective, or its spelling; needs ``N ≥ K``.
    values, probabilities : (m,) arrays
        The distribution that the rewards come from.
    groups, small_groups, nan_policy
        As for `ordergrad_ref.advantage`.

    Returns
    -------
    (..., N) array
        An advantage for each reward; unbiased with ``c = 1/K``, not centred.

    Raises
    ------
    InvalidInputError
        Where a reward is none of the values, beside what `ordergrad_ref.advantage` raises.

    Examples
    --------
    >>> optimal([0.0, 0.0, 1.0], "max@2", values=[0.0, 1.0], probabilities=[0.75, 0.25])
    array([-0.125, -0.125,  0.75 ])
    """
    alpha = as_objective(objective)
    atoms, chances = one_distribution(values, probabilities, names=("values", "probabilities"))
    v, place = np.unique(atoms, return_inverse=True)
    p = np.array([chances[place == b].sum() for b in range(len(v))], dtype=chances.dtype)

    def kernel(table: Table) -> Table:
        known = v if v.dtype == table.dtype else v.astype(table.dtype)
        atom = np.minimum(np.searchsorted(known, table), len(v) - 1)
        strange = table[known[atom] != table]
        if strange.size:
            raise InvalidInputError(
                f"rewards: expected only the {len(v)} given values, got {strange[0]}, which is none of them"
            )
        e = gap_form.elevated(table.shape[-1], alpha, like=table)
        advantages = table - table
        for t in range(1, len(v)):
            low = atom < t
            others = low.sum(axis=-1, keepdims=True) - low
            above = p[t:].sum()
            advantages = advantages + (known[t] - known[t - 1]) * e[others] * (np.where(low, 0, 1) - above)
        return advantages

    return _apply("optimal", kernel, alpha, rewards, groups, small_groups, nan_policy, least=1)


def plug_in(
    rewards: ArrayLike,
    objective: LStatistic | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    nan_policy: NanPolicy = "raise",
) -> Any:
    """Use the mean include-one value of the others, each put in i's place, as the baseline. Spec eq. (91).

    ``A_i = q_i − 1/(N−1) Σ_{j≠i} q(x_j; x_−i)``: eq. (90) with the others' own distribution. At ``K = 1`` it
    is RLOO.

    Arguments and errors: see `ordergrad_ref.advantage`; needs ``N ≥ max(K, 2)``.

    Returns
    -------
    (..., N) array
        An advantage for each reward; unbiased with ``c = 1/K``, centred at ``K = 1`` alone.

    Examples
    --------
    >>> plug_in([0.0, 0.0, 1.0], "max@2")
    array([-0.25, -0.25,  1.  ])
    """
    alpha = as_objective(objective)

    def kernel(table: Table) -> Table:
        n = table.shape[-1]
        e, t = gap_form.elevated(n, alpha, like=table), np.arange(1, n)

        def by_rank(r: Table) -> Table:
            lower = plain.weighted_rise(r, e[1:] * t / (n - 1))
            upper = plain.weighted_rise(-r[..., ::-1], (e[:-1] * (n - t) / (n - 1))[::-1])[..., ::-1]
            return lower - upper

        return plain.by_rank(table, by_rank)

    return _apply("plug_in", kernel, alpha, rewards, groups, small_groups, nan_policy, least=2)


def _apply(
    name: str,
    kernel: Callable[[Table], Array],
    objective: Any,
    rewards: ArrayLike,
    groups: ArrayLike | None,
    small_groups: SmallGroups,
    nan_policy: NanPolicy,
    least: int,
) -> Any:
    if not isinstance(objective, LStatistic):
        raise InvalidInputError(f"objective: expected an integer K, got {objective}")
    needed = max(objective.k, least)
    task = Task(
        name=name,
        kernel=kernel,
        needs=Needs(needed, lambda n: f"has N = {n}; {name} of K = {objective.k} needs N ≥ {needed}"),
        small_groups=small_groups,
        nan_policy=nan_policy,
    )
    return dispatch.apply(task, rewards, groups)


def _contract(name: str, formula: str, equation: int, least: int) -> Contract:
    return Contract(
        name=name,
        formula=formula,
        equation=equation,
        source="this specification",
        target="max@K, and any other objective of K",
        objective=lambda n, k: maximum(k),
        constant=Constant("1/K", lambda n, k: Fraction(1, k)),
        centred=False,
        shift_invariant=True,
        smallest_group=lambda k: max(k, least),
        domain="real",
        at_k1="x_i − E x" if name == "optimal" else "RLOO",
        at_kn="defined, as nothing is left out but i",
    )


vars(optimal).update(contract=_contract("optimal", "q_i − E_x q(x; x_−i)", 90, 1))
vars(plug_in).update(contract=_contract("plug_in", "q_i − Σ_{j≠i} q(x_j; x_−i)/(N−1)", 91, 2))
