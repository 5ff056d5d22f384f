"""Any shape, any array library, any process: the same estimator gets the same verdict.

Law: how a function takes its rewards (``(N,)``, ``(G, N)``, flat with ids, token by token; in NumPy, PyTorch,
JAX, lists) is found out and changes no finding. Law: what cannot be called ends in one line that names the
function, what was expected and what came.
"""

import asyncio
import os
import random
import signal
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from auditing.test_audit import findings
from helpers.wrong_estimators import WRONG, canonical, divided_by_std

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.auditing import adapt
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.targets.guards import staying
from ordergrad_ref.targets.parameters import Parameters
from ordergrad_ref.targets.resolving import reached
from ordergrad_ref.targets.target import Target

ESTIMATORS = [canonical, divided_by_std, WRONG["even_positions_only"][0]]


# ---- the libraries: how a function that takes nothing else reads and answers


def numpy_only():
    def read(x):
        if type(x) is not np.ndarray:
            raise TypeError(f"an ndarray, please, no {type(x)}")
        return x

    return SimpleNamespace(read=read, write=np.asarray, called="")


def torch_only():
    torch = pytest.importorskip("torch", reason="torch is not installed")

    def read(x):
        if not torch.is_tensor(x):
            raise TypeError(f"a tensor, please, no {type(x)}")
        return x.numpy()

    def write(x):
        return torch.tensor(x, requires_grad=True)  # as from a model's own computation

    return SimpleNamespace(read=read, write=write, called="PyTorch tensors: ")


def jax_only():
    jax = pytest.importorskip("jax", reason="jax is not installed")

    def read(x):
        if not isinstance(x, jax.Array):
            raise TypeError(f"a jax.Array, please, no {type(x)}")
        return np.asarray(x, dtype=np.float64 if x.dtype.kind == "f" else np.int64)

    return SimpleNamespace(read=read, write=lambda x: jax.numpy.asarray(x), called="JAX arrays: ")


def list_only():
    def read(x):
        if type(x) is not list:
            raise TypeError(f"a list, please, no {type(x)}")
        return np.array(x)

    return SimpleNamespace(read=read, write=lambda x: x.tolist(), called="lists: ")


LIBRARIES = {"numpy": numpy_only, "torch": torch_only, "jax": jax_only, "list": list_only}


# ---- the layouts: an estimator of one group, as a function of each shape


def by_group(estimator, x, ids, k):
    """Answer each group's rewards in their own order, wherever they stand."""
    a = np.empty(len(x))
    for g in np.unique(ids):
        a[ids == g] = estimator(x[ids == g], k)
    return a


def rows(f, xp):
    def advantage(rewards, k):
        (_,) = (x := xp.read(rewards)).shape
        return xp.write(f(x, k))

    return advantage, "one group (N,) at a time"


def table(f, xp):
    def advantage(rewards, k):
        _, _ = (x := xp.read(rewards)).shape
        return xp.write(np.stack([f(row, k) for row in x]))

    return advantage, "tables (G, N)"


def flat(f, xp):
    def advantage(rewards, k, group_ids):
        (_,) = (x := xp.read(rewards)).shape
        return xp.write(by_group(f, x, xp.read(group_ids), k))

    return advantage, "flat rewards (G·N,) with group ids (group_ids)"


def flat_ids_first(f, xp):
    def advantage(prompt_ids, k, rewards, *, temperature=1.0):
        (_,) = (x := xp.read(rewards)).shape
        return xp.write(by_group(f, x, xp.read(prompt_ids), k))

    return advantage, "flat rewards (G·N,) with group ids (prompt_ids)"


def flat_by_size(f, xp):
    def advantage(rewards, num_generations, k=None):
        (_,) = (x := xp.read(rewards)).shape
        return xp.write(np.concatenate([f(row, k) for row in x.reshape(-1, num_generations)]))

    return advantage, "flat rewards (G·N,), groups one after the other (num_generations)"


def tokens(f, xp):
    """In verl's manner: ids in NumPy whatever the rewards are in, and a pair for an answer."""

    def advantage(token_level_rewards, response_mask, index: np.ndarray, epsilon=1e-6, k=None, **rest):
        r, mask = xp.read(token_level_rewards), xp.read(response_mask)
        assert r.shape == mask.shape
        assert type(index) is np.ndarray
        a = by_group(f, (r * mask).sum(-1), index, k)[:, None] * mask
        return xp.write(a), xp.write(a * 7)

    return advantage, "token-level rewards (G·N, T) with a mask (response_mask) and group ids (index)"


def tokens_to_responses(f, xp):
    def advantage(rewards, eos_mask, uid, k):
        r, mask = xp.read(rewards), xp.read(eos_mask)
        return xp.write(by_group(f, (r * mask).sum(-1), uid, k))

    return advantage, "token-level rewards (G·N, T) with a mask (eos_mask) and group ids (uid)"


def tokens_of_one_group(f, xp):
    def advantage(token_level_rewards, mask, k):
        r, valid = xp.read(token_level_rewards), xp.read(mask)
        return xp.write(f((r * valid).sum(-1), k)[:, None] * valid)

    return advantage, "token-level rewards (N, T) with a mask (mask), one group at a time"


LAYOUTS = [
    rows,
    table,
    flat,
    flat_ids_first,
    flat_by_size,
    tokens,
    tokens_to_responses,
    tokens_of_one_group,
]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_verdict_is_independent_of_shape_and_library(layout, library):
    xp = LIBRARIES[library]()
    for estimator in ESTIMATORS:
        function, said = layout(estimator, xp)
        plain = og.audit(estimator, "max@2", n=3, values=(0, 1, 4))
        report = og.audit(function, "max@2", n=3, values=(0, 1, 4))
        assert report.called_with == f"called with {xp.called}{said}"
        if library == "jax":  # of float32: other roundings, the same verdicts
            a, b = findings(report), findings(plain)
            constants = a.pop("constant"), b.pop("constant")
            assert a == b
            assert constants == (None, None) or constants[0] == pytest.approx(float(constants[1]), rel=1e-6)
        else:
            assert replace(report, target=plain.target) == plain


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("layout", ["rows", "table", "flat", "tokens"])
def test_what_is_chosen_is_not_guessed(layout, library):
    """Every call of an adapted function has the shape and the arrays that were asked for."""
    xp = LIBRARIES[library]()
    dimensions = {"rows": 1, "table": 2, "flat": 1, "tokens": 2}[layout]

    def advantage(rewards, k, groups=None, mask=None):
        x = xp.read(rewards)
        assert x.ndim == dimensions
        assert (groups is not None) == (layout in ("flat", "tokens"))
        assert (mask is not None) == (layout == "tokens")
        if layout in ("rows", "table"):
            return xp.write(np.apply_along_axis(canonical, -1, x, k))
        scores = x if mask is None else (x * xp.read(mask)).sum(-1)
        return xp.write(by_group(canonical, scores, xp.read(groups), k))

    report = og.audit(adapt(advantage, layout=layout, library=library), "max@2", n=3)
    assert report.unbiased
    assert float(report.constant) == pytest.approx(1 / 2, rel=1e-6)


def test_ids_that_are_optional_are_not_needed():
    """Our own functions take ``groups``, and dense rewards without them."""
    called = og.audit(lambda x, k, groups=None: og.advantage(x, f"max@{k}", groups=groups), "max@2", n=4)
    assert called.called_with == "called with tables (G, N)"

    def needs_them_after_all(rewards, k, groups=None):
        if groups is None:
            raise ValueError("whose are these?")
        return by_group(canonical, rewards, groups, k)

    report = og.audit(needs_them_after_all, "max@2", n=4)
    assert report.unbiased
    assert report.called_with == "called with flat rewards (G·N,) with group ids (groups)"


def test_how_parameters_can_be_passed():
    def by_position(rewards, temperature=1.0, k=None, /, *, objective):
        assert (temperature, k) == (1.0, 2)
        return maxk.canonical(rewards, k)

    def by_name(*, rewards, k):
        return maxk.canonical(rewards, k)

    def k_first(k, rewards, **more):
        assert more == {}
        return maxk.canonical(rewards, k)

    def called_group(group, k):
        return maxk.canonical(group, k)

    def starred(*arguments):
        (rewards,) = arguments
        return maxk.canonical(rewards, 2)

    def bound(depth, rewards, k):
        return maxk.canonical(rewards, k) * depth

    for function in (
        by_position,
        by_name,
        k_first,
        called_group,
        starred,
        partial(bound, 1),
        partial(bound, depth=1),
    ):
        report = og.audit(function, "max@2", n=4)
        assert report.constant == 1 / 2
        assert report.called_with == "called with tables (G, N)"


def test_a_mask_that_is_optional_may_be_needed_after_all():
    def advantage(rewards, mask=None, index=None):
        return by_group(canonical, (rewards * mask).sum(-1), index, 2)

    assert og.audit(advantage, "max@2", n=4).called_with.startswith("called with token-level rewards")


# ---- what annotations say


ANNOTATED = {
    "torch.Tensor": "torch",
    "Tensor": "torch",
    "Float[torch.Tensor, 'n']": "torch",
    "jnp.ndarray": "jax",
    "jax.Array": "jax",
    "np.ndarray": "numpy",
    "numpy.typing.NDArray[np.float64]": "numpy",
    "list[float]": "list",
    "List[float]": "list",
    "Sequence[float]": "list",
    "np.ndarray | torch.Tensor": None,
    "list[torch.Tensor]": None,
    "Any": None,
}


@pytest.mark.parametrize(("annotation", "library"), ANNOTATED.items())
def test_annotations_name_libraries(annotation, library):
    def advantage(rewards, k):
        return rewards

    advantage.__annotations__ = {"rewards": annotation}
    assert Parameters.of(advantage).library == library


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_annotated_function_sees_no_other_library(library):
    xp = LIBRARIES[library]()
    annotation = {"numpy": np.ndarray, "list": list[float]}.get(library)
    if library == "torch":
        annotation = pytest.importorskip("torch").Tensor
    if library == "jax":
        annotation = pytest.importorskip("jax").Array
    seen = set()

    def advantage(rewards, k):
        seen.add(type(rewards))
        return xp.write(np.apply_along_axis(canonical, -1, xp.read(rewards), k))

    advantage.__annotations__ = {"rewards": annotation}
    assert og.audit(advantage, "max@2", n=3).unbiased
    assert len(seen) == 1


# ---- dtypes


def test_functions_of_torchs_default_dtype():
    torch = pytest.importorskip("torch", reason="torch is not installed")

    def advantage(rewards, group_ids):
        a = torch.zeros(len(rewards))
        for g in group_ids.unique():
            a[group_ids == g] = rewards[group_ids == g] - rewards[group_ids == g].mean()
        return a

    report = og.audit(advantage, "mean@1", n=4)
    assert report.constant == pytest.approx(3 / 4, rel=1e-6)
    assert report.tolerance == 2.0**-12
    assert "PyTorch tensors of float32" in report.called_with


def test_bfloat16_is_known_for_what_it_is():
    torch = pytest.importorskip("torch", reason="torch is not installed")

    def advantage(rewards: torch.Tensor, k):
        return torch.as_tensor(maxk.canonical(rewards.numpy(), k)).bfloat16()

    report = og.audit(advantage, "max@2", n=4)
    assert report.unbiased
    assert report.tolerance == 2.0**-4


def test_rewards_that_a_library_rounds_coarsen_the_tolerance():
    """JAX has float32 unless told otherwise; 0.1 is another number there."""
    pytest.importorskip("jax", reason="jax is not installed")
    centred = adapt(lambda x: np.asarray(x, np.float64) - np.asarray(x, np.float64).mean(), library="jax")
    assert og.audit(centred, "mean@1", n=3, values=(0, 1)).tolerance == 2.0**-26.5
    assert og.audit(centred, "mean@1", n=3, values=(0.1, 0.7)).tolerance == 2.0**-12


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_the_dtype_of_a_table_reaches_the_function(library, dtype):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    LIBRARIES[library]()
    seen = set()

    def advantage(rewards, mask):
        seen.add(str(rewards.dtype).removeprefix("torch."))
        return rewards.sum(-1)

    Target(adapt(advantage, library=library), og.objective("mean@1"))(
        np.arange(12.0).reshape(3, 4).astype(getattr(ml_dtypes, dtype, dtype))
    )
    assert seen == {dtype}


# ---- groups in one call


def test_positions_taken_for_groups_are_pointed_out():
    """Ids are ignored, consecutive rewards are taken for a group: right until groups are interleaved."""

    def goes_by_position(rewards, groups, k):
        n = len(rewards) // len(set(groups.tolist()))
        return np.concatenate([canonical(row, k) for row in rewards.reshape(-1, n)])

    def goes_by_position_of_tokens(rewards, mask, groups, k):
        return goes_by_position((rewards * mask).sum(-1), groups, k)

    for function in (goes_by_position, goes_by_position_of_tokens):
        report = og.audit(function, "max@2", n=4)
        assert report.unbiased
        assert "it goes by the order of the rewards" in report.called_with
        target = Target(function, og.objective("max@2"))
        target(np.arange(24.0).reshape(6, 4))
        assert target.groups_apart is False


@pytest.mark.parametrize("sized", [False, True])
def test_a_flat_function_that_mixes_groups_is_judged_on_single_ones(sized):
    def whitened_over_the_batch(rewards, groups):
        centred = by_group(lambda x, k: x - x.mean(), rewards, groups, 1)
        return centred / (centred.std() + 1)

    def whitened_over_the_batch_by_size(rewards, group_size):
        return whitened_over_the_batch(rewards, np.arange(len(rewards)) // group_size)

    function = whitened_over_the_batch_by_size if sized else whitened_over_the_batch
    report = og.audit(function, "mean@1", n=4)
    assert not report.unbiased
    assert (
        "one group at a time. Careful: it answers several groups in one call differently"
        in report.called_with
    )
    alone = og.audit(lambda x: (x - x.mean()) / (x.std() + 1), "mean@1", n=4)
    assert report.residual == pytest.approx(alone.residual)


def padded_to_the_largest(rewards, group_ids):
    n, sums = np.bincount(group_ids).max(), np.bincount(group_ids, rewards)
    return rewards - (sums / n)[group_ids]


def of_one_size(rewards, group_ids):
    order = np.argsort(group_ids, kind="stable")
    table = rewards[order].reshape(len(set(group_ids)), -1)
    advantages = np.empty_like(rewards)
    advantages[order] = (table - table.mean(axis=1, keepdims=True)).ravel()
    return advantages


def of_any_size(rewards, group_ids):
    return rewards - (np.bincount(group_ids, rewards) / np.bincount(group_ids))[group_ids]


@pytest.mark.parametrize(
    ("function", "apart", "says"),
    [
        (padded_to_the_largest, False, "beside a group of another size, groups are answered differently"),
        (of_one_size, True, "groups of several sizes are not taken"),
        (of_any_size, True, ""),
    ],
)
def test_groups_of_several_sizes(function, apart, says):
    report = og.audit(function, "mean@1", n=4)
    assert report.unbiased
    assert report.finding("groups_apart").holds is apart
    assert says in report.called_with
    assert ("Careful" in report.called_with) == bool(says)


def test_groups_apart():
    def verdict(function):
        target = Target(function, og.objective("mean@1"))
        assert target.groups_apart is None
        target(np.arange(24.0).reshape(6, 4))
        return target.groups_apart

    assert verdict(lambda x: x - x.mean(-1, keepdims=True)) is True
    assert verdict(lambda x: x - x.mean()) is False
    assert verdict(lambda x: [float(r) for r in x]) is None
    assert verdict(lambda r, groups: by_group(lambda x, k: x, r, groups, 1)) is True
    assert verdict(lambda r, groups: r - r.mean()) is False


# ---- tokens


def outcome(f, tail=lambda a, mask: a[:, None] * mask):
    def advantage(rewards, mask, index):
        return tail(by_group(f, (rewards * mask).sum(-1), index, 1), mask)

    return advantage


def test_padding_may_hold_anything():
    def nan_on_padding(a, mask):
        return np.where(mask > 0, a[:, None], np.nan)

    assert og.audit(outcome(lambda x, k: x, nan_on_padding), "mean@1", n=3).constant == 1


def test_lengths_that_matter_are_pointed_out():
    def over_length(a, mask):
        return a[:, None] * mask / mask.sum(-1, keepdims=True)

    report = og.audit(outcome(lambda x, k: x, over_length), "mean@1", n=3)
    assert report.constant == og.audit(lambda x: x / 2, "mean@1", n=3).constant
    assert "Careful: the lengths of the responses change its advantages" in report.called_with
    assert "Careful" not in og.audit(outcome(lambda x, k: x), "mean@1", n=3).called_with


def test_rewards_read_from_the_last_column_are_not_found():
    """The last column is padding: a function that reads the reward there answers zeros, and is told so."""
    report = og.audit(lambda rewards, mask: rewards[:, -1], "mean@1", n=3)
    assert report.constant == 0
    assert "no signal" in report.verdict


# ---- what cannot be audited


def hangs(x):
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            continue


class Interrupts(BaseException):
    pass


def raises_what_is_no_exception(x):
    raise Interrupts("stop")


async def asynchronous(x):
    await asyncio.sleep(0)


def sorts_tokens(rewards, mask):
    rewards[::-1].sort()
    return rewards[:, 0]


def makes_ragged(x):
    if isinstance(x, list):
        x[0] = [1, 2]
        return [0.0] * len(x)
    raise TypeError("a list, please")


class Stubborn:
    def __float__(self):
        raise ArithmeticError("no number")


def marks_ids(rewards, groups):
    groups += 1
    return rewards


def discounted(rewards, mask):
    return np.cumsum(mask[:, ::-1], axis=1)[:, ::-1] * rewards.sum(-1, keepdims=True)


def fails_without_words(x):
    raise NotImplementedError


GLOBAL = {
    "numpy": lambda x: x + np.random.normal(size=x.shape),  # noqa: NPY002
    "python": lambda x: x * random.random(),
    "ties": lambda x: np.where(x == x.max(), np.random.permutation(len(x)), 0.0),  # noqa: NPY002
    "table": lambda x: x + random.random() * np.ones((x.shape[0], x.shape[1])),
}

UNFIT = {
    "hangs": (adapt(hangs, timeout=0.2), r"hangs did not answer within 0\.2 s, on rewards \["),
    "raises what is no exception": (raises_what_is_no_exception, r"raised Interrupts: stop, on rewards \["),
    "fails without words": (fails_without_words, "raised NotImplementedError: raise NotImplementedError, on"),
    "is asynchronous": (asynchronous, "asynchronous is asynchronous; wrap it"),
    "changes tokens": (sorts_tokens, "changed its input: .* let it work on a copy"),
    "changes ids": (marks_ids, r"changed its input \(ids\)"),
    "changes lists": (makes_ragged, r"changed its input: \[.*\] became unreadable \(ValueError"),
    "returns stubborn objects": (
        lambda x: [Stubborn()] * len(x),
        "expected to return real numbers, returned <",
    ),
    "one token after another": (discounted, "different advantages for the tokens of one response"),
    "returns NaN for tokens": (lambda r, mask: r * np.nan, "NaN or infinity on rewards"),
    "returns a shape of its own": (
        lambda r, mask: r[:, :-1],
        r"expected to return shape \(4, 3\) or \(4,\) for rewards of shape \(4, 3\), returned ndarray of",
    ),
    "returns masked numbers": (lambda x: np.ma.masked_equal(x, 1), r"NaN or infinity on rewards \[1\.,"),
    "returns too few of flat": (
        lambda r, uids: r[1:],
        r"expected to return shape \(4,\) for rewards of that shape",
    ),
    "no flat function": (
        adapt(lambda x: x, layout="flat"),
        "layout: flat expected a parameter for group ids",
    ),
    "no such library": (
        adapt(lambda x: x, library="jax"),
        "library: expected jax to be installed, it is not",
    ),
    "wrong library": (
        adapt(lambda x: x.clamp(0), library="numpy"),
        r"raised AttributeError: .*clamp.*, on rewards \[[^()]*$",
    ),
    "needs more": (lambda rewards, index, beta: 0, r"needs beta; wrap it .* bind what it needs \(--kwarg"),
    **{
        f"depends on chance: {name}": (function, r"depends on global random state .* other seeds")
        for name, function in GLOBAL.items()
    },
}


class UnprintableError(Exception):
    def __str__(self):
        raise ValueError


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UnprintableError(), "raised UnprintableError: "),
        (ValueError("x" * 10**6), "raised ValueError: xx"),
        (ValueError("\a\x1b[31mred"), r"raised ValueError: \[31mred"),
    ],
)
def test_an_error_of_any_kind_is_told_in_a_short_line(error, words):
    def raises(x):
        raise error

    with pytest.raises(TargetError, match=words) as told:
        og.audit(raises, "max@2", n=4)
    assert len(str(told.value)) < 1000
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("case", UNFIT)
def test_unfit_functions(case, monkeypatch):
    function, message = UNFIT[case]
    if case == "no such library":
        monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(TargetError, match=message) as error:
        og.audit(function, "max@2", n=4)
    assert "\n" not in str(error.value)


def test_a_library_that_makes_no_arrays_is_passed_over(monkeypatch):
    """As PyTorch does where it was built for another NumPy."""
    monkeypatch.setitem(
        sys.modules, "torch", SimpleNamespace(get_rng_state=bool, set_rng_state=bool, manual_seed=bool)
    )
    monkeypatch.setitem(sys.modules, "jax", None)
    report = og.audit(
        lambda x: sum(x) and [r - sum(x) / len(x) for r in x] if type(x) is list else 1 / 0,
        "mean@1",
        n=3,
        values=(1, 2),
    )
    assert "lists" in report.called_with
    with pytest.raises(TargetError, match="library: cannot make PyTorch tensors here: AttributeError"):
        og.audit(adapt(lambda x: x, library="torch"), "mean@1", n=3)


def test_a_guess_that_fails_says_that_it_was_one():
    with pytest.raises(TargetError, match="shape and array library are guessed"):
        og.audit(lambda x: 1 / 0, "max@2", n=4)


def test_torchs_global_generator_is_seen():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises(TargetError, match="depends on global random state"):
        og.audit(lambda x: torch.as_tensor(x) + torch.rand(x.shape), "max@2", n=4)
    generator = torch.Generator()
    with pytest.raises(TargetError, match="differently each time; fix its seed"):
        og.audit(lambda x: torch.as_tensor(x) + torch.rand(x.shape, generator=generator), "max@2", n=4)


def test_a_generator_of_its_own_with_a_fixed_seed_is_fine():
    def advantage(x):
        return x + 0 * np.random.default_rng(0).normal(size=x.shape)

    assert og.audit(advantage, "mean@1", n=4).unbiased


def test_global_random_states_are_put_back():
    states = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
    og.audit(maxk.canonical, "max@2", n=4)
    assert random.getstate() == states[0]
    assert (np.random.get_state()[1] == states[1]).all()  # noqa: NPY002
    torch = pytest.importorskip("torch", reason="torch is not installed")
    before = torch.get_rng_state()
    og.audit(maxk.canonical, "max@2", n=4)
    assert torch.equal(torch.get_rng_state(), before)


def test_what_a_function_forks_may_leave(monkeypatch):
    left = []
    monkeypatch.setattr(os, "_exit", left.append)
    with staying():
        with pytest.raises(SystemExit):
            os._exit(1)
        monkeypatch.setattr(os, "getpid", lambda: -1)  # as in a fork
        os._exit(7)
    assert left == [7]


def test_a_time_limit_leaves_no_trace():
    report = og.audit(adapt(maxk.canonical, timeout=5), "max@2", n=4)
    assert report == og.audit(maxk.canonical, "max@2", n=4)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_time_limit_keeps_somebody_elses():
    """As the plugins have that limit a whole test."""
    fired = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: fired.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        og.audit(adapt(maxk.canonical, timeout=5), "max@2", n=4)
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] < 0.3
        time.sleep(0.4)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert fired == [signal.SIGALRM]


def test_what_is_printed_is_noted(capsys):
    def talks(x):
        print("rewards", x)
        print("in two lines")
        return x

    report = og.audit(talks, "mean@1", n=3)
    assert capsys.readouterr().out == ""
    note = "; it prints to standard output ('rewards [1. 6. 1.]' first), which is kept out of this report"
    assert report.called_with.endswith(note)
    assert "prints" not in og.audit(lambda x: x, "mean@1", n=3).called_with


def test_what_a_function_sets_is_put_back():
    def careless(x):
        np.seterr(all="raise")
        return x

    before = np.geterr()
    assert og.audit(careless, "mean@1", n=3).unbiased
    assert np.geterr() == before


# ---- adapted functions


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layout": "dense"}, "layout: expected rows, table, flat, tokens, got 'dense'"),
        ({"library": "cupy"}, "library: expected numpy, torch, jax, list, got 'cupy'"),
        ({"timeout": 0}, "timeout: expected a positive number of seconds, got 0"),
        ({"timeout": float("inf")}, "timeout: expected a positive number of seconds, got inf"),
        ({"timeout": "1"}, "timeout: expected a positive number of seconds, got '1'"),
    ],
)
def test_bad_adapters(arguments, message):
    with pytest.raises(InvalidInputError, match=message):
        adapt(maxk.canonical, **arguments)


def test_an_adapted_function_is_still_that_function():
    adapted = adapt(maxk.maxpo, layout="table")
    assert og.audit(adapted, "max@3", n=5) == og.audit(maxk.maxpo, "max@3", n=5)
    assert adapted.contract is maxk.maxpo.contract
    assert adapted([0, 1, 3], k=2).tolist() == maxk.maxpo([0, 1, 3], k=2).tolist()
    bound = og.audit(partial(adapted, k=3), "max@4", n=6)
    assert bound.target == "maxpo"
    assert not bound.unbiased
    with pytest.raises(TargetError, match="expected a callable, got 3"):
        adapt(3)


# ---- as a command line names them


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "functions.py").write_text(
        "from ordergrad_ref import maxk\n"
        "def passk(rewards, pass_k, scale=1, *, mode='canonical'):\n"
        "    return getattr(maxk, mode)(rewards, pass_k) * scale\n"
        "def anything(rewards, **options):\n"
        "    return maxk.canonical(rewards, options['depth']['k'])\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield "functions.py"
    sys.modules.pop("functions", None)


@pytest.mark.parametrize(
    ("function", "keywords", "constant"),
    [
        ("passk", ["pass_k=4"], 1 / 4),
        ("passk", ["pass_k=4", "scale=0.5"], 1 / 8),
        ("passk", [" pass_k = 4", "mode=pkpo"], 1 / 8),
        ("passk", ["pass_k=3"], None),
        ("anything", ['depth={"k": 4}'], 1 / 4),
    ],
)
def test_keywords(module, function, keywords, constant):
    with reached(f"{module}:{function}", keywords=keywords) as target:
        report = og.audit(target, "max@4", n=8)
    assert report.target == function
    assert report.constant == constant


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        (["pas_k=4"], "kwarg: passk takes no 'pas_k'; did you mean 'pass_k'?"),
        (["wholly=4"], "kwarg: passk takes no 'wholly', but rewards, pass_k, scale, mode"),
        (["pass_k"], "kwarg: expected name=value, got 'pass_k'"),
        (["=4"], "kwarg: expected name=value, got '=4'"),
    ],
)
def test_bad_keywords(module, keywords, message):
    with (
        pytest.raises(InvalidInputError, match=message.replace("?", r"\?")),
        reached(f"{module}:passk", keywords=keywords),
    ):
        pass


def test_a_contract_does_not_speak_for_bound_arguments():
    with reached("maxpo") as plain, reached("maxpo", keywords=['scale="gradient"']) as bound:
        assert plain.contract is maxk.maxpo.contract
        assert bound.contract is None
        assert (
            og.audit(bound, "max@4", n=6).constant
            == og.audit(partial(maxk.maxpo, scale="gradient"), "max@4", n=6).constant
        )


PORT = """
import json, sys
from fractions import Fraction
import ordergrad_ref as og
input()
print(json.dumps({"protocol": "ordergrad-ref/1", "name": "a port", "functions": ["advantage"]}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    if "dies" in sys.argv:
        sys.exit("no more")
    objective = og.LStatistic(list(map(Fraction, request["objective"]["weights"])))
    groups = og.advantage(request["groups"], objective)
    if "mixes" in sys.argv:
        groups = groups - groups[0, 0]
    print(json.dumps({"id": request["id"], "result": groups.tolist()}), flush=True)
"""


@pytest.fixture
def port(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(og.__file__).parents[1]))
    (tmp_path / "port.py").write_text(PORT)
    return f"{sys.executable} {tmp_path / 'port.py'}"


def test_a_process_is_judged_like_a_function(port):
    with reached(None, process=port) as target:
        report = og.audit(target, "top(2)@3", n=5)
    plain = og.audit(lambda x: og.advantage(x, "top(2)@3"), "top(2)@3", n=5)
    assert report.target == "a port"
    assert replace(report, target=plain.target) == plain


@pytest.mark.parametrize(
    ("how", "message"), [("dies", "a port .*exit status 1.*no more"), ("mixes", "a port mixes groups")]
)
def test_an_unfit_process(port, how, message):
    with pytest.raises(TargetError, match=message), reached(None, process=f"{port} {how}") as target:
        og.audit(target, "max@2", n=4)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "target: expected package.module:function"),
        ({"target": "maxpo", "process": "true"}, "target: expected none beside a process, got 'maxpo'"),
        ({"process": "true", "keywords": ["a=1"]}, r"kwarg: expected none beside a process, got \['a=1'\]"),
        ({"process": "true", "layout": "rows"}, "layout: expected none beside a process, got 'rows'"),
    ],
)
def test_targets_that_contradict_themselves(arguments, message):
    with pytest.raises(InvalidInputError, match=message), reached(**{"target": None, **arguments}):
        pass
