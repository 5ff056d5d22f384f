"""What an estimator claims about itself, so that the audit can hold it to it."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from ordergrad_ref.objectives import LStatistic

__all__ = ["Constant", "Contract", "of"]

Property: TypeAlias = Literal["unbiased", "centred", "shift_invariant"]


@dataclass(frozen=True)
class Constant:
    """The ``c`` of ``E[(1/N) Σ_i A_i ∇log p(x_i)] = c ∇J``, as a formula in N and K. Spec eq. (36).

    Attributes
    ----------
    formula : str
        As it is printed, such as ``"(N−K)/(N K)"``.
    mean : callable (N, K) -> Fraction
        The constant of the mean convention, ``(1/N) Σ``.

    Examples
    --------
    >>> c = Constant("1/K", lambda n, k: Fraction(1, k))
    >>> c.mean(8, 4), c.sum(8, 4)
    (Fraction(1, 4), Fraction(2, 1))
    """

    formula: str
    mean: Callable[[int, int], Fraction]

    def sum(self, n: int, k: int) -> Fraction:
        """Give the constant of the sum convention, ``E[Σ_i A_i ∇log p(x_i)] = N c ∇J``. Spec eq. (36)."""
        return n * self.mean(n, k)


@dataclass(frozen=True)
class Contract:
    """An estimator's claims. What it does not claim is claimed not to hold. Spec section 8.

    Attributes
    ----------
    name : str
        The estimator's name here.
    formula : str
        Its advantage, in the specification's notation.
    equation : int
        The formula's number in the specification.
    source : str
        The paper that published it.
    target : str
        The objective whose gradient it estimates, in words with N and K.
    objective : callable (N, K) -> LStatistic
        That objective, for groups of N and comparison sets of K.
    constant : Constant or None
        The constant of spec eq. (36); None where the estimator is biased.
    exception : callable (N, K) -> Fraction or None, or None
        For an estimator without a constant that is unbiased after all at some sizes: the square of its
        constant there, and None at every other size.
    centred : bool
        ``Σ_i A_i = 0`` on every batch.
    shift_invariant : bool
        Adding a number to all rewards changes no advantage.
    smallest_group : callable (K) -> int
        The least N it is defined for.
    domain : {"real", "binary"}
        The rewards it is defined for.
    at_k1, at_kn : str
        What it is at ``K = 1`` and at ``K = N``.
    shift_invariant_from : int
        The least K from which it is shift-invariant, where it is.
    """

    name: str
    formula: str
    equation: int
    source: str
    target: str
    objective: Callable[[int, int], LStatistic]
    constant: Constant | None
    centred: bool
    shift_invariant: bool
    smallest_group: Callable[[int], int]
    domain: Literal["real", "binary"]
    at_k1: str
    at_kn: str
    shift_invariant_from: int = 1
    exception: Callable[[int, int], Fraction | None] | None = None

    @property
    def unbiased(self) -> bool:
        """Whether it claims the gradient's direction for every distribution. Spec eq. (37)."""
        return self.constant is not None

    def square_of_constant(self, n: int, k: int) -> Fraction | None:
        """Give ``c²`` of spec eq. (36) at these sizes, for c may be irrational; None where there is no c."""
        if self.constant is not None:
            return self.constant.mean(n, k) ** 2
        return None if self.exception is None else self.exception(n, k)

    def claims(self, k: int) -> frozenset[Property]:
        """Name the properties that it claims at K. Spec section 8."""
        held: dict[Property, bool] = {
            "unbiased": self.unbiased,
            "centred": self.centred,
            "shift_invariant": self.shift_invariant and k >= self.shift_invariant_from,
        }
        return frozenset(name for name, holds in held.items() if holds)


def of(function: Callable[..., Any]) -> Contract | None:
    """Look up the contract that a function carries as ``function.contract``, if it does. Spec section 8.

    Examples
    --------
    >>> from ordergrad_ref import maxk
    >>> of(maxk.maxpo).constant.formula
    '1/K'
    >>> of(print) is None
    True
    """
    try:
        contract = getattr(function, "contract", None)
    except Exception:  # whatever a __getattr__ of the function raises
        return None
    return contract if isinstance(contract, Contract) else None
