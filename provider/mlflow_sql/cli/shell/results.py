"""Running a statement and showing what it answers: on the screen, in the pager, or in a file."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeVar

from mlflow_sql.cli.box import visible
from mlflow_sql.cli.progress import Progress
from mlflow_sql.cli.render import Format, Renderer, readable, texts
from mlflow_sql.cli.script import Statement
from mlflow_sql.cli.shell import grid
from mlflow_sql.cli.shell.grid import Drawing, Paint, Row
from mlflow_sql.cli.shell.pager import Pager, page, pager_command
from mlflow_sql.cli.shell.worker import Worker
from mlflow_sql.cli.values import Column
from mlflow_sql.errors import Error, UsageError

if TYPE_CHECKING:
    from mlflow_sql import Connection, Relation

_MOST_ROWS = 10_000  # fetched for the screen; a statement without LIMIT must not fetch a whole server
_WRITTEN = {"INSERT": "inserted", "UPDATE": "updated", "DELETE": "deleted", "MERGE": "merged"}
_PLANNED = frozenset(("SELECT", "FROM", "WITH", "VALUES", "PIVOT", "UNPIVOT"))
_PLAIN = (["explain_key", "explain_value"], ["plan"], ["template"])  # text of its own form, line for line


T = TypeVar("T")


@dataclass(slots=True)
class View:
    r"""How results are shown, changed by commands. output: where \o sends them; expanded: \x."""

    form: Format = Format.TABLE
    expanded: Literal["on", "off", "auto"] = "auto"
    timing: bool = True
    explain: bool = False
    output: BinaryIO | None = None
    output_name: str = ""
    output_results: int = 0
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Outcome:
    """What a statement answered. columns is None for one without rows; count: rows printed; seconds and REST calls."""

    columns: list[Column] | None = None
    rows: list[Row] = field(default_factory=list)
    count: int = 0
    more: bool = False
    seconds: float = 0.0
    calls: int = 0
    plan: list[str] = field(default_factory=list)

    @property
    def plain(self) -> list[str] | None:
        """The lines of an answer that is a text."""
        if self.columns is None or [column.name for column in self.columns] not in _PLAIN:
            return None
        return [visible(line) for row in self.rows for line in (row[-1] or "").splitlines()]


class Results:
    """Shows the results of one statement after another. answered: the columns of the last one."""

    def __init__(self, worker: Worker, view: View, progress: Progress, paint: Paint) -> None:
        self._worker = worker
        self._view = view
        self._progress = progress
        self._paint = paint
        self.answered: tuple[str, ...] = ()

    def show(self, statement: Statement) -> None:
        """Run a statement and show its result. Raises what the statement raises."""
        view = self._view
        if view.output is not None:
            if view.form.binary and view.output_results:
                raise UsageError(
                    f"{view.output_name} holds the one result that {view.form} can", hint="\\o ANOTHER_FILE"
                )
            outcome = self._printed(statement, _File(view.output), None)
            view.output_results += outcome.columns is not None
        elif view.form in (Format.TABLE, Format.BOX):
            outcome = self.fetched(statement)
            self._say(outcome.plan)
            self._draw(outcome)
        elif view.form.binary:
            raise UsageError(f"{view.form} is no text", hint="\\o FILE writes it to a file")
        else:
            outcome = self._streamed(statement)
        self._say([self._summary(statement, outcome)])

    def fetched(self, statement: Statement, most: int = _MOST_ROWS) -> Outcome:
        """The answer with at most so many rows; no more than they need is fetched."""

        def run(connection: Connection, outcome: Outcome) -> None:
            relation = self._relation(connection, statement)
            if relation is None:
                return
            outcome.columns, reader = readable(relation)
            for batch in reader:
                outcome.rows += texts(outcome.columns, batch)
                if len(outcome.rows) > most:
                    outcome.more = True
                    del outcome.rows[most:]
                    connection.interrupt()  # first, since closing reads what is left
                    break
            reader.close()
            outcome.count = len(outcome.rows)

        return self._timed(run, statement)

    def applied(self, statement: Statement, use: Callable[[Relation | None], T]) -> tuple[T, Outcome]:
        """What a function makes of a statement's rows, on the worker's thread; the outcome has its plan and time."""
        made: list[T] = []

        def run(connection: Connection, _: Outcome) -> None:
            made.append(use(self._relation(connection, statement)))

        outcome = self._timed(run, statement)
        return made[0], outcome

    def _streamed(self, statement: Statement) -> Outcome:
        """Print as rows arrive, through a pager that goes away by itself when all of it fits on the screen."""
        command = pager_command()
        if command is None:
            return self._printed(
                statement, _File(sys.stdout.buffer, self._progress), shutil.get_terminal_size().columns
            )
        pager = Pager(command, leave_if_short=True)
        try:
            return self._printed(
                statement, _Paged(pager, self._worker, self._progress), shutil.get_terminal_size().columns
            )
        finally:
            pager.wait()

    def _printed(self, statement: Statement, out: _File | _Paged, width: int | None) -> Outcome:
        def run(connection: Connection, outcome: Outcome) -> None:
            relation = self._relation(connection, statement)
            if relation is None:
                return
            outcome.columns = []
            renderer = Renderer(self._view.form, out, width=width, seekable=isinstance(out, _File))
            try:
                renderer.write(relation)
            except BrokenPipeError:  # the user has seen enough
                connection.interrupt()
                outcome.more = True
            out.flush()
            outcome.count = renderer.rows

        outcome = self._timed(run, statement)
        self._say(outcome.plan)
        return outcome

    def _timed(self, run: Callable[[Connection, Outcome], None], statement: Statement) -> Outcome:
        def work(connection: Connection) -> Outcome:
            outcome = Outcome()
            if self._view.explain:
                outcome.plan = _plan(connection, statement, self._parameters(statement))
            calls, began = self._worker.calls, time.monotonic()
            self._progress.start()
            try:
                run(connection, outcome)
            finally:
                self._progress.finish()
            outcome.seconds = time.monotonic() - began
            outcome.calls = self._worker.calls - calls
            return outcome

        return self._worker.call(work)

    def _relation(self, connection: Connection, statement: Statement) -> Relation | None:
        self.answered = ()
        if statement.positional:
            raise UsageError(
                "a ? has no value in the shell",
                hint="write the value, or $name in its place and begin the shell with --param name=value",
            )
        relation = connection.sql(statement.text, self._parameters(statement))
        if relation is not None:
            self.answered = tuple(relation.columns)
        return relation

    def _parameters(self, statement: Statement) -> dict[str, str] | None:
        return {n: v for n, v in self._view.parameters.items() if n.lower() in statement.parameters} or None

    # -- on the screen

    def _draw(self, outcome: Outcome) -> None:
        if outcome.columns is None or (_changed(outcome) is not None):
            return
        width = shutil.get_terminal_size().columns
        if outcome.plain is not None:
            page(outcome.plain, max(map(len, outcome.plain), default=0))
            return
        drawing = self.drawing(outcome, width)
        page(drawing.lines, drawing.width)

    def drawing(self, outcome: Outcome, width: int) -> Drawing:
        """The rows as a table, or as records where \\x says so."""
        columns, expanded = outcome.columns or [], self._view.expanded
        if expanded != "on":
            can_scroll = pager_command() is not None
            room = width if expanded == "auto" or self._view.form is Format.TABLE else 1 << 20
            drawn = grid.table(columns, outcome.rows, room, self._paint)
            if drawn.width <= width or (expanded == "off" and can_scroll) or not outcome.rows:
                return drawn
        return grid.records(columns, outcome.rows, width, self._paint)

    def _summary(self, statement: Statement, outcome: Outcome) -> str:
        count, changed = outcome.count, _changed(outcome)
        word = statement.text.split(None, 1)[0].upper() if statement.text else ""
        if outcome.columns is None:
            said = "OK"
        elif changed is not None:
            said = f"{changed:,} row{'' if changed == 1 else 's'} {_WRITTEN.get(word, 'changed')}"
        elif outcome.plain is not None:
            said = ""
        else:
            said = f"{count:,} row{'' if count == 1 else 's'}"
            if outcome.more:
                said += ", and more that were not fetched; \\o FILE writes all"
        if self._view.output_name and outcome.columns is not None:
            said += f" to {self._view.output_name}"
        took = self.took(outcome)
        return said + took if said else took.strip()

    def took(self, outcome: Outcome) -> str:
        """The time and the REST calls in words; empty where they are not wanted."""
        if not self._view.timing:
            return ""
        calls = f"{outcome.calls:,} REST call{'' if outcome.calls == 1 else 's'}"
        return f" ({seconds(outcome.seconds)}, {calls})"

    def _say(self, lines: list[str]) -> None:
        if any(lines):
            print("\n".join(self._paint.dim(line) for line in lines), flush=True)


def seconds(value: float) -> str:
    """A duration for people."""
    return f"{value * 1000:.0f} ms" if value < 0.9995 else f"{value:.1f} s" if value < 100 else f"{value:,.0f} s"


def _changed(outcome: Outcome) -> int | None:
    """How many rows a write changed, if that is its whole answer."""
    columns = outcome.columns
    if columns is None or [column.name for column in columns] != ["Count"] or len(outcome.rows) != 1:
        return None
    text = outcome.rows[0][0] or ""
    return int(text) if text.isdigit() else None


def _plan(connection: Connection, statement: Statement, parameters: dict[str, str] | None) -> list[str]:
    """The plan of a statement that calls the server; nothing for others, and for faults, which it will tell itself."""
    word = statement.text.split(None, 1)[0].upper()
    with suppress(Error):
        if word in _PLANNED:
            planned = connection.plan(statement.text, parameters)
            return connection.explain(statement.text, parameters).splitlines() if planned.scans else []
        if word in _WRITTEN or word == "EXEC":
            relation = connection.sql(f"EXPLAIN {statement.text}", parameters)
            return [str(row[-1]) for row in relation.fetchall()] if relation is not None else []
    return []


class _File:
    """Bytes to a file or the screen, whole. progress: to be wiped off the screen before anything else is on it."""

    def __init__(self, out: BinaryIO, progress: Progress | None = None) -> None:
        self._out = out
        self._progress = progress

    def write(self, data: bytes) -> None:
        if self._progress is not None:
            self._progress.finish()
        rest = memoryview(data)
        while rest:
            rest = rest[self._out.write(rest) :]

    def flush(self) -> None:
        self._out.flush()


class _Paged:
    """Bytes to the pager, as long as nobody pressed Ctrl-C."""

    def __init__(self, pager: Pager, worker: Worker, progress: Progress) -> None:
        self._pager = pager
        self._worker = worker
        self._progress = progress

    def write(self, data: bytes) -> None:
        self._progress.finish()
        self._pager.write(data, self._worker.stopping)

    def flush(self) -> None:
        pass
