"""Law: plain loops of the max@K family are within what spec eq. (115) proves, where nothing underflows."""

import numpy as np
from helpers.scripts import benchmark


def test_loops_of_the_family_are_within_what_is_proved():
    loops = benchmark("plain_family")
    rng = np.random.default_rng(5)
    for n in (2, 3, 7, 16):
        normal = np.sort(rng.normal(size=n))
        ones = sorted(int(x > 0) for x in normal)
        for k in sorted({1, 2, n}):
            for r in (normal.tolist(), (normal + 1000).tolist(), [0.1] * n):
                off = loops.errors(loops.family(r, k), r, k)
                if len(set(r)) == 1:
                    assert not any(off[name] for name in ("rloo", "dr_grpo", "runner_up_gap", "grpo"))
                for name, e in off.items():
                    assert e <= loops.PROVED[name](n), (name, n, k)
            for name, e in loops.errors(loops.binary(ones, k), ones, k).items():
                assert e <= loops.PROVED[name](n), (name, n, k)


def test_what_is_proved_is_within_what_the_vectors_allow():
    """Eq. (58), but for GRPO, which has a c of its own: spec section 9.5."""
    proved = benchmark("plain_family").PROVED
    for n in (2, 3, 16, 64, 1800):
        assert all(c(n) <= 5 * n + 6 for name, c in proved.items() if name != "grpo")


def test_as_printed_an_offset_cancels_too_late():
    """The figures of spec section 9.5, for eqs. (45) to (48) as the differences that are printed."""
    loops = benchmark("plain_family")
    r, n, k = [100.1, 100.2, 100.4, 100.7], 4, 2
    v = total = 0.0
    for x, e in zip(r, loops.elevated(k, n), strict=True):
        v, total = v + e * k / n * x, total + x
    a = loops.family(r, k)["canonical"]
    printed = {
        "canonical": [(v + (n - k) / n * x) - (v - k / n * x) for x in a],
        "subset_mean_baseline": [(v + (n - k) / n * x) - v for x in a],
        "rloo": [x - (total - x) / (n - 1) for x in r],
        "dr_grpo": [x - total / n for x in r],
    }
    off = loops.errors(printed, r, k)
    assert [round(e) for e in off.values()] == [233, 233, 366, 183]
    assert all(e > 5 * n + 6 for e in off.values())
