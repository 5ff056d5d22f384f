"""Golden vectors for implementations in any language, and the process protocol by which they are asked."""

from ordergrad_ref.targets.process import PROTOCOL, Process
from ordergrad_ref.vectors.golden import Case, Vectors, export, load

__all__ = ["PROTOCOL", "Case", "Process", "Vectors", "export", "load"]
