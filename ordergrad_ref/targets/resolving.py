"""Find the function that a command line names: ``module:function``, ``file.py:function``, a built-in."""

import importlib
import importlib.util
import inspect
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from ordergrad_ref.errors import InvalidInputError, TargetError, did_you_mean, expected_one_of
from ordergrad_ref.maxk import FAMILY
from ordergrad_ref.targets.adapted import Adapted, LayoutName, LibraryName
from ordergrad_ref.targets.guards import can_time, staying
from ordergrad_ref.targets.parameters import name_of
from ordergrad_ref.targets.process import Process
from ordergrad_ref.targets.words import one_line

__all__ = ["TIMEOUT", "load_module", "reached", "resolve"]

TIMEOUT = 60.0
"""Seconds that one call may take, unless another limit is asked for."""


@contextmanager
def reached(
    target: str | None,
    *,
    process: str | None = None,
    keywords: Sequence[str] = (),
    layout: LayoutName | None = None,
    library: LibraryName | None = None,
    timeout: float | None = None,
) -> Iterator[Adapted]:
    """Reach a target as a command line names it, for as long as the block runs.

    Parameters
    ----------
    target : str, optional
        A function, as `resolve` takes it.
    process : str, optional
        Instead, the command of an implementation that speaks the process protocol.
    keywords : sequence of str
        Further arguments, ``name=value``; values are JSON, or else text.
    layout, library : str, optional
        How to call it, instead of finding that out.
    timeout : float, optional
        Seconds that one call may take; by default 60, if calls can be interrupted at all.

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
        function = _bound(resolve(target), keywords)
        if timeout is None and can_time():
            timeout = TIMEOUT
        yield Adapted(function, layout, library, timeout)
        return
    for name, given in {"target": target, "kwarg": keywords, "layout": layout, "library": library}.items():
        if given:
            raise InvalidInputError(f"{name}: expected none beside a process, got {given!r}")
    with Process(process, timeout or TIMEOUT) as running:

        def advantage(rewards: Any, objective: Any) -> Any:
            return running.advantage(rewards, objective)

        advantage.__name__ = running.name
        yield Adapted(advantage, "table", "numpy")


def _bound(function: Callable[..., Any], keywords: Sequence[str]) -> Callable[..., Any]:
    """Bind ``name=value`` arguments, and drop the contract, which need not hold with them."""
    if not keywords:
        return function
    pairs = list(map(_keyword, keywords))
    values = dict(pairs)
    if len(values) < len(pairs):
        raise InvalidInputError(f"kwarg: expected each name once, got {', '.join(keywords)}")
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

    Raises
    ------
    TargetError
        If there is no such file, module or function, or importing it raises.

    Examples
    --------
    >>> resolve("maxpo").contract.source
    'MaxPO, arXiv 2606.06080'
    """
    if target in FAMILY:
        return FAMILY[target]
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        raise TargetError(
            "target: expected package.module:function, path/to/file.py:function or a built-in name, got "
            f"{target!r}{did_you_mean(target, FAMILY) or '.'} Built in: {', '.join(FAMILY)}"
        )
    function: Any = load_module(place)
    for part in name.split("."):
        try:
            function = getattr(function, part)
        except AttributeError:
            hint = did_you_mean(part, dir(function))
            raise TargetError(
                f"target: expected the name of a function in {place}, got {name!r}{hint}"
            ) from None
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
    except (Exception, SystemExit) as error:
        raise TargetError(f"target: importing {place} raised {one_line(error)}") from error
    return module
