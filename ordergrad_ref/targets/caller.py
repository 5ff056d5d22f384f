"""One call of a user's function: make its arguments, convert its answer, and check everything about it."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import redirect_stdout
from inspect import BoundArguments, iscoroutine
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.agreement import same_answer
from ordergrad_ref.errors import TargetError, TooSlowError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.targets.adapted import Adapted
from ordergrad_ref.targets.answers import chosen
from ordergrad_ref.targets.guards import Printed, TimedOut, staying, within
from ordergrad_ref.targets.layouts import Layout
from ordergrad_ref.targets.libraries import NUMPY, Library, as_numpy, chance, dtype_name, ways_to_make
from ordergrad_ref.targets.parameters import Parameters, Role
from ordergrad_ref.targets.words import one_line

__all__ = ["Caller", "MisfitError", "MisshapenError", "RaisedError"]

Table: TypeAlias = NDArray[np.float64]
Shape: TypeAlias = tuple[int, ...]

SEED = 2606
ROUNDOFF = {"float16": 2.0**-11, "bfloat16": 2.0**-8, "float32": 2.0**-24, "float64": 2.0**-53}
FEW_BITS = 21
"""Numbers of at most so many significant bits say nothing about the dtype that they were computed in: the
differences and simple fractions of enumerated rewards have no more, and float32 has 24."""
HOST_IDS = ("index", "uid", "uids")  # NumPy arrays in verl and its kin, beside tensors of rewards


class MisfitError(TargetError):
    """The function cannot be called in this way; it may be in another."""

    telling = 2


class MisshapenError(MisfitError):
    """The function answered in another shape."""

    telling = 1


class RaisedError(MisfitError):
    """The function raised; with arrays of another library it may not."""

    telling = 0


class Caller:
    """Calls a function in a given layout and library.

    Attributes
    ----------
    name : str
        The name that messages give it.
    printed : Printed
        What it has printed to standard output.
    took : str
        Which part of its answer the advantages are; empty if they are all of it.
    careful : str
        What was noticed about its dtypes.
    seed : int
        What a parameter for a seed, or a random generator, is made from.
    gives_chance : bool
        Whether it also gives a seed or a generator where a parameter for one may be left out.
    anew : callable or None
        Makes the function anew for each call, where it keeps state.
    """

    def __init__(self, adapted: Adapted, parameters: Parameters, objective: LStatistic) -> None:
        self.name = adapted.__name__
        self.printed = Printed()
        self.took = self.careful = ""
        self.seed = SEED
        self.gives_chance = False
        self.anew: Callable[[], Callable[..., Any]] | None = None
        self._adapted = adapted
        self._parameters = parameters
        self._objective = objective
        self._least = ROUNDOFF["float64"]
        self.forget()

    def forget(self) -> None:
        """Forget in which dtypes it has answered."""
        self._coarsest = ROUNDOFF["float64"]
        self._only_singles, self._long_singles = True, False

    def hold_to_float32(self) -> None:
        """Take float32 for the dtype that it computes in, unless a coarser one is seen."""
        self._least = ROUNDOFF["float32"]
        self.careful = "it is held to float32, in which smaller changes of the rewards are lost on its way"

    @property
    def unit_roundoff(self) -> float:
        """The unit roundoff u of the coarsest dtype that it computes in. Spec section 9.4.

        That is the coarsest that it has returned, or that rewards were rounded to; and float32 where all that
        it has returned are float32 numbers and some of them fill the significand: it then computes in
        float32, whatever the dtype of its answer is.
        """
        in_singles = self._only_singles and self._long_singles
        return max(self._coarsest, self._least, ROUNDOFF["float32"] if in_singles else 0.0)

    def __call__(self, layout: Layout, library: Library, table: Table) -> Table:
        """Compute the advantages ``(G, N)`` of the groups of a table.

        Raises
        ------
        MisfitError
            If the function raises, or its answer cannot be the advantages of these rewards.
        TargetError
            If it takes too long, or says itself that it cannot be audited.
        """
        laid = layout.lay(table)
        try:
            given = {role: self._library(library, role).array(x) for role, x in laid.items()}
            sent = {role: as_numpy(x).copy() for role, x in given.items()}
        except Exception as error:
            raise RaisedError(f"library: expected to make {library.arrays}, got {one_line(error)}") from error
        if not np.array_equal(sent["rewards"], laid["rewards"]):
            self._rounded_to(dtype_name(given["rewards"]))
        shapes = layout.shapes(table)
        took = self.took
        try:
            with redirect_stdout(self.printed), np.errstate(), staying(), within(self._adapted.timeout):
                answer = self.invoke(layout, given, library, table)
                answer, took = chosen(
                    answer, shapes, lambda part: layout.regroup(part, table), table, self._adapted.output
                )
                advantages, dtype = as_numpy(answer), dtype_name(answer)
        except (KeyboardInterrupt, TargetError):
            raise
        except TimedOut:
            seconds = self._adapted.timeout
            raise TooSlowError(
                f"{self.name} did not answer within {seconds:g} s, on rewards {_first_group(table)}"
            ) from None
        except BaseException as error:
            raise RaisedError(
                f"{self.name} raised {one_line(error)}, on rewards {_first_group(table)}"
            ) from error
        self._check_unchanged(given, sent)
        self._check_shape(answer, advantages.shape, shapes, sent["rewards"].shape)
        self.took = took
        return self._one_for_each_reward(layout.regroup(self._floats(advantages, dtype), table), table)

    def _check_unchanged(self, given: dict[Role, Any], sent: dict[Role, NDArray[Any]]) -> None:
        for role, x in given.items():
            try:
                now = as_numpy(x)
                if np.array_equal(now, sent[role]):
                    continue
                became = _first_group(now)
            except Exception as error:  # such as of a list that is ragged now, or an array given away
                became = f"unreadable ({one_line(error)})"
            raise MisfitError(
                f"{self.name} changed its {'input' if role == 'rewards' else f'input ({role})'}: "
                f"{_first_group(sent[role])} became {became}; let it work on a copy"
            )

    def _check_shape(
        self,
        answer: Any,
        shape: Shape,
        shapes: tuple[Shape, ...],
        of_rewards: Shape,
    ) -> None:
        if shape in shapes:
            return
        if iscoroutine(answer):
            answer.close()
            raise MisfitError(f"{self.name} is asynchronous; wrap it in a function that runs it")
        raise MisshapenError(
            f"{self.name} expected to return shape {' or '.join(map(str, shapes))} for rewards of "
            f"{'that shape' if shapes == (of_rewards,) else f'shape {of_rewards}'}, "
            f"returned {type(answer).__name__} of shape {shape}"
        )

    def _floats(self, advantages: NDArray[Any], dtype: str) -> Table:
        if advantages.dtype == object or advantages.dtype.kind in "biu":
            try:
                return advantages.astype(np.float64)
            except Exception as error:  # whatever such objects raise
                raise MisfitError(
                    f"{self.name} expected to return real numbers, returned {advantages.flat[0]!r}"
                ) from error
        if advantages.dtype.kind != "f" and advantages.dtype.name != "bfloat16":
            raise MisfitError(f"{self.name} expected to return real numbers, returned {advantages.dtype}")
        self._rounded_to(dtype)
        answer: Table = advantages.astype(np.float64)
        if dtype == "float64" and self._only_singles:
            with np.errstate(all="ignore"):
                self._only_singles = bool((answer.astype(np.float32) == answer).all())
                self._long_singles |= bool((np.ldexp(np.frexp(answer)[0], FEW_BITS) % 1 != 0).any())
        return answer

    def _one_for_each_reward(self, advantages: NDArray[np.float64], table: Table) -> Table:
        """Check that advantages are finite, and the same on all tokens of a response."""
        finite = np.isfinite(advantages)
        if not finite.all():
            spoilt = ~finite.reshape(len(table), -1).all(axis=1)
            raise MisfitError(
                f"{self.name} returned NaN or infinity on rewards {_first_group(table[spoilt][:1])}"
            )
        if advantages.ndim == table.ndim:
            return advantages
        result: Table = advantages[..., 0]
        for other in np.moveaxis(advantages, -1, 0):
            if not same_answer(result, other, self.unit_roundoff):
                raise MisfitError(
                    f"{self.name} returned different advantages for the tokens of one response, on rewards "
                    f"{_first_group(table)}; an audit takes one advantage for each response"
                )
        return result

    def _rounded_to(self, dtype: str) -> None:
        self._coarsest = max(self._coarsest, ROUNDOFF.get(dtype, 0.0))

    def _library(self, library: Library, role: Role) -> Library:
        """Choose an argument's library: that of the rewards, unless its own annotation says otherwise."""
        names = [name for name, r in self._parameters.roles.items() if r == role]
        annotated = next(
            (self._parameters.libraries[name] for name in names if name in self._parameters.libraries), ""
        )
        if role == "ids" and (annotated == "numpy" or any(name in HOST_IDS for name in names)):
            return NUMPY
        return ways_to_make(annotated)[0] if annotated == "list" else library

    def invoke(self, layout: Layout, given: dict[Role, Any], library: Library, table: Table) -> Any:
        """Call the function with arguments that were made."""
        p = self._parameters
        function = self._adapted.function if self.anew is None else self.anew()
        if p.rewards is None:
            return function(given["rewards"])
        values: dict[Role, Any] = {
            **given,
            "k": self._objective.k,
            "objective": self._objective,
            "size": table.shape[1],
            "count": len(table),
        }
        roles = p.chosen(layout.roles)
        if self.gives_chance:
            roles |= dict.fromkeys(p.fresh, "chance")
        arguments = {
            name: chance(name, p.libraries.get(name) or library.name, self.seed)
            if role == "chance"
            else values[role]
            for name, role in roles.items()
        }
        if p.signature is None and p.first:
            return function(given["rewards"], **arguments)
        arguments[p.rewards] = given["rewards"]
        if p.signature is None:
            return function(**arguments)
        bound = BoundArguments(p.signature, OrderedDict(arguments))
        bound.apply_defaults()
        return function(*bound.args, **bound.kwargs)


def _first_group(rewards: NDArray[Any]) -> str:
    """Write the first group, and say how many more there are."""
    row = rewards[0] if rewards.ndim == 2 else rewards
    text = " ".join(np.array2string(row, threshold=16, separator=", ").split())
    more = len(rewards) - 1 if rewards.ndim == 2 else 0
    return f"{text} and {more} more groups" if more else text
