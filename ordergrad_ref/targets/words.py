"""What a user's code says, in words that fit one line of a report."""

import traceback

__all__ = ["one_line"]

LONGEST = 500


def one_line(what: str | BaseException, longest: int = LONGEST) -> str:
    r"""Make one printable line of a text or an error: no line ends, no control sequences of terminals.

    An error is named by its class and message, or, if it has no message, by the line of code that raised it.

    Examples
    --------
    >>> one_line("out of\n memory\x07")
    'out of memory'
    >>> one_line(ValueError("no such\ngroup"))
    'ValueError: no such group'
    """
    text = what if isinstance(what, str) else _message(what)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > longest:
        line = f"{line[:longest]}…"
    return line if isinstance(what, str) else f"{type(what).__name__}: {line}".removesuffix(": ")


def _message(error: BaseException) -> str:
    try:
        message = str(error)
    except Exception:  # whatever the error's own __str__ raises
        return "(it cannot be printed)"
    if not message.strip() and (frames := traceback.extract_tb(error.__traceback__)):
        return frames[-1].line or ""
    return message
