"""Make a report, and a list of expected failures, from the options ``--ordergrad-*`` of a pytest run."""

from pathlib import Path
from typing import Any

from ordergrad_ref.auditing import Report, audit
from ordergrad_ref.auditing.properties import PROPERTIES
from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.objectives.exact_numbers import numbers
from ordergrad_ref.targets.resolving import reached

__all__ = [
    "HOW",
    "evidence",
    "expected_failures",
    "holds",
    "is_asked_for",
    "label",
    "option",
    "report",
]

HOW = (
    "nothing to judge: pytest --pyargs ordergrad_ref.conformance --ordergrad-target=package.module:function "
    '--ordergrad-objective="max@4"'
)


def option(config: Any, name: str) -> Any:
    """Look up an option; None in a run that does not declare it."""
    return config.getoption(f"ordergrad_{name}", None)


def is_asked_for(config: Any) -> bool:
    """Tell whether a run names something to judge."""
    return option(config, "target") is not None or option(config, "process") is not None


def report(config: Any) -> Report:
    """Audit the target that a run names.

    Parameters
    ----------
    config : pytest.Config
        The run's configuration.

    Raises
    ------
    TargetError, InvalidInputError
        If it cannot be found, called or audited.
    """
    values = option(config, "values")
    reach = reached(
        option(config, "target"),
        process=option(config, "process"),
        keywords=option(config, "kwarg") or [],
        layout=option(config, "layout"),
        library=option(config, "library"),
        timeout=option(config, "timeout"),
    )
    with reach as function:
        return audit(
            function,
            option(config, "objective"),
            option(config, "n"),
            None if values is None else numbers(values, "values"),
        )


def expected_failures(file: Path) -> dict[str, int]:
    """Read the properties that are known not to hold, each with its line number.

    Raises
    ------
    InvalidInputError
        If the file cannot be read, or a line names no property or one that was named before.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"expected-failures: expected a file of UTF-8 text, got {file}: {error}"
        ) from None
    found: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        name = text.lower().replace("-", "_")
        if not name:
            continue
        where = f"expected-failures: {file}:{number}"
        if name not in PROPERTIES:
            known = [label(p) for p in PROPERTIES]
            raise InvalidInputError(f"{where}: {expected_one_of(known, text)}")
        if name in found:
            raise InvalidInputError(
                f"{where}: expected each property once, got {text} again after line {found[name]}"
            )
        found[name] = number
    return found


def holds(report: Report, name: str) -> bool | None:
    """Return the verdict on a property; None if it cannot be tested."""
    return report.finding(name).holds


def evidence(report: Report, name: str) -> list[str]:
    """Return what a reader needs to believe that a property does not hold."""
    if name != "unbiased":
        return [report.called_with]
    counterexample = f"Smallest counterexample:\n{report.counterexample}" if report.counterexample else ""
    return [report.verdict, report.called_with, counterexample]


def label(name: str) -> str:
    """Spell a property as people do: ``shift-invariant``."""
    return name.replace("_", "-")
