"""slime: ``--custom-reward-post-process-path`` of a function made here. Not run against the real package.

Its signature was read in THUDM/slime, ``slime/ray/rollout.py``: ``(args, samples)`` in, raw rewards and those
that are trained on out. One line in a module of yours: ``post_process = rewards_post_process("max@4")``.
"""

from collections.abc import Callable, Sequence
from typing import Any

from ordergrad_ref.integrations.grouped import integer_objective, mean_advantages
from ordergrad_ref.objectives import LStatistic

__all__ = ["rewards_post_process"]


def rewards_post_process(
    objective: LStatistic | str,
) -> Callable[[Any, Sequence[Any]], tuple[list[float], list[float]]]:
    """Make a function that gives each sample K times its canonical advantage for a reward. Spec eq. (28).

    Groups go by ``sample.group_index`` where samples have one, else by place, ``args.n_samples_per_prompt``
    each. A sample with ``remove_sample`` set counts for nothing.
    """
    alpha = integer_objective(objective)

    def post_process(args: Any, samples: Sequence[Any]) -> tuple[list[float], list[float]]:
        raw = [float(sample.get_reward_value(args)) for sample in samples]
        ids = [
            i // args.n_samples_per_prompt if getattr(s, "group_index", None) is None else s.group_index
            for i, s in enumerate(samples)
        ]
        counts = [not getattr(s, "remove_sample", False) for s in samples]
        return raw, mean_advantages(raw, ids, alpha, counts).tolist()

    return post_process
