"""What all published estimators share: contract, layouts and scales around a formula on tables of groups."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from math import sqrt
from typing import Any, Literal, Protocol, TypeAlias, cast, get_args

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import NanPolicy, SmallGroups, Table
from ordergrad_ref.arrays import dispatch
from ordergrad_ref.arrays.compilers import opaque
from ordergrad_ref.arrays.samples import Beside
from ordergrad_ref.arrays.task import OnSamples, Task
from ordergrad_ref.closed_forms.array_api import looked_up
from ordergrad_ref.closed_forms.group_sizes import Needs
from ordergrad_ref.contracts import Contract
from ordergrad_ref.errors import InvalidInputError, shown
from ordergrad_ref.kernels.choice import namespace
from ordergrad_ref.objectives import maximum

__all__ = ["FAMILY", "Estimator", "check_binary", "published", "takes_k"]

Scale: TypeAlias = Literal["paper", "gradient"]


class Estimator(Protocol):
    """A published estimator: rewards in, advantages out, with a contract. Spec section 8."""

    contract: Contract
    __name__: str

    def __call__(
        self,
        rewards: ArrayLike,
        k: int | None = None,
        *,
        scale: Scale = "paper",
        groups: ArrayLike | None = None,
        small_groups: SmallGroups = "raise",
        nan_policy: NanPolicy = "raise",
        where: ArrayLike | None = None,
    ) -> Any:
        """Compute the advantages; ``k`` only where the estimator compares sets of K."""


FAMILY: dict[str, Estimator] = {}


def takes_k(estimator: Callable[..., Any]) -> bool:
    """Tell whether an estimator, or its formula, is one of a K."""
    return "k" in inspect.signature(estimator).parameters


def published(
    *, family: dict[str, Estimator] = FAMILY, **claims: Any
) -> Callable[[Callable[..., Table]], Estimator]:
    """Make an estimator of a formula on tables ``(G, N)``: add its contract, the layouts and the scales.

    It is entered in the family by its name.
    """

    def decorate(formula: Callable[..., Table]) -> Estimator:
        contract = Contract(name=formula.__name__, **claims)
        has_k = takes_k(formula)

        @wraps(formula)
        def answer(
            rewards: ArrayLike,
            k: int | None = None,
            *,
            scale: Scale = "paper",
            groups: ArrayLike | None = None,
            small_groups: SmallGroups = "raise",
            nan_policy: NanPolicy = "raise",
            where: ArrayLike | None = None,
        ) -> Any:
            if not isinstance(scale, str) or scale not in get_args(Scale):
                raise InvalidInputError(f"scale: expected 'paper' or 'gradient', got {shown(scale)}")
            if has_k == (k is None):
                wanted = "the size of the comparison sets" if has_k else f"none, for it is {contract.target}"
                raise InvalidInputError(f"k: expected {wanted} by {contract.name}, got {shown(k)}")
            compared = (maximum(k).k,) if k is not None else ()
            least = contract.smallest_group(*compared or (1,))

            def kernel(table: Table) -> Table:
                if contract.domain == "binary":
                    table = check_binary(table, contract.name)
                advantages = formula(table, *compared)
                if scale == "paper":
                    return advantages
                return _over_constant(advantages, contract, table.shape[-1], *compared or (1,))

            def on_samples() -> OnSamples | None:
                from ordergrad_ref.closed_forms.segment_family import FORMULAS

                formula, size = FORMULAS.get(contract.name), compared or (1,)
                if formula is None:
                    return None
                if scale == "paper":
                    return lambda s, weights: formula(s, weights, *size)
                return lambda s, weights: formula(s, weights, *size) / _constants(contract, s, *size)

            task = Task(
                name=contract.name,
                kernel=kernel,
                any_library=True,
                degree=1 if contract.constant else 0,  # divided by the batch's own spread, no unit is left
                needs=Needs(least, lambda n: _too_few(contract, n, *compared or (1,))),
                small_groups=small_groups,
                nan_policy=nan_policy,
                on_samples=on_samples,
            )
            return dispatch.apply(task, rewards, groups, Beside(where=where))

        parameters = inspect.signature(answer, follow_wrapped=False).parameters.values()
        visible = [
            p.replace(default=p.empty) if p.name == "k" else p for p in parameters if has_k or p.name != "k"
        ]
        estimator = opaque(answer)
        published = cast("Estimator", estimator)
        vars(estimator).update(contract=contract, __signature__=inspect.Signature(visible))
        family[contract.name] = published
        return published

    return decorate


def check_binary(table: Table, name: str) -> Table:
    """Refuse rewards other than 0 and 1; where they cannot be looked at, make their groups NaN."""
    other = (table != 0) & (table != 1)
    if not isinstance(table, np.ndarray):
        xp = namespace(table)
        return xp.where(xp.any(other, axis=-1, keepdims=True), float("nan"), table)
    if other.any():
        raise InvalidInputError(f"rewards: expected only 0 and 1 for {name}, got {table[other].flat[0]}")
    return table


def _over_constant(advantages: Table, contract: Contract, n: int, k: int) -> Table:
    """Divide by ``N c``. Spec eq. (36)."""
    if contract.constant is None:
        square = contract.square_of_constant(n, k)
        if square is None:
            raise InvalidInputError(
                f"scale: expected 'paper', got 'gradient'; {contract.name} is biased at N = {n}, K = {k}, "
                "no constant makes a gradient of it"
            )
        return advantages / (n * sqrt(square))
    c = contract.constant.sum(n, k)
    if c == 0:
        raise InvalidInputError(
            f"scale: expected 'paper', got 'gradient'; {contract.name} is zero for every sample at "
            f"N = {n}, K = {k}"
        )
    return advantages * c.denominator / c.numerator


def _constants(contract: Contract, s: Any, k: int) -> Any:
    """Find the constant for the sum of each sorted sample's group; NaN where it is zero for every sample."""
    largest = s.y.shape[-1]
    assert contract.constant is not None
    sizes = range(contract.smallest_group(k), largest + 1)
    table = np.full(largest + 1, np.nan)
    table[sizes.start :] = [float(contract.constant.sum(n, k)) or np.nan for n in sizes]
    return looked_up(table, s.n, s.y)


def _too_few(contract: Contract, n: int, k: int) -> str:
    least = contract.smallest_group(k)
    why = f"has N = {n}; {contract.name} of K = {k} needs N ≥ {least}. "
    if contract.centred and contract.target == "max@K" and n == k > 1:
        return why + (
            "No centred unbiased estimator exists at K = N (spec eq. (38)); pkpo_loo_minus_one is "
            "unbiased there, though not centred"
        )
    return why + f"Sample at least {least - n} more"
