"""A function that says how it is called: nothing about it is guessed, and it stays that function."""

from functools import partial

import numpy as np
import pytest
from helpers.ways_of_calling import LIBRARIES, by_group
from helpers.wrong_estimators import canonical

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.auditing import adapt
from ordergrad_ref.errors import InvalidInputError, TargetError


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("layout", ["rows", "table", "flat", "tokens"])
def test_what_is_chosen_is_not_guessed(layout, library):
    """Every call of an adapted function has the shape and the arrays that were asked for."""
    xp = LIBRARIES[library]()
    dimensions = {"rows": 1, "table": 2, "flat": 1, "tokens": 2}[layout]

    def advantage(rewards, k, groups=None, mask=None):
        x = xp.read(rewards)
        assert x.ndim == dimensions
        assert (groups is not None) == (layout in ("flat", "tokens"))
        assert (mask is not None) == (layout == "tokens")
        if layout in ("rows", "table"):
            return xp.write(np.apply_along_axis(canonical, -1, x, k))
        scores = x if mask is None else (x * xp.read(mask)).sum(-1)
        return xp.write(by_group(canonical, scores, xp.read(groups), k))

    report = og.audit(adapt(advantage, layout=layout, library=library), "max@2", n=3)
    assert report.unbiased
    assert float(report.constant) == pytest.approx(1 / 2, rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layout": "dense"}, "layout: expected one of 'rows', 'table', 'flat', 'tokens', got 'dense'"),
        ({"library": "cupy"}, "library: expected one of 'numpy', 'torch', 'jax', 'list', got 'cupy'"),
        ({"timeout": 0}, "timeout: expected a positive number of seconds, got 0"),
        ({"timeout": float("inf")}, "timeout: expected a positive number of seconds, got inf"),
        ({"timeout": "1"}, "timeout: expected a positive number of seconds, got '1'"),
    ],
)
def test_bad_adapters(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        adapt(maxk.canonical, **arguments)


def test_an_adapted_function_is_still_that_function():
    adapted = adapt(maxk.maxpo, layout="table")
    assert og.audit(adapted, "max@3", n=5) == og.audit(maxk.maxpo, "max@3", n=5)
    assert adapted.contract is maxk.maxpo.contract
    assert adapted([0, 1, 3], k=2).tolist() == maxk.maxpo([0, 1, 3], k=2).tolist()
    bound = og.audit(partial(adapted, k=3), "max@4", n=6)
    assert bound.target == "maxpo"
    assert not bound.unbiased
    with pytest.raises(TargetError, match="expected a callable, got 3"):
        adapt(3)
