"""A command as two processes: one calls a user's code, the other one knows what became of it.

Status 0 means that our own report was written. Code that is run in the same process can end it with any
status, in ways that nothing in that process sees, or never end at all. So the command forks, where it can:
the child does the work, and hands its status over by a pipe, last of all; the parent waits. A child that ends
without a word has reported nothing, and one whose call is over its limit by more than `GRACE` is killed.
"""

import os
import select
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

from ordergrad_ref.commands.terminal import BAD_INPUT, UNREAD, complain
from ordergrad_ref.targets.guards import DEADLINE

__all__ = ["GRACE", "Supervisor"]

GRACE = 2.0
"""Seconds after its limit that a call has for ending by itself, with a message that names the rewards."""

PATIENCE = 0.1
"""Seconds between two looks at the limit."""

FORKS = hasattr(os, "fork") and hasattr(signal, "sigtimedwait")
SENT_ON = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]

# As they were before a target could put its own in their place.
_EXIT, _WRITE = os._exit, os.write


class Supervisor:
    """How a command that is a process of its own begins and ends.

    Parameters
    ----------
    interrupts : signal handler, optional
        What heeds SIGINT once a command does its work; until then the process ends at once.
    """

    def __init__(self, interrupts: Any = None) -> None:
        self._interrupts = interrupts
        self._pipe: int | None = None
        self._worker: int | None = None

    def heed_interrupts(self) -> None:
        """Let an interrupt be a `KeyboardInterrupt` from now on."""
        if self._interrupts is not None:
            signal.signal(signal.SIGINT, self._interrupts)

    def fork(self, target: str) -> None:
        """Go on in a child, while this process waits for it and ends as it did: only the child returns.

        Where processes cannot fork and wait for signals, as outside Linux, this process goes on by itself,
        and a thread looks at the limit.

        Parameters
        ----------
        target : str
            What is run, as messages name it.
        """
        if not FORKS:
            self._worker = os.getpid()
            threading.Thread(target=_end_when_late, args=[target], daemon=True).start()
            return
        sys.stdout.flush()
        sys.stderr.flush()
        ours, theirs = os.pipe()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD, *SENT_ON])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the threads of NumPy's BLAS are asleep
            child = os.fork()
        if child:
            os.close(theirs)
            _end_as(_wait(child, ours, target))
        os.close(ours)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self._pipe, self._worker = theirs, os.getpid()

    def run(self, command: Callable[[], None]) -> NoReturn:
        """Run a command, and end this process with its status, whatever threads a target has left behind."""
        status = 0
        try:
            command()
        except SystemExit as end:
            if self._worker is None:  # no code but ours has been run
                raise
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BrokenPipeError:
                status = status or UNREAD
            except (OSError, ValueError):  # the target has closed it
                status = status or BAD_INPUT
        if self._pipe is not None and os.getpid() == self._worker:  # and not a process that the target forked
            _WRITE(self._pipe, bytes([status]))
        _EXIT(status)


def _end_when_late(target: str) -> None:
    while (late := _late(target)) is None:
        time.sleep(PATIENCE)
    complain("error", late)
    _EXIT(BAD_INPUT)


def _late(target: str) -> str | None:
    passed = DEADLINE.passed()
    if passed is None or passed[0] <= GRACE:
        return None
    return f"{target} did not answer within {passed[1]:g} s, and could not be interrupted"


def _wait(child: int, pipe: int, target: str) -> int:
    """Wait for the child, and give its status; one below zero is the number of the signal that ended it."""
    while True:
        heard = signal.sigtimedwait([signal.SIGCHLD, *SENT_ON], PATIENCE)
        sent = heard.si_signo if heard is not None and heard.si_signo in SENT_ON else None
        if heard is not None and sent and heard.si_code <= 0:
            os.kill(child, sent)  # it was sent to this process alone; a terminal sends it to both
        ended, how = os.waitpid(child, os.WNOHANG)
        if select.select([pipe], [], [], 0)[0] and (said := os.read(pipe, 1)):
            if not ended:
                _reap(child)
            return said[0]
        if ended:
            return _without_a_word(os.waitstatus_to_exitcode(how), target)
        if (late := _late(target)) is not None:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            complain("error", late)
            return BAD_INPUT


def _reap(child: int) -> None:
    """Wait for a child that has said its status, but not for ever."""
    for _ in range(int(GRACE / PATIENCE)):
        if os.waitpid(child, os.WNOHANG)[0]:
            return
        signal.sigtimedwait([signal.SIGCHLD], PATIENCE)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _without_a_word(status: int, target: str) -> int:
    if status >= 0:
        complain("error", f"{target} ended the process with status {status} before the command was done")
        return BAD_INPUT
    if -status not in SENT_ON:
        name = signal.Signals(-status).name
        complain("error", f"{target}: the process was ended by {name} before the command was done")
    return status


def _end_as(status: int) -> NoReturn:
    """End with a status, or by the signal that ended the child."""
    sys.stderr.flush()
    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [-status])
        os.kill(os.getpid(), -status)
    _EXIT(abs(status) + 128 * (status < 0))
