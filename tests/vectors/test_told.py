"""Law: the author of a wrong port is told what it does, in the first lines of the answer.

The ports are in `helpers.wrong_ports`: each has one mistake, or two, and knows nothing of tags.
"""

import pytest
from helpers.golden_vectors import SOME, VECTORS
from helpers.wrong_ports import TOLD

import ordergrad_ref as og
from ordergrad_ref import cli
from ordergrad_ref.vectors.checking import check
from ordergrad_ref.vectors.diagnosis import fitting
from ordergrad_ref.vectors.implementations import InProcess


def told(functions, dtype="float64"):
    """The tags that a port is told; none where it passes."""
    subject = InProcess("ordergrad_ref")
    subject._functions = functions
    return [fit.tag for fit in fitting(check(subject, SOME, dtype), VECTORS.mistakes)]


@pytest.mark.slow
@pytest.mark.parametrize("tags", TOLD)
def test_a_port_is_told(tags):
    wanted = tags.split(", ")
    assert told(TOLD[tags])[: len(wanted)] == wanted


@pytest.mark.slow
def test_two_mistakes_are_not_called_three():
    both = "leave-one-out-for-include-one, k-over-n-forgotten"
    assert told(TOLD[both]) == both.split(", ")


def test_float32_is_no_mistake_where_it_was_asked_for():
    ports = TOLD["in-float32"]
    assert told({"value": ports["value"]}) == ["in-float32"]
    assert told({"value": ports["value"]}, "float32") == []


@pytest.mark.slow
def test_answers_that_no_mistake_gives_are_called_none():
    """All cases of many tags fail, and none of these mistakes gives these answers."""
    assert told({"advantage": lambda rewards, objective: 1.7 * og.advantage(rewards, objective) - 0.3}) == []


def test_the_command_says_it_first(tmp_path, monkeypatch, capsys):
    port = tmp_path / "port.py"
    port.write_text("from ordergrad_ref import advantage as score_weights\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["ordergrad-ref", "vectors", "check", str(port)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 1
    counted, perhaps, *_ = capsys.readouterr().out.splitlines()
    assert "cases that it offers pass" in counted
    assert perhaps.startswith("Perhaps: ")
    assert perhaps.endswith("score weights are the advantages, without K/N")
