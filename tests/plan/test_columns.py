"""Columns that a statement cannot read are not fetched, and DuckDB never misses one."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlflow_sql.errors import ParseError
from support.planning import names, planned, scan_of

TABLES = ("runs", "run_params", "experiments")


@cache
def connection() -> duckdb.DuckDBPyConnection:
    """An empty table for each remote one, as wide as it is declared."""
    found = duckdb.connect()
    for table in TABLES:
        columns = ", ".join(f'"{c.name}" {c.type.sql}' for c in names().resource(table).columns if not c.sent_as)
        found.execute(f"CREATE TABLE {table}_whole ({columns})")
    return found


def binds(statement: str) -> None:
    """Whether DuckDB binds the statement over columns that are pruned, with the types it has over all."""
    plan = planned(statement)
    types = {}
    for whole in (True, False):
        cursor = connection().cursor()
        for scan in plan.scans:
            table = next(t for t in TABLES if names().resource(t) is scan.resource)
            columns = "*" if whole else ", ".join(f'"{c}"' for c in scan.columns)
            cursor.execute(f"CREATE OR REPLACE TEMP VIEW {scan.name} AS SELECT {columns} FROM {table}_whole")
        relation = cursor.sql(plan.sql)
        types[whole] = [(c, str(t)) for c, t in zip(relation.columns, relation.types, strict=True)]
    assert types[True] == types[False]


COLUMN = st.sampled_from(
    ["run_id", "status", "start_time", "metrics", "params", "run_name", "inputs", "duration", "tags"]
)
ITEM = st.one_of(
    COLUMN.map("r.{}".format),
    COLUMN,
    st.sampled_from(
        [
            "metrics.auc",
            "r.params['a b']",
            "r.*",
            "*",
            "count(*) OVER ()",
            "r",
            "COLUMNS('.*_time')",
            "1",
            "* EXCLUDE (run)",
            "r.* REPLACE (1 AS status)",
            "lower(status)",
            "to_json(r)",
            "runs_alias.x",
            "list_transform(map_keys(params), k -> k || status)",
            "(SELECT max(p.value) FROM run_params p WHERE p.run_id = r.run_id)",
            "CASE WHEN status = 'a' THEN run_name END",
            "struct_pack(a := r.run_id)",
            "row(status, tags)",
        ]
    ),
)
SOURCE = st.sampled_from(
    [
        "runs r",
        "runs AS r",
        "(SELECT * FROM runs) r",
        "(SELECT r.*, 1 AS x FROM runs r) r",
        "(FROM runs) r",
        "mlflow.tracking.runs r",
        "runs r JOIN experiments e USING (experiment_id)",
        "runs r NATURAL JOIN run_params",
        "runs r LEFT JOIN run_params p ON p.run_id = r.run_id AND p.key = 'lr'",
        "runs r, (SELECT 1 AS x) runs_alias",
        "runs r SEMI JOIN experiments e ON e.experiment_id = r.experiment_id",
        "runs r ASOF JOIN runs b ON r.start_time >= b.start_time",
        "(SELECT * FROM runs UNION ALL SELECT * FROM runs) r",
        "runs r CROSS JOIN unnest(map_keys(r.metrics)) k(key)",
    ]
)
TAIL = st.sampled_from(
    [
        "",
        "WHERE r.status = 'x'",
        "WHERE r.metrics.auc > 0 ORDER BY r.start_time",
        "WHERE EXISTS (SELECT 1 FROM experiments x WHERE x.name = r.run_name)",
        "ORDER BY ALL",
        "WHERE r.run_id IN (SELECT run_id FROM run_params WHERE key = 'a')",
        "QUALIFY row_number() OVER (ORDER BY r.end_time) = 1",
        "WHERE r.tags IS NOT NULL LIMIT 3",
        "USING SAMPLE 3 ROWS",
    ]
)


@settings(max_examples=400)
@given(st.lists(ITEM, min_size=1, max_size=3).map(", ".join), SOURCE, TAIL)
def test_duckdb_never_misses_a_column(items: str, source: str, tail: str) -> None:
    """A statement that binds over whole tables binds, with the same columns and types, over those that were kept."""
    statement = f"SELECT {items} FROM {source} {tail}"
    whole = statement
    for table in TABLES:
        whole = whole.replace(f"mlflow.tracking.{table}", table)
    try:
        cursor = connection().cursor()
        for table in TABLES:
            cursor.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS FROM {table}_whole")
        cursor.sql(whole)
    except duckdb.Error:
        return  # no statement at all
    with suppress(ParseError):  # sqlglot does not know all of DuckDB's grammar
        binds(statement)


@pytest.mark.parametrize(
    ("statement", "columns"),
    [
        ("SELECT run_id FROM runs", "run_id"),
        ("SELECT count(*) FROM runs", "run_id"),
        ("SELECT 1 FROM run_params", "run_id"),
        ("SELECT RUN_ID, Metrics.auc FROM runs", "run_id metrics"),
        ("SELECT status FROM runs ORDER BY start_time", "status start_time"),
        ("SELECT run_id FROM runs GROUP BY run_id HAVING max(start_time) > now()", "run_id start_time"),
        ("SELECT r.status FROM runs r", "status"),
        ("SELECT tags.status FROM runs", "status tags"),
        ("SELECT r.params.status FROM runs r", "status params"),
        ("SELECT runs.run_id FROM mlflow.tracking.runs", "run_id"),
        ("SELECT e.name, r.run_id FROM (SELECT 1 AS name) e, runs r", "run_id"),
        (
            "SELECT status AS s FROM runs QUALIFY rank() OVER (PARTITION BY user_id ORDER BY end_time) = 1",
            "user_id status end_time",
        ),
    ],
)
def test_only_what_is_named_is_read(statement: str, columns: str) -> None:
    """A name that may mean a column keeps it; every other column is left out."""
    assert " ".join(scan_of(statement).columns) == columns


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM runs",
        "SELECT r.* FROM runs r",
        "SELECT r FROM runs r",
        "FROM runs",
        "SUMMARIZE runs",
        "PIVOT runs ON status",
        "SELECT COLUMNS('x') FROM runs",
        "SELECT run_id FROM runs NATURAL JOIN (SELECT 1 AS x)",
        "SELECT to_json(r) FROM runs r",
        "SELECT * EXCLUDE (run) FROM runs",
        "COPY runs TO 'x.parquet'",
        "CREATE TABLE t AS FROM runs",
    ],
)
def test_what_reads_whole_rows_reads_every_column(statement: str) -> None:
    """Stars, whole rows, natural joins, and statements that hold a table as such."""
    assert scan_of(statement).columns == names().resource("runs").starred
