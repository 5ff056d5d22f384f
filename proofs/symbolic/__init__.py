"""Symbolic proofs: one claim a file, read from top to bottom. The table is in ``proofs/README.md``."""
