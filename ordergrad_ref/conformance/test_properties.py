"""The tests of ``pytest --pyargs ordergrad_ref.conformance``: one for each property of each target."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from ordergrad_ref.auditing import Report
from ordergrad_ref.conformance import plugin
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.reports.requirements import Requirement


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each property, with its line in the file of expected failures, if it has one."""
    config = metafunc.config
    file = plugin.option(config, "expected_failures")
    try:
        lines = plugin.expected_failures(Path(config.invocation_params.dir, file)) if file is not None else {}
        required = plugin.requirements(config)
    except InvalidInputError as error:
        raise pytest.Collector.CollectError(str(error)) from None
    subjects = plugin.subjects(config)
    cases = [
        (subject, requirement, lines.get(requirement.name))
        for subject in subjects
        for requirement in required
    ]
    ids = [
        str(requirement) if len(subjects) == 1 else f"{subject}-{requirement}"
        for subject, requirement, _ in cases
    ]
    metafunc.parametrize(("subject", "requirement", "line"), cases, ids=ids)


@pytest.fixture(scope="module")
def judged(pytestconfig: pytest.Config) -> Callable[[plugin.Subject], Report | str]:
    """Audit a subject, once for all properties; what cannot be audited is a sentence."""

    @cache
    def judged(subject: plugin.Subject) -> Report | str:
        try:
            return plugin.report(pytestconfig, subject)
        except (InvalidInputError, TargetError) as error:
            return str(error)

    return judged


@pytest.fixture
def report(
    pytestconfig: pytest.Config, subject: plugin.Subject, judged: Callable[[plugin.Subject], Report | str]
) -> Report:
    """What was found of the subject."""
    if not plugin.is_asked_for(pytestconfig):
        pytest.skip(plugin.HOW)
    found = judged(subject)
    if isinstance(found, str):
        pytest.fail(found, pytrace=False)
    return found


def test_property(
    requirement: Requirement, line: int | None, report: Report, pytestconfig: pytest.Config
) -> None:
    """The property holds; or it is expected to fail, and does."""
    failure = requirement.failure(report)
    undecided = requirement.name != "constant" and plugin.holds(report, requirement.name) is None
    if line is not None and (failure is None or undecided):
        pytest.fail(
            f"stale entry in line {line} of the expected failures: {failure or 'it holds'}", pytrace=False
        )
    if undecided and not plugin.option(pytestconfig, "require"):
        pytest.skip(failure or "")
    if line is not None:
        pytest.xfail(failure or "")
    if failure is not None:
        says = [failure, *plugin.evidence(report, requirement.name)]
        pytest.fail("\n".join(filter(None, says)), pytrace=False)
