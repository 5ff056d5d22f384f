"""Golden vectors: what they say is the definition's, they do not change unseen, and wrong answers fail them.

Law: the files are what the generator writes, byte for byte. Law: every answer is reached by two ways, the
enumerated definition and the exact closed form, which agree with ``==`` wherever both can be computed. Law:
this library passes with the 16 u · scale of spec eq. (54), any other with the bound of eq. (57); an
implementation with a wrong constant, a weight off by one rank or a cancellation does not.
"""

import hashlib
import json
import os
import shutil
from collections import Counter
from fractions import Fraction
from importlib import resources
from itertools import combinations_with_replacement
from pathlib import Path
from types import SimpleNamespace

import ml_dtypes
import numpy as np
import pytest
from jsonschema import Draft202012Validator

import ordergrad_ref as og
from ordergrad_ref import cli, definition, maxk
from ordergrad_ref.definition import published
from ordergrad_ref.errors import InvalidInputError, TargetError
from ordergrad_ref.vectors import expected as exact
from ordergrad_ref.vectors import generate
from ordergrad_ref.vectors.cases import EQUATIONS, questions
from ordergrad_ref.vectors.checking import check, error_in_units
from ordergrad_ref.vectors.explain import explain
from ordergrad_ref.vectors.golden import export, load
from ordergrad_ref.vectors.implementations import InProcess, NotOffered, Refused

OWN = Path(str(resources.files("ordergrad_ref.vectors"))) / og.__spec_version__
VECTORS = load()
VALID = [case for case in VECTORS if case.expected is not None]


# ---- the files


def test_the_files_are_what_the_generator_writes():
    written = generate.files()
    assert set(written) == {file.name for file in OWN.glob("*.json")} - {
        "schema.json",
        "manifest.schema.json",
    }
    for name, content in written.items():
        assert content == (OWN / name).read_bytes(), name


def test_they_are_of_their_schemas():
    schema, manifest = (json.loads((OWN / n).read_text()) for n in ("schema.json", "manifest.schema.json"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator.check_schema(manifest)
    assert len(load(OWN)) == len(VECTORS) > 900


def test_the_manifest_names_versions_and_hashes():
    manifest = json.loads((OWN / "manifest.json").read_text())
    assert manifest["specification"] == og.__spec_version__
    assert manifest["generator"] == generate.GENERATOR
    for entry in manifest["files"]:
        assert hashlib.sha256((OWN / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]


def test_ids_are_unique_and_the_whole_is_small():
    ids = [question.id for question in questions()]
    assert len(set(ids)) == len(ids) == len(VECTORS)
    assert sum(file.stat().st_size for file in OWN.iterdir()) < 1_500_000


def test_every_function_is_covered_validly_and_invalidly():
    for function in EQUATIONS:
        assert any(case.function == function for case in VALID), function
        assert any(c.function == function and c.error is not None for c in VECTORS), function
    assert {c.group for c in VECTORS if c.function == "advantage"} == {
        "basic", "ties", "offset", "magnitude", "boundary", "groups", "large", "refusals",
    }  # fmt: skip
    assert max(len(c.given["rewards"]) for c in VALID if c.function == "advantage") == 1000


def numbers(x):
    return [n for part in x for n in numbers(part)] if isinstance(x, list) else [x]


def test_inputs_are_exact_in_every_dtype():
    for case in VALID:
        for name in {"rewards", "probabilities", "logits"} & set(case.given):
            for text in numbers(case.given[name]):
                for dtype in (np.float64, np.float32, ml_dtypes.bfloat16):
                    assert Fraction(float(dtype(float(Fraction(text))))) == Fraction(text), case.id


def test_a_number_of_nine_bits_would_be_found():
    assert float(ml_dtypes.bfloat16(257.0)) != 257


def test_probabilities_and_their_sums_are_exact():
    for case in VALID:
        if "probabilities" in case.given:
            p = [Fraction(x) for x in case.given["probabilities"]]
            assert sum(p) == 1
            assert all(x.denominator <= 2**8 for x in p)


# ---- the answers


def test_two_ways_lead_to_every_answer():
    for question in questions():
        if question.error is None:
            closed = exact.answer(question.function, question.given, closed=True)
            assert closed == exact.answer(question.function, question.given), question.id


def test_no_float_takes_part(monkeypatch):
    """The answers that are not enumerated are computed with everything that knows floats taken away."""

    def refuse(*_):
        raise AssertionError("a float")

    for place in (
        "closed_forms.rank_weights.elevated",
        "closed_forms.rank_weights.floating",
        "population.binomial_average",
    ):
        monkeypatch.setattr(f"ordergrad_ref.{place}", refuse)
    with pytest.raises(AssertionError, match="a float"):
        og.advantage([0.0, 1.0, 3.0], "max@2")
    closed = [q for q in questions() if q.error is None and q.group == "large"]
    for question in closed:
        got = exact.answer(question.function, question.given, closed=True)
        assert {type(x) for x in numbers(got.numbers)} == {Fraction}, question.id
        assert type(got.scale) is Fraction
    assert len(closed) > 40


def test_large_advantages_by_leaving_one_out():
    """``A_i = (N/K) (v − v^(−i))``, from eq. (21), and ``v^(−i)`` is the value of the others: no gap form."""
    large = [c for c in VALID if c.function == "advantage" and c.group == "large"]
    for case in large:
        r, alpha = [Fraction(x) for x in case.given["rewards"]], case.objective
        v = og.value(r, alpha)
        for i in (0, len(r) // 3, len(r) - 1):
            without = og.value(r[:i] + r[i + 1 :], alpha)
            assert case.expected[i] == Fraction(len(r), alpha.k) * (v - without), case.id
    assert len(large) == 11


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # worked by hand
        ("advantage-max-1-two", [3, -3]),
        ("value-max-3-n-is-k", [5]),
        ("score-weights-max-1-two", [Fraction(3, 2), Fraction(-3, 2)]),
        ("pathwise-weights-max-1-singleton", [1]),
        ("maxk-maxrl-one-success", [-1, -1, -1, 4, -1]),
        ("maxk-pass-at-k-k2-one-success", [Fraction(2, 5)]),
        ("maxk-grpo-one-of-4", [Fraction(-1, 2), Fraction(3, 2), Fraction(-1, 2), Fraction(-1, 2)]),
        ("population-value-max-2-coin", [Fraction(3, 4)]),
        ("population-logit-gradient-max-2-two", [Fraction(-1, 4), Fraction(1, 4)]),
    ],
)
def test_by_hand(name, expected):
    assert VECTORS[name].expected == expected


def test_advantages_are_centred_and_equal_on_ties():
    for case in VALID:
        if case.function in ("advantage", "score_weights") and case.group != "groups":
            assert sum(case.expected) == 0, case.id
            assert len(set(zip(case.given["rewards"], case.expected, strict=True))) == len(
                set(case.given["rewards"])
            ), case.id


def test_no_scale_is_below_the_largest_answer():
    for case in VALID:
        assert case.scale >= max(map(abs, numbers(case.expected))), case.id


def test_constants_of_the_family():
    """Eq. (56) in exact rationals: ``A(b; n) − A(b′; n) = c K [q(b; n) − q(b′; n)]``, by the sentences."""
    seen = set()
    for case in VALID:
        name = case.function.removeprefix("maxk.")
        if name not in maxk.FAMILY or case.constant is None:
            continue
        n, k = len(case.given["rewards"]), case.given.get("k")
        arguments = () if k is None else (k,)
        if n > 5 or (name, n, k) in seen:
            continue
        seen.add((name, n, k))
        target = og.LStatistic(case.target["weights"])
        values = [Fraction(x) for x in ((0, 1) if name == "maxrl" else (0, 1, 3))]
        for others in combinations_with_replacement(values, n - 1):
            difference = {
                getattr(published, name)([b, *others], *arguments)[0]
                - Fraction(case.constant) * target.k * definition.inclusion([b, *others], target)[0]
                for b in values
            }
            assert len(difference) == 1, (case.id, others)
    assert {name for name, _, _ in seen} == set(maxk.FAMILY) - {"grpo"}


def test_grpo_has_no_constant():
    assert VECTORS["maxk-grpo-three"].constant is None


# ---- this library


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_this_library_passes(dtype):
    outcomes = check(InProcess("ordergrad_ref"), VECTORS, dtype)
    assert [(o.case.id, o.said) for o in outcomes if o.verdict != "passed"] == []
    advantages = [o.error for o in outcomes if o.case.function in ("advantage", "score_weights") and o.error]
    assert max(advantages) <= 16  # eq. (54)


def test_exact_rationals_have_no_error():
    for case in VALID:
        if case.function == "advantage" and "groups" not in case.given:
            given = np.array([Fraction(x) for x in numbers(case.given["rewards"])], dtype=object)
            shape = np.shape(case.given["rewards"])
            assert og.advantage(given.reshape(shape), case.objective).tolist() == case.expected, case.id


# ---- wrong implementations


def implementation(**functions):
    """An object with these functions of one group, ``(sorted rewards, objective) → sorted answers``."""

    def lifted(function):
        def of_any(rewards, objective, groups=None):
            if groups is not None or np.ndim(rewards) > 1:
                raise NotImplementedError
            order = np.argsort(rewards, kind="stable")
            answer = np.empty(len(rewards))
            answer[order] = function(np.asarray(rewards)[order].astype(np.float64), objective)
            return answer

        return of_any

    found = InProcess("ordergrad_ref")
    found._functions = SimpleNamespace(**{name: lifted(f) for name, f in functions.items()})
    return found


def gap_form(r, weights):
    rise = np.append(0.0, np.cumsum(np.diff(r) * weights))
    return rise - rise.mean()


def elevated(n, alpha):
    return np.array([float(e) for e in og.rank_weights.elevated_exact(n, alpha)])


def right(r, alpha):
    n = len(r)
    return gap_form(r, elevated(n - 1, alpha) * n / (n - 1))


def wrong_constant(r, alpha):
    return right(r, alpha) * (len(r) - 1) / len(r)


def constant_forgotten(r, alpha):
    return gap_form(r, elevated(len(r) - 1, alpha))


def a_rank_too_high(r, alpha):
    n = len(r)
    return gap_form(r, np.append(elevated(n - 1, alpha)[1:], 1.0) * n / (n - 1))


def elevated_too_far(r, alpha):
    n = len(r)
    return gap_form(r, elevated(n, alpha)[1:] * n / (n - 1))


def not_centred(r, alpha):
    return right(r, alpha) - right(r, alpha)[0]


def weights_from_the_top(r, alpha):
    return right(r, og.LStatistic(alpha.weights[::-1]))


def plain(r, alpha):
    """The plain algorithm of spec section 9.5, every operation rounded to float32."""
    one = np.float32
    e = np.array([one(w.numerator) / one(w.denominator) for w in alpha.weights], one)
    r, n = r.astype(one), len(r)
    for m in range(alpha.k, n - 1):
        t = np.arange(m + 1, dtype=one)
        e = (t * np.append(one(0), e) + (one(m) - t) * np.append(e, one(0))) / one(m)
    rise = np.append(one(0), np.cumsum((r[1:] - r[:-1]) * (one(n) * e / one(n - 1))))
    answer = rise - np.cumsum(rise)[-1] / one(n)
    assert answer.dtype == one
    return answer


def cancelling(r, alpha):
    """``q_i − v^(−i)`` by plain sums in float32."""
    n, k = len(r), alpha.k
    w_less = elevated(n - 1, alpha).astype(np.float32) * np.float32(k / (n - 1))
    w = elevated(n, alpha).astype(np.float32) * np.float32(k / n)
    r = r.astype(np.float32)
    v = sum(a * b for a, b in zip(w, r, strict=True))
    without = [sum(a * b for a, b in zip(w_less, np.delete(r, i), strict=True)) for i in range(n)]
    return np.array([(v - u) * np.float32(n / k) for u in without])


WRONG = (wrong_constant, constant_forgotten, a_rank_too_high, elevated_too_far, not_centred)
ADVANTAGES = [case for case in VALID if case.function == "advantage"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("function", [*WRONG, weights_from_the_top])
def test_a_wrong_implementation_fails(function, dtype):
    outcomes = check(implementation(advantage=function), ADVANTAGES, dtype)
    failed = [o for o in outcomes if o.verdict == "failed"]
    assert len(failed) > len(outcomes) / 3
    assert any(o.case.group == "large" for o in failed)
    assert all(o.error > 100 * o.case.c for o in failed if o.case.group == "basic" and o.case.scale)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_same_without_the_mistake_passes(dtype):
    outcomes = check(implementation(advantage=right), ADVANTAGES, dtype)
    assert {o.verdict for o in outcomes} == {"passed", "not offered"}


def test_plain_loops_in_float32_stay_within_the_bound_but_not_within_16():
    outcomes = check(implementation(advantage=plain), ADVANTAGES, "float32")
    assert {o.verdict for o in outcomes} == {"passed", "not offered"}
    assert 16 < max(o.error for o in outcomes if o.error is not None) < 60


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_constant_is_seen_in_every_case_that_has_one(dtype):
    for outcome in check(implementation(advantage=wrong_constant), ADVANTAGES, dtype):
        if min(outcome.case.objective.weights) >= 0 and outcome.case.expected and outcome.case.scale:
            assert outcome.verdict in ("failed", "not offered"), outcome.case.id


@pytest.mark.parametrize("n", [4, 8, 64, 512, 1000])
def test_the_bound_is_tighter_than_a_wrong_constant(n):
    for unit in (2.0**-24, 2.0**-53):
        assert exact.bound(n) * unit < 1 / n


def test_cancellation_against_an_offset_fails():
    cases = [c for c in ADVANTAGES if c.id == "advantage-median-4-offset-192"]
    (plain,) = check(implementation(advantage=cancelling), cases, "float64")
    assert plain.verdict == "failed"
    rounded = error_in_units(np.array(cancelling_answer(cases[0])), cases[0], "float32")
    assert rounded > 2 * max(o.error for o in check(InProcess("ordergrad_ref"), cases, "float32"))


def cancelling_answer(case):
    r = np.array([float(x) for x in case.given["rewards"]])
    order = np.argsort(r)
    answer = np.empty(len(r))
    answer[order] = cancelling(r[order], case.objective)
    return answer


# ---- verdicts on whatever an implementation does


def verdict(advantage, name="advantage-max-2-distinct"):
    target = InProcess("ordergrad_ref")
    target._functions = {"advantage": advantage}
    (outcome,) = check(target, [VECTORS[name]])
    return outcome.verdict, outcome.said


def in_place(rewards, objective):
    rewards -= rewards.mean()
    return rewards


def exits(rewards, objective):
    raise SystemExit(3)


def vanishes(rewards, objective):
    os._exit(0)


class UnprintableError(BaseException):
    def __str__(self):
        raise ValueError


def raises_what_cannot_be_printed(rewards, objective):
    raise UnprintableError


def lacks_medians(rewards, objective):
    raise NotImplementedError("medians")


class Lazy:
    def __getattr__(self, name):
        raise ImportError("half\ninstalled")


class Weird:
    def __float__(self):
        raise RuntimeError("no float")


class Strange:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("device\nlost")


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda r, o: r[:-1], "expected to return shape (6,), returned (5,)"),
        (lambda r, o: r[:, None], "returned (6, 1)"),
        (lambda r, o: float(r[0]), "returned ()"),
        (lambda r, o: None, "expected to return shape (6,)"),
        (lambda r, o: "nonsense", "expected to return real numbers"),
        (lambda r, o: ["1"] * 6, "expected to return real numbers"),
        (lambda r, o: r + 1j, "expected to return real numbers, returned complex128"),
        (lambda r, o: [object()] * 6, "expected to return real numbers"),
        (lambda r, o: [Weird()] * 6, "expected to return real numbers"),
        (lambda r, o: r * np.nan, "expected finite numbers"),
        (lambda r, o: r / 0 * 0, "expected finite numbers"),
        (lambda r, o: [1, [2]], "ValueError"),
        (lambda r, o: Strange(), "RuntimeError: device lost"),
        (lambda r: r, "TypeError"),
        (exits, "SystemExit: 3"),
        (vanishes, "SystemExit: 0"),
        (raises_what_cannot_be_printed, "got UnprintableError"),
        (in_place, "changed the array that it was given"),
        (lambda r, o: 1 / 0, "expected an answer, got ZeroDivisionError"),
    ],
)
def test_a_bad_answer_is_a_verdict(function, said):
    result, sentence = verdict(function)
    assert result == "failed"
    assert said in sentence
    assert "\n" not in sentence


def test_what_is_not_implemented_is_not_offered():
    assert verdict(lacks_medians) == ("not offered", "")


def test_what_it_prints_does_not_spoil_the_report(capsys):
    def talks(rewards, objective):
        print("step 1")
        return og.advantage(rewards, objective)

    assert verdict(talks) == ("passed", "")
    assert capsys.readouterr().out == ""


def refuses_with(error):
    def function(rewards, objective):
        raise error

    return function


class OwnError(og.errors.GroupTooSmallError):
    pass


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (og.errors.GroupTooSmallError("N ≤ K"), "passed"),
        (og.errors.InvalidInputError("N ≤ K"), "passed"),
        (ValueError("N ≤ K"), "passed"),
        (OwnError("N ≤ K"), "passed"),
        (og.errors.NonFiniteRewardError("NaN"), "failed"),
        (ZeroDivisionError("division by zero"), "failed"),
        (IndexError("out of range"), "failed"),
    ],
)
def test_a_refusal_must_be_one(error, result):
    assert verdict(refuses_with(error), "advantage-refuses-too-few")[0] == result


def test_an_answer_where_a_refusal_is_due():
    result, said = verdict(lambda r, o: r * 0, "advantage-refuses-too-few")
    assert result == "failed"
    assert "expected a refusal, GroupTooSmallError, got an answer" in said


def test_a_nan_that_stays_is_no_change_of_input():
    result, said = verdict(lambda r, o: r, "advantage-refuses-nan")
    assert result == "failed"
    assert "expected a refusal, NonFiniteRewardError, got an answer" in said


def test_zero_scale_means_exactly():
    name = "advantage-max-2-all-equal"
    assert verdict(lambda r, o: r * 0, name)[0] == "passed"
    result, said = verdict(lambda r, o: r * 0 + 1e-300, name)
    assert result == "failed"
    assert "must be exact" in said


def test_where_there_is_no_such_implementation():
    for place in (
        "no_such_module",
        "no_such_file.py",
        "ordergrad_ref:no_such_object",
        "ordergrad_ref:maxk.no",
    ):
        with pytest.raises(TargetError):
            InProcess(place)
    with pytest.raises(InvalidInputError, match="dtype"):
        check(InProcess("ordergrad_ref"), VECTORS, "float16")


def test_an_object_whose_attributes_raise():
    target = InProcess("ordergrad_ref")
    target._functions = Lazy()
    with pytest.raises(TargetError, match="looking up advantage raised ImportError: half installed"):
        check(target, VECTORS)


def test_a_function_that_it_lacks():
    target = InProcess("ordergrad_ref:maxk")
    with pytest.raises(NotOffered):
        target.answer(VECTORS["advantage-max-2-distinct"], "float64")
    with pytest.raises(Refused):
        InProcess("ordergrad_ref").answer(VECTORS["advantage-refuses-too-few"], "float64")


# ---- malformed vectors


@pytest.fixture
def folder(tmp_path):
    export(tmp_path)
    return tmp_path


@pytest.fixture
def small(folder):
    """A folder with one file."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = [entry for entry in manifest["files"] if entry["name"] == "value.json"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert len(load(folder)) == 74
    return folder


def rewrite(folder, name, change):
    """Change a file and give it the right hash again."""
    document = json.loads((folder / name).read_text())
    change(document)
    (folder / name).write_text(json.dumps(document))
    rehash(folder, name)


def rehash(folder, name):
    manifest = json.loads((folder / "manifest.json").read_text())
    for entry in manifest["files"]:
        if entry["name"] == name:
            entry["sha256"] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_an_export_is_whole(folder):
    assert {file.name for file in folder.iterdir()} == {file.name for file in OWN.glob("*.json")}
    assert load(folder) == VECTORS


def test_an_altered_file_is_found(small):
    file = small / "value.json"
    file.write_bytes(file.read_bytes().replace(b'"7/3"', b'"8/3"', 1) + b" ")
    with pytest.raises(InvalidInputError, match=r"value\.json: expected the SHA-256 .* of the manifest, got"):
        load(small)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(specification="2.0"), "'1.0' was expected"),
        (lambda d: d.pop("cases"), "'cases' is a required property"),
        (lambda d: d["cases"][0].update(expected=[1.5]), "expected"),
        (lambda d: d["cases"][0].update(expected=["1.5"]), "expected"),
        (lambda d: d["cases"][0].update(scale="2/0"), "'2/0' does not match"),
        (lambda d: d["cases"][0].update(scale="02"), "'02' does not match"),
        (lambda d: d["cases"][0].pop("scale"), "'scale' is a required property"),
        (lambda d: d["cases"][0].update(id="Not a slug"), "does not match"),
        (lambda d: d["cases"][0].update(function="no_such"), "is not one of"),
        (lambda d: d["cases"][0].update(valid=False), "cases.0"),
        (lambda d: d["cases"][0]["input"].update(rewards=[]), "cases.0.input"),
        (lambda d: d["cases"][0]["input"].update(surprise=1), "'surprise' is not one of"),
        (lambda d: d["cases"][0]["input"].update(groups=[1]), "rewards and groups differ in length"),
        (lambda d: d["cases"][0]["input"].pop("objective"), "'objective' is a required property"),
        (lambda d: d["cases"][0]["input"].update(k=2), "'k' is not one of"),
        (lambda d: d["cases"][0]["input"]["objective"].update(k=7), "k is not the number of weights"),
        (lambda d: d["cases"][0].update(scale="-1"), "scale: expected a magnitude, which is not negative"),
        (lambda d: d["cases"][0]["input"]["rewards"].__setitem__(0, "nan"), "at most eight significant bits"),
        (lambda d: d["cases"][0]["input"]["rewards"].__setitem__(0, "257"), "at most eight significant bits"),
        (lambda d: d["cases"][0]["input"]["rewards"].__setitem__(0, "1/3"), "at most eight significant bits"),
        (
            lambda d: d["cases"][0]["input"]["rewards"].__setitem__(0, "1" + "0" * 400),
            "eight significant bits",
        ),
        (lambda d: d["cases"][-1]["input"]["rewards"].append("1/3"), "eight significant bits"),
        (lambda d: d["cases"][0].update(scale="9" * 5000), "Exceeds the limit"),
        (lambda d: d["cases"][0]["expected"].append("1"), "expected: not of shape (1,)"),
        (lambda d: d["cases"][1].update(id=d["cases"][0]["id"]), "two cases are called"),
        (lambda d: d["cases"].pop(), "expected the manifest's 74 cases, got 73"),
    ],
    ids=range(26),
)
def test_a_malformed_file_is_found(small, change, said):
    rewrite(small, "value.json", change)
    with pytest.raises(InvalidInputError, match=r"^value\.json: ") as caught:
        load(small)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "expected JSON"),
        ("{", "expected JSON"),
        ("[" * 100_000, "expected JSON"),
        ("[]", "is not of type 'object'"),
        ('{"specification": "9.9", "generator": "1", "files": []}', "manifest.json"),
        ('{"specification": NaN}', "NaN is no number of JSON"),
        (
            '{"specification": "1.0", "generator": "1", '
            f'"files": [{{"name": "../value.json", "cases": 1, "sha256": "{"0" * 64}"}}]}}',
            "does not match",
        ),
        (
            '{"specification": "1.0", "generator": "1", '
            f'"files": [{{"name": "missing.json", "cases": 1, "sha256": "{"0" * 64}"}}]}}',
            "missing.json: cannot be read",
        ),
    ],
    ids=range(8),
)
def test_a_malformed_manifest_is_found(folder, content, said):
    (folder / "manifest.json").write_text(content)
    with pytest.raises(InvalidInputError) as caught:
        load(folder)
    assert said in str(caught.value)


def test_bytes_that_are_no_text(small):
    (small / "value.json").write_bytes(b"\xff\xfe")
    rehash(small, "value.json")
    with pytest.raises(InvalidInputError, match=r"value\.json: expected JSON"):
        load(small)


def test_a_folder_without_vectors(tmp_path):
    with pytest.raises(InvalidInputError, match=r"manifest\.json: cannot be read"):
        load(tmp_path)


# ---- the command


def run(arguments, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["ordergrad-ref", "vectors", *arguments])
    status = 0
    try:
        cli.main()
    except SystemExit as end:
        status = end.code or 0
    out, err = capsys.readouterr()
    return status, out, err


def test_check_this_library(monkeypatch, capsys):
    status, out, err = run(["check", "ordergrad_ref"], monkeypatch, capsys)
    assert (status, err) == (0, "")
    assert "Not offered" not in out
    assert "✗" not in out
    assert all(function in out for function in EQUATIONS)


def test_check_a_file_that_hangs(tmp_path, monkeypatch, capsys):
    """Three hangs of a function are enough to stop asking it; others are still asked."""
    file = tmp_path / "slow.py"
    file.write_text(
        "import ordergrad_ref as og\n"
        "value = og.value\n"
        "def advantage(rewards, objective, groups=None):\n"
        "    while True: pass\n"
    )
    status, out, _ = run(["check", str(file), "--timeout", "0.05", "--json"], monkeypatch, capsys)
    outcomes = json.loads(out)["cases"]
    said = Counter(o["said"] for o in outcomes if o["verdict"] == "failed")
    assert status == 1
    assert said["did not answer within 0.05 s"] == 3
    assert (
        sum(said.values())
        == said["did not answer within 0.05 s"] + said["not asked any more: advantage did not answer 3 times"]
    )
    assert any(o["verdict"] == "passed" for o in outcomes)


def test_check_a_wrong_file(tmp_path, monkeypatch, capsys):
    file = tmp_path / "mine.py"
    file.write_text(
        "import ordergrad_ref as og\n"
        "def advantage(rewards, objective, groups=None):\n"
        "    n = rewards.shape[-1]\n"
        "    return og.advantage(rewards, objective, groups=groups) * (n - 1) / n\n"
    )
    status, out, _ = run(["check", str(file)], monkeypatch, capsys)
    assert status == 1
    assert "Not offered: inclusion, leave_one_out, " in out
    assert out.count("✗") == 7 + 1  # kinds of advantage, all of them; refusals pass
    assert "failed: advantage-max-1-distinct: expected [3] = 28/5, got 4.66666" in out
    assert "u·scale off, 36 allowed" in out
    assert "more" in out
    status, out, _ = run(["check", str(file), "--json", "--dtype", "float32"], monkeypatch, capsys)
    report = json.loads(out)
    assert status == 1
    assert report["failed"] == sum(case["verdict"] == "failed" for case in report["cases"]) > 50
    assert report["passed"] + report["failed"] + report["not offered"] == len(VECTORS)
    assert report["dtype"] == "float32"


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["check", "ordergrad_ref", "--process", "node port.js"],
        ["check", "json"],
        ["check", "no_such_module"],
        ["check", "ordergrad_ref", "--dtype", "float16"],
        ["check", "ordergrad_ref", "--vectors", "/no/such/folder"],
        ["check", "--process", "/no/such/program"],
        ["check", "--process", "node port.js", "--timeout", "0"],
        ["explain", "advantage-max-2-distinkt"],
    ],
    ids=range(9),
)
def test_bad_input_ends_in_one_line(arguments, monkeypatch, capsys):
    status, out, err = run(arguments, monkeypatch, capsys)
    assert status == 2
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_check_exported_vectors(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "a" / "b"
    status, out, _ = run(["export", str(folder)], monkeypatch, capsys)
    assert status == 0
    assert "Wrote 12 files" in out
    status, out, _ = run(["check", "ordergrad_ref", "--vectors", str(folder)], monkeypatch, capsys)
    assert status == 0
    shutil.copy(folder / "value.json", folder / "advantage.json")
    status, _, err = run(["check", "ordergrad_ref", "--vectors", str(folder)], monkeypatch, capsys)
    assert status == 2
    assert "advantage.json: expected the SHA-256" in err


def test_export_onto_a_file(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    status, _, err = run(["export", str(tmp_path / "file")], monkeypatch, capsys)
    assert status == 2
    assert err.startswith("error: ")


def test_a_module_that_prints_does_not_spoil_json(tmp_path, monkeypatch, capsys):
    file = tmp_path / "talks.py"
    file.write_text("print('loading')\nfrom ordergrad_ref import value")
    status, out, err = run(["check", str(file), "--json"], monkeypatch, capsys)
    assert status == 0
    assert json.loads(out)["failed"] == 0
    assert err == "loading\n"


def test_the_guide_tells_the_truth():
    guide = (Path(og.__file__).parents[1] / "docs" / "guides" / "vectors.md").read_text(encoding="utf-8")
    assert f"\n{len(VECTORS)} questions with exact answers" in guide
    stated = json.loads(guide.partition("```json")[2].partition("```")[0])
    lines = (OWN / "advantage.json").read_text().splitlines()
    assert [json.loads(x.rstrip(",")) for x in lines if f'"{stated["id"]}"' in x] == [stated]


def test_explain_by_the_definition(monkeypatch, capsys):
    status, out, _ = run(["explain", "advantage-max-2-distinct"], monkeypatch, capsys)
    assert status == 0
    assert "  5, 0  0, 5    5\n" in out
    assert "v = E[T(S)] = 32/5" in out
    assert "9    9     51/10   39/10" in out
    assert "eqs. (20), (25)" in out


def test_every_case_can_be_explained():
    for case in VECTORS:
        text = explain(case)
        assert case.id in text
        assert f"({case.equations[0]})" in text
        assert len(text) < 20_000, case.id
