"""The command ``ordergrad-ref audit``."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from ordergrad_ref import maxk
from ordergrad_ref.auditing import Report, audit
from ordergrad_ref.commands.completion import complete_estimator, complete_objective
from ordergrad_ref.commands.provenance import provenance
from ordergrad_ref.commands.screen import console
from ordergrad_ref.commands.terminal import conclude, stop
from ordergrad_ref.contracts import Contract
from ordergrad_ref.contracts import of as contract_of
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.estimators import NAMED
from ordergrad_ref.objectives import objective as as_objective
from ordergrad_ref.objectives.exact_numbers import numbers
from ordergrad_ref.reports.requirements import Requirement, claims, parse
from ordergrad_ref.reports.text import LEGEND, WIDE, family_table, targets_table
from ordergrad_ref.targets.adapted import Adapted, LayoutName, LibraryName
from ordergrad_ref.targets.guards import stdout_to_stderr
from ordergrad_ref.targets.resolving import reached

__all__ = ["EXAMPLES", "audit_command"]

DEFAULT_OBJECTIVE = "max@4"

EXAMPLES = """**Examples**

- ordergrad-ref audit
- ordergrad-ref audit maxpo -n 6
- ordergrad-ref audit pkpo --full
- ordergrad-ref audit grpo --html report.html
- ordergrad-ref audit my_package.advantages:best_of_k --objective "max@4" -n 8
- ordergrad-ref audit maxpo pkpo grpo
- ordergrad-ref audit estimator.py:advantage -o "top(2)@4" --require unbiased,centred
- ordergrad-ref audit my_package.advantages:pass_at_k --kwarg pass_k=4 --kwarg normalise=false
- ordergrad-ref audit --process "node port.js" -o "max@4"
"""


def audit_command(
    context: typer.Context,
    target: Annotated[
        list[str] | None,
        typer.Argument(
            help="package.module:function, path/to/file.py:function, or a built-in name; several of them are "
            "shown as a table; without one, the whole max@K family.",
            show_default=False,
            autocompletion=complete_estimator,
        ),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(
            "--objective",
            "-o",
            help=f"What it should be the gradient of. Default: {DEFAULT_OBJECTIVE}.",
            autocompletion=complete_objective,
        ),
    ] = None,
    n: Annotated[int, typer.Option("-n", help="Group size N.")] = 8,
    values: Annotated[
        str | None,
        typer.Option(
            help="Reward values to enumerate, such as 0,1 for binary estimators. "
            "Default: -2,0,1/2,4, and random ones."
        ),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(
            help="What must hold, instead of the target's own claims: any property of the table, such as "
            "unbiased or shift-invariant, and constant=1/4. Repeat it, or separate by commas."
        ),
    ] = None,
    full: Annotated[
        bool,
        typer.Option("--full", help="Also other N and K, exact variances, dtypes, large offsets and groups."),
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the report as JSON; without a target, or with several, a list."),
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option(help="Also write a web page: numbers, equations, pictures; variance needs --full."),
    ] = None,
    process: Annotated[
        str | None,
        typer.Option(
            help="Instead of a function, the command of an implementation in any language that speaks the "
            "process protocol."
        ),
    ] = None,
    kwarg: Annotated[
        list[str] | None,
        typer.Option(help="A further argument of the function, name=value; JSON, or else text. Repeat it."),
    ] = None,
    layout: Annotated[
        LayoutName | None,
        typer.Option(
            help="Rewards (N,), (G, N), (G·N,) with group ids, or (G·N, T) with a mask. Default: found out."
        ),
    ] = None,
    library: Annotated[
        LibraryName | None, typer.Option(help="Arrays that the function takes. Default: found out.")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            help="Which part of its answer the advantages are: a place in a tuple, from 0, or a name. "
            "Default: all of it, what is named advantages, or the first of a tuple.",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds that one call may take. Default: 60.", show_default=False)
    ] = None,
) -> None:
    """Judge a function from rewards to advantages.

    Bias is decided for every distribution on a few rewards at once, by finitely many calls. Exit status: 0
    all that is claimed or required holds, 1 it does not, 2 bad input, or a function that cannot be judged, 70
    a fault of this command.
    """
    support = numbers(values, "values") if values is not None else None
    required = parse(require or [])
    if not target and process is None:
        for name, given in {
            "kwarg": kwarg,
            "layout": layout,
            "library": library,
            "output": output,
            "timeout": timeout,
        }.items():
            if given:
                raise InvalidInputError(f"{name}: expected none without a target, got {given!r}")
        if full and not as_json and html is None:
            raise InvalidInputError(
                "target: expected one to audit with --full, unless with --json or --html; got none"
            )
        _audit_family(
            objective or DEFAULT_OBJECTIVE, n, support, required, full=full, as_json=as_json, html=html
        )
        return
    others = [name for name in target or [] if name not in NAMED]
    if others and context.obj is not None:
        context.obj.fork(", ".join(others))
    held: list[Held] = []
    targets: list[str | None] = [*target] if target else [None]
    for one in targets:
        reach = reached(
            one,
            process=process,
            keywords=kwarg or [],
            layout=layout,
            library=library,
            timeout=timeout,
            output=output,
        )
        held.append(_audit_one(one, reach, objective, n, support, required, full=full))
        if held[-1].report.interrupted is not None:
            break
    _show(held, asked=objective is not None, several=len(targets) > 1, as_json=as_json, html=html)


@dataclass(frozen=True)
class Held:
    """A target's report, and what of its claims, or of what is required, does not hold."""

    name: str
    contract: Contract | None
    report: Report
    failures: list[tuple[Requirement, str]]


def _audit_family(
    objective: str,
    n: int,
    values: list[Fraction] | None,
    required: list[Requirement],
    *,
    full: bool,
    as_json: bool,
    html: Path | None,
) -> None:
    alpha = as_objective(objective)
    rows: list[tuple[Contract, Report | None, Report | None]] = []
    failures: list[str] = []
    stopped: str | None = None
    for name, estimator in maxk.FAMILY.items():
        contract = estimator.contract
        if alpha.k <= n < contract.smallest_group(int(alpha.k)):
            rows.append((contract, None, None))
            continue
        support = None if contract.domain == "binary" else values
        asked = audit(estimator, alpha, n, support, full=full)
        own_objective = contract.objective(n, asked.objective.k)
        own = asked if own_objective == alpha else audit(estimator, own_objective, n, support, full=full)
        stopped = asked.interrupted or own.interrupted
        if stopped is not None:
            break
        rows.append((contract, asked, own))
        held = required or claims(contract, own_objective, n, asked.objective.k, asked=False)
        failures += [f"{name}: {f}" for r in held if (f := r.failure(own)) is not None]
    reports = [replace(own, **provenance(own.module)) for _, _, own in rows if own is not None]
    _write_page(html, reports)
    if as_json:
        _print_json([report.to_json() for report in reports])
        stop(stopped)
        conclude(failures)
        return
    screen = console()
    screen.print(family_table(rows, str(alpha), n, screen.width))
    screen.print(
        f"Decided for every distribution on {_supports(rows)}.",
        "c is the constant of E[(1/N) Σ A_i ∇log p(x_i)] = c ∇J.",
        *([LEGEND] if screen.width >= WIDE else []),
        "Ask for one: ordergrad-ref audit grpo",
        sep="\n",
        highlight=False,
    )
    stop(stopped)
    conclude(failures)


def _supports(rows: list[tuple[Contract, Report | None, Report | None]]) -> str:
    """``the rewards -2, 0, 1/2, 4 (maxrl: 0, 1)``."""
    names: dict[str, list[str]] = {}
    for contract, asked, _ in rows:
        if asked is not None:
            names.setdefault(", ".join(map(str, asked.values)), []).append(contract.name)
    first, *others = names or ["–"]
    return f"the rewards {first}" + "".join(f" ({', '.join(names[o])}: {o})" for o in others)


def _audit_one(
    name: str | None,
    target: AbstractContextManager[Adapted],
    objective: str | None,
    n: int,
    values: list[Fraction] | None,
    required: list[Requirement],
    *,
    full: bool,
) -> Held:
    with stdout_to_stderr(), target as function:
        contract = contract_of(function)
        alpha = as_objective(objective or DEFAULT_OBJECTIVE)
        k = int(alpha.k)
        if objective is None and contract is not None:
            alpha = contract.objective(n, k)
        report = audit(function, alpha, n, values, full=full)
        report = replace(report, **provenance(report.module))
    held = required or claims(contract, report.objective, n, k, asked=objective is not None)
    failures = [(r, f) for r in held if (f := r.failure(report)) is not None]
    return Held(name or report.target, contract, report, failures)


def _show(held: list[Held], *, asked: bool, several: bool, as_json: bool, html: Path | None) -> None:
    reports = [one.report for one in held]
    _write_page(html, reports)
    if as_json:
        data = [report.to_json() for report in reports]
        _print_json(data if several else data[0])
    elif several:
        _print_several(held)
    else:
        _print(reports[0], held[0].contract, asked=asked)
    stop(next((r.interrupted for r in reports if r.interrupted is not None), None))
    conclude([f"{one.name}: {f}" if several else f for one in held for _, f in one.failures])


def _print_several(held: list[Held]) -> None:
    screen = console()
    screen.print(targets_table([(one.name, one.report) for one in held], screen.width))
    for one in held:
        if one.failures:
            first = one.failures[0][0].name
            lesson = one.report.finding(first).lesson if first != "constant" else None
            says = [f"{one.name}: {one.report.verdict}", one.report.diagnosis, lesson]
            screen.print("", *map(str, filter(None, says)), sep="\n", highlight=False, markup=False)


def _write_page(file: Path | None, reports: list[Report]) -> None:
    if file is not None and reports:
        from ordergrad_ref.reports import page

        file.write_text(page.render([report.to_json() for report in reports]), encoding="utf-8")
        typer.echo(f"Wrote {file}", err=True)


def _print_json(data: Any) -> None:
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


def _print(report: Report, contract: Contract | None, *, asked: bool) -> None:
    screen = console()
    in_words = contract.target if contract is not None and report.objective.name is None else None
    for table in report.tables(in_words):
        screen.print(table)
    if contract is not None and not asked:
        claimed = in_words or report.objective
        screen.print(f"Judged for {claimed}, which is what {contract.name} claims.", highlight=False)
    for paragraph in report.lessons():
        screen.print("", paragraph, sep="\n", highlight=False, markup=False)
