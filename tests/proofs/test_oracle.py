"""The oracle that Coq proved right answers the vectors, and the audit says of it what is proved."""

import json
import shlex
import shutil
import subprocess
from collections import Counter
from fractions import Fraction
from importlib import resources
from pathlib import Path

import pytest

import ordergrad_ref as og
from ordergrad_ref.targets.process import Process, RefusalError
from ordergrad_ref.vectors.checking import check
from ordergrad_ref.vectors.golden import load
from ordergrad_ref.vectors.implementations import OutOfProcess
from proofs.oracle.__main__ import regenerated

ORACLE = Path(__file__).parents[2] / "proofs" / "oracle"
TIMEOUT = 60.0
MEAN = {"k": 1, "weights": ["1"]}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The oracle, extracted and compiled."""
    for tool in ("coqc", "ocamlfind"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if subprocess.run(["ocamlfind", "query", "zarith"], capture_output=True).returncode:
        pytest.skip("Zarith is not installed")
    coq = subprocess.run(["coqc", "-where"], capture_output=True, text=True, check=True).stdout.strip()
    if not (Path(coq) / "user-contrib" / "mathcomp").is_dir():
        pytest.skip("Mathematical Components is not installed")
    path = tmp_path_factory.mktemp("oracle") / "oracle"
    subprocess.run([ORACLE / "build", path], check=True)
    return str(path)


@pytest.mark.slow
def test_it_answers_the_vectors(program):
    """Those of small batches; the whole set is held to it by .ci/run."""
    cases = [case for case in load() if case.group in ("basic", "boundary", "refusals")]
    oracle = OutOfProcess(shlex.quote(program), TIMEOUT)
    try:
        got = check(oracle, cases)
    finally:
        oracle.close()
    assert [(o.case.id, o.said) for o in got if o.verdict == "failed"] == []
    assert Counter(o.verdict for o in got)["passed"] > 400


@pytest.mark.slow
def test_it_regenerates_a_file_of_vectors(program):
    text = (resources.files("ordergrad_ref") / "vectors" / "1.1" / "maxk.json").read_text(encoding="utf-8")
    counts = Counter()
    with Process([program, "--exact"], TIMEOUT) as oracle:
        assert regenerated(oracle, text, counts) == text
        assert counts["answered"] > 150
        with pytest.raises(RefusalError) as caught:
            oracle.ask("population.logit_gradient", objective=MEAN, groups=[[0, 1]], logits=[[0, 1]])
    assert caught.value.error_class == "NotOffered"


@pytest.mark.slow
def test_it_is_audited(program):
    with Process(program, TIMEOUT) as oracle:
        report = og.audit(oracle.advantage, "top(2)@3", n=5)
    assert report.unbiased
    assert report.centred
    assert report.constant == Fraction(1, 3)


@pytest.mark.slow
@pytest.mark.parametrize("x", [0.1, 5e-324, 2.0**-1074 * 3, 1.7976931348623157e308, -1e22])
def test_floats_are_read_and_printed_exactly(program, x):
    """A float is the rational that it is, and comes back as itself."""
    with Process([program, "--exact"], TIMEOUT) as oracle:
        (got,) = oracle.ask("value", objective=MEAN, groups=[[x]])
    assert Fraction(got) == Fraction(x)
    with Process(program, TIMEOUT) as oracle:
        assert oracle.ask("value", objective=MEAN, groups=[[x]]) == [x]


def test_a_wrong_answer_changes_the_file():
    """The comparison of bytes can fail."""

    class Wrong:
        functions = frozenset({"value"})
        options = frozenset()

        def ask(self, function, **message):
            return ["1/3"]

    case = {"id": "a", "function": "value", "input": {"objective": {}, "rewards": ["1"]}, "expected": ["1"]}
    text = '{"specification":"1.1","cases":[\n' + json.dumps(case, separators=(",", ":")) + "\n]}\n"
    assert regenerated(Wrong(), text, Counter()) == text.replace('"expected":["1"]', '"expected":["1/3"]')
