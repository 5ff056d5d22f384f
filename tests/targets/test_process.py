"""The process protocol: a target in any language is asked in JSON lines, and whatever it does is a verdict.

Law: an answer is the numbers that the target sent, bit for bit. Law: a target that hangs, crashes or breaks
the protocol ends in a `TargetError` of one sentence that says what it did, within the timeout; none of its
processes outlives it.
"""

import re
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.targets.process import PROTOCOL, Process, RefusalError, rows

TIMEOUT = 20.0
SHORT = 0.5

GREETING = """
import json, os, signal, sys, time
def say(x): print(json.dumps(x), flush=True)
def hear(): return json.loads(sys.stdin.readline())
greeting = hear()
say({"protocol": "ordergrad-ref/1", "name": "a port", "functions": ["advantage"]})
"""


def port(body, greeting=GREETING):
    return [sys.executable, "-c", greeting + textwrap.dedent(body)]


def answering(result):
    """Answer every request by the expression ``result`` of the request r."""
    return port(f"""
        for line in sys.stdin:
            r = json.loads(line)
            say({{"id": r["id"], "result": {result}}})
        """)


def complaint(command, timeout=TIMEOUT):
    with pytest.raises(TargetError) as caught, Process(command, timeout) as process:
        process.advantage([[0.0, 1.0, 3.0]], "max@2")
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ---- what is right


def test_numbers_travel_bit_for_bit():
    hard = np.array([[0.1, -1e-300, 5e-324, 1.7976931348623157e308, 2**53 + 1.0, -0.0]])
    with Process(answering("r['groups']")) as process:
        assert process.name == "a port"
        assert process.functions == {"advantage"}
        assert process.advantage(hard, "max@2").tobytes() == hard.tobytes()


def test_a_table_goes_in_one_message():
    with Process(answering("[[r['id'] + i] * len(g) for i, g in enumerate(r['groups'])]")) as process:
        assert process.advantage(np.zeros((3, 2)), "max@1").tolist() == [[1, 1], [2, 2], [3, 3]]
        assert process.advantage(np.zeros(2), "max@1").tolist() == [2, 2]


@pytest.mark.slow
def test_a_long_message_does_not_block():
    with Process(answering("r['groups']")) as process:
        table = np.arange(2.0**17).reshape(-1, 8)
        assert (process.advantage(table, "max@4") == table).all()


def test_the_objective_is_exact_and_the_dtype_is_said():
    objective = {"k": 3, "weights": ["1/3"] * 3}
    echo = answering(f"[[float(r['objective'] == {objective}), float(r['dtype'] == 'float32')]]")
    with Process(echo) as process:
        assert process.advantage(np.zeros((1, 2), np.float32), "mean@3").tolist() == [[1, 1]]
        assert process.advantage(np.zeros((1, 2)), "mean@3").tolist() == [[1, 0]]


def test_the_greeting_offers_versions():
    with Process(answering("[[float(greeting['protocols'] == ['ordergrad-ref/1'])] * 3]")) as process:
        assert process.advantage(np.zeros((1, 3)), "max@2").tolist() == [[1, 1, 1]]
    assert PROTOCOL == "ordergrad-ref/1"


def test_standard_error_is_kept_apart():
    noisy = "[print('a' * 10**6, file=sys.stderr), r['groups']][1]"
    with Process(answering(noisy)) as process:
        for _ in range(3):
            assert process.advantage(np.ones((1, 3)), "max@2").tolist() == [[1, 1, 1]]


def test_a_refusal_leaves_it_alive():
    body = """
        for line in sys.stdin:
            r = json.loads(line)
            small = len(r["groups"][0]) <= r["objective"]["k"]
            error = {"class": "GroupTooSmallError", "message": "N must\\nexceed K"}
            say({"id": r["id"], "error": error} if small else {"id": r["id"], "result": r["groups"]})
        """
    with Process(port(body)) as process:
        with pytest.raises(
            RefusalError, match="a port refused: GroupTooSmallError: N must exceed K"
        ) as caught:
            process.advantage([[0.0, 1.0]], "max@2")
        assert caught.value.error_class == "GroupTooSmallError"
        assert process.alive
        assert process.advantage([[0.0, 1.0]], "max@1").tolist() == [[0, 1]]


def test_what_it_says_is_shown_as_one_printable_line():
    greeting = GREETING.replace('"a port"', r'"\x1b[31m[/red] a\nport\ud800"')
    body = r"""
        r = hear()
        say({"id": r["id"], "error": {"class": "Own\x1b[0mError", "message": "a\x07\nb"}})
        hear()
        print("\x1b]0;title\x07", file=sys.stderr, flush=True)
        os._exit(1)
        """
    with Process(port(body, greeting), TIMEOUT) as process:
        assert process.name == "[31m[/red] a port"
        for said in ("refused: Own [0mError: a b", "standard error ends: ]0;title"):
            with pytest.raises(TargetError) as caught:
                process.advantage([0.0, 1.0], "max@1")
            assert str(caught.value).endswith(said)


def test_the_command_may_be_a_line(tmp_path):
    script = tmp_path / "a port.py"
    script.write_text(answering("r['groups']")[2])
    with Process(f"{sys.executable} '{script}'") as process:
        assert process.advantage([1.0, 2.0], "max@1").tolist() == [1, 2]


def test_the_guides_transcript_is_what_travels(tmp_path):
    """A port that gives the guide's answers, and keeps what it was asked."""
    guide = (Path(og.__file__).parents[1] / "docs" / "guides" / "protocol.md").read_text(encoding="utf-8")
    asked, answers = (re.findall(rf"^{arrow} (.*)$", guide, re.M) for arrow in "→←")
    kept = tmp_path / "asked"
    program = f"""
import sys
with open({str(kept)!r}, "w") as kept:
    for line, answer in zip(sys.stdin, {answers!r}):
        kept.write(line)
        print(answer, flush=True)
"""
    with Process([sys.executable, "-c", program], TIMEOUT) as process:
        assert process.advantage([[0.0, 1.0, 3.0]], "max@2").tolist() == [[-1, -1, 2]]
        with pytest.raises(RefusalError, match="my port refused: GroupTooSmallError: N = 2 needs N > K = 2"):
            process.advantage([[0.0, 1.0]], "max@2")
    assert kept.read_text().splitlines() == asked
    assert len(asked) == len(answers) == 3


# ---- what is wrong


def script(code):
    return [sys.executable, "-c", code]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("", "expected a command"),
        ("node 'port.js", "No closing quotation"),
        ("/no/such/program", "cannot start /no/such/program: No such file"),
        (script("pass"), "ended with exit status 0"),
        (script("\nimport sys\nsys.exit('no licence')"), "status 1; its standard error ends: no licence"),
        (script("print('ready', flush=True); input()"), "printed 'ready'"),
        (script("print('{}', flush=True); input()"), f"choose the protocol {PROTOCOL}, answered None"),
        (script("print('[' * 10**5, flush=True); input()"), "one JSON object on each line"),
        (script("while True: print('y')"), "printed 'y'"),
        (script(r"import os; os.write(1, b'\xff\xfe\n'); input()"), "one JSON object on each line"),
    ],
    ids=range(10),
)
def test_it_does_not_even_greet(command, said):
    assert said in complaint(command)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ({"protocol": "ordergrad-ref/2", "functions": []}, "answered 'ordergrad-ref/2'"),
        ({"protocol": PROTOCOL}, 'list its "functions" by name, answered None'),
        ({"protocol": PROTOCOL, "functions": [1]}, "answered [1]"),
        ({"error": "no common version"}, "answered 'no common version'"),
    ],
    ids=range(4),
)
def test_it_greets_wrongly(reply, said):
    assert said in complaint(script(f"import json; print(json.dumps({reply!r}))"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("os._exit(3)", "a port asked for advantage, ended with exit status 3"),
        (
            "print('index 7', file=sys.stderr, flush=True); os.abort()",
            "was killed by SIGABRT; its standard error ends: index 7",
        ),
        ("os.close(1); time.sleep(600)", "closed its standard output"),
        ("os.write(1, b'{\"id\": 1, '); os._exit(0)", "broke off in the middle of a line"),
    ],
    ids=range(4),
)
def test_it_crashes(body, said):
    assert said in complaint(port("hear(); " + body))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("step 1", "nothing else to standard output, printed 'step 1'"),
        ("7", "a JSON object, printed '7'"),
        ('{"id": 2, "result": []}', "answered request 1 with id 2"),
        ('{"id": 1}', 'neither "result" nor "error"'),
        ('{"id": 1, "error": "bad"}', "answered 'bad'"),
        ('{"id": 1, "result": [[NaN, 0, 0]]}', "one JSON object on each line"),
        ('{"id": 1, "result": [[1e999, 0, 0]]}', "finite numbers, returned inf"),
        ('{"id": 1, "result": [["1", "2", "3"]]}', "finite numbers, returned '1'"),
        ('{"id": 1, "result": [[true, false, null]]}', "finite numbers, returned True"),
        (f'{{"id": 1, "result": [[1{"0" * 400}, 0, 0]]}}', "finite numbers, returned 1000"),
        ('{"id": 1, "result": [[1, 2]]}', "3 numbers for each group, returned [1, 2]"),
        ('{"id": 1, "result": [1, 2, 3]}', "return 1 groups, returned [1, 2, 3]"),
        ('{"id": 1, "result": {"0": 1}}', "return 1 groups"),
    ],
    ids=range(13),
)
def test_it_answers_wrongly(line, said):
    assert said in complaint(port(f"hear(); print({line!r}, flush=True); hear()"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", "import time; time.sleep(600)"],
        port("time.sleep(600)"),
        port("signal.signal(signal.SIGTERM, signal.SIG_IGN); hear(); time.sleep(600)"),
        port("hear(); os.system('sleep 600')"),
    ],
    ids=["from the start", "never reads", "ignores signals", "in a child"],
)
def test_it_hangs(command):
    started = time.monotonic()
    assert "gave no answer within 0.5 s" in complaint(command, SHORT)
    assert time.monotonic() - started < 300


@pytest.mark.slow
def test_what_it_started_ends_with_it():
    body = """
        hear()
        child = os.fork()
        if not child:
            time.sleep(600)
        say({"id": 1, "result": child})
        hear()
        time.sleep(600)
        """
    process = Process(port(body), TIMEOUT)
    child = process.ask("fork")
    process.timeout = SHORT
    with pytest.raises(TargetError, match="no answer"):
        process.ask("hang")
    deadline = time.monotonic() + 300
    while _state(child) not in "ZX" and time.monotonic() < deadline:  # a zombie has only not been waited for
        time.sleep(0.05)
    assert _state(child) in "ZX"


def _state(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "X"


def test_the_dead_say_why_they_died():
    process = Process(port("hear(); os._exit(3)"), TIMEOUT)
    for _ in range(2):
        with pytest.raises(TargetError, match="ended with exit status 3"):
            process.advantage([0.0, 1.0], "max@1")
    assert not process.alive
    process.close()
    process.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "rewards",
    [[[0.0, np.nan]], [[np.inf, 0.0]], [["a", "b"]], np.zeros((1, 1, 2)), 1.0, [[1j, 0]]],
    ids=["nan", "inf", "strings", "cube", "scalar", "complex"],
)
def test_bad_rewards_are_the_callers_fault(rewards):
    with Process(answering("r['groups']")) as process:
        with pytest.raises(InvalidInputError):
            process.advantage(rewards, "max@1")
        assert process.advantage([0.0, 1.0], "max@1").tolist() == [0, 1]


def test_bad_objectives_and_timeouts_are_the_callers_fault():
    with Process(answering("r['groups']")) as process, pytest.raises(InvalidInputError, match=r"max@2\.5"):
        process.advantage([0.0, 1.0, 3.0], "max@2.5")
    for timeout in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InvalidInputError, match="timeout"):
            Process("node", timeout)


def test_rows_of_unequal_length():
    assert rows([[1, 2], [3]], [2, 1], "a port") == [[1.0, 2.0], [3.0]]
    with pytest.raises(TargetError, match="expected to return 2 numbers"):
        rows([[1, 2], [3]], [2, 2], "a port")


def test_a_port_without_advantages():
    greeting = GREETING.replace('["advantage"]', '["value", "inclusion"]')
    said = "a port does not offer advantage; it offers inclusion, value"
    with (
        Process([sys.executable, "-c", greeting + "hear()"], TIMEOUT) as process,
        pytest.raises(TargetError, match=said),
    ):
        process.advantage([0.0, 1.0], "max@1")


@pytest.mark.slow
def test_a_process_can_be_audited():
    program = port("""
        import numpy as np
        import ordergrad_ref as og
        for line in sys.stdin:
            r = json.loads(line)
            alpha = og.LStatistic(r["objective"]["weights"])
            say({"id": r["id"], "result": og.advantage(np.array(r["groups"]), alpha).tolist()})
        """)
    with Process(program, TIMEOUT) as process:
        report = og.audit(process.advantage, "max@2", n=4)
    assert report.unbiased
    assert report.constant == og.maxk.canonical.contract.constant.mean(4, 2)
