"""Law: which part of an answer is judged is said, and where two parts could be meant, nothing is guessed."""

from collections import namedtuple
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.auditing import adapt
from ordergrad_ref.errors import InvalidInputError, TargetError


def centred(x):
    return x - x.mean(-1, keepdims=True)


class Named(NamedTuple):
    returns: Any
    advantages: Any


@dataclass
class Fields:
    loss: float
    advantages: Any


Unnamed = namedtuple("Unnamed", ["one", "two"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda x: (centred(x), centred(x)), "the first of a tuple of 2 is taken"),
        (lambda x: (centred(x), x), "the first of a tuple of 2 is taken"),
        (lambda x: (centred(x), centred(x) > 0), "the first of a tuple of 2 is taken"),
        (lambda x: (centred(x), x.mean(-1), {"mean": 1}), "the first of a tuple of 3 is taken"),
        (lambda x: (centred(x), x.mean(-1, keepdims=True) + 0 * x), "the first of a tuple of 2 is taken"),
        (lambda x: [centred(x), None], "the first of a list of 2 is taken"),
        (lambda x: (0.5, centred(x)), "the second of a tuple of 2 is taken"),
        (lambda x: Unnamed(centred(x), 0), "the first of a Unnamed of 2 is taken"),
        (lambda x: Named(x * 7, centred(x)), "its 'advantages' are taken"),
        (lambda x: Fields(0.0, centred(x)), "its 'advantages' are taken"),
        (lambda x: {"returns": -x, "advantages": centred(x)}, "its 'advantages' are taken"),
        (lambda x: {"adv": centred(x), "returns": x * 7}, "its 'adv' are taken"),
        (lambda x: SimpleNamespace(advantage=centred(x)), "its 'advantage' are taken"),
    ],
)
def test_the_part_that_is_judged_is_said(answer, said):
    report = og.audit(answer, "mean@1", n=4)
    assert report.constant == 3 / 4
    assert report.called_with == f"called with tables (G, N); {said}"


@pytest.mark.parametrize(
    "answer",
    [
        lambda x: (x, -x),
        lambda x: (x, centred(x)),
        lambda x: (centred(x), 7 * centred(x)),
        lambda x: (centred(x), None, -x),
        lambda x: [centred(x), -x],
        lambda x: Unnamed(centred(x), -x),
    ],
)
def test_where_two_parts_could_be_meant_nothing_is_guessed(answer):
    with pytest.raises(TargetError, match=r"could both be them; choose with --output 0, or adapt\("):
        og.audit(answer, "mean@1", n=4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "output", "said"),
    [
        (lambda x: (x, centred(x)), 1, "the second of a tuple of 2 is taken"),
        (lambda x: (x, centred(x)), -1, "part -1 of a tuple of 2 is taken"),
        (lambda x: (centred(x), -x), 0, "the first of a tuple of 2 is taken"),
        (lambda x: {"a": centred(x), "advantages": x * 7}, "a", "its 'a' are taken"),
        (lambda x: Unnamed(-x, centred(x)), "two", "its 'two' are taken"),
        (lambda x: SimpleNamespace(score=centred(x)), "score", "its 'score' are taken"),
    ],
)
def test_a_part_can_be_chosen(answer, output, said):
    for adapted in (adapt(answer, output=output), partial(adapt(answer, output=output))):
        report = og.audit(adapted, "mean@1", n=4)
        assert report.constant == 3 / 4
        assert report.called_with == f"called with tables (G, N); {said}"


@pytest.mark.parametrize(
    ("answer", "output", "message"),
    [
        (lambda x: (x, -x), 2, r"output: expected a part of a tuple of 2, counted from 0, got 2"),
        (lambda x: x, 0, r"output: expected a tuple that has a part 0, got ndarray"),
        (lambda x: {"score": x}, "scores", r"output: expected one of 'score', got 'scores'"),
    ],
)
def test_a_part_that_is_not_there(answer, output, message):
    with pytest.raises(TargetError, match=message):
        og.audit(adapt(answer, output=output), "mean@1", n=4)


def test_a_dict_without_advantages_names_what_it_has():
    with pytest.raises(TargetError, match="got a dict of 'scores', 'loss'; choose with --output NAME"):
        og.audit(lambda x: {"scores": x, "loss": 0 * x}, "mean@1", n=4)


def test_an_output_is_a_place_or_a_name():
    for output in (1.5, True, ("a",)):
        with pytest.raises(InvalidInputError, match="output: expected a place in a tuple or a name, got"):
            adapt(centred, output=output)


def test_a_tuple_of_numbers_is_the_answer_itself():
    assert og.audit(lambda x: tuple(float(r) for r in x), "mean@1", n=4).called_with == (
        "called with one group (N,) at a time"
    )
    assert og.audit(adapt(lambda x: tuple(np.asarray(x)), layout="table"), "mean@1", n=4).constant == 1
