"""Law: the files of golden vectors are what the generator writes, byte for byte."""

import hashlib
import json
from pathlib import Path

import pytest
from helpers.golden_vectors import OWN, VECTORS

import ordergrad_ref as og
from ordergrad_ref.vectors import generate
from ordergrad_ref.vectors.cases import questions


@pytest.mark.slow
def test_the_files_are_what_the_generator_writes(monkeypatch):
    """Byte for byte; of the tags, which `test_tags` plants anew, those that stand in the file."""
    monkeypatch.setattr(generate, "tags_of", lambda question, right: list(VECTORS[question.id].tags))
    written = generate.files()
    schemas = {"schema.json", "manifest.schema.json", "tags.schema.json"}
    assert set(written) == {file.name for file in OWN.glob("*.json")} - schemas
    for name, content in written.items():
        assert content == (OWN / name).read_bytes(), name


@pytest.mark.parametrize(
    ("name", "count"),
    [("1.0", 930), ("1.1-generator-2", 1062), ("1.1-generator-3", 3300), ("1.1-generator-4", 10027)],
)
def test_files_of_before_are_the_first_lines_of_these(name, count):
    """Law: an id keeps its question and its answer, also from one version of the specification to the next.

    So the files of before are rebuilt here from those of now, and have the SHA-256 of their manifest.
    """
    before = json.loads((Path(__file__).parent / f"manifest-{name}.json").read_text())
    for entry in before["files"]:
        _, *cases, _ = (OWN / entry["name"]).read_text().splitlines()
        kept = [case.removesuffix(",") for case in cases[: entry["cases"]]]
        opening = f'{{"specification":"{before["specification"]}","cases":[\n'
        rebuilt = opening + ",\n".join(kept) + "\n]}\n"
        assert hashlib.sha256(rebuilt.encode()).hexdigest() == entry["sha256"], entry["name"]
    assert sum(entry["cases"] for entry in before["files"]) == count


def test_the_manifest_names_versions_and_hashes():
    manifest = json.loads((OWN / "manifest.json").read_text())
    assert manifest["specification"] == og.__spec_version__
    assert manifest["generator"] == generate.GENERATOR
    for entry in (*manifest["files"], manifest["tags"]):
        assert hashlib.sha256((OWN / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]


def test_ids_are_unique_and_the_whole_is_small():
    ids = [question.id for question in questions()]
    assert len(set(ids)) == len(ids) == len(VECTORS)
    assert sum(file.stat().st_size for file in OWN.iterdir()) < 8_000_000


def test_the_guide_tells_the_truth():
    guides = Path(og.__file__).parents[1] / "docs" / "guides"
    guide = (guides / "vectors.md").read_text(encoding="utf-8")
    first_page = (guides / "start" / "port.md").read_text(encoding="utf-8")
    assert f"\n{len(VECTORS)} questions with exact answers" in guide
    assert f"\n{len(VECTORS):,} questions with exact answers".replace(",", " ") in first_page
    plain = [case for case in VECTORS if case.function == "advantage" and not case.options]
    tagged = sum("clipped-at-zero" in case.tags for case in plain)
    assert f"all {tagged} cases tagged clipped-at-zero failed" in guide
    stated = json.loads(guide.partition("```json")[2].partition("```")[0])
    lines = (OWN / "advantage.json").read_text().splitlines()
    assert [json.loads(x.rstrip(",")) for x in lines if f'"{stated["id"]}"' in x] == [stated]
