"""The command ``ordergrad-ref`` before the package is imported, which takes a fraction of a second.

An interrupt in that time ends the process at once and quietly: nothing is half-done yet.
"""

import gc
import os
import signal
from types import FrameType


def main() -> None:
    """Run the command as a process of its own."""
    interrupts = signal.getsignal(signal.SIGINT)
    if interrupts is signal.default_int_handler:  # not ignored, as in the background of a shell
        signal.signal(signal.SIGINT, _leave)
    else:
        interrupts = None
    gc.disable()  # what modules hold is no garbage, and would be gone through again and again
    from ordergrad_ref.cli import main as command
    from ordergrad_ref.commands.supervisor import Supervisor

    gc.freeze()
    gc.enable()
    command(Supervisor(interrupts))


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)
