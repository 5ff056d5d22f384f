"""Answers as tensors, and their log-probabilities: what the ready-made updates of trainers share."""

from collections.abc import Sequence
from typing import Any

__all__ = ["log_probs", "padded"]


def padded(answers: Sequence[Sequence[int]], columns: int | None = None) -> tuple[Any, Any]:
    """Return the tokens ``(N, T)``, zero behind the end of an answer, and the mask ``(N, T)``."""
    import torch

    width = max(map(len, answers)) if columns is None else columns
    tokens = torch.tensor([[*a, *[0] * (width - len(a))] for a in answers])
    mask = torch.tensor([[1] * len(a) + [0] * (width - len(a)) for a in answers])
    return tokens, mask


def log_probs(model: Any, prompt: Sequence[int], tokens: Any) -> Any:
    """Return the log-probabilities ``(N, T)`` of tokens ``(N, T)`` after a prompt; padding goes last."""
    import torch

    ids = torch.cat([torch.tensor(prompt).expand(len(tokens), -1), tokens], dim=1)
    output = model(ids[:, :-1])
    logits = getattr(output, "logits", output)[:, len(prompt) - 1 :]
    return logits.log_softmax(-1).gather(-1, tokens[..., None])[..., 0]
