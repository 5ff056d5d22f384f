"""CuPy: a ``cupy.ndarray`` in, a ``cupy.ndarray`` out, on its device and current stream.

The quantities of `ordergrad_ref.batch` have kernels: `ordergrad_ref.kernels.gpu`. With scores or a mask, and
in the estimators of `ordergrad_ref.maxk`, CuPy's own operations answer, as PyTorch's and JAX's do on their
devices: `ordergrad_ref.arrays.native`.

Nothing waits for the GPU unless it has to: ``check_finite``, and group ids that lie on the GPU, whose sizes
decide what to launch. Unchecked, a NaN or infinite reward makes its own group's answers NaN, and no other's.
"""

from typing import Any, NamedTuple, TypeAlias, get_args

import array_api_compat as compat
import numpy as np
from numpy.typing import ArrayLike, NDArray

from ordergrad_ref._types import SmallGroups
from ordergrad_ref.arrays import native
from ordergrad_ref.arrays.dtypes import at
from ordergrad_ref.arrays.groups import answer_on_host, one_of
from ordergrad_ref.arrays.host import as_ids, beside_on_host
from ordergrad_ref.arrays.ids import group_ids, members
from ordergrad_ref.arrays.samples import NOTHING, Beside
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms.group_sizes import Needs, needs_of
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError, shown
from ordergrad_ref.kernels.gpu import tables
from ordergrad_ref.objectives import Objective
from ordergrad_ref.objectives import objective as as_objective

__all__ = ["answer", "apply", "import_cupy", "stream_of"]

CupyArray: TypeAlias = Any


def apply(task: Task, rewards: CupyArray, groups: Any = None, beside: Beside = NOTHING) -> CupyArray:
    """Answer on the GPU, by kernels or by CuPy's own operations; through the host what NumPy alone computes.

    On the GPU nobody waits for the rewards to be looked at: a NaN makes its own group's answers NaN.
    """
    if task.objective is not None and not native.by_sample(task, beside):
        return answer(task.name, rewards, task.objective, groups=groups, small_groups=task.small_groups)
    cupy = import_cupy()
    ids = groups.get() if compat.is_cupy_array(groups) else as_ids(groups)
    if native.knows(task, beside):
        with rewards.device:
            return native.answer(task, rewards, ids, beside)
    with_it = beside_on_host(Beside(*(x.get() if compat.is_cupy_array(x) else x for x in beside)))
    return cupy.asarray(answer_on_host(task, rewards.get(), ids, with_it))


def import_cupy() -> Any:
    """Import CuPy for rewards that lie on a GPU."""
    try:
        import cupy
    except ImportError as error:
        raise ImportError(
            "rewards: expected CuPy to be there for rewards on a GPU: pip install 'ordergrad_ref[gpu]'"
        ) from error
    return cupy


def stream_of(stream: Any) -> Any:
    """See a stream of PyTorch as CuPy's: by the protocol that both know, or by its address."""
    cupy = import_cupy()
    if hasattr(cupy.cuda.Stream, "from_external") and hasattr(stream, "__cuda_stream__"):
        return cupy.cuda.Stream.from_external(stream)
    return cupy.cuda.ExternalStream(stream.cuda_stream)


def answer(
    name: str,
    rewards: CupyArray,
    objective: Objective | str,
    *,
    groups: ArrayLike | None = None,
    small_groups: SmallGroups = "raise",
    check_finite: bool = False,
) -> CupyArray:
    """Answer as ``ordergrad_ref.<name>`` does, for rewards on a GPU. Spec eqs. (23), (25), (26) to (29).

    Parameters
    ----------
    name : {"advantage", "score_weights", "value", "inclusion", "leave_one_out", "pathwise_weights"}
        The quantity.
    rewards : (..., N) cupy.ndarray
        Rewards: float64 or float32, answered in kind; float16, in float32; integers and booleans, in float64.
    objective : LStatistic, RealK or str
        The objective, or its spelling.
    groups : (N,) cupy.ndarray or sequence, optional
        Group ids of flat rewards. Ids on the GPU cost one synchronisation, for their sizes.
    small_groups : {"raise", "nan", "zero"}
        Policy for groups too small for the objective.
    check_finite : bool
        Whether to wait for the rewards and refuse NaN, infinity and overflow.

    Returns
    -------
    (..., N) cupy.ndarray, for the value (...)
        In the rewards' unit, on their device and its current stream.

    Raises
    ------
    GroupTooSmallError, InvalidInputError, UnknownObjectiveError
    NonFiniteRewardError
        With ``check_finite``.
    MemoryError
        Where the GPU has not enough; nothing is returned, and no argument is changed.
    """
    cupy = import_cupy()
    if name not in tables.MODES:
        raise InvalidInputError(f"name: expected one of {', '.join(tables.MODES)}, got {name!r}")
    one_of("small_groups", small_groups, get_args(SmallGroups))
    if not isinstance(rewards, cupy.ndarray):
        raise InvalidInputError(f"rewards: expected a cupy.ndarray, got a {type(rewards).__name__}")
    alpha = as_objective(objective)
    asked = Question(name, alpha, needs_of(name, alpha, small_groups), small_groups, check_finite)
    with rewards.device:
        try:
            x = _as_floats(cupy, rewards)
            if check_finite:
                _refuse_non_finite(cupy, x)
            return _dense(cupy, asked, x) if groups is None else _ragged(cupy, asked, x, groups)
        except cupy.cuda.memory.OutOfMemoryError as error:
            raise MemoryError(
                f"rewards: not enough memory on {rewards.device} for the {name} of {rewards.size} rewards "
                f"({rewards.nbytes} bytes, and as many again for the answer): {error}"
            ) from error


class Question(NamedTuple):
    """What is asked of every group."""

    name: str
    objective: Objective
    needs: Needs
    small_groups: SmallGroups
    check_finite: bool


def _as_floats(cupy: Any, rewards: CupyArray) -> CupyArray:
    dtype = rewards.dtype
    if dtype in (np.float32, np.float64):
        x = rewards
    elif dtype == np.float16 or dtype.name == "bfloat16":
        x = rewards.astype(np.float32)
    elif dtype.kind in "biu":
        x = rewards.astype(np.float64)
    else:
        raise InvalidInputError(
            "rewards: expected real numbers (float64, float32, float16, bfloat16, integers or booleans), "
            f"got dtype {dtype}"
        )
    if x.ndim == 0:
        raise InvalidInputError("rewards: expected shape (..., N), got a single number")
    return cupy.ascontiguousarray(x)


def _refuse_non_finite(cupy: Any, x: CupyArray) -> None:
    finite = cupy.isfinite(x)
    if not bool(finite.all()):
        place = tuple(int(i) for i in cupy.argwhere(~finite)[0])
        raise NonFiniteRewardError(
            f"rewards: expected finite numbers, got {x[place].item()} at position {at(place)}; "
            "check_finite=False confines NaN to its own group"
        )


def _dense(cupy: Any, asked: Question, x: CupyArray) -> CupyArray:
    leading, n = x.shape[:-1], x.shape[-1]
    if n == 0:
        raise InvalidInputError(f"rewards: expected at least one in each group, got shape {x.shape}")
    table = x.reshape(-1, n)
    if n < asked.needs.size and table.size:
        first = f"group {at((0,) * len(leading))}" if leading else "the batch"
        _too_small(asked, n, first)
    part = _answer_table(cupy, asked, table)
    return part.reshape(leading if asked.name == "value" else x.shape)


def _ragged(cupy: Any, asked: Question, x: CupyArray, groups: ArrayLike) -> CupyArray:
    """Answer the groups of each size together: one gather, one launch and one scatter for each size."""
    if x.ndim != 1:
        raise InvalidInputError(
            f"rewards: expected a flat array, one reward for each group id, got shape {x.shape}"
        )
    names, order, sizes = _members(cupy, x, groups)
    if len(small := np.flatnonzero(sizes < asked.needs.size)):
        number = int(small[0])
        _too_small(asked, int(sizes[number]), f"group {shown(_plain(names[number]))}")
    start = np.cumsum(sizes) - sizes
    result = cupy.empty(len(sizes) if asked.name == "value" else len(x), x.dtype)
    for n in np.unique(sizes).tolist():
        numbers = np.flatnonzero(sizes == n)
        places = order[cupy.asarray(start[numbers])[:, None] + cupy.arange(n)]
        part = _answer_table(cupy, asked, x[places])
        result[cupy.asarray(numbers) if asked.name == "value" else places] = part
    return result


def _members(cupy: Any, x: CupyArray, groups: ArrayLike) -> tuple[CupyArray, CupyArray, NDArray[np.int64]]:
    """Name the groups, list the places of the rewards group by group, and count each group's."""
    if isinstance(groups, cupy.ndarray):
        ids: Any = groups
        if ids.device != x.device:
            raise InvalidInputError(f"groups: expected ids on {x.device} with the rewards, got {ids.device}")
        if ids.shape != x.shape:
            raise InvalidInputError(
                f"groups: expected one id for each of the {len(x)} rewards, got shape {ids.shape}"
            )
        if ids.dtype.kind not in "biuf" or not bool(cupy.isfinite(ids).all()):
            raise InvalidInputError(f"groups: expected finite ids, integers or floats, got dtype {ids.dtype}")
        names, member, sizes = cupy.unique(ids, return_inverse=True, return_counts=True)
        return names, cupy.argsort(member, kind="stable"), cupy.asnumpy(sizes)
    names, member, sizes = members(group_ids(groups, len(x)))
    return names, cupy.asarray(np.argsort(member, kind="stable")), sizes


def _plain(name: Any) -> Any:
    """Show a name as Python does, be it NumPy's, CuPy's or a string."""
    return name.item() if hasattr(name, "item") else name


def _too_small(asked: Question, n: int, group: str) -> None:
    if asked.small_groups == "raise":
        raise GroupTooSmallError(f"rewards: {group} {asked.needs.why(n)}")


def _answer_table(cupy: Any, asked: Question, table: CupyArray) -> CupyArray:
    """Answer a table (G, N) whose groups are of one size."""
    groups, n = table.shape
    shape = (groups,) if asked.name == "value" else table.shape
    if n < asked.needs.size:
        return cupy.full(shape, np.nan if asked.small_groups == "nan" else 0.0, table.dtype)
    if not groups:
        return cupy.empty(shape, table.dtype)
    answers = tables.answer(asked.name, table, asked.objective)
    if asked.check_finite and not bool(cupy.isfinite(answers).all()):
        raise InvalidInputError(
            f"rewards: expected answers that {table.dtype} holds, got one that overflows {table.dtype}; "
            "scale the rewards down"
        )
    return answers
