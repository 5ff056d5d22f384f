"""From what is typed on a command line to a function: ``module:function``, ``file.py:function``, a name."""

import difflib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from ordergrad_ref.errors import TargetError
from ordergrad_ref.maxk import FAMILY

__all__ = ["resolve"]


def resolve(target: str) -> Callable[..., Any]:
    """Find the function that a target names.

    Parameters
    ----------
    target : str
        ``package.module:function``, ``path/to/file.py:function`` (the function may be dotted, as in
        ``module:Class.method``), or the name of a built-in estimator.

    Returns
    -------
    callable

    Raises
    ------
    TargetError
        Where there is no such file, module or function, or importing it raises.

    Examples
    --------
    >>> resolve("maxpo").contract.source
    'MaxPO, arXiv 2606.06080'
    """
    if target in FAMILY:
        return FAMILY[target]
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        near = difflib.get_close_matches(target, FAMILY, n=1)
        raise TargetError(
            f"target: expected package.module:function, path/to/file.py:function or a built-in name, got "
            f"{target!r}"
            + (f"; did you mean {near[0]!r}?" if near else ".")
            + f" Built in: {', '.join(FAMILY)}"
        )
    function: Any = _module(place)
    for part in name.split("."):
        try:
            function = getattr(function, part)
        except AttributeError:
            near = difflib.get_close_matches(part, dir(function), n=1)
            raise TargetError(
                f"target: {place} has no {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
            ) from None
    if not callable(function):
        raise TargetError(f"target: expected a function, {target} is a {type(function).__name__}")
    return function


def _module(place: str) -> ModuleType:
    path = Path(place)
    is_file = path.suffix == ".py"
    if is_file and not path.is_file():
        raise TargetError(f"target: no such file: {place}")
    # What the target imports, now or when called, is looked for where `python file.py`, or
    # `python -m module`, would look.
    sys.path.insert(0, str(path.resolve().parent if is_file else Path.cwd()))
    try:
        if not is_file:
            return importlib.import_module(place)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(path.stem, module)
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        said = " ".join(str(error).split())
        raise TargetError(f"target: importing {place} raised {type(error).__name__}: {said}") from error
    return module
