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
from ordergrad_ref.vectors.cases import questions
from ordergrad_ref.vectors.expected import answer
from ordergrad_ref.vectors.omitting import remaining
from ordergrad_ref.vectors.questions import EQUATIONS, OF_OPTIONS, Question

__all__ = ["GENERATOR", "case", "files", "write"]

GENERATOR = "3"
"""The version of the generator, which is raised whenever it would write other bytes."""


def case(question: Question) -> dict[str, Any]:
    """Write one case as JSON data: the question, and its answer or its refusal.

    Examples
    --------
    >>> given = {"rewards": [Fraction(0), Fraction(1), Fraction(3)], "k": 2}
    >>> case(Question("canonical", "basic", "maxk.canonical", given))["expected"]
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
    if question.error is not None:
        return described | {"error": question.error}
    numbers, c, scale, within = answer(question.function, question.given)
    return described | {
        **_constant(question),
        "expected": _json(numbers),
        **({"within": str(within)} if within else {}),
        "c": c,
        "scale": str(scale),
    }


def files() -> dict[str, bytes]:
    """Generate every file by its name: one with the cases of each part of the library, and the manifest."""
    cases: dict[str, list[str]] = {}
    for question in questions():
        name = question.function.partition(".")[0] + ".json"
        cases.setdefault(name, []).append(json.dumps(case(question), separators=(",", ":")))
    opening = f'{{"specification":"{__spec_version__}","cases":['
    written = {
        name: "\n".join([opening, *(line + "," for line in lines[:-1]), lines[-1], "]}\n"]).encode()
        for name, lines in cases.items()
    }
    manifest = {
        "specification": __spec_version__,
        "generator": GENERATOR,
        "files": [
            {"name": name, "cases": len(cases[name]), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in sorted(written.items())
        ],
    }
    return written | {"manifest.json": (json.dumps(manifest, indent=1) + "\n").encode()}


def write(directory: Path) -> None:
    """Write all files into an existing directory."""
    for name, content in files().items():
        (directory / name).write_bytes(content)


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
