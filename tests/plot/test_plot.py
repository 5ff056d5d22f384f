"""Law: a picture shows the numbers of the function that it draws, on the caller's axes alone."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.plot.simplex import angles, grid

figure = pytest.importorskip("matplotlib.figure", reason="pip install '.[plot]'")


@pytest.fixture
def axes():
    return figure.Figure().subplots()


def heights(axes):
    return {line.get_label(): np.asarray(line.get_ydata(), dtype=float) for line in axes.lines}


def test_rank_weights_of_the_maximum_are_shares_of_sets(axes):
    assert og.plot.rank_weights("max@3", n=6, axes=axes) is axes
    shares = [comb(t - 1, 2) / comb(6, 3) for t in range(1, 7)]
    np.testing.assert_allclose(heights(axes)["max@3"], shares, rtol=1e-14)


def test_the_spectrum_of_the_maximum_is_a_power(axes):
    og.plot.spectrum(["max@4", "mean@1"], axes=axes)
    u = np.asarray(axes.lines[0].get_xdata())
    np.testing.assert_allclose(heights(axes)["max@4"], 4 * u**3, atol=1e-14)
    np.testing.assert_allclose(heights(axes)["mean@1"], 1)


def test_objectives_stand_at_their_values(axes):
    og.plot.objectives([0, 4], [0.75, 0.25], ["mean@1", "max@2"], axes=axes)
    assert [line.get_xdata()[0] for line in axes.lines] == pytest.approx([1, 4 * (1 - 0.75**2)])


def test_advantages_of_a_batch(axes):
    rewards = [1, 3, 3, 7]
    og.plot.advantages(np.array(rewards, dtype=float), ["max@2", "median@3"], axes=axes)
    for name in ("max@2", "median@3"):
        exact = og.definition.advantage([Fraction(x) for x in rewards], og.objective(name))
        np.testing.assert_allclose(heights(axes)[name], [float(a) for a in exact], atol=1e-14)


def test_variances_of_the_figure_of_ordergrad(axes):
    """The numbers that enumeration gives for the paper's 8 arms and N = 64."""
    policy = np.exp(np.random.default_rng(0).normal(size=8))
    ks = [f"max@{k}" for k in (6, 1, 2, 4)]
    og.plot.total_variance(np.arange(8.0), policy / policy.sum(), ks, 64, ["advantage"], axes=axes)
    assert axes.lines[0].get_xdata().tolist() == [1, 2, 4, 6]
    expected = [0.06367445, 0.05199894, 0.01989631, 0.00888039]
    np.testing.assert_allclose(heights(axes)["advantage"], expected, atol=5e-9)


def test_signal_to_noise_is_the_squared_gradient_over_the_variance():
    on, other = figure.Figure().subplots(1, 2)
    given = [0.0, 1.0, 3.0], [0.5, 0.25, 0.25], "max@2", 5, ["advantage"]
    og.plot.signal_to_noise(*given, axes=on)
    og.plot.total_variance(*given, axes=other)
    gradient = og.population.logit_gradient([0.0, 1.0, 3.0], np.log([0.5, 0.25, 0.25]), "max@2")
    noise = heights(other)["advantage"]
    np.testing.assert_allclose(heights(on)["advantage"], gradient @ gradient / noise, rtol=1e-12)


def test_pass_at_k_is_a_mean_over_prompts(axes):
    og.plot.pass_at_k([4, 8], [1, 3], axes=axes)
    expected = [np.mean([1 - comb(n - s, k) / comb(n, k) for n, s in ((4, 1), (8, 3))]) for k in (1, 2, 4)]
    np.testing.assert_allclose(heights(axes)["pass@K"], expected, rtol=1e-14)
    assert len(axes.collections) == 1


# ---- bias


def test_an_unbiased_estimator_has_no_angle():
    found = angles(
        lambda x: og.advantage(x, "max@2"), og.objective("max@2"), np.array([0.0, 1, 3]), 5, grid(8)
    )
    assert found.max() < 1e-10


def test_the_angle_is_the_one_that_the_audit_enumerates():
    report = og.audit("grpo", "mean@1", n=6, values=(0, 1, 3))
    policy = report.counterexample.policies[-1]
    assert len(policy.rewards) == 3
    found = angles(
        og.maxk.grpo,
        og.objective("mean@1"),
        np.array([0.0, 1, 3]),
        6,
        np.array([[float(p) for p in policy.probabilities]]),
    )
    assert found[0] == pytest.approx(policy.angle, abs=1e-9)


@pytest.mark.slow
def test_the_smallest_counterexample_is_marked(axes):
    og.plot.bias("grpo", "mean@1", n=6, steps=12, axes=axes)
    assert [line.get_label() for line in axes.lines] == ["smallest counterexample"]
    unbiased = figure.Figure().subplots()
    og.plot.bias("maxpo", "max@2", n=5, steps=12, axes=unbiased)
    assert not unbiased.lines
    assert unbiased.collections[0].get_array().max() < 1e-9


# ---- axes and bad input


def test_without_axes_the_current_ones_are_drawn_on():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    before = pyplot.get_fignums()
    og.plot.rank_weights("max@2", axes=figure.Figure().subplots())
    assert pyplot.get_fignums() == before
    current = pyplot.figure().subplots()
    assert og.plot.rank_weights("max@2") is current
    pyplot.close("all")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: og.plot.rank_weights("max@2", axes=5), "axes: expected axes of matplotlib, got 5"),
        (lambda a: og.plot.rank_weights([], axes=a), "objectives: expected at least one objective, got none"),
        (lambda a: og.plot.spectrum("max@2.5", axes=a), "objectives: expected objectives of an integer K"),
        (
            lambda a: og.plot.advantages([[1.0, 2.0]], "mean@1", axes=a),
            "rewards: expected one group of",
        ),
        (
            lambda a: og.plot.advantages([1.0, 2.0], "mean@1", lambda x, o: x[:1], axes=a),
            "estimator: expected 2 advantages",
        ),
        (lambda a: og.plot.bias("grop", "mean@1", axes=a), "did you mean 'grpo'"),
        (lambda a: og.plot.bias("grpo", "mean@1", values=(0, 1), axes=a), "values: expected three different"),
        (lambda a: og.plot.bias("grpo", "mean@1", n=33, axes=a), "n: expected 2 <= n <= 32, got n = 33"),
        (
            lambda a: og.plot.bias("grpo", "mean@1", steps=3, axes=a),
            "steps: expected 4 <= steps <= 1000, got steps = 3",
        ),
        (lambda a: og.plot.bias(lambda x: x[:1], "mean@1", axes=a), "estimator: expected 8"),
        (
            lambda a: og.plot.bias(lambda x: np.arange(len(x)), "mean@1", axes=a),
            "estimator: expected equal answers to equal rewards",
        ),
        (
            lambda a: og.plot.total_variance([0, 1], [0.5, 0.5], "max@1", 4, [], axes=a),
            "estimators: expected at least one",
        ),
        (
            lambda a: og.plot.rank_weights(None, axes=a),
            "objectives: expected one objective or several, got N",
        ),
        (
            lambda a: og.plot.objectives([[1, 2]], [0.5, 0.5], "max@2", axes=a),
            "rewards: expected one distribution",
        ),
        (lambda a: og.plot.advantages(["a"], "max@1", axes=a), "rewards: expected"),
        (lambda a: og.plot.advantages([0, 1], "max@1", 3, axes=a), "estimator: expected a function, got 3"),
        (
            lambda a: og.plot.total_variance([0, 1], [0.5, 0.5], "max@1", 4, 3, axes=a),
            "estimators: expected one estimator or several, got 3",
        ),
        (lambda a: og.plot.bias(None, "max@2", axes=a), "estimator: expected a function, got None"),
        (lambda a: og.plot.bias("rloo", "mean@1", "abc", axes=a), "values: expected"),
        (lambda a: og.plot.bias("rloo", "mean@1", n=2.5, axes=a), "n: expected an integer, got 2.5"),
        (lambda a: og.plot.bias("rloo", "mean@1", steps="8", axes=a), "steps: expected an integer, got '8'"),
        (lambda a: og.plot.pass_at_k("4", [1], axes=a), "n: expected integers, got '4'"),
        (lambda a: og.plot.pass_at_k([4], [5], axes=a), "successes: expected at most n = 4, got 5"),
        (lambda a: og.plot.pass_at_k([4], [1], 3, axes=a), "k: expected one K or several, got 3"),
        (lambda a: og.plot.pass_at_k([4], [1], [[1, 2]], axes=a), "expected an integer, got "),
        (lambda a: og.plot.pass_at_k([4], [1], confidence="x", axes=a), "confidence: expected a number"),
        (lambda a: og.plot.pass_at_k([], [], axes=a), "n: expected the samples of at least one prompt"),
        (lambda a: og.plot.pass_at_k([4], [1], [], axes=a), "k: expected at least one K"),
        (
            lambda a: og.plot.pass_at_k([4], [1], confidence=95, axes=a),
            "confidence: expected a number between",
        ),
    ],
)
def test_bad_pictures(axes, call, message):
    with pytest.raises(InvalidInputError, match=message):
        call(axes)
