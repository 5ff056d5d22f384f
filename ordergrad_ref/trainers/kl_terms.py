"""KL estimators k1, k2, k3 in a loss and in a reward: whose gradient each follows. Spec eq. (99).

With ``ℓ = log(p/ref)`` of what was sampled, the estimators of KL(p‖ref) are

    k1 = ℓ,        k2 = ℓ²/2,        k3 = e^(−ℓ) − 1 + ℓ.

In a loss the term is differentiated as it stands, at samples of p itself: the expected gradient is
``E[(∂k/∂ℓ) ∇log p]``. In a reward nothing is differentiated: it is ``E[k ∇log p]``.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Floats
from ordergrad_ref.agreement import tolerance
from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.trainers.loss_arguments import LossRole
from ordergrad_ref.trainers.loss_weights import LossWeights
from ordergrad_ref.trainers.samples import Sample

__all__ = ["FOLLOWS", "Estimator", "Place", "estimate", "expected_gradient", "kl_note", "slope"]

Estimator: TypeAlias = Literal["k1", "k2", "k3"]
Place: TypeAlias = Literal["loss", "reward"]

FOLLOWS: dict[tuple[Estimator, Place], str] = {
    ("k1", "loss"): "nothing: its expected gradient is zero",
    ("k2", "loss"): "∇KL(p‖ref), token by token with the prefixes held fixed",
    ("k3", "loss"): "∇KL(ref‖p), the other direction, token by token with the prefixes held fixed",
    ("k1", "reward"): "∇KL(p‖ref), exactly, for the mean; for K > 1 the pathwise term is missing",
    ("k2", "reward"): "∇E[ℓ²/2] − ∇KL(p‖ref), for the mean",
    ("k3", "reward"): "∇KL(p‖ref) − ∇KL(ref‖p), for the mean",
}
"""Whose gradient each form follows. Spec eq. (99)."""


def estimate(log_ratio: Floats, estimator: Estimator) -> Floats:
    """``k1``, ``k2`` or ``k3`` of ``ℓ = log(p/ref)``. Spec eq. (99)."""
    if estimator == "k1":
        return log_ratio
    return log_ratio**2 / 2 if estimator == "k2" else np.expm1(-log_ratio) + log_ratio


def slope(log_ratio: Floats, estimator: Estimator) -> Floats:
    """``∂k/∂ℓ``: 1, ``ℓ``, and ``1 − e^(−ℓ)``. Spec eq. (99)."""
    if estimator == "k1":
        return np.ones_like(log_ratio)
    return log_ratio if estimator == "k2" else -np.expm1(-log_ratio)


def expected_gradient(
    p: ArrayLike, reference: ArrayLike, estimator: Estimator, place: Place = "loss"
) -> Floats:
    """Compute the expected gradient of a KL term, by the logits of p. Spec eq. (99).

    ``E[(∂k/∂ℓ) ∇log p]`` for a term k in a loss, with ``ℓ = log(p/ref)``; ``E[k ∇log p]`` for k subtracted
    from a reward. `ordergrad_ref.trainers` exports it as ``kl_gradient``.

    Parameters
    ----------
    p, reference : (m,) arrays
        Probabilities of m actions, all positive.
    estimator : {"k1", "k2", "k3"}
        The estimator of KL(p‖ref).
    place : {"loss", "reward"}
        Where it stands.

    Returns
    -------
    (m,) array
        What the term adds to the gradient that is descended.

    Raises
    ------
    InvalidInputError
        Where the probabilities are not positive, or estimator or place are none of these.

    Examples
    --------
    >>> import numpy as np
    >>> p, ref = np.array([0.5, 0.25, 0.25]), np.array([0.25, 0.25, 0.5])
    >>> from ordergrad_ref.trainers import kl_gradient
    >>> kl_gradient(p, ref, "k3")  # ∇KL(ref‖p) by the logits is p − ref
    array([ 0.25,  0.  , -0.25])
    >>> bool(abs(kl_gradient(p, ref, "k1")).max() < 1e-15)
    True
    """
    x, y = np.asarray(p, dtype=float), np.asarray(reference, dtype=float)
    for name, given in (("p", x), ("reference", y)):
        if given.ndim != 1 or given.shape != x.shape or not (given > 0).all():
            raise InvalidInputError(f"{name}: expected positive probabilities ({x.size},), got {given!r}")
    if estimator not in get_args(Estimator):
        raise InvalidInputError(f"estimator: {expected_one_of(get_args(Estimator), estimator)}")
    if place not in get_args(Place):
        raise InvalidInputError(f"place: {expected_one_of(get_args(Place), place)}")
    log_ratio = np.log(x / y)
    weight = slope(log_ratio, estimator) if place == "loss" else estimate(log_ratio, estimator)
    return x * (weight - x @ weight)


def kl_note(weigh: LossWeights, roles: Mapping[str, LossRole], n: int, columns: int) -> tuple[str, ...]:
    """Say which KL estimator a loss contains, if it takes a reference policy. Spec eq. (99)."""
    if "reference" not in roles.values():
        return ()
    batch = [Sample(Fraction(1), columns)] * n  # equal rewards, so that nothing but the term is left
    log_ratio = (np.arange(n * columns).reshape(n, columns) % 5 - 1.5) / 4
    log_probs = np.full((n, columns), -1.25)
    at_ratio = weigh(batch, log_probs, log_probs - log_ratio)
    without = weigh(batch, log_probs, log_probs)
    moved = without - at_ratio  # β times the slope, less the slope at ratio one
    limit = tolerance(weigh.unit_roundoff)
    if abs(moved).max() <= limit * max(abs(without).max(), 1e-300):
        return _constant_term(without, limit)
    estimators: tuple[Estimator, ...] = ("k2", "k3")
    for estimator in estimators:
        x = slope(log_ratio, estimator)
        beta = float((moved * x).sum() / (x * x).sum())
        if abs(moved - beta * x).max() <= 100 * limit * abs(moved).max():
            follows = FOLLOWS[estimator, "loss"]
            return (f"its KL term is {estimator} in the loss, with weight {beta:.6g}: it follows {follows}",)
    return (_in_the_reward(moved, log_ratio, limit),)


def _in_the_reward(moved: Floats, log_ratio: Floats, limit: float) -> str:
    """Recognise an estimator that is summed over an answer and counts in the weights of all its tokens."""
    for estimator in get_args(Estimator):
        of_answers = estimate(log_ratio, estimator).sum(axis=1, keepdims=True)
        for x in (of_answers, of_answers - of_answers.mean()):  # as it is, or less the mean of the group
            beta = float((moved * x).sum() / (x * x).sum() / moved.shape[1])
            if abs(moved - beta * x).max() <= 100 * limit * abs(moved).max():
                follows = FOLLOWS[estimator, "reward"]
                return (
                    f"its KL term is {estimator} in the reward, with weight {beta:.6g}: it follows {follows}"
                )
    return "it has a term of the reference policy that is none of k1, k2, k3"


def _constant_term(without: Floats, limit: float) -> tuple[str, ...]:
    """A weight that equal rewards leave, the same whatever the reference: k1, or a baseline."""
    if abs(without).max() <= limit:
        return ("it takes a reference policy, on which its gradient does not depend",)
    follows = FOLLOWS["k1", "loss"]
    return (f"its KL term is k1 in the loss, with weight {-without.flat[0]:.6g}: it follows {follows}",)
