"""The readings of `test_reading_groups`, of functions that only tensors of PyTorch or arrays of JAX fit."""

import pytest

import ordergrad_ref as og

torch = pytest.importorskip("torch", reason="torch is not installed")
jax = pytest.importorskip("jax", reason="jax is not installed")
jnp = jax.numpy


def centred(g):
    return g - g.mean()


def list_of_tensors(rewards: list[torch.Tensor]):
    assert type(rewards) is list
    return torch.stack([g - torch.mean(g) for g in rewards])


def stack_of_tensors(rewards):
    return torch.stack([g - g.mean() for g in torch.as_tensor(rewards)])


def concatenated_tensors(rewards: torch.Tensor):
    return torch.cat([(g - g.mean())[None] for g in rewards])


def with_axes_in_the_annotation(rewards: 'Float[Tensor, "groups n"]'):  # noqa: F722, F821
    return torch.stack([g - g.mean() for g in rewards])


def mapped_by_jax(rewards):
    return jax.lax.map(centred, jnp.asarray(rewards))


def viewed(rewards: torch.Tensor, num_generations):
    table = rewards.view(num_generations, -1)
    return (table - (table.sum(0) - table) / (num_generations - 1)).view(-1)


GROUP_BY_GROUP = {
    "list of tensors": list_of_tensors,
    "stack of tensors": stack_of_tensors,
    "concatenated tensors": concatenated_tensors,
    "axes in the annotation": with_axes_in_the_annotation,
    "map of JAX": mapped_by_jax,
    "vmap of JAX": jax.vmap(centred),
    "compiled vmap of JAX": jax.jit(jax.vmap(centred)),
    "vmap of PyTorch": torch.vmap(centred),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", GROUP_BY_GROUP)
def test_a_table_written_group_by_group_is_judged_as_a_table(name):
    report = og.audit(GROUP_BY_GROUP[name], "mean@1", n=4, values=(0, 1, 4))
    assert report.unbiased
    assert float(report.constant) == pytest.approx(3 / 4, rel=1e-6)
    assert report.groups_apart
    assert "tables (G, N)" in report.called_with
    assert "one group at a time" not in report.called_with


def test_interleaved_groups_of_a_tensor_are_recognised():
    report = og.audit(viewed, "mean@1", n=4)
    assert report.constant == 1
    assert "sample by sample: the samples of a group stand G places apart" in report.called_with
