"""Train a language model in miniature for the best of K, and know its pass@k exactly.

The task is Countdown: a prompt ``2,3,7>13:`` asks for an expression of the numbers, each at most once, that
has the value 13, such as ``2*3+7`` or ``7+3*2``. A transformer of 60 000 parameters learns from
demonstrations, half of them wrong, and is then trained by policy gradients on rewards 0 and 1, with the
weights of one estimator or another; everything else is the same. There are few right answers to a prompt,
so that the probability p of giving one of them is a sum, and pass@k of 200 prompts that the model has not
seen is the mean of ``1 − (1 − p)^k``, without sampling, for every k.

    pip install '.[plot]' torch
    python docs/examples/countdown.py --seeds 5 --json countdown.json --output countdown.png
"""

import argparse
import itertools
import json
import os
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
import torch
from scipy.stats import binom, t
from torch.nn import functional

import ordergrad_ref as og

ALPHABET = "0123456789+-*>:,$."
CODE = {character: i for i, character in enumerate(ALPHABET)}
END = CODE["$"]
LONGEST = len("2*3+7$")
KS = (1, 4, 16, 64, 256, 1024)
PENALTY = 0.05

ESTIMATORS = {
    "mean@1 (RLOO)": lambda right, length: og.score_weights(right, "mean@1"),
    "GRPO": lambda right, length: og.maxk.grpo(right) / right.shape[-1],
    "MaxRL": lambda right, length: og.maxk.maxrl(right) / right.shape[-1],
    "max@2": lambda right, length: og.score_weights(right, "max@2"),
    "max@4": lambda right, length: og.score_weights(right, "max@4"),
    "max@8": lambda right, length: og.score_weights(right, "max@8"),
    "top(2)@4": lambda right, length: og.score_weights(right, "top(2)@4"),
    "PKPO, K = 4": lambda right, length: og.maxk.pkpo_loo_minus_one(right, 4),
    "mean@1, shorter": lambda right, length: og.score_weights(right - PENALTY * length, "mean@1"),
    "max@4, shorter": lambda right, length: og.score_weights(right - PENALTY * length, "max@4"),
}
"""Weights of the log-probabilities from the rewards and lengths of a table of groups."""


# ---- the task


def expressions(numbers):
    """All expressions of two or three of the numbers, each used at most once."""
    found = set()
    for several in itertools.chain(itertools.permutations(numbers, 2), itertools.permutations(numbers, 3)):
        for operations in itertools.product("+-*", repeat=len(several) - 1):
            found.add("".join(f"{n}{o}" for n, o in zip(several, (*operations, ""), strict=True)))
    return sorted(found)


def problems(largest=9):
    """Every prompt, with all its right answers."""
    found = {}
    for numbers in itertools.combinations_with_replacement(range(1, largest + 1), 3):
        for expression in expressions(numbers):
            value = eval(expression)  # digits and operations of our own
            if 0 <= value <= 99:
                text = ",".join(map(str, numbers)) + f">{value:02d}:"
                found.setdefault(text, []).append(expression)
    return found


def numbers_of(prompt):
    """The numbers of a prompt."""
    return tuple(map(int, prompt.partition(">")[0].split(",")))


def tokens(texts, length=None):
    """Codes of texts, filled up to one length."""
    length = length or max(map(len, texts))
    return torch.tensor([[CODE[c] for c in text.ljust(length, ".")] for text in texts])


# ---- the model


class Block(torch.nn.Module):
    """Attention to what came before, and a layer for each position."""

    def __init__(self, width, heads=4):
        super().__init__()
        self.heads = heads
        self.before, self.between = torch.nn.LayerNorm(width), torch.nn.LayerNorm(width)
        self.inward, self.outward = torch.nn.Linear(width, 3 * width), torch.nn.Linear(width, width)
        self.each = torch.nn.Sequential(
            torch.nn.Linear(width, 4 * width), torch.nn.GELU(), torch.nn.Linear(4 * width, width)
        )

    def forward(self, x):
        """Give each position what it and those before it say."""
        rows, length, width = x.shape
        split = self.inward(self.before(x)).view(rows, length, 3, self.heads, width // self.heads)
        attended = functional.scaled_dot_product_attention(*split.permute(2, 0, 3, 1, 4), is_causal=True)
        x = x + self.outward(attended.transpose(1, 2).reshape(rows, length, width))
        return x + self.each(self.between(x))


class Model(torch.nn.Module):
    """Logits of the next character."""

    def __init__(self, length, width=48, blocks=2):
        super().__init__()
        self.characters = torch.nn.Embedding(len(ALPHABET), width)
        self.places = torch.nn.Embedding(length, width)
        self.blocks = torch.nn.Sequential(*(Block(width) for _ in range(blocks)))
        self.last = torch.nn.Sequential(torch.nn.LayerNorm(width), torch.nn.Linear(width, len(ALPHABET)))

    def forward(self, x):
        """Give the logits after each position."""
        return self.last(self.blocks(self.characters(x) + self.places.weight[: x.shape[1]]))


def log_probabilities(model, prompts, answers):
    """Log-probability of each answer, up to and with its end."""
    x = torch.cat([prompts, answers], dim=1)
    logits = model(x[:, :-1])[:, prompts.shape[1] - 1 :].log_softmax(-1)
    ended = (answers == END).int()
    counts = torch.cumsum(ended, 1) - ended == 0
    return (logits.gather(2, answers[:, :, None])[:, :, 0] * counts).sum(1)


@torch.no_grad()
def sample(model, prompts):
    """Draw one answer to each prompt."""
    x = prompts
    for _ in range(LONGEST):
        x = torch.cat([x, torch.multinomial(model(x)[:, -1].softmax(-1), 1)], dim=1)
    return x[:, prompts.shape[1] :]


@torch.no_grad()
def success(model, prompts, answers):
    """The probability of a right answer to each prompt: a sum over all of them."""
    rows = [(i, answer) for i, prompt in enumerate(prompts) for answer in answers[prompt]]
    found = np.zeros(len(prompts))
    for start in range(0, len(rows), 4096):
        some = rows[start : start + 4096]
        asked = tokens([prompts[i] for i, _ in some])
        given = tokens([f"{answer}$" for _, answer in some], LONGEST)
        np.add.at(found, [i for i, _ in some], log_probabilities(model, asked, given).double().exp().numpy())
    return found


def factor(weights_of, p, n=16):
    """``f`` of ``E Σ_i w_i ∇log π(a_i) = f ∇p`` for a prompt: a sum over how many of n answers are right."""
    found = 0.0
    for count, chance in enumerate(binom.pmf(np.arange(n + 1), n, p)):
        right = (np.arange(n) < count).astype(float)
        weights = np.asarray(weights_of(right[None], None))[0]
        found += chance * (weights[:count].sum() / p - weights[count:].sum() / (1 - p))
    return found


def angles(model, prompts, answers, ks=(1, 2, 4, 8)):
    """Degrees between each estimator's expected update on a few prompts and the gradients of pass@k."""
    p, gradients = [], []
    for prompt in prompts:
        given = tokens([f"{answer}$" for answer in answers[prompt]], LONGEST)
        asked = tokens([prompt]).repeat_interleave(len(given), 0)
        model.zero_grad()
        chance = log_probabilities(model, asked, given).double().exp().sum()
        chance.backward()
        p.append(float(chance.detach()))
        gradients.append(torch.cat([x.grad.ravel() for x in model.parameters()]).double().numpy())
    p, gradients = np.array(p), np.stack(gradients)
    found = {}
    for name, weights_of in ESTIMATORS.items():
        if "shorter" not in name:
            update = np.array([factor(weights_of, chance) for chance in p]) @ gradients
            found[name] = [_angle(update, (k * (1 - p) ** (k - 1)) @ gradients) for k in ks]
    return found


def _angle(a, b):
    return float(np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))))


def pass_at(p, k):
    """Mean of ``1 − (1 − p)^k``."""
    return float(-np.expm1(k * np.log1p(-np.minimum(p, 1 - 1e-12))).mean())


# ---- training


def imitate(model, prompts, answers, steps, rng):
    """Learn the form from demonstrations of which half are right, and the others any expressions."""
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = 1e-3 * min(1, (step + 1) / 50) * (1 - step / steps) + 1e-5
        asked = rng.choices(prompts, k=128)
        shown = [
            rng.choice(answers[p] if rng.random() < 0.5 else expressions(numbers_of(p))) + "$" for p in asked
        ]
        loss = -log_probabilities(model, tokens(asked), tokens(shown, LONGEST)).mean() / LONGEST
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def reinforce(model, prompts, answers, weights_of, steps, rng, groups=24, n=16):
    """Train, and give the mean reward and the entropy that were seen in each step."""
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3, weight_decay=0)
    for _ in range(steps):
        asked = rng.sample(prompts, groups)
        repeated = tokens(asked).repeat_interleave(n, 0)
        drawn = sample(model, repeated)
        texts = ["".join(ALPHABET[i] for i in row).partition("$") for row in drawn.tolist()]
        right = [bool(end) and text in answers[asked[i // n]] for i, (text, end, _) in enumerate(texts)]
        length = [len(text) for text, *_ in texts]
        right, length = (np.array(x, dtype=float).reshape(groups, n) for x in (right, length))
        weights = torch.tensor(np.asarray(weights_of(right, length)).reshape(-1), dtype=torch.float32)
        logp = log_probabilities(model, repeated, drawn)
        optimiser.zero_grad()
        (-(weights * logp).sum() / groups).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        yield float(right.mean()), float(-logp.detach().mean())


def tell(line):
    """Show progress, from whichever process."""
    print(line, file=sys.stderr, flush=True)


def run(seed, names, steps, pretraining, largest, say):
    """Pass@k of one base model, and of what each estimator makes of it, at five times."""
    torch.set_num_threads(1)
    answers = problems(largest)
    prompts = sorted(answers)
    random.Random(0).shuffle(prompts)
    held_out, known = prompts[:200], prompts[200:]
    torch.manual_seed(seed)
    base = Model(len(prompts[0]) + LONGEST)
    imitate(base, known, answers, pretraining, random.Random(seed))

    def curve(model):
        p = success(model, held_out, answers)
        return [pass_at(p, k) for k in KS]

    directions = angles(base, known[:12], answers)
    found = {"base": {"steps": [0], "pass": [curve(base)], "angles": directions}}
    for name in names:
        torch.manual_seed(seed)
        model = Model(len(prompts[0]) + LONGEST)
        model.load_state_dict(base.state_dict())
        row = found[name] = {"steps": [0], "pass": found["base"]["pass"][:], "reward": [], "entropy": []}
        training = reinforce(model, known, answers, ESTIMATORS[name], steps, random.Random(seed))
        for step, (reward, entropy) in enumerate(training, 1):
            row["reward"].append(round(reward, 4))
            row["entropy"].append(round(entropy, 4))
            if step % max(1, steps // 4) == 0:
                row["steps"].append(step)
                row["pass"].append(curve(model))
        say(f"seed {seed}, {name}: pass@1 {row['pass'][-1][0]:.3f}, pass@{KS[-1]} {row['pass'][-1][-1]:.3f}")
    return found


# ---- the picture and the table


def summary(results):
    """Mean over seeds and half the 95 % interval of Student's t, for each estimator and k, at the end."""
    rows = {}
    for name in results[0]:
        ends = np.array([result[name]["pass"][-1] for result in results])
        half = np.full(len(KS), np.nan)
        if len(ends) > 1:
            half = t.ppf(0.975, len(ends) - 1) * ends.std(axis=0, ddof=1) / np.sqrt(len(ends))
        rows[name] = (ends.mean(axis=0), half)
    return rows


def entropies(results):
    """Mean of −log p of the drawn answers in the last twenty steps, over seeds, in nats."""
    return {
        name: float(np.mean([result[name]["entropy"][-20:] for result in results]))
        for name in results[0]
        if "entropy" in results[0][name]
    }


def table(rows, entropy):
    """The summary as lines of text."""
    lines = [f"{'':16}" + "".join(f"{f'pass@{k}':>15}" for k in KS) + "  entropy"]
    for name, (mean, half) in rows.items():
        cells = (
            f"{m:.3f}" + (f" ± {h:.3f}" if np.isfinite(h) else "") for m, h in zip(mean, half, strict=True)
        )
        nats = f"{entropy[name]:9.2f}" if name in entropy else ""
        lines.append(f"{name:16}" + "".join(f"{cell:>15}" for cell in cells) + nats)
    return "\n".join(lines)


def angle_table(results):
    """Mean over seeds of the angles at the base model."""
    lines = [f"{'angle to ∇':16}" + "".join(f"{f'pass@{k}':>9}" for k in (1, 2, 4, 8))]
    for name in results[0]["base"]["angles"]:
        mean = np.mean([result["base"]["angles"][name] for result in results], axis=0)
        lines.append(f"{name:16}" + "".join(f"{x:8.2f}°" for x in mean))
    return "\n".join(lines)


def draw(rows, output):
    """Pass@k against k for each estimator, less that of the base model."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    base = rows["base"][0]
    for name, (mean, half) in rows.items():
        if name != "base":
            axes.errorbar(KS, mean - base, half, marker="o", markersize=3, capsize=2, label=name)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set(xscale="log", xlabel="k", ylabel="pass@k less that of the base model", xticks=KS)
    axes.set_xticklabels(map(str, KS))
    axes.minorticks_off()
    axes.legend(fontsize="small", ncols=2)
    figure.savefig(output, dpi=80)


def main(
    seeds=5,
    steps=160,
    pretraining=700,
    names=tuple(ESTIMATORS),
    largest=9,
    output=None,
    to_json=None,
    say=tell,
):
    """Train seeds side by side, and print the table; draw it, and write all curves, where files are named."""
    one = partial(run, names=names, steps=steps, pretraining=pretraining, largest=largest, say=say)
    with ProcessPoolExecutor(min(seeds, os.cpu_count() or 1)) as processes:
        results = list(processes.map(one, range(seeds)))
    if to_json:
        with open(to_json, "w", encoding="utf-8") as file:
            json.dump({"k": KS, "steps": steps, "seeds": results}, file)
    rows = summary(results)
    print(table(rows, entropies(results)), angle_table(results), sep="\n\n")
    if output:
        draw(rows, output)
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=160)
    parser.add_argument("--output", help="picture to write")
    parser.add_argument("--json", help="file for all curves")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    arguments = parser.parse_args()
    if arguments.quick:
        main(2, 1, 10, ("max@4",), 5, arguments.output, arguments.json)
    else:
        main(arguments.seeds, arguments.steps, output=arguments.output, to_json=arguments.json)
