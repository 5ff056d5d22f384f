"""What is installed, what is registered, and which settings bias the gradient: the data of ``doctor``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, entry_points, version
from typing import Any

__all__ = ["FRAMEWORKS", "Setting", "installed", "plugin_is_registered", "settings", "version_of"]

FRAMEWORKS = {
    "torch": None, "jax": None, "trl": "1.16.0", "verl": "0.9.1", "rllm": None, "skyrl": None, "slime": None,
    "tunix": None, "evotorch": "0.6.1",
}  # fmt: skip
"""Packages, and the release that the integration was tested with, if there is one."""


@dataclass(frozen=True)
class Setting:
    """A setting of a trainer that biases the gradient.

    Attributes
    ----------
    name, value : str
        As it stands in the configuration.
    says : str
        What it does.
    remedy : str
        What to set instead.
    """

    name: str
    value: str
    says: str
    remedy: str


def installed() -> dict[str, str | None]:
    """Give the version of each framework; None where it is not installed. Nothing is imported."""
    return {name: version_of(name) for name in FRAMEWORKS}


def version_of(name: str) -> str | None:
    """Give the version of an installed package; None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def plugin_is_registered() -> bool:
    """Tell whether the entry point is installed that verl looks for."""
    return any(e.value.startswith("ordergrad_ref.") for e in entry_points(group="verl.plugins"))


LENGTHS = "divides the weights by lengths, which biases the gradient (spec eq. (98))"
SPREAD = "divides advantages by a spread of the rewards, which biases the gradient (spec eq. (49))"
KL = "adds the gradient of a KL term (spec eq. (99))"

BIASED: dict[str, tuple[tuple[str, ...] | None, str, str]] = {
    "loss_type": (("grpo", "bnpo", "dapo", "sapo", "cispo", "vespo"), LENGTHS, "dr_grpo"),
    "loss_agg_mode": (
        ("token-mean", "seq-mean-token-mean", "sequence-mean-token-mean"), LENGTHS, "seq-mean-token-sum",
    ),
    "loss_reduction": (
        ("token_mean", "token_mean_legacy", "sequence_mean", "prompt_mean"), LENGTHS,
        "seq_mean_token_sum_norm",
    ),
    "calculate_per_token_loss": (("true",), LENGTHS, "a reducer that sums over tokens"),
    "scale_rewards": (("group", "batch", "true"), SPREAD, "none"),
    "norm_adv_by_std_in_grpo": (("true",), SPREAD, "false"),
    "normalize_advantages": (("true",), SPREAD, "false"),
    "grpo_std_normalization": (("true",), SPREAD, "false"),
    "adv_estimator": (("grpo", "grpo_passk", "reinforce_plus_plus"), SPREAD, "max@4, or rloo"),
    "use_kl_loss": (("true",), KL, "false"),
    "use_kl_in_reward": (("true",), KL, "false"),
    "beta": (None, KL, "0.0"),
}  # fmt: skip
"""For each setting the values that bias (None: any but zero), what they do, and what to set."""


def settings(config: Mapping[str, Any], inside: str = "") -> Iterator[Setting]:
    """Find the settings of a configuration that bias the gradient, at any depth.

    Examples
    --------
    >>> [s.name for s in settings({"actor": {"loss_agg_mode": "token-mean"}, "beta": 0.0})]
    ['actor.loss_agg_mode']
    """
    for key, value in config.items():
        name = f"{inside}{key}"
        if isinstance(value, Mapping):
            yield from settings(value, f"{name}.")
            continue
        last = name.rpartition(".")[2]
        if last not in BIASED:
            continue
        values, says, remedy = BIASED[last]
        if str(value).lower() in values if values is not None else _is_not_zero(value):
            yield Setting(name, str(value), says, remedy)


def _is_not_zero(value: Any) -> bool:
    try:
        return float(value) != 0
    except (TypeError, ValueError):
        return False
