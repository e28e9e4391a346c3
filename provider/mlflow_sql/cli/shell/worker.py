"""The thread that statements run on, so that Ctrl-C can reach them.

Theory: DuckDB does not look at signals, and a KeyboardInterrupt thrown into the engine would stop it anywhere. So one
thread owns the connection, from opening it (which imports the engine while the user reads the first prompt) to closing
it. The main thread waits for it, and answers Ctrl-C with ``Connection.interrupt()``, again and again, since one that
comes before the statement has quite begun is lost.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from mlflow_sql.cli.run import expected_errors
from mlflow_sql.errors import Error, Interrupted, WriteError

if TYPE_CHECKING:
    from mlflow_sql import Connection
    from mlflow_sql.plan.nodes import Call
    from mlflow_sql.rest.transport import Answer, Transport


class Fault(Exception):
    """An error that nobody expected, so a fault of ours: its text is the traceback."""


T = TypeVar("T")
_PATIENCE = 5.0  # seconds after which people are told that the statement does not end


class _Task:
    def __init__(self, run: Callable[[Connection], Any]) -> None:
        self.run = run
        self.ended = threading.Event()
        self.value: Any = None
        self.error: BaseException | None = None


class Worker:
    """Runs functions over one connection, one after another. ``call`` and ``close`` belong to the main thread.

    calls: REST calls answered so far, whatever sent them, except those that only ask what the server is.
    """

    def __init__(self, connect: Callable[[], Connection], quiet: bool = False) -> None:
        """quiet: nothing is printed, also when it takes long to connect."""
        self.calls = 0
        self.stopping = threading.Event()  # Ctrl-C was pressed for what is running
        self._connect = connect
        self._quiet = quiet
        self._connection: Connection | None = None
        self._transport: Transport | None = None
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._opened = threading.Event()
        self._thread = threading.Thread(target=self._work, name="statements", daemon=True)

    def start(self) -> None:
        """Begin; the connection is opened at once."""
        self._thread.start()

    def call(self, run: Callable[[Connection], T]) -> T:
        """Run a function in the thread and return its value. Raises what it raises, and Interrupted after Ctrl-C."""
        task = _Task(run)
        self.stopping.clear()
        try:
            self._tasks.put(task)
            # With a limit: Windows delivers no Ctrl-C to an endless wait.
            waited = 0.0
            while not task.ended.wait(0.2):
                waited += 0.2
                if 1.0 <= waited < 1.2 and not self._opened.is_set() and not self._quiet:
                    print("Connecting ...", flush=True)
        except KeyboardInterrupt:
            self._stop(task)
        if task.error is not None:
            raise task.error
        value: T = task.value
        return value

    def wait_until_open(self) -> None:
        """Wait for the connection, in another thread; for ever if it cannot be opened."""
        self._opened.wait()

    def store(self) -> str | None:
        """The address of the server that was started for a local store; None where the server is not ours.

        For other threads, once the connection is open. Raises UsageError when there is no address.
        """
        assert self._connection is not None
        return self._connection.server if self._connection.servers.own.for_store else None

    def given(self) -> str:
        """The address that the connection was given, or found by itself. For other threads, once it is open."""
        assert self._connection is not None
        return self._connection.servers.own.given

    def close(self) -> bool:
        """Close the connection and end the thread; False if it does not end."""
        self._tasks.put(None)
        self._thread.join(_PATIENCE)
        return not self._thread.is_alive()

    def _stop(self, task: _Task) -> None:
        self.stopping.set()
        until = time.monotonic() + _PATIENCE
        told = False
        while not task.ended.is_set():
            try:
                self._interrupt()
                task.ended.wait(0.1)
                if not told and time.monotonic() > until:
                    told = True
                    print("The statement has not stopped yet; Ctrl-C once more leaves the shell.", file=sys.stderr)
            except KeyboardInterrupt:
                if told:
                    os._exit(130)  # an ordinary exit would wait for the statement
        if self._connection is not None:
            self._connection.servers.resume()
        if not isinstance(task.error, WriteError):  # which says what was done
            task.error = Interrupted("the statement was interrupted")

    def _interrupt(self) -> None:
        with contextlib.suppress(Exception):  # closed just now
            if self._connection is not None:
                self._connection.interrupt()
                self._connection.servers.cut_off()  # also what it asks for itself, such as the server's version

    def _work(self) -> None:
        with contextlib.suppress(Exception):  # it is raised again where somebody waits
            self._open()
        while (task := self._tasks.get()) is not None:
            try:
                task.value = task.run(self._open())
            except BaseException as error:
                if self._connection is not None:
                    self._connection.interrupt()  # before a reader is closed: closing reads what is left
                task.error = _bare(error)
            task.ended.set()
            del task
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.close()

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
            self._connection.servers.watch(self._count)
        if self._transport is None:
            with contextlib.suppress(Error):  # without a server, what is local still works
                self._transport = self._connection.transport  # starts the server of a local store
            self._opened.set()
        return self._connection

    def _count(self, call: Call, _: Answer) -> None:
        from mlflow_sql.rest.capabilities import SERVER_INFO, VERSION

        if call.path not in (VERSION.path, SERVER_INFO.path):
            with self._lock:
                self.calls += 1


def _bare(error: BaseException) -> BaseException:
    """The error without its traceback, which would keep readers of the connection alive; a fault of ours as text."""
    if isinstance(error, expected_errors()):
        error.__context__ = error.__cause__ = None
        return error.with_traceback(None)
    return Fault("".join(traceback.format_exception(error)).rstrip())
