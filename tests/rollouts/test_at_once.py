"""Rows that are read and written many at a time.

Law: what is read of many rows at once is what is read of one after the other, value for value and type for
type, and errors name the same place.
Law: lines that are written without parsing are those that parsing would have written.
"""

import math
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import batches, delimited, files, json_lines, plain_lines, read, rows, write
from ordergrad_ref.rollouts.cells import parsed

USUAL = {
    "plain.csv": b"prompt,text,score\n007,a,1\n007,\xc3\xa9,0.50\nb,,-2.5e-3\n",
    "crlf.csv": b"prompt,text,score\r\n007,a,1\r\n007,b,.5\r\n",
    "no end.csv": b"prompt,score\na,1\na,0.1",
    "blank.csv": b"prompt,score\n\na,1\n\n\na,2\n",
    "tab.tsv": b"prompt\tscore\na b\t1\na b\t2\n",
    "bar.csv": b"prompt|score\na,b|1\na,b|2\n",
    "quoted.csv": b'"prompt",text,score\n"a,b","say ""hi"" to",1\n"a,b","",2\n"""",a,"3"\n',
    "quoted ends.csv": b'prompt,score,"text"\r\n"a",1,"x"\r\n"a",2,"y, z"',
    "digits.csv": b"prompt,score\na,0.1000000000000000055511151231257827021181583404541015625\na,5e-324\n",
    "plain.jsonl": b'{"prompt": "a", "score": 1}\n{"prompt": "\xc3\xa9", "score": 0.50, "x": {"score": 3}}\n',
    "integers.jsonl": b'{"score": 1.5, "prompt": 3}\n{"prompt": -4, "score": 2}\n',
    "booleans.jsonl": b'{"score": true, "prompt": "a"}\n{"score": false, "prompt": "a"}\n',
    "escapes.jsonl": b'{"prompt": "\\u00e9\\n\\"", "sc\\u006fre": 0.1}\n{"prompt": "\\"", "score": 2}\n',
}
ODD = {
    "two lines.csv": b'prompt,score\n"a\nb",1\na,2\n',
    "two lines more.csv": b'prompt,text,score\na,"x\ny",1\na,"z\n",2\n',
    "text after.csv": b'prompt,score\n"a"b,1\na,2\n',
    "space before.csv": b'prompt,text,score\na, "x",1\na,y,2\n',
    "space after.csv": b'prompt,text,score\na,"x" ,1\na,y,2\n',
    "within.csv": b'prompt,score\na"b,1\na"b,2\n',
    "doubled within.csv": b'prompt,score\na""b,1\na,2\n',
    "no id in quotes.csv": b'prompt,score\n"",1\na,2\n',
    "open quote.csv": b'prompt,score\na,1\n"a,2\n',
    "cr.csv": b"prompt,score\ra,1\ra,2\r",
    "mixed ends.csv": b"prompt,score\na,1\ra,2\n",
    "mark.csv": b"\xef\xbb\xbfprompt,score\na,1\n",
    "nul.csv": b"prompt,score\na\0,1\n",
    "latin.csv": b"prompt,text,score\na,\xe9,1\n",
    "ragged.csv": b"prompt,score\na,1\na\n",
    "too many.csv": b"prompt,score\na,1\na,2,3\n",
    "twice.csv": b"prompt,score,score\na,1,2\n",
    "empty.csv": b"prompt,score\na,\n",
    "no id.csv": b"prompt,score\n,1\n",
    "word.csv": b"prompt,score\na,true\na,0\n",
    "spaces.csv": b"prompt,score\n a , 1 \na,2\n",
    "plus.csv": b"prompt,score\na,+1\na,1.\n",
    "underscore.csv": b"prompt,score\na,1_0\n",
    "infinite.csv": b"prompt,score\na,inf\n",
    "overflow.csv": b"prompt,score\na,1e999\n",
    "large.csv": b"prompt,score\na,9007199254740993\n",
    "large float.csv": b"prompt,score\na,1e300\n",
    "comma.csv": b"prompt;score\na;1,5\n",
    "nothing.csv": b"prompt,score\n",
    "null.jsonl": b'{"prompt": "a", "score": null}\n',
    "absent.jsonl": b'{"prompt": "a", "score": 1}\n{"prompt": "a"}\n',
    "twice.jsonl": b'{"prompt": "a", "score": 1, "score": 2}\n',
    "twice by an escape.jsonl": b'{"prompt": "a", "score": 1, "sc\\u006fre": 2}\n',
    "two objects.jsonl": b'{"prompt": "a", "score": 1}{"prompt": "a", "score": 2}\n',
    "split at a brace.jsonl": b'{"prompt": "a", "score": 0}\n{"prompt": "a", "score": 1}'
    b'{"prompt": "a", "score": 2}\n{"prompt": "a", "x": {}\n, "score": 2}\n',
    "split.jsonl": b'{"prompt": "a", "score": 1}{"prompt": "a", "score": 2}\n{"prompt": "a",\n"score": 2}\n',
    "blank.jsonl": b'{"prompt": "a", "score": 1}\n\n{"prompt": "a", "score": 2}\n',
    "spaces.jsonl": b' {"prompt": "a", "score": 1} \n',
    "mixed ids.jsonl": b'{"prompt": "a", "score": 1}\n{"prompt": 1, "score": 1}\n',
    "mixed rewards.jsonl": b'{"prompt": "a", "score": 1}\n{"prompt": "a", "score": true}\n',
    "text.jsonl": b'{"prompt": "a", "score": "1"}\n',
    "large.jsonl": b'{"prompt": "a", "score": 9007199254740993}\n',
    "NaN.jsonl": b'{"prompt": "a", "score": 1}\n{"prompt": "a", "score": NaN}\n',
    "latin.jsonl": b'{"prompt": "a", "x": "\xe9", "score": 1}\n',
    "empty id.jsonl": b'{"prompt": "", "score": 1}\n',
    "nested.jsonl": b'{"prompt": [1], "score": 1}\n{"prompt": [1], "score": [2]}\n',
    "broken.jsonl": b'{"prompt": "a", "score": 1}\n{"prompt": "a", "score": 01}\n',
    "surrogate.jsonl": b'{"prompt": "\\ud800", "score": 1}\n',
}  # fmt: skip


def outcome(path, group):
    try:
        found = read(path, "score", group)
    except InvalidInputError as error:
        return str(error)
    groups = None if found.groups is None else [(type(g), g) for g in found.groups.tolist()]
    lengths = None if found.lengths is None else found.lengths.tolist()
    return [float.hex(x) for x in found.rewards], groups, lengths, found.grouped


@pytest.fixture
def at_once(monkeypatch):
    """Which batches were taken at once."""
    taken, original = [], rows.Rows._takes_plainly
    monkeypatch.setattr(
        rows.Rows, "_takes_plainly", lambda self, batch: taken.append(original(self, batch)) or taken[-1]
    )
    return taken


def one_by_one(monkeypatch):
    monkeypatch.setattr(rows.Rows, "_takes_plainly", lambda self, batch: False)
    monkeypatch.setattr(json_lines, "_usual_cells", lambda lines, names: None)
    monkeypatch.setattr(delimited, "parsed_all", lambda texts, comma: [parsed(text, comma) for text in texts])
    for module, name in ((delimited, "FEW"), (batches, "FEW"), (batches, "MANY")):
        monkeypatch.setattr(module, name, 1)


@pytest.mark.parametrize("group", ["prompt", None])
@pytest.mark.parametrize("name", [*USUAL, *ODD])
def test_text_is_read_as_row_by_row(name, group, tmp_path, monkeypatch, at_once):
    path = tmp_path / name
    path.write_bytes({**USUAL, **ODD}[name])
    found = outcome(path, group)
    assert at_once == [True] or name in ODD
    one_by_one(monkeypatch)
    assert found == outcome(path, group)


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(st.sampled_from('a1",\n\r '), max_size=24))
def test_any_quotes_are_read_as_row_by_row(body, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('prompt,score\n"a, b",1\n' + body, "utf-8", newline="")
    found = outcome(path, "prompt")
    with pytest.MonkeyPatch.context() as monkeypatch:
        one_by_one(monkeypatch)
        assert found == outcome(path, "prompt")
    with pytest.MonkeyPatch.context() as in_chunks:
        plain = plain_lines.is_plain(path, ",")
        for size in (1, 2, 3):
            in_chunks.setattr(plain_lines, "BLOCK", size)
            assert plain_lines.is_plain(path, ",") == plain


@pytest.mark.parametrize("after", ["\n", "\r\n", "\r"])
def test_an_error_names_the_line_whatever_stands_before(after, tmp_path):
    """Lines are counted by hand: quoted line ends, blank lines and long rows before the row that is odd."""
    before = [f'"p{after}q{after}r",1', "", "a,2", *["b,3"] * (2 * batches.MANY + batches.FEW // 2)]
    line = 1 + sum(row.count(after) + 1 for row in before) + 1
    path = tmp_path / "a.csv"
    for odd, message in (
        ("c", "expected 2 cells as in the header, got 1"),
        ("c,x", "column 'score': expected a finite number, got 'x'"),
        ('c,1"', "got '1\"'"),
        ('"c,1', "expected quotes in pairs"),
    ):
        path.write_text(after.join(["prompt,score", *before, odd, "d,1"]), "utf-8", newline="")
        with pytest.raises(InvalidInputError, match=re.escape(message)) as error:
            read(path, "score", "prompt")
        assert f"a.csv, line {line}" in str(error.value)


def test_rows_before_an_error_are_read_first(tmp_path):
    """The first of two errors is the one that is named, also where the second one breaks the file's form."""
    for name, text, line in (
        ("a.csv", "prompt,score\na,x\na\n", 2),
        ("a.csv", 'prompt,score\na,x\n"a', 2),
        ("a.jsonl", '{"score": "x"}\n{"score": 1\n', 1),
        ("a.jsonl", '{"score": "x"}\n\xff\n', 1),
    ):
        path = tmp_path / name
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(InvalidInputError, match=f"line {line}, column 'score': expected a finite number"):
            read(path, "score")


def test_a_line_is_one_object_even_where_others_make_up_for_it(tmp_path):
    """Lines that are no objects by themselves, but as many as there are lines if they were joined."""
    for text in (
        '{"score": 1, "x": [{"a": 1}\n{"b": 2}]}, {"score": 2}\n',
        '{"score": 1}, {"score": 2}\n{"x": 1,\n"score": 3}\n',
        '{"score": 1, "x": [{"a": 1}\n{"b": 2}]},"one line and the next",{"score": 2}\n',
        '{"score": 1, "x": [{"a": 1}\n{"b": 2}]},5,{"score": 2}\n',
    ):
        path = tmp_path / "a.jsonl"
        path.write_text(text)
        with pytest.raises(InvalidInputError, match="line 1: expected one JSON object, got broken JSON"):
            read(path, "score")


@pytest.mark.parametrize("prompt", [["a", "b", "a"], pa.array([3, 1, 3], "int32"), pa.array(["a", "", "a"])])
@pytest.mark.parametrize(
    "score",
    [
        [1.0, 0.1, -2.0],
        pa.array([1, 0.5, 2], "float32"),
        [True, False, True],
        [1, 2, 3],
        [1.0, None, 2.0],
        [1.0, math.nan, 2.0],
        [[1.0], [2.0], [3.0]],
    ],
)
def test_parquet_is_read_as_row_by_row(prompt, score, tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"prompt": prompt, "score": score}), path, row_group_size=2)
    found = outcome(path, "prompt")
    one_by_one(monkeypatch)
    assert found == outcome(path, "prompt")


@pytest.mark.parametrize("name", [name for name in USUAL if not name.endswith("jsonl")])
def test_lines_are_written_as_carefully(name, tmp_path, monkeypatch):
    path = tmp_path / name
    path.write_bytes(USUAL[name])
    found = read(path, "score", "prompt")
    written = []
    for plain in (True, False):
        if not plain:
            monkeypatch.setattr(delimited.Delimited, "_has_plain_lines", lambda *_: False)
        write(
            found,
            ["x", "y"],
            [[0.5] * len(found.rewards), [math.nan] * len(found.rewards)],
            tmp_path / f"out.{name}",
        )
        written.append((tmp_path / f"out.{name}").read_bytes())
    assert written[0] == written[1]
    assert written[0].count(b"0.5") >= len(found.rewards)


@pytest.mark.parametrize("key", [b'"x"', b'"\\u0078"', b'"\\u0078" '])
def test_a_name_that_exists_in_any_spelling_is_refused(key, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"score": 1}\n{"score": 2, %s: 3}\n' % key)
    with pytest.raises(InvalidInputError, match="expected a new column, got 'x', which exists already"):
        write(read(path, "score"), "x", [1, 2], path)
    for text in (b'{"score": 1, "y": "x"}\n', b'{"score": 1, "y": "\\u0078"}\n'):
        path.write_bytes(text)
        write(read(path, "score"), "x", [1], path)
        assert path.read_bytes() == text.replace(b"}", b', "x": 1.0}')


def test_an_object_without_members_gets_one(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"score": 1}\n{ }\n')
    found = files.read(path, "score", missing="skip")
    write(found, "x", [0.5, math.nan], path)
    assert path.read_bytes() == b'{"score": 1, "x": 0.5}\n{"x": null }\n'
