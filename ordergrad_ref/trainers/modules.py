"""Any module of PyTorch as a policy: it gives logits by prefix, and an update moves its parameters."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.targets.words import one_line

__all__ = ["ModulePolicy", "is_module", "parameters_of"]

Tokens: TypeAlias = tuple[int, ...]


def is_module(x: object) -> bool:
    """Tell whether it is a module of PyTorch; PyTorch is not loaded for that."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.nn.Module)


def parameters_of(module: Any) -> list[Any]:
    """Return the parameters that training moves."""
    return [p for p in module.parameters() if p.requires_grad]


class ModulePolicy:
    """A policy over given answers, whose parameters are those of a module.

    Parameters
    ----------
    module : torch.nn.Module
        Takes tokens ``(B, L)`` and gives logits ``(B, L, V)`` of the next token after each, alone or as
        ``.logits``. Its parameters are of double precision.
    answers : tuples of int
        All answers that it may give.
    prompt : sequence of int
        The tokens before an answer, one at least.

    Raises
    ------
    InvalidInputError
        Where the parameters are not of double precision, there are none, the logits do not depend on them,
        the answers do not have all of the probability, or the prompt is empty.
    """

    def __init__(self, module: Any, answers: Iterable[Tokens], prompt: Sequence[int] = (0,)) -> None:
        self.module, self.prompt = module, tuple(prompt)
        dtypes = {str(p.dtype) for p in parameters_of(module)}
        if dtypes != {"torch.float64"}:
            raise InvalidInputError(
                f"policy: expected a module with parameters of torch.float64, got "
                f"{', '.join(sorted(dtypes)) or 'none that require a gradient'}; call .double() on it"
            )
        if not self.prompt:
            raise InvalidInputError("prompt: expected one token or more, got none")
        self._answers = tuple(answers)
        if not all(self._log_probability(a).requires_grad for a in self._answers):
            raise InvalidInputError(
                "policy: expected logits that depend on the module's parameters, got others"
            )
        total = sum(p for _, p in self.answers())
        if not abs(total - 1) <= 1e-9:
            raise InvalidInputError(
                f"rewards: expected one for each answer of the module, got some for answers of probability "
                f"{total:.9g} together"
            )

    def answers(self) -> Iterator[tuple[Tokens, float]]:
        """Yield all answers, each with its probability."""
        return ((answer, self.probability(answer)) for answer in self._answers)

    def probability(self, tokens: Tokens) -> float:
        """Multiply the probabilities of the tokens."""
        return float(np.exp(self._log_probability(tokens).item()))

    def score(self, answer: Tokens) -> Floats:
        """``∇ log p(answer)`` by all parameters, ``(D,)``. Spec eq. (100)."""
        import torch

        parameters = parameters_of(self.module)
        gradients = torch.autograd.grad(self._log_probability(answer), parameters, allow_unused=True)
        return flat(parameters, gradients)

    @cached_property
    def twin(self) -> "ModulePolicy":
        """The same policy with parameters of its own: what an update does with it moves nothing here.

        Raises
        ------
        InvalidInputError
            Where the module cannot be copied.
        """
        try:
            other = deepcopy(self.module)
        except Exception as error:
            raise InvalidInputError(
                f"policy: expected a module that copy.deepcopy can copy, for the policy that sampled, got "
                f"{type(self.module).__name__}: {one_line(error)}"
            ) from error
        return ModulePolicy(other, self._answers, self.prompt)

    def tilted(self, by: float = 0.25) -> "ModulePolicy":
        """Return a policy near this one: each parameter moved by up to ``by`` times their spread."""
        import torch

        other = deepcopy(self.twin.module)
        with torch.no_grad():
            for p in parameters_of(other):
                spread = float(p.std(correction=0)) or 1.0
                p += by * spread * torch.arange(p.numel(), dtype=p.dtype).cos().reshape(p.shape)
        return ModulePolicy(other, self._answers, self.prompt)

    def unit_roundoff(self) -> float:
        """Measure the precision of the module's arithmetic; a norm in float32 is common in double ones too.

        Scores have mean zero, spec eq. (100): by how much they miss it, relative to their size, is no less
        than u of float64.
        """
        chances = np.array([p for _, p in self.answers()])
        scores = np.array([self.score(a) for a in self._answers])
        return max(2.0**-53, float(abs(chances @ scores).max() / (chances @ abs(scores)).max()))

    def _log_probability(self, tokens: Tokens) -> Any:
        import torch

        ids = torch.tensor([[*self.prompt, *tokens]])
        output = self.module(ids[:, :-1])
        logits = getattr(output, "logits", output)
        chosen = ids[:, len(self.prompt) :, None]
        return logits[:, len(self.prompt) - 1 :].log_softmax(-1).gather(-1, chosen).sum()


def flat(parameters: Sequence[Any], gradients: Iterable[Any]) -> Floats:
    """Lay out gradients by all parameters in one vector ``(D,)``; None is zero."""
    pairs = zip(parameters, gradients, strict=True)
    rows = [np.zeros(p.numel()) if g is None else g.detach().numpy().ravel() for p, g in pairs]
    return np.concatenate(rows)
