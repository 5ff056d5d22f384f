"""Mean, square and product of the advantages of one or two samples, over all batches: no enumeration.

An estimator is linear in the gaps where it adds up what it answers to rewards 0 and 1: of sorted atoms
``r_1 ≤ … ≤ r_m``, with ``d_0 = r_1`` and ``d_t = r_(t+1) − r_t``,

    A_i = Σ_t d_t · (above_t(C_t) if x_i lies above boundary t, else below_t(C_t)),

``C_t`` being the number of samples at or below boundary t. Spec eq. (87).
"""

from typing import NamedTuple

import numpy as np

from ordergrad_ref._types import Array
from ordergrad_ref.closed_forms import boundary_counts

__all__ = ["AdvantageMoments", "advantage_moments", "covariance_of_sums"]


class AdvantageMoments(NamedTuple):
    """``E[A_1 | x_1 = a]`` and ``E[A_1² | x_1 = a]``, (m,); ``E[A_1 A_2 | x_1 = a, x_2 = b]``, (m, m)."""

    mean: Array
    square: Array
    product: Array


def advantage_moments(gaps: Array, probabilities: Array, above: Array, below: Array) -> AdvantageMoments:
    """Put two samples in by hand, at atoms a and b, and add up over the counts of the others. Spec eq. (88).

    Parameters
    ----------
    gaps : (m,) array
        ``d_0 … d_(m−1)``: the least reward, and by how much each exceeds the one before.
    probabilities : (m,) array
        Of the atoms, in the order of the rewards, all above zero.
    above, below : (m, N + 1) arrays
        What a sample above, and one at or below boundary t, gets for a gap of one where C = 0 … N samples lie
        at or below it. ``above`` at C = N and ``below`` at C = 0 belong to no batch.
    """
    m, n = above.shape[0], above.shape[1] - 1
    others = n - 2
    by_case = [above[:, :-2], above[:, 1:-1], below[:, 1:-1], below[:, 2:]]
    functions = np.stack(by_case, axis=1) * gaps[:, None, None]
    law = boundary_counts.moments(functions, probabilities, others)
    case = _cases(m)
    of_one = (law.first[np.arange(m), case]).sum(axis=-1)
    picked = np.eye(4, dtype=int)[case].reshape(m * m, 4 * m).astype(functions.dtype)
    weighed = picked @ law.second.reshape(4 * m, 4 * m)
    of_other = picked.reshape(m, m, 4 * m).transpose(1, 0, 2).reshape(m * m, 4 * m)
    return AdvantageMoments(
        of_one @ probabilities,
        (weighed * picked).sum(axis=-1).reshape(m, m) @ probabilities,
        (weighed * of_other).sum(axis=-1).reshape(m, m),
    )


def covariance_of_sums(moments: AdvantageMoments, probabilities: Array, n: int) -> Array:
    """``Cov(S_a, S_b)``, ``S_a`` the sum of the advantages of the samples at atom a. Spec eq. (89)."""
    mean, square, product = moments
    pairs = n * (n - 1) * product - n**2 * np.multiply.outer(mean, mean)
    return np.multiply.outer(probabilities, probabilities) * pairs + np.diag(n * probabilities * square)


def _cases(m: int) -> Array:
    """Tell which of the four functions it is: a sample at atom a, another one at b, boundary t; (m, m, m)."""
    a, b, t = np.ogrid[:m, :m, :m]
    return 2 * (a < t) + (b < t)
