"""What the quantities are, by enumeration in exact rationals: the ground that all else is held to.

The published estimators are defined in `ordergrad_ref.definition.published`.
"""

from ordergrad_ref.definition import published as published
from ordergrad_ref.definition.l_statistics import *  # noqa: F403
from ordergrad_ref.definition.l_statistics import __all__ as __all__
