"""Run one test with each of several values in turn: a test an assertion, where pytest would make one a value.

Tests that take less than a millisecond cost more to collect and to report than to run.
"""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

Test = Callable[..., None]


def in_turn(names: str | tuple[str, ...], values: Iterable[Any]) -> Callable[[Test], Test]:
    """Call the test with each value for ``names``, or with tuples for several; a failure says with which.

    >>> @in_turn("n", [2, 3])
    ... def test_small(n, most=2):
    ...     assert n <= most
    >>> try:
    ...     test_small()
    ... except AssertionError as failure:
    ...     print(*failure.__notes__)
    n = 3
    """
    together = names if isinstance(names, tuple) else (names,)
    known = [dict(zip(together, v if isinstance(names, tuple) else (v,), strict=True)) for v in values]
    assert known, "a test of nothing cannot fail"

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        def each(*given: Any, **named: Any) -> None:
            for value in known:
                try:
                    test(*given, **named, **value)
                except pytest.skip.Exception:
                    raise AssertionError("a skip would leave out all that follows; return instead") from None
                except BaseException as failure:
                    shown = (f"{name} = {getattr(v, '__name__', repr(v))}" for name, v in value.items())
                    failure.add_note(", ".join(shown))
                    raise

        signature = inspect.signature(test)
        rest = [parameter for key, parameter in signature.parameters.items() if key not in together]
        each.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
        return each

    return decorate
