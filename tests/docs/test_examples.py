"""Law: every example runs, and its numbers are the exact ones."""

import math
import runpy
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erfc

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def example(name):
    return runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="example")


def test_every_example_is_tested():
    tested = {"signal_to_noise", "retry_gradients", "train_numpy"}
    assert {path.stem for path in EXAMPLES.glob("*.py")} == tested
    page = (EXAMPLES / "index.md").read_text(encoding="utf-8")
    assert all(f"]({name}.py)" in page for name in tested)


def test_the_variances_are_those_that_enumeration_gives(capsys):
    run = example("signal_to_noise")
    found = run["main"](quick=True)
    assert [row[2] for row in found["linear"]] == pytest.approx([0.06367445, 0.05199894], abs=5e-9)
    for rows in found.values():
        for _, snr, variance, snr_seen, variance_seen in rows:
            assert variance_seen == pytest.approx(variance, rel=0.3)  # 500 batches
            assert snr_seen == pytest.approx(snr, rel=0.3)
    assert "linear" in capsys.readouterr().out


def test_retries_damp_by_the_smallest_square(capsys):
    """E[min of M χ²₁] = ∫ P(χ²₁ > y)^M dy, by another way than the example's."""
    found = example("retry_gradients")["main"](quick=True)
    assert found[2][0] == pytest.approx(1 - 2 / math.pi, abs=1e-10)
    for m, (damping, _) in found.items():
        smallest = quad(lambda z, m=m: 2 * z * erfc(z / math.sqrt(2)) ** m, 0, np.inf, epsabs=1e-13)[0]
        assert damping == pytest.approx(smallest, abs=1e-10)
    assert [round(ratio, 6) for _, ratio in found.values()] == [1.742165, 1.210207]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["signal_to_noise", "retry_gradients"])
def test_pictures(name, tmp_path, capsys):
    pytest.importorskip("matplotlib")
    example(name)["main"](tmp_path / "picture.png", quick=True)
    assert (tmp_path / "picture.png").stat().st_size > 5000


def test_training_for_an_objective_serves_it(capsys):
    run = example("train_numpy")
    found = run["main"]()
    worth = {trained: [run["deployed"](p, o) for o in ("mean@1", "max@4")] for trained, p in found.items()}
    assert worth["mean@1"][0] > worth["max@4"][0]
    assert worth["max@4"][1] > worth["mean@1"][1] + 0.3
    printed = capsys.readouterr().out.strip()
    assert printed in (EXAMPLES / "index.md").read_text(encoding="utf-8")
