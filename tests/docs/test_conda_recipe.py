"""The recipe for conda asks for what the package asks for, and names its version."""

import re
import tomllib
from pathlib import Path

import ordergrad_ref as og

ROOT = Path(og.__file__).parents[1]


def test_the_recipe_is_that_of_the_package():
    recipe = (ROOT / "docs" / "packaging" / "recipe.yaml").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run = recipe.partition("  run:\n")[2].partition("\n\n")[0]
    asked = [line.strip().removeprefix("- ").replace(" ", "") for line in run.splitlines()]
    assert asked == [f"python{project['requires-python']}", *project["dependencies"]]
    assert re.search(r'version: "(.*)"', recipe)[1] == og.__version__
    for name, target in project["scripts"].items():
        assert f"- {name} = {target}" in recipe
