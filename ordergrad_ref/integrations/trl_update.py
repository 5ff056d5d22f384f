"""TRL's losses as updates to be judged: ``_compute_loss`` of GRPOTrainer and RLOOTrainer. For TRL 1.16.0.

``og.audit_update(partial(grpo, loss_type="dr_grpo"), "mean@1", library="torch")``, or ``ordergrad-ref
audit-trainer ordergrad_ref.integrations.trl_update:grpo -o mean@1 --library torch --kwarg loss_type=dapo``.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from ordergrad_ref.integrations.grouped import mean_advantages
from ordergrad_ref.integrations.language_models import padded

__all__ = ["grpo", "rloo"]


def grpo(
    model: Any,
    answers: Sequence[Sequence[int]],
    rewards: Any,
    old: Any,
    reference: Any,
    prompt: Sequence[int],
    *,
    loss_type: str = "dapo",
    advantages: str = "grpo",
    beta: float = 0.0,
    epsilon: float = 0.2,
    importance_sampling_level: str = "token",
    max_completion_length: int = 4,
) -> Any:
    """Compute the loss of TRL's GRPOTrainer on a batch of one group.

    Parameters
    ----------
    model, answers, rewards, old, reference, prompt
        As `ordergrad_ref.audit_update` gives them.
    loss_type, beta, epsilon, importance_sampling_level, max_completion_length
        Settings of TRL's GRPOConfig.
    advantages : str
        ``"grpo"``, as TRL's ``scale_rewards="group"`` has them; or an objective such as ``"max@2"``, for K
        times its canonical advantage, which for ``"mean@1"`` is that of RLOO.
    """
    trainer = _trainer(
        "GRPO",
        loss_type=loss_type,
        beta=beta,
        epsilon=epsilon,
        importance_sampling_level=importance_sampling_level,
        max_completion_length=max_completion_length,
    )
    inputs = _inputs(answers, _advantages(rewards, advantages), prompt)
    inputs["old_per_token_logps"] = _log_probs(trainer, old, inputs)
    if beta:
        inputs["ref_per_token_logps"] = _log_probs(trainer, reference, inputs)
    return _loss(trainer, model, inputs)


def rloo(
    model: Any,
    answers: Sequence[Sequence[int]],
    rewards: Any,
    old: Any,
    prompt: Sequence[int],
    *,
    advantages: str = "mean@1",
    epsilon: float = 0.2,
) -> Any:
    """Compute the loss of TRL's RLOOTrainer on a batch of one group; the parameters are those of `grpo`."""
    trainer = _trainer("RLOO", epsilon=epsilon)
    inputs = _inputs(answers, _advantages(rewards, advantages), prompt)
    of_tokens = _log_probs(trainer, old, inputs)
    return _loss(trainer, model, {**inputs, "old_logps": (of_tokens * inputs["completion_mask"]).sum(1)})


def _advantages(rewards: Any, name: str) -> Any:
    if name == "grpo":
        return (rewards - rewards.mean()) / (rewards.std() + 1e-4)
    return rewards.new_tensor(mean_advantages(rewards.numpy(), [0] * len(rewards), name))


def _inputs(answers: Sequence[Sequence[int]], advantages: Any, prompt: Sequence[int]) -> dict[str, Any]:
    tokens, mask = padded(answers)
    prompts = tokens.new_tensor(prompt).expand(len(answers), -1)
    return {
        "prompt_ids": prompts,
        "prompt_mask": prompts.new_ones(prompts.shape),
        "completion_ids": tokens,
        "completion_mask": mask,
        "advantages": advantages,
        "num_items_in_batch": mask.sum(),
    }


def _log_probs(trainer: Any, model: Any, inputs: dict[str, Any]) -> Any:
    import torch

    ids = torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], dim=1)
    mask = torch.cat([inputs["prompt_mask"], inputs["completion_mask"]], dim=1)
    with torch.no_grad(), _scoring(model) as scored:
        width = inputs["completion_ids"].shape[1]
        return trainer._get_per_token_logps_and_entropies(scored, ids, mask, width)[0]


def _loss(trainer: Any, model: Any, inputs: dict[str, Any]) -> Any:
    with _scoring(model) as scored:
        loss = trainer._compute_loss(scored, inputs)
    trainer._metrics["train"].clear()
    return loss


@contextmanager
def _scoring(model: Any) -> Iterator[Any]:
    """Let a model answer with log-probabilities, as TRL asks: a language model by TRL's own head."""
    from transformers import PreTrainedModel
    from trl.trainer.utils import add_fused_lm_head

    if not isinstance(model, PreTrainedModel):
        yield _Scored(model)
        return
    before = model.__dict__.get("forward")
    add_fused_lm_head(model, outputs=("log_probs", "entropy"))
    try:
        yield model
    finally:
        if before is None:
            del model.forward
        else:
            model.forward = before


class _Scored:
    """A module that gives logits, asked as TRL asks a language model."""

    def __init__(self, module: Any) -> None:
        self._module = module

    def __call__(self, input_ids: Any, labels: Any, **_: Any) -> Any:
        output = self._module(input_ids[:, :-1])
        scores = getattr(output, "logits", output).log_softmax(-1)
        counts = labels[:, 1:] != -100
        found = scores.gather(-1, input_ids[:, 1:, None])[..., 0]
        entropy = -(scores.exp() * scores).sum(-1).detach()
        return SimpleNamespace(log_probs=found.where(counts, 0.0), entropy=entropy * counts)


@cache
def _trainer(kind: str, **settings: Any) -> Any:
    """Make a trainer of TRL, with a model of its own that is never asked."""
    import trl
    from datasets import Dataset
    from tokenizers import Tokenizer, models
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel({"a": 0}, unk_token="a")), pad_token="a", eos_token="a"
    )
    config = LlamaConfig(
        vocab_size=2, hidden_size=2, intermediate_size=2, num_hidden_layers=1, num_attention_heads=1
    )
    with TemporaryDirectory() as folder:
        arguments = getattr(trl, f"{kind}Config")(
            output_dir=folder, per_device_train_batch_size=2, num_generations=2, report_to=[], use_cpu=True,
            bf16=False, gradient_checkpointing=False, disable_tqdm=True, save_strategy="no",
            **{"beta": 0.0, **settings},
        )  # fmt: skip
        trainer = getattr(trl, f"{kind}Trainer")(
            model=LlamaForCausalLM(config),
            reward_funcs=lambda completions, **_: [0.0] * len(completions),
            args=arguments,
            train_dataset=Dataset.from_list([{"prompt": "a"}] * 2),
            processing_class=tokenizer,
        )
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = 1
    trainer._metrics = {"train": defaultdict(list)}
    return trainer
