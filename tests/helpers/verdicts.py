"""The verdicts of a report, by name."""

LAWS = ("centred", "shift_invariant", "permutation_equivariant", "tie_consistent")


def findings(report):
    return {name: getattr(report, name) for name in ("unbiased", "constant", *LAWS)}
