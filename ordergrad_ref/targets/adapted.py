"""A function together with how to call it, for callers who do not want an audit to find that out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from inspect import Signature, signature
from typing import Any, Literal, TypeAlias, get_args

from ordergrad_ref.errors import InvalidInputError, TargetError, expected_one_of
from ordergrad_ref.targets.guards import can_time
from ordergrad_ref.targets.parameters import name_of

__all__ = ["Adapted", "LayoutName", "LibraryName", "adapt"]

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
    """

    function: Callable[..., Any]
    layout: LayoutName | None = None
    library: LibraryName | None = None
    timeout: float | None = None

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise TargetError(f"function: expected a callable, got {self.function!r}")
        _check("layout", self.layout, get_args(LayoutName))
        _check("library", self.library, get_args(LibraryName))
        seconds = self.timeout
        if seconds is not None and not (isinstance(seconds, int | float) and 0 < seconds < float("inf")):
            raise InvalidInputError(f"timeout: expected a positive number of seconds, got {seconds!r}")
        if seconds is not None and not can_time():
            raise InvalidInputError(
                "timeout: expected the main thread of a POSIX system, which can interrupt a call, got another"
            )

    @classmethod
    def of(cls, function: Callable[..., Any]) -> "Adapted":
        """Take any function; arguments bound to an adapted one by `functools.partial` stay bound."""
        if isinstance(function, cls):
            return function
        if isinstance(function, partial) and isinstance(function.func, cls):
            bound = partial(function.func.function, *function.args, **function.keywords)
            return replace(function.func, function=bound)
        return cls(function)

    @property
    def contract(self) -> Any:
        """The contract of the function, or None if it has none."""
        return getattr(self.function, "contract", None)

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

    Returns
    -------
    Adapted
        It is audited like a function.

    Raises
    ------
    TargetError
        If it is no function.
    InvalidInputError
        If there is no such layout or library, or the timeout is no positive number.

    Examples
    --------
    >>> import ordergrad_ref as og
    >>> from ordergrad_ref.auditing import adapt
    >>> centred = adapt(lambda x: [r - sum(x) / len(x) for r in x], library="list")
    >>> og.audit(centred, "mean@1", n=4).called_with
    'called with lists: one group (N,) at a time'
    """
    return Adapted(function, layout, library, timeout)


def _check(name: str, value: Any, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise InvalidInputError(f"{name}: {expected_one_of(known, value)}")
