"""Law: no option of any command drops what was given; and an error names options, not arguments of Python."""

import inspect

import pytest
import typer.main

from ordergrad_ref.cli import app
from ordergrad_ref.commands.options import Command, in_options


def commands(command, path=()):
    """Every command below, with the words that call it."""
    if hasattr(command, "commands"):
        for name, below in command.commands.items():
            yield from commands(below, (*path, name))
    else:
        yield path, command


COMMANDS = dict(commands(typer.main.get_command(app)))
OPTIONS = [
    pytest.param(path, option, id=f"{' '.join(path)} {option.opts[0]}")
    for path, command in COMMANDS.items()
    for option in command.params
    if option.param_type_name == "option" and not option.multiple
]


def test_every_command_is_seen():
    assert set(COMMANDS) >= {("audit",), ("advantage",), ("vectors", "check"), ("vectors", "export")}
    assert len(OPTIONS) > 15
    assert all(isinstance(command, Command) for command in COMMANDS.values())


@pytest.mark.slow
@pytest.mark.parametrize(("path", "option"), OPTIONS)
def test_an_option_given_twice_is_refused(command, path, option):
    once = [option.opts[0]] if option.is_flag else [option.opts[0], "1"]
    name = max(option.opts, key=len)
    result = command(*path, *once, *once)
    assert (result.status, result.out) == (2, "")
    assert result.err == f"error: {name}: expected once, got it 2 times\n"
    last = [option.opts[-1]] if option.is_flag else [f"{name}=2" if name.startswith("--") else f"{name}2"]
    assert command(*path, *once, *last).err == result.err


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_repeatable_options_are_lists(path):
    """What may be given twice reaches the command as a list, so that nothing is lost on the way."""
    command = COMMANDS[path]
    annotations = {
        name: str(p.annotation)
        for name, p in inspect.signature(inspect.unwrap(command.callback)).parameters.items()
    }
    for option in command.params:
        if option.param_type_name == "option" and option.name in annotations:
            assert option.multiple == ("list[" in annotations[option.name]), option.name


def test_python_is_translated():
    options = {"n": "-n", "small_groups": "--small-groups", "timeout": "--timeout"}
    for said, written in {
        "n: expected 3, got 2": "-n: expected 3, got 2",
        "small-groups: expected one, got two": "--small-groups: expected one, got two",
        "rewards: few; small_groups='zero' helps": "rewards: few; --small-groups zero helps",
        "m: timeout=5 helps, k=8 does not": "m: --timeout 5 helps, k=8 does not",
        "no name here": "no name here",
        "dimension: n: expected": "dimension: n: expected",
    }.items():
        assert in_options(said, options) == written


def test_a_name_given_two_values_is_refused(command):
    result = command("audit", "maxpo", "--kwarg", "k=2", "--kwarg", "k=3")
    assert result.status == 2
    assert result.err == "error: --kwarg: expected each name once, got k=2, k=3\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["audit", "maxpo", "-n", "3"], "error: -n: expected at least K = 4"),
        (["audit", "maxpo", "--values", "1,1"], "error: --values: expected at least two distinct rewards"),
        (["audit", "maxpo", "--values", "a"], "error: --values: expected numbers such as 0,1,4,6, got 'a'"),
        (["audit", "maxpo", "--require", "fast"], "error: --require: expected"),
        (["audit", "maxpo", "-o", "max"], "error: --objective: expected a K"),
        (["audit", "maxpo", "--kwarg", "k"], "error: --kwarg: expected name=value, got 'k'"),
        (["vectors", "check", "ordergrad_ref", "--dtype", "int8"], "error: --dtype: expected float64"),
    ],
)
def test_errors_name_options(command, arguments, message):
    result = command(*arguments)
    assert result.status == 2
    assert result.err.startswith(message)
