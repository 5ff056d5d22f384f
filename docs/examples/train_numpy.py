"""Train a softmax policy for max@4 with NumPy alone, and for the mean beside it.

    python docs/examples/train_numpy.py

Eight actions: one always gets 1, one gets 3 now and then, the others less. The mean prefers the safe action;
the best of four prefers the rare 3. Both numbers are printed exactly, from the policy, at the end.
"""

import numpy as np

import ordergrad_ref as og

REWARDS = np.array([1.0, 3.0, 0.0, 0.5, 0.5, 0.2, 0.2, 0.0])
"""What each action gets when it works."""

WORKS = np.array([1.0, 0.3, 1.0, 0.9, 0.8, 1.0, 0.9, 1.0])
"""How often it does; 0 otherwise."""


def train(objective, steps, prompts=32, n=8, rate=0.5, seed=0):
    """Follow ``Σ_i w_i ∇log p(x_i)``, the unbiased gradient of the objective; return the policy."""
    rng = np.random.default_rng(seed)
    logits = np.zeros(len(REWARDS))
    for _ in range(steps):
        p = np.exp(logits - logits.max())
        p /= p.sum()
        actions = rng.choice(len(p), size=(prompts, n), p=p)
        rewards = REWARDS[actions] * (rng.random((prompts, n)) < WORKS[actions])
        w = og.score_weights(rewards, objective)
        gradient = np.bincount(actions.ravel(), w.ravel(), minlength=len(p)) - p * w.sum()
        logits += rate * gradient / prompts
    p = np.exp(logits - logits.max())
    return p / p.sum()


def deployed(p, objective):
    """The objective's exact value: what the policy gets when it is deployed."""
    rewards = np.concatenate([REWARDS, [0.0]])
    chances = np.concatenate([p * WORKS, [(p * (1 - WORKS)).sum()]])
    return float(og.population.value(rewards, chances, objective))


def main(steps=400):
    """Train for both objectives and print what each policy is worth under both."""
    found = {trained: train(trained, steps) for trained in ("mean@1", "max@4")}
    print("trained for   mean@1   max@4")
    for trained, p in found.items():
        print(f"{trained:11}  {deployed(p, 'mean@1'):7.4f} {deployed(p, 'max@4'):7.4f}")
    return found


if __name__ == "__main__":
    main()
