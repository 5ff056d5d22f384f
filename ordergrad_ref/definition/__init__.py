"""What the quantities are, by enumeration in exact rationals: the ground that all else is held to.

The published estimators are defined in `ordergrad_ref.definition.published`, and what any symmetric function
of K samples says of a batch in `ordergrad_ref.definition.symmetric`.
"""

from ordergrad_ref.definition import error_bars, l_statistics, off_policy
from ordergrad_ref.definition import published as published
from ordergrad_ref.definition import symmetric as symmetric
from ordergrad_ref.definition.error_bars import *  # noqa: F403
from ordergrad_ref.definition.l_statistics import *  # noqa: F403
from ordergrad_ref.definition.off_policy import *  # noqa: F403

__all__ = sorted([*l_statistics.__all__, *error_bars.__all__, *off_policy.__all__])
