"""Files of statements as the desired state: what plan shows, what apply does, and that nothing is done twice."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from conftest import TrackingServer
    from iac.conftest import Infra, Proxy

STATE = """
MERGE INTO experiments USING (VALUES ('NAME-churn', 'a'), ('NAME-fraud', 'b')) AS wanted(name, owner)
ON experiments.name = wanted.name
WHEN MATCHED THEN UPDATE SET tags['owner'] = wanted.owner
WHEN NOT MATCHED THEN INSERT (name, tags) VALUES (wanted.name, MAP {'owner': wanted.owner});
"""


def ids(client: MlflowClient, infra: Infra, *projects: str) -> list[str]:
    """Make experiments with a tag owner = x; their ids."""
    return [client.create_experiment(f"{infra.name}-{p}", tags={"owner": "x", "kept": "1"}) for p in projects]


def test_plan_shows_each_object_and_field_and_writes_nothing(
    infra: Infra, proxy: Proxy, empty_client: MlflowClient
) -> None:
    """Creations, changed, added and removed values, deletions and restores; status 2; no call that writes."""
    fraud, old, gone = ids(empty_client, infra, "fraud", "old", "gone")
    run = empty_client.create_run(fraud, run_name="r1").info.run_id
    empty_client.delete_experiment(gone)
    proxy.requests.clear()
    ended = infra.plan(
        STATE
        + """
        UPDATE experiments SET tags['kept'] = NULL, tags['new'] = 'n' WHERE name = 'NAME-fraud';
        DELETE FROM experiment_runs WHERE run_name = 'r1' AND experiment_id IN
            (SELECT experiment_id FROM experiments WHERE name = 'NAME-fraud');
        DELETE FROM experiments WHERE name = 'NAME-old';
        UPDATE experiments SET lifecycle_stage = 'active' WHERE lifecycle_stage = 'deleted' AND name = 'NAME-gone';
        """
    )
    assert ended.status == 2, ended.err
    name = infra.name
    for line in (
        f"{infra.folder / 'infra.sql'}:2  MERGE",
        f"  + experiments '{name}-churn' will be created",
        "      tags.owner: 'a'",
        f"  ~ experiments '{name}-fraud' (id {fraud}): tags.owner: 'x' → 'b'",
        "      tags.new: 'n'",
        "      tags.kept: '1' → (removed)",
        f"  - experiment_runs 'r1' (run_id {run}) will be deleted",
        f"  - experiments '{name}-old' (id {old}) will be deleted (and with it its experiment_runs)",
        f"  ~ experiments '{name}-gone' (id {gone}): lifecycle_stage: 'deleted' → 'active'"
        " (with it its experiment_runs)",
        "Plan: 1 to create, 3 to update, 2 to delete.",
    ):
        assert line in ended.out.splitlines()
    assert proxy.writes == []
    assert empty_client.get_experiment(fraud).tags["owner"] == "x"
    assert empty_client.get_experiment(gone).lifecycle_stage == "deleted"


def test_apply_makes_it_so_and_a_second_time_writes_nothing(
    infra: Infra, proxy: Proxy, empty_client: MlflowClient
) -> None:
    """What was applied is there; applied again no call writes, the plan is empty and its status 0."""
    (fraud,) = ids(empty_client, infra, "fraud")
    ended = infra.apply(STATE)
    churn = empty_client.get_experiment_by_name(f"{infra.name}-churn")
    assert churn is not None
    assert (churn.tags["owner"], empty_client.get_experiment(fraud).tags["owner"]) == ("a", "b")
    assert f"created experiments '{infra.name}-churn' (id {churn.experiment_id})" in ended.out.splitlines()
    assert f"updated experiments '{infra.name}-fraud' (id {fraud})" in ended.out.splitlines()
    assert ended.out.splitlines()[-1] == "Applied: 1 created, 1 updated, 0 deleted."
    assert sorted(proxy.writes) == [
        "/api/2.0/mlflow/experiments/create", "/api/2.0/mlflow/experiments/set-experiment-tag",
    ]  # fmt: skip
    again = infra.apply(STATE)
    assert "No changes" in again.out
    assert proxy.writes == []
    assert infra.plan(STATE).status == 0


CASES = {
    "a tag set twice is one change": (
        "UPDATE experiments SET tags['a'] = '1' WHERE name = 'NAME-old';"
        "UPDATE experiments SET tags['a'] = '1' WHERE name LIKE 'NAME-%' AND tags.a IS NULL",
        (0, 1, 0),
    ),
    "a renamed experiment is found by its new name": (
        "UPDATE experiments SET name = 'NAME-new' WHERE name = 'NAME-old';"
        "UPDATE experiments SET tags['found'] = 'new' WHERE name = 'NAME-new';"
        "UPDATE experiments SET tags['found'] = 'old' WHERE name = 'NAME-old'",
        (0, 2, 0),
    ),
    "a run in an experiment of the same plan": (
        "INSERT INTO experiments (name) VALUES ('NAME-new') ON CONFLICT (name) DO NOTHING;"
        "INSERT INTO experiment_runs (experiment_id, run_name, tags) SELECT experiment_id, 'first', MAP {'k': 'v'}"
        " FROM experiments WHERE name = 'NAME-new' ON CONFLICT (experiment_id, run_name) DO NOTHING;"
        "UPDATE experiment_runs SET status = 'FINISHED', tags['k'] = 'w' WHERE run_name = 'first' AND tags.k = 'v'"
        " AND experiment_id IN (SELECT experiment_id FROM experiments WHERE name = 'NAME-new')",
        (2, 1, 0),
    ),
    "a created run is deleted with its experiment": (
        "INSERT INTO experiment_runs (experiment_id, run_name) SELECT experiment_id, 'NAME-second' FROM experiments"
        " WHERE name = 'NAME-old';"
        "DELETE FROM experiments WHERE name = 'NAME-old';"
        "UPDATE experiment_runs SET tags['a'] = '1' WHERE run_name = 'NAME-second'",
        (1, 0, 1),
    ),
    "runs of a deleted experiment are gone": (
        "DELETE FROM experiments WHERE name = 'NAME-old';"
        "DELETE FROM experiment_runs WHERE run_name IN ('NAME-r1', 'NAME-r2')",
        (0, 0, 1),
    ),
    "runs come back with their experiment": (
        "UPDATE experiments SET lifecycle_stage = 'active' WHERE lifecycle_stage = 'deleted' AND name = 'NAME-gone';"
        "UPDATE experiment_runs SET tags['back'] = 'yes' WHERE run_name = 'NAME-r3'",
        (0, 2, 0),
    ),
    "a deleted run is not there": (
        "DELETE FROM experiment_runs WHERE run_name = 'NAME-r1';"
        "UPDATE experiment_runs SET tags['a'] = '1' WHERE run_name LIKE 'NAME-r_' ",
        (0, 1, 1),
    ),
    "a deleted run is among the deleted": (
        "DELETE FROM experiment_runs WHERE run_name = 'NAME-r1';"
        "UPDATE experiment_runs SET lifecycle_stage = 'active' WHERE lifecycle_stage = 'deleted'"
        " AND run_name = 'NAME-r1'",
        (0, 1, 1),
    ),
    "a tag set in runs is seen in run_tags, and the other way round": (
        "UPDATE experiment_runs SET tags['a'] = '1' WHERE run_name = 'NAME-r1';"
        "UPDATE run_tags SET value = '2' WHERE key = 'a' AND value = '1' AND run_id IN"
        " (SELECT run_id FROM experiment_runs WHERE run_name = 'NAME-r1');"
        "UPDATE experiment_runs SET tags['b'] = tags.a || '!' WHERE tags.a = '2' AND run_name = 'NAME-r1';"
        "DELETE FROM run_tags WHERE key = 'b' AND value = '2!' AND run_id IN"
        " (SELECT run_id FROM experiment_runs WHERE run_name = 'NAME-r1')",
        (0, 3, 1),
    ),
    "a local table holds what the plan has made of the server": (
        "UPDATE experiment_runs SET tags['a'] = 'x' WHERE run_name = 'NAME-r1';"
        "CREATE OR REPLACE TEMP TABLE kept AS SELECT run_id, tags.a AS a FROM experiment_runs WHERE tags.a = 'x'"
        " AND run_name LIKE 'NAME%';"
        "UPDATE experiment_runs SET tags['copy'] = kept.a FROM kept WHERE experiment_runs.run_id = kept.run_id",
        (0, 2, 0),
    ),
    "a view over remote tables does too": (
        "CREATE OR REPLACE VIEW ours AS SELECT * FROM experiment_runs WHERE run_name LIKE 'NAME-r%';"
        "UPDATE experiment_runs SET tags['a'] = 'x' WHERE run_name = 'NAME-r1';"
        "UPDATE experiment_runs SET tags['b'] = 'y' WHERE run_id IN (SELECT run_id FROM ours WHERE tags.a IS NULL)",
        (0, 2, 0),
    ),
    "rows that are gone do not disturb paging": (
        "SET page_size = 5;"
        "INSERT INTO experiment_runs (experiment_id, run_name, start_time) SELECT experiment_id, 'NAME-s' || i,"
        " TIMESTAMPTZ '2020-01-01 00:00:00+00' + to_days(i::INT) FROM experiments, range(9) AS r(i)"
        " WHERE name = 'NAME-old';"
        "DELETE FROM experiment_runs WHERE run_name LIKE 'NAME-r_';"
        "UPDATE experiment_runs SET tags['a'] = '1' WHERE run_name LIKE 'NAME-%'",
        (9, 9, 2),
    ),
    "a status and a name changed in the same plan": (
        "UPDATE experiment_runs SET status = 'KILLED', run_name = 'NAME-r9' WHERE run_name = 'NAME-r1';"
        "UPDATE experiment_runs SET tags['a'] = status WHERE run_name = 'NAME-r9' AND status = 'KILLED'",
        (0, 2, 0),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_later_statements_see_earlier_ones(case: str, infra: Infra, proxy: Proxy, empty_client: MlflowClient) -> None:
    """A plan counts what applying it then does, though it has only read; the second time nothing is left of most."""
    old, gone = ids(empty_client, infra, "old", "gone")
    for experiment, name in ((old, "r1"), (old, "r2"), (gone, "r3")):
        run = empty_client.create_run(experiment, run_name=f"{infra.name}-{name}")
        empty_client.log_metric(run.info.run_id, "loss", 1.0, step=5)
    empty_client.delete_experiment(gone)
    proxy.requests.clear()
    sql, (create, update, delete) = CASES[case]
    planned = infra.plan(sql)
    assert planned.status == 2, planned.err
    assert proxy.writes == []
    assert planned.out.splitlines()[-1] == f"Plan: {create} to create, {update} to update, {delete} to delete."
    applied = infra.apply(sql)
    kinds = re.findall(r"^(created|updated|restored|deleted) ", applied.out, re.MULTILINE)
    logged = sum(map(int, re.findall(r"^logged (\d+) row", applied.out, re.MULTILINE)))
    done = (kinds.count("created"), kinds.count("updated") + kinds.count("restored") + logged, kinds.count("deleted"))
    assert done == (create, update, delete)


def test_params_and_metrics_logged_earlier_are_seen(infra: Infra, empty_client: MlflowClient) -> None:
    """Rows put into run_params, run_metrics and metric_history show in the run; the greatest step is the latest."""
    (old,) = ids(empty_client, infra, "old")
    run = empty_client.create_run(old, run_name="r1").info.run_id
    empty_client.log_metric(run, "loss", 1.0, step=5)
    ended = infra.plan(
        f"""
        INSERT INTO run_params (run_id, key, value) VALUES ('{run}', 'lr', '0.1');
        INSERT INTO metric_history (run_id, key, value, step) VALUES
            ('{run}', 'loss', 0.5, 9), ('{run}', 'auc', 0.7, 0);
        INSERT INTO run_metrics (run_id, key, value, step) VALUES ('{run}', 'loss', 0.1, 2);
        UPDATE experiment_runs SET tags['seen'] = params.lr || ' ' || metrics.loss || ' ' || metrics.auc
        WHERE run_id = '{run}';
        UPDATE experiment_runs SET tags['rows'] =
            (SELECT count(*) FROM run_metrics WHERE run_id = '{run}')::VARCHAR WHERE run_id = '{run}'
        """
    )
    assert f"  ~ experiment_runs 'r1' (run_id {run}): tags.seen: '0.1 0.5 0.7'" in ended.out.splitlines(), ended
    assert f"  ~ experiment_runs 'r1' (run_id {run}): tags.rows: '2'" in ended.out.splitlines()
    assert f"  + run_params run_id '{run}', key 'lr' will be created" in ended.out.splitlines()


def test_what_the_server_will_make_is_said_to_be_unknown(infra: Infra, empty_client: MlflowClient) -> None:
    """The id of a new experiment, also within a text, and rows are told apart by it."""
    ended = infra.plan(
        "INSERT INTO experiments (name) VALUES ('NAME-a'), ('NAME-b');"
        "INSERT INTO experiment_runs (experiment_id, run_name, tags) SELECT experiment_id, name,"
        " MAP {'of': 'experiment ' || experiment_id} FROM experiments WHERE name LIKE 'NAME-%'"
    )
    assert ended.out.count("experiment_id: (known after apply)\n") == 2, ended
    assert ended.out.count("tags.of: 'experiment (known after apply)'") == 2
    assert "#" not in ended.out


def test_a_name_that_is_taken_is_an_error_of_the_plan(infra: Infra, empty_client: MlflowClient) -> None:
    """An experiment that exists, or is deleted and keeps its name, would be refused at apply: the plan says so."""
    _, gone = ids(empty_client, infra, "old", "gone")
    empty_client.delete_experiment(gone)
    there = infra.plan("INSERT INTO experiments (name) VALUES ('NAME-old')")
    assert (there.status, "exists already" in there.err) == (1, True)
    deleted = infra.plan("INSERT INTO experiments (name) VALUES ('NAME-gone')")
    assert (deleted.status, "restores it" in deleted.err) == (1, True)
    planned = infra.plan(
        "INSERT INTO experiments (name) VALUES ('NAME-x'); INSERT INTO experiments (name) VALUES ('NAME-x')"
    )
    assert (planned.status, "exists already" in planned.err) == (1, True)


def test_exec_is_shown_as_a_call(infra: Infra, proxy: Proxy, empty_client: MlflowClient) -> None:
    """A writing method is a change of unknown effect, made at apply; a reading one is not called."""
    (old,) = ids(empty_client, infra, "old")
    proxy.requests.clear()
    sql = (
        f"EXEC experiments.set_tag @experiment_id = '{old}', @key = 'k', @value = $v;"
        f"EXEC experiments.get @experiment_id = '{old}'"
    )
    planned = infra.plan(sql, "--var", "v=it's")
    assert planned.status == 2, planned.err
    assert f"  ! experiments.set_tag will be called with experiment_id '{old}', key 'k', value 'it''s'" in planned.out
    assert "not known" in planned.out
    assert "Plan: 0 to create, 0 to update, 0 to delete, 1 to call." in planned.out
    assert proxy.writes == []
    assert "Applied: 0 created, 0 updated, 0 deleted, 1 called." in infra.apply(sql, "--var", "v=it's").out
    assert empty_client.get_experiment(old).tags["k"] == "it's"


def test_an_error_part_of_the_way_says_what_was_done_and_applying_again_does_the_rest(
    infra: Infra, proxy: Proxy, empty_client: MlflowClient
) -> None:
    """Status 1, what is done is listed, and only the rest is done the second time."""
    sql = STATE + "INSERT INTO experiments (name) VALUES ('NAME-more') ON CONFLICT (name) DO NOTHING;" + STATE
    proxy.refuse = lambda path, body: path.endswith("experiments/create") and b"-more" in body
    ended = infra.run("apply", infra.write(sql), "--yes")
    assert ended.status == 1
    assert f"created experiments '{infra.name}-churn'" in ended.out
    assert "Stopped: 2 created, 0 updated, 0 deleted." in ended.out
    assert "not today" in ended.err
    assert "line 6" in ended.err
    proxy.refuse = lambda path, body: False
    assert "Applied: 1 created, 0 updated, 0 deleted." in infra.apply(sql).out


def test_a_select_that_fails_stops_the_plan(infra: Infra, proxy: Proxy) -> None:
    """SELECTs are run, so one can guard those behind it; what they answer is not printed."""
    guard = "SELECT CASE WHEN count(*) > {} THEN error('too many') ELSE 'few enough' END FROM experiments;"
    stopped = infra.plan(guard.format(0) + STATE)
    assert (stopped.status, "too many" in stopped.err) == (1, True)
    passed = infra.plan(guard.format(1000000) + STATE)
    assert (passed.status, "few enough" in passed.out) == (2, False)


def test_json_is_one_document_with_the_documented_keys(infra: Infra, empty_client: MlflowClient) -> None:
    """Machines get every change with values before and after; the statements' values are not in it."""
    (fraud,) = ids(empty_client, infra, "fraud")
    ended = infra.plan(STATE.replace("'b'", "$b"), "--format", "json", "--var", "b=secret-like")
    assert ended.status == 2, ended.err
    found: dict[str, Any] = json.loads(ended.out)
    assert set(found) == {"format_version", "server", "planned_at", "summary", "statements"}
    assert (found["format_version"], found["server"]) == (1, infra.url)
    assert found["summary"] == {"create": 1, "update": 1, "delete": 0, "call": 0}
    (step,) = found["statements"]
    assert set(step) == {"file", "line", "verb", "changes", "calls"}
    changes = {c["name"]: c for c in step["changes"]}
    assert changes[f"{infra.name}-fraud"] == {
        "action": "update",
        "resource": "mlflow.tracking.experiments",
        "name": f"{infra.name}-fraud",
        "key": {"experiment_id": fraud},
        "fields": [{"column": "tags", "key": "owner", "before": "x", "after": "secret-like"}],
        "with_rows_of": [],
    }
    assert changes[f"{infra.name}-churn"]["key"] == {"experiment_id": "(known after apply)"}
    applied = json.loads(infra.run("apply", infra.write(STATE), "--yes", "--format", "json").out)
    assert set(applied) == {"plan", "applied", "error"}
    assert sorted(one["what"] for one in applied["applied"]) == ["created", "updated"]


def test_a_plan_over_two_servers(
    infra: Infra, proxy: Proxy, empty_client: MlflowClient, server: TrackingServer
) -> None:
    """Objects of an attached server are named with it; later statements see what earlier ones would make there."""
    proxy.requests.clear()
    sql = f"""ATTACH '{infra.url}' AS there (TYPE mlflow);
        INSERT INTO there.experiments (name) VALUES ('NAME-two') ON CONFLICT (name) DO NOTHING;
        INSERT INTO there.runs (experiment_id, run_name)
        SELECT e.experiment_id, o.name FROM there.experiments e, experiments o
        WHERE e.name = 'NAME-two' AND o.name = 'churn' ON CONFLICT (experiment_id, run_name) DO NOTHING;
        """
    path = infra.write(sql)
    ended = infra.run("plan", path, server=server.url)
    assert ended.status == 2, ended.err
    assert f"+ there.experiments '{infra.name}-two'" in ended.out
    assert "+ there.experiment_runs 'churn'" in ended.out
    assert proxy.writes == []
    assert infra.run("apply", path, "--yes", server=server.url).status == 0
    made = empty_client.get_experiment_by_name(f"{infra.name}-two")
    assert [r.info.run_name for r in empty_client.search_runs([made.experiment_id])] == ["churn"]
    assert infra.run("plan", path, server=server.url).status == 0


def test_a_condition_for_the_server_cannot_see_what_is_planned(infra: Infra, empty_client: MlflowClient) -> None:
    """A filter = '...' behind a change of the same table is refused; before it, it is asked; SQL sees the change."""
    (old,) = ids(empty_client, infra, "old")
    run = empty_client.create_run(old, run_name="r1").info.run_id
    changed = f"INSERT INTO run_params (run_id, key, value) VALUES ('{run}', 'lr', '0.1');"
    asked = f"UPDATE runs SET tags['b'] = '2' WHERE filter = 'attributes.run_id = \"{run}\"'"
    ended = infra.plan(f"{changed} {asked}")
    assert ended.status == 1
    assert "cannot see what the statements before would change" in ended.err
    ended = infra.plan(f"{asked}; {changed}")
    assert ended.status == 2, ended.err
    seen = f"(SELECT value FROM run_values WHERE run_id = '{run}' AND kind = 'param')"
    ended = infra.plan(f"{changed} UPDATE runs SET tags['b'] = {seen} WHERE run_id = '{run}'")
    assert "tags.b: '0.1'" in ended.out, ended


def test_a_new_name_that_is_taken_is_an_error_of_the_plan(
    infra: Infra, proxy: Proxy, empty_client: MlflowClient
) -> None:
    """By an experiment of the server, or by one that an earlier statement makes or renames; and of apply."""
    old, other = ids(empty_client, infra, "old", "other")
    rename = "UPDATE experiments SET name = 'NAME-{}' WHERE name = 'NAME-old'"
    proxy.requests.clear()
    for planned in (
        infra.plan(rename.format("other")),
        infra.run("apply", infra.write(rename.format("other")), "--yes"),
        infra.plan("INSERT INTO experiments (name) VALUES ('NAME-x'); " + rename.format("x")),
        infra.plan("UPDATE experiments SET name = 'NAME-y' WHERE name = 'NAME-other'; " + rename.format("y")),
    ):
        assert (planned.status, "exists already" in planned.err) == (1, True), planned
        assert "IntegrityError" not in planned.err
    assert proxy.writes == []
    freed = infra.apply("UPDATE experiments SET name = 'NAME-y' WHERE name = 'NAME-other'; " + rename.format("other"))
    assert freed.status == 0
    assert empty_client.get_experiment(old).name == f"{infra.name}-other"
    assert empty_client.get_experiment(other).name == f"{infra.name}-y"
