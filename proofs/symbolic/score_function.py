"""Score weights are unbiased: all rewards, p and α, at ``K < N ≤ 5`` and three atoms. Spec eq. (28).

Claim. ``E[Σ_i w_i ∂log p(x_i)/∂p_b] = ∂J/∂p_b`` with ``w_i = (K/N) (q_i − v^(−i))``, and the same with
``w_i = (K/N) q_i`` and with any baseline that does not see ``x_i``.

Proof. Both sides are written out as polynomials in the two free probabilities, three rewards in ascending
order and K rank weights, all of them symbols: the left from all ``3^N`` batches and all their subsets, the
right by differentiating ``J = Σ p(x_1) … p(x_K) T(x_1 … x_K)``. They are the same polynomial. The baseline
of the second part is an arbitrary number for each multiset of others. (Score vectors of any policy on these
atoms are combinations of the ``∂/∂p_b``. For all N and K: `thinning`.)
"""

from collections.abc import Iterator
from itertools import combinations_with_replacement

from sympy import QQ

from proofs.symbolic.batches import (
    gradient_of,
    include_one,
    leave_one_out,
    objective,
    score_gradient,
    simplex,
    symbolic,
)
from proofs.symbolic.steps import Step, show

SIZES = [(n, k) for n in (2, 3, 4, 5) for k in range(1, n)]


def steps() -> Iterator[Step]:
    """Each size and both coordinates; then an arbitrary baseline."""
    for n, k in SIZES:
        p1, p2, *rest = symbolic("p1 p2 r1 r2 r3 " + " ".join(f"a{j}" for j in range(1, k + 1)))
        r, alpha, p = rest[:3], rest[3:], simplex([p1, p2])
        j = objective(p, alpha, r)

        def weights(batch, n=n, k=k, alpha=alpha, r=r):
            return [
                QQ(k, n) * (include_one(batch, i, alpha, r) - leave_one_out(batch, i, alpha, r))
                for i in range(n)
            ]

        for atom, by in enumerate((p1, p2)):
            left, right = score_gradient(p, n, weights, atom), gradient_of(j, by)
            yield Step(f"N = {n}, K = {k}: ∂/∂p_{atom + 1}", left.as_expr(), right.as_expr())

    n = 3
    others = list(combinations_with_replacement(range(3), n - 1))
    p1, p2, *any_number = symbolic("p1 p2 " + " ".join(f"B{''.join(map(str, o))}" for o in others))
    baseline = dict(zip(others, any_number, strict=True))

    def without_one(batch):
        return [baseline[tuple(sorted(batch[:i] + batch[i + 1 :]))] for i in range(n)]

    for atom in range(2):
        left = score_gradient(simplex([p1, p2]), n, without_one, atom)
        yield Step(
            f"a baseline without x_i adds nothing, N = 3: ∂/∂p_{atom + 1}", left.as_expr(), 0 * p1.as_expr()
        )


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
