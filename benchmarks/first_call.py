"""What the first call of a process costs: by NumPy, with loops to compile, and with loops kept on the disk.

Seconds of the processor, each in a process of its own, in an empty folder for kept loops.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from ordergrad_ref.kernels.choice import LARGE

__all__ = ["seconds"]

CALL = """
import sys, time, numpy as np, ordergrad_ref as og
x = np.random.default_rng(0).normal(size=(int(sys.argv[1]), 8))
og.advantage(x[:2], "max@4")
start = time.process_time()
og.advantage(x, "max@4")
print(time.process_time() - start)
"""


def seconds(groups: int, folder: Path) -> float:
    """Measure the first call on so many groups of 8, after one on two groups."""
    said = subprocess.check_output(
        [sys.executable, "-c", CALL, str(groups)], env=os.environ | {"NUMBA_CACHE_DIR": str(folder)}
    )
    return float(said)


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        for groups in (512, 65536, LARGE // 8, LARGE // 8):
            kept = "loops kept" if any(Path(name).rglob("*.nbi")) else "none kept"
            print(f"{groups} × 8, {kept}: {seconds(groups, Path(name)):.3f} s", flush=True)
