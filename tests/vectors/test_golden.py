"""Vectors are read only as they were written: whatever is altered or malformed is found."""

import hashlib
import json
import os
import re

import pytest
from helpers.golden_vectors import OWN, VECTORS
from jsonschema import Draft202012Validator

import ordergrad_ref as og
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.vectors import golden
from ordergrad_ref.vectors.golden import export, load


@pytest.mark.slow
def test_they_are_of_their_schemas():
    schema, manifest = (json.loads((OWN / n).read_text()) for n in ("schema.json", "manifest.schema.json"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator.check_schema(manifest)
    tags = json.loads((OWN / "tags.schema.json").read_text())
    Draft202012Validator(tags).validate(json.loads((OWN / "tags.json").read_text()))
    validator = Draft202012Validator(schema)
    for entry in json.loads((OWN / "manifest.json").read_text())["files"]:
        document = json.loads((OWN / entry["name"]).read_text())
        one_of_each = {shape_of(case): case for case in document["cases"]}
        validator.validate({**document, "cases": list(one_of_each.values())})
        assert all(not golden._inconsistency(golden._case(case, "", (), True)) for case in document["cases"])


def shape_of(x):
    """What a schema sees of a case: its fields, the kinds of its numbers, and whether lists are nested."""
    if isinstance(x, dict):
        names = ("id", "c", "n", "k", "successes")
        return tuple((name, name in names or shape_of(part)) for name, part in x.items())
    if isinstance(x, list):
        return "list", *sorted({shape_of(part) for part in x}, key=str)
    return re.sub(r"[1-9][0-9]+|[2-9]", "1", x) if isinstance(x, str) else type(x)


@pytest.fixture
def folder(tmp_path):
    export(tmp_path)
    return tmp_path


@pytest.fixture
def small(folder):
    """A folder with one file, of a few cases: the schema is held to each case of a file that is not ours."""
    manifest = json.loads((folder / "manifest.json").read_text())
    (entry,) = (entry for entry in manifest["files"] if entry["name"] == "value.json")
    entry["cases"] = 3
    manifest["files"] = [entry]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    rewrite(folder, "value.json", lambda d: d.update(cases=[*d["cases"][:2], d["cases"][-1]]))
    assert len(load(folder)) == 3
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


@pytest.mark.slow
def test_an_export_is_whole(folder):
    assert {file.name for file in folder.iterdir()} == {file.name for file in OWN.glob("*.json")}
    assert load(folder) == VECTORS


def test_an_altered_file_is_found(small):
    file = small / "value.json"
    file.write_bytes(file.read_bytes().replace(b'"32/5"', b'"31/5"', 1) + b" ")
    with pytest.raises(InvalidInputError, match=r"value\.json: expected the SHA-256 .* of the manifest, got"):
        load(small)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: d.update(specification="2.0"), f"'{og.__spec_version__}' was expected"),
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
        (
            lambda d: d["cases"][1].update(id=d["cases"][0]["id"]),
            "expected different ids, got",
        ),
        (lambda d: d["cases"].pop(), "expected the manifest's"),
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
            f'{{"specification": "{og.__spec_version__}", "generator": "1", '
            f'"files": [{{"name": "../value.json", "cases": 1, "sha256": "{"0" * 64}"}}]}}',
            "does not match",
        ),
        (
            f'{{"specification": "{og.__spec_version__}", "generator": "1", '
            f'"files": [{{"name": "missing.json", "cases": 1, "sha256": "{"0" * 64}"}}]}}',
            "missing.json: expected a file that can be read",
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
    with pytest.raises(InvalidInputError, match=r"manifest\.json: expected a file that can be read, got"):
        load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("kind", ["pipe", "directory"])
def test_what_is_no_file_is_not_waited_for(kind, tmp_path):
    (os.mkfifo if kind == "pipe" else os.mkdir)(tmp_path / "manifest.json")
    with pytest.raises(
        InvalidInputError, match=r"manifest\.json: expected a file .*, got a directory or device"
    ):
        load(tmp_path)
