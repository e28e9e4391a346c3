"""INSERT into experiments and runs: every value arrives as it was given, and what cannot arrive so is refused."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from mlflow_sql import Connection, errors
from support.proxy import Proxy

from .conftest import Held, own, rows

if TYPE_CHECKING:
    from mlflow import MlflowClient

TEXTS = {
    "both quotes": """it's "so" `here`""",
    "unicode": "Grüße, 世界 🚀 e\u0301",
    "newlines": "a\nb\r\n\tc\\n",
    "empty": "",
    "percent": "100 % _ $x ? -- no comment",
}


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def test_an_experiment_is_made_with_its_tags_and_location(
    con: Connection, empty_client: MlflowClient, name: str
) -> None:
    """Name, artifact location and tags are those of the statement; RETURNING * has what the server added."""
    (row,) = rows(
        con.sql(
            "INSERT INTO experiments (name, artifact_location, tags)"
            " VALUES ($name, 's3://bucket/x', $tags) RETURNING *",
            {"name": name, "tags": TEXTS},
        )
    )
    found = empty_client.get_experiment_by_name(name)
    assert found.tags == TEXTS
    assert found.artifact_location == "s3://bucket/x"
    made = datetime.fromtimestamp(found.creation_time / 1000, UTC)
    assert row == (found.experiment_id, name, "s3://bucket/x", "active", made, made, TEXTS)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_text_arrives_unchanged(con: Connection, held: Held, text: str) -> None:
    """As a literal in names, params and tags."""
    value = literal(text)
    con.sql(
        "INSERT INTO runs (experiment_id, run_name, params, tags)"
        f" VALUES ('{held.id}', 'n' || {value}, MAP{{'p': {value}}}, MAP{{'t': {value}}})"
    )
    ((found, run),) = held.runs().items()
    assert found == "n" + text
    assert run.data.params == {"p": text}
    assert own(run.data.tags) == {"t": text}


def test_a_run_is_made_whole(con: Connection, held: Held) -> None:
    """Metrics, params, tags, status and end time given with the row are all there; NaN stays NaN."""
    con.sql(
        f"""INSERT INTO experiment_runs
          (experiment_id, run_name, user_id, start_time, end_time, status, metrics, params, tags) VALUES
          ('{held.id}', 'whole', 'me', TIMESTAMPTZ '2026-01-02 03:04:05.678+01:00', 1767319446000, 'FAILED',
           MAP{{'loss': 0.5, 'nan': 'nan'::DOUBLE, 'up': 'inf'::DOUBLE, 'down': '-inf'::DOUBLE, 'none': NULL}},
           {{'lr': 0.1, 'deep': true, 'layers': 3, 'since': DATE '2026-01-01'}}, '{{"team": "vision"}}')"""
    )
    run = held.run("whole")
    assert (run.info.user_id, run.info.status) == ("me", "FAILED")
    assert (run.info.start_time, run.info.end_time) == (1_767_319_445_678, 1_767_319_446_000)
    assert run.data.params == {"lr": "0.1", "deep": "true", "layers": "3", "since": "2026-01-01"}
    assert own(run.data.tags) == {"team": "vision"}
    metrics = run.data.metrics
    assert metrics["loss"] == 0.5
    assert math.isnan(metrics["nan"])
    assert math.isnan(metrics["none"]), "NULL is how we read NaN, so it is written as one: a copied run is the same"
    assert metrics["up"] == -metrics["down"] > 1e308


@pytest.mark.parametrize(
    "tags",
    ["MAP{'a': '1', 'b c': '2'}", "{'a': 1, 'b c': '2'}", """'{"a": "1", "b c": 2}'""",
     """'[{"key": "a", "value": "1"}, {"key": "b c", "value": "2"}]'""", "[{'key': 'a', 'value': '1'},"
     " {'key': 'b c', 'value': '2'}]", """'{"a": "1", "b c": "2"}'::JSON"""],
)  # fmt: skip
def test_tags_may_be_given_in_any_form(con: Connection, held: Held, tags: str) -> None:
    """A map, a struct, a list of {key, value}, or the JSON text of any of them."""
    con.sql(f"INSERT INTO runs (experiment_id, run_name, tags) VALUES ('{held.id}', 'r', {tags})")
    assert own(held.run("r").data.tags) == {"a": "1", "b c": "2"}


@pytest.mark.parametrize(
    "metrics",
    ["""[{'key': 'loss', 'value': 2.0, 'timestamp': TIMESTAMPTZ '2026-01-01 00:00:00+00', 'step': 1},
         {'key': 'loss', 'value': 'nan'::DOUBLE, 'timestamp': TIMESTAMPTZ '2026-01-01 00:00:01+00', 'step': -2},
         {'key': 'auc', 'value': 0.5, 'timestamp': NULL, 'step': NULL}]""",
     """[{'key': 'loss', 'value': 2.0, 'timestamp': 1767225600000, 'step': 1},
         {'key': 'loss', 'value': 'nan'::DOUBLE, 'timestamp': 1767225601000, 'step': -2},
         {'key': 'auc', 'value': 0.5}]""",
     """'[{"key": "loss", "value": 2, "timestamp": "2026-01-01T00:00:00Z", "step": 1},
          {"key": "loss", "value": "NaN", "timestamp": 1767225601000, "step": -2}, {"key": "auc", "value": 0.5}]'"""],
    ids=["times", "numbers", "JSON"],
)  # fmt: skip
def test_metrics_may_bring_times_and_steps(con: Connection, held: Held, metrics: str) -> None:
    """A list of {key, value, timestamp, step} is logged point by point, several of one key included."""
    before = time.time_ns() // 1_000_000
    con.sql(f"INSERT INTO runs (experiment_id, run_name, metrics) VALUES ('{held.id}', 'r', {metrics})")
    points = sorted(held.points("r", "loss"), key=lambda p: p[1])
    assert [p[1:] for p in points] == [(1_767_225_600_000, 1), (1_767_225_601_000, -2)]
    assert points[0][0] == 2.0
    assert math.isnan(points[1][0])
    ((value, timestamp, step),) = held.points("r", "auc")
    assert (value, step) == (0.5, 0)
    assert timestamp >= before, "without a time of its own it is the statement's"


def test_what_is_not_given_is_the_server_s_or_now(con: Connection, held: Held) -> None:
    """A run without a start time starts now (the server would say 1970), one without a name gets one."""
    before = time.time_ns() // 1_000_000
    made = con.sql(
        f"INSERT INTO runs (experiment_id, run_name, start_time) VALUES ('{held.id}', NULL, NULL) RETURNING *"
    )
    ((name, run),) = held.runs().items()
    assert before <= run.info.start_time <= time.time_ns() // 1_000_000
    assert len(name) > 3
    assert run.info.status == "RUNNING"
    found = dict(zip(made.columns, rows(made)[0], strict=True))  # type: ignore[union-attr]
    assert (found["run_name"], found["run_id"], found["status"]) == (name, run.info.run_id, "RUNNING")
    assert found["start_time"] == datetime.fromtimestamp(run.info.start_time / 1000, UTC)


def test_more_than_one_call_takes_is_cut_into_several(through: Connection, proxy: Proxy, held: Held) -> None:
    """250 params, 2,300 metrics and 150 tags of one row: one create and as few log-batch as their limits allow."""
    through.sql(
        f"""INSERT INTO runs (experiment_id, run_name, params, metrics, tags)
        SELECT '{held.id}', 'wide', map_from_entries(list_transform(range(250), i -> {{k: 'p' || i, v: 'v' || i}})),
          list_transform(range(2300), i -> {{key: 'm' || i % 7, value: i, timestamp: i, step: i}}),
          map_from_entries(list_transform(range(150), i -> {{k: 't' || i, v: 'v' || i}}))"""
    )
    run = held.run("wide")
    assert run.data.params == {f"p{i}": f"v{i}" for i in range(250)}
    assert own(run.data.tags) == {f"t{i}": f"v{i}" for i in range(150)}
    points = sorted(p for k in range(7) for p in held.points("wide", f"m{k}"))
    assert points == [(float(i), i, i) for i in range(2300)]
    assert [a.path for a in proxy.writes] == ["runs/create", *["runs/log-batch"] * 3]


@pytest.mark.parametrize(
    ("columns", "values", "says"),
    [
        ("params", "MAP{'p': NULL}", "'p' is NULL"),
        ("params", "MAP{'p': repeat('x', 6001)}", "6001 characters"),
        ("tags", "MAP{'t': repeat('x', 8001)}", "8001 characters"),
        ("params", "MAP{repeat('k', 251): 'x'}", "251 characters"),
        ("params", "MAP{'a//b': 'x'}", "'a//b'"),
        ("tags", "MAP{'../b': 'x'}", "'../b'"),
        ("metrics", "MAP{'a?': 1.0}", "'a?'"),
        ("params", "'[1, 2]'", "{key, value}"),
        ("params", "'no json'", "not JSON"),
        ("tags", """'{"a": [1]}'""", "not text"),
        ("tags", """'[{"key": "a", "value": "1"}, {"key": "a", "value": "2"}]'""", "twice"),
        ("metrics", "[{'key': 'a', 'value': 1.0, 'timestamp': -1, 'step': 0}]", "1970"),
        ("metrics", "[{'key': 'a', 'value': 1.0, 'step': 1.5}]", "whole number"),
        ("metrics", "[{'key': 'a'}]", "{key, value, timestamp, step}"),
        ("status", "'DONE'", "none of RUNNING"),
        ("status", "'finished'", "none of RUNNING"),
        ("start_time", "-1", "1970"),
        ("start_time", "'next week'", "experiment_runs.start_time: Conversion Error"),
        ("metrics", "MAP{'m': 'much'}", "experiment_runs.metrics: Conversion Error"),
        ("run_name", "repeat('n', 251)", "251 characters"),
        ("run_id", "'abc'", "the server makes it"),
        ("lifecycle_stage", "'deleted'", "cannot be set by INSERT"),
        ("duration", "INTERVAL 1 DAY", "cannot be set by INSERT"),
        ("inputs", "'{}'", "cannot be written"),
        ("run_nam", "'x'", "did you mean 'run_name'"),
        ("run_name, run_name", "'x', 'y'", "twice"),
    ],
)
def test_a_row_that_does_not_fit_changes_nothing(
    through: Connection, proxy: Proxy, held: Held, columns: str, values: str, says: str
) -> None:
    """The server would cut, drop or misread it in silence; so nothing is sent, the good rows included."""
    before = held.everything()
    good = "NULL" if "," not in columns else "NULL, NULL"
    with pytest.raises(errors.Error) as caught:
        through.sql(
            f"INSERT INTO runs (experiment_id, {columns})"
            f" SELECT '{held.id}', {good} UNION ALL SELECT '{held.id}', {values}"
        )
    assert says in str(caught.value)
    assert "mlflow_sql_" not in str(caught.value)
    assert not isinstance(caught.value, errors.WriteError)
    assert proxy.writes == []
    assert held.everything() == before


def test_structs_have_their_own_keys(con: Connection, held: Held) -> None:
    """DuckDB gives each row the fields of all rows; those that a row does not name are not there."""
    con.sql(
        f"""INSERT INTO runs (experiment_id, run_name, tags, params, metrics) VALUES
        ('{held.id}', 'a', {{'x': '1'}}, {{'p': 1}}, {{'m': 1.5}}),
        ('{held.id}', 'b', {{'y': '2'}}, {{'q': 2}}, {{'n': 2}}), ('{held.id}', 'c', NULL, NULL, NULL)"""
    )
    found = {n: (own(r.data.tags), r.data.params, r.data.metrics) for n, r in held.runs().items()}
    assert found == {
        "a": ({"x": "1"}, {"p": "1"}, {"m": 1.5}),
        "b": ({"y": "2"}, {"q": "2"}, {"n": 2.0}),
        "c": ({}, {}, {}),
    }


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("INSERT INTO experiments (name) VALUES (repeat('x', 501))", "501 characters"),
        ("INSERT INTO experiments (name) VALUES ('  ')", "it is empty"),
        ("INSERT INTO experiments (name) VALUES (NULL)", "needs name"),
        ("INSERT INTO experiments (tags) VALUES (MAP{'a': 'b'})", "needs name"),
        ("INSERT INTO experiments (name, tags) VALUES ('never', MAP{'a': repeat('x', 20001)})", "20001 characters"),
        ("INSERT INTO runs (run_name) VALUES ('never')", "needs experiment_id"),
        ("INSERT INTO runs VALUES ('never')", "needs a list of columns"),
        ("INSERT INTO runs (experiment_id, run_name) VALUES ('1')", "names 2 columns, and VALUES gives 1"),
        ("INSERT INTO run_inputs (run_id) VALUES ('1')", "can only be read"),
        ("INSERT OR REPLACE INTO experiments (name) VALUES ('never')", "ON CONFLICT"),
    ],
)
def test_statements_that_cannot_be_run_are_refused(
    through: Connection, proxy: Proxy, statement: str, says: str
) -> None:
    """With what is missing, before anything is sent."""
    with pytest.raises(errors.StatementError) as caught:
        through.sql(statement)
    assert says in str(caught.value)
    assert proxy.writes == []


def test_rows_come_from_a_parquet_file(con: Connection, held: Held, tmp_path: Path) -> None:
    """By position, by name, and by the names that only the file knows."""
    file = tmp_path / "sweep.parquet"
    duckdb.sql(
        f"COPY (SELECT {{'lr': i / 10}} AS params, 'r' || i AS run_name, MAP{{'auc': i::DOUBLE}} AS metrics,"
        f" '{held.id}' AS experiment_id FROM range(3) t(i)) TO '{file}'"
    )
    con.sql(f"INSERT INTO runs BY NAME SELECT * FROM '{file}'")
    con.sql(f"INSERT INTO runs BY NAME SELECT experiment_id, 'named ' || run_name AS run_name, metrics FROM '{file}'")
    con.sql(f"INSERT INTO runs (params, run_name, metrics, experiment_id) FROM '{file}' WHERE run_name = 'r2' LIMIT 1")
    runs = held.client.search_runs([held.id], max_results=100)
    assert sorted(r.info.run_name for r in runs) == ["named r0", "named r1", "named r2", "r0", "r1", "r2", "r2"]
    assert {r.info.run_name: r.data.metrics["auc"] for r in runs}["named r2"] == 2.0
    assert [r.data.params for r in runs if r.info.run_name == "r1"] == [{"lr": "0.1"}]
    with pytest.raises(errors.BindError, match="did you mean 'run_name'"):
        con.sql(f"INSERT INTO runs BY NAME SELECT * RENAME (run_name AS run_nam) FROM '{file}'")


def test_rows_come_from_remote_tables(con: Connection, held: Held) -> None:
    """Runs are copied: their metrics, params and own tags, under another name; NaN included."""
    held.make("old", "FINISHED", params={"lr": "1"}, tags={"team": "x"}, metrics={"a": 1.0, "n": math.nan})
    con.sql(
        f"""INSERT INTO runs (experiment_id, run_name, status, end_time, params, tags, metrics)
        SELECT experiment_id, run_name || ' copy', status, end_time, params, tags, metrics
        FROM runs WHERE experiment_id = '{held.id}'"""
    )
    con.sql(
        f"""INSERT INTO runs (experiment_id, run_name, params, tags)
        SELECT experiment_id, run_name || ' 2', params, tags FROM runs WHERE experiment_id = '{held.id}'"""
    )
    runs = held.runs()
    assert set(runs) == {"old", "old copy", "old 2", "old copy 2"}
    old, copy = runs["old"], runs["old copy"]
    assert (copy.info.status, copy.info.end_time) == (old.info.status, old.info.end_time)
    assert copy.data.params == old.data.params
    assert repr(sorted(copy.data.metrics.items())) == repr(sorted(old.data.metrics.items()))
    assert {own(r.data.tags)["team"] for r in runs.values()} == {"x"}
    marks = [r.data.tags["mlflow_sql.request_id"] for r in runs.values() if "mlflow_sql.request_id" in r.data.tags]
    assert len(set(marks)) == 3, "the mark of each is its own, though the tags were copied"


def test_ctes_stand_in_front_or_inside(con: Connection, held: Held) -> None:
    """Of the INSERT, and of its SELECT."""
    con.sql(f"WITH n AS (SELECT 'front' AS x) INSERT INTO runs (experiment_id, run_name) SELECT '{held.id}', x FROM n")
    con.sql(f"INSERT INTO runs (experiment_id, run_name) WITH n AS (SELECT 'in' AS x) SELECT '{held.id}', x FROM n")
    assert set(held.runs()) == {"front", "in"}


@pytest.mark.parametrize(
    ("marks", "give"),
    [("$id, $name, $tags", lambda v: dict(zip(("id", "name", "tags"), v, strict=True))), ("?, ?, ?", list)],
    ids=["named", "positional"],
)
def test_values_come_as_parameters(con: Connection, held: Held, marks: str, give: Any) -> None:
    """Whatever is in them is a value and nothing else."""
    evil = "'; DELETE FROM runs WHERE true; -- {{ x }} $id ?"
    con.sql(
        f"INSERT INTO runs (experiment_id, run_name, tags) VALUES ({marks})",
        give([held.id, evil, {"k": evil}]),
    )
    assert own(held.run(evil).data.tags) == {"k": evil}


def test_returning_takes_expressions(con: Connection, held: Held) -> None:
    """Over the rows as they are now, those that the server completed included; without it the answer is a count."""
    found = con.sql(
        f"""INSERT INTO runs AS r (experiment_id, run_name, metrics, status)
        VALUES ('{held.id}', 'a', MAP{{'auc': 0.5}}, 'FINISHED'), ('{held.id}', 'b', MAP{{'auc': 0.25}}, 'FAILED')
        RETURNING upper(r.run_name) AS shout, metrics.auc * 2, status, run_id, run->>'$.info.status' AS told"""
    )
    runs = held.runs()
    assert rows(found) == [
        ("A", 1.0, "FINISHED", runs["a"].info.run_id, "FINISHED"),
        ("B", 0.5, "FAILED", runs["b"].info.run_id, "FAILED"),
    ]
    counted = con.sql(f"INSERT INTO runs (experiment_id) SELECT '{held.id}' FROM range(3)")
    assert rows(counted) == [(3,)]
    assert len(held.client.search_runs([held.id])) == 5


def test_a_name_that_is_taken_is_said(con: Connection, empty_client: MlflowClient, held: Held, name: str) -> None:
    """With ON CONFLICT as the advice; for a deleted experiment, with the statement that restores it."""
    with pytest.raises(errors.WriteError, match="exists already") as caught:
        con.sql("INSERT INTO experiments (name) VALUES (?)", [name])
    assert "ON CONFLICT (name)" in str(caught.value.hint)
    empty_client.delete_experiment(held.id)
    with pytest.raises(errors.WriteError, match="deleted") as caught:
        con.sql("INSERT INTO experiments (name) VALUES (?)", [name])
    assert f"name = '{name}' restores it" in str(caught.value.hint)


def test_local_tables_stay_local(through: Connection, proxy: Proxy, held: Held) -> None:
    """INSERT, UPDATE and DELETE on a table of DuckDB's own run there, also when they read remote tables."""
    held.make("a"), held.make("b")
    through.sql("CREATE OR REPLACE TABLE mine (run_id VARCHAR, run_name VARCHAR)")
    through.sql(f"INSERT INTO mine SELECT run_id, run_name FROM runs WHERE experiment_id = '{held.id}'")
    through.sql("UPDATE mine SET run_name = 'c' WHERE run_name = 'a'")
    through.sql("DELETE FROM mine WHERE run_id IN (SELECT run_id FROM runs WHERE run_name = 'b')")
    assert rows(through.sql("SELECT run_name FROM mine")) == [("c",)]
    assert set(held.runs()) == {"a", "b"}
    assert proxy.writes == []
