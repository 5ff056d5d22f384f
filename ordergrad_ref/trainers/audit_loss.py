"""Judge a loss for every policy, without a model: the weights that it puts on log-probabilities decide."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from math import isclose
from operator import index
from typing import Any

import numpy as np

from ordergrad_ref._progress import Bar
from ordergrad_ref._types import Floats
from ordergrad_ref.agreement import tolerance
from ordergrad_ref.auditing.decisions.estimand import respelt
from ordergrad_ref.batch import score_weights
from ordergrad_ref.errors import InvalidInputError, TargetError, shown
from ordergrad_ref.maxk import FAMILY
from ordergrad_ref.objectives import LStatistic, RealK
from ordergrad_ref.objectives import objective as as_objective
from ordergrad_ref.targets.parameters import name_of
from ordergrad_ref.targets.target import Target
from ordergrad_ref.trainers.cause import cause
from ordergrad_ref.trainers.causes import causes_of
from ordergrad_ref.trainers.characterisation import judged
from ordergrad_ref.trainers.formula import constant_formula
from ordergrad_ref.trainers.kl_terms import kl_note
from ordergrad_ref.trainers.length_causes import LONGEST, judged_long
from ordergrad_ref.trainers.loss_arguments import LossRole, roles_of
from ordergrad_ref.trainers.loss_causes import away_from, own_log_prob_counts
from ordergrad_ref.trainers.loss_policies import CLEAR, at_policy, smallest_policy
from ordergrad_ref.trainers.loss_weights import SEED, LibraryOfLoss, LossWeights
from ordergrad_ref.trainers.off_policy_causes import off_policy_causes
from ordergrad_ref.trainers.report import TrainerReport
from ordergrad_ref.trainers.samples import FEW, TYPES, gathered, samples_of

__all__ = ["advantages_of", "audit_loss", "checked_objective"]


def audit_loss(
    loss: Callable[..., Any],
    objective: LStatistic | str,
    n: int = 4,
    *,
    advantages: Callable[..., Any] | str | None = None,
    types: Sequence[tuple[Any, int]] | None = None,
    arguments: Mapping[str, str] | None = None,
    library: LibraryOfLoss | None = None,
) -> TrainerReport:
    """Judge a loss: whether its expected gradient is ∇J up to a constant, for every policy.

    At the policy that sampled, minus the gradient of a loss is ``Σ_i Σ_t w_it ∇log π(y_it | y_i,<t)``, and
    one backward pass on dummy log-probabilities gives the weights w. Spec eq. (98) decides by finitely many
    batches of *types*, a reward and a length each, whether they follow ∇J. No model is needed.

    Parameters
    ----------
    loss : callable
        Takes log-probabilities ``(N, T)``, those of the old and of a reference policy, advantages ``(N,)`` or
        ``(N, T)``, a mask ``(N, T)``, as far as it has such arguments; they are known by their names. Returns
        a scalar of PyTorch or JAX; or, of NumPy arrays, the weights themselves, ``(N, T)`` or ``(N,)``.
    objective : LStatistic or str
        What it should follow.
    n : int
        Group size N.
    advantages : callable or str, optional
        Which advantages it is given: a function of rewards, as for `ordergrad_ref.audit`, or the name of one
        of `ordergrad_ref.maxk`. By default K times the canonical advantage, whose mean over samples is ∇J.
    types : sequence of (reward, length), optional
        The types to enumerate; five by default, lengths 1 to 3.
    arguments : mapping of argument to role, optional
        What arguments of other names take: ``"log_probs"``, ``"old"``, ``"reference"``, ``"advantages"``,
        ``"mask"``, ``"rewards"``, ``"lengths"`` or ``"count"``, the number of tokens.
    library : {"torch", "jax", "numpy"}, optional
        What arrays it takes; by default what is loaded is tried.

    Returns
    -------
    TrainerReport
        ``.unbiased``, ``.constant``, ``.formula``, ``.causes``, ``.mismatch``, ``.counterexample``,
        ``.verdict``, ``.table()``, ``.to_json()``.

    Raises
    ------
    TargetError
        Where the loss raises, or its arguments are not known.
    InvalidInputError
        Where n, the objective or the types make no audit.

    Examples
    --------
    >>> def summed(log_probs, advantages, mask):  # the weights themselves, in NumPy
    ...     return advantages[:, None] * mask / len(mask)
    >>> audit_loss(summed, "max@2").constant
    Fraction(1, 1)
    >>> def own_length(log_probs, advantages, mask):
    ...     return advantages[:, None] * mask / len(mask) / mask.sum(axis=1, keepdims=True)
    >>> report = audit_loss(own_length, "max@2")
    >>> report.unbiased, report.causes[0].name
    (False, 'own length')
    """
    alpha, n = checked_objective(objective, n)
    found = TYPES if types is None else samples_of(types)
    roles = roles_of(loss, arguments)
    columns = max(LONGEST, *(s.length for s in found)) + 1
    while columns == n:  # an (N, T) square would hide a transposed answer
        columns += 1
    make = partial(LossWeights, loss, name_of(loss), roles, library=library)
    empty = TrainerReport(
        "loss", name_of(loss), "", alpha, n, found, module=getattr(loss, "__module__", None)
    )
    with Bar("busy", f"Auditing {empty.target}"):
        return _judged(empty, make, advantages, roles, columns, by_default=types is None)


def _judged(
    empty: TrainerReport,
    make: Callable[..., LossWeights],
    advantages: Callable[..., Any] | str | None,
    roles: Mapping[str, LossRole],
    columns: int,
    *,
    by_default: bool,
) -> TrainerReport:
    alpha, n, found = empty.objective, empty.n, empty.types
    weigh = make(advantages_of(advantages, alpha), columns)
    weigh(found[:1] * n)
    first = [found[i % len(found)] for i in range(n)]
    if not np.array_equal(weigh(first), weigh(first, seed=SEED + 1)):
        return replace(empty, refusal="it answers the same batch differently each time")
    by_type = gathered(weigh, found, n)
    verdict = judged(by_type, alpha, weigh.unit_roundoff)
    if verdict.holds is False and weigh.single:
        weigh.unit_roundoff = max(weigh.unit_roundoff, 2.0**-24)
        verdict = judged(by_type, alpha, weigh.unit_roundoff)
    u = weigh.unit_roundoff
    report = replace(
        empty,
        called_with=weigh.called_with,
        residual=verdict.residual,
        every_order=by_type.every_order,
        unit_roundoff=u,
        notes=kl_note(weigh, roles, n, columns),
    )
    if verdict.holds is None:
        return report
    if verdict.constant == 0:
        return replace(report, unbiased=False, constant=Fraction(0))
    report = replace(report, unbiased=False, mismatch=verdict.mismatch)
    if not verdict.holds or by_type.padding > tolerance(u) * by_type.largest:
        causes = causes_of(weigh, alpha, n, u)
        report = replace(report, causes=causes, policies=tuple(smallest_policy(by_type, alpha)))
    elif by_default and (long := judged_long(weigh, alpha, by_type, columns, u, verdict.fitted)):
        report = replace(report, residual=long[0].residual, mismatch=long[0].mismatch, causes=(long[1],))
    else:
        formula = _formula(make, advantages, alpha, n, columns, u)
        report = replace(report, unbiased=verdict.fitted > 0, constant=verdict.constant, formula=formula)
    return _of_log_probs(report, weigh, takes_old="old" in roles.values())


def _of_log_probs(report: TrainerReport, weigh: LossWeights, *, takes_old: bool) -> TrainerReport:
    """Add what moving log-probabilities show: terms of them, and what becomes of ratios. Spec eq. (101)."""
    at, n = partial(at_policy, weigh, report.types, report.objective), report.n
    here, causes, policies = at(n), report.causes, report.policies
    if own_log_prob_counts(weigh, report.types, n):
        report = replace(report, unbiased=False, constant=None, formula=None)
        causes, policies = (*causes, cause("probabilities")), (*policies, here)
    if takes_old:
        there = at(n, elsewhere=True)
        policies = (*policies, there)
        right = max(here.angle, there.angle) <= CLEAR
        if not (right and isclose(here.constant, there.constant, rel_tol=CLEAR)):
            causes = (*causes, *off_policy_causes(*away_from(weigh, report.types, n), weigh.unit_roundoff))
    return replace(report, causes=causes, policies=policies)


def checked_objective(objective: LStatistic | str, n: int) -> tuple[LStatistic, int]:
    """Read the objective and N, which NumPy's integers may say too, and hold N to it.

    Raises
    ------
    InvalidInputError
        Where K is no integer, or N is no integer of at least K.
    """
    alpha = as_objective(objective)
    if isinstance(alpha, RealK):
        raise InvalidInputError(f"objective: expected an integer K, got {alpha}")
    try:
        size = 0 if isinstance(n, bool) else index(n)
    except TypeError:
        size = 0
    if size < alpha.k:
        raise InvalidInputError(f"n: expected an integer of at least K = {alpha.k}, got {shown(n)}")
    return alpha, size


def advantages_of(
    advantages: Callable[..., Any] | str | None, objective: LStatistic
) -> Callable[[Floats], Floats]:
    """Return the function from rewards ``(N,)`` to advantages that a loss is given."""
    if advantages is None:
        return lambda rewards: len(rewards) * np.asarray(score_weights(rewards, objective))
    if isinstance(advantages, str):
        if advantages not in FAMILY:
            raise InvalidInputError(
                f"advantages: expected a function or one of {', '.join(FAMILY)}, got {advantages!r}"
            )
        advantages = FAMILY[advantages]
    target = Target(advantages, objective)
    return lambda rewards: target(rewards[None])[0]


def _formula(
    make: Callable[..., LossWeights],
    advantages: Callable[..., Any] | str | None,
    alpha: LStatistic,
    n: int,
    columns: int,
    u: float,
) -> str | None:
    """Read the constant off at other N, T and K."""
    tried = []
    for size, width, k in _sizes(alpha, n, columns):
        other = alpha if k == alpha.k else respelt(alpha, k)
        if other is None or size < k:
            continue
        try:
            weigh = make(advantages_of(advantages, other), width)
            verdict = judged(gathered(weigh, FEW, size), other, max(u, weigh.unit_roundoff))
        except (TargetError, InvalidInputError):
            continue
        if not verdict.holds or verdict.constant is None:
            return None
        tried.append((size, k, width, verdict.constant))
    return constant_formula(tried)


def _sizes(alpha: LStatistic, n: int, columns: int) -> Iterator[tuple[int, int, int]]:
    """Sizes at which N, K and T vary each on their own, no table square."""
    wide = columns + 4
    for size in (n, n + 1, n + 2):
        yield size, wide, alpha.k
    for width in (wide + 1, wide + 3):
        yield n, width, alpha.k
    for k in (1, 2, 3):
        if k != alpha.k:
            yield n + 1, wide, k
