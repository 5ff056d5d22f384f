"""The best and the worst of a real number κ of rewards."""

from fractions import Fraction
from typing import ClassVar, Never

from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.objectives.exact_numbers import Number, parameter, spell

__all__ = ["RealK"]


class RealK:
    """max@κ or min@κ for a real κ >= 1.

    For known rewards and probabilities the objective is the value with the distortion
    ``Φ(u) = u^κ`` for the maximum and ``Φ(u) = 1 − (1−u)^κ`` for the minimum. Spec eq. (15).

    From a sorted batch of n rewards, ``Φ_n(m) = C(m,κ)/C(n,κ)`` for ``m > κ−1`` and 0 otherwise,
    with binomials by the gamma function; the weights are ``e_m = (n/κ) [Φ_n(m) − Φ_n(m−1)]``, and
    mirrored for the minimum. Spec eq. (16). For an integer κ this is the unbiased estimator of spec
    eq. (22). **For any other κ it is consistent and biased**: only polynomials in the distribution
    function can be estimated from n rewards without bias.

    Parameters
    ----------
    kind
        ``"max"`` or ``"min"``.
    kappa
        κ >= 1, meant exactly; a float stands for the decimal it prints as.

    Raises
    ------
    InvalidInputError
        If `kind` is neither, or `kappa` is no number or below 1.

    Examples
    --------
    >>> from ordergrad_ref.objectives import RealK
    >>> RealK("max", 2.5)
    objective('max@2.5')
    """

    __slots__ = ("k", "kind")

    k: Fraction
    """The size κ of the comparison set."""
    kind: str
    """``"max"`` or ``"min"``."""
    total: ClassVar[Fraction] = Fraction(1)
    """``Σ_j α_j``, as for an L-statistic; all equal rewards have their own value."""

    def __init__(self, kind: str, kappa: Number) -> None:
        if not isinstance(kind, str) or kind not in ("max", "min"):
            raise InvalidInputError(f"kind: {expected_one_of(('max', 'min'), kind)}")
        k = parameter(kappa, "kappa")
        if k < 1:
            raise InvalidInputError(f"kappa: expected kappa >= 1, got kappa = {spell(k)}")
        object.__setattr__(self, "k", k)
        object.__setattr__(self, "kind", kind)

    @property
    def name(self) -> str:
        """Return the canonical spelling, such as ``"max@2.5"``."""
        return f"{self.kind}@{spell(self.k)}"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RealK):
            return NotImplemented
        return (self.kind, self.k) == (other.kind, other.k)

    def __hash__(self) -> int:
        return hash((self.kind, self.k))

    def __repr__(self) -> str:
        # The spelling of an integer κ means the L-statistic.
        if self.k.denominator == 1:
            return f"RealK({self.kind!r}, {self.k})"
        return f"objective({self.name!r})"

    def __str__(self) -> str:
        return self.name

    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"a RealK is immutable: cannot set {name!r}")

    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"a RealK is immutable: cannot delete {name!r}")

    def __reduce__(self) -> tuple[object, ...]:
        return RealK, (self.kind, self.k)
