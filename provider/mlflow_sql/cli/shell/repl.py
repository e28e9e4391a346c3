"""The interactive shell.

Theory: the main thread belongs to the terminal: it reads statements, draws, and waits. The worker's thread owns the
connection, and completion has a thread with a connection of its own. Both begin when the first prompt is on the screen,
so that it is there at once.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from mlflow_sql.cli.shell.prompt import ShellCompleter, session

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

    from mlflow_sql import Connection
    from mlflow_sql.cli.progress import Progress
    from mlflow_sql.cli.script import Statement
    from mlflow_sql.cli.shell.grid import Paint
    from mlflow_sql.cli.shell.knowledge import LiveKnowledge
    from mlflow_sql.cli.shell.reading import Call
    from mlflow_sql.cli.shell.results import Results, View
    from mlflow_sql.cli.shell.worker import Worker
    from mlflow_sql.plots.request import Words

_DEEPEST = 20  # files inside files
_DEFINING = frozenset(("CREATE", "DROP", "ALTER", "ATTACH", "DETACH", "USE", "COPY", "IMPORT"))  # local tables
_NAMING = frozenset(("ATTACH", "DETACH", "USE"))  # what names of remote tables mean


class _Stopped(Exception):
    """What was typed is not carried on; the error is shown already."""


Connect = Callable[["str | None", "Progress | None"], "Connection"]


class Shell:
    """One session. connect: opens a connection to an address. server: where to; form: the first format.

    last: the statement that ran last; drawn: how ``\\plot`` drew it, None where it was shown as a table; columns: those
    of its answer. pending: what the next prompt begins with. The members that need the engine are there once the first
    prompt is on the screen.
    """

    worker: Worker
    results: Results
    view: View
    paint: Paint
    knowledge: LiveKnowledge
    _progress: Progress

    def __init__(self, connect: Connect, server: str | None, form: str, parameters: Mapping[str, str]) -> None:
        self._connect = connect
        self._server = server
        self._form = form
        self._parameters = parameters
        self._completer = ShellCompleter(lambda: self.columns)
        self._found = ""  # where the configuration's default leads, when no server is named
        self._used = ""  # the attached server that names without one mean
        self._session: PromptSession[str] = session(self._host, self._completer, self._begin)
        self._ready = threading.Event()
        self.last: Statement | None = None
        self.drawn: Words | None = None
        self.columns: Sequence[str] = ()
        self.pending = ""
        self.leaving = False
        self._depth = 0

    def run(self, output: Path | None = None) -> int:
        """Until the user leaves; the exit status."""
        from mlflow_sql import __version__

        print(f"mlflow-sql {__version__}{f' on {shown(self._server)}' if self._server else ''}. Help: \\?", flush=True)
        try:
            while not self.leaving:
                try:
                    if (text := self._typed()) is None:
                        break
                    self._ready.wait()
                    if output is not None:
                        path, output = output, None
                        self._submit(f"\\o {path}")
                    self._submit(text)
                except KeyboardInterrupt:  # pressed when nothing ran any more
                    print(flush=True)
        finally:
            self._end()
        return 0

    def _typed(self) -> str | None:
        """What the user types until it is finished; None to leave."""
        begin, self.pending = self.pending, ""
        try:
            return self._session.prompt(default=begin)
        except EOFError:
            return None

    # -- threads

    def _begin(self) -> None:
        threading.Thread(target=self._load, name="loading", daemon=True).start()

    def _load(self) -> None:
        from mlflow_sql.cli.progress import Progress
        from mlflow_sql.cli.render import Format
        from mlflow_sql.cli.shell.grid import Paint
        from mlflow_sql.cli.shell.results import View

        self._progress = Progress()
        self.paint = Paint(on="NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb")
        self.view = View(Format(self._form), parameters=self._parameters)
        self._use(self._worker_on(self._server))
        self._ready.set()

    def _worker_on(self, server: str | None) -> Worker:
        from mlflow_sql.cli.shell.worker import Worker

        worker = Worker(lambda: self._connect(server, self._progress))
        worker.start()
        return worker

    def _use(self, worker: Worker) -> None:
        """Run statements in this worker from now on, and complete from what is known of its server."""
        from mlflow_sql.cli.shell.knowledge import LiveKnowledge
        from mlflow_sql.cli.shell.results import Results

        self.worker = worker
        self.results = Results(worker, self.view, self._progress, self.paint)
        self.knowledge = LiveKnowledge(self._connect_beside, self._more_to_suggest)
        self._completer.knowledge = self.knowledge
        self.knowledge.start()

    def reconnect(self, server: str) -> None:
        """Go on with a connection to another server. Raises UsageError for one that cannot be used, and stays here.

        server: an address, or a name of the configuration file.
        """
        worker = self._worker_on(server)
        try:
            worker.call(lambda connection: connection.server)
        except BaseException:
            worker.close()
            raise
        left = (self.worker, self.knowledge)
        self._server, self._used = server, ""
        self._use(worker)
        left[1].close()
        left[0].close()

    def _host(self) -> str:
        return self._used or host_of(self._server or self._found)

    def _connect_beside(self) -> Connection:
        """A connection for completion. It must not start a second server for a local store."""
        # Not before the other one is open, which settles where to, and starts the server of a local store.
        self.worker.wait_until_open()
        if self._server is None:
            self._found = self.worker.given()
            self._session.app.invalidate()
        return self._connect(self.worker.store() or self._server, None)

    def _more_to_suggest(self) -> None:
        """Offer completions that were asked for before they were known, if the user still is at that place."""
        app = self._session.app
        buffer = self._session.default_buffer

        def offer() -> None:
            if app.is_running and buffer.text and buffer.complete_state is None:
                buffer.start_completion(select_first=False)

        if app.loop is not None and app.is_running:
            with suppress(RuntimeError):  # the loop has just ended
                app.loop.call_soon_threadsafe(offer)

    def _end(self) -> None:
        if not self._ready.wait(5):
            return
        self.close_output()
        self.knowledge.close()
        if not self.worker.close() or not self.knowledge.join(1):
            sys.stdout.flush()
            os._exit(0)  # an ordinary exit would wait for a request that nobody wants any more

    # -- what was typed

    def _submit(self, text: str) -> None:
        with suppress(_Stopped):
            self._run(text, text)

    def include(self, text: str, name: str) -> None:
        """Run the statements and commands of a file, up to the first that fails."""
        from mlflow_sql.errors import UsageError

        if self._depth == _DEEPEST:
            raise UsageError(f"{name} is read inside itself")
        self._depth += 1
        try:
            # The last statement of a file may lack its semicolon.
            self._run(text + "\n;", text)
        finally:
            self._depth -= 1

    def _run(self, text: str, shown: str) -> None:
        from mlflow_sql.cli.shell.reading import Call, read
        from mlflow_sql.errors import ParseError

        try:
            typed = read(text)
        except ParseError as error:
            self._fail(error, shown)
        self.pending = typed.rest
        for number, step in enumerate(typed.steps, 1):
            try:
                if isinstance(step, Call):
                    self._command(step)
                else:
                    with self.remembered(step):
                        self.statement(step)
            except _Stopped:
                raise
            except KeyboardInterrupt:
                print(flush=True)
                raise _Stopped from None
            except Exception as error:
                left = len(typed.steps) - number
                self._fail(error, "" if isinstance(step, Call) else step.text, left)
            if self.leaving:
                return

    def _command(self, call: Call) -> None:
        from mlflow_sql.cli.shell import commands

        if call.before and commands.find(call.name).uses_text:
            self.pending = ""
        commands.run(self, call)

    @contextmanager
    def remembered(self, statement: Statement, drawn: Words | None = None) -> Iterator[None]:
        """Around the running of what ``\\plot``, ``\\watch`` and ``\\e`` will mean by the last statement."""
        self.last, self.drawn = statement, drawn
        try:
            yield
        finally:
            self.columns = self.results.answered

    def statement(self, statement: Statement | str) -> None:
        """Run one statement and show its result. Raises what it raises."""
        from mlflow_sql.cli.script import Statement

        if isinstance(statement, str):
            statement = Statement(statement, 1, 1)
        self.results.show(statement)
        first = statement.text.split(None, 1)[0].upper()
        if first in _DEFINING:
            self.knowledge.local = self.worker.call(_local_tables)
        if first in _NAMING:
            self.knowledge.repeat(statement.text)
            self._used = self.worker.call(lambda connection: connection.names.default)

    def close_output(self) -> None:
        """Send results to the screen again."""
        output, self.view.output, self.view.output_name = self.view.output, None, ""
        if output is not None:
            output.close()

    def _fail(self, error: BaseException, statement: str, left: int = 0) -> NoReturn:
        """Show an error and stop. left: how many steps are not done for it."""
        from mlflow_sql.cli.box import visible
        from mlflow_sql.cli.run import expected_errors
        from mlflow_sql.cli.shell.place import described
        from mlflow_sql.cli.shell.worker import Fault
        from mlflow_sql.errors import Interrupted, WriteError

        if isinstance(error, Fault) or not isinstance(error, expected_errors()):
            text = str(error) if isinstance(error, Fault) else "".join(traceback.format_exception(error))
            lines = [text.rstrip(), self.paint.red("This is a fault of mlflow-sql: please report it.")]
        elif isinstance(error, Interrupted) and not isinstance(error, WriteError):
            lines = ["Interrupted."]
        else:
            message, place, hint = described(error, statement)
            lines = [visible(line) for line in message.splitlines()] or [type(error).__name__]
            lines[0] = self.paint.red("Error: ") + lines[0]
            lines += place
            lines += [self.paint.bold("Hint: ") + hint] if hint else []
        if left:
            lines.append(self.paint.dim(f"({left} more {'was' if left == 1 else 'were'} not run)"))
        print("\n".join(lines), flush=True)
        raise _Stopped


def _local_tables(connection: Connection) -> dict[str, list[str]]:
    from mlflow_sql.engine.scan import SCANS

    found: dict[str, list[str]] = {view.name: [] for view in connection.views.all()}
    rows = connection.duckdb.sql(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal"
        f" AND NOT starts_with(table_name, '{SCANS}') ORDER BY table_name, column_index"
    ).fetchall()
    for table, column in rows:
        found.setdefault(table, []).append(column)
    return found


def shown(server: str | None) -> str:
    """The address without credentials."""
    parts = urlsplit(server or "")
    if "@" not in parts.netloc:
        return server or ""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def host_of(server: str | None) -> str:
    """What the prompt calls the server: its host and port, a store's file or folder, or the name of a profile."""
    if not server:
        return "no server"
    parts = urlsplit(server)
    if parts.scheme in ("http", "https", "databricks"):
        return parts.netloc.rpartition("@")[2] or server
    return Path(parts.path or server).name or server
