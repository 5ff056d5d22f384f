"""The weights that an update puts on the scores of tokens, read off its gradients.

On a policy where every answer of the batch has a first token of its own, and two are never sampled, the
gradient by the logits of a prefix is ``w (e_y − π) `` at the prefixes of one answer, and ``Σ_i w_i (e_(y_i) −
π)`` at the first. So all ``w_it`` follow from one gradient, and spec eq. (98) decides for every policy.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ordergrad_ref._types import Floats
from ordergrad_ref.agreement import tolerance
from ordergrad_ref.trainers.policies import TablePolicy
from ordergrad_ref.trainers.samples import Batch
from ordergrad_ref.trainers.update_calls import Update

__all__ = ["Recovered"]

U, SINGLE = 2.0**-53, 2.0**-24


class Recovered:
    """The weights of an update as a map from batches of types to arrays ``(N, T)``.

    Parameters
    ----------
    update : Update
        The update.
    columns : int
        T.

    Attributes
    ----------
    beside : float
        The largest part of a gradient that no weights on scores explain, relative to the gradient.
    unit_roundoff : float
        u of the update's arithmetic, which may be single inside and double outside.
    """

    def __init__(self, update: Update, columns: int, n: int) -> None:
        self._update, self._columns = update, columns
        self.beside = 0.0
        self.unit_roundoff = U if _misses(update, n) <= U * 8 else SINGLE

    def __call__(self, batch: Batch, tilt: Floats | None = None, **further: Any) -> Floats:
        """Compute the weights.

        Parameters
        ----------
        batch : N Samples
            Rewards and lengths.
        tilt : (N,) array, optional
            The log-ratios of the probabilities of each answer's tokens to equal ones.
        further : dict
            Further arguments of the update: ``old``, ``reference``, ``groups``, ``mask``.
        """
        policy, answers = branches([s.length for s in batch], tilt)
        if callable(further.get("reference")):
            further["reference"] = further["reference"](policy)
        if callable(further.get("old")):
            further["old"] = further["old"](policy)
        gradient = self._update(policy, answers, [float(s.reward) for s in batch], **further)
        weights = self._read(policy, answers, gradient)
        explained = sum(policy.score(a, w[: len(a)]) for a, w in zip(answers, weights, strict=True))
        scale = float(abs(gradient).max())
        if scale:
            self.beside = max(self.beside, float(abs(gradient - explained).max()) / scale)
        return weights

    @property
    def explained(self) -> bool:
        """Whether all gradients until now were weighted sums of scores of sampled tokens."""
        return self.beside <= self.limit

    @property
    def limit(self) -> float:
        """What counts as zero, relative to scale. Spec eq. (55)."""
        return tolerance(self.unit_roundoff)

    def equal(self, x: Floats, y: Floats) -> bool:
        """Tell whether two arrays differ by no more than rounding."""
        scale = max(abs(x).max(initial=0.0), abs(y).max(initial=0.0))
        return bool(abs(x - y).max(initial=0.0) <= self.limit * scale)

    def _read(self, policy: TablePolicy, answers: Sequence[tuple[int, ...]], gradient: Floats) -> Floats:
        weights = np.zeros((len(answers), self._columns))
        row = {prefix: i for i, prefix in enumerate(policy)}
        root, last = gradient[row[()]], policy[()][-1]
        total = -root[-1] / last
        for i, answer in enumerate(answers):
            weights[i, 0] = root[answer[0]] + policy[()][answer[0]] * total
            for t in range(1, len(answer)):
                prefix = answer[:t]
                weights[i, t] = -gradient[row[prefix]][1] / policy[prefix][1]
        return weights


def branches(lengths: Sequence[int], tilt: Floats | None = None) -> tuple[TablePolicy, list[tuple[int, ...]]]:
    """Build a policy on which each answer of a batch has a branch of its own, and the answers.

    Answer i begins with token i and goes on with zeros; the last two tokens are never sampled. One of them
    tells the sum of the weights, the other whether the gradient is a sum of scores at all.
    """
    n = len(lengths)
    table: dict[tuple[int, ...], Floats] = {(): _tilted(np.zeros(n) if tilt is None else tilt)}
    answers = []
    for i, length in enumerate(lengths):
        answers.append((i, *[0] * (length - 1)))
        for t in range(1, length):
            table[answers[-1][:t]] = _tilted(np.array([0.0 if tilt is None else tilt[i], *[0.0] * (n - 1)]))
    return TablePolicy(table), answers


def _misses(update: Update, n: int) -> float:
    """By how much a row of a gradient misses its sum, which is zero: all logits may move together.

    Rounding of single precision leaves some of it, relative to the largest entry. What is more than that has
    another reason.
    """
    tilt = -abs(np.cos(np.arange(n))) / 2
    policy, answers = branches([1 + i % 2 for i in range(n)], tilt)
    gradient = update(policy, answers, [float(i * i) for i in range(n)])
    misses = float(abs(gradient.sum(axis=1)).max() / max(abs(gradient).max(), np.finfo(float).tiny))
    return misses if misses <= 2.0**6 * SINGLE else 0.0


def _tilted(tilt: Floats) -> Floats:
    """Probabilities ``(n + 2,)``, equal where nothing is tilted; the last two make up for what is."""
    n = len(tilt)
    p = np.full(n + 2, 1 / (n + 2))
    if tilt.any():
        p[:-2] *= np.exp(tilt)
        p[-2:] = (1 - p[:-2].sum()) * np.array([2, 1]) / 3
    return p
