"""The process protocol ``ordergrad-ref/1``: an implementation in any language, one JSON object on each line.

We start the command, offer the versions that we speak, and it answers with the one that it chooses and the
functions that it offers::

    → {"protocols":["ordergrad-ref/1"],"client":"ordergrad-ref 0.1.0"}
    ← {"protocol":"ordergrad-ref/1","name":"a port","functions":["advantage"]}
    → {"id":1,"function":"advantage","dtype":"float64","objective":{"k":2,"weights":["0","1"]},"groups":[[0.0,1.0,3.0]]}
    ← {"id":1,"result":[[-1.0,-1.0,2.0]]}

Standard error belongs to the implementation; its end is quoted if something fails. A target that hangs,
crashes or breaks the protocol ends in a `TargetError`, and its process group is killed.
"""  # noqa: E501

import contextlib
import json
import math
import os
import shlex
import signal
import subprocess
from collections import deque
from collections.abc import Sequence
from queue import Empty, Queue
from threading import Thread
from types import TracebackType
from typing import IO, Any, NoReturn, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ordergrad_ref._version import __version__
from ordergrad_ref.errors import InvalidInputError, TargetError, TooSlowError
from ordergrad_ref.objectives import LStatistic
from ordergrad_ref.objectives import objective as as_objective
from ordergrad_ref.targets.words import one_line

__all__ = ["PROTOCOL", "Process", "RefusalError", "encoded_objective", "rows"]

PROTOCOL = "ordergrad-ref/1"
LONGEST_LINE = 2**26
LONGEST_NAME = 80
LONGEST_QUOTE = 80
LONGEST_WAIT = 86400.0
STDERR_LINES = 5
STDERR_WIDTH = 200
GRACE = 2.0


class RefusalError(TargetError):
    """The target answered a request with an error of its own; it is alive and may be asked again.

    Attributes
    ----------
    error_class : str
        The class that it named, such as ``"GroupTooSmallError"``.
    """

    def __init__(self, sentence: str, error_class: str) -> None:
        super().__init__(sentence)
        self.error_class = error_class


class Process:
    """A running implementation, asked through its standard input and output. A context manager.

    Parameters
    ----------
    command : str or sequence of str
        The command to start: a line as for a shell, though no shell runs it, or a list of arguments.
    timeout : float
        Seconds that each answer may take.

    Attributes
    ----------
    name : str
        The name that it gives itself.
    functions : frozenset of str
        The functions that it offers.
    options : frozenset of str
        The options that its functions take, such as ``"by"``; none where its greeting names none.
    alive : bool
        Whether it can still be asked.

    Raises
    ------
    TargetError
        If it cannot be started, or does not answer the greeting with a version that we speak.

    Examples
    --------
    >>> import sys
    >>> port = '''
    ... import json
    ... print(json.dumps({"protocol": "ordergrad-ref/1", "name": "zeros", "functions": ["advantage"]}))
    ... input()
    ... while True:
    ...     request = json.loads(input())
    ...     zeros = [[0.0] * len(group) for group in request["groups"]]
    ...     print(json.dumps({"id": request["id"], "result": zeros}), flush=True)
    ... '''
    >>> with Process([sys.executable, "-c", port]) as zeros:
    ...     zeros.advantage([[0.0, 1.0, 3.0]], "max@2")
    array([[0., 0., 0.]])
    """

    def __init__(self, command: str | Sequence[str], timeout: float = 10.0) -> None:
        if not 0 < timeout <= LONGEST_WAIT:
            raise InvalidInputError(
                f"timeout: expected seconds, more than 0 and at most a day, got {timeout}"
            )
        arguments = _arguments(command)
        self.name = one_line(shlex.join(arguments), LONGEST_NAME)
        self.timeout = timeout
        self.functions: frozenset[str] = frozenset()
        self.options: frozenset[str] = frozenset()
        self._ended: TargetError | None = None
        self._killed = False
        self._requests = 0
        self._child = _start(arguments)
        self._outbox: Queue[bytes | None] = Queue()
        self._lines: Queue[bytes] = Queue(maxsize=4)
        self._stderr: deque[bytes] = deque(maxlen=STDERR_LINES)
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        self._threads = [
            Thread(target=_send, args=(self._outbox, self._child.stdin), daemon=True),
            Thread(target=_receive, args=(self._child.stdout, self._lines), daemon=True),
            Thread(target=_keep_last, args=(self._child.stderr, self._stderr), daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self._greet()

    @property
    def alive(self) -> bool:
        """Whether it can still be asked."""
        return self._ended is None

    def advantage(self, rewards: ArrayLike, objective: LStatistic | str) -> NDArray[np.float64]:
        """Ask for the advantages of each group, all groups in one message. Spec eqs. (20), (25).

        Parameters
        ----------
        rewards : (G, N) or (N,) array
            Finite rewards; float32 is announced as such, everything else as float64.
        objective : LStatistic or str
            The objective, or its spelling.

        Returns
        -------
        float64 array of the rewards' shape

        Raises
        ------
        TargetError
            If it lacks the function, hangs, crashes, refuses, or answers with anything but finite numbers in
            that shape.
        """
        if "advantage" not in self.functions:
            offered = ", ".join(sorted(self.functions)) or "nothing"
            raise TargetError(f"{self.name} does not offer advantage; it offers {offered}")
        table = np.asarray(rewards)
        if table.ndim not in (1, 2) or table.dtype.kind not in "fiub":
            raise InvalidInputError(
                f"rewards: expected real numbers of shape (G, N) or (N,), got {table.dtype} of {table.shape}"
            )
        groups = np.atleast_2d(table)
        result = self.ask(
            "advantage",
            dtype="float32" if table.dtype == np.float32 else "float64",
            objective=encoded_objective(objective),
            groups=groups.astype(np.float64).tolist(),
        )
        answer = np.array(rows(result, [groups.shape[1]] * len(groups), self.name))
        return answer.reshape(table.shape)

    def ask(self, function: str, **arguments: Any) -> Any:
        """Send one request and return its ``result`` as JSON has it.

        Raises
        ------
        RefusalError
            If it answers with an error of its own.
        TargetError
            If it hangs, crashes, or breaks the protocol; it cannot be asked again then.
        InvalidInputError
            If an argument is no JSON, such as NaN.
        """
        self._requests += 1
        message = {"id": self._requests, "function": function, **arguments}
        reply = self._exchange(message, f"asked for {function}, ")
        if reply.get("id") != self._requests:
            self._end(f"answered request {self._requests} with id {_short(reply.get('id'))}")
        if "error" in reply:
            raise self._refusal(reply["error"])
        if "result" not in reply:
            self._end('answered with neither "result" nor "error"')
        return reply["result"]

    def close(self) -> None:
        """Close its standard input, give it two seconds to end, and kill what is left of it."""
        self._ended = self._ended or TargetError(f"{self.name} was closed")
        self._outbox.put(None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(GRACE)
        self._kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _greet(self) -> None:
        try:
            reply = self._exchange(
                {"protocols": [PROTOCOL], "client": f"ordergrad-ref {__version__}"}, "greeted, "
            )
        except BaseException:
            self._kill()
            raise
        if reply.get("protocol") != PROTOCOL:
            said = reply.get("error", reply.get("protocol"))
            self._end(f"expected to choose the protocol {PROTOCOL}, answered {_short(said)}")
        self.functions = self._names(reply, "functions")
        self.options = self._names({"options": [], **reply}, "options")
        if isinstance(reply.get("name"), str) and reply["name"].strip():
            self.name = one_line(reply["name"], LONGEST_NAME)

    def _names(self, reply: dict[str, Any], field: str) -> frozenset[str]:
        names = reply.get(field)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self._end(f'expected to list its "{field}" by name, answered {_short(names)}')
        return frozenset(names)

    def _exchange(self, message: dict[str, Any], when: str) -> dict[str, Any]:
        if self._ended is not None:
            raise type(self._ended)(*self._ended.args)
        try:
            text = json.dumps(message, allow_nan=False, separators=(",", ":"))
        except (TypeError, ValueError) as error:
            raise InvalidInputError(f"request: expected finite numbers, got no JSON: {error}") from None
        self._outbox.put(text.encode() + b"\n")
        try:
            line = self._lines.get(timeout=self.timeout)
        except Empty:
            self._end(f"{when}gave no answer within {self.timeout:g} s", TooSlowError)
        if not line:
            self._end(when + self._how_it_ended())
        if not line.endswith(b"\n"):
            trouble = (
                "broke off in the middle of a line" if len(line) < LONGEST_LINE else "printed no line end"
            )
            self._end(f"{when}{trouble}: {_short(line)}")
        try:
            reply = json.loads(line, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            self._end(
                f"{when}expected to print one JSON object on each line and nothing else to standard output, "
                f"printed {_short(line)}"
            )
        if not isinstance(reply, dict):
            self._end(f"{when}expected to print a JSON object, printed {_short(line)}")
        return reply

    def _refusal(self, error: Any) -> RefusalError:
        if not isinstance(error, dict) or not isinstance(error.get("class"), str):
            self._end(f'expected an error {{"class": …, "message": …}}, answered {_short(error)}')
        said = one_line(f"{error['class'][:LONGEST_NAME]}: {error.get('message', '')}", STDERR_WIDTH)
        return RefusalError(f"{self.name} refused: {said}", error["class"])

    def _how_it_ended(self) -> str:
        try:
            code = self._child.wait(GRACE)
        except subprocess.TimeoutExpired:
            return "closed its standard output"
        if code >= 0:
            return f"ended with exit status {code}"
        try:
            return f"was killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"was killed by signal {-code}"

    def _end(self, sentence: str, kind: type[TargetError] = TargetError) -> NoReturn:
        self._kill()
        last = [text for x in list(self._stderr) if (text := one_line(x.decode(errors="replace")))]
        quoted = f"; its standard error ends: {' | '.join(last)}" if last else ""
        self._ended = kind(f"{self.name} {sentence}{quoted}")
        raise self._ended

    def _kill(self) -> None:
        """Kill the process group, so that everything that the target started ends with it; once is enough."""
        if self._killed:
            return
        self._killed = True
        self._outbox.put(None)
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._child.pid, signal.SIGKILL)
            else:
                self._child.kill()
        self._child.wait()
        writer, reader, keeper = self._threads
        for _ in range(20):
            if not reader.is_alive():
                break
            with contextlib.suppress(Empty):  # a reader that waits for room
                self._lines.get(timeout=0.05)
        for thread, stream in (
            (writer, self._child.stdin),
            (reader, self._child.stdout),
            (keeper, self._child.stderr),
        ):
            thread.join(1.0)
            if not thread.is_alive() and stream is not None:
                with contextlib.suppress(OSError):  # what could not be written any more
                    stream.close()


def encoded_objective(objective: LStatistic | str) -> dict[str, Any]:
    """Write an objective as JSON: its K and its ascending rank weights as exact rationals.

    Examples
    --------
    >>> encoded_objective("mean@3")
    {'k': 3, 'weights': ['1/3', '1/3', '1/3']}
    """
    alpha = as_objective(objective)
    if not isinstance(alpha, LStatistic):
        raise InvalidInputError(
            f"objective: expected one with rank weights, which the protocol carries, got {alpha}"
        )
    return {"k": alpha.k, "weights": [str(w) for w in alpha.weights]}


def rows(result: Any, lengths: Sequence[int], name: str, *, blanks: bool = False) -> list[list[float]]:
    """Check that a result is rows of finite numbers of the expected lengths, and return them as floats.

    With ``blanks`` a null is NaN, the answer of a place that has none.

    Raises
    ------
    TargetError
        If it is anything else.
    """
    if not isinstance(result, list) or len(result) != len(lengths):
        raise TargetError(f"{name} expected to return {len(lengths)} groups, returned {_short(result)}")
    for row, length in zip(result, lengths, strict=True):
        if not isinstance(row, list) or len(row) != length:
            raise TargetError(
                f"{name} expected to return {length} numbers for each group, returned {_short(row)}"
            )
    return [[math.nan if blanks and x is None else _finite(x, name) for x in row] for row in result]


def _finite(x: Any, name: str) -> float:
    try:
        number = float(x) if isinstance(x, int | float) and not isinstance(x, bool) else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise TargetError(f"{name} expected to return finite numbers, returned {_short(x)}")
    return number


def _arguments(command: str | Sequence[str]) -> list[str]:
    try:
        arguments = shlex.split(command) if isinstance(command, str) else [str(part) for part in command]
    except ValueError as error:
        raise TargetError(f"process: expected a command, got {command!r}: {error}") from None
    if not arguments or not arguments[0]:
        raise TargetError(f"process: expected a command such as 'node port.js', got {command!r}")
    return arguments


def _start(arguments: list[str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TargetError(f"process: cannot start {one_line(shlex.join(arguments))}: {said}") from None


def _send(outbox: "Queue[bytes | None]", stream: IO[bytes]) -> None:
    with contextlib.suppress(OSError, ValueError):  # whoever waits for the answer sees the end
        while (message := outbox.get()) is not None:
            stream.write(message)
            stream.flush()
        stream.close()


def _receive(stream: IO[bytes], lines: "Queue[bytes]") -> None:
    with contextlib.suppress(OSError, ValueError):
        while line := stream.readline(LONGEST_LINE):
            lines.put(line)
    lines.put(b"")


def _keep_last(stream: IO[bytes], last: "deque[bytes]") -> None:
    with contextlib.suppress(OSError, ValueError):
        while line := stream.readline(STDERR_WIDTH):
            last.append(line)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _short(x: Any) -> str:
    text = x[:400].decode(errors="replace").strip() if isinstance(x, bytes) else x
    return one_line(repr(text), LONGEST_QUOTE)
