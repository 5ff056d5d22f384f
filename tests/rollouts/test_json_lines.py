"""Law: JSON Lines come back byte for byte, but for the new key at the end of each object."""

import json

import pytest
from helpers.marked_rollouts import JSONL, MARKS, append_marks, refused, without_added


@pytest.mark.parametrize("data", JSONL.values(), ids=JSONL)
def test_json_lines_are_untouched(data, tmp_path):
    path, output = tmp_path / "in.jsonl", tmp_path / "out.ndjson"
    path.write_bytes(data)
    rollouts = append_marks(path, output)
    assert without_added(".jsonl", output.read_bytes()) == data

    before, after = (
        [json.loads(line) for line in p.read_text("utf-8-sig").split("\n") if line.strip()]
        for p in (path, output)
    )
    assert [row.pop("advantage") for row in after] == [MARKS + i for i in range(len(before))]
    assert after == before
    assert rollouts.rewards.tolist() == [row["score"] for row in before]
    assert rollouts.groups.tolist() == [row["prompt"] for row in before]


BAD_JSONL = {
    "empty": (b"", "expected at least one row of data, got an empty file"),
    "blank": (b"\n\n", "at least one row of data, got none"),
    "broken": (b'\n{"prompt": 1, "score": 1\n', "line 2: .* got broken JSON .*at character 26"),
    "pretty-printed": (b'{\n"prompt": 1,\n"score": 1\n}\n', "line 1: .* got broken JSON"),
    "two objects": (b'{"score": 1} {"score": 2}\n', "line 1: .* got broken JSON .*Extra data"),
    "deep": (b"[" * 100_000 + b"\n", "line 1: .* got broken JSON"),
    "an array": (b'[{"prompt": 1, "score": 1}]\n', "line 1: expected one JSON object, got a list"),
    "a number": (b"1\n", "line 1: expected one JSON object, got 1"),
    "null": (b"null\n", "line 1: expected one JSON object, got null"),
    "no key": (
        b'{"prompt": 1, "score": 1}\n{"prompt": 1, "scores": 1}\n',
        "line 2: .*mean 'scores'",
    ),
    "no keys": (b"{}\n", r"line 1: expected a column 'score', got \[\]"),
    "key twice": (
        b'{"prompt": 1, "score": 1, "score": 2}\n',
        "line 1: .*one column 'score', got 2",
    ),
    "text": (b'{"prompt": 1, "score": "1"}\n', "line 1, column 'score': .* got '1'"),
    "no reward": (b'{"prompt": 1, "score": null}\n', "line 1, column 'score': .* got null"),
    "object": (b'{"prompt": 1, "score": {"a": 1}}\n', "line 1, column 'score': .* got an object"),
    "list of lists": (b'{"prompt": 1, "score": [[1]]}\n', "line 1, column 'score': .* got a list of lists"),
    "list after a number": (
        b'{"prompt": 1, "score": 1}\n{"prompt": 1, "score": [1]}\n',
        "line 2, column 'score': expected a number as before, got a list",
    ),
    "no group": (b'{"prompt": null, "score": 1}\n', "line 1, column 'prompt': .* id, got null"),
    "empty group": (b'{"prompt": "", "score": 1}\n', "line 1, column 'prompt': .* id, got ''"),
    "NaN group": (b'{"prompt": NaN, "score": 1}\n', "line 1, column 'prompt': .* id, got nan"),
    "list among ids": (
        b'{"prompt": 1, "score": 1}\n{"prompt": [1], "score": 1}\n',
        "line 2, column 'prompt': expected group ids of one type, got a list after 1",
    ),
    "mixed groups": (
        b'{"prompt": 1, "score": 1}\n{"prompt": "1", "score": 1}\n',
        "line 2, column 'prompt': expected group ids of one type, got '1' after 1",
    ),
    "true is not 1": (
        b'{"prompt": 1, "score": 1}\n{"prompt": true, "score": 1}\n',
        "line 2, column 'prompt': expected group ids of one type, got True after 1",
    ),
    "joined by a mark": (
        b'{"prompt": 1, "score": 1, "x": [1\n2]}, "one line and the next" ,{"prompt": 1, "score": 2}\n',
        "line 1: .* got broken JSON",
    ),
    "Latin-1": (b'{"prompt": "\xe9", "score": 1}\n', "line 1: expected UTF-8 text, .* 0xe9"),
}


@pytest.mark.parametrize(("data", "match"), BAD_JSONL.values(), ids=BAD_JSONL)
def test_bad_json_lines(data, match, tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_bytes(data)
    refused(path, match)


def test_a_nested_key_is_hinted_at(tmp_path):
    path = tmp_path / "bad.jsonl"
    path.write_text('{"prompt": 1, "attributes": {"reward": 1}}\n')
    refused(path, "expected a column 'reward', got .*; there is 'attributes.reward'", reward="reward")
    refused(path, "'attributes.rewards'.*; did you mean 'attributes.reward'", reward="attributes.rewards")
