"""Train for the mean, the median or the lower tail where rewards are heavy-tailed or corrupted.

Three arms: a steady one of normal rewards; one that is better in the middle, but has Student-t rewards of
2.5 degrees of freedom; and a poor one, of whose rewards one in ten is corrupted to a number near 10, so
that its mean is the highest. The expected L-statistic of K rewards is an integral over the mixture's
distribution function F,

    J = ∫_0^∞ (s − H(F(x))) dx − ∫_{−∞}^0 H(F(x)) dx,    H(F) = Σ_j α_j P(x_(j) ≤ x),  s = Σ_j α_j,

which SciPy evaluates to a stated error: nothing about the trained policies is estimated.

    python docs/examples/heavy_tails.py --output heavy_tails.png
"""

import argparse

import numpy as np
from scipy import stats
from scipy.integrate import quad
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
OBJECTIVES = ("mean@1", "cvar(0.25)@8", "median@9")
N, STEPS, RATE = 32, 400, 0.5


def worth(policy, spelling):
    """The objective's exact value at a policy."""
    alpha = og.objective(spelling)
    weights = np.array(alpha.weights, dtype=float)
    tail = stats.binom.sf

    def below(x):
        f = sum(p * arm.cdf(x) for p, arm in zip(policy, ARMS.values(), strict=True))
        return weights @ tail(np.arange(alpha.k), alpha.k, f)  # P(x_(j) ≤ x): at least j of K are at most x

    total = weights.sum()
    upper = quad(lambda x: total - below(x), 0, np.inf, limit=400)[0]
    return upper - quad(below, -np.inf, 0, limit=400)[0]


def train(spelling, seed, steps):
    """The policy after so many steps of N rewards each."""
    rng, logits = np.random.default_rng(seed), np.zeros(len(ARMS))
    for _ in range(steps):
        policy = softmax(logits)
        arms = rng.choice(len(ARMS), size=N, p=policy)
        of_each_arm = [arm.rvs(N, random_state=rng) for arm in ARMS.values()]
        rewards = np.choose(arms, of_each_arm)
        weights = og.score_weights(rewards, spelling)
        logits += RATE * (np.bincount(arms, weights, len(ARMS)) - policy * weights.sum())
    return softmax(logits)


def main(output=None, quick=False):
    """Print what each policy was trained for and is worth; draw the policies where a file is named."""
    seeds, steps = (2, 10) if quick else (5, STEPS)
    policies = {o: np.array([train(o, seed, steps) for seed in range(seeds)]) for o in OBJECTIVES}
    worths = {
        o: np.array([[worth(p, judge) for judge in OBJECTIVES] for p in policies[o]]) for o in OBJECTIVES
    }
    print("trained for   " + "".join(f"{f'as {o}':>20}" for o in OBJECTIVES) + "   mostly")
    for o in OBJECTIVES:
        half = stats.t.ppf(0.975, seeds - 1) * worths[o].std(axis=0, ddof=1) / np.sqrt(seeds)
        cells = (f"{m:.3f} ± {h:.3f}" for m, h in zip(worths[o].mean(axis=0), half, strict=True))
        mostly = list(ARMS)[policies[o].mean(axis=0).argmax()]
        print(f"{o:14}" + "".join(f"{cell:>20}" for cell in cells) + f"   {mostly}")
    if output:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6, 3), layout="constrained")
        axes = figure.subplots()
        left = np.zeros(len(OBJECTIVES))
        for arm, name in enumerate(ARMS):
            shares = [policies[o][:, arm].mean() for o in OBJECTIVES]
            axes.barh(OBJECTIVES, shares, left=left, label=name)
            left += shares
        axes.set(xlabel="share of each arm after training", ylabel="trained for", xlim=(0, 1))
        figure.legend(loc="outside upper center", ncols=3)
        figure.savefig(output, dpi=80)
    return policies, worths


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
