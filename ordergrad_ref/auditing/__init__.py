"""Judge any function from rewards to advantages."""

from ordergrad_ref.auditing.audit import audit
from ordergrad_ref.auditing.decisions.counterexample import Counterexample, Policy
from ordergrad_ref.auditing.finding import Batch, Finding
from ordergrad_ref.auditing.report import Report
from ordergrad_ref.targets import adapt

__all__ = ["Batch", "Counterexample", "Finding", "Policy", "Report", "adapt", "audit"]
