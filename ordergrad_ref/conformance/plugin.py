"""Make a report, and a list of expected failures, from the options ``--ordergrad-*`` of a pytest run."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from ordergrad_ref.auditing import Report, audit
from ordergrad_ref.auditing.properties import FULL_PROPERTIES, PROPERTIES
from ordergrad_ref.errors import InvalidInputError, expected_one_of
from ordergrad_ref.objectives.exact_numbers import numbers
from ordergrad_ref.reports.requirements import Requirement, parse
from ordergrad_ref.targets.resolving import reached

__all__ = [
    "HOW",
    "Subject",
    "evidence",
    "expected_failures",
    "holds",
    "is_asked_for",
    "label",
    "option",
    "report",
    "requirements",
    "subjects",
]

HOW = (
    "nothing to judge: pytest --pyargs ordergrad_ref.conformance --ordergrad-target=package.module:function "
    '--ordergrad-objective="max@4"'
)


OBJECTIVE = "max@4"
GROUP_SIZE = 8


def option(config: Any, name: str) -> Any:
    """Look up an option; None in a run that does not declare it."""
    return config.getoption(f"ordergrad_{name}", None)


def is_asked_for(config: Any) -> bool:
    """Tell whether a run names something to judge."""
    return option(config, "target") is not None or option(config, "process") is not None


@dataclass(frozen=True)
class Subject:
    """What one report is about.

    Attributes
    ----------
    target : str or None
        The function; ``None`` for a process.
    objective : str
        What it should be the gradient of.
    n : int
        Group size N.
    """

    target: str | None
    objective: str
    n: int

    def __str__(self) -> str:
        """Such as ``my:fn-max@4-n8``."""
        return "-".join([*([self.target] if self.target else []), self.objective, f"n{self.n}"])


def subjects(config: Any) -> list[Subject]:
    """List what a run asks about: each target for each objective at each N."""
    return [
        Subject(*asked)
        for asked in product(
            _several(config, "target") or [None],
            _several(config, "objective") or [OBJECTIVE],
            _several(config, "n") or [GROUP_SIZE],
        )
    ]


def _several(config: Any, name: str) -> list[Any]:
    """Read an option that may be repeated; what stands on the command line replaces the configuration's."""
    given: list[Any] = option(config, name) or []
    arguments: list[str] = []
    for argument in map(str, config.invocation_params.args):
        file = Path(argument[1:])
        lines = (
            file.read_text(encoding="utf-8").splitlines() if argument[:1] == "@" and file.is_file() else []
        )
        arguments += [argument, *lines]
    here = sum(a.partition("=")[0] == f"--ordergrad-{name}" for a in arguments)
    return given[-here:]  # they come last; with none here, all


def requirements(config: Any) -> list[Requirement]:
    """List what is tested: what a run requires, else every property.

    Raises
    ------
    InvalidInputError
        If it requires what there is not.
    """
    required = _several(config, "require")
    if required:
        return list(dict.fromkeys(parse(required)))
    return [Requirement(name) for name in (*PROPERTIES, *(FULL_PROPERTIES if option(config, "full") else ()))]


def report(config: Any, subject: Subject) -> Report:
    """Audit what a run names.

    Parameters
    ----------
    config : pytest.Config
        The run's configuration.
    subject : Subject
        One of its `subjects`.

    Raises
    ------
    TargetError, InvalidInputError
        If it cannot be found, called or audited.
    """
    values = option(config, "values")
    reach = reached(
        subject.target,
        process=option(config, "process"),
        keywords=option(config, "kwarg") or [],
        layout=option(config, "layout"),
        library=option(config, "library"),
        timeout=option(config, "timeout"),
    )
    with reach as function:
        return audit(
            function,
            subject.objective,
            subject.n,
            None if values is None else numbers(values, "values"),
            full=bool(option(config, "full")),
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
        if name not in (*PROPERTIES, *FULL_PROPERTIES):
            known = [label(p) for p in (*PROPERTIES, *FULL_PROPERTIES)]
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
    """Return what a reader needs to believe that a property does not hold, and to mend it."""
    diagnosis = f"Diagnosis: {report.diagnosis}" if report.diagnosis is not None else ""
    if name == "constant":
        return [report.verdict, report.called_with, diagnosis]
    lesson = report.finding(name).lesson
    says = [report.called_with, diagnosis, str(lesson) if lesson is not None else ""]
    if name != "unbiased":
        return says
    counterexample = f"Smallest counterexample\n{report.counterexample}" if report.counterexample else ""
    return [report.verdict, *says, counterexample]


def label(name: str) -> str:
    """Spell a property as people do: ``shift-invariant``."""
    return name.replace("_", "-")
