"""Which estimator of pass@K varies least, by success rate p. Spec eqs. (28), (39), (42), (45), (68), (69).

Rewards are 1 with probability p, else 0. Three unbiased estimates ``ĝ = Σ_i w_i ∂log p(x_i)/∂θ``, θ the
logit of p, so that ``∂log p(x)/∂θ = x − p``. Other parameters multiply all three variances by one number,
``|∇p|²/(p (1−p))²``, as long as each reward belongs to one action. Where several actions share a reward that
is true of the reward-level part of eq. (71) alone, and `several_actions` says what the whole does.

    canonical    w_i = (K/N) (q_i − v^(−i))            its score weights
    improvement  w_i = (K/N) (q_i − u_i^(K−1))         PKPO's leave-one-out-minus-one
    uncentred    w_i = (K/N) q_i                       PKPO without a baseline

With rewards a < b instead, the first two, where K ≥ 2, are multiplied by (b − a)²; the third depends on a,
too.

Claim.

1. Near p = 0, for all ``1 ≤ K < N``: all three variances are ``K² p/N`` to first order; to second
   order they differ by

       Var(improvement) − Var(canonical)   = 2K² (N−2K) / (N (N−1)) · p² + O(p³)
       Var(uncentred)   − Var(canonical)   = 2K³ (N−1−K) / (N (N−1)) · p² + O(p³)
       Var(uncentred)   − Var(improvement) = 2K² (K−1)(N−K) / (N (N−1)) · p² + O(p³)

   so for rare successes the canonical advantage is best if K < N/2, and the improvement if K > N/2. The
   first is eq. (68), where ``(1/N) Σ A_i ∂log p`` has the variances divided by K².
2. Near p = 1, for all ``2 ≤ K < N``, with ε = 1 − p: ``E[ĝ²]`` is ``K²/C(N, K) · ε^K`` for the canonical,
   ``K²/C(N, K−1) · ε^(K+1)`` for the improvement, ``K²/N · ε`` for the uncentred, to leading order. So for
   frequent successes the improvement is best, and the uncentred worst: eq. (69).
3. At K = 1, for all N ≥ 2 (improvement and uncentred are then the same, REINFORCE; the canonical is RLOO),
   the canonical is better for ``p < 2(N−2)/(3N−5)`` and worse beyond.
4. In between, for N ≤ 8: canonical and improvement change places once if K < N/2, else the improvement is
   better at every p. The uncentred is worse than the improvement at every p where K ≥ 2; and worse than the
   canonical there, except at N = 3, K = 2 below p = 1/2.

Proof. With s successes and f = N − s failures in the batch, by counting sets,

    q(1) = 1,   q(0) = 1 − C(f−1, K−1)/C(N−1, K−1),   h(1) = C(f, K−1)/C(N−1, K−1),   h(0) = 0,
    v^(−i) = 1 − C(f', K)/C(N−1, K) with f' failures among the others.

``ĝ = s w(1) (1−p) − f w(0) p``; for the canonical, which is centred, it is ``s w(1)``. All three have the
same mean, so compare ``E[ĝ²] = Σ_s C(N, s) p^s (1−p)^(N−s) ĝ²``. Near p = 0 only s = 1 and s = 2 reach the
order p²; near p = 1 only the least f at which ``ĝ ≠ 0``. In between, the difference is a polynomial over
the rationals: Sturm's theorem counts its roots in (0, 1) exactly.

The closed forms above are compared with the definitions for N ≤ 4.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from math import comb

import sympy
from sympy import QQ, Poly, Rational, symbols
from sympy.polys.rings import PolyElement

from proofs.symbolic.batches import expectation, simplex, symbolic
from proofs.symbolic.family_bias import FAMILY
from proofs.symbolic.hypergeometric import Term, binomial, equal
from proofs.symbolic.steps import Step, show

p, eps = symbols("p epsilon")
N, K = symbols("N K", integer=True)

LARGEST = 8
Weights = tuple[sympy.Expr, sympy.Expr]
Estimator = Callable[[int, int, int], Weights]


def canonical(n: int, k: int, f: int) -> Weights:
    """``w`` of a success and of a failure, with f failures in the batch."""
    included = 1, 1 - Rational(_choose(f - 1, k - 1), comb(n - 1, k - 1))
    left_out = (1 - Rational(_choose(f - failed, k), comb(n - 1, k)) for failed in (0, 1))
    return tuple(Rational(k, n) * (q - v) for q, v in zip(included, left_out, strict=True))


def improvement(n: int, k: int, f: int) -> Weights:
    """``w`` of a success and of a failure, with f failures in the batch."""
    return Rational(k * _choose(f, k - 1), n * comb(n - 1, k - 1)), sympy.Integer(0)


def uncentred(n: int, k: int, f: int) -> Weights:
    """``w`` of a success and of a failure, with f failures in the batch."""
    return Rational(k, n), Rational(k, n) * (1 - Rational(_choose(f - 1, k - 1), comb(n - 1, k - 1)))


ESTIMATORS = {
    canonical: "canonical",
    improvement: "pkpo_loo_minus_one",
    uncentred: "pkpo",
}
"""Each with its name in the family, which holds its definition."""


def moment(estimator: Estimator, n: int, k: int, power: int) -> Poly:
    """``E[ĝ^power]`` as a polynomial in p."""
    total = Poly(0, p)
    for s in range(n + 1):
        of_one, of_zero = estimator(n, k, n - s)
        estimate = s * of_one * (1 - p) - (n - s) * of_zero * p
        total += Poly(comb(n, s) * p**s * (1 - p) ** (n - s) * estimate**power, p)
    return total


def variance(estimator: Estimator, n: int, k: int) -> Poly:
    """``Var(ĝ)``."""
    return moment(estimator, n, k, 2) - moment(estimator, n, k, 1) ** 2


def excess(more: Estimator, less: Estimator, n: int, k: int) -> Poly:
    """Difference of two variances, without the factors p and 1 − p, which are positive."""
    difference = moment(more, n, k, 2) - moment(less, n, k, 2)
    for factor in (Poly(p, p), Poly(1 - p, p)):
        while not difference.is_zero and (quotient := difference.div(factor))[1].is_zero:
            difference = quotient[0]
    return difference


def crossing(n: int, k: int) -> sympy.Expr | None:
    """The p at which canonical and improvement change places, if any."""
    roots = [x for x in excess(improvement, canonical, n, k).real_roots() if 0 < x < 1]
    return roots[0] if roots else None


def steps() -> Iterator[Step]:
    """The closed forms; near 0; near 1; K = 1; in between."""
    yield from from_the_definition()
    yield from near_zero()
    yield from near_one()
    yield from at_k_equal_one()
    yield from in_between()


def by_enumeration(name: str, n: int, k: int) -> sympy.Expr:
    """``E[ĝ²]`` of a member of the family, scaled to the gradient: over all batches, by its definition."""
    (failure,) = symbolic("f")
    law, rewards = simplex([failure]), [failure * 0, failure * 0 + 1]
    c = n * FAMILY[name].constant(n, k)

    def square(x: tuple[int, ...]) -> PolyElement:
        advantages = FAMILY[name].advantages(x, k, rewards)
        estimate = sum(a * (b - law[1]) for a, b in zip(advantages, x, strict=True))
        return (estimate * QQ(c.denominator, c.numerator)) ** 2

    return expectation(law, n, square).as_expr().subs(symbols("f"), 1 - p)


def from_the_definition() -> Iterator[Step]:
    """Second moments by enumeration of all batches; and the mean."""
    for n in (2, 3, 4):
        for k in range(1, n):
            for closed_form, name in ESTIMATORS.items():
                yield Step(
                    f"E[ĝ²] from the definition, {name}, N = {n}, K = {k}",
                    by_enumeration(name, n, k),
                    moment(closed_form, n, k, 2).as_expr(),
                )
    for n in range(2, LARGEST + 1):
        for k in range(1, n):
            for closed_form, name in ESTIMATORS.items():
                slope = K * (1 - p) ** (K - 1) * p * (1 - p)
                yield Step(
                    f"E[ĝ] = ∂pass@K/∂θ, {name}, N = {n}, K = {k}",
                    moment(closed_form, n, k, 1).as_expr(),
                    slope.subs(K, k),
                )


def near_zero() -> Iterator[Step]:
    """Orders p and p², for symbolic N and K."""
    sizes = (K - 1, N - 1 - K)
    yield equal(
        "h(1) at s = 2: C(N−2, K−1)/C(N−1, K−1) = (N−K)/(N−1)",
        [binomial(N - 2, K - 1) / binomial(N - 1, K - 1)],
        [Term((N - K) / (N - 1))],
        sizes,
    )
    yield equal(
        "1 − v^(−i) of a success at s = 2: C(N−2, K)/C(N−1, K) = (N−1−K)/(N−1); q = 1, so that is A(1)",
        [binomial(N - 2, K) / binomial(N - 1, K)],
        [Term((N - 1 - K) / (N - 1))],
        sizes,
    )
    yield equal(
        "q(0) at s = 1: 1 − C(N−2, K−1)/C(N−1, K−1) = (K−1)/(N−1)",
        [Term(sympy.Integer(1)), -binomial(N - 2, K - 1) / binomial(N - 1, K - 1)],
        [Term((K - 1) / (N - 1))],
        sizes,
    )
    unit = K / N
    q_of_zero = symbols("q_0")  # at s = 2: it is multiplied by p
    estimates = {
        canonical: (unit, 2 * unit * (N - 1 - K) / (N - 1)),
        improvement: (unit * (1 - p), 2 * unit * (N - K) / (N - 1) * (1 - p)),
        uncentred: (
            unit * (1 - p) - (N - 1) * unit * (K - 1) / (N - 1) * p,
            2 * unit * (1 - p) - (N - 2) * unit * q_of_zero * p,
        ),
    }
    second = {}
    for estimator, (once, twice) in estimates.items():
        square = N * p * (1 - p) ** (N - 1) * once**2 + N * (N - 1) / 2 * p**2 * (1 - p) ** (N - 2) * twice**2
        yield Step(f"{estimator.__name__}: order p", sympy.diff(square, p).subs(p, 0), K**2 / N)
        second[estimator] = sympy.diff(square, p, 2).subs(p, 0) / 2
    claims = {
        (improvement, canonical): 2 * K**2 * (N - 2 * K) / (N * (N - 1)),
        (uncentred, canonical): 2 * K**3 * (N - 1 - K) / (N * (N - 1)),
        (uncentred, improvement): 2 * K**2 * (K - 1) * (N - K) / (N * (N - 1)),
    }
    for (more, less), claim in claims.items():
        yield Step(f"order p²: {more.__name__} − {less.__name__}", second[more] - second[less], claim)
        for n, k in ((2, 1), (3, 2), (5, 2), (7, 4)):
            difference = moment(more, n, k, 2) - moment(less, n, k, 2)
            yield Step(
                f"order p² at N = {n}, K = {k}: {more.__name__} − {less.__name__}",
                difference.coeff_monomial(p**2),
                claim.subs({N: n, K: k}),
            )


def near_one() -> Iterator[Step]:
    """Leading orders in ε, for symbolic N and K ≥ 2."""
    sizes = (K - 2, N - 1 - K)
    at_k = Term(K * (N - K) / N) / binomial(N - 1, K)
    before = Term(K * (N - K + 1) / N) / binomial(N - 1, K - 1)
    yield equal(
        "canonical, f = K: C(N, K) [s (K/N) / C(N−1, K)]² = K²/C(N, K)",
        [binomial(N, K) * at_k * at_k],
        [Term(K**2) / binomial(N, K)],
        sizes,
    )
    yield equal(
        "improvement, f = K − 1: C(N, K−1) [s (K/N) / C(N−1, K−1)]² = K²/C(N, K−1), times ε²",
        [binomial(N, K - 1) * before * before],
        [Term(K**2) / binomial(N, K - 1)],
        sizes,
    )
    uncentred_at_one = (N - 1) * K / N * eps - K / N * (1 - eps)
    yield Step(
        "uncentred, f = 1: N ε [s (K/N) ε − (K/N)(1−ε)]² = K²/N ε + O(ε²)",
        sympy.diff(N * eps * uncentred_at_one**2, eps).subs(eps, 0),
        K**2 / N,
    )
    for n, k in ((3, 2), (5, 2), (7, 4)):
        for estimator, order, leading in (
            (canonical, k, Rational(k * k, comb(n, k))),
            (improvement, k + 1, Rational(k * k, comb(n, k - 1))),
            (uncentred, 1, Rational(k * k, n)),
        ):
            in_eps = moment(estimator, n, k, 2).compose(Poly(1 - p, p))
            least = min(m for (m,), _ in in_eps.terms())
            yield Step(
                f"{estimator.__name__} at N = {n}, K = {k}: the least order", sympy.Integer(least), order
            )
            yield Step("   and its coefficient", in_eps.coeff_monomial(p**least), leading)


def at_k_equal_one() -> Iterator[Step]:
    """RLOO against REINFORCE, for all N: ``E[S…(S−a+1) (N−S)…(N−S−b+1)] = N…(N−a−b+1) p^a (1−p)^b``."""
    falling = [1, N, N * (N - 1), N * (N - 1) * (N - 2), N * (N - 1) * (N - 2) * (N - 3)]
    q = 1 - p
    # S²(N−S)² in factorial moments; the canonical estimate is S(N−S)/(N(N−1))
    squares = falling[4] * p**2 * q**2 + falling[3] * (p**2 * q + p * q**2) + falling[2] * p * q
    rloo = squares / (N * (N - 1)) ** 2
    reinforce = q**2 * (falling[2] * p**2 + falling[1] * p) / N**2  # S(1−p)/N
    yield Step(
        "K = 1: E[ĝ²] of REINFORCE − RLOO",
        reinforce - rloo,
        p**2 * q * (2 * (N - 2) - (3 * N - 5) * p) / (N * (N - 1)),
    )
    for n in (2, 3, 6):
        yield Step(f"RLOO at N = {n}", rloo.subs(N, n), moment(canonical, n, 1, 2).as_expr())
        yield Step(f"REINFORCE at N = {n}", reinforce.subs(N, n), moment(improvement, n, 1, 2).as_expr())


def in_between() -> Iterator[Step]:
    """Signs near 0 and 1, and the number of roots between."""
    once, better, worse = (1, 1, -1), (-1, 0, -1), (1, 0, 1)
    for n in range(2, LARGEST + 1):
        for k in range(1, n):
            yield from compare(improvement, canonical, n, k, once if 2 * k < n else better)
            if k > 1:
                yield from compare(uncentred, canonical, n, k, (-1, 1, 1) if (n, k) == (3, 2) else worse)
                yield from compare(uncentred, improvement, n, k, worse)
    half = excess(uncentred, canonical, 3, 2).eval(Rational(1, 2))
    yield Step("N = 3, K = 2: uncentred − canonical at p = 1/2", half, sympy.Integer(0))


def compare(
    more: Estimator, less: Estimator, n: int, k: int, expected: tuple[int, int, int]
) -> Iterator[Step]:
    """Sign of the difference near 0, number of its roots in (0, 1), sign near 1."""
    d = excess(more, less, n, k)
    found = sympy.sign(d.eval(0)), d.count_roots(0, 1), sympy.sign(d.eval(1))
    what = "sign near 0", "roots in (0, 1)", "sign near 1"
    for name, left, right in zip(what, found, expected, strict=True):
        sentence = f"N = {n}, K = {k}, {more.__name__} − {less.__name__}: {name}"
        yield Step(sentence, sympy.Integer(left), sympy.Integer(right))


def plot(file: str, n: int = LARGEST) -> None:
    """Draw the three variances over p, one panel for each K."""
    from matplotlib.figure import Figure

    ks = range(1, min(n, 5))
    figure = Figure(figsize=(12, 3.4), layout="constrained")
    at = [i / 200 for i in range(1, 200)]
    for axes, k in zip(figure.subplots(1, len(ks), sharex=True), ks, strict=True):
        for estimator in ESTIMATORS:
            of_p = variance(estimator, n, k)
            axes.plot(
                at, [float(of_p.eval(Rational(i, 200))) for i in range(1, 200)], label=estimator.__name__
            )
        if (where := crossing(n, k)) is not None:
            axes.axvline(float(where), color="grey", linewidth=0.8, linestyle=":")
        axes.set(title=f"N = {n}, K = {k}", xlabel="success probability p", yscale="log")
    figure.axes[0].set_ylabel("variance of ĝ (logit)")
    figure.axes[0].legend(fontsize="small")
    figure.savefig(file)


def main(arguments: Sequence[str] = ()) -> None:
    """Print the proof and the points of change; draw the variances where ``--plot FILE`` is given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--plot", metavar="FILE", help="draw the variances (needs matplotlib)")
    options = parser.parse_args(arguments)
    show(__doc__, steps())
    print("\nWhere canonical (below) and improvement (above) change places:")
    for n in range(3, LARGEST + 1):
        points = [f"K = {k}: p = {sympy.N(crossing(n, k), 5)}" for k in range(1, n) if 2 * k < n]
        print(f"  N = {n}: {', '.join(points)}")
    if options.plot:
        plot(options.plot)


def _choose(n: int, k: int) -> int:
    return comb(n, k) if n >= 0 else 0


if __name__ == "__main__":
    main(sys.argv[1:])
