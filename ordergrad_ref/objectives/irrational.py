"""Which objectives have irrational rank weights, and hold those of double precision in their place."""

import re

from ordergrad_ref.objectives.real_k import RealK
from ordergrad_ref.objectives.spelling import Objective

__all__ = ["is_irrational"]

ROUNDED = re.compile(r"harrell_davis|wang|proportional_hazard\((?!(?:[1-9]|[1-5]\d|6[0-4])\))")
"""Names of weights by the incomplete beta function, the normal distribution, or a power not from 1 to 64."""


def is_irrational(objective: Objective) -> bool:
    """Tell whether an objective, by its name, has weights that no rational is. Spec eqs. (9), (14), (16).

    An `LStatistic` without a name is the objective of its weights, which are rational.

    Examples
    --------
    >>> from ordergrad_ref.objectives import objective
    >>> is_irrational(objective("0.5*max@4 + 0.5*wang(0.1)@4")), is_irrational(objective("cvar(0.3)@4"))
    (True, False)
    """
    return isinstance(objective, RealK) or bool(ROUNDED.search(objective.name or ""))
