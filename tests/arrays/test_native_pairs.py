"""Known distributions by the operations of PyTorch and JAX: spec eqs. (30) to (34), (77), and derivatives.

Answers are those for exact rationals within 16 u · scale, u that of the rewards' dtype. By the rewards the
value has the derivative ``Φ(F_b) − Φ(F_b−)``, shared among tied atoms in proportion to their probabilities:
with them apart, the difference quotients of ``J`` in exact rationals, which is linear in them. By the
probabilities it is `og.population.gradient`, and through a softmax `og.population.logit_gradient`.
"""

from fractions import Fraction as F
from functools import partial

import numpy as np
import pytest
from helpers.array_libraries import library

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError

population = og.population
OF_P = ("value", "advantage", "inclusion", "gradient")
OBJECTIVES = ("max@5", "median@5", "max@2.5")
R = np.array([[0.0, 1.0, 3.0, 1.0], [2.0, -1.0, 0.5, -0.5], [5.0, 5.0, 5.0, 5.0]])
P = np.array([[0.25, 0.25, 0.25, 0.25], [0.5, 0.125, 0.25, 0.125], [0.0, 0.5, 0.5, 0.0]])
S = np.array([[1, 1, 0, 2], [0, 0, 0, 1], [3, 2, 1, 0]])


def exactly(x):
    return np.vectorize(lambda y: F(float(y)), otypes=[object])(x)


def expected(name, objective, by):
    exact = objective != "max@2.5"
    r, p = (exactly(R), exactly(P)) if exact else (R, P)  # powers of 2.5 leave the rationals
    return getattr(population, name)(r, p, objective, by=by)


CASES = [(name, o, False) for o in OBJECTIVES for name in OF_P] + [
    (name, o, True) for o in OBJECTIVES[1:] for name in OF_P
]


def every(r, p, by, cases=CASES):
    return [getattr(population, name)(r, p, o, by=by if scored else None) for name, o, scored in cases]


def check(got, dtype, cases=CASES):
    for (name, objective, scored), answer in zip(cases, got, strict=True):
        by = S if scored else None
        answer, exact = np.asarray(answer), expected(name, objective, by)
        assert answer.shape == exact.shape
        assert answer.dtype.name == dtype
        scale = abs(exact).max()
        error = abs(exactly(answer) - exactly(exact) if exact.dtype != object else exactly(answer) - exact)
        u = F(float(np.finfo(answer.dtype).eps)) / 2
        assert error.max() <= 16 * u * F(scale), (name, objective, by is None, float(error.max()))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_torch(dtype):
    torch = library("torch").module
    x, p = (torch.tensor(y, dtype=getattr(torch, dtype)) for y in (R, P))
    check(torch.vmap(every)(x, p, torch.tensor(S)), dtype)


@pytest.mark.slow
def test_jax():
    jax = pytest.importorskip("jax", reason="jax is not installed", exc_type=ImportError)
    cases = [("advantage", "max@5", False), ("advantage", "median@5", True), ("value", "median@5", True)]
    with jax.enable_x64(False):
        given = jax.numpy.asarray(R, "float32"), jax.numpy.asarray(P, "float32"), jax.numpy.asarray(S)
        traced = jax.jit(jax.vmap(partial(every, cases=cases))).trace(*given)
        assert "callback" not in str(traced.jaxpr)
        check(traced.lower().compile()(*given), "float32", cases)


def slope(r, p, objective):
    """``∂J/∂r_b`` by difference quotients in exact rationals, r without ties."""
    step = F(1, 10**6)
    j = lambda x: population.value(x, p, objective)  # noqa: E731
    return [(j([y + step * (a == b) for a, y in enumerate(r)]) - j(r)) / step for b in range(len(r))]


def derivatives(objective):
    """By the rewards, by the probabilities, and by the logits, in exact rationals but for the last."""
    r, p = exactly(R[1]), exactly(P[1])
    logits = np.log(P[1])
    return (
        exactly(slope(r, p, objective)),
        population.gradient(r, p, objective),
        exactly(population.logit_gradient(R[1], logits, objective)),
    )


def close(got, exact, scale):
    assert abs(exactly(np.asarray(got)) - exact).max() <= 16 * 2.0**-53 * scale


def test_torch_differentiates_the_value():
    torch = library("torch").module
    for objective in ("max@5", "top(2)@4"):
        by_r, by_p, by_logits = derivatives(objective)
        scale = float(abs(by_p).max())
        r, p, logits = (torch.tensor(x, requires_grad=True) for x in (R[1], P[1], np.log(P[1])))
        population.value(r, p, objective).backward()
        close(r.grad, by_r, 1)
        close(p.grad, by_p, scale)
        population.value(R[1], torch.softmax(logits, -1), objective).backward()
        close(logits.grad, by_logits, scale)
        f = lambda r, p, o=objective: population.value(r, p, o)  # noqa: E731
        rows = torch.vmap(torch.func.grad(f, argnums=(0, 1)))(*(torch.tensor(x[1:2]) for x in (R, P)))
        close(rows[0][0], by_r, 1)
        close(rows[1][0], by_p, scale)
    shared = torch.tensor(R[0], requires_grad=True)
    (population.value(shared, torch.tensor(P), "max@2") * torch.tensor([1.0, 0.0, 0.0])).sum().backward()
    close(shared.grad, exactly([1 / 16, 1 / 4, 7 / 16, 1 / 4]), 1)


@pytest.mark.slow
def test_jax_differentiates_the_value():
    jax = pytest.importorskip("jax", reason="jax is not installed", exc_type=ImportError)
    by_r, by_p, by_logits = derivatives("top(2)@4")
    scale = float(abs(by_p).max())
    with jax.enable_x64(True):
        r, p, logits = (jax.numpy.asarray(x) for x in (R[1], P[1], np.log(P[1])))
        f = lambda r, p: population.value(r, p, "top(2)@4")  # noqa: E731
        got = jax.jit(jax.grad(f, argnums=(0, 1)))(r, p)
        of_logits = jax.jit(jax.grad(lambda x: f(r, jax.nn.softmax(x))))(logits)
    close(got[0], by_r, 1)
    close(got[1], by_p, scale)
    close(of_logits, by_logits, scale)


@pytest.mark.slow
def test_torch_compiles_it_without_a_break():
    torch = library("torch").module
    r, logits = torch.tensor(R), torch.tensor(np.log(P[1]), requires_grad=True)
    f = lambda r, x: population.value(r, torch.softmax(x, -1), "max@5").sum()  # noqa: E731
    torch.compile(f, fullgraph=True, backend="aot_eager")(r[1], logits).backward()
    expected = population.logit_gradient(R[1], np.log(P[1]), "max@5")
    assert abs(logits.grad.numpy() - expected).max() <= 16 * 2.0**-53 * 5 * 2


def test_what_is_no_distribution_is_answered_by_nan_and_nothing_is_read():
    torch = library("torch").module
    r, p, s = torch.tensor(R), torch.tensor(P), torch.tensor(S, dtype=torch.float64)
    bad = torch.vmap(lambda r, p, s: population.advantage(r, p, "max@2", by=s))
    for x, value in ((r, np.nan), (r, np.inf), (p, -0.25), (p, 0.3), (s, np.nan)):
        spoilt = [y.clone() for y in (r, p, s)]
        next(c for c, y in zip(spoilt, (r, p, s), strict=True) if y is x)[1, 0] = value
        answer = bad(*spoilt)
        assert answer[1].isnan().all()
        assert answer[[0, 2]].isfinite().all()
    empty = torch.empty(3, 4, device="meta")
    for name in (*OF_P, "logit_gradient"):
        answer = getattr(population, name)(empty, [0.25] * 4, "top(2)@4", by=S)
        assert (answer.device.type, answer.shape) == ("meta", (3,) if name == "value" else (3, 4))
    for second, message in (
        (
            torch.tensor(P),
            "probabilities: expected a tensor on the device of the rewards, meta, got one on cpu",
        ),
        ([0.5, 0.5], r"probabilities: expected the shape of rewards, \(..., m\), got \(3, 4\) and \(2,\)"),
        ([F(1, 4)] * 4, "probabilities: expected the kind of number of a Tensor, got exact rationals"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            population.value(empty, second, "max@2")
