"""What callers may rely on: public names with their parameters, commands with their options, exit statuses.

``tests/public_api.json`` is the record of version 0.1.0, made in a checkout of it by
``PYTHONPATH=. python path/to/tests/helpers/public_surface.py > path/to/tests/public_api.json``.
"""

import contextlib
import dataclasses
import importlib
import inspect
import io
import json
import os
import sys
import tempfile
import typing
import warnings
from pathlib import Path
from unittest import mock

PACKAGE = "ordergrad_ref"
MODULES = (
    "",
    "auditing",
    "baselines",
    "conformance",
    "contracts",
    "definition",
    "errors",
    "estimators",
    "evaluation",
    "maxk",
    "objectives",
    "off_policy",
    "plot",
    "population",
    "rank_weights",
    "trainers",
    "variance",
)
READ_NOT_MADE = {
    "Answer", "Batch", "Case", "Cause", "Comparison", "Counterexample", "Difference", "Estimate",
    "Evaluation", "Finding", "Mismatch", "Moments", "OnPolicy", "Policy", "Report", "TrainerReport",
    "Vectors",
}  # fmt: skip
"""Results: callers read their attributes, and only the package makes them."""
TYPERS_OWN = {"--help", "-h --help", "--install-completion", "--show-completion"}

ROLLOUTS = "prompt,score\np,0\nq,1\np,1\nq,1\np,3\nq,0\n"
ESTIMATORS = """
def mean_of_others(x):
    return (x - x.mean()) * len(x) / (len(x) - 1)

def over_spread(x):
    return (x - x.mean()) / (x.std() or 1)

def loss(log_probs, advantages, mask):
    return advantages[:, None] * mask

def own_length(policy, answers, rewards):
    mean = sum(rewards) / len(rewards)
    return sum((r - mean) / len(a) * policy.score(a) for r, a in zip(rewards, answers))

def not_finite(policy, answers, rewards):
    return policy.array * float("nan")

def interrupted(x):
    raise KeyboardInterrupt

def fails(x):
    raise RuntimeError("no such device")
"""
PORT = """
def value(rewards, objective):
    return 0.0
"""
COMMAND_LINES = (
    "--version",
    "--help",
    "audit --help",
    "no-such-command",
    "audit --no-such-option",
    "audit",
    "audit -n 6 --json",
    "audit --full",
    "audit maxpo",
    "audit maxpo -n 6 --json",
    "audit maxpo --html page.html",
    "audit maxpo --require unbiased,constant=1/4",
    "audit maxpo --require constant=1/8",
    "audit maxpo --require no-such-law",
    "audit maxpo -n 1",
    "audit maxpo -o no_such_objective",
    "audit maxpo --values 0,one",
    "audit grpo",
    "audit grpo -o max@4",
    "audit grpo --require centred",
    "audit maxrl --values 0,1",
    "audit no_such_name",
    "audit estimators.py:mean_of_others -o mean@1 -n 4",
    "audit estimators.py:mean_of_others -o max@2 -n 4",
    "audit estimators.py:over_spread -o mean@1 -n 4",
    "audit estimators.py:interrupted -o mean@1 -n 4",
    "audit estimators.py:fails -o mean@1 -n 4",
    "audit estimators.py:no_such_function",
    "audit no_such_file.py:advantage",
    "audit --process no-such-program",
    "audit maxpo --process no-such-program",
    "audit --kwarg k=2",
    "audit-trainer estimators.py:loss -o mean@1 -n 2 --json",
    "audit-trainer estimators.py:own_length -o mean@1 -n 2 --html update.html",
    "audit-trainer estimators.py:not_finite -o mean@1 -n 2",
    "audit-trainer estimators.py:loss -o mean@1 -n 2 --argument mask=masks",
    "advantage rollouts.csv --group prompt --reward score -o max@2",
    "advantage rollouts.csv --reward score -o top(2)@4 --output all.csv",
    "advantage rollouts.csv --group prompt --reward score -o max@4",
    "advantage rollouts.csv --group prompt --reward score -o max@4 --small-groups zero --output zero.csv",
    "advantage rollouts.csv --group prompt --reward no_such_column -o max@2",
    "advantage rollouts.csv --group prompt --reward prompt -o max@2",
    "advantage rollouts.csv --group prompt -o max@2",
    "advantage no_such_file.csv --reward score -o max@2",
    "evaluate rollouts.csv --group prompt --reward score -o max@1,max@2",
    "evaluate rollouts.csv --group prompt --reward score -o max@2 --json --per-group",
    "evaluate rollouts.csv --group prompt --reward no_such_column -o max@2",
    "vectors check ordergrad_ref",
    "vectors check ordergrad_ref --json --dtype float32",
    "vectors check port.py",
    "vectors check estimators.py",
    "vectors check no_such_file.py",
    "vectors check ordergrad_ref --dtype float8",
    "vectors check",
    "vectors check --process no-such-program",
    "vectors export exported",
    "vectors explain no-such-case",
    "vectors no-such-command",
)


def parameters(function):
    """Parameters as ``name`` or ``name=default``; those that may be given by position stand apart."""
    positional, by_name = [], []
    for parameter in inspect.signature(function).parameters.values():
        text = str(parameter.replace(annotation=parameter.empty)).replace(" ", "")
        apart = parameter.kind in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD)
        (by_name if apart else positional).append(text)
    return {"positional": positional, "by_name": by_name}


def attributes(cls):
    """Public attributes of a class: parameters of its methods, and None for what is no method."""
    fields = {f.name: None for f in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else {}
    fields |= dict.fromkeys(getattr(cls, "__annotations__", {}))
    members = {}
    for name, thing in inspect.getmembers(cls):
        if not any(name in vars(base) for base in cls.__mro__ if base.__module__.startswith(PACKAGE)):
            continue
        members[name] = parameters(thing) if callable(thing) else None
    return {n: p for n, p in sorted({**fields, **members}.items()) if not n.startswith("_")}


def is_kept(recorded, now):
    """Tell whether every call by the recorded parameters means the same by those of today.

    >>> before = {"positional": ["x"], "by_name": ["n=None"]}
    >>> is_kept(before, {"positional": ["x", "k=1"], "by_name": ["m=2", "n=None"]})
    True
    >>> is_kept(before, {"positional": ["x", "k"], "by_name": ["n=None"]})
    False
    >>> is_kept(before, {"positional": ["x"], "by_name": ["n=3"]})
    False
    >>> is_kept({"positional": ["x"], "by_name": []}, {"positional": ["x=None"], "by_name": []})
    True
    """
    if recorded is None:
        return True
    if now is None:
        return False
    first = len(recorded["positional"])
    further = [*now["positional"][first:], *sorted(set(now["by_name"]) - set(recorded["by_name"]))]
    same = zip(recorded["positional"], now["positional"], strict=False)
    return (
        len(now["positional"]) >= first
        and all(after == before or after.startswith(f"{before}=") for before, after in same)
        and set(recorded["by_name"]) <= set(now["by_name"])
        and all("=" in parameter or parameter.startswith("*") for parameter in further)
    )


def described(thing):
    """Say of a public thing what callers rely on."""
    if inspect.isclass(thing):
        bases = [base.__name__ for base in thing.__mro__[1:-1]]
        made = None if thing.__name__ in READ_NOT_MADE or bases else parameters(thing)
        return {"kind": "class", "bases": bases, "made": made, "attributes": attributes(thing)}
    if inspect.ismodule(thing):
        return {"kind": "module"}
    if callable(thing):
        return {"kind": "function", **parameters(thing)}
    return {"kind": type(thing).__name__}


def names():
    """Give every public name with what callers rely on."""
    found = {}
    for inside in MODULES:
        module = importlib.import_module(f"{PACKAGE}.{inside}" if inside else PACKAGE)
        for name in module.__all__:
            found[".".join(filter(None, ("og", inside, name)))] = described(getattr(module, name))
    return dict(sorted(found.items()))


def choices(hint):
    """Find the words that a type hint allows."""
    if typing.get_origin(hint) is typing.Literal:
        return list(typing.get_args(hint))
    return [word for inside in typing.get_args(hint) for word in choices(inside)]


def commands():
    """Give every command with its arguments and options."""
    from typer.main import get_command

    from ordergrad_ref.cli import app

    def below(command, name):
        found = {}
        hints = typing.get_type_hints(inspect.unwrap(command.callback)) if command.callback else {}
        for parameter in command.params:
            default = parameter.default
            plain = isinstance(default, (str, int, float)) and not isinstance(default, bool)
            told = {
                "default": default if plain else None,
                "required": parameter.required,
                "flag": bool(getattr(parameter, "is_flag", False)),
                "repeated": bool(getattr(parameter, "multiple", False)),
                "choices": choices(hints.get(parameter.name)),
            }
            spelt = " ".join(parameter.opts) if parameter.param_type_name == "option" else parameter.name
            found[spelt] = {key: value for key, value in told.items() if value}
        yield name or "ordergrad-ref", {n: p for n, p in found.items() if n not in TYPERS_OWN}
        for inside, other in sorted(getattr(command, "commands", {}).items()):
            yield from below(other, f"{name} {inside}".strip())

    return dict(below(get_command(app), ""))


def prepare(directory):
    """Write the files that the command lines name."""
    for name, text in {"rollouts.csv": ROLLOUTS, "estimators.py": ESTIMATORS, "port.py": PORT}.items():
        (directory / name).write_text(text, encoding="utf-8")


def exit_status(line):
    """Run a command line in this process, in the current folder."""
    from ordergrad_ref import cli

    out, err = io.StringIO(), io.StringIO()
    before = set(sys.modules)
    with (
        mock.patch.object(sys, "argv", ["ordergrad-ref", *line.split()]),
        mock.patch.object(sys, "path", list(sys.path)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        try:
            cli.main()
        except SystemExit as end:
            return end.code or 0
        finally:
            for name in set(sys.modules) - before:  # another test's file may have the same name
                if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(Path.cwd()):
                    del sys.modules[name]
    return 0


def exit_statuses():
    """Give the exit status of every command line."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as directory:
        prepare(Path(directory))
        os.chdir(directory)
        try:
            return {line: exit_status(line) for line in COMMAND_LINES}
        finally:
            os.chdir(before)


if __name__ == "__main__":
    surface = {"names": names(), "commands": commands(), "exit_statuses": exit_statuses()}
    print(json.dumps(surface, indent=1, ensure_ascii=False))
