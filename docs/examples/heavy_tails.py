"""Train for the mean, the lower tail or a robust centre where rewards are heavy-tailed or corrupted.

Three arms: a steady one of normal rewards; one that is better in the middle, but has Student-t rewards of
2.5 degrees of freedom; and a poor one, of whose rewards one in ten is corrupted to a number near 10, so
that its mean is the highest. The expected L-statistic of K rewards is an integral over the mixture's
distribution function F,

    J = ∫ (s Ψ(x) − H(F(x))) dx,    H(F) = Σ_j α_j P(x_(j) ≤ x),    s = Σ_j α_j,

Ψ the distribution function of any symmetric law. With x = sinh v the trapezoid rule converges faster than
any power, so that nothing about the policies is estimated, at any step of their training.

    python docs/examples/heavy_tails.py --output heavy_tails.png
"""

import argparse

import numpy as np
from scipy import stats
from scipy.special import softmax

import ordergrad_ref as og


class Corrupted:
    """Normal rewards around 0.1, of which one in ten becomes a number near 10."""

    right, wrong, share = stats.norm(0.1, 0.3), stats.norm(10, 0.3), 0.1

    def cdf(self, x):
        """Probability of at most x."""
        return (1 - self.share) * self.right.cdf(x) + self.share * self.wrong.cdf(x)

    def rvs(self, size, random_state):
        """Draw rewards."""
        wrong = random_state.random(size) < self.share
        right, other = (d.rvs(size, random_state=random_state) for d in (self.right, self.wrong))
        return np.where(wrong, other, right)


ARMS = {"steady": stats.norm(0.4, 0.3), "heavy tails": stats.t(2.5, 0.7, 1.0), "corrupted": Corrupted()}
OBJECTIVES = ("mean@1", "cvar(0.25)@8", "median@9", "trimmed(2)@9")
N, STEPS, RATE, EVERY = 32, 400, 0.5, 10

STEP = 0.01
LINE = np.sinh(np.arange(-20, 20, STEP))
WIDTHS = np.cosh(np.arange(-20, 20, STEP)) * STEP
BELOW = np.array([arm.cdf(LINE) for arm in ARMS.values()])
SYMMETRIC = stats.norm.cdf(LINE)


def worth(policy, spelling):
    """The objective's exact value at a policy."""
    alpha = og.objective(spelling)
    weights = np.array(alpha.weights, dtype=float)
    below = np.minimum(policy @ BELOW, 1)
    at_least = stats.binom.sf(np.arange(alpha.k)[:, None], alpha.k, below)  # j of K are at most x
    return (weights.sum() * SYMMETRIC - weights @ at_least) @ WIDTHS


def train(spelling, seed, steps):
    """The policies during so many steps of N rewards each."""
    rng, logits, policies = np.random.default_rng(seed), np.zeros(len(ARMS)), []
    for done in range(steps + 1):
        policy = softmax(logits)
        if done % EVERY == 0:
            policies.append(policy)
        arms = rng.choice(len(ARMS), size=N, p=policy)
        of_each_arm = [arm.rvs(N, random_state=rng) for arm in ARMS.values()]
        rewards = np.choose(arms, of_each_arm)
        weights = og.score_weights(rewards, spelling)
        logits += RATE * (np.bincount(arms, weights, len(ARMS)) - policy * weights.sum())
    return policies


def interval(values):
    """Mean over seeds, and half the 95 % interval of Student's t."""
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(axis=0, ddof=1) / np.sqrt(len(values))
    return values.mean(axis=0), half


def main(output=None, quick=False):
    """Print what each policy was trained for and is worth; draw the curves where a file is named."""
    seeds, steps = (2, EVERY) if quick else (5, STEPS)
    policies = {o: np.array([train(o, seed, steps) for seed in range(seeds)]) for o in OBJECTIVES}
    curves = {
        o: np.array([[[worth(p, judge) for judge in OBJECTIVES] for p in run] for run in policies[o]])
        for o in OBJECTIVES
    }
    print("trained for   " + "".join(f"{f'as {o}':>18}" for o in OBJECTIVES) + "   mostly")
    for o in OBJECTIVES:
        cells = (f"{m:.3f} ± {h:.3f}" for m, h in zip(*interval(curves[o][:, -1]), strict=True))
        mostly = list(ARMS)[policies[o][:, -1].mean(axis=0).argmax()]
        print(f"{o:14}" + "".join(f"{cell:>18}" for cell in cells) + f"   {mostly}")
    if output:
        draw(curves, output)
    return policies, curves


def draw(curves, output):
    """Draw each objective's value against the steps of training, a line for what was trained for."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.6), layout="constrained")
    for i, (axes, judge) in enumerate(zip(figure.subplots(2, 2, sharex=True).flat, OBJECTIVES, strict=True)):
        for o, style in zip(OBJECTIVES, ("-", "-", "-", "--"), strict=True):
            mean, half = interval(curves[o][:, :, i])
            times = EVERY * np.arange(len(mean))
            (line,) = axes.plot(times, mean, style, label=f"trained for {o}")
            axes.fill_between(times, mean - half, mean + half, color=line.get_color(), alpha=0.2)
        axes.set_title(f"exact {judge}")
    for axes in figure.axes[2:]:
        axes.set_xlabel("step")
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    figure.savefig(output, dpi=80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
