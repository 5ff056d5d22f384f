"""Signal to noise of OrderGrad's gradient for max@K, exactly, and by simulation on top of it.

The setting is that of OrderGrad, arXiv 2606.06096: 8 arms, N = 64 samples, a softmax policy whose logits are
drawn from a standard normal distribution. Its figure is simulated; here each number is exact, in polynomial
time (spec eqs. (87)–(89)), and a simulation with seed 0 is laid over it as a check.

    python docs/examples/signal_to_noise.py --output signal_to_noise.svg
"""

import argparse

import numpy as np

import ordergrad_ref as og

ARMS, N = 8, 64
REWARDS = {
    "linear": np.arange(float(ARMS)),
    "exponential": 2.0 ** np.arange(ARMS),
    "Gaussian": np.random.default_rng(1).normal(size=ARMS),
}


def policy():
    """The softmax policy of the figure."""
    weights = np.exp(np.random.default_rng(0).normal(size=ARMS))
    return weights / weights.sum()


def exact(rewards, k):
    """Signal to noise and total variance of the canonical estimator for max@K. Spec eqs. (66), (71)."""
    moments = og.variance.moments(rewards, policy(), f"max@{k}", N)
    return moments.signal_to_noise, moments.total_variance


def simulated(rewards, k, batches):
    """The same two numbers from so many simulated batches."""
    p = policy()
    draws = np.random.default_rng(0).choice(ARMS, size=(batches, N), p=p)
    weights = og.score_weights(rewards[draws], f"max@{k}")
    gradients = np.stack([np.where(draws == arm, weights, 0).sum(axis=1) for arm in range(ARMS)], axis=1)
    gradients -= p * weights.sum(axis=1, keepdims=True)
    mean, variance = gradients.mean(axis=0), gradients.var(axis=0, ddof=1).sum()
    return mean @ mean / variance, variance


def main(output=None, quick=False):
    """Print the table, and draw it where a file is named."""
    ks = range(1, 3 if quick else 7)
    found = {
        name: [(k, *exact(x, k), *simulated(x, k, 500 if quick else 20_000)) for k in ks]
        for name, x in REWARDS.items()
    }
    print(f"{'rewards':12}  K  signal to noise (simulated)   total variance (simulated)")
    for name, rows in found.items():
        for k, snr, variance, snr_seen, variance_seen in rows:
            print(f"{name:12} {k:2d}  {snr:14.6f} ({snr_seen:9.6f})   {variance:14.8f} ({variance_seen:.8f})")
    if output:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6, 4), layout="constrained")
        axes = figure.subplots()
        for name, rows in found.items():
            (line,) = axes.plot(ks, [row[1] for row in rows], label=f"{name} rewards")
            axes.plot(ks, [row[3] for row in rows], "o", color=line.get_color(), fillstyle="none")
        axes.set(xlabel="K", ylabel="signal to noise", yscale="log", xticks=list(ks))
        axes.legend(title="lines exact, circles simulated")
        figure.savefig(output, metadata={"Date": None})
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
