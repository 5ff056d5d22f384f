"""What lies in the host's memory, seen as NumPy arrays: group ids of any library, tensors, the standard."""

from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref._types import Array
from ordergrad_ref.arrays.samples import Beside
from ordergrad_ref.errors import InvalidInputError

__all__ = [
    "as_ids",
    "beside_on_host",
    "check_devices",
    "check_tensor",
    "from_standard",
    "on_host",
    "seen_by_numpy",
    "with_known_size",
]


def as_ids(groups: Any) -> Any:
    """Take group ids from an array of any library that lies in the host's memory."""
    return _in_memory(groups, "groups", "ids")


def beside_on_host(beside: Beside) -> Beside:
    """Take scores and a mask from arrays of any library that lie in the host's memory."""
    by, where = beside
    return Beside(_in_memory(by, "by", "scores"), _in_memory(where, "where", "a mask")) if beside else beside


def _in_memory(x: Any, name: str, what: str) -> Any:
    if x is None or compat.is_numpy_array(x) or not compat.is_array_api_obj(x):
        return x
    if compat.is_dask_array(x):
        raise InvalidInputError(f"{name}: expected {what} in memory, got a lazy array; pass {name}.compute()")
    if compat.is_cupy_array(x):
        raise InvalidInputError(
            f"{name}: expected {what} in the memory of the rewards, the host's, got a cupy.ndarray; "
            f"pass {name}.get()"
        )
    if compat.is_torch_array(x):
        check_tensor(x, name)
        if name == "by" and x.dtype.is_floating_point and x.dtype.itemsize < 4:
            x = x.float()  # halves, of which NumPy reads only one, in the same order
        return seen_by_numpy(x, name)
    return x if compat.is_jax_array(x) else from_standard(x, name)


def from_standard(x: Any, name: str) -> Array:
    """Read any array of the standard: by DLPack, else as NumPy reads it."""
    try:
        return np.from_dlpack(x)
    except Exception:  # whatever a library that offers no such view of this array raises
        pass
    try:
        array = np.asarray(x)
    except Exception as error:
        raise InvalidInputError(
            f"{name}: expected an array that NumPy can read, got a {type(x).__name__} that is not ({error})"
        ) from error
    if array.dtype == object:
        raise InvalidInputError(
            f"{name}: expected an array that NumPy can read, got a {type(x).__name__} that is not"
        )
    return array


def with_known_size(x: Any) -> Any:
    """Tie a graph that PyTorch is tracing to the length of a tensor's last axis, on which weights depend."""
    if not compat.is_torch_array(x) or x.ndim == 0 or isinstance(x.shape[-1], int):
        return x
    return x.reshape(*x.shape[:-1], int(x.shape[-1]))


def check_tensor(tensor: Any, name: str) -> None:
    """Refuse a PyTorch tensor whose numbers do not simply lie in the memory of some device."""
    import torch

    kind = type(tensor).__name__
    if kind == "DTensor":
        what = f"a DTensor; pass {name}.full_tensor(), or {name}.to_local() for the part that lies here"
    elif kind == "MaskedTensor":
        what = (
            f"a MaskedTensor; drop what is masked and pass the rest with groups, or {name}.to_tensor(value)"
        )
    elif tensor.is_nested:
        what = (
            f"a nested one; pass torch.cat({name}.unbind()) with an id for each reward as groups, or "
            f"{name}.to_padded_tensor(value) where all rows are of one length"
        )
    elif tensor.layout != torch.strided:
        what = f"layout {tensor.layout}; pass {name}.to_dense()"
    elif tensor.is_quantized:
        what = f"a quantised one, {tensor.dtype}; dequantize() it"
    else:
        return
    raise InvalidInputError(f"{name}: expected a dense tensor, got {what}")


def check_devices(tensors: dict[str, Any]) -> None:
    """Refuse tensors on different devices, by the names of the first and of another."""
    first, *others = tensors
    for name in others:
        if tensors[name].device != tensors[first].device:
            raise InvalidInputError(
                f"{name}: expected a tensor on the device of the {first}, {tensors[first].device}, got one "
                f"on {tensors[name].device}"
            )


def on_host(tensor: Any, name: str) -> Array:
    """Bring a checked tensor into the host's memory and show it as a NumPy array."""
    if tensor.device.type == "meta":
        raise InvalidInputError(
            f"{name}: expected a tensor that holds numbers, which the host needs here, got one on meta; make "
            "it on a device"
        )
    return seen_by_numpy(tensor.cpu(), name)


def seen_by_numpy(tensor: Any, name: str) -> Array:
    """Show a checked tensor in the host's memory as a NumPy array, without a copy."""
    if tensor.device.type != "cpu":
        raise InvalidInputError(f"{name}: expected a tensor in the host's memory, got one on {tensor.device}")
    try:
        return np.asarray(tensor.detach().resolve_neg().numpy())
    except (RuntimeError, TypeError) as error:
        raise InvalidInputError(
            f"{name}: expected a tensor that NumPy can read, got dtype {tensor.dtype} ({error})"
        ) from error
