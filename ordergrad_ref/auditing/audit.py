"""Judge a function: does it estimate the objective's gradient without bias, and which laws does it keep."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from operator import index
from typing import Any

import numpy as np

from ordergrad_ref.auditing import laws
from ordergrad_ref.auditing.calling import Target
from ordergrad_ref.auditing.counterexample import smallest
from ordergrad_ref.auditing.multisets import Differences, Multisets
from ordergrad_ref.auditing.report import Report
from ordergrad_ref.contracts import of as contract_of
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.objectives import LStatistic, RealK
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["audit"]

VALUES = (0, 1, 4, 6)
BINARY = (0, 1)
RANDOM_BATCHES = 32
ROUNDINGS = 16
LARGEST_DENOMINATOR = 10_000
RECOGNISABLE = 0.01  # the chance that a constant is taken for a fraction that it is not
SEED = 2606


def audit(
    function: Callable[..., Any],
    objective: LStatistic | RealK | str,
    n: int = 8,
    values: Sequence[float | Fraction] | None = None,
) -> Report:
    """Judge a function from rewards to advantages.

    Bias is decided for every distribution on ``values`` at once, by the function's answers on all multisets
    of n of them: spec eqs. (37), (56). The laws are checked on those batches and on random ones. Two
    numbers agree where they differ by at most ``√u`` of the largest advantage on the batches at hand, u the
    unit roundoff of the dtype returned: spec eq. (55).

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
        given, the function is called on no others (but for shifts of them).

    Returns
    -------
    Report
        ``.unbiased``, ``.constant``, ``.centred``, ``.shift_invariant``, ``.permutation_equivariant``,
        ``.tie_consistent``, ``.counterexample``, ``.table()``.

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
    """
    alpha = _integer_objective(objective)
    n = _group_size(n, alpha)
    contract = contract_of(function)
    binary = contract is not None and contract.domain == "binary"
    only_these = values is not None or binary
    support = _support(values if values is not None else (BINARY if binary else VALUES))

    target = Target(function, alpha)
    multisets = Multisets(n, support)
    batches = [multisets.table] if only_these else [multisets.table, _random_batches(n)]
    answers = [target(table) for table in batches]
    scales = [float(abs(a).max()) for a in answers]
    tolerance = float(np.sqrt(target.unit_roundoff))

    def agree(*violations: float) -> bool:
        return all(v <= tolerance * scale for v, scale in zip(violations, scales, strict=False))

    order = laws.order_dependence(target, multisets.table, answers[0], multisets.mean_by_value, SEED)
    by_value = (
        multisets.mean_by_value(multisets.table, answers[0])
        if agree(order)
        else multisets.mean_over_arrangements(target)
    )
    differences = multisets.differences(by_value, alpha)
    constant, residual, precision = _fitted_constant(differences, alpha.k, target.unit_roundoff)
    fits = residual <= tolerance
    return Report(
        target=target.name,
        called_with=target.called_with,
        objective=alpha,
        n=n,
        values=support,
        unbiased=fits and constant > 0,
        constant=_recognised(constant, max(ROUNDINGS * target.unit_roundoff, 2 * precision))
        if fits
        else None,
        centred=agree(*map(laws.off_centre, answers)),
        shift_invariant=_shift_invariant(target, batches, answers, agree, only_these),
        permutation_equivariant=agree(order),
        tie_consistent=agree(*map(laws.tie_dependence, batches, answers)),
        residual=residual,
        tolerance=tolerance,
        counterexample=None if fits else smallest(differences, support, alpha.k, tolerance),
    )


def _fitted_constant(differences: Differences, k: int, u: float) -> tuple[float, float, float]:
    """Fit c in ``A(b; n) − A(b′; n) = c K [q(b; n) − q(b′; n)]``, spec eq. (56).

    With it come the residual, the largest violation relative to the sides of its own pair, or to the
    advantages' spread in its batches, beyond what rounding to u leaves open; and c's relative precision.
    """
    d = differences
    a = d.advantage - d.advantage[:, :1]
    q = k * (d.inclusion - d.inclusion[:, :1])
    if not q.any():
        raise InvalidInputError("objective: its gradient is zero for every distribution; nothing to estimate")
    rounding = ROUNDINGS * u * np.maximum(d.size, d.size[:, :1])
    rounding_q = ROUNDINGS * 2.0**-53 * k * np.maximum(abs(d.inclusion), abs(d.inclusion[:, :1]))
    if (abs(a) <= rounding).all():
        return 0.0, 0.0, 0.0
    unit_a, unit_q = float(abs(a).max()), float(abs(q).max())
    where = np.unravel_index(abs(q).argmax(), q.shape)
    x, y = a / unit_a, q / unit_q
    fits = [
        (float(_violation(a, c * q, d, rounding + abs(c) * rounding_q).max()), c)
        for c in (unit_a / unit_q * float(z) for z in ((x * y).sum() / (y * y).sum(), x[where] / y[where]))
    ]
    residual, c = min(fits)
    precision = float(abs(a - c * q).max()) / (abs(c) * unit_q) if c else 1.0
    return c, residual, precision


def _violation(a: Any, cq: Any, d: Differences, rounding: Any) -> Any:
    scale = np.maximum.reduce([abs(a), abs(cq), d.spread, np.broadcast_to(d.spread[:, :1], a.shape)])
    return np.maximum(abs(a - cq) - rounding, 0.0) / np.where(scale > 0, scale, 1.0)


def _recognised(c: float, precision: float) -> Fraction | float:
    """Name the fraction that c, or else 1/c, is: one that could hardly be met by chance at c's precision."""
    if c == 0:
        return Fraction(0)
    x = Fraction(c) if abs(c) >= 1 else 1 / Fraction(c)
    fraction = x.limit_denominator(LARGEST_DENOMINATOR)
    chance = float(2 * precision * abs(x) * fraction.denominator**2)
    if abs(fraction - x) > precision * abs(x) or chance > RECOGNISABLE:
        return c
    return fraction if abs(c) >= 1 else 1 / fraction


def _shift_invariant(
    target: Target,
    batches: list[Any],
    answers: list[Any],
    agree: Callable[..., bool],
    only_these: bool,
) -> bool | None:
    try:
        return agree(*(laws.shift_dependence(target, x, a) for x, a in zip(batches, answers, strict=True)))
    except TargetError:
        if only_these:
            return None
        raise


def _random_batches(n: int) -> Any:
    """Batches of distinct multiples of 1/16 of either sign, so that shifts are exact."""
    rng = np.random.default_rng(SEED)
    return np.stack([rng.choice(64 * n, n, replace=False) - 32.0 * n for _ in range(RANDOM_BATCHES)]) / 16


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
