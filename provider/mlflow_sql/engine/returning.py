"""What a write answers: the number of rows, or RETURNING over the rows as they are now.

Theory: what the statement gave and what its answers told is not asked for again. A row is read again when a column is
wanted that neither tells: one that another column stands in (a run's name is one of its tags), or a time that only the
server sets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mlflow_sql.catalog.model import Column, Resource
from mlflow_sql.errors import StatementError
from mlflow_sql.plan.changes import Change, after
from mlflow_sql.plan.nodes import Search, call
from mlflow_sql.plan.write import RESULT, Write
from mlflow_sql.rows.decode import Decoder
from mlflow_sql.types import ColumnType, arrow_type

if TYPE_CHECKING:
    from mlflow_sql.engine.connection import Connection
    from mlflow_sql.engine.relation import Relation
    from mlflow_sql.engine.writes import Task

_NAMES = {"insert": "INSERT", "update": "UPDATE", "keep": "UPDATE", "delete": "DELETE"}
_Row = dict[str, Any]


def count(connection: Connection, number: int) -> Relation:
    """One row with the number of rows written, as DuckDB answers."""
    import pyarrow as pa

    return connection.table(pa.table({"Count": pa.array([number], pa.int64())}))


def rows(connection: Connection, write: Write, changes: Sequence[Change], tasks: Sequence[Task], now: int) -> Relation:
    """The relation of RETURNING: each written row as it is now, a deleted one as it was; with merge_action.

    A row whose update changed nothing is there too. now: the write's own time, ms since 1970 UTC.
    """
    import pyarrow as pa

    resource = write.resource
    made = {id(t.change): t for t in tasks if t.change is not None}
    told = [c for c in changes if c.kind != "keep" or c.before]
    found = [_known(write, change, made.get(id(change)), now) for change in told]
    with ThreadPoolExecutor(connection.options.concurrency, thread_name_prefix="mlflow-sql-returning") as pool:
        found = list(pool.map(_reader(connection, write), found, told))
    columns = [c for c in resource.columns if c.name in write.returned]
    arrays = [pa.array([_wire(r.get(c.name), c.type.is_map) for r in found], arrow_type(c.type)) for c in columns]
    names = [*(c.name for c in columns), RESULT]
    table = pa.table([*arrays, pa.array([_NAMES[c.kind] for c in told], pa.string())], names)
    return connection.over(table, write.alias, f"SELECT {write.returning}")


def _wire(value: Any, is_map: bool) -> Any:
    return list(value.items()) if is_map and isinstance(value, Mapping) else value


def _known(write: Write, change: Change, task: Task | None, now: int) -> _Row:
    """The row as far as the statement and its answers tell it."""
    resource = write.resource
    if change.kind != "insert":
        row = after(change, resource)
        stale = [c.name for c in resource.columns if change.kind == "update" and _stale(resource, c, change)]
        return {c: v for c, v in row.items() if c not in stale}
    insert = resource.writes.insert if resource.writes else None
    given = {c: v for c, v in change.set.items() if v is not None}
    if insert is not None and insert.elements is not None:
        moment = datetime.fromtimestamp(now / 1000, UTC)
        unsaid: _Row = {c: moment for c in insert.now} | ({"step": 0} if resource.column("step") else {})
        return {**unsaid, **given, **({"value": None} if "value" not in given else {})}
    key = {c: v for c, v in task.key.items() if v is not None} if task else {}
    if task is not None and task.row and not (task.rest and task.rest(task.key)):
        return {**task.row, **key}
    picked = {c.name for c in resource.columns if c.type.is_map}  # the server adds entries of its own
    return {c: v for c, v in given.items() if c not in picked} | key


def _stale(resource: Resource, column: Column, change: Change) -> bool:
    """Whether an update may have changed a column in a way that we cannot tell."""
    assigned = [c for n in {*change.set, *change.put, *change.drop} if (c := resource.column(n)) is not None]
    if column.name in resource.primary_key:
        return False
    settable = any(p.column == column.name for m in resource.methods for p in m.params)
    if column.type is ColumnType.TIMESTAMP and not settable:
        return True
    return any(other is not column and _overlap(column, other) for other in assigned)


def _overlap(one: Column, other: Column) -> bool:
    """Whether two columns are read from the same place in an item."""
    paths = [p for p in (one.path, one.minus) if p]
    return any(p == other.path or p == "$" or f"{other.path}.".startswith(f"{p}.") for p in paths)


def _reader(connection: Connection, write: Write) -> Callable[[_Row, Change], _Row]:
    """What completes a row by asking the server, when a column that is wanted is not known."""
    resource, transport = write.resource, connection.servers.of(write.resource).transport
    given = {c.name for c in resource.columns if c.given}

    def complete(row: _Row, change: Change) -> _Row:
        if change.kind == "delete" or set(write.returned) - given <= set(row):
            return row
        key = {**change.key, **row}
        method = next(
            (
                m for m in resource.methods_for("select")
                if m.item and all(p.column in key for p in m.params if p.required)
            ),
            None,
        )  # fmt: skip
        if method is None:
            unknown = ", ".join(sorted(set(write.returned) - given - set(row)))
            raise StatementError(f"the rows are written, but {unknown} of {resource.label} cannot be returned")
        values = {p.name: key[p.column or ""] for p in method.params if p.required}
        found = call(Search(method, values))
        answer = transport.send(found)
        page = Decoder(resource, method, resource.answered).page(answer.content, found.label)
        read = page.batch.to_pylist(maps_as_pydicts="lossy")
        same = [r for r in read if all(r.get(c) == key.get(c) for c in resource.primary_key)]
        return dict(same[0]) if same else row

    return complete
