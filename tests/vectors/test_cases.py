"""The questions: every function is asked, and every number is exact in every dtype."""

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from helpers.golden_vectors import VALID, VECTORS, numbers

from ordergrad_ref.vectors.nesting import groups_of
from ordergrad_ref.vectors.omitting import remaining
from ordergrad_ref.vectors.questions import EQUATIONS


def test_every_function_is_covered_validly_and_invalidly():
    for function in EQUATIONS:
        assert any(case.function == function for case in VALID), function
        assert any(c.function == function and c.error is not None for c in VECTORS), function
    assert {c.group for c in VECTORS if c.function == "advantage"} == {
        "basic", "ties", "offset", "magnitude", "boundary", "groups", "large", "scores", "omitted",
        "refusals",
    }  # fmt: skip
    assert max(len(c.given["rewards"]) for c in VALID if c.function == "advantage") == 1000


@pytest.mark.slow
def test_inputs_are_exact_in_every_dtype():
    for case in VALID:
        for name in {"rewards", "by", "ratios", "values", "probabilities", "logits"} & set(case.given):
            for text in set(numbers(case.given[name])) - {"nan"}:
                for dtype in (np.float64, np.float32, ml_dtypes.bfloat16):
                    assert Fraction(float(dtype(float(Fraction(text))))) == Fraction(text), case.id


def test_a_number_of_nine_bits_would_be_found():
    assert float(ml_dtypes.bfloat16(257.0)) != 257


def test_probabilities_and_their_sums_are_exact():
    for case in VALID:
        if "probabilities" in case.given:
            p = [Fraction(x) for x in case.given["probabilities"]]
            assert sum(p) == 1
            assert all(x.denominator <= 2**8 for x in p)


def reasons(case):
    """The classes of errors that a refused case gives reason for, but for the base of all of them."""
    given, function = case.given, case.function.rpartition(".")[2]
    bad = ("inf", "-inf") if "nan_policy" in given else ("nan", "inf", "-inf")
    found = {"NonFiniteRewardError" for name in ("rewards", "by", "logits") if name in given
             for x in numbers(given[name]) if x in bad}  # fmt: skip
    if case.function.startswith(("population.", "variance.")) or "successes" in given:
        return found
    k = given["objective"]["k"] if "objective" in given else given.get("k", 1)
    needs_more = (
        "leave_one_out",
        "advantage",
        "score_weights",
        "standard_error",
        "pkpo_loo",
        "maxpo",
        "canonical",
        "rlbon",
    )
    no_k = "objective" not in given and "k" not in given
    one_more = function in needs_more or case.function.startswith("order_statistics.") or no_k
    too_short_a_mask = "where" in given and len(given["where"]) != len(given["rewards"])
    counted = given if too_short_a_mask else remaining(given)
    sizes = [given["n"]] if "n" in given else [len(group) for group in groups_of(counted)]
    least = 2 * k if "method" in given else max(2, k) if function == "plug_in" else k + one_more
    if case.function.startswith("off_policy."):
        least = k
    if min(sizes) < least:
        found.add("GroupTooSmallError")
    return found


def test_no_case_has_two_reasons_to_be_refused():
    """So the vectors do not say which error wins; the classes' common base is accepted for each."""
    refused = [case for case in VECTORS if case.error is not None]
    for case in refused:
        assert reasons(case) == ({case.error} - {"InvalidInputError"}), case.id
    assert {case.error for case in refused} == {
        "GroupTooSmallError", "NonFiniteRewardError", "InvalidInputError"
    }  # fmt: skip


def test_sums_of_probabilities_are_one_or_far_from_it():
    """The guide says: exact, or off by an eighth and more."""
    for case in VECTORS:
        p = [Fraction(x) for x in case.given.get("probabilities", ["1"])]
        off = abs(sum(p) - 1)
        assert off == 0 or (off >= Fraction(1, 8) and case.error == "InvalidInputError"), case.id
