"""A user's function as a map from tables of rewards to tables of advantages: find out how to call it."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.agreement import same_answer, tolerance
from ordergrad_ref.errors import TargetError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.targets.adapted import Adapted
from ordergrad_ref.targets.caller import Caller, MisfitError, RaisedError
from ordergrad_ref.targets.conventions import Convention, conventions
from ordergrad_ref.targets.guards import reseed, seeded
from ordergrad_ref.targets.instances import streams
from ordergrad_ref.targets.layouts import Columns, Flat, Given, Layout, Rows, Tokens
from ordergrad_ref.targets.libraries import NUMPY, Library, loaded, ways_to_make
from ordergrad_ref.targets.parameters import Parameters
from ordergrad_ref.targets.words import one_line

__all__ = ["ChanceError", "Target"]

Table: TypeAlias = NDArray[np.float64]

SEED = 2606


@dataclass(frozen=True)
class Way:
    """One way to call a function: the arrays, the layout, and whether it takes one group at a time."""

    library: Library
    layout: Layout
    one_group: bool
    said: str
    careful: str = ""
    mixes: bool = False

    def __str__(self) -> str:
        arrays = "" if self.library is NUMPY else f"{self.library.arrays}: "
        return f"called with {arrays}{self.said}"


class ChanceError(TargetError):
    """The function answers the same rewards differently under another seed, and alike under the same."""

    def __init__(self, message: str, way: Way) -> None:
        super().__init__(message)
        self.way = way


class Target:
    """A function under audit, as a map from tables of groups ``(G, N)`` to tables of advantages ``(G, N)``.

    How the function is called is found out from its parameters' names and annotations, and by trying:

    - ``(G·N, T)`` with a mask and group ids, where a parameter of such a name (``response_mask``, ``mask``,
      …) is required; rewards on the last valid token, answered by ``(G·N, T)`` or ``(G·N,)``;
    - ``(G·N,)`` with group ids (``groups``, ``group_ids``, ``index``, ``uid``, …) or a ``group_size``;
    - ``(N,)`` or ``(G, N)``: where it answers both, and a table's answer is not its rows' answers, it is
      called with tables if these keep groups apart, else row by row.

    Each is tried in the arrays of NumPy, PyTorch, JAX, or in lists: in the library that an annotation names,
    else in the first in which it does not raise. A parameter named ``k`` or ``K`` is given the objective's K,
    one named ``objective`` the objective; what a `functools.partial` has bound stays bound. Of a tuple of
    answers the first is taken, or what is named ``advantages``. A function that keeps state in its object is
    called on a new copy each time.

    Parameters
    ----------
    function : callable or Adapted
        The estimator.
    objective : LStatistic
        The objective that it is audited for.

    Attributes
    ----------
    name : str
        The name that reports give it.
    """

    def __init__(self, function: Callable[..., Any], objective: LStatistic) -> None:
        self._adapted = Adapted.of(function)
        self.name = self._adapted.__name__
        _ = self._adapted.unused  # copied before the first call
        self._parameters = Parameters.of(self._adapted.function)
        self._caller = Caller(self._adapted, self._parameters, objective)
        self._objective = objective
        self._way: Way | None = None
        self._known: list[tuple[Way, Table, Table]] = []
        self._noticed: list[str] = []

    def notice(self, what: str) -> None:
        """Remember what a report is to say beside how the function is called."""
        self._noticed.append(what)

    @property
    def unit_roundoff(self) -> float:
        """The unit roundoff u of the coarsest dtype that it has returned, or that rewards were rounded to."""
        return self._caller.unit_roundoff

    def hold_to_float32(self) -> None:
        """Take it for a function that computes in float32, whatever its answers look like."""
        self._caller.hold_to_float32()

    @property
    def held_to_float32(self) -> bool:
        """Whether it was taken for one."""
        return bool(self._caller.careful)

    @property
    def called_with(self) -> str:
        """The shape that it is called with, and what else was noticed about calling it."""
        if self._way is None:
            return str(self._caller.printed)
        k = ", ".join(name for name, role in self._parameters.roles.items() if role == "k")
        anew = "each time on a new copy of its object, for it keeps state: its first answer is judged"
        said = [
            str(self._way),
            f"{k} = {self._objective.k}, the objective's K" if k else "",
            self._caller.took,
            self._caller.careful,
            anew if self._caller.anew else "",
            *self._noticed,
        ]
        careful = f". Careful: {self._way.careful}" if self._way.careful else ""
        return "; ".join(filter(None, ("; ".join(filter(None, said)) + careful, str(self._caller.printed))))

    @property
    def groups_apart(self) -> bool | None:
        """Whether groups in one call leave each other alone; None if it takes one group at a time."""
        if self._way is None or (self._way.one_group and not self._way.mixes):
            return None
        return not self._way.mixes

    @property
    def mixes_groups(self) -> bool:
        """Whether it takes several groups in one call, and lets what one gets depend on the others.

        A function of one group ``(N,)`` that takes a table besides is only called wrongly there.
        """
        return self._way is not None and self._way.mixes and not isinstance(self._way.layout, Rows | Columns)

    @property
    def takes_tables(self) -> bool:
        """Whether it is called with many groups at once."""
        return self._way is not None and not self._way.one_group

    @property
    def takes_ids(self) -> bool:
        """Whether it is called with the group id of each reward."""
        if self._way is None or not self._parameters.has("ids"):  # a group_size says nothing of places
            return False
        return "ids" in self._way.layout.roles

    def flat(self, rewards: Table, ids: NDArray[np.int64]) -> Table:
        """Compute the advantages of flat rewards ``(n,)`` whose group ids it is given."""
        assert self._way is not None
        layout: Layout = self._way.layout
        given = Given(ids, roles=layout.flat.roles if isinstance(layout, Tokens) else layout.roles)
        if isinstance(layout, Tokens):
            return self._caller(replace(layout, flat=given), self._way.library, rewards[None])[0]
        return self._caller(given, self._way.library, rewards[None])[0]

    def __call__(self, table: Table) -> Table:
        """Compute the advantages of each group.

        Raises
        ------
        ChanceError
            If they depend on a seed; `drawn` draws them under each.
        """
        if self._way is None:
            try:
                self._way = self._find(table)
                self._known.clear()
                self._caller.forget()  # what was tried and left counts no more
                return self._repeatable(self._way, table)
            except ChanceError as error:
                self._way = _one_group(error.way)
                self._caller.forget()
                raise
        return self._answer(self._way, table)

    def drawn(self, table: Table, seed: int, order: NDArray[np.int64]) -> Table:
        """Compute the advantages of each group under one and the same seed, its rewards in a given order.

        The order is put back in the answer. That all groups share the seed makes a difference of two of them
        less noisy.
        """
        assert self._way is not None
        shuffled, answers = table[:, order], np.empty(table.shape)
        self._caller.seed = seed
        with seeded(seed, self._kept):
            for g in range(len(table)):
                reseed(seed, self._kept)
                answers[g, order] = self._caller(self._way.layout, self._way.library, shuffled[g : g + 1])[0]
        return answers

    @cached_property
    def _kept(self) -> list[Any]:
        """The random generators that it keeps, but for those that take no seed."""
        kept = [generator for _, generator in streams(self._adapted.function)]
        return [generator for generator in kept if not isinstance(generator, random.SystemRandom)]

    @property
    def module(self) -> str | None:
        """The module that the function says it was defined in."""
        function = self._adapted.function
        while isinstance(function, partial):
            function = function.func
        found = getattr(function, "__module__", None)
        return found if isinstance(found, str) else None

    def together(self, table: Table) -> Table | None:
        """Compute the advantages of groups in one call, though it mixes them; None if it takes no table."""
        assert self._way is not None
        for convention in conventions(self._parameters, self._adapted.layout):
            for layout in filter(None, (convention.together, convention.in_order)):
                try:
                    return self._caller(layout, self._way.library, table)
                except MisfitError:
                    continue
        return None

    # ---- which way

    def _find(self, table: Table) -> Way:
        trial = _trial(table)
        candidates = conventions(self._parameters, self._adapted.layout)
        errors: list[MisfitError] = []
        for library in self._libraries():
            here: list[MisfitError] = []
            for convention in candidates:
                try:
                    return self._careful(self._way_of(convention, library, trial, table), trial)
                except MisfitError as error:
                    here.append(error)
            # Lists are the last resort, where much of what takes no rewards at all answers something.
            errors += (
                here if "list" not in library.arrays or not errors else [e for e in here if e.telling > 1]
            )
            if not all(isinstance(error, RaisedError) for error in here):
                break
        worst = max(errors, key=lambda error: error.telling)
        raise TargetError(f"{worst}{self._hint(worst)}") from worst.__cause__

    def _libraries(self) -> Iterator[Library]:
        name = self._adapted.library or self._parameters.library
        yield from ways_to_make(name) if name is not None else loaded()

    def _hint(self, error: MisfitError) -> str:
        guessed = self._adapted.layout is None and self._adapted.library is None
        if not guessed or error.telling > 1:
            return ""
        return " (shape and array library are guessed; --layout and --library, or adapt(), choose them)"

    def _way_of(self, convention: Convention, library: Library, trial: Table, table: Table) -> Way:
        alone = together = None
        if convention.alone is not None:
            alone = Way(library, convention.alone, True, convention.said_alone)
        if convention.together is not None:
            together = Way(library, convention.together, False, convention.said_together)
        if alone is None:
            assert together is not None
            self._repeatable(together, trial)
            return self._groups_together(convention, together, trial, table)
        try:
            self._repeatable(alone, trial)
        except ChanceError as error:
            raise self._as_table_of_one(error, together, trial) from None
        except MisfitError as alone_error:
            if together is None:
                raise
            try:
                self._repeatable(together, trial)
            except MisfitError as together_error:
                raise _either(alone_error, together_error) from alone_error.__cause__
            return self._groups_together(convention, together, trial, table)
        if together is None:
            return alone
        # A few groups first: a function of one group may take very long over a table of many.
        same = self._same(alone, together, trial) and self._same(alone, together, table)
        if same is None:
            return alone
        return together if same else self._both_differently(convention, alone, together, trial, table)

    def _as_table_of_one(self, error: ChanceError, together: Way | None, trial: Table) -> ChanceError:
        """Read a group as a table of one, where tables are taken and read otherwise, and keep groups apart.

        What shows it is the first group: it has the first draws, whatever comes after it.
        """
        if together is None:
            return error
        one = _one_group(together)
        turned = [np.roll(trial, i, axis=0) for i in range(len(trial))]
        with suppress(MisfitError):
            same = self._agree(self._with_seed(1, error.way, trial), self._with_seed(1, one, trial))
            if not same and all(
                self._agree(self._with_seed(1, together, t)[:1], self._with_seed(1, one, t[:1]))
                for t in turned
            ):
                return ChanceError(str(error), one)
        return error

    def _both_differently(
        self, convention: Convention, alone: Way, together: Way, trial: Table, table: Table
    ) -> Way:
        """Choose the reading of a function that answers one group, and many differently.

        Where groups together leave each other alone, the function is one of many groups, and one group is
        misread, as each reward for a group. Where they do not, it is one of a single group.
        """

        def is_alone(way: Way) -> bool:
            return bool(self._same(alone, way, trial) and self._same(alone, way, table))

        if convention.in_order is not None and is_alone(replace(together, layout=convention.in_order)):
            careful = "it goes by the order of the rewards: interleaved groups are answered differently"
            return replace(together, layout=convention.in_order, careful=careful, mixes=True)
        turned = self._turned(convention, together)
        if turned is not None and is_alone(turned):
            if not isinstance(turned.layout, Columns):
                return turned
            careful = "it takes tables too, but each of their columns for a group: it mixes groups in (G, N)"
            return replace(alone, careful=careful, mixes=True)
        # The trial first, for the whole table takes many calls; then the groups that the two ways tell apart.
        if self._leaves_apart(together, trial) and self._leaves_apart(
            together, np.concatenate([trial, self._differing(alone, together, table)])
        ):
            return replace(together, careful="it takes one group (N,) too, and answers it differently")
        return replace(alone, careful=convention.careful, mixes=True)

    def _groups_together(self, convention: Convention, together: Way, trial: Table, table: Table) -> Way:
        """Make sure that groups leave each other alone; else turn them round, or give it one group."""
        if self._leaves_apart(together, trial) and self._same_among_few(together, table):
            return together
        turned = self._turned(convention, together)
        one = replace(
            _one_group(together),
            careful="it mixes groups: what one gets depends on the others in the table",
            mixes=True,
        )
        refused: MisfitError | None = None
        for other in filter(None, (turned, one)):
            try:
                self._repeatable(other, trial)
            except MisfitError as error:
                refused = error
                continue
            if other.one_group or self._leaves_apart(other, trial):
                return other
        raise TargetError(
            f"{self.name} mixes groups: what one gets depends on the others in the table; let it take one "
            f"group of shape (N,), or a table of one, where {refused}"
        )

    def _turned(self, convention: Convention, together: Way) -> Way | None:
        if convention.turned is None:
            return None
        columns = isinstance(convention.turned, Columns)
        return replace(
            together,
            layout=convention.turned,
            said=convention.said_turned,
            careful="it mixes groups in tables (G, N)"
            if columns
            else "groups that stand one after the other are answered differently",
            mixes=columns,
        )

    def _same(self, alone: Way, together: Way, table: Table) -> bool | None:
        """Tell whether groups get the same answers together as alone; None if they are not taken together."""
        apart = self._once(alone, table)
        try:
            return self._agree(apart, self._once(together, table))
        except MisfitError:
            return None

    def _differing(self, one: Way, other: Way, table: Table) -> Table:
        """Return some groups that two ways answer differently: all but one may look apart."""
        apart = abs(self._once(one, table) - self._once(other, table)).max(axis=1)
        rows = np.flatnonzero(apart > tolerance(self.unit_roundoff) * apart.max())
        return table[rows[np.linspace(0, len(rows) - 1, min(len(rows), table.shape[1] + 1)).astype(int)]]

    def _leaves_apart(self, way: Way, trial: Table) -> bool:
        """Compare a group's answer among others with that among copies of itself, and among more groups."""
        here = self._answer(way, trial)
        try:
            alone = np.stack([self._answer(way, np.tile(row, (len(trial), 1)))[0] for row in trial])
            among_more = self._answer(way, np.concatenate([trial, trial[::-1]]))[: len(trial)]
        except MisfitError:  # such as NaN, where it divides by a spread between groups
            return False
        return self._agree(alone, here) and self._agree(here, among_more)

    def _same_among_few(self, way: Way, table: Table) -> bool:
        """Compare a few groups among all with the same among themselves, the last of them first."""
        rows = np.linspace(len(table) - 1, 0, table.shape[1] + 1).astype(int)
        try:
            return self._agree(self._once(way, table)[rows], self._answer(way, table[rows]))
        except MisfitError:
            return False

    def _careful(self, way: Way, trial: Table) -> Way:
        """Note it if the sizes of other groups, or the lengths of responses, change the answers."""
        if isinstance(way.layout, Flat) and not way.one_group and self._parameters.has("ids"):
            return self._careful_of_sizes(way, way.layout, trial)
        if not isinstance(way.layout, Tokens):
            return way
        ragged = replace(way, layout=replace(way.layout, ragged=True))
        if self._same(way, ragged, trial) is not False:
            return way
        lengths = "the lengths of the responses change its advantages; it is judged on equal ones"
        return replace(way, careful="; ".join(filter(None, (way.careful, lengths))))

    def _careful_of_sizes(self, way: Way, flat: Flat, trial: Table) -> Way:
        """Put a group of another size beside the groups, and note a refusal or a change of their answers."""
        same = self._same(way, replace(way, layout=replace(flat, uneven=True)), trial)
        if same:
            return way
        sizes = (
            "groups of several sizes are not taken"
            if same is None
            else "beside a group of another size, groups are answered differently"
        )
        said = "; ".join(filter(None, (way.careful, sizes)))
        return replace(way, careful=said, mixes=way.mixes or same is False)

    def _repeatable(self, way: Way, table: Table) -> Table:
        """Return the answer, after making sure that no seed and no earlier call changes it."""
        first = self._with_seed(1, way, table)
        if self._remembers(way, table):
            return self._repeatable(way, table)
        if self._agree(first, self._with_seed(2, way, table)):
            return first
        if self._agree(first, self._with_seed(1, way, table)):
            raise ChanceError(
                f"{self.name} answers at random: other advantages under another seed of {self._chance}; bind "
                "one draw, or average over draws in the function",
                way,
            )
        if self._parameters.fresh and not self._caller.gives_chance:
            self._caller.gives_chance = True
            return self._repeatable(way, table)
        return self._without_state(way, table)

    @property
    def _chance(self) -> str:
        """What its answers are drawn from, in words."""
        given = [name for name, role in self._parameters.roles.items() if role == "chance"]
        given += self._parameters.fresh if self._caller.gives_chance else ()
        kept = [name for name, _ in streams(self._adapted.function)]
        return ", ".join(dict.fromkeys(given + kept)) or "random, numpy.random or torch"

    def _remembers(self, way: Way, table: Table) -> bool:
        """Ask about other groups; call it on a new copy from now on, where one that was not called differs.

        So is found what only a first call sets: repeated, its answers are all the same.
        """
        if len(table) > table.shape[1] + 1:
            return False
        if not way.one_group:
            with suppress(MisfitError):  # such as NaN, where it divides by a spread between groups
                self._answer(way, np.tile(table[-1:], (len(table), 1)))  # what a later call may remember
        anew = self._adapted.unused
        if anew is None or self._caller.anew is not None or next(streams(self._adapted.function), None):
            return False
        other = table[::-1] / 2  # a multiple: who gave values is asked about no others
        try:
            used = self._answer(way, other)
            self._caller.anew = anew
            if not self._agree(used, self._answer(way, other)):
                self._known.clear()
                return True
        except MisfitError:  # such rewards are refused, or a copy lacks what the function shares with others
            pass
        self._caller.anew = None
        return False

    def _with_seed(self, seed: int, way: Way, table: Table) -> Table:
        self._caller.seed = seed
        with seeded(seed, self._kept):
            return self._answer(way, table)

    def _without_state(self, way: Way, table: Table) -> Table:
        """Call it on a new copy of its object each time, if it has one and draws no random numbers."""
        drawn = next(streams(self._adapted.function), None)
        anew = None if drawn is not None or self._caller.anew is not None else self._adapted.anew
        if anew is not None:
            self._caller.anew = anew
            self._known.clear()
            return self._repeatable(way, table)
        self._caller.anew = None
        why = (
            f"it draws from {drawn[0]}, a random stream that goes on from call to call"
            if drawn is not None
            else "or, where it keeps state between calls, keep that in an object, of which each call gets a "
            "new copy"
        )
        raise TargetError(f"{self.name} answers the same rewards differently each time; fix its seed ({why})")

    def _agree(self, a: Table, b: Table) -> bool:
        """Tell whether all numbers agree. Spec eq. (55)."""
        return same_answer(a, b, self.unit_roundoff)

    def _once(self, way: Way, table: Table) -> Table:
        """Answer, and remember it while a reading is chosen: one group at a time takes a call for each."""
        for known, asked, answers in self._known:
            if known == way and asked is table:
                return answers
        answers = self._answer(way, table)
        self._known.append((way, table, answers))
        return answers

    def _answer(self, way: Way, table: Table) -> Table:
        if way.one_group:
            return np.concatenate(
                [self._caller(way.layout, way.library, table[g : g + 1]) for g in range(len(table))]
            )
        return self._caller(way.layout, way.library, table)


def _one_group(way: Way) -> Way:
    return way if way.one_group else replace(way, one_group=True, said=f"{way.said}, one group at a time")


def _trial(table: Table) -> Table:
    """Take ``N + 1`` shuffled batches: no square table and no symmetry hides work along the wrong axis."""
    some = np.linspace(len(table) - 1, 0, table.shape[1] + 1).astype(int)
    return np.random.default_rng(SEED).permuted(table[np.roll(some, -1)], axis=1)


def _either(alone: MisfitError, together: MisfitError) -> MisfitError:
    """Choose the more telling error; of two that the function raised, quote both if they differ."""
    if together.telling > alone.telling:
        return together
    one, other = alone.__cause__, together.__cause__
    if one is None or other is None or one_line(one) == one_line(other):
        return alone
    return RaisedError(f"{alone}; and on a table of groups {one_line(other)}")
