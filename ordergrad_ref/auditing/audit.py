"""Judge a function: does it estimate the objective's gradient without bias, and which laws does it keep."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from operator import index
from typing import Any

import numpy as np

from ordergrad_ref.auditing.report import Report
from ordergrad_ref.auditing.steps import Inquiry
from ordergrad_ref.contracts import of as contract_of
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import LStatistic, RealK
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["audit"]

VALUES = (0, 1, 4, 6)
BINARY = (0, 1)


def audit(
    function: Callable[..., Any],
    objective: LStatistic | RealK | str,
    n: int = 8,
    values: Sequence[float | Fraction] | None = None,
    *,
    full: bool = False,
) -> Report:
    """Judge a function from rewards to advantages.

    Bias is decided for every distribution on ``values`` at once, by the function's answers on all multisets
    of n of them: spec eqs. (37), (56). A biased function is told what it is unbiased for instead, if
    anything: spec eqs. (60), (61). The laws, spec eq. (62), are checked on those batches and on random ones.
    Two numbers agree where they differ by at most ``√u`` of the largest advantage on the batches at hand, u
    the unit roundoff of the dtype returned: spec eq. (55).

    Parameters
    ----------
    function : callable
        Takes rewards ``(N,)`` or ``(G, N)``, found out by trying, and returns as many advantages. A
        parameter named ``k`` or ``K`` is given the objective's K, one named ``objective`` the objective.
    objective : LStatistic or str
        The objective whose gradient ``(1/N) Σ_i A_i ∇log p(x_i)`` should estimate.
    n : int
        Group size N, at least K.
    values : sequence of numbers, optional
        The reward values to enumerate, exactly representable; ``(0, 1, 4, 6)`` by default, whose
        differences are all distinct, or ``(0, 1)`` where the function's contract says binary. With values
        given, the function is called on no others (but for shifts and multiples of them).
    full : bool
        Also call it at other N and K, and on other problems: the constant as a formula (spec eq. (63)),
        exact variances (spec eqs. (65), (66)), dtypes, large offsets and large groups, edge sizes.

    Returns
    -------
    Report
        ``.unbiased``, ``.constant``, ``.centred``, ``.shift_invariant``, ``.permutation_equivariant``,
        ``.tie_consistent``, ``.counterexample``, ``.estimand``, ``.lookalikes``, ``.findings``, ``.table()``,
        ``.to_json()``. After an interrupt (Ctrl-C) it holds what was found until then.

    Raises
    ------
    TargetError
        Where the function raises, returns another shape or NaN, changes its input, answers differently each
        time, or lets the groups of a table depend on each other.
    InvalidInputError
        Where n, the objective or the values make no audit.

    Examples
    --------
    >>> report = audit(lambda x: x - x.mean(), "mean@1", n=4)
    >>> report.unbiased, report.constant, report.centred
    (True, Fraction(3, 4), True)
    >>> print(audit(lambda x: x - x.mean(), "max@2", n=4).estimand.name)
    mean@1
    """
    alpha = _integer_objective(objective)
    n = _group_size(n, alpha)
    contract = contract_of(function)
    binary = contract is not None and contract.domain == "binary"
    support = _support(values if values is not None else (BINARY if binary else VALUES))
    return Inquiry(function, alpha, n, support, only_these=values is not None or binary, full=full).report()


def _integer_objective(objective: LStatistic | RealK | str) -> LStatistic:
    alpha = as_objective(objective)
    if not isinstance(alpha, LStatistic):
        raise InvalidInputError(
            f"objective: {alpha} has no unbiased estimator from finitely many rewards (spec eq. (16)); "
            "expected an integer K"
        )
    return alpha


def _group_size(n: int, alpha: LStatistic) -> int:
    try:
        n = index(n)
    except TypeError:
        raise InvalidInputError(f"n: expected an integer group size, got {n!r}") from None
    if n < alpha.k:
        raise InvalidInputError(f"n: expected at least K = {alpha.k} rewards a group for {alpha}, got {n}")
    return n


def _support(values: Sequence[float | Fraction]) -> tuple[Fraction, ...]:
    try:
        exact = tuple(sorted({Fraction(v.item() if isinstance(v, np.generic) else v) for v in values}))
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError(f"values: expected finite numbers, got {values!r} ({error})") from None
    if len(exact) < 2:
        raise InvalidInputError(f"values: expected at least two distinct rewards, got {values!r}")
    for v in exact:
        if not _is_float(v):
            raise InvalidInputError(f"values: expected numbers that floats represent exactly, got {v}")
    return exact


def _is_float(v: Fraction) -> bool:
    try:
        return Fraction(float(v)) == v
    except OverflowError:
        return False
