"""The tests that ``pytest --pyargs ordergrad_ref.conformance`` runs: one for each property of the target."""

from pathlib import Path

import pytest

from ordergrad_ref.auditing import Report
from ordergrad_ref.auditing.properties import PROPERTIES
from ordergrad_ref.conformance import plugin
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.reports.requirements import Requirement


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each property, with its line in the file of expected failures, if it has one."""
    file = plugin.option(metafunc.config, "expected_failures")
    try:
        lines = (
            plugin.expected_failures(Path(metafunc.config.invocation_params.dir, file))
            if file is not None
            else {}
        )
    except InvalidInputError as error:
        raise pytest.Collector.CollectError(str(error)) from None
    metafunc.parametrize(
        ("name", "line"), [(p, lines.get(p)) for p in PROPERTIES], ids=map(plugin.label, PROPERTIES)
    )


@pytest.fixture(scope="module")
def report(pytestconfig: pytest.Config) -> Report:
    """Audit the target, once for all properties."""
    if not plugin.is_asked_for(pytestconfig):
        pytest.skip(plugin.HOW)
    try:
        return plugin.report(pytestconfig)
    except (InvalidInputError, TargetError) as error:
        said = str(error)
    pytest.fail(said, pytrace=False)


def test_property(name: str, line: int | None, report: Report) -> None:
    """The property holds; or it is expected to fail, and does."""
    holds = plugin.holds(report, name)
    failure = Requirement(name).failure(report) or ""
    if line is not None and holds is not False:
        why = "it holds" if holds else failure
        pytest.fail(f"stale entry in line {line} of the expected failures: {why}", pytrace=False)
    if holds is None:
        pytest.skip(failure)
    if line is not None:
        pytest.xfail(failure)
    if not holds:
        pytest.fail("\n".join(filter(None, [failure, *plugin.evidence(report, name)])), pytrace=False)
