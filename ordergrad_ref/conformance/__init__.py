"""Golden vectors for implementations in any language, and the process protocol by which they are asked."""

from ordergrad_ref.conformance.protocol import PROTOCOL, Process
from ordergrad_ref.conformance.vectors import Case, Vectors, export, load

__all__ = ["PROTOCOL", "Case", "Process", "Vectors", "export", "load"]
