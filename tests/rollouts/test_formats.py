"""A file's format is known by its name; one that is none is refused."""

from helpers.marked_rollouts import CSV, refused

from ordergrad_ref.rollouts import read


def test_no_such_file(tmp_path):
    refused(tmp_path / "none.csv", "no such file")
    refused(tmp_path, "expected a file, got a directory")


def test_unknown_kinds(tmp_path):
    for name in ("a.xlsx", "a", "a.bin"):
        (tmp_path / name).write_bytes(b"PK\x03\x04\0\0")
        refused(tmp_path / name, "expected delimited text, JSON Lines, .*, got a file of another kind")
    (tmp_path / "a.parquet.gz").write_bytes(b"x")
    refused(tmp_path / "a.parquet.gz", "expected a Parquet file as it is, got a compressed one")
    (tmp_path / "a.json").write_bytes(b"[]")
    refused(tmp_path / "a.json", "expected a list of objects, got none in this document")
    (tmp_path / "a.csv.bz2").write_bytes(b"x")
    refused(tmp_path / "a.csv.bz2", "expected a file that can be read, got")


def test_lines_of_json_are_not_delimited_text(tmp_path):
    (tmp_path / "a.csv").write_bytes(b'{"r": 1, "p": 2}\n{"r": 0, "p": 2}\n')
    refused(tmp_path / "a.csv", r"expected delimited text, by its name, got JSON; name it \.jsonl, or \.json")
    (tmp_path / "b.csv").write_bytes(b"{score},prompt\n1,a\n")
    assert read(tmp_path / "b.csv", "{score}").rewards.tolist() == [1]


def test_suffix_in_capitals(tmp_path):
    (tmp_path / "A.CSV").write_bytes(CSV["plain"])
    assert read(tmp_path / "A.CSV", "score").rewards.tolist() == [1, 0.5]
