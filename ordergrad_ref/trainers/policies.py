"""Small policies: tables of the probabilities of the next token by prefix, and modules of PyTorch.

A table needs no deep-learning library. An answer ends where its tokens are no prefix of the table. Parameters
are the logits of the table, a row for each prefix, in the order of the table.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ordergrad_ref._types import Floats
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.trainers.modules import ModulePolicy, is_module

__all__ = ["PROBLEMS", "Problem", "TablePolicy", "tilted", "uniform"]

Tokens = tuple[int, ...]


class TablePolicy(Mapping[Tokens, Floats]):
    """A policy over answers: for each prefix, the probabilities ``(V,)`` of the V tokens that may follow.

    Parameters
    ----------
    table : mapping of tuple of int to (V,) array
        Has the empty prefix ``()``; each other prefix is one of it with one more token.

    Attributes
    ----------
    prefixes : tuple of tuples of int
        The P prefixes.
    array : (P, V) array
        Their probabilities.

    Raises
    ------
    InvalidInputError
        Where a row is no distribution, rows differ in length, or a prefix cannot be reached.

    Examples
    --------
    >>> policy = TablePolicy({(): [0.5, 0.5], (1,): [0.25, 0.75]})
    >>> dict(policy.answers())
    {(0,): 0.5, (1, 0): 0.125, (1, 1): 0.375}
    >>> policy.score([1, 0])  # ∇ log p by the logits of the table
    array([[-0.5 ,  0.5 ],
           [ 0.75, -0.75]])
    """

    def __init__(self, table: Mapping[Tokens, ArrayLike]) -> None:
        self.prefixes = tuple(tuple(int(t) for t in prefix) for prefix in table)
        try:
            self.array = np.array([np.asarray(row, dtype=float) for row in table.values()])
        except ValueError:
            raise InvalidInputError("table: expected rows of one length, got rows of several") from None
        if () not in self.prefixes or self.array.ndim != 2:
            raise InvalidInputError(
                f"table: expected the empty prefix among its keys, got {self.prefixes!r:.80}"
            )
        off = abs(self.array.sum(axis=1) - 1).max()
        if not (self.array >= 0).all() or not off <= 1e-12:
            raise InvalidInputError(
                f"table: expected rows of probabilities that sum to one, got one off by {off:.3g} or negative"
            )
        self._row = {prefix: i for i, prefix in enumerate(self.prefixes)}
        for prefix in self.prefixes:
            if prefix and (prefix[:-1] not in self._row or not 0 <= prefix[-1] < self.array.shape[1]):
                raise InvalidInputError(f"table: expected prefixes that can be reached, got {prefix}")

    def __getitem__(self, prefix: Tokens) -> Floats:
        """The probabilities of the next token."""
        return self.array[self._row[tuple(prefix)]]

    def __iter__(self) -> Iterator[Tokens]:
        """The prefixes."""
        return iter(self.prefixes)

    def __len__(self) -> int:
        """How many prefixes there are."""
        return len(self.prefixes)

    def copy(self) -> "TablePolicy":
        """Return the same policy in arrays of its own."""
        return TablePolicy(self)

    def answers(self) -> Iterator[tuple[Tokens, float]]:
        """Yield all answers, each with its probability."""
        for prefix, row in zip(self.prefixes, self.array, strict=True):
            for token, p in enumerate(row):
                if (*prefix, token) not in self._row:
                    yield (*prefix, token), float(p) * self.probability(prefix)

    def probability(self, tokens: Tokens) -> float:
        """Multiply the probabilities of the tokens."""
        return float(np.prod([self[tuple(tokens[:t])][token] for t, token in enumerate(tokens)]))

    def log_probs(self, answer: Tokens | list[int]) -> Floats:
        """Return the log-probabilities ``(T,)`` of the tokens of an answer."""
        return np.log([self[tuple(answer[:t])][token] for t, token in enumerate(answer)])

    def score(self, answer: Tokens | list[int], weights: ArrayLike = 1.0) -> Floats:
        """``Σ_t w_t ∇log π(y_t | y_<t)`` by the logits of the table, ``(P, V)``. Spec eq. (100)."""
        gradient = np.zeros_like(self.array)
        for t, (token, w) in enumerate(zip(answer, np.broadcast_to(weights, len(answer)), strict=True)):
            row = self._row[tuple(answer[:t])]
            gradient[row] -= w * self.array[row]
            gradient[row, token] += w
        return gradient


class Problem:
    """A policy, and the reward of each of its answers.

    Parameters
    ----------
    policy : TablePolicy, mapping or torch.nn.Module
        A table; or a module in double precision that takes tokens ``(B, L)`` and gives the logits
        ``(B, L, V)`` of the next token, alone or as ``.logits``, as language models do.
    rewards : mapping of tuple of int to float
        The reward of each answer. A module's answers are these.
    name : str
        What reports call it.
    prompt : sequence of int
        Of a module: the tokens before each answer, one at least.

    Raises
    ------
    InvalidInputError
        Where an answer that has a probability has no finite reward, or a module is not of double precision.
    """

    def __init__(
        self,
        policy: TablePolicy | Mapping[Tokens, ArrayLike] | Any,
        rewards: Mapping[Tokens, float],
        name: str = "",
        *,
        prompt: Sequence[int] = (0,),
    ) -> None:
        given = {tuple(answer): float(r) for answer, r in rewards.items()}
        self.policy: TablePolicy | ModulePolicy
        if is_module(policy):
            self.policy = ModulePolicy(policy, given, prompt)
        else:
            self.policy = policy if isinstance(policy, TablePolicy) else TablePolicy(policy)
        found = [(answer, p) for answer, p in self.policy.answers() if p > 0]
        missing = [answer for answer, _ in found if not np.isfinite(given.get(answer, np.nan))]
        if missing:
            raise InvalidInputError(
                f"rewards: expected a finite one for each answer, got none for {missing[0]}"
            )
        self.answers = tuple(answer for answer, _ in found)
        self.probabilities = np.array([p for _, p in found])
        self.rewards = np.array([given[answer] for answer in self.answers])
        self.name = name or f"{len(self.answers)} answers of {_lengths(self.answers)}"


def _lengths(answers: tuple[Tokens, ...]) -> str:
    lengths = sorted({len(a) for a in answers})
    if len(lengths) > 1:
        return f"{lengths[0]} to {lengths[-1]} tokens"
    return "one token" if lengths[0] == 1 else f"{lengths[0]} tokens"


def tilted(policy: TablePolicy, by: float = 0.25) -> TablePolicy:
    """Return a policy near another: logits raised by up to ``by``, differently for each token."""
    p, v = policy.array.shape
    raised = policy.array * np.exp(by * np.cos(np.arange(p * v).reshape(p, v)))
    return TablePolicy(dict(zip(policy.prefixes, raised / raised.sum(axis=1, keepdims=True), strict=True)))


def uniform(policy: TablePolicy) -> TablePolicy:
    """Return the policy of the same answers whose tokens are all equally likely."""
    return TablePolicy({prefix: np.full_like(row, 1 / len(row)) for prefix, row in policy.items()})


def _problem(table: Mapping[Tokens, ArrayLike], *rewards: float) -> Problem:
    policy = TablePolicy(table)
    return Problem(policy, dict(zip((a for a, _ in policy.answers()), rewards, strict=True)))


PROBLEMS = (
    _problem({(): [0.5, 0.5]}, 0, 1),
    _problem({(): [0.5, 0.25, 0.25]}, 0, 1, 3),
    _problem({(): [0.5, 0.5], (1,): [0.5, 0.5]}, 0, 1, 0),
    _problem({(): [0.5, 0.5], (1,): [0.25, 0.75]}, 1, 1, 0),
    _problem({(): [0.375, 0.625], (1,): [0.5, 0.5], (1, 0): [0.75, 0.25]}, 1, 3, 0, 1),
    _problem(
        {(): [0.25, 0.375, 0.375], (1,): [0.5, 0.25, 0.25], (1, 2): [0.25, 0.25, 0.5]},
        0.5,
        1,
        0,
        2,
        0.5,
        4,
        -1,
    ),
)
"""From the smallest; several answers share a reward, and lengths differ from the third on."""
