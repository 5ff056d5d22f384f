"""Formulas as MathML, which browsers lay out by themselves."""

from functools import cache
from typing import Literal

from ordergrad_ref.auditing.properties import property_named

__all__ = ["mathml"]

PAGE_FORMULAS: dict[str, tuple[str, ...]] = {
    "summary": (r"𝔼\bigl[\tfrac1N \sum_i A_i\, \nabla\log p(x_i)\bigr]",),
    "sweep": (
        r"c(p) = \frac{\langle 𝔼\,\hat g, \nabla J \rangle}{\left| \nabla J \right|^2}, \quad "
        r"\hat g = \frac1N \sum_i A_i\, \nabla_\theta \log p(x_i)",
    ),
    "variance": (
        r"V = \frac{\text{tr Cov}\, \hat g}{c_p^2}, \quad \text{ratio} = \frac{V}{V_{\text{canonical}}}",
    ),
}
"""The formulas of the page that belong to no property."""


def mathml(name: str, display: Literal["block", "inline"] = "block") -> tuple[str, ...]:
    """Write the formulas of a property, or of a part of the page, as MathML.

    Examples
    --------
    >>> mathml("centred")[0].count("<mi>A</mi>")
    1
    >>> mathml("unheard_of")
    ()
    """
    row = property_named(name)
    return tuple(_converted(tex, display) for tex in (row.formula if row else PAGE_FORMULAS.get(name, ())))


@cache
def _converted(tex: str, display: str) -> str:
    from latex2mathml.converter import convert

    return str(convert(tex, display=display))
