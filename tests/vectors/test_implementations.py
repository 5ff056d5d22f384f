"""Law: whatever an implementation does is a verdict of one sentence."""

import os

import numpy as np
import pytest
from helpers.golden_vectors import VECTORS, verdict

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.vectors.checking import check
from ordergrad_ref.vectors.implementations import InProcess, NotOffered, Refused


def in_place(rewards, objective):
    rewards -= rewards.mean()
    return rewards


def exits(rewards, objective):
    raise SystemExit(3)


def vanishes(rewards, objective):
    os._exit(0)


class UnprintableError(BaseException):
    def __str__(self):
        raise ValueError


def raises_what_cannot_be_printed(rewards, objective):
    raise UnprintableError


def lacks_medians(rewards, objective):
    raise NotImplementedError("medians")


class Lazy:
    def __getattr__(self, name):
        raise ImportError("half\ninstalled")


class Weird:
    def __float__(self):
        raise RuntimeError("no float")


class Strange:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("device\nlost")


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda r, o: r[:-1], "expected to return shape (6,), returned (5,)"),
        (lambda r, o: r[:, None], "returned (6, 1)"),
        (lambda r, o: float(r[0]), "returned ()"),
        (lambda r, o: None, "expected to return shape (6,)"),
        (lambda r, o: "nonsense", "expected to return real numbers"),
        (lambda r, o: ["1"] * 6, "expected to return real numbers"),
        (lambda r, o: r + 1j, "expected to return real numbers, returned complex128"),
        (lambda r, o: [object()] * 6, "expected to return real numbers"),
        (lambda r, o: [Weird()] * 6, "expected to return real numbers"),
        (lambda r, o: r * np.nan, "expected finite numbers"),
        (lambda r, o: r / 0 * 0, "expected finite numbers"),
        (lambda r, o: [1, [2]], "ValueError"),
        (lambda r, o: Strange(), "RuntimeError: device lost"),
        (lambda r: r, "TypeError"),
        (exits, "SystemExit: 3"),
        (vanishes, "SystemExit: 0"),
        (raises_what_cannot_be_printed, "got UnprintableError"),
        (in_place, "changed the array that it was given"),
        (lambda r, o: 1 / 0, "expected an answer, got ZeroDivisionError"),
    ],
)
def test_a_bad_answer_is_a_verdict(function, said):
    result, sentence = verdict(function)
    assert result == "failed"
    assert said in sentence
    assert "\n" not in sentence


def test_what_is_not_implemented_is_not_offered():
    assert verdict(lacks_medians) == ("not offered", "")


def test_what_it_prints_does_not_spoil_the_report(capsys):
    def talks(rewards, objective):
        print("step 1")
        return og.advantage(rewards, objective)

    assert verdict(talks) == ("passed", "")
    assert capsys.readouterr().out == ""


def test_where_there_is_no_such_implementation():
    for place in (
        "no_such_module",
        "no_such_file.py",
        "ordergrad_ref:no_such_object",
        "ordergrad_ref:maxk.no",
    ):
        with pytest.raises(TargetError):
            InProcess(place)
    with pytest.raises(InvalidInputError, match="dtype"):
        check(InProcess("ordergrad_ref"), VECTORS, "float16")


def test_an_object_whose_attributes_raise():
    target = InProcess("ordergrad_ref")
    target._functions = Lazy()
    with pytest.raises(TargetError, match="looking up advantage raised ImportError: half installed"):
        check(target, VECTORS)


def test_a_function_that_it_lacks():
    target = InProcess("ordergrad_ref:maxk")
    with pytest.raises(NotOffered):
        target.answer(VECTORS["advantage-max-2-distinct"], "float64")
    with pytest.raises(Refused):
        InProcess("ordergrad_ref").answer(VECTORS["advantage-refuses-too-few"], "float64")
