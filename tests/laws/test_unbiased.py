"""Unbiased for every distribution: the characterisation, exactly, for every estimator of the family.

On m reward values, ``E[(1/N) Σ A_i ∇log p(x_i)] = c ∇J`` for every p iff for each multiset n of N − 1 others
and each pair of values ``A(b; n) − A(b′; n) = c K [q(b; n) − q(b′; n)]`` (37), (56): homogeneous polynomials
that agree on the simplex have equal coefficients. q here is the definition's; the estimators answer in exact
rationals. One test does without the theorem and compares the two polynomials themselves, by SymPy.
"""

from fractions import Fraction as F
from itertools import combinations_with_replacement, product

import pytest
import sympy

import ordergrad_ref as og
from ordergrad_ref import definition, maxk

VALUES = (F(0), F(1), F(4))
BINARY = (F(0), F(1))
RATIONAL = [f for f in maxk.FAMILY.values() if f.contract.name != "grpo"]


def call(estimator, batch, k):
    arguments = (k,) if estimator.contract.target == "max@K" else ()
    return estimator(list(batch), *arguments).tolist()


def differences(estimator, n, k, values):
    """``(A(b;n) − A(b′;n), K [q(b;n) − q(b′;n)])`` for all n, b, b′."""
    alpha = estimator.contract.objective(n, k)
    for others in combinations_with_replacement(values, n - 1):
        a = {b: call(estimator, (b, *others), k)[0] for b in values}
        q = {b: definition.inclusion((b, *others), alpha)[0] for b in values}
        for b in values[1:]:
            yield a[b] - a[values[0]], alpha.k * (q[b] - q[values[0]])


def sizes(estimator):
    takes_k = estimator.contract.target == "max@K"
    for n in (2, 3, 4, 5):
        for k in range(1, n + 1) if takes_k else [1]:
            if n >= estimator.contract.smallest_group(k):
                yield n, k


CASES = [(f, n, k) for f in RATIONAL for n, k in sizes(f)]


@pytest.mark.slow
@pytest.mark.parametrize(("estimator", "n", "k"), CASES, ids=lambda x: getattr(x, "__name__", str(x)))
def test_constant(estimator, n, k):
    contract = estimator.contract
    c = contract.constant.mean(n, k)
    values = BINARY if contract.domain == "binary" else VALUES
    pairs = list(differences(estimator, n, k, values))
    assert any(q for _, q in pairs)
    assert all(a == c * q for a, q in pairs)


@pytest.mark.slow
@pytest.mark.parametrize(("estimator", "n", "k"), CASES, ids=lambda x: getattr(x, "__name__", str(x)))
def test_scaled_to_the_gradient_it_needs_no_constant(estimator, n, k):
    if estimator.contract.constant.mean(n, k) == 0:
        with pytest.raises(og.errors.InvalidInputError, match="zero for every sample at N"):
            call_scaled(estimator, [F(0), F(1), *[F(0)] * (n - 2)], k)
        return
    values = BINARY if estimator.contract.domain == "binary" else VALUES
    alpha = estimator.contract.objective(n, k)
    for others in combinations_with_replacement(values, n - 1):
        w = [call_scaled(estimator, (b, *others), k)[0] for b in values]
        q = [definition.inclusion((b, *others), alpha)[0] for b in values]
        for b in range(1, len(values)):
            assert n * (w[b] - w[0]) == alpha.k * (q[b] - q[0])


def call_scaled(estimator, batch, k):
    arguments = (k,) if estimator.contract.target == "max@K" else ()
    return estimator(list(batch), *arguments, scale="gradient").tolist()


def test_another_objective_is_told_apart():
    pairs = [(a, 0) for a, _ in differences(maxk.canonical, 4, 2, VALUES)]
    alpha = og.objective("max@3")
    for i, others in enumerate(combinations_with_replacement(VALUES, 3)):
        q = [definition.inclusion((b, *others), alpha)[0] for b in VALUES]
        pairs[2 * i] = (pairs[2 * i][0], 3 * (q[1] - q[0]))
        pairs[2 * i + 1] = (pairs[2 * i + 1][0], 3 * (q[2] - q[0]))
    ratios = {a / q for a, q in pairs if q}
    assert len(ratios) > 1


@pytest.mark.parametrize("spelling", ["max@2", "median@2", "top(2)@3", "gini@2", "lmoment(3)@3"])
def test_score_weights_by_polynomials(spelling):
    """``E[Σ w_i ∂ log p(x_i)/∂p_b]`` and ``∂J/∂p_b`` as polynomials in p, along the simplex."""
    alpha = og.objective(spelling)
    n, m = alpha.k + 1, len(VALUES)
    p = sympy.symbols(f"p0:{m}")
    expected = [sympy.Integer(0)] * m
    for atoms in product(range(m), repeat=n):
        w = og.score_weights([VALUES[b] for b in atoms], alpha)
        for i, b in enumerate(atoms):
            others = sympy.prod([p[c] for j, c in enumerate(atoms) if j != i])
            expected[b] += sympy.Rational(w[i].numerator, w[i].denominator) * others
    true = [sympy.diff(polynomial(alpha, p), x) for x in p]
    on_simplex = {p[-1]: 1 - sum(p[:-1])}
    for b in range(m - 1):
        along = (expected[b] - expected[-1]) - (true[b] - true[-1])
        assert sympy.expand(along.subs(on_simplex)) == 0


def polynomial(alpha, p):
    """``J(p) = Σ T(x_1 … x_K) p(x_1) … p(x_K)`` over all tuples."""
    total = sympy.Integer(0)
    for atoms in product(range(len(p)), repeat=alpha.k):
        t = definition.l_statistic([VALUES[b] for b in atoms], alpha)
        total += sympy.Rational(t.numerator, t.denominator) * sympy.prod([p[b] for b in atoms])
    return total


@pytest.mark.parametrize("spelling", ["max@2", "median@3", "cvar(0.3)@4", "gini@3"])
def test_value_is_unbiased_for_the_population(spelling):
    """``E[v] = J`` on three atoms with unequal probabilities, by enumeration of all batches."""
    alpha, p = og.objective(spelling), (F(1, 2), F(1, 3), F(1, 6))
    n = alpha.k + 1
    mean = F(0)
    for atoms in product(range(3), repeat=n):
        weight = F(1)
        for b in atoms:
            weight *= p[b]
        mean += weight * og.value([VALUES[b] for b in atoms], alpha)
    assert mean == definition.expected_value(VALUES, p, alpha)


def test_pathwise_weights_are_unbiased():
    """Rewards ``R_i = θ · z_i`` with distinct z: ``d/dθ E[v] = E[Σ w_i z_i] = J(z)`` at every θ > 0."""
    z, p, alpha, n = (F(1), F(2), F(5)), (F(1, 2), F(1, 4), F(1, 4)), og.objective("max@2"), 3
    mean = F(0)
    for atoms in product(range(3), repeat=n):
        weight = p[atoms[0]] * p[atoms[1]] * p[atoms[2]]
        x = [z[b] for b in atoms]
        mean += weight * sum(w * a for w, a in zip(og.pathwise_weights(x, alpha), x, strict=True))
    assert mean == definition.expected_value(z, p, alpha)
