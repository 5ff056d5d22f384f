"""The gap form on a GPU, for CuPy arrays. Importing this loads no CuPy."""

from ordergrad_ref.kernels.gpu.tables import apply

__all__ = ["apply"]
