"""Explain a case: the way from its input to its answer by the definition, step by step, in exact numbers."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate, combinations
from math import comb
from typing import Any

from ordergrad_ref import definition, population
from ordergrad_ref._version import __spec_version__
from ordergrad_ref.closed_forms import rank_weights
from ordergrad_ref.estimators import NAMED
from ordergrad_ref.objectives import LStatistic, maximum
from ordergrad_ref.vectors import softmax
from ordergrad_ref.vectors.checking import UNIT_ROUNDOFF
from ordergrad_ref.vectors.golden import Case
from ordergrad_ref.vectors.nesting import groups_of, scores_of
from ordergrad_ref.vectors.omitting import remaining

__all__ = ["explain"]

NAMES = (
    "n", "successes", "estimator", "rewards", "by", "where", "nan_policy", "method", "groups", "ratios",
    "values", "probabilities", "logits", "k",
)  # fmt: skip
BY_NAME = {
    "error bars and counts": "ordergrad_ref.definition.unbiased_variance and .value",
    "population.hessian": "all K − 2 further draws, each set weighed by its probability",
    "order_statistics.value": "ordergrad_ref.definition.value for each rank of K",
    "order_statistics.inclusion": "ordergrad_ref.definition.inclusion for each rank of K",
    "order_statistics.advantage": "ordergrad_ref.definition.advantage for each rank of K",
    "off_policy.value": "ordergrad_ref.definition.off_policy_value",
    "off_policy.score_weights": "ordergrad_ref.definition.off_policy_score_weights",
    "off_policy.first_order_weights": "ordergrad_ref.definition.off_policy_first_order_weights",
    "baselines.optimal": "ordergrad_ref.definition.inclusion with every value in the place of each reward",
    "baselines.plug_in": "ordergrad_ref.definition.inclusion with every other reward in the place of each",
    **{
        f"variance.moments.{name}": "all batches of n actions, with the weights of the definition"
        for name in ("mean", "covariance", "total_variance", "within")
    },
}
"""What has no steps to show, and what enumerates it."""

MOST_SUBSETS = 35
MOST_ROWS = 16
MOST_DIGITS = 24


def explain(case: Case) -> str:
    """Write the explanation of a case in words and tables.

    Examples
    --------
    >>> from ordergrad_ref.vectors.golden import load
    >>> print(explain(load()["value-max-3-n-is-k"]))
    value-max-3-n-is-k (boundary)
    value of max@3: K = 3, ascending rank weights 0, 0, 1
    rewards: 5, 1, 3
    expected: 5
    passes within c · u · scale, c = 21, scale = 5: 1.17e-14 in float64, 6.26e-06 in float32
    fails for: rank-off-by-one, weights-from-the-best, wrong-at-n-is-k
    defined by: specification 1.1, eqs. (17), (23)
    <BLANKLINE>
    The subsets S of K = 3 rewards, sorted and weighed:
      S        sorted   T(S)
      5, 1, 3  1, 3, 5  5
    v = E[T(S)] = 5
    """
    return "\n".join([*_described(case), *_steps(case)])


def _described(case: Case) -> list[str]:
    given = case.given
    lines = [f"{case.id} ({case.group})", _what(case)]
    lines += [f"{name}: {_listed(given[name])}" for name in NAMES if name in given]
    if case.expected is None:
        lines.append(f"must be refused: {case.error}")
    else:
        within = ", ".join(f"{float(case.c * u * case.scale):.3g} in {d}" for d, u in UNIT_ROUNDOFF.items())
        lines += [
            f"expected: {_listed(case.expected)}",
            f"passes within c · u · scale, c = {case.c}, scale = {_short(case.scale)}: {within}",
        ]
    if case.tags:
        lines.append(f"fails for: {', '.join(case.tags)}")
    numbers = ", ".join(f"({n})" for n in case.equations)
    eqs = "eqs." if len(case.equations) > 1 else "eq."
    return [*lines, f"defined by: specification {__spec_version__}, {eqs} {numbers}"]


def _what(case: Case) -> str:
    name = case.function.removeprefix("maxk.").removeprefix("estimators.")
    contract = NAMED[name].contract if name in NAMED else None
    if contract is not None:
        n, k = len(remaining(case.given)["rewards"]), case.given.get("k", 1)
        square = contract.square_of_constant(n, k)
        c = case.constant or f"√({square})"
        said = "no constant: biased" if square is None else f"c = {c} in groups of this size"
        return f"{case.function}: {contract.formula}, for {contract.target}; {said}"
    if "objective" not in case.given:
        return case.function
    alpha = case.objective
    return f"{case.function} of {alpha.name or 'an L-statistic'}: K = {alpha.k}, ascending rank weights " + (
        _listed(alpha.weights)
    )


def _steps(case: Case) -> Iterable[str]:
    if case.expected is None:
        return
    if case.function in BY_NAME or {"successes", "method"} & set(case.given):
        yield f"\nEnumerated by {BY_NAME.get(case.function, BY_NAME['error bars and counts'])}."
        return
    if case.function.startswith("population."):
        yield from _population(case)
        return
    if case.function == "rank_weights.floating":
        yield from _weights(case.given["n"], case.objective)
        return
    counted = remaining(case.given)
    if "objective" not in case.given and "k" not in case.given:
        r = [Fraction(x) for x in counted["rewards"]]
        yield f"\nsorted: {_listed(sorted(r))}; mean {_short(sum(r) / len(r))}"
        return
    alpha = case.objective if "objective" in case.given else maximum(case.given["k"])
    groups = groups_of(counted)
    if len(case.options) > ("by" in case.given):
        yield f"\nWhat counts: {_listed(counted['rewards'])}"
    for i, (group, by) in enumerate(zip(groups[:MOST_ROWS], scores_of(counted), strict=False)):
        if len(groups) > 1:
            yield f"\nGroup {i + 1} of {len(groups)}: {_listed(group)}"
        scores = None if by is None else [Fraction(x) for x in by]
        yield from _batch(case.function, [Fraction(x) for x in group], alpha, scores)


def _batch(
    function: str, r: list[Fraction], alpha: LStatistic, by: list[Fraction] | None = None
) -> Iterable[str]:
    n, k = len(r), alpha.k
    if function == "pathwise_weights":
        yield from _weights(n, alpha)
        what = "reward" if by is None else "score"
        yield f"Each reward gets the weight of its {what}'s rank; tied {what}s share the mean of theirs."
        return
    if comb(n, k) > MOST_SUBSETS:
        yield from _gap_form(r, alpha) if by is None else ["\nToo many subsets to list: see spec eq. (76)."]
        return
    of = {s: [r[i] for i in s] for s in combinations(range(n), k)}
    if by is None:
        yield f"\nThe subsets S of K = {k} rewards, sorted and weighed:"
        rows = [
            (_listed(x), _listed(sorted(x)), _short(definition.l_statistic(x, alpha))) for x in of.values()
        ]
        yield from _columns(("S", "sorted", "T(S)"), rows)
    else:
        yield f"\nThe subsets S of K = {k} rewards, in the order of their scores, the mean over equal ones:"
        scores = {s: [by[i] for i in s] for s in of}
        rows = [
            (_listed(x), _listed(scores[s]), _short(definition.l_statistic(x, alpha, by=scores[s])))
            for s, x in of.items()
        ]
        yield from _columns(("S", "scores", "T(S)"), rows)
    yield f"v = E[T(S)] = {_short(definition.value(r, alpha, by=by))}"
    if function in ("value", "maxk.pass_at_k"):
        return
    q = definition.inclusion(r, alpha, by=by)
    if n == k:
        yield "q_i = E[T(S) | i ∈ S] = v for every i; no S leaves one out"
        return
    without = definition.leave_one_out(r, alpha, by=by)
    yield "q_i = E[T(S) | i ∈ S], v^(−i) = E[T(S) | i ∉ S], A_i = q_i − v^(−i):"
    yield from _columns(
        ("r_i", "q_i", "v^(−i)", "A_i"),
        [tuple(map(_short, row)) for row in zip(r, q, without, map(_minus, q, without), strict=True)],
    )
    if function in ("score_weights", "standard_error"):
        yield f"w_i = (K/N) A_i, K/N = {Fraction(k, n)}"
    if function == "standard_error":
        squares = sum(((Fraction(k, n) * (a - b)) ** 2 for a, b in zip(q, without, strict=True)), Fraction(0))
        yield f"SE² = (N−1)/N Σ_i w_i² = {_short(Fraction(n - 1, n) * squares)}"


def _gap_form(r: list[Fraction], alpha: LStatistic) -> Iterable[str]:
    """Evaluate the closed forms. Spec eqs. (25), (23)."""
    n, k = len(r), alpha.k
    yield f"\nToo many subsets to list: {_short(Fraction(comb(n, k)))}. By the closed forms:"
    ascending = sorted(r)
    w = rank_weights.exact(n, alpha)
    v = sum((a * b for a, b in zip(w, ascending, strict=True)), Fraction(0))
    yield f"v = Σ_m w_m r_(m) = {_short(v)}"
    if n == k:
        return
    gaps = list(map(_minus, ascending[1:], ascending))
    g = [Fraction(n, n - 1) * e for e in rank_weights.elevated_exact(n - 1, alpha)]
    rise = [Fraction(0), *accumulate(d * x for d, x in zip(gaps, g, strict=True))]
    mean = sum(rise) / n
    yield "A_(t+1) − A_(t) = (r_(t+1) − r_(t)) · N/(N−1) · e_t^(N−1), Σ_i A_i = 0:"
    steps = zip([*map(_short, gaps), ""], [*map(_short, g), ""], ascending, rise, strict=True)
    yield from _columns(
        ("t", "r_(t)", "gap", "N/(N−1) e_t", "running sum", "A_(t)"),
        [
            (str(t), _short(x), gap, weight, _short(s), _short(s - mean))
            for t, (gap, weight, x, s) in enumerate(steps, 1)
        ],
    )


def _weights(n: int, alpha: LStatistic) -> Iterable[str]:
    yield "\ne_m = Σ_j α_j C(m−1, j−1) C(n−m, K−j) / C(n−1, K−1), w_m = (K/n) e_m:"
    e, w = rank_weights.elevated_exact(n, alpha), rank_weights.exact(n, alpha)
    yield from _columns(
        ("m", "e_m", "w_m"),
        [(str(m), _short(a), _short(b)) for m, (a, b) in enumerate(zip(e, w, strict=True), 1)],
    )


def _population(case: Case) -> Iterable[str]:
    alpha = case.objective
    r = [Fraction(x) for x in case.given["rewards"]]
    given = case.given
    p = (
        [Fraction(x) for x in given["probabilities"]]
        if "probabilities" in given
        else softmax.probabilities([Fraction(x) for x in given["logits"]])
    )
    by: Any = [Fraction(x) for x in given["by"]] if "by" in given else None
    j = Fraction(population.value(r, p, alpha, by=by))  # type: ignore[arg-type]
    q = population.inclusion(r, p, alpha, by=by).tolist()  # type: ignore[arg-type]
    yield f"\nJ = E[T(X_1 … X_K)] = {_short(j)}; with X_1 held at atom b, q_b, and a_b = q_b − J:"
    yield from _columns(
        ("r_b", "p_b", "q_b", "a_b", "∂J/∂p_b = K q_b", "∂J/∂θ_b = K p_b a_b"),
        [
            tuple(map(_short, (x, pb, qb, qb - j, alpha.k * qb, alpha.k * pb * (qb - j))))
            for x, pb, qb in zip(r, p, q, strict=True)
        ],
    )


def _minus(a: Fraction, b: Fraction) -> Fraction:
    return a - b


def _columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """Align columns; if there are many rows, leave out those in the middle."""
    if len(rows) > max(MOST_ROWS, MOST_SUBSETS):
        half = MOST_ROWS // 2
        rows = [*rows[:half], ["…"] * len(header), *rows[-half:]]
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        yield "  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()


def _listed(x: Any) -> str:
    if not isinstance(x, list | tuple):
        return _short(x)
    if x and isinstance(x[0], list):
        return " | ".join(map(_listed, x))
    parts = [_short(part) for part in x]
    return ", ".join(parts if len(parts) <= MOST_ROWS else [*parts[:MOST_ROWS], f"… ({len(parts)} of them)"])


def _short(x: Any) -> str:
    """Write a rational, or a float near it if it has very many digits."""
    if isinstance(x, Fraction) and x.denominator.bit_length() > 4 * MOST_DIGITS:
        return f"≈ {float(x):.17g}"  # Python refuses to write integers of thousands of digits
    text = str(x)
    return text if len(text) <= MOST_DIGITS else f"≈ {float(Fraction(text)):.17g}"
