"""Law: a proof whose claim is changed, by one rank or one factor, has a step that does not hold.

The change is made in the proof's own source; nothing else of it is touched.
"""

from pathlib import Path

import pytest

from proofs.symbolic import PROOFS

FOLDER = Path(__file__).parents[2] / "proofs" / "symbolic"

CHANGES = {
    "added_value": [
        ("inside * (q - without))", "outside * (q - without))"),
        ("right = (q - without) * QQ(k, n)", "right = (q - without) * QQ(k, n - 1)"),
        ("value(x, alpha, r) - leave_one_out", "2 * value(x, alpha, r) - leave_one_out"),
    ],
    "lowest_reward": [
        ("BELOW = binomial(m - 1, K - 2)", "BELOW = binomial(m, K - 2)"),
        ("mean(r[max(s)] for s", "mean(r[min(s)] for s"),
        ("range(min(others) + 1)", "range(min(others) + 2 if min(others) < 2 else 3)"),
    ],
    "off_policy_weights": [
        ("[Term(K / N)]", "[Term((K - 1) / N)]"),
        ("left = rho[0] * mean", "left = mean"),
        ("QQ(k * (k - 1), n * (n - 1))", "QQ(k * (k - 1), n * n)"),
        ("1 + sum(self.rho[b] - 1 for b in atoms)", "sum(self.rho[b] - 1 for b in atoms)"),
        ("* (x[0] == b) * k / given.pi[b]", "* (x[0] == b) * (k - 1) / given.pi[b]"),
        ("given.along(n, given.ratios, b)", "given.along(n, given.to_first_order, b)"),
        ("-2 * (pi - mu) ** 2 / pi", "0 * pi"),
    ],
    "pass_at_k_training": [
        ("BESIDE = binomial(N - 1 - s, K - 1)", "BESIDE = binomial(N - s, K - 1)"),
        ("Term((N - 3) / (N - 1))", "Term((N - 2) / (N - 1))"),
        ("k == n - 1 or (n, k) == (3, 1)", "k == n - 1"),
        ("k == n - 1 or (n, k) == (3, 1)", "k >= n - 2"),
        ("times = sqrt(Rational(n - k, k))", "times = sqrt(Rational(n - k, n))"),
        ("include_one(x, i, alpha, rewards) - v", "include_one(x, i, alpha, rewards)"),
    ],
    "pass_at_k_rounding": [
        ("x + x**2 + sympy.log", "x + x**2 / 2 + sympy.log"),
        ("SEVENTH = Rational(7, 10)", "SEVENTH = Rational(6, 10)"),
        ("(2 * b + t + 1) * (1 - u)", "(b + t + 1) * (1 - u)"),
        ("Rational(1, 8) * Rational(1, 16)", "Rational(1, 2) * Rational(1, 16)"),
    ],
    "conditional_weights": [
        ("R.subs(k, 0) + last", "R.subs(k, 0)"),
        ("else QQ(-1, size)", "else QQ(0)"),
        ("QQ(1, top) for top", "QQ(1, top + 1) for top"),
    ],
    "gradient_moments": [
        ("sum(s)) * QQ(1, self.n)", "s[b]) * QQ(1, self.n)"),
        ("factorial(n) // prod(map(factorial, c))", "1"),
        ("(1 - sum(x**2 for x in p)) * QQ(1, n)", "(1 - sum(x**2 for x in p))"),
        ("+ 2 * given.shift *", "+ given.shift *"),
    ],
    "error_bars": [
        ("(q - v) * QQ(k, n)", "(q - v) * QQ(k, n - 1)"),
        ("if not set(a) & set(b)", "if a != b"),
        ("[both], [binomial(f, 2 * K)", "[both], [2 * binomial(f, 2 * K)"),
        ("* (-1) ** (len(x) - len(s))", "* 1"),
        ("comb(k, size) ** 2", "comb(k, size)"),
        ("mean(t.values()) ** 2 - mean", "mean(t.values()) ** 2 - 2 * mean"),
        ("(c / (N - c)) ** 2 + c", "(c / (N - c)) ** 2 - c"),
    ],
    "objectives_add": [
        ("binomial(t - 1, j - 1) * binomial(n - t", "binomial(t, j - 1) * binomial(n - t"),
        ("comb(at - 1, rank - 1) * comb(size - at", "comb(at, rank - 1) * comb(size - at"),
        ("* QQ(len(alpha), len(x))", "* QQ(1, len(x))"),
        ("at) * QQ(size, k)", "at) * QQ(size - 1, k)"),
        ("+= alpha[rank - 1] * part", "+= alpha[rank - 2] * part"),
    ],
    "least_second_moment": [
        ("/ sum(weights)", "/ len(weights)"),
        ("sum(b < t for b in others)]", "sum(b <= t for b in others) - 1]"),
        ("((x >= t) - 1 + sum(share[:t]))", "((x > t) - 1 + sum(share[:t]))"),
    ],
    "conditional_means": [
        ("(c * k * q_bar - of_baseline)", "(c * q_bar - of_baseline)"),
        ("(q_bar - j)", "q_bar"),
        ("(a[b] - mean_of_a) * k", "(a[b] - mean_of_a) * (k + 1)"),
        ("lambda x, b=b: of[tuple(sorted((b, *x)))]", "lambda x, b=b: of[tuple(sorted((0, *x)))]"),
    ],
    "second_derivatives": [
        ("held * (k * (k - 1))", "held * (k * k)"),
        ("(a < t) + (b < t)", "(a <= t) + (b <= t)"),
        ("sum(alpha[c:], start", "sum(alpha[c + 1 :], start"),
    ],
    "large_batches": [
        ("Integer(k**2 if c == 1", "Integer(k if c == 1"),
        ("comb(k, c) * comb(n - k, k - c), comb(n, k)", "comb(k, c) * comb(n - k, k - c), comb(n + 1, k)"),
        ("psi = slope * s[a] + sum", "psi = slope * s[a] - sum"),
    ],
    "covariance_over_subsets": [
        ("INSIDE, OUTSIDE = N / K, -N / (N - K)", "INSIDE, OUTSIDE = N / K, -1 / (N - K)"),
        ("QQ(1, many - 1)", "QQ(1, many)"),
        ("second = mean((t[s] - v) ** 2 for s in t) * square + a**2", "second = a**2"),
    ],
    "token_weights": [
        ("g(2, 1, o) - g(2, 2, o)) * (n *", "g(2, 1, o) - g(2, 2, o)) * ((n + 1) *"),
        ("v * g(1, 1, o) + (1 - v) * g(1, 2, o)", "g(1, 1, o) + g(1, 2, o)"),
        ("* QQ(self.k, self.n)", "* QQ(1, self.n)"),
    ],
    "kl_terms": [
        ("x**2 / 2,", "x**2,"),
        ("exp(-x) - 1 + x,", "exp(x) - 1 - x,"),
        ("(gradient(SQUARE) - gradient(KL), -1)", "(gradient(KL), -1)"),
    ],
    "surrogate": [
        ("alpha[y + 1] - alpha[y]", "alpha[y] - alpha[y + 1]"),
        ("integral((1 - s) * along", "integral(along"),
        ("g**2 * rise", "g * rise"),
    ],
    "exact_variance": [
        ("for x in batch if x == a)", "for x in batch if x >= a)"),
        ("n * (n - 1) * p[a]", "n * n * p[a]"),
    ],
    "tied_atoms": [
        ("phi / (k * width.as_expr())", "phi / width.as_expr()"),
        ("(centre - before) * spectrum", "(before - centre) * spectrum"),
    ],
    "means_over_prompts": [
        ("(squares - many * of_mean)", "(squares - of_mean)"),
        ("sum(x**2 for x in s) / many**2", "sum(x**2 for x in s) / many"),
        ("M2 - M1**2 / G", "M2 - M1**2"),
    ],
}
"""What is changed into what, each time once in the source of a proof."""


def fails(source: str) -> bool:
    """Whether some step of a proof does not hold."""
    space = {"__name__": "changed"}
    exec(compile(source, "changed", "exec"), space)
    return any(not step.holds for step in space["steps"]())


@pytest.mark.slow
@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_claim_fails(name):
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    for right, wrong in CHANGES[name]:
        assert source.count(right) == 1, right
        assert fails(source.replace(right, wrong)), f"{right} → {wrong}"


def test_each_has_two_or_more():
    assert CHANGES.keys() <= set(PROOFS)
    assert min(map(len, CHANGES.values())) >= 2
