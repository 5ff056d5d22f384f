"""What a report says of its own making: the command line, the day, and the commit of what was judged."""

import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

__all__ = ["Provenance", "command_line", "commit_of", "provenance"]


class Provenance(TypedDict):
    """Fields of a report that say who asked, and for what."""

    command: str
    date: str
    commit: str | None


def command_line() -> str:
    """Write down the command that is running."""
    return shlex.join(["ordergrad-ref", *sys.argv[1:]])


def provenance(module: str | None) -> Provenance:
    """Say how a report on a function of a module is made now."""
    file = getattr(sys.modules.get(module or ""), "__file__", None)
    return {
        "command": command_line(),
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit_of(Path(file)) if file else None,
    }


def commit_of(file: Path) -> str | None:
    """Find the commit at which Git keeps a file, and whether it was changed since; None if it is not kept."""
    git = ("git", "-C", str(file.resolve().parent))
    try:
        commit = _said(*git, "rev-parse", "--short=12", "HEAD")
        _said(*git, "ls-files", "--error-unmatch", file.name)
        changed = _said(*git, "status", "--porcelain", "--", file.name)
    except (OSError, subprocess.SubprocessError):  # no Git, no checkout, no commit, a file it does not keep
        return None
    return f"{commit}, changed since" if changed else commit


def _said(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=5)
    return done.stdout.strip()
