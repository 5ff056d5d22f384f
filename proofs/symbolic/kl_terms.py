"""Whose gradient each estimator of KL follows, over every finite set. Spec eq. (99).

Claim. With ``ℓ = log(p/ref)``, ``k_1 = ℓ``, ``k_2 = ℓ²/2``, ``k_3 = e^(−ℓ) − 1 + ℓ``, differentiated inside a
loss they have the expected gradients ``E[k'(ℓ) ∇log p]`` = 0, ``∇KL(p‖ref)``, ``∇KL(ref‖p)``; subtracted from
a reward ``E[k(ℓ) ∇log p]`` = ``∇KL(p‖ref)``, ``∇E[ℓ²/2] − ∇KL(p‖ref)``, ``∇KL(p‖ref) − ∇KL(ref‖p)``.

Proof. Each is a sum over the atoms, and one atom's summand speaks for all: let its probability be any
function p(θ), ``ref`` a constant. ``p · ∇log p = p'``. The two sides differ by a number times ``p'``, the
same number for every atom, and ``Σ p' = 0`` as probabilities sum to one. The number is stated with each step.
"""

from collections.abc import Iterator

import sympy
from sympy import Function, exp, log, symbols

from proofs.symbolic.steps import Step, show

theta, ref = symbols("theta ref", positive=True)
p = Function("p", positive=True)(theta)
ratio, x = symbols("l x")
slope, own = symbols("p' p")
KL, REVERSE, SQUARE = p * log(p / ref), ref * log(ref / p), p * log(p / ref) ** 2 / 2
"""The summands of KL(p‖ref), KL(ref‖p) and E[ℓ²/2]."""


def gradient(summand: sympy.Expr) -> sympy.Expr:
    """Differentiate by θ."""
    return sympy.diff(summand, theta)


ENTRIES = {
    "k_1 = ℓ": (x, (0, -1), (gradient(KL), 1)),
    "k_2 = ℓ²/2": (x**2 / 2, (gradient(KL), 1), (gradient(SQUARE) - gradient(KL), -1)),
    "k_3 = e^(−ℓ) − 1 + ℓ": (
        exp(-x) - 1 + x,
        (gradient(REVERSE), -1),
        (gradient(KL) - gradient(REVERSE), 2),
    ),
}
"""Of each estimator, its gradient in the loss and in the reward, and what multiplies p'."""


def steps() -> Iterator[Step]:
    """Both columns of the table."""
    for name, (k, in_loss, in_reward) in ENTRIES.items():
        for where, f, (claimed, times) in (("loss", sympy.diff(k, x), in_loss), ("reward", k, in_reward)):
            found = f.subs(x, log(p / ref)) * gradient(p)
            left, right = (plain(side) for side in (claimed - found, times * gradient(p)))
            yield Step(f"{name}, in the {where}: its claim less it is {times} times p'", left, right)


def plain(expression: sympy.Expr | int) -> sympy.Expr:
    """Write ℓ, p and p' as symbols, so that both sides are polynomials in them."""
    text = sympy.expand_log(sympy.expand(expression), force=True).doit()
    text = text.subs(gradient(p), slope).subs(p, own)
    return sympy.expand(text.subs(log(own), ratio + log(ref)))


def main() -> None:
    """Print the proof."""
    show(__doc__, steps())


if __name__ == "__main__":
    main()
