"""Make every picture of the gallery anew, one after the other, with the time that each took.

    python docs/examples/all.py            # all; --quick for a small setting, a minute in all
    python docs/examples/all.py --output pictures --only maze retry_gradients

Pictures go to `docs/images` unless `--output` names another folder. Seeds are fixed, so that the numbers do
not change. The language model in miniature is left out where PyTorch is missing.
"""

import argparse
import importlib.util
import os
import runpy
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def examples():
    """The names of all that draw a picture, the quick ones first."""
    last = ["countdown"]
    names = {path.stem for path in HERE.glob("*.py")} - {"all", "train_numpy", *last}
    return sorted(names) + last


def make(name, folder, quick):
    """Run one example as a script."""
    arguments = [str(HERE / f"{name}.py"), "--output", str(folder / f"{name}.png"), *["--quick"] * quick]
    before, sys.argv = sys.argv, arguments
    try:
        runpy.run_path(arguments[0], run_name="__main__")
    finally:
        sys.argv = before


def processor_time():
    """Seconds of the processor that this process has taken, and those that it started."""
    return sum(os.times()[:4])


def main(output, quick, only):
    """Make them, and say how long each took."""
    output.mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter(), processor_time()
    for i, name in enumerate(only, 1):
        print(f"[{i}/{len(only)}] {name}", flush=True)
        if name == "countdown" and importlib.util.find_spec("torch") is None:
            print("left out: it needs PyTorch")
            continue
        start = time.perf_counter()
        make(name, output, quick)
        print(f"{name} took {time.perf_counter() - start:.1f} s", end="\n\n", flush=True)
    took, cpu = time.perf_counter() - begun[0], processor_time() - begun[1]
    print(f"{len(only)} examples in {took:.0f} s, {cpu:.0f} s of processor time")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=HERE.parent / "images", help="folder for the pictures")
    parser.add_argument("--quick", action="store_true", help="a small setting")
    parser.add_argument("--only", nargs="+", choices=examples(), default=examples(), help="these alone")
    arguments = parser.parse_args()
    main(arguments.output, arguments.quick, arguments.only)
