"""One reason for bias: what it is called, what it says, and what to do about it."""

from dataclasses import dataclass

__all__ = ["Cause", "cause"]

RIGHT_SUM = (
    "Sum the tokens of each answer and divide by a constant: the number of answers, or that times the "
    'longest length allowed (TRL: loss_type="dr_grpo" or "luspo"; verl: '
    'loss_agg_mode="seq-mean-token-sum" or "seq-mean-token-sum-norm").'
)

SAYS: dict[str, tuple[str, str]] = {
    "advantages": (
        "the advantages are biased by themselves, in batches of answers of one length",
        "Use advantages of the objective, and do not divide them by their spread.",
    ),
    "own length": ("each answer is divided by its own length", RIGHT_SUM),
    "token mean": (
        "the loss is a mean over the tokens of the batch: all answers are divided by its number of tokens",
        RIGHT_SUM,
    ),
    "longest answer": ("all answers are divided by the length of the longest in the batch", RIGHT_SUM),
    "lengths": ("the weights depend on the lengths of the answers", RIGHT_SUM),
    "length penalty": (
        "the length of an answer counts as a reward",
        "Leave lengths out of rewards and advantages, or ask for the objective of the rewards with them in.",
    ),
    "micro-batches": (
        "each micro-batch, or rank, is divided by its own number of tokens",
        "Divide the gradient of the whole batch by one constant: sum over tokens, and over micro-batches.",
    ),
    "group split": (
        "a group is split: an advantage depends only on a part of its group, as where ranks or micro-batches "
        "compute advantages on their own",
        "Gather the rewards of a group before its advantages are computed.",
    ),
    "filtering": (
        "batches whose rewards are all equal are treated apart, as where they are left out though this "
        "estimator gives them weight",
        "Keep them, or use centred advantages, which are zero there.",
    ),
    "padding": (
        "tokens behind the end of an answer have weight",
        "Multiply the loss by the mask before it is summed.",
    ),
    "truncated answers": (
        "answers that reach the last column are treated differently, as where truncated ones are left out",
        "Give them their weight, or leave them out of their group before the advantages are computed.",
    ),
    "masked siblings": (
        "an answer that is masked wholly still counts",
        "Leave it out of its group before the advantages are computed, and give it no weight.",
    ),
    "divisor": (
        "what a group is divided by depends on the rewards of other groups",
        "Divide by a constant, or by nothing.",
    ),
    "filtering of groups": (
        "leaving out groups whose rewards are all equal changes what the others are divided by",
        "Divide by the number of all groups: the constant then does not depend on the policy.",
    ),
    "interleaved ids": (
        "the order in which groups stand in the batch changes the weights",
        "Gather each group by its id, not by its place.",
    ),
    "clipping": (
        "away from the policy that sampled, some weights are cut off",
        "Take few steps for each batch, or widen the clip: the surrogate is right to first order, eq. (101).",
    ),
    "ratios": (
        "away from the policy that sampled, weights are not multiplied by the ratio of both policies' "
        "probabilities, of tokens, prefixes or answers",
        "Multiply by that ratio, which is right to first order, eq. (101); og.off_policy is exact, eq. (86).",
    ),
    "stale samples": (
        "the policy that sampled is not accounted for",
        "Multiply by the ratio of both policies' probabilities.",
    ),
    "KL in the loss": (
        "a KL term of the loss is followed too",
        "Set its weight to zero (beta=0, kl_loss_coef=0), or ask for the regularised objective.",
    ),
    "KL in the reward": (
        "a KL term is part of the rewards",
        "Set its weight to zero (kl_coef=0), or add the pathwise term that K > 1 needs.",
    ),
    "probabilities": (
        "the weights depend on the probability of what was sampled, as where p stands for log p, or where "
        "likely tokens are left out",
        "Multiply log-probabilities by advantages and nothing else.",
    ),
    "gradient norm": (
        "the gradient of each batch is brought to one length",
        "Clip or normalise the gradient after many batches are added up, or clip at a length that is rare.",
    ),
    "term beside": (
        "a part of the gradient is no weighted sum of the scores of sampled tokens, as with an entropy "
        "bonus, weight decay, or logits of another temperature",
        "Leave the term out, or ask for the objective that it belongs to.",
    ),
    "duplicates": (
        "equal answers in one batch are not treated like different ones, as where duplicates are dropped",
        "Let every sample count, however often its answer occurs.",
    ),
    "positions": (
        "tokens of one answer have different weights, as with a discount, or where a token is left out",
        "Give all tokens of an answer its advantage.",
    ),
}


@dataclass(frozen=True)
class Cause:
    """One reason for bias.

    Attributes
    ----------
    name : str
        Such as ``"own length"``.
    says : str
        What happens.
    remedy : str
        What to set or to write instead.
    """

    name: str
    says: str
    remedy: str

    def __str__(self) -> str:
        """``own length: each answer is divided by its own length. …``."""
        return f"{self.name}: {self.says}. {self.remedy}"


def cause(name: str, detail: str = "") -> Cause:
    """Make the cause of a name; ``detail`` is added to what it says."""
    says, remedy = SAYS[name]
    return Cause(name, says + detail, remedy)
