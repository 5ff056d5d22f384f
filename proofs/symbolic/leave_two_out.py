"""MaxPO's leave-two-out is the canonical advantage of max@K: for all ``K < N``. Spec eqs. (43)–(48).

Claim. ``h_i − 1/(N−1) Σ_{j≠i} h_j^(−i) = 1/(N−1) Σ_{j≠i} E[max(S' ∪ i) − max(S' ∪ j)] = q_i − v^(−i)``.

Proof. All three are sums over gaps; compare the weight of each gap ``d_t`` for the sample of rank r. Let
K ≥ 2. In ``h_(r)`` it is ``c_t = C(t, K−1) / C(N−1, K−1)`` for t < r, else 0 (`improvement`). In the
baseline, ``h_j`` is computed on N − 1 rewards, and two gaps are one where rank r was:

    t < r:  t rewards lie below the gap, N−1−t of the others above:  C(t,   K−1)/C(N−2, K−1) · (N−1−t)/(N−1)
    t ≥ r:  t−1 of the others lie below it, N−t above:               C(t−1, K−1)/C(N−2, K−1) · (N−t)/(N−1)

In the canonical advantage it is ``β_rt g_t`` with ``g_t = N/(N−1) C(t−1, K−1)/C(N−2, K−1)`` and
``β_rt = t/N`` for t < r, ``−(N−t)/N`` for t ≥ r (`published_tables`). At K = 1 both are the reward minus
the mean of the others, since ``h_i = x_i``.

In the pairwise form (44), i and j differ at the gap if one is above and the other below it, and S', K − 1
of the other N − 2, lies below, too: t − 1 of these do. For t < r that is so for t of the N − 1 partners j,
for t ≥ r for N − t of them, with the other sign: ``C(t−1, K−1)/C(N−2, K−1)`` times ``t/(N−1)``, or
``−(N−t)/(N−1)``, for K = 1, too.
"""

from collections.abc import Iterator

from sympy import symbols

from proofs.symbolic.hypergeometric import binomial, equal
from proofs.symbolic.steps import Step, show

N, K, t = symbols("N K t", integer=True)

g = binomial(t - 1, K - 1) / binomial(N - 2, K - 1) * (N / (N - 1))

SIZES = (K - 2, N - K - 1, t - 1, N - 1 - t)
"""What is at least zero: 2 ≤ K < N and 1 ≤ t < N."""


def steps() -> Iterator[Step]:
    """The gaps below and those above; and K = 1."""
    own = binomial(t, K - 1) / binomial(N - 1, K - 1)
    baseline_below = binomial(t, K - 1) / binomial(N - 2, K - 1) * ((N - 1 - t) / (N - 1))
    baseline_above = binomial(t - 1, K - 1) / binomial(N - 2, K - 1) * ((N - t) / (N - 1))
    yield equal("t < r: h has t/N g_t more than the baseline", [own, -baseline_below], [g * (t / N)], SIZES)
    yield equal("t ≥ r: the baseline has (N−t)/N g_t", [-baseline_above], [g * (-(N - t) / N)], SIZES)
    pair, least = binomial(t - 1, K - 1) / binomial(N - 2, K - 1), (K - 1, *SIZES[1:])
    yield equal("t < r: in (44), t/N g_t", [pair * (t / (N - 1))], [g * (t / N)], least)
    yield equal("t ≥ r: in (44), −(N−t)/N g_t", [pair * (-(N - t) / (N - 1))], [g * (-(N - t) / N)], least)
    x, total = symbols("x total")
    yield Step(
        "K = 1: x − (Σ − x)/(N−1) = N/(N−1) (x − Σ/N), RLOO and N/(N−1) times Dr. GRPO",
        x - (total - x) / (N - 1),
        N / (N - 1) * (x - total / N),
    )


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
