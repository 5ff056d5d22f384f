"""What ``ordergrad-ref advantage`` costs for a file, beside pandas and Polars doing the same.

Each is a process of its own, from its start to its end: it reads the file, subtracts from each reward the
mean of the others of its group (RLOO, which is mean@1), and writes the file with one more column. CPU
seconds of user and system, the least of the repetitions, which are taken in turn. Memory is the peak of the
resident set less that of the same command on a file of a few rows. A log of inspect_ai, which can have no
column more, is evaluated instead.
"""

import argparse
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from random import Random

__all__ = ["table", "write_rollouts"]

PACKERS = {"gz": ["gzip", "-1"], "bz2": ["bzip2", "-1"], "xz": ["xz", "-0"], "zst": ["zstd", "-q", "--rm"]}
KINDS = (
    "csv",
    "jsonl",
    "json",
    "lists.jsonl",
    *(f"csv.{codec}" for codec in PACKERS),
    "parquet",
    "arrow",
    "eval",
)
RIVALS = ("csv", "jsonl", "parquet")
PER_GROUP = 16

PANDAS = """
import sys
import pandas as pd
source, output, kind = sys.argv[1:]
read = {"csv": pd.read_csv, "jsonl": lambda path: pd.read_json(path, lines=True), "parquet": pd.read_parquet}
rows = read[kind](source)
group = rows.groupby("prompt")["score"]
size, total = group.transform("size"), group.transform("sum")
rows["advantage"] = rows["score"] - (total - rows["score"]) / (size - 1)
if kind == "csv":
    rows.to_csv(output, index=False)
elif kind == "jsonl":
    rows.to_json(output, orient="records", lines=True)
else:
    rows.to_parquet(output)
"""
POLARS = """
import sys
import polars as pl
source, output, kind = sys.argv[1:]
read = {"csv": pl.read_csv, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}
score, size, total = pl.col("score"), pl.len().over("prompt"), pl.col("score").sum().over("prompt")
rows = read[kind](source).with_columns((score - (total - score) / (size - 1)).alias("advantage"))
{"csv": rows.write_csv, "jsonl": rows.write_ndjson, "parquet": rows.write_parquet}[kind](output)
"""


SCRIPTS = {"pandas": PANDAS, "polars": POLARS}


def write_rollouts(path: Path, rows: int, kind: str) -> None:
    """Write rows of a prompt, the number of the sample, an answer and a score."""
    draw = Random(0).random
    if kind == "eval":
        _write_log(path, rows, draw)
        return
    if kind in ("parquet", "arrow"):
        _write_columns(path, rows, kind, draw)
        return
    name, _, codec = kind.partition(".")
    plain = path.with_suffix("") if codec in PACKERS else path
    with plain.open("w", encoding="utf-8") as file:
        file.write({"csv": "prompt,sample,answer,score\n", "json": "["}.get(name, ""))
        if name == "lists":
            file.writelines(_list(i, [draw() for _ in range(PER_GROUP)]) for i in range(rows // PER_GROUP))
        else:
            file.writelines(_line(name, i, draw(), i + 1 == rows) for i in range(rows))
    if codec in PACKERS:
        subprocess.run([*PACKERS[codec], str(plain)], check=True)


def _write_columns(path: Path, rows: int, kind: str, draw: Callable[[], float]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = [pa.string(), pa.int64(), pa.string(), pa.float64()]
    schema = pa.schema(list(zip(("prompt", "sample", "answer", "score"), kinds, strict=True)))
    with pq.ParquetWriter(path, schema) if kind == "parquet" else pa.ipc.new_file(str(path), schema) as file:
        for start in range(0, rows, 2**20):
            cells = [(*_names(i), draw()) for i in range(start, min(start + 2**20, rows))]
            columns = map(pa.array, map(list, zip(*cells, strict=True)), kinds)
            file.write_table(pa.Table.from_arrays(list(columns), schema=schema))


def _write_log(path: Path, rows: int, draw: Callable[[], float]) -> None:
    """Write a zip archive with a file for each sample; `zipfile` would hold 600 bytes for each of them."""
    with path.open("wb") as file, tempfile.TemporaryFile() as directory:
        for i in range(rows):
            prompt, sample, answer = _names(i)
            text = json.dumps({"id": prompt, "epoch": sample, "output": answer, "score": draw()}).encode()
            name, data = f"samples/{prompt}_epoch_{sample}.json".encode(), zlib.compress(text, 6, -15)
            about = struct.pack("<5H3LH", 20, 0, 8, 0, 0, zlib.crc32(text), len(data), len(text), len(name))
            directory.write(b"PK\1\2" + struct.pack("<H", 45) + about)
            directory.write(struct.pack("<4H2L", 12, 0, 0, 0, 0, 2**32 - 1) + name)
            directory.write(struct.pack("<2HQ", 1, 8, file.tell()))
            file.write(b"PK\3\4" + about + struct.pack("<H", 0) + name + data)
        start, size = file.tell(), directory.tell()
        directory.seek(0)
        shutil.copyfileobj(directory, file)
        file.write(b"PK\6\6" + struct.pack("<Q2H2L4Q", 44, 45, 45, 0, 0, rows, rows, size, start))
        file.write(b"PK\6\7" + struct.pack("<LQL", 0, start + size, 1))
        file.write(b"PK\5\6" + struct.pack("<4H2LH", 0, 0, 2**16 - 1, 2**16 - 1, 2**32 - 1, 2**32 - 1, 0))


def _names(i: int) -> tuple[str, int, str]:
    return f"prompt-{i // PER_GROUP}", i % PER_GROUP, f"the answer is {i}"


def _line(kind: str, i: int, score: float, last: bool) -> str:
    prompt, sample, answer = _names(i)
    if kind == "csv":
        return f"{prompt},{sample},{answer},{score}\n"
    text = f'{{"prompt": "{prompt}", "sample": {sample}, "answer": "{answer}", "score": {score}}}'
    return text + ("\n" if kind == "jsonl" else "]\n" if last else ",\n")


def _list(i: int, scores: Sequence[float]) -> str:
    return json.dumps({"prompt": f"prompt-{i}", "score": scores}) + "\n"


def _ours(source: Path, output: Path, kind: str) -> list[str]:
    if kind == "eval":
        command = [sys.executable, "-m", "ordergrad_ref", "evaluate", str(source), "--group", "id"]
        return [*command, "--reward", "score", "-o", "mean@1"]
    command = [sys.executable, "-m", "ordergrad_ref", "advantage", str(source), "--output", str(output)]
    return [*command, "--overwrite", "--group", "prompt", "--reward", "score", "-o", "mean@1"]


def _theirs(script: str, source: Path, output: Path, kind: str) -> list[str]:
    return [sys.executable, "-c", script, str(source), str(output), kind]


def _apart(call: Callable[..., None], *arguments: object) -> None:
    """Call in a process of its own: a child begins with the memory of its parent, which is to stay small."""
    process = get_context("spawn").Process(target=call, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"expected {call.__name__} to succeed, got status {process.exitcode}")


def _cost(command: Sequence[str]) -> tuple[float, float]:
    """CPU seconds and MiB at most of a process."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"expected {command[:4]} to succeed, got status {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024
    return used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 2**20


def table(
    rows: int, kinds: Sequence[str], rivals: Sequence[str], repeat: int, folder: Path
) -> Iterator[dict[str, object]]:
    """Measure each kind of file, and its rivals where they are installed."""
    there = [name for name in rivals if find_spec(name) is not None]
    for kind in kinds:
        source, tiny, output = (folder / f"{name}.{kind}" for name in ("rows", "tiny", "out"))
        for path, count in ((tiny, 2 * PER_GROUP), (source, rows)):
            _apart(write_rollouts, path, count, kind)
        commands = {"ordergrad-ref": _ours(source, output, kind)}
        if kind in RIVALS:
            commands |= {name: _theirs(SCRIPTS[name], source, output, kind) for name in there}
        costs = {name: [_cost(command)] for name, command in commands.items()}
        for _ in range(repeat - 1):
            for name, command in commands.items():
                costs[name].append(_cost(command))
        baseline = _cost(_ours(tiny, output, kind))[1]
        least = {name: min(seconds for seconds, _ in found) for name, found in costs.items()}
        most = max(memory for _, memory in costs["ordergrad-ref"])
        yield {
            "file": kind,
            "MiB": source.stat().st_size / 2**20,
            **{f"{name}, CPU s": seconds for name, seconds in least.items()},
            **{f"ratio to {name}": least["ordergrad-ref"] / least[name] for name in there if name in least},
            "peak MiB": most,
            "peak less baseline MiB": most - baseline,
            "1.5 × columns MiB": 1.5 * _columns(rows) / 2**20,
        }
        for path in (source, tiny, output):
            path.unlink(missing_ok=True)


def _columns(rows: int) -> int:
    """Bytes of the columns of rewards and groups as text, with a delimiter each."""
    draw, some = Random(0).random, range(rows - min(rows, 10_000), rows)
    return sum(len(_names(i)[0]) + len(repr(draw())) + 2 for i in some) * rows // len(some)


def main() -> None:
    """Print the table, and write it where asked."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--rows", type=float, default=1e6)
    options.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    options.add_argument("--rivals", nargs="*", choices=list(SCRIPTS), default=list(SCRIPTS))
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--json", type=Path)
    options.add_argument("--table", type=Path)
    given = options.parse_args()
    for name in given.rivals:
        if find_spec(name) is None:
            print(f"{name} is not installed, and is left out: pip install {name}", file=sys.stderr)
    found = []
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for row in table(int(given.rows), given.kinds, given.rivals, given.repeat, Path(folder)):
            found.append(row)
            print(row, file=sys.stderr)
    heads = list(dict.fromkeys(head for row in found for head in row))
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    lines += ["| " + " | ".join(_cell(row.get(head, "–")) for head in heads) + " |" for row in found]
    print("\n".join(lines))
    if given.table:
        given.table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if given.json:
        given.json.write_text(
            json.dumps({"rows": int(given.rows), "files": found}, indent=1) + "\n", encoding="utf-8"
        )


def _cell(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
