"""A bias along a line of policies: what a picture of it shows."""

from fractions import Fraction

from ordergrad_ref.auditing.decisions.counterexample import Policy, policy
from ordergrad_ref.auditing.decisions.multisets import Differences

__all__ = ["sweep"]

STEPS = 20


def sweep(
    differences: Differences, values: tuple[Fraction, ...], k: int, tolerance: float
) -> tuple[Policy, ...]:
    """Compute both gradients where the largest reward has probability p, for ``p = 1/20 … 19/20``.

    The others share ``1 − p`` equally. First for the two least values, where there is nothing but a
    constant ``c(p)`` to be wrong, then for all, where the direction may be. Policies at which the true
    gradient vanishes are left out. Spec eqs. (61), (66).
    """
    lines = [range(size) for size in sorted({2, len(values)})]
    found = []
    for line in lines:
        others = len(line) - 1
        policies = [
            policy(differences, values, k, line, [(1 - p) / others] * others + [p])
            for p in (Fraction(i, STEPS) for i in range(1, STEPS))
        ]
        largest = max(_size(p) for p in policies)
        found += [p for p in policies if _size(p) > tolerance * largest]
    return tuple(found)


def _size(p: Policy) -> float:
    return max(abs(x) for x in p.true)
