"""What is asked of DuckDB besides running statements: its settings, constants, and what its errors mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Resource
from mlflow_sql.engine.relation import message_of
from mlflow_sql.errors import BindError, Error, LocalError, nearest

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NO_COLUMN = re.compile(
    r'column(?: named)? "([^"]+)"(?:[^"]*)(?:not found|could not be found)|does not have a column named "([^"]+)"'
)
_NO_TABLE = re.compile(r"Table with name (\S+) does not exist")


def prepare(connection: DuckDBPyConnection, zone: str = "UTC") -> None:
    """Show and read times in a time zone."""
    connection.execute(f"SET TimeZone = '{zone}'")


class LocalSettings(NamedTuple):
    """DuckDB's settings that a plan depends on."""

    collation: str
    nulls_last: bool
    zone: str


def settings(connection: DuckDBPyConnection) -> LocalSettings:
    """The settings as they are now."""
    collation, order, zone = connection.sql(
        "SELECT current_setting('default_collation'), current_setting('default_null_order'),"
        " current_setting('TimeZone')"
    ).fetchall()[0]
    return LocalSettings(str(collation or ""), str(order).lower() in ("nulls_last", "last"), str(zone))


def moment(connection: DuckDBPyConnection, sql: str) -> datetime | None:
    """The time that a constant expression means as a TIMESTAMPTZ, or None when DuckDB cannot tell."""
    try:
        value = connection.sql(f"SELECT epoch_us(CAST(({sql}) AS TIMESTAMPTZ))").fetchall()[0][0]
    except duckdb.Error:
        return None
    if value is None:
        return None
    try:
        return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)
    except (OverflowError, ValueError, OSError):
        return None


def translate(
    error: duckdb.Error, names: Names, resources: Sequence[Resource], connection: DuckDBPyConnection
) -> Error:
    """Our error for one of DuckDB's, with the nearest name for one that is unknown.

    resources: the remote tables that the statement reads.
    """
    text = message_of(error)
    if found := _NO_TABLE.search(text):
        return names.unknown(found.group(1).rstrip("!"), _local_tables(connection))
    if found := _NO_COLUMN.search(text):
        name = found.group(1) or found.group(2)
        known = [c.name for r in resources for c in r.columns]
        known += re.findall(r'"([^"]+)"', text.partition("Candidate bindings:")[2])
        of = " or ".join(dict.fromkeys(r.name for r in resources)) or "the tables of this statement"
        hint = f"DESCRIBE {resources[0].name} lists its columns" if resources else None
        return BindError(f"no column {name!r} in {of}", suggestions=nearest(name, known), hint=hint)
    return LocalError(text)


def _local_tables(connection: DuckDBPyConnection) -> list[str]:
    try:
        return [row[0] for row in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall()]
    except duckdb.Error:
        return []
