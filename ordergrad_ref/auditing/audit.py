"""Judge a function: whether it estimates the objective's gradient without bias, and which laws it keeps."""

import warnings
from collections.abc import Callable, Sequence, Set
from fractions import Fraction
from operator import index
from typing import Any, TypeAlias

import numpy as np

from ordergrad_ref.auditing import chance_steps, full_steps, lessons, steps
from ordergrad_ref.auditing.decisions.estimand import respelt
from ordergrad_ref.auditing.evidence import Evidence
from ordergrad_ref.auditing.other_sizes import other_sizes
from ordergrad_ref.auditing.progress import Progress
from ordergrad_ref.auditing.report import Report
from ordergrad_ref.contracts import of as contract_of
from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.estimators import NAMED
from ordergrad_ref.objectives import LStatistic, RealK
from ordergrad_ref.objectives import objective as as_objective
from ordergrad_ref.objectives.exact_numbers import exact_sequence
from ordergrad_ref.targets.adapted import Adapted
from ordergrad_ref.targets.target import ChanceError

__all__ = ["audit"]

Step: TypeAlias = Callable[[Evidence], None]
Order: TypeAlias = tuple[tuple[str, Step], ...]

STEPS: Order = (
    ("every batch", steps.every_batch),
    ("the order of the rewards", steps.order),
    ("bias", steps.bias),
    ("the laws", steps.laws_of_answers),
    ("the direction, and other objectives", steps.instead),
    ("known estimators", steps.known_estimators),
)
FULL_STEPS: Order = (
    ("the constant at other N and K", full_steps.formula),
    ("exact variances", full_steps.variances),
    ("dtypes", full_steps.precisions),
    ("a large offset", full_steps.large_offset),
    ("layouts of group ids", full_steps.layouts),
    ("edge sizes", full_steps.edge_sizes),
    ("large groups", full_steps.large_groups),
)
LAST_STEPS: Order = (
    ("the same again", steps.again),
    ("what failed, on the smallest batch", lessons.teach),
    ("the kind of mistake", lessons.diagnose),
)
OTHER_SIZES: Order = (("other group sizes, and equal rewards", other_sizes),)

CHANCE_STEPS: Order = (
    ("every batch under every seed", chance_steps.draws),
    ("bias", chance_steps.bias),
    ("the laws, draw by draw", chance_steps.draw_by_draw),
    ("what failed, on the smallest batch", chance_steps.teach),
)

VALUES = (-2, 0, Fraction(1, 2), 4)
"""Of either sign and not all integers, their differences all distinct. Spec section 9.4."""

BINARY = (0, 1)


def audit(
    function: Callable[..., Any] | str,
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
    the unit roundoff of the dtype returned: spec eq. (55). A function that draws random numbers is judged by
    means over fixed seeds: spec eq. (103).

    Parameters
    ----------
    function : callable or str
        The name of an estimator of `ordergrad_ref.maxk` or `ordergrad_ref.estimators`; or a function that
        takes rewards ``(N,)`` or ``(G, N)``, which is found out by trying, and returns as many advantages. A
        parameter named ``k`` or ``K`` is given the objective's K, one named ``objective`` the objective.
    objective : LStatistic or str
        The objective whose gradient ``(1/N) Σ_i A_i ∇log p(x_i)`` should estimate.
    n : int
        Group size N, at least K; of an objective that is one of a smaller K too, at least that K.
    values : sequence of numbers, optional
        The reward values to enumerate, exactly representable; ``(-2, 0, 1/2, 4)`` by default, whose
        differences are all distinct, or ``(0, 1)`` where the function's contract says binary. With values
        given, the function is called on no others (but for shifts and multiples of them); by default
        spec eq. (56) is held on random rewards besides: up to 128 of either sign, and a few far beyond.
    full : bool
        Also call it at other N and K, and on other problems: the constant as a formula (spec eq. (63)),
        exact variances (spec eqs. (65), (66)), dtypes, large offsets, edge sizes, and groups of up to 2048
        rewards, which takes long if the function's cost grows faster than N²; `adapt` sets a time limit.

    Returns
    -------
    Report
        ``.unbiased``, ``.constant``, ``.centred``, ``.shift_invariant``, ``.permutation_equivariant``,
        ``.tie_consistent``, ``.counterexample``, ``.estimand``, ``.lookalikes``, ``.findings``, ``.table()``,
        ``.to_json()``. After an interrupt (Ctrl-C) it holds what was found until then.

    Raises
    ------
    TargetError
        Where the function raises, returns another shape or NaN, changes its input, draws what no seed
        reaches, or lets the groups of a table depend on each other.
    TooSlowError
        Where one call exceeds the time limit that `adapt` set; in large groups that decides nothing instead.
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
    n, alpha = _group_size(n, alpha)
    function = Adapted.of(_named(function))  # once, so that an object is one and the same throughout
    contract = contract_of(function)
    binary = contract is not None and contract.domain == "binary"
    support = _support(values if values is not None else (BINARY if binary else VALUES))
    order = (*STEPS, *_quiet((*(FULL_STEPS if full else ()), *OTHER_SIZES)), *LAST_STEPS)
    only_these = values is not None or binary
    evidence = Evidence(function, alpha, n, support, only_these, Progress(len(order)))
    try:
        return _report(evidence, interrupted=_take(order, evidence))
    except ChanceError:
        order = (*CHANCE_STEPS, *([("the rest", chance_steps.unasked)] if full else ()))
        evidence = evidence.anew(Progress(len(order)))
        return _report(evidence, interrupted=_take(order, evidence))


def _named(function: Callable[..., Any] | str) -> Callable[..., Any]:
    if not isinstance(function, str):
        return function
    if function not in NAMED:
        raise InvalidInputError(f"function: {expected_one_of(NAMED, function)}")
    return NAMED[function]


def _take(order: Order, evidence: Evidence) -> str | None:
    """Take the steps; return the name of the one at which an interrupt (Ctrl-C) came, if one did."""
    with evidence.progress as progress:
        for label, step in order:
            progress.step(label)
            try:
                step(evidence)
            except KeyboardInterrupt:
                return label
    return None


def _quiet(order: Order) -> Order:
    """Silence what a function warns of at sizes that nobody asked for: its answers are judged."""

    def quiet(step: Step) -> Step:
        def silenced(evidence: Evidence) -> None:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                step(evidence)

        return silenced

    return tuple((label, quiet(step)) for label, step in order)


def _report(evidence: Evidence, interrupted: str | None) -> Report:
    return Report(
        target=evidence.target.name,
        called_with=evidence.target.called_with,
        objective=evidence.objective,
        n=evidence.n,
        values=evidence.values,
        findings=tuple(evidence.findings),
        interrupted=interrupted,
        groups_apart=evidence.target.groups_apart,
        mixes_groups=evidence.target.mixes_groups,
        module=evidence.target.module,
        **evidence.found,
    )


def _integer_objective(objective: LStatistic | RealK | str) -> LStatistic:
    alpha = as_objective(objective)
    if not isinstance(alpha, LStatistic):
        raise InvalidInputError(
            f"objective: expected an integer K, got {alpha}; {alpha} has no unbiased estimator from finitely "
            "many rewards (spec eq. (16))"
        )
    return alpha


def _group_size(n: int, alpha: LStatistic) -> tuple[int, LStatistic]:
    """Check N; where it is below K, take the objective with the smallest K instead. Spec eq. (5)."""
    try:
        n = index(n)
    except TypeError:
        raise InvalidInputError(f"n: expected an integer group size, got {n!r}") from None
    if n >= alpha.k:
        return n, alpha
    reduced = alpha.reduced()
    named = respelt(alpha, reduced.k)
    smallest = named if named == reduced else reduced
    if n < smallest.k:
        same = "" if smallest == alpha else f", which is {smallest}"
        raise InvalidInputError(
            f"n: expected at least K = {smallest.k} rewards a group for {alpha}{same}, got {n}"
        )
    return n, smallest


def _support(values: Sequence[float | Fraction]) -> tuple[Fraction, ...]:
    given = list(values) if isinstance(values, Set) else values  # whose order says nothing here
    support = tuple(sorted(set(exact_sequence(given, "values", truth=True))))
    if len(support) < 2:
        raise InvalidInputError(f"values: expected at least two distinct rewards, got {values!r}")
    for v in support:
        if not _is_float(v):
            raise InvalidInputError(f"values: expected numbers that floats represent exactly, got {v}")
    return support


def _is_float(v: Fraction) -> bool:
    try:
        return Fraction(float(v)) == v
    except OverflowError:
        return False
