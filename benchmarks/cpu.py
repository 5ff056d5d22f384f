"""Time, ratio to ``np.sort``, ratio to peers, peak memory and error, side by side.

python benchmarks/cpu.py --quick
python benchmarks/cpu.py --growth --ordergrad PATH_TO_A_CHECKOUT --json out.json --table out.md --plot out.png
"""

import json
import platform
import sys
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table
from steps import shares  # beside this script

import ordergrad_ref as og
from ordergrad_ref.kernels.at_hand import AT_HAND, COMPILING_PAYS
from ordergrad_ref.kernels.cpu.sums import LARGEST_SIDE_BY_SIDE

SIZES = [
    (65536, 8, 4), (65536, 16, 4), (8192, 64, 16), (1024, 1024, 32), (64, 16384, 32), (1, 10**6, 8),
]  # fmt: skip
QUICK = [(8192, 8, 4), (512, 64, 16), (16, 1024, 32)]
GROWTH = [(10**7 // n, n, 4) for n in (8, 32, 128, 512, 2048, 8192, 2**15, 2**17, 10**6, 10**7)]
KS = [(1024, 1024, k) for k in (1, 4, 256, 512, 1023)]
WEIGHTS = [("max", 10**6, 10**5), ("cvar(0.1)", 10**6, 10**5), ("gini", 10**6, 10**4)]
REACH = {
    (65536, 8, 4): 0.5, (65536, 16, 4): 0.7, (8192, 64, 16): 1.0, (1024, 1024, 32): 0.3, (1, 10**6, 8): 0.6,
    (1, 10**7, 4): 0.8,
}  # fmt: skip
FASTER = 10
PEER_SIZES = {(65536, 8), (8192, 64), (1024, 1024)}
SAMPLE = 2
IDLE, SLOW, FEW = 0.5, 0.2, 3  # seconds; a slower function is called a few times only


@dataclass
class Row:
    """One size and dtype."""

    groups: int
    n: int
    k: int
    dtype: str
    sort_ms: float
    ms: float
    memory: float
    error: float
    peers_ms: dict[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        """Time by that of ``np.sort``."""
        return self.ms / self.sort_ms


def main(
    quick: Annotated[bool, typer.Option(help="Three small sizes, in seconds.")] = False,
    growth: Annotated[
        bool, typer.Option(help="Also how cost grows with N, with K, and for weights.")
    ] = False,
    ordergrad: Annotated[
        Path | None, typer.Option(help="A checkout of the OrderGrad authors' package.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    table: Annotated[Path | None, typer.Option(help="Write the tables here, in Markdown.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw time against size here (the plot extra).")] = None,
    repeat: Annotated[int, typer.Option(help="Repetitions; the least time counts.")] = 15,
) -> None:
    """Measure og.advantage on max@K."""
    if ordergrad is not None:
        sys.path.insert(0, str(ordergrad))
    AT_HAND.answered = COMPILING_PAYS  # from here on loops answer
    for dtype in ("float64", "float32"):
        og.advantage(np.ones((1000, 8), dtype), "max@2")
    sizes = QUICK if quick else SIZES + (GROWTH + KS if growth else [])
    cases = [(g, n, k, dtype) for g, n, k in sizes for dtype in ("float64", "float32")]
    rows = [measured(*case, repeat) for case in track(cases, description="measuring", transient=True)]
    weights = [(s, n, k, weights_seconds(s, n, k)) for s, n, k in WEIGHTS] if growth else []
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(machine(), highlight=False)
    console.print(as_table(rows))
    notes = reached(rows, repeat) + against_peers(rows) + weights_lines(weights)
    for line in notes:
        console.print(line, highlight=False)
    if json_file is not None:
        figures = [asdict(r) | {"ratio": r.ratio} for r in rows]
        text = json.dumps({"machine": machine(), "rows": figures, "weights": weights}, indent=1)
        json_file.write_text(text, encoding="utf-8")
    if table is not None:
        table.write_text(as_markdown(rows, notes), encoding="utf-8")
    if plot is not None:
        draw(rows, plot)


def measured(groups: int, n: int, k: int, dtype: str, repeat: int) -> Row:
    """Time ours, the sort and the peers in turn on one array; then its memory and its error."""
    x = np.random.default_rng(groups + n).normal(size=(groups, n)).astype(dtype)
    ours = partial(og.advantage, x, f"max@{k}")
    answer = ours()
    seconds = least_seconds({"np.sort": partial(np.sort, x, axis=-1), "ours": ours}, repeat)
    if (groups, n) in PEER_SIZES and dtype == "float64":
        seconds |= least_seconds(peers(x, k), repeat)
    tracemalloc.start()
    ours()
    memory = tracemalloc.get_traced_memory()[1] / x.nbytes
    tracemalloc.stop()
    ms = {name: 1e3 * s for name, s in seconds.items()}
    error = (
        max(error_of(x[i], answer[i], k) for i in range(min(SAMPLE, groups))) if n <= 4096 else float("nan")
    )
    return Row(groups, n, k, dtype, ms.pop("np.sort"), ms.pop("ours"), memory, error, ms)


def least_seconds(functions: dict[str, Callable[[], Any]], repeat: int) -> dict[str, float]:
    """Time functions in turn, after a while in which the threads of those before them have gone to sleep."""
    time.sleep(IDLE)
    least = dict.fromkeys(functions, float("inf"))
    for turn in range(repeat):
        for name, function in functions.items():
            if turn >= FEW and least[name] > SLOW:
                continue
            start = time.perf_counter()
            function()
            least[name] = min(least[name], time.perf_counter() - start)
    return least


def error_of(x: Any, got: Any, k: int) -> float:
    """``max |got − exact| / (u · scale)``: spec eq. (54)."""
    exact = og.advantage([Fraction(float(a)) for a in x], f"max@{k}")
    u = Fraction(1, 2**53) if x.dtype == np.float64 else Fraction(1, 2**24)
    scale = max(map(abs, exact))
    return float(max(abs(Fraction(float(g)) - e) for g, e in zip(got, exact, strict=True)) / (u * scale))


def peers(x: Any, k: int) -> dict[str, Callable[[], Any]]:
    """The OrderGrad authors' package, as one would call it: a loop, ``torch.vmap``, ``jit(vmap)``."""
    if find_spec("ordergrad") is None:
        return {}
    package = import_module("ordergrad")
    n = x.shape[1]
    numpy_form = package.get_transform("numpy").precompute_lstat(n, k, "ReMax")
    found: dict[str, Callable[[], Any]] = {
        "its NumPy": lambda: [numpy_form.lstat_advantage(row) for row in x]
    }
    if find_spec("torch") is not None:
        torch = import_module("torch")
        torch_form = package.get_transform("torch").precompute_lstat(n, k, "ReMax", dtype=torch.float64)
        mapped, tensor = torch.vmap(torch_form.lstat_advantage), torch.from_numpy(x)
        found["its torch.vmap"] = lambda: mapped(tensor)
    if find_spec("jax") is not None:
        jax = import_module("jax")
        jax.config.update("jax_enable_x64", True)
        jax_form = package.get_transform("jax").precompute_lstat(n, k, "ReMax")
        jitted, array = jax.jit(jax.vmap(jax_form.lstat_advantage)), jax.numpy.asarray(x)
        found["its jit(vmap)"] = lambda: jitted(array).block_until_ready()
    return found


def weights_seconds(spelling: str, n: int, k: int) -> float:
    """Time the weights once, uncached."""
    alpha = og.objective(f"{spelling}@{k}")
    start = time.perf_counter()
    og.rank_weights.floating(n, alpha)
    return time.perf_counter() - start


def reached(rows: list[Row], repeat: int) -> list[str]:
    """Say which ratios to ``np.sort`` were reached in float64, and where the time goes where one was not."""
    lines = []
    for r in rows:
        wanted = REACH.get((r.groups, r.n, r.k))
        if wanted is None or r.dtype != "float64":
            continue
        lines.append(
            f"{r.groups} × {r.n}: {r.ratio:.2f} of np.sort, at most {wanted} wanted: "
            + ("reached" if r.ratio <= wanted else "not reached")
        )
        if r.ratio > wanted and r.n <= LARGEST_SIDE_BY_SIDE:
            steps = shares(r.groups, r.n, r.k, repeat)
            lines[-1] += ", in ns a reward on one thread: " + ", ".join(
                f"{name} {ns:.2f}" for name, ns in steps.items()
            )
    return lines


def against_peers(rows: list[Row]) -> list[str]:
    """Say where the OrderGrad authors' best form takes ten times our time."""
    return [
        f"{r.groups} × {r.n}: {times:.1f} times faster than torch.vmap, at least {FASTER} wanted: "
        + ("reached" if times >= FASTER else "not reached")
        for r in rows
        if (r.groups, r.n, r.k) in SIZES and "its torch.vmap" in r.peers_ms
        for times in [r.peers_ms["its torch.vmap"] / r.ms]
    ]


def weights_lines(weights: list[tuple[str, int, int, float]]) -> list[str]:
    """Say how long weights took."""
    return [f"weights of {s}@{k} on {n} samples: {seconds:.2f} s" for s, n, k, seconds in weights]


def cells(rows: list[Row]) -> tuple[list[str], list[list[str]]]:
    """Headings, and the figures of each row as text."""
    names = list(dict.fromkeys(name for row in rows for name in row.peers_ms))
    headings = [
        "groups × N, K",
        "dtype",
        "np.sort ms",
        "ms",
        "ratio",
        "memory / input",
        "error / (u · scale)",
    ]
    return headings + [f"{name} ms (× ours)" for name in names], [
        [
            f"{r.groups} × {r.n}, {r.k}", r.dtype, f"{r.sort_ms:.2f}", f"{r.ms:.2f}", f"{r.ratio:.2f}",
            f"{r.memory:.1f}", "" if np.isnan(r.error) else f"{r.error:.1f}",
            *(f"{r.peers_ms[p]:.0f} ({r.peers_ms[p] / r.ms:.0f})" if p in r.peers_ms else "" for p in names),
        ]
        for r in rows
    ]  # fmt: skip


def as_table(rows: list[Row]) -> Table:
    """Lay the figures out for a terminal."""
    headings, figures = cells(rows)
    table = Table(title="og.advantage, max@K")
    for heading in headings:
        table.add_column(heading, justify="right")
    for line in figures:
        table.add_row(*line)
    return table


def as_markdown(rows: list[Row], notes: list[str]) -> str:
    """Lay them out for the documentation."""
    headings, figures = cells(rows)
    lines = [headings, ["--:"] * len(headings), *figures]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n\n".join([machine(), text, "\n".join(f"- {note}" for note in notes)]) + "\n"


def draw(rows: list[Row], path: Path) -> None:
    """Draw time by reward against N, the sort's line beside ours."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    for dtype, colour in (("float64", "C0"), ("float32", "C1")):
        first = {r.n: r for r in reversed(rows) if r.dtype == dtype}
        some = [first[n] for n in sorted(first)]
        n = [r.n for r in some]
        ours = [1e6 * r.ms / (r.groups * r.n) for r in some]
        sort = [1e6 * r.sort_ms / (r.groups * r.n) for r in some]
        axes.loglog(n, ours, "o-", color=colour, label=f"advantage, {dtype}")
        axes.loglog(n, sort, "--", color=colour, label=f"np.sort, {dtype}")
    axes.set(xlabel="N, rewards in a group", ylabel="ns a reward", title="og.advantage, max@K")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")
    axes.legend()
    figure.savefig(path, dpi=150)


def machine() -> str:
    """Name what it ran on."""
    import numba

    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [s for s in info.read_text(encoding="utf-8").splitlines() if s.startswith("model name")]
        model = f"{lines[0].split(':')[1].strip()}, {len(lines)} cores" if lines else model
    return (
        f"{model}; Python {platform.python_version()}, NumPy {np.__version__}, Numba {numba.__version__}, "
        f"ordergrad_ref {og.__version__}"
    )


if __name__ == "__main__":
    typer.run(main)
