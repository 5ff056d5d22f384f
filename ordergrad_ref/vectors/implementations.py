"""An implementation under test, asked case by case: an object in this process, or a process of its own."""

import contextlib
import copy
import inspect
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref.errors import TargetError
from ordergrad_ref.targets.guards import TimedOut, can_time, staying, within
from ordergrad_ref.targets.process import Process, RefusalError, encoded_objective, rows
from ordergrad_ref.targets.resolving import load_module
from ordergrad_ref.targets.words import one_line
from ordergrad_ref.vectors.golden import PER_GROUP, PER_K, PER_PAIR, Case
from ordergrad_ref.vectors.nesting import groups_of, nested

__all__ = ["Implementation", "InProcess", "NotOffered", "OutOfProcess", "Refused"]

Floats: TypeAlias = NDArray[np.float64]

MOST_DEATHS = 3
ARRAYS = ("rewards", "ratios", "probabilities", "logits")


FIELDS = {
    "order_statistics": ("value", "inclusion", "advantage"),
    "moments": ("mean", "covariance", "total_variance", "within"),
}
"""Functions that answer several things at once, and the names of those."""


class NotOffered(Exception):  # noqa: N818
    """The implementation says that it does not do this, which is no failure."""


class Refused(Exception):  # noqa: N818
    """The implementation raised an error, or answered with one.

    Attributes
    ----------
    classes : tuple of str
        The error's class and its bases, nearest first.
    """

    def __init__(self, sentence: str, classes: tuple[str, ...]) -> None:
        super().__init__(sentence)
        self.classes = classes


class Implementation(Protocol):
    """Something that answers cases."""

    name: str

    def offers(self, function: str, options: Sequence[str] = ()) -> bool:
        """Tell whether it has a function of that name, which takes these options."""

    def answer(self, case: Case, dtype: str) -> Floats:
        """Answer in the shape of the case's expectation.

        Raises
        ------
        NotOffered, Refused, TargetError
        """


class InProcess:
    """An object or module with functions named as ours, called as ours are: ``value(rewards, objective)``.

    Parameters
    ----------
    place : str
        ``module``, ``file.py``, ``module:object`` or ``file.py:object``.
    timeout : float, optional
        Seconds that one call may take, where calls can be interrupted: on the main thread of a POSIX system.
    """

    def __init__(self, place: str, timeout: float | None = None) -> None:
        module, _, attributes = place.partition(":")
        self.name = place
        self._timeout = timeout if can_time() else None
        self._hangs: Counter[str] = Counter()
        with contextlib.redirect_stdout(sys.stderr):  # what it prints must not end up in a report
            self._functions: Any = load_module(module)
            if attributes:
                self._functions = self._find(attributes)
        if self._functions is None:
            raise TargetError(f"implementation: expected an object of {module}, got no {attributes!r} there")

    def offers(self, function: str, options: Sequence[str] = ()) -> bool:
        """Tell whether the object has a function of that name, and its signature these options."""
        found = self._find(function)
        return callable(found) and (not options or set(options) <= _keywords(found, options))

    def answer(self, case: Case, dtype: str) -> Floats:
        """Call the function with arrays of that dtype."""
        function = self._find(case.function)
        if not callable(function):
            raise NotOffered
        if self._hangs[case.function] >= MOST_DEATHS:
            raise TargetError(f"not asked any more: {case.function} did not answer {MOST_DEATHS} times")
        given, keywords = _arguments(case, dtype)
        kept = copy.deepcopy(given)
        try:
            with contextlib.redirect_stdout(sys.stderr), staying(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with within(self._timeout):
                    got = function(*given, **keywords)
                    table = np.asarray(got)
        except NotImplementedError as error:
            raise NotOffered(one_line(error)) from error
        except KeyboardInterrupt:
            raise
        except TimedOut:
            self._hangs[case.function] += 1
            raise TargetError(f"did not answer within {self._timeout:g} s") from None
        except BaseException as error:
            classes = tuple(c.__name__ for c in type(error).__mro__)
            raise Refused(one_line(error, 200), classes) from error
        for before, after in zip(kept, given, strict=True):
            if isinstance(after, np.ndarray) and not np.array_equal(before, after, equal_nan=True):
                raise TargetError("changed the array that it was given")
        return _as_expected(table, case)

    def _find(self, path: str) -> Any:
        found, parts = self._functions, path.split(".")
        for above, part in zip(("", *parts), parts, strict=False):
            try:
                if callable(found) and part in FIELDS.get(above, ()):
                    found = _field(found, part)
                else:
                    found = found.get(part) if isinstance(found, dict) else getattr(found, part, None)
            except Exception as error:
                raise TargetError(f"implementation: looking up {path} raised {one_line(error)}") from error
        return found


class OutOfProcess:
    """A command that speaks the process protocol; for each function it is started again after three crashes.

    Parameters
    ----------
    command : str
        The command to start.
    timeout : float
        Seconds that each answer may take.
    """

    def __init__(self, command: str, timeout: float) -> None:
        self._start: Callable[[], Process] = lambda: Process(command, timeout)
        self._process = self._start()
        self._deaths: Counter[str] = Counter()
        self.name = self._process.name

    def offers(self, function: str, options: Sequence[str] = ()) -> bool:
        """Tell whether it said in its greeting that it has the function, and these options."""
        return function in self._process.functions and self._process.options.issuperset(options)

    def answer(self, case: Case, dtype: str) -> Floats:
        """Send the case with all its groups in one message."""
        if self._deaths[case.function] >= MOST_DEATHS:
            raise TargetError(f"not asked any more: {case.function} ended it {MOST_DEATHS} times")
        try:
            if not self._process.alive:
                self._process = self._start()
            result = self._process.ask(case.function, dtype=dtype, **_message(case))
        except RefusalError as refusal:
            if refusal.error_class == "NotOffered":
                raise NotOffered(str(refusal)) from None
            raise Refused(str(refusal), (refusal.error_class,)) from None
        except TargetError:
            self._deaths[case.function] += 1
            raise
        if case.error is not None:
            return np.empty(0)
        expected = case.expected
        assert expected is not None
        if case.function in PER_PAIR:
            (matrix,) = result if isinstance(result, list) and len(result) == 1 else (None,)
            return np.array(rows(matrix, [len(row) for row in expected], self.name))
        if case.function in PER_GROUP or case.function == "rank_weights.floating":
            return np.array(rows([result], [len(expected)], self.name)[0])
        if case.function in PER_K:
            return np.array(rows(result, [len(expected)], self.name)[0])
        answers = rows(
            result,
            [len(group) for group in case.groups],
            self.name,
            blanks="where" in case.given or "nan_policy" in case.given,
        )
        return np.array(nested(case.given, answers))

    def close(self) -> None:
        """End the process."""
        self._process.close()


def _field(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Make a function of a field of another's answer: ``order_statistics.value``."""

    @wraps(function)
    def field(*given: Any, **keywords: Any) -> Any:
        return getattr(function(*given, **keywords), name)

    return field


def _keywords(function: Callable[..., Any], asked: Sequence[str]) -> set[str]:
    """Which keywords a function takes; all that were asked for where it takes any, or does not tell."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return set(asked)
    return set(asked) if any(p.kind is p.VAR_KEYWORD for p in parameters) else {p.name for p in parameters}


def _arguments(case: Case, dtype: str) -> tuple[list[Any], dict[str, Any]]:
    given = case.given
    if case.function == "rank_weights.floating":
        return [given["n"], case.objective], {}
    if "successes" in given:
        return [], {name: given[name] for name in ("n", "successes", "k")}
    keywords = {"groups": np.array(given["groups"])} if "groups" in given else {}
    keywords |= {name: given[name] for name in ("nan_policy", "method") if name in given}
    keywords |= {"by": np.array(_floats(given["by"]), dtype)} if "by" in given else {}
    keywords |= {"where": np.array(given["where"])} if "where" in given else {}
    arrays = [np.array(_floats(given[name]), dtype) for name in ARRAYS if name in given]
    objective = [case.objective] if "objective" in given else []
    if "values" in given:
        rewards, probabilities = arrays
        return [rewards, *objective, np.array(_floats(given["values"]), dtype), probabilities], keywords
    return [
        *arrays,
        *objective,
        *(given[name] for name in ("k", "n", "estimator") if name in given),
    ], keywords


def _message(case: Case) -> dict[str, Any]:
    given = case.given
    message: dict[str, Any] = {}
    if "objective" in given:
        message["objective"] = encoded_objective(case.objective)
    for name in ("k", "n", "successes", "estimator", "method", "nan_policy"):
        if name in given:
            message[name] = given[name]
    for name in ("probabilities", "logits", "values"):
        if name in given:
            message[name] = [_plain(given[name])]
    for name, of in (("by", _plain), ("ratios", _plain), ("where", list)):
        if name in given:
            message[name] = [of(row) for row in groups_of({**given, "rewards": given[name]})]
    if "rewards" in given:
        message["groups"] = [_plain(group) for group in case.groups]
    return message


def _floats(x: Any) -> Any:
    """Convert rationals, all of which are floats exactly, and ``"nan"`` and ``"inf"``."""
    if isinstance(x, list):
        return [_floats(part) for part in x]
    top, _, bottom = x.partition("/")
    return float(top) / int(bottom or 1)


def _plain(row: list[str]) -> list[Any]:
    """Convert rationals to floats; NaN and infinity, which JSON lacks, stay strings."""
    return [x if x in ("nan", "inf", "-inf") else _floats(x) for x in row]


def _as_expected(got: NDArray[Any], case: Case) -> Floats:
    if got.dtype.kind in "USmMc":
        raise TargetError(f"expected to return real numbers, returned {got.dtype}")
    try:
        numbers = got.astype(np.float64)
    except Exception:  # of objects of any kind
        raise TargetError(f"expected to return real numbers, returned {got.dtype}") from None
    if case.expected is None:
        return numbers
    shape = np.shape(np.array(case.expected, dtype=object))
    if case.function in PER_GROUP and shape == (1,):
        numbers = np.atleast_1d(numbers)
    if numbers.shape != shape:
        raise TargetError(f"expected to return shape {shape}, returned {got.shape}")
    return numbers
