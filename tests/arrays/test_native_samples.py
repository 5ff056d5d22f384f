"""Scores, masks, ids that are traced, and derivatives, by the operations of PyTorch and JAX.

Answers are those for exact rationals within 16 u · scale, u that of the rewards' dtype, scale the largest
answer, or reward where an answer is a value; by ids that are traced within (16 + 4 K) u · scale (spec
section 9.3).

Answers are linear in the rewards as long as their order stays, so that a difference quotient over a step
which changes no order **is** the derivative, in exact rationals; where rewards tie it is the mean over their
orders.
"""

from fractions import Fraction as F
from itertools import permutations

import numpy as np
import pytest
from helpers.array_libraries import library
from helpers.held_to_rationals import BATCH, COUNTS, IDS, OBJECTIVE, SCORES, X, check, exactly

import ordergrad_ref as og
from ordergrad_ref.closed_forms.segment_family import FORMULAS
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError

BY_REWARD = BATCH[1:]
DIFFERENTIABLE = ("advantage", "inclusion", "leave_one_out", "score_weights")
K = 3
OPTIONS = ({"by": SCORES}, {"where": COUNTS}, {"by": SCORES, "where": COUNTS}, {"nan_policy": "omit"})


def flat(options):
    return {key: x.ravel() if isinstance(x, np.ndarray) else x for key, x in options.items()}


def test_torch():
    """Rows under ``vmap``, which sees no numbers, and flat rewards by ids that the host knows."""
    torch = library("torch").module
    for dtype, options in zip(("float64", "float32") * 2, OPTIONS, strict=True):
        x = torch.tensor(X, dtype=getattr(torch, dtype))
        tensors = {key: torch.tensor(y) for key, y in options.items() if key != "nan_policy"}
        rest = {key: y for key, y in options.items() if key == "nan_policy"}

        def every(r, *beside, keys=tuple(tensors), rest=rest):
            given = dict(zip(keys, beside, strict=True)) | rest
            return [getattr(og, name)(r, OBJECTIVE, **given) for name in BATCH]

        for name, answer in zip(BATCH, torch.vmap(every)(x, *tensors.values()), strict=True):
            check(answer, name, x.numpy(), **options)
        for name in ("value", "inclusion"):
            known = torch.vmap(
                lambda r, name=name, options=options: getattr(og, name)(
                    r, OBJECTIVE, groups=IDS, **flat(options)
                )
            )(x.ravel()[None])[0]
            check(known, name, x.numpy().ravel(), groups=IDS, **flat(options))


@pytest.mark.slow
def test_torch_compiles_them_without_a_break_and_with_a_gradient():
    torch = library("torch").module
    x = torch.tensor(X, requires_grad=True)

    def f(r, by, where):
        return (
            og.advantage(r, OBJECTIVE, by=by, where=where),
            og.value(r, OBJECTIVE, where=where),
            og.advantage(r, OBJECTIVE, differentiable=True),
        )

    given = torch.tensor(SCORES), torch.tensor(COUNTS)
    a, v, d = torch.compile(f, fullgraph=True, backend="aot_eager")(x, *given)
    check(a.detach(), "advantage", X, by=SCORES, where=COUNTS)
    check(v.detach(), "value", X, where=COUNTS)
    check(d.detach(), "advantage", X)
    (v.sum() + d[0, 5]).backward()
    expected = og.pathwise_weights(X, OBJECTIVE, where=COUNTS)
    expected[0] += [float(y) for y in derivative("advantage", [F(y) for y in X[0]])[5]]
    assert abs(x.grad.numpy() - expected).max() <= 64 * 2.0**-53
    assert not a.requires_grad


@pytest.mark.slow
def test_jax_in_every_layout_and_transformation():
    """Two programs, for compiling takes long: rows and traced ids in float32, vmap and scan in float64."""
    jax = pytest.importorskip("jax", reason="jax is not installed", exc_type=ImportError)
    beside = {"by": SCORES, "where": COUNTS}
    names = ("value", "inclusion")

    def every(r, by, where, names=names, **groups):
        return [getattr(og, name)(r, OBJECTIVE, by=by, where=where, **groups) for name in names]

    def in_float32(*rows, ids):
        return every(*rows), every(*(y.ravel() for y in rows), names=names[1:], groups=ids)

    def in_float64(*rows, ids):
        return jax.vmap(every)(*rows), jax.lax.scan(lambda carry, row: (carry, every(*row)), 0, rows)[1]

    for dtype, program in (("float32", in_float32), ("float64", in_float64)):
        with jax.enable_x64(dtype == "float64"):
            x, rows = X.astype(dtype), [jax.numpy.asarray(y) for y in (X.astype(dtype), SCORES, COUNTS)]
            traced = jax.jit(program).trace(*rows, ids=jax.numpy.asarray(IDS))
            assert "callback" not in str(traced.jaxpr)
            first, second = traced.lower().compile()(*rows, ids=jax.numpy.asarray(IDS))
        for name, answer in zip(names, first, strict=True):
            check(answer, name, x, **beside)
        for name, answer in zip(names[-len(second) :], second, strict=True):
            if dtype == "float64":
                check(answer, name, x, **beside)
            else:
                check(answer, name, x.ravel(), 4 * K, **flat(beside), groups=IDS)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(FORMULAS) - {"grpo", "maxrl"}))
def test_published_estimators_that_are_linear_in_the_gaps(name):
    """With a mask, and with a mask and ids that are traced; scale is the largest reward."""
    torch = library("torch").module
    estimator = og.estimators.NAMED[name]
    k = (K,) if "K" in estimator.contract.target else ()
    x, ids, where = torch.tensor(X), torch.tensor(IDS), torch.tensor(COUNTS)
    for scale in ("paper", "gradient"):
        f = lambda r, w, scale=scale, **groups: estimator(r, *k, scale=scale, where=w, **groups)  # noqa: E731
        rows = torch.vmap(f)(x, where)
        flat = torch.vmap(lambda r, w, g, f=f: f(r, w, groups=g))(
            *(y.reshape(1, -1) for y in (x, where, ids))
        )[0]
        for got, expected, extra in (
            (rows, f(exactly(X), COUNTS), 0),
            (flat, f(exactly(X).ravel(), COUNTS.ravel(), groups=IDS), 4 * K),
        ):
            error = abs(exactly(got.numpy()) - expected).max()
            assert error <= (16 + extra) * 2.0**-53 * F(float(X.max())) * 6, (scale, extra)


@pytest.mark.slow
def test_published_estimators_that_divide_by_what_they_see():
    """With a mask, and with a mask and ids that are traced; within 16 u · scale of NumPy's answers."""
    torch = library("torch").module
    passed = np.array([[1, 0, 1, 1, 0, 1], [0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1.0]])
    where = torch.tensor(COUNTS)
    for estimator, y in ((og.maxk.grpo, X), (og.maxk.maxrl, passed)):
        x = torch.tensor(y)
        rows = torch.vmap(lambda r, w, f=estimator: f(r, where=w))(x, where)
        flat = torch.vmap(lambda r, w, g, f=estimator: f(r, where=w, groups=g))(
            *(z.reshape(1, -1) for z in (x, where, torch.tensor(IDS)))
        )[0]
        for got, expected in (
            (rows, estimator(y, where=COUNTS)),
            (flat, estimator(y.ravel(), where=COUNTS.ravel(), groups=IDS)),
        ):
            assert abs(got.numpy() - expected).max() <= 32 * 2.0**-53 * abs(expected).max()
    x = torch.tensor(passed)
    got = torch.vmap(lambda r, w: og.maxk.pass_at_k(r, 3, where=w))(x, where)
    assert abs(got.numpy() - og.maxk.pass_at_k(passed, 3, where=COUNTS)).max() <= 16 * 2.0**-53
    x[1, 2] = 0.5
    for f in (og.maxk.maxrl, lambda r, **options: og.maxk.pass_at_k(r, 3, **options)):
        got = torch.vmap(lambda r, w, f=f: f(r, where=w))(x, where)
        assert got.reshape(3, -1).isnan().any(1).tolist() == [False, True, False]


# Derivatives


def derivative(name, r):
    """``∂Q_i/∂r_j`` in exact rationals: difference quotients, averaged over all orders of tied rewards."""
    n, quotients = len(r), []
    tied = [sum(y == x for x in r) > 1 for y in r]
    for order in permutations(range(n)):
        if all(tied[i] or order[i] == i for i in range(n)):
            apart = [y + F(place, 1000) for y, place in zip(r, order, strict=True)]
            quotients.append([quotient(name, apart, j) for j in range(n)])
    return np.array(quotients).mean(axis=0).T


def quotient(name, r, j, step=F(1, 10**6)):
    f = getattr(og, name)
    moved = [y + step * (i == j) for i, y in enumerate(r)]
    return (f(moved, OBJECTIVE) - f(r, OBJECTIVE)) / step


TIED = np.array([3.0, 1.0, 3.0, 2.5, 3.0])  # high enough for gaps inside the tie to weigh


@pytest.mark.filterwarnings("ignore:`torch.jit.script`")
@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_answers_are_differentiable_where_asked(name):
    """In PyTorch row by row, vectorised and forward; within 16 u · the largest of Σ_i |c_i ∂Q_i/∂r_j|."""
    torch = library("torch").module
    c = np.array([2.0, -1.0, 0.5, 3.0, -4.0])
    jacobian = derivative(name, [F(x) for x in TIED])
    expected, bound = exactly(c) @ jacobian, 16 * 2.0**-53 * (abs(exactly(c)) @ abs(jacobian)).max()
    f = lambda r: getattr(og, name)(r, OBJECTIVE, differentiable=True)  # noqa: E731
    x, weights = torch.tensor(TIED, requires_grad=True), torch.tensor(c)
    answer = f(x)
    check(answer.detach(), name, TIED)
    (answer * weights).sum().backward()
    rows = torch.vmap(torch.func.grad(lambda r: (f(r) * weights).sum()))(torch.stack([x.detach()] * 2))
    for got in (x.grad, *rows):
        assert abs(exactly(got.numpy()) - expected).max() <= bound
    _, along = torch.func.jvp(f, (x.detach(),), (weights,))
    assert abs(exactly(along.numpy()) - jacobian @ exactly(c)).max() <= 2 * bound
    assert not getattr(og, name)(x, OBJECTIVE).requires_grad


@pytest.mark.slow
def test_answers_are_differentiable_in_jax_by_traced_ids_too():
    jax = pytest.importorskip("jax", reason="jax is not installed", exc_type=ImportError)
    jacobian = derivative("advantage", [F(x) for x in TIED])
    with jax.enable_x64(True):
        x = jax.numpy.asarray(np.append(TIED, [0.5, 8, 8, 8, 1]))
        ids = jax.numpy.asarray([3] * 5 + [1] * 5)
        f = lambda r, g: og.advantage(r, OBJECTIVE, groups=g, differentiable=True)  # noqa: E731
        got = np.asarray(jax.jit(jax.jacobian(f))(x, ids))
    assert abs(exactly(got[:5, :5]) - jacobian).max() <= (16 + 4 * K) * 2.0**-53 * abs(jacobian).max()
    assert not got[:5, 5:].any()
    assert not got[5:, :5].any()


def test_what_carries_no_gradient_refuses_one():
    for x in (TIED, list(TIED)):
        with pytest.raises(InvalidInputError, match=r"differentiable: expected False .*, got True"):
            og.advantage(x, OBJECTIVE, differentiable=True)
    with pytest.raises(InvalidInputError, match=r"differentiable: expected True or False, got 1"):
        og.advantage(TIED, OBJECTIVE, differentiable=1)


# Bad input, where nothing can be raised because of a number


def test_bad_numbers_spoil_their_own_group_and_small_ones_are_marked():
    torch = library("torch").module
    x, scores, counts = torch.tensor(X), torch.tensor(SCORES, dtype=torch.float64), torch.tensor(COUNTS)
    scores[1, 2], counts[2] = np.nan, torch.tensor([True, True, False, False, False, False])
    x[0, 1], x[2, 2] = np.nan, np.inf  # neither counts
    for small, expected in (("nan", np.nan), ("raise", np.nan), ("zero", 0.0)):
        f = lambda r, s, w, p=small: og.advantage(r, OBJECTIVE, by=s, where=w, small_groups=p)  # noqa: E731
        answer = torch.vmap(f)(x, scores, counts).numpy()
        assert np.isfinite(answer[0]).all()
        assert np.isnan(answer[1]).all()
        np.testing.assert_array_equal(answer[2], [expected, expected, 0, 0, 0, 0])
    none = torch.zeros(3, 6, dtype=torch.bool)
    assert torch.vmap(lambda r, w: og.value(r, OBJECTIVE, where=w))(x, none).isnan().all()


def test_static_facts_are_refused_by_name():
    torch = library("torch").module
    x = torch.empty(3, 6, device="meta")
    with pytest.raises(GroupTooSmallError, match="N = 6"):
        og.advantage(x, "max@6", by=torch.empty(3, 6, device="meta"))
    for options, message in (
        ({"by": [1, 2]}, r"by: expected a score for each reward, of shape \(3, 6\), got shape \(2,\)"),
        ({"where": torch.empty(3, 6, device="meta")}, "where: expected booleans, .* got dtype torch.float32"),
        (
            {"where": torch.ones(3, 6, dtype=torch.bool)},
            "where: expected a tensor on the device of the rewards, meta, got one on cpu",
        ),
        ({"by": x.to(torch.complex64)}, "by: expected real numbers, .* got dtype torch.complex64"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            og.advantage(x, "max@2", **options)
    large = torch.empty(300, device="meta")
    refused = pytest.raises(InvalidInputError, match=r"objective: expected an integer K .*, got max@2\.5")
    with pytest.warns(og.errors.BiasedEstimatorWarning), refused:
        og.advantage(large, "max@2.5", where=large > 0)


def test_no_number_is_read_by_the_host():
    """The meta device holds none: reading one is an error."""
    torch = library("torch").module
    x, ids = torch.empty(3, 6, device="meta"), torch.empty(18, dtype=torch.int64, device="meta")
    for name in BATCH:
        f = getattr(og, name)
        answer = f(x, OBJECTIVE, by=x, where=x > 0, nan_policy="omit")
        assert (answer.device.type, answer.shape) == ("meta", (3,) if name == "value" else (3, 6))
    for name in BY_REWARD:
        by = x.ravel()
        assert getattr(og, name)(by, OBJECTIVE, groups=ids, by=by, where=by > 0).shape == (18,)
    for given, answered in (("float16", "float32"), ("bfloat16", "float32"), ("int8", "float64")):
        y = torch.empty(3, 6, dtype=getattr(torch, given), device="meta")
        for answer in (
            og.advantage(y, OBJECTIVE, by=y, where=y > 0),
            og.population.value(y, y, OBJECTIVE, by=y),
        ):
            assert answer.dtype == getattr(torch, answered)


@pytest.mark.slow
def test_large_groups_with_a_mask_draw_their_weights():
    """Beyond 256 rewards the table of all sizes is left: (16 + 4 K) u."""
    torch = library("torch").module
    rng = np.random.default_rng(8)
    x, counts = rng.normal(size=(1, 300)), rng.random((1, 300)) < 0.5
    got = torch.vmap(lambda r, w: og.advantage(r, OBJECTIVE, where=w))(torch.tensor(x), torch.tensor(counts))
    check(got, "advantage", x, 4 * K, where=counts)
