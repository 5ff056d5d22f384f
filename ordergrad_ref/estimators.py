"""Estimators of the literature beside those of `ordergrad_ref.maxk`, each with its contract.

They take the arguments of `ordergrad_ref.maxk`, and `NAMED` holds both families: what an audit knows by name.
"""

from collections import ChainMap
from fractions import Fraction

from ordergrad_ref._types import Table
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.contracts import Constant
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.kernels.choice import namespace, sums_for
from ordergrad_ref.maxk import FAMILY, maxrl_objective
from ordergrad_ref.objectives import maximum, minimum
from ordergrad_ref.published import Estimator, published

__all__ = ["BEYOND", "NAMED", "pass_at_k_training", "rlbon", "vr_cond"]

BEYOND: dict[str, Estimator] = {}
"""The estimators of this module by name.

:meta hide-value:
"""

NAMED: ChainMap[str, Estimator] = ChainMap(BEYOND, FAMILY)
"""Every published estimator by name; one goes through the max@K family first.

:meta hide-value:
"""


@published(
    family=BEYOND,
    formula="v − v^(−i)",
    equation=106,
    source="RLBoN, of which no text with a formula was found",
    target="max@K",
    objective=lambda n, k: maximum(k),
    constant=Constant("1/N", lambda n, k: Fraction(1, n)),
    centred=True,
    shift_invariant=True,
    smallest_group=lambda k: k + 1,
    domain="real",
    at_k1="RLOO / N",
    at_kn="undefined: no subset leaves i out",
)
def rlbon(table: Table, k: int) -> Table:
    """Credit each sample with what it adds to the batch's value: ``v − v^(−i) = (K/N) A_i``. Spec eq. (106).

    The score weights of max@K: unbiased (``E[Σ A_i ∇log p(x_i)] = ∇J``) and centred. Needs ``N > K``.

    Examples
    --------
    >>> rlbon([0.0, 1.0, 3.0], 2)
    array([-0.66666667, -0.66666667,  1.33333333])
    """
    return gap_form.score_weights(table, maximum(k), sums_for(table))


@published(
    family=BEYOND,
    formula="(q_i − v) / √(v (1 − v))",
    equation=83,
    source="pass@k training, arXiv 2508.10751",
    target="max@K",
    objective=lambda n, k: maximum(k),
    constant=None,
    centred=True,
    shift_invariant=False,
    smallest_group=lambda k: k,
    domain="binary",
    at_k1="GRPO with the divisor N in its variance",
    at_kn="0 for every sample: no signal",
    exception=lambda n, k: Fraction(n - k, k**3) if k == n - 1 or (n, k) == (3, 1) else None,
)
def pass_at_k_training(table: Table, k: int) -> Table:
    """Divide the advantages of pass@K by the deviation of a set: ``(q_i − v)/√(v (1 − v))``. Spec eq. (83).

    Pass@k training's analytic form, arXiv 2508.10751, without the epsilon of its code; zero where ``v`` is 0
    or 1. Centred; biased, because each batch is divided by its own spread, but for ``K = N − 1`` and for
    ``N = 3``, ``K = 1``: there ``c = √((N−K)/K³)``, and ``scale="gradient"`` is answered. Without the divisor
    it is `ordergrad_ref.maxk.subset_mean_baseline`. Needs ``N ≥ K`` and floats.

    Examples
    --------
    >>> pass_at_k_training([0, 0, 1, 1, 1], 2)
    array([-0.5       , -0.5       ,  0.33333333,  0.33333333,  0.33333333])
    """
    if table.dtype == object:
        raise InvalidInputError(
            "rewards: expected floats, for pass_at_k_training takes a square root, got exact rationals"
        )
    n, alpha = table.shape[-1], maximum(k)
    if n == k:
        return table - table
    sums = sums_for(table)
    passed = gap_form.value(table, alpha, sums)[..., None]
    failed = gap_form.value(1 - table, minimum(k), sums)[..., None]  # 1 − v, without cancellation
    xp = namespace(table)
    spread = xp.sqrt(passed * failed)
    deviation = gap_form.advantage(table, alpha, sums) * (n - k) / n
    return deviation / xp.where(spread == 0, 1.0, spread)


@published(
    family=BEYOND,
    formula="(x_i/x̄ − 1) / N, and −1/N without success",
    equation=84,
    source="the code of MaxRL, arXiv 2602.02710",
    target="Σ_{k≤N} pass@k / k",
    objective=lambda n, k: maxrl_objective(n + 1),
    constant=Constant("1/N", lambda n, k: Fraction(1, n)),
    centred=False,
    shift_invariant=False,
    smallest_group=lambda k: 2,
    domain="binary",
    at_k1="takes no K",
    at_kn="takes no K",
)
def vr_cond(table: Table) -> Table:
    """Average over the successes, less a constant: ``(x_i/x̄ − 1)/N``, ``−1/N`` without one. Spec eq. (84).

    ``VR_COND`` in the code of MaxRL, arXiv 2602.02710. Unbiased (``E[Σ A_i ∇log p(x_i)] = ∇J``) for
    ``Σ_{k=1}^{N} pass@k / k``, up to N where MaxRL ends at ``N − 1``, and centred but where nothing succeeds.
    Needs ``N ≥ 2``.

    Examples
    --------
    >>> vr_cond([0, 0, 1, 1])
    array([-0.25, -0.25,  0.25,  0.25])
    >>> vr_cond([0, 0])
    array([-0.5, -0.5])
    """
    xp, n = namespace(table), table.shape[-1]
    successes = xp.sum(table, axis=-1, keepdims=True)
    return (table * n / xp.where(successes == 0, 1, successes) - 1) / n
