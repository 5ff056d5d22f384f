"""How to call each implementation: from the folder of a checkout to the project's own function.

Its arguments are bound, or a few lines stand around it where a method wants trainers and episodes instead of
rewards. None of the projects' code is here.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias

from loading import imported

from ordergrad_ref.auditing import adapt

Function: TypeAlias = Callable[..., Any]
Loader: TypeAlias = Callable[[Path], Function]
Probed: TypeAlias = Callable[[Path], list[float]]


def ordergrad(spec: str) -> Loader:
    """``OrderStatTransform.precompute_lstat(N, K, spec).lstat_advantage(x)`` of the NumPy backend."""

    def load(root: Path) -> Function:
        transform = imported(root, "ordergrad.numpy_backend").OrderStatTransform

        def lstat_advantage(x: Any, k: int) -> Any:
            return transform.precompute_lstat(len(x), k, spec).lstat_advantage(x)

        return adapt(lstat_advantage, layout="rows", library="numpy")

    return load


def remac(with_baseline: bool) -> Loader:
    """``compute_batch_ei``, minus ``compute_l2o_baseline`` or not: in float32, JAX's default and theirs."""

    def load(root: Path) -> Function:
        utils = imported(root / "brax", "remax_utils")

        def compute_batch_ei(returns: Any, k: int) -> Any:
            scores = utils.compute_batch_ei(returns, k)
            return scores - utils.compute_l2o_baseline(returns, k) if with_baseline else scores

        return adapt(compute_batch_ei, layout="rows", library="jax")

    return load


def pkpo(name: str) -> Loader:
    """A function of rewards and K, as it is."""
    return lambda root: adapt(getattr(imported(root, "pkpo_core"), name), layout="rows", library="numpy")


VERL_UNUSED = (
    "omegaconf",
    "verl.trainer.config",
    "verl.workers.config",
    "verl.utils.tokenizer",
    "ray",
    "tensordict",
    "transformers",
    "flash_attn",
)


def verl(name: str, **options: Any) -> Loader:
    """An outcome advantage: token-level rewards, mask, group ids."""
    return lambda root: partial(
        getattr(imported(root, "verl.trainer.ppo.core_algos", VERL_UNUSED), name), **options
    )


VERL_TRAINER_UNUSED = (
    *VERL_UNUSED,
    "torchdata",
    "tqdm",
    "verl.DataProto",
    "verl.protocol",
    "verl.single_controller",
    "verl.trainer.distillation",
    "verl.trainer.ppo.metric_utils",
    "verl.trainer.ppo.reward",
    "verl.trainer.ppo.utils",
    "verl.utils.checkpoint",
    "verl.utils.config",
    "verl.utils.debug",
    "verl.utils.import_utils",
    "verl.utils.metric",
    "verl.utils.py_functional",
    "verl.utils.seqlen_balancing",
    "verl.utils.skip",
    "verl.utils.tensordict_utils",
    "verl.utils.tracking",
    "verl.workers",
)


def verl_trainer(adv_estimator: str, **options: Any) -> Loader:
    """The trainer's ``compute_advantage``, which hands on the options, with a stand-in for the batch."""

    def load(root: Path) -> Function:
        theirs = imported(root, "verl.trainer.ppo.ray_trainer", VERL_TRAINER_UNUSED).compute_advantage

        def compute_advantage(token_level_rewards: Any, response_mask: Any, index: Any) -> Any:
            data = SimpleNamespace(
                batch={"token_level_rewards": token_level_rewards, "response_mask": response_mask},
                non_tensor_batch={"uid": index},
            )
            return theirs(data, adv_estimator, config=options, **options).batch["advantages"]

        return adapt(compute_advantage, layout="tokens", library="torch")

    return load


def rllm_pkpo(root: Path) -> Function:
    """``calculate_pkpo_advantages_per_group(rewards, k)``, the first of its two equal answers."""
    theirs = imported(root, "rllm.trainer.algorithms.rl_algo").calculate_pkpo_advantages_per_group

    def calculate_pkpo_advantages_per_group(rewards: Any, k: int) -> Any:
        return theirs(rewards, k)[0]

    return adapt(calculate_pkpo_advantages_per_group, layout="rows", library="numpy")


def passk_training(*, times_sigma: bool) -> Loader:
    """``compute_advantage`` of rewards 0 and 1, without what it prints; or that times its own divisor.

    The divisor is ``σ + 10⁻⁶`` with ``σ² = ρ (1 − ρ)`` and ``ρ = 1 − C(N − s, K)/C(N, K)``, s successes of N.
    """

    def load(root: Path) -> Function:
        theirs = imported(root / "code", "passk_adv").compute_advantage

        def compute_advantage(token_level_rewards: Any, response_mask: Any, index: Any, k: int) -> Any:
            with contextlib.redirect_stdout(None):
                advantages = theirs(token_level_rewards, response_mask, index, k)[0]
            if not times_sigma:
                return advantages
            n, failures = len(index), int((token_level_rewards.sum(1) == 0).sum())
            rho = 1 - math.comb(failures, k) / math.comb(n, k)
            return advantages * (math.sqrt(rho * (1 - rho)) + 1e-6)

        return adapt(compute_advantage, layout="tokens", library="torch")

    return load


def easyr1(name: str) -> Loader:
    """An outcome advantage: token-level rewards, mask, group ids."""
    return lambda root: getattr(imported(root, "verl.trainer.core_algos", ("transformers",)), name)


def in_float32(function: Function) -> Function:
    """As in training: beside its u, the ε = 10⁻⁶ that stands in some divisors is not seen."""

    def outcome_advantage(token_level_rewards: Any, response_mask: Any, index: Any) -> Any:
        return function(token_level_rewards.float(), response_mask.float(), index)[0]

    return adapt(outcome_advantage, layout="tokens", library="torch")


def maxrl(name: str, **config: Any) -> Loader:
    """An outcome advantage of MaxRL's fork of verl; the options are read from ``config``."""

    def load(root: Path) -> Function:
        function = getattr(imported(root, "verl.trainer.ppo.core_algos", ("verl.utils",)), name)
        return partial(function, config=SimpleNamespace(**config)) if config else function

    return load


SKYRL_UNUSED = (
    "ray",
    "jaxtyping",
    "loguru",
    "skyrl.train",
    "skyrl.backends.skyrl_train.utils.off_policy_correction_utils",
    "skyrl.backends.skyrl_train.utils.torch_utils",
)


def skyrl(name: str, **options: Any) -> Loader:
    """An outcome advantage: token-level rewards, mask, group ids."""
    return lambda root: partial(
        getattr(imported(root, "skyrl.backends.skyrl_train.utils.ppo_utils", SKYRL_UNUSED), name), **options
    )


def mean_normalised(load: Loader) -> Loader:
    """A MaxRL advantage, in float32."""
    return lambda root: in_float32(load(root))


def prime_rl(module: str, name: str, **config: Any) -> Loader:
    """``Algorithm.score_group`` on episodes of one trace, of one token, each; the answer is float32."""

    def load(root: Path) -> Function:
        import numpy as np

        unused = ("verifiers", "prime_rl.configs", "prime_rl.utils", "prime_rl.transports")
        algorithm = getattr(imported(root / "src", f"prime_rl.orchestrator.algo.{module}", unused), name)
        scored = algorithm(SimpleNamespace(**config), None)

        def score_group(rewards: Any) -> Any:
            nodes = [SimpleNamespace(mask=[True], token_ids=[0], advantages=None) for _ in rewards]
            agent = SimpleNamespace(trainable=True)
            traces = [
                SimpleNamespace(nodes=[node], reward=r, has_error=False, agent=agent)
                for node, r in zip(nodes, rewards, strict=True)
            ]
            asyncio.run(scored.score_group([SimpleNamespace(traces=[t]) for t in traces]))
            return np.array([node.advantages[0] for node in nodes], dtype=np.float32)

        return adapt(score_group, layout="rows", library="list")

    return load


def ms_swift(**options: Any) -> Loader:
    """``compute_advantages`` with one reward function of weight 1."""

    def load(root: Path) -> Function:
        import torch

        theirs = imported(root, "swift.rl_core.advantage", ("swift.utils",)).compute_advantages

        def compute_advantages(rewards: Any, num_generations: int) -> Any:
            weight = torch.ones(1, dtype=rewards.dtype)
            return theirs(rewards[:, None], weight, num_generations, **options)[0]

        return adapt(compute_advantages, layout="flat", library="torch")

    return load


def nemo_rl(**options: bool) -> Loader:
    """``GRPOAdvantageEstimator(config).compute_advantage``; prompts are rows of one token id."""

    def load(root: Path) -> Function:
        unused = (
            "transformers",
            "nemo_rl.algorithms.loss",
            "nemo_rl.data",
            "nemo_rl.models",
            "nemo_rl.utils",
        )
        module = imported(root, "nemo_rl.algorithms.advantage_estimator", unused)
        estimator = module.GRPOAdvantageEstimator(SimpleNamespace(**options), None)

        def compute_advantage(rewards: Any, prompt_ids: Any) -> Any:
            return estimator.compute_advantage(prompt_ids[:, None], rewards, rewards[:, None])[:, 0]

        return adapt(compute_advantage, layout="flat", library="torch")

    return load


def tinker(root: Path) -> Function:
    """``compute_advantages`` on groups that know their total rewards."""
    unused = ("tinker", "tinker_cookbook.rl.types", "tinker_cookbook.supervised", "tinker_cookbook.utils")
    theirs = imported(root, "tinker_cookbook.rl.data_processing", unused).compute_advantages

    def compute_advantages(rewards: Any) -> Any:
        return theirs([SimpleNamespace(get_total_rewards=lambda: rewards)])[0]

    return adapt(compute_advantages, layout="rows", library="list")


def areal(**config: Any) -> Loader:
    """``Normalization(config)(x)``, as ``reward_norm`` uses it."""

    def load(root: Path) -> Function:
        unused = (
            "torchdata",
            "areal.api",
            "areal.infra",
            "areal.utils.logging",
            "areal.utils.seqpack",
            "areal.utils.math",
        )
        normalization = imported(root, "areal.utils.data", unused).Normalization

        def normalize(x: Any, group_size: int) -> Any:
            return normalization(SimpleNamespace(**config, group_size=group_size, eps=1e-5))(x)

        return adapt(normalize, layout="flat", library="torch")

    return load


def slime(**options: Any) -> Loader:
    """``RolloutManager._post_process_rewards`` with a stand-in for the manager; the answer is float32."""

    def load(root: Path) -> Function:
        import numpy as np

        unused = (
            "ray",
            "sglang",
            "slime.backends",
            "slime.observability",
            "slime.rollout",
            "slime.utils",
            "slime.ray.rollout_validation",
            "slime.ray.utils",
        )
        theirs = imported(root, "slime.ray.rollout", unused).RolloutManager._post_process_rewards

        def post_process_rewards(rewards: Any) -> Any:
            args = SimpleNamespace(
                **options, rewards_normalization=True, n_samples_per_prompt=len(rewards), rollout_batch_size=1
            )
            manager = SimpleNamespace(args=args, custom_reward_post_process_func=None)
            samples = [SimpleNamespace(get_reward_value=lambda args, r=r: r) for r in rewards]
            return np.array(theirs(manager, samples)[1], dtype=np.float32)

        return adapt(post_process_rewards, layout="rows", library="list")

    return load


def openrlhf(estimator: str, no_std_norm: bool = False) -> Loader:
    """``RemoteExperienceMaker.compute_advantages_and_returns`` on one prompt's responses of one token."""

    def load(root: Path) -> Function:
        import torch

        unused = (
            "ray",
            "deepspeed",
            "openrlhf.trainer.ray",
            "openrlhf.utils",
            "openrlhf.trainer.ppo_utils.length_penalty",
            "openrlhf.trainer.ppo_utils.experience",
        )
        path = "openrlhf.trainer.ppo_utils.experience_maker"
        maker_class = imported(root, path, unused, bare=["openrlhf.models"]).RemoteExperienceMaker

        def compute_advantages_and_returns(rewards: Any) -> Any:
            advantage = SimpleNamespace(estimator=estimator, gamma=1.0, lambd=1.0, no_std_norm=no_std_norm)
            maker = maker_class.__new__(maker_class)
            maker.advantage_estimator, maker.kl_ctl = estimator, SimpleNamespace(value=0.0)
            maker.strategy = SimpleNamespace(
                args=SimpleNamespace(
                    algo=SimpleNamespace(advantage=advantage),
                    rollout=SimpleNamespace(n_samples_per_prompt=len(rewards)),
                    reward=SimpleNamespace(clip_range=None),
                )
            )
            experience = SimpleNamespace(
                index=list(range(len(rewards))),
                rewards=rewards,
                kl=torch.zeros_like(rewards)[:, None],
                action_mask=torch.ones_like(rewards)[:, None],
                info={},
            )
            return maker.compute_advantages_and_returns([experience])[0].advantages[:, 0]

        return adapt(compute_advantages_and_returns, layout="rows", library="torch")

    return load


TRL_UNUSED = (
    "accelerate",
    "huggingface_hub",
    "pandas",
    "datasets",
    "transformers",
    "packaging",
    "trl.extras",
    "trl.generation",
    "trl.models",
    "trl.kernels",
    "trl.import_utils",
    "trl.chat_template_utils",
    "trl.trainer.callbacks",
    "trl.trainer.base_trainer",
    "trl.trainer.grpo_config",
    "trl.trainer.rloo_config",
    "trl.distributed",
    "trl.data_utils",
    "trl.trainer.model_config",
    "rich",
    "peft",
    "jinja2",
)


def trl(module: str, name: str, **options: Any) -> Loader:
    """The advantages of ``_generate_and_score_completions``, with a stand-in for the trainer.

    Generation gives completions of one token, scoring gives the rewards, and one process gathers itself.
    """

    def load(root: Path) -> Function:
        import torch

        theirs = imported(root, f"trl.trainer.{module}", TRL_UNUSED)
        theirs.gather = theirs.gather_object = lambda x: x
        method = getattr(theirs, name)._generate_and_score_completions

        def generate_and_score_completions(rewards: Any) -> Any:
            n = len(rewards)
            tokens = [[0]] * n
            generated = (tokens, tokens, [""] * n)
            if name == "GRPOTrainer":
                generated = (tokens, tokens, None, [""] * n, None, {}, None, None)
            trainer = SimpleNamespace(
                **options,
                accelerator=SimpleNamespace(device="cpu", process_index=0, gather=lambda x: x),
                model=SimpleNamespace(training=True),
                args=SimpleNamespace(
                    gradient_checkpointing_kwargs=None,
                    per_device_train_batch_size=n,
                    steps_per_generation=1,
                    gradient_accumulation_steps=1,
                ),
                processing_class=SimpleNamespace(batch_decode=lambda ids, **_: [""] * len(ids)),
                environment_factories=None,
                environments=None,
                tools=None,
                _is_vlm=False,
                _tokenizer=SimpleNamespace(pad_token_id=0, eos_token_id=0),
                pad_to_multiple_of=None,
                mask_truncated_completions=False,
                use_vllm=False,
                num_iterations=1,
                beta=0.0,
                reward_clip_range=None,
                reward_funcs=[None],
                reward_func_names=["reward"],
                reward_weights=torch.ones(1, dtype=rewards.dtype),
                num_generations=n,
                num_generations_eval=n,
                log_multimodal=False,
                _metrics=defaultdict(lambda: defaultdict(list)),
                _logs=defaultdict(list, rewards=defaultdict(list)),
                _pending_extra_logs={},
                _pending_metrics={},
                _generate=lambda prompts: generated,
                _get_per_token_logps_and_entropies=lambda *_, **__: (torch.zeros(n, 1), None, None),
                _calculate_rewards=lambda *_: rewards[:, None],
            )
            return method(trainer, [{"prompt": ""}] * n)["advantages"]

        return adapt(generate_and_score_completions, layout="rows", library="torch")

    return load


# ---- probes


def of_real_k(k: float) -> Probed:
    """Max@K of four rewards 0 and four 1, then of equal rewards 1, in a batch and as a known policy."""

    def ask(root: Path) -> list[float]:
        import numpy as np

        backend = imported(root, "ordergrad.numpy_backend")
        transform = backend.OrderStatTransform.precompute_lstat(8, k, "ReMax")
        halves, ones = np.repeat([0.0, 1.0], 4), np.ones(8)
        advantages = transform.lstat_advantage(halves)
        known, *_ = backend.known_rp_orderstats(ones, ones / 8, k)
        return [
            float(x)
            for x in (
                transform.lstat(halves),
                advantages[0],
                advantages[-1],
                transform.lstat_advantage(ones)[0].round(12),
                known[-1],
            )
        ]

    return ask


def of_tenths(load: Loader, last: float = 0.1) -> Probed:
    """The advantages of seven rewards, six of them 0.1, in float32."""

    def ask(root: Path) -> list[float]:
        import numpy as np
        import torch

        rewards, ids = torch.tensor([0.1] * 6 + [last]), np.zeros(7, dtype=int)
        if root.name == "RL":
            return load(root)(rewards, torch.tensor(ids)).tolist()
        return load(root)(rewards[:, None], torch.ones(7, 1), ids)[0][:, 0].tolist()

    return ask


def of_large_groups(n: int, k: int) -> Probed:
    """The first three advantages of N evenly spaced rewards, with baseline, in float32."""

    def ask(root: Path) -> list[float]:
        import jax.numpy as jnp

        return [float(a) for a in remac(with_baseline=True)(root)(jnp.arange(n) / n, k)[:3]]

    return ask


def of_group_size(k: int) -> Probed:
    """The advantages of four rewards 0 and four 1 for ``pass_at_k``."""

    def ask(root: Path) -> list[float]:
        import numpy as np

        return [float(a) for a in rllm_pkpo(root)(np.repeat([0.0, 1.0], 4), k)]

    return ask


def of_masked_sibling(load: Loader, *, present: bool) -> Probed:
    """The advantages of responses with rewards 1, 0, 0, beside a fourth of reward 1 that is masked whole."""

    def ask(root: Path) -> list[float]:
        import numpy as np
        import torch

        n = 4 if present else 3
        rewards = torch.tensor([1.0, 0.0, 0.0, 1.0])[:n, None]
        mask = torch.tensor([1.0, 1.0, 1.0, 0.0])[:n, None]
        return load(root)(rewards, mask, np.zeros(n, dtype=int))[0][:3, 0].tolist()

    return ask
