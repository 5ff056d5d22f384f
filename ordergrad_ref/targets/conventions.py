"""The calling conventions to try for a function, chosen by the names of its parameters."""

from dataclasses import dataclass

from ordergrad_ref.errors import TargetError
from ordergrad_ref.targets.layouts import Flat, Layout, Rows, Tables, Tokens
from ordergrad_ref.targets.parameters import Parameters, Role

__all__ = ["Convention", "conventions"]

MIXES = "it mixes groups there"


@dataclass(frozen=True)
class Convention:
    """Two ways to call the same function: for one group at a time, and for many together.

    Attributes
    ----------
    alone, together : Layout or None
        The layout for one group, and for many; None if that way is not to be tried.
    said_alone, said_together : str
        How reports call them.
    careful : str
        What a report adds if groups together are answered differently from groups alone.
    in_order : Layout or None
        The layout for many groups one after the other, if ``together`` interleaves them.
    """

    alone: Layout | None
    together: Layout | None
    said_alone: str
    said_together: str
    careful: str
    in_order: Layout | None = None


ROWS = "one group (N,) at a time"
TABLES = "tables (G, N)"
DENSE = Convention(
    Rows(),
    Tables(),
    ROWS,
    TABLES,
    "it takes a table (G, N) too, and answers it differently: it mixes groups there, or works along "
    "another axis",
)


def conventions(parameters: Parameters, layout: str | None) -> list[Convention]:
    """List what to try: token by token, flat, else a group or a table; or only the layout asked for.

    Raises
    ------
    TargetError
        If the function lacks the parameters that the layout asked for needs.
    """
    if layout is not None:
        return [_asked_for(parameters, layout)]
    if "mask" in parameters.required or parameters.token_level:
        return [_tokens(parameters)]
    if "ids" in parameters.required:
        return [_flat(parameters)]
    if parameters.has("size"):
        return [_flat(parameters), DENSE]
    found = [DENSE]
    if parameters.has("ids"):
        found.append(_flat(parameters))
    if parameters.has("mask"):
        found.append(_tokens(parameters))
    return found


def _asked_for(parameters: Parameters, layout: str) -> Convention:
    if layout == "rows":
        return Convention(Rows(), None, ROWS, "", "")
    if layout == "table":
        return Convention(None, Tables(), "", TABLES, "")
    return _flat(parameters) if layout == "flat" else _tokens(parameters)


def _flat(parameters: Parameters) -> Convention:
    """With group ids, groups are interleaved; with a group size alone, they stand one after the other."""
    if parameters.has("ids"):
        beside = f"with group ids ({_names(parameters, 'ids')})"
        return Convention(
            Flat(),
            Flat(),
            f"flat rewards (N,) {beside}, one group at a time",
            f"flat rewards (G·N,) {beside}",
            f"it answers several groups in one call differently: {MIXES}",
            Flat(interleaved=False),
        )
    if parameters.has("size"):
        size = _names(parameters, "size")
        flat = Flat(interleaved=False)
        return Convention(
            flat,
            flat,
            f"flat rewards (N,) and their number ({size}), one group at a time",
            f"flat rewards (G·N,), groups one after the other ({size})",
            f"it answers several groups in one call differently: {MIXES}",
        )
    raise TargetError(
        "layout: expected for flat a parameter for group ids (groups, group_ids, index, uid, …) or for the "
        "group size (group_size, num_generations, …), got a function without; choose rows or table"
    )


def _tokens(parameters: Parameters) -> Convention:
    what: dict[Role, str] = {"mask": "a mask", "ids": "group ids", "size": "the group size"}
    beside = [f"{w} ({_names(parameters, role)})" for role, w in what.items() if parameters.has(role)]
    given = f" with {' and '.join(beside)}" if beside else ""
    by_size = parameters.has("size") and not parameters.has("ids")
    return Convention(
        Tokens(),
        Tokens(Flat(interleaved=not by_size)) if parameters.has("ids") or by_size else None,
        f"token-level rewards (N, T){given}, one group at a time",
        f"token-level rewards (G·N, T){given}",
        f"it answers several groups in one call differently: {MIXES}",
        Tokens(Flat(interleaved=False)) if parameters.has("ids") else None,
    )


def _names(parameters: Parameters, role: Role) -> str:
    return ", ".join(name for name, r in parameters.roles.items() if r == role)
