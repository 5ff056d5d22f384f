"""Write the equations of the current specification into the package: ``python docs/hooks/equations.py``."""

import json
from pathlib import Path

from ordergrad_ref import __spec_version__
from ordergrad_ref.citing import read_specification

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "ordergrad_ref" / "citing" / "equations.json"


def written() -> str:
    """Give the text of the file: one row for each equation."""
    specification = ROOT / "docs" / "spec" / __spec_version__ / "index.md"
    rows = read_specification(specification.read_text(encoding="utf-8"))
    return "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"


if __name__ == "__main__":
    TARGET.write_text(written(), encoding="utf-8")
