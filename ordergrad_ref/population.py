"""Known rewards and probabilities in, the objective itself and its exact policy gradients out.

What follows holds for every function here, and is not repeated there.

``rewards``, ``probabilities`` : (..., m) arrays
    The reward and the probability of each of the m atoms of a distribution, along the last axis, broadcast
    against each other; floats, or exact rationals (object arrays or sequences of ``Fraction``), answered as
    by `ordergrad_ref.batch`, in the wider of their two dtypes. Probabilities of each distribution sum to one:
    exactly where they are rationals; where they are floats to within the square root of the unit roundoff
    of float64, or float32 where they are no wider, and that rounding is then divided out. Neither is changed.
    Integers go with either. Arrays of PyTorch, JAX, Dask, CuPy and of the array API standard are answered in
    kind, on the device of the rewards; where PyTorch and JAX trace, and on other devices than the host's, by
    their own operations in the rewards' dtype: there a distribution that is none is answered by NaN. `value`
    is **differentiable** in PyTorch and JAX: by the rewards, ``∂J/∂r_b = Φ(F_b) − Φ(F_b−)``, shared among
    tied atoms in proportion to their probabilities, and by the probabilities, where it is `gradient`; through
    a softmax that is `logit_gradient`. All other answers are **constants**: a tensor that requires a gradient
    is refused, and so is a derivative that JAX asks for, rather than answered by zero.
``objective`` : LStatistic, RealK or str
    The objective, or its spelling. Real-valued K is exact here, in floats (spec eq. (15)).
``by`` : array that broadcasts with the others, optional; not of `hessian`
    A score for each atom: draws are **selected** by it and valued by the reward. Real numbers of any dtype;
    nothing but their order matters, and the order among equal scores is uniformly random, exactly. Where the
    scores are the rewards, the answer is what it is without them. Spec eq. (77).

Answers are in the rewards' unit and, where there is one for each atom, in its place. All functions raise
`UnknownObjectiveError` for a spelling that names no objective, `NonFiniteRewardError` for a number that is
not finite, and `InvalidInputError` for any other wrong argument.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Never, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Array, Table
from ordergrad_ref.arrays import pairs
from ordergrad_ref.arrays.compilers import opaque
from ordergrad_ref.arrays.distributions import one_distribution
from ordergrad_ref.arrays.dtypes import as_numbers, at, rounded_once
from ordergrad_ref.arrays.overflow import without_overflow
from ordergrad_ref.arrays.pair import Pair
from ordergrad_ref.arrays.samples import scores_of
from ordergrad_ref.closed_forms import distribution
from ordergrad_ref.closed_forms.sums import Sums
from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError
from ordergrad_ref.kernels.choice import sums_with_probabilities
from ordergrad_ref.objectives import LStatistic, Objective
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["advantage", "gradient", "hessian", "inclusion", "logit_gradient", "value"]


@opaque
def value(
    rewards: ArrayLike,
    probabilities: ArrayLike,
    objective: Objective | str,
    *,
    by: ArrayLike | None = None,
) -> Any:
    """Compute the objective ``J = E[T(X_1 … X_K)]``.

    ``J = Σ_t r_(t) [Φ(F_t) − Φ(F_(t−1))]``, ``Φ(u) = K ∫_0^u b_α``. Spec eqs. (2), (31); OrderGrad,
    arXiv 2606.06096.

    Arguments and errors: see `ordergrad_ref.population`.

    Returns
    -------
    (...) array
        A value for each distribution.

    Examples
    --------
    >>> float(value([0.0, 1.0], [0.5, 0.5], "max@2"))
    0.75
    >>> float(value([0.0, 1.0], [0.5, 0.5], "max@2", by=[7, 7]))
    0.5
    """
    return _answer(distribution.value, rewards, probabilities, objective, by)


@opaque
def advantage(
    rewards: ArrayLike,
    probabilities: ArrayLike,
    objective: Objective | str,
    *,
    by: ArrayLike | None = None,
) -> Any:
    """Compute the population advantages ``ā_b = q̄_b − J``.

    ``ā_(t+1) − ā_(t) = d_t b_α(F_t)``, ``Σ_b p_b ā_b = 0``. Spec eq. (30); OrderGrad, arXiv 2606.06096.
    ``K ā`` is the influence function of the objective, spec eq. (35).

    Arguments and errors: see `ordergrad_ref.population`.

    Returns
    -------
    (..., m) array
        An advantage for each atom.

    Examples
    --------
    >>> advantage([0.0, 1.0], [0.75, 0.25], "max@2")
    array([-0.1875,  0.5625])
    """
    return _answer(distribution.advantage, rewards, probabilities, objective, by)


@opaque
def inclusion(
    rewards: ArrayLike,
    probabilities: ArrayLike,
    objective: Objective | str,
    *,
    by: ArrayLike | None = None,
) -> Any:
    """Compute ``q̄_b = E[T(X_1 … X_K) | X_1 = r_b] = J + ā_b``. Spec eq. (32); OrderGrad, arXiv 2606.06096.

    Arguments and errors: see `ordergrad_ref.population`.

    Returns
    -------
    (..., m) array
        An include-one value for each atom.

    Examples
    --------
    >>> inclusion([0.0, 1.0], [0.75, 0.25], "max@2")
    array([0.25, 1.  ])
    """
    return _answer(distribution.inclusion, rewards, probabilities, objective, by)


@opaque
def gradient(
    rewards: ArrayLike,
    probabilities: ArrayLike,
    objective: Objective | str,
    *,
    by: ArrayLike | None = None,
) -> Any:
    """Differentiate by the probabilities: ``∂J/∂p_b = K q̄_b``. Spec eq. (33); OrderGrad, arXiv 2606.06096.

    J is extended beyond the simplex as a homogeneous polynomial of degree K in p; along the simplex the
    extension does not matter.

    Arguments and errors: see `ordergrad_ref.population`.

    Returns
    -------
    (..., m) array
        A derivative for each atom.

    Examples
    --------
    >>> gradient([0.0, 1.0], [0.75, 0.25], "max@2")
    array([0.5, 2. ])
    """
    return _answer(distribution.gradient, rewards, probabilities, objective, by)


@opaque
def logit_gradient(
    rewards: ArrayLike,
    logits: ArrayLike,
    objective: Objective | str,
    *,
    by: ArrayLike | None = None,
) -> Any:
    """Differentiate by the logits of a softmax policy: ``∂J/∂θ_b = K p_b ā_b``. Spec eq. (34).

    The exact policy gradient (OrderGrad, arXiv 2606.06096) of a categorical policy
    ``p_b = exp(θ_b) / Σ_c exp(θ_c)``. Logits are floats, since the exponential leaves the rationals.

    Arguments and errors: see `ordergrad_ref.population`.

    Returns
    -------
    (..., m) array
        A derivative for each atom; they sum to zero.

    Examples
    --------
    >>> logit_gradient([0.0, 1.0], [0.0, 0.0], "max@2")
    array([-0.25,  0.25])
    """
    return _answer(
        distribution.logit_gradient, rewards, logits, objective, by, second="logits", policy=_softmax
    )


def hessian(rewards: ArrayLike, probabilities: ArrayLike, objective: LStatistic | str) -> Any:
    """Differentiate twice by the probabilities: ``∂²J/∂p_a ∂p_b = K(K−1) E[T(r_a, r_b, X_3 … X_K)]``.

    Spec eq. (95). J is extended beyond the simplex as for `gradient`; along the simplex the extension does
    not matter. One distribution at a time, answered as a NumPy array: m² numbers.

    Parameters
    ----------
    rewards, probabilities : (m,) arrays
        Of each atom.
    objective : LStatistic or str
        The objective, or its spelling, of an integer K.

    Returns
    -------
    (m, m) array
        Symmetric, in the rewards' unit.

    Raises
    ------
    InvalidInputError
        Where the K of the objective is no integer, or there are several distributions; else as all functions
        here.

    Examples
    --------
    >>> hessian([0.0, 1.0], [0.75, 0.25], "max@2")
    array([[0., 2.],
           [2., 2.]])
    """
    from ordergrad_ref.closed_forms.hessian import hessian as second_derivatives

    alpha = as_objective(objective)
    if not isinstance(alpha, LStatistic):
        raise InvalidInputError(f"objective: expected an integer K for second derivatives, got {alpha}")
    r, p = one_distribution(rewards, probabilities)
    return second_derivatives(r[None], p[None], alpha)[0]


_Formula: TypeAlias = Callable[[Table, Table, Objective, Sums, Table | None], Array]
_Policy: TypeAlias = Callable[[Array, Any], Array]


def _answer(
    formula: _Formula,
    rewards: ArrayLike,
    probabilities: ArrayLike,
    objective: Objective | str,
    by: ArrayLike | None,
    second: str = "probabilities",
    policy: _Policy | None = None,
) -> Any:
    alpha = as_objective(objective)
    slopes = None
    if formula is distribution.value:
        slopes = _pair(distribution.slope, alpha), _pair(distribution.gradient, alpha)
    return pairs.apply(_pair(formula, alpha, second, policy, slopes), rewards, probabilities, by)


def _pair(
    formula: _Formula,
    alpha: Objective,
    second: str = "probabilities",
    policy: _Policy | None = None,
    slopes: tuple[Pair, Pair] | None = None,
) -> Pair:
    def answer(rewards: ArrayLike, probabilities: ArrayLike, by: ArrayLike | None = None) -> Any:
        return _on_host(formula, rewards, probabilities, by, alpha, second, policy or _normalised)

    return Pair(
        names=("rewards", second),
        answer=answer,
        formula=lambda r, p, by: formula(r, p, alpha, sums_with_probabilities(r), by),
        logits=policy is not None,
        per_group=formula is distribution.value,
        slopes=slopes,
    )


def _on_host(
    formula: _Formula,
    rewards: ArrayLike,
    probabilities: ArrayLike,
    by: ArrayLike | None,
    alpha: Objective,
    second: str,
    policy: _Policy,
) -> Any:
    r, r_dtype = as_numbers(_exact_integers(rewards, probabilities), "rewards", remedy="")
    p, p_dtype = as_numbers(_exact_integers(probabilities, rewards), second, remedy="")
    if r.dtype.hasobject is not p.dtype.hasobject:
        raise InvalidInputError(
            f"{second}: expected the rewards' kind of number, got {_kind(r)} rewards and {_kind(p)} {second}"
        )
    r, p = _broadcast(r, p, second)
    s = None if by is None else _scores(by)
    if s is not None:
        r, s = _broadcast(r, s, "by")
        r, p = _broadcast(r, p, second)
    _check_atoms(r, "rewards")
    _check_atoms(p, second)
    shape = r.shape
    with np.errstate(all="ignore"):
        p = policy(np.ascontiguousarray(p), p_dtype)
    r, p = r.reshape(-1, shape[-1]), p.reshape(-1, shape[-1])
    s = None if s is None else s.reshape(-1, shape[-1])
    result = without_overflow(
        lambda some, rows: formula(
            some, p[rows], alpha, sums_with_probabilities(some), None if s is None else s[rows]
        ),
        r,
        1,
        _refuse_overflow,
    )
    answer = result.reshape(shape[:-1] if result.ndim == 1 else shape)
    return rounded_once(answer, np.result_type(r_dtype, p_dtype))


def _refuse_overflow(answers: Array) -> Never:
    raise InvalidInputError(
        "rewards: expected answers that float64 holds, got one that overflows float64; scale the rewards down"
    )


def _broadcast(r: Array, x: Array, name: str) -> tuple[Array, Array]:
    try:
        r, x = np.broadcast_arrays(r, x)
    except ValueError:
        raise InvalidInputError(
            f"{name}: expected the rewards' shape (..., m), got {r.shape} and {x.shape}"
        ) from None
    return r, x


def _scores(by: ArrayLike) -> Array:
    scores = scores_of(by)
    if scores.dtype.kind == "f" and np.isnan(scores).any():
        first = at(tuple(np.argwhere(np.isnan(scores))[0]))
        raise NonFiniteRewardError(f"by: expected numbers, got nan at position {first}")
    return scores


def _exact_integers(x: ArrayLike, other: ArrayLike) -> ArrayLike:
    """Take integers beside exact rationals as such: they go with either kind."""
    try:
        integers, exact = np.asarray(x).dtype.kind in "biu", np.asarray(other).dtype == object
    except Exception:  # what is no array is refused elsewhere
        return x
    return np.asarray(x).astype(object) if integers and exact else x


def _check_atoms(x: Array, name: str) -> None:
    if x.ndim == 0 or x.shape[-1] == 0:
        raise InvalidInputError(f"{name}: expected shape (..., m) with m ≥ 1 atoms, got shape {x.shape}")
    if x.dtype != object and not np.isfinite(x).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
        raise NonFiniteRewardError(f"{name}: expected finite numbers, got {x[where]} at position {where}")


def _normalised(p: Array, dtype: Any) -> Array:
    if (p < 0).any():
        where = tuple(int(i) for i in np.argwhere(p < 0)[0])
        raise InvalidInputError(f"probabilities: expected none below zero, got {p[where]} at {where}")
    total = p.sum(axis=-1, keepdims=True)
    tolerance = 0 if p.dtype == object else np.sqrt(np.finfo(dtype).eps / 2)
    wrong = abs(total - 1) > tolerance
    if wrong.any():
        where = tuple(int(i) for i in np.argwhere(wrong)[0])
        raise InvalidInputError(
            f"probabilities: expected a sum of one, got {total[where]}"
            + (f" in distribution {where[:-1]}" if where[:-1] else "")
        )
    return p / total


def _softmax(θ: Array, dtype: Any) -> Array:
    if θ.dtype == object:
        raise InvalidInputError("logits: expected floats, got exact rationals; use gradient with exact p")
    weight = np.exp(θ - θ.max(axis=-1, keepdims=True))
    return weight / weight.sum(axis=-1, keepdims=True)


def _kind(x: Array) -> str:
    return "exact" if x.dtype == object else "float"
