"""How much Python code a call runs: a count, so that what depends on it is the same on every machine."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

__all__ = ["lines_run"]


def lines_run(call: Callable[[], object], below: Callable[..., object]) -> int:
    """Count the lines of Python that a call runs in what ``below`` calls, each as often as it is run.

    What runs in C is not seen.

    Examples
    --------
    >>> def loop(n):
    ...     for i in range(n):
    ...         i * i
    >>> def twice(n):
    ...     loop(n)
    ...     loop(n)
    >>> lines_run(lambda: twice(9), below=twice) - lines_run(lambda: twice(4), below=twice)
    20
    """
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        caller = frame.f_back
        if event == "call" and not (
            caller is not None and (caller.f_code is below.__code__ or caller.f_trace is trace)
        ):
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count
