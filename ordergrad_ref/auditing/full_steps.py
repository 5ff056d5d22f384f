"""The steps that a full audit adds: the function at other sizes, on other problems, in other numbers."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import comb
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.agreement import ROUNDINGS, constant_precision, tolerance
from ordergrad_ref.auditing import dtypes, sizes
from ordergrad_ref.auditing.decisions import laws
from ordergrad_ref.auditing.decisions.bias import fitted_constant
from ordergrad_ref.auditing.decisions.constant_formula import Tried
from ordergrad_ref.auditing.decisions.constant_formula import formula as formula_of
from ordergrad_ref.auditing.decisions.estimand import respelt
from ordergrad_ref.auditing.decisions.known_estimators import exactly
from ordergrad_ref.auditing.decisions.multisets import Multisets
from ordergrad_ref.auditing.decisions.rationals import recognised
from ordergrad_ref.auditing.decisions.variance import PROBLEMS, Problem, Variance, variance
from ordergrad_ref.auditing.evidence import SEED, Evidence, Table
from ordergrad_ref.auditing.refusal import refusal
from ordergrad_ref.contracts import of as contract_of
from ordergrad_ref.errors import InvalidInputError, TargetError

__all__ = ["edge_sizes", "formula", "large_groups", "large_offset", "layouts", "precisions", "variances"]

Rewards: TypeAlias = NDArray[np.float64]
Ids: TypeAlias = NDArray[np.int64]

THREE_VALUES = (Fraction(-2), Fraction(1, 2), Fraction(4))
"""The rewards on which the constant is fitted at other sizes."""

LARGEST_N = 8
"""Sizes for a formula in N and K: all ``2 ≤ N ≤ 8``, ``1 ≤ K ≤ N``. Spec section 9.9."""

MORE_N = 7
"""How many sizes there are for a formula in N alone. Spec section 9.9."""

MOST_MULTISETS = 1000
"""The most multisets of a problem whose variance is computed in exact rationals: a second or so."""

SOME = 256
"""The most batches that are tried in each dtype."""

EXACT_REWARDS = 1024
"""The most rewards whose advantages are computed in exact rationals."""

OFFSETS = (Fraction(1), Fraction(10))
"""What is added to all rewards of a problem to see how the variance changes."""


def formula(e: Evidence) -> None:
    """Fit the constant at other N and K, and look for the formula. Spec eq. (63)."""
    if not e.found["constant"]:
        return
    tried = dict.fromkeys([*_sizes_of_formula(e), (e.n, e.objective.k)])
    e.found["formula"] = formula_of([_constant(e, n, k) for n, k in tried], e.tolerance)


def variances(e: Evidence) -> None:
    """Compute exact variances: on each problem, then on one at other N, K, offsets. Spec eqs. (65), (66)."""
    if not e.orderless:
        return
    n, k = e.n, e.objective.k
    problems = _problems(e)
    one = next((p for p in problems if p.name == "sparse binary"), problems[0])
    asked = [(p, n, k) for p in problems]
    asked += [(one, other, k) for other in (k + 1, 2 * n, 4 * n)]
    if e.takes_k:
        asked += [(one, n, other) for other in (1, 2, n // 2, n - 1)]
    if not e.only_these:
        asked += [(one.shifted(s), n, k) for s in OFFSETS]
    rows = (_variance(e, *what) for what in dict.fromkeys(asked))
    e.found["variances"] = tuple(row for row in rows if row is not None)


def precisions(e: Evidence) -> None:
    """Ask in float32 and bfloat16, and hold float64 against exact rationals. Spec eqs. (54), (58), (64)."""
    table = e.batches[-1]
    rows = np.linspace(0, len(table) - 1, min(len(table), SOME)).astype(int)
    some = table[rows]
    ours = contract_of(e.function) is not None
    allowed = dtypes.roundings_allowed(e.n, ours=ours)
    ladder = (
        _in_float64(e, some, allowed),
        *dtypes.dtype_ladder(e.function, e.objective, some, e.call, allowed),
    )
    e.found["precisions"] = ladder
    verdicts = [p.holds for p in ladder if p.holds is not None]
    says = ", ".join(
        f"{p.dtype}: {p.error:.2g} u · scale, u = {p.unit_roundoff:.1e}"
        if p.error is not None
        else f"{p.dtype} {p.says.partition(':')[0]}"
        for p in ladder
    )
    if not ours:
        says += f" (allowed: 5N + 6 = {allowed:g}; this library keeps {ROUNDINGS:g})"
    worst = max((p.error for p in ladder if p.error is not None), default=None)
    e.add("dtypes", all(verdicts) if verdicts else None, says, violation=worst)


def large_offset(e: Evidence) -> None:
    """Add a million times the range. Spec eq. (64)."""
    if not e.holds("shift_invariant"):
        e.add("large_offsets", None, "not shift-invariant")
        return
    try:
        loss = dtypes.offset_loss(e.call, e.batches[-1], e.answers[-1])
    except TargetError as error:
        e.add("large_offsets", None, refusal(error))
        return
    if loss is None:
        e.add("large_offsets", None, "the rewards have too many digits to add an offset exactly")
        return
    says = f"at an offset of a million ranges, off by {loss:.2g} of the largest advantage"
    e.add("large_offsets", loss <= e.tolerance, says, violation=loss)


def layouts(e: Evidence) -> None:
    """Give it groups of several sizes, in turn and shuffled, by their ids. Spec eq. (62)."""
    if not e.target.takes_ids:
        e.add("layouts", None)
        return
    rng = np.random.default_rng(SEED)
    values = _floats(e.values)
    says = []
    for name, group_sizes in {"equal": (e.n,) * 5, "ragged": (e.n, e.n + 3, e.n + 1, e.n, e.n + 2)}.items():
        groups = [rng.choice(values, size) for size in group_sizes]
        try:
            found = layout_dependence(e.target.flat, lambda x: e.call(x[None])[0], groups, SEED)
        except TargetError as error:
            says.append(f"groups of {name} sizes: {refusal(error)}")
            continue
        wrong = [layout for layout, v in found.items() if v > e.tolerance * max(e.scales)]
        if wrong:
            says.append(f"groups of {name} sizes are answered differently {' and '.join(wrong)}")
    e.add("layouts", not says, "; ".join(says) or None)


def layout_dependence(
    of_flat: Callable[[Rewards, Ids], Rewards],
    of_group: Callable[[Rewards], Rewards],
    groups: Sequence[Rewards],
    seed: int,
) -> dict[str, float]:
    """``max |A − A_group|`` for flat rewards with group ids, by layout. Spec eq. (62).

    What a group gets depends on its own rewards alone, wherever they stand.

    Parameters
    ----------
    of_flat : callable (rewards (n,), ids (n,)) -> (n,) array
        The function that takes group ids.
    of_group : callable (rewards (N,)) -> (N,) array
        What a group gets alone.
    groups : sequence of (N,) arrays
        The groups, of one size or of several.
    seed : int
        Of the shuffle.

    Returns
    -------
    dict
        The largest difference in each layout: ``"contiguous"``, ``"interleaved"``, ``"shuffled"``.
    """
    rewards = np.concatenate(groups)
    alone = np.concatenate([of_group(x) for x in groups])
    ids = np.repeat(np.arange(len(groups)), [len(x) for x in groups])
    orders = laws.orders_of_groups([len(x) for x in groups], seed)
    return {
        name: float(abs(of_flat(rewards[places], ids[places]) - alone[places]).max())
        for name, places in orders.items()
    }


def edge_sizes(e: Evidence) -> None:
    """Try one reward, K = 1 and K = N. Spec eq. (38)."""
    n, k = e.n, e.objective.k
    asked = [(1, 1), (1, k), (n, 1), (k, k)] if e.takes_k else [(1, k), (k, k)]
    found = sizes.edges(e.objective_at, e.function, e.target, k, _floats(e.values), asked)
    e.found["edges"] = found
    says = "; ".join(f"N = {edge.n}, K = {edge.k} {edge.says.partition(':')[0]}" for edge in found)
    e.add("edge_sizes", all(edge.sound for edge in found), says)


def large_groups(e: Evidence) -> None:
    """Double the group until 2048. Spec eq. (60)."""
    k = e.objective.k
    if not e.found["constant"] or e.found.get("estimand") is None:
        e.add("large_groups", None, "no constant, nothing to hold large groups against")
        return
    if any(t.says == "biased" and t.k == k < t.n for t in e.found["formula"].tried):
        e.add("large_groups", None, "not unbiased for this objective at other sizes")
        return
    if e.own_contract is not None and e.objective_at(k, 2 * e.n) != e.objective:
        e.add("large_groups", None, "its objective changes with N")
        return
    found = sizes.large_groups(
        e.target, e.objective, _floats(e.values), e.n, e.tolerance, SEED, e.found["formula"].at
    )
    e.add("large_groups", *found)


# ---- sizes, problems


def _sizes_of_formula(e: Evidence) -> Iterator[tuple[int, int]]:
    k = e.objective.k
    if e.takes_k and (e.own_contract is not None or respelt(e.objective, 2) is not None):
        yield from ((n, j) for n in range(2, LARGEST_N + 1) for j in range(1, n + 1))
    else:
        yield from ((n, k) for n in range(max(k, 2), max(k, 2) + MORE_N))


def _constant(e: Evidence, n: int, k: int) -> Tried:
    """Fit the constant on three values (or the first of those that were given)."""
    if (n, k) == (e.n, e.objective.k):
        return Tried(n, k, e.found["constant"])
    alpha = e.objective_at(k, n)
    if alpha is None or alpha.k > n:
        return Tried(n, k, None, "no such objective")
    try:
        target = e.at(alpha)
        multisets = Multisets(n, e.values[:3] if e.only_these else THREE_VALUES)
        by_value = (
            multisets.mean_by_value(multisets.table, target(multisets.table))
            if e.orderless
            else multisets.mean_over_arrangements((x, target(x)) for x in multisets.arrangements())
        )
        d = multisets.differences(by_value, alpha)
        fit = fitted_constant([d.pairs], alpha.k, target.unit_roundoff)
    except InvalidInputError as error:
        return Tried(n, k, None, str(error))
    except TargetError as error:
        return Tried(n, k, None, refusal(error))
    e.progress.called(len(multisets.table))
    verdict = fit.violation.verdict(tolerance(target.unit_roundoff))
    if not verdict:
        return Tried(n, k, None, "biased" if verdict is False else "lost in rounding")
    return Tried(n, k, recognised(fit.constant, constant_precision(target.unit_roundoff, fit.precision)))


def _problems(e: Evidence) -> list[Problem]:
    if not e.only_these:
        return list(PROBLEMS)
    known = [p for p in PROBLEMS if set(p.rewards) <= set(e.values)]
    m = len(e.values)
    rare = (Fraction(2 * m - 1, 2 * m), *[Fraction(1, 2 * m * (m - 1))] * (m - 1))
    return known or [
        Problem("uniform", e.values, (Fraction(1, m),) * m),
        Problem("mostly the least", e.values, rare),
    ]


def _variance(e: Evidence, problem: Problem, n: int, k: int) -> Variance | None:
    alpha = e.objective_at(k, n)
    if alpha is None or alpha.k > n or comb(n + len(problem.rewards) - 1, n) > MOST_MULTISETS:
        return None
    try:
        advantages = e.at(alpha)(problem.batches(n))
        row = variance(problem, n, alpha, advantages, e.unit_roundoff)
    except InvalidInputError:
        return None
    except TargetError as error:
        refusal(error)
        return None
    e.progress.called(1)
    return row


def _in_float64(e: Evidence, table: Table, allowed: float) -> dtypes.Precision:
    """Hold its answer against the exact one of the known estimator that it equals, if there is one."""
    known = next(iter(e.found["lookalikes"]), None)
    some = table[: max(EXACT_REWARDS // table.shape[1], 1)]
    exact = None if known is None else exactly(known, e.found["estimand"], some)
    if exact is None:
        return dtypes.Precision("float64", e.unit_roundoff, None, "not known: it equals nothing exact")
    error = dtypes.in_roundings(e.call(some), exact, e.unit_roundoff)
    return dtypes.Precision("float64", e.unit_roundoff, error, f"beside {known}, in exact rationals", allowed)


def _floats(values: tuple[Fraction, ...]) -> Rewards:
    return np.array([float(v) for v in values])
