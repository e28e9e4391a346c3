"""Several servers on one connection: names, joins, copies, and that nothing goes to the wrong one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
import responses

import mlflow_sql
from mlflow_sql import Connection, errors
from support.proxy import Proxy

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow import MlflowClient

    from conftest import TrackingServer

Experiment = tuple[str, str]


def rows(con: Connection, sql: str) -> list[tuple[Any, ...]]:
    """The rows of a statement, in an order of their own."""
    found = con.sql(sql)
    return sorted(found.fetchall(), key=repr) if found is not None else []


def test_names_say_which_server(con: Connection, client: MlflowClient, empty_client: MlflowClient) -> None:
    """With and without the schema; a name without a server is the connection's own."""
    own = {e.name for e in client.search_experiments()}
    there = {e.name for e in empty_client.search_experiments()}
    assert {n for (n,) in rows(con, "SELECT name FROM experiments")} == own
    assert {n for (n,) in rows(con, "SELECT name FROM mlflow.tracking.experiments")} == own
    for name in ("prod.tracking.experiments", "prod.experiments", "PROD.Tracking.Experiments"):
        assert {n for (n,) in rows(con, f"SELECT name FROM {name}")} == there
    assert rows(con, "SELECT DISTINCT prod.tracking.experiments.name FROM prod.tracking.experiments WHERE false") == []


def test_a_copy_from_server_to_server(con: Connection, empty_client: MlflowClient, experiment: Experiment) -> None:
    """Runs with their metrics, params and tags arrive as they were, each once; read back by MLflow's client."""
    id, _ = experiment
    wanted = rows(
        con,
        "SELECT r.run_name, metrics, params, r.tags, start_time, status FROM runs r JOIN experiments e"
        " USING (experiment_id) WHERE e.name = 'churn' AND metrics.auc > 0.9",
    )
    assert wanted
    con.sql(
        f"""INSERT INTO prod.tracking.experiment_runs
        (experiment_id, run_name, start_time, status, metrics, params, tags)
        SELECT '{id}', r.run_name, r.start_time, r.status, r.metrics, r.params, r.tags
        FROM mlflow.tracking.experiment_runs r JOIN experiments e USING (experiment_id)
        WHERE e.name = 'churn' AND r.metrics.auc > 0.9"""
    )
    there = empty_client.search_runs([id], max_results=5000)
    assert len(there) == len(wanted)
    by_name = {r.info.run_name: r for r in there}
    for name, metrics, params, tags, start, status in wanted:
        copy = by_name[name]
        finite = {k: v for k, v in copy.data.metrics.items() if not math.isnan(v)}
        assert finite == {k: v for k, v in metrics.items() if v is not None}
        assert copy.data.params == params
        assert {k: v for k, v in copy.data.tags.items() if k != "mlflow_sql.request_id"} == tags
        assert copy.info.start_time == int(start.timestamp() * 1000)
        assert copy.info.status == status


def test_a_copy_of_a_copy(con: Connection, empty_client: MlflowClient, experiment: Experiment) -> None:
    """The mark by which a lost answer is found is the new run's own, not that of the run it was copied from."""
    id, _ = experiment
    con.sql(f"INSERT INTO prod.runs (experiment_id, run_name) VALUES ('{id}', 'first')")
    con.sql(
        f"INSERT INTO prod.runs (experiment_id, run_name, tags) SELECT experiment_id, 'second', tags"
        f" FROM prod.runs WHERE experiment_id = '{id}'"
    )
    marks = [r.data.tags["mlflow_sql.request_id"] for r in empty_client.search_runs([id])]
    assert len(set(marks)) == 2


@pytest.mark.parametrize(
    "sql",
    [
        # Ids are counted from 1 on both servers, so a key that went to the wrong one would find something.
        "SELECT r.run_id, p.name FROM runs r JOIN prod.experiments p USING (experiment_id) WHERE r.metrics.auc > 0.9",
        "SELECT p.run_id, e.name FROM prod.runs p JOIN experiments e USING (experiment_id) WHERE e.name <> 'churn'",
        "SELECT count(*) FROM runs WHERE experiment_id IN (SELECT experiment_id FROM prod.experiments)",
        "SELECT a.name, b.name FROM experiments a FULL JOIN prod.experiments b USING (name)",
        "SELECT m.run_id, m.key, m.step FROM prod.metric_history m JOIN runs r ON m.run_id = r.run_id",
        "SELECT m.key, count(*) FROM metric_history m JOIN prod.runs p USING (run_id) GROUP BY ALL",
        "SELECT 'own', count(*) FROM runs UNION ALL SELECT 'prod', count(*) FROM prod.runs",
        "SELECT name FROM prod.experiments WHERE name NOT IN (SELECT name FROM experiments) AND experiment_id < '3'",
        "WITH n AS (SELECT run_name FROM prod.runs) SELECT count(*) FROM runs SEMI JOIN n USING (run_name)",
        "SELECT key, value FROM prod.run_params WHERE key LIKE 'l%'",
    ],
)
def test_the_same_rows_with_pushdown_and_without(con: Connection, sql: str) -> None:
    """Across servers too, pushing down changes nothing."""
    with_it = rows(con, sql)
    con.sql("SET pushdown = off")
    assert with_it == rows(con, sql)


def test_keys_of_one_server_are_not_those_of_another(con: Connection) -> None:
    """EXPLAIN names the server of each scan, and keys are listed where the table is."""
    plan = con.explain("SELECT count(*) FROM runs r JOIN prod.runs p USING (run_name)")
    assert "prod.experiment_runs p by search" in plan
    assert "prod.experiments by search, for keys" in plan
    assert "experiment_runs r by search" in plan


def test_use_chooses_the_server_of_names_without_one(con: Connection, empty_client: MlflowClient) -> None:
    """Until USE mlflow; the connection's own stays reachable by its full name."""
    there = len(empty_client.search_experiments())
    con.sql("USE prod")
    assert rows(con, "SELECT count(*) FROM experiments") == [(there,)]
    assert rows(con, "SELECT count(*) FROM mlflow.tracking.experiments") != [(there,)]
    assert len(rows(con, "EXEC experiments.search")) == there
    con.sql("USE mlflow")
    assert rows(con, "SELECT count(*) FROM experiments") != [(there,)]
    for sql in ("CREATE SCHEMA s", "USE s", "CREATE TABLE here AS SELECT 1 AS one", "USE main"):
        con.sql(sql)
    assert rows(con, "SELECT one FROM s.here") == [(1,)]


def test_writes_go_where_the_name_says(
    con: Connection, server: TrackingServer, empty_client: MlflowClient, experiment: Experiment
) -> None:
    """UPDATE, DELETE, MERGE and EXEC change the attached server and nothing of the connection's own."""
    id, _ = experiment
    with mlflow_sql.connect(server.url) as alone:
        before = rows(alone, "SELECT run_id, tags, lifecycle_stage FROM runs WHERE lifecycle_stage IS NOT NULL")
    for name in "abc":
        con.sql(f"INSERT INTO prod.runs (experiment_id, run_name) VALUES ('{id}', '{name}')")
    con.sql(f"UPDATE prod.runs SET tags['k'] = 'v' WHERE experiment_id = '{id}' AND run_name = 'a'")
    con.sql(f"DELETE FROM prod.runs WHERE experiment_id = '{id}' AND run_name = 'b'")
    con.sql(
        f"""MERGE INTO prod.runs t USING (VALUES ('c'), ('d')) s(n) ON t.experiment_id = '{id}' AND t.run_name = s.n
        WHEN MATCHED THEN UPDATE SET tags['merged'] = 'yes'
        WHEN NOT MATCHED THEN INSERT (experiment_id, run_name) VALUES ('{id}', s.n)"""
    )
    found = {r.info.run_name: r.data.tags for r in empty_client.search_runs([id])}
    assert set(found) == {"a", "c", "d"}
    assert (found["a"]["k"], found["c"]["merged"]) == ("v", "yes")
    assert rows(
        con, f"EXEC prod.experiment_runs.delete_bulk @experiment_id = '{id}', @max_timestamp_millis = 9e15"
    ) == [(3,)]
    assert empty_client.search_runs([id]) == []
    with mlflow_sql.connect(server.url) as alone:
        assert before == rows(alone, "SELECT run_id, tags, lifecycle_stage FROM runs WHERE lifecycle_stage IS NOT NULL")


def test_attach_as_duckdb_has_it(con: Connection, empty_server: TrackingServer) -> None:
    """IF NOT EXISTS, OR REPLACE, DATABASE, READ_ONLY and DETACH; SHOW DATABASES lists what there is."""
    url = empty_server.url
    with pytest.raises(errors.BindError, match="attached as 'prod' already"):
        con.sql(f"ATTACH '{url}' AS prod (TYPE mlflow)")
    con.sql(f"ATTACH IF NOT EXISTS '{url}' AS prod (TYPE mlflow)")
    con.sql(f"ATTACH OR REPLACE DATABASE '{url}' AS prod (TYPE mlflow, READ_ONLY);")
    with pytest.raises(errors.StatementError, match="prod is read-only, and INSERT writes"):
        con.sql("INSERT INTO prod.experiments (name) VALUES ('never')")
    with pytest.raises(errors.StatementError, match=r"prod is read-only, and prod.experiments.create writes"):
        con.sql("EXEC prod.experiments.create @name = 'never'")
    con.sql("ATTACH ':memory:' AS local")
    listed = rows(con, "SHOW DATABASES")
    assert ("prod", "mlflow", url) in listed
    assert [name for name, *_ in listed] == ["local", "memory", "mlflow", "prod"]
    con.sql("DETACH prod")
    con.sql("DETACH DATABASE IF EXISTS local")
    with pytest.raises(errors.BindError, match=r"no table 'prod\.runs'"):
        con.sql("SELECT * FROM prod.runs")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("ATTACH 'https://ada:hunter2@x.org' AS x (TYPE mlflow)", "credentials does not belong into a statement"),
        ("ATTACH 'https://x.org' AS x (TYPE mlflow, TOKEN 'hunter2')", "token does not belong into a statement"),
        ("ATTACH 'https://x.org' AS x (TYPE mlflow, SPEED 'high')", "no option SPEED"),
        ("ATTACH 'https://x.org' (TYPE mlflow)", "needs a name"),
        ("ATTACH 'https://x.org' AS runs (TYPE mlflow)", "name of a table"),
        ("ATTACH 'https://x.org' AS tracking (TYPE mlflow)", "name of a table, schema"),
        ("ATTACH 'https://x.org' AS memory (TYPE mlflow)", "name of a database"),
        ("ATTACH 'x.org:5000' AS x (TYPE mlflow)", "Did you mean http://x.org:5000"),
        ("ATTACH 'ftp://x.org' AS x (TYPE mlflow)", "is not one of a tracking server"),
        ("ATTACH 'staging' (TYPE mlflow)", "no server 'staging' in"),
        ("ATTACH https AS x (TYPE mlflow)", "in quotes"),
        ("SELECT * FROM prod.tracking.nothing", r"no table 'prod\.tracking\.nothing'"),
        ("SELECT * FROM prdo.tracking.experiment_runs", r"did you mean 'prod\.tracking\.experiment_runs'"),
        ("DETACH nothing", "nothing"),
        ("USE nothing", "nothing"),
    ],
)
def test_what_cannot_be_attached(con: Connection, sql: str, message: str) -> None:
    """The error says why, and repeats no secret."""
    with pytest.raises(errors.Error, match=message) as caught:
        con.sql(sql)
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__}"


def test_the_environments_credentials_go_only_to_its_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A token for MLFLOW_TRACKING_URI is not shown to a server that a statement names."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://own.test")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "hunter2")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".mlflow").mkdir()
    (tmp_path / ".mlflow" / "credentials").write_text(
        "[mlflow]\nmlflow_tracking_username = ada\nmlflow_tracking_password = hunter3\n"
    )
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked, mlflow_sql.connect() as con:
        con.sql("ATTACH 'https://other.test' AS other (TYPE mlflow)")
        con.sql("ATTACH 'https://own.test/' AS again (TYPE mlflow)")
        for host in ("own", "other"):
            mocked.get(f"https://{host}.test/version", body="3.17.2")
            mocked.get(f"https://{host}.test/api/3.0/mlflow/server-info", status=404)
            mocked.post(f"https://{host}.test/api/2.0/mlflow/experiments/search", json={})
        for name in ("experiments", "other.experiments", "again.experiments"):
            assert rows(con, f"SELECT * FROM {name}") == []
        sent = {(c.request.url.split("/")[2], c.request.headers.get("Authorization")) for c in mocked.calls}
    assert {auth for host, auth in sent if host == "other.test"} == {None}
    assert None not in {auth for host, auth in sent if host == "own.test"}


def test_a_server_that_is_down_fails_only_where_it_is_used(con: Connection) -> None:
    """Attaching sends nothing; the error names the server."""
    con.sql("ATTACH 'http://127.0.0.1:9' AS down (TYPE mlflow)")
    assert rows(con, "SELECT count(*) FROM prod.experiments")
    with pytest.raises(errors.Unreachable, match=r"http://127.0.0.1:9 is out of reach"):
        con.sql("SELECT * FROM down.runs")


def test_runs_of_an_attached_server_side_by_side(con: Connection, experiment: Experiment) -> None:
    """compare, run_values and filter take the server's name too."""
    of = f"experiment_id = '{experiment[0]}'"
    for name, lr in (("a", "1"), ("b", "2")):
        con.sql(
            f"INSERT INTO prod.runs (experiment_id, run_name, params) VALUES ({experiment[0]}, '{name}', {{lr: {lr}}})"
        )
    ids = [i for (i,) in rows(con, f"SELECT run_id FROM prod.runs WHERE {of}")]
    for call in ("prod.compare", "prod.tracking.compare"):
        found = rows(con, f"SELECT * FROM {call}('{ids[0]}', '{ids[1]}') WHERE kind = 'param'")
        assert [(k, key, sorted((x, y)), d) for k, key, x, y, d in found] == [("param", "lr", ["1", "2"], True)]
    with pytest.raises(errors.StatementError, match="no run with the id"):
        rows(con, f"FROM compare('{ids[0]}', '{ids[1]}')")
    expression = "filter = 'params.lr = ''2'' '"
    assert rows(con, f"SELECT value FROM prod.run_values WHERE {expression} AND {of} AND kind = 'param'") == [("2",)]


def test_views_and_local_tables_over_several_servers(con: Connection, experiment: Experiment) -> None:
    """A view may read an attached server, and a table may keep what it answered."""
    con.sql("CREATE VIEW names AS SELECT name, 'own' AS server FROM experiments UNION ALL SELECT name, 'prod'"
            " FROM prod.experiments")  # fmt: skip
    assert rows(con, f"SELECT server FROM names WHERE name = '{experiment[1]}'") == [("prod",)]
    con.sql("CREATE TABLE kept AS SELECT * FROM names")
    con.sql("DROP VIEW names")
    con.sql("DETACH prod")
    assert rows(con, f"SELECT server FROM kept WHERE name = '{experiment[1]}'") == [("prod",)]


def test_each_server_is_asked_only_for_itself(server: TrackingServer, empty_server: TrackingServer) -> None:
    """A statement over one server sends the other nothing, not even the question what it can do."""
    with Proxy(server.url) as own, Proxy(empty_server.url) as other, mlflow_sql.connect(own.url) as con:
        con.sql(f"ATTACH '{other.url}' AS prod (TYPE mlflow)")
        rows(con, "SELECT name FROM prod.experiments")
        assert own.asked == []
        assert other.asked
        other.forget()
        rows(con, "SELECT name FROM experiments")
        assert other.asked == []
