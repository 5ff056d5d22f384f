"""Judge any function from rewards to advantages.

To follow one audit from ``og.audit(...)`` to the verdict "unbiased", read nine files in this order (those
without the package's name are in this folder):

1. ``audit``: the question, and the order of the steps;
2. ``steps``: what each step asks the function, and what it notes;
3. ``evidence``: what is known so far;
4. ``ordergrad_ref.targets.target``: how a function is called;
5. ``decisions.multisets``: which batches decide for every distribution, and their differences;
6. ``decisions.laws``: in which other orders the batches are asked about;
7. ``decisions.bias``: whether one constant fits all differences;
8. ``ordergrad_ref.agreement``: the thresholds;
9. ``report``: the verdict, which ``properties`` puts in words.

What a full audit adds is in ``full_steps``. The other decisions say what a function is instead, or besides.
"""

from ordergrad_ref.auditing.audit import audit
from ordergrad_ref.auditing.decisions.counterexample import Counterexample, Policy
from ordergrad_ref.auditing.finding import Batch, Finding
from ordergrad_ref.auditing.report import Report
from ordergrad_ref.targets import adapt

__all__ = ["Batch", "Counterexample", "Finding", "Policy", "Report", "adapt", "audit"]
