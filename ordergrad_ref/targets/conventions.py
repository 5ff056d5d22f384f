"""Which layouts to try for a function, from the names of its parameters; and how reports call them."""

from dataclasses import dataclass

from ordergrad_ref.errors import TargetError
from ordergrad_ref.targets.layouts import Flat, Layout, Rows, Tables, Tokens
from ordergrad_ref.targets.parameters import Parameters, Role

__all__ = ["DENSE", "Family", "families"]

MIXES = "it mixes groups there"


@dataclass(frozen=True)
class Family:
    """Two ways to call the same function: for one group at a time, and for many together.

    Attributes
    ----------
    alone, together : Layout or None
        For one group, and for many; None where that way is not to be tried.
    said_alone, said_together : str
        How reports call them.
    careful : str
        What a report adds where groups together are answered differently from groups alone.
    in_order : Layout or None
        For many groups one after the other, where ``together`` interleaves them.
    """

    alone: Layout | None
    together: Layout | None
    said_alone: str
    said_together: str
    careful: str
    in_order: Layout | None = None


ROWS = "one group (N,) at a time"
TABLES = "tables (G, N)"
DENSE = Family(
    Rows(),
    Tables(),
    ROWS,
    TABLES,
    "it takes a table (G, N) too, and answers it differently: it mixes groups there, or works along "
    "another axis",
)


def families(parameters: Parameters, layout: str | None) -> list[Family]:
    """List what to try: token by token, flat, else a group or a table; or the one that is asked for.

    Raises
    ------
    TargetError
        Where the layout that is asked for lacks the parameters that it takes.
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


def _asked_for(parameters: Parameters, layout: str) -> Family:
    if layout == "rows":
        return Family(Rows(), None, ROWS, "", "")
    if layout == "table":
        return Family(None, Tables(), "", TABLES, "")
    return _flat(parameters) if layout == "flat" else _tokens(parameters)


def _flat(parameters: Parameters) -> Family:
    """With ids, interleaved; by a group size alone, one after the other; else one group at a time."""
    if parameters.has("ids"):
        beside = f"with group ids ({_names(parameters, 'ids')})"
        return Family(
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
        return Family(
            flat,
            flat,
            f"flat rewards (N,) and their number ({size}), one group at a time",
            f"flat rewards (G·N,), groups one after the other ({size})",
            f"it answers several groups in one call differently: {MIXES}",
        )
    raise TargetError(
        "layout: flat expected a parameter for group ids (groups, group_ids, index, uid, …) or for the group "
        "size (group_size, num_generations, …), the function has none; expected rows, table"
    )


def _tokens(parameters: Parameters) -> Family:
    what: dict[Role, str] = {"mask": "a mask", "ids": "group ids", "size": "the group size"}
    beside = [f"{w} ({_names(parameters, role)})" for role, w in what.items() if parameters.has(role)]
    given = f" with {' and '.join(beside)}" if beside else ""
    by_size = parameters.has("size") and not parameters.has("ids")
    return Family(
        Tokens(),
        Tokens(Flat(interleaved=not by_size)) if parameters.has("ids") or by_size else None,
        f"token-level rewards (N, T){given}, one group at a time",
        f"token-level rewards (G·N, T){given}",
        f"it answers several groups in one call differently: {MIXES}",
        Tokens(Flat(interleaved=False)) if parameters.has("ids") else None,
    )


def _names(parameters: Parameters, role: Role) -> str:
    return ", ".join(name for name, r in parameters.roles.items() if r == role)
