"""Values of a population: for all K, all α and any number of atoms. Spec eqs. (2), (4), (30), (31), (32).

Claim. With atoms in ascending order, gaps ``d_t`` and ``F_t = p_1 + … + p_t``,

    J = r_m Φ(1) − Σ_t d_t Φ(F_t) = Σ_t r_t [Φ(F_t) − Φ(F_(t−1))],     Φ(u) = K ∫_0^u b_α,
    q̄_(t+1) − q̄_t = d_t b_α(F_t),     Σ_b p_b q̄_b = J.

Proof. For one rank j (α by linearity). The j-th smallest of K draws is at most ``r_t`` iff at least j of
them are: with ``F = F_t``, that has the chance ``Φ_j(F) = Σ_{i≥j} C(K, i) F^i (1−F)^(K−i)``. Summing by
parts, ``J = r_m − Σ_t d_t Φ_j(F_t)``. This is the Φ of the claim: it vanishes at 0, and its derivative
telescopes,

    d/dF C(K, i) F^i (1−F)^(K−i) = D_i − D_(i+1),     D_i = K C(K−1, i−1) F^(i−1) (1−F)^(K−i),

so that it is ``D_j = K b_α(F)``, as ``D_(K+1) = 0``.

If the first draw is atom b, at least ``j − [b ≤ t]`` of K − 1 others must be at most ``r_t``. From b = t to
b = t + 1 this changes at the gap t alone, by the chance of exactly j − 1:
``C(K−1, j−1) F^(j−1) (1−F)^(K−j)``, which is ``b_α(F_t)``. And the first draw is at most ``r_t`` with the
chance F, so that averaging over it gives back ``C(K, i) = C(K−1, i−1) + C(K−1, i)``, term by term in i.
"""

from collections.abc import Iterator

import sympy
from sympy import Integer, symbols

from proofs.symbolic.hypergeometric import binomial, equal, vanishes
from proofs.symbolic.steps import Step, show

K, i, j = symbols("K i j", integer=True)
F = symbols("F", positive=True)

RANGE = (i - 1, K - i)
"""What is at least zero: 1 ≤ i ≤ K."""


def steps() -> Iterator[Step]:
    """The derivative, its telescope, the gap of include-one values, and their mean."""
    power = F**i * (1 - F) ** (K - i)
    left, right = i * F ** (i - 1) * (1 - F) ** (K - i), (K - i) * F**i * (1 - F) ** (K - i - 1)
    yield Step(
        "d/dF F^i (1−F)^(K−i) = i F^(i−1) (1−F)^(K−i) − (K−i) F^i (1−F)^(K−i−1), over itself",
        sympy.powsimp(sympy.expand(sympy.diff(power, F) / power)),
        sympy.powsimp(left / power) - sympy.powsimp(right / power),
    )
    yield equal(
        "i C(K, i) = K C(K−1, i−1), in D_i", [binomial(K, i) * i], [binomial(K - 1, i - 1) * K], RANGE
    )
    yield equal(
        "(K−i) C(K, i) = K C(K−1, i), in D_(i+1), for i < K",
        [binomial(K, i) * (K - i)],
        [binomial(K - 1, i) * K],
        (i - 1, K - 1 - i),
    )
    yield vanishes("D_(K+1) = 0, as C(K−1, K) = 0", binomial(K - 1, K) * K, (K - 1,))
    yield equal(
        "the mean over the first draw: C(K−1, i−1) + C(K−1, i) = C(K, i)",
        [binomial(K - 1, i - 1), binomial(K - 1, i)],
        [binomial(K, i)],
        RANGE,
    )
    yield Step(
        "F · F^(i−1) (1−F)^(K−i) and (1−F) · F^i (1−F)^(K−1−i) are F^i (1−F)^(K−i): their sum, over it",
        sympy.powsimp(F * F ** (i - 1) * (1 - F) ** (K - i) / power)
        + sympy.powsimp((1 - F) * F**i * (1 - F) ** (K - 1 - i) / power),
        Integer(2),
    )


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
