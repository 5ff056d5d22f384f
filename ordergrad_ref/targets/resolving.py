"""Find the function that a command line names: ``module:function``, ``file.py:function``, a built-in."""

import importlib
import importlib.util
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

from ordergrad_ref.errors import InvalidInputError, TargetError, did_you_mean, expected_one_of
from ordergrad_ref.estimators import NAMED
from ordergrad_ref.targets.adapted import Adapted, LayoutName, LibraryName, check_timeout
from ordergrad_ref.targets.guards import TimedOut, can_time, staying, within
from ordergrad_ref.targets.instances import Method
from ordergrad_ref.targets.parameters import name_of
from ordergrad_ref.targets.process import Process
from ordergrad_ref.targets.words import one_line

__all__ = ["TIMEOUT", "load_module", "reached", "resolve"]

TIMEOUT = 60.0
"""Seconds that one call may take, unless another limit is asked for, and that importing may take at least."""


@contextmanager
def reached(
    target: str | None,
    *,
    process: str | None = None,
    keywords: Sequence[str] = (),
    layout: LayoutName | None = None,
    library: LibraryName | None = None,
    timeout: float | None = None,
    output: str | None = None,
) -> Iterator[Adapted]:
    """Reach a target as a command line names it, for as long as the block runs.

    Parameters
    ----------
    target : str, optional
        A function, as `resolve` takes it.
    process : str, optional
        Instead, the command of an implementation that speaks the process protocol.
    keywords : sequence of str
        Further arguments, ``name=value``; values are JSON, or else text. Those that the constructor of a
        class takes go to it.
    layout, library : str, optional
        How to call it, instead of finding that out.
    timeout : float, optional
        Seconds that one call may take; by default 60, if calls can be interrupted at all. Importing it may
        take 60 seconds, or this if it is more.
    output : str, optional
        Which part of the answer the advantages are: a place in a tuple, or a name.

    Raises
    ------
    TargetError
        If it cannot be found, imported or started.
    InvalidInputError
        If the arguments contradict each other, or the function takes no such keyword.
    """
    if process is None:
        if target is None:
            raise InvalidInputError(
                "target: expected package.module:function, path/to/file.py:function or a name, got none"
            )
        check_timeout(timeout)
        function, make = _in_time(target, keywords, max(timeout or TIMEOUT, TIMEOUT) if can_time() else None)
        if timeout is None and can_time():
            timeout = Adapted.of(function).timeout or TIMEOUT
        place = int(output) if output is not None and output.lstrip("-").isdigit() else output
        said: dict[str, Any] = {
            "layout": layout,
            "library": library,
            "timeout": timeout,
            "output": place,
            "make": make,
        }
        yield replace(Adapted.of(function), **{name: x for name, x in said.items() if x is not None})
        return
    for name, given in {
        "target": target,
        "kwarg": keywords,
        "layout": layout,
        "library": library,
        "output": output,
    }.items():
        if given:
            raise InvalidInputError(f"{name}: expected none beside a process, got {given!r}")
    with Process(process, timeout or TIMEOUT) as running:

        def advantage(rewards: Any, objective: Any) -> Any:
            return running.advantage(rewards, objective)

        advantage.__name__ = running.name
        yield Adapted(advantage, "table", "numpy")


Made: TypeAlias = tuple[Callable[..., Any], Callable[[], Callable[..., Any]] | None]


def _in_time(target: str, keywords: Sequence[str], timeout: float | None) -> Made:
    """Import the target, and make an instance of its class if it is one's, within a limit."""
    try:
        with within(timeout), staying():
            return _made(resolve(target), keywords)
    except TimedOut:
        raise TargetError(
            f"target: expected to import {target} within {timeout:g} s, got no end of it"
        ) from None


def _made(function: Callable[..., Any], keywords: Sequence[str]) -> Made:
    """Bind further arguments, those of its constructor first where it belongs to a class."""
    values = _values(keywords)
    if isinstance(function, type):
        function = Method(function)
    if not isinstance(function, Method):
        return _bound(function, values), None
    try:
        of_constructor = inspect.signature(function.of).parameters.keys() & values.keys()
    except (TypeError, ValueError):
        of_constructor = set()
    method = Method(function.of, function.name, {name: values[name] for name in of_constructor})
    others = {name: value for name, value in values.items() if name not in of_constructor}
    first = method()
    if not callable(first):
        raise TargetError(
            f"target: expected a function, got the class {function.of.__name__}, whose instances cannot be "
            f"called; name a method, {function.of.__name__}.method"
        )
    return _bound(first, others), lambda: _bound(method(), others)


def _values(keywords: Sequence[str]) -> dict[str, Any]:
    pairs = list(map(_keyword, keywords))
    values = dict(pairs)
    if len(values) < len(pairs):
        raise InvalidInputError(f"kwarg: expected each name once, got {', '.join(keywords)}")
    return values


def _bound(function: Callable[..., Any], values: dict[str, Any]) -> Callable[..., Any]:
    """Bind ``name=value`` arguments, and drop the contract, which need not hold with them."""
    if not values:
        return function
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return partial(function, **values)
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    if not any(p.kind is p.VAR_KEYWORD for p in parameters):
        for name in values.keys() - set(names):
            raise InvalidInputError(f"kwarg: {name_of(function)}: {expected_one_of(names, name)}")
    return partial(function, **values)


def _keyword(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise InvalidInputError(f"kwarg: expected name=value, got {text!r}")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value


def resolve(target: str) -> Callable[..., Any]:
    """Find the function that a target names.

    Parameters
    ----------
    target : str
        ``package.module:function``, ``path/to/file.py:function`` (the function may be dotted, as in
        ``module:Class.method``), or the name of a built-in estimator.

    Returns
    -------
    callable
        A `Method`, where it is one of a class that an instance must be made of first.

    Raises
    ------
    TargetError
        If there is no such file, module or function, or importing it raises.

    Examples
    --------
    >>> resolve("maxpo").contract.source
    'MaxPO, arXiv 2606.06080'
    """
    if target in NAMED:
        return NAMED[target]
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        raise TargetError(
            "target: expected package.module:function, path/to/file.py:function or a built-in name, got "
            f"{target!r}{did_you_mean(target, NAMED) or '.'} Built in: {', '.join(NAMED)}"
        )
    function: Any = load_module(place)
    for part in name.split("."):
        owner = function
        try:
            function = getattr(owner, part)
        except AttributeError:
            hint = did_you_mean(part, dir(owner))
            raise TargetError(
                f"target: expected the name of a function in {place}, got {name!r}{hint}"
            ) from None
        if isinstance(owner, type) and inspect.isfunction(inspect.getattr_static(owner, part)):
            function = Method(owner, part)
    if not callable(function):
        raise TargetError(f"target: expected a function, got {target}, a {type(function).__name__}")
    return function


def load_module(place: str) -> ModuleType:
    """Import a module by its name, or a file by its path.

    Raises
    ------
    TargetError
        If there is no such file, or importing it raises.
    """
    path = Path(place)
    is_file = path.suffix == ".py"
    if is_file and not path.is_file():
        raise TargetError(f"target: expected a file, got {place}, which is none")
    # What the target imports, now or when called, is looked for where `python file.py`, or
    # `python -m module`, would look.
    sys.path.insert(0, str(path.resolve().parent if is_file else Path.cwd()))
    try:
        if not is_file:
            with staying():
                return importlib.import_module(place)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(path.stem, module)
        with staying():
            spec.loader.exec_module(module)
    except (KeyboardInterrupt, TimedOut):
        raise
    except BaseException as error:
        raise TargetError(f"target: importing {place} raised {one_line(error)}") from error
    return module
