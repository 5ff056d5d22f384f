"""The second moments of an estimator that is linear in the gaps, from the counts at two boundaries.

Spec eqs. (87), (88), (89).

Claim. Let a sample above boundary t get ``U_t(C)``, and one at or below it ``D_t(C)``, where C of the N
samples lie at or below it, and let A be the sum over t. For the sums S_a of the advantages of the samples at
each atom,

    E S_a = N p_a Σ_c p_c E[A_1 | x_1 = a, x_2 = c],
    E S_a² = N p_a Σ_c p_c E[A_1² | x_1 = a, x_2 = c] + N (N−1) p_a² E[A_1 A_2 | x_1 = x_2 = a],
    E S_a S_b = N (N−1) p_a p_b E[A_1 A_2 | x_1 = a, x_2 = b],     a ≠ b,

the conditional expectations being over the trinomial counts of the other N − 2 samples.

Proof. In the specification, for all N and any atoms. Here for N = 2, 3 and three atoms, with symbols for the
probabilities and for every U_t(C) and D_t(C): the difference of the two sides, the left one over all batches,
is the polynomial zero.
"""

from collections.abc import Iterator, Sequence
from math import factorial
from typing import NamedTuple

import sympy
from sympy import Integer
from sympy.polys.rings import PolyElement, ring

from proofs.symbolic.batches import Batch, expectation, simplex
from proofs.symbolic.steps import Step, show

ATOMS = range(3)
SIZES = (2, 3)


class Problem(NamedTuple):
    """N, the probabilities of the atoms, and the answers, by side, boundary and count."""

    n: int
    p: list[PolyElement]
    answers: dict[tuple[str, int, int], PolyElement]


def steps() -> Iterator[Step]:
    """First and second moments of the sums, for each size."""
    for n in SIZES:
        problem = symbols_of(n)
        p = problem.p
        for a in ATOMS:
            mean = n * p[a] * sum(p[c] * given([a], (a, c), problem) for c in ATOMS)
            yield zero(f"N = {n}: E S_{a + 1} less its formula", over_batches([a], problem) - mean)
        for a in ATOMS:
            for b in range(a + 1):
                square = n * (n - 1) * p[a] * p[b] * given([a, b], (a, b), problem)
                if a == b:
                    square += n * p[a] * sum(p[c] * given([a, a], (a, c), problem) for c in ATOMS)
                found = over_batches([a, b], problem) - square
                yield zero(f"N = {n}: E S_{a + 1} S_{b + 1} less its formula", found)


def zero(sentence: str, polynomial: PolyElement) -> Step:
    """Compare a polynomial with zero."""
    return Step(sentence, polynomial.as_expr(), Integer(0))


def symbols_of(n: int) -> Problem:
    """Three atoms and all answers as symbols."""
    keys = [(side, t, c) for side in "UD" for t in ATOMS[1:] for c in range(n + 1)]
    names = [f"{side}_{t}_{c}" for side, t, c in keys]
    _, p1, p2, *answers = ring(["p1", "p2", *names], sympy.QQ)
    return Problem(n, simplex([p1, p2]), dict(zip(keys, answers, strict=True)))


def advantage(atom: int, counts: Sequence[int], problem: Problem) -> PolyElement:
    """``A`` of a sample at an atom, in a batch with these numbers of samples at the atoms. Spec eq. (87)."""
    return sum(problem.answers["U" if atom >= t else "D", t, sum(counts[:t])] for t in ATOMS[1:])


def law(n: int, p: Sequence[PolyElement]) -> Iterator[tuple[tuple[int, int, int], PolyElement]]:
    """Numbers of n samples at three atoms, which is how many lie below, between and above: eq. (88)."""
    for i in range(n + 1):
        for j in range(n + 1 - i):
            k = n - i - j
            ways = factorial(n) // (factorial(i) * factorial(j) * factorial(k))
            yield (i, j, k), ways * p[0] ** i * p[1] ** j * p[2] ** k


def over_batches(atoms: Sequence[int], problem: Problem) -> PolyElement:
    """``E Π_a S_a``, over all 3^N batches."""

    def sums(batch: Batch) -> PolyElement:
        counts = [batch.count(a) for a in ATOMS]
        return sympy.prod(
            sum((advantage(a, counts, problem) for x in batch if x == a), start=problem.p[0] * 0)
            for a in atoms
        )

    return expectation(problem.p, problem.n, sums)


def given(atoms: Sequence[int], pair: tuple[int, int], problem: Problem) -> PolyElement:
    """``E Π A`` of samples at these atoms, where two samples are at the atoms of the pair."""
    return sum(
        sympy.prod(
            (advantage(a, [c + pair.count(x) for x, c in enumerate(counts)], problem) for a in atoms),
            start=chance,
        )
        for counts, chance in law(problem.n - 2, problem.p)
    )


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
