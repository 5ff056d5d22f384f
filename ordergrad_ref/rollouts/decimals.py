"""Decimals with a comma, as spreadsheets write them where a semicolon stands between cells."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts.batches import Batch, listed

__all__ = ["have_commas"]

DECIMAL = re.compile(r"[+-]?(?=[.,]?\d)\d*([.,])\d*(?:[eE][+-]?\d+)?", re.ASCII)
SIGNS = {",": "a comma", ".": "a point"}


def have_commas(rows: Iterator[Batch], names: Sequence[str], path: Path) -> bool:
    """Tell whether the decimals of these columns have a comma.

    Raises
    ------
    InvalidInputError
        Some have a comma and others a point: one of the two may stand between thousands.
    """
    sign = None
    for numbers, columns in rows:
        for name, column in zip(names, map(listed, columns), strict=True):
            for line, cell in zip(numbers, column, strict=True):
                found = DECIMAL.fullmatch(cell.strip())
                if found is None:
                    continue
                sign = sign or found[1]
                if found[1] != sign:
                    raise InvalidInputError(
                        f"{path}, line {line}, column {name!r}: expected decimals with {SIGNS[sign]} as "
                        f"before, got {cell!r}; write all numbers alike, without signs between thousands"
                    )
    return sign == ","
