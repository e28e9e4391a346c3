"""Values that only one row of a table can have, such as a name: what is refused because another row has them.

They are asked for before the first write, in one question: the server would tell it by the text of its database's
error, and only after other rows of the statement are written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlflow_sql.errors import StatementError
from mlflow_sql.plan.statement import literal, quoted

if TYPE_CHECKING:
    from mlflow_sql.catalog.model import Resource
    from mlflow_sql.engine.connection import Connection
    from mlflow_sql.plan.changes import Change
    from mlflow_sql.plan.write import Write


def unique_column(resource: Resource) -> str | None:
    """The column that no two rows have the same value of, deleted rows included; None where there is none."""
    insert = resource.writes.insert if resource.writes else None
    return insert.natural if insert is not None else None


def refuse_taken(connection: Connection, write: Write, changes: Sequence[Change], kind: str) -> None:
    """Raise StatementError when a row would get a unique value that another has. kind: of the changes that count.

    Sends nothing unless a change sets the column. A value that a row of the same statement is about to give up counts
    as taken: rows are written side by side.
    """
    resource, column = write.resource, unique_column(write.resource)
    if column is None:
        return
    given = {c.set[column]: dict(c.key) for c in changes if c.kind == kind and c.set.get(column) is not None}
    if not given:
        return
    stage = resource.lifecycle.column if resource.lifecycle else None
    listed = ", ".join(literal(str(value)) for value in given)
    where = f"{quoted(column)} IN ({listed})"
    if stage:
        where += f" AND {quoted(stage)} IN ('active', 'deleted')"
    columns = ", ".join(quoted(c) for c in (column, *resource.primary_key))
    sql = f"SELECT {columns}, {quoted(stage) if stage else 'NULL'} FROM {resource.full_name} WHERE {where}"
    relation = connection.run(sql, templates=False)  # the values may hold anything
    assert relation is not None
    for value, *held, found in relation.fetchall():
        key = dict(zip(resource.primary_key, held, strict=True))
        if kind == "update" and key == given[value]:
            continue
        if found == "deleted":
            raise reserved(resource, column, value, key)
        raise _taken(resource, column, value, key, kind)


def _taken(resource: Resource, column: str, value: Any, key: Mapping[str, Any], kind: str) -> StatementError:
    hint = f"ON CONFLICT ({column}) DO NOTHING, or MERGE, leaves or changes what is there"
    if kind == "update":
        where = " AND ".join(f"{c} = {literal(str(v))}" for c, v in key.items())
        hint = f"choose another, or rename that one first: UPDATE {resource.label} SET {column} = '...' WHERE {where}"
    return StatementError(f"{resource.label} {column} {value!r} exists already: {told(key)} has it", hint=hint)


def reserved(resource: Resource, column: str, value: Any, key: Mapping[str, Any] | None = None) -> StatementError:
    """The error for a unique value that a deleted row keeps. key: that row's, where it is known."""
    stage = resource.lifecycle.column if resource.lifecycle else ""
    row = f"a deleted row ({told(key)})" if key else "a deleted row"
    return StatementError(
        f"{resource.label} {column} {value!r} belongs to {row}, which keeps it until `mlflow gc` removes it for good",
        hint=f"UPDATE {resource.label} SET {stage} = 'active' WHERE {stage} = 'deleted'"
        f" AND {column} = {literal(str(value))} restores it",
    )


def told(key: Mapping[str, Any]) -> str:
    """A row's key in words."""
    return ", ".join(f"{column} {value!r}" for column, value in key.items())
