"""The questions: every function is asked, and every number is exact in every dtype."""

from fractions import Fraction

import ml_dtypes
import numpy as np
from helpers.golden_vectors import VALID, VECTORS, numbers

from ordergrad_ref.vectors.cases import EQUATIONS


def test_every_function_is_covered_validly_and_invalidly():
    for function in EQUATIONS:
        assert any(case.function == function for case in VALID), function
        assert any(c.function == function and c.error is not None for c in VECTORS), function
    assert {c.group for c in VECTORS if c.function == "advantage"} == {
        "basic", "ties", "offset", "magnitude", "boundary", "groups", "large", "refusals",
    }  # fmt: skip
    assert max(len(c.given["rewards"]) for c in VALID if c.function == "advantage") == 1000


def test_inputs_are_exact_in_every_dtype():
    for case in VALID:
        for name in {"rewards", "probabilities", "logits"} & set(case.given):
            for text in numbers(case.given[name]):
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
