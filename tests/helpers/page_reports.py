"""Reports of every kind in their JSON form, for the tests of the web page."""

import json
from functools import cache

import numpy as np

import ordergrad_ref as og
from helpers.wrong_estimators import canonical
from ordergrad_ref import maxk


def report(function, objective, n=5, **more):
    return json.loads(json.dumps(og.audit(function, objective, n=n, **more).to_json()))


@cache
def reports():
    """Unbiased and biased, full and brief, of rewards and of binary ones, and an interrupted one."""
    stopped = report(maxk.rloo, "mean@1") | {"interrupted": "the laws", "tolerance": None, "residual": None}
    return [
        report(maxk.canonical, "max@3"),
        report(maxk.pkpo, "max@3", full=True),
        report(maxk.grpo, "mean@1", full=True),
        report(maxk.maxrl, maxk.maxrl.contract.objective(5, 2)),
        report(lambda x: canonical(x, 3) * np.pi, "max@3"),
        report(lambda x: canonical(x, 2) / (1 + x.max(axis=-1, keepdims=True) ** 2), "max@3"),
        stopped,
    ]
