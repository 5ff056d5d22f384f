"""JAX's known distributions: concrete arrays on the CPU through the host, others by its operations."""

from typing import Any

import array_api_compat as compat
import numpy as np

from ordergrad_ref.arrays import native_pairs
from ordergrad_ref.arrays.jax_arrays import is_concrete_on_cpu
from ordergrad_ref.arrays.pair import NO_DERIVATIVE, Pair, hosts
from ordergrad_ref.errors import InvalidInputError

__all__ = ["apply"]


def apply(pair: Pair, first: Any, second: Any, by: Any) -> Any:
    """Answer with a JAX array; differentiable where the pair has slopes."""
    import jax

    given = [x for x in (first, second, by) if compat.is_jax_array(x)]
    if all(map(is_concrete_on_cpu, given)):
        r, p, scores = hosts(pair, first, second, by)
        answer = np.asarray(pair.answer(np.asarray(r), np.asarray(p), scores))
        return jax.numpy.asarray(answer.astype(jax.dtypes.canonicalize_dtype(answer.dtype), copy=False))

    @jax.custom_jvp  # type: ignore[untyped-decorator]
    def native(r: Any, p: Any, by: Any) -> Any:
        return native_pairs.answer(pair, r, p, by)

    @native.defjvp  # type: ignore[untyped-decorator]
    def rise(primals: Any, tangents: Any) -> Any:
        """``dJ = Σ_b ∂J/∂r_b dr_b + ∂J/∂p_b dp_b``. Spec eqs. (31), (33)."""
        if pair.slopes is None:
            raise InvalidInputError(
                f"{pair.names[0]}: expected no derivative to be asked for, got one, and answers are "
                f"constants; use jax.lax.stop_gradient; {NO_DERIVATIVE}"
            )
        parts = (apply(slope, *primals) * t for slope, t in zip(pair.slopes, tangents, strict=False))
        return native(*primals), sum(part.sum(axis=-1) for part in parts)

    return native(*native_pairs.together(pair, first, second, by, like=given[0]))
