"""The commands ``ordergrad-ref plot …``: each draws one picture of `ordergrad_ref.plot` into a file."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ordergrad_ref.commands.lazily import Group
from ordergrad_ref.commands.options import Command
from ordergrad_ref.commands.spellings import split
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.objectives.exact_numbers import numbers
from ordergrad_ref.rollouts.atomic import replacing

__all__ = ["app", "saved"]

EXAMPLES = """**Examples**

- ordergrad-ref plot spectrum -o "cvar(0.25)@4,cvar(0.25)@64" --output spectrum.svg
- ordergrad-ref plot pass-at-k -n 16 --successes 1,0,4,16
- ordergrad-ref plot bias grpo -o mean@1 --values 0,1,3 -n 8 --output bias.png
- ordergrad-ref plot signal-to-noise --rewards 0,1,2 --probabilities 1/2,1/4,1/4 -n 64 -o max@1,max@2,max@4
"""

app = typer.Typer(
    name="plot",
    cls=Group,
    help="Draw a picture into a file; needs matplotlib.",
    no_args_is_help=True,
    epilog=EXAMPLES,
)

Objectives = Annotated[
    list[str],
    typer.Option("--objective", "-o", help='Such as max@4 or "cvar(0.1)@8"; apart by commas.'),
]
Output = Annotated[Path, typer.Option(help="File to write; its suffix chooses the format.")]
Rewards = Annotated[str, typer.Option(help="Rewards apart by commas.")]
Probabilities = Annotated[str, typer.Option(help="Their probabilities, which sum to one.")]
GroupSize = Annotated[int, typer.Option("-n", "--n", help="Group size N.")]
Estimators = Annotated[str, typer.Option(help="Names apart by commas.")]


@app.command("rank-weights", cls=Command)
def rank_weights(
    objective: Objectives,
    n: Annotated[int | None, typer.Option("-n", "--n", help="Weights on N samples instead of K.")] = None,
    output: Output = Path("rank-weights.svg"),
) -> None:
    """Draw the weight of each rank."""
    _draw(output, "rank_weights", _spelt(objective), n)


@app.command("spectrum", cls=Command)
def spectrum(objective: Objectives, output: Output = Path("spectrum.svg")) -> None:
    """Draw the weight of each quantile."""
    _draw(output, "spectrum", _spelt(objective))


@app.command("objectives", cls=Command)
def objectives(
    objective: Objectives,
    rewards: Rewards,
    probabilities: Probabilities,
    output: Output = Path("objectives.svg"),
) -> None:
    """Draw a distribution of rewards, and the value of each objective on it."""
    given = _floats(rewards, "rewards"), _floats(probabilities, "probabilities")
    _draw(output, "objectives", *given, _spelt(objective))


@app.command("advantages", cls=Command)
def advantages(objective: Objectives, rewards: Rewards, output: Output = Path("advantages.svg")) -> None:
    """Draw the advantages of one group over its rewards."""
    _draw(output, "advantages", _floats(rewards, "rewards"), _spelt(objective))


@app.command("bias", cls=Command)
def bias(
    estimator: Annotated[str, typer.Argument(help="Name of a published estimator, such as grpo.")],
    objective: Annotated[str, typer.Option("--objective", "-o", help="What it should be unbiased for.")],
    values: Annotated[str, typer.Option(help="Three rewards apart by commas.")] = "0,1,3",
    n: GroupSize = 8,
    output: Output = Path("bias.svg"),
) -> None:
    """Draw the angle between expected and true gradient on every policy over three rewards."""
    _draw(output, "bias", estimator, objective, _floats(values, "values"), n)


@app.command("total-variance", cls=Command)
def total_variance(
    objective: Objectives,
    rewards: Rewards,
    probabilities: Probabilities,
    n: GroupSize,
    estimators: Estimators = "advantage,inclusion",
    output: Output = Path("total-variance.svg"),
) -> None:
    """Draw the exact total variance of several estimators against K."""
    given = _floats(rewards, "rewards"), _floats(probabilities, "probabilities")
    _draw(output, "total_variance", *given, _spelt(objective), n, estimators.split(","))


@app.command("signal-to-noise", cls=Command)
def signal_to_noise(
    objective: Objectives,
    rewards: Rewards,
    probabilities: Probabilities,
    n: GroupSize,
    estimators: Estimators = "advantage,inclusion",
    output: Output = Path("signal-to-noise.svg"),
) -> None:
    """Draw the exact signal to noise of several estimators against K."""
    given = _floats(rewards, "rewards"), _floats(probabilities, "probabilities")
    _draw(output, "signal_to_noise", *given, _spelt(objective), n, estimators.split(","))


@app.command("pass-at-k", cls=Command)
def pass_at_k(
    n: Annotated[str, typer.Option("-n", "--n", help="Samples of each prompt, or one number for all.")],
    successes: Annotated[str, typer.Option(help="How many of them succeeded, apart by commas.")],
    k: Annotated[
        str | None, typer.Option("-k", "--k", help="The K to draw; powers of two otherwise.")
    ] = None,
    output: Output = Path("pass-at-k.svg"),
) -> None:
    """Draw pass@K of counts against K with its interval; `evaluate --plot` draws it from a file."""
    wanted = None if k is None else _integers(k, "k")
    _draw(output, "pass_at_k", _integers(n, "n"), _integers(successes, "successes"), wanted)


def saved(path: Path, draw: Callable[[Any], object], size: tuple[float, float] = (6, 4)) -> None:
    """Draw on new axes and write the picture; the suffix of the path chooses the format.

    Raises
    ------
    InvalidInputError
        If matplotlib is not installed, or writes no file with that suffix, or there is no such folder.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise InvalidInputError(
            "plot: expected matplotlib to be installed, got none; pip install 'ordergrad_ref[plot]'"
        ) from None
    figure = Figure(figsize=size, layout="constrained")
    suffix = path.suffix.lower().removeprefix(".")
    known = sorted(figure.canvas.get_supported_filetypes())
    if suffix not in known:
        raise InvalidInputError(f"plot: expected a name that ends in one of {known}, got {path.name!r}")
    draw(figure.subplots())
    picture = io.BytesIO()
    figure.savefig(picture, format=suffix, metadata={"Date": None} if suffix == "svg" else None)
    with replacing(path) as file:
        file.write(picture.getvalue())


def _draw(output: Path, name: str, *arguments: Any) -> None:
    from ordergrad_ref import plot

    saved(output, lambda axes: getattr(plot, name)(*arguments, axes=axes))
    typer.echo(f"Written: {output}")


def _spelt(given: list[str]) -> list[str]:
    return [spelling for text in given for spelling in split(text)]


def _integers(text: str, what: str) -> list[int]:
    given = numbers(text, what)
    if any(x != int(x) for x in given):
        raise InvalidInputError(f"{what}: expected integers such as 0,1,4, got {text!r}")
    return [int(x) for x in given]


def _floats(text: str, what: str) -> list[float]:
    return [float(x) for x in numbers(text, what)]
