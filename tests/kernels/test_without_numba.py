"""Law: without Numba all is answered, by NumPy, and one warning says what is missing.

This file asks in a process of its own, in which Numba cannot be imported.
"""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest

import ordergrad_ref as og
from ordergrad_ref.kernels import at_hand, choice

X = np.random.default_rng(0).normal(size=(9, 16)).round(1)
BATCH = og.value, og.advantage, og.inclusion, og.leave_one_out, og.score_weights, og.pathwise_weights
POPULATION = og.population.value, og.population.advantage, og.population.gradient


def answers():
    """Ask what loops may answer: the functions of a batch and of a population, and two built on them."""
    probabilities = np.full(X.shape, 1 / 16)
    asked = [f(X, "max@3") for f in (*BATCH, og.standard_error)]
    asked += [f(X, probabilities, "max@3") for f in POPULATION]
    return [a.tolist() for a in (*asked, og.maxk.pkpo(X, 3))]


def without_numba():
    """Answer a few rewards; after so many that loops would be compiled; and where all groups are large."""
    sys.modules["numba"] = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        small, said = answers(), len(caught)
        at_hand.AT_HAND.answered = at_hand.COMPILING_PAYS
        many = answers()
        choice.LARGE = choice.LARGE_WITH_PROBABILITIES = 16
        print(json.dumps([small, many, answers(), said, [str(w.message) for w in caught]]))


@pytest.mark.slow
def test_numpy_answers_and_one_warning_says_what_to_install():
    output = subprocess.check_output([sys.executable, __file__], text=True)
    small, many, large, said, messages = json.loads(output)
    assert small == many == large == answers()
    assert said == 0
    assert len(messages) == 1
    assert "pip install numba" in messages[0]


if __name__ == "__main__":
    without_numba()
