"""Judge a whole update: enumerate all batches of small policies, and read off why it is biased."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from math import degrees
from typing import Any, Literal, TypeAlias

import numpy as np

from ordergrad_ref._progress import Bar
from ordergrad_ref.agreement import tolerance
from ordergrad_ref.errors import InvalidInputError, TargetError, expected_one_of
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.trainers.audit_loss import checked_objective
from ordergrad_ref.trainers.cause import Cause, cause
from ordergrad_ref.trainers.causes import causes_of
from ordergrad_ref.trainers.characterisation import Judgement, judged
from ordergrad_ref.trainers.expected import expected_update
from ordergrad_ref.trainers.formula import constant_formula
from ordergrad_ref.trainers.lending import Policy
from ordergrad_ref.trainers.length_causes import LONGEST, judged_long
from ordergrad_ref.trainers.loss_policies import CLEAR
from ordergrad_ref.trainers.modules import ModulePolicy
from ordergrad_ref.trainers.off_policy_causes import EXACT, off_policy_causes
from ordergrad_ref.trainers.policies import PROBLEMS, Problem, TablePolicy, tilted, uniform
from ordergrad_ref.trainers.recovery import Recovered
from ordergrad_ref.trainers.report import OnPolicy, TrainerReport
from ordergrad_ref.trainers.samples import FEW, TYPES, ByType, gathered, samples_of
from ordergrad_ref.trainers.update_calls import RefusedError, Update
from ordergrad_ref.trainers.update_causes import away_from, causes_of_update, norm_is_fixed

__all__ = ["UpdateLibrary", "audit_update"]

UpdateLibrary: TypeAlias = Literal["numpy", "torch"]


def audit_update(
    update: Callable[..., Any],
    objective: LStatistic | str,
    n: int = 4,
    *,
    policies: Sequence[Problem] | None = None,
    types: Sequence[tuple[Any, int]] | None = None,
    library: UpdateLibrary | None = None,
) -> TrainerReport:
    """Judge an update: whether its expectation over batches is ∇J up to a constant, and if not, why.

    An update takes a small policy, N sampled answers and their rewards, and returns the gradient that the
    policy's parameters are to ascend, or a loss of PyTorch that they are to descend. It is judged twice. At
    small policies all batches are enumerated, each with its exact probability, and the sum is compared with
    ∇J (spec eq. (100)). And the weights that it puts on the scores of tokens are read off, and judged for
    every policy at once (spec eq. (98)); they tell the causes.

    Parameters
    ----------
    update : callable
        ``update(policy, answers, rewards)``. An answer is a list of tokens. Of NumPy: the policy is a mapping
        from prefixes, tuples of int, to the probabilities ``(V,)`` of the next token
        (`trainers.TablePolicy`), an answer ends where it is no prefix, and what is returned is an array
        ``(P, V)``, or one row for each prefix. Of PyTorch: the policy is a module that takes tokens
        ``(B, L)``, the prompt and an answer, and gives logits ``(B, L, V)``; rewards are a tensor; what is
        returned is the loss, or nothing where ``backward`` has been called. Further arguments by their names,
        as far as it has them: ``old``, the policy that sampled; ``reference``, the policy of a KL term, which
        is the uniform one for tables; ``groups``, an id for each answer; ``mask``, a list of booleans for
        each answer; ``prompt``, the tokens before each answer, which are one for tables.
    objective : LStatistic or str
        What it should follow.
    n : int
        Group size N.
    policies : sequence of Problems, optional
        The policies, with the reward of each answer; six small ones by default.
    types : sequence of (reward, length), optional
        The types of spec eq. (98) to enumerate; five by default, lengths 1 to 3.
    library : {"numpy", "torch"}, optional
        What the update takes; by default PyTorch's where a policy is a module, else NumPy's. A module stands
        for tables too then.

    Returns
    -------
    TrainerReport
        ``.unbiased``, ``.constant``, ``.angle``, ``.causes``, ``.policies``, ``.counterexample``,
        ``.verdict``, ``.refusal``, ``.table()``, ``.to_json()``. An update that is not deterministic, not
        finite, that changes its input or answers with another shape has a ``refusal``.

    Raises
    ------
    TargetError
        Where the update raises, or its arguments are not known.
    InvalidInputError
        Where n, the objective, the policies or the types make no audit.

    Examples
    --------
    >>> from ordergrad_ref import score_weights
    >>> def update(policy, answers, rewards):
    ...     w = score_weights(rewards, "max@2")
    ...     return sum(w_i * policy.score(answer) for w_i, answer in zip(w, answers))
    >>> report = audit_update(update, "max@2")
    >>> report.unbiased, report.constant
    (True, Fraction(1, 1))
    >>> def own_length(policy, answers, rewards):
    ...     w = score_weights(rewards, "max@2")
    ...     return sum(w_i / len(answer) * policy.score(answer) for w_i, answer in zip(w, answers))
    >>> report = audit_update(own_length, "max@2")
    >>> report.unbiased, [c.name for c in report.causes]
    (False, ['own length'])
    """
    alpha, n = checked_objective(objective, n)
    found = TYPES if types is None else samples_of(types)
    several = policies is None or isinstance(policies, Iterable)
    problems = PROBLEMS if policies is None else tuple(policies) if several else ()
    if not problems or not all(isinstance(p, Problem) for p in problems):
        raise InvalidInputError(f"policies: expected one or more Problems, got {policies!r:.80}")
    if library not in (None, "numpy", "torch"):
        raise InvalidInputError(f"library: {expected_one_of(('numpy', 'torch'), library)}")
    modules = any(isinstance(p.policy, ModulePolicy) for p in problems)
    if modules and library == "numpy":
        raise InvalidInputError("library: expected 'torch' for a policy that is a module, got 'numpy'")
    called = Update(update, modules=modules or library == "torch")
    words = ", ".join(called.roles)
    report = TrainerReport(
        "update", called.name, f"called with ({words})", alpha, n, found, module=called.module
    )
    with Bar("busy", f"Auditing {called.name}"):
        try:
            return _judged(report, called, problems)
        except RefusedError as refused:
            return replace(report, refusal=str(refused))


def _judged(report: TrainerReport, update: Update, problems: Sequence[Problem]) -> TrainerReport:
    alpha, n = report.objective, report.n
    weigh = Recovered(update, max(LONGEST, *(s.length for s in report.types)), n)
    by_type = gathered(weigh, report.types, n)
    every = by_type.by_order > weigh.limit * by_type.largest
    rows = tuple(_at_policies(update, problems, alpha, n, every_order=every))
    verdict, causes = _causes(report, update, weigh, by_type)
    on_policy = [p for p in rows if not p.off_policy]
    of_modules = [p.policy.unit_roundoff() for p in problems if isinstance(p.policy, ModulePolicy)]
    u = max(weigh.unit_roundoff, *of_modules, 0.0)
    wrong = _wrong(on_policy, u)
    unbiased = None if verdict.holds is None else bool(verdict.holds and not causes and not wrong)
    notes = (_coarse(u),) if degrees(tolerance(u)) > CLEAR else ()
    if update.takes("old") and _wrong(rows, u):
        causes += off_policy_causes(*away_from(weigh, n), weigh.unit_roundoff)
    elif update.takes("old") and unbiased:
        notes = (*notes, EXACT)
    positive = verdict.constant is not None and verdict.constant > 0
    return replace(
        report,
        unbiased=unbiased and positive,
        constant=_constant(verdict, unbiased),
        formula=_formula(update, alpha, n, few_orders=not every) if unbiased else None,
        residual=verdict.residual,
        causes=tuple(causes),
        mismatch=verdict.mismatch,
        policies=_smallest_first(rows, wrong),
        every_order=by_type.every_order,
        unit_roundoff=u,
        notes=notes,
    )


def _causes(
    report: TrainerReport, update: Update, weigh: Recovered, by_type: ByType
) -> tuple[Judgement, list[Cause]]:
    """Judge for every policy, what the types do not show, longer answers, included; and find the causes."""
    alpha, n, u = report.objective, report.n, weigh.unit_roundoff
    verdict = judged(by_type, alpha, u)
    causes: list[Cause] = []
    if verdict.holds is False and norm_is_fixed(update, n):
        return verdict, [cause("gradient norm")]
    if verdict.holds is False and verdict.constant is None:
        causes += causes_of(weigh, alpha, n, u)
    if verdict.holds and report.types == TYPES:
        long = judged_long(weigh, alpha, by_type, LONGEST, u, verdict.fitted)
        if long is not None:
            verdict, causes = replace(long[0], holds=False, constant=None), [long[1]]
    return verdict, [*causes, *causes_of_update(update, weigh, n)]


def _coarse(u: float) -> str:
    return (
        "some steps are computed in lower precision: angles are not told from 0° below "
        f"{degrees(tolerance(u)):.1g}°"
    )


def _at_policies(
    update: Update, problems: Sequence[Problem], alpha: LStatistic, n: int, *, every_order: bool
) -> Iterator[OnPolicy]:
    """Enumerate each policy; where the update takes the policy that sampled, with another one too."""
    for problem in problems:
        policy, reference = problem.policy, None
        if isinstance(policy, TablePolicy) and update.takes("reference"):
            reference = uniform(policy)
        samplers: list[Policy | None] = [None]
        if update.takes("old"):
            samplers.append(policy.tilted() if isinstance(policy, ModulePolicy) else tilted(policy))
        for sampling in samplers:
            yield expected_update(
                update, problem, alpha, n, every_order=every_order, sampling=sampling, reference=reference
            )


def _wrong(rows: Sequence[OnPolicy], u: float) -> list[OnPolicy]:
    """Find the policies at which the direction is wrong, or the constant is another than at the first."""
    moving = [p for p in rows if np.any(p.true)]
    if not moving:
        return []
    first = moving[0].constant
    limit = tolerance(u)
    clear = max(CLEAR, degrees(limit))
    return [p for p in moving if p.angle > clear or abs(p.constant - first) > limit * abs(first)]


def _smallest_first(rows: Sequence[OnPolicy], wrong: Sequence[OnPolicy]) -> tuple[OnPolicy, ...]:
    """Put the smallest policy that shows a bias first."""
    return (*wrong[:1], *(p for p in rows if p not in wrong[:1]))


def _constant(verdict: Judgement, unbiased: bool | None) -> Any:
    return verdict.constant if unbiased or verdict.constant == 0 else None


def _formula(update: Update, alpha: LStatistic, n: int, *, few_orders: bool) -> str | None:
    """Read the constant off at other N."""
    tried = []
    for size in (n, n + 1, n + 2):
        try:
            weigh = Recovered(update, 2, size)
            verdict = judged(gathered(weigh, FEW, size, few_orders=few_orders), alpha, weigh.unit_roundoff)
        except (TargetError, RefusedError):  # not made for this size
            continue
        if not verdict.holds or verdict.constant is None:
            return None
        tried.append((size, alpha.k, 1, verdict.constant))
    return constant_formula(tried)
