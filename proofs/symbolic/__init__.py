"""Symbolic proofs: one claim in each file, read from top to bottom. The table is in ``proofs/README.md``.

``python -m proofs.symbolic`` prints them all, ``python -m proofs.symbolic.gap_weights`` one.
"""

from pathlib import Path

__all__ = ["PROOFS"]

_SHARED = {"__init__", "__main__", "batches", "hypergeometric", "steps"}

PROOFS = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in _SHARED)
"""The names of the proofs."""
