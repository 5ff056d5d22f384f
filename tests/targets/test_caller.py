"""One call, and everything that can be wrong with it.

Law: what cannot be called ends in one line that names the function, what was expected and what came.
"""

import asyncio
import sys
import time

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.auditing import adapt
from ordergrad_ref.errors import TargetError


def hangs(x):
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            continue


class Interrupts(BaseException):
    pass


def raises_what_is_no_exception(x):
    raise Interrupts("stop")


async def asynchronous(x):
    await asyncio.sleep(0)


def sorts_tokens(rewards, mask):
    rewards[::-1].sort()
    return rewards[:, 0]


def makes_ragged(x):
    if isinstance(x, list):
        x[0] = [1, 2]
        return [0.0] * len(x)
    raise TypeError("a list, please")


class Stubborn:
    def __float__(self):
        raise ArithmeticError("no number")


def marks_ids(rewards, groups):
    groups += 1
    return rewards


def discounted(rewards, mask):
    return np.cumsum(mask[:, ::-1], axis=1)[:, ::-1] * rewards.sum(-1, keepdims=True)


def fails_without_words(x):
    raise NotImplementedError


UNFIT = {
    "hangs": (adapt(hangs, timeout=0.2), r"hangs did not answer within 0\.2 s, on rewards \["),
    "raises what is no exception": (raises_what_is_no_exception, r"raised Interrupts: stop, on rewards \["),
    "fails without words": (fails_without_words, "raised NotImplementedError: raise NotImplementedError, on"),
    "is asynchronous": (asynchronous, "asynchronous is asynchronous; wrap it"),
    "changes tokens": (sorts_tokens, "changed its input: .* let it work on a copy"),
    "changes ids": (marks_ids, r"changed its input \(ids\)"),
    "changes lists": (makes_ragged, r"changed its input: \[.*\] became unreadable \(ValueError"),
    "returns stubborn objects": (
        lambda x: [Stubborn()] * len(x),
        "expected to return real numbers, returned <",
    ),
    "one token after another": (discounted, "different advantages for the tokens of one response"),
    "returns NaN for tokens": (lambda r, mask: r * np.nan, "NaN or infinity on rewards"),
    "returns a shape of its own": (
        lambda r, mask: r[:, :-1],
        r"expected to return shape \(4, 3\) or \(4,\) for rewards of shape \(4, 3\), returned ndarray of",
    ),
    "returns masked numbers": (lambda x: np.ma.masked_equal(x, 4), r"NaN or infinity on rewards \[[^\]]*4\."),
    "returns too few of flat": (
        lambda r, uids: r[1:],
        r"expected to return shape \(4,\) for rewards of that shape",
    ),
    "no flat function": (
        adapt(lambda x: x, layout="flat"),
        "layout: expected for flat a parameter for group ids",
    ),
    "no such library": (
        adapt(lambda x: x, library="jax"),
        "library: expected jax to be installed, got",
    ),
    "wrong library": (
        adapt(lambda x: x.clamp(0), library="numpy"),
        r"raised AttributeError: .*clamp.*, on rewards \[[^()]*$",
    ),
    "needs more": (lambda rewards, index, beta: 0, r"needs beta; wrap it .* bind what it needs \(--kwarg"),
}


class UnprintableError(Exception):
    def __str__(self):
        raise ValueError


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UnprintableError(), "raised UnprintableError: "),
        (ValueError("x" * 10**6), "raised ValueError: xx"),
        (ValueError("\a\x1b[31mred"), r"raised ValueError: \[31mred"),
    ],
)
def test_an_error_of_any_kind_is_told_in_a_short_line(error, words):
    def raises(x):
        raise error

    with pytest.raises(TargetError, match=words) as told:
        og.audit(raises, "max@2", n=4)
    assert len(str(told.value)) < 1000
    assert "\n" not in str(told.value)


@pytest.mark.slow
@pytest.mark.parametrize("case", UNFIT)
def test_unfit_functions(case, monkeypatch):
    function, message = UNFIT[case]
    if case == "no such library":
        monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(TargetError, match=message) as error:
        og.audit(function, "max@2", n=4)
    assert "\n" not in str(error.value)


def test_what_is_printed_is_noted(capsys):
    def talks(x):
        print("rewards", x)
        print("in two lines")
        return x

    report = og.audit(talks, "mean@1", n=3)
    assert capsys.readouterr().out == ""
    note = "; it prints to standard output ('rewards [0. 4. 0.]' first), which is kept out of this report"
    assert report.called_with.endswith(note)
    assert "prints" not in og.audit(lambda x: x, "mean@1", n=3).called_with


def test_what_a_function_sets_is_put_back():
    def careless(x):
        np.seterr(all="raise")
        return x

    before = np.geterr()
    assert og.audit(careless, "mean@1", n=3).unbiased
    assert np.geterr() == before


def computes_in_float32(x):
    """Leave-one-out in single precision, summed in the order of the rewards, and returned as float64."""
    r = x.astype(np.float32)
    total = np.cumsum(r, axis=-1, dtype=np.float32)[..., -1:]
    return (r - (total - r) / np.float32(r.shape[-1] - 1)).astype(np.float64)


def test_what_computes_in_float32_is_held_to_float32_whatever_it_returns():
    report = og.audit(computes_in_float32, "mean@1", n=7)
    assert report.unit_roundoff == 2.0**-24
    assert report.unbiased
    assert report.permutation_equivariant


def test_answers_that_need_few_bits_are_held_to_float64():
    report = og.audit(og.maxk.runner_up_gap, "max@4", n=4)
    assert report.unit_roundoff == 2.0**-53
    assert og.audit(og.maxk.rloo, "mean@1", n=7).unit_roundoff == 2.0**-53
