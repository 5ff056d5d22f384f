"""What to compute of rewards and probabilities, whatever holds them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import array_api_compat as compat

from ordergrad_ref.arrays.host import check_tensor, from_standard, on_host
from ordergrad_ref.errors import InvalidInputError

__all__ = ["NO_DERIVATIVE", "Pair", "host", "hosts"]

NO_DERIVATIVE = "population.value has derivatives, which population.gradient and logit_gradient are"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A function of two arrays of shape ``(..., m)``, and of scores or None, broadcast against each other.

    Attributes
    ----------
    names : (str, str)
        What they are called.
    answer : callable
        Computes it on what NumPy reads, and scores or None.
    formula : callable
        Computes it on finite rewards, probabilities that sum to one, and scores or None, in any library.
    logits : bool
        Whether the second array holds logits rather than probabilities.
    per_group : bool
        Whether the answer has shape ``(...)``, or ``(..., m)``.
    slopes : (Pair, Pair) or None
        The derivatives of the answer by either array, where there are any.
    """

    names: tuple[str, str]
    answer: Callable[[Any, Any, Any], Any]
    formula: Callable[[Any, Any, Any], Any]
    logits: bool = False
    per_group: bool = False
    slopes: "tuple[Pair, Pair] | None" = None


def hosts(pair: Pair, *arrays: Any) -> list[Any]:
    """Show arrays that lie in the host's memory as NumPy's."""
    return [host(x, name) for x, name in zip(arrays, (*pair.names, "by"), strict=True)]


def host(x: Any, name: str) -> Any:
    """Show an array of any library as NumPy's; leave what is none as it is."""
    if compat.is_numpy_array(x) or not compat.is_array_api_obj(x) or compat.is_jax_array(x):
        return x
    if compat.is_torch_array(x):
        import torch

        check_tensor(x, name)
        half = x.dtype in (torch.float16, torch.bfloat16)
        return on_host((x.float() if half else x).detach(), name)
    if compat.is_dask_array(x):
        raise InvalidInputError(f"{name}: expected an array in memory, got a lazy one; pass {name}.compute()")
    return x.get() if compat.is_cupy_array(x) else from_standard(x, name)
