"""The one step that ``torch.compile`` sees of a public function. Imported where PyTorch is compiling."""

from typing import Any

import torch
from torch.utils import _pytree as pytree

from ordergrad_ref.arrays.compilers import FUNCTIONS
from ordergrad_ref.objectives import LStatistic, RealK

__all__ = ["call"]


def _call(name: str, *args: Any, **kwargs: Any) -> Any:
    return FUNCTIONS[name](*args, **kwargs)


if hasattr(torch._dynamo, "nonstrict_trace"):
    for kind in (LStatistic, RealK):
        pytree.register_constant(kind)  # what it is belongs to the graph: another one compiles again
    call = torch._dynamo.nonstrict_trace(_call)
else:
    call = torch.compiler.disable(_call)
