"""The golden vectors as tests of a program that speaks the process protocol, by function and kind of case."""

from collections.abc import Iterator

import pytest

from ordergrad_ref.conformance import plugin
from ordergrad_ref.errors import TargetError
from ordergrad_ref.targets.resolving import TIMEOUT
from ordergrad_ref.vectors.checking import check
from ordergrad_ref.vectors.golden import Case, load
from ordergrad_ref.vectors.implementations import OutOfProcess
from ordergrad_ref.vectors.rendering import first_failures, not_offered

HOW = "no process: pytest --pyargs ordergrad_ref.conformance --ordergrad-process='node port.js'"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each function and kind of case, if there is a process to ask."""
    kinds: dict[str, list[Case]] = {}
    if plugin.option(metafunc.config, "process") is not None:
        for case in load():
            kinds.setdefault(f"{case.function}-{case.group}", []).append(case)
    metafunc.parametrize("cases", list(kinds.values()) or [[]], ids=list(kinds) or ["no-process"])


@pytest.fixture(scope="module")
def implementation(pytestconfig: pytest.Config) -> Iterator[OutOfProcess]:
    """Start the process, once for all cases."""
    command = plugin.option(pytestconfig, "process")
    if command is None:
        pytest.skip(HOW)
    said = ""
    try:
        running = OutOfProcess(command, plugin.option(pytestconfig, "timeout") or TIMEOUT)
    except TargetError as error:
        said = str(error)
    if said:
        pytest.fail(said, pytrace=False)
    yield running
    running.close()


def test_vector(cases: list[Case], implementation: OutOfProcess) -> None:
    """It answers within the bound of each case, refuses as it must, or does not offer what is asked."""
    outcomes = check(implementation, cases)
    if all(outcome.verdict == "not offered" for outcome in outcomes):
        pytest.skip(f"not offered: {not_offered(outcomes)}")
    failed = first_failures(outcomes)
    if failed:
        failed.append("The whole way to the answer: ordergrad-ref vectors explain ID")
        pytest.fail("\n".join(failed), pytrace=False)
