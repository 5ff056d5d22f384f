"""K rank weights → weights on n sorted samples: the names of `ordergrad_ref.closed_forms.rank_weights`."""

from ordergrad_ref.closed_forms.rank_weights import elevated, elevated_exact, exact, floating

__all__ = ["elevated", "elevated_exact", "exact", "floating"]
