"""Law: a case has the tag of a mistake if and only if that mistake, planted by itself, fails it.

The tags are computed in exact arithmetic. Ports with the same mistakes in floats, which know nothing of the
tags, are told what they did.
"""

from collections import Counter
from fractions import Fraction

import pytest
from helpers import mistakes as planted
from helpers.golden_vectors import SOME, VECTORS, verdict

import ordergrad_ref as og
from ordergrad_ref.vectors.cases import questions
from ordergrad_ref.vectors.checking import check
from ordergrad_ref.vectors.diagnosis import Fit, fitting
from ordergrad_ref.vectors.expected import answer
from ordergrad_ref.vectors.implementations import InProcess
from ordergrad_ref.vectors.mistakes import MISTAKES
from ordergrad_ref.vectors.plain import DoesNotApplyError, right
from ordergrad_ref.vectors.tags import SAYS, tags_of

STEP = 23


@pytest.mark.slow
def test_tags_are_what_planted_mistakes_fail():
    """Every 23rd question, and all of those before the grid that are small."""
    for i, question in enumerate(questions()):
        if i % STEP == 0:
            own = None if question.error else answer(question.function, question.given, closed=True)
            assert tuple(tags_of(question, own)) == VECTORS[question.id].tags, question.id


@pytest.mark.slow
def test_without_a_mistake_the_answers_are_right():
    """The steps in which mistakes are planted are a third way to the answers, ``==``."""
    asked = 0
    for question in questions():
        if question.error is None:
            try:
                got = right(question.function, question.given)
            except DoesNotApplyError:
                continue
            assert got == VECTORS[question.id].expected, question.id
            asked += 1
    assert asked > 7000


def test_every_mistake_is_exposed_and_said():
    counts = Counter(tag for case in VECTORS for tag in case.tags)
    assert counts.keys() == VECTORS.mistakes.keys() == SAYS.keys() >= MISTAKES.keys()
    assert min(counts.values()) >= 6
    assert all(len(says.split()) > 2 for says in SAYS.values())


PORTS = {  # mistakes that are planted by hand in the port of the tests
    "floats: rank weights from the best": "weights-from-the-best",
    "floats: absolute rank weights": "absolute-weights",
    "floats: rank weights normalised": "weights-normalised",
    "advantage: the sample in its own baseline": "own-baseline",
    "advantage: elevated to N, from the second": "elevated-to-n",
    "centred: not centred": "not-centred",
    "centred: clipped at zero": "clipped-at-zero",
    "centred: negative rewards masked": "negative-rewards-as-zero",
    "of_rows: group ids in 32 bits": "group-ids-of-32-bits",
    "of_rows: the mask ignored": "mask-ignored",
    "of_rows: scores ignored": "scores-ignored",
    "check: NaN let through": "nan-unchecked",
    "check: too small called a zero division": "sizes-unchecked",
}


def port(name):
    """The port with that mistake, of advantages alone."""
    (mistake,) = (one for one in planted.by_hand() if one.name == name)
    space = {"__name__": "port"}
    exec(compile(mistake.source, name, "exec"), space)
    subject = InProcess("ordergrad_ref")
    subject._functions = {"advantage": space["FUNCTIONS"]["advantage"]}
    return subject


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_port_is_told_what_it_does(dtype):
    cases = [case for case in SOME if case.function == "advantage" and case.group != "large"]
    for name, tag in PORTS.items():
        fits = fitting(check(port(name), cases, dtype), VECTORS.mistakes)
        assert fits, name
        assert fits[0].tag == tag, (name, fits)


KNOWN = {  # ports of the gradients of known distributions, in floats
    "gradient-without-k": lambda r, p, o, by=None: og.population.gradient(r, p, o, by=by) / o.k,
    "probabilities-ignored": lambda r, p, o, by=None: og.population.gradient(
        r, [1 / len(r)] * len(r), o, by=by
    ),
    "scores-ignored": lambda r, p, o, by=None: og.population.gradient(r, p, o),
    "in-sorted-order": lambda r, p, o, by=None: og.population.gradient(r, p, o, by=by)[r.argsort()],
}


@pytest.mark.slow
def test_a_port_of_known_distributions_is_told_what_it_does():
    cases = [case for case in VECTORS if case.function == "population.gradient" and case.error is None][::3]
    subject = InProcess("ordergrad_ref")
    for tag, wrong in KNOWN.items():
        subject._functions = {"population": {"gradient": wrong}}
        fits = fitting(check(subject, cases), VECTORS.mistakes)
        assert fits, tag
        assert fits[0].tag == tag, (tag, fits)


def test_what_is_right_fits_no_mistake():
    cases = [case for case in SOME if case.function == "value"][:50]
    assert fitting(check(InProcess("ordergrad_ref"), cases), VECTORS.mistakes) == []


def test_what_fits_nothing_is_not_named():
    """A port that is wrong now and then: no mistake has just these cases."""
    cases = [case for case in SOME if case.function == "advantage" and not case.options][:40]
    subject = InProcess("ordergrad_ref")
    calls = iter(range(1000))
    subject._functions = {
        "advantage": lambda r, o, groups=None: og.advantage(r, o, groups=groups) + (next(calls) % 5 == 0)
    }
    outcomes = check(subject, cases)
    assert any(outcome.verdict == "failed" for outcome in outcomes)
    assert fitting(outcomes, VECTORS.mistakes) == []


def test_the_sentence():
    fit = Fit("ties-by-argmax", "the first of the best counts", 96, 96, 3, 1400)
    assert str(fit) == (
        "all 96 cases tagged ties-by-argmax failed, and 3 of 1400 others: the first of the best counts"
    )
    assert str(fit._replace(failed=95)).startswith("95 of 96 cases")


def test_a_tag_is_true_of_a_case_at_hand():
    """The first of two best rewards gets the credit of both: exposed by ties at the top, by nothing else."""
    name = "advantage-max-2-ties"
    assert "ties-by-argmax" in VECTORS[name].tags
    assert "ties-by-argmax" not in VECTORS["advantage-max-2-distinct"].tags

    def by_argmax(r, objective):
        a = og.advantage(r, objective)
        a[r.argmax() + 1 :][r[r.argmax() + 1 :] == r.max()] = a[r < r.max()].max()
        return a

    assert verdict(by_argmax, name)[0] == "failed"
    assert verdict(by_argmax, "advantage-max-2-distinct")[0] == "passed"
    assert VECTORS[name].expected != [Fraction(0)] * 7
