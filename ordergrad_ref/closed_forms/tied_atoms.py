"""Atoms of equal score: one atom with their mean reward, and what each of them adds. Spec eq. (77)."""

from typing import NamedTuple

import array_api_compat as compat
import numpy as np

from ordergrad_ref._types import Table
from ordergrad_ref.closed_forms import array_api, rounding
from ordergrad_ref.closed_forms.concomitants import Means, Runs, runs_of

__all__ = ["TiedAtoms", "tied_atoms"]


class TiedAtoms(NamedTuple):
    """By rank of the score: the run's mean reward ``ȳ_B``, ``y_b − ȳ_B``, the run and its probability."""

    means: Means
    rest: Table
    runs: Runs
    width: Table


def tied_atoms(y: Table, p: Table, ascending: Table) -> TiedAtoms:
    """``ȳ_B = Σ_{b∈B} p_b y_b / p_B``, from the run's first reward: equal rewards are their own mean.

    Where ``p_B = 0`` it is the first reward; no answer depends on it.
    """
    xp = compat.array_namespace(y)
    sums_between = (rounding if isinstance(y, np.ndarray) else array_api).sums_between
    runs = runs_of(ascending)
    first = xp.take_along_axis(y, runs.first, axis=-1)
    width = sums_between(p, runs.first, runs.last + 1)
    total = sums_between(p * (y - first), runs.first, runs.last + 1)
    means = Means(first, total / xp.where(width == 0, xp.ones_like(width), width))
    return TiedAtoms(means, means.deviations(y), runs, width)
