"""Carrying out writes: all values are checked before the first call, and the error says how far it came.

Theory: a write's rows are read to the end, become Changes, and every call is built (and so checked) before one is
sent. Rows are independent of each other and are written concurrently; the calls of one row follow each other. When a
row fails, or the user interrupts, no further one is begun, those on their way are waited for, and the error says what
was done. Ctrl-C only sets a flag meanwhile: as an exception it could come between sending a call and noting it.
"""

from __future__ import annotations

import itertools
import signal
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mlflow_sql.engine.changing import cast_rows, changes_of
from mlflow_sql.engine.making import Maker
from mlflow_sql.engine.tasks import Task as Task
from mlflow_sql.engine.tasks import tasks_of
from mlflow_sql.engine.unique import refuse_taken
from mlflow_sql.errors import Error, RefusedError, StatementError, WriteError, WriteInterrupted
from mlflow_sql.plan.changes import Change
from mlflow_sql.plan.nodes import Call
from mlflow_sql.plan.statement import quoted
from mlflow_sql.plan.write import Write
from mlflow_sql.rows.calls import changing

if TYPE_CHECKING:
    from types import FrameType

    from mlflow_sql.engine.connection import Connection
    from mlflow_sql.engine.relation import Relation

_LOOKED_UP = 1000  # values of a source; what the server takes at once is for the planner to say


@dataclass(slots=True)
class _State:
    """How far a write has come."""

    done: dict[int, Task] = field(default_factory=dict)
    failed: dict[int, tuple[Task, BaseException]] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def over(self) -> bool:
        return bool(self.failed) or self.interrupted

    @property
    def done_keys(self) -> list[dict[str, Any]]:
        return _distinct([self.done[i].key for i in sorted(self.done)])

    def note(self, index: int, task: Task, error: BaseException | None) -> None:
        if error is None:
            self.done[index] = task
            task.calls = []  # a load may be of any length
        else:
            self.failed[index] = (task, error)


class Writer:
    """Carries out tasks over a connection."""

    def __init__(self, connection: Connection, write: Write) -> None:
        self.connection = connection
        self.write = write
        self.stopping = connection.stopping
        self.transport = connection.servers.of(write.resource).transport
        self.progress = connection.progress
        self.maker = Maker(self.transport, write.resource)

    def run(self, tasks: Sequence[Task]) -> None:
        """Carry out all tasks. Raises WriteError, with what was done, when one fails."""
        self.expect(sum(t.rows for t in tasks))
        self._drive(iter(tasks), serial=False)

    def expect(self, rows: int) -> None:
        """Tell the progress how many rows will be written."""
        if self.progress is not None:
            self.progress.expect(rows)

    def stream(self, tasks: Iterator[Task], side_by_side: bool) -> None:
        """Carry out tasks as they come; those of one owner one after the other unless they may run side by side."""
        self._drive(tasks, serial=not side_by_side)

    def _drive(self, tasks: Iterator[Task], serial: bool) -> None:
        numbered = enumerate(tasks)
        running: dict[Future[None], tuple[int, Task]] = {}
        state = _State()
        concurrency = self.connection.options.concurrency
        with (
            ThreadPoolExecutor(concurrency, thread_name_prefix="mlflow-sql-write") as pool,
            _ctrl_c_sets(self.stopping),
        ):
            ahead = next(numbered, None)
            while True:
                while ahead is not None and not state.over and len(running) < concurrency:
                    if self.stopping.is_set():
                        state.interrupted = True
                        break
                    if serial and any(t.key == ahead[1].key for _, t in running.values()):
                        break
                    running[pool.submit(self.one, ahead[1])] = ahead
                    ahead = next(numbered, None)
                if not running:
                    break
                finished, _ = wait(running, timeout=0.1, return_when=FIRST_COMPLETED)
                for future in finished:
                    index, task = running.pop(future)
                    if future.exception() is None and self.connection.watch is not None:
                        self.connection.watch(self.write, task)
                    state.note(index, task, future.exception())
            state.interrupted = state.interrupted or self.stopping.is_set()
            if state.over:
                left = itertools.chain([] if ahead is None else [ahead], numbered)
                raise self._stopped(state, _distinct(t.key for _, t in left))

    def _stopped(self, state: _State, pending: Sequence[Mapping[str, Any]]) -> BaseException:
        """The error that says what was done and what was not."""
        what = f"{self.write.verb} on {self.write.resource.label}"
        first = min(state.failed, default=None)
        also = [dict(state.failed[i][0].key) for i in sorted(state.failed) if i != first]
        partly = 0
        if first is not None and state.failed[first][0].change is None:  # calls for one owner: it is told once
            stopped = state.failed[first][0].key
            partly = sum(t.key == stopped for t in state.done.values())
            also = [k for k in _distinct(also) if k != stopped]
            pending = [k for k in pending if k != stopped and k not in also]
        left = [*also, *pending]
        # An owner of which a call is missing is not done.
        undone = {frozenset(k.items()) for k in (*left, *(t.key for t, _ in state.failed.values()))}
        done = [k for k in state.done_keys if frozenset(k.items()) not in undone]
        counts = f"written: {len(done)}{_named(done)}; not attempted: {len(pending)}"
        counts += f"; failed too: {len(also)}" if also else ""
        counts += f"; {partly} {'call' if partly == 1 else 'calls'} for the one that failed answered" if partly else ""
        made = any(t.making is not None for t in state.done.values())
        how = " with ON CONFLICT or as MERGE" if made and self.write.verb == "INSERT" else ""
        hint = f"what is written stays; running the statement again{how} does the rest"
        if first is None:
            return WriteInterrupted(f"{what} was interrupted; {counts}", done=done, pending=left, hint=hint)
        task, cause = state.failed[first]
        if not isinstance(cause, Error):
            return cause
        name = ", ".join(f"{k} {v!r}" for k, v in task.key.items() if v is not None)
        place = f"{'call' if task.change is None else 'row'} {first + 1}{f' ({name})' if name else ''}"
        error = WriteError(
            f"{what} failed at {place}: {cause.message}; {counts}",
            done=done, failed=dict(task.key), pending=left,
            hint="; ".join(h.rstrip(".") for h in (cause.hint, hint if state.done or left else None) if h) or None,
        )  # fmt: skip
        error.__cause__ = cause
        return error

    def one(self, task: Task) -> None:
        """All calls of one task, in order."""
        calls = task.calls
        if task.making is not None and task.change is not None:
            key, task.row = self.maker.make(task.change, task.making)
            task.key = {**task.key, **key}
            calls = task.rest(task.key) if task.rest else []
        try:
            for found in calls:
                self.transport.send(found)
        except RefusedError as why:
            if task.making is not None and self._taken_back(task):
                why.message += "; the row, which was half made, is deleted again"
            raise
        if self.progress is not None:
            self.progress.add(rows=task.rows, requests=len(calls) + (task.making is not None))

    def _taken_back(self, task: Task) -> bool:
        """Delete a row that could be made but not filled: left there, it would pass for a whole one ever after."""
        undo = Change("delete", {c: task.key.get(c) for c in self.write.resource.primary_key})
        try:
            for found in changing(self.write.resource, undo, 0):
                self.transport.send(found, max_retries=1)
        except Error:
            return False
        return True


@contextmanager
def _ctrl_c_sets(stopping: threading.Event) -> Iterator[None]:
    """Let Ctrl-C set an event; twice is an exception as ever."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def note(number: int, frame: FrameType | None) -> None:
        if stopping.is_set() and callable(before):
            before(number, frame)
        stopping.set()

    if before is not None:
        signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)


def _distinct(keys: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The keys without repetitions of the one before."""
    found: list[dict[str, Any]] = []
    for key in keys:
        if not found or found[-1] != key:
            found.append(dict(key))
    return found


def _named(done: Sequence[Mapping[str, Any]]) -> str:
    names = ["/".join(str(v) for v in key.values() if v is not None) for key in done]
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return f" ({shown})" if names else ""


def prepare(connection: Connection, write: Write, now: int) -> tuple[list[Change], list[Task]]:
    """Read a write's rows and build all of its calls; nothing is sent but reads.

    Raises StatementError for values that do not fit, for a unique one that another row has, and for more changes than
    ``max_writes``.
    """
    write = settled(connection, write)
    relation = connection.run(write.sql, templates=False)  # its values may hold anything
    assert relation is not None
    changes = changes_of(cast_rows(relation, write), write)
    touched = sum(c.kind in ("update", "delete") for c in changes)
    most = connection.options.max_writes
    if touched > most:
        raise StatementError(
            f"{write.verb} would change {touched} rows of {write.resource.label}, more than max_writes ({most})",
            hint=f"SET max_writes = {touched} allows it",
        )
    tasks = tasks_of(write, changes, now)
    refuse_taken(connection, write, changes, "update")
    return changes, bundled(connection, write, len(changes)) or tasks


def bundled(connection: Connection, write: Write, rows: int) -> list[Task]:
    """The calls that delete all rows of a DELETE together; empty where it, or the server, takes one row at a time."""
    many = write.resource.writes.delete_many if write.resource.writes else None
    method = write.resource.method(many.method) if many else None
    link = connection.servers.of(write.resource)
    if many is None or method is None or not write.together or rows < 2 or connection.watch is not None:
        return []
    if method.needs and not link.facts.has(method.needs):
        return []
    listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in write.together)
    relation = connection.run(f"SELECT {listed}", templates=False)
    assert relation is not None
    values = dict(zip(relation.columns, relation.fetchall()[0], strict=True))
    sizes = [min(many.most, rows - first) for first in range(0, rows, many.most)]
    calls = [Call(method.verb, method.path, None, {**values, many.limit: n}, method.idempotent) for n in sizes]
    return [Task({c: values[p] for p, c in many.equal.items()}, rows=rows, calls=calls)]


def settled(connection: Connection, write: Write) -> Write:
    """The write with what only its source can tell: the columns of an INSERT BY NAME, and what a merge can match."""
    if write.unnamed is not None:
        source = connection.run(write.sql, templates=False)
        assert source is not None
        write = write.named(source.columns)
    for lookup in write.lookups:
        found = connection.run(f"{lookup.values} LIMIT {_LOOKED_UP + 1}", templates=False)
        assert found is not None
        values = [value for (value,) in found.fetchall() if value is not None]
        if len(values) <= _LOOKED_UP:
            write = write.looked_up(lookup, sorted(values))
    return replace(write, lookups=())


def run_write(connection: Connection, write: Write) -> Relation:
    """Carry out a write. The answer is what RETURNING asks for, else the number of rows written.

    Raises StatementError before anything was sent, WriteError after.
    """
    from mlflow_sql.engine import bulk, returning

    connection.refuse_if_read_only(write.resource, write.verb)
    now = time.time_ns() // 1_000_000
    connection.stopping.clear()
    write = settled(connection, write)
    if bulk.is_load(write):
        return bulk.load(connection, write, now)
    changes, tasks = prepare(connection, write, now)
    Writer(connection, write).run(tasks)
    if write.together and any(t.change is None for t in tasks):  # the server counts its own way: see what is left
        Writer(connection, write).run(prepare(connection, replace(write, together=()), now)[1])
    if write.returning is None:
        return returning.count(connection, sum(c.kind != "keep" for c in changes))
    return returning.rows(connection, write, changes, tasks, now)
