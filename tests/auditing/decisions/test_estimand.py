"""A spectrum gives each rank the mass of its cell of quantile levels.

Theorem (spec eqs. (13), (14)). With α_j the integral of φ over the j-th of K equal cells, which is
the increment of its integral g, J_α tends to ∫ φ Q; every L-statistic whose cumulative weights are
the values of a known g at j/K is reproduced exactly. Distortions of closed form serve as oracles.
"""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives import (
    LStatistic,
    cvar,
    distortion,
    gini,
    mean,
    objective,
    proportional_hazard,
    spectrum,
    upper_cvar,
    wang,
)

F = Fraction

ROUNDING = 8 * 2.0**-53
"""Weights are differences of numbers in [0, 1], each right to a few units of rounding."""

sizes = st.integers(1, 12)
samples = st.lists(st.fractions(-3, 3, max_denominator=9), min_size=1, max_size=12)


def floats(objective: LStatistic) -> np.ndarray:
    return np.array([float(w) for w in objective.weights])


# --- samples --------------------------------------------------------------------------------------


@pytest.mark.slow
@given(samples, sizes)
def test_samples_are_a_step_function_integrated_exactly(phi, K):
    """Both grids divide the grid of M·K cells, where each fine cell lies in one coarse cell."""
    M = len(phi)
    fine = [phi[i // K] / (M * K) for i in range(M * K)]
    assert spectrum(phi, K).weights == tuple(sum(fine[j * M : (j + 1) * M]) for j in range(K))


@pytest.mark.parametrize("M", [1, 2, 3, 10, 12])
@pytest.mark.parametrize("K", [1, 2, 5, 8, 12])
def test_an_indicator_over_its_mass_is_the_tail(M, K):
    for m in range(1, M + 1):
        tau = F(m, M)
        steps = [1 / tau] * m + [F(0)] * (M - m)
        assert spectrum(steps, K) == cvar(tau, K)
        assert spectrum(steps[::-1], K) == upper_cvar(tau, K)


@pytest.mark.slow
@given(samples)
def test_samples_on_the_ranks_cells_are_the_weights_times_k(phi):
    K = len(phi)
    assert spectrum(phi, K) == LStatistic([f / K for f in phi])


def test_samples_may_be_an_array():
    phi = np.array([2.0, 0.0])
    phi.setflags(write=False)
    assert spectrum(phi, 3).weights == (F(2, 3), F(1, 3), F(0))
    assert spectrum(phi, 3).name is None


# --- functions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("K", [1, 2, 7, 64])
@pytest.mark.parametrize(
    ("phi", "integral"),
    [
        (lambda u: 1.0, lambda u: u),
        (lambda u: 3 * u * u, lambda u: u**3),
        (lambda u: 0.0, lambda u: 0 * u),
        (lambda u: 1e6 * (2 * u - 1), lambda u: 1e6 * (u * u - u)),
        (lambda u: 1e-9 * math.exp(u), lambda u: 1e-9 * math.expm1(u)),
        (lambda u: -math.log(u), lambda u: u - u * math.log(u) if u else 0.0),
        (lambda u: 0.5 / math.sqrt(u), lambda u: math.sqrt(u)),
        (lambda u: 0.5 / math.sqrt(1 - u), lambda u: 1 - math.sqrt(1 - u)),
        (lambda u: (u <= 0.31) / 0.31, lambda u: min(u, 0.31) / 0.31),
    ],
)
def test_functions_are_integrated_over_each_cell(phi, integral, K):
    got = floats(spectrum(phi, K))
    exact = np.diff([integral(j / K) for j in range(K + 1)])
    # The quadrature asks for 1e-10 of the size of φ in each cell.
    scale = max(*np.abs(exact), *(abs(phi((j + 0.25) / K)) / K for j in range(K)))
    assert np.abs(got - exact).max() <= 1e-9 * scale


def test_the_weights_tend_to_the_spectrum():
    """J of the uniform distribution on [0, 1] is Σ α_j j/(K+1); the limit of φ = 3u² is ∫ 3u³."""
    error = [
        abs(sum(w * F(j, K + 1) for j, w in enumerate(spectrum(_cubic, K).weights, 1)) - F(3, 4))
        for K in (4, 16, 64, 256)
    ]
    assert all(later < earlier / 3 for earlier, later in pairwise(error))


def _cubic(u: float) -> float:
    return 3 * u * u


@pytest.mark.parametrize(
    ("phi", "message"),
    [
        (lambda u: 1 / u, r"phi's integral over cell 1 of 4, from 0 to 0.25: expected it to be finite"),
        (lambda u: 1 / u**2, "cell 1 of 4"),
        (lambda u: 1 / (1 - u), "cell 4 of 4"),
        (lambda u: 1 / abs(u - 0.3), "cell 2 of 4"),
        (lambda u: math.nan, "cell 1 of 4.*got nan"),
        (lambda u: math.inf, "cell 1 of 4"),
        (lambda u: math.exp(10_000 * u), "expected it to be finite"),
        (lambda u: "one", r"phi: expected it to return numbers on \(0, 1\), got .*could not convert"),
        (lambda u: None, "phi: expected it to return numbers"),
        (lambda u: math.log(u - 0.5), "phi: expected it to return numbers"),
        (lambda u: 1j, "phi: expected it to return numbers"),
        ([], "phi: expected at least one number, got none"),
        ([1, math.nan], r"phi\[1\]: expected a finite number"),
        ([1, None], r"phi\[1\]: expected a number"),
        (np.eye(2), "phi: expected one dimension"),
        ("uniform", r"phi: expected an ordered sequence of numbers, got 'uniform' \(str\)"),
        (3, r"phi: expected an ordered sequence of numbers, got 3 \(int\)"),
    ],
)
def test_a_spectrum_without_a_finite_integral_is_refused(phi, message):
    with pytest.raises(InvalidInputError, match=message):
        spectrum(phi, 4)


@pytest.mark.parametrize("k", [0, -1, 2.0, True, None])
def test_bad_k_is_refused(k):
    for make in (
        lambda: spectrum([1], k),
        lambda: distortion(lambda u: u, k),
        lambda: wang(0, k),
        lambda: proportional_hazard(1, k),
    ):
        with pytest.raises(InvalidInputError, match=r"^K: expected"):
            make()


# --- distortions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("K", [1, 2, 5, 16])
def test_rational_distortions_stay_exact(K):
    assert distortion(lambda u: u, K) == mean(K)
    for tau in (F(1, 10), F(1, 3), F(1)):
        assert distortion(lambda u, tau=tau: min(u, tau) / tau, K) == cvar(tau, K)
        assert distortion(lambda u, tau=tau: max(u - 1 + tau, 0) / tau, K) == upper_cvar(tau, K)


def test_the_limit_of_gini():
    """φ(u) = 2(2u−1) has g = 2u(u−1), whose cells are (K−1)/K times Gini's weights."""
    for K in (2, 3, 10):
        ours = distortion(lambda u: 2 * u * (u - 1), K)
        assert ours == LStatistic([w * F(K - 1, K) for w in gini(K).weights])


def test_distortion_is_the_integral_of_the_spectrum():
    ours, theirs = distortion(lambda u: u**3, 9), spectrum(lambda u: 3 * u * u, 9)
    assert np.abs(floats(ours) - floats(theirs)).max() <= 1e-12


def test_a_function_that_takes_floats_only_gets_floats():
    ours = distortion(lambda u: np.sqrt(u), 4)
    assert np.abs(floats(ours) - np.diff(np.sqrt([0, 0.25, 0.5, 0.75, 1]))).max() <= ROUNDING
    assert distortion(lambda u: np.where(u < 0.5, 0.0, 1.0), 4).weights == (0, 1, 0, 0)


def test_a_decreasing_part_gives_negative_weights():
    assert distortion(lambda u: u * (1 - u), 2).weights == (F(1, 4), F(-1, 4))


@pytest.mark.parametrize(
    ("g", "message"),
    [
        (lambda u: u + 1, r"g\(0\): expected 0, got 1.0"),
        (lambda u: math.nan, r"g\(0\): expected a finite number, got nan"),
        (lambda u: 0 if u == 0 else math.inf, r"g\(0.25\): expected a finite number, got inf"),
        (lambda u: None, r"g\(0\): expected a number, got None"),
        (lambda u: bool(u), r"g\(0\): expected a number, got False \(bool\)"),
    ],
)
def test_a_bad_distortion_is_refused(g, message):
    with pytest.raises(InvalidInputError, match=message):
        distortion(g, 4)


def test_errors_of_the_callers_function_are_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        distortion(lambda u: 1 / u, 4)
    with pytest.raises(TypeError, match="unsupported operand"):
        distortion(lambda u: u + "", 4)


@pytest.mark.parametrize("lam", [-2, -0.5, 0, 0.3, 1.5, 40])
@pytest.mark.parametrize("K", [1, 2, 8, 33])
def test_wang(lam, K):
    ours = wang(lam, K)
    normal = scipy.stats.norm
    exact = np.diff(normal.cdf(normal.ppf(np.arange(K + 1) / K) + lam))
    assert np.abs(floats(ours) - exact).max() <= ROUNDING
    assert ours.total == 1
    assert min(ours.weights) >= 0


def test_wang_leans_towards_the_low_ranks_for_positive_lambda():
    weights = wang(0.5, 8).weights
    assert list(weights) == sorted(weights, reverse=True)
    mirrored = wang(-0.5, 8).weights[::-1]
    assert max(abs(a - b) for a, b in zip(weights, mirrored, strict=True)) <= ROUNDING


@pytest.mark.parametrize("K", [1, 2, 5, 16])
@pytest.mark.parametrize("rho", [1, 2, 3, 7])
def test_proportional_hazard_at_an_integer_is_the_minimum_of_rho(rho, K):
    """The mass of cell j is the chance that the least of ρ uniform numbers lies in it."""
    chances = tuple(F(K - j, K) ** rho - F(K - j - 1, K) ** rho for j in range(K))
    assert proportional_hazard(rho, K).weights == chances
    assert rho != 1 or proportional_hazard(rho, K) == mean(K)


def test_proportional_hazard_reduces_to_the_mixture_of_minima():
    """Exact weights make g a polynomial of degree ρ, and b_α one of degree ρ − 1."""
    assert [proportional_hazard(rho, 9).degree for rho in (1, 2, 3)] == [0, 1, 2]


@pytest.mark.parametrize("rho", ["0.5", "1/3", "2.5", "65", "1000", "0.001"])
def test_proportional_hazard_at_a_real_exponent(rho):
    K = 8
    exact = -np.diff((1 - np.arange(K + 1) / K) ** float(F(rho)))
    ours = proportional_hazard(rho, K)
    assert np.abs(floats(ours) - exact).max() <= ROUNDING
    assert ours.total == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: proportional_hazard(0, 4), r"rho: expected rho > 0, got rho = 0"),
        (lambda: proportional_hazard(-1, 4), "got rho = -1"),
        (lambda: proportional_hazard(math.nan, 4), "rho: expected a finite number"),
        (lambda: wang(math.inf, 4), "lam: expected a finite number, got inf"),
        (lambda: wang("a", 4), "lam: expected a number"),
        (lambda: wang(10**301, 4), "lam: expected a number below 1e300"),
    ],
)
def test_bad_parameters_are_refused(call, message):
    with pytest.raises(InvalidInputError, match=message):
        call()


@pytest.mark.parametrize("spelling", ["wang(-0.5)@8", "proportional_hazard(2.5)@8"])
def test_named_distortions_have_spellings(spelling):
    assert str(objective(spelling)) == spelling


@pytest.mark.parametrize(
    ("phi", "k"),
    [
        (lambda u: (u < 0.01) / 0.01, 2),
        (lambda u: (u > 1 - 0.01) / 0.01, 4),
        (lambda u: (abs(u - 0.4) < 0.025) / 0.05, 1),
    ],
)
def test_a_narrow_window_is_not_missed(phi, k):
    assert float(spectrum(phi, k).total) == pytest.approx(1, rel=1e-8)
