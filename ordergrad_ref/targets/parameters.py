"""What each parameter of a function is for, from the names that such parameters have in the wild."""

import inspect
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from types import MethodType
from typing import Any, Literal, TypeAlias

from ordergrad_ref.errors import TargetError

__all__ = ["Parameters", "Role", "name_of"]

Role: TypeAlias = Literal["rewards", "k", "objective", "size", "count", "ids", "mask", "chance"]

NAMES: dict[Role, tuple[str, ...]] = {
    "k": ("k", "K"),
    "objective": ("objective",),
    "size": (
        "group_size",
        "num_generations",
        "n_samples_per_prompt",
        "num_samples_per_prompt",
        "samples_per_prompt",
        "rollouts_per_prompt",
        "rollouts_per_example",
        "samples_per_group",
        "generations_per_prompt",
        "completions_per_prompt",
        "responses_per_prompt",
        "num_generations_per_prompt",
        "num_responses_per_prompt",
        "num_samples",
        "n_samples",
        "num_rollouts",
        "n_rollouts",
        "num_return_sequences",
        "num_return_sequences_in_group",
        "num_repeat",
        "num_repeats",
        "repeat_times",
        "rollout_n",
        "grpo_size",
        "rloo_k",
        "group_num",
    ),
    "count": (
        "num_groups",
        "n_groups",
        "num_prompts",
        "n_prompts",
        "num_problems",
        "num_questions",
    ),
    "ids": (
        "groups",
        "group",
        "group_ids",
        "group_id",
        "group_index",
        "group_idx",
        "group_indices",
        "group_keys",
        "index",
        "uid",
        "uids",
        "prompt_ids",
        "prompt_id",
        "prompt_index",
        "prompt_idx",
        "prompt_uids",
        "problem_ids",
        "problem_id",
        "problem_idx",
        "question_ids",
        "question_id",
        "query_ids",
        "query_id",
        "task_ids",
        "task_id",
        "task_idx",
        "sample_group_ids",
        "segment_ids",
    ),
    "mask": (
        "response_mask",
        "eos_mask",
        "mask",
        "action_mask",
        "completion_mask",
        "completions_mask",
        "loss_mask",
        "valid_mask",
        "response_masks",
        "token_mask",
        "attention_mask",
    ),
    "chance": ("seed", "rng", "generator", "random_state", "key", "prng_key", "rng_key"),
}
FRESH = ("seed", "rng", "generator", "random_state")
"""Without one of these, a function makes a generator anew on each call; a missing ``key`` may be anything."""

ROLES: dict[str, Role] = {name: role for role, names in NAMES.items() for name in names}
ALWAYS: tuple[Role, ...] = ("k", "objective", "size", "count", "chance")
ANNOTATIONS = {
    "jax": re.compile(r"\bjaxlib\b|\bjax\b|\bjnp\b"),
    "torch": re.compile(r"\btorch\b|Tensor\b"),
    "numpy": re.compile(r"(?<!jax\.)\bnumpy\b|\bnp\b|\bNDArray\b|(?<!jnp\.)(?<!jax\.numpy\.)\bndarray\b"),
    "list": re.compile(r"\b[Ll]ist\[|\bSequence\[|\bIterable\[|\blist\b"),
}
NESTED = re.compile(r"\b(list|sequence|tuple)\[[^\[\]]*\b(list|sequence|tuple)\[", re.IGNORECASE)
FLAT = re.compile(r"\b(list|sequence)\[\s*(float|int|bool)( \| (float|int|bool))*\s*\]", re.IGNORECASE)
AXES = re.compile(r"\[[^\[\]]*,\s*['\"]([^'\"]*)['\"]\s*\]")
TABLE_NAMES = re.compile(r"(?:^|_)(?:2d|matrix|table|grouped|(?:by|per)_(?:group|prompt))(?:_|$)")


@dataclass(frozen=True)
class Parameters:
    """Which parameter takes what.

    Attributes
    ----------
    rewards : str or None
        The name of the rewards' parameter; None if it is whatever takes the first argument.
    first : bool
        Whether that is the first one, and can be passed by position.
    signature : inspect.Signature or None
        The signature, if some parameters can only be passed by position.
    roles : dict of parameter name to role
        What the others are for, as far as their names say.
    required : set of roles
        Those of these roles that a parameter without a default has.
    libraries : dict of parameter name to library
        The library that an annotation names.
    dimensions : int or None
        How many axes the rewards have, as far as their annotation or name says: ``list[float]`` has one;
        ``list[list[float]]``, ``Float[Tensor, "groups n"]`` and ``rewards_2d`` have two.
    fresh : tuple of str
        The parameters for a seed or a generator whose default is None: a fresh one on each call, by custom.
    """

    rewards: str | None = None
    first: bool = False
    signature: inspect.Signature | None = None
    roles: dict[str, Role] = field(default_factory=dict)
    required: frozenset[Role] = frozenset()
    libraries: dict[str, str] = field(default_factory=dict)
    dimensions: int | None = None
    fresh: tuple[str, ...] = ()

    @classmethod
    def of(cls, function: Callable[..., Any]) -> "Parameters":
        """Take a signature apart; what a `functools.partial` has bound stays bound.

        Raises
        ------
        TargetError
            If a parameter without a default has an unknown name, or there is no parameter at all.
        """
        try:
            signature = inspect.signature(_called(function))
        except (TypeError, ValueError):
            return cls()
        except Exception:  # whatever a __getattr__ of the function raises: ask its class
            signature = inspect.signature(MethodType(type(function).__call__, function))
        name, parameters = name_of(function), list(signature.parameters.values())
        if not parameters:
            raise TargetError(_unknown(name, []))
        if parameters[0].name == "self":
            raise TargetError(
                f"{name}: expected a method of an instance, got one of the class itself; audit "
                f"Class(...).{name}, or name it Class.{name} on the command line"
            )
        bound = function.keywords if isinstance(function, partial) else {}
        ordinary = [p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        free = [p for p in ordinary if p.name not in bound]
        rewards = _rewards(free)
        others = [p for p in free if p is not rewards]
        unknown = [p.name for p in others if p.default is p.empty and p.name not in ROLES]
        starred = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        if unknown or (rewards is None and not starred):
            raise TargetError(_unknown(name, unknown))
        roles = {
            p.name: ROLES[p.name]
            for p in others
            if p.name in ROLES and not (ROLES[p.name] == "chance" and p.default is not p.empty)
        }
        return cls(
            rewards=rewards.name if rewards is not None else None,
            first=rewards is parameters[0] and rewards.kind is not rewards.KEYWORD_ONLY,
            signature=signature if any(p.kind is p.POSITIONAL_ONLY for p in parameters) else None,
            roles=roles,
            required=frozenset(roles[p.name] for p in others if p.default is p.empty),
            libraries={p.name: library for p in free if (library := _library(p.annotation)) is not None},
            dimensions=None if rewards is None else _dimensions(rewards),
            fresh=tuple(p.name for p in others if p.name in FRESH and p.default is None),
        )

    @property
    def library(self) -> str | None:
        """The library that the rewards' own annotation names."""
        return self.libraries.get(self.rewards or "")

    @property
    def token_level(self) -> bool:
        """Whether the rewards' own name says that they are token by token."""
        return self.rewards is not None and self.rewards.startswith("token_level")

    def has(self, role: Role) -> bool:
        """Tell whether some parameter takes this."""
        return role in self.roles.values()

    def chosen(self, roles: Iterable[Role]) -> dict[str, Role]:
        """Choose the parameters that are given something, if a layout gives ``roles``."""
        given = {*ALWAYS, *roles}
        return {name: role for name, role in self.roles.items() if role in given}


def name_of(function: Callable[..., Any]) -> str:
    """Name a function as reports do; a `functools.partial` has the name of the function that it binds."""
    while isinstance(function, partial):
        function = function.func
    try:
        return str(getattr(function, "__name__", type(function).__name__))
    except Exception:  # whatever its __getattr__ raises
        return type(function).__name__


def _called(function: Callable[..., Any]) -> Callable[..., Any]:
    """Look through a PyTorch module, whose call says nothing of its arguments, to its ``forward``."""
    if isinstance(function, partial) or "torch" not in sys.modules:
        return function
    module = getattr(getattr(sys.modules["torch"], "nn", None), "Module", None)
    forward: Callable[..., Any] = (
        function.forward if module is not None and isinstance(function, module) else function
    )
    return forward


def _rewards(free: list[inspect.Parameter]) -> inspect.Parameter | None:
    """Find the rewards: the first that is required and has no other known name; else the first of all."""
    required = (p for p in free if p.default is p.empty and p.name not in ROLES)
    return next(required, free[0] if free else None)


def _library(annotation: Any) -> str | None:
    if annotation is inspect.Parameter.empty:
        return None
    text = annotation if isinstance(annotation, str) else repr(annotation)
    found = [name for name, pattern in ANNOTATIONS.items() if pattern.search(text)]
    return found[0] if len(found) == 1 else None


def _dimensions(rewards: inspect.Parameter) -> int | None:
    annotation = rewards.annotation
    text = annotation if isinstance(annotation, str) else repr(annotation)
    text = text.replace("typing.", "").replace("collections.abc.", "")
    if NESTED.search(text):
        return 2
    axes = AXES.search(text)
    if axes is not None and not re.search(r"[*.]", axes[1]):
        return len(axes[1].split())
    if TABLE_NAMES.search(rewards.name):
        return 2
    return 1 if FLAT.search(text) else None


def _unknown(name: str, unknown: list[str]) -> str:
    return (
        f"{name} expected to take rewards (and k, K or objective; group ids; a mask), needs "
        f"{', '.join(unknown) or 'nothing'}; "
        "wrap it in a function of the rewards alone, or bind what it needs (--kwarg, functools.partial)"
    )
