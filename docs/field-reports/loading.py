"""Import one module out of a checkout, with stand-ins for what it imports and does not use."""

import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

__all__ = ["imported"]


class _Idle(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing

    def __getitem__(cls, _: Any) -> Any:
        return cls

    def __bool__(cls) -> bool:
        return cls is not Nothing

    def __enter__(cls) -> Any:
        return cls

    def __exit__(cls, *_: Any) -> None:
        return None

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        if cls is not Nothing:
            return super().__call__(*arguments, **keywords)
        # As a decorator it leaves the function as it is.
        return arguments[0] if len(arguments) == 1 and callable(arguments[0]) else Nothing


class Nothing(metaclass=_Idle):
    """Stands in for a class, a function, a decorator or an object, and does nothing."""


class _Absent(ModuleType):
    __all__: ClassVar[list[str]] = []
    __path__: ClassVar[list[str]] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds ``absent`` modules as empty ones, and ``bare`` packages without running their ``__init__``."""

    def __init__(self, root: Path, bare: Sequence[str], absent: Sequence[str]) -> None:
        self.root, self.bare, self.absent = root, set(bare), tuple(absent)

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name in self.bare or any(name == a or name.startswith(f"{a}.") for a in self.absent):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> ModuleType:
        return ModuleType(spec.name) if spec.name in self.bare else _Absent(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty, but for where the modules of a package are."""
        if module.__name__ in self.bare:
            module.__path__ = [str(self.root.joinpath(*module.__name__.split(".")))]


def imported(root: Path, module: str, absent: Sequence[str] = (), bare: Sequence[str] = ()) -> ModuleType:
    """Import ``module`` from the folder ``root``: the project's own file, run as it is.

    Parameters
    ----------
    root : Path
        What its project puts on the module search path.
    module : str
        Its dotted name. The packages above it are entered without running their ``__init__``.
    absent : sequence of str
        Modules that get a stand-in, with all below them.
    bare : sequence of str
        Further packages whose ``__init__`` is not run.
    """
    parts = module.split(".")
    parents = [".".join(parts[:i]) for i in range(1, len(parts))]
    sys.meta_path.insert(0, _Finder(root, [*parents, *bare], absent))
    sys.path.insert(0, str(root))
    return importlib.import_module(module)
