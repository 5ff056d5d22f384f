"""Law: every example runs, and its numbers are the exact ones."""

import itertools
import math
import runpy
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erfc
from scipy.stats import ncx2

import ordergrad_ref as og

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def example(name):
    return runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="example")


def test_every_example_is_tested():
    tested = {
        "baseline_map", "countdown", "heavy_tails", "lr_against_pathwise", "maze", "quantile_rules",
        "retry_gradients", "signal_to_noise", "train_numpy",
    }  # fmt: skip
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
@pytest.mark.parametrize(
    "name",
    [
        *("baseline_map", "heavy_tails", "lr_against_pathwise", "maze", "quantile_rules"),
        *("retry_gradients", "signal_to_noise"),
    ],
)
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


def test_the_map_of_baselines_is_that_of_enumeration():
    """Total variances over all 2^4 batches of a coin with p = 1/4, in rationals."""
    p, n, k = F(1, 4), 4, 2
    variances = []
    for weights_of in (lambda x: og.maxk.pkpo_loo_minus_one(x, k), lambda x: og.score_weights(x, f"max@{k}")):
        first = second = F(0)
        for batch in itertools.product((0, 1), repeat=n):
            chance = math.prod(p if x else 1 - p for x in batch)
            weights = weights_of([F(x) for x in batch])
            by_the_logit_of_1 = sum(w * (x - p) for w, x in zip(weights, batch, strict=True))
            first, second = first + chance * by_the_logit_of_1, second + chance * by_the_logit_of_1**2
        variances.append(second - first**2)
    found = example("baseline_map")["ratio"](0.25, k, 1, n)
    assert found == pytest.approx(float(variances[0] / variances[1]))


def test_rules_for_quantiles():
    """Weibull's rule is unbiased for uniform rewards; the largest of K exponential ones has mean H_K."""
    accuracy = example("quantile_rules")["accuracy"]
    assert accuracy("uniform", "Weibull", 16)[0] == pytest.approx(0, abs=1e-15)
    harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4
    assert accuracy("exponential", "Hazen", 4)[0] == pytest.approx(harmonic + math.log(0.1))
    assert accuracy("uniform", "Hazen", 4) == pytest.approx((-0.1, math.sqrt(0.01 + 4 / (25 * 6))))


def test_worth_of_a_policy_that_takes_one_arm():
    worth = example("heavy_tails")["worth"]
    assert worth([1, 0, 0], "mean@1") == pytest.approx(0.4)
    assert worth([0, 0, 1], "mean@1") == pytest.approx(0.9 * 0.1 + 0.1 * 10)
    assert worth([0, 1, 0], "median@9") == pytest.approx(0.7)


def test_the_reward_of_a_walk_is_that_of_the_chain():
    """Powers of the transition matrix, with treasures that nobody leaves."""
    run = example("maze")
    policy = np.full((25, 4), 0.25)
    chain = np.zeros((25, 25))
    for cell in range(25):
        for after in run["NEXT"][cell]:
            chain[cell, cell if run["VALUE"][cell] else after] += 0.25
    end = np.linalg.matrix_power(chain, run["LONGEST"])[0]
    rewards, p = run["distribution"](policy)
    assert dict(zip(rewards, p, strict=True)) == pytest.approx(
        {0.0: 1 - end[2] - end[24], 1.0: end[2], 3.0: end[24]}
    )
    seen, _ = run["walks"](policy, 20_000, np.random.default_rng(0))
    assert [(seen == r).mean() for r in rewards] == pytest.approx(p, abs=0.02)


@pytest.mark.slow
def test_gradients_in_a_continuous_action(capsys):
    """``∇J`` by a difference quotient; at K = 1 the pathwise variance is 4 d / N; and what is simulated."""
    run = example("lr_against_pathwise")
    for d, k in ((1, 2), (4, 3)):

        def value(length, d=d, k=k):
            return -quad(lambda rho: ncx2.sf(rho, d, length**2) ** k, 0, 200, limit=400)[0]

        at = math.sqrt(d)
        slope = (value(at - 1e-4) - value(at + 1e-4)) / 2e-4  # towards the optimum
        assert run["exact_gradient"](d, k) == pytest.approx(slope, rel=1e-5)
    assert run["exact_pathwise_variance"](4, 1) == pytest.approx(16 / 64, rel=1e-10)
    for row in run["main"](quick=True):
        for estimator, (mean, variance, error) in row["seen"].items():
            if row["reward"] == "quadratic":
                assert abs(mean - row["exact"][0]) <= 5 * error
                if estimator == "pathwise":
                    assert variance == pytest.approx(row["exact"][1], rel=0.3)  # 500 batches


@pytest.mark.slow
def test_the_miniature_knows_its_success():
    """The probability of a right answer is that of giving one, character by character."""
    torch = pytest.importorskip("torch")
    run = example("countdown")
    found = run["main"](1, 2, 2, ("max@4",), 6, say=lambda line: None)
    assert set(found) == {"base", "max@4"}
    torch.manual_seed(0)
    answers = {"1,2,7>09:": ["2+7", "7+2"]}
    model = run["Model"](len("1,2,7>09:") + run["LONGEST"]).eval()
    expected = 0.0
    for answer in answers["1,2,7>09:"]:
        text, chance = "1,2,7>09:", 1.0
        for character in f"{answer}$":
            logits = model(run["tokens"]([text]))[0, -1].detach().double()
            chance *= float(logits.softmax(-1)[run["CODE"][character]])
            text += character
        expected += chance
    (got,) = run["success"](model, list(answers), answers)
    assert got == pytest.approx(expected, rel=1e-4)
    assert run["pass_at"](np.array([0.5, 0.25]), 2) == pytest.approx((0.75 + 0.4375) / 2)
    assert {"2+7", "7+2", "1*2+7", "7*1+2"} <= set(run["problems"]()["1,2,7>09:"])
    factor = run["factor"]
    for p in (0.1, 0.3, 0.8):  # unbiased: f(p) is the derivative of 1 − (1 − p)^k
        for k in (2, 4, 8):
            assert factor(run["ESTIMATORS"][f"max@{k}"], p) == pytest.approx(k * (1 - p) ** (k - 1), rel=1e-9)
        assert factor(run["ESTIMATORS"]["mean@1 (RLOO)"], p) == pytest.approx(1, rel=1e-9)
