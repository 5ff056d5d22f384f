"""The shapes in which functions take the rewards of several groups, and how to read their answers back.

A layout lays a table of groups ``(G, N)`` out as arguments by their role, and reads advantages of the shape
that it expects back into such a table.
"""

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.targets.parameters import Role

__all__ = ["LAYOUTS", "Flat", "Given", "Layout", "Rows", "Tables", "Tokens"]

Table: TypeAlias = NDArray[np.float64]

LAYOUTS = ("rows", "table", "flat", "tokens")
VALID = 2
PADDING = 1


class Layout(Protocol):
    """One way to hand over groups of rewards."""

    @property
    def roles(self) -> tuple[Role, ...]:
        """What it has to give beside the rewards."""

    def lay(self, table: Table) -> dict[Role, NDArray[Any]]:
        """Lay a table out."""

    def shapes(self, table: Table) -> tuple[tuple[int, ...], ...]:
        """Name the shapes that an answer may have."""

    def read(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Read an answer of one of these shapes as a table; ``(G, N, T)`` where it has a number a token."""


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

    def read(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Make a table of one group of it."""
        return answer[None]


@dataclass(frozen=True)
class Tables:
    """The table ``(G, N)`` itself."""

    roles: tuple[Role, ...] = ()

    def lay(self, table: Table) -> dict[Role, NDArray[Any]]:
        """Lay it out as it is."""
        return {"rewards": table}

    def shapes(self, table: Table) -> tuple[tuple[int, ...], ...]:
        """``(G, N)``."""
        return (table.shape,)

    def read(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Take it as it is."""
        return answer


@dataclass(frozen=True)
class Flat:
    """Flat rewards ``(G·N,)`` and group ids ``0 … G−1``, the groups interleaved or one after the other.

    With ``uneven``, a group ``G`` of ``N + 1`` rewards comes last, whose advantages are not read.
    """

    interleaved: bool = True
    roles: tuple[Role, ...] = ("ids",)
    uneven: bool = False

    def lay(self, table: Table) -> dict[Role, NDArray[Any]]:
        """Lay out the rewards and their ids."""
        ids = np.broadcast_to(np.arange(len(table))[:, None], table.shape)
        rewards, ids = self._flat(table), self._flat(ids)
        if self.uneven:
            rewards = np.concatenate([rewards, table[-1], table[0, :1]])
            ids = np.concatenate([ids, np.full(table.shape[1] + 1, len(table))])
        return {"rewards": rewards, "ids": ids}

    def shapes(self, table: Table) -> tuple[tuple[int, ...], ...]:
        """``(G·N,)``."""
        return ((table.size + (table.shape[1] + 1 if self.uneven else 0),),)

    def read(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Sort the advantages by group."""
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
        """Lay out a table of one row, all rewards."""
        return {"rewards": table[0], "ids": self.ids}

    def shapes(self, table: Table) -> tuple[tuple[int, ...], ...]:
        """``(n,)``."""
        return (table.shape[1:],)

    def read(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Make a table of one row of it."""
        return answer[None]


@dataclass(frozen=True)
class Tokens:
    """Token by token ``(G·N, T)``: zeros, and each response's reward on its last valid token.

    With it a mask ``(G·N, T)`` of the valid tokens, two a response, and group ids; one more token is
    padding. With ``ragged``, responses of one to two tokens, by their position in the group.
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
        """``(G·N, T)``, or ``(G·N,)``, an advantage a response."""
        return (table.size, VALID + PADDING), (table.size,)

    def read(self, answer: NDArray[Any], table: Table) -> NDArray[Any]:
        """Sort the advantages by group, of the valid tokens alone (all responses have the first)."""
        return self.flat.read(
            answer[:, : 1 if self.ragged else VALID] if answer.ndim == 2 else answer[:, None], table
        )

    def _lengths(self, table: Table) -> NDArray[np.int64]:
        lengths = np.full(table.shape, VALID)
        if self.ragged:
            lengths[:, ::2] = 1
        return np.asarray((lengths.T if self.flat.interleaved else lengths).ravel())
