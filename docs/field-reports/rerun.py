"""Run the field report again, from a folder of checkouts.

    python docs/field-reports/rerun.py CHECKOUTS [--only NAME] [--json OUT] [--html OUT] [--publish]

CHECKOUTS holds one folder for each project, named as in `targets.py`: a git checkout, or the unpacked wheel
of a release. The matrix is printed. The exit status is 1 where a verdict differs from the published one, 2
where there is no checkout. The projects import PyTorch, JAX, einops and SciPy. Each runs in a process of its
own: some of them have packages of the same name.
"""

import argparse
import json
import multiprocessing
import subprocess
import sys
import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

from targets import PROJECTS, Probe, Project, Target

__all__ = ["DATA", "PAGE", "audited", "decided", "main", "matrix", "published"]

Data: TypeAlias = dict[str, Any]

HERE = Path(__file__).resolve().parent
DATA = HERE / "2026-11.json"
PAGE = HERE / "2026-11.md"
START, END = "<!-- matrix: written by rerun.py -->", "<!-- end of matrix -->"
APART = {True: "apart", False: "goes by their order, not by ids", None: "not taken"}
MARKS = {True: "yes", False: "no", None: "–"}


# ---- measuring


def words(target: Target) -> Data:
    """Who it is, what it claims, and in words what was found."""
    return {
        "name": target.name,
        "function": target.function,
        "options": target.options,
        "claim": target.claim,
        "objective": target.objective,
        "because": target.because,
    }


def audited(target: Target, checkout: Path) -> Data:
    """Audit one target in full, and give its row: who, what is claimed, and the report as JSON data."""
    import ordergrad_ref as og

    row = words(target) | {"report": None, "refused": None}
    try:
        function = target.load(checkout)
        report = og.audit(function, target.audited_for, target.n, target.values, full=True).to_json()
    except Exception as error:  # what other people's modules raise at import may be anything
        return row | {"refused": f"{type(error).__name__}: {error}"}
    return row | {"report": report | {"target": target.name}}


def measured(folder: str, names: Sequence[str], checkout: Path) -> list[Data]:
    """Audit the targets of these names of the project of this folder; in a process of its own."""
    warnings.simplefilter("ignore")
    project = next(p for p in PROJECTS if p.folder == folder)
    found = commit(checkout)
    head = {
        "repository": project.repository,
        "commit": found,
        "date": project.date if found == project.commit else None,
    }
    rows = [head | audited(target, checkout) for target in project.targets if target.name in names]
    return rows + [
        head
        | {
            "name": f"{folder}: {probe.question}",
            "question": probe.question,
            "answer": asked(probe, checkout),
        }
        for probe in project.probes
    ]


def asked(probe: Probe, checkout: Path) -> list[str]:
    """Give the numbers to four digits, as text: JSON has no NaN."""
    return [format(x, ".4g") for x in probe.ask(checkout)]


def commit(checkout: Path) -> str | None:
    """Say which release a wheel was of, or ask git which commit is checked out."""
    for wheel in checkout.glob("*.dist-info"):
        return wheel.stem.partition("-")[2]
    asked = subprocess.run(
        ["git", "-C", str(checkout), "rev-parse", "HEAD"], capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or None


def apart(project: Project, names: Sequence[str], checkout: Path) -> list[Data]:
    """Measure in a fresh process, which ends with its imports."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as pool:
        return pool.submit(measured, project.folder, names, checkout).result()


# ---- comparing


def published() -> list[Data]:
    """Read the published rows."""
    return json.loads(DATA.read_text(encoding="utf-8")) if DATA.is_file() else []


def decided(row: Data) -> Data:
    """Give what a row decides, without the last digits of how."""
    if "answer" in row:
        return {"answer": row["answer"]}
    report = row["report"]
    if report is None:
        return {"refused": True}
    holds = {p["name"]: p["holds"] for p in report["properties"]}
    return {
        "constant": report["constant"] and report["constant"]["exact"],
        "instead": report["estimand"] and report["estimand"]["name"],
        **{name: holds[name] for name in ("unbiased", "centred", "shift_invariant", "tie_consistent")},
    }


def differences(rows: Iterable[Data], before: Iterable[Data]) -> list[str]:
    """Name each verdict that is not the published one."""
    known = {row["name"]: decided(row) for row in before}
    found = []
    for row in rows:
        was, now = known.get(row["name"], {}), decided(row)
        found += [
            f"{row['name']}: {key} was {was[key]}, is {now.get(key)}"
            for key in was
            if was[key] != now.get(key)
        ]
    return found


# ---- writing


def matrix(rows: Sequence[Data]) -> str:
    """Lay the rows out as Markdown: for each project what was measured, then what is claimed."""
    parts: list[str] = []
    for repository, head in dict.fromkeys((r["repository"], r["commit"]) for r in rows):
        own = [r for r in rows if (r["repository"], r["commit"]) == (repository, head)]
        audits, probes = ([r for r in own if ("answer" in r) is probe] for probe in (False, True))
        parts += [f"### {repository}", _version(own[0]), _measured(audits), _claimed(audits)]
        if probes:
            parts.append(_table(("beside the audit", "answer"), [_answer(row) for row in probes]))
    return "\n\n".join(parts)


def _version(row: Data) -> str:
    what = "Release" if "." in (row["commit"] or "") else "Commit"
    return f"{what} `{row['commit']}`" + (f" of {row['date']}." if row["date"] else ".")


def _measured(rows: Sequence[Data]) -> str:
    head = ("what", "audited for", "unbiased", "c", "centred", "shift-invariant", "smallest counterexample",
            "in words")  # fmt: skip
    return _table(head, [_cells(row) for row in rows])


def _cells(row: Data) -> tuple[str, ...]:
    report = row["report"]
    if report is None:
        return row["name"], f"`{row['objective']}`", "–", "", "", "", "", f"not judged: {row['refused']}"
    holds = {p["name"]: MARKS[p["holds"]] for p in report["properties"]}
    c = report["constant"]
    return (
        row["name"],
        f"`{row['objective']}`, N = {report['n']}",
        holds["unbiased"],
        "" if c is None else c["exact"] or f"{c['approximate']:.6g}",
        holds["centred"],
        holds["shift_invariant"],
        _counterexample(report["counterexample"]),
        row["because"] + _instead(report),
    )


def _answer(row: Data) -> tuple[str, str]:
    return row["question"], ", ".join(row["answer"])


def _counterexample(policies: list[Data] | None) -> str:
    if not policies:
        return ""
    at = " and ".join(
        f"rewards {', '.join(p['rewards'])} with probabilities {', '.join(p['probabilities'])}"
        for p in policies
    )
    if len(policies) == 1:
        return f"{at}: {policies[0]['angle']:.3g}° off"
    return f"{at}: c would be {' and '.join(format(p['constant'], '.4g') for p in policies)}"


def _instead(report: Data) -> str:
    found = report["estimand"]
    if report["constant"] is not None:
        return ""
    holds = {p["name"]: p["holds"] for p in report["properties"]}
    says = ""
    # On two rewards every estimator has an objective: only one with a name is news.
    if found is not None and (len(report["values"]) > 2 or found["name"] != "an L-statistic"):
        c = found["constant"]
        name = found["name"] if found["name"] == "an L-statistic" else f"`{found['name']}`"
        says += f"; unbiased for {name}, c = {c['exact'] or format(c['approximate'], '.6g')}"
    if holds["direction_right"]:
        says += "; its direction is right at every policy"
    return says


def _claimed(rows: Sequence[Data]) -> str:
    head = ("what", "function", "options", "claims", "constant", "equals", "float32, bfloat16",
            "large groups", "edge sizes", "many groups in a call")  # fmt: skip
    return _table(head, [_claim(row) for row in rows])


def _claim(row: Data) -> tuple[str, ...]:
    report = row["report"]
    told = (row["name"], f"`{row['function']}`", row["options"], row["claim"])
    if report is None:
        return (*told, "", "", "", "", "", "")
    says = {p["name"]: p["says"] for p in report["properties"]}
    formula = report["formula"]
    known = report["lookalikes"]
    return (
        *told,
        (formula and formula["text"]) or "",
        _lookalike(known[0]) if known else "",
        ", ".join(_rung(rung) for rung in report["dtypes"][1:]),
        says["large_groups"] if report["constant"] is not None else "",
        "; ".join(_edge(edge) for edge in report["edges"]),
        APART[next(p["holds"] for p in report["properties"] if p["name"] == "groups_apart")],
    )


def _lookalike(known: Data) -> str:
    factor = known["factor"]["exact"] or format(known["factor"]["approximate"], ".6g")
    at = "" if known["k"] is None else f", K = {known['k']}"
    return ("" if factor == "1" else f"{factor} × ") + f"`{known['name']}`{at}"


def _rung(rung: Data) -> str:
    if rung["error"] is None:
        return "not taken"
    return f"{rung['error'] * rung['unit_roundoff']:.1g}"


def _edge(edge: Data) -> str:
    says = edge["says"]
    if not edge["sound"]:
        what = "NaN or infinity"
    elif says.startswith("answers"):
        what = "zeros" if says == "answers zeros" else "answers"
    else:
        what = says.partition(":")[0]
    return f"N = {edge['n']}, K = {edge['k']}: {what}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|") for c in line) + " |" for line in lines)


def publish(rows: Sequence[Data]) -> None:
    """Write the rows and the page's tables; rows that were not run again stay."""
    kept = {row["name"]: row for row in [*published(), *rows]}
    told = [
        (name, text)
        for project in PROJECTS
        for name, text in [
            *((target.name, words(target)) for target in project.targets),
            *((f"{project.folder}: {probe.question}", {}) for probe in project.probes),
        ]
    ]
    rows = [without_pictures(kept[name] | text) for name, text in told if name in kept]
    lines = [json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for row in rows]
    DATA.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.partition(START)[0], page.partition(END)[2]
    PAGE.write_text(f"{before}{START}\n\n{matrix(rows)}\n\n{END}{after}", encoding="utf-8")


def without_pictures(row: Data) -> Data:
    """Leave out what the web page draws, which is most of the data; ``--json`` and ``--html`` have it."""
    report = row.get("report")
    return row if report is None else row | {"report": report | {"variances": [], "sweep": []}}


# ---- the command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; give the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkouts", type=Path, help="folder of checkouts, one a project")
    parser.add_argument("--only", action="append", metavar="NAME", help="a target, or a folder; repeatable")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the rows, with the reports")
    parser.add_argument("--html", type=Path, metavar="OUT", help="write the reports as one web page")
    parser.add_argument("--publish", action="store_true", help="write the report itself, beside this script")
    asked = parser.parse_args(arguments)

    rows: list[Data] = []
    for project in PROJECTS:
        names = [
            t.name for t in project.targets if not asked.only or {t.name, project.folder} & {*asked.only}
        ]
        checkout = asked.checkouts / project.folder
        if not names:
            continue
        if not checkout.is_dir():
            _warn(f"{checkout}: no checkout of {project.repository} here; left out")
            continue
        found = commit(checkout)
        if found != project.commit:
            _warn(f"{checkout}: expected commit {project.commit}, found {found or 'none'}")
        rows += apart(project, names, checkout)
    if not rows:
        _warn(f"nothing to run in {asked.checkouts}")
        return 2

    print(matrix(rows))
    changed = differences(rows, published())
    for line in changed:
        _warn(line)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
    if asked.html:
        from ordergrad_ref.reports.page import render

        reports = [row["report"] for row in rows if row.get("report") is not None]
        asked.html.write_text(render(reports, "Field report, November 2026"), encoding="utf-8")
    if asked.publish:
        publish(rows)
    return 1 if changed else 0


def _warn(line: str) -> None:
    print(f"warning: {line}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
