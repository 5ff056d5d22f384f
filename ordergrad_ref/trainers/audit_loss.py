"""Judge a loss for every policy, without a model: the weights that it puts on log-probabilities decide."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import combinations, combinations_with_replacement
from math import factorial, prod
from operator import index
from typing import Any

import numpy as np

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
from ordergrad_ref.trainers.angles import compared
from ordergrad_ref.trainers.causes import LONGEST, causes_of
from ordergrad_ref.trainers.characterisation import include_one, judged
from ordergrad_ref.trainers.formula import constant_formula
from ordergrad_ref.trainers.kl_terms import kl_note
from ordergrad_ref.trainers.loss_arguments import roles_of
from ordergrad_ref.trainers.loss_weights import SEED, LibraryOfLoss, LossWeights
from ordergrad_ref.trainers.report import Answer, OnPolicy, TrainerReport
from ordergrad_ref.trainers.samples import TYPES, ByType, Sample, gathered, samples_of

__all__ = ["advantages_of", "audit_loss", "checked_objective"]

FEW = tuple(Sample(Fraction(r), length) for r, length in ((0, 1), (1, 2), (3, 1)))
"""Types on which the constant is read off at other sizes."""

CLEAR = 1e-6
"""Degrees from which on an angle counts."""


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
    weigh = make(advantages_of(advantages, alpha), columns)
    empty = TrainerReport(
        "loss", name_of(loss), "", alpha, n, found, module=getattr(loss, "__module__", None)
    )
    weigh(found[:1] * n)
    first = [found[i % len(found)] for i in range(n)]
    if not np.array_equal(weigh(first), weigh(first, seed=SEED + 1)):
        return replace(empty, refusal="it answers the same batch differently each time")
    by_type = gathered(weigh, found, n)
    u = weigh.unit_roundoff
    verdict = judged(by_type, alpha, u)
    padding = by_type.padding > tolerance(u) * by_type.largest
    holds = False if padding and verdict.holds else verdict.holds
    report = replace(
        empty,
        called_with=weigh.called_with,
        unbiased=holds and bool(verdict.constant and verdict.constant > 0),
        constant=verdict.constant if holds or verdict.constant == 0 else None,
        residual=verdict.residual,
        every_order=by_type.every_order,
        unit_roundoff=u,
        notes=kl_note(weigh, roles, n, columns),
    )
    if holds is None:
        return replace(report, unbiased=None)
    if holds:
        return replace(report, formula=_formula(make, advantages, alpha, n, columns))
    if verdict.constant == 0:
        return report
    return replace(
        report,
        causes=causes_of(weigh, alpha, n, u),
        mismatch=verdict.mismatch,
        policies=tuple(_smallest_policy(by_type, alpha)),
    )


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
) -> str | None:
    """Read the constant off at other N, T and K."""
    tried = []
    for size, width, k in _sizes(alpha, n, columns):
        other = alpha if k == alpha.k else respelt(alpha, k)
        if other is None or size < k:
            continue
        try:
            weigh = make(advantages_of(advantages, other), width)
            verdict = judged(gathered(weigh, FEW, size), other, weigh.unit_roundoff)
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


def _smallest_policy(by_type: ByType, objective: LStatistic) -> list[OnPolicy]:
    """Find the fewest types, equally likely and told apart by their first token, where the angle is not 0."""
    for m in (2, 3):
        tried = [
            _on_policy(by_type, chosen, objective) for chosen in combinations(range(len(by_type.types)), m)
        ]
        wrong = [p for p in tried if p is not None and p.angle > CLEAR]
        if wrong:
            return [max(wrong, key=lambda p: p.angle)]
    return []


def _on_policy(by_type: ByType, chosen: tuple[int, ...], objective: LStatistic) -> OnPolicy | None:
    """Compute the expected gradient by the logits of the first token. Spec eqs. (98), (100)."""
    m, n = len(chosen), by_type.n
    p = 1 / m
    g, q = np.zeros(m), np.zeros(m)
    for others in combinations_with_replacement(range(m), n - 1):
        arrangements = factorial(n - 1) // prod(factorial(others.count(i)) for i in range(m))
        weight = arrangements * p ** (n - 1)
        rest = tuple(chosen[o] for o in others)
        for i, b in enumerate(chosen):
            g[i] += weight * n * by_type.mean[tuple(sorted((*rest, b))), b][0]
            rewards = tuple(by_type.types[o].reward for o in rest)
            q[i] += weight * objective.k * float(include_one(by_type.types[b].reward, rewards, objective))
    expected, true = p * (g - g.mean()), p * (q - q.mean())
    if not abs(true).max() > 0:
        return None
    angle, constant, residual = compared(expected, true)
    answers = tuple(Answer(None, by_type.types[b].length, by_type.types[b].reward, p) for b in chosen)
    return OnPolicy(
        f"{m} answers, equally likely", answers, tuple(expected), tuple(true), angle, constant, residual
    )
