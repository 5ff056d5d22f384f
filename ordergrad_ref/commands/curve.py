"""Estimates against K as a picture, which needs matplotlib."""

from pathlib import Path
from typing import Any

from ordergrad_ref.commands.plot import saved
from ordergrad_ref.evaluation import Estimate, Evaluation
from ordergrad_ref.plot.bands import against_k, doublings

__all__ = ["draw"]


def draw(found: Evaluation, path: Path) -> None:
    """Draw a line for each family of objectives, such as all pass@k, with its intervals as a band.

    The suffix of the path chooses the format: ``.svg``, ``.png``, ``.pdf``.
    """
    saved(path, lambda axes: _curves(axes, found))


def _curves(axes: Any, found: Evaluation) -> None:
    for family, estimates in _families(found).items():
        _line(axes, family, estimates)
    axes.set(xlabel="K", ylabel="estimate")
    doublings(axes, sorted({estimate.k for estimate in found.estimates}))
    axes.legend(title=f"{100 * found.confidence:g} % intervals")


def _families(found: Evaluation) -> dict[str, list[Estimate]]:
    families: dict[str, list[Estimate]] = {}
    for estimate in found.estimates:
        if estimate.estimate is not None:
            family = estimate.objective.partition("@")[0]
            families.setdefault(family, []).append(estimate)
    return families


def _line(axes: Any, family: str, estimates: list[Estimate]) -> None:
    points = sorted(estimates, key=lambda estimate: estimate.k)
    against_k(axes, [point.k for point in points], points, label=f"{family}@K")
