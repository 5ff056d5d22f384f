"""What happens to equal rewards.

In every quantity that is made of gaps, a tie needs no care: its gap is zero, so tied rewards get the same
answer whichever order the sort leaves them in (spec section 4.4). Pathwise weights belong to ranks, and are
averaged over the ranks that tied rewards share (spec eq. (29)). The compiled engine averages in the same way
in `ordergrad_ref.kernels.cpu.loops`, and the kernels of the GPU by sums of the weights up to each rank.
"""

import numpy as np

from ordergrad_ref._types import Array, Table

__all__ = ["mean_over_ties"]


def mean_over_ties(r: Table, w: Array) -> Table:
    """Give each run of equal sorted rewards the mean of its ranks' weights. Spec eq. (29)."""
    first = np.ones(r.shape, dtype=bool)
    first[..., 1:] = r[..., 1:] != r[..., :-1]
    starts = np.flatnonzero(first)
    lengths = np.diff(np.append(starts, r.size))
    sums = np.add.reduceat(np.broadcast_to(w, r.shape).ravel(), starts) if r.size else w[:0]
    return np.repeat(sums / lengths, lengths).reshape(r.shape)
