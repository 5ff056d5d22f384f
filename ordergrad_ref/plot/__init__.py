"""Pictures of objectives, advantages, bias and variance; each takes axes of matplotlib and returns them.

Without axes the current ones of ``matplotlib.pyplot`` are drawn on. Nothing is shown or saved: that is the
caller's. Needs matplotlib: ``pip install 'ordergrad_ref[plot]'``.
"""

from ordergrad_ref.plot.batches import advantages
from ordergrad_ref.plot.objectives import objectives, rank_weights, spectrum
from ordergrad_ref.plot.policies import bias, signal_to_noise, total_variance
from ordergrad_ref.plot.success import pass_at_k

__all__ = [
    "advantages",
    "bias",
    "objectives",
    "pass_at_k",
    "rank_weights",
    "signal_to_noise",
    "spectrum",
    "total_variance",
]
