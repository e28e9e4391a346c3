"""Showing what does not fit on the screen: ``less``, or what PAGER names."""

from __future__ import annotations

import os
import select
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from mlflow_sql.errors import Interrupted

_PIECE = 4096  # bytes


def pager_command() -> list[str] | None:
    """The pager and its options; None when there is none, or the user wants none (PAGER empty or ``cat``)."""
    wanted = os.environ.get("MLFLOW_SQL_PAGER", os.environ.get("PAGER", "less"))
    words = shlex.split(wanted)
    if not words or words[0] == "cat" or shutil.which(words[0]) is None:
        return None
    if os.path.basename(words[0]) == "less":  # noqa: PTH119 - a command, not a path of ours
        # Long lines stay whole and scroll sideways, colours pass, and what was seen stays on the screen.
        words[1:1] = ["-S", "-R", "-X"]
    return words


class Pager:
    """A pager that takes bytes as they come. ``write`` raises BrokenPipeError once the user has left it."""

    def __init__(self, command: Sequence[str], *, leave_if_short: bool) -> None:
        short = ["-F"] if leave_if_short and command[0].endswith("less") else []
        self._process = subprocess.Popen([command[0], *short, *command[1:]], stdin=subprocess.PIPE)

    def write(self, data: bytes, stopping: threading.Event | None = None) -> None:
        """Hand bytes to the pager, which takes them as the user goes on. Raises Interrupted once stopping is set."""
        assert self._process.stdin is not None
        pipe = self._process.stdin.fileno()
        rest = memoryview(data)
        while rest:
            if stopping is not None and stopping.is_set():
                raise Interrupted("the statement was interrupted")
            if sys.platform == "win32" or select.select([], [pipe], [], 0.2)[1]:
                rest = rest[os.write(pipe, rest[: select.PIPE_BUF if sys.platform != "win32" else _PIECE]) :]

    def wait(self) -> None:
        """Say that no more will come, and wait until the user leaves. Ctrl-C belongs to the pager meanwhile."""
        with ctrl_c_ignored():
            with suppress(OSError):
                assert self._process.stdin is not None
                self._process.stdin.close()
            self._process.wait()


@contextmanager
def ctrl_c_ignored() -> Iterator[None]:
    """While another program has the terminal. Only the main thread can do that; elsewhere nothing changes."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def page(lines: Sequence[str], width: int) -> None:
    """Print lines, through the pager when they are more or wider (``width``, in columns) than the screen."""
    size = shutil.get_terminal_size()
    command = pager_command()
    text = "\n".join(lines) + "\n"
    # Two lines are needed below: the summary and the next prompt.
    if command is None or (len(lines) <= size.lines - 2 and width <= size.columns):
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    pager = Pager(command, leave_if_short=False)
    with ctrl_c_ignored():
        with suppress(BrokenPipeError):
            pager.write(text.encode(errors="replace"))
        pager.wait()
