"""Call an update: a batch of sampled answers in, a gradient by the policy's logits out, under guard."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.errors import TargetError
from ordergrad_ref.targets.guards import seeded
from ordergrad_ref.targets.parameters import name_of
from ordergrad_ref.targets.words import one_line
from ordergrad_ref.trainers.policies import TablePolicy

__all__ = ["RefusedError", "Update", "UpdateRole"]

UpdateRole: TypeAlias = Literal["policy", "answers", "rewards", "old", "reference", "groups", "mask"]

NAMES: dict[UpdateRole, tuple[str, ...]] = {
    "policy": ("policy", "model", "table", "pi", "probabilities", "probs"),
    "answers": ("answers", "completions", "responses", "samples", "tokens", "sequences"),
    "rewards": ("rewards", "reward", "scores", "r"),
    "old": ("old", "old_policy", "sampling_policy", "behaviour_policy", "behavior_policy", "mu"),
    "reference": ("reference", "ref", "ref_policy", "reference_policy", "base_policy"),
    "groups": ("groups", "group_ids", "group_id", "index", "uid", "uids", "prompt_ids"),
    "mask": ("mask", "masks", "response_mask", "completion_mask", "loss_mask", "valid"),
}
ROLES = {name: role for role, names in NAMES.items() for name in names}
SEED = 2606

REPEATED = 16
"""How many batches are asked for twice, under different seeds."""


class RefusedError(Exception):
    """An update cannot be judged; the message is the verdict."""


class Update:
    """An update as a map from batches to gradients ``(P, V)`` by the logits of a table.

    Parameters
    ----------
    update : callable
        ``update(policy, answers, rewards)``; further arguments by their names: the policy that sampled, a
        reference policy, group ids, masks of tokens. It returns an array ``(P, V)``, or one for each prefix.

    Raises
    ------
    TargetError
        Where an argument without a default has no known name.
    """

    def __init__(self, update: Callable[..., Any]) -> None:
        self._update, self.name = update, name_of(update)
        self.module: str | None = getattr(update, "__module__", None)
        self.roles = self._roles()
        self._to_repeat = REPEATED

    def takes(self, role: UpdateRole) -> bool:
        """Tell whether the update has an argument for this."""
        return role in self.roles.values()

    def __call__(
        self,
        policy: TablePolicy,
        answers: Sequence[tuple[int, ...]],
        rewards: Sequence[float],
        *,
        old: TablePolicy | None = None,
        reference: TablePolicy | None = None,
        groups: Sequence[int] | None = None,
        mask: Sequence[Sequence[bool]] | None = None,
    ) -> Floats:
        """Compute the gradient, ``(P, V)``, which the policy is to ascend.

        Raises
        ------
        TargetError
            Where it raises.
        RefusedError
            Where it answers with another shape or with NaN, changes its input, or answers differently twice.
        """
        given: dict[str, Any] = {
            "policy": policy,
            "old": policy if old is None else old,
            "reference": policy if reference is None else reference,
            "groups": [0] * len(answers) if groups is None else list(groups),
            "mask": [[True] * len(a) for a in answers] if mask is None else mask,
            "answers": answers,
            "rewards": rewards,
        }
        gradient = self._once(policy, given)
        if self._to_repeat and gradient.any():
            if not np.array_equal(gradient, self._once(policy, given, seed=SEED + 1)):
                raise RefusedError("it is not deterministic: it answers the same batch differently each time")
            self._to_repeat -= 1
        return gradient

    def _once(self, policy: TablePolicy, given: Mapping[str, Any], seed: int = SEED) -> Floats:
        copies = {name: self._copy(given[role]) for name, role in self.roles.items()}
        try:
            with seeded(seed):
                answer = self._update(**copies)
        except Exception as error:
            raise TargetError(f"update: {self.name} raised {one_line(error)}") from error
        gradient = self._read(policy, answer)
        for name, role in self.roles.items():
            if not _same(copies[name], given[role]):
                raise RefusedError(f"it changes its input: {name}")
        if not np.isfinite(gradient).all():
            raise RefusedError("it is not finite: its gradient has NaN or infinity")
        return gradient

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

    @staticmethod
    def _copy(x: Any) -> Any:
        if isinstance(x, TablePolicy):
            return x.copy()
        if x and isinstance(x[0], tuple | list):
            return [list(inner) for inner in x]
        return np.array(x)

    @staticmethod
    def _read(policy: TablePolicy, answer: Any) -> Floats:
        """Read an array, or a mapping of prefixes to rows; prefixes that are missing have no gradient."""
        if isinstance(answer, Mapping):
            if not set(answer) <= set(policy):
                raise RefusedError("its gradient has prefixes that are not of the policy")
            rows = [np.asarray(answer.get(p, np.zeros(policy.array.shape[1])), dtype=float) for p in policy]
            if any(row.shape != policy.array.shape[1:] for row in rows):
                raise RefusedError(f"its gradient has rows that are not of {policy.array.shape[1]} tokens")
            return np.array(rows)
        try:
            gradient = np.array(answer, dtype=float)
        except (TypeError, ValueError):
            raise RefusedError(f"its gradient is no array: {type(answer).__name__}") from None
        if gradient.shape != policy.array.shape:
            raise RefusedError(f"its gradient has shape {gradient.shape}, the policy {policy.array.shape}")
        return gradient


def _same(x: Any, y: Any) -> bool:
    if isinstance(x, TablePolicy):
        return x.prefixes == y.prefixes and np.array_equal(x.array, y.array)
    if isinstance(x, np.ndarray):
        return x.shape == np.shape(y) and np.array_equal(x, y)
    return [list(inner) for inner in x] == [list(inner) for inner in y]
