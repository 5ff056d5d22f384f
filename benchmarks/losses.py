"""Judge the losses of released trainers by `og.audit_loss`, and print the table of ``docs/guides/losses.md``.

    python benchmarks/losses.py trl      # needs trl 1.16.0, transformers, datasets
    python benchmarks/losses.py verl     # needs verl 0.9.1
    python benchmarks/losses.py trl dapo # one of them

The losses are the trainers' own code. TRL's takes its log-probabilities from a model: here they are given.
"""

import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from types import SimpleNamespace
from typing import Any

import ordergrad_ref as og
from ordergrad_ref.trainers import TrainerReport
from ordergrad_ref.trainers.off_policy_causes import OFF_POLICY

ESTIMATORS = {
    "canonical, max@2": ("max@2", None),
    "RLOO, mean": ("mean@1", "rloo"),
    "GRPO (std), mean": ("mean@1", "grpo"),
}
"""Which advantages the loss is given, and whose gradient it should follow."""

TRL_LOSSES = {
    "dr_grpo": "token", "luspo": "sequence", "grpo": "token", "bnpo": "token", "dapo": "token",
    "cispo": "token", "sapo": "token",
}  # fmt: skip
"""Loss types of TRL, each with the level of its importance ratios."""

VERL_MODES = ("seq-mean-token-sum", "seq-mean-token-sum-norm", "token-mean", "seq-mean-token-mean")


def of_trl(loss_type: str, level: str) -> Callable[..., Any]:
    """``GRPOTrainer._compute_loss`` on given log-probabilities."""
    import torch
    from trl import GRPOConfig, GRPOTrainer

    defaults = {f.name: f.default for f in GRPOConfig.__dataclass_fields__.values()}
    args = SimpleNamespace(**{**defaults, "steps_per_generation": 1})

    def loss(log_probs: Any, advantages: Any, completion_mask: Any) -> Any:
        n, t = log_probs.shape
        trainer = SimpleNamespace(
            _get_per_token_logps_and_entropies=lambda *_, **__: (
                log_probs,
                torch.zeros_like(log_probs),
                None,
            ),
            args=args,
            loss_type=loss_type,
            importance_sampling_level=level,
            beta=0.0,
            epsilon_low=args.epsilon,
            epsilon_high=args.epsilon if args.epsilon_high is None else args.epsilon_high,
            top_entropy_quantile=1.0,
            off_policy_mask_threshold=None,
            aux_loss_enabled=False,
            use_vllm=False,
            _entropy_bonus_enabled=False,
            current_gradient_accumulation_steps=1,
            max_completion_length=t,
            model=SimpleNamespace(training=True),
            accelerator=SimpleNamespace(
                num_processes=1, sync_gradients=False, gather=lambda x: x, reduce=lambda x, **_: x
            ),
            _metrics={"train": defaultdict(list)},
        )
        ids = torch.zeros(n, t, dtype=torch.long)
        inputs = {
            "prompt_ids": ids[:, :1],
            "prompt_mask": torch.ones(n, 1, dtype=torch.long),
            "completion_ids": ids,
            "completion_mask": completion_mask.long(),
            "advantages": advantages,
            "num_items_in_batch": completion_mask.sum(),
        }
        return GRPOTrainer._compute_loss(trainer, None, inputs)

    return loss


def of_verl(mode: str) -> Callable[..., Any]:
    """``compute_policy_loss_vanilla`` of verl, as its actor calls it."""
    from verl.trainer.ppo.core_algos import compute_policy_loss_vanilla

    class Config(dict):  # type: ignore[type-arg]
        __getattr__ = dict.__getitem__

    config = Config(
        clip_ratio=0.2, clip_ratio_low=0.2, clip_ratio_high=0.2, clip_ratio_c=3.0, global_batch_info={}
    )

    def loss(log_prob: Any, old_log_prob: Any, advantages: Any, response_mask: Any) -> Any:
        if advantages.dim() == 1:
            raise ValueError("verl takes advantages (N, T)")
        return compute_policy_loss_vanilla(
            old_log_prob, log_prob, advantages, response_mask, loss_agg_mode=mode, config=config
        )[0]

    return loss


def subjects(trainer: str) -> Iterator[tuple[str, Callable[[], Callable[..., Any]]]]:
    """Each loss of a trainer: its name, and how it is made."""
    if trainer == "trl":
        for loss_type, level in TRL_LOSSES.items():
            yield f'loss_type="{loss_type}"', partial(of_trl, loss_type, level)
    else:
        for mode in VERL_MODES:
            yield f'loss_agg_mode="{mode}"', partial(of_verl, mode)


def row(report: TrainerReport) -> str:
    """Say the verdict in the manner of the table: an angle, a constant or causes."""
    if report.unbiased:
        return f"0°, c = {report.formula or report.constant}"
    causes = " and ".join(c.name for c in report.causes if c.name not in OFF_POLICY)
    return f"{report.angle:.2f}°, residual {report.residual:.2f}: {causes}"


def main() -> None:
    """Print one row for each loss and estimator."""
    warnings.simplefilter("ignore")
    import torch  # noqa: F401  the losses are its own

    trainer, *chosen = sys.argv[1:]
    print("| trainer | loss | estimator | expected gradient |\n|---|---|---|---|")
    for name, make in subjects(trainer):
        if chosen and not any(f'"{one}"' in name for one in chosen):
            continue
        loss = make()
        for estimator, (objective, advantages) in ESTIMATORS.items():
            report = og.audit_loss(loss, objective, 4, advantages=advantages, library="torch")
            print(f"| {trainer} {version(trainer)} | `{name}` | {estimator} | {row(report)} |", flush=True)


if __name__ == "__main__":
    main()
