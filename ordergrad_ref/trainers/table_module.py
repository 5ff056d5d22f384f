"""A table policy as a module of PyTorch, so that an update of modules can be judged for every policy."""

from functools import cache
from typing import Any

import numpy as np

from ordergrad_ref.trainers.policies import TablePolicy

__all__ = ["table_module"]


def table_module(policy: TablePolicy) -> Any:
    """Make a small language model whose parameters are the logits ``(P, V)`` of a table.

    It gives the logits ``(B, L, V)`` of the next token after each of tokens ``(B, L)``, the first of which is
    the prompt. Behind the end of an answer all tokens are equally likely. What it returns is a tensor that,
    as the outputs of language models do, has ``logits`` too.
    """
    with np.errstate(divide="ignore"):
        logits = np.log(policy.array)
    return _class()(logits, {prefix: i for i, prefix in enumerate(policy)})


@cache
def _class() -> Any:
    """Define the class once PyTorch is there."""
    import torch

    class TableModule(torch.nn.Module):  # type: ignore[misc]
        def __init__(self, logits: Any, rows: dict[tuple[int, ...], int]) -> None:
            super().__init__()
            self.table = torch.nn.Parameter(torch.tensor(logits))
            self._rows = rows

        def forward(self, input_ids: Any, *_: Any, **__: Any) -> Any:
            padded = torch.cat([self.table, torch.zeros_like(self.table[:1])])
            found = padded[torch.tensor([self._of(line) for line in input_ids.tolist()])]
            found.logits = found.clone()
            return found

        def _of(self, line: list[int]) -> list[int]:
            return [self._rows.get(tuple(line[1 : t + 1]), -1) for t in range(len(line))]

    return TableModule
