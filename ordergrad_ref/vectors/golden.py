"""Read golden vectors, verify them against their manifest, and give them as exact rationals.

The package's own vectors lie beside this file, in one directory for each version of the specification.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from ordergrad_ref._version import __spec_version__
from ordergrad_ref.errors import InvalidInputError, did_you_mean
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.vectors.nesting import groups_of

__all__ = ["PER_GROUP", "Case", "Vectors", "export", "load"]

PER_GROUP = (
    "value", "standard_error", "maxk.pass_at_k", "population.value", "off_policy.value",
    "variance.moments.total_variance", "variance.moments.within",
)  # fmt: skip
"""Functions that answer one number for each group."""

PER_K = ("order_statistics.value",)
"""Functions that answer K numbers for each group."""

PER_PAIR = (
    "order_statistics.inclusion", "order_statistics.advantage", "population.hessian",
    "variance.moments.covariance",
)  # fmt: skip
"""Functions that answer a matrix, of one group."""

OPTIONS = ("by", "where", "nan_policy", "method", "successes")
"""What a case may give beyond what every implementation of the function takes."""


@dataclass(frozen=True)
class Case:
    """One question with its answer, or with the error that it must be refused with.

    Attributes
    ----------
    id, group, function : str
        Its name, its kind, and the path of the function under ``ordergrad_ref``.
    equations : tuple of int
        Where the specification defines the answer.
    given : dict
        The input as JSON has it, rationals as strings.
    expected : list of Fractions or of lists of Fractions, or None
        The answer, None in the place of what has none; None if the case must be refused.
    error : str or None
        The class of the error that it must be refused with; None if it must be answered.
    c : int
        It passes where ``|got − expected| ≤ c · u · scale``. Spec eqs. (57), (58).
    scale : Fraction
        Spec eq. (59).
    within : Fraction
        By how much less than this the numbers are off, since the exact ones are irrational; zero elsewhere.
    constant : str or None
        For an estimator of the max@K family, its constant of spec eq. (36).
    target : dict or None
        For an estimator of the max@K family, the objective that it belongs to.
    tags : tuple of str
        The mistakes that it exposes: a port that makes one of these, and no other, fails it.
    """

    id: str
    group: str
    function: str
    equations: tuple[int, ...]
    given: dict[str, Any]
    expected: list[Any] | None
    error: str | None
    c: int
    scale: Fraction
    within: Fraction
    constant: str | None
    target: dict[str, Any] | None
    tags: tuple[str, ...] = ()

    @property
    def objective(self) -> LStatistic:
        """The objective that the function is given."""
        stated = self.given["objective"]
        return _objective(tuple(stated["weights"]), stated.get("name"))

    @property
    def options(self) -> tuple[str, ...]:
        """What it gives beyond what every implementation of the function takes: scores, a mask."""
        return tuple(name for name in OPTIONS if name in self.given)

    @property
    def groups(self) -> list[list[str]]:
        """The rewards of each group, groups in ascending order of their ids."""
        return groups_of(self.given)


@dataclass(frozen=True)
class Vectors:
    """All cases of one version of the specification, and the mistakes that their tags name, as sentences."""

    specification: str
    generator: str
    cases: tuple[Case, ...]
    mistakes: dict[str, str] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Case]:
        """Go through the cases in the order of the files."""
        return iter(self.cases)

    def __len__(self) -> int:
        """Count the cases."""
        return len(self.cases)

    def __getitem__(self, name: str) -> Case:
        """Look a case up by its id."""
        if name not in self._by_id:
            hint = did_you_mean(name, self._by_id, most=3, likeness=0.5)
            raise InvalidInputError(f"id: expected a case's id, got {name!r}{hint}")
        return self._by_id[name]

    @cached_property
    def _by_id(self) -> dict[str, Case]:
        return {case.id: case for case in self.cases}


def load(directory: Path | None = None) -> Vectors:
    """Read golden vectors and verify every file against its hash, and its schema if it is not one of ours.

    Parameters
    ----------
    directory : Path, optional
        Where they lie. By default they are the package's own, for the current specification.

    Raises
    ------
    InvalidInputError
        If a file is missing, altered, no JSON, or not of the schema; or if two cases share an id.

    Examples
    --------
    >>> load()["advantage-max-2-distinct"].expected[0]
    Fraction(-3, 10)
    """
    place: Traversable = _own() if directory is None else directory
    manifest = _json(_bytes(place, "manifest.json"), "manifest.json")
    _hold_to_schema(manifest, "manifest.schema.json", "manifest.json")
    ours = _json(_bytes(_own(), "manifest.json"), "manifest.json")
    own = {entry["sha256"] for entry in (*ours["files"], ours["tags"])}
    said: dict[str, Any] = {"mistakes": {}, "tags": {}}
    if "tags" in manifest:  # not in those of before
        said = _verified(place, manifest["tags"], "tags.schema.json", own)
    cases: dict[str, Case] = {}
    for entry in manifest["files"]:
        name = entry["name"]
        document = _verified(place, entry, "schema.json", own)
        if len(document["cases"]) != entry["cases"]:
            raise InvalidInputError(
                f"{name}: expected the manifest's {entry['cases']} cases, got {len(document['cases'])}"
            )
        for stated in document["cases"]:
            if stated["id"] in cases:
                raise InvalidInputError(f"{name}: expected different ids, got {stated['id']!r} twice")
            tags = tuple(said["tags"].get(stated["id"], ()))
            cases[stated["id"]] = _case(stated, name, tags, known=entry["sha256"] in own)
    return Vectors(manifest["specification"], manifest["generator"], tuple(cases.values()), said["mistakes"])


def export(directory: Path) -> list[Path]:
    """Copy the vectors, their manifest and their schemas into a directory, made if need be.

    Returns
    -------
    list of Path
        The files written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for source in sorted(_own().iterdir(), key=lambda file: file.name):
        if source.name.endswith(".json"):
            (directory / source.name).write_bytes(source.read_bytes())
            written.append(directory / source.name)
    return written


def _verified(place: Traversable, entry: dict[str, Any], schema: str, own: set[str]) -> Any:
    """Read a file of the manifest; hold it to its hash, and to its schema where it is not one of ours."""
    name, content = entry["name"], _bytes(place, entry["name"])
    digest = hashlib.sha256(content).hexdigest()
    if digest != entry["sha256"]:
        raise InvalidInputError(
            f"{name}: expected the SHA-256 {entry['sha256'][:16]}… of the manifest, got {digest[:16]}…: "
            "the file was changed; export it afresh"
        )
    document = _json(content, name)
    if digest not in own:
        _hold_to_schema(document, schema, name)
    return document


def _own() -> Traversable:
    return resources.files("ordergrad_ref.vectors") / __spec_version__


def _bytes(place: Traversable, name: str) -> bytes:
    source = place / name
    if isinstance(source, Path) and source.exists() and not source.is_file():
        raise InvalidInputError(f"{source}: expected a file that can be read, got a directory or device")
    try:
        return source.read_bytes()
    except OSError as error:
        raise InvalidInputError(
            f"{place / name}: expected a file that can be read, got {error.strerror}"
        ) from None


def _json(content: bytes, name: str) -> Any:
    try:
        return json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError(f"{name}: expected JSON, got {' '.join(str(error).split())}") from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _hold_to_schema(document: Any, schema: str, name: str) -> None:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    validator = Draft202012Validator(_json((_own() / schema).read_bytes(), schema))
    trouble = best_match(validator.iter_errors(document))
    if trouble is not None:
        place = ".".join(str(part) for part in trouble.absolute_path)
        said = trouble.message if len(trouble.message) <= 200 else trouble.message[:200] + "…"
        raise InvalidInputError(f"{name}: {place + ': ' if place else ''}{said}")


def _case(stated: dict[str, Any], file: str, tags: tuple[str, ...], known: bool) -> Case:
    given, expected = stated["input"], stated.get("expected")
    try:
        case = Case(
            id=stated["id"],
            group=stated["group"],
            function=stated["function"],
            equations=tuple(stated["equations"]),
            given=given,
            expected=None if expected is None else _nested(_number_if_any, expected),
            error=stated.get("error"),
            c=stated.get("c", 0),
            scale=_number(stated.get("scale", "0")),
            within=_number(stated.get("within", "0")),
            constant=stated.get("constant"),
            target=stated.get("target"),
            tags=tags,
        )
        trouble = "" if known else _inconsistency(case)
    except ValueError as error:  # a number of thousands of digits
        trouble = str(error)
    if trouble:
        raise InvalidInputError(f"{file}: {stated['id']}: {trouble}")
    return case


def _inconsistency(case: Case) -> str:
    """Name a contradiction within a case that its schema cannot find; empty if there is none."""
    given = case.given
    if "objective" in given and given["objective"]["k"] != len(given["objective"]["weights"]):
        return "objective: k is not the number of weights"
    special: tuple[str, ...] = ("nan",) if "nan_policy" in given else ()
    special = special if case.error is None else ("nan", "inf", "-inf")
    for name in ("rewards", "by", "ratios", "values", "probabilities", "logits"):
        if name in given and not _all(lambda x: x in special or _is_short(x), given[name]):
            return f"{name}: expected finite numbers of at most eight significant bits, as bfloat16 holds"
    if case.expected is None:
        return ""
    if case.scale < 0:
        return "scale: expected a magnitude, which is not negative"
    atoms = "values" if "values" in given else "rewards"
    for name, beside in (
        *((name, "rewards") for name in ("groups", "by", "where", "ratios", "logits")),
        ("probabilities", atoms),
    ):
        if name in given and _shape(given[name]) != _shape(given[beside]):
            return f"{beside} and {name} differ in length"
    shape = _expected_shape(case)
    return "" if _shape(case.expected) == shape else f"expected: not of shape {shape}"


def _expected_shape(case: Case) -> tuple[int, ...]:
    given, function = case.given, case.function
    if function == "rank_weights.floating":
        return (given["n"],)
    if "successes" in given:
        return (1,)
    if function in PER_GROUP:
        return (len(case.groups),)
    if function in PER_K:
        return (given["k"],)
    if function in PER_PAIR:
        return (len(given["rewards"]), given["k"] if "k" in given else len(given["rewards"]))
    return _shape(given["rewards"])


def _shape(x: list[Any]) -> tuple[int, ...]:
    """Return the shape of a list or table; the empty shape if its rows differ in length."""
    if not isinstance(x[0], list):
        return (len(x),)
    lengths = {len(row) for row in x}
    return (len(x), *lengths) if len(lengths) == 1 else ()


def _all(holds: Callable[[str], bool], x: Any) -> bool:
    return all(_all(holds, part) for part in x) if isinstance(x, list) else holds(x)


def _is_short(text: str) -> bool:
    if text in ("nan", "inf", "-inf"):
        return False
    top, bottom = abs(Fraction(text).numerator), Fraction(text).denominator
    significant = top // (top & -top) if top else 0
    in_range = not top or Fraction(1, 2**126) <= Fraction(top, bottom) < 2**128
    return significant.bit_length() <= 8 and bottom & (bottom - 1) == 0 and in_range


@lru_cache(maxsize=256)
def _objective(weights: tuple[str, ...], name: str | None) -> LStatistic:
    return LStatistic(weights, name=name)


def _number(text: str) -> Fraction:
    top, _, bottom = text.partition("/")
    return Fraction(int(top), int(bottom)) if bottom else Fraction(int(top))


def _number_if_any(text: str | None) -> Fraction | None:
    return None if text is None else _number(text)


def _nested(number: Callable[[Any], Any], x: Any) -> Any:
    return [_nested(number, part) for part in x] if isinstance(x, list) else number(x)
