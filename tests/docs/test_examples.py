"""Law: every example runs, and its numbers are the exact ones."""

import itertools
import json
import math
import re
import runpy
import subprocess
import sys
from fractions import Fraction as F
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.special import erfc, ndtr, roots_legendre
from scipy.stats import ncx2

import ordergrad_ref as og

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def example(name):
    return runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="example")


PICTURES = {
    "baseline_map", "cdf_against_quantiles", "convergence", "heavy_tails", "lr_against_pathwise", "maze",
    "quantile_rules", "rank_weights", "retry_bandits", "retry_gradients", "signal_to_noise",
    "sparse_discovery",
}  # fmt: skip


def test_every_example_is_tested():
    tested = PICTURES | {"all", "countdown", "train_numpy"}
    assert {path.stem for path in EXAMPLES.glob("*.py")} == tested
    page = (EXAMPLES / "index.md").read_text(encoding="utf-8")
    assert all(f"]({name}.py)" in page for name in tested)
    run = example("all")
    assert set(run["examples"]()) == PICTURES | {"countdown"}
    for name in run["examples"]():  # each picture of the page is one that the command makes
        assert f"](../images/{name}.png)" in page


@pytest.mark.slow
def test_one_command_makes_all_pictures(tmp_path, capsys):
    """In a small setting; the language model has a test of its own."""
    pytest.importorskip("matplotlib")
    run = example("all")
    run["main"](tmp_path, True, sorted(PICTURES))
    made = {path.stem: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(made) == PICTURES
    assert min(made.values()) > 5000
    assert f"[{len(PICTURES)}/{len(PICTURES)}]" in capsys.readouterr().out


def test_the_variances_are_those_that_enumeration_gives(capsys):
    run = example("signal_to_noise")
    found = run["main"](quick=True)
    assert found["linear", 8, 1][1] == pytest.approx(0.06367445, abs=5e-9)
    assert found["linear", 8, 2][1] == pytest.approx(0.05199894, abs=5e-9)
    assert {arms for _, arms, k in found if k == 4} == {4, 16}
    for snr, variance, snr_seen, variance_seen in found.values():
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
    assert [round(damping, 6) for damping, _ in found.values()] == [0.36338, 0.120702, 0.036799]
    assert [round(ratio, 6) for _, ratio in found.values()] == [1.742165, 1.210207, 1.070704]


@pytest.mark.slow
def test_retries_follow_one_curve():
    """σ along it is largest where σ begins to grow; and for two tries it follows the closed form of ∇J.

    E[min(a², b²)] of two tries is an elementary function at μ = 0 only, so that the differential equation is
    solved once more, by an integrator of its own.
    """
    run = example("retry_gradients")
    ratios = np.linspace(1.2, 2.4, 25)
    curve = run["path"](2, ratios)
    assert ratios[curve.argmax()] == pytest.approx(run["threshold"](2), abs=0.05)

    def rise(t, log):
        g, h = run["by_mu"](t, 1, 2), run["by_sigma"](t, 1, 2)
        return [h / (g - t * h)]

    solved = solve_ivp(rise, (1.2, 2.4), [0.0], rtol=1e-6, atol=1e-9).y[0, -1]
    assert math.log(curve[-1]) == pytest.approx(solved, abs=1e-5)


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
    assert found == float(variances[0] / variances[1])


def test_weights_of_ranks_count_subsets():
    """Of the ten sets of three among five: in how many the m-th smallest is the r-th largest."""
    run = example("rank_weights")
    for r in (1, 2, 3):
        sets = list(itertools.combinations(range(5), 3))
        counts = [F(sum(s[3 - r] == m for s in sets), len(sets)) for m in range(5)]
        assert run["weights"](f"rank({r})@3", 5) == counts
    assert run["carriers"](run["weights"]("max@10")) == 20
    assert max(run["weights"]("rank(3)@10")) == run["weights"]("rank(3)@10")[77]


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


@pytest.mark.slow
def test_worth_of_a_mixture_is_the_integral():
    """``∫_0^∞ (s − H(F)) dx − ∫_{−∞}^0 H(F) dx`` by an adaptive rule; the lower tail is that of 8 rewards."""
    run = example("heavy_tails")
    policy = [0.3, 0.5, 0.2]

    def below(x):
        f = sum(p * arm.cdf(x) for p, arm in zip(policy, run["ARMS"].values(), strict=True))
        return sum(math.comb(8, j) * f**j * (1 - f) ** (8 - j) * (1 + (j > 1)) / 2 for j in range(1, 9))

    integral = quad(lambda x: 1 - below(x), 0, 40, limit=200, epsabs=1e-9)[0]
    integral -= quad(below, -np.inf, 0, limit=200, epsabs=1e-9)[0]
    assert run["worth"](np.array(policy), "cvar(0.25)@8") == pytest.approx(integral, abs=1e-7)


def test_discovery_is_that_of_all_tries():
    """Of a policy that tries all alike, and of one that is safe."""
    run = example("sparse_discovery")
    policy = np.full(64, 1 / 64)
    mean, best, discovery = run["worth"](policy)
    one = half = 1 / 64  # four actions pay 1 one time in four
    assert mean == pytest.approx(one + half / 2)
    assert discovery == pytest.approx(1 - (1 - one) ** 8)
    assert best == pytest.approx(discovery + ((1 - one) ** 8 - (1 - one - half) ** 8) / 2)
    policy = np.zeros(64)
    policy[run["SAFE"]] = 1
    assert run["worth"](policy) == pytest.approx([0.5, 0.5, 0])


def test_what_is_read_off_order_statistics():
    """Uniform rewards: the points lie on a line, and Weibull's is the truth. The mixture: best of two."""
    run = example("cdf_against_quantiles")
    for rule, a in (("Hazen", 1 / 2), ("Weibull", 0), ("Blom", 3 / 8)):
        for k in (4, 10):
            exact = a * (k - 1) / ((k + 1) * math.sqrt(3) * (k + 1 - 2 * a))
            assert run["error"]("uniform", rule, k) == pytest.approx(exact, rel=1e-6, abs=1e-15)
    of_two = run["expected"]("mixture", 2)
    assert of_two.sum() == pytest.approx(2 * 0.35 * 2, abs=1e-12)  # twice the mean
    spreads = ((0.65**2, 0, 2), (2 * 0.65 * 0.35, 2, 1.49), (0.35**2, 0, 0.98))  # |x − y| is a folded normal
    gap = sum(
        share * (math.sqrt(2 * v / math.pi) * math.exp(-m * m / 2 / v) + m * math.erf(m / math.sqrt(2 * v)))
        for share, m, v in spreads
    )
    assert of_two[1] - of_two[0] == pytest.approx(gap, abs=1e-12)


@pytest.mark.slow
def test_errors_of_estimates_are_those_of_all_batches(capsys):
    """Var v over all batches of five rewards from three, in rationals; Var of a uniform order statistic."""
    run = example("convergence")
    rewards, p, alpha = (F(0), F(1), F(3)), (F(1, 2), F(1, 3), F(1, 6)), og.objective("top(2)@3")
    first = second = F(0)
    for batch in itertools.product(range(3), repeat=5):
        chance = math.prod(p[a] for a in batch)
        value = og.definition.value([rewards[a] for a in batch], alpha)
        first, second = first + chance * value, second + chance * value**2
    found = run["value_variance"](np.array(rewards, float), np.array(p, float), alpha, 5)
    assert found == pytest.approx(float(second - first**2), rel=1e-12)
    assert run["quantile_error"]("Hazen")[0] == F(1, 28)
    assert run["quantile_error"]("Weibull")[0] == 0
    bias, variance = run["quantile_error"](
        "Weibull", 6
    )  # x_(1) and x_(2) of six, a quarter and three quarters
    assert (bias, variance) == (0, (F(1, 16) * 6 + 2 * F(3, 16) * 5 + F(9, 16) * 10) / (49 * 8))
    errors, variances = run["main"](quick=True)
    for exact, seen in errors.values():
        assert seen == pytest.approx(exact, rel=0.3)  # 200 batches
    assert variances[64][0] == pytest.approx(run["limits"]()[0] / 64, rel=0.01)


def test_bandits_with_retries():
    """The shares are where the gradient vanishes, exactly at rational ones; improvements by an integral."""
    run = example("retry_bandits")
    assert run["share"](F(6), 2) == pytest.approx(2 / 7)
    value, slope = run["scaled"](F(2, 7), F(6), 2)
    assert (value, slope) == (F(46, 21), 0)
    for s, m in ((3.0, 3), (6.0, 8)):
        assert run["scaled"](run["share"](s, m), s, m)[1] == pytest.approx(0, abs=1e-12)
    assert run["share"](1.5, 4) == 0
    for m in (1, 1.5, 2):
        law = og.population.value([0, 1], [0.7, 0.3], og.objective(f"max@{m:g}"))
        assert run["fixed"](0.3, m) == pytest.approx(law)
    for x in (-2.0, 0.0, 1.0):
        mean = quad(lambda z, x=x: (x + z) * math.exp(-z * z / 2) / math.sqrt(2 * math.pi), -x, 40)[0]
        assert run["improvement"](x) == pytest.approx(mean, rel=1e-8)
    assert run["posterior"](0.0) == pytest.approx((0.5, 0.5))


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
    """``∇J`` by a difference quotient; both variances at K = 1 in rationals; and what is simulated."""
    run = example("lr_against_pathwise")
    for d, k in ((1, 2), (4, 3)):

        def value(length, d=d, k=k):
            return -quad(lambda rho: ncx2.sf(rho, d, length**2) ** k, 0, 200, limit=400)[0]

        at = math.sqrt(d) / 2
        slope = (value(at - 1e-4) - value(at + 1e-4)) / 2e-4  # towards the optimum
        assert run["exact"]("quadratic", d, k)[0] == pytest.approx(slope, rel=1e-5)
    # Each component of ĝ is a sample covariance: Cov(r, s) = 1, Var r = 3 d, E (r − E r)² s² = 3 d + 10.
    for d in (1, 4):
        ratio = F(3 * d + 10, 64) - F(62, 64 * 63) + F(3 * d, 64 * 63)
        _, *found = run["exact"]("quadratic", d, 1, nodes=48)
        assert found == pytest.approx([float(d * ratio), 4 * d / 64], rel=1e-11)
    for row in run["main"](quick=True):
        if row["known"]:
            means, errors, variances = row["seen"]
            assert np.all(np.abs(means - row["gradient"]) <= 5 * errors)
            assert variances == pytest.approx(row["variance"], rel=0.3)  # 500 batches


@pytest.mark.slow
def test_the_variance_of_three_samples_is_that_of_the_best_and_the_others():
    """max@2: ``ĝ = (r_(3) − r_(2)) (2 s_(3) − s_(2) − s_(1)) / 3``, over all pairs of the two best."""
    run, points, weights = example("lr_against_pathwise"), *roots_legendre(80)
    half = 3.5 * (points + 1)
    second = np.concatenate([half, -half])[:, None]  # z − 1 of the second best; the best is nearer to 0
    best = np.abs(second) * points
    area = 3.5 * np.tile(weights, 2)[:, None] * np.abs(second) * weights

    def density(z):
        return np.exp(-((z + 0.5) ** 2) / 2) / math.sqrt(2 * math.pi)  # of z − 1

    low, high = -np.abs(second), np.abs(second)
    far = ndtr(low + 0.5) + ndtr(-high - 0.5)
    score = density(high) - density(low)  # E[s; further than the second], and of s²
    square = far + (high + 0.5) * density(high) - (low + 0.5) * density(low)
    both = 2 * (best + 0.5) - (second + 0.5)
    inner = far * both**2 - 2 * both * score + square
    moment = 6 * (area * density(best) * density(second) * ((second**2 - best**2) / 3) ** 2 * inner).sum()
    gradient, ratio, _ = run["exact"]("quadratic", 1, 2, n=3)
    assert ratio == pytest.approx(moment - gradient**2, rel=1e-9)


@pytest.mark.slow
def test_the_sentences_of_the_page_are_those_of_the_code():
    page = " ".join((EXAMPLES / "index.md").read_text(encoding="utf-8").split())
    of_quadratic = partial(example("lr_against_pathwise")["exact"], "quadratic", nodes=32)
    in_one, in_eight = of_quadratic(1, 1), of_quadratic(8, 1)
    last, far = of_quadratic(1, 6), of_quadratic(8, 6)
    wavy = example("lr_against_pathwise")["exact"]("wavy", 1, 6)
    read, bandits = example("cdf_against_quantiles")["error"], example("retry_bandits")
    noise = example("signal_to_noise")
    by_arms = [noise["exact"](np.arange(float(arms)), 4)[0] for arms in (4, 8, 16)]
    against = 1 / example("baseline_map")["ratio"](0.95, 31, 1, 32)
    assert last[2] / last[1] == pytest.approx(6, abs=0.1)  # a sixth as much
    for d, first in ((1, 3), (2, 3), (4, 4)):  # from which K on the likelihood ratio varies less
        assert [k for k in range(1, 7) if (v := of_quadratic(d, k))[1] < v[2]] == list(range(first, 7))
    for sentence in (
        f"{in_one[1] / in_one[2]:.1f} times less in one dimension and {in_eight[1] / in_eight[2]:.1f} times",
        f"by a factor of {far[1] / far[2]:.1f} at K = 6",
        f"falls to {wavy[0] ** 2 / wavy[2]:.2f} at K = 6, where the other has {wavy[0] ** 2 / wavy[1]:.1f}",
        f"differ by {read('uniform', 'Hazen', 10):.4f}",
        f"Blom's by {read('uniform', 'Blom', 10):.4f}",
        "{:.4f} instead of {:.4f} at δ = 1".format(*bandits["posterior"](1.0)),
        "{:.1f}, {:.1f} and {:.1f} with 4, 8 and 16 arms".format(*by_arms),
        f"by a factor of up to {against:.0f} (N = 32, K = 31, success .95)",
    ):
        assert re.sub(r"\b0\.", ".", sentence) in page


@pytest.mark.slow
def test_the_miniature_trains_a_seed_on_each_core(tmp_path):
    """As the command runs it, in a small setting."""
    pytest.importorskip("torch")
    script = [sys.executable, EXAMPLES / "countdown.py", "--quick", "--json", tmp_path / "curves.json"]
    shown = subprocess.run(script, check=True, capture_output=True, text=True, timeout=600)
    first, second = json.loads((tmp_path / "curves.json").read_text("utf-8"))["seeds"]
    assert set(first) == set(second) == {"base", "max@4"}
    assert first["base"]["pass"] != second["base"]["pass"]
    assert "pass@1024" in shown.stdout
    assert all(f"seed {seed}, max@4: pass@1 " in shown.stderr for seed in (0, 1))


@pytest.mark.slow
def test_the_miniature_knows_its_success():
    """The probability of a right answer is that of giving one, character by character."""
    torch = pytest.importorskip("torch")
    run = example("countdown")
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
