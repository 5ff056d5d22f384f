"""Law: plain loops of the max@K family are within what spec eq. (115) proves, where nothing underflows."""

import numpy as np
from helpers.scripts import benchmark


def test_loops_of_the_family_are_within_what_is_proved():
    loops = benchmark("plain_family")
    rng = np.random.default_rng(5)
    for n in (2, 3, 7, 30):
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
