"""Mistakes that are made in practice, each as the advantage that it gives, in plain NumPy on tables.

A mistake is one row: what the function does instead, what to do about it, and the answer that it gives to
rewards ``(G, N)`` for an objective, in the words of spec section 8. Some are whole answers, some are made of
two parts, a signal and a baseline, and some of a right answer and a divisor.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import comb
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ordergrad_ref import batch, maxk
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.objectives import LStatistic

__all__ = ["Answer", "Mistake", "canonical", "inclusion", "mistakes"]

Table: TypeAlias = NDArray[np.float64]
Answer: TypeAlias = Callable[[Table, LStatistic], Table]


@dataclass(frozen=True)
class Mistake:
    """One way to be wrong.

    Attributes
    ----------
    name : str
        Such as ``"the sample in its own baseline"``.
    gives : str
        What the function computes instead, as the end of "this is exactly …".
    remedy : str
        What to do, as an order.
    answer : callable (rewards (G, N), objective) -> (G, N)
        What comes of it, up to a factor.
    of_max : bool
        Whether it is a mistake about max@K alone.
    """

    name: str
    gives: str
    remedy: str
    answer: Answer
    of_max: bool = False


def mistakes(alpha: LStatistic, n: int) -> Iterator[Mistake]:
    """Yield what can go wrong with an estimator of this objective's gradient in groups of n."""
    is_max = alpha.weights[-1] == 1 and not any(alpha.weights[:-1])
    for row in (*WHOLE, *(() if is_max else BY_PLACE), *_of_parts(), *_divided(is_max)):
        if is_max or not row.of_max:
            yield row


# ---- right parts


def canonical(x: Table, alpha: LStatistic) -> Table:
    """``q_i − v^(−i)``. Spec eq. (25)."""
    return batch.advantage(x, alpha)


def inclusion(x: Table, alpha: LStatistic) -> Table:
    """``q_i``. Spec eq. (18)."""
    return batch.inclusion(x, alpha)


def improvement(x: Table, alpha: LStatistic) -> Table:
    """``h_i = q_i − u_i^(K−1)``. Spec eq. (41)."""
    return maxk.pkpo_loo_minus_one(x, alpha.k) * (x.shape[1] / alpha.k)


# ---- wrong signals


def ranked(x: Table, alpha: LStatistic, wins: int = 0, losses: int = 0, own: bool = False) -> Table:
    """``q_i`` of max@K by ranks: ``[C(r−1, K−1) x_(r) + Σ_(s>r) C(s−2, K−2) x_(s)] / C(N−1, K−1)``.

    ``wins`` and ``losses`` are added to the upper index of either binomial; with ``own`` the sum begins at r.
    """
    n, k = x.shape[1], alpha.k
    order = np.argsort(x, axis=1, kind="stable")
    s = np.take_along_axis(x, order, axis=1)
    won = np.array([_choose(r - 1 + wins, k - 1) for r in range(1, n + 1)]) * s
    lost = np.array([_choose(r - 2 + losses, k - 2) for r in range(1, n + 1)]) * s
    after = np.cumsum(lost[:, ::-1], axis=1)[:, ::-1] - (0 if own else lost)
    q = np.empty_like(s)
    np.put_along_axis(q, order, (won + after) / comb(n - 1, k - 1), axis=1)
    return q


def with_replacement(x: Table, alpha: LStatistic) -> Table:
    """``E max(x_i, K − 1 rewards drawn from the batch with replacement)``: a V-statistic."""
    n, k = x.shape[1], alpha.k
    levels = np.sort(x, axis=1)
    steps = np.diff((np.arange(n + 1) / n) ** (k - 1))
    return np.einsum("gij,j->gi", np.maximum(x[:, :, None], levels[:, None, :]), steps)


def own_wins(x: Table, alpha: LStatistic) -> Table:
    """``C(r−1, K−1) x_(r) / C(N−1, K−1)``: what i wins itself, and nothing of the sets that it loses."""
    n, k = x.shape[1], alpha.k
    order = np.argsort(x, axis=1, kind="stable")
    won = np.array([_choose(r - 1, k - 1) for r in range(1, n + 1)]) / comb(n - 1, k - 1)
    a = np.empty_like(x)
    np.put_along_axis(a, order, won * np.take_along_axis(x, order, axis=1), axis=1)
    return a


def _choose(n: int, k: int) -> float:
    return float(comb(n, k)) if n >= 0 and k >= 0 else 0.0


SIGNALS: tuple[tuple[str, str, str, Answer], ...] = (
    (
        "ranks off by one, upwards",
        "q_i with ranks one too high: C(r, K−1) for C(r−1, K−1), and C(s−1, K−2) for C(s−2, K−2)",
        "Count how many rewards lie below: the smallest has rank r = 1, and wins C(0, K−1) sets.",
        partial(ranked, wins=1, losses=1),
    ),
    (
        "ranks off by one, downwards",
        "q_i with ranks one too low: C(r−2, K−1) for C(r−1, K−1), and C(s−3, K−2) for C(s−2, K−2)",
        "Count ranks from r = 1 for the smallest reward: it has r − 1 = 0 below it, the largest N − 1.",
        partial(ranked, wins=-1, losses=-1),
    ),
    (
        "wins off by one, upwards",
        "q_i with C(r, K−1) where C(r−1, K−1) belongs: a reward counts among its own rivals",
        "Use C(r−1, K−1) for the reward of rank r, with r = 1 for the smallest.",
        partial(ranked, wins=1),
    ),
    (
        "wins off by one, downwards",
        "q_i with C(r−2, K−1) where C(r−1, K−1) belongs",
        "Use C(r−1, K−1) for the reward of rank r, with r = 1 for the smallest.",
        partial(ranked, wins=-1),
    ),
    (
        "losses off by one, upwards",
        "q_i with C(s−1, K−2) where C(s−2, K−2) belongs: i itself is not taken out of the rest",
        "Use C(s−2, K−2): i and s are in the set, and K − 2 more of the other s − 2 below s.",
        partial(ranked, losses=1),
    ),
    (
        "losses off by one, downwards",
        "q_i with C(s−3, K−2) where C(s−2, K−2) belongs",
        "Use C(s−2, K−2): i and s are in the set, and K − 2 more of the other s − 2 below s.",
        partial(ranked, losses=-1),
    ),
    (
        "the own rank among the losses",
        "q_i with the sum over s ≥ r where it is over s > r: a reward loses to itself too",
        "Let the sum of what wins against i begin one rank above i.",
        partial(ranked, own=True),
    ),
    (
        "drawing with replacement",
        "the mean maximum of x_i and K − 1 rewards drawn from the batch with replacement, i among them",
        "Draw the K − 1 from the N − 1 others, without replacement: C(r−1, K−1)/C(N−1, K−1) for (r/N)^(K−1).",
        with_replacement,
    ),
    (
        "credit to winners alone",
        "C(r−1, K−1) x_(r) alone: what i gets of the sets that it wins, and nothing of those that it loses",
        "Add Σ_(s>r) C(s−2, K−2) x_(s), the maximum of the sets that i is in and does not win.",
        own_wins,
    ),
)
"""Wrong include-one values of max@K: the name, what is computed, the remedy, and the answer."""


# ---- baselines


def _nothing(signal: Table, x: Table, alpha: LStatistic) -> Table | float:
    return 0.0


def _own_mean(signal: Table, x: Table, alpha: LStatistic) -> Table | float:
    return np.asarray(signal.mean(axis=1, keepdims=True))


def _leave_one_out(signal: Table, x: Table, alpha: LStatistic) -> Table | float:
    return batch.leave_one_out(x, alpha)


Baseline: TypeAlias = Callable[[Table, Table, LStatistic], Table | float]

BASELINES: tuple[tuple[str, Baseline], ...] = (
    ("", _nothing),
    (", less its mean over the group", _own_mean),
    (", less the right baseline v^(−i)", _leave_one_out),
)
"""What may be subtracted from a wrong signal."""


def _of_parts() -> Iterator[Mistake]:
    for name, gives, remedy, signal in SIGNALS:
        for less, baseline in BASELINES:

            def answer(
                x: Table, alpha: LStatistic, signal: Answer = signal, baseline: Baseline = baseline
            ) -> Table:
                q = signal(x, alpha)
                return q - baseline(q, x, alpha)

            yield Mistake(name, gives + less, remedy, answer, of_max=True)


# ---- divisors


def _std(ddof: int, epsilon: float, of: Table) -> Table:
    return np.asarray(of.std(axis=1, ddof=ddof, keepdims=True) + epsilon)


Divisor: TypeAlias = Callable[[Table], Table]

DIVISORS: tuple[tuple[str, Divisor], ...] = (
    ("the standard deviation", partial(_std, 0, 0.0)),  # of either ddof, which is a factor
    *(
        (f"the standard deviation (ddof = {ddof}, plus ε = {epsilon:g})", partial(_std, ddof, epsilon))
        for epsilon in (1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)
        for ddof in (0, 1)
    ),
    ("the range", lambda y: np.ptp(y, axis=1, keepdims=True)),
    ("the largest magnitude", lambda y: abs(y).max(axis=1, keepdims=True)),
    ("the sum of magnitudes", lambda y: abs(y).sum(axis=1, keepdims=True)),
    ("the Euclidean norm", lambda y: np.sqrt((y * y).sum(axis=1, keepdims=True))),
    ("the mean", lambda y: y.mean(axis=1, keepdims=True)),
)
"""What an advantage may be divided by, group by group; of the rewards, or of the advantage itself."""


def _divided(is_max: bool) -> Iterator[Mistake]:
    for by, divisor in DIVISORS:
        bases: list[tuple[str, Answer]] = [("the canonical advantage", canonical), ("q_i", inclusion)]
        if is_max:
            bases.append(("h_i", improvement))
        for base, right in bases:
            for whose in ("rewards", "advantages"):

                def answer(
                    x: Table,
                    alpha: LStatistic,
                    right: Answer = right,
                    whose: str = whose,
                    by: Divisor = divisor,
                ) -> Table:
                    a = right(x, alpha)
                    below = by(x if whose == "rewards" else a)
                    return np.divide(a, below, out=np.zeros_like(a), where=below != 0)

                yield Mistake(
                    "a divisor",
                    f"{base} divided by {by} of the group's {whose}",
                    "Do not divide by what each group has of its own: every batch then has another constant, "
                    "and the expected gradient is no multiple of the true one. Divide by one number for all "
                    "groups, if by any.",
                    answer,
                )


# ---- whole answers


def _argmax(baseline: Callable[[Table], Table], all_tied: bool, x: Table, alpha: LStatistic) -> Table:
    top = x.max(axis=1, keepdims=True)
    if all_tied:
        best = x == top
    else:
        best = np.zeros(x.shape, dtype=bool)
        np.put_along_axis(best, x.argmax(axis=1)[:, None], True, axis=1)
    return np.where(best, x - baseline(x), 0.0)


BEHIND: tuple[tuple[str, Callable[[Table], Table]], ...] = (
    ("over nothing", lambda x: np.zeros((len(x), 1))),
    # The mean of the others would be the same up to a factor.
    ("over the mean of the group", lambda x: x.mean(axis=1, keepdims=True)),
    ("over the median of the group", lambda x: np.median(x, axis=1, keepdims=True)),
    ("over the smallest reward", lambda x: x.min(axis=1, keepdims=True)),
)


def _by_order(f: Answer, how: str, x: Table, alpha: LStatistic) -> Table:
    """Answer sorted rewards, and put the answers back wrongly, or not at all."""
    order = np.argsort(x, axis=1, kind="stable")
    a = f(np.sort(x, axis=1), alpha)
    if how == "descending":
        return a[:, ::-1]
    return a if how == "ascending" else np.take_along_axis(a, order, axis=1)


def _clipped(limit: float, scaled: bool, x: Table, alpha: LStatistic) -> Table:
    return np.clip(canonical(x, alpha) * (alpha.k if scaled else 1), -limit, limit)


def _of(change: Callable[[Table], Any], x: Table, alpha: LStatistic) -> Table:
    return canonical(np.asarray(change(x), dtype=np.float64), alpha)


def _of_some(first: int, step: int, x: Table, alpha: LStatistic) -> Table:
    a = np.zeros_like(x)
    a[:, first::step] = canonical(x, alpha)[:, first::step]
    return a


def _running(own: bool, x: Table, alpha: LStatistic) -> Table:
    """``x_i`` less the best reward before it; before the first stands zero."""
    best = np.maximum.accumulate(x, axis=1)
    return np.asarray(x - (best if own else np.pad(best[:, :-1], ((0, 0), (1, 0)))))


def _weight_of_place(centred: bool, x: Table, alpha: LStatistic) -> Table:
    """``w_(r) x_i`` with the rank r of each place in the order of argsort, w the weights of ``v``."""
    w = rank_weights.floating(x.shape[1], alpha)
    a = w[np.argsort(np.argsort(x, axis=1, kind="stable"), axis=1)] * x
    return np.asarray(a - a.mean(axis=1, keepdims=True)) if centred else a


def _tied_ranks(x: Table) -> Table:
    return (x[:, :, None] > x[:, None, :]).sum(axis=2).astype(float)


def _argsort_ranks(x: Table) -> Table:
    return np.argsort(np.argsort(x, axis=1, kind="stable"), axis=1).astype(float)


def _own_baseline(x: Table, alpha: LStatistic) -> Table:
    h = improvement(x, alpha)
    return np.asarray(h - h.mean(axis=1, keepdims=True))


def _rivals_with_itself(x: Table, alpha: LStatistic) -> Table:
    """``q_i`` less the mean maximum of K − 1 of all N, i among them."""
    n, k = x.shape[1], alpha.k
    s = np.sort(x, axis=1)
    weights = np.array([_choose(r, k - 2) for r in range(n)]) / comb(n, k - 1) if k > 1 else np.zeros(n)
    return inclusion(x, alpha) - (s @ weights)[:, None]


WHOLE: tuple[Mistake, ...] = (
    Mistake(
        "the sample in its own baseline",
        "h_i less the mean of h over the whole group, in which every h_j depends on x_i",
        "Subtract what does not depend on x_i: the mean of h over the others, each computed without i (spec "
        "eq. (43)), or take q_i − v^(−i).",
        _own_baseline,
        of_max=True,
    ),
    Mistake(
        "the sample in its own baseline",
        "q_i less the mean maximum of K − 1 of all N rewards, i among them",
        "Draw the K − 1 of the baseline from the N − 1 others: u_i^(K−1), spec eq. (41).",
        _rivals_with_itself,
        of_max=True,
    ),
    Mistake(
        "the sample in its own baseline",
        "q_i less the mean reward of the whole group, x_i among them",
        "Subtract v^(−i), the same statistic of the others, or the mean of the others.",
        lambda x, alpha: inclusion(x, alpha) - x.mean(axis=1, keepdims=True),
    ),
    Mistake(
        "the maximum of all N",
        "q_i less the maximum of the whole group",
        "Subtract v^(−i), which is computed without x_i.",
        lambda x, alpha: inclusion(x, alpha) - x.max(axis=1, keepdims=True),
    ),
    Mistake(
        "the maximum of all N",
        "x_i less the maximum of the whole group",
        "Take q_i − v^(−i): the reward of one sample is not its share of the best of K.",
        lambda x, alpha: x - x.max(axis=1, keepdims=True),
    ),
    *(
        Mistake(
            "credit by argmax",
            f"the whole credit to {'every' if all_tied else 'one'} best reward, {words}",
            "Give each sample its q_i − v^(−i): others than the best win sets of K too, and tied rewards "
            "must get the same.",
            partial(_argmax, baseline, all_tied),
        )
        for all_tied in (False, True)
        for words, baseline in BEHIND
    ),
    *(
        Mistake(
            "some places left out",
            f"the canonical advantage at the {words} places of the group, and 0 at all others",
            "Answer every sample: a slice such as a[::2] leaves the others at zero.",
            partial(_of_some, first, 2),
        )
        for words, first in (("first, third, fifth …", 0), ("second, fourth …", 1))
    ),
    *(
        Mistake(
            "a running best",
            f"x_i less the largest reward so far, {words}",
            "Let no place matter: compare each sample with all the others, q_i − v^(−i), not with those "
            "before it.",
            partial(_running, own),
        )
        for words, own in (("its own among them", True), ("0 before the first", False))
    ),
    *(
        Mistake(
            "not unsorted",
            f"{words} of the sorted rewards, {where}",
            "Put each answer back where its reward stood: a[order] = answers, and not answers[order].",
            partial(_by_order, f, how),
        )
        for words, f in (("the canonical advantage", canonical), ("q_i", inclusion))
        for how, where in (
            ("ascending", "left in ascending order"),
            ("descending", "left in descending order"),
            ("gathered", "gathered by the order, where it must be scattered"),
        )
    ),
    *(
        Mistake(
            "clipping",
            f"the canonical advantage{' times K' if scaled else ''} clipped to ±{limit:g}",
            "Do not clip advantages: where the clip binds, a larger reward counts for no more.",
            partial(_clipped, limit, scaled),
        )
        for limit in (0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0)
        for scaled in (False, True)
    ),
    Mistake(
        "negative advantages dropped",
        "the canonical advantage where it is positive, and 0 elsewhere",
        "Keep the negative advantages: without them the gradient is biased.",
        lambda x, alpha: np.maximum(canonical(x, alpha), 0.0),
    ),
    Mistake(
        "negative advantages dropped",
        "q_i where it lies above its mean, and 0 elsewhere",
        "Keep all samples, and subtract v^(−i).",
        lambda x, alpha: np.where((q := inclusion(x, alpha)) > q.mean(axis=1, keepdims=True), q, 0.0),
    ),
    Mistake(
        "ranks for rewards",
        "the canonical advantage of the ranks of the rewards",
        "Weigh the rewards themselves: ranks choose the weight, the gap between rewards is what it weighs.",
        partial(_of, _tied_ranks),
    ),
    Mistake(
        "ranks for rewards, ties by argsort",
        "the canonical advantage of ranks in which tied rewards follow each other as argsort has them",
        "Weigh the rewards themselves: then tied rewards get the same, in whatever order they are sorted.",
        partial(_of, _argsort_ranks),
    ),
    Mistake(
        "rewards made integers",
        "the canonical advantage of the rewards cut to integers",
        "Keep the rewards as floating-point numbers.",
        partial(_of, np.trunc),
    ),
    Mistake(
        "negative rewards lost",
        "the canonical advantage of max(x, 0): negative rewards count as zero",
        "Start maxima and buffers at −∞, or at the first reward, and not at zero.",
        partial(_of, lambda x: np.maximum(x, 0.0)),
    ),
)
"""Whole answers."""

BY_PLACE: tuple[Mistake, ...] = tuple(
    Mistake(
        "ties by index",
        f"x_i times the weight of its rank{less}, where tied rewards have different ranks",
        "Give tied rewards the mean of their weights; and weigh gaps between rewards, spec eq. (25).",
        partial(_weight_of_place, centred),
    )
    for less, centred in (("", False), (", less the mean of these", True))
)
"""The same for objectives but max@K, of which it is credit to winners alone."""
