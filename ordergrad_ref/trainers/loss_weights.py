"""The weights that a loss puts on log-probabilities: ``w_it = −∂loss/∂log π(y_it | y_i,<t)``. Spec eq. (98).

The loss is called on dummy arrays ``(N, T)`` at the policy that sampled: the old and the reference policy
have the log-probabilities of the current one. One backward pass gives the weights; no model is needed.
"""

import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, TypeAlias

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.errors import TargetError
from ordergrad_ref.targets.guards import seeded, staying
from ordergrad_ref.targets.libraries import as_numpy
from ordergrad_ref.targets.words import one_line
from ordergrad_ref.trainers.loss_arguments import LossRole
from ordergrad_ref.trainers.samples import Batch

__all__ = ["SEED", "LibraryOfLoss", "LossWeights"]

LibraryOfLoss: TypeAlias = Literal["torch", "jax", "numpy"]

SEED = 2606


class LossWeights:
    """A loss as a map from batches of types to weights on log-probabilities.

    Parameters
    ----------
    loss : callable
        Returns the loss, a scalar of PyTorch or JAX, alone or as the first of a tuple or as ``"loss"`` of a
        dict; or, of NumPy arrays, the weights themselves, ``(N, T)`` or ``(N,)``.
    name : str
        The loss's name in messages.
    roles : mapping of argument to role
        What its arguments take.
    advantages : callable (rewards (N,)) -> (N,)
        The advantages that it is given.
    columns : int
        T, the number of columns.
    library : {"torch", "jax", "numpy"}, optional
        What arrays it takes. By default the first in which it does not raise.

    Attributes
    ----------
    unit_roundoff : float
        u of the dtype of the log-probabilities.
    single : bool
        Whether all weights until now are numbers of single precision: a step of the loss may have been, too.
    """

    def __init__(
        self,
        loss: Callable[..., Any],
        name: str,
        roles: Mapping[str, LossRole],
        advantages: Callable[[Floats], Floats],
        columns: int,
        library: LibraryOfLoss | None = None,
    ) -> None:
        self._loss, self._name, self._roles, self._columns = loss, name, roles, columns
        self._advantages = cache(lambda rewards: advantages(np.array(rewards)))
        self._library = library
        self._wide: bool | None = None  # whether advantages are given token by token
        self.unit_roundoff = 2.0**-53
        self.single = True

    @property
    def called_with(self) -> str:
        """Which arrays the loss is called with."""
        shape = "(N, T)" if self._wide else "(N,)"
        given = f", advantages {shape}" if "advantages" in self._roles.values() else ""
        kind = {"torch": "PyTorch tensors", "jax": "JAX arrays"}.get(self._library or "", "NumPy arrays")
        return f"called with {kind}: log-probabilities (N, T){given}"

    def __call__(
        self,
        batch: Batch,
        log_probs: Floats | None = None,
        reference: Floats | None = None,
        *,
        old: Floats | None = None,
        seed: int = SEED,
    ) -> Floats:
        """Compute the weights ``(N, T)``.

        Parameters
        ----------
        batch : N Samples
            Rewards and lengths.
        log_probs, reference, old : (N, T) arrays, optional
            The log-probabilities, and those of the reference policy and the one that sampled; by default
            some, and the same.
        seed : int
            Seeds the global random states for the call.

        Raises
        ------
        TargetError
            Where the loss raises, answers with another shape, or with NaN.
        """
        if self._wide is None:
            self._find(batch)
        with seeded(seed):
            weights = self._weights(batch, log_probs, reference, old)
        if not np.isfinite(weights).all():
            raise TargetError(f"loss: expected finite weights, got {_first_bad(weights)} of {self._name}")
        self.single = self.single and np.array_equal(weights, weights.astype(np.float32))
        return weights

    def _find(self, batch: Batch) -> None:
        """Find the library and the shape of the advantages in which the loss answers."""
        errors = []
        for library in [self._library] if self._library else _libraries():
            for wide in (False, True):
                self._library, self._wide = library, wide
                try:
                    with seeded(SEED):
                        self._weights(batch)
                    return
                except TargetError as error:
                    errors.append(error)
        self._library = self._wide = None
        raise errors[0]

    def some_log_probs(self, n: int) -> Floats:
        """Log-probabilities ``(N, T)`` at which a loss is asked, where it should not depend on them."""
        return np.full((n, self._columns), -1.25)

    def _weights(
        self,
        batch: Batch,
        log_probs: Floats | None = None,
        reference: Floats | None = None,
        old: Floats | None = None,
    ) -> Floats:
        n, t = len(batch), self._columns
        mask = np.arange(t) < np.array([[s.length] for s in batch])
        if log_probs is None:
            log_probs = self.some_log_probs(n)
        advantages = self._advantages(tuple(float(s.reward) for s in batch))
        given: dict[str, Any] = {
            "old": log_probs if old is None else old,
            "reference": log_probs if reference is None else reference,
            "advantages": np.repeat(advantages[:, None], t, axis=1) if self._wide else advantages,
            "mask": mask.astype(float),
            "rewards": np.array([float(s.reward) for s in batch]),
            "lengths": mask.sum(axis=1),
            "count": mask.sum(),
        }
        differentiate = {"torch": _by_torch, "jax": _by_jax}.get(self._library or "", _by_numpy)
        try:
            with staying():
                weights = differentiate(self._loss, self._roles, log_probs.astype(float), given)
        except TargetError:
            raise
        except (Exception, SystemExit) as error:
            raise TargetError(f"loss: {self._name} raised {one_line(error)}") from error
        if weights.dtype == np.float32:
            self.unit_roundoff = max(self.unit_roundoff, 2.0**-24)
        try:
            weights = weights.astype(float, casting="safe" if weights.dtype.kind == "c" else "unsafe")
        except (TypeError, ValueError):
            raise TargetError(
                f"loss: expected real numbers, got an answer of {self._name} of dtype {weights.dtype}"
            ) from None
        if weights.shape == (n,):
            weights = np.where(mask, weights[:, None], 0.0)
        if weights.shape != (n, t):
            raise TargetError(
                f"loss: expected a scalar with a gradient, or weights ({n}, {t}) or ({n},), got an answer of "
                f"{self._name} of shape {weights.shape}"
            )
        return weights


def _by_torch(
    loss: Callable[..., Any], roles: Mapping[str, LossRole], log_probs: Floats, given: dict[str, Any]
) -> Any:
    import torch

    leaf = torch.tensor(log_probs, requires_grad=True)

    def tensor(role: str) -> Any:
        return leaf if role == "log_probs" else torch.as_tensor(np.array(given[role]))

    answer = _scalar(loss(**{name: tensor(role) for name, role in roles.items()}))
    if not isinstance(answer, torch.Tensor) or not answer.requires_grad or answer.numel() != 1:
        raise _no_gradient(answer)
    (gradient,) = torch.autograd.grad(answer.sum(), leaf, allow_unused=True)
    return np.zeros_like(log_probs) if gradient is None else -gradient.numpy()


def _by_jax(
    loss: Callable[..., Any], roles: Mapping[str, LossRole], log_probs: Floats, given: dict[str, Any]
) -> Any:
    import jax

    def scalar(leaf: Any) -> Any:
        arrays = {"log_probs": leaf, **{role: jax.numpy.asarray(x) for role, x in given.items()}}
        answer = _scalar(loss(**{name: arrays[role] for name, role in roles.items()}))
        if not isinstance(answer, jax.Array) or answer.size != 1:
            raise _no_gradient(answer)
        return answer.sum()

    return -np.asarray(jax.grad(scalar)(jax.numpy.asarray(log_probs)))


def _by_numpy(
    loss: Callable[..., Any], roles: Mapping[str, LossRole], log_probs: Floats, given: dict[str, Any]
) -> Any:
    arrays = {"log_probs": log_probs, **given}
    return np.asarray(as_numpy(loss(**{name: np.array(arrays[role]) for name, role in roles.items()})))


def _scalar(answer: Any) -> Any:
    """Take the loss out of a tuple, or of a dict."""
    if isinstance(answer, Mapping):
        return answer.get("loss")
    return answer[0] if isinstance(answer, tuple | list) else answer


def _no_gradient(answer: Any) -> TargetError:
    what = f"one of shape {tuple(answer.shape)}" if hasattr(answer, "shape") else repr(answer)
    return TargetError(f"loss: expected a scalar with a gradient by the log-probabilities, got {what}")


def _libraries() -> list[LibraryOfLoss]:
    """Try the libraries that are loaded, then plain NumPy."""
    names: list[LibraryOfLoss] = ["torch", "jax"]
    return [*(name for name in names if name in sys.modules), "numpy"]


def _first_bad(weights: Floats) -> str:
    i, t = np.argwhere(~np.isfinite(weights))[0]
    return f"{weights[i, t]} at answer {i}, token {t}"
