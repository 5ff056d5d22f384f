"""Which reward belongs to which group: names once, and a number for each reward."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Groups"]


class Groups(NamedTuple):
    """The names of the groups in the order in which they come, and the place among them of each reward's.

    A reward without a group has -1.
    """

    names: list[Any]
    number: NDArray[np.integer]

    def by_reward(self) -> NDArray[np.object_]:
        """Return the name of each reward's group; None where it has none."""
        listed = np.empty(len(self.names) + 1, dtype=object)  # the last is None, at -1
        listed[:-1] = self.names
        return listed[self.number]
