"""Write the golden vectors: ``python -m ordergrad_ref.vectors.generate DIRECTORY``.

The same questions and the same exact arithmetic give the same bytes, on every machine.
"""

import hashlib
import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

from ordergrad_ref._version import __spec_version__
from ordergrad_ref.estimators import NAMED
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.vectors.batches import Answer
from ordergrad_ref.vectors.cases import questions
from ordergrad_ref.vectors.expected import answer
from ordergrad_ref.vectors.omitting import remaining
from ordergrad_ref.vectors.questions import EQUATIONS, OF_OPTIONS, Question
from ordergrad_ref.vectors.tags import SAYS, tags_of

__all__ = ["GENERATOR", "case", "files", "line_of", "write"]

GENERATOR = "8"
"""The version of the generator, which is raised whenever it would write other bytes."""


def case(question: Question, right: Answer | None) -> dict[str, Any]:
    """Write one case as JSON data: the question, and its answer, or its refusal where there is none.

    Examples
    --------
    >>> given = {"rewards": [Fraction(0), Fraction(1), Fraction(3)], "k": 2}
    >>> asked = Question("canonical", "basic", "maxk.canonical", given)
    >>> case(asked, answer("maxk.canonical", given))["expected"]
    ['-1', '-1', '2']
    """
    described = {
        "id": question.id,
        "group": question.group,
        "function": question.function,
        "equations": [*EQUATIONS[question.function], *_of_options(question)],
        "valid": question.error is None,
        "input": {name: _json(x) for name, x in question.given.items()},
    }
    if right is None:
        return described | {"error": question.error}
    numbers, c, scale, within = right
    return described | {
        **_constant(question),
        "expected": _json(numbers),
        **({"within": str(within)} if within else {}),
        "c": c,
        "scale": str(scale),
    }


def files() -> dict[str, bytes]:
    """Generate every file by its name: cases of each part of the library, their tags, and the manifest."""
    cases: dict[str, list[str]] = {}
    tags: dict[str, list[str]] = {}
    for question in questions():
        name = question.function.partition(".")[0] + ".json"
        right = None if question.error else answer(question.function, question.given)
        cases.setdefault(name, []).append(line_of(question, right))
        tags[question.id] = tags_of(question, right)
    opening = f'{{"specification":"{__spec_version__}","cases":['
    written = {
        name: "\n".join([opening, *(line + "," for line in lines[:-1]), lines[-1], "]}\n"]).encode()
        for name, lines in cases.items()
    }
    written["tags.json"] = _tags(tags)
    manifest = {
        "specification": __spec_version__,
        "generator": GENERATOR,
        "files": [
            {"name": name, "cases": len(cases[name]), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(written.items())
            if name in cases
        ],
        "tags": {"name": "tags.json", "sha256": hashlib.sha256(written["tags.json"]).hexdigest()},
    }
    return written | {"manifest.json": (json.dumps(manifest, indent=1) + "\n").encode()}


def write(directory: Path) -> None:
    """Write all files into an existing directory."""
    for name, content in files().items():
        (directory / name).write_bytes(content)


def line_of(question: Question, right: Answer | None) -> str:
    """Write one case as it stands in its file, on a line of its own."""
    return _line(case(question, right))


def _tags(tags: dict[str, list[str]]) -> bytes:
    """Write which mistakes each case exposes, a case on each line, and what each mistake is."""
    opening = f'{{"specification":"{__spec_version__}","mistakes":{_line(SAYS)},"tags":{{'
    lines = [f"{_line(name)}:{_line(own)}" for name, own in tags.items() if own]
    return "\n".join([opening, ",\n".join(lines), "}}\n"]).encode()


def _line(x: Any) -> str:
    return json.dumps(x, separators=(",", ":"))


def _of_options(question: Question) -> list[int]:
    return [n for name, numbers in OF_OPTIONS.items() if name in question.given for n in numbers]


def _constant(question: Question) -> dict[str, Any]:
    """State the contract of an estimator of the max@K family at this N and K. Spec eq. (36)."""
    estimator = NAMED.get(question.function.removeprefix("maxk.").removeprefix("estimators."))
    if estimator is None:
        return {}
    contract = estimator.contract
    n, k = len(remaining(question.given)["rewards"]), question.given.get("k", 1)
    c = contract.constant
    return {
        "target": _json(contract.objective(n, k)),
        "constant": None if c is None else str(c.mean(n, k)),
    }


def _json(x: Any) -> Any:
    if isinstance(x, LStatistic):
        name = {} if x.name is None else {"name": x.name}
        return name | {"k": x.k, "weights": [str(w) for w in x.weights]}
    if isinstance(x, list):
        return [_json(part) for part in x]
    return str(x) if isinstance(x, Fraction) else x  # and None, of what has no answer


if __name__ == "__main__":
    write(Path(sys.argv[1]))
