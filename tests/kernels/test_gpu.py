"""On a GPU: ``|got − exact| ≤ 16 u · scale`` (54) as on a CPU, whichever kernel a group's size leads to.

Every law runs twice: on the device where there is one, and everywhere on the kernels' own source compiled as
C++ (``cuda_on_cpu``). The exact side is the closed form on Fractions, which the tests of closed forms equate
with the definition.
"""

import os
import shutil
import subprocess
import sys
import warnings
from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pytest
from helpers.cuda_on_cpu import CupyOnCpu, OutOfMemoryError

import ordergrad_ref as og
from ordergrad_ref.arrays.cupy_arrays import answer
from ordergrad_ref.errors import GroupTooSmallError, InvalidInputError, NonFiniteRewardError
from ordergrad_ref.kernels.gpu import expressions
from ordergrad_ref.kernels.gpu import tables as gpu

UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
C = 16
IN_A_WARP = (2, 3, 4, 5, 8, 12, 16, 31, 32, 50, 64, 100, 256, 512, 1001, 1024)
IN_A_BLOCK = (1025, 4096)
NAMES = ("advantage", "score_weights", "value", "inclusion", "leave_one_out", "pathwise_weights")


def on_device():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cupy = pytest.importorskip(
            "cupy", reason="no CuPy: pip install 'ordergrad_ref[gpu]'", exc_type=ImportError
        )
        try:
            count = cupy.cuda.runtime.getDeviceCount()
        except cupy.cuda.runtime.CUDARuntimeError as error:
            pytest.skip(f"no GPU: {error}")
    if not count:
        pytest.skip("no GPU")
    return cupy


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    if shutil.which("g++") is None:
        pytest.skip("no g++ to compile the kernels for the CPU with")
    folder = tmp_path_factory.getbasetemp()
    return CupyOnCpu((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "kernels")


@pytest.fixture(params=["device", "emulated"])
def cupy(request, monkeypatch):
    for cache in (gpu._kernel.cache_clear, gpu._shared_limit.cache_clear, gpu._uploaded.cache.clear):
        cache()
    if request.param == "device":
        return on_device()
    module = request.getfixturevalue("compiled")
    monkeypatch.setitem(sys.modules, "cupy", module)
    module.launched.clear()
    return module


def table(groups, n, offset=0.0, dtype="float32"):
    """Normal rewards, binary ones, all equal ones, heavy tails: a row each, in turn."""
    rng = np.random.default_rng(n)
    rows = [
        lambda: rng.normal(size=n),
        lambda: (rng.random(n) < 0.3).astype(float),
        lambda: np.full(n, 0.1),
        lambda: rng.standard_cauchy(size=n),
        lambda: rng.integers(0, 4, size=n) / 4,
    ]
    return (np.array([rows[i % 5]() for i in range(groups)]) + offset).astype(dtype)


def errors(got, x, name, alpha, u):
    """The largest error in units of u · scale; of value-like answers, in u · max(scale, |answer|)."""
    r = [F(float(a)) for a in x]
    exact = getattr(og, name)(r, alpha)
    values = [exact] if name == "value" else list(exact)
    got = [got] if name == "value" else list(got)
    scale = max(map(abs, values))
    if name not in ("advantage", "score_weights", "pathwise_weights"):
        scale = max(scale, *map(abs, og.advantage(r, alpha)))
    if not scale:
        assert not any(got)
        return 0
    return max(abs(F(float(g)) - e) for g, e in zip(got, values, strict=True)) / (F(u) * scale)


def check(cupy, x, name, spelling, by=answer):
    alpha = og.objective(spelling)
    on_gpu = by(name, cupy.asarray(x), alpha)
    assert isinstance(on_gpu, cupy.ndarray)
    got = cupy.asnumpy(on_gpu)
    assert got.dtype == x.dtype
    assert got.shape == (x.shape[:-1] if name == "value" else x.shape)
    for row, answers in zip(x, got, strict=True):
        assert errors(answers, row, name, alpha, UNIT[str(x.dtype)]) <= C, (name, spelling)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", UNIT)
@pytest.mark.parametrize("n", IN_A_WARP)
def test_advantage_in_a_warp(cupy, n, dtype):
    """The last warp is not full: 37 groups, or 6 of the large ones."""
    x = table(37 if n <= 64 else 6, n, 1e3, dtype)
    for k in sorted({1, min(8, n - 1), n - 1}):
        check(cupy, x, "advantage", f"max@{k}")


@pytest.mark.slow
@pytest.mark.parametrize("dtype", UNIT)
@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6, 1e9])
@pytest.mark.parametrize(
    "spelling", ["max@4", "min@4", "mean@5", "median@7", "cvar(0.3)@5", "upper_cvar(0.3)@15"]
)
def test_advantage_with_offsets(cupy, spelling, offset, dtype):
    check(cupy, table(10, 16, offset, dtype), "advantage", spelling)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", UNIT)
@pytest.mark.parametrize("n", IN_A_BLOCK)
def test_advantage_in_a_block(cupy, n, dtype):
    x = table(2, n, 1e3, dtype)
    check(cupy, x, "advantage", "max@8")
    check(cupy, x[::-1], "advantage", "mean@1")


@pytest.mark.slow
@pytest.mark.parametrize("dtype", UNIT)
@pytest.mark.parametrize("n", [6, 16, 70, 1500])
@pytest.mark.parametrize("name", NAMES)
def test_every_quantity(cupy, name, n, dtype):
    x = table(5 if n < 1500 else 2, n, 10.0, dtype)
    for spelling in ("max@5", "cvar(0.3)@4", "median@3")[: 3 if n < 1500 else 1]:
        check(cupy, x, name, spelling)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", UNIT)
@pytest.mark.parametrize("name", NAMES)
def test_expressions_answer_what_fits_no_kernel(cupy, name, dtype):
    for n in (2, 16, 301):
        check(cupy, table(5, n, 1e6, dtype), name, f"max@{n // 2}", by=gpu.by_expressions)


def test_what_fits_no_kernel_is_left_to_expressions(compiled, monkeypatch):
    """A device without shared memory has no kernel for a group beyond a warp."""
    monkeypatch.setitem(sys.modules, "cupy", compiled)
    monkeypatch.setattr(gpu, "_shared_limit", lambda _: 0)
    x = compiled.asarray(table(2, 1025))
    compiled.launched.clear()
    got = answer("advantage", x, "max@8")
    assert compiled.launched == []
    assert (got == gpu.by_expressions("advantage", x, og.objective("max@8"))).all()


def test_where_groups_go():
    def kernel(n, dtype="float32", shared=232_448):
        x = CupyOnCpu.empty((3, n), dtype)
        plan = gpu.plan_for(x, gpu.Mode.ADVANTAGE, shared)
        return plan and plan.kernel

    assert kernel(16).startswith("warp_groups<float, 2, 8,")
    assert kernel(1024, "float64").startswith("warp_groups<double, 32, 32,")
    assert kernel(1025) == "block_groups<float, 4, 0>"
    assert kernel(32_768) == "block_groups<float, 64, 0>"
    assert kernel(32_768, shared=166_912) is None
    assert kernel(16_384, "float64", shared=166_912) == "block_groups<double, 32, 0>"
    assert kernel(32_769) is None


@pytest.mark.slow
def test_unaligned_rows_are_loaded_one_by_one(cupy):
    rewards = table(1, 161)[0]
    x = cupy.asarray(rewards)[1:].reshape(10, 16)
    got = cupy.asnumpy(answer("advantage", x, "max@4"))
    aligned = cupy.asnumpy(answer("advantage", cupy.asarray(rewards[1:].reshape(10, 16)), "max@4"))
    assert (got == aligned).all()


@pytest.mark.slow
@pytest.mark.parametrize("order", ["reversed", "transposed", "strided"])
def test_any_layout_and_shape(cupy, order):
    x = table(6, 8)
    view = {"reversed": x[:, ::-1], "transposed": x.T, "strided": x[::2, ::2]}[order]
    moved = {"reversed": lambda y: y[:, ::-1], "transposed": lambda y: y.T, "strided": lambda y: y[::2, ::2]}
    got = answer("advantage", moved[order](cupy.asarray(x))[None], "max@2")
    assert got.shape == (1, *view.shape)
    assert (cupy.asnumpy(got)[0] == og.advantage(view, "max@2")).all()


@pytest.mark.slow
@pytest.mark.parametrize("given", ["float16", "int32", "bool"])
def test_other_dtypes(cupy, given):
    x = (table(5, 12) * 4).astype(given)
    got = cupy.asnumpy(answer("advantage", cupy.asarray(x), "max@3"))
    expected = og.advantage(x, "max@3")
    assert got.dtype == expected.dtype
    assert np.allclose(got, expected, rtol=0, atol=1e-5 * abs(expected).max())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "bad"),
    [(3, np.nan), (3, np.inf), (64, np.nan), (64, np.inf), (64, -np.inf), (1500, np.nan), (1500, -np.inf)],
)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("by", [answer, gpu.by_expressions])
def test_a_non_finite_reward_spoils_its_own_group_alone(cupy, name, n, bad, by):
    x, alpha = table(4 if n < 1500 else 2, n), og.objective("max@2")
    clean = cupy.asnumpy(by(name, cupy.asarray(x), alpha))
    x[1, n // 2] = bad
    with np.errstate(invalid="ignore"):
        got = cupy.asnumpy(by(name, cupy.asarray(x), alpha))
    assert np.isnan(got[1]).all()
    assert (np.delete(got, 1, axis=0) == np.delete(clean, 1, axis=0)).all()
    with pytest.raises(NonFiniteRewardError, match=rf"position \(1, {n // 2}\)"):
        answer(name, cupy.asarray(x), "max@2", check_finite=True)


@pytest.mark.slow
def test_rewards_are_not_changed(cupy):
    x = table(3, 16)
    on_gpu = cupy.asarray(x.copy())
    for name in NAMES:
        answer(name, on_gpu, "max@2")
    assert (cupy.asnumpy(on_gpu) == x).all()


@pytest.mark.slow
@pytest.mark.parametrize("ids", ["integers", "on the device", "names"])
@pytest.mark.parametrize("name", NAMES)
def test_ragged_groups(cupy, name, ids):
    rng = np.random.default_rng(1)
    x, group = rng.normal(size=400), np.repeat([7, 3, 11, 5, 1], [3, 150, 40, 157, 50])
    order = rng.permutation(400)
    x, group = x[order], group[order]
    given = {"integers": group, "on the device": cupy.asarray(group), "names": [f"g{i:02}" for i in group]}[
        ids
    ]
    got = cupy.asnumpy(answer(name, cupy.asarray(x), "max@2", groups=given))
    expected = og.batch.__dict__[name](x, "max@2", groups=group)
    assert np.abs(got - expected).max() <= C * 2.0**-53 * np.abs(expected).max() * 2


@pytest.mark.slow
def test_small_groups(cupy):
    x = cupy.asarray(np.array([0.0, 1, 1, 0, 1]))
    ids = ["a", "b", "a", "a", "b"]
    got = answer("advantage", x, "max@2", groups=ids, small_groups="zero")
    assert cupy.asnumpy(got).tolist() == [-0.5, 0, 1, -0.5, 0]
    got = cupy.asnumpy(answer("value", x, "max@3", groups=ids, small_groups="nan"))
    assert got[0] == 1
    assert np.isnan(got[1])
    with pytest.raises(GroupTooSmallError, match="group 'b' has N = 2"):
        answer("advantage", x, "max@2", groups=ids)
    with pytest.raises(GroupTooSmallError, match="the batch has N = 5"):
        answer("advantage", x, "max@5")
    with pytest.raises(InvalidInputError, match="untrue"):
        answer("value", x, "max@2", small_groups="zero")


@pytest.mark.slow
def test_as_many_rewards_as_the_objective_compares(cupy):
    x = table(3, 4, dtype="float64")
    for name in ("value", "inclusion"):
        got = cupy.asnumpy(answer(name, cupy.asarray(x), "max@4"))
        assert (got == (x.max(axis=1) if name == "value" else x.max(axis=1)[:, None])).all()


@pytest.mark.slow
def test_real_k(cupy):
    x = table(2, 3, dtype="float64")
    for name in ("value", "pathwise_weights"):
        got = cupy.asnumpy(answer(name, cupy.asarray(x), "max@2.5"))
        with pytest.warns(og.errors.BiasedEstimatorWarning):
            expected = getattr(og, name)(x, "max@2.5")
        assert np.allclose(got, expected, rtol=1e-15)


@pytest.mark.slow
def test_one_reward(cupy):
    x = cupy.asarray(np.array([[3.0], [4.0]]))
    assert cupy.asnumpy(answer("value", x, "mean@1")).tolist() == [3, 4]
    assert cupy.asnumpy(answer("pathwise_weights", x, "mean@1")).tolist() == [[1], [1]]


def test_no_groups(cupy):
    x = cupy.asarray(np.zeros((0, 4), dtype=np.float32))
    assert answer("advantage", x, "max@2").shape == (0, 4)
    assert answer("value", x, "max@2").shape == (0,)


def test_bad_input_is_refused(cupy):
    x = cupy.asarray(np.zeros(4))
    for rewards, groups, what in [
        (np.zeros(4), None, "expected a cupy.ndarray"),
        (cupy.asarray(np.zeros(4, dtype=complex)), None, "got dtype complex128"),
        (cupy.asarray(np.float64(3)), None, "single number"),
        (cupy.asarray(np.zeros((3, 0))), None, r"got shape \(3, 0\)"),
        (cupy.asarray(np.zeros((2, 2))), [0, 0], "expected a flat array"),
        (x, [0, 1, 0], "one id for each of the 4"),
        (x, cupy.asarray(np.zeros(3)), "one id for each of the 4"),
        (x, cupy.asarray(np.array([0, 1, np.nan, 0])), "finite ids"),
    ]:
        with pytest.raises(InvalidInputError, match=what):
            answer("advantage", rewards, "mean@1", groups=groups)
    with pytest.raises(InvalidInputError, match="name: expected one of"):
        answer("median", x, "mean@1")
    with pytest.raises(InvalidInputError, match="small_groups: expected one of"):
        answer("advantage", x, "mean@1", small_groups="drop")


@pytest.mark.slow
def test_a_spread_that_overflows_costs_nothing_where_no_gap_does(cupy):
    x = np.array([[-1.2e308, 0.0, 0.0, 1.2e308]])
    got = cupy.asnumpy(answer("advantage", cupy.asarray(x), "max@3", check_finite=True))
    assert np.allclose(got, og.advantage(x, "max@3"), rtol=1e-15)


@pytest.mark.slow
def test_overflow_is_refused_when_asked(cupy):
    x = cupy.asarray(np.array([-1e308, 1e308]))
    with pytest.raises(InvalidInputError, match="overflows float64"):
        answer("advantage", x, "mean@1", check_finite=True)


def test_group_ids_on_another_device_are_refused(compiled, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", compiled)
    ids = compiled.asarray(np.zeros(4))
    ids.number = 1
    with pytest.raises(InvalidInputError, match=r"Device 0.*Device 1"):
        answer("advantage", compiled.asarray(np.zeros(4)), "mean@1", groups=ids)


def test_running_out_of_memory_is_said(compiled, monkeypatch):
    def empty(*_):
        raise OutOfMemoryError("Out of memory allocating 64 bytes")

    monkeypatch.setitem(sys.modules, "cupy", compiled)
    monkeypatch.setattr(compiled, "empty", empty, raising=False)
    with pytest.raises(MemoryError, match=r"not enough memory on .*Device 0.* of 16 rewards"):
        answer("advantage", compiled.asarray(np.zeros((2, 8))), "mean@1")


@pytest.mark.slow
def test_the_emulation_notices_a_missing_barrier(tmp_path):
    """The laws above would pass in vain if lanes that race could not be told from lanes that wait."""
    if shutil.which("g++") is None:
        pytest.skip("no g++ to compile the kernels for the CPU with")
    module = CupyOnCpu(tmp_path)
    code = gpu.SOURCE.read_text(encoding="utf-8").replace("__syncwarp();", "")
    kernel = module.RawModule(
        code=code, options=("-std=c++17",), name_expressions=("warp_groups<double, 2, 8, 1, false, 0>",)
    ).get_function("warp_groups<double, 2, 8, 1, false, 0>")
    x, w = module.asarray(table(3, 15, dtype="float64")), module.asarray(np.ones(15))
    rest = (np.int64(3), np.int32(15), w, w, np.int32(0), np.int32(0), *[np.float64(1)] * 3)
    with pytest.raises(AssertionError, match="order of the threads"):
        kernel((1,), (128,), (x, module.empty(x.shape, x.dtype), *rest), shared_mem=0)


def test_corrected_sums_are_within_a_rounding():
    x = np.random.default_rng(0).standard_cauchy(1000) * 1e9
    total, lost = expressions.prefix_sums(np, x)
    exact = [F(0)]
    for term in x:
        exact.append(exact[-1] + F(float(term)))
    assert all(
        abs(F(a) + F(b) - e) <= F(2) ** -90 * F(abs(x).sum())
        for a, b, e in zip(total, lost, exact, strict=True)
    )


INSTANCES = [
    *(
        f"warp_groups<float, {lanes}, {ranks}, 4, {full}, 0>"
        for lanes, ranks in ((1, 4), (2, 8), (4, 16), (32, 32))
        for full in ("true", "false")
    ),
    *(f"warp_groups<double, 8, 16, 1, false, {mode}>" for mode in gpu.Mode),
    *(f"warp_groups<float, 32, 32, 4, true, {mode}>" for mode in (1, 2, 3)),
    *(f"block_groups<{kind}, 4, {mode}>" for kind in ("float", "double") for mode in gpu.Mode),
]


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_the_sources_compile(architecture, tmp_path):
    """With a few spilled registers at most: lanes hold 16 ranks and more, 64 bytes, and none in memory."""
    if shutil.which("nvcc") is None:
        pytest.skip("no nvcc")
    lines = [f'#include "{gpu.SOURCE}"']
    for name in INSTANCES:
        t = "float" if "float" in name else "double"
        arguments = f"const {t}*, {t}*, long long, int, const double*, const double*, int, int"
        arguments += ", double, double, double"
        lines.append(f"template __global__ void {name}({arguments});")
    source = tmp_path / "instances.cu"
    source.write_text("\n".join(lines), encoding="utf-8")
    flags = ["-std=c++17", f"-arch={architecture}", "-cubin", "-Xptxas", "-v", "-Werror", "all-warnings"]
    command = ["nvcc", *flags, "-o", str(tmp_path / "out"), str(source)]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    frames = [int(line.split()[0]) for line in run.stderr.splitlines() if "stack frame" in line]
    assert len(frames) >= len(INSTANCES)
    assert max(frames) < 64, run.stderr


def test_the_source_is_shipped():
    assert Path(og.__file__).parent / "kernels" / "gpu" / "gap_form.cu" == gpu.SOURCE
    assert gpu.SOURCE.is_file()
