"""The reference implementation of order-statistic policy gradients.

>>> import ordergrad_ref as og
>>> og.score_weights([0.0, 1.0, 3.0, 5.0], "max@2")
array([-0.66666667, -0.66666667,  0.        ,  1.33333333])

Objectives are finite-sample L-statistics (OrderGrad, arXiv 2606.06096): max@K, top-m, medians, trimmed means,
CVaR. The specification, with numbered equations, is in ``docs/spec``.
"""

from typing import TYPE_CHECKING, Any

from ordergrad_ref import (
    contracts,
    definition,
    errors,
    maxk,
    objectives,
    population,
    rank_weights,
)
from ordergrad_ref._version import __spec_version__, __version__
from ordergrad_ref.batch import (
    advantage,
    inclusion,
    leave_one_out,
    pathwise_weights,
    score_weights,
    value,
)
from ordergrad_ref.error_bars import standard_error
from ordergrad_ref.objectives import LStatistic, objective
from ordergrad_ref.order_statistics import order_statistics

if TYPE_CHECKING:
    from ordergrad_ref import baselines, estimators, off_policy, plot, trainers, variance
    from ordergrad_ref.auditing import audit
    from ordergrad_ref.citing import cite
    from ordergrad_ref.evaluation import evaluate
    from ordergrad_ref.trainers import audit_loss, audit_update

__all__ = [
    "LStatistic",
    "__spec_version__",
    "__version__",
    "advantage",
    "audit",
    "audit_loss",
    "audit_update",
    "baselines",
    "cite",
    "contracts",
    "definition",
    "errors",
    "estimators",
    "evaluate",
    "inclusion",
    "leave_one_out",
    "maxk",
    "objective",
    "objectives",
    "off_policy",
    "order_statistics",
    "pathwise_weights",
    "plot",
    "population",
    "rank_weights",
    "score_weights",
    "standard_error",
    "trainers",
    "value",
    "variance",
]


def __getattr__(name: str) -> Any:
    """Load what judges, evaluates and measures on first use: who only trains should not wait for it."""
    if name in ("baselines", "variance"):
        import ordergrad_ref.baselines
        import ordergrad_ref.variance
    elif name == "estimators":
        import ordergrad_ref.estimators
    elif name == "off_policy":
        import ordergrad_ref.off_policy
    elif name == "plot":
        import ordergrad_ref.plot  # noqa: F401
    elif name == "audit":
        from ordergrad_ref.auditing import audit

        globals()[name] = audit
    elif name == "cite":
        from ordergrad_ref.citing import cite

        globals()[name] = cite
    elif name == "evaluate":
        from ordergrad_ref.evaluation import evaluate

        globals()[name] = evaluate
    elif name in ("audit_loss", "audit_update", "trainers"):
        import ordergrad_ref.trainers as found

        globals()[name] = found if name == "trainers" else getattr(found, name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals()[name]


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
