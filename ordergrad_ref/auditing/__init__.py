"""Judge any function from rewards to advantages."""

from ordergrad_ref.auditing.adapters import adapt
from ordergrad_ref.auditing.audit import audit
from ordergrad_ref.auditing.counterexample import Counterexample, Policy
from ordergrad_ref.auditing.report import Report

__all__ = ["Counterexample", "Policy", "Report", "adapt", "audit"]
