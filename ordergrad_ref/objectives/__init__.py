"""Objectives: rank weights as exact rationals, and their names."""

from ordergrad_ref.objectives.lstatistic import LStatistic
from ordergrad_ref.objectives.named import (
    between,
    bottom,
    cvar,
    gini,
    harrell_davis,
    lmoment,
    maximum,
    mean,
    median,
    midrange,
    minimum,
    rank,
    sample_range,
    top,
    trimmed,
    trimmed_lmoment,
    upper_cvar,
    winsorized,
)
from ordergrad_ref.objectives.quantiles import quantile
from ordergrad_ref.objectives.real_k import RealK
from ordergrad_ref.objectives.spectrum import distortion, proportional_hazard, spectrum, wang
from ordergrad_ref.objectives.spelling import Objective as Objective
from ordergrad_ref.objectives.spelling import objective

__all__ = [
    "LStatistic",
    "RealK",
    "between",
    "bottom",
    "cvar",
    "distortion",
    "gini",
    "harrell_davis",
    "lmoment",
    "maximum",
    "mean",
    "median",
    "midrange",
    "minimum",
    "objective",
    "proportional_hazard",
    "quantile",
    "rank",
    "sample_range",
    "spectrum",
    "top",
    "trimmed",
    "trimmed_lmoment",
    "upper_cvar",
    "wang",
    "winsorized",
]
