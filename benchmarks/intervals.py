"""How often the interval of `og.evaluate` covers the truth, for populations of prompts that are known.

python benchmarks/intervals.py [--repetitions 20000] [--json out.json] [--table out.md]
"""

import argparse
import json

import numpy as np
from scipy import integrate, special, stats

import ordergrad_ref as og
from ordergrad_ref.evaluation.clusters import FEW, mean_of, resting_on

N = 16
PROMPTS = (30, 100, 164)
OBJECTIVES = ("pass@1", "pass@4", "pass@8")
POPULATIONS = {
    "success rates uniform": (1.0, 1.0),
    "success rates Beta(2, 2)": (2.0, 2.0),
    "success rates Beta(1/2, 1/2): easy and hard": (0.5, 0.5),
    "success rates Beta(1, 3): a hard benchmark": (1.0, 3.0),
    "success rates Beta(3, 1): an easy benchmark": (3.0, 1.0),
    "success rates Beta(1/4, 5): nearly nothing solved": (0.25, 5.0),
}
OTHERS = {  # by which nothing was chosen
    "success rates Beta(5, 1/4): nearly all solved": (5.0, 0.25),
    "success rates Beta(8, 8)": (8.0, 8.0),
    "success rates Beta(1/20, 1/2): almost all 0 or 1": (0.05, 0.5),
    "all success rates near 1/2": (500.0, 500.0),
}
REAL = "rewards normal around a normal mean"
NOMINAL = 0.95


def truth_pass(a: float, b: float, k: int) -> float:
    """``1 − E(1 − p)^k`` of a Beta(a, b): a ratio of Beta functions."""
    return 1 - float(np.exp(special.betaln(a, b + k) - special.betaln(a, b)))


def truth_max(k: int) -> float:
    """The expected largest of k normal rewards; the prompts' means are zero on average."""
    return integrate.quad(lambda x: x * k * stats.norm.cdf(x) ** (k - 1) * stats.norm.pdf(x), -12, 12)[0]


def covered(values: np.ndarray, truth: float, groups: int, shares: bool) -> dict[str, float]:
    """Share of repetitions whose interval holds the truth, and of those in which it rests on few."""
    table = values.reshape(-1, groups).tolist()
    inside = said = 0
    for row in table:
        low, high = mean_of(row, NOMINAL, shares=shares).interval
        inside += low <= truth <= high
        said += resting_on(row) < FEW
    share = inside / len(table)
    return {"covered": share, "error": (share * (1 - share) / len(table)) ** 0.5, "said": said / len(table)}


def measure(repetitions: int, seed: int = 0) -> list[dict]:
    """Cover every population, objective and number of prompts."""
    random = np.random.default_rng(seed)
    rows = []
    for groups in PROMPTS:
        for name in [*POPULATIONS, REAL, *OTHERS]:
            values: dict[str, list] = {}
            for _ in range(0, repetitions, 1000):
                prompts = 1000 * groups
                if name == REAL:
                    rewards = random.normal(random.normal(size=(prompts, 1)), size=(prompts, N))
                else:
                    rates = random.beta(*{**POPULATIONS, **OTHERS}[name], size=(prompts, 1))
                    rewards = (random.random((prompts, N)) < rates).astype(float)
                for spelling in OBJECTIVES:
                    values.setdefault(spelling, []).append(og.value(rewards, spelling))
            for spelling in OBJECTIVES:
                k = int(spelling.partition("@")[2])
                truth = truth_max(k) if name == REAL else truth_pass(*{**POPULATIONS, **OTHERS}[name], k)
                found = covered(np.concatenate(values[spelling]), truth, groups, name != REAL)
                row = {"population": name, "objective": spelling, "prompts": groups, "truth": truth, **found}
                rows.append(row)
                print(*row.values(), sep="\t", flush=True)
    return rows


def as_table(rows: list[dict]) -> str:
    """One row for each population and objective; in parentheses how often there is a remark."""
    lines = [
        "| population | objective | truth | " + " | ".join(f"{g} prompts" for g in PROMPTS) + " |",
        "|---" * (3 + len(PROMPTS)) + "|",
    ]
    for name in [*POPULATIONS, REAL, *OTHERS]:
        for spelling in OBJECTIVES:
            of = [row for row in rows if (row["population"], row["objective"]) == (name, spelling)]
            shares = " | ".join(
                f"{100 * row['covered']:.1f} %" + (f" ({100 * row['said']:.0f} %)" if row["said"] else "")
                for row in of
            )
            lines.append(f"| {name} | {spelling} | {of[0]['truth']:.3f} | {shares} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=20000)
    parser.add_argument("--json")
    parser.add_argument("--table")
    options = parser.parse_args()
    found = measure(options.repetitions)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"samples": N, "nominal": NOMINAL, "rows": found}, file, indent=1)
    if options.table:
        with open(options.table, "w", encoding="utf-8") as file:
            file.write(as_table(found))
