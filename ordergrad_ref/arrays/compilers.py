"""``torch.compile``: a public function is one step to who reads bytecode, and traced by who reads tensors.

Dynamo follows Python's instructions, and ours parse spellings, look into caches and compute weights in
NumPy: nothing of that belongs into a graph. So Dynamo is told to call a public function as it stands; what
then traces tensors sees PyTorch's operations on the rewards, and the weights as constants. No graph breaks.
"""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

__all__ = ["opaque"]

P = ParamSpec("P")
R = TypeVar("R")


def opaque(function: Callable[P, R]) -> Callable[P, R]:
    """Make a public function one step of a graph, when ``torch.compile`` reads it."""

    @wraps(function)
    def stepwise(*args: P.args, **kwargs: P.kwargs) -> R:
        compiler: Any = getattr(sys.modules.get("torch"), "compiler", None)  # none while it is being imported
        if compiler is not None and compiler.is_dynamo_compiling():
            from ordergrad_ref.arrays import torch_step

            given = {key: value for key, value in kwargs.items() if value is not None}
            return torch_step.call(function.__module__, function.__name__, *args, **given)
        return function(*args, **kwargs)

    return stepwise
