"""Degree elevation gives the Bernstein coefficients of ``b_α``: for all ``n ≥ K ≥ 1``, all α. Spec eq. (22).

Claim. ``b_α(u) = Σ_{t=1}^{n} e_t^(n) C(n−1, t−1) u^(t−1) (1−u)^(n−t)`` with

    e_t^(n) = Σ_j α_j H(n, t),   H(n, t) = C(t−1, j−1) C(n−t, K−j) / C(n−1, K−1).

Proof. By induction on n. At n = K it is eq. (3): ``H(K, t)`` is 1 for t = j, else 0. From n to n + 1,
multiply by ``1 = u + (1−u)`` and collect ``u^(t−1) (1−u)^(n+1−t)``:

    C(n, t−1) e_t^(n+1) = C(n−1, t−2) e_(t−1)^(n) + C(n−1, t−1) e_t^(n).

Since ``C(n−1, t−2)`` and ``C(n−1, t−1)`` are (t−1)/n and (n+1−t)/n of ``C(n, t−1)``, that is the elevation
step

    e_t^(n+1) = (t−1)/n · e_(t−1)^(n) + (n+1−t)/n · e_t^(n),

which holds term by term in j. It is a weighted mean of neighbours: so weights that are all equal stay so,
none leaves the range of α, and no sign change is added.

At one blow: multiply eq. (3) by ``(u + (1−u))^(n−K)``, expand by the binomial theorem; the coefficient of
``u^(t−1) (1−u)^(n−t)`` is ``Σ_j α_j C(K−1, j−1) C(n−K, t−j)``, and term by term that is
``C(n−1, t−1) H(n, t)``. By eq. (5) that is all that an objective is. It follows at once that ``e^(n)``
elevated again to N is ``e^(N)``.
"""

from collections.abc import Iterator

from sympy import Integer, symbols

from proofs.symbolic.hypergeometric import Term, binomial, equal, vanishes
from proofs.symbolic.steps import Step, show

n, K, t, j = symbols("n K t j", integer=True)

H = binomial(t - 1, j - 1) * binomial(n - t, K - j) / binomial(n - 1, K - 1)

RANK = (j - 1, K - j, n - K)
"""What is at least zero: 1 ≤ j ≤ K ≤ n."""


def steps() -> Iterator[Step]:
    """The start, the induction step, and the closed form."""
    start = H.at((n, K))
    yield equal("H(K, j) = 1", [start.at((t, j))], [Term(Integer(1))], RANK[:2])
    yield vanishes("H(K, t) = 0 for t < j", start, (j - t - 1, t - 1, K - j, K - t))
    yield vanishes("H(K, t) = 0 for t > j", start, (t - j - 1, K - t, j - 1))

    longer, before = H.at((n, n + 1)), H.at((t, t - 1))
    inside, all_ranks = (*RANK, t - 2, n - t), (*RANK, t - 1, n + 1 - t)
    from_below = binomial(t - 1, j) * binomial(n - t + 1, K - j) / binomial(n - 1, K - 1) * j
    from_above = (
        binomial(t - 1, j - 1) * binomial(n + 1 - t, K - j + 1) / binomial(n - 1, K - 1) * (K - j + 1)
    )
    yield equal(
        "(t−1) H(n, t−1) = j C(t−1, j) C(n−t+1, K−j) / C(n−1, K−1), which is zero at t = 1, too",
        [before * (t - 1)],
        [from_below],
        inside,
    )
    yield vanishes("at t = 1: C(0, j) = 0", from_below.at((t, Integer(1))), RANK)
    yield equal(
        "(n+1−t) H(n, t) = (K−j+1) C(t−1, j−1) C(n+1−t, K−j+1) / C(n−1, K−1), zero at t = n + 1, too",
        [H * (n + 1 - t)],
        [from_above],
        (*RANK, t - 1, n - t),
    )
    yield vanishes("at t = n + 1: C(0, K−j+1) = 0", from_above.at((t, n + 1)), RANK)
    yield equal(
        "n H(n+1, t) = (t−1) H(n, t−1) + (n+1−t) H(n, t) for 1 ≤ t ≤ n + 1",
        [longer * n],
        [from_below, from_above],
        all_ranks,
    )
    yield equal(
        "C(n, t−1) = n/(t−1) C(n−1, t−2) for 2 ≤ t ≤ n + 1",
        [binomial(n, t - 1)],
        [binomial(n - 1, t - 2) * (n / (t - 1))],
        (n - 1, t - 2, n + 1 - t),
    )
    yield equal(
        "C(n, t−1) = n/(n+1−t) C(n−1, t−1) for 1 ≤ t ≤ n",
        [binomial(n, t - 1)],
        [binomial(n - 1, t - 1) * (n / (n + 1 - t))],
        (n - 1, t - 1, n - t),
    )
    yield equal(
        "C(K−1, j−1) C(n−K, t−j) = C(n−1, t−1) H(n, t) for 1 ≤ t ≤ n",
        [binomial(K - 1, j - 1) * binomial(n - K, t - j)],
        [binomial(n - 1, t - 1) * H],
        (*RANK, t - 1, n - t),
    )


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
