"""Each property as a formula, as the specification writes it."""

from functools import cache
from typing import Literal

__all__ = ["FORMULAS", "mathml"]

FORMULAS: dict[str, tuple[str, ...]] = {
    "summary": (r"𝔼\bigl[\tfrac1N \sum_i A_i\, \nabla\log p(x_i)\bigr]",),
    "unbiased": (
        r"𝔼\Bigl[\frac1N \sum_i A_i\, \nabla\log p(x_i)\Bigr] = c\, \nabla J, \quad c > 0",
        r"A(b; n) - A(b′; n) = c K\, \bigl[q(b; n) - q(b′; n)\bigr]",
    ),
    "direction_right": (
        r"𝔼\Bigl[\frac1N \sum_i A_i\, \nabla\log p(x_i)\Bigr] = c(p)\, \nabla J, \quad c(p) > 0",
    ),
    "centred": (r"\sum_i A_i = 0",),
    "shift_invariant": (r"A(x + s) = A(x)",),
    "permutation_equivariant": (r"A(x_\pi) = A(x)_\pi",),
    "tie_consistent": (r"x_i = x_j \;\Rightarrow\; A_i = A_j",),
    "positively_homogeneous": (r"A(\lambda x) = \lambda A(x), \quad \lambda > 0",),
    "monotone": (r"x_i < x_j \;\Rightarrow\; A_i \le A_j",),
    "zero_on_equal_rewards": (r"A(r, \dots, r) = 0",),
    "groups_apart": (r"A(\text{batch of groups}) = (A(\text{group}))_{\text{groups}}",),
    "layouts": (r"A(\text{flat rewards with ids}) = (A(\text{group}))_{\text{groups}}",),
    "dtypes": (r"\max_i \left| \hat A_i - A_i \right| \le 16\, \mathrm u \cdot \text{scale}",),
    "large_offsets": (
        r"\max_i \left| A_i(x + s) - A_i(x) \right| \le \sqrt{\mathrm u} \cdot \text{scale}, \quad "
        r"s = 2^{20} \cdot \text{range}",
    ),
    "large_groups": (r"A(v_{s+1}; n) - A(v_s; n) = (v_{s+1} - v_s)\, c K\, e_t^{(N)}",),
    "edge_sizes": (r"\deg\, b_\alpha \le N - 2",),
    "sweep": (
        r"c(p) = \frac{\langle 𝔼\,\hat g, \nabla J \rangle}{\left| \nabla J \right|^2}, \quad "
        r"\hat g = \frac1N \sum_i A_i\, \nabla_\theta \log p(x_i)",
    ),
    "variance": (
        r"V = \frac{\text{tr Cov}\, \hat g}{c_p^2}, \quad \text{ratio} = \frac{V}{V_{\text{canonical}}}",
    ),
}


@cache
def mathml(name: str, display: Literal["block", "inline"] = "block") -> tuple[str, ...]:
    """Write a property's formulas as MathML, which browsers lay out by themselves.

    Examples
    --------
    >>> mathml("centred")[0].count("<mi>A</mi>")
    1
    >>> mathml("unheard_of")
    ()
    """
    from latex2mathml.converter import convert

    return tuple(convert(tex, display=display) for tex in FORMULAS.get(name, ()))
