"""Mistakes to plant in the port: a small change wherever its syntax allows one, and those that people make.

A mistake is a name, the function that it is made in, and the source of the whole port with it.
"""

import ast
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

FIRST, SECOND = (Path(__file__).with_name(name).read_text() for name in ("port.py", "port_beyond.py"))
SOURCE = FIRST + re.sub(r'""".*?"""|from helpers.port import \(.*?\)', "", SECOND, count=2, flags=re.DOTALL)
TREE = ast.parse(SOURCE)
PLUMBING = {  # mistakes in them are made by hand
    "check", "floats", "of_rows", "Maximum", "Rank", "of_ratios", "standard_error_of_either",
    "pass_at_k_of_either",
}  # fmt: skip
RIGHT = {node: ast.unparse(node) for node in TREE.body}
DEFINED = {node.name: node for node in TREE.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


class Mistake(NamedTuple):
    name: str
    function: str
    source: str


def systematic() -> list[Mistake]:
    """One mistake for each place and each way to change what stands there."""
    found: dict[str, Mistake] = {}
    for function, node in DEFINED.items():
        if function in PLUMBING:
            continue
        for place, part in enumerate(ast.walk(node)):
            for said, changed in _changes(part):
                name = f"{function}: {said}"
                while name in found:
                    name += ", again"
                found[name] = Mistake(name, function, _with(function, place, changed))
    return list(found.values())


def by_hand() -> list[Mistake]:
    """The mistakes below, each a replacement within one function."""
    found = []
    for function, mistakes in BY_HAND.items():
        text = ast.get_source_segment(SOURCE, DEFINED[function])
        for name, right, wrong in mistakes:
            assert text.count(right) == 1, (function, name)
            source = SOURCE.replace(text, text.replace(right, wrong))
            found.append(Mistake(f"{function}: {name}", function, source))
    return found


ARITHMETIC = {
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div], ast.Div: [ast.Mult],
}  # fmt: skip
COMPARISONS = {
    ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt], ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq],
}  # fmt: skip
SIZES = {"n": "k", "k": "n"}
CALLED = {"sorted": "list", "max": "min", "min": "max"}


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.BinOp | ast.AugAssign):
        for operator in ARITHMETIC.get(type(node.op), []):
            yield _change(node, op=operator())
    if isinstance(node, ast.BinOp):
        for part in (node.left, node.right):
            yield f"{ast.unparse(node)} → {ast.unparse(part)}", part
    if isinstance(node, ast.Compare):
        for operator in COMPARISONS.get(type(node.ops[0]), []):
            yield _change(node, ops=[operator()])
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield _change(node, value=node.value + 1)
        yield _change(node, value=node.value - 1)
    if isinstance(node, ast.Name) and node.id in SIZES and isinstance(node.ctx, ast.Load):
        yield _change(node, id=SIZES[node.id])
    if isinstance(node, ast.IfExp):
        yield f"{ast.unparse(node)}: always", node.body
    if isinstance(node, ast.If):
        yield f"if {ast.unparse(node.test)}: never", ast.Pass()
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield f"{ast.unparse(node)}: left out", ast.Pass()
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLED:
        yield _change(node, func=ast.Name(CALLED[node.func.id], ast.Load()))


def _change(node: ast.AST, **parts: object) -> tuple[str, ast.AST]:
    changed = deepcopy(node)
    for part, new in parts.items():
        setattr(changed, part, new)
    return f"{ast.unparse(node)} → {ast.unparse(changed)}", changed


def _with(function: str, place: int, changed: ast.AST) -> str:
    """The port with another node at that place of a function, in the order of `ast.walk`."""
    own = DEFINED[function]
    old = list(ast.walk(own))[place]
    for parent in ast.walk(own):
        for field, part in ast.iter_fields(parent):
            if part is old or (isinstance(part, list) and any(x is old for x in part)):
                new = changed if part is old else [changed if x is old else x for x in part]
                setattr(parent, field, new)
                text = ast.unparse(own)
                setattr(parent, field, part)  # the next mistake is planted in the same tree
                return "\n\n".join(text if node is own else RIGHT[node] for node in TREE.body)
    raise AssertionError(f"{function} has no place {place}")


NAMED = {
    name: {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} for name, node in DEFINED.items()
}


def reached_from(function: str) -> set[str]:
    """The functions of the port that call it, directly or not, and itself."""
    if function == "of_rows":
        return set(DEFINED)
    reached = {function}
    while more := {name for name, called in NAMED.items() if called & reached} - reached:
        reached |= more
    return reached


BY_HAND = {
    "check": [
        ("NaN let through", "isfinite(x)", "abs(x) != float('inf')"),
        ("infinity let through", "isfinite(x)", "x == x"),
        ("minus infinity let through", "isfinite(x)", "x < float('inf')"),
        ("NaN called too small", "NonFiniteRewardError(", "GroupTooSmallError("),
        ("too small called NaN", "GroupTooSmallError(", "NonFiniteRewardError("),
        ("too small called a zero division", "GroupTooSmallError(", "ZeroDivisionError("),
        ("one fewer is enough", "< least", "< least - 1"),
        ("one more is asked for", "< least", "<= least"),
    ],
    "floats": [
        ("rank weights from the best", "in weights]", "in weights[::-1]]"),
        ("absolute rank weights", "w.numerator /", "abs(w.numerator) /"),
        ("rank weights normalised", "/ w.denominator", "/ w.denominator / float(sum(weights) or 1)"),
        ("whole rank weights", "w.numerator /", "w.numerator //"),
        ("rank weights of three digits", "w.numerator / w.denominator", "round(float(w), 3)"),
        ("rank weights in 32-bit integers", "w.numerator /", "(w.numerator % 2**32) /"),
        ("rank weights in 64-bit integers", "w.numerator /", "(w.numerator % 2**64) /"),
    ],
    "Maximum": [
        ("the minimum", "(0,) * (k - 1) + (1,)", "(1,) + (0,) * (k - 1)"),
        ("the mean", "(0,) * (k - 1) + (1,)", "(1 / k,) * k"),
        ("K + 1", "self.k, self.weights = k, (0,) * (k - 1)", "self.k, self.weights = k + 1, (0,) * k"),
    ],
    "elevated": [
        ("the weights of the nearest ranks", "return e",
         "return [floats(weights)[t * len(weights) // n] for t in range(n)]"),
        ("the weights at the top", "return e", "return [0.0] * (n - len(weights)) + floats(weights)"),
    ],
    "runs": [
        ("every score by itself", "for i, s in enumerate(by) if s == score] for score in sorted(set(by))]",
         "] for i in sorted(range(len(by)), key=lambda i: by[i])]"),
        ("scores from the best", "sorted(set(by))", "sorted(set(by))[::-1]"),
    ],
    "checked_scores": [
        ("NaN let through", "all(isfinite(s) for s in by)", "True"),
        ("NaN called invalid", "NonFiniteRewardError(", "ZeroDivisionError("),
    ],
    "of_runs": [
        ("no difference within a run", "(r[i] - own) * inside", "0.0"),
        ("not centred", "x - middle", "x"),
        ("the mean of all rewards", "(r[i] - own)", "(r[i] - mean(r))"),
    ],
    "pass_at_k_of_counts": [
        ("with replacement", "1 - k / (n - i)", "1 - k / n"),
        ("counts of any size", "if not 0 <= successes <= n or k > n:", "if False:"),
    ],
    "unbiased": [
        ("sets that overlap", "[i for i in range(n) if i not in s]", "range(n)"),
        ("both signs let through", "min(alpha.weights) < 0 < max(alpha.weights)", "False"),
        ("N = 2 K refused", "check(r, 2 * k)", "check(r, 2 * k + 1)"),
    ],
    "optimal": [("a strange reward let through", "set(r) <= set(values)", "True")],
    "statistics": [("negative ratios let through", "all(0 <= x < float(\"inf\") for x in rho)", "True")],
    "weighed_sets": [
        ("ratios clipped", "prod(rho[i] for i in s)", "prod(min(rho[i], 1.25) for i in s)"),
        ("the mean ratio", "prod(rho[i] for i in s)", "sum(rho[i] for i in s) / len(s)"),
    ],
    "vr_cond": [("zero without success", "-1 / n for x in r]", "0.0 for x in r]")],
    "value": [
        ("the statistic of the best K", "rank_weights(len(r), alpha)",
         "[0.0] * (len(r) - alpha.k) + floats(alpha.weights)"),
        ("not sorted", "sorted(r)", "r"),
        ("in float32", "sum(w * x for", "sum(float(__import__('numpy').float32(w * x)) for"),
    ],
    "centred": [
        ("not centred", "s - mean", "s"),
        ("centred by the median", "mean = sum(rise) / len(r)", "mean = sorted(rise)[len(r) // 2]"),
        ("centred by the largest", "mean = sum(rise) / len(r)", "mean = max(rise)"),
        ("mean by N − 1", "sum(rise) / len(r)", "sum(rise) / (len(r) - 1)"),
        ("mean of the others", "s - mean", "s - (sum(rise) - s) / (len(r) - 1)"),
        ("answers in sorted order", "result[place] = s - mean", "result[rise.index(s)] = s - mean"),
        ("clipped at ten", "s - mean", "max(-10.0, min(10.0, s - mean))"),
        ("clipped at zero", "s - mean", "max(0.0, s - mean)"),
        ("the sign alone", "s - mean", "float(s > mean) - float(s < mean)"),
        ("whole numbers", "s - mean", "float(int(s - mean))"),
        ("an epsilon on every gap", "(r[high] - r[low])", "(r[high] - r[low] + 1e-6)"),
        ("absolute rewards", "(r[high] - r[low])", "(abs(r[high]) - abs(r[low]))"),
        ("negative rewards masked", "(r[high] - r[low])", "(max(r[high], 0) - max(r[low], 0))"),
        ("divided by the spread", "s - mean", "(s - mean) / (max(r) - min(r) or 1)"),
        ("weights from the best", "order[1:], weights", "order[1:], weights[::-1]"),
    ],
    "advantage": [
        ("the sample in its own baseline", "n * e / (n - 1)", "e"),
        ("elevated to N", "elevated(alpha.weights, n - 1)", "elevated(alpha.weights, n)"),
        ("elevated to N, from the second", "(alpha.weights, n - 1)]", "(alpha.weights, n)[1:]]"),
        ("N = K answered", "alpha.k + 1", "alpha.k"),
        ("N = K + 1 refused", "alpha.k + 1", "alpha.k + 2"),
        ("groups above 255 cut", "n = len(r)", "n = min(len(r), 255)"),
    ],
    "inclusion": [("the leave-one-out factor", "(n - k) / n * a", "k / n * a")],
    "leave_one_out": [("the include-one factor", "k / n * a", "(n - k) / n * a")],
    "standard_error": [
        ("no factor", " * (len(w) - 1) / len(w)", ""),
        ("the factor of a sample variance", "(len(w) - 1) / len(w)", "len(w) / (len(w) - 1)"),
        ("no square root", "sqrt(", "("),
        ("of the advantages", "score_weights(r, alpha, by)", "advantage(r, alpha, by)"),
    ],
    "pathwise_weights": [
        ("ties by order", "/ order.count(x) for x in of]", "for x in of]"),
        ("the first of the ties",
         "sum(a for a, y in zip(w, order, strict=True) if y == x) / order.count(x)", "w[order.index(x)]"),
    ],
    "pkpo_loo": [("one factor for both", "k / (n - 1)", "k / n")],
    "pkpo_loo_minus_one": [
        ("a baseline at K = 1", "x / n for x in r", "(x - sum(r) / n) / n for x in r"),
        ("sets of K", "comb(t, k - 1) / comb(n - 1, k - 1)", "comb(t, k) / comb(n - 1, k)"),
    ],
    "subset_mean_baseline": [
        ("K = N refused", "v = value", "check(r, k + 1); v = value"),
        ("ones at K = N", "return [q - v", "return [1.0] * len(r) if len(r) == k else [q - v"),
        ("the rewards at K = N", "return [q - v", "return r if len(r) == k else [q - v"),
        ("the leave-one-out baseline", "inclusion(r, Maximum(k))", "advantage(r, Maximum(k))"),
    ],
    "grpo": [
        ("the divisor N", "/ (len(r) - 1)", "/ len(r)"),
        ("an epsilon of 1e-8", "x / sigma", "x / (sigma + 1e-8)"),
        ("an epsilon of 1e-4", "x / sigma", "x / (sigma + 1e-4)"),
        ("no square root", "sqrt(", "("),
        ("NaN where all are equal", "else 0.0", "else float('nan')"),
    ],
    "runner_up_gap": [
        ("on the first of the best", "if x == best", "if i == r.index(best)"),
        ("the mean of the others", "sorted(r)[-2]", "(sum(r) - max(r)) / (len(r) - 1)"),
        ("a runner-up that starts at zero", "sorted(r)[-2]", "max([0, *sorted(r)[:-1]])"),
        ("a runner-up below the best", "sorted(r)[-2]", "max([x for x in r if x < max(r)], default=0.0)"),
    ],
    "maxrl": [
        ("any rewards", "(0, 1)", "r"),
        ("divided by the number of successes", "/ mean if", "/ sum(r) if"),
        ("NaN without success", "else 0.0", "else float('nan')"),
    ],
    "pass_at_k": [
        ("with replacement", "comb(r.count(0), k) / comb(len(r), k)", "(r.count(0) / len(r)) ** k"),
        ("any rewards", "(0, 1)", "r"),
        ("one where fewer than K fail", "check(r, k)", "check(r, 1)"),
    ],
    "checked": [
        ("a sum above one let through", "abs(sum(p) - 1)", "(1 - sum(p))"),
        ("a sum below one let through", "abs(sum(p) - 1)", "(sum(p) - 1)"),
        ("a negative probability let through", "min(p) < 0", "False"),
        ("too few probabilities let through", "len(p) != len(r)", "False"),
        ("zero probabilities refused", "min(p) < 0", "min(p) <= 0"),
    ],
    "below": [
        ("what is below or at", "f += p[low]", "f += p[high]"),
        ("what is above", "yield r[high] - r[low], f", "yield r[high] - r[low], 1 - f"),
        ("probabilities in the order given", "f += p[low]", "f += p[order.index(low)]"),
        ("equal probabilities", "f += p[low]", "f += 1 / len(r)"),
    ],
    "expected_advantage": [
        ("centred without probabilities", "s * p[i] for", "s / len(r) for"),
        ("not centred", "s - mean", "s"),
        ("answers in sorted order", "result[place]", "result[rise.index(s)]"),
    ],
    "expected_inclusion": [("the advantage alone", "j + a", "a")],
    "gradient": [("K forgotten", "alpha.k * q", "q")],
    "logit_gradient": [
        ("the logits ignored", "exp(x - max(logits))", "1.0"),
        ("two to the logits", "exp(x - max(logits))", "2 ** (x - max(logits))"),
        ("the logits negated", "exp(x - max(logits))", "exp(min(logits) - x)"),
        ("no shift of the logits", "exp(x - max(logits))", "exp(x)"),
        ("a temperature", "exp(x - max(logits))", "exp((x - max(logits)) / 2)"),
        ("sigmoids", "p = [e / sum(shifted)", "p = [1 / (1 + exp(-max(-700, e)))"),
        ("p forgotten", "alpha.k * pb * a", "alpha.k * a"),
        ("divided by m instead of p", "alpha.k * pb * a", "alpha.k * a / len(r)"),
        ("K forgotten", "alpha.k * pb * a", "pb * a"),
        ("the gradient in p", "alpha.k * pb * a", "alpha.k * pb * (a + expected_value(r, p, alpha))"),
        ("the logits of the atoms in order", "in logits]", "in sorted(logits)]"),
        ("too few logits filled up", "check(logits, 1)",
         "check(logits, 1); logits += [0.0] * (len(r) - len(logits))"),
        ("NaN called invalid", "check(logits, 1)", "logits[0] / all(x == x for x in logits)"),
    ],
    "of_rows": [
        ("groups mixed", "function([rewards[i] for i in own]", "function(rewards"),
        ("values in order of appearance", "sorted(answers)", "answers"),
        ("groups one after the other", "for place, a in zip(own", "for place, a in zip(range(len(own))"),
        ("rows in reverse", "in zip(rewards, *pairs", "in zip(rewards[::-1], *pairs"),
        ("scores of rows in reverse", "row, *rest, by=b", "row, *rest, by=b if b is None else b[::-1]"),
        ("the first row for all", "of_any(row, *rest, by=b", "of_any(rewards[0], *rest, by=b"),
        ("a table as one group", "rewards.ndim == 2", "rewards.ndim == 3"),
        ("scores ignored", "by is None else {", "True else {"),
        ("scores of the whole batch", "[by.tolist()[i] for i in own]", "by.tolist()[: len(own)]"),
        ("the mask ignored", "if counted[i]:", "if True:"),
        ("the mask turned round", "else where.tolist()", "else (~where).tolist()"),
        ("NaN counted", "[x == x for x in rewards]", "[True for x in rewards]"),
        ("zero where there is no answer", 'float("nan") if', "0.0 if"),
        ("NaN where the answer is zero", "else 0.0", 'else float("nan")'),
        ("a mask of any length", "for x in (by, where)):", "for x in (by,)):"),
        ("scores of any number", "for x in (by, where)):", "for x in (where,)):"),
        ("group ids as small numbers", "else groups.tolist()", "else (groups % 5).tolist()"),
        ("negative group ids for padding", "else groups.tolist()", "else groups.clip(0).tolist()"),
        ("group ids in 32 bits", "else groups.tolist()", "else groups.astype('int32').tolist()"),
    ],
}  # fmt: skip
