"""SHOW and DESCRIBE of the connection's own server and of an attached one: the same forms, by the server's name."""

from __future__ import annotations

import pytest

from mlflow_sql import Connection, errors


def names(con: Connection, sql: str) -> list[str]:
    """The first column of a statement's rows."""
    found = con.sql(sql)
    assert found is not None
    return [row[0] for row in found.fetchall()]


DELETING = ["delete_tag", "delete"]


@pytest.mark.parametrize("table", ["experiments", "mlflow.tracking.experiments", "prod.experiments",
                                   "PROD.tracking.Experiments"])  # fmt: skip
def test_methods_by_a_pattern(con: Connection, table: str) -> None:
    """LIKE as DuckDB has it, ILIKE, NOT, and WHERE over any column; a pattern that nothing fits gives no rows."""
    assert names(con, f"SHOW METHODS IN {table} LIKE '%delete%'") == DELETING
    assert names(con, f"show extended methods from {table} like '%delete%';") == DELETING
    assert names(con, f"SHOW METHODS IN {table} LIKE '%DELETE%'") == []
    assert names(con, f"SHOW METHODS IN {table} ILIKE '%DELETE%'") == DELETING
    assert names(con, f"SHOW METHODS IN {table} WHERE sql = 'DELETE'") == ["delete"]
    assert not {*names(con, f"SHOW METHODS IN {table} NOT LIKE '%delete%'")} & {*DELETING}


def test_extended_has_more_columns(con: Connection) -> None:
    """Where the rows stand in the answer and what a server needs; the tables' keys and methods."""
    found = con.sql("SHOW EXTENDED METHODS IN prod.runs WHERE method IN ('search', 'delete_bulk')")
    assert found is not None
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    assert [(r["method"], r["answer"], bool(r["needs"])) for r in rows] == [
        ("search", "runs", False), ("delete_bulk", None, True)]  # fmt: skip
    found = con.sql("SHOW EXTENDED RESOURCES IN prod.tracking LIKE 'experiments'")
    assert found is not None
    row = dict(zip(found.columns, found.fetchall()[0], strict=True))
    assert row["primary_key"] == "experiment_id"
    assert "get_by_name" in row["methods"]


def test_services_and_resources_of_an_attached_server(con: Connection) -> None:
    """It is a provider as the others are; its tables are those of every server."""
    assert names(con, "SHOW PROVIDERS") == ["databricks_workspace", "mlflow", "prod"]
    assert names(con, "SHOW PROVIDERS LIKE 'p%'") == ["prod"]
    assert names(con, "SHOW SERVICES IN prod") == ["tracking"]
    for service in ("mlflow.tracking", "prod.tracking", "tracking"):
        assert names(con, f"SHOW RESOURCES IN {service} LIKE 'exp%'") == ["experiment_runs", "experiments"]
    assert names(con, "SHOW TABLES IN prod.tracking LIKE 'exp%'") == ["experiment_runs", "experiments"]
    assert names(con, "SHOW DATABASES LIKE 'p%'") == ["prod"]
    found = con.sql("SHOW FUNCTIONS IN prod")
    assert found is not None
    assert "FROM prod.compare(" in found.fetchall()[0][1]


def test_use_says_which_tables_are_shown(con: Connection) -> None:
    """SHOW TABLES and SHOW INSERT INTO name the server that names without one mean."""
    con.sql("USE prod")
    try:
        found = con.sql("SHOW TABLES LIKE 'exp%'")
        assert found is not None
        assert {row[1] for row in found.fetchall()} == {"prod"}
        assert "INSERT INTO prod.tracking.experiments" in names(con, "SHOW INSERT INTO experiments")[0]
        assert names(con, "SHOW TABLES IN mlflow LIKE 'exp%'") == ["experiment_runs", "experiments"]
    finally:
        con.sql("USE mlflow")


def test_templates_and_descriptions_of_an_attached_server(con: Connection) -> None:
    """SHOW INSERT INTO, DESCRIBE and DESCRIBE METHOD, extended or not."""
    assert "INSERT INTO prod.tracking.experiments (" in names(con, "SHOW INSERT INTO prod.experiments")[0]
    assert names(con, "DESCRIBE prod.tracking.runs") == names(con, "DESCRIBE runs")
    assert names(con, "DESCRIBE EXTENDED prod.runs") == names(con, "DESC runs")
    for form in ("METHOD", "METHOD EXTENDED", "EXTENDED METHOD"):
        assert names(con, f"DESCRIBE {form} prod.tracking.runs.get") == ["run_id"]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SHOW SERVICES IN prd", ["no provider 'prd'", "'prod'", "SHOW PROVIDERS"]),
        ("SHOW RESOURCES IN prod", ["no service 'prod'", "'prod.tracking'", "SHOW SERVICES IN prod"]),
        ("SHOW RESOURCES IN prod.trackin", ["no service", "mean 'prod.tracking'", "SHOW SERVICES IN prod"]),
        ("SHOW RESOURCES IN prd.tracking", ["no service", "mean 'prod.tracking'"]),
        ("SHOW METHODS IN prod.runz", ["no table 'prod.runz'", "mean 'prod.runs'"]),
        ("SHOW METHODS IN prd.runs", ["no table 'prd.runs'", "mean 'prod.runs'"]),
        ("DESCRIBE prod.tracking.runz", ["mean 'prod.tracking.runs'"]),
        ("DESCRIBE METHOD prod.runs.serch", ["'search'", "SHOW METHODS IN prod.experiment_runs"]),
        ("SHOW FUNCTIONS IN prd", ["no server 'prd'", "'prod'", "SHOW DATABASES"]),
        ("SHOW TABLES IN prd", ["'prod'", "SHOW DATABASES"]),
        ("SHOW INSERT INTO prod.run_inputs", ["cannot be inserted into prod.run_inputs"]),
        ("USE prd", ["no server, database or schema 'prd'", "'prod'", "SHOW DATABASES"]),
        ("USE prod.trackin", ["'prod.tracking'"]),
        ("DETACH prd", ["no server, database or schema 'prd'", "'prod'"]),
        ("DETACH mlflow", ["the connection's own server"]),
    ],
)
def test_near_misses_name_the_server(con: Connection, statement: str, words: list[str]) -> None:
    """What is meant is suggested with the server's name before it."""
    with pytest.raises(errors.StatementError) as caught:
        con.sql(statement)
    assert [word for word in words if word not in str(caught.value)] == []


def test_databases_of_duckdb_are_still_used_and_detached(con: Connection) -> None:
    """USE and DETACH of what is no server are DuckDB's, with its own words when it refuses."""
    con.sql("ATTACH ':memory:' AS beside")
    con.sql("USE beside")
    with pytest.raises(errors.LocalError, match="Cannot detach database"):
        con.sql("DETACH beside")
    con.sql("USE memory")
    con.sql("DETACH beside")
    con.sql("DETACH DATABASE IF EXISTS beside")


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH 'http://127.0.0.1:1' AS other",
        "ATTACH 'https://127.0.0.1:1/' AS other (READ_ONLY)",
        "ATTACH 'http://127.0.0.1:1' AS other TYPE mlflow",
        "ATTACH 'http://127.0.0.1:1' AS other (TYPE mlfow)",
        "ATTACH 'lab' AS other TYPE mlflow",
    ],
)
def test_attach_without_its_type_is_told(con: Connection, statement: str) -> None:
    """DuckDB would look for an extension, or read the server as a file."""
    with pytest.raises(errors.ParseError, match="TYPE mlflow"):
        con.sql(statement)
