"""The golden vectors, and what tests ask of them."""

from importlib import resources
from pathlib import Path

import ordergrad_ref as og
from ordergrad_ref.vectors.checking import check
from ordergrad_ref.vectors.golden import load
from ordergrad_ref.vectors.implementations import InProcess

OWN = Path(str(resources.files("ordergrad_ref.vectors"))) / og.__spec_version__
VECTORS = load()
EACH_GRID = 11
SOME = [case for i, case in enumerate(VECTORS) if not case.id.startswith("grid-") or i % EACH_GRID == 0]
"""All cases but most of those of the grid, where asking all takes long; a prime step meets its every row."""

VALID = [case for case in VECTORS if case.expected is not None]


def numbers(x):
    """All numbers of a nested list; what has none is left out."""
    if isinstance(x, list):
        return [n for part in x for n in numbers(part)]
    return [] if x is None else [x]


def verdict(advantage, name="advantage-max-2-distinct"):
    target = InProcess("ordergrad_ref")
    target._functions = {"advantage": advantage}
    (outcome,) = check(target, [VECTORS[name]])
    return outcome.verdict, outcome.said
