"""The worked ports in ``docs/ports`` pass the golden vectors by the process protocol; spoilt ones do not.

Law: plain loops stay within the bound of spec eq. (57). Law: a port with one mistake in its source does not,
in either dtype. The ports are short enough to be read.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from helpers.golden_vectors import SOME, VECTORS

import ordergrad_ref as og
from ordergrad_ref import cli
from ordergrad_ref.targets.process import Process, RefusalError
from ordergrad_ref.vectors.checking import check
from ordergrad_ref.vectors.diagnosis import fitting
from ordergrad_ref.vectors.golden import OPTIONS
from ordergrad_ref.vectors.implementations import OutOfProcess
from ordergrad_ref.vectors.questions import EQUATIONS

PORTS = Path(__file__).parents[2] / "docs" / "ports"
LONGEST = {".js": 60, ".c": 60, ".rs": 80, ".go": 120}
TIMEOUT = 30.0
ADVANTAGES = [case for case in VECTORS if case.function == "advantage" and not case.options]


def tool(name):
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def built(source, folder, level=2):
    """Give the command that runs a port, compiled if need be, and optimised as far as level says."""
    if source.suffix == ".js":
        return shlex.join([tool("node"), str(source)])
    compiler = {
        ".c": ["cc", "-std=c11", f"-O{level}", "-Wall", "-Wextra", "-Werror"],
        ".rs": ["rustc", "-C", f"opt-level={level}", "-D", "warnings"],
        ".go": ["go", "build"],
    }[source.suffix]
    program = folder / source.stem
    command = [tool(compiler[0]), *compiler[1:], "-o", str(program), str(source)]
    subprocess.run(command, check=True)
    return shlex.quote(str(program))


def outcomes(command, dtype, cases=ADVANTAGES):
    port = OutOfProcess(command, TIMEOUT)
    try:
        return check(port, cases, dtype)
    finally:
        port.close()


def any_fails(command, cases):
    """Whether a port fails a case; those behind the first are not asked."""
    port = OutOfProcess(command, TIMEOUT)
    try:
        return any(check(port, [case])[0].verdict == "failed" for case in cases)
    finally:
        port.close()


@pytest.fixture(params=[f"advantage{suffix}" for suffix in LONGEST], scope="module")
def source(request):
    return PORTS / request.param


@pytest.fixture(scope="module", autouse=True)
def go_cache(tmp_path_factory):
    """Go compiles its library once for all workers, and leaves nothing behind."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOCACHE", str(shared / "go"))
        yield


@pytest.fixture(scope="module")
def port(source, tmp_path_factory):
    return built(source, tmp_path_factory.mktemp("port"))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_it_passes_every_vector(port, dtype):
    got = outcomes(port, dtype)
    assert [(o.case.id, o.said) for o in got if o.verdict != "passed"] == []
    assert len(got) == len(ADVANTAGES)


@pytest.mark.slow
def test_it_is_not_asked_about_options(port):
    """Old ports name none in their greeting, and are judged on the rest."""
    asked = [case for case in VECTORS if case.function == "advantage" and case.options]
    running = OutOfProcess(port, TIMEOUT)
    try:
        assert {o.verdict for o in check(running, asked)} == {"not offered"}
    finally:
        running.close()
    assert len(asked) > 100


@pytest.mark.slow
def test_it_adds_plainly(port):
    """More than the 16 u · scale of eq. (54), which takes a corrected sum; far less than 5 N + 6."""
    largest = max(outcomes(port, "float64"), key=lambda o: o.error or 0)
    assert 16 < largest.error < 40 < largest.case.c
    guide = (PORTS.parent / "guides" / "vectors.md").read_text(encoding="utf-8")
    stated = re.search(r"reach (\d+) where (\d+) are allowed", guide)
    assert largest.error <= int(stated[1])
    assert largest.case.c == int(stated[2])


def test_it_is_short(source):
    assert len(source.read_text(encoding="utf-8").splitlines()) < LONGEST[source.suffix]


@pytest.mark.slow
def test_it_can_be_audited(port):
    with Process(port, TIMEOUT) as process:
        report = og.audit(process.advantage, "top(2)@3", n=5)
    assert report.unbiased
    assert report.centred
    assert report.constant == Fraction(1, 3)


@pytest.mark.slow
def test_it_takes_long_lines_and_many_groups(port):
    with Process(port, TIMEOUT) as process:
        rewards = [[float((i * j) % 7) for i in range(50)] for j in range(500)]
        assert abs(process.advantage(rewards, "max@4") - og.advantage(rewards, "max@4")).max() < 1e-12
        assert abs(process.advantage([0.0, 1.0], "max@1") - [-1, 1]).max() == 0


@pytest.mark.slow
def test_it_refuses_and_lives_on(port):
    with Process(port, TIMEOUT) as process:
        with pytest.raises(RefusalError) as caught:
            process.advantage([[0.0, 1.0]], "max@2")
        assert caught.value.error_class == "GroupTooSmallError"
        assert process.advantage([[0.0, 1.0, 3.0]], "max@2").tolist() == [[-1, -1, 2]]


SORTED_AS_TEXT = """.sort((a, b) => {
    const texts = [String(rewards[a]), String(rewards[b])];
    return texts[0] < texts[1] ? -1 : texts[0] > texts[1] ? 1 : 0;
  })"""
REVERSED = "({ for (size_t j = 0; j < k; j++) e[j] = weights[k - 1 - j]; e; })"

MISTAKES = {
    "the constant (N−1)/N": {
        ".js": ("((n * e[t - 1]) / (n - 1))", "e[t - 1]"),
        ".c": ("(n * e[t - 1] / (n - 1))", "e[t - 1]"),
        ".rs": ("(n as f64 * e[t - 1] / (n - 1) as f64)", "e[t - 1]"),
        ".go": ("(float64(n) * e[t-1] / float64(n-1))", "e[t-1]"),
    },
    "a weight off by one rank": {
        ".js": ("elevated(weights, n - 1)", "elevated(weights, n)"),
        ".c": ("m < n - 1; m++", "m < n; m++"),
        ".rs": ("elevated(weights, n - 1)", "elevated(weights, n)"),
        ".go": ("elevated(weights, n-1)", "elevated(weights, n)"),
    },
    "not centred": {
        ".js": ("rise[t] - mean", "rise[t]"),
        ".c": ("a[i] -= sum / n", "a[i] -= 0 * sum"),
        ".rs": ("a - sum / n as f64", "a - 0.0 * sum"),
        ".go": ("-= sum / float64(n)", "-= 0 * sum"),
    },
    "answers in sorted order": {
        ".js": ("result[place] = rise[t]", "result[t] = rise[t]"),
        ".c": ("a[s[t].place] = rise +=", "a[t] = rise +="),
        ".rs": ("result[order[t]] = rise", "result[t] = rise"),
        ".go": ("result[order[t]] = rise", "result[t] = rise"),
    },
    "no check of N > K": {
        ".js": ("if (n <= weights.length)", "if (n < 0)"),
        ".c": ("if (n <= k)", "if (n < 1)"),
        ".rs": ("if rewards.len() <= weights.len()", "if rewards.is_empty()"),
        ".go": ("if len(rewards) <= len(weights)", "if len(rewards) < 1"),
    },
    "sorted from the best": {
        ".js": ("rewards[a] - rewards[b]", "rewards[b] - rewards[a]"),
        ".c": ("(x > y) - (x < y)", "(x < y) - (x > y)"),
        ".rs": ("rewards[a].total_cmp(&rewards[b])", "rewards[b].total_cmp(&rewards[a])"),
        ".go": ("rewards[order[a]] < rewards", "rewards[order[a]] > rewards"),
    },
    "not sorted": {
        ".js": (".sort((a, b) => rewards[a] - rewards[b])", ""),
        ".c": ("qsort(s, n, sizeof *s, by_reward)", "(void)by_reward"),
        ".rs": ("rewards[a].total_cmp(&rewards[b])", "a.cmp(&b)"),
        ".go": ("rewards[order[a]] < rewards[order[b]]", "order[a] < order[b]"),
    },
    "sorted as text": {".js": (".sort((a, b) => rewards[a] - rewards[b])", SORTED_AS_TEXT)},
    "rank weights from the best": {
        ".js": ("weights.map(rational)", "weights.map(rational).reverse()"),
        ".c": ("memcpy(e, weights, k * sizeof *e)", REVERSED),
        ".rs": ("list.split(',')", "list.rsplit(',')"),
        ".go": ("append(weights, rational(w))", "append([]float64{rational(w)}, weights...)"),
    },
    "denominators ignored": {
        ".js": ("Number(p) / Number(q)", "Number(p) + 0 * Number(q)"),
        ".c": ("weights[k] /= strtod", "weights[k] += 0 * strtod"),
        ".rs": ("p.parse::<f64>().unwrap() /", "p.parse::<f64>().unwrap() + 0.0 *"),
        ".go": ("return p / q", "return p + 0*q"),
    },
    "centred by N − 1": {
        ".js": ("reduce((a, b) => a + b) / n", "reduce((a, b) => a + b) / (n - 1)"),
        ".c": ("sum / n", "sum / (n - 1)"),
        ".rs": ("sum / n as f64", "sum / (n - 1) as f64"),
        ".go": ("sum / float64(n)", "sum / float64(n-1)"),
    },
    "an elevation off by one rank": {
        ".js": ("t * e[t - 1] : 0", "(t + 1) * e[t - 1] : 0"),
        ".c": ("t * e[t - 1] : 0", "(t + 1) * e[t - 1] : 0"),
        ".rs": ("t as f64 * e[t - 1]", "(t + 1) as f64 * e[t - 1]"),
        ".go": ("float64(t) * e[t-1]", "float64(t+1) * e[t-1]"),
    },
    "the first gap lost": {
        ".js": ("rewards[order[t - 1]]", "rewards[order[Math.max(t, 2) - 1]]"),
        ".c": ("(s[t].reward - s[t - 1].reward)", "(t > 1) * (s[t].reward - s[t - 1].reward)"),
        ".rs": (
            "(rewards[order[t]] - rewards[order[t - 1]])",
            "(rewards[order[t]] - rewards[order[t.max(2) - 1]])",
        ),
        ".go": ("rewards[order[t-1]]", "rewards[order[max(t, 2)-1]]"),
    },
    "NaN called too small": dict.fromkeys(LONGEST, ("NonFiniteRewardError", "GroupTooSmallError")),
    "an error of an own name": dict.fromkeys(LONGEST, ("GroupTooSmallError", "TooSmall")),
    "rounded to float32": {
        ".js": ("rise[t] - mean", "Math.fround(rise[t]) - mean"),
        ".c": ("double rise = a[s[0].place] = 0, sum = 0", "float rise = a[s[0].place] = 0, sum = 0"),
        ".rs": ("result[order[t]] = rise;", "result[order[t]] = rise as f32 as f64;"),
        ".go": ("result[order[t]] = rise", "result[order[t]] = float64(float32(rise))"),
    },
}
OF_REFUSALS = ("no check of N > K", "NaN called too small", "an error of an own name")
TAGS = {
    "the constant (N−1)/N": "own-baseline",
    "not centred": "not-centred",
    "no check of N > K": "sizes-unchecked",
    "sorted from the best": "weights-from-the-best",
    "sorted as text": "sorted-as-text",
    "rank weights from the best": "weights-from-the-best",
    "rounded to float32": "in-float32",
}
A_FEW = [case for case in SOME if case in ADVANTAGES]


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_spoilt_one_fails(source, mistake, tmp_path):
    if source.suffix not in MISTAKES[mistake]:
        pytest.skip("a mistake of another language")
    right, wrong = MISTAKES[mistake][source.suffix]
    text = source.read_text(encoding="utf-8")
    assert text.count(right) == 1
    spoilt = tmp_path / source.name
    spoilt.write_text(text.replace(right, wrong), encoding="utf-8")
    command = built(spoilt, tmp_path, level=0)
    for dtype in ("float64",) if mistake == "rounded to float32" else ("float64", "float32"):
        got = outcomes(command, dtype, A_FEW)
        failed = [o for o in got if o.verdict == "failed"]
        groups = {o.case.group for o in failed}
        if mistake in OF_REFUSALS:
            assert groups == {"refusals"}
        else:
            assert len(failed) > 30
            assert {"basic", "large"} <= groups
        if mistake in TAGS:
            assert [fit.tag for fit in fitting(got, VECTORS.mistakes)][:1] == [TAGS[mistake]]


def test_each_language_has_a_dozen_mistakes():
    for suffix in LONGEST:
        assert sum(suffix in changed for changed in MISTAKES.values()) >= 12


WIDE = PORTS / "batches.js"
OF_BATCHES = [
    case
    for case in SOME
    if "method" not in case.given and ("." not in case.function or case.function == "rank_weights.floating")
]
IN_BATCHES = {
    "a rank off": ("t * e[t - 1] : 0", "(t + 1) * e[t - 1] : 0"),
    "sorted from the best": ("scores[a] - scores[b]", "scores[b] - scores[a]"),
    "sorted as text": ("].sort((a, b) => scores[a] - scores[b])", "].sort()"),
    "every sample a run of its own": ("scores[last[0]] === scores[i]", "last[0] === i"),
    "the constant (N−1)/N": ("(n * e) / (n - 1)", "e"),
    "the gap above": ("* g[low - 1]", "* g[low]"),
    "nothing within runs": ("run.length > 1 ? mean(", "run.length > n ? mean("),
    "not centred": ("x - middle", "x"),
    "infinity let through": ("every(Number.isFinite)", 'every((x) => x !== "nan")'),
    "one more is asked for": ("n < k + (", "n <= k + ("),
    "shares not shared": ("shares[t] / run.length", "shares[t]"),
    "the first of a run for its mean": ("by ? mean(run.map((i) => r[i])) :", "by === 0 ? 0 :"),
    "include-one with K/N": ("v + ((n - k) / n) * x", "v + (k / n) * x"),
    "leave-one-out above": ("v - (k / n) * x", "v + (k / n) * x"),
    "score weights without K": ("a.map((x) => (k / n) * x); // eq. (28)", "a.map((x) => x / n);"),
    "the jackknife without (N−1)/N": ("((n - 1) / n) * sum(", "sum("),
    "zero for no answer": ("UNDEFINED.includes(name) ? null : 0", "0"),
    "scores of those left out": ("by && places.map((i) => by[i])", "by"),
    "a short mask": ("[by, counts]", "[by]"),
    "the first mask for all": ("message.where[g]", "message.where[0]"),
    "NaN counted": ("message.nan_policy && rewards", "undefined && rewards"),
}


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_wide_one_passes(dtype):
    assert len(WIDE.read_text(encoding="utf-8").splitlines()) < 130
    got = outcomes(built(WIDE, None), dtype, OF_BATCHES)
    assert [(o.case.id, o.said) for o in got if o.verdict != "passed"] == []
    assert {option for o in got for option in o.case.options} == {"by", "where", "nan_policy"}


@pytest.mark.slow
def test_the_wide_one_spoilt_fails(tmp_path):
    text, spoilt = WIDE.read_text(encoding="utf-8"), tmp_path / "spoilt.js"
    few = [case for i, case in enumerate(OF_BATCHES) if i % 5 == 0 or case.group in ("omitted", "refusals")]
    for mistake, (right, wrong) in IN_BATCHES.items():
        assert text.count(right) == 1, mistake
        spoilt.write_text(text.replace(right, wrong), encoding="utf-8")
        assert any_fails(built(spoilt, None), few), mistake


@pytest.mark.slow
def test_crashes_are_verdicts(tmp_path, monkeypatch, capsys):
    """A port that dies is started afresh, twice; the command ends with a table and status 1."""
    script = tmp_path / "dies.js"
    text = (PORTS / "advantage.js").read_text(encoding="utf-8")
    script.write_text(text.replace("const weights = message", "process.abort(); const weights = message"))
    command = shlex.join([tool("node"), str(script)])
    monkeypatch.setattr("sys.argv", ["ordergrad-ref", "vectors", "check", "--process", command])
    with pytest.raises(SystemExit) as end:
        cli.main()
    out, err = capsys.readouterr()
    assert end.value.code == 1
    assert err == ""
    asked = sum(case.group == "ties" and case.function == "advantage" for case in VECTORS)
    assert f"0/{asked} ✗" in out
    assert "advantage.js asked for advantage, was killed by SIGABRT" in out


@pytest.mark.slow
def test_its_name_is_no_markup(tmp_path, monkeypatch, capsys):
    script = tmp_path / "named.js"
    text = (PORTS / "advantage.js").read_text(encoding="utf-8")
    script.write_text(text.replace('name: "advantage.js"', 'name: "[/red] \\ud800 [bold]"'), encoding="utf-8")
    command = shlex.join([tool("node"), str(script)])
    monkeypatch.setattr("sys.argv", ["ordergrad-ref", "vectors", "check", "--process", command])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 0
    assert "[/red] [bold] against the golden vectors" in capsys.readouterr().out


@pytest.mark.slow
def test_it_is_given_up_after_three_deaths():
    port = OutOfProcess(shlex.join([tool("node"), "-e", DYING]), TIMEOUT)
    got = check(port, ADVANTAGES[:5])
    port.close()
    assert [o.said.split(",")[0] for o in got] == ["dying asked for advantage"] * 3 + [
        "not asked any more: advantage ended it 3 times"
    ] * 2


MIRROR = """
import json, operator, sys
import numpy as np
import ordergrad_ref as og

def answer(m):
    path, field = m["function"], None
    if path.startswith(("order_statistics.", "variance.moments.")):
        path, _, field = path.rpartition(".")
    function = operator.attrgetter(path)(og)
    alpha = [og.LStatistic(m["objective"]["weights"])] if "objective" in m else []
    if m["function"] == "rank_weights.floating":
        return function(m["n"], *alpha).tolist()
    if "successes" in m:
        return [float(function(n=m["n"], successes=m["successes"], k=m["k"]))]
    floats = lambda row: np.array([float(x) for x in row], m["dtype"])
    options = {name: m[name] for name in ("nan_policy", "method") if name in m}
    result = []
    for i, group in enumerate(m["groups"]):
        given = [floats(m[name][i]) for name in ("ratios", "probabilities", "logits") if name in m]
        more = [m[name] for name in ("k", "n", "estimator") if name in m]
        here = options | {name: floats(m[name][i]) for name in ("by",) if name in m}
        here |= {"where": np.array(m["where"][i])} if "where" in m else {}
        if "values" in m:
            answer = function(floats(group), *alpha, floats(m["values"][i]), *given)
        else:
            answer = function(floats(group), *given, *alpha, *more, **here)
        answer = np.asarray(answer if field is None else getattr(answer, field))
        result.append(np.where(np.isnan(answer), None, answer).tolist())
    return result

hello = {"protocol": "ordergrad-ref/1", "name": "mirror", "functions": FUNCTIONS, "options": OPTIONS}
for line in sys.stdin:
    m = json.loads(line)
    try:
        reply = hello if "protocols" in m else {"id": m["id"], "result": answer(m)}
    except og.errors.InvalidInputError as error:
        reply = {"id": m["id"], "error": {"class": type(error).__name__, "message": str(error)}}
    print(json.dumps(reply), flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_function_travels_through_the_protocol(dtype, tmp_path):
    """This library behind the protocol passes what it passes in process, in all functions."""
    script = tmp_path / "mirror.py"
    text = MIRROR.replace("FUNCTIONS", repr(list(EQUATIONS))).replace("OPTIONS", repr(OPTIONS))
    script.write_text(text, encoding="utf-8")
    mirror = OutOfProcess(shlex.join([sys.executable, str(script)]), TIMEOUT)
    try:
        got = check(mirror, SOME, dtype)
    finally:
        mirror.close()
    assert [(o.case.id, o.said) for o in got if o.verdict != "passed"] == []


@pytest.mark.slow
def test_a_port_may_say_that_it_does_not_offer_an_objective(tmp_path):
    """A port for max@K alone answers with the error class ``NotOffered``: no failure."""
    script = tmp_path / "max_only.js"
    text = (PORTS / "advantage.js").read_text(encoding="utf-8")
    before = "const n = rewards.length;"
    check_first = f'if (weights.at(-1) !== 1) throw refusal("NotOffered", "max@K alone"); {before}'
    script.write_text(text.replace(before, check_first), encoding="utf-8")
    verdicts = {
        o.case.given["objective"].get("name"): o.verdict for o in outcomes(built(script, tmp_path), "float64")
    }
    assert verdicts["max@2"] == "passed"
    assert verdicts["min@3"] == "not offered"
    assert set(verdicts.values()) == {"passed", "not offered"}


DYING = """
console.log('{"protocol":"ordergrad-ref/1","name":"dying","functions":["advantage"]}');
let lines = 0;
process.stdin.on("data", (data) => {
  lines += String(data).split("\\n").length - 1;
  if (lines > 1) process.exit(1);
});
"""
