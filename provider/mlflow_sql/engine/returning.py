"""What a write answers: the number of rows, or RETURNING over the rows as they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlflow_sql.plan.changes import Change, after
from mlflow_sql.plan.nodes import Search, call
from mlflow_sql.plan.write import Write
from mlflow_sql.rows.decode import Decoder
from mlflow_sql.types import arrow_type

if TYPE_CHECKING:
    from mlflow_sql.engine.connection import Connection
    from mlflow_sql.engine.relation import Relation
    from mlflow_sql.engine.writes import Task

_NAMES = {"insert": "INSERT", "update": "UPDATE", "delete": "DELETE"}


def count(connection: Connection, number: int) -> Relation:
    """One row with the number of rows written, as DuckDB answers."""
    import pyarrow as pa

    return connection.table(pa.table({"Count": pa.array([number], pa.int64())}))


def rows(connection: Connection, write: Write, changes: Sequence[Change], tasks: Sequence[Task]) -> Relation:
    """The relation of RETURNING: each written row as it is now, a deleted one as it was; with merge_action."""
    import pyarrow as pa

    resource = write.resource
    made = {id(t.change): t for t in tasks if t.change is not None}
    found: list[dict[str, Any]] = []
    for change in changes:
        if change.kind == "keep":
            continue
        row = after(change, resource)
        task = made.get(id(change))
        if change.kind == "insert" and task is not None:
            row = _inserted(connection, write, change, task)
        found.append({**row, **(task.key if task else change.key), "merge_action": _NAMES[change.kind]})
    columns = [c for c in resource.columns if c.name in write.returned]
    arrays = [pa.array([_wire(r.get(c.name), c.type.is_map) for r in found], arrow_type(c.type)) for c in columns]
    names = [c.name for c in columns]
    table = pa.table([*arrays, pa.array([r["merge_action"] for r in found], pa.string())], [*names, "merge_action"])
    return connection.over(table, write.alias, f"SELECT {write.returning}")


def _wire(value: Any, is_map: bool) -> Any:
    return list(value.items()) if is_map and isinstance(value, Mapping) else value


def _inserted(connection: Connection, write: Write, change: Change, task: Task) -> dict[str, Any]:
    """The made row: what its answer told, what the statement gave; read again when more is asked for."""
    known = {c: v for c, v in change.set.items() if v is not None}
    calls = task.rest(task.key) if task.rest else []
    if task.row and not calls:
        return {**task.row, **task.key}
    if set(write.returned) <= {*known, *task.key} and not task.row:
        return {**known, **task.key}
    resource = write.resource
    method = next(
        m for m in resource.methods_for("select")
        if m.item and all(p.column in task.key for p in m.params if p.required)
    )  # fmt: skip
    values = {p.name: task.key[p.column or ""] for p in method.params if p.required}
    found = call(Search(method, values))
    answer = connection.transport.send(found)
    page = Decoder(resource, method, resource.answered).page(answer.content, found.label)
    read = page.batch.to_pylist(maps_as_pydicts="lossy")
    return dict(read[0]) if read else {**known, **task.key}
