"""How estimates of a value, of a gradient and of a quantile converge: exactly, and simulated on top.

The setting is that of the scripts of OrderGrad, arXiv 2606.06096, which average t batches of N = 64 rewards:
8 arms with normal rewards and random probabilities, K = 6, the rank weights .3, .44, …, 1; and the .25
quantile of uniform rewards. Each root mean square error is exact here, so that it is known how much of a
curve is bias, which stays, and how much is noise, which falls as 1/√t.

    value       v is linear in the gaps between the rewards: Var v is a sum over pairs of boundaries s ≤ t of
                gap_s gap_t Cov(v(C_s), v(C_t)), where C counts the samples at or below a boundary
    gradient    tr Cov ĝ, spec eqs. (87)–(89); its limit as N grows, eq. (96)
    quantile    bias² + wᵀ Cov w / t, with the covariance of sorted uniform rewards

    python docs/examples/convergence.py --output convergence.png
"""

import argparse
from fractions import Fraction

import numpy as np
from scipy.special import softmax
from scipy.stats import binom

import ordergrad_ref as og

ARMS, N, LEVEL = 8, 64, Fraction(1, 4)
ALPHA = og.LStatistic([Fraction(30 + 14 * j, 100) for j in range(6)])
RULES = {
    "Hazen": "quantile(0.25, hazen)@6",
    "Weibull": "quantile(0.25, weibull)@6",
    "Blom": "quantile(0.25, blom)@6",
    "Harrell–Davis": "harrell_davis(0.25)@6",
}


def setting():
    """Rewards and probabilities of the arms, in the order of the rewards."""
    rng = np.random.default_rng(0)
    return np.sort(rng.normal(size=ARMS)), softmax(rng.normal(size=ARMS))


def value_variance(rewards, probabilities, alpha, n):
    """``Var v`` of n samples, over the law of the counts at two boundaries."""
    counts = np.arange(n + 1)
    batches = np.arange(n) >= counts[:, None]  # row C has C zeros, then ones
    of_count = np.asarray(og.value(batches.astype(float), alpha))
    gaps, below = np.diff(rewards), np.cumsum(probabilities)[:-1]
    found = 0.0
    for t, at_t in enumerate(below):
        law = binom.pmf(counts, n, at_t)
        mean = law @ of_count
        for s, at_s in enumerate(below[: t + 1]):
            given = binom.pmf(counts, counts[:, None], at_s / at_t) @ of_count  # C_s of the C_t
            product = law @ (of_count * given) - mean * (binom.pmf(counts, n, at_s) @ of_count)
            found += (1 if s == t else 2) * gaps[s] * gaps[t] * product
    return found


def quantile_error(rule, n=N):
    """Bias and variance of a rule's estimate from n uniform rewards, as exact rationals."""
    alpha = og.objective(RULES[rule])
    weights = [Fraction(alpha.k, n) * e for e in og.rank_weights.elevated_exact(n, alpha)]
    mean = variance = Fraction(0)
    for j, w in enumerate(weights, 1):  # Cov(x_(i), x_(j)) = i (n + 1 − j) / ((n + 1)² (n + 2)), i ≤ j
        variance += w * (2 * mean + w * Fraction(j, n + 1)) * Fraction(n + 1 - j, (n + 1) * (n + 2))
        mean += w * Fraction(j, n + 1)
    return mean - LEVEL, variance


def simulated(batches):
    """Values, gradients and quantiles of so many batches."""
    rng = np.random.default_rng(0)
    rewards, p = setting()
    draws = rng.choice(ARMS, size=(batches, N), p=p)
    weights = og.score_weights(rewards[draws], ALPHA)
    gradients = np.stack([np.where(draws == a, weights, 0).sum(axis=1) for a in range(ARMS)], axis=1)
    uniform = rng.random((batches, N))
    quantiles = np.stack([og.value(uniform, rule) for rule in RULES.values()], axis=1)
    return og.value(rewards[draws], ALPHA), gradients, quantiles


def seen_error(estimates, truth, ts):
    """Root of the mean squared error of the means of t batches, over all runs of t."""
    square = [(estimates.reshape(-1, t, *np.shape(truth)).mean(axis=1) - truth) ** 2 for t in ts]
    return [float(np.sqrt(x.reshape(len(x), -1).sum(axis=1).mean())) for x in square]


def limits():
    """``lim N Var v = K² Σ_b p_b ā_b²``, and ``lim N tr Cov ĝ``."""
    rewards, p = setting()
    value = ALPHA.k**2 * (p @ og.population.advantage(rewards, p, ALPHA) ** 2)
    return value, np.trace(og.variance.limit(rewards, p, ALPHA))


def main(output=None, quick=False):
    """Print the errors, and draw them where a file is named."""
    ts = (1, 10) if quick else (1, 2, 5, 10, 20, 50, 100, 200)
    sizes = (7, 64) if quick else (7, 8, 10, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512)
    batches = 200 if quick else 20_000
    rewards, p = setting()
    variances = [
        (value_variance(rewards, p, ALPHA, n), og.variance.moments(rewards, p, ALPHA, n).total_variance)
        for n in sizes
    ]
    values, gradients, quantiles = simulated(batches)
    truths = og.population.value(rewards, p, ALPHA), og.population.logit_gradient(rewards, np.log(p), ALPHA)
    found = {
        name: (np.sqrt(variance / np.array(ts)), seen_error(estimates, truth, ts))
        for name, estimates, truth, variance in zip(
            ("value", "gradient"), (values, gradients), truths, variances[sizes.index(N)], strict=True
        )
    }
    print(f"root mean square error of the mean of t batches: exact ({batches} simulated batches)")
    print(f"{'':14}" + "".join(f"{f't = {t}':>18}" for t in ts))
    for i, rule in enumerate(RULES):
        bias, variance = map(float, quantile_error(rule))
        exact = np.sqrt(bias**2 + variance / np.array(ts))
        found[rule] = (exact, seen_error(quantiles[:, i], float(LEVEL), ts))
    for name, errors in found.items():
        print(f"{name:14}" + "".join(f"{e:9.4f} ({s:.4f})" for e, s in zip(*errors, strict=True)))
    print("bias of each rule: " + ", ".join(f"{rule} {quantile_error(rule)[0]}" for rule in RULES))
    print("N times the variance of value and gradient, by their limits:")
    for n, row in zip(sizes, variances, strict=True):
        print(f"N = {n:4d}  " + "  ".join(f"{n * x / y:.4f}" for x, y in zip(row, limits(), strict=True)))
    if output:
        draw(found, ts, sizes, np.array(variances), output)
    return found, dict(zip(sizes, variances, strict=True))


def draw(found, ts, sizes, variances, output):
    """Draw error against t, of quantiles too, and against N."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.4), layout="constrained")
    averaged, quantile, grown = figure.subplots(1, 3)
    for name, (exact, seen) in found.items():
        axes = quantile if name in RULES else averaged
        (line,) = axes.plot(ts, exact, label=name)
        axes.plot(ts, seen, "o", color=line.get_color(), fillstyle="none")
    for i, name in enumerate(("value", "gradient")):
        (line,) = grown.plot(sizes, np.sqrt(variances[:, i]), marker=".", label=name)
        grown.plot(sizes, np.sqrt(limits()[i] / np.array(sizes)), ":", color=line.get_color())
    averaged.set(title="mean of t batches of 64", xlabel="t", ylabel="root mean square error")
    quantile.set(title="0.25 quantile of uniform rewards", xlabel="t")
    grown.set(title="one batch of N; dotted: its limit", xlabel="N")
    for axes in figure.axes:
        axes.set(xscale="log", yscale="log")
        axes.legend(fontsize="small")
    figure.savefig(output, dpi=80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
