"""Centring, where several actions succeed or fail: rare and nearly certain success. Spec eqs. (71)–(73).

Rewards are 1 with probability π, else 0; ``σ²(r)`` is the conditional variance of the score of an action
given its reward (trace over the parameters). Of the two unbiased estimates of max@K with ``c = 1/K``

    improvement  A_i = h_i = q_i − u_i^(K−1)
    canonical    A_i = q_i − v^(−i)

let W_h and W_c be the variances of ``(1/N) Σ_i A_i ∇log π(a_i)``.

Claim. For all ``1 ≤ K < N``, in softmax logits of the actions or wherever ``|∇π| ≤ C π (1−π)`` with a
constant C and bounded σ²,

    W_c − W_h = σ²(0)/(N (N−1)) π + O(π²)                                    as π → 0,
    W_h = σ²(1)/(N C(N−1, K−1)) ε^(K−1) + O(ε^K),    W_c = O(ε^K)            as ε = 1 − π → 0.

Proof. By eq. (71), W is a reward-level part plus ``(1/N²) E[s A(1)² σ²(1) + (N−s) A(0)² σ²(0)]``, s the
number of successes, A(1) and A(0) the advantages of a success and of a failure. With f = N − s failures, by
counting sets,

    h(1) = C(f, K−1)/C(N−1, K−1),   h(0) = 0,
    canonical: A(1) = C(f, K)/C(N−1, K),   A(0) = C(f−1, K)/C(N−1, K) − C(f−1, K−1)/C(N−1, K−1).

Near π = 0 only s = 1 reaches the order π. Near ε = 0 only the least f at which an advantage is not zero
counts: f = K − 1 for h, and for the canonical one no f < K. The reward-level part is ``|∇π|²/(π (1−π))²``
times the variance by the logit of success, so at most C² times it. Of that variance `variance` has the
difference of the two, of order π², and, where K ≥ 2, the orders ``ε^(K+1)`` for h and ``ε^K`` for the
canonical one; where K = 1 that of h is ``π (1−π)³/N``, and for the canonical one, again, no f < K counts.

In softmax logits ``|∇π|² = (π (1−π))² (|f|² + |g|²)``, f and g the conditional probabilities of the failing
and the succeeding actions, so that C² = 2 will do.

From the definitions, for all ``1 ≤ K < N ≤ 4``: two failing actions, f and 1 − f of the failures, two
succeeding ones, g and 1 − g of the successes, softmax logits; all batches of actions are enumerated, and the
coefficients of the variances are polynomials in the symbols f and g. The closed forms above are compared
with the definitions in the tests.
"""

from collections.abc import Iterator
from functools import cache
from math import comb
from typing import Any

import sympy
from sympy import QQ, symbols
from sympy.polys.rings import PolyElement

from proofs.symbolic import variance
from proofs.symbolic.batches import expectation, include_one, leave_one_out, maximum, symbolic
from proofs.symbolic.hypergeometric import Term, binomial, equal, vanishes
from proofs.symbolic.steps import Step, show

pi, sigma0, sigma1 = symbols("pi sigma0 sigma1")
N, K, s = symbols("N K s", integer=True)

LARGEST = 4
OF_A_SUCCESS = [binomial(N - s, K) / binomial(N - 1, K)]
"""``A(1)`` of the canonical advantage."""
OF_A_FAILURE = [
    binomial(N - s - 1, K) / binomial(N - 1, K),
    -binomial(N - s - 1, K - 1) / binomial(N - 1, K - 1),
]
"""``A(0)`` of the canonical advantage."""
OF_H = [binomial(N - s, K - 1) / binomial(N - 1, K - 1)]
"""``h(1)``."""


def steps() -> Iterator[Step]:
    """Rare success; nearly certain success; the reward-level part; small sizes from the definitions."""
    yield from rare()
    yield from nearly_solved()
    yield from reward_level()
    for n in range(2, LARGEST + 1):
        for k in range(1, n):
            yield from by_enumeration(n, k)


def rare() -> Iterator[Step]:
    """Order π of the second term, for symbolic N and K."""
    sizes = (K - 1, N - 1 - K)
    yield equal(
        "h(1) at s = 1: C(N−1, K−1)/C(N−1, K−1) = 1",
        [binomial(N - 1, K - 1) / binomial(N - 1, K - 1)],
        [Term(sympy.Integer(1))],
        sizes,
    )
    yield equal(
        "canonical A(1) at s = 1: C(N−1, K)/C(N−1, K) = 1",
        [binomial(N - 1, K) / binomial(N - 1, K)],
        [Term(sympy.Integer(1))],
        sizes,
    )
    yield equal(
        "canonical A(0) at s = 1: C(N−2, K)/C(N−1, K) − C(N−2, K−1)/C(N−1, K−1) = −1/(N−1)",
        [term.at((s, sympy.Integer(1))) for term in OF_A_FAILURE],
        [Term(-1 / (N - 1))],
        sizes,
    )
    more = symbols("B_h B_c")  # what two successes and more contribute, bounded, times π²
    terms = [
        pi * (1 - pi) ** (N - 1) / N * (sigma1 + (N - 1) * of_a_failure**2 * sigma0) + pi**2 * b
        for of_a_failure, b in zip((0, -1 / (N - 1)), more, strict=True)
    ]
    difference = terms[1] - terms[0]
    yield Step(
        "second terms, canonical − h: order π", sympy.diff(difference, pi).subs(pi, 0), sigma0 / (N * (N - 1))
    )


def nearly_solved() -> Iterator[Step]:
    """Leading orders of the second term, for symbolic N and K."""
    of_h = binomial(N - s, K - 1) / binomial(N - 1, K - 1)
    yield vanishes("h(1) = 0 for f < K − 1", binomial(N - s, K - 1), (K - 1, N - 1 - K, N - s, s - 2 - N + K))
    yield equal(
        "h at f = K − 1, with probability C(N, K−1) ε^(K−1) + …: s h(1)²/N² times it is 1/(N C(N−1, K−1))",
        [Term((N - K + 1) / N**2) * binomial(N, K - 1) * of_h.at((s, N - K + 1)) * of_h.at((s, N - K + 1))],
        [Term(1 / N) / binomial(N - 1, K - 1)],
        (K - 1, N - 1 - K),
    )
    yield vanishes(
        "canonical A(1) = 0 for f < K: C(f, K) = 0", binomial(N - s, K), (K - 1, N - s, s - 1 - N + K)
    )
    for lower in (K, K - 1):
        yield vanishes(
            f"canonical A(0) = 0 for 1 ≤ f < K: C(f−1, {lower}) = 0".replace(" - ", "−"),
            binomial(N - s - 1, lower),
            (K - 1, N - s - 1, s - 1 - N + K),
        )


def reward_level() -> Iterator[Step]:
    """K = 1, which `variance` leaves out; and the constant C of softmax logits."""
    of_success = 1 - pi  # h_i (x_i − π) is that for a success, else 0
    once = pi * of_success**2 - (pi * of_success) ** 2
    yield Step("K = 1, all N: V_h = π (1−π)³/N", once / N, pi * (1 - pi) ** 3 / N)
    for n in (2, 3, 6):
        yield Step(
            f"   at N = {n}",
            variance.variance(variance.improvement, n, 1).as_expr().subs(variance.p, pi),
            pi * (1 - pi) ** 3 / n,
        )
    squares = symbols("F2 G2")
    slope = (1 - pi) ** 2 * squares[0] * pi**2 + pi**2 * squares[1] * (1 - pi) ** 2
    yield Step(
        "softmax: Σ_a (π(a) (R(a) − π))² = (π (1−π))² (|f|² + |g|²)",
        slope,
        (pi * (1 - pi)) ** 2 * sum(squares),
    )


def by_enumeration(n: int, k: int) -> Iterator[Step]:
    """Coefficients of the variances in π and in ε, over all batches of actions, by the definitions."""
    f, g = symbols("f g")
    where = f"N = {n}, K = {k}, from the definition"
    h, c = (covariance_trace(n, k, name, solved=False) for name in ("improvement", "canonical"))
    yield Step(f"{where}: order 1 of W_c − W_h", coefficient(c - h, 0), sympy.Integer(0))
    spread = 1 - f**2 - (1 - f) ** 2
    yield Step("   order π", coefficient(c - h, 1), spread / (n * (n - 1)))
    h, c = (covariance_trace(n, k, name, solved=True) for name in ("improvement", "canonical"))
    for power in range(k):
        leading = (1 - g**2 - (1 - g) ** 2) / (n * comb(n - 1, k - 1)) if power == k - 1 else sympy.Integer(0)
        yield Step(f"{where}: order ε^{power} of W_h", coefficient(h, power), leading)
        yield Step("   of W_c", coefficient(c, power), sympy.Integer(0))


def coefficient(polynomial: PolyElement, power: int) -> sympy.Expr:
    """What the first symbol's power is multiplied by."""
    f, g = symbols("f g")
    terms = [(others, value) for (first, *others), value in polynomial.terms() if first == power]
    return sympy.Add(*(sympy.sympify(value) * f**i * g**j for (i, j), value in terms))


def covariance_trace(n: int, k: int, name: str, *, solved: bool) -> PolyElement:
    """``tr Cov((1/N) Σ_i A_i ∇log π(a_i))`` of four actions; a polynomial in ε or π, f and g."""
    t, f, g = symbolic("t f g")
    one = t**0
    success = one - t if solved else t
    policy = [(one - success) * f, (one - success) * (one - f), success * g, success * (one - g)]
    rewards = (0, 0, 1, 1)

    def estimate(x: tuple[int, ...]) -> list[PolyElement]:
        pairs = list(zip(of_rewards(name, tuple(rewards[a] for a in x), k), x, strict=True))
        return [sum(w * ((a == atom) - policy[atom]) for w, a in pairs) * QQ(1, n) for atom in range(4)]

    second = expectation(policy, n, lambda x: sum(e**2 for e in estimate(x)))
    return second - sum(expectation(policy, n, lambda x, a=a: estimate(x)[a]) ** 2 for a in range(4))


@cache
def of_rewards(name: str, x: tuple[int, ...], k: int) -> list[Any]:
    """Advantages by the definitions of section 3, of rewards 0 and 1."""
    rewards = (QQ(0), QQ(1))
    places = range(len(x))
    included = [include_one(x, i, maximum(k), rewards) for i in places]
    if name == "canonical":
        without = [leave_one_out(x, i, maximum(k), rewards) for i in places]
    elif k == 1:
        without = [QQ(0)] * len(x)
    else:
        without = [leave_one_out(x, i, maximum(k - 1), rewards) for i in places]
    return [q - v for q, v in zip(included, without, strict=True)]


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
