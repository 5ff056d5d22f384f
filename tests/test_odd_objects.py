"""Law: whatever object is passed, what comes out is an answer or an error of ours.

Every public function, every argument, one odd object at a time, the others right. ``TypeError`` is Python's
where the call itself is wrong (a missing or unknown argument); no object in a right place may cause one.
"""

import inspect
import re
import types
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref import objectives
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives.spelling import REGISTRY


class Hostile:
    """Raises whenever it is looked at as an array, compared, hashed, counted or printed."""

    __hash__ = None

    def _raise(self, *_, **__):
        raise RuntimeError("hostile")

    __array__ = __eq__ = __ne__ = __lt__ = __gt__ = __bool__ = __len__ = __iter__ = __index__ = __float__ = (
        __repr__
    ) = _raise


class Ratio:
    """Says that it is a number, and is none."""

    def as_integer_ratio(self):
        raise KeyError("no ratio")


def odd():
    yield from (
        None,
        True,
        np.True_,
        0,
        -1,
        2,
        10**400,
        -(10**400),
        0.5,
        float("nan"),
        float("inf"),
        1j,
        10**5000,
    )
    yield from ("", "max@2", "nan", "3", "max@" + "9" * 5000, b"max@2", "\x00", "\ud800")
    yield from ([], [[]], [1, [2]], (), {}, {1: 2}, set(), {1, 2}, range(3), [None], ["a"], [{}])
    yield from (Decimal("sNaN"), Decimal("NaN"), Decimal("Infinity"), Decimal("1e400"), [Decimal("sNaN")] * 3)
    yield from (Fraction(1, 3), [Fraction(1, 3)] * 3, [10**400] * 3, [1e400] * 3)
    yield from (
        np.array(2.0),
        np.array([1, 2]),
        np.array([1, None, "a"]),
        np.zeros((2, 2, 0)),
        np.zeros(3, "M8[s]"),
    )
    yield from (
        np.array(["a", "b", "c"]),
        np.zeros(3, [("a", int)]),
        np.ma.array([1, 2, 3], mask=[0, 1, 0]),
        np.float32,
    )
    yield from (np.array([1j, 2, 3]), np.array([2**63 + 1] * 3, np.uint64), np.zeros(3, np.longdouble))
    yield from (
        object(),
        int,
        len,
        lambda *_: "x",
        types.SimpleNamespace(shape=(3,)),
        Ratio(),
        Hostile(),
        memoryview(b"abc"),
    )


GENERATORS = [
    lambda: (i for i in range(3)),
    lambda: iter([1.0, 2.0]),
    lambda: map(int, "ab"),
    lambda: (1 / 0 for _ in "a"),
]

OPTIONS = {"groups": ["a", "a", "a"], "small_groups": "raise", "nan_policy": "raise"}
USUAL = {"k": 4, "position": "hazen", "phi": [1, 2], "g": lambda u: u, "r": 1, "m": 1, "low": 0, "high": 1}
X, P, IDS = [0.0, 1.0, 3.0], [0.25, 0.25, 0.5], OPTIONS["groups"]
CALLS = {
    **{
        name: (getattr(og, name), {"rewards": X, "objective": "max@2"} | OPTIONS)
        for name in ("value", "advantage", "inclusion", "leave_one_out", "score_weights", "pathwise_weights")
    },
    **{
        f"population.{name}": (getattr(og.population, name), {"rewards": X, second: P, "objective": "max@2"})
        for name, second in (
            ("value", "probabilities"),
            ("advantage", "probabilities"),
            ("inclusion", "probabilities"),
            ("gradient", "probabilities"),
            ("hessian", "probabilities"),
            ("logit_gradient", "logits"),
        )
    },
    **{
        f"maxk.{name}": (
            f,
            {"rewards": [0, 0, 1], "scale": "paper"} | OPTIONS
            | ({"k": 2} if "k" in inspect.signature(f).parameters else {}),
        )
        for name, f in og.maxk.FAMILY.items()
    },
    "standard_error": (
        og.standard_error, {"rewards": X, "objective": "max@1", "method": "unbiased"} | OPTIONS
    ),
    "evaluate": (
        og.evaluate,
        {"rewards": X, "groups": IDS, "objectives": ["max@2"], "confidence": 0.95, "nan_policy": "raise"},
    ),
    "variance.moments": (
        og.variance.moments,
        {"rewards": X, "probabilities": P, "objective": "max@2", "n": 4, "estimator": "advantage"},
    ),
    "variance.limit": (
        og.variance.limit,
        {"rewards": X, "probabilities": P, "objective": "max@2", "estimator": "advantage"},
    ),
    "baselines.optimal": (
        og.baselines.optimal,
        {"rewards": X, "objective": "max@2", "values": X, "probabilities": P} | OPTIONS,
    ),
    "baselines.plug_in": (og.baselines.plug_in, {"rewards": X, "objective": "max@2"} | OPTIONS),
    "order_statistics": (og.order_statistics, {"rewards": X, "k": 2} | OPTIONS),
    "pass_at_k of counts": (og.maxk.pass_at_k, {"n": 3, "successes": [0, 1, 3], "k": 2}),
    "range": (objectives.sample_range, {"k": 2}),
    "maxk.pass_at_k": (og.maxk.pass_at_k, {"rewards": [0, 0, 1], "k": 2, "groups": IDS}),
    "maxk.maxrl_objective": (og.maxk.maxrl_objective, {"n": 3}),
    "objective": (og.objective, {"spelling": "max", "k": 2}),
    "LStatistic": (og.LStatistic, {"weights": [1, 2]}),
    "LStatistic.from_top": (og.LStatistic.from_top, {"weights": [1, 2]}),
    "RealK": (objectives.RealK, {"kind": "max", "kappa": 2.5}),
    **{
        f"rank_weights.{name}": (getattr(og.rank_weights, name), {"n": 3, "objective": "max@2"})
        for name in ("exact", "floating")
    },
    **{
        name: (
            getattr(objectives, name),
            {p: USUAL.get(p, 0.5)
             for p in inspect.signature(getattr(objectives, name)).parameters},
        )
        for name in objectives.__all__
        if inspect.isfunction(getattr(objectives, name)) and name != "objective"
    },
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLS)
def test_no_object_causes_another_error(name):
    function, right = CALLS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        function(**right)
        said = []
        for argument in right:
            for thing in (*odd(), *(make() for make in GENERATORS)):
                if argument in ("g", "phi") and callable(thing):
                    continue  # what the caller's own function raises is the caller's
                try:
                    function(**right | {argument: thing})
                except InvalidInputError as error:
                    said.append(str(error))
                except Exception as error:
                    pytest.fail(f"{argument}={type(thing).__name__}: {type(error).__name__}: {error}")
    assert all(len(message) < 2000 and re.match(r"[^:]+: ", message) for message in said)


def test_the_law_covers_what_is_public():
    assert {f"maxk.{f}" for f in og.maxk.FAMILY} <= set(CALLS)
    assert {f"population.{f}" for f in og.population.__all__} <= set(CALLS)
    assert {f"baselines.{f}" for f in og.baselines.__all__} <= set(CALLS)
    assert {"variance.moments", "variance.limit"} <= set(CALLS)
    assert {"wang", "distortion", "spectrum", "proportional_hazard", *REGISTRY} - {"max", "min"} <= set(CALLS)
