"""Judge what a trainer does with advantages: its loss, for every policy, and its whole update.

``audit_loss`` reads the weights that a loss puts on log-probabilities (``loss_weights``), ``audit_update``
those that an update puts on scores (``recovery``). Both are judged by one theorem (``characterisation``), and
what is wrong with them is told cause by cause (``causes``).
"""

from ordergrad_ref.trainers.audit_loss import audit_loss
from ordergrad_ref.trainers.audit_update import audit_update
from ordergrad_ref.trainers.cause import Cause
from ordergrad_ref.trainers.characterisation import Mismatch
from ordergrad_ref.trainers.kl_terms import expected_gradient as kl_gradient
from ordergrad_ref.trainers.policies import Problem, TablePolicy
from ordergrad_ref.trainers.report import Answer, OnPolicy, TrainerReport
from ordergrad_ref.trainers.samples import Sample

__all__ = [
    "Answer",
    "Cause",
    "Mismatch",
    "OnPolicy",
    "Problem",
    "Sample",
    "TablePolicy",
    "TrainerReport",
    "audit_loss",
    "audit_update",
    "kl_gradient",
]
