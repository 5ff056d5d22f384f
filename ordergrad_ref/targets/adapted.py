"""A function together with how to call it, for callers who do not want an audit to find that out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from inspect import Signature, signature
from typing import Any, Literal, TypeAlias, get_args

from ordergrad_ref.errors import InvalidInputError, TargetError, expected_one_of
from ordergrad_ref.targets.guards import can_time
from ordergrad_ref.targets.instances import Method, copies, made
from ordergrad_ref.targets.parameters import name_of

__all__ = ["Adapted", "LayoutName", "LibraryName", "adapt", "check_timeout"]

LayoutName: TypeAlias = Literal["rows", "table", "flat", "tokens"]
LibraryName: TypeAlias = Literal["numpy", "torch", "jax", "list"]


@dataclass(frozen=True)
class Adapted:
    """A function and how to call it. What is None is found out by trying.

    Attributes
    ----------
    function : callable
        The estimator.
    layout : {"rows", "table", "flat", "tokens"}, optional
        ``(N,)``; ``(G, N)``; ``(G·N,)`` with group ids; ``(G·N, T)`` with a mask and group ids.
    library : {"numpy", "torch", "jax", "list"}, optional
        What arrays it takes.
    timeout : float, optional
        Seconds that one call may take.
    output : int or str, optional
        Which part of the answer the advantages are: a place in a tuple, or a name.
    make : callable, optional
        Makes the function anew, where it is a method of a class.
    """

    function: Callable[..., Any]
    layout: LayoutName | None = None
    library: LibraryName | None = None
    timeout: float | None = None
    output: int | str | None = None
    make: Callable[[], Callable[..., Any]] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.function, type):
            object.__setattr__(self, "make", Method(self.function))
            object.__setattr__(self, "function", made(self.function, {}))
        if not callable(self.function):
            kind = self.function if self.make is None else f"an instance of {type(self.function).__name__}"
            hint = "" if self.make is None else "; name a method of it"
            raise TargetError(f"function: expected a callable, got {kind!r}{hint}")
        if isinstance(self.output, bool) or not isinstance(self.output, int | str | None):
            raise InvalidInputError(f"output: expected a place in a tuple or a name, got {self.output!r}")
        _check("layout", self.layout, get_args(LayoutName))
        _check("library", self.library, get_args(LibraryName))
        check_timeout(self.timeout)

    @classmethod
    def of(cls, function: Callable[..., Any]) -> "Adapted":
        """Take any function; arguments bound to an adapted one by `functools.partial` stay bound."""
        if isinstance(function, cls):
            return function
        if isinstance(function, partial) and isinstance(function.func, cls):
            bound = partial(function.func.function, *function.args, **function.keywords)
            return replace(function.func, function=bound)
        return cls(function)

    @cached_property
    def anew(self) -> Callable[[], Callable[..., Any]] | None:
        """A way to make the function anew, without the state that calls leave; None if there is none."""
        return self.make or self.unused or copies(self.function)

    @cached_property
    def unused(self) -> Callable[[], Callable[..., Any]] | None:
        """A way to make it as it was when this was first asked for; None where that is none, or costly."""
        return copies(self.function, light=True)

    @property
    def contract(self) -> Any:
        """The contract of the function, or None if it has none."""
        try:
            return getattr(self.function, "contract", None)
        except Exception:  # whatever a __getattr__ of the function raises
            return None

    @property
    def __name__(self) -> str:
        """The function's own name."""
        return name_of(self.function)

    @property
    def __signature__(self) -> Signature:
        """The function's own signature."""
        return signature(self.function)

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call the function itself."""
        return self.function(*arguments, **keywords)


def adapt(
    function: Callable[..., Any],
    *,
    layout: LayoutName | None = None,
    library: LibraryName | None = None,
    timeout: float | None = None,
    output: int | str | None = None,
) -> Adapted:
    """Say how an audit shall call a function, instead of letting it find out.

    Parameters
    ----------
    function : callable
        The estimator; for further arguments, `functools.partial`.
    layout : {"rows", "table", "flat", "tokens"}, optional
        ``(N,)``; ``(G, N)``; ``(G·N,)`` with group ids; ``(G·N, T)`` with a mask and group ids.
    library : {"numpy", "torch", "jax", "list"}, optional
        What arrays it takes.
    timeout : float, optional
        Seconds that one call may take. A limit needs the main thread of a POSIX system.
    output : int or str, optional
        Which part of the answer the advantages are: a place in a tuple, counted from 0, or the name of an
        entry of a dict, a field of a dataclass or named tuple.

    Returns
    -------
    Adapted
        It is audited like a function.

    Raises
    ------
    TargetError
        If it is no function.
    InvalidInputError
        If there is no such layout or library, the timeout is no positive number, or the output neither an
        integer nor a name.

    Examples
    --------
    >>> import ordergrad_ref as og
    >>> from ordergrad_ref.auditing import adapt
    >>> centred = adapt(lambda x: [r - sum(x) / len(x) for r in x], library="list")
    >>> og.audit(centred, "mean@1", n=4).called_with
    'called with lists: one group (N,) at a time'
    """
    return Adapted(function, layout, library, timeout, output)


def _check(name: str, value: Any, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise InvalidInputError(f"{name}: {expected_one_of(known, value)}")


def check_timeout(seconds: float | None) -> None:
    """Refuse what is no number of seconds, and a limit where nothing can be interrupted."""
    if seconds is not None and not (isinstance(seconds, int | float) and 0 < seconds < float("inf")):
        raise InvalidInputError(f"timeout: expected a positive number of seconds, got {seconds!r}")
    if seconds is not None and not can_time():
        raise InvalidInputError(
            "timeout: expected the main thread of a POSIX system, which can interrupt a call, got another"
        )
