"""The mean advantage given its reward, and the natural gradient: at ``N ≤ 3``. Spec eqs. (93), (94).

Claim. For an advantage ``cK q_i − B(x_(−i))``, and for the canonical one, T being symmetric,

    E[A_i | x_i = r_b] = cK q̄_b − E B,     E[A_i | x_i = r_b] = ā_b = q̄_b − J,

and for softmax logits, with ``F = diag p − p pᵀ``, ``F (K ā) = ∇_θ J``.

Proof. From the definition on three atoms, with symbols for p, for T of each multiset, for c and for B of each
multiset of others: the others of ``x_1`` are enumerated. For the gradient, p is ``w_b / Σ_c w_c`` with a
symbol for each ``w_b = e^θ_b``, so that ``∂/∂θ_b = w_b ∂/∂w_b``; J and ``q̄_b`` are summed over all draws.
"""

from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement
from typing import Any

from sympy import QQ
from sympy.polys.fields import field

from proofs.symbolic.batches import Batch, expectation, mean, one_for_each, simplex
from proofs.symbolic.steps import Step, show

ATOMS = range(3)


def multisets(size: int) -> list[Batch]:
    """Of three atoms."""
    return list(combinations_with_replacement(ATOMS, size))


def steps() -> Iterator[Step]:
    """Both means for each size; the natural gradient for each K."""
    for n in range(1, 4):
        for k in range(1, n + 1):
            yield from conditional(n, k)
    for k in range(1, 4):
        yield from natural(k)


def conditional(n: int, k: int) -> Iterator[Step]:
    """The means over the others."""
    names = "p1 p2 c " + " ".join("B_" + "_".join(map(str, o)) for o in multisets(n - 1))
    t, (p1, p2, c, *rest) = one_for_each(multisets(k), names)
    p, baseline = simplex([p1, p2]), dict(zip(multisets(n - 1), rest, strict=True))

    def value(x: Batch) -> Any:
        return mean(t[tuple(sorted(s))] for s in combinations(x, k))

    def q(b: int, others: Batch) -> Any:
        return mean(t[tuple(sorted((b, *s)))] for s in combinations(others, k - 1))

    of_baseline = expectation(p, n - 1, lambda others: baseline[tuple(sorted(others))])
    j = expectation(p, k, value)
    for b in ATOMS:
        q_bar = expectation(p, k - 1, lambda others, b=b: q(b, others))
        case = f"N = {n}, K = {k}, x_1 = r{b + 1}"

        def general(others: Batch, b: int = b) -> Any:
            return c * k * q(b, others) - baseline[tuple(sorted(others))]

        left = expectation(p, n - 1, general)
        yield Step(f"{case}: cK q̄ − E B", left.as_expr(), (c * k * q_bar - of_baseline).as_expr())
        if k < n:
            left = expectation(p, n - 1, lambda others, b=b: q(b, others) - value(others))
            yield Step(f"{case}: canonical, ā", left.as_expr(), (q_bar - j).as_expr())


def natural(k: int) -> Iterator[Step]:
    """``F (K ā)``, and the derivative of J by the logits."""
    names = ["w1", "w2", "w3", *("T_" + "_".join(map(str, x)) for x in multisets(k))]
    w, of = (free := field(names, QQ)[1:])[:3], dict(zip(multisets(k), free[3:], strict=True))
    p = [x / sum(w) for x in w]
    j = expectation(p, k, lambda x: of[tuple(sorted(x))])
    a = [expectation(p, k - 1, lambda x, b=b: of[tuple(sorted((b, *x)))]) - j for b in ATOMS]
    mean_of_a = sum(x * y for x, y in zip(p, a, strict=True))
    for b in ATOMS:
        left, right = p[b] * (a[b] - mean_of_a) * k, w[b] * j.diff(w[b])
        yield Step(f"K = {k}: (F K ā)_{b + 1}", left.as_expr(), right.as_expr())


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
