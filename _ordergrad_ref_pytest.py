"""The options of ``pytest --pyargs ordergrad_ref.conformance``.

pytest loads this module in every run where the package is installed. So it imports nothing: not even the
package, which would take half a second, and hide a checkout of it from that checkout's own tests.
"""

from typing import Any

OPTIONS: dict[str, dict[str, Any]] = {
    "target": {
        "help": "What is tested: package.module:function, path/to/file.py:function or a built-in name."
    },
    "process": {"help": "Instead, the command of an implementation that speaks the process protocol."},
    "objective": {"help": "What it should be the gradient of. Default: max@4.", "default": "max@4"},
    "n": {"help": "Group size N. Default: 8.", "type": int, "default": 8},
    "values": {"help": "Reward values to enumerate, such as 0,1 for binary estimators. Default: 0,1,4,6."},
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
        "help": "File of the properties that are known not to hold, one a line; # starts a comment.",
        "metavar": "FILE",
    },
}


def pytest_addoption(parser: Any) -> None:
    """Declare the options."""
    group = parser.getgroup("ordergrad_ref", "judge an estimator (pytest --pyargs ordergrad_ref.conformance)")
    for name, option in OPTIONS.items():
        group.addoption(f"--ordergrad-{name}", **{"default": None, **option})
