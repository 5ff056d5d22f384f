"""What each parameter is for, and in which library the rewards come: from names and annotations."""

from functools import partial

import numpy as np
import pytest
from helpers.ways_of_calling import LIBRARIES
from helpers.wrong_estimators import canonical

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.targets.parameters import Parameters

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


@pytest.mark.slow
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


@pytest.mark.slow
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
        k = "" if function in (starred,) else "; k = 2, the objective's K"
        assert report.called_with == f"called with tables (G, N){k}"
