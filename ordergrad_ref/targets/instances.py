"""Functions that belong to an object: classes, methods, and what keeps state from call to call."""

import dis
import inspect
import random
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import partial
from types import CellType, FunctionType
from typing import Any

import numpy as np

from ordergrad_ref.errors import TargetError
from ordergrad_ref.targets.words import one_line

__all__ = ["Method", "copies", "made", "streams"]


class Method:
    """A way to make a method of a new instance of a class; its ``__call__`` where no name is given."""

    def __init__(self, of: type, name: str | None = None, arguments: Mapping[str, Any] | None = None) -> None:
        self.of, self.name, self.arguments = of, name, dict(arguments or {})

    def __call__(self) -> Callable[..., Any]:
        """Make an instance, and give its method.

        Raises
        ------
        TargetError
            If the constructor needs more, or raises, or its instances cannot be called.
        """
        instance = made(self.of, self.arguments)
        return instance if self.name is None else getattr(instance, self.name)


def made(of: type, arguments: Mapping[str, Any]) -> Any:
    """Make an instance.

    Raises
    ------
    TargetError
        If the constructor needs other arguments, or raises, or a ``__call__`` is missing.
    """
    name = of.__name__
    try:
        signature = inspect.signature(of)
    except (TypeError, ValueError):
        signature = None
    if signature is not None:
        needed = [
            p.name
            for p in signature.parameters.values()
            if p.default is p.empty
            and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
            and p.name not in arguments
        ]
        if needed:
            raise TargetError(
                f"{name}: expected a class that is made without arguments, got one that needs "
                f"{', '.join(needed)}; give them with --kwarg name=value, or audit an instance or its method"
            )
    try:
        return of(**arguments)
    except Exception as error:
        raise TargetError(f"{name}: making an instance raised {one_line(error)}") from error


LIGHT = (type(None), bool, int, float, str, list, tuple, dict, set, deque, np.ndarray, np.generic)
"""What is kept between calls and is cheap to copy; a model or a trainer is not."""


CHANGEABLE = (list, dict, set, deque, np.ndarray)


def copies(function: Callable[..., Any], *, light: bool = False) -> Callable[[], Callable[..., Any]] | None:
    """Make a way to copy what a function belongs to, as it is now; None where it belongs to nothing.

    Parameters
    ----------
    function : callable
        A bound method, or an object with a ``__call__``; or a function, whose own are the variables of its
        closure and its defaults.
    light : bool
        Copy no object that holds anything but numbers, text, arrays and containers.

    Returns
    -------
    callable or None
        Gives the same method of a new copy.
    """
    if isinstance(function, partial):
        inner = copies(function.func, light=light)
        if inner is None:
            return None
        return lambda: partial(inner(), *function.args, **function.keywords)
    owner = _owner(function)
    if owner is None:
        return _with_variables(function) if isinstance(function, FunctionType) else None
    if light and not all(isinstance(value, LIGHT) for value in vars(owner).values()):
        return None
    try:
        kept = deepcopy(owner)
    except Exception:  # whatever cannot be copied raises
        return None
    if owner is function:
        return lambda: deepcopy(kept)
    return lambda: getattr(deepcopy(kept), function.__name__)


def _with_variables(function: FunctionType) -> Callable[[], Callable[..., Any]] | None:
    """Make a way to copy a function together with the variables and defaults that it can change."""
    variables = [_content(cell) for cell in function.__closure__ or ()]
    now: list[Any] = [*variables, function.__defaults__, function.__kwdefaults__]
    set_by_it = {
        i.argval
        for i in dis.get_instructions(function.__code__)
        if i.opname in ("STORE_DEREF", "DELETE_DEREF")
    }
    sets = bool(set_by_it & set(function.__code__.co_freevars))
    if not sets and not any(isinstance(v, CHANGEABLE) for v in [*variables, *(function.__defaults__ or ())]):
        return None
    try:
        kept = [deepcopy(value) if isinstance(value, LIGHT) else value for value in now]
    except Exception:  # whatever cannot be copied raises
        return None

    def anew() -> Callable[..., Any]:
        own: list[Any] = [deepcopy(value) if isinstance(value, LIGHT) else value for value in kept]
        *values, defaults, keywords = own
        cells = tuple(CellType() if value is EMPTY else CellType(value) for value in values)
        copied = FunctionType(function.__code__, function.__globals__, function.__name__, defaults, cells)
        copied.__kwdefaults__ = keywords
        return copied

    return anew


EMPTY = object()


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a variable without a value as yet
        return EMPTY


def _owner(function: Callable[..., Any]) -> Any:
    owner = getattr(function, "__self__", None) if inspect.ismethod(function) else function
    plain = inspect.isroutine(owner) or inspect.isclass(owner) or inspect.ismodule(owner)
    return None if plain or owner is None or not hasattr(owner, "__dict__") else owner


def streams(function: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """Name and yield the random generators that a function keeps.

    They are those of its object, its closure, its defaults, its module, and those that are bound to it.
    """
    kept: dict[str, Any] = {}
    while isinstance(function, partial):
        kept |= dict(zip(map("argument {}".format, range(1, 99)), function.args, strict=False))
        kept |= function.keywords
        function = function.func
    owner = _owner(function)
    if owner is not None:
        kept |= {f"self.{name}": value for name, value in vars(owner).items()}
    plain = function.__func__ if inspect.ismethod(function) else function
    if isinstance(plain, FunctionType):
        with_names = inspect.getclosurevars(plain)
        defaults = {p.name: p.default for p in inspect.signature(plain).parameters.values()}
        kept |= {**defaults, **with_names.nonlocals, **with_names.globals}
    kinds: list[type] = [np.random.Generator, np.random.RandomState, random.Random]
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(getattr(torch, "Generator", None), type):
        kinds.append(torch.Generator)
    yield from ((name, value) for name, value in kept.items() if isinstance(value, tuple(kinds)))
