"""A table policy as a module of PyTorch, so that an update of modules can be judged for every policy.

Imported only where an update of PyTorch is judged.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from ordergrad_ref.trainers.policies import TablePolicy

__all__ = ["TableModule"]


class TableModule(torch.nn.Module):  # type: ignore[misc]
    """A small language model: its parameters are the logits ``(P, V)`` of a table.

    Parameters
    ----------
    policy : TablePolicy
        The table.

    Examples
    --------
    >>> model = TableModule(TablePolicy({(): [0.5, 0.5], (1,): [0.25, 0.75]}))
    >>> model(torch.tensor([[0, 1]])).softmax(-1).tolist()  # the first token is the prompt
    [[[0.5, 0.5], [0.25, 0.75]]]
    """

    def __init__(self, policy: TablePolicy) -> None:
        super().__init__()
        with np.errstate(divide="ignore"):
            self.table = torch.nn.Parameter(torch.tensor(np.log(policy.array)))
        self._row = {prefix: i for i, prefix in enumerate(policy)}

    def forward(self, input_ids: Any, *_: Any, **__: Any) -> Any:
        """Give the logits ``(B, L, V)`` of the next token after each of ``input_ids (B, L)``.

        The first of these is the prompt. Behind the end of an answer all tokens are equally likely. What is
        returned is a tensor that, as the outputs of language models do, has ``logits`` too.
        """
        rows = [list(self._rows(line)) for line in input_ids.tolist()]
        padded = torch.cat([self.table, torch.zeros_like(self.table[:1])])
        found = padded[torch.tensor(rows)]
        found.logits = found.clone()
        return found

    def _rows(self, line: list[int]) -> Iterable[int]:
        return (self._row.get(tuple(line[1 : t + 1]), len(self._row)) for t in range(len(line)))
