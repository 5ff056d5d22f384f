"""The one step that ``torch.compile`` sees of a public function. Used where PyTorch is compiling.

Dynamo asks for a function that stands in a module when it reads the call, so that this one is made at import;
without PyTorch there is none.
"""

import importlib
import importlib.util
import sys
from typing import Any

from ordergrad_ref.objectives import LStatistic, RealK

__all__ = ["call"]


def _call(module: str, name: str, *args: Any, **kwargs: Any) -> Any:
    """Call a public function by its name, for a graph holds names rather than functions."""
    return getattr(sys.modules[module], name)(*args, **kwargs)


def _made() -> Any:
    if importlib.util.find_spec("torch") is None:
        return None
    torch = importlib.import_module("torch")
    pytree = importlib.import_module("torch.utils._pytree")
    if not hasattr(torch._dynamo, "nonstrict_trace"):
        return torch.compiler.disable(_call)
    for kind in (LStatistic, RealK):
        pytree.register_constant(kind)  # what it is belongs to the graph: another one compiles again
    return torch._dynamo.nonstrict_trace(_call)


call = _made()
