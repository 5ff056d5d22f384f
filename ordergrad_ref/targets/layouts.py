"""The shapes in which functions take the rewards of several groups, and the way back from their answers.

A layout lays a table of groups ``(G, N)`` out as arguments by their role, and regroups advantages of the
shape that it expects into such a table.
"""

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.targets.parameters import Role

__all__ = ["Columns", "Flat", "Given", "Layout", "Rows", "Tables", "Tokens"]

Table: TypeAlias = NDArray[np.float64]

VALID = 2
PADDING = 1


class Layout(Protocol):
    """One way to hand over groups of rewards."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """The roles of the arguments that it gives beside the rewards."""

    def lay(self, table: Table) -> dict[Role, NDArray[Any]]:
        """Lay a table out as arguments."""

    def shapes(self, table: Table) -> tuple[tuple[int, ...], ...]:
        """Name the shapes that an answer may have."""

    def regroup(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Turn an answer of one of these shapes into a table; ``(G, N, T)`` with a number for each token."""


@dataclass(frozen=True)
class Rows:
    """One group ``(N,)``."""

    roles: tuple[Role, ...] = ()

    def lay(self, table: Table) -> dict[Role, NDArray[Any]]:
        """Lay out a table of one group."""
        return {"rewards": table[0]}

    def shapes(self, table: Table) -> tuple[tuple[int, ...], ...]:
        """``(N,)``."""
        return (table.shape[1:],)

    def regroup(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Reshape the answer of one group to ``(1, N)``."""
        return answer[None]


@dataclass(frozen=True)
class Tables:
    """The table ``(G, N)`` itself."""

    roles: tuple[Role, ...] = ()

    def lay(self, table: Table) -> dict[Role, NDArray[Any]]:
        """Give the table itself."""
        return {"rewards": table}

    def shapes(self, table: Table) -> tuple[tuple[int, ...], ...]:
        """``(G, N)``."""
        return (table.shape,)

    def regroup(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Return the answer, which is a table already."""
        return answer


@dataclass(frozen=True)
class Columns:
    """The table turned, ``(N, G)``: each group in a column, samples of a group in different rows."""

    roles: tuple[Role, ...] = ()

    def lay(self, table: Table) -> dict[Role, NDArray[Any]]:
        """Turn the table."""
        return {"rewards": table.T}

    def shapes(self, table: Table) -> tuple[tuple[int, ...], ...]:
        """``(N, G)``."""
        return (table.shape[::-1],)

    def regroup(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Turn the answer back."""
        return answer.T


@dataclass(frozen=True)
class Flat:
    """Flat rewards ``(G·N,)`` and group ids ``0 … G−1``, the groups interleaved or one after the other.

    Interleaved, the first group has the largest id: who reads groups in the order in which they come, and
    answers them in the order of their ids, mixes them.

    With ``uneven``, a group ``G`` of ``N + 1`` rewards comes last, whose advantages are not read.
    """

    interleaved: bool = True
    roles: tuple[Role, ...] = ("ids",)
    uneven: bool = False

    def lay(self, table: Table) -> dict[Role, NDArray[Any]]:
        """Lay out the rewards and their ids."""
        labels = np.arange(len(table))[:: -1 if self.interleaved else 1]
        ids = np.broadcast_to(labels[:, None], table.shape)
        rewards, ids = self._flat(table), self._flat(ids)
        if self.uneven:
            rewards = np.concatenate([rewards, table[-1], table[0, :1]])
            ids = np.concatenate([ids, np.full(table.shape[1] + 1, len(table))])
        return {"rewards": rewards, "ids": ids}

    def shapes(self, table: Table) -> tuple[tuple[int, ...], ...]:
        """``(G·N,)``."""
        return ((table.size + (table.shape[1] + 1 if self.uneven else 0),),)

    def regroup(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Put each advantage into the row of its group."""
        answer = answer[: table.size]
        groups, n = table.shape
        rest = answer.shape[1:]
        if self.interleaved:
            return answer.reshape(n, groups, *rest).swapaxes(0, 1)
        return answer.reshape(groups, n, *rest)

    def _flat(self, table: NDArray[Any]) -> NDArray[Any]:
        return (table.T if self.interleaved else table).ravel()


@dataclass(frozen=True)
class Given:
    """Flat rewards ``(n,)`` and their group ids as given: groups of any sizes, in any order."""

    ids: NDArray[Any]
    interleaved: bool = False
    roles: tuple[Role, ...] = ("ids",)

    def lay(self, table: Table) -> dict[Role, NDArray[Any]]:
        """Lay out a table whose one row holds all rewards."""
        return {"rewards": table[0], "ids": self.ids}

    def shapes(self, table: Table) -> tuple[tuple[int, ...], ...]:
        """``(n,)``."""
        return (table.shape[1:],)

    def regroup(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Reshape the answer to ``(1, n)``."""
        return answer[None]


@dataclass(frozen=True)
class Tokens:
    """Token by token ``(G·N, T)``: zeros, and each response's reward on its last valid token.

    A mask ``(G·N, T)`` of the valid tokens and group ids come with it. Each response has two valid tokens,
    and one more is padding. With ``ragged``, every second response of a group has only one valid token.
    """

    flat: Flat | Given = Flat()
    ragged: bool = False
    roles: tuple[Role, ...] = ("ids", "mask")

    def lay(self, table: Table) -> dict[Role, NDArray[Any]]:
        """Lay out the rewards, the mask and the ids."""
        flat = self.flat.lay(table)
        lengths = self._lengths(table)
        rewards = np.zeros((table.size, VALID + PADDING), dtype=table.dtype)
        rewards[np.arange(table.size), lengths - 1] = flat["rewards"]
        mask = (np.arange(VALID + PADDING) < lengths[:, None]).astype(np.int64)
        return {**flat, "rewards": rewards, "mask": mask}

    def shapes(self, table: Table) -> tuple[tuple[int, ...], ...]:
        """``(G·N, T)``, or ``(G·N,)`` with one advantage for each response."""
        return (table.size, VALID + PADDING), (table.size,)

    def regroup(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Put the advantages of valid tokens (the first alone if `ragged`) into the row of their group."""
        return self.flat.regroup(
            answer[:, : 1 if self.ragged else VALID] if answer.ndim == 2 else answer[:, None], table
        )

    def _lengths(self, table: Table) -> NDArray[np.int64]:
        lengths = np.full(table.shape, VALID)
        if self.ragged:
            lengths[:, ::2] = 1
        return np.asarray((lengths.T if self.flat.interleaved else lengths).ravel())
