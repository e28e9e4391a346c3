"""What is asked of DuckDB besides running statements: its settings, constants, and what its errors mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import duckdb

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Resource
from mlflow_sql.engine.options import Options
from mlflow_sql.engine.relation import message_of
from mlflow_sql.engine.supplying import MARK
from mlflow_sql.errors import BindError, Error, LocalError, StatementError, UsageError, nearest
from mlflow_sql.plan.keys import FEED_MOST
from mlflow_sql.plan.statement import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NO_COLUMN = re.compile(
    r'column(?: named)? "([^"]+)"(?:[^"]*)(?:not found|could not be found)|does not have a column named "([^"]+)"'
    r'|Column "([^"]+)" does not exist on \w+ side of join'
)
_NO_ALIAS = re.compile(r'Referenced table "([^"]+)" not found')
_NO_TABLE = re.compile(r"Table with name (\S+) does not exist")


# Besides the time zone, what an expression means depends on these.
_MEANINGS = ("TimeZone", "integer_division", "ieee_floating_point_ops", "old_implicit_casting",
             "scalar_subquery_error_on_multiple_rows")  # fmt: skip


def prepare(connection: DuckDBPyConnection, meanings: Sequence[tuple[str, str]] = (("TimeZone", "UTC"),)) -> None:
    """Make expressions mean the same as where ``meanings`` come from, but texts equal only if they are the same."""
    settings = (*meanings, ("default_collation", ""))
    connection.execute("; ".join(f"SET {name} = '{value}'" for name, value in settings))


def hand_on_quietly(connection: DuckDBPyConnection) -> None:
    """Hand on rows as they come, and print nothing.

    DuckDB gives out the first rows of a stream when its buffer (1 MB) is full, which may be hundreds of pages; a small
    buffer takes no longer for 5 million rows. Where Python runs without a script, DuckDB would print a progress bar;
    in a notebook without ipywidgets it is off, and DuckDB refuses every word about it.
    """
    connection.execute("SET streaming_buffer_size = '1KB'")
    if connection.sql("SELECT current_setting('enable_progress_bar')").fetchall() != [(False,)]:
        connection.execute("SET enable_progress_bar = false")


class LocalSettings(NamedTuple):
    """DuckDB's settings that a plan depends on. meanings: those that a query beside the statement must share."""

    collation: str
    nulls_last: bool
    meanings: tuple[tuple[str, str], ...]


def settings(connection: DuckDBPyConnection) -> LocalSettings:
    """The settings as they are now."""
    names = ("default_collation", "default_null_order", "default_order", *_MEANINGS)
    listed = ", ".join(f"current_setting('{name}')::VARCHAR" for name in names)
    collation, nulls, order, *values = connection.sql(f"SELECT {listed}").fetchall()[0]
    nulls_last = nulls.lower() in ("nulls_last", "last") and not order.lower().startswith("desc")
    return LocalSettings(collation or "", nulls_last, tuple(zip(_MEANINGS, values, strict=True)))


def has_setting(connection: DuckDBPyConnection, name: str) -> bool:
    """Whether DuckDB has a setting of that name."""
    return bool(connection.sql("FROM duckdb_settings() WHERE name = ?", params=[name.lower()]).fetchall())


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


_WRITTEN = {
    "VARCHAR": "'{}'", "DOUBLE": "CAST('{}' AS DOUBLE)", "TIMESTAMP WITH TIME ZONE": "CAST('{}' AS TIMESTAMPTZ)",
    "TIMESTAMP": "CAST('{}' AS TIMESTAMP)", "DATE": "CAST('{}' AS DATE)", "INTEGER": "{}", "BIGINT": "{}",
}  # fmt: skip


def constants(connection: DuckDBPyConnection, sql: str, many: bool) -> str | None:
    """The values of a query as SQL, one or ``VALUES``; None where they cannot be written down, or not as so many.

    They keep the query's type and stay rows behind IN: a text in a list would be compared with a number.

    many: a list of them is wanted, else just one. What DuckDB cannot run by itself has no values.
    """
    most = FEED_MOST if many else 1
    try:
        query = connection.sql(f"SELECT * FROM ({sql}\n) LIMIT {most + 1}")
        form = _WRITTEN.get(str(query.types[0])) if len(query.columns) == 1 else None
        if form is None:
            return None
        found = query.project("CAST(COLUMNS(*) AS VARCHAR)").fetchall()
    except duckdb.Error:
        return None
    if len(found) > most or all(value is None for (value,) in found):
        return None
    written = ["NULL" if v is None else form.format(v.replace("'", "''")) for (v,) in found]
    if many:
        return "VALUES " + ", ".join(f"({value})" for value in written)
    return f"CAST({written[0]} AS VARCHAR)" if form == "'{}'" else written[0]


def translate(
    error: duckdb.Error, names: Names, resources: Sequence[Resource], connection: DuckDBPyConnection
) -> Error:
    """Our error for one of DuckDB's, with the nearest name for one that is unknown.

    resources: the remote tables that the statement reads.
    """
    text = message_of(error)
    if isinstance(error, duckdb.ResourceInUseException):
        return LocalError("another result of this connection is being read", hint=_ONE_AT_A_TIME)
    if fault := _parameter_fault(text):
        return fault
    if MARK in text:
        return LocalError(MARK, hint="run the statement again")
    if found := re.search(r'unrecognized configuration parameter "([^"]+)"', text):
        near = nearest(found.group(1), Options.names()) or re.findall(r'"([^"]+)"', text.partition("Did you mean")[2])
        return BindError(f"no setting {found.group(1)!r}", suggestions=near[:2])
    if found := _NO_TABLE.search(text):
        return names.unknown(found.group(1).strip('"!'), _local_tables(connection))
    known = [name for r in resources for name in r.starred]
    if found := _NO_ALIAS.search(text):
        tables = re.findall(r'"([^"]+)"', text.partition("Candidate tables:")[2])
        name = found.group(1)
        return BindError(
            f"no table, alias or column {name!r} in this statement", suggestions=nearest(name, [*tables, *known])
        )
    if found := _NO_COLUMN.search(text):
        name = next(group for group in found.groups() if group)
        known += re.findall(r'"([^"]+)"', text.partition("Candidate bindings:")[2])
        of = " or ".join(dict.fromkeys(r.name for r in resources)) or "the tables of this statement"
        if any((c := r.column(name)) is not None and c.sent_as for r in resources):
            return BindError(
                f"{name} = '...' is not asked of a table itself, or it is not clear of which",
                hint=f"write it, with the table's alias, in the SELECT that reads the table: r.{name} = '...'",
            )
        near = nearest(name, known)
        hint = f"DESCRIBE {resources[0].label} lists its columns" if resources else None
        if hint and not near:
            maps = [c.name for r in resources for c in r.columns if c.type.is_map]
            key = f', a key with a space or a - into double ones: {maps[0]}."a-b"' if maps else ""
            hint = f"text goes into single quotes: {literal(name)}{key}; {hint}"
        return BindError(f"no column {name!r} in {of}", suggestions=near, hint=hint)
    for function in names.catalog.functions:  # what its SQL says by error()
        if text.removeprefix("Invalid Input Error: ").startswith(f"{function.name}: "):
            return StatementError(text.removeprefix("Invalid Input Error: "), hint=function.usage)
    return LocalError(text)


_ONE_AT_A_TIME = (
    "read the open one to its end, or drop it (del reader); to_arrow_table() reads all at once, "
    "and a second connection reads beside the first"
)
_GIVE_PARAMS = "from Python give a list for ? and $1, a dict for $name; to the command --param name=value"


def _parameter_fault(text: str) -> UsageError | None:
    """The error for parameters that do not fit the statement, if DuckDB's text is about them."""
    if found := re.search(r"Values were not provided for the following parameters: (.+)", text):
        return UsageError(f"no value is given for {_parameters(found.group(1))}", hint=_GIVE_PARAMS)
    if found := re.search(r"identifiers of the excess parameters: (.+)", text):
        return UsageError(f"the statement has no {_parameters(found.group(1))}", hint=_GIVE_PARAMS)
    if found := re.search(r"count mismatch for prepared statement\. Expected (\d+), got (\d+)", text):
        return UsageError(f"the statement has {found.group(1)} parameters, and {found.group(2)} values are given")
    if "Mixing named and positional parameters" in text:
        return UsageError("parameters are given by position for names, or the other way round", hint=_GIVE_PARAMS)
    if found := re.search(r"Unable to transform python value of type '<class '(.+?)'>'", text):
        return UsageError(f"a parameter is a Python {found.group(1)!r}, which has no SQL type")
    return None


def _parameters(listed: str) -> str:
    names = [f"${name.strip()}" for name in listed.split(",")]
    return ("parameter " if len(names) == 1 else "parameters ") + ", ".join(names)


def _local_tables(connection: DuckDBPyConnection) -> list[str]:
    try:
        return [row[0] for row in connection.sql("SELECT table_name FROM duckdb_tables()").fetchall()]
    except duckdb.Error:
        return []
