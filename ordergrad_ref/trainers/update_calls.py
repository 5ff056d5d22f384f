"""Call an update: a batch of sampled answers in, a gradient by the policy's parameters out, under guard."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Literal, TypeAlias

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.errors import TargetError
from ordergrad_ref.targets.guards import seeded, staying
from ordergrad_ref.targets.parameters import name_of
from ordergrad_ref.targets.words import one_line
from ordergrad_ref.trainers.lending import Policy, RefusedError, lent_module, lent_table
from ordergrad_ref.trainers.modules import ModulePolicy

__all__ = ["RefusedError", "Update", "UpdateRole"]

UpdateRole: TypeAlias = Literal[
    "policy", "answers", "rewards", "old", "reference", "groups", "mask", "prompt"
]

NAMES: dict[UpdateRole, tuple[str, ...]] = {
    "policy": ("policy", "model", "table", "pi", "probabilities", "probs"),
    "answers": ("answers", "completions", "responses", "samples", "tokens", "sequences"),
    "rewards": ("rewards", "reward", "scores", "r"),
    "old": ("old", "old_policy", "sampling_policy", "behaviour_policy", "behavior_policy", "mu"),
    "reference": ("reference", "ref", "ref_policy", "reference_policy", "base_policy"),
    "groups": ("groups", "group_ids", "group_id", "index", "uid", "uids", "prompt_ids"),
    "mask": ("mask", "masks", "response_mask", "completion_mask", "loss_mask", "valid"),
    "prompt": ("prompt", "prompt_tokens"),
}
POLICIES: tuple[UpdateRole, ...] = ("policy", "old", "reference")
ROLES = {name: role for role, names in NAMES.items() for name in names}
SEED = 2606

REPEATED = 16
"""How many batches are asked for twice, under different seeds."""


class Update:
    """An update as a map from batches to gradients by the parameters of a policy.

    Parameters
    ----------
    update : callable
        ``update(policy, answers, rewards)``; further arguments by their names: the policy that sampled, a
        reference policy, group ids, masks of tokens, the prompt.
    modules : bool
        Whether it takes policies as modules of PyTorch, and answers with a loss; else it takes tables, and
        answers with an array ``(P, V)``, or one for each prefix.

    Raises
    ------
    TargetError
        Where an argument without a default has no known name.
    """

    def __init__(self, update: Callable[..., Any], *, modules: bool = False) -> None:
        self._update, self.name = update, name_of(update)
        self._lent: Callable[..., Any] = lent_module if modules else lent_table
        self._modules = modules
        self.module: str | None = getattr(update, "__module__", None)
        self.roles = self._roles()
        self._to_repeat = REPEATED

    def takes(self, role: UpdateRole) -> bool:
        """Tell whether the update has an argument for this."""
        return role in self.roles.values()

    def __call__(
        self,
        policy: Policy,
        answers: Sequence[tuple[int, ...]],
        rewards: Sequence[float],
        *,
        old: Policy | None = None,
        reference: Policy | None = None,
        groups: Sequence[int] | None = None,
        mask: Sequence[Sequence[bool]] | None = None,
    ) -> Floats:
        """Compute the gradient, ``(P, V)`` of a table, ``(D,)`` of a module, which the policy is to ascend.

        Raises
        ------
        TargetError
            Where it raises.
        RefusedError
            Where it answers with another shape or with NaN, changes its input, or answers differently twice.
        """
        given: dict[str, Any] = {
            "policy": policy,
            "old": self._apart(policy, "old") if old is None else old,
            "reference": self._apart(policy, "reference") if reference is None else reference,
            "groups": [0] * len(answers) if groups is None else list(groups),
            "mask": [[True] * len(a) for a in answers] if mask is None else mask,
            "prompt": list(policy.prompt) if isinstance(policy, ModulePolicy) else [0],
            "answers": answers,
            "rewards": rewards,
        }
        gradient = self._once(given)
        if self._to_repeat and gradient.any():
            if not np.array_equal(gradient, self._once(given, seed=SEED + 1)):
                raise RefusedError("it is not deterministic: it answers the same batch differently each time")
            self._to_repeat -= 1
        return gradient

    def _apart(self, policy: Policy, role: UpdateRole) -> Policy:
        """The policy itself in another role: the gradient is by the one that is trained alone."""
        return policy.twin if isinstance(policy, ModulePolicy) and self.takes(role) else policy

    def _once(self, given: Mapping[str, Any], seed: int = SEED) -> Floats:
        with ExitStack() as stack:
            policies = {
                name: stack.enter_context(self._lent(given[role]))
                for name, role in self.roles.items()
                if role in POLICIES
            }
            copies = {
                name: policies[name].given if name in policies else self._copy(role, given[role])
                for name, role in self.roles.items()
            }
            answer = self._called(copies, seed)
            (trained,) = (policies[name] for name, role in self.roles.items() if role == "policy")
            gradient: Floats = trained.gradient(answer)
            for name, role in self.roles.items():
                kept = policies[name].unchanged() if name in policies else _same(copies[name], given[role])
                if not kept:
                    raise RefusedError(f"it changes its input: {name}")
        if not np.isfinite(gradient).all():
            raise RefusedError("it is not finite: its gradient has NaN or infinity")
        return gradient

    def _called(self, arguments: Mapping[str, Any], seed: int) -> Any:
        try:
            with seeded(seed), staying():
                return self._update(**arguments)
        except (Exception, SystemExit) as error:
            raise TargetError(f"update: {self.name} raised {one_line(error)}") from error

    def _roles(self) -> dict[str, UpdateRole]:
        try:
            parameters = [
                p
                for p in inspect.signature(self._update).parameters.values()
                if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
            ]
        except (TypeError, ValueError):
            raise TargetError(f"update: expected a signature to read, got none of {self.name}") from None
        roles = {p.name: ROLES[p.name] for p in parameters if p.name in ROLES}
        first: tuple[UpdateRole, ...] = ("policy", "answers", "rewards")
        if not set(first) <= set(roles.values()):  # other names: by their places
            roles |= {p.name: role for p, role in zip(parameters, first, strict=False)}
        unknown = [p.name for p in parameters if p.name not in roles and p.default is p.empty]
        if unknown or not set(first) <= set(roles.values()):
            raise TargetError(
                "update: expected (policy, answers, rewards), and of old, reference, groups, mask what it "
                f"needs, got {self.name} with {', '.join(p.name for p in parameters) or 'no arguments'}"
            )
        return roles

    def _copy(self, role: UpdateRole, x: Any) -> Any:
        """Give rewards and ids as an array, tokens and masks as lists."""
        if role in ("answers", "mask"):
            return [list(inner) for inner in x]
        if role == "prompt":
            return list(x)
        array = np.array(x)
        if not self._modules:
            return array
        import torch

        return torch.from_numpy(array)


def _same(x: Any, y: Any) -> bool:
    if isinstance(x, list):
        return list(map(_plain, x)) == list(map(_plain, y))
    return tuple(x.shape) == np.shape(y) and np.array_equal(np.asarray(x), y)


def _plain(x: Any) -> Any:
    return list(x) if isinstance(x, list | tuple) else x
