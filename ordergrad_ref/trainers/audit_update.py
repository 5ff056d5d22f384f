"""Judge a whole update: enumerate all batches of small policies, and read off why it is biased."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from math import degrees
from typing import Any, Literal, TypeAlias

import numpy as np

from ordergrad_ref.agreement import tolerance
from ordergrad_ref.errors import InvalidInputError, TargetError, expected_one_of
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.trainers.audit_loss import CLEAR, FEW, checked_objective
from ordergrad_ref.trainers.cause import Cause, cause
from ordergrad_ref.trainers.causes import LONGEST, causes_of
from ordergrad_ref.trainers.characterisation import Judgement, judged
from ordergrad_ref.trainers.expected import expected_update
from ordergrad_ref.trainers.formula import constant_formula
from ordergrad_ref.trainers.modules import ModulePolicy
from ordergrad_ref.trainers.policies import PROBLEMS, Problem, TablePolicy, tilted, uniform
from ordergrad_ref.trainers.recovery import Recovered
from ordergrad_ref.trainers.report import OnPolicy, TrainerReport
from ordergrad_ref.trainers.samples import TYPES, gathered, samples_of
from ordergrad_ref.trainers.update_calls import RefusedError, Update
from ordergrad_ref.trainers.update_causes import causes_of_update, off_policy_causes

__all__ = ["UpdateLibrary", "audit_update"]

UpdateLibrary: TypeAlias = Literal["numpy", "torch"]

U = 2.0**-53


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
    try:
        return _judged(report, called, problems)
    except RefusedError as refused:
        return replace(report, refusal=str(refused))


def _judged(report: TrainerReport, update: Update, problems: Sequence[Problem]) -> TrainerReport:
    alpha, n = report.objective, report.n
    weigh = Recovered(update, max(LONGEST, *(s.length for s in report.types)))
    by_type = gathered(weigh, report.types, n)
    verdict = judged(by_type, alpha, U)
    every = by_type.by_order > tolerance(U) * by_type.largest
    rows = tuple(_at_policies(update, problems, alpha, n, every_order=every))
    causes: list[Cause] = []
    if verdict.holds is False and verdict.constant is None:
        causes += causes_of(weigh, alpha, n, U)
    causes += causes_of_update(update, weigh, n)
    on_policy = [p for p in rows if not p.off_policy]
    u = max((p.policy.unit_roundoff() for p in problems if isinstance(p.policy, ModulePolicy)), default=U)
    wrong = _wrong(on_policy, u)
    if wrong and not causes and verdict.holds:
        causes.append(cause("duplicates"))
    unbiased = None if verdict.holds is None else bool(verdict.holds and not causes and not wrong)
    if update.takes("old"):
        causes += off_policy_causes(weigh, n)
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
        unit_roundoff=max(u, U),
        notes=(_coarse(u),) if degrees(tolerance(u)) > CLEAR else (),
    )


def _coarse(u: float) -> str:
    return (
        "a module computes some of its steps in lower precision: angles at it are not told from 0° below "
        f"{degrees(tolerance(u)):.1g}°"
    )


def _at_policies(
    update: Update, problems: Sequence[Problem], alpha: LStatistic, n: int, *, every_order: bool
) -> Iterator[OnPolicy]:
    """Enumerate each policy; where the update takes the policy that sampled, of tables another one too."""
    for problem in problems:
        table = problem.policy if isinstance(problem.policy, TablePolicy) else None
        reference = uniform(table) if table and update.takes("reference") else None
        samplers = [None, tilted(table)] if table and update.takes("old") else [None]
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
            verdict = judged(gathered(Recovered(update, 2), FEW, size, few_orders=few_orders), alpha, U)
        except (TargetError, RefusedError):  # not made for this size
            continue
        if not verdict.holds or verdict.constant is None:
            return None
        tried.append((size, alpha.k, 1, verdict.constant))
    return constant_formula(tried)
