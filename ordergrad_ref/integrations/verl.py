"""verl: ``algorithm.adv_estimator=max@4``, or any other spelling, after ``pip install`` alone.

verl loads the entry points of the group ``verl.plugins`` when it is imported; this file is one, and adds the
spellings of objectives to verl's registry. Tested with verl 0.9.1.
"""

from collections.abc import Callable
from typing import Any

from ordergrad_ref.errors import InvalidInputError
from ordergrad_ref.integrations.grouped import integer_objective
from ordergrad_ref.integrations.health import version_of
from ordergrad_ref.integrations.token_level import outcome_estimator

__all__ = ["NAME", "Registry", "register"]

NAME = "ordergrad"
"""The estimator whose objective is ``algorithm.objective``, max@4 where it is not set."""


class Registry(dict[str, Any]):
    """verl's registry of estimators, and an estimator for each name that spells an objective.

    Examples
    --------
    >>> registry = Registry({"grpo": None})
    >>> "max@4" in registry, "grpo" in registry, "no such name" in registry
    (True, True, False)
    """

    def __contains__(self, name: object) -> bool:
        """Tell whether the name is registered, or spells an objective."""
        return super().__contains__(name) or _spells(name)

    def __missing__(self, name: str) -> Callable[..., tuple[Any, Any]]:
        """Make the estimator of an objective on first use."""
        if not _spells(name):
            raise KeyError(name)
        self[name] = found = outcome_estimator(name)
        return found


def register(module: Any = None) -> None:
    """Add the estimators to verl's registry; once is enough, and twice does no harm.

    Parameters
    ----------
    module : module, optional
        ``verl.trainer.ppo.core_algos``, which is imported where it is not given.

    Raises
    ------
    InvalidInputError
        Where this verl has no registry of that name.
    """
    if module is None:
        from verl.trainer.ppo import core_algos

        module = core_algos
    registry = getattr(module, "ADV_ESTIMATOR_REGISTRY", None)
    if not isinstance(registry, dict):
        raise InvalidInputError(
            "module: expected ADV_ESTIMATOR_REGISTRY, as in verl 0.9.1, got "
            f"verl {version_of('verl')} without it"
        )
    if not isinstance(registry, Registry):
        module.ADV_ESTIMATOR_REGISTRY = Registry(registry)
    module.ADV_ESTIMATOR_REGISTRY.setdefault(NAME, outcome_estimator())


def _spells(name: object) -> bool:
    if not isinstance(name, str) or "@" not in name:
        return False
    try:
        integer_objective(name)
    except InvalidInputError:
        return False
    return True
