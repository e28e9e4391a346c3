"""Running a script's statements: errors to text and exit status, Ctrl-C, a closed pipe.

Theory: DuckDB does not look at signals while it works, and a KeyboardInterrupt thrown into the engine would stop it
at any line. So the statements run on a thread of their own; the main thread only waits, and answers Ctrl-C with
``Connection.interrupt()`` until that thread has ended. The thread turns every exception into an Outcome before it
closes the connection, since a traceback would keep readers of that connection alive.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from mlflow_sql import errors
from mlflow_sql.cli.progress import Progress
from mlflow_sql.cli.render import Format, Renderer
from mlflow_sql.cli.script import Statement

if TYPE_CHECKING:
    from mlflow_sql import Connection

_PATIENCE = 5.0  # seconds that an interrupted statement has to end by itself
_OK, _FAILED, _USAGE, _INTERRUPTED, _CLOSED_PIPE = 0, 1, 2, 130, 141


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: the exit status, and the lines for standard error, if any."""

    status: int
    message: str = ""


@dataclass(slots=True)
class Script:
    """Statements to run in order, and how.

    connect: opens the connection. parameters: texts by name; a statement gets those that it mentions.
    out: where results go; terminal: its width in columns, None when it is no terminal; seekable: it is a file.
    """

    connect: Callable[[], Connection]
    statements: Sequence[Statement]
    parameters: Mapping[str, str]
    form: Format
    out: BinaryIO
    progress: Progress
    terminal: int | None = None
    seekable: bool = False
    _connection: Connection | None = field(default=None, init=False)
    _current: Statement | None = field(default=None, init=False)
    _ended: threading.Event = field(default_factory=threading.Event, init=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False)
    _outcome: Outcome = field(default=Outcome(_OK), init=False)

    def run(self) -> Outcome:
        """Run all statements; the first failure ends the run. Call on the main thread. Nothing is raised."""
        worker = threading.Thread(target=self._work, name="statements", daemon=True)
        worker.start()
        try:
            # Not join(): in Python 3.11 one that Ctrl-C breaks takes the thread for ended. With a limit, since
            # Windows delivers no Ctrl-C to an endless wait.
            while not self._ended.wait(0.2):
                pass
            worker.join()
        except KeyboardInterrupt:
            return self._stop()
        return self._outcome

    def _stop(self) -> Outcome:
        self._stopping.set()
        until = time.monotonic() + _PATIENCE
        try:
            while not self._ended.is_set() and time.monotonic() < until:
                # Again and again: an interrupt is lost on a statement that has not quite begun.
                if (connection := self._connection) is not None:
                    with contextlib.suppress(Exception):  # it may be closing just now
                        connection.interrupt()
                self._ended.wait(0.1)
        except KeyboardInterrupt:
            pass
        self.progress.finish()
        if not self._ended.is_set():
            print("Interrupted; the statement did not end by itself.", file=sys.stderr, flush=True)
            os._exit(_INTERRUPTED)  # an ordinary exit would wait for DuckDB's threads
        said = self._outcome.message if self._outcome.status == _INTERRUPTED else ""
        return Outcome(_INTERRUPTED, said or "Interrupted.")

    def _work(self) -> None:
        try:
            self._outcome = self._connected()
        finally:
            self._ended.set()

    def _connected(self) -> Outcome:
        try:
            connection = self._connection = self.connect()
        except BaseException as error:
            return self._describe(error)
        outcome = self._statements(connection)
        self._connection = None
        try:
            connection.close()
        except Exception as error:
            return outcome if outcome.status else self._describe(error)
        return outcome

    def _statements(self, connection: Connection) -> Outcome:
        renderer = Renderer(self.form, self, width=self.terminal, seekable=self.seekable)
        try:
            for statement in self.statements:
                if self._stopping.is_set():
                    return Outcome(_INTERRUPTED)
                self._current = statement
                named = {name: v for name, v in self.parameters.items() if name.lower() in statement.parameters}
                self.progress.start()
                relation = connection.sql(statement.text, named or None)
                if relation is not None:
                    renderer.write(relation)
                self.progress.finish()
                self.out.flush()
        except BaseException as error:
            # Before anything is closed: closing reads an unread result to its end.
            connection.interrupt()
            self.progress.finish()
            return self._describe(error)
        if self.form.binary and not renderer.results:
            return Outcome(_USAGE, f"Error: no statement has rows, so there is nothing to write as {self.form}.")
        return Outcome(_OK)

    def write(self, data: bytes) -> None:
        """Take bytes from the renderer; the bar goes away before rows appear on the same terminal."""
        if self._stopping.is_set():
            raise errors.Interrupted("Interrupted.")
        if self.terminal is not None:
            self.progress.finish()
        rest = memoryview(data)
        while rest:  # an unbuffered output (python -u) may take only a part
            rest = rest[self.out.write(rest) :]

    def _describe(self, error: BaseException) -> Outcome:
        if isinstance(error, errors.Interrupted):
            return Outcome(_INTERRUPTED, str(error))
        if isinstance(error, BrokenPipeError):
            return Outcome(_CLOSED_PIPE)
        if not isinstance(error, expected_errors()):
            return Outcome(_FAILED, "".join(traceback.format_exception(error)).rstrip())
        return Outcome(_USAGE if isinstance(error, errors.UsageError) else _FAILED, self._message(error))

    def _message(self, error: BaseException) -> str:
        statement = self._current
        text, hint = (error.message, error.hint) if isinstance(error, errors.Error) else (str(error).strip(), None)
        if statement and isinstance(error, errors.ParseError) and error.line and error.column:
            # The engine counts from the statement's first character, the user from the file's.
            text = text.removesuffix(f" (line {error.line}, column {error.column})")
            line = statement.line + error.line - 1
            column = error.column + (statement.column - 1 if error.line == 1 else 0)
            text += f" (line {line}, column {column})"
        lines = [f"Error: {text}"]
        if hint:
            lines.append(f"Hint: {hint}")
        if statement and len(self.statements) > 1:
            start = statement.text.partition("\n")[0]
            lines.append(f"At: {statement.place}: {start if len(start) <= 80 else start[:79] + '…'}")
        return "\n".join(lines)


def expected_errors() -> tuple[type[BaseException], ...]:
    """The errors that say all there is to say; any other is a fault of ours and keeps its traceback."""
    kinds: list[type[BaseException]] = [errors.Error, OSError]
    if duckdb := sys.modules.get("duckdb"):
        kinds.append(duckdb.Error)
    if arrow := sys.modules.get("pyarrow"):
        kinds.append(arrow.ArrowException)
    return tuple(kinds)
