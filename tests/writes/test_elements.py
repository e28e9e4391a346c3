"""The long tables: rows of run_params, run_tags, run_metrics and metric_history are logged, changed and deleted."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from mlflow_sql import Connection, errors
from support.proxy import Proxy

from .conftest import Held, own, rows


def test_params_and_tags_of_several_runs(through: Connection, proxy: Proxy, held: Held) -> None:
    """Grouped by run, at most 100 a call; a key that comes again takes its later value."""
    runs = [held.make(name) for name in "ab"]
    through.sql("CREATE OR REPLACE TABLE todo AS SELECT unnest(?) AS run_id", [runs])
    through.sql(
        "INSERT INTO run_params (run_id, key, value) SELECT run_id, 'p' || i, i FROM range(150) t(i), todo ORDER BY i"
    )
    assert [len(a.body["params"]) for a in proxy.writes if a.body["run_id"] == runs[0]] == [100, 50]
    through.sql(
        """INSERT INTO run_tags (key, value, run_id) SELECT 't' || (i % 120), i, run_id FROM range(240) t(i), todo
        ORDER BY i"""
    )
    for run in held.runs().values():
        assert run.data.params == {f"p{i}": str(i) for i in range(150)}
        assert own(run.data.tags) == {f"t{i}": str(i + 120) for i in range(120)}


def test_params_that_contradict_each_other_are_refused(through: Connection, proxy: Proxy, held: Held) -> None:
    """Since the server keeps the first; the same value again is no contradiction."""
    run = held.make("a")
    insert = f"INSERT INTO run_params (run_id, key, value) VALUES ('{run}', 'p', '1'), ('{run}', 'p', "
    with pytest.raises(errors.StatementError, match="'1' and as '2'"):
        through.sql(f"{insert} '2')")
    assert proxy.writes == []
    through.sql(f"{insert} '1')")
    assert held.run("a").data.params == {"p": "1"}


def test_history_points(con: Connection, held: Held) -> None:
    """Values with times and steps, NaN and infinities; what is not given is now and 0."""
    run = held.make("a")
    before = time.time_ns() // 1_000_000
    con.sql(
        f"""INSERT INTO metric_history (run_id, key, value, timestamp, step) VALUES
        ('{run}', 'loss', 1.5, TIMESTAMPTZ '2026-01-01 00:00:00+00', 1), ('{run}', 'loss', 'nan'::DOUBLE, 5, -3),
        ('{run}', 'loss', 'inf'::DOUBLE, 6, 9007199254740993)""".replace(", 5,", ", make_timestamp(5000),").replace(
            ", 6,", ", make_timestamp(6000),"
        )
    )
    con.sql(f"INSERT INTO run_metrics (run_id, key, value) VALUES ('{run}', 'auc', 1), ('{run}', 'none', NULL)")
    points = sorted(held.points("a", "loss"), key=lambda p: p[1])
    assert points[1:] == [(1.7976931348623157e308, 6, 9007199254740993), (1.5, 1_767_225_600_000, 1)]
    assert math.isnan(points[0][0])
    assert points[0][1:] == (5, -3)
    ((value, moment, step),) = held.points("a", "auc")
    assert (value, step) == (1.0, 0)
    assert before <= moment <= time.time_ns() // 1_000_000
    assert math.isnan(held.points("a", "none")[0][0])


def test_rows_come_from_files_and_remote_tables(con: Connection, held: Held, tmp_path: Path) -> None:
    """A history is copied from run to run, and read from a Parquet file by the names of its columns."""
    source, target = held.make("source"), held.make("target")
    file = tmp_path / "points.parquet"
    duckdb.sql(
        f"""COPY (SELECT i AS step, '{source}' AS run_id, i / 2 AS value, 'loss' AS key, to_timestamp(i) AS timestamp
        FROM range(50) t(i)) TO '{file}'"""
    )
    assert rows(con.sql(f"INSERT INTO metric_history BY NAME FROM '{file}'")) == [(50,)]
    con.sql(
        f"""INSERT INTO metric_history (run_id, key, value, timestamp, step)
        SELECT '{target}', 'copied ' || key, value, timestamp, step FROM metric_history WHERE run_id = '{source}'"""
    )
    expected = [(i / 2, i * 1000, i) for i in range(50)]
    assert sorted(held.points("source", "loss")) == sorted(held.points("target", "copied loss")) == expected


@pytest.mark.parametrize(
    ("table", "values", "says"),
    [
        ("run_params", "'p', repeat('x', 6001)", "6001 characters"),
        ("run_params", "'p', NULL", "NULL"),
        ("run_params", "NULL, 'x'", "the key NULL"),
        ("run_params", "'a//b', 'x'", "a//b"),
        ("run_tags", "'t', repeat('x', 8001)", "8001 characters"),
        ("metric_history", "'m?', 1.0", "m?"),
        ("metric_history", "'m', 'much'", "much"),
    ],
)
def test_elements_that_do_not_fit_change_nothing(
    through: Connection, proxy: Proxy, held: Held, table: str, values: str, says: str
) -> None:
    """All rows are checked before the first is sent, those of other runs included."""
    first, second = sorted((held.make("a"), held.make("b")))
    with pytest.raises(errors.Error) as caught:
        through.sql(
            f"INSERT INTO {table} (run_id, key, value) SELECT '{first}', 'fits', '1'"
            f" UNION ALL SELECT '{second}', {values}"
        )
    assert says in str(caught.value)
    assert proxy.writes == []


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("INSERT INTO run_params (run_id, key) VALUES ('x', 'k')", "needs run_id, key and value"),
        ("INSERT INTO run_params (run_id, key, value, experiment_id) VALUES ('x', 'k', 'v', '1')", "experiment_id"),
        ("INSERT INTO run_tags (run_id, key, value) VALUES (NULL, 'k', 'v')", "run_id"),
        ("DELETE FROM run_params WHERE true", "cannot be deleted"),
        ("DELETE FROM metric_history WHERE true", "cannot be deleted"),
        ("UPDATE run_tags SET key = 'x' WHERE run_id = '{run}'", "cannot be changed"),
        ("UPDATE run_params SET value = 'x' WHERE run_id = '{run}'", "cannot be changed"),
        ("UPDATE metric_history SET value = 2 WHERE run_id = '{run}' AND key = 'm'", "cannot be changed"),
    ],
)
def test_what_the_server_cannot_do_is_refused(
    through: Connection, proxy: Proxy, held: Held, statement: str, says: str
) -> None:
    """Params and metrics are neither changed nor deleted; keys are not renamed."""
    run = held.make("a", params={"p": "1"}, tags={"t": "1"}, metrics={"m": 1.0})
    with pytest.raises(errors.StatementError) as caught:
        through.sql(statement.format(run=run))
    assert says in str(caught.value)
    assert proxy.writes == []


def test_tags_are_changed_and_deleted_as_rows(con: Connection, held: Held) -> None:
    """UPDATE run_tags and DELETE FROM run_tags, by any condition; RETURNING has the rows."""
    run = held.make("a", tags={"a": "1", "b": "2", "c": "3"})
    changed = con.sql(
        f"UPDATE run_tags SET value = value || '!' WHERE run_id = '{run}' AND value < '3' AND key NOT LIKE 'ml%'"
        " RETURNING key, value, experiment_id"
    )
    assert sorted(rows(changed)) == [("a", "1!", held.id), ("b", "2!", held.id)]
    gone = con.sql(f"DELETE FROM run_tags WHERE run_id = '{run}' AND key IN ('b', 'c', 'nobody') RETURNING key, value")
    assert sorted(rows(gone)) == [("b", "2!"), ("c", "3")]
    assert own(held.run("a").data.tags) == {"a": "1!"}


def test_elements_conflict_by_run_and_key(through: Connection, proxy: Proxy, held: Held) -> None:
    """A param or tag that is there is left or, a tag, changed; again it makes no call."""
    run = held.make("a", params={"p": "1"}, tags={"t": "1"})
    values = f"VALUES ('{run}', 'p', '2'), ('{run}', 'q', '2')"
    assert rows(
        through.sql(f"INSERT INTO run_params (run_id, key, value) {values} ON CONFLICT DO NOTHING RETURNING key")
    ) == [("q",)]
    assert held.run("a").data.params == {"p": "1", "q": "2"}
    tags = f"""INSERT INTO run_tags (run_id, key, value) VALUES ('{run}', 't', '2'), ('{run}', 'u', '2')
        ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value"""
    through.sql(tags)
    assert own(held.run("a").data.tags) == {"t": "2", "u": "2"}
    proxy.forget()
    through.sql(tags)
    merge = f"""MERGE INTO run_params AS t USING (VALUES ('{run}', 'p', '1'), ('{run}', 'q', '2')) AS s(run, key, value)
        ON t.run_id = s.run AND t.key = s.key WHEN MATCHED THEN UPDATE SET value = s.value
        WHEN NOT MATCHED THEN INSERT (run_id, key, value) VALUES (s.run, s.key, s.value)"""
    through.sql(merge)
    assert proxy.writes == []
    with pytest.raises(errors.StatementError, match="cannot be changed"):
        through.sql(merge.replace("'p', '1'", "'p', '9'"))


def test_returning_of_elements(con: Connection, held: Held) -> None:
    """What was logged, with what the server or the clock added."""
    run = held.make("a")
    before = time.time_ns() // 1_000_000
    (tag,) = rows(con.sql(f"INSERT INTO run_tags (run_id, key, value) VALUES ('{run}', 'k', 'v') RETURNING *"))
    assert tag == (run, held.id, "k", "v")
    (point,) = rows(
        con.sql(f"INSERT INTO metric_history (run_id, key, value) VALUES ('{run}', 'm', 0.5) RETURNING *, value * 2")
    )
    assert (*point[:2], *point[3:]) == (run, "m", 0, 0.5, 1.0)
    assert datetime.fromtimestamp(before / 1000, UTC) <= point[2] <= datetime.now(UTC)
    assert held.points("a", "m")[0][1] == round(point[2].timestamp() * 1000)
