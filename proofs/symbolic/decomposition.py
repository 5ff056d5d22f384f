"""The variance of a policy with several actions a reward splits in two. Spec eq. (71).

Claim. Let ``s(a)`` be one coordinate of the score of an action, ``s̄(r)`` and ``σ²(r)`` its conditional mean
and variance given the reward, and ``A_i`` advantages made of the rewards alone. For all N,

    Var((1/N) Σ_i A_i s(a_i)) = Var((1/N) Σ_i A_i s̄(r_i)) + (1/N²) Σ_i E[A_i² σ²(r_i)],

and both sides have the same mean. Where the A_i are the same function for every sample, the last term is
``(1/N) E[A_1² σ²(r_1)]``. The trace of a covariance is the sum of such variances over the coordinates.

Proof. For all N, by induction. Fix the rewards: then the A_i are numbers, and the actions are independent.
Let ``X`` be the sum of the first n terms, of conditional mean m and conditional variance v; a further term
``A s``, independent of X, has moments ``A s̄`` and ``A² (s̄² + σ²)``. So

    E[(X + A s)²] = (v + m²) + 2 m A s̄ + A² (s̄² + σ²) = (m + A s̄)² + (v + A² σ²):

the conditional mean is the sum of the ``A_i s̄(r_i)``, the conditional variance that of the ``A_i² σ²(r_i)``.
Average over the rewards: ``E[X²] = E[m²] + E[v]``, and ``E[X] = E[m]``, so ``Var X = Var m + E[v]``.

From the definitions, for the sizes named: N samples, and for each reward the number of its actions. All
batches of actions are enumerated on the left, all batches of rewards on the right. Probabilities, scores
and advantages are symbols: a reward r has the probability p_r, an action of it ``p_r`` times its share of r;
the advantage is a symbol for every reward and every multiset of the others. Scores need no mean of zero.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations_with_replacement
from typing import NamedTuple, TypeAlias

from sympy import QQ, symbols
from sympy.polys.rings import PolyElement

from proofs.symbolic.batches import expectation, symbolic
from proofs.symbolic.steps import Step, show

Batch: TypeAlias = tuple[int, ...]

SIZES = ((1, (2, 1)), (2, (2, 2)), (2, (3, 1)), (2, (2, 1, 2)), (3, (2, 1)), (3, (2, 2)), (4, (2, 1)))
"""The numbers of samples, each with the number of actions of every reward."""


def steps() -> Iterator[Step]:
    """The induction; then from the definitions."""
    yield from by_induction()
    for n, actions in SIZES:
        yield from by_enumeration(n, actions)


def by_induction() -> Iterator[Step]:
    """Conditional moments given the rewards."""
    m, v, a, mean, spread = symbols("m v A sbar sigma2")
    square = (v + m**2) + 2 * m * (a * mean) + a**2 * (mean**2 + spread)
    yield Step(
        "given the rewards, one more term: E[(X + A s)²] = (m + A s̄)² + (v + A² σ²)",
        square,
        (m + a * mean) ** 2 + (v + a**2 * spread),
    )


def by_enumeration(n: int, actions: Sequence[int]) -> Iterator[Step]:
    """Mean and second moment of ``Σ_i A_i s(a_i)``, over batches of actions and over batches of rewards."""
    both = moments(n, actions)
    where = f"N = {n}, actions of each reward {tuple(actions)}"
    yield Step(f"{where}: the mean", both.mean.as_expr(), both.mean_of_rewards.as_expr())
    yield Step(
        f"{where}: the second moment",
        both.square.as_expr(),
        (both.square_of_rewards + both.second_term).as_expr(),
    )


class Moments(NamedTuple):
    """Of ``(1/N) Σ_i A_i s(a_i)`` and of ``(1/N) Σ_i A_i s̄(r_i)``; and ``(1/N) E[A_1² σ²(r_1)]``."""

    mean: PolyElement
    mean_of_rewards: PolyElement
    square: PolyElement
    square_of_rewards: PolyElement
    second_term: PolyElement


def moments(n: int, actions: Sequence[int]) -> Moments:
    """Enumerate all batches of actions, and all batches of rewards."""
    rewards = range(len(actions))
    owner = [r for r, size in enumerate(actions) for _ in range(size)]
    others = list(combinations_with_replacement(rewards, n - 1))
    names = [
        *(f"p{r}" for r in rewards[:-1]),
        *(f"w{r}_{j}" for r, size in enumerate(actions) for j in range(size - 1)),
        *(f"s{a}" for a in range(len(owner))),
        *(_advantage(r, rest) for r in rewards for rest in others),
    ]
    of = dict(zip(names, symbolic(" ".join(names)), strict=True))
    one = of["s0"] ** 0

    def completed(probabilities: list[PolyElement]) -> list[PolyElement]:
        return [*probabilities, one - sum(probabilities)]

    law = completed([of[f"p{r}"] for r in rewards[:-1]])
    shares = [completed([of[f"w{r}_{j}"] for j in range(size - 1)]) for r, size in enumerate(actions)]
    policy = [law[r] * share for r, own in enumerate(shares) for share in own]
    scores = [of[f"s{a}"] for a in range(len(owner))]

    def given(r: int, power: int) -> PolyElement:
        own = [s for s, reward in zip(scores, owner, strict=True) if reward == r]
        return sum(share * s**power for share, s in zip(shares[r], own, strict=True))

    means = [given(r, 1) for r in rewards]
    spreads = [given(r, 2) - means[r] ** 2 for r in rewards]

    def advantage(batch: Batch, i: int) -> PolyElement:
        return of[_advantage(batch[i], sorted(batch[:i] + batch[i + 1 :]))]

    def estimate(batch: Batch, terms: Sequence[PolyElement]) -> PolyElement:
        return sum(advantage(batch, i) * term for i, term in enumerate(terms)) * QQ(1, n)

    def of_actions(x: Batch) -> PolyElement:
        return estimate(tuple(owner[a] for a in x), [scores[a] for a in x])

    def of_rewards(x: Batch) -> PolyElement:
        return estimate(x, [means[r] for r in x])

    return Moments(
        expectation(policy, n, of_actions),
        expectation(law, n, of_rewards),
        expectation(policy, n, lambda x: of_actions(x) ** 2),
        expectation(law, n, lambda x: of_rewards(x) ** 2),
        expectation(law, n, lambda x: advantage(x, 0) ** 2 * spreads[x[0]]) * QQ(1, n),
    )


def _advantage(own: int, others: Iterable[int]) -> str:
    return f"A{own}_{''.join(map(str, others))}"


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
