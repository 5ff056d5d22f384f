"""A realistic file of rollouts, the same each time: 10 000 rows, ragged groups, awkward text."""

import csv
import json
import random
from pathlib import Path

ROWS, PROMPTS = 10_000, 1_200
SMALLEST, LARGEST = 5, 16

PHRASES = [
    "Let me think, step by step.",
    'The problem says "at most", so',
    "Première idée : factoriser,",
    "解：设 x 为所求,",
    "<think>\nWait, is 0.1 + 0.2 = 0.3?\n</think>",
    "🙂 Easy!",
    "Ответ:\tсм. ниже\r\n",
    'print("a,b", end="")\n',
    "",
]
ANSWERS = ["\\boxed{42}", "007", "1e5", "NaN", '"yes"', "3,5", "−1", "'; DROP TABLE runs; --"]


def realistic_rollouts(path):
    """Write the file in the format of its suffix: .csv, .jsonl or .parquet.

    Columns: prompt (an id with leading zeros), completion, score (0 or 1 for some prompts, graded
    for others), length, step, logprob. The 1200 prompts have 5 to 16 rollouts each, shuffled.
    """
    path = Path(path)
    {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}[path.suffix](path, list(_rows()))


def _rows():
    draw = random.Random(20260606)
    rows = []
    for prompt, size in enumerate(_group_sizes(draw)):
        skill = draw.betavariate(0.6, 0.9)
        graded = draw.random() < 0.4
        for _ in range(size):
            words = [*draw.choices(PHRASES, k=draw.randint(1, 6)), draw.choice(ANSWERS)]
            completion = " ".join(words)
            grade = round(draw.betavariate(1 + 4 * skill, 2), 4)
            score = grade if graded else int(draw.random() < skill)
            rows.append(
                {
                    "prompt": f"{prompt:05d}",
                    "completion": completion,
                    "score": score,
                    "length": len(completion),
                    "step": 100 * (prompt % 4),
                    "logprob": round(-draw.expovariate(0.01), 6),
                }
            )
    draw.shuffle(rows)
    return rows


def _group_sizes(draw):
    sizes = [SMALLEST] * PROMPTS
    while sum(sizes) < ROWS:
        prompt = draw.randrange(PROMPTS)
        sizes[prompt] += sizes[prompt] < LARGEST
    return sizes


def _csv(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        # Fixed decimals, as many a logger writes them: no parser's repr gives these back.
        writer.writerows({**row, "logprob": f"{row['logprob']:.6f}"} for row in rows)


def _jsonl(path, rows):
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _parquet(path, rows):
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist([{**row, "score": float(row["score"])} for row in rows])
    pq.write_table(table, path, row_group_size=3_000, compression="zstd")
