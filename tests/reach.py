"""Which tests execute which lines of the core, and what each test takes: coverage.py measures it once.

A test file is measured in a process of its own, and again when its text or the core's has changed. What a
test takes from a cache it executes, too: the caches of the package are emptied before each test. In a file
whose tests share what one of them has computed (`SHARED`), each counts as executing what any of them does.
"""

import ast
import hashlib
import importlib
import json
import os
import random
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_CASES = 40
"""Of a test function with more cases, so many of them, drawn by its name: most mutants die of the first."""

MOST_SECONDS = 4.0
"""Of computing; tests that take more, as loops do that nobody compiles here, are left out."""

SHARED = ("@cache", 'scope="module"')
OPTIONS = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "-W", "ignore"]


@dataclass(frozen=True)
class Reach:
    """What a test file executes: seconds by test, and tests by line by file of the core."""

    key: str
    seconds: dict[str, float]
    tests: dict[str, dict[str, list[str]]]
    failed: list[str]

    def of(self, file: str, lines: range) -> set[str]:
        """Give the tests that execute one of these lines."""
        return {test for line in lines for test in self.tests.get(file, {}).get(str(line), ())}


def function_of(test: str) -> str:
    """Leave out of a test's name which case it is."""
    return test.partition("[")[0]


def statement_at(file: str, line: int) -> range:
    """Give the lines of the innermost statement there; outside of functions, those of the file."""
    text = (ROOT / file).read_text(encoding="utf-8")
    found = range(1, text.count("\n") + 1)
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in (x for top in function.body for x in ast.walk(top) if isinstance(x, ast.stmt)):
            inside = getattr(node, "body", None)
            last = inside[0].lineno - 1 if inside else node.end_lineno or node.lineno
            lines = range(node.lineno, max(node.lineno, last) + 1)
            if line in lines and len(lines) < len(found):
                found = lines
    return found


def some(cases: list[pytest.Item], function: str) -> list[pytest.Item]:
    """Thin out the cases of a test function; those in regular steps might all have one argument in common."""
    return random.Random(function).sample(cases, min(MOST_CASES, len(cases)))


class Measuring:
    """A plugin of pytest: the name of what runs is the context in which coverage.py counts lines."""

    def __init__(self, tracer: Any) -> None:
        self.tracer, self.seconds = tracer, dict[str, float]()
        self.caches: list[Any] = []
        self.failed: set[str] = set()

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Thin them out, and find the caches, now that everything is imported."""
        cases: dict[str, list[pytest.Item]] = {}
        for item in items:
            cases.setdefault(function_of(item.nodeid), []).append(item)
        items[:] = [item for function, its in cases.items() for item in some(its, function)]
        modules = [m for name, m in sys.modules.items() if name.startswith("ordergrad_ref") and m]
        self.caches = [x for m in modules for x in vars(m).values() if hasattr(x, "cache_clear")]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Run a test in its own context."""
        for each in self.caches:
            each.cache_clear()
        self.tracer.switch_context(item.nodeid)
        signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)
        began = time.process_time()
        result = yield
        self.seconds[item.nodeid] = time.process_time() - began
        signal.setitimer(signal.ITIMER_PROF, 0)
        self.tracer.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what fails without any change."""
        if report.failed:
            self.failed.add(report.nodeid)


def in_a_copy(action: Callable[[], int]) -> int:
    """Do it in a copy of this process, silently; give its exit status, or −1 where a signal has ended it."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        result = 3
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 1)
            os.dup2(quiet, 2)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            result = action()
        finally:
            os._exit(result)
    _, ended = os.waitpid(child, 0)
    return -1 if os.WIFSIGNALED(ended) else os.WEXITSTATUS(ended)


def _too_long(*_: object) -> None:
    raise TimeoutError


def _measured(tests: str, core: Sequence[str], key: str, out: Path) -> int:
    coverage = importlib.import_module("coverage")  # which only this needs
    tracer = coverage.Coverage(data_file=None, config_file=False, include=[str(ROOT / file) for file in core])
    plugin = Measuring(tracer)
    signal.signal(signal.SIGPROF, _too_long)
    tracer.start()
    pytest.main([*OPTIONS, tests], plugins=[plugin])
    tracer.stop()
    data = tracer.get_data()
    passed = plugin.seconds.keys() - plugin.failed
    shared = any(word in _file_of(tests).read_text(encoding="utf-8") for word in SHARED)

    def those(contexts: list[str]) -> list[str]:
        # What runs while the file is collected counts for all of its tests.
        return sorted(passed if shared or "" in contexts else passed & set(contexts))

    lines = {
        file: {str(i): those(names) for i, names in data.contexts_by_lineno(str(ROOT / file)).items()}
        for file in core
    }
    out.write_text(json.dumps([key, plugin.seconds, lines, sorted(plugin.failed)]), encoding="utf-8")
    return 0


def measure(tests: str, core: Sequence[str], folder: Path) -> Reach:
    """Give what the tests of a file execute, or those named in it; ``folder`` keeps it."""
    texts = [path.read_bytes() for path in (_file_of(tests), *map(ROOT.joinpath, core))]
    key = hashlib.sha256(b"\0".join(texts)).hexdigest()
    out = folder / f"{tests.replace('/', '-').replace(':', '-')}.json"
    if not (out.is_file() and json.loads(out.read_text(encoding="utf-8"))[0] == key):
        print(f"measuring {tests}", flush=True)
        if in_a_copy(lambda: _measured(tests, core, key, out)):
            raise SystemExit(f"{tests}: cannot be measured")
    reach = Reach(*json.loads(out.read_text(encoding="utf-8")))
    if reach.failed:
        print(f"left out, as they fail here or take too long: {', '.join(reach.failed)}")
    return reach


def _file_of(tests: str) -> Path:
    return ROOT / tests.partition("::")[0]


def reaching(file: str, line: int, reaches: Sequence[Reach], limit: float) -> list[dict[str, float]]:
    """List the tests that execute a statement, with their seconds: one test file after another.

    The quickest case of each test function comes first, then the second ones, as far as all together take no
    longer than the limit.
    """
    lines = statement_at(file, line)
    seconds = {test: reach.seconds[test] for reach in reaches for test in reach.of(file, lines)}
    nth, turn = Counter[str](), dict[str, int]()
    for test in sorted(seconds, key=seconds.__getitem__):
        turn[test] = nth[function_of(test)]
        nth[function_of(test)] += 1
    in_turn = sorted(turn, key=turn.__getitem__)
    until = accumulate(seconds[test] for test in in_turn)
    kept = sorted(test for test, taken in zip(in_turn, until, strict=True) if taken <= limit)
    by_file = [
        {test: seconds[test] for test in tests}
        for _, tests in groupby(kept, key=lambda test: test.partition("::")[0])
    ]
    return sorted(by_file, key=lambda tests: sum(tests.values()))
