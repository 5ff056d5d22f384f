"""Signal to noise of OrderGrad's gradient for max@K, exactly, and by simulation on top of it.

The setting is that of OrderGrad, arXiv 2606.06096: 8 arms, N = 64 samples, a softmax policy whose logits are
drawn from a standard normal distribution, K = 1 … 6; and 4, 8, 16 arms at K = 4. Its figures are simulated;
here each number is exact, in polynomial time (spec eqs. (87)–(89)), and a simulation is laid over it.

    python docs/examples/signal_to_noise.py --output signal_to_noise.png
"""

import argparse

import numpy as np

import ordergrad_ref as og

N = 64
REWARDS = {
    "linear": lambda arms: np.arange(float(arms)),
    "exponential": lambda arms: 2.0 ** np.arange(arms),
    "Gaussian": lambda arms: np.random.default_rng(1).normal(size=arms),
}


def policy(arms):
    """The softmax policy of the figure."""
    weights = np.exp(np.random.default_rng(0).normal(size=arms))
    return weights / weights.sum()


def exact(rewards, k):
    """Signal to noise and total variance of the canonical estimator for max@K. Spec eqs. (66), (71)."""
    moments = og.variance.moments(rewards, policy(len(rewards)), f"max@{k}", N)
    return moments.signal_to_noise, moments.total_variance


def simulated(rewards, k, batches):
    """The same two numbers from so many simulated batches."""
    arms, p = len(rewards), policy(len(rewards))
    draws = np.random.default_rng(0).choice(arms, size=(batches, N), p=p)
    weights = og.score_weights(rewards[draws], f"max@{k}")
    gradients = np.stack([np.where(draws == arm, weights, 0).sum(axis=1) for arm in range(arms)], axis=1)
    gradients -= p * weights.sum(axis=1, keepdims=True)
    mean, variance = gradients.mean(axis=0), gradients.var(axis=0, ddof=1).sum()
    return mean @ mean / variance, variance


def main(output=None, quick=False):
    """Print the table, and draw it where a file is named."""
    batches = 500 if quick else 20_000
    settings = [(name, 8, k) for name in REWARDS for k in range(1, 3 if quick else 7)]
    settings += [("linear", arms, 4) for arms in (4, 16)]
    found = {}
    print(f"{'rewards':12} arms  K  signal to noise (simulated)   total variance (simulated)")
    for name, arms, k in settings:
        rewards = REWARDS[name](arms)
        row = found[name, arms, k] = (*exact(rewards, k), *simulated(rewards, k, batches))
        print(f"{name:12} {arms:4d} {k:2d}  {row[0]:14.6f} ({row[2]:9.6f})   {row[1]:14.8f} ({row[3]:.8f})")
    if output:
        draw(found, output)
    return found


def draw(found, output):
    """Draw signal to noise and total variance against K, and both against the number of arms."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    of_k = {name: sorted(key for key in found if key[:2] == (name, 8)) for name in REWARDS}
    of_arms = sorted(key for key in found if key[0] == "linear" and key[2] == 4)
    against_k, variance, against_arms = figure.subplots(1, 3)
    for axes, i in ((against_k, 0), (variance, 1)):
        for name, keys in of_k.items():
            ks = [k for *_, k in keys]
            (line,) = axes.plot(ks, [found[key][i] for key in keys], label=f"{name} rewards")
            axes.plot(ks, [found[key][i + 2] for key in keys], "o", color=line.get_color(), fillstyle="none")
        axes.set(xlabel="K", yscale="log", xticks=ks)
    for i, name in enumerate(("signal to noise", "total variance")):
        arms = [arms for _, arms, _ in of_arms]
        (line,) = against_arms.plot(arms, [found[key][i] for key in of_arms], color=f"C{i + 3}", label=name)
        seen = [found[key][i + 2] for key in of_arms]
        against_arms.plot(arms, seen, "o", color=line.get_color(), fillstyle="none")
    against_k.set(title="signal to noise, 8 arms")
    variance.set(title="total variance, 8 arms")
    against_arms.set(title="linear rewards, K = 4", xlabel="arms", xscale="log", yscale="log")
    against_arms.set_xticks(arms, map(str, arms))
    against_arms.minorticks_off()
    variance.legend(fontsize="small", loc=(0.3, 0.6))
    against_arms.legend(fontsize="small")
    figure.savefig(output, dpi=80)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick)
