"""The command ``ordergrad-ref doctor``."""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from ordergrad_ref._version import __spec_version__, __version__
from ordergrad_ref.commands.terminal import conclude
from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.integrations.health import FRAMEWORKS, installed, plugin_is_registered, settings

__all__ = ["EXAMPLES", "doctor_command"]

EXAMPLES = """**Examples**

- ordergrad-ref doctor
- ordergrad-ref doctor config.json
- ordergrad-ref doctor algorithm.adv_estimator=grpo actor.loss_agg_mode=token-mean
"""


def doctor_command(
    config: Annotated[
        list[str] | None,
        typer.Argument(
            help="Your trainer's settings: a JSON or TOML file, or name=value. Several are allowed.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say what is installed and registered, and which of your settings bias the gradient.

    Exit status: 0 where none does, 1 where one does, 2 bad input.
    """
    typer.echo(f"ordergrad_ref {__version__}, specification {__spec_version__}")
    for name, version in installed().items():
        tested = FRAMEWORKS[name]
        beside = f" (tested with {tested})" if tested is not None and version not in (None, tested) else ""
        typer.echo(f"  {name:<6} {version or 'not installed'}{beside}")
    plugin = "registered" if plugin_is_registered() else "not registered: install ordergrad_ref with pip"
    typer.echo(f"  verl plugin {plugin}")
    found = [setting for text in config or [] for setting in settings(_read(text))]
    for s in found:
        typer.echo(f"  {s.name}={s.value} {s.says}; set {s.remedy}")
    if config and not found:
        typer.echo("  no setting is known to bias the gradient")
    conclude([f"{s.name}={s.value}" for s in found])


def _read(text: str) -> dict[str, Any]:
    name, equals, value = text.partition("=")
    if equals:
        return {name.strip().lstrip("+"): value.strip()}
    path = Path(text)
    if path.suffix not in (".json", ".toml"):
        raise InvalidInputError(f"config: expected a .json or .toml file, or name=value, got {text!r}")
    try:
        content = path.read_text(encoding="utf-8")
        data = json.loads(content) if path.suffix == ".json" else tomllib.loads(content)
    except ValueError as error:
        raise InvalidInputError(
            f"config: expected {path.suffix[1:].upper()} in {path}, got {error}"
        ) from None
    if not isinstance(data, dict):
        raise InvalidInputError(f"config: expected settings by name in {path}, got a {type(data).__name__}")
    return data
