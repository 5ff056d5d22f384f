"""On CUDA: tensors of PyTorch by CuPy's kernels and by PyTorch's own operations, and arrays of JAX.

The laws are those of every library: answers within 16 u · scale of exact rationals, u that of the rewards'
own dtype (spec sections 9.1 to 9.3). Beyond them, what a GPU alone can show: nothing waits for the device,
work goes to the current stream, and what is captured in a graph answers the rewards it is replayed with.
"""

import numpy as np
import pytest
from helpers import held_to_rationals
from helpers.array_libraries import library
from helpers.held_to_rationals import BATCH, COUNTS, IDS, SCORES, X

import ordergrad_ref as og
from ordergrad_ref.arrays import torch_tensors
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError
from ordergrad_ref.integrations.token_level import outcome_estimator

pytestmark = pytest.mark.slow


@pytest.fixture
def torch():
    module = library("torch").module
    if not module.cuda.is_available():
        pytest.skip("PyTorch finds no CUDA device")
    return module


@pytest.fixture(params=["kernels", "operations"])
def way(request, monkeypatch):
    """Let CuPy answer, or PyTorch, as where CuPy is not installed."""
    if request.param == "kernels":
        library("cupy")
    monkeypatch.setattr(torch_tensors, "_has_cupy", lambda: request.param == "kernels")
    return request.param


def all_of(x, spelling="max@3", **options):
    return [getattr(og, name)(x, spelling, **options) for name in BATCH]


def check(got, x, spelling="max@3", **options):
    """Hold answers on a device to exact rationals."""
    for name, answer in zip(BATCH, got, strict=True):
        answer = answer.cpu() if hasattr(answer, "cpu") else answer
        held_to_rationals.check(answer, name, x, objective=spelling, **options)


def on_device(torch, x, dtype="float64"):
    return torch.tensor(x, dtype=getattr(torch, dtype), device="cuda")


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_quantity_of_tables_and_of_groups_by_ids(torch, way, dtype):
    x = on_device(torch, X, dtype)
    check(all_of(x), X.astype(dtype))
    for ids in (IDS, [f"prompt {i}" for i in IDS], torch.tensor(IDS, device="cuda")):
        check(all_of(x.ravel(), groups=ids), X.astype(dtype).ravel(), groups=IDS)
    answers = all_of(x.T.contiguous().T[:, ::2], "max@2")
    assert all(answer.device == x.device for answer in answers)
    check(answers, X.astype(dtype)[:, ::2], "max@2")


@pytest.mark.parametrize("n", [2, 3, 8, 16, 31, 64, 100, 1000, 5000])
def test_sizes_and_offsets(torch, way, n):
    rng = np.random.default_rng(n)
    x = np.array([rng.normal(size=n), rng.integers(0, 2, n), rng.standard_cauchy(n)]) + 1e6
    for k in sorted({1, min(n - 1, 8), n - 1 if n < 100 else 8}):
        for dtype in ("float64", "float32"):
            check(all_of(on_device(torch, x, dtype), f"max@{k}"), x.astype(dtype), f"max@{k}")


def test_scores_and_masks(torch, way):
    x, by, where = on_device(torch, X), torch.tensor(SCORES, device="cuda"), torch.tensor(COUNTS).cuda()
    check(all_of(x, by=by), X, by=SCORES)
    check(all_of(x, where=where), X, where=COUNTS)
    check(all_of(x, by=by, where=where), X, by=SCORES, where=COUNTS)
    check(all_of(x, by=SCORES, where=COUNTS), X, by=SCORES, where=COUNTS)


def test_halves_and_integers(torch, way):
    for dtype, answered in (
        (torch.float16, np.float32),
        (torch.bfloat16, np.float32),
        (torch.int32, np.float64),
        (torch.bool, np.float64),
    ):
        given = torch.tensor(X - 1000, device="cuda").to(dtype)
        check(all_of(given), given.cpu().double().numpy().astype(answered))


def test_nothing_waits_for_the_device(torch, way):
    """Once weights lie on the device, from the second call on."""
    x, by, where = on_device(torch, X), torch.tensor(SCORES, device="cuda"), torch.tensor(COUNTS).cuda()

    def calls():
        all_of(x)
        all_of(x, by=by, where=where)
        og.maxk.pkpo(x, 3)
        og.maxk.grpo(x)
        torch.vmap(lambda r: all_of(r))(x)

    calls()
    try:
        torch.cuda.set_sync_debug_mode("error")
        calls()
        with pytest.raises(RuntimeError):  # so that the mode is known to notice
            x.sum().item()
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_captured_graph_answers_the_rewards_it_is_replayed_with(torch, way):
    x, y = on_device(torch, X, "float32"), on_device(torch, X[::-1] * 2 + 1, "float32")
    where = torch.tensor(COUNTS).cuda()
    all_of(x), all_of(x, where=where)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        answers, masked = all_of(x), all_of(x, where=where)
    x.copy_(y)
    graph.replay()
    torch.cuda.synchronize()
    check(answers, y.cpu().numpy())
    check(masked, y.cpu().numpy(), where=COUNTS)


def test_work_goes_to_the_current_stream(torch, way):
    """The rewards are written on a stream of its own, behind work that takes a while."""
    stream = torch.cuda.Stream()
    x, busy = torch.zeros(3, 6, device="cuda", dtype=torch.float64), torch.ones(4096, 4096, device="cuda")
    all_of(x)
    torch.cuda.synchronize()
    with torch.cuda.stream(stream):
        for _ in range(20):
            busy = busy @ busy * 0
        x.copy_(on_device(torch, X))
        answers = all_of(x)
    stream.synchronize()
    check(answers, X)


def test_derivatives(torch, way):
    x = on_device(torch, X).requires_grad_()
    (gradient,) = torch.autograd.grad(og.value(x, "max@3").sum(), x)
    w = og.pathwise_weights(X, "max@3")
    assert abs(gradient.cpu().numpy() - w).max() <= 16 * 2.0**-53
    flat = x.detach().ravel().requires_grad_()
    (gradient,) = torch.autograd.grad(og.value(flat, "max@3", groups=IDS).sum(), flat)
    w = og.pathwise_weights(X.ravel(), "max@3", groups=IDS)
    assert abs(gradient.cpu().numpy() - w).max() <= 16 * 2.0**-53
    answer = og.advantage(x, "max@3", differentiable=True)
    (gradient,) = torch.autograd.grad(answer[0, 5], x)
    step = X.copy()
    step[0, 5] += 2.0  # the largest stays the largest, and the advantage is linear in it
    slope = (og.advantage(step, "max@3") - og.advantage(X, "max@3"))[0, 5] / 2
    assert abs(gradient[0, 5].item() - slope) <= 1e-12


def test_compiled_by_inductor(torch, way):
    """Sums of float32 in any order: corrected, so that 16 u · scale holds as without a compiler."""
    x = on_device(torch, X, "float32")
    check(torch.compile(all_of, fullgraph=True)(x), X.astype("float32"))
    traced = torch.compile(lambda r, g: og.advantage(r, "max@3", groups=g), fullgraph=True)
    got = traced(x.ravel(), torch.tensor(IDS, device="cuda")).cpu()
    expected = og.advantage(X.ravel(), "max@3", groups=IDS)
    assert abs(got.numpy() - expected).max() <= 28 * 2.0**-24 * abs(expected).max()


def test_known_distributions(torch, way):
    r, p = on_device(torch, [[0.0, 1.0, 3.0, 1.0]]), on_device(torch, [[0.25] * 4])
    for name in ("value", "advantage", "inclusion", "gradient"):
        f = getattr(og.population, name)
        got = f(r, p, "max@5")
        assert got.device == r.device
        expected = f(r.cpu().numpy(), p.cpu().numpy(), "max@5")
        assert abs(got.cpu().numpy() - expected).max() <= 16 * 2.0**-53 * 3


def test_adapters_of_trainers(torch, way):
    """Token-level tensors that lie on the device, as verl and SkyRL pass them."""
    tokens, mask = torch.zeros(18, 4, device="cuda"), torch.ones(18, 4, device="cuda")
    tokens[:, 3] = on_device(torch, X - 1000, "float32").ravel()
    index = np.array([f"prompt {i}" for i in IDS], dtype=object)
    got, _ = outcome_estimator("max@3")(tokens, mask, index)
    expected = 3 * og.advantage((X - 1000).astype("float32").ravel(), "max@3", groups=IDS)
    assert got.device == tokens.device
    assert abs(got.cpu().numpy() - expected[:, None]).max() <= 32 * 2.0**-24 * abs(expected).max()


def test_bad_input(torch, way):
    x = on_device(torch, X)
    with pytest.raises(GroupTooSmallError, match="N = 6"):
        og.advantage(x, "max@6")
    with pytest.raises(InvalidInputError, match=r"on the device of the rewards, cuda:0, got one on cpu"):
        og.advantage(x.ravel(), "max@3", groups=torch.tensor(IDS))
    with pytest.raises(InvalidInputError, match="complex"):
        og.advantage(x.to(torch.complex64), "max@3")
    with pytest.raises(InvalidInputError, match=r"at least one in each group|got shape \(3, 0\)"):
        og.advantage(x[:, :0], "max@3")
    x[1, 2] = torch.nan
    for answer in all_of(x):
        assert answer.isnan().reshape(3, -1).all(1).tolist() == [False, True, False]
        assert answer.isnan().reshape(3, -1).any(1).tolist() == [False, True, False]


@pytest.mark.parametrize("x64", [True, False])
def test_jax_on_its_gpu(x64):
    jax = pytest.importorskip("jax", reason="jax is not installed", exc_type=ImportError)
    if jax.default_backend() != "gpu":
        pytest.skip("JAX finds no GPU")
    with jax.enable_x64(x64):
        x = jax.numpy.asarray(X, "float64" if x64 else "float32")
        host = np.asarray(x)
        check(jax.jit(all_of)(x), host)
        check(jax.jit(lambda r: all_of(r, groups=IDS))(x.ravel()), host.ravel(), groups=IDS)
        answers = all_of(x, by=jax.numpy.asarray(SCORES), where=jax.numpy.asarray(COUNTS))
        check(answers, host, by=SCORES, where=COUNTS)
        assert all(answer.devices() == x.devices() for answer in answers)
        assert "callback" not in str(jax.make_jaxpr(all_of)(x))
