"""UPDATE and DELETE of experiments and runs, and what brings deleted ones back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mlflow_sql import Connection, errors
from support.proxy import Proxy

from .conftest import Held, own, rows


@pytest.fixture
def three(held: Held) -> Held:
    """An experiment with the runs a, b and c."""
    for i, name in enumerate("abc"):
        held.make(name, params={"lr": str(i)}, tags={"k": str(i), "old": "x"}, metrics={"m": float(i)})
    return held


def test_attributes_are_set_where_the_condition_holds(con: Connection, three: Held) -> None:
    """Status, end time and name, of the rows that a condition on anything selects; the others stay as they are."""
    before = three.everything()["runs"]
    con.sql(
        f"""UPDATE runs SET status = 'FINISHED', end_time = TIMESTAMPTZ '2026-01-01 00:00:00+00', run_name = 'renamed'
        WHERE experiment_id = '{three.id}' AND metrics.m > 0.5 AND params.lr = '1' AND tags['k'] IN ('0', '1')"""
    )
    run = three.run("renamed")
    assert (run.info.status, run.info.end_time) == ("FINISHED", 1_767_225_600_000)
    assert run.data.tags["mlflow.runName"] == "renamed"
    after = three.everything()["runs"]
    assert {k for k in before if before[k] != after[k]} == {run.info.run_id}


def test_single_tags_are_set_and_removed(con: Connection, three: Held) -> None:
    """tags['key'], tags.key and tags."odd key" set one; NULL removes one, also one that is not there."""
    con.sql(
        f"""UPDATE runs AS r SET tags['stage'] = 'it''s', r.tags.team = 'x', tags."odd key" = 'y',
        tags['old'] = NULL, tags['never'] = NULL WHERE r.experiment_id = '{three.id}' AND run_name = 'a'"""
    )
    assert own(three.run("a").data.tags) == {"k": "0", "stage": "it's", "team": "x", "odd key": "y"}
    assert own(three.run("b").data.tags) == {"k": "1", "old": "x"}


def test_a_right_side_may_use_the_row_and_subqueries(con: Connection, three: Held) -> None:
    """Values are computed from the row as it was, and from other rows and tables."""
    con.sql(
        f"""UPDATE runs SET run_name = run_name || '-' || params.lr, tags['m2'] = metrics.m * 2, tags['k'] = tags.old,
        tags['best'] = (SELECT max(metrics.m) FROM runs WHERE experiment_id = '{three.id}'),
        tags['of'] = (SELECT name FROM experiments e WHERE e.experiment_id = runs.experiment_id)
        WHERE experiment_id = '{three.id}' AND run_name <> 'b'"""
    )
    runs = three.runs()
    assert set(runs) == {"a-0", "b", "c-2"}
    name = three.client.get_experiment(three.id).name
    assert own(runs["c-2"].data.tags) == {"k": "x", "old": "x", "m2": "4.0", "best": "2.0", "of": name}


def test_values_come_from_another_table(con: Connection, three: Held) -> None:
    """UPDATE ... FROM; a row that the source names twice with different values is refused, twice with equal is not."""
    con.sql(
        f"""UPDATE runs SET status = v.s, tags['why'] = v.n FROM (VALUES ('a', 'FAILED'), ('c', 'KILLED')) v(n, s)
        WHERE experiment_id = '{three.id}' AND run_name = v.n"""
    )
    assert {n: r.info.status for n, r in three.runs().items()} == {"a": "FAILED", "b": "RUNNING", "c": "KILLED"}
    before = three.everything()
    with pytest.raises(errors.StatementError, match="2 rows of the source match the row"):
        con.sql(
            f"""UPDATE runs SET tags['t'] = v.t FROM (VALUES ('a', '1'), ('a', '2'), ('b', '3')) v(n, t)
            WHERE experiment_id = '{three.id}' AND run_name = v.n"""
        )
    assert three.everything() == before
    found = con.sql(
        f"""UPDATE runs SET tags['t'] = v.t FROM (VALUES ('a', '1'), ('a', '1')) v(n, t)
        WHERE experiment_id = '{three.id}' AND run_name = v.n"""
    )
    assert rows(found) == [(1,)]


def test_a_whole_map_keeps_what_mlflow_keeps(con: Connection, three: Held) -> None:
    """The user's tags are those that were assigned; MLflow's own (name, user, ...) and our mark stay."""
    three.client.set_tag(three.run("a").info.run_id, "mlflow.note.content", "a note")
    con.sql(f"UPDATE runs SET tags = MAP{{'only': 'this'}} WHERE experiment_id = '{three.id}' AND run_name = 'a'")
    tags = three.run("a").data.tags
    assert own(tags) == {"only": "this"}
    assert tags["mlflow.note.content"] == "a note"
    assert tags["mlflow.runName"] == "a"
    con.sql(f"UPDATE runs SET tags = NULL WHERE experiment_id = '{three.id}' AND run_name = 'a'")
    assert own(three.run("a").data.tags) == {}


def test_what_is_so_already_makes_no_call(through: Connection, proxy: Proxy, three: Held) -> None:
    """Nor is it counted as written; RETURNING has the row all the same."""
    where = f"WHERE experiment_id = '{three.id}' AND run_name IN ('a', 'b')"
    assert rows(
        through.sql(
            f"UPDATE runs SET status = 'RUNNING', run_name = run_name, end_time = NULL, tags['old'] = 'x',"
            f" tags['none'] = NULL, params['lr'] = params.lr {where}"
        )
    ) == [(0,)]
    found = through.sql(f"UPDATE runs SET tags['k'] = '0' {where} RETURNING run_name, tags.k")
    assert sorted(rows(found)) == [("a", "0"), ("b", "0")]
    assert [(a.path, a.body["run_id"]) for a in proxy.writes] == [("runs/log-batch", three.run("b").info.run_id)]


def test_params_are_added_and_never_changed(con: Connection, three: Held) -> None:
    """The server refuses to change one, so we do before anything is sent."""
    where = f"WHERE experiment_id = '{three.id}'"
    con.sql(f"UPDATE runs SET params['new'] = 1 {where} AND run_name = 'a'")
    assert three.run("a").data.params == {"lr": "0", "new": "1"}
    before = three.everything()
    for wrong in ("params['lr'] = '1'", "params = MAP{'lr': '9'}", "params = MAP{'other': '1'}", "params['lr'] = NULL"):
        with pytest.raises(errors.StatementError, match="params"):
            con.sql(f"UPDATE runs SET tags['new'] = 'x', {wrong} {where}")
    assert three.everything() == before


@pytest.mark.parametrize(
    ("assigned", "says"),
    [
        ("status = 'DONE'", "none of RUNNING"),
        ("status = NULL", "cannot be set to NULL"),
        ("run_name = ''", "empty"),
        ("run_name = repeat('n', 251)", "251"),
        ("tags['a//b'] = 'x'", "a//b"),
        ("tags['t'] = repeat('x', 8001)", "8001"),
        ("tags = MAP{'t': NULL}", "NULL"),
        ("params['p'] = repeat('x', 6001)", "6001"),
        ("end_time = -1", "1970"),
        ("start_time = now()", "cannot be changed"),
        ("run_id = 'x'", "cannot be changed"),
        ("experiment_id = '0'", "cannot be changed"),
        ("metrics['m'] = 1", "cannot be changed"),
        ("lifecycle_stage = 'gone'", "'active' or 'deleted'"),
        ("statu = 'FINISHED'", "did you mean 'status'"),
        ("status['x'] = 'y'", "cannot be assigned to"),
        ("tags[run_name] = 'y'", "text in quotes"),
        ("status = 'FAILED', status = 'FAILED'", "twice"),
        ("(status, run_name) = ('FAILED', 'x')", "SET takes column = value"),
        ("end_time = 'never'", "experiment_runs.end_time: Conversion Error"),
    ],
)
def test_an_update_that_does_not_fit_changes_nothing(
    through: Connection, proxy: Proxy, three: Held, assigned: str, says: str
) -> None:
    """Refused with the reason before the first write, beside changes that would fit."""
    with pytest.raises(errors.StatementError) as caught:
        through.sql(f"UPDATE runs SET tags['fits'] = 'x', {assigned} WHERE experiment_id = '{three.id}'")
    assert says in str(caught.value)
    assert proxy.writes == []


@pytest.mark.parametrize("key", ["a!", "a//b", "../a"])
def test_keys_of_experiments_are_checked_too(
    through: Connection, proxy: Proxy, held: Held, name: str, key: str
) -> None:
    """The server would refuse the second row after the first is written."""
    with pytest.raises(errors.StatementError, match=r"experiments\.tags") as caught:
        through.sql(
            f"INSERT INTO experiments (name, tags) VALUES ('{name} b', NULL), ('{name} c', MAP{{'{key}': 'x'}})"
        )
    assert repr(key) in str(caught.value)
    with pytest.raises(errors.StatementError, match=r"experiments\.tags"):
        through.sql(f"UPDATE experiments SET tags['{key}'] = 'x' WHERE name = '{name}'")
    assert proxy.writes == []


def test_what_is_deleted_is_not_deleted_again(through: Connection, proxy: Proxy, three: Held) -> None:
    """Where a condition on lifecycle_stage brings deleted rows too: neither counted nor returned."""
    delete = f"DELETE FROM runs WHERE experiment_id = '{three.id}' AND lifecycle_stage IN ('active', 'deleted')"
    through.sql(f"DELETE FROM runs WHERE experiment_id = '{three.id}' AND run_name = 'a'")
    proxy.forget()
    assert sorted(rows(through.sql(f"{delete} RETURNING run_name, merge_action"))) == [("b", "DELETE"), ("c", "DELETE")]
    assert len(proxy.writes) == 2
    proxy.forget()
    assert rows(through.sql(delete)) == [(0,)]
    assert proxy.writes == []


def test_returning_tells_the_row_as_it_is_now(con: Connection, three: Held) -> None:
    """What other columns make of the change too: duration, the name among the tags, the raw run, update times."""
    (row,) = rows(
        con.sql(
            f"""UPDATE runs SET run_name = 'z', end_time = start_time + INTERVAL 3 SECOND WHERE
            experiment_id = '{three.id}' AND run_name = 'a'
            RETURNING duration, tags['mlflow.runName'], run->>'$.info.run_name', tags.k"""
        )
    )
    assert (row[0].total_seconds(), *row[1:]) == (3, "z", "z", "0")
    renamed = con.sql(
        "UPDATE experiments SET name = name || ' 2', tags['made'] = 'by us'"
        f" WHERE experiment_id = '{three.id}' RETURNING *"
    )
    found = three.client.get_experiment(three.id)
    (answer,) = rows(renamed)
    assert answer[1] == found.name
    assert answer[1].endswith(" 2")
    assert answer[5] == datetime.fromtimestamp(found.last_update_time / 1000, UTC)
    assert answer[6] == found.tags == {"made": "by us"}


def test_experiments_are_renamed_and_tagged(con: Connection, three: Held, name: str) -> None:
    """Name and tags; a tag is removed by NULL; the location cannot be changed."""
    con.sql(
        "UPDATE experiments SET name = 'new ' || name, tags['owner'] = 'me', tags.made = NULL WHERE name = ?", [name]
    )
    found = three.client.get_experiment(three.id)
    assert (found.name, found.tags) == (f"new {name}", {"owner": "me"})
    with pytest.raises(errors.StatementError, match="artifact_location cannot be changed"):
        con.sql(f"UPDATE experiments SET artifact_location = 'x' WHERE experiment_id = '{three.id}'")
    with pytest.raises(errors.StatementError, match="20001"):
        con.sql(f"UPDATE experiments SET tags['x'] = repeat('x', 20001) WHERE experiment_id = '{three.id}'")
    with pytest.raises(errors.StatementError, match="NULL"):
        con.sql(f"UPDATE experiments SET tags = MAP{{'x': NULL}} WHERE experiment_id = '{three.id}'")


def test_runs_are_deleted_and_restored(con: Connection, three: Held) -> None:
    """DELETE hides them; lifecycle_stage = 'active' brings back those that the condition selects."""
    where = f"experiment_id = '{three.id}'"
    deleted = con.sql(f"DELETE FROM runs WHERE {where} AND metrics.m < 1.5 RETURNING run_name, metrics.m")
    assert sorted(rows(deleted)) == [("a", 0.0), ("b", 1.0)]
    assert set(three.runs()) == {"c"}
    assert rows(con.sql(f"SELECT run_name FROM runs WHERE {where}")) == [("c",)]
    stage = "lifecycle_stage = 'deleted'"
    found = con.sql(f"UPDATE runs SET lifecycle_stage = 'active', tags['back'] = 'yes' WHERE {stage} AND {where}"
                    " AND run_name = 'b' RETURNING run_name, lifecycle_stage")  # fmt: skip
    assert rows(found) == [("b", "active")]
    assert set(three.runs()) == {"b", "c"}
    assert own(three.run("b").data.tags)["back"] == "yes"
    con.sql(f"UPDATE runs SET lifecycle_stage = 'deleted', status = 'KILLED' WHERE {where} AND run_name = 'c'")
    assert set(three.runs()) == {"b"}
    assert three.run("c").info.status == "KILLED"


def test_rows_to_delete_come_from_another_table(con: Connection, three: Held) -> None:
    """DELETE ... USING; a row that is named twice is deleted once."""
    found = con.sql(
        f"""DELETE FROM runs USING (VALUES ('a'), ('a'), ('c'), ('nobody')) v(n)
        WHERE experiment_id = '{three.id}' AND run_name = v.n"""
    )
    assert rows(found) == [(2,)]
    assert set(three.runs()) == {"b"}


def test_experiments_are_deleted_and_restored(con: Connection, three: Held, name: str) -> None:
    """Their runs with them."""
    con.sql("DELETE FROM experiments WHERE name = ?", [name])
    assert three.client.get_experiment(three.id).lifecycle_stage == "deleted"
    assert three.runs() == {}
    con.sql(f"UPDATE experiments SET lifecycle_stage = 'active' WHERE lifecycle_stage = 'deleted' AND name = '{name}'")
    assert three.client.get_experiment(three.id).lifecycle_stage == "active"
    assert set(three.runs()) == {"a", "b", "c"}


def test_stackql_s_address_names_the_same_table(con: Connection, three: Held) -> None:
    """UPDATE and DELETE work there too; deployment_name says nothing about rows."""
    table = "databricks_workspace.ml.experiment_runs"
    where = f"WHERE experiment_id = '{three.id}' AND deployment_name = 'dep'"
    con.sql(f"UPDATE {table} SET status = 'FINISHED' {where} AND run_name = 'a'")
    con.sql(f"DELETE FROM {table} {where} AND run_name = 'b'")
    assert {n: r.info.status for n, r in three.runs().items()} == {"a": "FINISHED", "c": "RUNNING"}
