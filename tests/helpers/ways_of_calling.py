"""One estimator in every shape and array library in which functions take rewards.

Each function of a layout returns the estimator in that shape, and what a report says of how it was called.
"""

from types import SimpleNamespace

import numpy as np
import pytest

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
    """In verl's manner: ids in NumPy whatever the rewards are in, and a pair of equals for an answer."""

    def advantage(token_level_rewards, response_mask, index: np.ndarray, epsilon=1e-6, k=None, **rest):
        r, mask = xp.read(token_level_rewards), xp.read(response_mask)
        assert r.shape == mask.shape
        assert type(index) is np.ndarray
        a = by_group(f, (r * mask).sum(-1), index, k)[:, None] * mask
        return xp.write(a), xp.write(a)

    called = "token-level rewards (G·N, T) with a mask (response_mask) and group ids (index)"
    return advantage, f"{called}; the first of a tuple of 2 is taken"


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
