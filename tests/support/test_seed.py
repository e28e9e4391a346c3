"""The seeder is only of use if nobody can tell its runs from logged ones."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from support.seed import seed

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from conftest import TrackingServer

TABLES = ("experiments", "runs", "tags", "params", "metrics", "latest_metrics", "datasets", "inputs", "input_tags")


def rest(server: TrackingServer, verb: str, path: str, **arguments: Any) -> dict[str, Any]:
    answer = requests.request(verb, f"{server.url}/api/2.0/mlflow/{path}", timeout=60, **arguments)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def shape(value: Any, path: str = "$") -> Iterator[str]:
    """Every path in a JSON value with the type found there; list elements are one."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from shape(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from shape(inner, f"{path}[]")
    else:
        yield f"{path}: {type(value).__name__}"


@pytest.fixture(scope="module")
def logged(empty_server: TrackingServer, empty_client: MlflowClient) -> str:
    """The id of an experiment with two finished runs logged by the client, one deleted, one running."""
    from mlflow.entities import Dataset, DatasetInput, InputTag, RunTag

    experiment = empty_client.create_experiment("logged for comparison", tags={"owner": "me"})
    parent = empty_client.create_run(experiment, run_name="parent").info.run_id
    for name, status in (("done", "FINISHED"), ("dropped", "FAILED"), ("going", None)):
        run = empty_client.create_run(experiment, run_name=name, tags={"mlflow.parentRunId": parent}).info.run_id
        empty_client.log_param(run, "lr", 0.1)
        empty_client.set_tag(run, "team", "vision")
        for step, value in enumerate((2.0, float("nan"), float("inf"))):
            empty_client.log_metric(run, "loss", value, step=step)
        empty_client.log_metric(run, "diverged", float("nan"))
        dataset = Dataset("d", "0a1b2c3d", "code", json.dumps({"tags": {}}), "{}", "{}")
        empty_client.log_inputs(run, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])
        if status:
            empty_client.set_terminated(run, status)
    empty_client.log_batch(parent, tags=[RunTag("a", "")])
    found = empty_client.search_runs([experiment], "tags.mlflow.runName = 'dropped'")
    empty_client.delete_run(found[0].info.run_id)
    return experiment


def test_a_seeded_run_has_the_json_of_a_logged_one(
    server: TrackingServer, empty_server: TrackingServer, logged: str
) -> None:
    """Over all runs, the server answers with the same fields of the same JSON types, experiments included."""
    everything = {"run_view_type": "ALL", "max_results": 5000}
    assert server.seeded is not None
    ours = rest(server, "POST", "runs/search", json={"experiment_ids": server.seeded.experiment_ids, **everything})
    theirs = rest(empty_server, "POST", "runs/search", json={"experiment_ids": [logged], **everything})
    assert set(shape(ours["runs"])) == set(shape(theirs["runs"]))
    listed = {"view_type": "ALL", "max_results": 100}
    assert set(shape(rest(server, "POST", "experiments/search", json=listed)["experiments"])) == set(
        shape(rest(empty_server, "POST", "experiments/search", json=listed)["experiments"])
    )


def test_seeded_rows_fill_the_columns_that_logged_rows_fill(
    server: TrackingServer, empty_server: TrackingServer, logged: str
) -> None:
    """In the database, each column holds the same SQLite types, NULL included, in seeded and in logged rows."""

    def types(of: TrackingServer, table: str) -> dict[str, set[str]]:
        with closing(sqlite3.connect(of.db_path)) as connection:
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            return {
                name: {row[0] for row in connection.execute(f"SELECT DISTINCT typeof({name}) FROM {table}")}
                for name in names
            }

    nullable = {"dataset_schema"}  # a client may leave it out, and the seeder does for one of two
    for table in TABLES:
        ours, theirs = types(server, table), types(empty_server, table)
        for name in theirs.keys() - nullable:
            assert ours[name] <= theirs[name], f"{table}.{name}"  # other tests leave rows there too
            assert theirs[name] - {"null"} <= ours[name], f"{table}.{name}"


def test_the_latest_metric_is_the_server_s_own_choice(server: TrackingServer, client: MlflowClient) -> None:
    """A history logged again through the client ends in the same latest value as the seeded one."""
    assert server.seeded is not None
    source = server.seeded.history_run_ids[0]
    with closing(sqlite3.connect(server.db_path)) as connection:
        wrong = connection.execute(
            "SELECT count(*) FROM latest_metrics l WHERE (step, timestamp, value, is_nan) IS NOT "
            "(SELECT step, timestamp, value, is_nan FROM metrics m WHERE m.run_uuid = l.run_uuid AND m.key = l.key "
            "ORDER BY step DESC, timestamp DESC, value DESC LIMIT 1)"
        ).fetchone()
    assert wrong == (0,)
    assert len(client.get_metric_history(source, "loss")) == 40


def test_the_store_holds_what_tests_look_for(server: TrackingServer) -> None:
    """Every peculiarity that the other tests rely on occurs at least once."""
    wanted = {
        "NaN metric": "SELECT count(*) FROM latest_metrics WHERE is_nan",
        "+Infinity": "SELECT count(*) FROM latest_metrics WHERE value > 1.7e308",
        "-Infinity": "SELECT count(*) FROM latest_metrics WHERE value < -1.7e308",
        "missing param": "SELECT count(*) FROM runs r WHERE NOT EXISTS "
        "(SELECT 1 FROM params p WHERE p.run_uuid = r.run_uuid AND key = 'lr')",
        "empty param": "SELECT count(*) FROM params WHERE value = ''",
        "both quotes": """SELECT count(*) FROM tags WHERE value LIKE '%''%' AND value LIKE '%"%'""",
        "backslash": "SELECT count(*) FROM params WHERE value LIKE '%\\'",
        "newline": "SELECT count(*) FROM params WHERE value LIKE '%' || char(10) || '%'",
        "deleted run": "SELECT count(*) FROM runs JOIN experiments e USING (experiment_id) "
        "WHERE runs.lifecycle_stage = 'deleted' AND e.lifecycle_stage = 'active'",
        "deleted experiment": "SELECT count(*) FROM experiments WHERE lifecycle_stage = 'deleted'",
        "equal start times": "SELECT count(*) FROM runs GROUP BY start_time HAVING count(*) > 1",
        "nested run": "SELECT count(*) FROM tags WHERE key = 'mlflow.parentRunId'",
        "run without an end": "SELECT count(*) FROM runs WHERE end_time IS NULL",
        "start at 0": "SELECT count(*) FROM runs WHERE start_time = 0",
        **{status: f"SELECT count(*) FROM runs WHERE status = '{status}'" for status in ("SCHEDULED", "KILLED")},
    }
    with closing(sqlite3.connect(server.db_path)) as connection:
        for what, query in wanted.items():
            row = connection.execute(query).fetchone()
            assert row is not None, what
            assert row[0] > 0, what


def test_equal_arguments_give_equal_rows(empty_server: TrackingServer, tmp_path: Path) -> None:
    """Seeding is a function of its arguments, so a failing test can be repeated."""
    copies = []
    for name in ("a.db", "b.db"):
        with (
            closing(sqlite3.connect(empty_server.db_path)) as source,
            closing(sqlite3.connect(tmp_path / name)) as target,
        ):
            source.backup(target)
        copies.append(seed(tmp_path / name, experiments=2, runs_per_experiment=20, seed=7))
    assert copies[0] == copies[1]
