"""From the scored samples of many prompts to a number, its error bar, and its difference from another."""

from ordergrad_ref.evaluation.evaluate import evaluate
from ordergrad_ref.evaluation.result import Comparison, Difference, Estimate, Evaluation

__all__ = ["Comparison", "Difference", "Estimate", "Evaluation", "evaluate"]
