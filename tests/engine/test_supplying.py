"""A local table or file that is joined with a remote table says which of its rows are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest

import mlflow_sql
from mlflow_sql import Connection, errors
from support.proxy import Proxy

if TYPE_CHECKING:
    from conftest import TrackingServer

CHURN = (
    "SELECT run_id, run_name, r.params.lr AS lr, start_time, metrics.auc AS auc FROM runs r"
    " JOIN experiments e USING (experiment_id) WHERE e.name = 'churn' ORDER BY start_time, run_id"
)

OF_PICKED = "WHERE run_id IN (SELECT run_id FROM picked)"
COPIED = {
    "runs": "SELECT run_id, run_name, experiment_id, status, start_time, params FROM runs"
    " WHERE status = 'FAILED' OR run_id IN (SELECT run_id FROM picked)",
    "experiments": "SELECT experiment_id, name FROM experiments",
    "run_params": f"SELECT run_id, key, value FROM run_params {OF_PICKED}",
    "run_tags": f"SELECT run_id, key, value FROM run_tags {OF_PICKED}",
    "run_metrics": f"SELECT run_id, key, value, step FROM run_metrics {OF_PICKED}",
    "metric_history": f"SELECT run_id, key, step, value FROM metric_history {OF_PICKED} AND key = 'loss'",
}


@pytest.fixture(scope="module")
def _con(server: TrackingServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    tmp_path = tmp_path_factory.mktemp("supplying")
    with mlflow_sql.connect(server.url) as connection:
        connection.sql(
            f"CREATE TABLE picked AS SELECT *, CASE WHEN row_number() OVER () < 3 THEN 'x' ELSE 'y' END AS team"
            f" FROM ({CHURN} LIMIT 4)"
        )
        connection.sql(f"COPY picked TO '{tmp_path / 'picked.csv'}'")
        connection.sql(f"COPY picked TO '{tmp_path / 'picked.parquet'}'")
        connection.sql(f"SET file_search_path = '{tmp_path}'")
        connection.sql("CREATE TEMP TABLE odd AS SELECT unnest(['o''brien', NULL, 'a\\b', '\"', '']) AS name")
        connection.sql("INSERT INTO odd SELECT run_name FROM picked")
        connection.sql("CREATE TABLE many AS SELECT 'x' || range AS run_id FROM range(1500)")
        connection.sql("INSERT INTO many SELECT run_id FROM picked")
        connection.sql("CREATE TABLE nothing AS FROM picked WHERE false")
        connection.sql("CREATE TABLE folded (name VARCHAR COLLATE nocase)")
        connection.sql("INSERT INTO folded SELECT upper(name) FROM odd")
        connection.sql("CREATE TABLE numbers AS SELECT unnest([1, 2]) AS experiment_id")
        connection.sql("CREATE VIEW team_x AS SELECT run_id FROM picked WHERE team = 'x'")
        connection.sql("CREATE VIEW by_chance AS SELECT run_id FROM picked WHERE random() < 2")
        frame = pd.DataFrame({"run_id": [row[0] for row in rows(connection, "SELECT run_id FROM picked")]})
        for name, query in COPIED.items():
            connection.sql(f"CREATE TABLE all_{name} AS {query}")
        connection.duckdb.register("frame", frame)
        connection.duckdb.register("arrow", pa.Table.from_pandas(frame))
        yield connection


@pytest.fixture
def con(_con: Connection) -> Connection:
    """A connection with tables, views, files and objects that hold ids and names of some runs."""
    return _con


@pytest.fixture
def old(con: Connection) -> str:
    """A condition that leaves few of the server's runs, those that are picked among them."""
    return f"start_time <= '{rows(con, 'SELECT max(start_time) FROM picked')[0][0]}'"


def rows(con: Connection, sql: str) -> list[tuple[Any, ...]]:
    found = con.sql(sql)
    assert found is not None
    return sorted(found.fetchall(), key=repr)


ID = "attributes.run_id IN ('"
PUSHED = {
    "FROM picked p JOIN runs r ON r.run_id = p.run_id WHERE p.team = 'x'": ID,
    "FROM runs r JOIN 'picked.csv' p USING (run_id)": ID,
    "FROM 'picked.parquet' AS p, runs AS r WHERE p.run_id = r.run_id AND auc > 0": ID,
    "FROM read_csv('picked.csv', header = true) p JOIN run_params r USING (run_id)": ID,
    "FROM 'picked.csv' p JOIN metric_history h USING (run_id) WHERE h.key = 'loss'": ID,
    "FROM picked p LEFT JOIN runs r ON r.run_id = p.run_id AND p.team = 'y' AND r.status = 'FINISHED'": ID,
    "FROM runs r RIGHT JOIN picked p USING (run_id)": ID,
    "FROM runs r SEMI JOIN picked p ON p.run_id = r.run_id AND p.team = 'x'": ID,
    "FROM picked p ANTI JOIN runs r ON r.run_id = p.run_id AND r.status = 'FAILED'": ID,
    "FROM picked NATURAL JOIN run_tags": ID,
    "FROM team_x JOIN runs USING (run_id)": ID,
    "FROM frame JOIN run_metrics USING (run_id)": ID,
    "FROM picked p JOIN runs r USING (run_id) JOIN metric_history h USING (run_id) WHERE h.key = 'loss'": ID,
    "FROM (SELECT run_id AS id FROM 'picked.csv' WHERE team = 'x') p JOIN runs r ON r.run_id = p.id": ID,
    "FROM (SELECT run_id FROM runs WHERE status = 'FINISHED') r JOIN picked p USING (run_id)": ID,
    "FROM odd JOIN runs ON run_name = name WHERE name NOT LIKE 'a%' AND status = 'FAILED'": "tags.`mlflow.runName` = '",
    "FROM odd JOIN runs ON run_name = name WHERE status = 'FAILED'": "attributes.status = 'FAILED'",
    "FROM picked p JOIN runs r ON r.params.lr = p.lr AND r.status = 'FAILED'": "params.`lr` = '",
    "FROM (VALUES ('churn'), (NULL)) v(n) JOIN experiments e ON e.name = v.n": '"experiment_name":"churn"',
    "FROM nothing JOIN runs USING (run_id)": "no request",
    "FROM nothing LEFT JOIN runs USING (run_id)": "no request",
    "FROM runs LEFT JOIN team_x USING (run_id) JOIN picked USING (run_id)": ID,
}


@pytest.mark.parametrize("source", list(PUSHED))
def test_the_scan_asks_for_the_values_of_the_local_relation(con: Connection, source: str) -> None:
    """The plan's requests hold them, and the rows are those that local copies give."""
    sql = f"SELECT {listed(source)} {source}"
    assert PUSHED[source] in con.explain(sql)
    same_as_copied(con, sql)


def listed(source: str) -> str:
    """Columns that a local copy has too."""
    return (
        "count(*)"
        if "experiments" in source or "l ON true" in source
        else "COLUMNS('^(run_id|run_id_1|status|key|value|step)$')"
    )


def same_as_copied(con: Connection, sql: str) -> list[tuple[Any, ...]]:
    """The rows, which must be those that the same statement finds in local copies of the remote tables."""
    found = rows(con, sql)
    assert rows(con, re.sub(rf"\b({'|'.join(COPIED)})\b", r"all_\1", sql)) == found
    return found


READ_WHOLE = [
    "FROM runs r LEFT JOIN picked p ON r.run_id = p.run_id",
    "FROM picked p RIGHT JOIN runs r USING (run_id)",
    "FROM picked p FULL JOIN runs r USING (run_id)",
    "FROM runs r ANTI JOIN picked p USING (run_id)",
    "FROM runs r JOIN picked p ON r.run_id = p.run_id OR r.run_name = p.run_name",
    "FROM runs r JOIN picked p ON NOT (r.run_id = p.run_id)",
    "FROM many JOIN runs USING (run_id)",
    "FROM folded JOIN runs ON run_name = name",
    "FROM numbers JOIN runs USING (experiment_id)",
    "FROM by_chance JOIN runs USING (run_id)",
    "FROM (SELECT run_id FROM picked ORDER BY run_id LIMIT 2) p JOIN runs USING (run_id)",
    "FROM picked p TABLESAMPLE 100% JOIN runs USING (run_id)",
    "FROM arrow JOIN runs USING (run_id)",
    "FROM picked p JOIN runs r ON r.run_name = p.run_name COLLATE nocase",
    "FROM picked p JOIN LATERAL (SELECT run_id FROM runs r WHERE r.run_id = p.run_id AND status = 'FAILED') l ON true",
    "FROM picked p JOIN runs r ON r.start_time = p.start_time",
    "FROM (WITH RECURSIVE t AS (SELECT run_id, 0 AS n FROM picked UNION ALL SELECT run_id, n + 1 FROM t WHERE n < 2)"
    " FROM t) t JOIN runs USING (run_id)",
]  # fmt: skip


@pytest.mark.parametrize("source", READ_WHOLE)
def test_where_more_rows_may_matter_all_are_read(con: Connection, source: str) -> None:
    """Outer joins that keep the remote side, OR, other types and collations, chance, too many, correlation."""
    few = "" if "l ON true" in source else " WHERE status = 'FAILED'"  # of a server that has many runs
    sql = f"SELECT {listed(source)} {source}{few}"
    planned = con.plan(sql)
    assert not any("run_id IN" in text or "mlflow.runName" in text for s in planned.scans for text in s.pushed)
    assert not planned.relying
    assert same_as_copied(con, sql)


def test_a_relation_that_is_read_again_sees_new_rows(con: Connection, old: str) -> None:
    """Also those that supply values that were not there when it was planned, and none is read twice."""
    con.sql("CREATE OR REPLACE TEMP TABLE few AS SELECT run_id FROM picked LIMIT 1")
    left = con.sql(f"SELECT few.run_id, r.run_name FROM few LEFT JOIN runs r ON r.run_id = few.run_id AND {old}")
    inner = con.sql(f"SELECT count(r.params.lr) FROM few JOIN runs r ON r.run_id = few.run_id WHERE {old}")
    empty = con.sql(f"SELECT run_id FROM nothing JOIN runs r USING (run_id) WHERE r.{old}")
    assert left is not None
    assert inner is not None
    assert empty is not None
    assert (len(left.fetchall()), len(empty.fetchall())) == (1, 0)
    con.sql("INSERT INTO few SELECT run_id FROM picked")
    con.sql("INSERT INTO nothing FROM picked LIMIT 2")
    try:
        assert sorted(left.fetchall()) == rows(con, "SELECT run_id, run_name FROM picked JOIN few USING (run_id)")
        assert inner.fetchall() == rows(con, "SELECT count(p.lr) FROM few JOIN picked p USING (run_id)")
        assert len(empty.filter("run_id IS NOT NULL").fetchall()) == 2
    finally:
        con.sql("DELETE FROM nothing")


def test_a_stream_that_is_begun_too_late_is_an_error(con: Connection) -> None:
    """And never rows that seem to have no match."""
    con.sql("CREATE OR REPLACE TEMP TABLE few AS SELECT run_id FROM picked LIMIT 1")
    found = con.sql("SELECT * FROM few LEFT JOIN runs r USING (run_id)")
    assert found is not None
    con.sql("INSERT INTO few SELECT run_id FROM picked")
    with pytest.raises(errors.LocalError, match="run the statement again"):
        found.to_arrow_reader().read_all()


def test_a_transaction_sees_its_own_rows(con: Connection) -> None:
    """What is not committed yet is asked too, and is gone after a rollback."""
    con.sql("CREATE OR REPLACE TABLE open_rows AS SELECT run_id FROM picked LIMIT 1")
    asked = "SELECT r.run_name FROM open_rows JOIN runs r USING (run_id)"
    con.sql("BEGIN")
    con.sql("INSERT INTO open_rows SELECT run_id FROM picked WHERE run_id NOT IN (FROM open_rows)")
    assert len(rows(con, asked)) == 4
    con.sql("ROLLBACK")
    assert len(rows(con, asked)) == 1


def test_a_file_that_changes_is_read_anew(con: Connection, old: str, tmp_path: Path) -> None:
    """A relation over it, too."""
    ids = [row[0] for row in rows(con, "SELECT run_id FROM picked")]
    file = tmp_path / "ids.csv"
    file.write_text(f"run_id\n{ids[0]}\n")
    found = con.sql(f"SELECT r.run_id FROM '{file}' JOIN runs r USING (run_id) WHERE r.{old}")
    assert found is not None
    assert found.fetchall() == [(ids[0],)]
    file.write_text("run_id\n" + "\n".join(ids) + "\n")
    assert sorted(found.fetchall()) == [(i,) for i in sorted(ids)]


def test_statements_that_are_done_leave_nothing_in_duckdb(con: Connection) -> None:
    """Neither scans nor the views over them."""
    for _ in range(3):
        rows(con, "SELECT status FROM picked JOIN runs USING (run_id)")
    con.sql("SELECT 1")
    left = "SELECT view_name FROM duckdb_views() WHERE starts_with(view_name, '__mlflow_scan')"
    assert len(con.duckdb.sql(left).fetchall()) <= 1


def test_only_the_runs_that_are_picked_are_read(con: Connection, server: TrackingServer) -> None:
    """Not the whole server: one search for a run's id, and one call for the histories."""
    ids = [row[0] for row in rows(con, "SELECT run_id FROM picked")]
    with Proxy(server.url) as proxy, mlflow_sql.connect(proxy.url) as counted:
        counted.sql("CREATE TABLE picked AS SELECT unnest($1) AS run_id", [ids])
        counted.sql("SELECT 1 FROM experiments LIMIT 1")  # what the server can do is asked once
        for sql, searches in {
            "SELECT r.run_id FROM picked JOIN runs r USING (run_id)": 1,
            "SELECT h.value FROM picked JOIN metric_history h USING (run_id) WHERE h.key = 'loss'": 1,
        }.items():
            before = len(proxy.asked)
            assert rows(counted, sql)
            asked = proxy.asked[before:]
            read = [a for a in asked if a.path == "runs/search"]
            assert len(read) == searches
            assert all("attributes.run_id IN" in a.body.get("filter", "") for a in read)
            assert sum("get-history" in a.path for a in asked) <= 1
