"""The one step that ``torch.compile`` sees of a public function. Imported where PyTorch is compiling."""

import sys
from typing import Any

import torch
from torch.utils import _pytree as pytree

from ordergrad_ref.objectives import LStatistic, RealK

__all__ = ["call"]


def _call(module: str, name: str, *args: Any, **kwargs: Any) -> Any:
    """Call a public function by its name, for a graph holds names rather than functions."""
    return getattr(sys.modules[module], name)(*args, **kwargs)


if hasattr(torch._dynamo, "nonstrict_trace"):
    for kind in (LStatistic, RealK):
        pytree.register_constant(kind)  # what it is belongs to the graph: another one compiles again
    call = torch._dynamo.nonstrict_trace(_call)
else:
    call = torch.compiler.disable(_call)
