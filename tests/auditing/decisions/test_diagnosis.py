"""Which mistake gives exactly these answers: each, planted independently, is told by its own sentence.

Law: every kind of mistake in the table is recognised when it is written another way, by enumerating the sets
of K, one group at a time. Law: no published estimator is taken for a mistake, nor is any right one.
"""

from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pytest
from helpers.wrong_estimators import RIGHT, canonical, include_one, leave_one_out

import ordergrad_ref as og
from ordergrad_ref import maxk
from ordergrad_ref.agreement import tolerance
from ordergrad_ref.auditing.decisions import diagnosis
from ordergrad_ref.auditing.decisions.mistakes import DIVISORS, mistakes
from ordergrad_ref.auditing.decisions.multisets import Multisets

N, K = 6, 3
U = 2.0**-53
ALPHA = og.objective("max@3")


def rest(x, i):
    return np.delete(x, i)


def best_of_others(x, i, k=K):
    """``u_i^(K−1)``."""
    return np.mean([max(s) for s in combinations(rest(x, i), k - 1)])


def improvements(x):
    return np.array(
        [np.mean([max(x[i] - max(s), 0) for s in combinations(rest(x, i), K - 1)]) for i in range(len(x))]
    )


def by_rank(x, won, lost, own=False):
    """``Σ won(r) x_(r) + Σ_(s>r) lost(s) x_(s)`` in plain loops; ranks from one; ties as they come."""
    order = sorted(range(len(x)), key=lambda i: (x[i], i))
    q = np.zeros(len(x))
    for r, i in enumerate(order, 1):
        q[i] = won(r) * x[i] + sum(lost(s) * x[order[s - 1]] for s in range(r if own else r + 1, len(x) + 1))
    return q


def sets(n, k):
    return len(list(combinations(range(n), k))) if n >= 0 and k >= 0 else 0


def won(shift=0):
    return lambda r: sets(r - 1 + shift, K - 1)


def lost(shift=0):
    return lambda s: sets(s - 2 + shift, K - 2)


def replaced(x):
    return np.array([np.mean([max(x[i], *s) for s in product(x, repeat=K - 1)]) for i in range(len(x))])


def credit(x, behind, everyone=False):
    best = [i for i in range(len(x)) if x[i] == max(x)]
    a = np.zeros(len(x))
    for i in best if everyone else best[-1:]:
        a[i] = x[i] - behind
    return a


def put_back(f, x, how):
    order = np.argsort(x, kind="stable")
    answers = f(x[order], K)
    return {"left": answers, "descending": answers[::-1], "gathered": answers[order]}[how]


def ranks(x):
    return np.array([sum(y < v for y in x) for v in x], dtype=float)


def places(x):
    order = sorted(range(len(x)), key=lambda i: (x[i], i))
    return np.array([order.index(i) for i in range(len(x))], dtype=float)


PLANTED = {
    "ranks up": ("ranks one too high", lambda x: by_rank(x, won(1), lost(1))),
    "ranks down": ("ranks one too low", lambda x: by_rank(x, won(-1), lost(-1))),
    "wins up": ("C(r, K−1) where C(r−1, K−1) belongs", lambda x: by_rank(x, won(1), lost())),
    "wins down": ("C(r−2, K−1) where C(r−1, K−1) belongs", lambda x: by_rank(x, won(-1), lost())),
    "losses up": ("C(s−1, K−2) where C(s−2, K−2) belongs", lambda x: by_rank(x, won(), lost(1))),
    "losses down": ("C(s−3, K−2) where C(s−2, K−2) belongs", lambda x: by_rank(x, won(), lost(-1))),
    "own rank": ("sum over s ≥ r", lambda x: by_rank(x, won(), lost(), own=True)),
    "with replacement": ("with replacement", replaced),
    "winners": ("C(r−1, K−1) x_(r) alone", lambda x: by_rank(x, won(), lambda s: 0)),
    "winners centred": (
        "of those that it loses, less its mean over the group",
        lambda x: (q := by_rank(x, won(), lambda s: 0)) - q.mean(),
    ),
    "ranks up, right baseline": (
        "less the right baseline",
        lambda x: by_rank(x, won(1), lost(1)) / sets(N - 1, K - 1) - leave_one_out(x, K),
    ),
    "own baseline": ("h_i less the mean of h", lambda x: (h := improvements(x)) - h.mean()),
    "rivals with itself": (
        "mean maximum of K − 1 of all N",
        lambda x: include_one(x, K) - np.mean([max(s) for s in combinations(x, K - 1)]),
    ),
    "mean of all": ("q_i less the mean reward", lambda x: include_one(x, K) - x.mean()),
    "maximum of all": ("q_i less the maximum", lambda x: include_one(x, K) - max(x)),
    "reward under the maximum": ("x_i less the maximum", lambda x: x - max(x)),
    "even places": (
        "at the first, third",
        lambda x: [a * (i % 2 == 0) for i, a in enumerate(canonical(x, K))],
    ),
    "odd places": ("at the second, fourth", lambda x: [a * (i % 2) for i, a in enumerate(canonical(x, K))]),
    "running best": ("its own among them", lambda x: [v - max(x[: i + 1]) for i, v in enumerate(x)]),
    "best before": ("0 before the first", lambda x: [v - (max(x[:i]) if i else 0) for i, v in enumerate(x)]),
    "argmax": ("credit to one best reward, over nothing", lambda x: credit(x, 0)),
    "argmax, mean": ("one best reward, over the mean of the group", lambda x: credit(x, x.mean())),
    "argmax, median": ("one best reward, over the median", lambda x: credit(x, np.median(x))),
    "argmaxes, mean": ("every best reward, over the mean", lambda x: credit(x, x.mean(), True)),
    "argmaxes, smallest": ("every best reward, over the smallest", lambda x: credit(x, x.min(), True)),
    "unsorted": ("left in ascending order", lambda x: put_back(canonical, x, "left")),
    "unsorted, descending": ("left in descending order", lambda x: put_back(include_one, x, "descending")),
    "gathered": ("gathered by the order", lambda x: put_back(canonical, x, "gathered")),
    "clipped": ("clipped to ±1", lambda x: np.array([min(max(a, -1), 1) for a in canonical(x, K)])),
    "positive": ("where it is positive", lambda x: np.array([max(a, 0) for a in canonical(x, K)])),
    "good": ("above its mean", lambda x: np.where((q := include_one(x, K)) > q.mean(), q, 0)),
    "ranks": ("of the ranks of the rewards", lambda x: canonical(ranks(x), K)),
    "argsort ranks": ("as argsort has them", lambda x: canonical(places(x), K)),
    "integers": ("cut to integers", lambda x: canonical(np.array([int(v) for v in x], float), K)),
    "positive rewards": ("negative rewards count as zero", lambda x: canonical(np.where(x < 0, 0, x), K)),
}


def std(y, ddof=0):
    return (sum((v - sum(y) / len(y)) ** 2 for v in y) / (len(y) - ddof)) ** 0.5


DIVIDED = {
    "the standard deviation of": std,
    "the standard deviation of the group's": lambda y: std(y, 1),  # the same up to a factor
    "ddof = 0, plus ε = 0.0001": lambda y: std(y) + 1e-4,
    "ddof = 1, plus ε = 1e-06": lambda y: std(y, 1) + 1e-6,
    "the range": lambda y: max(y) - min(y),
    "the largest magnitude": lambda y: max(map(abs, y)),
    "the sum of magnitudes": lambda y: sum(map(abs, y)),
    "the Euclidean norm": lambda y: sum(v * v for v in y) ** 0.5,
    "the mean": lambda y: sum(y) / len(y),
}
BASES = {"the canonical advantage": canonical, "q_i": include_one, "h_i": lambda x, k: improvements(x)}
VALUES = tuple(map(Fraction, (-2, 0, Fraction(1, 2), 4)))


@pytest.fixture(scope="module")
def tables():
    multisets = Multisets(N, VALUES).table
    rng = np.random.default_rng(0)
    random = np.stack([rng.choice(np.arange(-64, 64), N, replace=False) / 16 for _ in range(12)])
    return [multisets, random, rng.permuted(multisets[::3], axis=1)]


def recognised(tables, planted):
    answers = [np.stack([planted(row) for row in x]) for x in tables]
    return diagnosis.recognised_mistake(tables, answers, ALPHA, tolerance(U), U)


@pytest.mark.slow
@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_mistake_is_told_by_its_sentence(tables, planted):
    phrase, function = PLANTED[planted]
    found = recognised(tables, function)
    assert found is not None
    assert phrase in found.says
    assert found.remedy.endswith(".")


@pytest.mark.slow
@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("divisor", DIVIDED)
def test_a_planted_divisor_is_told_by_its_sentence(tables, divisor, base):
    """Of the rewards; where they are all equal, or the divisor is zero otherwise, the answer is zero."""

    def divided(x):
        below = DIVIDED[divisor](x.tolist())
        return BASES[base](x, K) / below if below else np.zeros(len(x))

    found = recognised(tables, divided)
    assert found is not None
    assert found.name == "a divisor"
    assert divisor in found.says
    assert f"{base} divided by" in found.says


def by_place(x):
    """``w_r x_i``, where w_r counts the sets of three in which the reward of this place is the median."""
    return np.array([r * (N - 1 - r) * v for r, v in zip(places(x), x, strict=True)])


@pytest.mark.parametrize(("centred", "phrase"), [(0, "of its rank, where"), (1, "less the mean of these")])
def test_weights_of_places_are_told_where_the_objective_is_no_maximum(tables, centred, phrase):
    answers = [np.stack([(a := by_place(row)) - centred * a.mean() for row in x]) for x in tables]
    found = diagnosis.recognised_mistake(tables, answers, og.objective("median@3"), tolerance(U), U)
    assert found.name == "ties by index"
    assert phrase in found.says


def test_a_divisor_of_the_advantages(tables):
    found = recognised(tables, lambda x: (a := canonical(x, K)) / (std(a, 1) or 1))
    assert "the standard deviation of the group's advantages" in found.says


@pytest.mark.slow
def test_every_kind_of_mistake_is_planted(tables):
    """A new row of the table needs a function of its own here."""
    kinds = {m.name for m in mistakes(ALPHA, N)} - {"a divisor"}
    assert kinds == {recognised(tables, function).name for _, function in PLANTED.values()}
    names = {name.partition(" (")[0] for name, _ in DIVISORS}
    assert names == {"the standard deviation" if "ddof" in d or "deviation" in d else d for d in DIVIDED}


@pytest.mark.parametrize("name", RIGHT)
def test_no_right_estimator_is_taken_for_a_mistake(tables, name):
    assert recognised(tables, lambda x: RIGHT[name][0](x, K)) is None


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["own", "max@3"])
@pytest.mark.parametrize("name", maxk.FAMILY)
def test_no_published_estimator_is_taken_for_a_mistake(name, objective):
    contract = maxk.FAMILY[name].contract
    asked = contract.objective(5, 3) if objective == "own" else objective
    assert og.audit(maxk.FAMILY[name], asked, n=5).diagnosis is None


# ---- what a verdict shows


def test_another_k():
    found = og.audit(lambda x: canonical(x, 2), "max@3", n=5).diagnosis
    assert found.name == "another K"
    assert "unbiased for max@2" in found.says
    assert "K − 1 = 2 where K = 3" in found.says


@pytest.mark.slow
@pytest.mark.parametrize(
    ("factor", "name"),
    [
        (Fraction(4, 5), "(N−1)/N"),
        (Fraction(5, 4), "N/(N−1)"),
        (Fraction(3, 5), "K/N"),
        (Fraction(5, 3), "N/K"),
    ],
)
def test_a_constant_that_is_a_slip(factor, name):
    found = og.audit(lambda x: canonical(x, 3) * float(factor), "max@3", n=5).diagnosis
    assert found is None or found.name == "a constant"
    if factor == Fraction(3, 5):  # PKPO's own, less a baseline: its sum over the group, not its mean
        return
    assert f"{name} = {factor} times the canonical" in found.says
    assert f"multiply by {1 / factor}" in found.remedy


@pytest.mark.slow
def test_signs_and_nothing():
    assert og.audit(lambda x: -canonical(x, 3), "max@3", n=5).diagnosis.name == "the sign"
    assert og.audit(lambda x: leave_one_out(x, 3), "max@3", n=5).diagnosis.name == "no signal"


# ---- between groups


@pytest.mark.parametrize("name", ["centring over the batch", "a divisor of the batch"])
def test_what_mixes_groups(name):
    """The mean, or the spread, is that of all groups."""
    x = np.random.default_rng(1).integers(0, 9, (4, 5)).astype(float)
    q = np.stack([include_one(row, 3) for row in x])
    if name.startswith("centring"):
        together, alone = q - q.mean(), q - q.mean(axis=1, keepdims=True)
    else:
        a = np.stack([canonical(row, 3) for row in x])
        together, alone = a / a.std(), a / a.std(axis=1, keepdims=True)
    assert diagnosis.of_groups(together, alone, tolerance(U)).name == name
    assert diagnosis.of_groups(alone, alone, tolerance(U)) is None


def test_an_audit_says_what_mixes_groups():
    """The function takes one group, and a table whose mean it takes over everything."""
    report = og.audit(lambda x: x - x.mean(), "mean@1", n=5)
    assert report.finding("groups-apart").holds is False
    assert report.unbiased
    assert report.finding("groups-apart").lesson.columns[0].label == "group"


def test_constants_that_are_a_slip():
    """Of the canonical 1/K, at N = 7 and K = 3, where no two of them are equal."""
    slips = {
        "(N−1)/N": Fraction(6, 7),
        "N/(N−1)": Fraction(7, 6),
        "(N−K)/N": Fraction(4, 7),
        "K/N": Fraction(3, 7),
        "N/K": Fraction(7, 3),
        "(N/K)²": Fraction(49, 9),
        "(K−1)/K": Fraction(2, 3),
        "K/(K−1)": Fraction(3, 2),
        "1/N": Fraction(1, 7),
        "1/K": Fraction(1, 3),
        "N": Fraction(7),
        "K": Fraction(3),
    }
    for name, factor in slips.items():
        found = diagnosis.of_constant(factor / 3, ALPHA, 7)
        assert found.says.startswith(f"Its c = {factor / 3} is {name} = {factor} times the canonical")
        assert f"multiply by {1 / factor} for c = 1/K" in found.remedy
    for none in (None, Fraction(1, 3), Fraction(5, 7), 0.1):
        assert diagnosis.of_constant(none, ALPHA, 7) is None
    assert diagnosis.of_constant(Fraction(0), ALPHA, 7).name == "no signal"
    assert diagnosis.of_constant(-0.1, ALPHA, 7).name == "the sign"
    assert diagnosis.of_constant(Fraction(1), og.objective("mean@1"), 1) is None  # all of them are one


def test_large_tables_are_thinned_evenly():
    rows = diagnosis._some(np.zeros((10_001, 4)))
    assert len(rows) == 2**14 / 4
    assert (rows[0], rows[-1]) == (0, 10_000)
    assert set(np.diff(rows)) == {2, 3}
    assert diagnosis._some(np.zeros((3, 10**6))).tolist() == [0]
    assert diagnosis._some(np.zeros((5, 4))).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e9])
def test_what_mixes_groups_is_seen_in_every_unit(unit):
    """A group of equal rewards answers zeros, alone and in a batch; roundings are no difference."""
    alone = unit * np.array([[0.0, 0.0, 0.0], [-1.0, 0.0, 1.0], [-2.0, 1.0, 1.0]])
    assert diagnosis.of_groups(alone * (1 + 2.0**-40), alone, tolerance(U)) is None
    assert diagnosis.of_groups(alone + unit, alone, tolerance(U)).name == "centring over the batch"
    assert diagnosis.of_groups(alone * 2, alone, tolerance(U)).name == "a divisor of the batch"
    assert diagnosis.of_groups(alone[:, ::-1], alone, tolerance(U)) is None
