"""How an update is given a policy, and how its answer is read: a table of NumPy, or a module of PyTorch.

What is lent is a copy, or is watched: an update that changes it is found out.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.trainers.modules import ModulePolicy, flat, parameters_of
from ordergrad_ref.trainers.policies import TablePolicy
from ordergrad_ref.trainers.table_module import table_module

__all__ = ["Lent", "Policy", "RefusedError", "lent_module", "lent_table"]

Policy: TypeAlias = TablePolicy | ModulePolicy


class RefusedError(Exception):
    """An update cannot be judged; the message is the verdict."""


class Lent(Protocol):
    """What an update is given for a policy."""

    given: Any

    def gradient(self, answer: Any) -> Floats:
        """Read what the policy's parameters are to ascend from the update's answer."""

    def unchanged(self) -> bool:
        """Tell whether the update left it as it was."""


@contextmanager
def lent_table(policy: TablePolicy) -> Iterator[Lent]:
    """Lend a copy of a table; the answer is an array, or a row for each prefix."""
    yield _Table(policy)


@contextmanager
def lent_module(policy: Policy) -> Iterator[Lent]:
    """Lend a module; the answer is a loss, or nothing where the update has called ``backward`` itself."""
    lent = _Module(policy)
    before = [p.grad for p in lent.parameters]
    for p in lent.parameters:
        p.grad = None
    try:
        yield lent
    finally:
        for p, grad in zip(lent.parameters, before, strict=True):
            p.grad = grad


class _Table:
    def __init__(self, policy: TablePolicy) -> None:
        self._policy = policy
        self.given = policy.copy()

    def unchanged(self) -> bool:
        return np.array_equal(self.given.array, self._policy.array)

    def gradient(self, answer: Any) -> Floats:
        """Prefixes that are missing have no gradient."""
        right = self._policy.array.shape
        if isinstance(answer, Mapping):
            if not set(answer) <= set(self._policy):
                raise RefusedError("its gradient has prefixes that are not of the policy")
            rows = [np.asarray(answer.get(p, np.zeros(right[1])), dtype=float) for p in self._policy]
            if any(row.shape != right[1:] for row in rows):
                raise RefusedError(f"its gradient has rows that are not of {right[1]} tokens")
            return np.array(rows)
        try:
            gradient = np.array(answer, dtype=float)
        except (TypeError, ValueError, RuntimeError):
            raise RefusedError(f"its gradient is no array: {type(answer).__name__}") from None
        if gradient.shape != right:
            raise RefusedError(f"its gradient has shape {gradient.shape}, the policy {right}")
        return gradient


class _Module:
    def __init__(self, policy: Policy) -> None:
        if isinstance(policy, TablePolicy):
            self.given: Any = table_module(policy)
            self._shape: tuple[int, ...] = policy.array.shape
        else:
            self.given, self._shape = policy.module, (-1,)
        self.parameters = parameters_of(self.given)
        self._before = {name: x.clone() for name, x in self.given.state_dict().items()}

    def unchanged(self) -> bool:
        now = self.given.state_dict()
        return now.keys() == self._before.keys() and all(x.equal(now[k]) for k, x in self._before.items())

    def gradient(self, answer: Any) -> Floats:
        """The parameters are to descend a loss."""
        import torch

        if answer is None:
            gradients = [p.grad for p in self.parameters]
        elif not isinstance(answer, torch.Tensor) or answer.numel() != 1:
            raise RefusedError(f"its answer is no loss, a scalar tensor, but of {type(answer).__name__}")
        elif not answer.requires_grad:  # a batch that is left out
            return np.zeros(sum(p.numel() for p in self.parameters)).reshape(self._shape)
        else:
            gradients = list(torch.autograd.grad(answer.sum(), self.parameters, allow_unused=True))
        if all(g is None for g in gradients):
            raise RefusedError("its loss does not depend on the parameters of the model that it is given")
        return -flat(self.parameters, gradients).reshape(self._shape)
