"""Running a statement so that the kernel's interrupt (Ctrl-C) stops it, and something moves while it takes long.

Theory: DuckDB looks at signals only now and then, and a KeyboardInterrupt thrown into the engine would stop it
anywhere. So a thread runs the statement; the main thread waits, shows progress after the first second, and answers an
interrupt with ``Connection.interrupt()``, again and again, since one that comes too early is lost.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from mlflow_sql.cli.progress import Progress
from mlflow_sql.errors import Interrupted, WriteError

if TYPE_CHECKING:
    from mlflow_sql import Connection

T = TypeVar("T")
_PATIENCE = 5.0  # seconds after which people are told that the statement does not end
_QUIET, _EVERY = 1.0, 0.5  # seconds


class Shown(Progress):
    """Progress as a line below the cell of a notebook; on a terminal the bar of the command."""

    def __init__(self, in_notebook: bool) -> None:
        super().__init__()
        self._in_notebook = in_notebook
        self._handle: Any = None
        self._next = 0.0

    def start(self) -> None:
        """Begin a statement: all counters are zero."""
        super().start()
        self._next = time.monotonic() + _QUIET

    def tick(self) -> None:
        """Called now and then by the thread that the cell runs on."""
        if not self._in_notebook or time.monotonic() < self._next or not self.text:
            return
        from IPython.display import display

        self._next = time.monotonic() + _EVERY
        if self._handle is None:
            self._handle = display(_Line(self.text), display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(_Line(self.text))

    def finish(self) -> None:
        """End the statement; the line becomes empty."""
        super().finish()
        handle, self._handle = self._handle, None
        if handle is not None:
            handle.update(_Line(""))


class _Line:
    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def run(connection: Connection, work: Callable[[], T], progress: Shown) -> T:
    """Run a function in a thread and return its value. Raises what it raises; Interrupted after an interrupt."""
    value: list[T] = []
    fault: list[BaseException] = []
    ended = threading.Event()

    def body() -> None:
        try:
            value.append(work())
        except BaseException as error:
            fault.append(error)
        finally:
            ended.set()

    previous, connection.progress = connection.progress, connection.progress or progress
    progress.start()
    thread = threading.Thread(target=body, name="statements", daemon=True)
    try:
        thread.start()
        # With a limit: Windows delivers no Ctrl-C to an endless wait.
        while not ended.wait(0.1):
            progress.tick()
    except KeyboardInterrupt:
        _stop(connection, ended)
        if not (fault and isinstance(fault[0], WriteError)):  # which says what was done
            fault[:] = [Interrupted("the statement was interrupted")]
    finally:
        connection.progress = previous
        progress.finish()
    if fault:
        raise fault[0]
    return value[0]


def _stop(connection: Connection, ended: threading.Event) -> None:
    until = time.monotonic() + _PATIENCE
    try:
        while not ended.is_set():
            with contextlib.suppress(Exception):  # closed just now
                connection.interrupt()
                connection.servers.cut_off()  # also what it asks for itself, such as the server's version
            ended.wait(0.1)
            if time.monotonic() > until:
                until = float("inf")
                print("The statement has not stopped yet; a second interrupt leaves it to itself.", file=sys.stderr)
    finally:
        connection.servers.resume()
