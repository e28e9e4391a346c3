"""Carrying out writes: all values are checked before the first call, and nothing is sent twice blindly.

Theory: a write's rows are read to the end, become Changes, and every call is built (and so checked) before one is
sent. Rows are independent of each other and are written concurrently; the calls of one row follow each other. A call
that may have been done although its answer was lost is looked up before it is sent again: a made row carries a mark
of its own, or has a unique name. When a row fails, no further one is begun, those on their way are waited for, and
the error says what was done.
"""

from __future__ import annotations

import itertools
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from mlflow_sql.engine.changing import cast_rows, changes_of, reserved_name, reserved_rows
from mlflow_sql.errors import (
    BadRequest,
    Error,
    RefusedError,
    ResponseError,
    ServerFailure,
    StatementError,
    Unreachable,
    WriteError,
    WriteInterrupted,
)
from mlflow_sql.plan import filters
from mlflow_sql.plan.changes import Change
from mlflow_sql.plan.nodes import Call, Search, call
from mlflow_sql.plan.write import Write
from mlflow_sql.rows.calls import Making, changing, element_calls, following, making, refuse_columns, refuse_fixed
from mlflow_sql.rows.decode import Decoder

if TYPE_CHECKING:
    from types import FrameType

    from mlflow_sql.catalog.model import Resource
    from mlflow_sql.engine.connection import Connection
    from mlflow_sql.engine.relation import Relation

_TRIES = 3
_EXISTS = "RESOURCE_ALREADY_EXISTS"


@dataclass(slots=True)
class Task:
    """The calls for one row (or one group of rows): first what makes it, then what follows.

    rest: builds the calls that follow from the row's key. rows: how many rows they write.
    """

    key: Mapping[str, Any]
    change: Change | None = None
    making: Making | None = None
    calls: list[Call] = field(default_factory=list)
    rest: Callable[[Mapping[str, Any]], list[Call]] | None = None
    row: dict[str, Any] = field(default_factory=dict)
    rows: int = 1

    @property
    def shown(self) -> list[Call]:
        """Every call, with a mark where the server will make the key."""
        first = [self.making.call] if self.making else []
        made = {c: f"<{c}>" for c in self.making.key} if self.making else {}
        return [*first, *(self.rest({**self.key, **made}) if self.rest else self.calls)]


def tasks_of(write: Write, changes: Sequence[Change], now: int) -> list[Task]:
    """The calls of every change, all checked. now: ms since 1970 UTC. Raises StatementError."""
    resource = write.resource
    for fault in reserved_rows(write, changes):
        raise fault
    insert = resource.writes.insert if resource.writes else None
    if insert is not None and insert.elements is not None:
        return _element_tasks(resource, changes, now)
    tasks: list[Task] = []
    for change in changes:
        if change.kind == "keep":
            continue
        if change.kind != "insert":
            tasks.append(Task(change.key, change, calls=changing(resource, change, now)))
            continue
        made = making(resource, change, now, uuid.uuid4().hex)
        dummy = {c: "?" for c in made.key}
        following(resource, change, dummy, now)

        def rest(key: Mapping[str, Any], change: Change = change) -> list[Call]:
            return following(resource, change, key, now)

        tasks.append(Task(change.key, change, made, rest=rest))
    return tasks


def _element_tasks(resource: Resource, changes: Sequence[Change], now: int) -> list[Task]:
    owner = resource.primary_key[0]
    groups: dict[Any, list[dict[str, Any]]] = {}
    tasks: list[Task] = []
    for change in changes:
        if change.kind == "delete":
            tasks.append(Task(change.key, change, calls=changing(resource, change, now)))
        elif change.kind in ("insert", "update"):
            if change.kind == "update":
                refuse_fixed(resource, change)
            else:
                refuse_columns(resource, change.set)
            row = {**{c: change.row.get(c) for c in resource.primary_key}, **change.key, **change.set}
            groups.setdefault(row.get(owner), []).append(row)
    for value, rows in groups.items():
        tasks.append(Task({owner: value}, rows=len(rows), calls=list(element_calls(resource, rows, now))))
    return tasks


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
        self.transport = connection.transport
        self.progress = connection.progress

    def run(self, tasks: Sequence[Task]) -> None:
        """Carry out all tasks. Raises WriteError, with what was done, when one fails."""
        self._drive(iter(tasks), serial=False)

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
        what = f"{self.write.verb} on {self.write.resource.name}"
        first = min(state.failed, default=None)
        also = [dict(state.failed[i][0].key) for i in sorted(state.failed) if i != first]
        left = [*also, *pending]
        # An owner of which a call is missing is not done.
        undone = {frozenset(k.items()) for k in (*left, *(t.key for t, _ in state.failed.values()))}
        done = [k for k in state.done_keys if frozenset(k.items()) not in undone]
        counts = f"written: {len(done)}{_named(done)}; not attempted: {len(pending)}"
        counts += f"; failed too: {len(also)}" if also else ""
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
            hint="; ".join(h.rstrip(".") for h in (cause.hint, hint if done or left else None) if h) or None,
        )  # fmt: skip
        error.__cause__ = cause
        return error

    def one(self, task: Task) -> None:
        """All calls of one task, in order."""
        calls = task.calls
        if task.making is not None:
            key, task.row = self.make(task, task.making)
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

    def make(self, task: Task, made: Making) -> tuple[dict[str, Any], dict[str, Any]]:
        """Make a row; when its answer is lost, look whether it is there before asking again."""
        for attempt in range(_TRIES):
            lost: Error | None = None
            try:
                answer = self.transport.send(made.call)
                found = msgspec.json.decode(answer.content)
                key = {column: _at(found, path) for column, path in made.key.items()}
                if None in key.values():
                    label = made.call.label
                    raise ResponseError(f"{label} answered without {', '.join(made.key)}", call=label)
                return key, self.decoded(made, answer.content, made.call.label)
            except (Unreachable, ServerFailure, ResponseError) as why:
                lost = why
            except msgspec.DecodeError as why:
                lost = ResponseError(f"the answer to {made.call.label} is not JSON: {why}", call=made.call.label)
            except BadRequest as why:
                if why.code != _EXISTS or made.natural is None:
                    raise
                if attempt == 0:
                    raise self.reserved(task, made, why) from why
                lost = why  # made by an attempt that the server had not finished when we looked
            there = self.lookup(task, made)
            if there is not None:
                return there, {}
            if attempt == _TRIES - 1 or isinstance(lost, BadRequest):
                raise lost
            time.sleep(0.2 * 2**attempt)
        raise AssertionError("unreachable")

    def reserved(self, task: Task, made: Making, why: BadRequest) -> Error:
        """What to say of a name that is taken: by whom, and what to do."""
        resource = self.write.resource
        assert task.change is not None
        column = made.natural or ""
        name = task.change.set.get(column)
        found = self.natural(task, made, [*made.key, *([s] if (s := _stage(resource)) else [])])
        if found is not None and found.get(_stage(resource) or "") == "deleted":
            return reserved_name(resource, column, name)
        return BadRequest(
            f"{resource.name} {column} {name!r} exists already", call=why.call, status=why.status, code=why.code,
            hint=f"ON CONFLICT ({column}) DO NOTHING, or DO UPDATE SET ..., leaves or changes what is there",
        )  # fmt: skip

    def decoded(self, made: Making, content: bytes, label: str) -> dict[str, Any]:
        """The made row as far as the answer tells it."""
        if made.method.item is None:
            return {}
        resource = self.write.resource
        page = Decoder(resource, made.method, resource.answered).page(content, label)
        rows = page.batch.to_pylist(maps_as_pydicts="lossy")
        return dict(rows[0]) if rows else {}

    def lookup(self, task: Task, made: Making) -> dict[str, Any] | None:
        """The key of a row whose making was not answered, or None when it is not there."""
        resource = self.write.resource
        assert task.change is not None
        given = task.change.set
        if made.natural is not None:
            stage = _stage(resource)
            there = self.natural(task, made, [*made.key, *([stage] if stage else [])])
            if there is None or (stage and there[stage] == "deleted"):  # that one is older: the server refuses the name
                return None
            return {c: there[c] for c in made.key}
        assert made.mark is not None
        method = next(m for m in resource.methods_for("select") if m.items)
        tags = next(p.column for p in made.method.params if p.type == "pairs")
        column = resource.column(tags or "")
        assert column is not None
        assert column.push is not None
        field = column.push.field.replace("{key}", filters.key(made.mark[0]) or "")
        values = {
            p.name: [given[p.column]]
            for p in method.params
            if p.column and p.column in given and p.type == "string_list"
        }
        search = Search(method, values, (f"{field} = {filters.string(made.mark[1])}",), "all", limit=2)
        return self._first(search, list(made.key))

    def natural(self, task: Task, made: Making, columns: Sequence[str]) -> dict[str, Any] | None:
        """The row that has the unique name of the one to be made, deleted or not, or None."""
        assert task.change is not None
        assert made.natural is not None
        method = next(
            m for m in self.write.resource.methods_for("select")
            if m.item and [p.column for p in m.params if p.required] == [made.natural]
        )  # fmt: skip
        param = next(p for p in method.params if p.required)
        return self._first(Search(method, {param.name: task.change.set[made.natural]}), columns)

    def _first(self, search: Search, columns: Sequence[str]) -> dict[str, Any] | None:
        found = call(search)
        answer = self.transport.send(found)
        decoder = Decoder(self.write.resource, search.method, list(columns))
        rows = decoder.page(answer.content, found.label).batch.to_pylist()
        return dict(rows[0]) if rows else None


def _stage(resource: Resource) -> str | None:
    return resource.lifecycle.column if resource.lifecycle else None


@contextmanager
def _ctrl_c_sets(stopping: threading.Event) -> Iterator[None]:
    """Let Ctrl-C set an event: as an exception it could come between sending a call and noting it. Twice is one."""
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


def _at(found: Any, path: str) -> Any:
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def prepare(connection: Connection, write: Write, now: int) -> tuple[list[Change], list[Task]]:
    """Read a write's rows and build all of its calls; nothing is sent but reads.

    Raises StatementError for values that do not fit and for more changes than ``max_writes``.
    """
    write = settled(connection, write)
    relation = connection.run(write.sql, templates=False)  # its values may hold anything
    assert relation is not None
    changes = changes_of(cast_rows(relation, write), write)
    touched = sum(c.kind in ("update", "delete") for c in changes)
    most = connection.options.max_writes
    if touched > most:
        raise StatementError(
            f"{write.verb} would change {touched} rows of {write.resource.name}, more than max_writes ({most})",
            hint=f"SET max_writes = {touched} allows it",
        )
    return changes, tasks_of(write, changes, now)


def settled(connection: Connection, write: Write) -> Write:
    """The write with the columns of its source named: of an INSERT BY NAME only DuckDB may know them."""
    if write.unnamed is None:
        return write
    source = connection.run(write.sql)
    assert source is not None
    return write.named(source.columns)


def run_write(connection: Connection, write: Write) -> Relation:
    """Carry out a write. The answer is what RETURNING asks for, else the number of rows written.

    Raises StatementError before anything was sent, WriteError after.
    """
    from mlflow_sql.engine import bulk, returning

    if connection.options.read_only:
        raise StatementError(
            f"this connection is read-only, and {write.verb} writes", hint="connect without read_only, or --read-only"
        )
    now = time.time_ns() // 1_000_000
    connection.stopping.clear()
    write = settled(connection, write)
    if bulk.is_load(write):
        return bulk.load(connection, write, now)
    changes, tasks = prepare(connection, write, now)
    Writer(connection, write).run(tasks)
    if write.returning is None:
        return returning.count(connection, sum(c.kind != "keep" for c in changes))
    return returning.rows(connection, write, changes, tasks, now)
