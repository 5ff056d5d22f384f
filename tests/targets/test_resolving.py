"""Functions and processes as a command line names them, with further arguments."""

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.targets.resolving import reached


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "functions.py").write_text(
        "from ordergrad_ref import maxk\n"
        "def passk(rewards, pass_k, scale=1, *, mode='canonical'):\n"
        "    return getattr(maxk, mode)(rewards, pass_k) * scale\n"
        "def anything(rewards, **options):\n"
        "    return maxk.canonical(rewards, options['depth']['k'])\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield "functions.py"
    sys.modules.pop("functions", None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "keywords", "constant"),
    [
        ("passk", ["pass_k=4"], 1 / 4),
        ("passk", ["pass_k=4", "scale=0.5"], 1 / 8),
        ("passk", [" pass_k = 4", "mode=pkpo"], 1 / 8),
        ("passk", ["pass_k=3"], None),
        ("anything", ['depth={"k": 4}'], 1 / 4),
    ],
)
def test_keywords(module, function, keywords, constant):
    with reached(f"{module}:{function}", keywords=keywords) as target:
        report = og.audit(target, "max@4", n=8)
    assert report.target == function
    assert report.constant == constant


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        (["pas_k=4"], "kwarg: passk: expected one of .*, got 'pas_k'; did you mean 'pass_k'?"),
        (["wholly=4"], "kwarg: passk: expected one of 'rewards', 'pass_k', 'scale', 'mode', got 'wholly'"),
        (["pass_k"], "kwarg: expected name=value, got 'pass_k'"),
        (["=4"], "kwarg: expected name=value, got '=4'"),
    ],
)
def test_bad_keywords(module, keywords, message):
    with (
        pytest.raises(InvalidInputError, match=message.replace("?", r"\?")),
        reached(f"{module}:passk", keywords=keywords),
    ):
        pass


@pytest.mark.slow
def test_a_contract_does_not_speak_for_bound_arguments():
    with reached("maxpo") as plain, reached("maxpo", keywords=['scale="gradient"']) as bound:
        assert plain.contract is maxk.maxpo.contract
        assert bound.contract is None
        assert (
            og.audit(bound, "max@4", n=6).constant
            == og.audit(partial(maxk.maxpo, scale="gradient"), "max@4", n=6).constant
        )


def test_what_a_function_in_a_file_was_adapted_to_stays(tmp_path):
    file = tmp_path / "adapted.py"
    file.write_text(
        "from ordergrad_ref.auditing import adapt\n"
        "second = adapt(lambda x: (-x, x), layout='rows', library='list', timeout=500, output=1)\n"
        "def scaled(x, scale):\n"
        "    return [-r for r in x], [scale * r for r in x]\n"
        "bound = adapt(scaled, layout='rows', library='list', output=1)\n"
    )
    with reached(f"{file}:second", layout="table", library="numpy") as target:
        assert (target.layout, target.library, target.timeout, target.output) == ("table", "numpy", 500, 1)
    with reached(f"{file}:bound", keywords=["scale=3"]) as target:
        report = og.audit(target, "mean@1", n=4)
    assert report.constant == 3
    assert report.called_with == (
        "called with lists: one group (N,) at a time; the second of a tuple of 2 is taken"
    )


# ---- processes


PORT = """
import json, sys
from fractions import Fraction
import ordergrad_ref as og
input()
print(json.dumps({"protocol": "ordergrad-ref/1", "name": "a port", "functions": ["advantage"]}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    if "dies" in sys.argv:
        sys.exit("no more")
    objective = og.LStatistic(list(map(Fraction, request["objective"]["weights"])))
    groups = og.advantage(request["groups"], objective)
    if "mixes" in sys.argv:
        groups = groups - groups[0, 0]
    print(json.dumps({"id": request["id"], "result": groups.tolist()}), flush=True)
"""


@pytest.fixture
def port(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(og.__file__).parents[1]))
    (tmp_path / "port.py").write_text(PORT)
    return f"{sys.executable} {tmp_path / 'port.py'}"


@pytest.mark.slow
def test_a_process_is_judged_like_a_function(port):
    with reached(None, process=port) as target:
        report = og.audit(target, "top(2)@3", n=5)
    plain = og.audit(lambda x: og.advantage(x, "top(2)@3"), "top(2)@3", n=5)
    assert report.target == "a port"
    assert replace(report, target=plain.target) == plain


@pytest.mark.slow
def test_an_unfit_process(port):
    message = "a port .*exit status 1.*no more"
    with pytest.raises(TargetError, match=message), reached(None, process=f"{port} dies") as target:
        og.audit(target, "max@2", n=4)


@pytest.mark.slow
def test_a_process_that_mixes_groups_is_given_one(port):
    with reached(None, process=f"{port} mixes") as target:
        report = og.audit(target, "max@2", n=4)
    assert report.finding("groups_apart").holds is False
    assert "tables (G, N), one group at a time. Careful: it mixes groups" in report.called_with


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "target: expected package.module:function"),
        ({"target": "maxpo", "process": "true"}, "target: expected none beside a process, got 'maxpo'"),
        ({"process": "true", "keywords": ["a=1"]}, r"kwarg: expected none beside a process, got \['a=1'\]"),
        ({"process": "true", "layout": "rows"}, "layout: expected none beside a process, got 'rows'"),
    ],
)
def test_targets_that_contradict_themselves(arguments, message):
    with pytest.raises(InvalidInputError, match=message), reached(**{"target": None, **arguments}):
        pass
