"""Terms made of factorials, and when sums of them are equal for all integers in a range, ends included.

A term is ``coefficient · Π a! / Π b!`` with linear forms a, b in integer variables, and ``1/b! = 0`` for
negative b. So a binomial coefficient ``C(n, k) = n!/(k! (n−k)!)`` with ``n ≥ 0`` is zero outside
``0 ≤ k ≤ n``, as it should be.

Sums of terms are compared over a common base. Shifting a factorial by one costs a linear factor:

    a! = a (a−1)!       for a ≥ 1
    1/(b−1)! = b/b!     for **every** integer b: at b = 0 and below both sides are zero

Hence each term is the base times a rational function whose denominator is positive, as long as the
arguments of the base's numerator are not negative and nothing is divided by zero. Those are the side
conditions, and `equal` demands that they follow from the stated range. Two sums whose rational functions
agree then agree everywhere in the range: also where the base is zero, so that no boundary is left over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import sympy

from proofs.symbolic.steps import Step

__all__ = ["Term", "binomial", "equal", "follows", "ratio", "vanishes"]


@dataclass(frozen=True)
class Term:
    """``coefficient · Π numerator! / Π denominator!``."""

    coefficient: sympy.Expr
    numerator: tuple[sympy.Expr, ...] = ()
    denominator: tuple[sympy.Expr, ...] = ()

    def __mul__(self, other: Term | sympy.Expr | int) -> Term:
        """Multiply by a term, or by a number or rational function."""
        if not isinstance(other, Term):
            return Term(self.coefficient * other, self.numerator, self.denominator)
        return Term(
            self.coefficient * other.coefficient,
            self.numerator + other.numerator,
            self.denominator + other.denominator,
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Term | sympy.Expr | int) -> Term:
        """Divide by a term that is not zero in the range: its denominators become side conditions."""
        if not isinstance(other, Term):
            return Term(self.coefficient / other, self.numerator, self.denominator)
        return self * Term(1 / sympy.sympify(other.coefficient), other.denominator, other.numerator)

    def __neg__(self) -> Term:
        """Change the sign."""
        return self * -1

    def at(self, *replaced: tuple[sympy.Expr, sympy.Expr]) -> Term:
        """Put other linear forms for variables, all at once."""

        def put(x: sympy.Expr) -> sympy.Expr:
            return sympy.sympify(x).subs(list(replaced), simultaneous=True)

        return Term(
            put(self.coefficient),
            tuple(put(a) for a in self.numerator),
            tuple(put(b) for b in self.denominator),
        )


def binomial(n: sympy.Expr | int, k: sympy.Expr | int) -> Term:
    """``C(n, k) = n! / (k! (n−k)!)``, for ``n ≥ 0``; zero unless ``0 ≤ k ≤ n``."""
    n, k = sympy.sympify(n), sympy.sympify(k)
    return Term(sympy.Integer(1), (n,), (k, n - k))


def equal(
    sentence: str, left: Iterable[Term], right: Iterable[Term], where: Sequence[sympy.Expr | int]
) -> Step:
    """Compare two sums of terms for all integers that make each form in ``where`` at least zero.

    Raises
    ------
    ValueError
        Where the side conditions do not follow from ``where``.
    """
    left, right = list(left), list(right)
    factors, conditions, base = _over_common_base([*left, *right])
    for condition in conditions:
        if not follows(condition, where):
            raise ValueError(
                f"{sentence}: needs {condition} ≥ 0, which the range {list(where)} does not give"
            )
    for divisor in (f for t in (*left, *right) for f in _factors_below(t.coefficient)):
        if not follows(divisor - 1, where) and not follows(-divisor - 1, where):
            raise ValueError(f"{sentence}: needs {divisor} ≠ 0, which the range {list(where)} does not give")
    sides = (sympy.factor(sum(f, sympy.Integer(0))) for f in (factors[: len(left)], factors[len(left) :]))
    return Step(sentence, *sides, base, _forms(where))


def ratio(over: Term, under: Term) -> sympy.Expr:
    """``over/under`` as a rational function, where neither is zero."""
    (a, b), *_ = _over_common_base([over, under])
    return sympy.factor(sympy.cancel(a / b))


def vanishes(sentence: str, term: Term, where: Sequence[sympy.Expr | int]) -> Step:
    """Show that a term is zero in the range: one of its denominators is the factorial of a negative.

    Raises
    ------
    ValueError
        Where no denominator is negative throughout, or some numerator may be.
    """
    if not any(follows(-b - 1, where) for b in term.denominator):
        raise ValueError(f"{sentence}: no factorial of a negative number below the line")
    if not all(follows(a, where) for a in term.numerator):
        raise ValueError(f"{sentence}: a factorial of a negative number above the line")
    return Step(sentence, sympy.Integer(0), sympy.Integer(0), where=_forms(where))


def follows(form: sympy.Expr, where: Sequence[sympy.Expr | int]) -> bool:
    """Whether ``form ≥ 0`` follows from ``where ≥ 0``, as a sum of those forms and a constant."""
    return any(
        (rest := sympy.expand(form - sum(n * w for n, w in zip(times, where, strict=True)))).is_number
        and rest >= 0
        for times in product((0, 1), repeat=len(where))
    )


def _forms(where: Sequence[sympy.Expr | int]) -> tuple[sympy.Expr, ...]:
    return tuple(form for form in map(sympy.sympify, where) if not form.is_number)


def _over_common_base(terms: Sequence[Term]) -> tuple[list[sympy.Expr], list[sympy.Expr], str]:
    """Give each term's rational factor over the common base, the base's side conditions, and the base."""
    forms = [sympy.expand(f) for t in terms for f in (*t.numerator, *t.denominator)]
    above = [sympy.expand(a) for t in terms for a in t.numerator]
    origin: dict[sympy.Expr, int] = {}
    for kind in {_kind(f) for f in forms}:
        over = [_shift(a) for a in above if _kind(a) == kind]
        origin[kind] = min(over) if over else max(_shift(f) for f in forms if _kind(f) == kind)
    conditions = [kind + origin[kind] for kind in origin if any(_kind(a) == kind for a in above)]
    factors, powers = [], []
    for t in terms:
        factor, power = sympy.sympify(t.coefficient), dict.fromkeys(origin, 0)
        for sign, arguments in ((1, t.numerator), (-1, t.denominator)):
            for form in map(sympy.expand, arguments):
                kind = _kind(form)
                if kind == 0:
                    factor *= sympy.factorial(form) if sign > 0 else _one_over_factorial(form)
                    continue
                power[kind] += sign
                factor *= _rise(kind + origin[kind], _shift(form) - origin[kind]) ** sign
        factors.append(factor)
        powers.append(power)
    if any(p != powers[0] for p in powers):
        raise ValueError("these terms have no common base")
    base = " ".join(
        f"({kind + origin[kind]})!" + (f"^{power}" if power != 1 else "")
        for kind, power in sorted(powers[0].items(), key=str)
        if power
    )
    return factors, conditions, base


def _factors_below(coefficient: sympy.Expr) -> list[sympy.Expr]:
    """The factors of a coefficient's denominator."""
    denominator = sympy.fraction(sympy.together(coefficient))[1]
    return [f for f, _ in sympy.factor_list(denominator)[1]]


def _one_over_factorial(number: sympy.Expr) -> sympy.Expr:
    return sympy.Integer(0) if number < 0 else 1 / sympy.factorial(number)


def _kind(form: sympy.Expr) -> sympy.Expr:
    """The form up to an integer."""
    return form - _shift(form)


def _shift(form: sympy.Expr) -> int:
    return int(sympy.floor(form.as_coeff_Add()[0]))


def _rise(form: sympy.Expr, by: int) -> sympy.Expr:
    """``(form + by)! / form!``."""
    if by >= 0:
        return sympy.prod([form + i for i in range(1, by + 1)], start=sympy.Integer(1))
    return 1 / sympy.prod([form - i for i in range(-by)], start=sympy.Integer(1))
