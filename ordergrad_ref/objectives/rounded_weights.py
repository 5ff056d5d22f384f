"""Which objectives have rank weights that are computed in double precision, rational or not."""

import re

from ordergrad_ref.objectives.real_k import RealK
from ordergrad_ref.objectives.spelling import Objective

__all__ = ["has_rounded_weights"]

ROUNDED = re.compile(r"harrell_davis|wang|proportional_hazard\((?!(?:[1-9]|[1-5]\d|6[0-4])\))")
"""Names of weights by the incomplete beta function, the normal distribution, or a power not from 1 to 64."""


def has_rounded_weights(objective: Objective) -> bool:
    """Tell whether an objective's weights are, by its name, rounded themselves. Spec eqs. (9), (14), (16).

    An `LStatistic` without a name is the objective of its weights, which are rational.

    Examples
    --------
    >>> from ordergrad_ref.objectives import objective
    >>> [has_rounded_weights(objective(name)) for name in ("0.5*max@4 + 0.5*wang(0.1)@4", "cvar(0.3)@4")]
    [True, False]
    """
    return isinstance(objective, RealK) or bool(ROUNDED.search(objective.name or ""))
