"""Nothing is silently short: a fault in the middle of a scan is an error, whatever the statement does with its rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlflow_sql import Connection, errors
from support.faulty import BULK, EXPERIMENTS, RUNS, FaultyServer, mlflow_says

Connect = Callable[..., Connection]

FAULTS: dict[str, dict[str, Any]] = {
    "500": {"status": 500, "body": "boom"},
    "404": {"status": 404, "body": mlflow_says("RESOURCE_DOES_NOT_EXIST", "gone")},
    "403": {"status": 403, "body": "no"},
    "400": {"status": 400, "body": mlflow_says("INVALID_PARAMETER_VALUE", "no")},
    "429": {"status": 429, "body": "slow down"},
    "cut off": {"length": 100_000, "hang_up": True},
    "truncated": {"body": '{"runs": ['},
    "empty": {"body": ""},
    "HTML": {"body": "<!doctype html><title>Sign in</title>"},
    "another shape": {"body": '{"runs": {}, "experiments": {}, "metrics": {}}'},
    "an error with status 200": {"body": mlflow_says("INTERNAL_ERROR", "boom")},
}
ALL = "SELECT * FROM runs"
STATEMENTS = {
    "count": "SELECT count(*) FROM runs",
    "filter": "SELECT run_id FROM runs WHERE status = 'FINISHED' OR length(run_id) = 7",
    "order and limit": "SELECT run_id FROM runs ORDER BY params.lr LIMIT 3",
    "group": "SELECT status, count(*) FROM runs GROUP BY ALL",
    "join": "SELECT count(*) FROM runs JOIN experiments USING (experiment_id)",
    "left join": "SELECT count(*) FROM experiments LEFT JOIN runs USING (experiment_id)",
    "exists": "SELECT name FROM experiments e WHERE NOT EXISTS (FROM runs r WHERE r.experiment_id = e.experiment_id)",
    "union": "SELECT run_id FROM runs UNION SELECT name FROM experiments",
    "CTE": "WITH RECURSIVE t AS (SELECT run_id FROM runs UNION SELECT run_id FROM t) FROM t",
    "exploded": "SELECT count(*) FROM run_params",
    "fed": "SELECT count(*) FROM metric_history",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault(con: Connection, faulty: FaultyServer, fault: str) -> None:
    """On the third page of five."""
    faulty.fault(RUNS, first=3, times=1, **FAULTS[fault])
    relation = con.sql("SELECT count(*) FROM runs")
    assert relation is not None
    with pytest.raises(errors.ServerError, match="runs/search"):
        relation.fetchall()


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("name", STATEMENTS)
def test_each_statement(connect: Connect, faulty: FaultyServer, name: str, concurrency: int) -> None:
    """Whether rows are counted, filtered, sorted, joined or only looked for."""
    faulty.fault(RUNS, first=3, status=500, body="boom")
    relation = connect(faulty.url, concurrency=concurrency).sql(STATEMENTS[name])
    assert relation is not None
    with pytest.raises(errors.ServerFailure, match="boom"):
        relation.fetchall()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_feed(con: Connection, faulty: FaultyServer, fault: str) -> None:
    """A fault in the listing that supplies keys is no empty list of keys."""
    faulty.fault(EXPERIMENTS, **FAULTS[fault])
    relation = con.sql("SELECT count(*) FROM runs")
    assert relation is not None
    with pytest.raises(errors.ServerError, match="experiments/search"):
        relation.fetchall()


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "404"])
def test_histories(con: Connection, faulty: FaultyServer, fault: str) -> None:
    """The same for calls that are made for each group of keys."""
    faulty.fault(BULK, **FAULTS[fault])
    faulty.fault("metrics/get-history", **FAULTS[fault])
    relation = con.sql("SELECT count(*) FROM metric_history WHERE key = 'loss'")
    assert relation is not None
    with pytest.raises(errors.ServerError, match="get-history"):
        relation.fetchall()


def test_create_table(con: Connection, faulty: FaultyServer) -> None:
    """A table that was to hold the rows does not exist afterwards; the same statement then makes it whole."""
    faulty.fault(RUNS, first=3, status=500, body="boom")
    with pytest.raises(errors.ServerFailure, match="boom"):
        con.sql(f"CREATE TABLE copied AS {ALL}")
    with pytest.raises(errors.BindError, match="no table 'copied'"):
        con.sql("FROM copied")
    faulty.heal()
    con.sql(f"CREATE TABLE copied AS {ALL}")
    relation = con.sql("SELECT count(*) FROM copied")
    assert relation is not None
    assert relation.fetchall() == [(40,)]


def test_insert_into_a_local_table(con: Connection, faulty: FaultyServer) -> None:
    """It gets all rows or none."""
    con.sql("CREATE TABLE ids (run_id VARCHAR)")
    faulty.fault(RUNS, first=3, status=500, body="boom")
    with pytest.raises(errors.ServerFailure, match="boom"):
        con.sql("INSERT INTO ids SELECT run_id FROM runs")
    relation = con.sql("SELECT count(*) FROM ids")
    assert relation is not None
    assert relation.fetchall() == [(0,)]


@pytest.mark.parametrize("suffix", ["csv", "parquet", "json"])
def test_copy(con: Connection, faulty: FaultyServer, tmp_path: Path, suffix: str) -> None:
    """No file that looks whole is left behind."""
    faulty.fault(RUNS, first=3, status=500, body="boom")
    with pytest.raises(errors.ServerFailure, match="boom"):
        con.sql(f"COPY (SELECT run_id, status FROM runs) TO '{tmp_path / 'runs'}.{suffix}'")
    assert not (tmp_path / f"runs.{suffix}").exists()


def test_a_reader(con: Connection, faulty: FaultyServer) -> None:
    """Reading batch by batch ends with the error, not with the end."""
    faulty.fault(RUNS, first=3, status=500, body="boom")
    relation = con.sql("SELECT run_id FROM runs")
    assert relation is not None
    batches = []
    with pytest.raises(errors.ServerFailure, match="boom"):
        batches.extend(relation.to_arrow_reader())
    assert sum(batch.num_rows for batch in batches) < 40


def test_explain_analyze(con: Connection, faulty: FaultyServer) -> None:
    """It has no numbers to tell when the statement failed."""
    faulty.fault(RUNS, first=3, status=500, body="boom")
    with pytest.raises(errors.ServerFailure, match="boom"):
        con.sql("EXPLAIN ANALYZE SELECT * FROM runs")
