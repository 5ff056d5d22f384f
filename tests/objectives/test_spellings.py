"""A spelling names one objective, and every named objective prints its spelling.

Laws: ``objective(str(o)) == o`` for every named o; ``str(objective(s)) == s`` for every canonical
s; case, spaces and the way a number is written do not matter. OrderGrad's spellings are held
against weights written out by hand from its definitions.
"""

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordergrad_ref.errors import InvalidInputError, UnknownObjectiveError
from ordergrad_ref.objectives import (
    LStatistic,
    RealK,
    cvar,
    harrell_davis,
    lmoment,
    maximum,
    mean,
    minimum,
    objective,
    quantile,
    top,
    upper_cvar,
)
from ordergrad_ref.objectives.exact_numbers import number, spell
from ordergrad_ref.objectives.quantiles import POSITIONS
from ordergrad_ref.objectives.spelling import REGISTRY, spellings

F = Fraction

CANONICAL = [
    *(entry.example for entry in REGISTRY.values()),
    "max@1",
    "mean@100",
    "max@2.5",
    "min@7/3",
    "quantile(0)@8",
    "quantile(1)@8",
    "quantile(1/3)@8",
    "quantile(0.25, weibull)@8",
    "quantile(0.25, blom)@8",
    "cvar(1)@3",
    "trimmed(0)@1",
    "wang(-0.5)@8",
    "wang(0)@8",
    "proportional_hazard(0.5)@4",
    "cvar(0.000000000000000000000000000001)@8",
]


def weights(spelling: str, k: int | None = None) -> tuple[Fraction, ...]:
    return objective(spelling, k).weights


# --- round trips ----------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", CANONICAL)
def test_a_canonical_spelling_is_printed_back(spelling):
    ours = objective(spelling)
    assert str(ours) == spelling
    assert ours.name == spelling
    assert repr(ours) == f"objective({spelling!r})"
    assert eval(repr(ours)) == ours


positive = st.integers(1, 9)
levels = st.fractions(0, 1) | st.floats(0, 1).map(lambda x: F(str(x)))
inner_levels = levels.filter(lambda q: 0 < q < 1)
masses = levels.filter(bool)

ARGUMENTS = {
    "": (["max", "min", "mean", "median"], st.just(())),
    "count": (["rank", "top", "bottom", "midrange"], st.tuples(positive)),
    "half": (["trimmed", "winsorized"], st.tuples(st.integers(0, 3))),
    "level": (
        ["quantile"],
        st.tuples(levels) | st.tuples(levels, st.sampled_from(list(POSITIONS))),
    ),
    "inner": (["harrell_davis"], st.tuples(inner_levels)),
    "mass": (["cvar", "upper_cvar"], st.tuples(masses)),
    "real": (["wang"], st.tuples(st.fractions(-3, 3) | st.decimals(-3, 3, places=4))),
    "positive": (["proportional_hazard"], st.tuples(st.fractions("0.01", 5))),
    "scale": (["gini", "range"], st.just(())),
    "between": (["between"], st.tuples(st.fractions(0, "0.4"), st.fractions("0.5", 1))),
    "order": (["lmoment"], st.tuples(positive)),
    "trimmed order": (
        ["trimmed_lmoment"],
        st.tuples(st.integers(1, 4), st.integers(0, 2), st.integers(0, 3)),
    ),
}


@st.composite
def named_calls(draw):
    names, arguments = draw(st.sampled_from(list(ARGUMENTS.values())))
    return draw(st.sampled_from(names)), draw(arguments), draw(st.integers(9, 14))


def test_the_strategy_covers_the_registry():
    assert {name for names, _ in ARGUMENTS.values() for name in names} == set(REGISTRY)


@pytest.mark.slow
@given(named_calls())
def test_what_a_constructor_names_the_spelling_reads(call):
    name, arguments, k = call
    parameters = dict(zip((p.name for p in REGISTRY[name].parameters), arguments, strict=False))
    made = REGISTRY[name].constructor(**parameters, k=k)
    read = objective(str(made))
    assert read == made
    assert str(read) == str(made)
    assert str(made).startswith(name)
    assert str(made).endswith(f"@{k}")


@pytest.mark.slow
@given(named_calls(), st.sampled_from(["", " ", "  ", "\t"]), st.booleans())
def test_case_spaces_and_k_apart_do_not_matter(call, space, upper):
    name, arguments, k = call
    inside = f"{space},{space}".join(map(str, arguments))
    before = f"{space}{name}{space}" + (f"({space}{inside}{space}){space}" if arguments else "")
    before = before.upper() if upper else before
    together = objective(f"{before}@{space}{k}{space}")
    assert together == objective(before, k=k) == objective(f"{before}@{k}", k=k)
    assert str(together) == str(objective(before, k=k))
    assert objective(str(together)) == together


@pytest.mark.slow
@given(st.fractions() | st.decimals(allow_nan=False, allow_infinity=False, places=12).map(F))
def test_numbers_are_spelt_as_they_are_read(value):
    text = spell(value)
    assert number(text, "x") == value
    assert ("/" in text) == (F(value).denominator != 1 and "." not in text)


@pytest.mark.parametrize(
    ("text", "value", "canonical"),
    [
        ("0.3", F(3, 10), "0.3"),
        ("3/10", F(3, 10), "0.3"),
        ("3 / 10", F(3, 10), "0.3"),
        (".3", F(3, 10), "0.3"),
        ("0.300", F(3, 10), "0.3"),
        ("+0.3", F(3, 10), "0.3"),
        ("-.05", F(-1, 20), "-0.05"),
        ("8.", F(8), "8"),
        ("2/6", F(1, 3), "1/3"),
        ("1/128", F(1, 128), "0.0078125"),
        ("-0", F(0), "0"),
        ("007", F(7), "7"),
    ],
)
def test_numbers_by_hand(text, value, canonical):
    assert number(text, "x") == value
    assert spell(value) == canonical


def test_a_decimal_of_more_than_thirty_places_is_spelt_as_a_fraction():
    assert spell(F(1, 10**30)) == "0." + "0" * 29 + "1"
    assert spell(F(1, 10**31)) == f"1/{10**31}"


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("MAX@8", "max@8"),
        (" Max @ 8 ", "max@8"),
        ("max()@8", "max@8"),
        ("max@8.0", "max@8"),
        ("max@16/2", "max@8"),
        ("max@5/2", "max@2.5"),
        ("top(2.0)@4", "top(2)@4"),
        ("quantile(1/4,HAZEN)@8", "quantile(0.25)@8"),
        ("quantile(.25, Weibull)@8", "quantile(0.25, weibull)@8"),
        ("cvar(10/100)@16", "cvar(0.1)@16"),
    ],
)
def test_other_ways_to_write_it(spelling, canonical):
    assert str(objective(spelling)) == canonical
    assert objective(spelling) == objective(canonical)


# --- what a spelling means ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelling", "constructed"),
    [
        ("max@4", maximum(4)),
        ("min@4", minimum(4)),
        ("mean@4", mean(4)),
        ("top(3)@4", top(3, 4)),
        ("quantile(0.3, blom)@4", quantile("0.3", 4, "blom")),
        ("harrell_davis(0.3)@4", harrell_davis(F(3, 10), 4)),
        ("cvar(0.3)@4", cvar(F(3, 10), 4)),
        ("upper_cvar(0.3)@4", upper_cvar(F(3, 10), 4)),
        ("lmoment(2)@4", lmoment(2, 4)),
    ],
)
def test_spellings_call_the_constructors(spelling, constructed):
    assert objective(spelling) == constructed


def test_decimals_are_exact():
    assert weights("cvar(0.3)@4") == (F(5, 6), F(1, 6), 0, 0)
    assert objective("cvar(0.1)@16") == cvar(0.1, 16) != cvar(F(0.1), 16)


def test_an_objective_is_returned_unchanged():
    for ours in (LStatistic([1, 2]), RealK("max", 2.5)):
        assert objective(ours) is ours
        assert objective(ours, k=ours.k) is ours
        with pytest.raises(InvalidInputError, match=r"k: expected the K of .*, .*, or none, got 7"):
            objective(ours, k=7)


@pytest.mark.parametrize("k", [8, np.int64(8), np.uint8(8), 8.0, F(8), "8"])
def test_k_apart(k):
    assert objective("max", k=k) == objective("max@8") == objective("max@8", k=k)
    assert objective("top(2)", k=k) == objective("top(2)@8")
    assert objective("median", k=k) == objective("median@8")


def test_the_same_spelling_is_read_once():
    assert objective("max@8") is objective("max@8")
    assert objective(np.str_("max@8")) is objective("max@8")


# --- real K ---------------------------------------------------------------------------------------


def test_a_real_k_is_data_only():
    ours = objective("max@2.5")
    assert type(ours) is RealK
    assert (ours.kind, ours.k, ours.name) == ("max", F(5, 2), "max@2.5")
    assert ours == RealK("max", 2.5) == RealK("max", "5/2") == objective("max", k=2.5)
    assert hash(ours) == hash(RealK("max", F(5, 2)))
    assert ours != RealK("min", 2.5)
    assert ours != RealK("max", 2.4)
    assert ours != "max@2.5"
    assert type(objective("min@1.01")) is RealK


def test_a_whole_k_is_the_l_statistic():
    assert objective("max@3.0") == objective("max", k=3.0) == maximum(3)
    assert repr(RealK("max", 3)) == "RealK('max', 3)"
    assert eval(repr(RealK("max", 3))) == RealK("max", 3)


def test_a_real_k_is_immutable_and_copies():
    ours = RealK("min", "7/3")
    with pytest.raises(AttributeError, match="immutable"):
        ours.k = 4
    with pytest.raises(AttributeError, match="immutable"):
        del ours.kind
    for other in (copy.copy(ours), copy.deepcopy(ours), pickle.loads(pickle.dumps(ours))):
        assert other == ours


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: RealK("mean", 2.5), "kind: expected one of 'max', 'min', got 'mean'"),
        (lambda: RealK("max", 0.5), "kappa: expected kappa >= 1, got kappa = 0.5"),
        (lambda: RealK("max", float("nan")), "kappa: expected a finite number"),
        (lambda: RealK("max", True), r"kappa: expected a number, got True \(bool\)"),
        (lambda: RealK("max", None), "kappa: expected a number"),
        (lambda: objective("max@0.5"), "objective: expected K >= 1, got K = 0.5"),
        (lambda: objective("mean@2.5"), "expected an integer K for mean .*got K = 2.5"),
        (lambda: objective("top(1)", k=2.5), "expected an integer K for top"),
    ],
)
def test_a_bad_real_k_is_refused(call, message):
    with pytest.raises(InvalidInputError, match=message):
        call()


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelling", "suggestion"),
    [
        ("maxx@8", "max@8"),
        ("maximum@8", "max@8"),
        ("meen@8", "mean@8"),
        ("harrell-davis(0.5)@8", r"harrell_davis\(0.5\)@8"),
        ("Harrel Davis(0.5)@8", r"harrell_davis\(0.5\)@8"),
        ("tops(2)@8", r"top\(2\)@8"),
        ("uppercvar(0.1)@8", r"upper_cvar\(0.1\)@8"),
        ("l-moment(2)@8", r"lmoment\(2\)@8"),
        ("topp@4", r"top\(2\)@4"),
        ("tops2@4", r"top\(2\)@4"),
        ("tops(3)@5", r"top\(3\)@5"),
        ("ranks(9)@5", r"rank\(9\)@5"),
        ("meen(2)@5", "mean@5"),
        ("maxx@2.5", "max@2.5"),
        ("mean4", "mean@4"),
        ("avg16", "mean@16"),
        ("max2@4", "max@4"),
        ("uppercvar@0.1", r"upper_cvar\(0.1\)@16"),
        ("uppercvar@16", r"upper_cvar\(0.1\)@16"),
    ],
)
def test_an_unknown_name_gets_a_suggestion_with_its_numbers(spelling, suggestion):
    with pytest.raises(UnknownObjectiveError, match=f"did you mean '{suggestion}'") as caught:
        objective(spelling)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)
    assert "docs/guides/objectives.md" in str(caught.value)


@pytest.mark.parametrize(
    "spelling",
    ["zzz@8", "ｍａｘ@８", "∑@8", "8", "0.5@8", " @8", "\x00@8", "bat@4", "mode@4", "z" * 999 + "@8"],
)
def test_a_hopeless_name_is_told_where_the_list_is(spelling):
    with pytest.raises(UnknownObjectiveError, match="objective: expected a known name, got") as caught:
        objective(spelling)
    assert "did you mean" not in str(caught.value)
    assert len(str(caught.value)) < 200
    assert "docs/guides/objectives.md" in str(caught.value)


AS_THE_FIELD_WRITES_IT = [
    ("pass@4", "max@4"),
    ("PASS@4", "max@4"),
    ("pass@2.5", "max@2.5"),
    ("best@4", "max@4"),
    ("bon@4", "max@4"),
    ("BoN@4", "max@4"),
    ("best_of_n@4", "max@4"),
    ("best-of-n@4", "max@4"),
    ("best_of_4", "max@4"),
    ("best-of-4", "max@4"),
    ("best of 4", "max@4"),
    ("worst@4", "min@4"),
    ("worst-of-4", "min@4"),
    ("avg@4", "mean@4"),
    ("average@4", "mean@4"),
    ("pass^4", "min@4"),
    ("Pass ^ 4", "min@4"),
    ("pass_at_4", "max@4"),
    ("pass-at-4", "max@4"),
    ("mean_at_4", "mean@4"),
    ("top2@4", "top(2)@4"),
    ("top_2@4", "top(2)@4"),
    ("Top-2@4", "top(2)@4"),
    ("bottom2@4", "bottom(2)@4"),
    ("rank3@8", "rank(3)@8"),
    ("trimmed1@8", "trimmed(1)@8"),
    ("winsorized1@8", "winsorized(1)@8"),
    ("midrange2@8", "midrange(2)@8"),
    ("lmoment2@8", "lmoment(2)@8"),
    ("cvar0.1@16", "cvar(0.1)@16"),
    ("quantile.25@8", "quantile(0.25)@8"),
]


@pytest.mark.parametrize(("written", "canonical"), AS_THE_FIELD_WRITES_IT)
def test_what_the_field_writes_is_read_as_it_is_meant(written, canonical):
    assert str(objective(written)) == canonical
    assert objective(written) == objective(canonical)


def test_k_apart_of_what_the_field_writes():
    assert objective("pass", k=4) == objective("bon", k=4) == maximum(4)
    assert objective("avg", k=4) == mean(4)
    assert objective("top2", k=4) == top(2, 4)
    with pytest.raises(InvalidInputError, match="expected the K of 'pass_at_4', 4, or none, got 5"):
        objective("pass_at_4", k=5)


def test_pass_hat_k_is_that_all_k_pass():
    """For rewards 0 and 1 the worst of K is 1 where all are, and the best of K where one is."""
    for rewards in ([0, 0], [0, 1], [1, 1]):
        for spelling, holds in (("pass^2", all), ("pass@2", any)):
            total = sum(a * r for a, r in zip(objective(spelling).weights, rewards, strict=True))
            assert total == holds(rewards)


@pytest.mark.parametrize("spelling", ["maj@5", "majority@5", "cons@5", "maj_at_5"])
def test_a_majority_vote_is_explained(spelling):
    with pytest.raises(
        UnknownObjectiveError, match=r"for rewards 0 and 1 it is 'rank\(3\)@5', and otherwise"
    ):
        objective(spelling)
    for rewards in ([0] * i + [1] * (5 - i) for i in range(6)):
        vote = sum(rewards) > 2
        assert sum(a * r for a, r in zip(weights("rank(3)@5"), rewards, strict=True)) == vote


@pytest.mark.parametrize("spelling", ["maj@4", "maj", "maj@x", "maj@" + "9" * 5000])
def test_a_majority_vote_of_an_even_number_is_no_rank(spelling):
    with pytest.raises(UnknownObjectiveError, match=r"an odd K it is 'rank\(\(K\+1\)/2\)@K'"):
        objective(spelling)


@pytest.mark.parametrize(
    ("spelling", "suggestion"),
    [
        ("cvar@0.1", r"cvar\(0.1\)@16"),
        ("quantile@.5", r"quantile\(0.5\)@8"),
        ("wang@0.5", r"wang\(0.5\)@8"),
        ("upper_cvar@0.2", r"upper_cvar\(0.2\)@16"),
    ],
)
def test_a_level_in_the_place_of_k_is_told_where_it_goes(spelling, suggestion):
    with pytest.raises(InvalidInputError, match=f"expected K >= 1, got .*did you mean '{suggestion}'"):
        objective(spelling)


@pytest.mark.parametrize("spelling", ["top@1", "top@2", "rank@5", "cvar@3", "max(2)@5", "trimmed@1"])
def test_what_is_missing_is_shown_with_the_k_that_was_given(spelling):
    k = spelling.partition("@")[2]
    with pytest.raises(InvalidInputError, match=rf"such as '[^']*@{k}'") as caught:
        objective(spelling)
    example = str(caught.value).split("such as '")[1].rstrip("'")
    assert str(objective(example)).endswith(f"@{k}")


@pytest.mark.parametrize(
    ("spelling", "message"),
    [
        ("", r"objective: expected name@K or name\(arg, ...\)@K, such as 'max@8', got ''"),
        ("@8", "objective: expected name@K"),
        ("max@8@8", "objective: expected name@K .*got 'max@8@8'"),
        ("max(8", "objective: expected name@K"),
        ("max)8(", "objective: expected name@K"),
        ("max@(8)", "objective: expected name@K"),
        ("top((2))@8", "objective: expected name@K"),
        ("top(2)x@8", "objective: expected name@K"),
        ("max" * 99 + "@8@8", "…"),
        ("max", r"expected a K, as in 'max@8' or objective\('max', k=8\), got none in 'max'"),
        ("max@", "expected a K, as in 'max@8' .*got none in 'max@'"),
        ("top(2)", r"expected a K, as in 'top\(2\)@8' or objective\('top\(2\)', k=8\)"),
        ("max@0", "objective: expected K >= 1, got K = 0 in 'max@0'"),
        ("max@-1", "objective: expected K >= 1, got K = -1"),
        ("max@-1.5", "objective: expected K >= 1, got K = -1.5"),
        ("max@1e3", "K: expected a number written as 8, 0.25 or 3/10, got '1e3'"),
        ("max@1_000", "K: expected a number"),
        ("max@٣", "K: expected a number"),
        ("max@８", "K: expected a number"),
        ("max@nan", "K: expected a number"),
        ("max@inf", "K: expected a number"),
        ("max@True", "K: expected a number"),
        ("max@eight", "K: expected a number"),
        ("max@1/0", "K: expected a number"),
        ("max@8 8", "K: expected a number"),
        ("max@" + "9" * 9999, "K: expected a number"),
        ("max@" + "9" * 200, "K: expected 1 <= K <= 1000000"),
        ("max@1000001", "K: expected 1 <= K <= 1000000, got K = 1000001"),
        ("max(2)@8", r"expected 0 arguments for max, got 1 in 'max\(2\)@8'; write max@K, such as 'max@8'"),
        (
            "top@8",
            r"expected 1 argument for top, got 0 in 'top@8'; write top\(m\)@K, such as 'top\(2\)@8'",
        ),
        ("top()@8", "expected 1 argument for top, got 0"),
        ("rank@8", "expected 1 argument for rank, got 0"),
        ("top(1, 2)@8", "expected 1 argument for top, got 2"),
        (
            "quantile@8",
            r"expected 1 or 2 arguments for quantile, got 0 .*write quantile\(q\[, position\]\)@K",
        ),
        ("quantile(1, hazen, 2)@8", "expected 1 or 2 arguments for quantile, got 3"),
        ("top(,)@8", "expected 1 argument for top, got 2"),
        ("quantile(,)@8", "q: expected a number"),
        ("quantile(0.5, lagrange)@8", "position: expected one of 'inverted_cdf', .* got 'lagrange'"),
        ("quantile(0.5,)@8", "position: expected one of 'inverted_cdf', .* 'blom', got ''"),
        ("quantile(hazen, 0.5)@8", "q: expected a number .*got 'hazen'"),
        ("top(two)@8", "m: expected a number written as 8, 0.25 or 3/10, got 'two'"),
        ("top(1.5)@8", "m: expected an integer, got 1.5"),
        ("top(0)@4", "m: expected 1 <= m <= K = 4, got m = 0"),
        ("top(5)@4", "m: expected 1 <= m <= K = 4, got m = 5"),
        ("top(-1)@4", "got m = -1"),
        ("trimmed(2)@4", "m: expected 0 <= m and 2m < K = 4, got m = 2"),
        ("cvar(0)@4", "tau: expected 0 < tau <= 1, got tau = 0"),
        ("cvar(2)@4", "tau: expected 0 < tau <= 1, got tau = 2"),
        ("cvar(10%)@4", "tau: expected a number"),
        ("gini@1", "K: expected 2 <= K"),
        ("lmoment(5)@4", "r: expected 1 <= r <= K = 4, got r = 5"),
    ],
)
def test_a_bad_spelling_is_refused(spelling, message):
    with pytest.raises(InvalidInputError, match=message) as caught:
        objective(spelling)
    assert type(caught.value) is InvalidInputError


@pytest.mark.parametrize(
    ("k", "message"),
    [
        (9, "k: expected the K of 'max@8', 8, or none, got 9"),
        (8.5, "k: expected the K of 'max@8', 8, or none, got 8.5"),
        (True, r"k: expected a number, got True \(bool\)"),
        (np.True_, "k: expected a number"),
        (float("nan"), "k: expected a finite number"),
        ("x", "k: expected a number"),
        ([8], r"k: expected a number, got \[8\] \(list\)"),
    ],
)
def test_a_bad_k_apart_is_refused(k, message):
    with pytest.raises(InvalidInputError, match=message):
        objective("max@8", k=k)


@pytest.mark.parametrize("k", [0, -1, 0.5])
def test_k_apart_below_one_is_refused(k):
    for spelling in ("max", "TopM:1"):
        with pytest.raises(InvalidInputError, match="expected K >= 1, got"):
            objective(spelling, k=k)


@pytest.mark.parametrize("thing", [None, 8, [0, 1], ("max", 8), b"max@8", np.array([0.0, 1.0])])
def test_what_is_no_spelling_is_refused(thing):
    with pytest.raises(InvalidInputError, match="objective: expected a spelling such as 'max@8'"):
        objective(thing)


def test_the_list_is_made_from_the_registry():
    lines = spellings().splitlines()
    assert len(lines) == len(REGISTRY)
    for line, (name, entry) in zip(lines, REGISTRY.items(), strict=True):
        assert line.split() == [*entry.usage.split(), *entry.example.split()]
        assert entry.usage.startswith(name)
        assert str(objective(entry.example)) == entry.example


# --- OrderGrad's spellings ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelling", "k", "expected"),
    [
        # One rank: the largest, the smallest, the r-th from the top.
        ("ReMax", 3, [0, 0, 1]),
        ("ReMin", 3, [1, 0, 0]),
        ("Rank:1", 3, [0, 0, 1]),
        ("Rank:3", 4, [0, 1, 0, 0]),
        # The middle rank, or half of each of the two.
        ("Median", 3, [0, 1, 0]),
        ("Median", 4, [0, "1/2", "1/2", 0]),
        # 1/m on the m largest or smallest; half of each for both ends, overlapping for 2m > K.
        ("TopM:2", 4, [0, 0, "1/2", "1/2"]),
        ("BotM:3", 4, ["1/3", "1/3", "1/3", 0]),
        ("TopBot:1", 3, ["1/2", 0, "1/2"]),
        ("MidrangeM:2", 3, ["1/4", "1/2", "1/4"]),
        # 1/(K−2m) on the inner ranks; 1/K there, and m/K more on its two ends.
        ("TrimM:1", 4, [0, "1/2", "1/2", 0]),
        ("TrimmedM:1", 5, [0, "1/3", "1/3", "1/3", 0]),
        ("TrimmeanM:2", 5, [0, 0, 1, 0, 0]),
        ("WinsorizedM:1", 5, [0, "2/5", "1/5", "2/5", 0]),
        ("WindosrizedM:1", 3, [0, 1, 0]),
        # Between ⌊pos⌋ and the next, pos = q(K+1−2a) + a: 1.5, 1.25 and 1.4375 for q = ¼, K = 4.
        ("Quantile:0.25", 4, ["1/2", "1/2", 0, 0]),
        ("QuantileHazen:0.25", 4, ["1/2", "1/2", 0, 0]),
        ("QuantileWeibull:0.25", 4, ["3/4", "1/4", 0, 0]),
        ("QuantileBlom:0.25", 4, ["9/16", "7/16", 0, 0]),
        ("TopQuantile:0.25", 4, [0, 0, "1/2", "1/2"]),
        ("TopQuantileHazen:0.25", 4, [0, 0, "1/2", "1/2"]),
        ("TopQuantileWeibull:0.25", 4, [0, 0, "1/4", "3/4"]),
        ("TopQuantileBlom:0.25", 4, [0, 0, "7/16", "9/16"]),
        ("Quantile:0", 3, [1, 0, 0]),
        ("Quantile:1", 3, [0, 0, 1]),
        # 2(2j−K−1)/(K(K−1)).
        ("GiniMeanDifference", 3, ["-2/3", 0, "2/3"]),
        ("GMD", 2, [-1, 1]),
        # The L-moments of 2 and 3 numbers; OrderGrad's own weights are −1/8, 1/8 for λ₂ at K = 2.
        ("LMoment:1", 2, ["1/2", "1/2"]),
        ("LMoment:2", 2, ["-1/2", "1/2"]),
        ("LMoment:3", 3, ["1/3", "-2/3", "1/3"]),
        # Whole tails, where ours and OrderGrad's agree: qK = 2 ranks; and within one rank.
        ("LowerTailMean:0.5", 4, ["1/2", "1/2", 0, 0]),
        ("UpperTailMean:0.5", 4, [0, 0, "1/2", "1/2"]),
        ("LowerTailMean:0.1", 4, [1, 0, 0, 0]),
        # Fractional tails: masses ¼, .05 of .3; OrderGrad takes ⌈1.2⌉ = 2 whole ranks, ½ each.
        ("LowerTailMean:0.3", 4, ["5/6", "1/6", 0, 0]),
        ("UpperTailMean:0.3", 4, [0, 0, "1/6", "5/6"]),
        # Levels [¼, ¾], whole ranks on both sides.
        ("RangeLowerTailMean:0.25:0.75", 4, [0, "1/2", "1/2", 0]),
        ("RangeUpperTailMean:0:0.25", 4, [0, 0, 0, 1]),
        ("RangeLowerTailMean:0:0.25", 4, [1, 0, 0, 0]),
        # Levels [.1, .6]: masses .15, .25, .1 of .5; OrderGrad takes ranks 1 to 3 whole, ⅓ each.
        ("RangeLowerTailMean:0.1:0.6", 4, ["3/10", "1/2", "1/5", 0]),
        ("RangeUpperTailMean:0.1:0.6", 4, [0, "1/5", "1/2", "3/10"]),
        # TrimmedMeanFrac counts from the top: lo is cut off there, so the levels are [1−hi, 1−lo].
        ("TrimmedMeanFrac:0.25:1", 4, ["1/3", "1/3", "1/3", 0]),
        ("TrimmedMeanFrac:0:0.75", 4, [0, "1/3", "1/3", "1/3"]),
        ("TrimmedMeanFrac:0.1:0.6", 4, [0, "1/5", "1/2", "3/10"]),
    ],
)
def test_ordergrad_spellings(spelling, k, expected):
    assert objective(spelling, k=k) == LStatistic(expected)
    assert objective(f" {spelling.swapcase()} ", k=k) == LStatistic(expected)


def test_ordergrad_harrell_davis():
    """At K = 2, q = ½ the beta function's halves are equal: I_½(1.5, 1.5) = ½."""
    ours = objective("HarrellDavis:0.5", k=2).weights
    assert max(abs(w - F(1, 2)) for w in ours) <= 2**-52
    for misspelt in ("HarrelDavis:0.3", "HARRELDAVIS: 0.3"):
        assert objective(misspelt, k=5) == harrell_davis("0.3", 5)


def test_ordergrad_objectives_get_our_names_where_there_is_one():
    assert objective("TopM:2", k=8).name == "top(2)@8"
    assert objective("TopQuantileBlom:0.1", k=8).name == "quantile(0.9, blom)@8"
    assert objective("LowerTailMean:0.25", k=8).name == "cvar(0.25)@8"
    for spelling in ("RangeLowerTailMean:0:1", "RangeUpperTailMean:0:1", "TrimmedMeanFrac:0:1"):
        assert objective(spelling, k=8).name == "between(0, 1)@8"
        assert objective(spelling, k=8) == mean(8)


def test_ordergrad_real_k():
    assert objective("ReMax", k=2.5) == RealK("max", 2.5)
    assert objective("remin", k="7/3") == RealK("min", F(7, 3))


@pytest.mark.parametrize(
    ("spelling", "k", "message"),
    [
        ("TopM:2", None, r"expected K apart .*as in objective\('TopM:2', k=8\)"),
        ("ReMax", None, r"as in objective\('ReMax', k=8\)"),
        ("TopM:2@8", None, r"as in objective\('TopM:2', k=8\), got 'TopM:2@8' and k = None"),
        ("TopM:2@8", 8, r"as in objective\('TopM:2', k=8\)"),
        ("ReMax@8", None, r"as in objective\('ReMax', k=8\)"),
        ("TopM", 8, "objective: expected TopM written as 'TopM:m', got 'TopM'"),
        ("TopM:", 8, "m: expected a number"),
        ("TopM:2:3", 8, "objective: expected TopM written as 'TopM:m'"),
        ("TopM(2)", 8, "objective: expected TopM written as 'TopM:m'"),
        ("ReMax:2", 8, "objective: expected ReMax written as 'ReMax', got 'ReMax:2'"),
        (
            "RangeLowerTailMean:0.5",
            8,
            "expected RangeLowerTailMean written as 'RangeLowerTailMean:lo:hi'",
        ),
        ("RangeLowerTailMean:0.5:0.5", 8, "0 <= lo < hi <= 1, got lo = 0.5, hi = 0.5"),
        ("TrimmedMeanFrac:-0.1:0.5", 8, "got lo = -0.1, hi = 0.5"),
        ("TrimmedMeanFrac:0:1.5", 8, "got lo = 0, hi = 1.5"),
        ("TopM:two", 8, "m: expected a number"),
        ("TopM:0", 8, "m: expected 1 <= m <= K = 8, got m = 0"),
        ("TopM:9", 8, "got m = 9"),
        ("TrimM:4", 8, "2m < K = 8"),
        ("Quantile:1.5", 8, "0 <= q <= 1"),
        ("LowerTailMean:0", 8, "0 < tau <= 1"),
        ("HarrellDavis:1", 8, "0 < q < 1"),
        ("GMD", 1, "2 <= K"),
        ("LMoment:9", 8, "1 <= r <= K = 8"),
        ("TopM:2", 2.5, r"expected an integer K for TopM \(ReMax and ReMin alone .*got k = 2.5"),
        ("GMD", 2.5, "expected an integer K for GMD"),
        ("TopM:2", 2_000_000, "1 <= K <= 1000000"),
        ("RangeLowerTailMean:0:1", 2_000_000, "1 <= K <= 1000000"),
    ],
)
def test_a_bad_ordergrad_spelling_is_refused(spelling, k, message):
    with pytest.raises(InvalidInputError, match=message):
        objective(spelling, k=k)


@pytest.mark.parametrize(
    ("spelling", "hint"),
    [
        ("TopN:2", "did you mean 'TopM:m'"),
        ("max:8", "'top\\(2\\)@8'"),
        (":", "expected a name of OrderGrad's, got ':'"),
    ],
)
def test_an_unknown_ordergrad_name_is_told_where_the_list_is(spelling, hint):
    with pytest.raises(UnknownObjectiveError, match=hint) as caught:
        objective(spelling, k=8)
    assert len(str(caught.value)) < 250
    assert "docs/guides/objectives.md" in str(caught.value)
