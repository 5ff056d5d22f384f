"""What a proof here is made of: sentences, each with two SymPy expressions that are the same."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sympy

__all__ = ["Step", "show"]


class Step(NamedTuple):
    """One step of a proof: what it says, and the two sides that must be equal."""

    sentence: str
    left: sympy.Expr
    right: sympy.Expr
    base: str = ""
    """A common factor of both sides that was left out."""
    where: Sequence[sympy.Expr] = ()
    """For which integers: those that make each of these at least zero."""

    @property
    def difference(self) -> sympy.Expr:
        """``left − right`` as a quotient of coprime polynomials: zero iff the two sides are equal."""
        return sympy.cancel(sympy.together(self.left - self.right))

    @property
    def holds(self) -> bool:
        """Whether the two sides are equal, exactly."""
        return self.difference == 0


def show(text: str | None, steps: Iterable[Step]) -> None:
    """Print a proof: its file's docstring, then every step with what both sides are."""
    print((text or "").strip(), end="\n\n")
    for number, step in enumerate(steps, 1):
        if not step.holds:
            raise AssertionError(f"step {number} fails: {step.sentence}: {step.left} ≠ {step.right}")
        of = f"   times {step.base}" if step.base else ""
        print(f"{number:3}. {step.sentence}\n     both sides: {_short(step)}{of}")
        if step.where:
            print(f"     for all integers with {', '.join(map(_inequality, step.where))}")
    print("∎")


def _short(step: Step) -> str:
    text = min(str(step.right), str(step.left), key=len)
    return text if len(text) <= 160 else f"{text[:150]} … ({len(text)} characters)"


def _inequality(form: sympy.Expr) -> str:
    """Write ``form ≥ 0`` without a minus: ``N − K − 1 ≥ 0`` is ``K < N``."""
    form = sympy.expand(form)
    constant, linear = form.as_coeff_Add()
    positive = [x for x in sympy.Add.make_args(linear) if x.as_coeff_Mul()[0] > 0]
    larger, smaller = sympy.Add(*positive), sympy.Add(*positive) - linear
    if constant == -1 and smaller != 0:
        return f"{smaller} < {larger}"
    return f"{smaller - constant} ≤ {larger}" if constant < 0 else f"{smaller} ≤ {larger + constant}"
