"""Statements as a desired state: what each of them would change on the server, and carrying them out.

Theory: statements are planned in order on one connection that writes nothing. Each is read as it would be run, its
changes are described as plain values, and taken into the connection's overlay, so that the next one sees them. Local
statements are run. The current time is put into every statement as it was when the plan was made: what is carried
out later, from a saved plan too, means the same rows.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlglot import exp

from mlflow_sql.catalog.lookup import on
from mlflow_sql.catalog.model import Resource
from mlflow_sql.engine import execute
from mlflow_sql.engine.commands import read_command
from mlflow_sql.engine.overlay import UNKNOWN, Key, Overlay, shown
from mlflow_sql.engine.unique import refuse_taken, unique_column
from mlflow_sql.engine.writes import Task, prepare
from mlflow_sql.plan.changes import Change, as_map
from mlflow_sql.plan.execute import read_exec
from mlflow_sql.plan.statement import Statement, frozen_time, tokenize
from mlflow_sql.plan.write import Write

if TYPE_CHECKING:
    from mlflow_sql.engine.connection import Connection

# Of the commands.
_RUN_IN_A_PLAN = ("attach", "detach", "use", "set", "near_setting", "reset", "create_view", "drop_view")


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value that changes: a column, or one ``key`` of a map column. None: not there."""

    column: str
    key: str | None
    before: Any
    after: Any


class Changed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of one row. action: create, update or delete. resource: its full name. name: what people call it.

    key: its primary key as far as known, ``(known after apply)`` where the server makes it. with_rows_of: tables whose
    rows that belong to it share its fate.
    """

    action: str
    resource: str
    name: str | None
    key: dict[str, Any]
    fields: tuple[Field, ...] = ()
    with_rows_of: tuple[str, ...] = ()


class Called(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A method that EXEC will call; whether that changes anything is not known.

    requests: "VERB path" -> how many of them will be sent.
    """

    method: str
    arguments: dict[str, Any]
    requests: dict[str, int]


class Effect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one statement does on the server. verb: its first word."""

    verb: str
    changes: tuple[Changed, ...] = ()
    calls: tuple[Called, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether it leaves the server as it is."""
        return not self.changes and not self.calls


def at_time(text: str, now: datetime) -> str:
    """A statement with now() and its kin replaced by that time."""
    return Statement(text, [], exp.Null()).edited(frozen_time(Statement(text, tokenize(text), exp.Null()), now))


class Planner:
    """Plans statements in order over a connection, and writes nothing. now: the time they all take for the current one.

    The connection is of no use for anything else afterwards: it sees the plan as if it was carried out.
    """

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        self.millis = int(now.timestamp() * 1000)
        self.overlay = connection.overlay = Overlay(connection.catalog)
        self._names: dict[tuple[str, Key], str] = {}

    def plan(self, text: str, params: Mapping[str, Any] | None = None) -> Effect:
        """What a statement would do. Local statements are run, SELECTs to their end.

        Raises what running the statement would raise before its first write.
        """
        text = at_time(text, self.now)
        with self.connection.running():
            command = read_command(text)
            if command is not None and command.kind == "exec":
                return self._exec(command.rest, params)
            if command is None:
                write = self.connection.write_of(text, params, naming)
                if write is not None:
                    return self._write(write)
            elif command.kind not in _RUN_IN_A_PLAN:
                return Effect(_verb(text))
            run(self.connection, text, params)
        return Effect(_verb(text))

    def _exec(self, text: str, params: Mapping[str, Any] | None) -> Effect:
        call = read_exec(text, self.connection.names)
        if execute.is_read(call.method):
            return Effect("EXEC")
        requests = Counter(c.label for c in execute.calls_of(self.connection, call, params))
        if not requests:
            return Effect("EXEC")
        arguments = execute.body_of(self.connection, call, params, self.millis)
        name = f"{call.resource.full_name}.{call.method.name}"
        return Effect("EXEC", (), (Called(name, {k: _plain(v) for k, v in arguments.items()}, dict(requests)),))

    def _write(self, write: Write) -> Effect:
        changes, _ = prepare(self.connection, write, self.millis)
        refuse_taken(self.connection, write, changes, "insert")  # the server would, at apply
        keys = self.overlay.record(write, changes, self.millis)
        found = [
            self._described(write.resource, change, key)
            for change, key in zip(changes, keys, strict=True)
            if change.kind != "keep"
        ]
        return Effect(write.verb, tuple(found))

    def _described(self, resource: Resource, change: Change, made: Key | None) -> Changed:
        key = dict(change.key)
        if made is not None:
            key = dict(zip(resource.primary_key, made, strict=True))
        elif change.kind == "insert":
            key = {c: change.set[c] for c in resource.primary_key if change.set.get(c) is not None}
        name = self._name(resource, change, made)
        stage = resource.lifecycle.column if resource.lifecycle else None
        action = {"insert": "create"}.get(change.kind, change.kind)
        if stage and change.set.get(stage) == "deleted":
            action = "delete"
        fields = () if change.kind == "delete" else tuple(_fields(resource, change, key))
        staged = change.kind == "delete" or (change.kind == "update" and stage in change.set)
        return Changed(
            action, resource.full_name, name, {c: _plain(v) for c, v in key.items()}, fields,
            self._dependents(resource) if staged else (),
        )  # fmt: skip

    def _name(self, resource: Resource, change: Change, key: Key | None) -> str | None:
        columns = naming(resource)
        source = change.set if change.kind == "insert" else change.row
        name = source.get(columns[0]) if columns else None
        if key is None:
            return None if name is None else str(shown(name))
        known = self._names.get((resource.full_name, key))
        if name is None or known is not None:
            return known
        return self._names.setdefault((resource.full_name, key), str(shown(name)))

    def _dependents(self, resource: Resource) -> tuple[str, ...]:
        return tuple(
            on(resource.server, r).full_name
            for r in self.connection.catalog.resources
            if r.lifecycle and r.calls_of is None and r.keys and r.keys.resource == resource.name
        )


def run(connection: Connection, text: str, params: Mapping[str, Any] | None) -> None:
    """Run a statement to its end, and drop its rows."""
    relation = connection.sql(text, params)
    if relation is not None:
        for _ in relation.to_arrow_reader():
            pass


def naming(resource: Resource) -> tuple[str, ...]:
    """The column by which people call a row, other than its key; none for some tables."""
    insert = resource.writes.insert if resource.writes else None
    if insert is None:
        return ()
    if (column := unique_column(resource)) is not None:
        return (column,)
    keys = {*resource.primary_key, *(resource.keys.columns if resource.keys else ())}
    return tuple(c for columns in insert.conflicts for c in columns if c not in keys)[:1]


class Done(msgspec.Struct, frozen=True):
    """One row that was written. what: created, updated, restored, deleted, or logged (then ``rows`` elements of it)."""

    what: str
    resource: str
    name: str | None
    key: dict[str, Any]
    rows: int = 1


class Applier:
    """Carries out statements over a connection. report: told of every row as it is written, in the calling thread.

    names: what people call the rows, by resource and primary key.
    """

    def __init__(
        self,
        connection: Connection,
        now: datetime,
        report: Callable[[Done], None],
        names: Mapping[tuple[str, Key], str] | None = None,
    ) -> None:
        self.connection = connection
        self.now = now
        self._report = report
        self._names = names or {}
        connection.watch = self._written

    def apply(self, text: str, params: Mapping[str, Any] | None = None) -> None:
        """Carry out one statement. Raises what ``Connection.sql`` raises."""
        run(self.connection, at_time(text, self.now), params)

    def _written(self, write: Write, task: Task) -> None:
        resource, change = write.resource, task.change
        key = {c: _plain(v) for c, v in task.key.items() if change is None or c in resource.primary_key}
        if change is None:
            lists = [v for c in task.calls for v in (c.body or {}).values() if isinstance(v, list)]
            self._report(Done("logged", resource.full_name, None, key, sum(map(len, lists)) or 1))
            return
        column = naming(resource)
        name = change.set.get(column[0]) if column and change.kind == "insert" else None
        if name is None:
            name = self._names.get((resource.full_name, tuple(key.values())))
        what = {"insert": "created", "delete": "deleted"}.get(change.kind, "updated")
        stage = change.set.get(resource.lifecycle.column or "") if resource.lifecycle else None
        if change.kind == "update" and stage is not None:
            what = {"active": "restored"}.get(stage, stage)
        self._report(Done(what, resource.full_name, name, key))


def names_of(changes: Iterable[Changed]) -> dict[tuple[str, Key], str]:
    """What people call the rows that a plan is about, by resource and primary key."""
    return {
        (c.resource, tuple(c.key.values())): c.name
        for c in changes
        if c.name is not None and UNKNOWN not in c.key.values()
    }


def _verb(text: str) -> str:
    tokens = tokenize(text)
    return tokens[0].text.upper() if tokens else ""


def _fields(resource: Resource, change: Change, key: Mapping[str, Any]) -> list[Field]:
    found: list[Field] = []
    for column, value in change.set.items():
        declared = resource.column(column)
        if change.kind == "insert" and (value is None or column in key):
            continue
        if declared is not None and declared.type.is_map:
            found += [Field(column, k, None, _plain(v)) for k, v in as_map(value).items()]
        else:
            before = change.before.get(column) if change.kind == "update" else None
            found.append(Field(column, None, _plain(before), _plain(value)))
    for column, values in change.put.items():
        there = as_map(change.before.get(column))
        found += [Field(column, k, _plain(there.get(k)), _plain(v)) for k, v in values.items()]
    for column, keys in change.drop.items():
        there = as_map(change.before.get(column))
        found += [Field(column, k, _plain(there.get(k)), None) for k in keys]
    return found


def _plain(value: Any) -> Any:
    """A value as JSON has it: times as ISO 8601 text in UTC, what is not finite as text, unknown ones as such."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.isoformat().removesuffix("+00:00") + ("Z" if value.tzinfo else "")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return shown(value) if value is None or isinstance(value, (str, int, float)) else str(value)
