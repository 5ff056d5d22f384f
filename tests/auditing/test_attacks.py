"""Mistakes that hide from a few chosen rewards, and right functions in unusual forms.

The wrong ones are the canonical advantage with one change that shows only far out, close together, on one
side of zero, or at one special reward; by spec eq. (56) each of them is biased. The right ones are one and
the same function in every form that people give it.
"""

import functools
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import TargetError


def canonical(x):
    """``N/(N−2) (q − v)`` for the best of two, over all pairs."""
    n = x.shape[-1]
    q = (np.maximum(x[..., :, None], x[..., None, :]).sum(axis=-1) - x) / (n - 1)
    return n / (n - 2) * (q - q.mean(axis=-1, keepdims=True))


def whole(reduced):
    """Such a number for each group, beside its rewards."""
    return reduced[..., None]


def spread(x):
    return whole(np.ptp(x, axis=-1))


def wraps(x, bits, digits):
    """Rewards in units of ``2^-digits``, in integers of so many bits, which wrap."""
    unit, half = 2.0**-digits, 2.0 ** (bits - 1)
    return (np.round(x / unit) + half) % (2 * half) * unit - half * unit


WRONG = {
    "advantages clipped at 200": lambda x: np.clip(canonical(x), -200, 200),
    "advantages clipped at 1000": lambda x: np.clip(canonical(x), -1000, 1000),
    "advantages clipped at a million": lambda x: np.clip(canonical(x), -1e6, 1e6),
    "rewards clipped at 128": lambda x: canonical(np.clip(x, -128, 128)),
    "rewards clipped at 1000": lambda x: canonical(np.clip(x, -1000, 1000)),
    "rewards clipped at a million": lambda x: canonical(np.clip(x, -1e6, 1e6)),
    "rewards clipped below at -150": lambda x: canonical(np.maximum(x, -150)),
    "rewards beyond 1e4 dropped": lambda x: canonical(np.where(abs(x) > 1e4, 0, x)),
    "large rewards in logarithms": lambda x: canonical(
        np.where(x > 200, 200 + np.log(np.maximum(x, 200)), x)
    ),
    "int8": lambda x: canonical(wraps(x, 8, 0)),
    "int8 of quarters": lambda x: canonical(wraps(x, 8, 2)),
    "int16": lambda x: canonical(wraps(x, 16, 0)),
    "int16 of 1/64": lambda x: canonical(wraps(x, 16, 6)),
    "quantised to 2^-12": lambda x: canonical(np.round(x * 4096) / 4096),
    "rounded to a millionth": lambda x: canonical(np.round(x, 6)),
    "float16 rewards": lambda x: canonical(np.clip(x, -6e4, 6e4).astype(np.float16).astype(float)),
    "zeros where an exponential overflows": lambda x: (
        canonical(x) * np.isfinite(whole(np.exp(x).sum(axis=-1)))
    ),
    "rewards of 1 mean success": lambda x: canonical(np.where(x == 1, 1.5, x)),
    "rewards of 0 are blanks": lambda x: canonical(np.where(x == 0, 0.25, x)),
    "rewards of -1 are padding": lambda x: canonical(x) * (x != -1),
    "rewards of -100 are ignored": lambda x: canonical(x) * (x != -100),
    "rewards of 10 are full marks": lambda x: canonical(x) + (x == 10),
    "two equal maxima share": lambda x: (
        canonical(x) / np.where(whole((x == x.max(axis=-1, keepdims=True)).sum(axis=-1)) == 2, 2, 1)
    ),
    "one maximum alone counts double": lambda x: (
        canonical(x) * np.where(whole((x == x.max(axis=-1, keepdims=True)).sum(axis=-1)) == 1, 2, 1)
    ),
    "all beyond 700": lambda x: canonical(x) * ~whole((x > 700).all(axis=-1)),
    "a mean below -100": lambda x: canonical(x) * (x.mean(axis=-1, keepdims=True) > -100),
    "a spread beyond 300 skipped": lambda x: canonical(x) * (spread(x) < 300),
    "a spread below a thousandth skipped": lambda x: canonical(x) * (spread(x) > 1e-3),
    "a spread below .3 skipped": lambda x: canonical(x) * (spread(x) > 0.3),
    "a deviation below .05 skipped": lambda x: canonical(x) * (x.std(axis=-1, keepdims=True) > 0.05),
    "small advantages are zero": lambda x: canonical(x) * (abs(canonical(x)) > 1e-3),
    "gaps of a thousandth are ties": lambda x: canonical(np.round(x * 1000) / 1000),
    "beside an epsilon": lambda x: canonical(x) / (spread(x) + 1e-4) * spread(x),
}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", WRONG)
def test_no_wrong_function_is_green(mistake):
    report = og.audit(WRONG[mistake], "max@2", n=4)
    assert report.unbiased is False
    assert report.constant is None
    assert report.estimand is None
    assert report.lookalikes == ()
    assert report.direction_right is not True
    assert report.counterexample is not None


def test_what_is_right_stays_green():
    """A mask of groups that have no signal is no mistake; nor is a function that far rewards overflow."""

    def of_groups_with_a_spread(x):
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.nan_to_num(canonical(x) / spread(x) * spread(x))

    def refuses_far_rewards(x):
        if abs(x).max() > 1e4:
            raise ValueError("too large")
        return canonical(x)

    for function in (canonical, of_groups_with_a_spread, refuses_far_rewards):
        report = og.audit(function, "max@2", n=4)
        assert report.unbiased
    assert "left out" in report.called_with
    assert "too large" in report.called_with


# ---- groups by their ids


def means_by_appearance_read_by_id(rewards, group_ids):
    means = [rewards[group_ids == g].mean() for g in dict.fromkeys(group_ids.tolist())]
    _, place = np.unique(group_ids, return_inverse=True)
    return rewards - np.array(means)[place]


def test_ids_do_not_come_in_their_order():
    """Who reads groups as they come and answers them by id mixes them, though each alone is right."""
    report = og.audit(means_by_appearance_read_by_id, "mean@1", n=4)
    assert report.mixes_groups
    assert report.groups_apart is False


# ---- right, in unusual forms


def centred(x):
    return x - x.mean(axis=-1, keepdims=True)


Named = namedtuple("Named", "loss advantages")
Unnamed = namedtuple("Unnamed", "loss weights")


@dataclass
class Result:
    advantages: np.ndarray
    loss: float = 0.0


class Callable:
    def __call__(self, x):
        return centred(x)


def of_one_group(x):
    (_,) = x.shape
    return centred(x)


def by_keyword(*, rewards):
    return centred(rewards)


def decorated(function):
    def inner(*arguments, **keywords):
        return function(*arguments, **keywords)

    return inner


def with_a_scale(scale, x):
    return scale * centred(x)


RIGHT = {
    "a named tuple": lambda x: Named(0.0, centred(x)),
    "a tuple with other names": lambda x: Unnamed(0.0, centred(x)),
    "a dict": lambda x: {"loss": x, "advantages": centred(x)},
    "a dict with one entry that fits": lambda x: {"loss": 0.0, "weights": centred(x)},
    "a dataclass": lambda x: Result(centred(x)),
    "a column": lambda x: of_one_group(x)[:, None],
    "a row": lambda x: of_one_group(x)[None],
    "a list": lambda x: of_one_group(x).tolist(),
    "a generator": lambda x: (r - x.mean() for r in of_one_group(x) + x.mean()),
    "a map": lambda x: map(float, of_one_group(x)),
    "objects": lambda x: centred(x).astype(object),
    "masked, nothing masked": lambda x: np.ma.masked_array(centred(x)),
    "read-only": lambda x: np.broadcast_to(centred(x), x.shape),
    "other order in memory": lambda x: np.asfortranarray(centred(x)),
    "extended precision": lambda x: centred(x.astype(np.longdouble)),
    "float32": lambda x: centred(x.astype(np.float32)),
    "by keyword": by_keyword,
    "decorated": decorated(centred),
    "partial": functools.partial(with_a_scale, 1.0),
    "an object": Callable(),
    "a class": Callable,
    "vectorised": np.vectorize(lambda group: group - group.mean(), signature="(n)->(n)"),
}


@pytest.mark.slow
@pytest.mark.parametrize("form", RIGHT)
def test_a_right_function_is_right_in_every_form(form):
    report = og.audit(RIGHT[form], "mean@1", n=3)
    assert report.unbiased
    assert float(report.constant) == pytest.approx(2 / 3, rel=1e-6)
    assert "mixes groups" not in report.called_with


@pytest.mark.slow
def test_right_in_other_libraries():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    with_gradient = og.audit(lambda x: centred_tensor(torch.as_tensor(x).requires_grad_()), "mean@1", n=3)
    scalars = og.audit(lambda x: [torch.tensor(float(a)) for a in of_one_group(x)], "mean@1", n=3)
    column = og.audit(lambda x: torch.as_tensor(of_one_group(x)).to(torch.bfloat16)[:, None], "mean@1", n=3)
    assert with_gradient.unbiased
    assert scalars.unbiased
    assert "within 6.2 % (bfloat16)" in column.verdict
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    assert og.audit(lambda x: pandas.Series(of_one_group(x)), "mean@1", n=3).unbiased


def centred_tensor(x):
    return x - x.mean(dim=-1, keepdim=True)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: {"one": centred(x), "other": 2 * x}, "got a dict of 'one', 'other'; choose"),
        (lambda x: (2 * x, centred(x)), "could both be them; choose"),
        (lambda x: centred(x) + 0j, "expected to return real numbers, returned complex128"),
    ],
)
def test_what_cannot_be_told_is_refused(function, message):
    with pytest.raises(TargetError, match=message):
        og.audit(function, "mean@1", n=3)
