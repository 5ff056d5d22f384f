"""One text for every library: the gap form on the array API standard.

For every library, dtype, layout and transformation the answers are within 16 u · scale of exact rationals, u
that of the rewards' own dtype, twice that for gini, whose weights change sign once (spec sections 9.1, 9.2);
for values, scale is the largest reward (section 9.3). Ids that are traced add 4 K u, for rank weights that
are computed in that dtype.
Nothing is read by the host: fake tensors, which hold no numbers, are answered, and no JAX program calls back.
"""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from helpers.array_libraries import library

import ordergrad_ref as og
from ordergrad_ref.arrays import native
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms import array_api, gap_form
from ordergrad_ref.closed_forms.group_sizes import needs_of
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError
from ordergrad_ref.kernels.choice import sums_for

BATCH = ("value", "advantage", "inclusion", "leave_one_out", "score_weights", "pathwise_weights")
BY_REWARD = BATCH[1:]
VALUES = ("value", "inclusion", "leave_one_out")
OBJECTIVES = {"max@3": 16, "gini@3": 32}
X = np.array([[3.0, 1.0, 4.0, 1.0, 5.0, 9.25], [2.0, 6.5, 5.0, 3.0, 5.0, -8.0], [7.0] * 6]) + 1000
IDS = [2, 0, 2, 0, 0, 2, 1, 1, 2, 1, 1, 0, 1, 2, 2, 0, 0, 0]
DTYPES = ["float64", "float32"]


def all_of(quantities, x, **options):
    """Every quantity of every objective: one program, so that tracing compilers compile once."""
    return [getattr(og, name)(x, spelling, **options) for spelling in OBJECTIVES for name in quantities]


def check(got, quantities, x, *, extra=0, **options):
    """Hold answers to exact rationals."""
    exact = np.vectorize(Fraction, otypes=[object])(x)
    cases = [(spelling, name) for spelling in OBJECTIVES for name in quantities]
    for (spelling, name), answer in zip(cases, got, strict=True):
        answer, expected = np.asarray(answer), np.asarray(getattr(og, name)(exact, spelling, **options))
        assert answer.shape == expected.shape, name
        scale = max(map(abs, expected.ravel()))
        scale = max(scale, abs(exact).max()) if name in VALUES else scale
        error = max(
            abs(Fraction(float(a)) - b) for a, b in zip(answer.ravel(), expected.ravel(), strict=True)
        )
        u = Fraction(float(np.finfo(answer.dtype).eps)) / 2
        assert answer.dtype.name == options.get("dtype", x.dtype.name)
        assert error <= (OBJECTIVES[spelling] + extra) * u * scale, (name, spelling, float(error / u / scale))


@pytest.fixture
def torch():
    return library("torch").module


@pytest.fixture
def jax():
    return pytest.importorskip("jax", reason="jax is not installed", exc_type=ImportError)


# Any library of the standard


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_text_asks_for_the_standard_alone(dtype):
    xp = library("array_api_strict").module
    x = X.astype(dtype)
    got = []
    for spelling in OBJECTIVES:
        for name in BATCH:
            task = task_of(name, spelling)
            got.append(native.answer(task, xp.asarray(x)))
            flat = native.answer(task, xp.asarray(x.ravel()), IDS)
            assert flat.shape == ((3,) if name == "value" else (18,))
    check(got, BATCH, x)


def task_of(name, spelling):
    alpha = og.objective(spelling)
    return Task(
        name=name,
        kernel=lambda table: getattr(gap_form, name)(table, alpha, sums_for(table)),
        needs=needs_of(name, alpha),
        per_group=name == "value",
        any_library=True,
    )


def test_sums_are_right_whatever_sums_the_library_finds(monkeypatch):
    """``S_t + Σ [x_s − (S_s − S_(s−1))] = Σ x_s`` for any S: here for sums wrong in the tenth digit."""
    wrong = 1 + 1e-10 * np.sin(np.arange(1000))
    sloppy = SimpleNamespace(
        zeros_like=np.zeros_like,
        concat=np.concatenate,
        cumulative_sum=lambda x, axis: np.cumsum(x, axis=axis) * wrong,
    )
    monkeypatch.setattr(array_api.compat, "array_namespace", lambda x: sloppy)
    x = np.random.default_rng(5).normal(size=1000)
    exact = np.cumsum([Fraction(v) for v in x])
    plain = max(abs(Fraction(a) - b) for a, b in zip(sloppy.cumulative_sum(x, -1), exact, strict=True))
    error = max(abs(Fraction(a) - b) for a, b in zip(array_api.running_sum(x), exact, strict=True))
    largest = max(map(abs, exact))
    assert error <= 2 * Fraction(2.0**-53) * largest
    assert plain > 1000 * error


# PyTorch


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
def test_torch_vmap_and_what_follows_tensors(torch, dtype):
    from torch.utils._python_dispatch import TorchDispatchMode

    class Followed(TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            assert function not in (
                torch.ops.aten._local_scalar_dense.default,
                torch.ops.aten.nonzero.default,
            )
            return function(*args, **kwargs or {})

    x = torch.tensor(X, dtype=getattr(torch, dtype))
    check(torch.vmap(lambda r: all_of(BATCH, r))(x), BATCH, x.numpy())
    with Followed():
        answers, flat = all_of(BATCH, x), all_of(BATCH, x.ravel(), groups=IDS)
    check(answers, BATCH, x.numpy())
    check(flat, BATCH, x.numpy().ravel(), groups=IDS)


@pytest.mark.slow
def test_torch_compile_breaks_no_graph(torch):
    """The spelling, an objective by its weights, ids as a list and traced ones, and the gradient."""
    x = torch.tensor(X, dtype=torch.float32)
    alpha = og.objectives.LStatistic([0, 0, 1])

    def f(r, ids):
        return [
            og.value(r, "max@3"),
            og.advantage(r, alpha),
            og.pathwise_weights(r.ravel(), "max@3", groups=IDS),
            og.advantage(r.ravel(), "max@3", groups=ids),
            og.maxk.pkpo(r, 3),
        ]

    got = torch.compile(f, fullgraph=True, backend="aot_eager")(x, torch.tensor(IDS))
    u = 2.0**-24
    for answer, expected in zip(got, f(x.double(), IDS), strict=True):
        assert answer.dtype == torch.float32
        assert abs(answer - expected).max() <= 28 * u * max(1010, abs(expected).max())
    assert abs(got[1] - og.advantage(x.double(), alpha)).max() <= 16 * u * 5
    y = x.clone().requires_grad_()
    torch.compile(lambda r: 2 * og.value(r, alpha).sum(), fullgraph=True, backend="aot_eager")(y).backward()
    assert abs(y.grad - 2 * og.pathwise_weights(x, alpha)).max() <= 32 * u


@pytest.mark.slow
def test_torch_compile_answers_tables_of_other_sizes(torch):
    """From the second shape on PyTorch leaves sizes open; that of the groups is tied to each graph."""

    def f(r, scores, counts, ids):
        return [
            og.advantage(r, "max@3"),
            og.value(r, "max@3", by=scores, where=counts),
            og.population.value(r, counts / r.new_tensor(r.shape[-1]), "max@3"),
            og.advantage(r.ravel(), "max@3", groups=ids),
        ]

    compiled = torch.compile(f, fullgraph=True, backend="aot_eager")
    for shape in ((3, 6), (5, 6), (5, 9), (2, 5, 7)):
        x = torch.arange(float(np.prod(shape)), dtype=torch.float64).sin().reshape(shape)
        counts = torch.ones(shape, dtype=torch.bool)
        ids = torch.arange(x.numel()) % 3
        for got, expected in zip(compiled(x, -x, counts, ids), f(x, -x, counts, ids), strict=True):
            assert abs(got - expected).max() <= 28 * 2.0**-53 * max(1, abs(expected).max())


def test_what_is_computed_in_numpy_alone_is_refused_while_tracing(torch):
    with pytest.raises(InvalidInputError, match=r"rewards: expected .* numbers are known for standard_error"):
        torch.vmap(lambda r: og.standard_error(r, "max@2"))(torch.tensor(X))


@pytest.mark.slow
def test_published_estimators_under_vmap(torch):
    """Also those that are not linear in the gaps; where not all are 0 and 1 there is no pass rate."""
    x = torch.tensor([[0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0], [3.0, 1.0, 0.5, 3.0]], dtype=torch.float64)
    for estimator in og.maxk.FAMILY.values():
        f = (lambda r, e=estimator: e(r, 2)) if "K" in estimator.contract.target else estimator
        rows = slice(2) if estimator.contract.domain == "binary" else slice(3)
        got, expected = torch.vmap(f)(x), f(x[rows])
        assert abs(got[rows] - expected).max() <= 16 * 2.0**-53 * abs(expected).max()
        assert rows == slice(3) or got[2].isnan().all()
    assert torch.vmap(lambda r: og.maxk.pass_at_k(r, 2))(x).isnan().tolist() == [False, False, True]


@pytest.mark.slow
def test_no_number_is_read_by_the_host(torch):
    """Fake tensors on CUDA, and those on the meta device, hold no numbers at all: reading one is an error."""
    from torch._subclasses import FakeTensorMode

    for device in ("cuda", "meta") if torch.backends.cuda.is_built() else ("meta",):
        with FakeTensorMode():
            x = torch.empty(3, 6, device=device)
            for answer in all_of(BATCH, x) + all_of(BATCH, x.ravel(), groups=IDS):
                assert (answer.device.type, answer.dtype) == (device, torch.float32)
            flat, ids = torch.empty(18, device=device), torch.empty(18, dtype=torch.int64, device=device)
            assert all(answer.shape == (18,) for answer in all_of(BY_REWARD, flat, groups=ids))
            with pytest.raises(RuntimeError):
                x.sum().item()
    x = torch.empty(3, 6, device="meta", dtype=torch.bfloat16)
    assert [a.dtype for a in all_of(BATCH, x)] == [torch.float32] * 12
    assert og.value(x, "max@3").shape == (3,)


def test_mixed_devices_are_refused_by_name(torch):
    x, ids = torch.empty(6, device="meta"), torch.zeros(6, dtype=torch.int64)
    wanted = "groups: expected a tensor on the device of the rewards, meta, got one on cpu"
    with pytest.raises(InvalidInputError, match=wanted):
        og.advantage(x, "max@2", groups=ids)


@pytest.mark.filterwarnings("ignore:`torch.jit.script`")
def test_torch_derivatives_of_the_value(torch):
    x = torch.tensor(X)
    w = og.pathwise_weights(x, "max@3")
    g = torch.vmap(torch.func.grad(lambda r: og.value(r, "max@3")))(x)
    _, along = torch.func.jvp(lambda r: og.value(r, "max@3"), (x,), (x,))
    _, flat = torch.func.jvp(
        lambda r: og.value(r, "max@3", groups=[0] * 6 + [1] * 12), (x.ravel(),), (x.ravel(),)
    )
    assert abs(g - w).max() <= 16 * 2.0**-53
    assert abs(along - (w * x).sum(-1)).max() <= 16 * 2.0**-53 * 1010
    assert abs(flat[0] - along[0]) <= 16 * 2.0**-53 * 1010
    assert torch.func.grad(lambda r: og.advantage(r, "max@3").square().sum())(x).abs().max() == 0


# JAX


@pytest.mark.slow
@pytest.mark.parametrize(("x64", "dtype"), [(True, "float64"), (True, "float32"), (False, "float32")])
def test_jax_is_traced_without_a_callback(jax, x64, dtype):
    with jax.enable_x64(x64):
        x = jax.numpy.asarray(X, dtype)
        f = lambda r: all_of(BATCH, r)  # noqa: E731
        assert "callback" not in str(jax.make_jaxpr(f)(x))
        check(jax.jit(f)(x), BATCH, np.asarray(x))
        check(jax.vmap(f)(x), BATCH, np.asarray(x))
        _, scanned = jax.lax.scan(lambda carry, r: (carry, f(r)), 0, x)
        check(scanned, BATCH, np.asarray(x))


@pytest.mark.slow
def test_jax_groups_by_ids_that_are_known_or_traced(jax):
    with jax.enable_x64(False):
        x, ids = jax.numpy.asarray(X.ravel(), "float32"), jax.numpy.asarray(IDS)
        check(jax.jit(lambda r: all_of(BATCH, r, groups=IDS))(x), BATCH, np.asarray(x), groups=IDS)
        traced = jax.jit(lambda r, g: all_of(BY_REWARD, r, groups=g))
        assert "callback" not in str(jax.make_jaxpr(traced)(x, ids))
        check(traced(x, ids), BY_REWARD, np.asarray(x), groups=IDS, extra=12)


@pytest.mark.slow
def test_tied_rewards_get_equal_answers_where_sums_run_in_parallel(jax):
    x = np.random.default_rng(2).integers(0, 9, size=1000).astype("float32") / 7
    for f in (og.advantage, og.inclusion, og.pathwise_weights):
        answer = np.asarray(jax.jit(lambda r, f=f: f(r, "max@5"))(jax.numpy.asarray(x)))
        assert all(len(set(answer[x == tied].tolist())) == 1 for tied in set(x.tolist()))


# Bad input, where nothing can be raised because of a number


def confined(bad, answers):
    """NaN in one group, and everywhere there; all else as it was."""
    for answer in answers:
        assert np.isnan(np.asarray(answer)).reshape(3, -1).all(axis=1).tolist() == bad
        assert np.isnan(np.asarray(answer)).reshape(3, -1).any(axis=1).tolist() == bad


@pytest.mark.parametrize("what", [np.nan, np.inf])
def test_bad_rewards_are_confined_to_their_group(torch, what):
    x = torch.tensor(X)
    x[1, 2] = what
    confined([False, True, False], torch.vmap(lambda r: all_of(BATCH, r))(x))


@pytest.mark.slow
def test_bad_rewards_are_confined_to_their_group_in_jax(jax):
    x = jax.numpy.asarray(X).at[1, 2].set(jax.numpy.nan)
    confined([False, True, False], [jax.jit(lambda r: og.advantage(r, "max@3"))(x)])


def test_static_facts_are_refused_while_tracing(torch):
    x = torch.empty(3, 6, device="meta")
    with pytest.raises(GroupTooSmallError, match="N = 6"):
        og.advantage(x, "max@6")
    assert og.advantage(x, "max@6", small_groups="zero").shape == (3, 6)
    with pytest.raises(GroupTooSmallError, match="group 0 has N = 2"):
        og.advantage(x[0], "max@3", groups=[0, 0, 1, 1, 1, 1])
    with pytest.raises(InvalidInputError, match="one id for each of the 6"):
        og.advantage(x[0], "max@3", groups=[0, 1])
    with pytest.raises(InvalidInputError, match="small_groups"):
        og.advantage(x, "max@3", small_groups="whatever")
    with pytest.raises(InvalidInputError, match="at least one in each group"):
        og.advantage(x[:, :0], "max@3")


def test_traced_ids(torch):
    """A small group is NaN or zero, a bad reward spoils its own group, what needs groups is refused."""
    x, ids = torch.empty(6, device="meta"), torch.zeros(6, dtype=torch.int64, device="meta")
    with pytest.raises(InvalidInputError, match=r"groups: expected ids known .*, got traced"):
        og.value(x, "max@2", groups=ids)
    with pytest.raises(InvalidInputError, match=r"objective: expected an integer K of at most 128 .*@200"):
        og.advantage(x, "max@200", groups=ids)
    with pytest.raises(InvalidInputError, match="one id for each of flat rewards"):
        og.advantage(x, "max@2", groups=ids[:3])
    rewards = torch.tensor([[1.0, 2.0, np.nan, 4.0, 5.0, 7.0]])
    numbers = torch.tensor([[0, 1, 2, 2, 1, 1]])
    for policy, small in (("raise", "[nan"), ("zero", "[0.0")):
        answer = torch.vmap(lambda r, g, p=policy: og.advantage(r, "mean@1", groups=g, small_groups=p))(
            rewards, numbers
        )
        assert str([round(a, 5) for a in answer[0].tolist()]) == f"{small}, -4.0, nan, nan, 0.5, 3.5]"
