"""The maximum's ratio recurrence: proved for all ``1 ≤ K ≤ n``. Spec eq. (24).

Claim. For max@K, ``e_t = C(t−1, K−1) / C(n−1, K−1)``, and so ``e_n = 1``, ``e_(t−1) = e_t (t−K)/(t−1)`` for
``t = 2 … n``. min@K is its mirror image: ``e_t`` of min@K is ``e_(n+1−t)`` of max@K.

Proof. In eq. (22) only j = K counts for the maximum, where the second binomial is ``C(n−t, 0) = 1``, and
only j = 1 for the minimum, where the first is. At t ≤ K the factor t − K makes ``e_(K−1)`` zero, and with
it all before: both sides of the recurrence are zero there, which the common base covers.
"""

from collections.abc import Iterator

from sympy import Integer

from proofs.symbolic.degree_elevation import H, K, j, n, t
from proofs.symbolic.hypergeometric import Term, binomial, equal
from proofs.symbolic.steps import Step, show

e = binomial(t - 1, K - 1) / binomial(n - 1, K - 1)

RANGE = (K - 1, n - K, t - 1, n - t)
"""What is at least zero: 1 ≤ K ≤ n and 1 ≤ t ≤ n."""


def steps() -> Iterator[Step]:
    """The closed form, its start, its ratio, and the mirror image."""
    yield equal("eq. (22) at j = K is C(t−1, K−1) / C(n−1, K−1)", [H.at((j, K))], [e], RANGE)
    yield equal("e_n = 1", [e.at((t, n))], [Term(Integer(1))], RANGE[:2])
    yield equal(
        "e_(t−1) = e_t (t−K)/(t−1) for 2 ≤ t ≤ n",
        [e.at((t, t - 1))],
        [e * ((t - K) / (t - 1))],
        (K - 1, n - K, t - 2, n - t),
    )
    yield equal(
        "eq. (22) at j = 1 is e_(n+1−t) of the maximum",
        [H.at((j, Integer(1)))],
        [e.at((t, n + 1 - t))],
        RANGE,
    )


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
