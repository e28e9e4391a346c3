"""ON CONFLICT and MERGE: what is there is left or changed, what is missing is made, and again makes no call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mlflow_sql import Connection, errors
from support.proxy import Proxy

from .conftest import Held, own, rows

if TYPE_CHECKING:
    from mlflow import MlflowClient


def test_do_nothing_leaves_what_is_there(through: Connection, proxy: Proxy, held: Held, name: str) -> None:
    """By name; two equal new names in one statement make one row; INSERT OR IGNORE is the same."""
    statement = f"""INSERT INTO experiments (name, tags) VALUES ('{name}', {{'k': 'new'}}), ('{name} b', {{'k': '1'}}),
        ('{name} b', {{'k': '2'}}) ON CONFLICT (name) DO NOTHING RETURNING name"""
    assert rows(through.sql(statement)) == [(f"{name} b",)]
    assert held.client.get_experiment(held.id).tags == {"made": "by the client"}
    assert held.client.get_experiment_by_name(f"{name} b").tags == {"k": "1"}
    assert len(proxy.writes) == 1
    assert rows(through.sql(statement)) == []
    assert rows(through.sql(f"INSERT OR IGNORE INTO experiments (name) VALUES ('{name}'), ('{name} b')")) == [(0,)]
    assert len(proxy.writes) == 1


def test_do_update_changes_what_is_there(through: Connection, proxy: Proxy, held: Held, name: str) -> None:
    """With the row's own values and those of ``excluded``; again it changes nothing and still returns the rows."""
    statement = f"""INSERT INTO experiments (name, tags) VALUES ('{name}', {{'k': 'v'}}), ('{name} b', {{'k': 'v'}})
        ON CONFLICT (name) DO UPDATE SET tags['k'] = excluded.tags['k'], tags['was'] = experiments.tags.made
        RETURNING name, tags"""
    expected = {name: {"made": "by the client", "was": "by the client", "k": "v"}, f"{name} b": {"k": "v"}}
    assert dict(rows(through.sql(statement))) == expected
    assert {n: held.client.get_experiment_by_name(n).tags for n in expected} == expected
    proxy.forget()
    assert dict(rows(through.sql(statement))) == expected
    assert proxy.writes == []


def test_do_update_may_have_a_condition(con: Connection, held: Held, name: str) -> None:
    """Rows for which it does not hold are left."""
    for value, want in (("1", "1"), ("2", "1"), ("3", "3")):
        con.sql(
            f"""INSERT INTO experiments (name, tags) VALUES ('{name}', {{'k': '{value}'}}) ON CONFLICT (name)
            DO UPDATE SET tags = excluded.tags WHERE '{value}' <> '2'"""
        )
        assert held.client.get_experiment(held.id).tags == {"k": want}


def test_two_new_rows_of_one_name_are_refused(through: Connection, proxy: Proxy, name: str) -> None:
    """DO UPDATE would write one row twice; and a plain INSERT would make one and fail at the other."""
    new = f"INSERT INTO experiments (name, tags) VALUES ('{name}', {{'k': '1'}}), ('{name}', {{'k': '2'}})"
    with pytest.raises(errors.StatementError, match=r"2 rows to be inserted have name .*do not say the same"):
        through.sql(f"{new} ON CONFLICT (name) DO UPDATE SET tags = excluded.tags")
    with pytest.raises(errors.StatementError, match=r"2 rows of experiments would have the name .*only one") as caught:
        through.sql(new)
    assert "ON CONFLICT (name) DO NOTHING" in str(caught.value.hint)
    assert proxy.writes == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE experiments SET name = '{name} c' WHERE name LIKE '{name}%'",
        """MERGE INTO experiments e USING (VALUES ('{name} c'), ('{name} c')) AS s(n) ON e.name = s.n
        WHEN NOT MATCHED THEN INSERT (name) VALUES (s.n)""",
    ],
)
def test_a_unique_name_is_given_once(through: Connection, proxy: Proxy, held: Held, name: str, statement: str) -> None:
    """Before anything is sent: the server would take the first and refuse the others."""
    held.client.create_experiment(f"{name} b")
    with pytest.raises(errors.StatementError, match=r"2 rows of experiments would have the name .*only one"):
        through.sql(statement.format(name=name))
    assert proxy.writes == []


def test_several_rows_that_conflict_with_one_are_told(through: Connection, proxy: Proxy, held: Held) -> None:
    """DO UPDATE cannot know which is meant: the error counts and names them. DO NOTHING and MERGE need not know."""
    ids = [held.make("a") for _ in range(3)]
    new = f"INSERT INTO runs (experiment_id, run_name) VALUES ('{held.id}', 'a') ON CONFLICT (experiment_id, run_name)"
    with pytest.raises(errors.StatementError, match=r"3 rows of experiment_runs have .*run_name 'a'") as caught:
        through.sql(f"{new} DO UPDATE SET tags['k'] = 'v'")
    assert all(id in str(caught.value) for id in ids)
    assert rows(through.sql(f"{new} DO NOTHING")) == [(0,)]
    assert proxy.writes == []
    through.sql(
        f"""MERGE INTO runs t USING (SELECT 'a' AS n) s ON t.experiment_id = '{held.id}' AND t.run_name = s.n
        WHEN MATCHED THEN UPDATE SET tags['k'] = 'v'"""
    )
    found = held.client.search_runs([held.id])
    assert [own(r.data.tags) for r in found] == [{"k": "v"}] * 3


def test_merge_by_columns_of_the_same_name(through: Connection, proxy: Proxy, held: Held) -> None:
    """USING (columns) is ON with an equality for each, as in DuckDB."""
    held.make("a"), held.make("b")
    merge = f"""MERGE INTO runs USING (SELECT '{held.id}' AS experiment_id, 'a' AS run_name, 'v' AS v) AS s
        USING (experiment_id, run_name) WHEN MATCHED THEN UPDATE SET tags['k'] = s.v"""
    assert rows(through.sql(merge)) == [(1,)]
    assert {n: own(r.data.tags) for n, r in held.runs().items()} == {"a": {"k": "v"}, "b": {}}


@pytest.mark.parametrize("action", ["NOTHING", "UPDATE SET tags['k'] = 'v'"])
def test_a_deleted_experiment_keeps_its_name(
    through: Connection, proxy: Proxy, held: Held, name: str, action: str
) -> None:
    """The server would refuse the name; the error says so and how to restore it, and running that helps."""
    held.client.delete_experiment(held.id)
    statement = f"INSERT INTO experiments (name) VALUES ('{name} b'), ('{name}') ON CONFLICT (name) DO {action}"
    with pytest.raises(errors.StatementError, match="deleted") as caught:
        through.sql(statement)
    assert proxy.writes == []
    hint = str(caught.value.hint)
    assert hint.endswith(" restores it")
    through.sql(hint.removesuffix(" restores it"))
    through.sql(statement)
    assert held.client.get_experiment(held.id).lifecycle_stage == "active"
    assert held.client.get_experiment_by_name(f"{name} b") is not None


def test_runs_conflict_by_experiment_and_name(through: Connection, proxy: Proxy, held: Held) -> None:
    """In either order of the two; a run without a name conflicts with none, a deleted one neither."""
    held.make("a", tags={"k": "old"}), held.make("b", tags={"k": "old"})
    held.client.delete_run(held.run("b").info.run_id)
    statement = f"""INSERT INTO runs (experiment_id, run_name, tags)
        SELECT '{held.id}', n, MAP{{'k': 'new'}} FROM (VALUES ('a'), ('b'), ('c')) v(n)
        ON CONFLICT (run_name, experiment_id) DO"""
    assert rows(through.sql(f"{statement} NOTHING")) == [(2,)]
    assert {n: own(r.data.tags) for n, r in held.runs().items()} == {
        n: {"k": "old" if n == "a" else "new"} for n in "abc"
    }
    update = f"{statement} UPDATE SET tags['k'] = excluded.tags['k'], status = 'FINISHED' RETURNING run_name, status"
    assert sorted(rows(through.sql(update))) == [("a", "FINISHED"), ("b", "FINISHED"), ("c", "FINISHED")]
    assert {own(r.data.tags)["k"] for r in held.runs().values()} == {"new"}
    proxy.forget()
    assert rows(through.sql(f"{statement} UPDATE SET tags['k'] = excluded.tags['k']")) == [(0,)]
    assert proxy.writes == []
    unnamed = f"INSERT INTO runs (experiment_id, run_name) VALUES ('{held.id}', NULL), ('{held.id}', NULL)"
    assert rows(through.sql(f"{unnamed} ON CONFLICT DO NOTHING")) == [(2,)]


@pytest.mark.parametrize(
    ("conflict", "says"),
    [
        ("(experiment_id) DO NOTHING", "takes (name), not (experiment_id)"),
        ("(name) DO UPDATE SET artifact_location = 'x'", "cannot be changed"),
    ],
)
def test_conflicts_that_cannot_be_are_refused(con: Connection, held: Held, name: str, conflict: str, says: str) -> None:
    """With what the table takes."""
    with pytest.raises(errors.StatementError) as caught:
        con.sql(f"INSERT INTO experiments (name) VALUES ('{name}') ON CONFLICT {conflict}")
    assert says in str(caught.value)


MERGE = """MERGE INTO runs AS t USING (SELECT * FROM (VALUES
      ('a', 'update'), ('b', 'delete'), ('c', 'keep'), ('d', 'insert')) v(name, what)) AS s
    ON t.experiment_id = '{id}' AND t.run_name = s.name
    WHEN MATCHED AND s.what = 'delete' THEN DELETE
    WHEN MATCHED AND s.what = 'keep' THEN DO NOTHING
    WHEN MATCHED THEN UPDATE SET tags['what'] = s.what, status = 'FINISHED'
    WHEN NOT MATCHED AND s.what <> 'delete' THEN INSERT (experiment_id, run_name, tags) VALUES
      ('{id}', s.name, MAP{{'what': s.what}})
    WHEN NOT MATCHED BY SOURCE AND t.experiment_id = '{id}' AND t.run_name = 'e' THEN UPDATE SET tags['what'] = 'e'
    WHEN NOT MATCHED BY SOURCE AND t.experiment_id = '{id}' THEN DELETE
    RETURNING merge_action, run_name, tags['what']"""


def test_merge_does_what_its_clauses_say(through: Connection, proxy: Proxy, held: Held) -> None:
    """Each row by the first clause that holds for it; run again it makes no write call."""
    for name in "abcef":
        held.make(name)
    answered = rows(through.sql(MERGE.format(id=held.id)))
    assert sorted(answered) == [
        ("DELETE", "b", None), ("DELETE", "f", None), ("INSERT", "d", "insert"), ("UPDATE", "a", "update"),
        ("UPDATE", "e", "e"),
    ]  # fmt: skip
    runs = held.runs()
    assert {n: own(r.data.tags).get("what") for n, r in runs.items()} == {
        "a": "update", "c": None, "d": "insert", "e": "e",
    }  # fmt: skip
    assert {n: r.info.status for n, r in runs.items()}["a"] == "FINISHED"
    through.sql(MERGE.format(id=held.id))
    proxy.forget()
    through.sql(MERGE.format(id=held.id))
    assert proxy.writes == []


def test_merge_twice_makes_no_write_call(through: Connection, proxy: Proxy, held: Held, name: str) -> None:
    """For experiments with tags, and for runs with params, metrics and tags."""
    experiments = f"""MERGE INTO experiments USING (SELECT '{name} ' || i AS name, MAP{{'owner': 'x'}} AS tags
        FROM range(3) t(i)) AS s ON experiments.name = s.name WHEN MATCHED THEN UPDATE SET tags = s.tags
        WHEN NOT MATCHED THEN INSERT (name, tags) VALUES (s.name, s.tags)"""
    runs = f"""MERGE INTO runs USING (SELECT 'r' || i AS name, MAP{{'lr': i}} AS params FROM range(3) t(i)) AS s
        ON runs.experiment_id = '{held.id}' AND runs.run_name = s.name
        WHEN MATCHED THEN UPDATE SET params = s.params, status = 'FINISHED'
        WHEN NOT MATCHED THEN INSERT (experiment_id, run_name, params, status, metrics)
          VALUES ('{held.id}', s.name, s.params, 'FINISHED', MAP{{'m': 1.0}})"""
    assert [rows(through.sql(s)) for s in (experiments, runs)] == [[(3,)], [(3,)]]
    assert held.run("r2").data.params == {"lr": "2"}
    assert held.client.get_experiment_by_name(f"{name} 2").tags == {"owner": "x"}
    proxy.forget()
    assert [rows(through.sql(s)) for s in (experiments, runs)] == [[(0,)], [(0,)]]
    assert proxy.writes == []


@pytest.mark.parametrize(
    ("clause", "says"),
    [
        ("WHEN NOT MATCHED THEN INSERT (name) VALUES (s.n, s.n)", "another number of columns"),
        ("WHEN NOT MATCHED THEN INSERT (nam) VALUES (s.n)", "did you mean 'name'"),
        ("WHEN MATCHED THEN UPDATE SET creation_time = now()", "cannot be changed"),
        ("WHEN MATCHED THEN UPDATE SET *", "SET takes column = value"),
        ("WHEN NOT MATCHED THEN ERROR", "cannot read the statement near 'ERROR'"),
        ("WHEN MATCHED THEN DELETE", "2 rows of the source match the row of experiments"),
    ],
)
def test_merges_that_cannot_be_are_refused(
    through: Connection, proxy: Proxy, held: Held, name: str, clause: str, says: str
) -> None:
    """Before anything is sent; two source rows for one target row are ambiguous unless they do the same."""
    source = f"(SELECT '{name}' AS n UNION ALL SELECT '{name}')"
    if says.startswith("2 rows"):
        source = f"(SELECT '{name}' AS n, 1 AS i UNION ALL SELECT '{name}', 2)"
        clause = "WHEN MATCHED THEN UPDATE SET tags['i'] = s.i"
    with pytest.raises(errors.StatementError) as caught:
        through.sql(f"MERGE INTO experiments e USING {source} AS s ON e.name = s.n {clause}")
    assert says in str(caught.value)
    assert proxy.writes == []


def test_a_merge_of_everything_into_a_new_server(through: Connection, empty_client: MlflowClient, name: str) -> None:
    """A remote table is a source as any other: the experiments with a tag are copied under another name."""
    empty_client.create_experiment(f"{name} a", tags={"copy": name})
    through.sql(
        f"""MERGE INTO experiments t USING (SELECT name || ' copy' AS name, tags FROM experiments
        WHERE tags['copy'] = '{name}' AND NOT ends_with(name, 'copy')) s ON t.name = s.name
        WHEN NOT MATCHED THEN INSERT (name, tags) VALUES (s.name, s.tags)"""
    )
    assert empty_client.get_experiment_by_name(f"{name} a copy").tags == {"copy": name}


def searched(proxy: Proxy) -> list[tuple[list[str], str]]:
    """The experiments and the filter of each search for runs."""
    return [(a.body["experiment_ids"], a.body.get("filter", "")) for a in proxy.asked if a.path == "runs/search"]


@pytest.mark.parametrize("id", ["'{id}'", "{id}", "CAST({id} AS INTEGER)"])
def test_only_rows_that_can_match_are_read(through: Connection, proxy: Proxy, held: Held, id: str) -> None:
    """The source's values reach the server, ids written as numbers too; other experiments are not read."""
    held.make("a"), held.make("c")
    found = through.sql(
        f"""INSERT INTO runs (experiment_id, run_name) SELECT {id.format(id=held.id)}, n FROM (VALUES ('a'), ('b')) v(n)
        ON CONFLICT (experiment_id, run_name) DO NOTHING RETURNING run_name"""
    )
    assert rows(found) == [("b",)]
    assert sorted(searched(proxy)) == [([held.id], f"tags.`mlflow.runName` = '{n}'") for n in "ab"]


def test_a_merge_reads_what_its_clauses_can_concern(through: Connection, proxy: Proxy, held: Held) -> None:
    """With a clause for rows without a match too: those of its condition, and no other experiment."""
    for name in "abc":
        held.make(name, status="FAILED" if name == "c" else None)
    through.sql(
        f"""MERGE INTO runs t USING (SELECT 'a' AS n) s ON t.experiment_id = '{held.id}' AND t.run_name = s.n
        WHEN MATCHED THEN UPDATE SET tags['k'] = 'v'
        WHEN NOT MATCHED BY SOURCE AND t.experiment_id = '{held.id}' AND t.status = 'FAILED' THEN DELETE"""
    )
    assert {experiments[0] for experiments, _ in searched(proxy)} == {held.id}
    assert sorted(f for _, f in searched(proxy)) == ["attributes.status = 'FAILED'", "tags.`mlflow.runName` = 'a'"]
    assert {n: own(r.data.tags) for n, r in held.runs().items()} == {"a": {"k": "v"}, "b": {}}


@pytest.mark.parametrize(
    "source",
    [
        "SELECT name || CASE WHEN random() < 2 THEN '' END AS n FROM (VALUES ('a'), ('b')) v(name)",
        "SELECT CASE WHEN i < 2 THEN chr(97 + i::INT) ELSE 'x' || i END AS n FROM range(1500) t(i)",
        "SELECT NULL AS n UNION ALL SELECT 'a' UNION ALL SELECT 'b'",
        "SELECT run_name AS n FROM runs WHERE experiment_id = '{id}' AND run_name <> 'c'",
    ],
    ids=["volatile", "many", "with NULL", "remote"],
)
def test_whatever_the_source_is_the_same_rows_match(con: Connection, held: Held, source: str) -> None:
    """Also where its values cannot be asked for beforehand."""
    for name in "abc":
        held.make(name)
    con.sql(
        f"""MERGE INTO runs t USING ({source.format(id=held.id)}) s
        ON t.experiment_id = '{held.id}' AND t.run_name = s.n
        WHEN MATCHED THEN UPDATE SET tags['k'] = 'v'"""
    )
    assert {n for n, r in held.runs().items() if own(r.data.tags)} == {"a", "b"}
