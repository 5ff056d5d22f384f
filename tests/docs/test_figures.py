"""Figures that stand in sentences of README and guides are those of the code.

Examples are run where they stand; what was measured names its command. These are the numbers between both.
"""

from math import prod
from pathlib import Path

import pytest

from ordergrad_ref.auditing import sizes, steps
from ordergrad_ref.auditing.audit import VALUES
from ordergrad_ref.auditing.decisions import constant_formula, random_others
from ordergrad_ref.closed_forms import distribution, rank_weights
from ordergrad_ref.commands import supervisor
from ordergrad_ref.kernels import choice
from ordergrad_ref.kernels.cpu import network, sums
from ordergrad_ref.objectives import named, spelling
from ordergrad_ref.targets import resolving

ROOT = Path(__file__).parents[2]
CANDIDATES = prod(len(exponents) for exponents, _ in constant_formula.FACTORS.values())

SAID = [
    ("README.md", "{} named ones", len(spelling.REGISTRY)),
    ("docs/guides/auditing.md", "{} unless you give others", ", ".join(map(str, VALUES))),
    ("docs/guides/auditing.md", "random rewards up to ±{},", int(max(random_others.RANGES))),
    ("docs/guides/auditing.md", "arrangements where they are at most {} ", steps.MOST_ARRANGEMENTS),
    ("docs/guides/auditing.md", "a function of one group where they are at most {};", steps.MOST_CALLS),
    ("docs/guides/auditing.md", "exactly one of {} candidates", CANDIDATES),
    ("docs/guides/auditing.md", "groups** at seven sizes up to N = {} ", max(sizes.SIZES)),
    ("docs/guides/adapters.md", "`--timeout` seconds ({} a call by default,", int(resolving.TIMEOUT)),
    ("docs/guides/speed.md", "**Fewer than {} rewards**", choice.LARGE),
    ("docs/guides/speed.md", "**Groups of up to {}** are answered", sums.LARGEST_SIDE_BY_SIDE),
    ("docs/guides/speed.md", "are answered {} side by side", network.W),
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
