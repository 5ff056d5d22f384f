"""The errors that callers can catch by type; messages name the argument, what was expected, what came."""

__all__ = [
    "BiasedEstimatorWarning",
    "GroupTooSmallError",
    "InvalidInputError",
    "NonFiniteRewardError",
    "TargetError",
    "UnknownObjectiveError",
]


class InvalidInputError(ValueError):
    """An argument has the wrong value, shape or dtype."""


class UnknownObjectiveError(InvalidInputError):
    """A spelling names no objective; the message suggests the nearest one."""


class NonFiniteRewardError(InvalidInputError):
    """A reward is NaN or infinite; the message names its group and position."""


class GroupTooSmallError(InvalidInputError):
    """A group has too few rewards for the objective's K.

    At ``K = N`` the message says why no centred unbiased estimator exists (spec eq. (38)) and what
    to use instead.
    """


class TargetError(Exception):
    """An audited function could not be imported or called, or broke the calling convention."""


class BiasedEstimatorWarning(UserWarning):
    """The batch estimator of this objective is consistent but biased (real-valued K, spec eq. (16))."""
