"""Judge the losses of trainers that are not installed, out of their sources, by `og.audit_loss`.

    git clone https://github.com/NovaSky-AI/SkyRL checkouts/SkyRL  # and so on: each commit stands in PROJECTS
    python benchmarks/source_losses.py checkouts                   # all that are there
    python benchmarks/source_losses.py checkouts SkyRL slime

It prints the second table of "What losses do" in ``docs/field-reports/2026-11.md``. Each loss is the
project's own function, called as its trainer calls it, with K times the canonical advantages for max@2 in a
group of four. PyTorch, JAX and flax are needed; what else the projects import is replaced by stand-ins.
"""

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import ordergrad_ref as og
from ordergrad_ref.trainers import TrainerReport
from ordergrad_ref.trainers.off_policy_causes import OFF_POLICY

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "docs" / "field-reports"))
from loading import imported  # noqa: E402

Loss = Callable[..., Any]
Subjects = Iterator[tuple[str, Loss]]


def skyrl(root: Path) -> Subjects:
    """Advantages are scaled so that a plain sum of the loss has the reduction that is asked for."""
    unused = ("ray", "jaxtyping", "loguru", "omegaconf", "skyrl.train")
    theirs = imported(root, "skyrl.backends.skyrl_train.utils.ppo_utils", unused)
    config = SimpleNamespace(
        policy_loss_type="regular", eps_clip_low=0.2, eps_clip_high=0.2,
        off_policy_correction=SimpleNamespace(
            tis_ratio_type=None, sequence_mask_metric=None, outlier_token_is_threshold_low=None,
            outlier_token_is_threshold_high=None, token_mask_is_threshold_low=None,
        ),
    )  # fmt: skip

    def of(reduction: str) -> Loss:
        def loss(log_probs: Any, old_log_probs: Any, advantages: Any, loss_mask: Any) -> Any:
            n, t = log_probs.shape
            scaled = theirs.apply_loss_reduction_to_advantages_minibatch(
                advantages * loss_mask, loss_mask, reduction, n // 2, t, [(0, n)]
            )
            return theirs.ppo_policy_loss(log_probs, old_log_probs, scaled, config, loss_mask)[0]

        return loss

    for reduction in (
        "token_mean", "token_mean_legacy", "sequence_mean", "seq_mean_token_sum_norm", "prompt_mean",
    ):  # fmt: skip
        yield f'loss_reduction="{reduction}"', of(reduction)


def tunix(root: Path) -> Subjects:
    """The aggregation alone, of PPO's term without a clip."""
    theirs = imported(root, "tunix.rl.common", ("tunix.oss",))

    def of(mode: str) -> Loss:
        def loss(log_probs: Any, advantages: Any, completion_mask: Any) -> Any:
            metric = theirs.aggregate_loss(-advantages * log_probs, completion_mask, mode)
            return metric.unreduced_sum / metric.denominator

        return loss

    for mode in (
        "sequence-mean-token-mean", "token-mean", "sequence-mean-token-scale", "seq-mean-token-sum",
        "sequence-mean-token-sum-norm",
    ):  # fmt: skip
        yield f'loss_agg_mode="{mode}"', of(mode)


def slime(root: Path) -> Subjects:
    """A batch of answers laid out one after another; the sum is divided by Megatron as noted."""
    os.environ["TORCHDYNAMO_DISABLE"] = "1"
    unused = ("megatron", "slime.utils.misc", "sglang", "ray")
    parts = imported(root, "slime.backends.megatron_utils.cp_utils", unused)
    policy = imported(root, "slime.utils.ppo_utils", unused)
    parts.mpu = SimpleNamespace(get_context_parallel_world_size=lambda: 1)

    def of(reducer_of: Callable[..., Any], per_token: bool) -> Loss:
        def loss(log_probs: Any, old_log_probs: Any, advantages: Any, loss_mask: Any) -> Any:
            lengths = [int(k) for k in loss_mask.sum(1)]
            masks = [m[:k] for m, k in zip(loss_mask, lengths, strict=True)]
            kept = loss_mask.bool()
            terms, _ = policy.compute_policy_loss(
                (old_log_probs - log_probs)[kept], advantages[kept], eps_clip=0.2, eps_clip_high=0.2
            )
            reducer = reducer_of(lengths, lengths, masks, calculate_per_token_loss=per_token)
            return reducer(terms) / (sum(lengths) if per_token else len(lengths))

        return loss

    yield "default", of(parts.get_sum_of_sample_mean, per_token=False)
    yield "`--calculate-per-token-loss`", of(parts.get_sum_of_sample_mean, per_token=True)
    yield "the reducer of our guide", of(sum_of_tokens, per_token=False)


def sum_of_tokens(_: Any, response_lengths: Any, loss_masks: Any, **__: Any) -> Any:
    """The reducer of ``docs/guides/trainers/slime.md``, for ``--custom-pg-loss-reducer-function-path``."""

    def reduce(x: Any) -> Any:
        parts = x.split(response_lengths, dim=0)
        return sum((part * mask).sum() for part, mask in zip(parts, loss_masks, strict=True))

    return reduce


def openrlhf(root: Path) -> Subjects:
    """The policy loss as a module."""
    theirs = imported(root, "openrlhf.models.loss", ("deepspeed", "transformers", "peft", "tqdm"))

    def of(token_level: bool) -> Loss:
        made = theirs.PolicyLoss(token_level_loss=token_level)

        def loss(log_probs: Any, old_log_probs: Any, advantages: Any, action_mask: Any) -> Any:
            return made(log_probs, old_log_probs, advantages, action_mask)[0]

        return loss

    yield "token_level_loss=True", of(token_level=True)
    yield "token_level_loss=False", of(token_level=False)


def easyr1(root: Path) -> Subjects:
    """The policy loss, with its default clip."""
    theirs = imported(root, "verl.trainer.core_algos", ("transformers", "omegaconf", "ray"))

    def of(mode: str) -> Loss:
        def loss(log_probs: Any, old_log_probs: Any, advantages: Any, response_mask: Any) -> Any:
            return theirs.compute_policy_loss(
                old_log_probs, log_probs, advantages, response_mask, 0.2, 0.3, 3.0, 1.0, 1.05, "default", mode
            )[0]

        return loss

    yield 'loss_avg_mode="token"', of("token")
    yield 'loss_avg_mode="seq"', of("seq")


def areal(root: Path) -> Subjects:
    """The actor's loss; batches of several micro-batches are weighted by their numbers of tokens."""
    theirs = imported(root, "areal.utils.functional.functional", ("areal.api", "areal.utils.data"))

    def loss(log_probs: Any, old_log_probs: Any, advantages: Any, loss_mask: Any) -> Any:
        return theirs.ppo_actor_loss_fn(
            log_probs, old_log_probs, old_log_probs, advantages, 0.2, loss_mask.bool()
        )[0]

    yield "`ppo_actor_loss_fn`", loss


def prime_rl(root: Path) -> Subjects:
    """Its default loss, divided by the number of tokens of all ranks and micro-batches."""
    unused = ("beartype", "jaxtyping", "prime_rl.configs", "prime_rl.utils")
    theirs = imported(root / "src", "prime_rl.trainer.rl.loss", unused)
    config = SimpleNamespace(dppo_mask_high=0.2, dppo_mask_low=0.2, adv_tau=1.0, kl_tau=0.0)

    def loss(log_probs: Any, inference_logprobs: Any, advantages: Any, loss_mask: Any) -> Any:
        answers = (list(x) for x in (log_probs, inference_logprobs, advantages, loss_mask.bool()))
        now, before, advantage, mask = answers
        return theirs.compute_loss(
            now, before, None, advantage, mask, None, None, None,
            lambda inputs: theirs.default_loss_fn(inputs, config), int(loss_mask.sum()), 1, 1,
        )[0]  # fmt: skip

    yield "default, `kl_tau=0`", loss


PROJECTS: dict[str, tuple[str, str, Callable[[Path], Subjects]]] = {
    "SkyRL": ("NovaSky-AI/SkyRL", "a956457", skyrl),
    "tunix": ("google/tunix", "c7d8950", tunix),
    "slime": ("THUDM/slime", "624b824", slime),
    "OpenRLHF": ("OpenRLHF/OpenRLHF", "3c3be62", openrlhf),
    "EasyR1": ("hiyouga/EasyR1", "b44b311", easyr1),
    "AReaL": ("areal-project/AReaL", "cbff54d", areal),
    "prime-rl": ("PrimeIntellect-ai/prime-rl", "559b447", prime_rl),
}
"""For each folder the repository, its commit, and what is asked of it."""


def row(report: TrainerReport) -> str:
    """Say the verdict in the manner of the table."""
    elsewhere = " and ".join(c.name for c in report.causes if c.name in OFF_POLICY) or "–"
    if report.unbiased:
        return f"0°, c = {report.formula or report.constant} | – | {elsewhere}"
    causes = " and ".join(c.name for c in report.causes if c.name not in OFF_POLICY)
    return f"{report.angle:.2f}° | {causes} | {elsewhere}"


def main() -> None:
    """Print one row for each loss."""
    warnings.simplefilter("ignore")
    import jax  # noqa: F401  the losses are of one or the other
    import torch  # noqa: F401

    folder, *chosen = sys.argv[1:]
    print("| trainer | loss | expected gradient | because | where another policy sampled |")
    print("|---|---|---|---|---|")
    for name, (repository, commit, subjects) in PROJECTS.items():
        root = Path(folder) / name
        if (chosen and name not in chosen) or not root.is_dir():
            continue
        for what, loss in subjects(root.resolve()):
            told = f"`{what}`" if "=" in what and "`" not in what else what
            library: Any = "jax" if name == "tunix" else "torch"
            report = og.audit_loss(wide(loss), "max@2", 4, library=library)
            print(f"| {repository} `{commit}` | {told} | {row(report)} |", flush=True)


def wide(loss: Loss) -> Loss:
    """Let a loss refuse advantages ``(N,)``, which trainers spread over tokens first."""
    from functools import wraps

    @wraps(loss)
    def checked(*arguments: Any, **given: Any) -> Any:
        if given["advantages"].ndim == 1:
            raise ValueError("expected advantages (N, T)")
        return loss(*arguments, **given)

    return checked


if __name__ == "__main__":
    main()
