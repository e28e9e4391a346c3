"""Loading rows that are elements of a list (metric values, params, tags): any number, in bounded memory.

Theory: the source is put into a temporary DuckDB table first, so that no write begins while a read can still fail, and
is then read twice in order of its owner: once to check every value, once to send (a small load keeps the calls that it
has checked). Elements of one owner are cut into
as few calls as the limits allow. Points may be logged in any order, so calls of one owner run side by side; of params
and tags the later must win, so calls of one owner follow each other.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from mlflow_sql.engine import returning
from mlflow_sql.engine.changing import cast_faults, cast_rows
from mlflow_sql.engine.writes import Task, Writer, settled
from mlflow_sql.errors import Interrupted, StatementError
from mlflow_sql.plan.nodes import Call
from mlflow_sql.plan.write import Write, value
from mlflow_sql.rows.calls import element_calls, refuse_columns
from mlflow_sql.types import ColumnType

if TYPE_CHECKING:
    from mlflow_sql.engine.connection import Connection
    from mlflow_sql.engine.relation import Relation

_numbers = itertools.count(1)
_BATCH = 20_000


def is_load(write: Write) -> bool:
    """Whether a write only adds elements to lists, whatever is there already, and says nothing of each."""
    insert = write.resource.writes.insert if write.resource.writes else None
    elements = insert is not None and insert.elements is not None
    return elements and write.verb == "INSERT" and not write.old and write.returning is None


def load(connection: Connection, write: Write, now: int) -> Relation:
    """Load the rows of an INSERT; the answer is their number. now: ms since 1970 UTC, for rows without a time.

    Raises StatementError before anything was sent, WriteError after.
    """
    with _stored(connection, write) as (table, owner):
        ordered = f'SELECT * FROM {table} ORDER BY "{owner}", rowid'
        total = connection.duckdb.sql(f"SELECT count(*) FROM {table}").fetchall()[0][0]
        kept: list[tuple[Any, Call]] = []
        with closing(_calls(connection, write, ordered, owner, now)) as checked:
            for found in checked:
                if connection.stopping.is_set():
                    raise Interrupted("the statement was interrupted; nothing was written")
                if total <= _BATCH:
                    kept.append(found)
        writer = Writer(connection, write)
        writer.expect(int(total))
        with closing(_calls(connection, write, ordered, owner, now)) as again:
            writer.stream(_tasks(owner, iter(kept) if kept else again), _side_by_side(write))
    return returning.count(connection, int(total))


def calls(connection: Connection, write: Write, now: int) -> list[Call]:
    """Every call that ``load`` would send."""
    write = settled(connection, write)
    with _stored(connection, write) as (table, owner):
        ordered = f'SELECT * FROM {table} ORDER BY "{owner}", rowid'
        with closing(_calls(connection, write, ordered, owner, now)) as checked:
            return [found for _, found in checked]


@contextmanager
def _stored(connection: Connection, write: Write) -> Iterator[tuple[str, str]]:
    """The rows to load in a temporary table, and the column that names their owner."""
    source = connection.run(write.sql, templates=False)  # its values may hold anything
    assert source is not None
    names = [t.column for t in write.actions[0].targets]
    owner = write.resource.primary_key[0]
    for needed in (owner, "key", "value"):
        if needed not in names:
            raise StatementError(f"INSERT INTO {write.resource.label} needs {owner}, key and value")
    refuse_columns(write.resource, names)
    times = {c.name for c in write.resource.columns if c.type is ColumnType.TIMESTAMP}
    listed = ", ".join(  # times as numbers: a Python object for each would take as long as all the rest
        f'epoch_ms("{value(0, i)}") AS "{name}"' if name in times else f'"{value(0, i)}" AS "{name}"'
        for i, name in enumerate(names)
    )
    table = f"mlflow_sql_load_{next(_numbers)}"
    rows: Any = cast_rows(source, write).project(listed)
    with cast_faults(write):
        connection.store(rows, table)
    try:
        yield table, owner
    finally:
        connection.duckdb.execute(f"DROP TABLE IF EXISTS {table}")


def _side_by_side(write: Write) -> bool:
    insert = write.resource.writes.insert if write.resource.writes else None
    method = write.resource.method(insert.method) if insert else None
    listed = next((p for p in method.params if insert and p.name == insert.elements), None) if method else None
    return listed is not None and listed.type == "points"


def _calls(
    connection: Connection, write: Write, sql: str, owner: str, now: int
) -> Generator[tuple[Any, Call], None, None]:
    """Every call with its owner's key, in order of owners. To be closed: DuckDB reads one result at a time."""
    group: list[dict[str, Any]] = []
    with closing(connection.duckdb.sql(sql).to_arrow_reader(_BATCH)) as reader:
        for batch in reader:
            for row in batch.to_pylist():
                if group and (row[owner] != group[0][owner] or len(group) >= _BATCH):
                    yield from ((group[0][owner], c) for c in element_calls(write.resource, group, now))
                    group = []
                group.append(row)
        if group:
            yield from ((group[0][owner], c) for c in element_calls(write.resource, group, now))


def _tasks(owner: str, calls: Iterator[tuple[Any, Call]]) -> Iterator[Task]:
    for key, call in calls:
        rows = sum(len(v) for v in (call.body or {}).values() if isinstance(v, list))
        yield Task({owner: key}, rows=rows, calls=[call])
