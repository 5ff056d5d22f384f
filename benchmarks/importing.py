"""How long ``import ordergrad_ref`` takes beyond ``import numpy``: ``python benchmarks/importing.py``.

The aim is 0.2 s. Each import happens in a new interpreter, with warm file caches; the median and the range of
the runs are printed. Tests do not look at the clock: they hold the list of what is imported.
"""

import argparse
import statistics
import subprocess
import sys

AIM = 0.2
CODE = """
import time
import numpy
before = time.perf_counter()
import ordergrad_ref
print(time.perf_counter() - before)
"""


def seconds() -> float:
    """Import the package once, in a new interpreter that has NumPy loaded."""
    return float(
        subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True).stdout
    )


def main() -> None:
    """Print the median and the range."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=20)
    repeat = parser.parse_args().repeat
    seconds()
    times = [seconds() for _ in range(repeat)]
    print(
        f"import ordergrad_ref, beyond numpy: {statistics.median(times):.3f} s, from {min(times):.3f} to "
        f"{max(times):.3f} s in {repeat} runs; the aim is under {AIM} s"
    )


if __name__ == "__main__":
    main()
