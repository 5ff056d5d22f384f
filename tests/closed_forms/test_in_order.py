"""Each group is sorted, and each sorted reward is the one that lies at its place, whoever finds the order."""

from fractions import Fraction

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.closed_forms import in_order as module
from ordergrad_ref.closed_forms.in_order import PAYS, in_order

rng = np.random.default_rng(5)
NORMAL = rng.normal(size=(PAYS.start // 8, 8))
ORDINARY = {
    "normal": NORMAL,
    "float32": NORMAL.astype(np.float32).astype(float),
    "ties": NORMAL.round(),
    "signed zeros": np.where(NORMAL < 0, -0.0, 0.0),
    "of all sizes": NORMAL * 10.0 ** rng.integers(-300, 300, NORMAL.shape),
    "largest numbers": np.sign(NORMAL) * np.finfo(float).max,
    "one group": NORMAL.ravel(),
}
CLOSE = {
    "neighbours": np.where(NORMAL < 0, 1 / 3, np.nextafter(1 / 3, 1)) * np.sign(NORMAL[:, :1]),
    "least numbers": NORMAL.round() * 5e-324,
}


def assert_in_order(table):
    for layout in ("C", "F"):
        r, places = in_order(table, layout)
        assert (r == np.sort(table, axis=-1)).all()
        assert r.tobytes() == table.reshape(-1)[places].tobytes()
        assert r.flags[f"{layout}_CONTIGUOUS"]
        assert (np.sort(places, axis=-1) == np.arange(table.size).reshape(table.shape)).all()


@pytest.mark.parametrize("table", ORDINARY.values(), ids=ORDINARY)
def test_packed_keys_are_in_the_order_of_the_rewards(table, monkeypatch):
    monkeypatch.setattr(module, "find_order", None)  # nobody asks for it
    assert_in_order(table)


@pytest.mark.parametrize("table", CLOSE.values(), ids=CLOSE)
def test_rewards_that_only_the_lost_bits_tell_apart_are_in_order_too(table):
    assert_in_order(table)


def test_of_exact_rationals_nothing_is_lost():
    third = Fraction(1, 3)
    table = np.array([third + Fraction(int(m), 10**30) for m in rng.permutation(PAYS.start)]).reshape(-1, 8)
    r, places = in_order(table, "C")
    assert (r == table.reshape(-1)[places]).all()
    assert (r[:, 1:] > r[:, :-1]).all()


@pytest.mark.parametrize("name", ["advantage", "inclusion", "pathwise_weights"])
def test_packed_keys_change_no_bit_of_an_answer(name, monkeypatch):
    def answers():
        tables = ORDINARY | CLOSE | {"largest numbers": NORMAL * 1e307}  # of larger ones the answers overflow
        return [getattr(og, name)(np.atleast_2d(x), "max@3").tobytes() for x in tables.values()]

    packed = answers()
    monkeypatch.setattr(module, "PAYS", range(0))
    assert answers() == packed
