"""Retries in a bandit: what the best policy explores, in closed form.

Three bandits of arXiv 2606.00151, whose scripts find the best policy on a grid or by gradient ascent. What is
uncertain is drawn once, and all M tries meet the same draw:

1. One of two arms pays 1: ``J = 1 − (1 − p)^m``, for real m too. Below m = 1 it is convex, above it concave.
2. One arm pays 2. The other pays s with probability 1/s, and else nothing. ``∂J/∂π = 0`` gives the share of
   the second: ``π = ρ/(1 + ρ)``, ``ρ^(M−1) = (s − 2)/(2 (s − 1))``, and none for s ≤ 2.
3. The posterior means of two arms differ by δ standard deviations of the difference. For M = 2 the expected
   improvements balance: ``π h(δ) = (1 − π) h(−δ)``, ``h(x) = x Φ(x) + φ(x)``. Thompson sampling has Φ(−δ).

    python docs/examples/retry_bandits.py --output retry_bandits.png
"""

import argparse

import numpy as np
from scipy.special import ndtr

import ordergrad_ref as og


def fixed(p, m):
    """The first: the expected best of m tries; `og.population.value` has it for every real m >= 1."""
    return 1 - (1 - p) ** m


def share(s, m):
    """The second: how often the best policy tries the uncertain arm."""
    rho = (max(s - 2, 0) / (2 * (s - 1))) ** (1 / (m - 1))
    return rho / (1 + rho)


def scaled(policy, s, m):
    """The second: value of a policy, and its gradient by the logit of the uncertain arm, over both draws."""
    value = slope = 0
    for reward, chance in ((s, 1 / s), (0, 1 - 1 / s)):
        law = [2, reward], [1 - policy, policy]
        value += chance * og.population.value(*law, f"max@{m}")
        slope += chance * og.population.gradient(*law, f"max@{m}") @ np.array([-1, 1])
    return value, slope


def improvement(x):
    """``h(x) = E max(x + Z, 0)``."""
    return x * ndtr(x) + np.exp(-x * x / 2) / np.sqrt(2 * np.pi)


def posterior(delta):
    """The third: share of the arm that looks worse by δ, and that of Thompson sampling."""
    worse, better = improvement(-delta), improvement(delta)
    return worse / (worse + better), ndtr(-delta)


def main(output=None, quick=False):
    """Print the shares, and draw the curves where a file is named."""
    tries, scales = (2, 3, 4, 8), (2, 3, 4, 6, 10)
    found = {m: [share(s, m) for s in scales] for m in tries}
    print("share of the arm that pays s with probability 1/s, beside one that pays 2")
    print("  M" + "".join(f"{f's = {s}':>10}" for s in scales) + f"{'s → ∞':>10}")
    for m, row in found.items():
        print(f"{m:3d}" + "".join(f"{x:10.6f}" for x in (*row, share(1e12, m))))
    print("share of the arm that looks worse by δ: M = 2, Thompson sampling")
    for delta in (0.0, 0.5, 1.0, 2.0):
        print(f"δ = {delta:3.1f}" + "".join(f"{x:10.6f}" for x in posterior(delta)))
    if output:
        draw(tries, 20 if quick else 200, output)
    return found


def draw(tries, points, output):
    """Draw the three bandits."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.2), layout="constrained")
    first, second, third = figure.subplots(1, 3)
    p, s, delta = np.linspace(0, 1, points), np.linspace(1.01, 10, points), np.linspace(0, 3, points)
    for m in (0.5, 0.75, 1, 1.5, 2):
        first.plot(p, fixed(p, m), label=f"m = {m:g}")
    for m in tries:
        second.plot(s, [share(x, m) for x in s], label=f"M = {m}")
    for shares, label in zip(posterior(delta), ("two tries", "Thompson sampling"), strict=True):
        third.plot(delta, shares, label=label)
    first.set(title="one arm pays 1", xlabel="probability of that arm", ylabel="expected best of m tries")
    second.set(title="2, or s one time in s", xlabel="s", ylabel="best share of the uncertain arm")
    third.set(title="two posteriors", xlabel="δ", ylabel="share of the arm that looks worse")
    for axes in figure.axes:
        axes.legend(fontsize="small")
    figure.savefig(output, dpi=80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
