"""The words of the verdicts, and each property's equation."""

__all__ = ["EQUATIONS", "SENTENCES"]

EQUATIONS: dict[str, int] = {
    "unbiased": 37,
    "direction_right": 61,
    "centred": 25,
    "shift_invariant": 62,
    "permutation_equivariant": 62,
    "tie_consistent": 62,
    "positively_homogeneous": 62,
    "monotone": 62,
    "zero_on_equal_rewards": 62,
    "groups_apart": 62,
    "deterministic": 62,
    "input_unchanged": 62,
    "dtypes": 64,
    "large_offsets": 64,
    "large_groups": 60,
    "layouts": 62,
    "edge_sizes": 38,
}

SENTENCES: dict[str, dict[bool | None, str]] = {
    "unbiased": {
        True: "the expected gradient is a positive constant times the true one, for every distribution",
        False: "the expected gradient is no positive constant times the true one, for some distribution",
    },
    "direction_right": {
        True: "at every policy the expected gradient points where the true one does",
        False: "at some policy the expected gradient does not point where the true one does",
        None: "the signs of its polynomials decide nothing",
    },
    "centred": {
        True: "advantages sum to zero in every group",
        False: "advantages do not sum to zero",
    },
    "shift_invariant": {
        True: "adding a number to all rewards changes nothing",
        False: "adding a number to all rewards changes the advantages",
        None: "its rewards cannot be shifted",
    },
    "permutation_equivariant": {
        True: "the order of the rewards does not matter",
        False: "the order of the rewards matters",
    },
    "tie_consistent": {
        True: "tied rewards get equal advantages",
        False: "tied rewards get different advantages",
    },
    "positively_homogeneous": {
        True: "rewards in another unit give advantages in that unit",
        False: "rewards in another unit do not give the same advantages in that unit",
        None: "its rewards cannot be scaled",
    },
    "monotone": {
        True: "a larger reward never gets less than a smaller one beside it",
        False: "a larger reward gets less than a smaller one beside it",
    },
    "zero_on_equal_rewards": {
        True: "all-equal rewards give zeros",
        False: "all-equal rewards do not give zeros",
    },
    "groups_apart": {
        True: "a batch of groups is answered as group by group",
        False: "a batch of groups is not answered as group by group: it mixes groups, or works along "
        "another axis",
        None: "takes one group at a time",
    },
    "layouts": {
        True: "groups are answered as alone: of one size or several, one after another, in turn, shuffled",
        False: "a group's answer depends on where its rewards stand",
        None: "takes no group ids",
    },
    "deterministic": {
        True: "the same rewards get the same answer, at the end of the audit too",
        False: "the same rewards got another answer at the end of the audit than at its start",
    },
    "input_unchanged": {True: "the rewards are left as they were, on every call"},
}
