"""The options of ``pytest --pyargs ordergrad_ref.conformance``.

pytest loads this module in every run where the package is installed. So it declares its options only in a run
that asks for them, and adds nothing to anybody else's ``pytest --help``. And it does not import the package,
which would take half a second, and hide a checkout of it from that checkout's own tests.
"""

import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

OPTIONS: dict[str, dict[str, Any]] = {
    "target": {
        "help": "What is tested: package.module:function, path/to/file.py:function or a built-in name. "
        "Repeat it for several.",
        "action": "append",
    },
    "process": {"help": "Instead, the command of an implementation that speaks the process protocol."},
    "objective": {
        "help": "What it should be the gradient of. Default: max@4. Repeat it for several.",
        "action": "append",
    },
    "n": {"help": "Group size N. Default: 8. Repeat it for several.", "type": int, "action": "append"},
    "require": {
        "help": "What must hold, such as unbiased,constant=1/4; nothing else is tested then. Repeat it, or "
        "separate by commas. Default: every property.",
        "action": "append",
    },
    "full": {
        "help": "Also other N and K, exact variances, dtypes, large offsets and groups.",
        "action": "store_true",
    },
    "values": {
        "help": "Reward values to enumerate, such as 0,1 for binary estimators. "
        "Default: -2,0,1/2,4, and random ones."
    },
    "kwarg": {"help": "A further argument of the function, name=value. Repeat it.", "action": "append"},
    "layout": {
        "help": "How it takes rewards. Default: found out.",
        "choices": ("rows", "table", "flat", "tokens"),
    },
    "library": {
        "help": "What arrays it takes. Default: found out.",
        "choices": ("numpy", "torch", "jax", "list"),
    },
    "timeout": {"help": "Seconds that one call may take. Default: 60.", "type": float},
    "expected-failures": {
        "help": "File of the properties that are known not to hold, one on each line; # starts a comment.",
        "metavar": "FILE",
    },
}
ASKING = ("--ordergrad-", "ordergrad_ref.conformance", "ordergrad_ref/conformance")


def pytest_addoption(parser: Any, pluginmanager: Any) -> None:
    """Declare the options, if this run asks for them."""
    if not is_asked_for(pluginmanager.get_plugin("pytestconfig")):
        return
    group = parser.getgroup("ordergrad_ref", "judge an estimator (pytest --pyargs ordergrad_ref.conformance)")
    for name, option in OPTIONS.items():
        group.addoption(f"--ordergrad-{name}", **{"default": None, **option})


def pytest_report_header(config: Any) -> list[str]:
    """Say at the top of the run what is judged, and for what."""

    def given(name: str) -> list[str]:
        return [str(x) for x in config.getoption(f"ordergrad_{name}", None) or ()]

    process = config.getoption("ordergrad_process", None)
    targets = [f"the process {process}"] if process is not None else given("target")
    if not targets:
        return []
    objectives, sizes = given("objective") or ["max@4"], given("n") or ["8"]
    required = f"; required: {', '.join(given('require'))}" if given("require") else ""
    what = f"{', '.join(targets)} for {', '.join(objectives)} at N = {', '.join(sizes)}"
    return [f"ordergrad_ref: judges {what}{required}"]


def is_asked_for(config: Any) -> bool:
    """Tell whether an argument of the run is one of these options or names the tests that read them.

    Arguments stand on the command line, in ``PYTEST_ADDOPTS``, under ``addopts`` in the configuration, or in
    a file that one of these names as ``@file``.
    """
    arguments = [
        *config.invocation_params.args,
        *shlex.split(os.environ.get("PYTEST_ADDOPTS", "")),
        *config.getini("addopts"),
    ]
    return any(word in text for text in _with_files(map(str, arguments)) for word in ASKING)


def _with_files(arguments: Iterable[str]) -> Iterator[str]:
    """Yield each argument; of ``@file``, the content of the file too."""
    for argument in arguments:
        yield argument.replace(os.sep, "/")
        file = Path(argument[1:])
        if argument.startswith("@") and file.is_file():
            yield file.read_text(encoding="utf-8", errors="replace")
