"""Which errors of a function are an answer to the audit's question, and which end the audit."""

from ordergrad_ref.errors import TargetError, TooSlowError

__all__ = ["refusal"]


def refusal(error: TargetError) -> str:
    """Return what the function said; raise the error again where it only took too long.

    A function that refuses rewards, or answers NaN, has answered: its verdict is the same on every machine.
    One that exceeds the caller's time limit has not, and may be faster elsewhere.
    """
    if isinstance(error, TooSlowError):
        raise error
    return str(error)
