"""Print the proofs: ``python -m proofs.symbolic [name …]``."""

import sys
from importlib import import_module

from proofs.symbolic import PROOFS


def main(names: list[str]) -> None:
    """Print the named proofs, or all."""
    for name in names or PROOFS:
        print(f"== {name}\n")
        import_module(f"proofs.symbolic.{name}").main()
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
