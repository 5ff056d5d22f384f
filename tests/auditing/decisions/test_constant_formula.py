"""One formula for the constants at several sizes, eq. (63): known ones are found, written and predicted."""

from fractions import Fraction as F

import pytest

from ordergrad_ref.auditing.decisions.constant_formula import FACTORS, Tried, formula

SIZES = [(n, k) for n in range(1, 7) for k in range(1, n + 1)]

FORMULAS = {
    "(N−K)/(N K)": lambda n, k: F(n - k, n * k),
    "−3 (N−K+1)/2": lambda n, k: F(-3, 2) * (n - k + 1),
    "2 K² (K+1)/(N² (N−1))": lambda n, k: F(2 * k * k * (k + 1), n * n * (n - 1)),
}


def test_which_exponents_are_tried():
    """−1, 0 and 1, and of N and K up to ±2; at N = 9 and K = 3 the factors are these."""
    for name, (exponents, _) in FACTORS.items():
        assert list(exponents) == ([-2, -1, 0, 1, 2] if name in ("N", "K") else [-1, 0, 1])
    values = {"N": 9, "K": 3, "(N−1)": 8, "(K−1)": 2, "(K+1)": 4, "(N−K)": 6, "(N−K+1)": 7}
    assert {name: factor(9, 3) for name, (_, factor) in FACTORS.items()} == values


@pytest.mark.slow
def test_known_formulas():
    """At K = 1, K = N and N = 1 a factor may vanish, and nothing was found."""
    for text, c in FORMULAS.items():
        tried = [Tried(n, k, c(n, k) if 1 < k < n else None) for n, k in SIZES]
        found = formula(tried)
        assert found.text == text
        assert found.at(20, 7) == c(20, 7)
        assert found.says.startswith("right at 10 sizes, 3 ≤ N ≤ 6, 2 ≤ K ≤ 5;")


def test_formulas_at_one_k():
    known = {"N²": lambda n: F(n * n), "N−1": lambda n: F(n - 1), "3/(N (N−1))": lambda n: F(3, n * (n - 1))}
    for text, c in known.items():
        found = formula([*(Tried(n, 3, c(n)) for n in range(4, 9)), Tried(9, 3, None, "not defined")])
        assert found.text == text
        assert found.at(20, 3) == c(20)


def test_no_formula():
    """Two sizes at least; all inside unbiased; one candidate and no more."""
    assert (
        formula([Tried(5, 2, F(1)), Tried(5, 3, F(2))]).says == "a constant at fewer than two N: no formula"
    )
    biased = [Tried(4, 2, F(1, 2)), Tried(5, 2, F(1, 2)), Tried(6, 2, None, "biased")]
    assert formula(biased).says == "no formula: biased at N = 6, K = 2"
    silent = [Tried(4, 2, F(1, 2)), Tried(5, 2, F(1, 2)), Tried(6, 2, F(0))]
    assert formula(silent).says == "no formula: no signal at N = 6, K = 2"
    assert formula([Tried(4, 2, F(1)), Tried(5, 2, F(1))]).text == "1"
    odd = formula([Tried(n, 3, F(n**5)) for n in range(4, 9)])
    assert odd.says == "no formula in N alone, at K = 3, fits (5 sizes, 4 ≤ N ≤ 8)"
    assert odd.at(9, 3) is None


@pytest.mark.slow
def test_without_a_formula_only_what_all_sizes_agree_in_is_predicted():
    half = formula([Tried(n, k, F(1, 2)) for n, k in ((4, 2), (5, 2))] + [Tried(6, 3, F(1, 7))])
    assert half.text is None
    assert half.at(9, 2) == F(1, 2)
    assert half.at(9, 3) is None
    assert half.at(9, 4) is None
