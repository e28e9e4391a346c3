"""Values that only local tables hold reach the server: subqueries over them are asked first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

import mlflow_sql
from mlflow_sql import Connection, errors
from support.proxy import Proxy

if TYPE_CHECKING:
    from conftest import TrackingServer


@pytest.fixture(scope="module")
def _con(server: TrackingServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    tmp_path = tmp_path_factory.mktemp("picked")
    with mlflow_sql.connect(server.url) as connection:
        connection.sql(
            "CREATE TABLE picked AS SELECT run_id, run_name, start_time, metrics.auc AS auc FROM runs"
            " JOIN experiments e USING (experiment_id) WHERE e.name = 'churn' ORDER BY start_time, run_id LIMIT 3"
        )
        connection.sql(f"COPY picked TO '{tmp_path / 'picked.csv'}'")
        connection.sql(f"SET file_search_path = '{tmp_path}'")
        connection.sql("CREATE TABLE all_runs AS SELECT * FROM runs")
        connection.sql("CREATE TABLE strange AS SELECT unnest(['o''brien', NULL, 'a\\b', '\"', '']) AS name")
        connection.sql("CREATE TABLE many AS SELECT 'x' || range AS name FROM range(1500)")
        connection.sql("CREATE TEMP TABLE nothing AS SELECT 'x' AS name WHERE false")
        yield connection


@pytest.fixture
def con(_con: Connection) -> Connection:
    """A connection with a local table of picked runs, a number and a time, and the same runs in a file."""
    return _con


def rows(con: Connection, sql: str) -> list[tuple[Any, ...]]:
    found = con.sql(sql)
    assert found is not None
    return sorted(found.fetchall(), key=repr)


PUSHED = {
    "SELECT run_name FROM runs WHERE run_id IN (SELECT run_id FROM picked)": "attributes.run_id IN ('",
    "SELECT run_name FROM runs WHERE run_id IN (SELECT run_id FROM 'picked.csv')": "attributes.run_id IN ('",
    "SELECT run_id FROM runs WHERE start_time > (SELECT max(start_time) FROM picked)": "attributes.start_time > 1",
    "SELECT run_id FROM runs r WHERE (r.metrics.auc >= (SELECT max(auc) FROM picked) AND status = 'FINISHED')": (
        "metrics.`auc` >= 0."
    ),
    "SELECT run_id FROM runs WHERE params.lr NOT IN (FROM strange WHERE length(name) > 3)": "params.`lr` != ",
    "WITH p AS (SELECT run_id FROM runs WHERE run_id IN (SELECT run_id FROM picked)) FROM p": "attributes.run_id IN ('",
}


@pytest.mark.parametrize("sql", list(PUSHED))
def test_the_values_are_pushed(con: Connection, sql: str) -> None:
    """The plan's requests hold them, and the rows are those of a local copy."""
    assert PUSHED[sql] in con.explain(sql)
    found = rows(con, sql)
    assert found
    assert rows(con, sql.replace("FROM runs", "FROM all_runs")) == found


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM runs WHERE status = 'FAILED' AND run_name IN (SELECT name FROM many)",
        "... run_name IN (FROM nothing)",
        "... run_name NOT IN (FROM nothing)",
        "... run_name NOT IN (FROM strange)",
        "... run_name = (FROM nothing)",
        "... run_id = (SELECT p.run_id FROM picked p WHERE p.run_name = r.run_name)",
        "... run_id IN (SELECT p.run_id FROM picked p WHERE p.run_name = r.run_name)",
        "WITH many AS (SELECT run_name AS name FROM runs) SELECT count(*) FROM runs WHERE run_name IN (FROM many)",
        "... (run_id, run_name) IN (SELECT run_id, run_name FROM picked)",
        "... run_id = ANY (SELECT run_id FROM picked)",
        "... run_id IN (SELECT run_id FROM picked WHERE random() < 2)",
        "SELECT count(*) FROM runs WHERE metrics.auc > (SELECT avg(auc) FROM picked)::DECIMAL(3, 2)",
        "SELECT run_id IN (SELECT run_id FROM picked) FROM runs WHERE metrics.auc > 0.9",
        "SELECT count(*) FROM runs GROUP BY status HAVING status IN (SELECT 'FINISHED' FROM picked)",
        "... start_time::DATE = (SELECT start_time::DATE FROM picked LIMIT 1)",
    ],
)
def test_whatever_the_subquery_is_the_rows_are_the_same(con: Connection, sql: str) -> None:
    """Too many values, none, NULLs, one that depends on the row, CTEs, several columns, chance, other types."""
    sql = sql.replace("...", "SELECT count(*) FROM runs r WHERE metrics.auc > 0.8 AND")
    found = con.sql(sql)
    assert found is not None
    columns, there = found.columns, rows(con, sql)
    copied = sql.replace("FROM runs", "FROM all_runs")
    again = con.sql(copied)
    assert again is not None
    assert (again.columns, rows(con, copied)) == (columns, there)


def test_a_subquery_that_gives_several_rows_for_one_is_duckdbs_error(con: Connection) -> None:
    """As without a server."""
    with pytest.raises(errors.Error, match="More than one row"):
        rows(con, "SELECT count(*) FROM runs WHERE run_id = (SELECT run_id FROM picked)")


def test_only_the_runs_that_are_picked_are_read(con: Connection, server: TrackingServer) -> None:
    """Not the whole server."""
    with Proxy(server.url) as proxy, mlflow_sql.connect(proxy.url) as counted:
        for name, *_ in rows(con, "SELECT run_id FROM picked"):
            counted.sql("CREATE TABLE IF NOT EXISTS picked (run_id VARCHAR)")
            counted.sql("INSERT INTO picked VALUES (?)", [name])
        assert len(rows(counted, "SELECT run_id FROM runs WHERE run_id IN (FROM picked)")) == 3
        read = [a for a in proxy.asked if a.path == "runs/search"]
        assert read
        assert all("attributes.run_id IN" in a.body.get("filter", "") for a in read)
