"""What the shell offers after a tab."""

import json
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.main import get_command

from ordergrad_ref.cli import app
from ordergrad_ref.commands.completion import complete_column, complete_estimator, complete_objective
from ordergrad_ref.maxk import FAMILY

ROW = {"id": 1, "scores": {"match": 0.5, "other": 1}}


def offered(path, incomplete, name="file"):
    return list(complete_column(SimpleNamespace(params={name: [path]}), incomplete))


def test_objectives():
    assert list(complete_objective("pas")) == ["pass@"]
    assert "top(" in complete_objective("to")
    assert list(complete_objective("pass@1,cv")) == ["pass@1,cvar("]
    assert {"pass@", "max@", "mean@", "cvar("} <= set(complete_objective(""))


def test_estimators():
    assert set(complete_estimator("")) == set(FAMILY)
    assert set(complete_estimator("pkpo")) == {name for name in FAMILY if name.startswith("pkpo")}


@pytest.mark.parametrize("name", ["a.csv", "semicolon.csv", "a.jsonl", "a.json", "a.parquet"])
def test_columns_of_the_file(name, tmp_path):
    path = tmp_path / name
    nested = ["id", "scores", "scores.match", "scores.other"]
    if name == "a.parquet":
        pq.write_table(pa.Table.from_pylist([ROW]), path)
    elif "json" in name:
        path.write_text(json.dumps(ROW) + "\n" if name == "a.jsonl" else json.dumps([ROW]))
    else:
        path.write_text("id;scores\n1;2\n" if name == "semicolon.csv" else "id,scores\n1,2\n")
        nested = nested[:2]
    assert offered(path, "") == nested
    assert offered(path, "sco", name="files") == nested[1:]


@pytest.mark.parametrize(
    "line", ["evaluate {} --reward ", "advantage {} --group id --by ", "evaluate {} --group s"]
)
def test_a_shell_gets_the_columns(line, tmp_path, monkeypatch, capsys):
    """Asked as bash asks, with the words of the line so far."""
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(ROW) + "\n")
    words = f"ordergrad-ref {line}".format(path)
    monkeypatch.setenv("_ORDERGRAD_REF_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    with pytest.raises(SystemExit):
        app(prog_name="ordergrad-ref")
    wanted = ["id", "scores", "scores.match", "scores.other"]
    assert capsys.readouterr().out.split() == wanted[words.endswith("s") :]


def test_no_file_offers_nothing_and_says_nothing(tmp_path, capsys):
    (tmp_path / "bad.jsonl").write_text("{")
    for path in (tmp_path / "none.csv", tmp_path / "bad.jsonl", Path("-")):
        assert offered(path, "") == []
    assert list(complete_column(SimpleNamespace(params={}, args=[]), "")) == []
    assert capsys.readouterr() == ("", "")


def test_the_options_ask():
    command = get_command(app)
    with command.make_context("ordergrad-ref", ["evaluate"], resilient_parsing=True) as context:
        evaluate = command.commands["evaluate"]
        option = next(o for o in evaluate.params if o.name == "objective")
        assert [item.value for item in option.shell_complete(context, "pas")] == ["pass@"]


def test_help_begins_with_what_is_typed_most(capsys):
    with pytest.raises(SystemExit):
        app(["--help"])
    text = capsys.readouterr().out
    places = [text.index(f"ordergrad-ref {name} ") for name in ("evaluate", "advantage", "audit")]
    assert places == sorted(places)
    assert places[-1] < text.index("Options")
