"""Judge the updates of released trainers by `og.audit_update`: the second table of ``docs/guides/losses.md``.

    python benchmarks/updates.py trl      # needs trl 1.16.0
    python benchmarks/updates.py verl     # needs verl 0.9.1, uvicorn, fastapi
    python benchmarks/updates.py trl dapo # one of them

Losses are the trainers' own code, and so are verl's advantages. The policy is a Llama in double precision, of
three tokens, whose seven answers have one or two of them; all 210 batches of four are enumerated.
"""

import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

import ordergrad_ref as og
from ordergrad_ref.trainers import TrainerReport
from ordergrad_ref.trainers.off_policy_causes import OFF_POLICY

ESTIMATORS = {
    "RLOO, mean": ("mean@1", "mean@1"),
    "canonical, max@2": ("max@2", "max@2"),
    "GRPO (std), mean": ("mean@1", "grpo"),
}
"""Whose gradient each should follow, and the advantages that it takes."""

TRL_LOSSES = ("dr_grpo", "luspo", "grpo", "bnpo", "dapo", "cispo", "sapo", "vespo")
VERL_MODES = (
    "seq-mean-token-sum", "seq-mean-token-sum-norm", "token-sum", "token-mean", "seq-mean-token-mean",
)  # fmt: skip
REWARDS = {
    (0,): 1.0, (1, 0): 0.0, (1, 1): 2.0, (1, 2): 3.0, (2, 0): 0.5, (2, 1): 1.0, (2, 2): 4.0,
}  # fmt: skip


def language_model(seed: int = 3, scale: float = 3.0) -> Any:
    """Make a Llama of three tokens; raised weights make its answers differ in probability."""
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(seed)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=3, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
            num_key_value_heads=2, max_position_embeddings=16, pad_token_id=0, eos_token_id=0, bos_token_id=0,
        )
    ).double()  # fmt: skip
    torch.set_default_dtype(torch.float32)
    with torch.no_grad():
        for p in model.parameters():
            if p.std() < 0.1:
                p *= scale
    return model


def updates(trainer: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each loss of a trainer, as a function that still takes the name of the advantages."""
    if trainer == "trl":
        from ordergrad_ref.integrations import trl_update

        for loss_type in TRL_LOSSES:
            yield f'loss_type="{loss_type}"', partial(_trl, trl_update.grpo, loss_type)
        yield "RLOOTrainer", lambda advantages: partial(trl_update.rloo, advantages=advantages)
    else:
        from ordergrad_ref.integrations import verl_update

        for mode in VERL_MODES:
            yield f'loss_agg_mode="{mode}"', partial(_verl, verl_update.ppo, mode)


def _trl(update: Callable[..., Any], loss_type: str, advantages: str) -> Callable[..., Any]:
    return partial(update, loss_type=loss_type, advantages=advantages)


def _verl(update: Callable[..., Any], mode: str, advantages: str) -> Callable[..., Any]:
    return partial(update, loss_agg_mode=mode, adv_estimator={"mean@1": "rloo"}.get(advantages, advantages))


def row(report: TrainerReport) -> str:
    """Say the verdict in the manner of the table: an angle, and a constant or causes."""
    if report.unbiased:
        return f"0°, c = {report.formula or report.constant}"
    on_policy = (c.name for c in report.causes if c.name not in OFF_POLICY)
    return f"{report.angle:.2f}°: {' and '.join(on_policy)}"


def main() -> None:
    """Print one row for each loss and estimator."""
    warnings.simplefilter("ignore")
    trainer, *chosen = sys.argv[1:]
    problem = og.trainers.Problem(language_model(), REWARDS, "a Llama of three tokens", prompt=[1])
    print("| trainer | loss | estimator | expected update |\n|---|---|---|---|")
    for name, make in updates(trainer):
        if chosen and not any(f'"{one}"' in name for one in chosen):
            continue
        for estimator, (objective, advantages) in ESTIMATORS.items():
            start = time.process_time()
            report = og.audit_update(make(advantages), objective, 4, policies=[problem])
            took = time.process_time() - start
            print(f"| {trainer} {version(trainer)} | `{name}` | {estimator} | {row(report)} |", flush=True)
            print(f"{name}, {estimator}: {took:.1f} s of CPU", file=sys.stderr)


if __name__ == "__main__":
    main()
