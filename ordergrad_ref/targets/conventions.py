"""The calling conventions to try for a function, chosen by the names of its parameters."""

from dataclasses import dataclass

from ordergrad_ref.errors import TargetError
from ordergrad_ref.targets.layouts import Columns, Flat, Layout, Rows, Tables, Tokens
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
        The layout for many groups one after the other, if ``together`` interleaves them by ids.
    turned : Layout or None
        The layout in which the samples of a group stand G places apart, if ``together`` is the other one.
    said_turned : str
        How reports call it.
    """

    alone: Layout | None
    together: Layout | None
    said_alone: str
    said_together: str
    careful: str
    in_order: Layout | None = None
    turned: Layout | None = None
    said_turned: str = ""


ROWS = "one group (N,) at a time"
TABLES = "tables (G, N)"
COLUMNS = "tables (N, G), each group in a column"
GENERATION_MAJOR = "sample by sample: the samples of a group stand G places apart"
DENSE = Convention(
    Rows(),
    Tables(),
    ROWS,
    TABLES,
    "it takes a table (G, N) too, and answers it differently: it mixes groups there, or works along "
    "another axis",
    turned=Columns(),
    said_turned=COLUMNS,
)
TABLE = Convention(None, Tables(), "", TABLES, "", turned=Columns(), said_turned=COLUMNS)
ROW = Convention(Rows(), None, ROWS, "", "")


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
    dense = {1: [ROW], 2: [TABLE, ROW]}.get(parameters.dimensions or 0, [DENSE])
    if parameters.has("size") or parameters.has("count"):
        return dense if dense[0] is TABLE else [_flat(parameters), *dense]
    found = [*dense]
    if parameters.has("ids"):
        found.append(_flat(parameters))
    if parameters.has("mask"):
        found.append(_tokens(parameters))
    return found


def _asked_for(parameters: Parameters, layout: str) -> Convention:
    if layout == "rows":
        return ROW
    if layout == "table":
        return TABLE
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
    if parameters.has("size") or parameters.has("count"):
        size = ", ".join(filter(None, (_names(parameters, "size"), _names(parameters, "count"))))
        flat = Flat(interleaved=False)
        number = "their number" if parameters.has("size") else "the number of groups"
        return Convention(
            flat,
            flat,
            f"flat rewards (N,) and {number} ({size}), one group at a time",
            f"flat rewards (G·N,), groups one after the other ({size})",
            f"it answers several groups in one call differently: {MIXES}",
            turned=Flat(interleaved=True),
            said_turned=f"flat rewards (G·N,), {GENERATION_MAJOR} ({size})",
        )
    raise TargetError(
        "layout: expected for flat a parameter for group ids (groups, group_ids, index, uid, …) or for the "
        "group size (group_size, num_generations, …), got a function without; choose rows or table"
    )


def _tokens(parameters: Parameters) -> Convention:
    what: dict[Role, str] = {
        "mask": "a mask",
        "ids": "group ids",
        "size": "the group size",
        "count": "the number of groups",
    }
    beside = [f"{w} ({_names(parameters, role)})" for role, w in what.items() if parameters.has(role)]
    given = f" with {' and '.join(beside)}" if beside else ""
    by_size = (parameters.has("size") or parameters.has("count")) and not parameters.has("ids")
    return Convention(
        Tokens(),
        Tokens(Flat(interleaved=not by_size)) if parameters.has("ids") or by_size else None,
        f"token-level rewards (N, T){given}, one group at a time",
        f"token-level rewards (G·N, T){given}",
        f"it answers several groups in one call differently: {MIXES}",
        Tokens(Flat(interleaved=False)) if parameters.has("ids") else None,
        turned=Tokens(Flat(interleaved=True)) if by_size else None,
        said_turned=f"token-level rewards (G·N, T){given}, {GENERATION_MAJOR}",
    )


def _names(parameters: Parameters, role: Role) -> str:
    return ", ".join(name for name, r in parameters.roles.items() if r == role)
