"""Equations of the specification by number, and the papers they come from, ready to cite."""

from ordergrad_ref.citing.cite import cite
from ordergrad_ref.citing.equations import Equation, equation, read_specification

__all__ = ["Equation", "cite", "equation", "read_specification"]
