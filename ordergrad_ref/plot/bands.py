"""Estimates against K, with their intervals as a band."""

from collections.abc import Sequence
from typing import Any

from ordergrad_ref.plot.axes import Axes

__all__ = ["against_k", "doublings"]


def against_k(axes: Axes, ks: Sequence[float], estimates: Sequence[Any], **style: Any) -> None:
    """Draw what has an ``.estimate`` and an ``.interval``, or None instead of one, for each K."""
    (line,) = axes.plot(ks, [one.estimate for one in estimates], marker="o", **style)
    banded = [(k, *one.interval) for k, one in zip(ks, estimates, strict=True) if one.interval is not None]
    if banded:
        axes.fill_between(*zip(*banded, strict=True), alpha=0.2, color=line.get_color(), linewidth=0)


def doublings(axes: Axes, ks: Sequence[float]) -> None:
    """Let the axis of K double from tick to tick, with a tick at each K."""
    axes.set_xscale("log", base=2)
    axes.set_xticks(ks, [f"{k:g}" for k in ks], minor=False)
