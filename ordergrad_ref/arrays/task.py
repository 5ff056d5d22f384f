"""What to do with every group, whatever holds the rewards."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ordergrad_ref._types import Array, NanPolicy, SmallGroups
from ordergrad_ref.closed_forms.group_sizes import Needs
from ordergrad_ref.objectives import Objective

__all__ = ["Kernel", "OnSamples", "Task"]

Kernel: TypeAlias = Callable[..., Array]
"""Maps a finite table ``(G, N)`` of large enough groups to ``(G, N)`` answers, or ``(G,)``.

Where rewards are selected by scores, it takes the table of these besides.
"""

OnSamples: TypeAlias = Callable[[Any, Callable[[Objective], Any]], Array]
"""Maps sorted samples, and what finds the weights of an objective for them, to an answer at each sample."""


@dataclass(kw_only=True)  # frozen, it would take a microsecond of each call
class Task:
    """A quantity to compute of every group.

    Attributes
    ----------
    name : str
        What it is called.
    kernel : callable
        Computes it on tables of float64 or exact rationals; of float32 too where ``takes_float32``.
    any_library : bool
        Whether the kernel takes tables of every library of the array API standard, with any leading axes, so
        that it can be traced; else NumPy's alone.
    needs : Needs
        How many rewards it needs of a group.
    per_group : bool
        Whether the kernel answers once for each group, ``(G,)``, or once for each reward.
    columns : int
        How many answers the kernel gives in the place of one, along a last axis, for NumPy's arrays alone;
        0 where it gives one, without that axis.
    exact : bool
        Whether the kernel answers tables of floats in exact rationals, which are then rounded once.
    by_gaps : bool
        Whether the kernel adds up every gap between rewards: see `ordergrad_ref.kernels.choice.answered`.
    degree : int
        What the answers are multiplied by where the rewards are multiplied by c > 0: 1 for c, 0 for nothing.
    slope : callable or None
        The kernel of the derivative of a group's answer by its rewards, where there is one.
    of_left_out : float
        The answer for a reward that does not count.
    objective : Objective or None
        The objective, where `ordergrad_ref.kernels.gpu` knows the quantity by its name.
    on_samples : callable
        Finds the formula on samples of `ordergrad_ref.closed_forms.segments`, given the weights of an
        objective, for answers with scores, masks, traced ids or derivatives; None where there is none. It is
        called where it is needed, and loaded then.
    differentiable : bool
        Whether the answers carry a gradient by the rewards, found by the rewards' own library.
    """

    name: str
    kernel: Kernel
    needs: Needs
    per_group: bool = False
    takes_float32: bool = False
    any_library: bool = False
    columns: int = 0
    exact: bool = False
    small_groups: SmallGroups = "raise"
    nan_policy: NanPolicy = "raise"
    by_gaps: bool = False
    degree: int = 1
    slope: Kernel | None = None
    of_left_out: float = 0
    objective: Objective | None = None
    on_samples: Callable[[], OnSamples | None] = lambda: None
    differentiable: bool = False

    def derivative(self) -> "Task":
        """Weigh each reward by ``∂v/∂r_i``: the pathwise weights. Spec eq. (29)."""
        assert self.slope is not None
        return replace(
            self,
            name="pathwise_weights",
            kernel=self.slope,
            per_group=False,
            slope=None,
            degree=0,
            of_left_out=0,
            on_samples=lambda: None,
        )
