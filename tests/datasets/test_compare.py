"""``compare('run', 'run', ...)``: one row per field, metric, param and tag, one column per run."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mlflow_sql import Connection
from mlflow_sql.errors import BindError, StatementError, UsageError

if TYPE_CHECKING:
    from mlflow import MlflowClient

Rows = list[tuple[Any, ...]]


def rows(con: Connection, statement: str, params: Any = None) -> Rows:
    relation = con.sql(statement, params)
    assert relation is not None
    found: Rows = relation.fetchall()
    return found


@pytest.fixture(scope="module")
def runs(con: Connection) -> list[tuple[str, str]]:
    """Id and name of three runs whose names no other active run has; the first has a NaN."""
    return rows(
        con,
        "SELECT run_id, run_name FROM runs QUALIFY count(*) OVER (PARTITION BY run_name) = 1"
        " ORDER BY (map_contains(metrics, 'loss') AND metrics.loss IS NULL) DESC, run_id LIMIT 3",
    )


def test_it_tells_what_mlflow_tells(con: Connection, client: MlflowClient, runs: list[tuple[str, str]]) -> None:
    """Every metric, param and tag of each run, NULL where a run has none, and whether they differ."""
    ids = [run_id for run_id, _ in runs]
    found = {(kind, key): tuple(rest) for kind, key, *rest in rows(con, "SELECT * FROM compare(?, ?, ?)", ids)}
    data = [client.get_run(run_id).data for run_id in ids]
    expected: dict[tuple[str, str], list[str | None]] = {}
    kinds = [
        ("metric", [d.metrics for d in data]),
        ("param", [d.params for d in data]),
        ("tag", [d.tags for d in data]),
    ]
    for kind, maps in kinds:
        for key in {k for m in maps for k in m}:
            held = [m.get(key) for m in maps]
            if kind == "metric":
                held = [None if v is None else "NaN" if math.isnan(v) else repr(float(v)) for v in held]
            expected[kind, key] = held
    assert {k for k in found if k[0] != "field"} == set(expected)
    for name, held in expected.items():
        assert found[name] == (*held, len(set(held)) > 1)
    assert any("NaN" in held for (kind, _), held in expected.items() if kind == "metric")


def test_fields_are_those_of_the_run(con: Connection, client: MlflowClient, runs: list[tuple[str, str]]) -> None:
    """Status, times, owner and the rest come first, in the order of the table; two NULLs do not differ."""
    ids = [run_id for run_id, _ in runs[:2]]
    found = rows(con, "SELECT * FROM compare($a, $b) WHERE kind = 'field'", {"a": ids[0], "b": ids[1]})
    infos = [client.get_run(run_id).info for run_id in ids]
    by_key = {key: rest for _, key, *rest in found}
    assert by_key["run_id"] == [*ids, True]
    assert by_key["status"][:2] == [i.status for i in infos]
    assert by_key["user_id"][:2] == [i.user_id for i in infos]
    assert by_key["lifecycle_stage"] == ["active", "active", False]
    assert all(differs == (a != b) for a, b, differs in by_key.values())
    assert [r[0] for r in rows(con, "SELECT DISTINCT kind FROM compare(?, ?)", ids)]
    kinds = [r[0] for r in rows(con, "SELECT kind FROM compare(?, ?)", ids)]
    assert list(dict.fromkeys(kinds)) == ["field", "metric", "param", "tag"]


def test_runs_are_given_by_id_or_by_name(con: Connection, runs: list[tuple[str, str]]) -> None:
    """Columns are called as the runs are given; a name means the active run of that name."""
    (one, _), (two, name), _ = runs
    by_name = con.sql(f"SELECT * FROM compare('{one}', '{name}') ORDER BY ALL")
    by_id = con.sql(f"SELECT * FROM compare('{one}', '{two}') ORDER BY ALL")
    assert by_name is not None
    assert by_id is not None
    assert by_name.columns == ["kind", "key", one, name, "differs"]
    assert by_name.fetchall() == by_id.fetchall()


def test_it_stands_wherever_a_table_does(con: Connection, runs: list[tuple[str, str]], tmp_path: Path) -> None:
    """Aliases, CTEs, joins, views, CREATE TABLE AS and COPY."""
    (a, _), (b, _), (c, _) = runs
    call = f"compare('{a}', '{b}')"
    whole = rows(con, f"SELECT count(*) FROM {call}")
    assert rows(con, f"WITH c AS (FROM {call}) SELECT count(*) FROM c") == whole
    assert (
        rows(con, f"SELECT count(x.key) FROM {call.upper().replace(a.upper(), a).replace(b.upper(), b)} AS x") == whole
    )
    renamed = rows(con, f"SELECT count(*) FROM {call} AS c(k, name, old, new, changed) WHERE changed")
    assert renamed == rows(con, f"SELECT count(*) FROM {call} WHERE differs")
    joined = rows(con, f"SELECT count(*) FROM {call} JOIN compare('{a}', '{c}') AS d USING (kind, key)")
    assert 0 < joined[0][0] <= whole[0][0]
    told = f"compare(  -- these two\n '{a}' -- (the first,\n , /* ) */ '{b}' /* x */)"
    assert rows(con, f"SELECT count(*) FROM {told} -- end") == whole
    con.sql(f"CREATE TEMP TABLE compared AS SELECT * FROM {call}")
    assert rows(con, "SELECT count(*) FROM compared") == whole
    con.sql(f"CREATE VIEW compare_view AS SELECT * FROM {call}")
    assert rows(con, "SELECT count(*) FROM compare_view") == whole
    con.sql("DROP VIEW compare_view")
    con.sql("DROP TABLE compared")
    con.sql(f"COPY (SELECT * FROM {call}) TO '{tmp_path}/c.csv' (HEADER)")
    with (tmp_path / "c.csv").open() as file:
        assert len(list(csv.reader(file))) == whole[0][0] + 1


def test_it_takes_two_calls(con: Connection, runs: list[tuple[str, str]]) -> None:
    """The experiments, then one search for all runs; and without pushdown the rows are the same."""
    ids = ", ".join(f"'{run_id}'" for run_id, _ in runs)
    lines = [row[0] for row in rows(con, f"EXPLAIN ANALYZE SELECT * FROM compare({ids}) WHERE differs")]
    assert lines[-1].endswith("2 requests")
    pushed = rows(con, f"SELECT * FROM compare({ids})")
    con.sql("SET pushdown = off")
    try:
        assert rows(con, f"SELECT * FROM compare({ids})") == pushed
    finally:
        con.sql("RESET pushdown")


def test_a_deleted_run_is_compared_when_it_is_named_by_its_id(con: Connection, runs: list[tuple[str, str]]) -> None:
    """Its lifecycle_stage tells; by its name it is not found."""
    gone, name = rows(con, "SELECT run_id, run_name FROM runs WHERE lifecycle_stage = 'deleted' ORDER BY 1 LIMIT 1")[0]
    found = rows(con, "SELECT * FROM compare(?, ?) WHERE key = 'lifecycle_stage'", [runs[0][0], gone])
    assert found == [("field", "lifecycle_stage", "active", "deleted", True)]
    if not rows(con, "SELECT 1 FROM runs WHERE run_name = ?", [name]):
        with pytest.raises(StatementError, match="no run"):
            rows(con, "SELECT * FROM compare(?, ?)", [runs[0][0], name])


def test_runs_that_cannot_be_told_are_errors(con: Connection, runs: list[tuple[str, str]]) -> None:
    """Unknown, of one name, twice: the error names the run, never an empty column."""
    (a, a_name), _, _ = runs
    with pytest.raises(StatementError, match=r"there is no run with the id or name 'it.s gone'"):
        rows(con, "SELECT * FROM compare(?, ?)", [a, "it's gone"])
    with pytest.raises(StatementError, match=r"there is no run with the id or name '0{32}'"):
        rows(con, "SELECT * FROM compare(?, ?) WHERE kind = 'param' AND differs", [a, "0" * 32])
    twins = "SELECT run_name, list(run_id ORDER BY run_id), list(DISTINCT experiment_id) FROM runs"
    name, ids, experiments = rows(con, f"{twins} GROUP BY 1 HAVING count(*) > 1 ORDER BY count(*), 1 LIMIT 1")[0]
    with pytest.raises(StatementError, match="several runs are called") as caught:
        rows(con, "SELECT * FROM compare(?, ?)", [a, name])
    assert all(text in str(caught.value) for text in (*ids, *experiments))
    with pytest.raises(StatementError, match=f"'{a}' is given twice"):
        rows(con, "SELECT * FROM compare(?, ?)", [a, a])
    with pytest.raises(StatementError, match="given twice, by its id and by its name"):
        rows(con, "SELECT * FROM compare(?, ?)", [a, a_name])


@pytest.mark.parametrize(
    ("call", "params", "words"),
    [
        ("compare('a')", None, "takes 2 to 100 arguments, not 1"),
        ("compare()", None, "takes 2 to 100 arguments, not 0"),
        ("compare('a', 5)", None, "takes texts, .* not 5"),
        ("compare('a', '')", None, "takes texts"),
        ("compare('a', run_id)", None, "takes texts"),
        ("compare('a', $b)", None, r"takes texts.* not \$b"),
        ("compare(?, ?)", ["a", None], "takes texts"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(con: Connection, call: str, params: Any, words: str) -> None:
    """Before anything is sent, with what is expected."""
    with pytest.raises((StatementError, UsageError), match=words):
        con.sql(f"SELECT * FROM {call}", params)


def test_values_are_bound_and_never_pasted(con: Connection, runs: list[tuple[str, str]]) -> None:
    """A name with quotes, braces and marks is a name."""
    for name in ("x') UNION SELECT 1 --", '"; DROP TABLE x', "{value} {* {name} *}", "$1", "?"):
        with pytest.raises(StatementError, match="there is no run"):
            rows(con, "SELECT * FROM compare(?,?)", [runs[0][0], name])


def test_metrics_are_compared_as_numbers(con: Connection, client: MlflowClient) -> None:
    """However they are written; NaN is what NaN is (a store may keep -0.0, which is 0.0)."""
    experiment = client.create_experiment("compared")
    ids = []
    for zero in (0.0, -0.0):
        run = client.create_run(experiment, run_name="zero")
        client.log_metric(run.info.run_id, "zero", zero)
        client.log_metric(run.info.run_id, "nan", math.nan)
        client.log_metric(run.info.run_id, "big", 1e22 if zero else 10.0**22)
        ids.append(run.info.run_id)
    found = rows(con, "SELECT key, differs FROM compare(?, ?) WHERE kind = 'metric' ORDER BY 1", ids)
    assert found == [("big", False), ("nan", False), ("zero", False)]
    client.delete_experiment(experiment)


def test_it_can_be_found(con: Connection) -> None:
    """SHOW FUNCTIONS tells how it is called."""
    assert [(row[0], row[1]) for row in rows(con, "SHOW FUNCTIONS")] == [
        ("compare", "SELECT * FROM compare('run', 'run', ...)")
    ]


def test_tables_of_a_schema_or_catalog_are_listed(con: Connection) -> None:
    """SHOW TABLES IN and FROM take a catalog, a schema, or both; an unknown one is an error with near names."""
    own = {row[0] for row in rows(con, "SHOW TABLES IN mlflow.tracking")}
    assert own == {r.name for r in con.names.catalog.resources}
    assert {row[0] for row in rows(con, "SHOW TABLES FROM tracking;")} == own
    con.sql("CREATE OR REPLACE TEMP TABLE here AS SELECT 1 AS x")
    assert "here" in {row[0] for row in rows(con, "SHOW TABLES IN temp")}
    assert {row[0] for row in rows(con, "SHOW TABLES IN databricks_workspace.ml")} == {"experiments", "experiment_runs"}
    with pytest.raises(BindError, match="did you mean 'mlflow'"):
        con.sql("SHOW TABLES IN mlflw")
