"""``E[A_i | x_i = b] = ā_b``, so score weights are unbiased: all ``K < N``, all α. Spec eq. (28).

Claim. ``E[q_i | x_i = b] = q̄_b`` for all ``K ≤ N``, ``E[v^(−i) | x_i = b] = J`` for all ``K < N``; hence
``E[A_i | x_i = b] = ā_b``, and ``E[Σ_i (K/N) A_i ∇log p(x_i)] = K Σ_b ∇p_b ā_b = ∇J`` by eq. (33). The same
with ``q_i`` for ``A_i`` (eq. (39)) and with any other baseline that does not see ``x_i`` (eqs. (40), (42),
(43), (45)), since ``Σ_b ∇p_b = 0``.

Proof. For one rank j and one gap t of the population. Let s of the n = N − 1 others have rewards at most
``r_t``: binomial, with probability ``F = F_t``. Of k others drawn without replacement, i are among them
with the hypergeometric chance ``C(s, i) C(n−s, k−i) / C(n, k)``. Averaged over s,

    Σ_s C(n, s) F^s (1−F)^(n−s) · C(s, i) C(n−s, k−i) / C(n, k) = C(k, i) F^i (1−F)^(k−i),

for term by term ``C(n, s) C(s, i) C(n−s, k−i) / C(n, k) = C(k, i) C(n−k, s−i)``, and the rest is the
binomial theorem, ``Σ_s C(n−k, s−i) F^(s−i) (1−F)^(n−k−s+i) = 1``: a random part of a sample is a sample. So
the chance that at least ``j − [b ≤ t]`` of k = K − 1 others are at most ``r_t``, which is all that ``q_i``
depends on (`order_statistics`), becomes that of K − 1 fresh draws; and the same for ``v^(−i)`` with k = K
and j.
"""

from collections.abc import Iterator

from sympy import symbols

from proofs.symbolic.hypergeometric import binomial, equal, vanishes
from proofs.symbolic.steps import Step, show

n, k, s, i = symbols("n k s i", integer=True)

RANGE = (n - k, k - i, i, s, n - s)
"""What is at least zero: 0 ≤ i ≤ k ≤ n and 0 ≤ s ≤ n."""


def steps() -> Iterator[Step]:
    """The terms; and those left out of the binomial theorem's sum."""
    thinned = binomial(n, s) * binomial(s, i) * binomial(n - s, k - i) / binomial(n, k)
    yield equal(
        "C(n, s) C(s, i) C(n−s, k−i) / C(n, k) = C(k, i) C(n−k, s−i)",
        [thinned],
        [binomial(k, i) * binomial(n - k, s - i)],
        RANGE,
    )
    yield vanishes("it is zero for s < i", thinned, (*RANGE, i - s - 1))
    yield vanishes("and for s > n − k + i", thinned, (*RANGE, s - (n - k + i) - 1))


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
