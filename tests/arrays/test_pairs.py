"""Known distributions in arrays of any library: answered in kind.

The host's answers are NumPy's; those of PyTorch's and JAX's own operations: ``test_native_pairs.py``. All but
the value are constants.
"""

from fractions import Fraction as F

import numpy as np
import pytest
from helpers.array_libraries import library

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError

FUNCTIONS = ("value", "advantage", "inclusion", "gradient", "logit_gradient")
R = np.array([[0.0, 1.0, 3.0], [2.0, -1.0, 0.5]])
P = np.array([[0.25, 0.25, 0.5], [0.5, 0.125, 0.375]])
every_function = pytest.mark.parametrize("name", FUNCTIONS)
every_constant = pytest.mark.parametrize("name", FUNCTIONS[1:])


def answer(name, r, p, objective="top(2)@3"):
    return getattr(og.population, name)(r, p, objective)


@every_function
def test_torch(name):
    torch = pytest.importorskip("torch")
    for dtype, expected in (
        (torch.float64, np.float64),
        (torch.float32, np.float32),
        (torch.bfloat16, np.float32),
    ):
        r, p = torch.tensor(R, dtype=dtype), torch.tensor(P, dtype=dtype)
        got = answer(name, r, p)
        assert isinstance(got, torch.Tensor)
        assert got.device == r.device
        assert got.numpy().dtype == expected
        np.testing.assert_array_equal(got.numpy(), answer(name, R.astype(expected), P.astype(expected)))
    for mixed in ((torch.tensor(R), P), (R, torch.tensor(P)), (torch.tensor(R), P.tolist())):
        np.testing.assert_array_equal(answer(name, *mixed).numpy(), answer(name, R, P))
        assert isinstance(answer(name, *mixed), torch.Tensor)
    assert answer(name, torch.tensor([0, 1, 3]), torch.tensor(P[0])).dtype == torch.float64


@every_constant
def test_a_tensor_that_requires_a_gradient_is_refused(name):
    torch = pytest.importorskip("torch")
    r, p = torch.tensor(R), torch.tensor(P)
    second = "logits" if name == "logit_gradient" else "probabilities"
    for mine, wanted in (((r.requires_grad_(), p), "rewards"), ((r.detach(), p.requires_grad_()), second)):
        with pytest.raises(
            InvalidInputError, match=rf"{wanted}: expected a tensor that needs no gradient.*detach"
        ):
            answer(name, *mine)
    with torch.no_grad():
        np.testing.assert_array_equal(answer(name, r, p).numpy(), answer(name, R, P))


@pytest.mark.slow
@every_function
def test_jax(name):
    jax = pytest.importorskip("jax")
    r, p = jax.numpy.asarray(R, dtype="float32"), jax.numpy.asarray(P, dtype="float32")
    expected = answer(name, R.astype(np.float32), P.astype(np.float32))
    if jax.default_backend() == "cpu":
        np.testing.assert_array_equal(np.asarray(answer(name, r, p)), expected)
    bound = 16 * 2.0**-24 * abs(expected).max()
    for got in (
        answer(name, r, p),
        jax.jit(lambda r, p: answer(name, r, p))(r, p),
        jax.jit(lambda r: answer(name, r, p))(r),
        jax.jit(lambda p: answer(name, np.asarray(r), p))(p),
        jax.vmap(lambda r, p: answer(name, r, p))(r, p),
    ):
        assert isinstance(got, jax.Array)
        assert got.dtype == np.float32
        assert abs(np.asarray(got) - expected).max() <= bound
    shared = jax.vmap(lambda p: answer(name, r[0], p))(p)
    assert abs(np.asarray(shared) - answer(name, R[:1], P)).max() <= bound


@pytest.mark.slow
@every_constant
def test_a_derivative_that_jax_asks_for_is_refused(name):
    jax = pytest.importorskip("jax")
    r, p = jax.numpy.asarray(R), jax.numpy.asarray(P)
    for function in (
        jax.grad(lambda r: answer(name, r, p).sum()),
        jax.jit(jax.grad(lambda r: answer(name, r, p).sum())),
    ):
        with pytest.raises(InvalidInputError, match="rewards: expected no derivative to be asked for"):
            function(r)
    stopped = jax.grad(lambda r: (answer(name, jax.lax.stop_gradient(r), p) * r.sum()).sum())(r)
    assert np.isfinite(np.asarray(stopped)).all()


@pytest.mark.slow
@every_function
def test_dask(name):
    da = pytest.importorskip("dask.array")
    r, p = da.from_array(R, chunks=(1, 2)), da.from_array(P, chunks=(2, 1))
    for got in (answer(name, r, p), answer(name, r, P), answer(name, R, p)):
        assert isinstance(got, da.Array)
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got.compute(), answer(name, R, P))
    shared = answer(name, r, P[0])
    assert shared.shape == answer(name, R, P[0]).shape
    np.testing.assert_array_equal(shared.compute(), answer(name, R, P[0]))
    with pytest.raises(InvalidInputError, match="expected the shape of rewards"):
        answer(name, r, np.ones(2))


@every_function
def test_the_array_api_standard(name):
    xp = pytest.importorskip("array_api_strict")
    got = answer(name, xp.asarray(R), xp.asarray(P))
    assert type(got) is type(xp.asarray(R))
    np.testing.assert_array_equal(np.from_dlpack(got), answer(name, R, P))


def test_numpy_answers_stay_numpys():
    assert type(answer("value", R[0].tolist(), P[0].tolist())) is np.float64
    assert library("numpy") is not None


def test_integers_go_with_exact_rationals_and_with_floats():
    half = [F(1, 2)] * 2
    assert og.population.value([0, 1], half, "max@2") == F(3, 4)
    assert og.population.value(np.array([0, 2**60]), half, "max@2") == F(3 * 2**58)
    assert og.population.value([F(0), F(1)], [0, 1], "max@2") == 1
    assert og.population.value([False, True], half, "max@2") == F(3, 4)
    assert og.population.value([0, 1], [0.5, 0.5], "max@2") == 0.75
    with pytest.raises(InvalidInputError, match="expected the rewards' kind of number"):
        og.population.value([0.0, 1.0], half, "max@2")


@every_function
def test_the_remedy_names_no_argument_that_is_not_there(name):
    for bad in ([[0, 1], [1]], [0.0, "a"], object()):
        with pytest.raises(InvalidInputError) as caught:
            answer(name, bad, P[0])
        assert "groups" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "remedy"),
    [
        (
            lambda torch: torch.masked.masked_tensor(torch.ones(3), torch.ones(3, dtype=torch.bool)),
            r"to_tensor\(value\)",
        ),
        (
            lambda torch: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged),
            r"unbind\(\)",
        ),
        (lambda torch: torch.ones(3).to_sparse(), r"to_dense\(\)"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_tensors_of_other_kinds_are_told_what_to_do(make, remedy):
    torch = pytest.importorskip("torch")
    for call in (
        lambda: og.advantage(make(torch), "max@2"),
        lambda: og.population.value(make(torch), [0.5, 0.25, 0.25], "max@2"),
        lambda: og.advantage([1.0, 2.0, 3.0], "max@2", groups=make(torch)),
    ):
        with pytest.raises(InvalidInputError, match=remedy):
            call()


def test_what_is_computed_on_the_host_takes_no_tensor_without_numbers():
    torch = pytest.importorskip("torch")
    empty = torch.ones(3, device="meta")
    assert og.advantage(empty, "max@2").device.type == "meta"  # by PyTorch's own operations
    assert og.population.advantage(empty, [0.5, 0.25, 0.25], "max@2").device.type == "meta"
    with pytest.raises(InvalidInputError, match="got one on meta"):
        og.advantage([1.0, 2.0, 3.0], "max@2", groups=empty)


def test_a_dtensor_is_told_of_its_local_part():
    torch = pytest.importorskip("torch")

    class DTensor(torch.Tensor):
        pass

    with pytest.raises(
        InvalidInputError, match=r"DTensor; pass rewards\.full_tensor\(\), or rewards\.to_local\(\)"
    ):
        og.advantage(torch.ones(3).as_subclass(DTensor), "max@2")
