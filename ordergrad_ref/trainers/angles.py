"""How far an expected update is from the true gradient: angle, constant, residual. Spec eq. (100)."""

from math import atan2, degrees

import numpy as np

from ordergrad_ref._types import Floats

__all__ = ["compared"]


def compared(expected: Floats, true: Floats) -> tuple[float, float, float]:
    """Return the angle in degrees, ``c = ⟨e, t⟩ / ⟨t, t⟩``, and ``|e − c t| / |e|``.

    The angle is that of a right triangle, whose tangent is exact near zero where a cosine is not. It is 90
    where either vector vanishes, and the residual is then one.

    Examples
    --------
    >>> import numpy as np
    >>> compared(np.array([1.0, 1.0]), np.array([2.0, 0.0]))
    (45.0, 0.5, 0.7071067811865475)
    """
    size, length = float(np.linalg.norm(expected)), float(np.linalg.norm(true))
    if not size or not length:
        return 90.0, 0.0, 1.0
    along = float(expected @ (true / length))
    across = float(np.linalg.norm(expected - along * (true / length)))
    return degrees(atan2(across, along)), along / length, across / size
