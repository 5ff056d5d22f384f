"""The golden vectors as tests, one for each case, of an implementation that speaks the process protocol."""

from collections.abc import Iterator

import pytest

from ordergrad_ref.conformance import plugin
from ordergrad_ref.errors import TargetError
from ordergrad_ref.targets.resolving import TIMEOUT
from ordergrad_ref.vectors.checking import check
from ordergrad_ref.vectors.golden import Case, load
from ordergrad_ref.vectors.implementations import OutOfProcess

HOW = "no process: pytest --pyargs ordergrad_ref.conformance --ordergrad-process='node port.js'"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test for each case, if there is a process to ask."""
    asked_for = plugin.option(metafunc.config, "process") is not None
    cases: list[Case | None] = [*load()] if asked_for else [None]
    metafunc.parametrize("case", cases, ids=[case.id if case else "no-process" for case in cases])


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


def test_vector(case: Case, implementation: OutOfProcess) -> None:
    """It answers within the bound of the case, refuses as it must, or does not offer the function."""
    (outcome,) = check(implementation, [case])
    if outcome.verdict == "not offered":
        pytest.skip(f"{case.function}: not offered")
    if outcome.verdict == "failed":
        pytest.fail(
            f"{outcome.said}\nThe whole way to the answer: ordergrad-ref vectors explain {case.id}",
            pytrace=False,
        )
