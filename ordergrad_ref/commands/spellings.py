"""Several objectives in one word."""

import re

from ordergrad_ref.errors import InvalidInputError

__all__ = ["split"]


def split(given: str) -> list[str]:
    """Split at the commas that are in no parentheses.

    Examples
    --------
    >>> split("pass@1,trimmed_mean(1,1)@8, pass@4")
    ['pass@1', 'trimmed_mean(1,1)@8', 'pass@4']
    """
    spellings = [part.strip() for part in re.split(r",(?![^(\[]*[)\]])", given)]
    if not all(spellings):
        raise InvalidInputError(f"objective: expected spellings between commas, got {given!r}")
    return spellings
