"""JSON arrays, object by object: in whatever pieces the text is read, and however it is broken."""

import json

import pytest

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import read, text, write

ARRAY = '\ufeff [ {"id":"é]","score":1} ,\n{ "id" : "a,{", "x": [{}], "score": 2e0 },{"id":"é]","score":0}]\n'
LONGER = (
    '\ufeff [ {"id":"é]","score":1, "y": 0.5} ,\n{ "id" : "a,{", "x": [{}], "score": 2e0, "y": null },'
    '{"id":"é]","score":0, "y": -1.0}]\n'
)


@pytest.mark.parametrize("size", [1, 2, 7, 2**20])
def test_pieces_of_any_size_are_one_text(size, tmp_path, monkeypatch):
    monkeypatch.setattr(text, "BLOCK", size)
    path = tmp_path / "a.json"
    path.write_bytes(ARRAY.encode())
    found = read(path, "score", "id")
    objects = json.loads(ARRAY.removeprefix("\ufeff"))
    assert found.rewards.tolist() == [one["score"] for one in objects]
    assert found.groups.tolist() == [one["id"] for one in objects]
    write(found, "y", [0.5, float("nan"), -1], path)
    assert path.read_bytes() == LONGER.encode()


@pytest.mark.parametrize(
    ("broken", "match"),
    [
        ('[{"score": 1} {"score": 2}]', "no comma or bracket after item 1"),
        ('[{"score": 1}, ]', "Expecting value in item 2"),
        ('[{"score": 1},, {"score": 2}]', "Expecting value in item 2"),
        ('[, {"score": 1}]', "Expecting value in item 1"),
        ('[{"score": 1}, {"score": 2', "in item 2"),
        ('[{"score": 1}', "no comma or bracket after item 1"),
        ('[{"score": 1}] 2', "more after its end"),
        ('[{"score": 1}, 2]', "expected an array of objects, got 2 as item 2"),
        ("[" * 10_000, "in item 1"),
        ("[]", "expected a list of objects, got none"),
    ],
)
def test_what_is_no_array_of_objects_is_refused(broken, match, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(broken)
    with pytest.raises(InvalidInputError, match=match):
        read(path, "score")
