"""Known rewards and probabilities: the objective by enumeration, its gradients by differentiation.

Theorems, spec eqs. (30)–(35), on m atoms, ``J(p) = Σ_{b_1…b_K} p_{b_1} ⋯ p_{b_K} T(r_{b_1} … r_{b_K})``:

    value == J,   inclusion == q̄,   advantage == q̄ − J,   Σ_b p_b ā_b == 0
    gradient == ∂J/∂p  as a polynomial,   logit_gradient == ∂J(softmax θ)/∂θ

Both sides are exact rationals wherever they can be. Floats are held to

    |ā − exact| ≤ (16 + √K) u · max|α| · (r_max − r_min),    |J − exact| ≤ (16 + √K) u · Σ|α| · max|r|

for this reason. F_t and 1 − F_t are each right to 2u, and relative errors of 4u in their ratio move a
binomial average by 4u F(1−F) |db/dF| ≤ 4u · max|α| · ½√(K−1): the standard deviation of the binomial. Powers
of up to 8 magnify F by themselves, and a gap, its product, the two sums and their difference round off the
rest. The worst that was measured, over K to 10⁴, is 12u, and 14u for the value.
"""

from fractions import Fraction
from itertools import accumulate, pairwise, product
from math import prod, sqrt

import ml_dtypes
import mpmath
import numpy as np
import pytest
import sympy
from helpers.in_turn import in_turn
from helpers.problems import objectives
from hypothesis import given, settings
from hypothesis import strategies as st

import ordergrad_ref as og
from ordergrad_ref import LStatistic, definition, population
from ordergrad_ref.errors import InvalidInputError, NonFiniteRewardError
from ordergrad_ref.objectives import RealK

F = Fraction
U = 2.0**-53
UNDERFLOW = 16 * 2.0**-1074
"""A few roundings to the least subnormal number, where rewards are that small."""

POLICIES = [population.value, population.advantage, population.inclusion, population.gradient]
FUNCTIONS = [*POLICIES, population.logit_gradient]
every_function = in_turn("function", FUNCTIONS)
every_function_of_p = in_turn("function", POLICIES)


def fractions(*numbers):
    return [F(x) for x in numbers]


KNOWN = {
    "one atom": (fractions(3), fractions(1)),
    "two": (fractions(0, 1), fractions("3/4", "1/4")),
    "two, descending": (fractions(2, "-1/3"), fractions("1/7", "6/7")),
    "two equal": (fractions(5, 5), fractions("1/3", "2/3")),
    "certain": (fractions(4, 1), fractions(0, 1)),
    "three": (fractions(0, 1, 3), fractions("1/2", "1/3", "1/6")),
    "three, two tied": (fractions(1, "-2/3", 1), fractions("1/5", "2/5", "2/5")),
    "three, the middle impossible": (fractions(1, 2, 9), fractions("1/2", 0, "1/2")),
    "four": (fractions(7, "-5/2", "1/3", 100), fractions("1/10", "2/10", "3/10", "4/10")),
    "four, ties and zeros": (fractions(2, 0, 2, 0), fractions(0, "1/3", "2/3", 0)),
    "four, uneven": (fractions(1, 2, 3, 4), fractions("1/10000", "9997/10000", "1/10000", "1/10000")),
}

on_the_grid = in_turn(("known", "k"), product(KNOWN, range(1, 5)))


# --- against enumeration --------------------------------------------------------------------------


@pytest.mark.slow
@on_the_grid
def test_value_and_inclusion_and_advantage(known, k):
    r, p = KNOWN[known]
    for alpha in objectives(k)[:: 1 if k < 4 else 2]:  # enumeration takes m⁴ tuples
        J = definition.expected_value(r, p, alpha)
        q = definition.expected_inclusion(r, p, alpha)
        assert population.value(r, p, alpha) == J, alpha
        assert population.inclusion(r, p, alpha).tolist() == q, alpha
        assert population.advantage(r, p, alpha).tolist() == [x - J for x in q], alpha
        assert population.gradient(r, p, alpha).tolist() == [k * x for x in q], alpha


@pytest.mark.slow
@on_the_grid
def test_centring(known, k):
    r, p = KNOWN[known]
    for alpha in objectives(k):
        a = population.advantage(r, p, alpha)
        assert sum(x * y for x, y in zip(p, a, strict=True)) == 0, alpha
        assert all(type(x) is Fraction for x in a), alpha


@pytest.mark.slow
@on_the_grid
def test_tied_atoms_have_equal_advantages(known, k):
    r, p = KNOWN[known]
    tied = [(i, j) for i, j in product(range(len(r)), repeat=2) if r[i] == r[j]]
    for alpha in objectives(k):
        for a in (
            population.advantage(r, p, alpha),
            population.advantage(np.array(r, dtype=float), np.array(p, dtype=float), alpha),
        ):
            assert all(a[i] == a[j] for i, j in tied), alpha


@pytest.mark.slow
@on_the_grid
def test_floats_are_the_rationals(known, k):
    """Impossible atoms, ties and a single atom included."""
    r, p = KNOWN[known]
    for alpha in objectives(k):
        of_advantage, of_value = tolerance(alpha, r)
        for function, bound in ((population.value, of_value), (population.advantage, of_advantage)):
            exact, got = function(r, p, alpha), function(np.array(r, float), np.array(p, float), alpha)
            assert abs(np.asarray(got) - np.asarray(exact, dtype=float)).max() <= bound, alpha


rationals = st.fractions(-9, 9, max_denominator=9)
masses = st.integers(0, 9)


@pytest.mark.slow
@settings(max_examples=60)
@given(
    st.lists(st.tuples(rationals, masses), min_size=1, max_size=4).filter(lambda a: any(w for _, w in a)),
    st.lists(rationals, min_size=1, max_size=4),
)
def test_any_weights_on_any_atoms(atoms, weights):
    r = [x for x, _ in atoms]
    total = sum(w for _, w in atoms)
    p = [F(w, total) for _, w in atoms]
    alpha = LStatistic(weights)
    assert population.value(r, p, alpha) == definition.expected_value(r, p, alpha)
    assert population.inclusion(r, p, alpha).tolist() == definition.expected_inclusion(r, p, alpha)


@pytest.mark.parametrize(("spelling", "reduced_k"), [("mean@5", 1), ("gini@6", 2), ("median@6", 5)])
def test_another_k_for_the_same_objective(spelling, reduced_k):
    """Spec eq. (5): J and K ā stay; eq. (33) moves by one constant for all atoms."""
    full, reduced = og.objective(spelling), og.objective(spelling).reduced()
    assert reduced.k == reduced_k
    r, p = KNOWN["four"]
    assert population.value(r, p, full) == population.value(r, p, reduced)
    shift = population.gradient(r, p, full) - population.gradient(r, p, reduced)
    assert len({*shift}) == 1
    a, b = population.advantage(r, p, full), population.advantage(r, p, reduced)
    assert (a * full.k == b * reduced.k).all()


@pytest.mark.parametrize("k", [1, 2, 7, 40])
def test_large_k_without_enumeration(k):
    """``P(max ≤ r_t) = F_t^K`` and ``P(min > r_t) = (1 − F_t)^K`` give J directly."""
    r, p = KNOWN["three"]
    upto = [F(0), p[0], p[0] + p[1], F(1)]
    best = sum(x * (b**k - a**k) for x, a, b in zip(r, upto, upto[1:], strict=False))
    worst = sum(x * ((1 - a) ** k - (1 - b) ** k) for x, a, b in zip(r, upto, upto[1:], strict=False))
    assert population.value(r, p, f"max@{k}") == best
    assert population.value(r, p, f"min@{k}") == worst


# --- against differentiation ----------------------------------------------------------------------

DIFFERENTIATED = [alpha for k in range(1, 5) for alpha in objectives(k)[::3]]
by_differentiation = pytest.mark.parametrize(
    "alpha", DIFFERENTIATED, ids=lambda a: a.name or f"unnamed@{a.k}"
)


def rational(x):
    return sympy.Rational(x.numerator, x.denominator)


def polynomial(r, alpha, p):
    """``J`` in the symbols p, summed over all K-tuples of atoms."""
    ranked = [
        sum(rational(a * x) for a, x in zip(alpha.weights, sorted(r[b] for b in atoms), strict=True))
        * prod(p[b] for b in atoms)
        for atoms in product(range(len(r)), repeat=alpha.k)
    ]
    return sympy.expand(sympy.Add(*ranked))


@pytest.mark.slow
@by_differentiation
@pytest.mark.parametrize("known", ["three", "three, two tied", "three, the middle impossible"])
def test_gradient_is_the_derivative_of_the_polynomial(known, alpha):
    r, p = KNOWN[known]
    symbols = sympy.symbols("p:3")
    J = polynomial(r, alpha, symbols)
    here = dict(zip(symbols, map(rational, p), strict=True))
    derivatives = [sympy.diff(J, symbol).subs(here) for symbol in symbols]
    assert population.gradient(r, p, alpha).tolist() == [F(int(d.p), int(d.q)) for d in derivatives]
    assert population.value(r, p, alpha) == F(str(J.subs(here)))


@pytest.mark.slow
@by_differentiation
def test_influence_is_the_derivative_towards_an_atom(alpha):
    """Spec eq. (35): ``d/dε J((1−ε) p + ε δ_b) = K ā_b`` at ε = 0."""
    r, p = KNOWN["three"]
    ε = sympy.symbols("ε")
    a = population.advantage(r, p, alpha)
    for b in range(3):
        mixed = [(1 - ε) * rational(x) + (ε if c == b else 0) for c, x in enumerate(p)]
        slope = sympy.diff(polynomial(r, alpha, mixed), ε).subs(ε, 0)
        assert alpha.k * a[b] == F(int(slope.p), int(slope.q))


LOGITS = fractions("1/2", "-3/4", "5/4")


@pytest.mark.slow
@by_differentiation
def test_logit_gradient_is_the_derivative_of_the_softmax_policy(alpha):
    """Differentiated by SymPy and evaluated to 30 digits; the floats are right to their own 16."""
    r, _ = KNOWN["three, two tied"]
    θ = sympy.symbols("θ:3")
    weights = [sympy.exp(x) for x in θ]
    policy = [w / sympy.Add(*weights) for w in weights]
    p = sympy.symbols("p:3")
    J = polynomial(r, alpha, p)
    here = dict(zip(θ, map(rational, LOGITS), strict=True))
    at_p = {symbol: x.subs(here) for symbol, x in zip(p, policy, strict=True)}
    exact = [
        sum(sympy.diff(J, p[c]).subs(at_p) * sympy.diff(policy[c], θ[b]).subs(here) for c in range(3)).evalf(
            30
        )
        for b in range(3)
    ]
    got = population.logit_gradient(np.array(r, dtype=float), np.array(LOGITS, dtype=float), alpha)
    scale = alpha.k * max(map(abs, alpha.weights)) * (max(r) - min(r))
    assert max(abs(sympy.Float(float(x), 30) - y) for x, y in zip(got, exact, strict=True)) <= 16 * U * scale


@pytest.mark.parametrize("objective", ["max@3", "gini@4", "median@5", "cvar(0.3)@8", "max@2.5", "min@7.25"])
def test_logit_gradient_against_central_differences(objective):
    """A step h is wrong by ``O(h²)`` and by ``u/h``: about 1e-9 at h = 1e-5."""
    rng = np.random.default_rng(0)
    r, θ, h = rng.normal(size=5), rng.normal(size=5), 1e-5

    def objective_at(θ):
        weight = np.exp(θ)
        return population.value(r, weight / weight.sum(), objective)

    slopes = [(objective_at(θ + h * e) - objective_at(θ - h * e)) / (2 * h) for e in np.eye(5)]
    got = population.logit_gradient(r, θ, objective)
    assert abs(got - slopes).max() < 1e-8
    assert abs(got).max() > 1e-2


@pytest.mark.parametrize("objective", ["max@3", "gini@4", "median@5", "max@2.5", "min@7.25"])
def test_gradient_against_central_differences_along_the_simplex(objective):
    rng = np.random.default_rng(1)
    r, p, h = rng.normal(size=5), rng.dirichlet(np.ones(5)), 1e-6
    gradient = population.gradient(r, p, objective)
    for b in range(4):
        step = np.zeros(5)
        step[b], step[b + 1] = h, -h
        slope = (population.value(r, p + step, objective) - population.value(r, p - step, objective)) / (
            2 * h
        )
        assert abs(slope - (gradient[b] - gradient[b + 1])) < 1e-7


# --- floats ---------------------------------------------------------------------------------------


def exact_policy(p):
    """The probabilities as they are, divided by their exact sum."""
    numbers = [F(float(x)) for x in p]
    return [x / sum(numbers) for x in numbers]


def tolerance(objective, r):
    alpha = og.objective(objective)
    sizes = [abs(w) for w in alpha.weights]
    roundings = (16 + sqrt(alpha.k)) * U
    spread, largest = float(max(r) - min(r)), float(max(map(abs, r)))
    return (
        roundings * float(max(sizes)) * spread + UNDERFLOW,
        roundings * float(sum(sizes)) * largest + UNDERFLOW,
    )


@pytest.mark.slow
@settings(max_examples=150)
@given(
    st.lists(
        st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1), st.sampled_from([1, 10, 100])),
        min_size=1,
        max_size=6,
    ).filter(lambda atoms: sum(w for _, w, _ in atoms) > 1e-3),
    st.sampled_from(
        [
            *("max@2", "max@9", "max@30", "min@9", "mean@4", "median@7", "top(2)@6", "cvar(0.3)@7"),
            *("gini@5", "lmoment(4)@4", "rank(3)@8"),
        ]
    ),
)
def test_floats_are_within_a_few_roundings(atoms, objective):
    """Masses range over hundreds of decades, rewards too."""
    r = [x for x, _, _ in atoms]
    weights = np.array([w**power for _, w, power in atoms])
    if not weights.sum() > 0:
        weights[0] = 1.0
    p = weights / weights.sum()
    exact_r, exact_p = fractions(*r), exact_policy(p)
    of_advantage, of_value = tolerance(objective, r)
    exact = population.advantage(exact_r, exact_p, objective)
    got = population.advantage(r, p, objective)
    assert max(abs(F(float(x)) - y) for x, y in zip(got, exact, strict=True)) <= of_advantage
    J = population.value(exact_r, exact_p, objective)
    assert abs(F(float(population.value(r, p, objective))) - J) <= of_value
    q = population.inclusion(r, p, objective)
    assert max(abs(F(float(x)) - (y + J)) for x, y in zip(q, exact, strict=True)) <= of_advantage + of_value


def reference(r, p, objective, digits=60):
    """J and ā at many digits: every Bernstein polynomial summed term by term, every sum plain."""
    with mpmath.workdps(digits):
        alpha = [mpmath.mpf(w.numerator) / w.denominator for w in og.objective(objective).weights]
        total = mpmath.fsum(map(mpmath.mpf, p))
        atoms = sorted(
            (mpmath.mpf(x), mpmath.mpf(y) / total, i) for i, (x, y) in enumerate(zip(r, p, strict=True))
        )
        mass = [y for _, y, _ in atoms]
        F_t = [mpmath.fsum(mass[:t]) for t in range(1, len(mass))]
        G_t = [mpmath.fsum(mass[t:]) for t in range(1, len(mass))]

        def bernstein(coefficients, f, g):
            n, result = len(coefficients) - 1, mpmath.mpf(0)
            term, odds = g**n, f / g
            for j, c in enumerate(coefficients):
                if c:
                    result += c * term
                term *= odds * (n - j) / (j + 1)
            return result

        rise = [mpmath.mpf(0)]
        for t, (f, g) in enumerate(zip(F_t, G_t, strict=True)):
            rise.append(rise[-1] + (atoms[t + 1][0] - atoms[t][0]) * bernstein(alpha, f, g))
        mean = mpmath.fsum(x * y for x, y in zip(mass, rise, strict=True))
        advantage = [mpmath.mpf(0)] * len(mass)
        for (_, _, i), x in zip(atoms, rise, strict=True):
            advantage[i] = x - mean
        sums = [mpmath.mpf(0), *accumulate(alpha)]
        Φ = [mpmath.mpf(0), *(bernstein(sums, f, g) for f, g in zip(F_t, G_t, strict=True)), sums[-1]]
        J = mpmath.fsum(x * (Φ[t + 1] - Φ[t]) for t, (x, _, _) in enumerate(atoms))
        return J, advantage


@pytest.mark.parametrize("objective", ["max@3", "gini@4", "median@5", "lmoment(3)@4"])
def test_the_reference_is_the_definition(objective):
    r, p = KNOWN["three"]
    J, a = reference([0.0, 1.0, 3.0], [3.0, 2.0, 1.0], objective)
    assert abs(J - mpmath.mpf(str(float(population.value(r, p, objective))))) < 1e-14
    exact = definition.expected_inclusion(r, p, objective)
    with mpmath.workdps(60):
        for got, q in zip(a, exact, strict=True):
            assert abs(got + J - mpmath.mpf(q.numerator) / q.denominator) < mpmath.mpf(10) ** -55


STABILITY = {
    "nearly certain, low": ([0.0, 1.0], [1 - 1e-12, 1e-12]),
    "nearly certain, high": ([1.0, 0.0], [1 - 1e-12, 1e-12]),
    "all but impossible, low": ([0.0, 1.0], [1e-300, 1.0]),
    "all but impossible, high": ([1.0, 0.0], [1e-300, 1.0]),
    "rare at both ends": ([0.0, 1.0, 3.0], [1e-4, 1 - 2e-4, 1e-4]),
    "large offset": ([1e6, 1e6 + 1, 1e6 + 3], [1e-4, 1 - 2e-4, 1e-4]),
    "many scales": ([3.0, -1.0, 0.5, 2.0, -7.0], [1e-9, 0.25, 0.75 - 1e-4, 1e-4, 1e-300]),
}


SMALL_K = ["max@3", "gini@4", "max@1000", "min@1000", "lmoment(4)@100", "cvar(0.01)@500", "median@1001"]
LARGE_K = [
    "max@10000",
    "min@10000",
    "mean@10000",
    "median@9999",
    "top(5)@10000",
    "top(5000)@10000",
    "gini@5000",
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("known", "objective"),
    [
        *product(STABILITY, SMALL_K),
        *product(["rare at both ends"], LARGE_K),
    ],
)
def test_stability_at_large_k_and_extreme_probabilities(known, objective):
    r, p = STABILITY[known]
    J, a = reference(r, p, objective)
    of_advantage, of_value = tolerance(objective, r)
    got = population.advantage(r, p, objective)
    assert max(abs(mpmath.mpf(float(x)) - y) for x, y in zip(got, a, strict=True)) <= of_advantage
    assert abs(mpmath.mpf(float(population.value(r, p, objective))) - J) <= of_value


@pytest.mark.parametrize(
    ("objective", "mirrored"),
    [
        ("max@8", "min@8"),
        ("mean@3", "mean@3"),
        ("top(2)@8", "bottom(2)@8"),
        ("upper_cvar(0.3)@7", "cvar(0.3)@7"),
    ],
)
def test_a_rare_and_huge_reward_keeps_its_digits(objective, mirrored):
    """Φ is right relative to itself at both ends, also where ``1 − F_t`` is far below u."""
    r, p = [0.0, 1e20], [1.0, 1e-25]
    exact = population.value(fractions(*r), exact_policy(p), objective)
    assert abs(F(float(population.value(r, p, objective))) - exact) <= 16 * F(U) * exact
    assert population.value([0.0, -1e20], p, mirrored) == pytest.approx(float(-exact), rel=16 * U)


@pytest.mark.parametrize("κ", [1, 2.5, 8.5, 300.5])
def test_a_rare_and_huge_reward_keeps_its_digits_at_real_k(κ):
    with mpmath.workdps(60):
        p = mpmath.mpf(1e-25) / (1 + mpmath.mpf(1e-25))
        J = 1e20 * (1 - (1 - p) ** mpmath.mpf(κ))
    assert abs(population.value([0.0, 1e20], [1.0, 1e-25], RealK("max", κ)) - J) <= 16 * U * J
    assert abs(population.value([0.0, -1e20], [1.0, 1e-25], RealK("min", κ)) + J) <= 16 * U * J


@pytest.mark.parametrize(
    ("objective", "outlier"), [("max@200", -1e16), ("min@200", 1e16), ("median@101", 1e16)]
)
def test_an_atom_of_no_weight_costs_no_digits(objective, outlier):
    r, p = [outlier, 1.0, 2.0], [1e-3, 0.5, 0.499]
    exact = population.value(fractions(*r), exact_policy(p), objective)
    assert abs(F(float(population.value(r, p, objective))) - exact) <= 16 * F(U) * exact


@pytest.mark.parametrize("objective", ["max@2", "max@5", "min@5", "mean@3", "gini@4", "max@10000", "max@2.5"])
@pytest.mark.parametrize("ε", [1e-4, 1e-8, 1e-12, 1e-16, 1e-100, 1e-290])
def test_a_nearly_certain_policy_keeps_the_digits_of_its_gradient(objective, ε):
    """Of two atoms both policy gradients are ``±K p_1 p_2 b_α(F)``: right relative to themselves."""
    alpha = og.objective(objective)
    for r, θ in ([0.0, 1.0], [np.log(ε), 0.0]), ([0.0, 1.0], [0.0, np.log(ε)]):
        with mpmath.workdps(60):
            low, high = (mpmath.e ** mpmath.mpf(x) for x in θ)
            f, g = low / (low + high), high / (low + high)
            k = mpmath.mpf(alpha.k.numerator) / alpha.k.denominator
            if isinstance(alpha, RealK) or alpha.name.startswith("max"):
                b = f ** (k - 1)
            else:
                n = alpha.k - 1
                b = sum(
                    mpmath.mpf(w.numerator) / w.denominator * mpmath.binomial(n, j) * f**j * g ** (n - j)
                    for j, w in enumerate(alpha.weights)
                )
            exact = k * f * g * b
        got = population.logit_gradient(r, θ, objective)
        if abs(exact) < 1e-290:  # a power of ε too small for a float
            assert abs(got).max() <= 1e-290
            continue
        roundings = (16 + float(k)) * (1 + abs(np.log(ε)))  # a logit's rounding, magnified by K powers
        assert abs(got[1] - exact) <= roundings * U * abs(exact)
        assert abs(got[0] + exact) <= roundings * U * abs(exact)


@pytest.mark.parametrize(
    "function", [population.advantage, population.logit_gradient], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("objective", ["max@8", "gini@8", "median@9", "max@2.5", "min@10000"])
def test_equal_rewards_give_exactly_nothing(function, objective):
    weights = np.random.default_rng(0).dirichlet(np.ones(7))
    assert (function([0.1] * 7, weights, objective) == 0).all()


def test_equal_rewards_are_the_value_of_every_average():
    weights = np.random.default_rng(0).dirichlet(np.ones(7))
    for objective in ("max@8", "median@9", "cvar(0.1)@7", "max@2.5", "min@10000"):
        assert population.value([0.1] * 7, weights, objective) == pytest.approx(0.1, rel=4 * U)
    for objective in ("gini@8", "lmoment(3)@5"):
        assert population.value([0.1] * 7, weights, objective) == 0


@pytest.mark.slow
@every_function
@pytest.mark.parametrize("objective", ["max@1", "max@8", "gini@8", "median@9", "max@2.5", "min@10000"])
def test_one_atom(function, objective):
    alpha = og.objective(objective)
    total = 1 if isinstance(alpha, RealK) else float(alpha.total)
    J = 3.0 * total
    expected = {"value": J, "inclusion": [J], "gradient": [float(alpha.k) * J]}.get(function.__name__, [0.0])
    assert np.array_equal(function([3.0], [1.0], objective), expected)


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["max@8", "gini@8", "median@101", "max@2.5", "min@10000"])
def test_a_hundred_thousand_atoms(objective):
    """Split atoms are the unsplit atom: 10⁵ atoms of ten distinct rewards against those ten."""
    rng = np.random.default_rng(2)
    r, p = rng.normal(size=10), rng.dirichlet(np.ones(10))
    atom = rng.permutation(np.repeat(np.arange(10), 10**4))
    split = p[atom] / 10**4
    of_advantage, of_value = tolerance(objective, r) if "." not in objective else (64 * U, 64 * U)
    assert (
        abs(population.value(r[atom], split, objective) - population.value(r, p, objective)) <= 2 * of_value
    )
    a = population.advantage(r, p, objective)
    assert abs(population.advantage(r[atom], split, objective) - a[atom]).max() <= 2 * of_advantage


# --- logits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("objective", ["max@3", "gini@4", "min@100", "max@2.5"])
def test_logits_may_be_anything_finite(objective):
    r = [0.0, 1.0, 3.0]
    for huge in (1e4, 1e300, 1.7e308):
        for θ in ([huge, -huge, 0.0], [huge, huge, -huge], [-huge, -huge, -huge], [0.0, 0.0, -huge]):
            g = population.logit_gradient(r, θ, objective)
            assert np.isfinite(g).all()
    assert (population.logit_gradient(r, [1e4, -1e4, 0.0], objective) == 0).all()
    tiny = population.logit_gradient(r, [5e-324, -5e-324, 0.0], objective)
    assert np.array_equal(tiny, population.logit_gradient(r, [0.0, 0.0, 0.0], objective))


def test_a_common_shift_of_logits_changes_nothing():
    r, θ = [0.0, 1.0, 3.0], np.array([0.5, -1.25, 2.0])
    g = population.logit_gradient(r, θ, "max@3")
    assert np.array_equal(population.logit_gradient(r, θ + 1024, "max@3"), g)
    assert np.array_equal(population.logit_gradient(r, θ - 4096, "max@3"), g)


@pytest.mark.parametrize("objective", ["max@3", "gini@4", "median@7", "max@2.5"])
def test_logit_gradients_sum_to_zero(objective):
    rng = np.random.default_rng(3)
    g = population.logit_gradient(rng.normal(size=(100, 6)), 5 * rng.normal(size=(100, 6)), objective)
    assert (abs(g.sum(axis=-1)) <= 16 * U * abs(g).max(axis=-1)).all()


def test_logit_gradient_is_k_p_times_the_advantage():
    r, θ = np.array([0.0, 1.0, 3.0]), np.log([1 / 2, 1 / 3, 1 / 6])
    expected = [-19 / 36, -1 / 54, 59 / 108]  # spec section 6
    assert population.logit_gradient(r, θ, "max@2") == pytest.approx(expected, rel=1e-14)


# --- real-valued K, spec eq. (15) -----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize("k", [1, 2, 3, 8, 9, 40])
def test_real_k_at_an_integer_is_the_integer(kind, k):
    for r, p in KNOWN.values():
        r, p = np.array(r, dtype=float), np.array(p, dtype=float)
        for function in POLICIES:
            got, expected = function(r, p, RealK(kind, k)), function(r, p, f"{kind}@{k}")
            assert abs(got - expected).max() <= 16 * U * k * 100


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize("κ", [1.5, 2.5, 7.25, 8.5, 33.3, 9999.5])
@pytest.mark.parametrize("known", ["two", "three", "three, two tied", "four", "four, uneven"])
def test_real_k_is_the_integral_of_the_quantile_function(kind, κ, known):
    """``J = ∫ Q dΦ``, by quadrature from atom to atom."""
    r, p = (np.array(x, dtype=float) for x in KNOWN[known])
    with mpmath.workdps(40):
        κ_ = mpmath.mpf(str(κ))
        order = np.argsort(r)
        upto = [mpmath.mpf(0)]
        for x in p[order]:
            upto.append(upto[-1] + mpmath.mpf(x))
        upto = [x / upto[-1] for x in upto]

        def density(u):
            return κ_ * (u ** (κ_ - 1) if kind == "max" else (1 - u) ** (κ_ - 1))

        J = mpmath.mpf(0)
        for x, low, high in zip(r[order], upto, upto[1:], strict=False):
            if high > low:
                # the density may live on a sliver of 1/κ at the end
                cuts = [low + (high - low) * s for s in (0, 0.5, 0.9, 0.99, 0.999, 0.9999, 1)]
                if kind == "min":
                    cuts = [low + high - c for c in cuts[::-1]]
                J += mpmath.mpf(x) * mpmath.quad(density, cuts)
    got = population.value(r, p, f"{kind}@{κ}")
    assert abs(got - J) <= 16 * U * abs(r).max()


@pytest.mark.parametrize("kind", ["max", "min"])
@pytest.mark.parametrize("κ", ["3/2", "5/2", "17/2", "19999/2"])
def test_real_k_advantages(kind, κ):
    """Increments ``d_t Φ'(F_t)/κ``, centred, at 60 digits."""
    κ_ = F(κ)
    for r, p in STABILITY.values():
        with mpmath.workdps(60):
            total = mpmath.fsum(map(mpmath.mpf, p))
            atoms = sorted(
                (mpmath.mpf(x), mpmath.mpf(y) / total, i) for i, (x, y) in enumerate(zip(r, p, strict=True))
            )
            rise, f = [mpmath.mpf(0)], mpmath.mpf(0)
            for (x, y, _), (x_next, _, _) in pairwise(atoms):
                f += y
                u = f if kind == "max" else 1 - f
                rise.append(rise[-1] + (x_next - x) * u ** (mpmath.mpf(κ_.numerator) / κ_.denominator - 1))
            mean = mpmath.fsum(a * y for a, (_, y, _) in zip(rise, atoms, strict=True))
            exact = {i: a - mean for a, (_, _, i) in zip(rise, atoms, strict=True)}
        got = population.advantage(r, p, RealK(kind, κ_))
        assert max(abs(got[i] - a) for i, a in exact.items()) <= 16 * U * (max(r) - min(r))


@pytest.mark.parametrize("known", ["two", "three", "four", "three, two tied"])
def test_the_best_of_more_is_better(known):
    r, p = (np.array(x, dtype=float) for x in KNOWN[known])
    sizes = [1.0, 1.001, 1.5, 2.0, 2.5, 3.0, 7.9, 8.0, 9.0, 9.1, 10.0, 100.5]
    best = [population.value(r, p, RealK("max", κ)) for κ in sizes]
    worst = [population.value(r, p, RealK("min", κ)) for κ in sizes]
    assert (np.diff(best) > 0).all()
    assert (np.diff(worst) < 0).all()
    assert best[0] == pytest.approx((r * p).sum())
    assert worst[0] == pytest.approx((r * p).sum())


@every_function_of_p
def test_real_k_leaves_the_rationals(function):
    for r, p in KNOWN.values():
        with pytest.raises(
            InvalidInputError,
            match=r"objective: expected an integer K for exact rewards, got max@2\.5, whose powers",
        ):
            function(r, p, "max@2.5")


@every_function
def test_real_k_is_exact_here_and_does_not_warn(function):
    assert np.isfinite(function([0.0, 1.0], [0.5, 0.5], "max@2.5")).all()


# --- shapes, dtypes and memory --------------------------------------------------------------------


@pytest.mark.slow
@every_function
@pytest.mark.parametrize("objective", ["max@5", "median@7", "gini@6", "max@2.5"])
@pytest.mark.parametrize("m", [3, 40])
def test_broadcasting_is_one_distribution_at_a_time(function, objective, m):
    rng = np.random.default_rng(4)
    r, p = rng.normal(size=m), rng.dirichlet(np.ones(m), size=(2, 3))
    one_by_one = np.array([[function(r, x, objective) for x in row] for row in p])
    assert np.array_equal(function(r, p, objective), one_by_one)
    for stored in (np.asfortranarray(p.reshape(6, m)), np.ascontiguousarray(p.reshape(6, m).T).T):
        assert np.array_equal(function(r, stored, objective).reshape(one_by_one.shape), one_by_one)
    assert np.array_equal(function(r, np.flip(np.flip(p).copy()), objective), one_by_one)
    many = rng.normal(size=(5, 1, m))
    expected = np.array([[function(x[0], y, objective) for y in p[0]] for x in many])
    assert np.array_equal(function(many, p[0], objective), expected)


@every_function_of_p
def test_exact_broadcasting(function):
    r, p = KNOWN["three"]
    tables = np.array([p, p[::-1]], dtype=object)
    got = function(np.array(r, dtype=object), tables, "gini@3")
    assert got.tolist() == [np.asarray(function(r, list(x), "gini@3")).tolist() for x in tables]


@every_function
@pytest.mark.parametrize("objective", ["max@5", "gini@6", "max@2.5"])
def test_no_distributions_give_no_answers(function, objective):
    got = function([0.0, 1.0], np.zeros((3, 0, 2)), objective)
    assert got.shape == ((3, 0) if function is population.value else (3, 0, 2))


@every_function
@pytest.mark.parametrize(
    ("of_rewards", "of_policy", "answer"),
    [
        (np.float64, np.float64, np.float64),
        (np.float32, np.float32, np.float32),
        (np.float16, np.float16, np.float32),
        (ml_dtypes.bfloat16, np.float32, np.float32),
        (np.float32, np.float64, np.float64),
        (np.float64, np.float32, np.float64),
        (np.int64, np.float64, np.float64),
        (np.float64, np.int64, np.float64),
        (bool, np.float32, np.float64),
    ],
)
def test_dtype_of_the_answer(function, of_rewards, of_policy, answer):
    """Computed in float64 and rounded once."""
    r, p = np.array([1, 0, 1], dtype=of_rewards), np.array([1, 0, 0]).astype(of_policy)
    if np.dtype(of_policy).kind == "f":
        p = np.array([0.5, 0.25, 0.25]).astype(of_policy)
    got = function(r, p, "max@3")
    wide = function(r.astype(np.float64), p.astype(np.float64), "max@3")
    assert np.asarray(got).dtype == answer
    assert np.array_equal(got, np.asarray(wide).astype(answer))


def test_float32_is_float64_rounded_once():
    rng = np.random.default_rng(5)
    r, θ = rng.normal(size=(2, 20, 6)).astype(np.float32)
    for objective in ("max@5", "gini@6", "max@2.5"):
        wide = population.logit_gradient(r.astype(float), θ.astype(float), objective)
        assert np.array_equal(population.logit_gradient(r, θ, objective), wide.astype(np.float32))


@every_function
def test_the_callers_arrays_are_left_alone(function):
    for dtype in (float, np.float32):
        r, p = np.array([3, 1, 2], dtype=dtype), np.array([0.5, 0.25, 0.25], dtype=dtype)
        kept = r.copy(), p.copy()
        for x in (r, p):
            x.flags.writeable = False
        answer = function(r, p, "max@3")
        assert np.array_equal(r, kept[0])
        assert np.array_equal(p, kept[1])
        assert not np.shares_memory(answer, r)
        assert not np.shares_memory(answer, p)


# --- what is refused ------------------------------------------------------------------------------


@every_function_of_p
@pytest.mark.parametrize(
    ("p", "message"),
    [
        ([0.5, 0.4], r"probabilities: expected a sum of one, got 0\.9$"),
        ([0.5, 0.5 + 2**-20], r"probabilities: expected a sum of one, got 1\.00000095"),
        ([0.0, 0.0], r"probabilities: expected a sum of one, got 0\.0$"),
        (np.array([0.5, 0.499], np.float32), r"probabilities: expected a sum of one, got 0\.99"),
        ([[0.5, 0.5], [0.5, 0.4]], r"probabilities: expected a sum of one, got 0\.9 in distribution \(1,\)"),
        ([[[0.5, 0.5], [0.2, 0.2]]], r"expected a sum of one, got 0\.4 in distribution \(0, 1\)"),
        ([1.5, -0.5], r"probabilities: expected none below zero, got -0\.5 at \(1,\)"),
        ([[0.5, 0.5], [-1e-300, 1.0]], r"probabilities: expected none below zero, got -1e-300 at \(1, 0\)"),
        ([np.nan, 1.0], r"probabilities: expected finite numbers, got nan at position \(0,\)"),
        ([1.0, np.inf], r"probabilities: expected finite numbers, got inf at position \(1,\)"),
        (
            [0.5, 0.25, 0.25],
            r"probabilities: expected the rewards' shape \(\.\.\., m\), got \(2,\) and \(3,\)",
        ),
        (
            [F(1, 2), F(1, 2)],
            r"probabilities: expected the rewards' kind of number, got float rewards and exact",
        ),
        ("ab", r"probabilities: expected real numbers .* got dtype <U2"),
        ([1j, 1], r"probabilities: expected real numbers .* got dtype complex128"),
        (None, r"probabilities: expected numbers, got None"),
        ([[0.5, 0.5], [1.0]], r"probabilities: expected numbers of shape"),
        (np.ma.array([0.5, 0.5], mask=[0, 1]), r"probabilities: expected a plain array, got a masked one"),
    ],
)
def test_what_is_no_distribution_is_refused(function, p, message):
    with pytest.raises(InvalidInputError, match=message):
        function([0.0, 1.0], p, "max@2")


@every_function_of_p
@pytest.mark.parametrize(
    ("p", "message"),
    [
        (fractions("1/2", "1/3"), r"probabilities: expected a sum of one, got 5/6$"),
        ([F(1, 2), F(1, 2) + F(1, 10**30)], r"probabilities: expected a sum of one, got 1000"),
        (fractions("3/2", "-1/2"), r"probabilities: expected none below zero, got -1/2 at \(1,\)"),
        (
            [0.5, 0.5],
            r"probabilities: expected the rewards' kind of number, got exact rewards and float prob",
        ),
        ([F(1), np.nan], r"probabilities: expected finite numbers, got nan at position 1 of an exact array"),
    ],
)
def test_exact_probabilities_sum_to_one_exactly(function, p, message):
    with pytest.raises(InvalidInputError, match=message):
        function([F(0), F(1)], p, "max@2")


@every_function_of_p
def test_the_rounding_of_probabilities_is_divided_out(function):
    """Up to √u, that is; it is rounding and no statement about J, a polynomial of degree K in p."""
    r, p = np.array([0.0, 1.0, 3.0]), np.array([0.5, 0.25, 0.25])
    for factor in (1 + 1e-9, 1 - 1e-9):
        assert function(r, p * factor, "max@9") == pytest.approx(function(r, p, "max@9"), rel=1e-14)
    third = np.full(3, 1 / 3, np.float32)
    got, expected = function(r, third, "max@9"), function(r, [1 / 3] * 3, "max@9")
    assert got == pytest.approx(expected, rel=1e-7, abs=1e-7)


@every_function
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf], ids=str)
def test_rewards_are_finite(function, bad):
    with pytest.raises(
        NonFiniteRewardError, match=rf"rewards: expected finite numbers, got {bad} at position \(1,\)"
    ):
        function([0.0, bad], [1.0, 0.0], "max@2")
    with pytest.raises(NonFiniteRewardError, match=rf"got {bad} at position \(1, 0\)"):
        function([[0.0, 1.0], [bad, 1.0]], [1.0, 0.0], "max@2")


@every_function
def test_there_is_an_atom(function):
    for r, p in ([], []), (np.zeros((3, 0)), np.zeros((3, 0))), (1.0, 1.0):
        with pytest.raises(
            InvalidInputError, match=r"rewards: expected shape \(\.\.\., m\) with m ≥ 1 atoms"
        ):
            function(r, p, "max@2")


@every_function
@pytest.mark.parametrize("objective", [3, None, "mx@2", "max", "cvar(0)@3", [0, 1]], ids=repr)
def test_a_bad_objective_is_refused(function, objective):
    with pytest.raises(InvalidInputError, match=r"objective|K is missing|tau"):
        function([0.0, 1.0], [0.5, 0.5], objective)


@every_function
def test_an_overflow_is_refused(function):
    p = [F(1, 2), F(1, 2)]
    for r in ([-1.5e308, 1.5e308], [1.7e308, -1.7e308], [-1e308, 0.0], [1.7e308, 1.7e308]):
        for objective in ("mean@1", "max@2", "max@3"):
            exact = (
                function([F(x) for x in r], p, objective)
                if function is not population.logit_gradient
                else None
            )
            if exact is None:
                exact = population.advantage([F(x) for x in r], p, objective) * og.objective(objective).k / 2
            logits_or_p = [0.0, 0.0] if function is population.logit_gradient else [0.5, 0.5]
            exact = np.atleast_1d(exact)
            if max(map(abs, exact)) <= F(np.finfo(float).max):
                got = np.atleast_1d(function(r, logits_or_p, objective))
                scale = max(map(abs, [*exact, *map(F, r)]))
                assert all(
                    abs(F(float(g)) - e) <= 32 * scale / 2**53 for g, e in zip(got, exact, strict=True)
                )
            else:
                with pytest.raises(
                    InvalidInputError, match=r"rewards: .* overflows float64; scale the rewards down"
                ):
                    function(r, logits_or_p, objective)
    r, p = np.array([0.0, 3e38], dtype=np.float32), np.array([0.5, 0.5], dtype=np.float32)
    if function is population.gradient:
        with pytest.raises(
            InvalidInputError,
            match="rewards: expected a result within float32, got one beyond it; pass float64",
        ):
            function(r, p, "max@2")
    else:
        assert np.isfinite(function(r, p, "max@2")).all()


@pytest.mark.parametrize(
    ("r", "θ", "message"),
    [
        (
            [F(0), F(1)],
            [F(0), F(1)],
            r"logits: expected floats, got exact rationals; use gradient with exact p",
        ),
        (
            [F(0), F(1)],
            [0.0, 1.0],
            r"logits: expected the rewards' kind of number, got exact rewards and float logits",
        ),
        (
            [0.0, 1.0],
            [F(0), F(1)],
            r"logits: expected the rewards' kind of number, got float rewards and exact logits",
        ),
        ([0.0, 1.0], [0.0, np.nan], r"logits: expected finite numbers, got nan at position \(1,\)"),
        ([0.0, 1.0], [0.0, -np.inf], r"logits: expected finite numbers, got -inf at position \(1,\)"),
        (
            [0.0, 1.0],
            [0.0, 1.0, 2.0],
            r"logits: expected the rewards' shape \(\.\.\., m\), got \(2,\) and \(3,\)",
        ),
        ([0.0, 1.0], "ab", r"logits: expected real numbers"),
    ],
)
def test_bad_logits_are_refused(r, θ, message):
    with pytest.raises(InvalidInputError, match=message):
        population.logit_gradient(r, θ, "max@2")


@every_function
@pytest.mark.parametrize("objective", ["max@3", "max@300", "median@301", "max@30.5"])
def test_callers_who_trap_floating_point_errors_see_none(function, objective):
    with np.errstate(all="raise"):
        assert np.isfinite(function([0.0, 1.0, 3.0], [1e-300, 1e-310, 1.0], objective)).all()
        assert np.isfinite(function([0.0, 1.0, 3.0], [0.0, 0.0, 1.0], objective)).all()
