"""The laws over every array library, and what each library adds.

Let ``h`` hand an array of any library to NumPy. For every public function f and rewards x of any library,
``h(f(x)) = f(h(x))`` exactly, f(x) has the kind, dtype and device of x, and x is what it was. Hence every
law of NumPy's answers is one of all; a few are tested as such, to see an answer in the wrong place.

Gradients: ``∂v/∂r_i = w_i``, the pathwise weights (spec eq. (29)), and none flows through anything else.
"""

import subprocess
import sys
from dataclasses import replace
from functools import wraps

import numpy as np
import pytest
from helpers.array_libraries import library

import ordergrad_ref as og
from ordergrad_ref.arrays import cupy_arrays
from ordergrad_ref.arrays.task import Task
from ordergrad_ref.closed_forms import gap_form
from ordergrad_ref.closed_forms.group_sizes import Needs
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError

BATCH = ("value", "advantage", "inclusion", "leave_one_out", "score_weights", "pathwise_weights")
REAL = sorted(name for name, f in og.maxk.FAMILY.items() if f.contract.domain == "real")
X = np.array([[3.0, 1.0, 4.0, 1.0, 5.0, 9.0], [2.0, 6.0, 5.0, 3.0, 5.0, 8.0], [7.0, 7.0, 7.0, 7.0, 7.0, 7.0]])
IDS = [1, 0, 1, 0, 0, 1]
TASK = Task(name="nothing", kernel=lambda table: table, needs=Needs(1, str))
u = 2.0**-53


def estimator(name):
    """A published estimator, with a K where it takes one."""
    f = og.maxk.FAMILY[name]
    return (lambda x: f(x, 3)) if "K" in f.contract.target else f


def same(xp, answer, expected, dtype="float64"):
    """Compare with NumPy's answers; a GPU's and NumPy's are within 16 u · scale of the exact ones each."""
    assert xp.is_own(answer)
    assert xp.dtype(answer) == dtype
    assert xp.numpy(answer).shape == expected.shape
    if xp.on_host:
        assert (xp.numpy(answer) == expected).all()
    else:
        assert abs(xp.numpy(answer) - expected).max() <= 16 * np.finfo(dtype).eps * abs(expected).max()


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("f", BATCH)
def test_answers_are_those_of_numpy_in_kind(xp, f, dtype):
    x = xp.array(X / 7, dtype)
    f = getattr(og, f)
    answer = f(x, "max@3")
    same(xp, answer, f((X / 7).astype(dtype), "max@3"), dtype)
    assert xp.device(answer) == xp.device(x)


@pytest.mark.parametrize("f", BATCH)
def test_one_group(xp, f):
    f = getattr(og, f)
    same(xp, f(xp.array(X[0]), "top(2)@4"), np.asarray(f(X[0], "top(2)@4")))


@pytest.mark.parametrize("f", BATCH)
def test_more_leading_axes(xp, f):
    f = getattr(og, f)
    x = np.stack([X, X + 1])
    same(xp, f(xp.array(x), "median@3"), f(x, "median@3"))


@pytest.mark.parametrize("dtype", ["int64", "int32", "bool"])
def test_integers_and_booleans_are_answered_in_float64(xp, dtype):
    x = (X > 3).astype(dtype)
    same(xp, og.advantage(xp.array(x, dtype), "max@2"), og.advantage(x, "max@2"))


@pytest.mark.parametrize("name", REAL)
def test_published_estimators(xp, name):
    f = estimator(name)
    same(xp, f(xp.array(X)), f(X))


def test_binary_estimators(xp):
    x = (X > 4).astype(float)
    same(xp, og.maxk.maxrl(xp.array(x)), og.maxk.maxrl(x))
    same(xp, og.maxk.pass_at_k(xp.array(x), 2), og.maxk.pass_at_k(x, 2))
    if xp.on_host:  # elsewhere nobody waits to see
        with pytest.raises(InvalidInputError, match="only 0 and 1"):
            xp.numpy(og.maxk.pass_at_k(xp.array(X), 2))


@pytest.mark.parametrize("f", BATCH)
def test_groups_as_an_array_of_the_same_library(xp, f):
    f = getattr(og, f)
    x, ids = xp.array(X[0]), xp.array(IDS, np.int64)
    if xp.name == "dask.array":
        with pytest.raises(InvalidInputError, match=r"groups: expected none beside a lazy .* compute\(\)"):
            f(x, "max@2", groups=ids)
        return
    same(xp, f(x, "max@2", groups=ids), f(X[0], "max@2", groups=IDS))
    same(xp, f(x, "max@2", groups=IDS), f(X[0], "max@2", groups=IDS))


def test_rewards_stay_what_they_were(xp):
    x = xp.array(X)
    for f in BATCH:
        xp.numpy(getattr(og, f)(x, "max@3"))
    assert (xp.numpy(x) == X).all()


def test_answers_share_no_memory_with_the_rewards(xp):
    x = xp.array(X)
    if xp.name not in ("dask.array", "cupy"):
        assert not np.shares_memory(xp.numpy(x), xp.numpy(og.pathwise_weights(x, "mean@1")))


def test_centring(xp):
    a = xp.numpy(og.advantage(xp.array(X / 7), "max@3"))
    assert (abs(a.sum(axis=-1)) <= 16 * X.shape[-1] * u * abs(a).max(axis=-1)).all()


def test_shift_invariance(xp):
    x = xp.array(X)
    assert (xp.numpy(og.advantage(x + 64, "max@3")) == xp.numpy(og.advantage(x, "max@3"))).all()
    assert not (xp.numpy(og.value(x + 64, "max@3")) == xp.numpy(og.value(x, "max@3"))).any()


def test_tied_rewards_get_equal_advantages(xp):
    a = xp.numpy(og.advantage(xp.array(X), "max@3"))
    assert a[0, 1] == a[0, 3]
    assert a[0, 4] != a[0, 1]
    assert (a[2] == 0).all()


def test_permutation_equivariance(xp):
    order = [5, 0, 3, 1, 4, 2]
    a = xp.numpy(og.advantage(xp.array(X[:, order]), "max@3"))
    assert (a == xp.numpy(og.advantage(xp.array(X), "max@3"))[:, order]).all()


def test_bad_input_is_refused_in_every_library(xp):
    with pytest.raises(GroupTooSmallError, match="N = 6"):
        og.advantage(xp.array(X), "max@6")
    with pytest.raises(InvalidInputError, match="small_groups"):
        og.advantage(xp.array(X), "max@2", small_groups="whatever")
    if xp.on_host:
        with pytest.raises(NonFiniteRewardError, match="nan"):
            xp.numpy(og.advantage(xp.array(np.where(X == 9, np.nan, X)), "max@2"))
    with pytest.raises(InvalidInputError, match=r"rewards: expected shape \(\.\.\., N\)"):
        og.advantage(xp.array(1.0), "max@2")


def test_policies_are_kept(xp):
    x = np.where(X == 9, np.nan, X)
    answer = xp.numpy(og.value(xp.array(x), "max@2", nan_policy="propagate"))
    assert np.isnan(answer).tolist() == [True, False, False]
    assert np.isnan(xp.numpy(og.value(xp.array(X), "max@9", small_groups="nan"))).all()


def test_complex_rewards_are_refused(xp):
    with pytest.raises(InvalidInputError, match="real numbers"):
        og.advantage(xp.array(X, np.complex64), "max@2")


def test_importing_loads_no_array_library():
    code = (
        "import sys, ordergrad_ref as og; og.advantage([0.0, 1.0, 2.0], 'max@2'); "
        "print({'torch', 'jax', 'dask', 'cupy', 'distributed'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"


def test_an_array_of_the_standard_on_another_device():
    xp = library("array_api_strict")
    x = xp.module.asarray(X, device=xp.module.Device("device1"))
    assert og.advantage(x, "max@3").device == x.device


# PyTorch


@pytest.fixture
def torch():
    return library("torch").module


@pytest.mark.parametrize("objective", ["max@3", "mean@1", "trimmed(1)@4", "gini@4"])
def test_the_gradient_of_the_value_is_the_pathwise_weights(torch, objective):
    x = torch.tensor(X, requires_grad=True)
    factor = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    (og.value(x, objective) * factor).sum().backward()
    assert (x.grad == og.pathwise_weights(x, objective) * factor[:, None]).all()


def test_the_gradient_of_the_value_is_that_of_finite_differences(torch):
    x = torch.tensor(X[0] + np.arange(6) / 8, requires_grad=True, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: og.value(x, "top(2)@4"), x)


def test_the_gradient_of_the_value_with_groups(torch):
    x = torch.tensor(X[0], requires_grad=True)
    (og.value(x, "max@2", groups=IDS) * torch.tensor([2.0, 4.0])).sum().backward()
    assert (x.grad == og.pathwise_weights(x, "max@2", groups=IDS) * (2 + 2 * torch.tensor(IDS))).all()


@pytest.mark.parametrize("f", [name for name in BATCH if name != "value"])
def test_nothing_else_carries_a_gradient(torch, f):
    answer = getattr(og, f)(torch.tensor(X, requires_grad=True), "max@3")
    assert answer.grad_fn is None
    assert not answer.requires_grad


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_answered_in_float32(torch, dtype):
    x = torch.tensor(X, dtype=getattr(torch, dtype), requires_grad=True)
    v = og.value(x, "max@3")
    v.sum().backward()
    assert v.dtype == torch.float32
    assert (v.detach().numpy() == og.value(X.astype("f4"), "max@3")).all()
    assert x.grad.dtype == x.dtype


def test_torch_functions(torch):
    """``torch.vmap`` over groups is one call on the table, and ``torch.func.grad`` knows the weights.

    It adds up by PyTorch's operations, which round otherwise than the host does: spec section 11.15.
    """
    x = torch.tensor(X)
    mapped, once = torch.vmap(lambda r: og.advantage(r, "max@3"))(x), og.advantage(x, "max@3")
    assert (abs(mapped - once) <= 32 * 2.0**-53 * abs(once).amax(dim=-1, keepdim=True)).all()
    g = torch.vmap(torch.func.grad(lambda r: og.value(r, "max@3")))(x)
    assert (g == og.pathwise_weights(x, "max@3")).all()


def test_a_tensor_is_read_without_a_copy(torch):
    from ordergrad_ref.arrays.host import seen_by_numpy

    x = torch.tensor(X, requires_grad=True)
    assert np.shares_memory(seen_by_numpy(x, "rewards"), x.detach().numpy())


def test_views_and_strides(torch):
    x = torch.tensor(X).T.contiguous().T.flip(0)[::2]
    assert (og.advantage(x, "max@3").numpy() == og.advantage(X[::-1][::2], "max@3")).all()


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda t: t.eye(4).to_sparse(), "layout torch.sparse_coo"),
        (lambda t: t.ones(2, 4, dtype=t.complex64), "complex64"),
        (lambda t: t.ones(2, 4).to(t.float8_e4m3fn), "float8_e4m3fn"),
    ],
)
def test_tensors_that_are_no_table_of_numbers_are_refused(torch, make, complaint):
    with pytest.raises(InvalidInputError, match=f"rewards: .*{complaint}"):
        og.advantage(make(torch), "max@2")


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_quantised_tensors_are_refused(torch):
    with pytest.raises(InvalidInputError, match="dequantize"):
        og.advantage(torch.quantize_per_tensor(torch.ones(2, 4), 0.1, 0, torch.qint8), "max@2")


def test_ids_on_another_device_are_refused(torch):
    with pytest.raises(InvalidInputError, match="groups: expected"):
        og.advantage(torch.tensor(X[0]), "max@2", groups=torch.zeros(6, dtype=torch.int64, device="meta"))


def test_ids_of_another_library_in_the_host_are_read(torch):
    jnp = library("jax.numpy").module
    expected = og.advantage(X[0], "max@2", groups=IDS)
    for make in (jnp.asarray, np.asarray, library("array_api_strict").module.asarray):
        assert (og.advantage(torch.tensor(X[0]), "max@2", groups=make(IDS)).numpy() == expected).all()
    assert (og.advantage(X[0], "max@2", groups=torch.tensor(IDS)) == expected).all()


def test_lazy_ids_are_refused(torch):
    ids = library("dask.array").array(IDS, np.int64)
    for x in (X[0], torch.tensor(X[0])):
        with pytest.raises(InvalidInputError, match=r"groups: .*compute\(\)"):
            og.advantage(x, "max@2", groups=ids)


# JAX


@pytest.fixture
def jax():
    return pytest.importorskip("jax", reason="jax is not installed", exc_type=ImportError)


@pytest.mark.slow
@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize("f", BATCH)
def test_jit_and_vmap(jax, f, x64):
    """Traced arrays are computed in their own dtype, within 16 u of the largest reward or answer."""
    with jax.enable_x64(x64):
        x = jax.numpy.asarray(np.stack([X, X[::-1] * 2]))
        function = lambda r: getattr(og, f)(r, "max@3")  # noqa: E731
        expected = function(np.asarray(x))
        bound = 16 * np.finfo(expected.dtype).eps / 2 * max(18, abs(expected).max())
        assert expected.dtype == (np.float64 if x64 else np.float32)
        for g in (
            jax.jit(function),
            jax.vmap(function),
            jax.vmap(jax.vmap(function)),
            jax.jit(jax.vmap(jax.jit(jax.vmap(function)))),
        ):
            answer = g(x)
            assert answer.dtype == expected.dtype
            assert abs(np.asarray(answer) - expected).max() <= bound
        answer = jax.vmap(function, in_axes=1)(x)
        assert abs(np.asarray(answer) - function(np.asarray(x).swapaxes(0, 1))).max() <= bound


@pytest.mark.slow
def test_jax_gradients(jax):
    x = jax.numpy.asarray(X)
    w = og.pathwise_weights(x, "max@3")
    v = lambda r: og.value(r, "max@3").sum()  # noqa: E731
    for g in (jax.grad(v), jax.jit(jax.grad(v)), jax.vmap(jax.grad(v)), jax.jacfwd(v)):
        assert (g(x) == w).all()
    assert (jax.grad(lambda r: (og.advantage(r, "max@3") ** 2).sum())(x) == 0).all()


@pytest.mark.slow
def test_jax_gradient_with_groups(jax):
    x, ids = jax.numpy.asarray(X[0]), list("babaab")
    g = jax.jit(jax.grad(lambda r: (og.value(r, "max@2", groups=ids) * jax.numpy.asarray([2.0, 4.0])).sum()))
    factor = np.where(np.array(ids) == "a", 2, 4)
    assert (g(x) == og.pathwise_weights(x, "max@2", groups=ids) * factor).all()


@pytest.mark.slow
def test_jax_traced_groups(jax):
    ids = jax.numpy.asarray(IDS)
    got = jax.jit(lambda r, g: og.advantage(r, "max@2", groups=g))(jax.numpy.asarray(X[0]), ids)
    u = 2.0**-24
    assert abs(got - og.advantage(X[0], "max@2", groups=IDS)).max() <= 24 * u * 9
    got = jax.vmap(lambda r: og.advantage(r, "max@2", groups=IDS))(jax.numpy.asarray(X))
    assert abs(got[1] - og.advantage(X[1], "max@2", groups=IDS)).max() <= 16 * u * 9
    with pytest.raises(InvalidInputError, match=r"groups: .* traced"):
        jax.jit(lambda r, g: og.value(r, "max@2", groups=g))(jax.numpy.asarray(X[0]), ids)


def test_what_no_rewards_could_mend_is_refused_while_tracing(jax):
    with pytest.raises(GroupTooSmallError):
        jax.eval_shape(lambda r: og.advantage(r, "max@6"), jax.numpy.asarray(X))


@pytest.mark.slow
def test_bad_rewards_inside_jit_spoil_their_own_group(jax):
    """Nothing can be raised there: what ``nan_policy="propagate"`` answers elsewhere is answered."""
    x = jax.numpy.asarray(X).at[0, 0].set(jax.numpy.nan)
    answer = jax.jit(lambda r: og.advantage(r, "max@3"))(x)
    assert np.isnan(answer).all(axis=1).tolist() == [True, False, False]
    assert np.isnan(answer).any(axis=1).tolist() == [True, False, False]


def test_integers_in_jax_are_answered_in_its_widest_float(jax):
    x = jax.numpy.asarray([0, 1, 3, 5])
    assert og.advantage(x, "max@2").dtype == jax.jit(lambda r: og.advantage(r, "max@2"))(x).dtype == "float32"


# Dask


@pytest.fixture
def da():
    return library("dask.array").module


@pytest.fixture
def calls(monkeypatch):
    """Count the kernel's calls."""
    sizes = []

    def counted(kernel):
        @wraps(kernel)
        def count(table, objective, sums):
            sizes.append(table.shape)
            return kernel(table, objective, sums)

        return count

    monkeypatch.setattr(gap_form, "advantage", counted(gap_form.advantage))
    return sizes


def test_nothing_is_computed_while_the_graph_is_built(da, calls):
    x = da.from_array(np.tile(X, (10, 1)), chunks=(4, 2))
    a = og.advantage(x, "max@3")
    assert calls == []
    assert a.chunks == (x.chunks[0], (6,))
    assert a.dtype == np.float64
    a.compute(scheduler="synchronous")
    assert sorted(calls) == sorted((rows, 6) for rows in x.chunks[0])


def test_blocks_of_groups_are_kept_and_the_value_drops_the_last_axis(da):
    x = da.from_array(np.zeros((6, 5, 4), "f4"), chunks=((4, 2), (1, 4), (2, 2)))
    v = og.value(x, "max@2")
    assert v.chunks == ((4, 2), (1, 4))
    assert v.dtype == v.compute().dtype == np.float32
    assert v._meta.shape == (0, 0)
    assert og.value(x[0, 0], "max@2").compute() == 0


def test_the_same_graph_has_the_same_name(da):
    x = da.from_array(X, chunks=(1, 6), name="x")
    assert og.advantage(x, "max@2").name == og.advantage(x, "max@2").name
    assert og.advantage(x, "max@2").name != og.advantage(x, "max@3").name
    assert og.advantage(x, "max@2").name != og.value(x, "max@2").name


def test_an_error_in_a_block_says_where_the_block_is(da):
    x = da.from_array(np.where(X == 6, np.nan, X), chunks=(1, 6))
    with pytest.raises(NonFiniteRewardError) as caught:
        og.advantage(x, "max@2").compute(scheduler="synchronous")
    assert any("(1, 0)" in note for note in caught.value.__notes__)


def test_groups_of_unknown_size_are_refused(da):
    x = da.from_array(X, chunks=(1, 6))
    with pytest.raises(InvalidInputError, match="compute_chunk_sizes"):
        og.advantage(x[x > 2], "max@2")


@pytest.mark.slow
def test_unknown_numbers_of_groups_are_fine(da):
    x = da.from_array(X, chunks=(1, 6))
    some = x[x[:, 0] > 2]
    assert (og.advantage(some, "max@2").compute() == og.advantage(X[[0, 2]], "max@2")).all()


# GPUs


def test_without_cupy_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    for task in (TASK, replace(TASK, objective=og.objective("max@2"))):
        with pytest.raises(ImportError, match=r"pip install 'ordergrad_ref\[gpu\]'"):
            cupy_arrays.apply(task, X)


class CuPy:
    """NumPy in the place of CuPy: what is handed to the kernels, without a GPU."""

    class ndarray:  # noqa: N801
        def __init__(self, x):
            self.x = np.array(x)

        def get(self):
            return self.x

    asarray = ndarray


@pytest.fixture
def kernels(monkeypatch):
    """Replace CuPy and what answers by kernels, and list the calls."""
    calls = []

    def answer(name, rewards, objective, **options):
        calls.append((name, objective, options))
        return rewards

    monkeypatch.setitem(sys.modules, "cupy", CuPy)
    monkeypatch.setattr(cupy_arrays, "answer", answer)
    return calls


@pytest.mark.parametrize("f", BATCH)
def test_cupy_arrays_are_left_to_the_kernels(kernels, f):
    x = CuPy.asarray(X)
    assert getattr(og, f)(x, "max@3", small_groups="nan") is x
    options = {"groups": None, "small_groups": "nan"}
    assert kernels == [(f, og.objective("max@3"), options)]


def test_what_numpy_alone_computes_passes_through_the_host(kernels):
    answer = og.standard_error(CuPy.asarray(X), "max@2")
    assert isinstance(answer, CuPy.ndarray)
    assert (answer.get() == og.standard_error(X, "max@2")).all()
    assert kernels == []


def test_ids_on_a_gpu_for_rewards_in_the_host_are_refused(kernels):
    with pytest.raises(InvalidInputError, match=r"groups: .*get\(\)"):
        og.advantage(X[0], "max@2", groups=CuPy.asarray(IDS))
