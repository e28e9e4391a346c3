"""EXEC: every method of StackQL's two tables, by the parameter names that it has there."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from mlflow_sql import Connection, errors
from support.proxy import Proxy

from .conftest import Held, own, rows

PROVIDER = "databricks_workspace.ml"


def answer(con: Connection, statement: str, params: Any = None) -> dict[str, Any]:
    """The one row that a statement answers, by column."""
    relation = con.sql(statement, params)
    (row,) = rows(relation)
    assert relation is not None
    return dict(zip(relation.columns, row, strict=True))


OK = {"status": "ok"}


def test_every_method_of_experiments(con: Connection, held: Held, name: str) -> None:
    """create, get, get_by_name, search, update, set_tag, delete and restore; an empty answer is ``status: ok``."""
    table = f"{PROVIDER}.experiments"
    made = answer(
        con, f"EXEC {table}.create @name = $n, @artifact_location = 's3://b/x', @deployment_name = 'd'"
        """, @tags = '[{"key": "a", "value": "b"}]'""", {"n": f"{name} 2"},
    )  # fmt: skip
    id = made["experiment_id"]
    found = held.client.get_experiment(id)
    assert (found.name, found.artifact_location, found.tags) == (f"{name} 2", "s3://b/x", {"a": "b"})
    assert answer(con, f"EXEC {table}.update @experiment_id = '{id}' @new_name = '{name} 3'") == OK
    assert answer(con, f"EXEC {table}.set_tag @value = 'it''s' @key = 'k' @experiment_id = '{id}'") == OK
    assert held.client.get_experiment(id).tags == {"a": "b", "k": "it's"}
    assert answer(con, f"EXEC {table}.get @experiment_id = '{id}'")["name"] == f"{name} 3"
    assert answer(con, f"EXEC {table}.get_by_name @experiment_name = '{name} 3'")["experiment_id"] == id
    assert answer(con, f"EXEC {table}.delete @experiment_id = '{id}'") == OK
    assert held.client.get_experiment(id).lifecycle_stage == "deleted"
    wanted = f"@filter = 'name LIKE ''{name}%'''"
    everything = con.sql(f"EXEC {table}.search {wanted}, @view_type = 'ALL', @order_by = '[\"name DESC\"]'")
    assert [r[1] for r in rows(everything)] == [f"{name} 3", name]
    one = answer(con, f"EXEC {table}.search {wanted} @view_type = 'ALL' @max_results = 1")
    rest = answer(
        con, f"EXEC {table}.search {wanted} @view_type = 'ALL' @page_token = $t", {"t": one["next_page_token"]}
    )
    assert {one["name"], rest["name"]} == {name, f"{name} 3"}
    assert answer(con, f"EXEC {table}.restore @experiment_id = '{id}'") == OK
    assert held.client.get_experiment(id).lifecycle_stage == "active"


def test_what_only_databricks_has(through: Connection, proxy: Proxy, held: Held, name: str) -> None:
    """experiments.list is gone from open-source servers: a search stands in for it. Nothing does for a parameter."""
    held.client.delete_experiment(held.id)
    found = rows(through.sql(f"EXEC {PROVIDER}.experiments.list @view_type = 'DELETED_ONLY', @max_results = 1000"))
    assert held.id in {row[0] for row in found}
    assert [a.path for a in proxy.asked] == ["experiments/search"]
    listed = rows(through.sql(f"EXPLAIN EXEC {PROVIDER}.experiments.list @max_results = 5"))
    assert listed[0] == ('read: POST experiments/search {"max_results":5}',)
    with pytest.raises(errors.StatementError, match="this server does not take @trace_location"):
        through.sql(f"EXEC {PROVIDER}.experiments.create @name = '{name} b', @trace_location = '{{}}'")
    assert proxy.writes == []


def test_runs_are_named_by_run_uuid_too(con: Connection, held: Held) -> None:
    """Where StackQL's tables have it as the older name; beside run_id it does not count, as on the server."""
    id = held.make("a")
    runs = f"EXEC {PROVIDER}.experiment_runs"
    con.sql(f"{runs}.set_tag @run_uuid = '{id}', @key = 'k', @value = 'v'")
    con.sql(f"""{runs}.log_param @@json = '{{"run_uuid": "{id}", "key": "p", "value": "1"}}'""")
    con.sql(f"{runs}.log_metric @run_uuid = '{id}', @key = 'm', @value = 2, @timestamp = 5")
    con.sql(f"{runs}.update @run_id = '{id}', @run_uuid = 'nothing', @status = 'KILLED'")
    run = held.run("a")
    assert (own(run.data.tags), run.data.params, run.data.metrics) == ({"k": "v"}, {"p": "1"}, {"m": 2.0})
    assert run.info.status == "KILLED"
    with pytest.raises(errors.BindError, match="needs @run_id"):
        con.sql(f"{runs}.delete @run_uuid = '{id}'")


def test_every_method_of_runs(con: Connection, held: Held) -> None:
    """create, get, search, update, set_tag, delete_tag, log_metric, log_param, log_batch, delete and restore."""
    table = f"{PROVIDER}.experiment_runs"
    made = answer(
        con, f"EXEC {table}.create @experiment_id = '{held.id}', @run_name = 'a', @start_time = 1700000000000,"
        " @user_id = 'me', @tags = {'t': 'v'}",
    )  # fmt: skip
    id = json.loads(made["run"])["info"]["run_id"]
    run = held.run("a")
    assert (run.info.run_id, run.info.user_id, run.info.start_time) == (id, "me", 1_700_000_000_000)
    assert own(run.data.tags) == {"t": "v"}
    on = f"@run_id = '{id}'"
    updated = answer(con, f"EXEC {table}.update {on}, @status = 'FAILED', @end_time = 1700000001000, @run_name = 'b'")
    assert json.loads(updated["run_info"])["status"] == "FAILED"
    for call in (
        f"set_tag {on} @key = 'k' @value = 'v'",
        f"delete_tag {on} @key = 't'",
        f"log_metric {on} @key = 'm' @value = 'nan'::DOUBLE @timestamp = 1000 @step = 3",
        f"log_metric {on} @key = 'm' @value = 0.5 @timestamp = TIMESTAMPTZ '1970-01-01 00:00:02+00'",
        f"log_param {on} @key = 'p' @value = '1'",
        f"""log_batch {on} @params = '{{"q": "2"}}' @tags = MAP{{'u': 'w'}}
            @metrics = '[{{"key": "n", "value": 1, "timestamp": 5, "step": 1}}]'""",
        f"""log_inputs {on} @datasets = '[{{"dataset": {{"name": "d", "digest": "x", "source_type": "s",
            "source": "s"}}, "tags": []}}]'""",
        f'log_outputs {on} @models = \'[{{"model_id": "m-1", "step": 1}}]\'',
        f"""log_model {on} @model_json = '{{"artifact_path": "m", "flavors": {{}}, "run_id": "{id}",
            "utc_time_created": "2026-01-01 00:00:00.0"}}'""",
        f"delete {on}",
    ):
        assert answer(con, f"EXEC {table}.{call}") == OK, call
    run = held.run("b")
    assert (run.info.status, run.info.end_time, run.info.lifecycle_stage) == ("FAILED", 1_700_000_001_000, "deleted")
    assert run.data.params == {"p": "1", "q": "2"}
    assert own(run.data.tags) == {"k": "v", "u": "w"}
    assert "artifact_path" in run.data.tags["mlflow.log-model.history"]
    assert held.points("b", "m")[1] == (0.5, 2000, 0)
    assert math.isnan(held.points("b", "m")[0][0])
    assert held.points("b", "n") == [(1.0, 5, 1)]
    assert [d.dataset.name for d in run.inputs.dataset_inputs] == ["d"]
    assert answer(con, f"EXEC {table}.restore {on}") == OK
    assert answer(con, f"EXEC {table}.get {on} @run_uuid = '{id}'")["lifecycle_stage"] == "active"
    held.make("c")
    search = f"EXEC {table}.search @experiment_ids = ['{held.id}']"
    assert {r[2] for r in rows(con.sql(search))} == {"b", "c"}
    assert answer(con, f"{search} @filter = 'status = ''FAILED''' @run_view_type = 'ALL'")["run_name"] == "b"
    assert answer(con, f"{search} @max_results = 1 @order_by = ['run_name DESC']")["run_name"] == "c"


@pytest.mark.parametrize("prefix", [PROVIDER, "mlflow.tracking", "tracking"])
def test_parameters_in_any_form(con: Connection, held: Held, prefix: str) -> None:
    """Any order, with commas or without, with comments anywhere, as JSON, bound, or some as JSON and some not."""
    id = held.make("a")
    for i, parameters in enumerate(
        [
            f"@run_id='{id}', @key='k0', @value='v'",
            f"@value = 'v' @run_id = '{id}' @key = 'k1'",
            f"-- with, @key='no'\n @key='k2' /* @x='y' */ -- more\n , @value=lower('V') @run_id='{id}' -- end",
            f"""@@json='{{"run_id": "{id}", "key": "k3", "value": "v"}}';""",
            f"""@value='v', @@json='{{"run_id": "{id}", "key": "k4"}}'""",
            f"""@@json = '{{"run_id": "{id}"}}' @@json = '{{"key": "k5"}}' @value = 'v'""",
            "@run_id=$run, @key='k6' @value=$v",
            "@run_id={{ run }} @key='k7' @value='{{v}}'",
            """@@json='{"run_id": "{{ run }}", "key": "k{{ n }}", "value": {{ v }}}'""",
        ]
    ):
        params = {"run": id, "v": "v", "n": 8} if i > 5 else None
        con.sql(f"EXEC {prefix}.experiment_runs.set_tag {parameters}", params)
    con.sql("EXEC /*+ SHOWRESULTS */ runs.set_tag @run_id=?, @key='k9', @value=?", [id, "v"])
    assert own(held.run("a").data.tags) == {f"k{i}": "v" for i in range(10)}


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        ("set_tag @run_id='{id}', @run_id='{id}', @key='k', @value='v'", errors.ParseError, "given twice"),
        ("""set_tag @run_id='{id}' @@json='{{"run_id": "x", "key": "k", "value": "v"}}'""", errors.ParseError, "twice"),
        ("""set_tag @@json='{{"run_id": "{id}", "key": "k", "key": "l", "value": "v"}}'""", errors.ParseError, "twice"),
        ("""set_tag @@json='{{"key": "k"}}' @@json='{{"key": "l"}}'""", errors.ParseError, "given twice"),
        ("set_tag @run='{id}', @key='k', @value='v'", errors.BindError, "did you mean 'run_id'"),
        ("set_tags @run_id='{id}', @key='k', @value='v'", errors.BindError, "did you mean 'set_tag'"),
        ("set_tag @run_id='{id}', @key='k'", errors.BindError, "needs @value"),
        ("set_tag @run_id='{id}', @key='k', @value=NULL", errors.StatementError, "cannot be NULL"),
        ("set_tag @run_id='{id}', @key='k', @value=1", errors.StatementError, "1 is not text: write '1'"),
        ("set_tag @run_id='{id}', @key='k//l', @value='v'", errors.StatementError, "k//l"),
        ("set_tag @run_id='{id}', @key='k', @value=v", errors.ParseError, "no constant"),
        ("set_tag @run_id='{id}', @key='k', @value='v' w", errors.ParseError, "cannot read the value of @value"),
        ("set_tag @run_id='{id}', @key='k', @value=", errors.ParseError, "no value"),
        ("set_tag @run_id='{id}', @key='k', value='v'", errors.ParseError, "expected @parameter"),
        ("set_tag @@jsn='{{}}'", errors.ParseError, "@@json"),
        ("set_tag @@json='{{'", errors.ParseError, "not JSON"),
        ("set_tag @@json='[]'", errors.ParseError, "JSON object"),
        ("update @run_id='{id}', @status='Finished'", errors.StatementError, "none of RUNNING"),
        ("log_param @run_id='{id}', @key='p', @value=repeat('x', 6001)", errors.StatementError, "6001"),
        ("log_metric @run_id='{id}', @key='m', @value='much', @timestamp=1", errors.StatementError, "much"),
        ("log_metric @run_id='{id}', @key='m', @value=1, @timestamp=-1", errors.StatementError, "1970"),
        ("search @experiment_ids=['{id}'] @run_view_type='active'", errors.StatementError, "takes ACTIVE_ONLY"),
        ("set_tag @run_id={{{{ run }}}}, @key='k', @value='v'", errors.Error, "run"),
    ],
)
def test_a_call_that_does_not_fit_is_not_sent(
    through: Connection, proxy: Proxy, held: Held, call: str, error: type[errors.Error], says: str
) -> None:
    """The server would answer 200 to most of these."""
    id = held.make("a")
    with pytest.raises(error) as caught:
        through.sql(f"EXEC experiment_runs.{call.format(id=id)}")
    assert says in str(caught.value)
    assert proxy.asked == []


def test_a_refusal_of_the_server_is_told(con: Connection) -> None:
    """In its own words."""
    with pytest.raises(errors.NotFound, match="nosuchrun"):
        con.sql("EXEC experiment_runs.delete @run_id = 'nosuchrun'")


def test_runs_are_deleted_in_bulk(con: Connection, held: Held) -> None:
    """Those that started up to a time, the earliest first, at most max_runs; each is told when it was deleted."""
    for i in range(5):
        held.client.create_run(held.id, run_name=f"r{i}", start_time=1_700_000_000_000 + i * 1000)
    bulk = f"EXEC {PROVIDER}.experiment_runs.delete_bulk @experiment_id = '{held.id}'"
    assert answer(con, f"{bulk}, @max_timestamp_millis = 1700000003000, @max_runs = 2") == {"runs_deleted": 2}
    assert set(held.runs()) == {"r2", "r3", "r4"}
    assert answer(con, f"{bulk}, @max_timestamp_millis = 1700000003000") == {"runs_deleted": 2}
    assert set(held.runs()) == {"r4"}
    assert answer(con, f"{bulk}, @max_timestamp_millis = 1700000003000") == {"runs_deleted": 0}
    tags = [r.data.tags.get("mlflow_sql.deleted_at") for r in held.runs(deleted=True).values()]
    assert [t is not None and t.isdigit() for t in tags] == [r != "r4" for r in held.runs(deleted=True)]


def test_runs_are_restored_in_bulk(con: Connection, held: Held) -> None:
    """Those that we know were deleted since a time; what others deleted is left alone and counted."""
    for i in range(5):
        held.client.create_run(held.id, run_name=f"r{i}", start_time=1_700_000_000_000 + i * 1000)
    bulk = f"@experiment_id = '{held.id}', @max_timestamp_millis ="
    con.sql(f"EXEC runs.delete_bulk {bulk} 1700000000000")
    con.sql(f"EXEC runs.delete_bulk {bulk} 1700000002000")
    held.client.delete_run(held.run("r3").info.run_id)
    gone = held.runs(deleted=True)
    first, second = (int(gone[n].data.tags["mlflow_sql.deleted_at"]) for n in ("r0", "r1"))
    assert first < second
    back = f"EXEC runs.restore_bulk @experiment_id = '{held.id}', @min_timestamp_millis ="
    found = answer(con, f"{back} {second + 1}")
    assert found == {"runs_restored": 0, "runs_of_unknown_deletion_time": 1}
    assert answer(con, f"{back} {second}, @max_runs = 1")["runs_restored"] == 1
    assert answer(con, f"{back} {second}")["runs_restored"] == 1
    assert set(held.runs()) == {"r1", "r2", "r4"}
    assert answer(con, f"{back} 0") == {"runs_restored": 1, "runs_of_unknown_deletion_time": 1}
    assert set(held.runs()) == {"r0", "r1", "r2", "r4"}
    assert not any("mlflow_sql.deleted_at" in r.data.tags for r in held.runs(deleted=True).values())


@pytest.mark.parametrize("most", [0, 10_001])
def test_max_runs_has_limits(through: Connection, proxy: Proxy, held: Held, most: int) -> None:
    """As the vendor's call has."""
    with pytest.raises(errors.StatementError, match="between 1 and 10000"):
        through.sql(
            f"EXEC runs.delete_bulk @experiment_id = '{held.id}', @max_timestamp_millis = 5, @max_runs = {most}"
        )
    assert proxy.writes == []


def test_the_statements_of_stackql_s_documentation(con: Connection, held: Held) -> None:
    """Its three examples run as they stand there, with the values of their placeholders bound."""
    insert = """
INSERT INTO databricks_workspace.ml.experiment_runs (
experiment_id,
run_name,
start_time,
tags,
user_id,
deployment_name
)
SELECT 
'{{ experiment_id }}',
'{{ run_name }}',
{{ start_time }},
'{{ tags }}',
'{{ user_id }}',
'{{ deployment_name }}'
RETURNING
run
;
"""
    values = {"experiment_id": held.id, "run_name": "it's", "start_time": 1700000000000, "user_id": "me",
              "tags": '[{"key":"a","value":"b"}]', "deployment_name": "dep"}  # fmt: skip
    made = json.loads(answer(con, insert, values)["run"])
    run = held.run("it's")
    assert made["info"]["run_id"] == run.info.run_id
    assert (run.info.start_time, run.info.user_id, own(run.data.tags)) == (1700000000000, "me", {"a": "b"})
    select = """
SELECT
run
FROM databricks_workspace.ml.experiment_runs
WHERE run_id = '{{ run_id }}' -- required
AND deployment_name = '{{ deployment_name }}' -- required
AND run_uuid = '{{ run_uuid }}'
;
"""
    id = {"run_id": run.info.run_id, "run_uuid": run.info.run_id, "deployment_name": "dep"}
    assert json.loads(answer(con, select, id)["run"])["info"]["run_name"] == "it's"
    delete = """
EXEC databricks_workspace.ml.experiment_runs.delete 
@deployment_name='{{ deployment_name }}' --required
@@json=
'{
"run_id": "{{ run_id }}"
}'
;
"""
    assert answer(con, delete, id) == OK
    assert held.run("it's").info.lifecycle_stage == "deleted"


def test_show_insert_into_gives_a_statement_that_runs(con: Connection, held: Held) -> None:
    """StackQL's template: with its placeholders bound it makes a run."""
    template = answer(con, "SHOW INSERT INTO experiment_runs")["template"]
    values = {"experiment_id": held.id, "run_name": "made", "user_id": "me", "status": "FINISHED", "start_time": 5,
              "end_time": 6, "params": {"p": "1"}, "tags": {"t": "1"}, "metrics": {"m": 1.0}}  # fmt: skip
    (row,) = rows(con.sql(template, values))
    run = held.run("made")
    assert row == (run.info.run_id,)
    assert (run.info.start_time, run.info.end_time, run.info.status) == (5, 6, "FINISHED")
    assert (run.data.params, run.data.metrics) == ({"p": "1"}, {"m": 1.0})
