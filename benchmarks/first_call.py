"""What the first call of a process costs: by NumPy, and of a huge group, whose loops are compiled or kept.

Seconds of the processor, each in a process of its own, in an empty folder for kept loops.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["seconds"]

SIZES = (512, 8), (65536, 8), (125_000, 8), (625_000, 16), (1, 10**6), (1, 2**24), (1, 2**24)
CALL = """
import sys, time, numpy as np, ordergrad_ref as og
x = np.random.default_rng(0).normal(size=tuple(map(int, sys.argv[1:])))
og.advantage(x[:2, :8], "max@4")
start = time.process_time()
og.advantage(x, "max@4")
print(time.process_time() - start)
"""


def seconds(groups: int, n: int, folder: Path) -> float:
    """Measure the first call on so many groups of n, after one on two small groups."""
    said = subprocess.check_output(
        [sys.executable, "-c", CALL, str(groups), str(n)], env=os.environ | {"NUMBA_CACHE_DIR": str(folder)}
    )
    return float(said)


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        for groups, n in SIZES:
            kept = "loops kept" if any(Path(name).rglob("*.nbi")) else "none kept"
            print(f"{groups} × {n}, {kept}: {seconds(groups, n, Path(name)):.3f} s", flush=True)
