"""Judge any function from rewards to advantages."""

from ordergrad_ref.auditing.adapters import adapt
from ordergrad_ref.auditing.audit import audit
from ordergrad_ref.auditing.counterexample import Counterexample, Policy
from ordergrad_ref.auditing.finding import Batch, Finding
from ordergrad_ref.auditing.report import Report

__all__ = ["Batch", "Counterexample", "Finding", "Policy", "Report", "adapt", "audit"]
