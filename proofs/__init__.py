"""Proofs of the specification's equations: see ``proofs/README.md``."""
