"""Files as people have them.

Law: the same table is read from every kind of file. Law: text comes back byte for byte, but for new cells.
The kinds are made here, after those that evaluation harnesses and trainers write.
"""

import bz2
import gzip
import json
import lzma
import math
import re
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.rollouts import columns_of, read, text, write

PROMPTS, SCORES = ["é", "b", "é", "b"], [1.5, 0.0, -0.25, 2.0]
ROWS = list(zip(PROMPTS, SCORES, strict=True))
OBJECTS = [{"prompt": p, "score": s} for p, s in ROWS]
MARKS = [3141.25, 3142.25, 3143.25, 3144.25]
MARK = r"314\d[.,]25"


def separated(delimiter, rows=ROWS, head="prompt{0}score"):
    return "".join(f"{line}\n" for line in [head.format(delimiter), *(f"{p}{delimiter}{s}" for p, s in rows)])


def lines(rows=OBJECTS):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


CSV, JSONL = separated(","), lines()
COMMA = separated(";", [(p, str(s).replace(".", ",")) for p, s in ROWS])
ZSTD = pa.Codec("zstd")
PACKED = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda data: ZSTD.compress(data, asbytes=True),
}
TEXTS = {
    "a.csv": CSV.encode(),
    "semicolon.csv": separated(";").encode(),
    "comma.csv": COMMA.encode(),
    "tab.csv": separated("\t").encode(),
    "bar.txt": separated("|").encode(),
    "a.tsv": separated("\t").encode(),
    "a": CSV.encode(),
    "utf16.csv": CSV.encode("utf-16"),
    "big.csv": "\ufeff".encode("utf-16-be") + CSV.encode("utf-16-be"),
    "utf32.csv": CSV.encode("utf-32"),
    "utf16": JSONL.encode("utf-16"),
    "utf32": ("\ufeff" + JSONL).encode("utf-32-be"),
    "a.jsonl": JSONL.encode(),
    "lines.json": JSONL.encode(),
    "lines": JSONL.encode(),
    "array.json": json.dumps(OBJECTS).encode(),
    "pretty.json": json.dumps(OBJECTS, indent=2, ensure_ascii=False).encode() + b"\n",
    "mark.json": b"\xef\xbb\xbf" + json.dumps(OBJECTS).encode(),
    **{f"a.csv{suffix}": pack(CSV.encode()) for suffix, pack in PACKED.items()},
    **{f"a.jsonl{suffix}": pack(JSONL.encode()) for suffix, pack in PACKED.items()},
}


def unpacked(path, data):
    unpack = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress}
    if path.suffix == ".zst":
        return pa.CompressedInputStream(pa.BufferReader(data), "zstd").read()
    return unpack.get(path.suffix, bytes)(data)


@pytest.mark.parametrize("name", TEXTS)
def test_text_of_every_kind(name, tmp_path):
    path, output = tmp_path / name, tmp_path / (f"out.{name}" if "." in name else "out")
    path.write_bytes(TEXTS[name])
    found = read(path, "score", "prompt")
    assert (found.rewards.tolist(), found.groups.tolist()) == (SCORES, PROMPTS)

    write(found, "advantage", MARKS, output)
    wide = {"utf16": "utf-16-le", "big": "utf-16-be", "utf32.csv": "utf-32-le", "utf32": "utf-32-be"}
    encoding = wide.get(name) or wide.get(name.partition(".")[0], "utf-8")
    before, after = (unpacked(p, p.read_bytes()).decode(encoding) for p in (path, output))
    assert len(re.findall(MARK, after)) == 4
    assert re.sub(rf'(, "advantage": |[,;\t|]){MARK}|[,;\t|]advantage(?=\n)', "", after) == before
    assert ("3141,25" in after) is (name == "comma.csv")
    assert read(output, "advantage", "prompt").rewards.tolist() == MARKS


SKIPPED = b"\x50\x2a\x4d\x18\x04\0\0\0size"
"""A frame that is to be skipped, as pzstd writes one before each frame."""


@pytest.mark.parametrize("suffix", PACKED)
def test_compression_without_its_suffix_is_seen(suffix, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(PACKED[suffix](CSV.encode()))
    assert read(path, "score", "prompt").rewards.tolist() == SCORES


def test_frames_of_zstd_that_are_to_be_skipped(tmp_path):
    path = tmp_path / "a.csv"
    parts = (PACKED[".zst"](part.encode()) for part in (CSV[:30], CSV[30:]))
    path.write_bytes(SKIPPED + SKIPPED.join(parts) + SKIPPED)
    assert read(path, "score", "prompt").rewards.tolist() == SCORES


@pytest.mark.parametrize("column", ["BZh", "BZh9", "BZh91AY", "PAR1", "ARROW1", "PK", "score"])
def test_a_column_may_be_called_as_a_file_begins(column, tmp_path):
    path = tmp_path / "rollouts"
    path.write_text(f"{column},score_2\n1,0\n")
    assert read(path, column).rewards.tolist() == [1]


def test_other_encodings_are_named(tmp_path):
    path, output = tmp_path / "a.csv", tmp_path / "out.csv"
    path.write_bytes(CSV.encode("cp1252"))
    with pytest.raises(
        InvalidInputError, match="line 2: expected UTF-8 text, got the byte 0xe9; name its enc"
    ):
        read(path, "score", "prompt")
    found = read(path, "score", "prompt", encoding="latin-1")
    assert found.groups.tolist() == PROMPTS
    write(found, "advantage", MARKS, output)
    assert b"\xe9,1.5,3141.25\n" in output.read_bytes()
    for bad in ("utf-7", "shift_jis", "no such"):
        with pytest.raises(InvalidInputError, match=r"encoding: expected utf-8, .*, got"):
            read(path, "score", encoding=bad)


TABLE = pa.table({"prompt": PROMPTS, "score": SCORES})


def as_arrow(path, table=TABLE):
    new = pa.ipc.new_file if path.suffix == ".feather" else pa.ipc.new_stream
    with path.open("wb") as file, new(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)


@pytest.mark.parametrize("name", ["a.arrow", "a.feather", "a.pq", "a"])
def test_arrow_and_parquet(name, tmp_path):
    path, output = tmp_path / name, tmp_path / f"out.{name}"
    as_arrow(path) if name != "a.pq" else pq.write_table(TABLE, path, row_group_size=3)
    found = read(path, "score", "prompt")
    assert (found.rewards.tolist(), found.groups.tolist()) == (SCORES, PROMPTS)
    write(found, "advantage", [math.nan, *MARKS[1:]], output if "." in name else tmp_path / "out")
    with (output if "." in name else tmp_path / "out").open("rb") as file:
        if name == "a.pq":
            table = pq.read_table(file)
        else:
            source = pa.ipc.open_file(file) if name == "a.feather" else pa.ipc.open_stream(file)
            table = source.read_all()
    assert table.to_pydict() == {**TABLE.to_pydict(), "advantage": [None, *MARKS[1:]]}


# ---- objects within objects


NESTED = [{"id": 1, "attributes": {"reward": s, "by.name": [{"x": s}]}} for s in SCORES]


@pytest.mark.parametrize("column", ["attributes.reward", "attributes.by.name.0.x"])
@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".parquet", ".arrow"])
def test_dotted_paths(suffix, column, tmp_path):
    path = tmp_path / f"a{suffix}"
    if suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(NESTED), path)
    elif suffix == ".arrow":
        as_arrow(path, pa.Table.from_pylist(NESTED))
    else:
        path.write_text(lines(NESTED) if suffix == ".jsonl" else json.dumps(NESTED))
    assert read(path, column, "id").rewards.tolist() == SCORES


def test_a_column_with_a_dot_in_its_name_comes_first(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": {"b": 1}, "a.b": 2}\n')
    assert read(path, "a.b").rewards.tolist() == [2]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_chat_messages_are_a_group(suffix, tmp_path):
    chats = [[{"role": "user", "content": p}] for p in PROMPTS]
    rows = [{"prompt": chat, "score": s} for chat, s in zip(chats, SCORES, strict=True)]
    rows[2]["prompt"] = [{"content": "é", "role": "user"}]  # the same message, its keys in another order
    path = tmp_path / f"a{suffix}"
    if suffix == ".jsonl":
        path.write_text(lines(rows))
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    groups = read(path, "score", "prompt").groups
    assert groups.tolist() == [f'[{{"content": "{p}", "role": "user"}}]' for p in PROMPTS]


LISTS = [{"prompt": "é", "rewards": [1.0, 0.0, 0.5]}, {"prompt": "b", "rewards": [2.0, 3.0]}]


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".parquet", ".arrow"])
def test_a_row_may_be_a_prompt_with_a_list_of_rewards(suffix, tmp_path):
    path, output = tmp_path / f"a{suffix}", tmp_path / f"out{suffix}"
    if suffix == ".csv":
        path.write_text('prompt,rewards\né,"[1.0, 0.0, 0.5]"\nb,"[2.0, 3.0]"\n')
    elif suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(LISTS), path)
    elif suffix == ".arrow":
        as_arrow(path, pa.Table.from_pylist(LISTS))
    else:
        path.write_text(lines(LISTS) if suffix == ".jsonl" else json.dumps(LISTS))
    assert read(path, "rewards").groups.tolist() == [0, 0, 0, 1, 1]
    found = read(path, "rewards", "prompt")
    assert found.groups.tolist() == ["é", "é", "é", "b", "b"]
    assert found.rewards.tolist() == [1, 0, 0.5, 2, 3]
    write(found, "advantage", [0.5, -1, 0.25, math.nan, 4], output)
    again = read(output, "advantage", "prompt", missing="nan")
    assert again.rewards.tolist()[:3] == [0.5, -1, 0.25]
    assert math.isnan(again.rewards[3])
    assert again.lengths.tolist() == [3, 2]


def test_lists_of_different_lengths_are_refused(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": [1, 2], "b": [1]}\n')
    with pytest.raises(
        InvalidInputError, match=r"line 1, rewards: expected lists of one length, got \{'a': 2, 'b': 1\}"
    ):
        read(path, ["a", "b"])
    path.write_text('{"a": [1, 2], "b": 1}\n')
    with pytest.raises(InvalidInputError, match="line 1, column 'b': expected a list as before, got 1"):
        read(path, ["a", "b"])


# ---- documents and logs of known tools


SAMPLES = [{"id": i // 2, "epoch": 1 + i % 2, "scores": {"match": {"value": "CI"[i % 2]}}} for i in range(4)]
DOCUMENTS = {
    "EvalPlus": (
        {"date": "", "eval": {f"HumanEval/{t}": [{"task_id": f"HumanEval/{t}", "base_status": s} for s in p]
                              for t, p in enumerate([("pass", "fail"), ("fail", "fail")])}},
        "base_status", "task_id", {"pass": 1, "fail": 0}, [1, 0, 0, 0],
    ),
    "inspect_ai": ({"version": 2, "eval": {"task": "x"}, "samples": SAMPLES},
                   "scores.match.value", "id", {"C": 1, "I": 0}, [1, 0, 1, 0]),
    "W&B table": ({"columns": ["prompt", "score"], "data": [list(row) for row in ROWS]},
                  "score", "prompt", None, SCORES),
    "by column": ({"prompt": PROMPTS, "score": SCORES}, "score", "prompt", None, SCORES),
    "rewards of each prompt": ({"p": [1, 0], "q": [0, 0]}, "value", "key", None, [1, 0, 0, 0]),
    "bigcode-evaluation-harness": (
        {str(t): [[i, {"task_id": t, "passed": i == t}] for i in range(2)] for t in range(2)},
        "passed", "task_id", None, [1, 0, 0, 1],
    ),
    "pandas, by columns": (
        {"prompt": dict(enumerate(PROMPTS)), "score": dict(enumerate(SCORES))},
        "score", "prompt", None, SCORES,
    ),
    "pandas, by index": ({str(i): row for i, row in enumerate(OBJECTS)}, "score", "prompt", None, SCORES),
    "results in an object": ({"config": {"k": [1]}, "results": OBJECTS}, "score", "prompt", None, SCORES),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_are_read_and_not_written(name, tmp_path):
    document, reward, group, words, expected = DOCUMENTS[name]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    found = read(path, reward, group, words=words)
    assert found.rewards.tolist() == expected
    with pytest.raises(
        InvalidInputError, match="expected an array of objects, which can have one more column"
    ):
        write(found, "advantage", [0] * len(expected), tmp_path / "out.json")
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_objects_under_keys_are_rows_only_where_no_list_has_them(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"config": {"score": 7, "prompt": 7}, "results": {"rows": OBJECTS}}))
    assert read(path, "score", "prompt").rewards.tolist() == SCORES
    path.write_text(json.dumps({"a": {"a": 1, "b": 2}, "b": {"a": 3, "b": 4}}))
    with pytest.raises(InvalidInputError, match=r"got 2, \['its objects', 'its columns'\]"):
        read(path, "b", "a")


def test_a_name_within_a_list_of_objects_is_a_list(tmp_path):
    path = tmp_path / "a.jsonl"
    rows = [[{"r": 1, "x": 0}, {"r": 0}], [], [{"r": 2}, {}]]
    path.write_text("".join(json.dumps({"p": i, "runs": row}) + "\n" for i, row in enumerate(rows)))
    with pytest.raises(
        InvalidInputError, match=r"line 3, column 'runs\.r': expected a finite number, got null"
    ):
        read(path, "runs.r", "p")
    found = read(path, "runs.r", "p", missing="skip")
    assert repr(found.rewards.tolist()) == "[1.0, 0.0, 2.0, nan]"
    assert (found.groups.tolist(), found.lengths.tolist()) == ([0, 0, 2, 2], [2, 0, 2])
    assert read(path, "runs.0.r", missing="skip").rewards.tolist()[0] == 1
    for wanted, hint in ("r", "there is 'runs.r'"), ("runs.s", "did you mean"):
        with pytest.raises(InvalidInputError, match=f"line 1: expected a column '{wanted}', .*{hint}"):
            read(path, wanted)


OLD, NEW = [{"p": "a", "s": 1}, {"p": "b", "s": 1}], [{"p": "a"}, {"p": "a", "s": 0}]
SPLIT = {"columns": ["p", "s"], "data": [["a", 1]]}
AMBIGUOUS = [
    ({"meta": 1, "old": OLD, "new": NEW}, "['old', 'new']"),
    ({"eval": {"x": OLD, "y": NEW}, "runs": OLD}, "['eval', 'runs']"),
    ({"a": {"b": SPLIT}, "c": {"p": ["a"], "s": [0]}}, "['a.b.data', 'c']"),
    ({**SPLIT, "rest": OLD}, "['data', 'rest']"),
]


def test_of_several_tables_none_is_left_out(tmp_path):
    """Whatever stands beside them; and all of a table's parts are one table."""
    path = tmp_path / "a.json"
    for document, places in AMBIGUOUS:
        path.write_text(json.dumps(document))
        message = f"expected one list of rows with 's' and 'p', got 2, {places}; write those that are meant"
        with pytest.raises(InvalidInputError, match=re.escape(message)):
            read(path, "s", "p")
    path.write_text(json.dumps({"old": OLD, "new": NEW[1:], "more": []}))
    assert read(path, "s", "p").rewards.tolist() == [1, 1, 0]
    path.write_text(json.dumps({"meta": 1, "errors": [{"p": "a"}] * 3, "old": NEW}))
    assert repr(read(path, "s", "p", missing="skip").rewards.tolist()) == "[nan, 0.0]"


@pytest.mark.parametrize("row", [["a"], ["a", 0, 5], []])
def test_rows_have_as_many_cells_as_there_are_columns(row, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**SPLIT, "data": [["a", 1], row]}))
    for missing in ("raise", "skip"):
        with pytest.raises(InvalidInputError, match=f"item 2: expected 2 cells .*, got {len(row)}"):
            read(path, "s", "p", missing=missing)


def test_another_delimiter_with_odd_quotes_hides_no_column(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text('"Step","run-1 - reward"\n"1","0.5"\n')
    with pytest.raises(
        InvalidInputError, match=r"expected a column 'reward', got \['Step', 'run-1 - reward'\]"
    ):
        read(path, "reward")
    assert columns_of(path) == ["Step", "run-1 - reward"]


@pytest.mark.parametrize("zipped", [True, False])
def test_logs_of_inspect_ai(zipped, tmp_path):
    path = tmp_path / "log.eval"
    if zipped:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as log:
            log.writestr("header.json", "{}")
            for sample in SAMPLES:
                log.writestr(f"samples/{sample['id']}_epoch_{sample['epoch']}.json", json.dumps(sample))
    else:
        path.write_text(json.dumps({"samples": SAMPLES}))
    found = read(path, "scores.match.value", "id", words={"C": 1.0, "I": 0.0})
    assert (found.rewards.tolist(), found.groups.tolist()) == ([1, 0, 1, 0], [0, 0, 1, 1])


CHAT = [{"role": "user", "content": "?"}]
DUMPS = {
    "HumanEval": ({"task_id": "HumanEval/0", "result": "passed", "passed": True}, "passed", "task_id"),
    "lm-evaluation-harness": ({"doc_id": 3, "doc": {"q": "?"}, "exact_match": 1.0}, "exact_match", "doc_id"),
    "verl": ({"input": "user ?", "output": "a", "gts": "a", "score": 1.0, "step": 5}, "score", "input"),
    "SkyRL": ({"input_prompt": "?", "output_response": "a", "score": [1.0]}, "score.0", "input_prompt"),
    "NeMo Gym": ({"_ng_task_index": 0, "reward": 1.0, "response": {}}, "reward", "_ng_task_index"),
    "prime-rl": ({"example_id": 3, "prompt": CHAT, "metrics": {"x": 1.0}}, "metrics.x", "prompt"),
    "rollout_viz": ({"id": 3, "attributes": {"reward": 1}}, "attributes.reward", "id"),
    "TRL": ({"prompt": CHAT, "advantage": 0.0, "accuracy_reward": 1}, "accuracy_reward", "prompt"),
}


@pytest.mark.parametrize("name", DUMPS)
def test_dumps_of_trainers(name, tmp_path):
    row, reward, group = DUMPS[name]
    path = tmp_path / "a.jsonl"
    path.write_text(lines([row, row]))
    found = read(path, reward, group)
    assert found.rewards.tolist() == [1, 1]
    assert len(set(found.groups)) == 1


# ---- missing rewards and words


GAPS = {
    ".csv": "prompt,score\na,1\na,\na,NA\nb,2\n",
    ".jsonl": '{"prompt": "a", "score": 1}\n{"prompt": "a"}\n{"prompt": "a", "score": null}\n'
    '{"prompt": "b", "score": 2}\n',
}


@pytest.mark.parametrize("suffix", GAPS)
def test_a_missing_reward_is_what_was_asked_for(suffix, tmp_path):
    path = tmp_path / f"a{suffix}"
    path.write_text(GAPS[suffix])
    with pytest.raises(InvalidInputError, match=r"line [23]"):
        read(path, "score", "prompt")
    assert read(path, "score", "prompt", missing="zero").rewards.tolist() == [1, 0, 0, 2]
    for policy in ("skip", "nan"):
        assert repr(read(path, "score", "prompt", missing=policy).rewards.tolist()) == "[1.0, nan, nan, 2.0]"
    with pytest.raises(InvalidInputError, match="missing: expected one of"):
        read(path, "score", missing="omit")


def test_a_row_without_a_group_is_skipped_where_asked(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "passed": true}\n{"pass@1": 0.5}\n{"id": "a", "passed": false}\n')
    found = read(path, "passed", "id", missing="skip")
    assert found.groups.tolist() == ["a", None, "a"]
    assert repr(found.rewards.tolist()) == "[1.0, nan, 0.0]"
    with pytest.raises(InvalidInputError, match="line 2: expected a column 'id'"):
        read(path, "passed", "id", missing="nan")


def test_a_table_by_columns_has_each_name_once(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"id": ["a", "b"], "score": [1, 0], "id": ["c", "d"]}')
    with pytest.raises(InvalidInputError, match="expected one column 'id', got 2"):
        read(path, "score", "id")


TWICE = {
    '{"p": "a", "x": {"s": 1, "s": 2}}': "expected one key 's', got 2",
    '{"p": "a", "x": {"s": 1}, "x": {"s": 2}}': "expected one key 'x', got 2",
    '{"p": {"id": 1, "id": 2}, "x": {"s": 1}}': "column 'p': expected each key of",
    '{"p": {"id": 1, "id": 2}, "x.s": 1}': "column 'p': expected each key of",
    '{"p": [[{"id": 1, "id": 2}]], "x.s": 1}': "column 'p': expected each key of",
}


def test_a_key_that_is_there_twice_is_refused_where_it_is_read(tmp_path):
    for row, message in TWICE.items():
        for suffix, form in ((".jsonl", "{}\n"), (".json", "[{}]"), (".json", '{{"rows": [{}]}}')):
            path = tmp_path / f"a{suffix}"
            path.write_text(form.format(row))
            with pytest.raises(InvalidInputError, match=message):
                read(path, "x.s", "p")
    path.write_text('[{"p": 1, "x": {"s": 1, "t": 1, "t": 2}, "y": 1, "y": 2}]')
    assert read(path, "x.s", "p").rewards.tolist() == [1]


@pytest.mark.parametrize("place", ["²", "9" * 5000, "-1", ""])
def test_a_place_in_a_list_is_a_number(place, tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"scores": [1, 2]}\n')
    with pytest.raises(InvalidInputError, match="line 1: expected a column 'scores"):
        read(path, f"scores.{place}")


def test_a_column_that_no_row_has_is_no_missing_reward(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "a", "passed": true}\n')
    with pytest.raises(InvalidInputError, match=r"in every row: expected a column 'pased'.*mean 'passed'"):
        read(path, "pased", "id", missing="skip")


@pytest.mark.parametrize("true", ["true", "TRUE", "True"])
@pytest.mark.parametrize(
    ("name", "head", "row"),
    [
        ("a.csv", "score\n", "{}\n"),
        ("a.jsonl", "", '{{"score": {}}}\n'),
        ("b.jsonl", "", '{{"score": [{}]}}\n'),
    ],
)
def test_what_is_mapped_may_also_be_read_as_a_number_or_as_true(name, head, row, true, tmp_path):
    """A column of failures: true is worth 0. Nor does 1 stand for true."""
    path = tmp_path / name
    path.write_text(head + "".join(map(row.format, ["true", "false", "-1.0", "1", "0.5"])))
    words = {true: 0.0, "false": 1.0, "-1": 7.0, "1": 5.0}
    assert read(path, "score", words=words).rewards.tolist() == [0, 1, 7, 5, 0.5]


@pytest.mark.parametrize(("name", "row"), [("a.csv", "{}\n"), ("a.jsonl", '{{"score": {}}}\n')])
def test_a_cell_that_is_nan_may_be_mapped(name, row, tmp_path):
    path = tmp_path / name
    path.write_text("score\n" * (name == "a.csv") + "".join(map(row.format, ["1", "NaN", "0"])))
    assert read(path, "score", words={"nan": -1.0}).rewards.tolist() == [1, -1, 0]
    with pytest.raises(InvalidInputError, match="expected one number for 'nan' and 'NaN'"):
        read(path, "score", words={"nan": -1.0, "NaN": 2.0})


def test_words_of_one_value_are_one_number(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("score\nTrue\n1.0\nnan\n")
    for one, two in (("true", "TRUE"), ("1", "1.0"), ("1", "+1")):
        with pytest.raises(
            InvalidInputError, match=re.escape(f"words: expected one number for {one!r} and {two!r}")
        ):
            read(path, "score", words={one: 0, two: 1})
    words = {"true": 3, "TRUE": 3, "1": 5, "01": 5, "nan": 7, "[1]": 1, "passed": 1, "Passed": 2}
    assert read(path, "score", words=words, missing="zero").rewards.tolist() == [3, 5, 7]


def test_words_are_numbers_where_they_are_mapped(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("score\npassed\nfailed\n1\ntimeout\n")
    with pytest.raises(InvalidInputError, match=r"got 'passed'; say .* such as --map passed=NUMBER"):
        read(path, "score")
    with pytest.raises(InvalidInputError, match=r"a number or one of \['failed', 'passed'\], got 'timeout'"):
        read(path, "score", words={"passed": 1, "failed": 0})
    assert read(path, "score", words={"passed": 1, "failed": 0, "timeout": -1}).rewards.tolist() == [
        1,
        0,
        1,
        -1,
    ]


@pytest.mark.slow
def test_what_grows_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "FREE", 10_000)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"score\n" + b"1\n" * 10**6))
    with pytest.raises(InvalidInputError, match="grows at most 500 times when decompressed, got one that"):
        read(path, "score")
