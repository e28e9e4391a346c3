"""Local relations that supply values to scans: asking them, and making sure that the values stay true.

Theory: a relation is read later than it is planned, perhaps twice, and a local table may have new rows by then, whose
runs were never fetched. So a scan that relies on what a local relation gave is read through a view that asks it again,
within the execution itself: DuckDB sees one state of the table. If there is a new value, the statement fails with MARK,
and the session gives it the whole scans instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import duckdb
from sqlglot import exp

from mlflow_sql.engine.scan import SCANS
from mlflow_sql.errors import Error
from mlflow_sql.plan.keys import FEED_MOST
from mlflow_sql.plan.nodes import Supplied
from mlflow_sql.plan.statement import literal, parse, quoted
from mlflow_sql.plan.supplies import tables_of_steady

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MARK = "a local table has other rows than when the statement was planned"
_NAMED = "SELECT sql FROM duckdb_{0}s() WHERE lower({0}_name) = lower(?)"
_DEPTH = 8  # of views over views
_FILE = re.compile(r"[./*]")  # in the name of a table that is a file
_KEPT = "pandas_scan()"  # how DuckDB writes a registered object that can surely be read twice


def ask(connection: DuckDBPyConnection, sql: str, tables: Iterable[str]) -> tuple[str, ...] | None:
    """The values of a query, without NULL; None when they are no texts, too many, or may be others next time.

    tables: the names of the tables that it reads. What DuckDB cannot run by itself has no values.
    """
    try:
        if not all(_is_steady(connection, name, 0) for name in tables):
            return None
        query = connection.sql(f"SELECT * FROM ({sql}\n) LIMIT {FEED_MOST + 2}")  # NULL may be among them
        if len(query.types) != 1 or str(query.types[0]) != "VARCHAR":
            return None
        found = sorted(value for (value,) in query.fetchall() if value is not None)
    except duckdb.Error:
        return None
    return tuple(found) if len(found) <= FEED_MOST else None


def _is_steady(connection: DuckDBPyConnection, name: str, depth: int) -> bool:
    """Whether every table and view of that name gives the same rows each time, and compares texts byte by byte.

    An Arrow object may be one that can be read only once, and nobody can tell.
    """
    views = connection.execute(_NAMED.format("view"), [name]).fetchall()
    texts = [str(text) for (text,) in connection.execute(_NAMED.format("table"), [name]).fetchall()]
    if any("collate" in text.lower() for text in texts):
        return False
    if not texts and not views:
        return bool(_FILE.search(name))
    return depth < _DEPTH and all(_is_steady_view(connection, str(text), name, depth) for (text,) in views)


def _is_steady_view(connection: DuckDBPyConnection, text: str, name: str, depth: int) -> bool:
    if _KEPT in text and text.startswith("CREATE TEMP VIEW"):
        return True
    try:
        query = parse(text.rstrip().rstrip(";")).tree.expression
    except Error:
        return False
    inside = tables_of_steady(query) if isinstance(query, exp.Query) else None
    if inside is None or name.lower() in inside or any(t.startswith(SCANS) for t in inside):
        return False
    return all(_is_steady(connection, t, depth + 1) for t in inside)


def guard(view: str, rows: str, supplied: Iterable[Supplied]) -> str:
    """The SQL that makes a view of a scan's rows which fails when a local relation has values that it had not."""
    tests = []
    for one in supplied:
        values = ", ".join(literal(v) for v in one.values)
        tests.append(
            f"(SELECT CASE WHEN count(*) = 0 THEN true ELSE error('{MARK}') END FROM ({one.sql}) AS s(v)"
            f" WHERE v IS NOT NULL AND NOT list_contains(CAST([{values}] AS VARCHAR[]), v))"
        )
    return f"CREATE TEMP VIEW {quoted(view)} AS SELECT * FROM {quoted(rows)} WHERE {' AND '.join(tests)}"


def unguarded(view: str, rows: str) -> str:
    """The SQL that makes the same view of other rows, without conditions."""
    return f"CREATE OR REPLACE TEMP VIEW {quoted(view)} AS SELECT * FROM {quoted(rows)}"
