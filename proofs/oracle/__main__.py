"""Regenerate the golden vectors by the oracle: ``python -m proofs.oracle PROGRAM``.

Every expected number that it offers is replaced by its own exact answer, and the files must come out byte for
byte: enumeration, closed forms in Python and the program proved in Coq then agree on every digit.
"""

import json
import shlex
import sys
from collections import Counter
from importlib import resources
from typing import Any

from ordergrad_ref._version import __spec_version__
from ordergrad_ref.targets.process import Process, RefusalError
from ordergrad_ref.vectors.golden import OPTIONS
from ordergrad_ref.vectors.nesting import groups_of, nested

TIMEOUT = 60.0


def answered(oracle: Process, case: dict[str, Any]) -> dict[str, Any] | None:
    """Give the case with the oracle's own answer in it; None if the oracle does not offer it."""
    given = case["input"]
    if case["function"] not in oracle.functions or not oracle.options.issuperset(given.keys() & set(OPTIONS)):
        return None
    message = {name: given[name] for name in ("objective", "k", "n") if name in given}
    for name in ("probabilities", "logits"):
        if name in given:
            message[name] = [given[name]]
    if "rewards" in given:
        message["groups"] = groups_of(given)
    try:
        result = oracle.ask(case["function"], **message)
    except RefusalError as refusal:
        if refusal.error_class == "NotOffered":
            return None
        return {**case, "error": refusal.error_class}
    return {**case, "expected": result if "n" in given else nested(given, result)}


def regenerated(oracle: Process, text: str, counts: Counter[str]) -> str:
    """Write a file of cases anew. The line of a case that is not offered stays as it is."""
    lines = []
    for line in text.splitlines():
        if not line.startswith('{"id"'):
            lines.append(line)
            continue
        case = json.loads(line.rstrip(","))
        own = answered(oracle, case)
        counts["answered" if own is not None else lacking(case)] += 1
        new = line.rstrip(",") if own is None else json.dumps(own, separators=(",", ":"))
        lines.append(new + "," * line.endswith(","))
    return "\n".join(lines) + "\n"


def lacking(case: dict[str, Any]) -> str:
    """Name what the oracle does not offer: a function, and with which option."""
    options = " and ".join(name for name in OPTIONS if name in case["input"])
    return f"{case['function']} with {options}" if options else case["function"]


def main(command: str) -> int:
    """Regenerate every file, and return 0 if all are the same bytes."""
    folder = resources.files("ordergrad_ref") / "vectors" / __spec_version__
    counts: Counter[str] = Counter()
    different = []
    with Process([*shlex.split(command), "--exact"], TIMEOUT) as oracle:
        for file in sorted(folder.iterdir(), key=lambda file: file.name):
            text = file.read_bytes().decode()
            if text.startswith('{"specification":') and regenerated(oracle, text, counts) != text:
                different.append(file.name)
    answers = counts.pop("answered")
    print(f"{answers} cases answered anew, {counts.total()} not offered:")
    print(", ".join(f"{name} ({count})" for name, count in sorted(counts.items())))
    print(f"different: {', '.join(different)}" if different else "the same, byte for byte")
    return int(bool(different) or not answers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
