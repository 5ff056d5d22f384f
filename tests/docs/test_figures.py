"""Figures that stand in sentences of README and guides are those of the code.

Examples are run where they stand; what was measured names its command. These are the numbers between both.
"""

from inspect import signature
from math import prod
from pathlib import Path

import numpy as np
import pytest

from ordergrad_ref import maxk, objective
from ordergrad_ref.agreement import CHANCE, MOST_LEFT_OPEN
from ordergrad_ref.auditing import chance_steps, sizes, steps
from ordergrad_ref.auditing.audit import VALUES
from ordergrad_ref.auditing.decisions import constant_formula, multisets, random_others
from ordergrad_ref.auditing.decisions.multisets import Multisets
from ordergrad_ref.closed_forms import distribution, rank_weights
from ordergrad_ref.commands import supervisor
from ordergrad_ref.kernels import choice
from ordergrad_ref.kernels.cpu import lanes, sums
from ordergrad_ref.kernels.gpu import tables
from ordergrad_ref.objectives import named, spelling
from ordergrad_ref.plot import policies, simplex
from ordergrad_ref.rollouts import text
from ordergrad_ref.targets import process, resolving

ROOT = Path(__file__).parents[2]
CANDIDATES = prod(len(exponents) for exponents, _ in constant_formula.FACTORS.values())

SAID = [
    ("README.md", "{} named ones", len(spelling.REGISTRY)),
    ("docs/guides/auditing.md", "{} unless you give others", ", ".join(map(str, VALUES))),
    ("docs/guides/auditing.md", "random rewards up to ±{},", int(max(random_others.RANGES))),
    ("docs/guides/auditing.md", "arrangements where they are at most {} ", steps.MOST_ARRANGEMENTS),
    ("docs/guides/auditing.md", "a function of one group where they are at most {};", steps.MOST_CALLS),
    (
        "docs/guides/auditing.md",
        "Four values make {} batches in groups of 8",
        len(Multisets(8, VALUES).counts),
    ),
    ("docs/guides/auditing.md", "and {} in groups of 16", len(Multisets(16, VALUES).counts)),
    ("docs/guides/auditing.md", "three values {} in groups of 64", len(Multisets(64, VALUES[:3]).counts)),
    ("docs/guides/auditing.md", "at most {} rewards in all are accepted", multisets.MOST_REWARDS),
    ("docs/guides/auditing.md", "one group at a time, {} times in all", chance_steps.MOST_CALLS),
    ("docs/guides/auditing.md", "if that makes between {} and", chance_steps.FEWEST),
    ("docs/guides/auditing.md", "and {} seeds", chance_steps.MOST),
    ("docs/guides/auditing.md", "exactly one of {} candidates", CANDIDATES),
    ("docs/guides/auditing.md", "groups** at seven sizes up to N = {} ", max(sizes.SIZES)),
    ("docs/guides/adapters.md", "`--timeout` seconds ({} a call by default,", int(resolving.TIMEOUT)),
    ("docs/guides/evaluating.md", "grow** more than {} times its size", text.MOST_GROWN),
    ("docs/guides/evaluating.md", "beyond {} million characters", text.FREE // 10**6),
    ("docs/guides/gpu.md", "| up to {} | registers", tables.LARGEST_IN_A_WARP),
    (
        "docs/guides/protocol.md",
        "no answer within `--timeout` seconds ({})",
        int(signature(process.Process).parameters["timeout"].default),
    ),
    ("docs/guides/speed.md", "**Groups of fewer than {} rewards**", choice.LARGE),
    ("docs/guides/speed.md", "**Groups of up to {}** are answered", sums.LARGEST_SIDE_BY_SIDE),
    ("docs/guides/speed.md", "are answered {} side by side", lanes.LANES),
    ("docs/guides/objectives.md", "`lmoment(r)@K` for r K > {};", named.LARGEST_LMOMENT),
    ("docs/guides/objectives.md", "exact weights of more than {} products", rank_weights.LARGEST_EXACT_WORK),
    ("docs/guides/objectives.md", "exact probabilities at K > {}, but", distribution.LARGEST_EXACT_K),
]


def spaced(number):
    """Write 65 536 as the guides do: thousands apart from ten thousand on."""
    return f"{number:,}".replace(",", " ") if isinstance(number, int) and number >= 10_000 else str(number)


@pytest.mark.parametrize(("page", "sentence", "number"), SAID, ids=[s for _, s, _ in SAID])
def test_a_figure_is_that_of_the_code(page, sentence, number):
    text = " ".join((ROOT / page).read_text(encoding="utf-8").split()).replace("−", "-")
    assert sentence.format(spaced(number)).strip() in text


def test_figures_in_words():
    assert supervisor.GRACE == 2  # "ended two seconds after its limit"
    assert len(sizes.SIZES) == 7  # "at seven sizes"
    assert process.GRACE == 2  # "two seconds later the whole process group is killed"
    assert chance_steps.SEEN == 8  # "under each of eight seeds"
    assert CHANCE == 1e-6  # "a chance of one in a million"
    assert MOST_LEFT_OPEN == 0.1  # "up to a tenth"
    around_zero = [largest for centre, largest in random_others.FAR if centre == 0]
    assert (min(around_zero), max(around_zero)) == (2.0**-18, 2.0**22)  # "from 2⁻¹⁸ to 2²² in size"
    assert abs(random_others.FAR[-1][0]) == 1024  # "around ±1024"


@pytest.mark.slow
def test_the_angle_of_the_first_picture():
    """ "Up to 27 degrees", where the command beside it draws."""
    grid = simplex.grid(signature(policies.bias).parameters["steps"].default)
    largest = simplex.angles(maxk.grpo, objective("mean@1"), np.array([0.0, 1, 3]), 8, grid).max()
    assert "up to 27 degrees" in (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert round(largest) == 27
