"""The baseline of the least second moment, and its closed form. Spec eq. (90).

Claim. Among all B that depend on the others alone, ``E[σ²(x_1) (q_1 − B)²]`` is least for
``B* = E_x[σ²(x) q(x; x_(−1))] / E σ²``, and with ``F_t`` the share of σ² at or below ``r_t``,

    q_1 − B* = Σ_t d_t ([x_1 > r_t] − (1 − F_t)) e^(N)_(c_t + 1),

where c_t counts the others that are at most ``r_t`` and ``e^(N)`` are the rank weights elevated to N.

Proof. Given the others, ``E_x σ² (q − B)² = E_x σ² (q − B*)² + E σ² · (B − B*)²``: with symbols for p, σ², q
and B, on three atoms. The second from the definition, for ``K ≤ N ≤ 4``, three atoms and every multiset of
others, with symbols for the shares of σ², the rewards and α.
"""

from collections.abc import Iterator
from itertools import combinations_with_replacement

import sympy
from sympy import Symbol, symbols

from proofs.symbolic.batches import Batch, include_one, simplex, symbolic
from proofs.symbolic.concomitants import elevated
from proofs.symbolic.steps import Step, show


def steps() -> Iterator[Step]:
    """The square completed; the closed form."""
    yield completed()
    for n in range(1, 5):
        for k in range(1, n + 1):
            for others in combinations_with_replacement(range(3), n - 1):
                yield from closed_form(others, k)


def best(p: list[Symbol], s: list[Symbol], q: list[Symbol]) -> sympy.Expr:
    """``B*``."""
    weights = [a * b for a, b in zip(p, s, strict=True)]
    return sum(w * x for w, x in zip(weights, q, strict=True)) / sum(weights)


def completed() -> Step:
    """What another B costs."""
    p, s, q, b = symbols("p1:4"), symbols("s1:4"), symbols("q1:4"), Symbol("B")

    def moment(baseline: sympy.Expr) -> sympy.Expr:
        return sum(x * y * (z - baseline) ** 2 for x, y, z in zip(p, s, q, strict=True))

    mean = sum(x * y for x, y in zip(p, s, strict=True))
    least = best(p, s, q)
    more = moment(b) - moment(least)
    return Step("E σ² (q − B)² − E σ² (q − B*)² = E σ² · (B − B*)²", more, mean * (b - least) ** 2)


def closed_form(others: Batch, k: int) -> Iterator[Step]:
    """``q − B*`` at each reward, beside these others."""
    free = symbolic("s1 s2 r1 r2 r3 " + " ".join(f"a{j}" for j in range(k)))
    share, r, alpha, n = simplex(free[:2]), free[2:5], free[5:], len(others) + 1
    q = [include_one((x, *others), 0, alpha, r) for x in range(3)]
    baseline = sum(a * b for a, b in zip(share, q, strict=True))
    e = elevated(n, alpha)
    case = f"N = {n}, K = {k}: others {', '.join(f'r{b + 1}' for b in others) or 'none'}"
    for x in range(3):
        closed = sum(
            (r[t] - r[t - 1]) * ((x >= t) - 1 + sum(share[:t])) * e[sum(b < t for b in others)]
            for t in (1, 2)
        )
        yield Step(f"{case}: q − B* at r{x + 1}", (q[x] - baseline).as_expr(), closed.as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
