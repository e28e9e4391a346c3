"""What a person reads when a statement, its parameters or the connection is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mlflow_sql import Connection, errors
from mlflow_sql.catalog.lookup import Names
from support.faulty import RUNS, FaultyServer

Connect = Callable[..., Connection]


def said(con: Connection, statement: str, kind: type[errors.Error], params: Any = None) -> str:
    """The whole message of the error that a statement gives."""
    with pytest.raises(kind) as caught:
        con.sql(statement, params)
    return str(caught.value)


@pytest.mark.parametrize(
    ("statement", "wrong", "right"),
    [
        ("SELECT * FROM rns", "no table 'rns'", "'runs'"),
        ("SELECT * FROM mlflow.tracking.rns", "no table 'mlflow.tracking.rns'", "'runs'"),
        ("SELECT * FROM tracking.experiment", "no table 'tracking.experiment'", "'experiments'"),
        ("SELECT (SELECT count(*) FROM experimnts) FROM runs", "no table 'experimnts'", "'experiments'"),
        ("WITH a AS (FROM run_metrcs) FROM a", "no table 'run_metrcs'", "'run_metrics'"),
        ("SELECT * FROM my_locl", "no table 'my_locl'", "'my_local'"),
        ("EXPLAIN SELECT * FROM rns", "no table 'rns'", "'runs'"),
        ("DESCRIBE rns", "no table 'rns'", "'runs'"),
        ("CREATE TABLE t AS FROM rns", "no table 'rns'", "'runs'"),
    ],
)
def test_unknown_table(con: Connection, statement: str, wrong: str, right: str) -> None:
    """It is named as it was written, with the nearest one, remote or local, and how to see all."""
    con.sql("CREATE TABLE my_local (i INTEGER)")
    message = said(con, statement, errors.BindError)
    assert wrong in message
    assert right in message
    assert "SHOW TABLES" in message


@pytest.mark.parametrize(
    ("statement", "wrong", "right"),
    [
        ("SELECT run_idd FROM runs", "'run_idd' in experiment_runs", "'run_id'"),
        ("SELECT r.run_idd FROM runs r", "'run_idd' in experiment_runs", "'run_id'"),
        ("SELECT 1 FROM runs WHERE stauts = 'FAILED'", "'stauts' in experiment_runs", "'status'"),
        ("SELECT * FROM runs ORDER BY start_tme", "'start_tme' in experiment_runs", "'start_time'"),
        ("SELECT s.run_idd FROM (SELECT * FROM runs) s", "'run_idd' in experiment_runs", "'run_id'"),
        ("SELECT metrcs.loss FROM runs", "column 'metrcs'", "'metrics'"),
        ("SELECT * FROM experiments WHERE nme = 'x'", "'nme' in experiments", "'name'"),
        ("SELECT * FROM runs JOIN experiments USING (experiment_idd)", "'experiment_idd'", "'experiment_id'"),
        ("SELECT nmae FROM my_local", "no column 'nmae'", "'name'"),
        ("SELECT rr.run_id FROM runs r", "'rr' in this statement", "'r'"),
    ],
)
def test_unknown_column(con: Connection, statement: str, wrong: str, right: str) -> None:
    """It is named with its table and the nearest one there is; nothing is fetched to find that out."""
    con.sql("CREATE TABLE my_local (name VARCHAR)")
    message = said(con, statement, errors.BindError)
    assert wrong in message
    assert right in message


def test_unknown_column_is_found_before_anything_is_fetched(con: Connection, faulty: FaultyServer) -> None:
    """A misspelt name costs no scan."""
    said(con, "SELECT run_idd FROM runs", errors.BindError)
    assert not faulty.asked(RUNS)


def test_unknown_column_of_a_relation(con: Connection) -> None:
    """Relation methods say it as a statement does."""
    relation = con.sql("SELECT run_id, status FROM runs")
    assert relation is not None
    with pytest.raises(errors.BindError, match=r"no column 'stats'.*'status'"):
        relation.filter("stats = 'FAILED'")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DESCRIBE METHOD runs.serach", ["no method 'serach'", "'search'", "SHOW METHODS IN experiment_runs"]),
        ("DESCRIBE METHOD rns.search", ["no table 'rns'", "'runs'"]),
        ("DESCRIBE METHOD runs", ["needs a table and a method", "DESCRIBE METHOD <table>.<method>"]),
        ("SHOW METHODS IN nope", ["no table 'nope'", "SHOW TABLES"]),
        ("SHOW METHODS", ["needs IN", "SHOW METHODS IN <table>", "SHOW TABLES"]),
        ("SHOW SERVICES IN mlfow", ["no provider 'mlfow'", "'mlflow'"]),
        ("SHOW SERVICES", ["needs IN", "SHOW SERVICES IN mlflow"]),
        ("SHOW RESOURCES IN trackin", ["no service 'trackin'", "'mlflow.tracking'"]),
        ("SET pushdown = sideways", ["pushdown takes on or off", "'sideways'"]),
        ("SET concurrency = 0", ["concurrency takes a whole number of at least 1", "'0'"]),
        ("SET concurrency = -1", ["concurrency takes a whole number of at least 1", "'-1'"]),
        ("SET page_size = many", ["page_size takes a whole number", "'many'"]),
        ("SET pushdwn = off", ["no setting 'pushdwn'", "'pushdown'", "duckdb_settings()"]),
        ("RESET page_sise", ["no setting 'page_sise'", "'page_size'"]),
    ],
)
def test_commands(con: Connection, statement: str, words: list[str]) -> None:
    """SHOW, DESCRIBE and SET say which name or value they do not know, the nearest one, and where to look."""
    message = said(con, statement, errors.StatementError)
    assert [word for word in words if word not in message] == []


def test_a_refused_setting_changes_nothing(con: Connection) -> None:
    """A value that does not fit leaves the setting as it was; DuckDB's own settings pass."""
    before = con.options.concurrency
    said(con, "SET concurrency = -7", errors.BindError)
    assert con.options.concurrency == before
    con.sql("SET threads = 2")
    con.sql("RESET threads")


def test_show_a_table(con: Connection) -> None:
    """SHOW with a table's name is DESCRIBE, as in DuckDB, for remote and local tables."""
    con.sql("CREATE TABLE my_local (i INTEGER)")
    shown, described = con.sql("SHOW runs"), con.sql("DESCRIBE runs")
    local = con.sql("SHOW my_local")
    assert shown is not None
    assert described is not None
    assert local is not None
    assert shown.fetchall() == described.fetchall()
    assert local.fetchall()[0][:2] == ("i", "INTEGER")


@pytest.mark.parametrize(
    ("statement", "line", "column"),
    [
        ("SELEC 1", 1, 7),
        ("SELECT *\nFROM runs WHRE status = 'x'", 2, 16),
        ("SELECT count( FROM runs", 1, 20),
        ("SELECT\n  'abc", 2, 3),
        ("SELECT 1 /* abc", 1, 10),
    ],
)
def test_not_sql(con: Connection, statement: str, line: int, column: int) -> None:
    """Line and column of where reading stopped: within the word that does not fit."""
    with pytest.raises(errors.ParseError) as caught:
        con.sql(statement)
    assert caught.value.line == line
    assert caught.value.column is not None
    assert column <= caught.value.column <= column + 6
    assert f"line {line}, column {caught.value.column}" in str(caught.value)
    assert "Token" not in str(caught.value)
    assert "sqlglot" not in str(caught.value)


@pytest.mark.parametrize(
    ("statement", "words"),
    [("SELECT 1; SELECT 2", "one statement at a time"), ("", "no statement"), ("-- nothing", "no statement")],
)
def test_not_one_statement(con: Connection, statement: str, words: str) -> None:
    """``sql`` takes one statement; none and several are told apart."""
    assert words in said(con, statement, errors.ParseError)


def test_not_text(con: Connection) -> None:
    """What is no text is no statement."""
    with pytest.raises(errors.UsageError, match="must be text, not NoneType"):
        con.sql(None)  # type: ignore[arg-type]


TWO = "SELECT * FROM runs WHERE status = ? AND run_id = ?"
NAMED = "SELECT * FROM runs WHERE status = $status"


@pytest.mark.parametrize(
    ("statement", "params", "words"),
    [
        (TWO, ["FAILED"], "no value is given for parameter $2"),
        (TWO, None, "no value is given for parameters $1, $2"),
        (TWO, ["a", "b", "c"], "the statement has no parameter $3"),
        (NAMED, {"state": "FAILED"}, "no value is given for parameter $status"),
        (NAMED, {"status": "FAILED", "extra": 1}, "the statement has no parameter $extra"),
        (NAMED, ["FAILED"], "by position for names"),
        (TWO, {"status": "FAILED"}, "no value is given for parameters $1, $2"),
        (TWO, "ab", "params must be a list or a dict, not str"),
        (TWO, {"a", "b"}, "params must be a list or a dict, not set"),
        (TWO, 3, "params must be a list or a dict, not int"),
        (TWO, ["a", object()], "a parameter is a Python 'object'"),
        ("SELECT ?", [], "no value is given for parameter $1"),
        ("SELECT 1", [7], "the statement has 0 parameters, and 1 values are given"),
    ],
)
def test_wrong_params(con: Connection, statement: str, params: Any, words: str) -> None:
    """Which parameter lacks a value, or which value has no parameter."""
    assert words in said(con, statement, errors.UsageError, params)


def test_closed_connection(con: Connection) -> None:
    """Everything but closing and interrupting it again says that it is closed."""
    con.close()
    con.close()
    con.interrupt()
    uses: list[Callable[[str], object]] = [con.sql, con.explain, con.measure, con.plan]
    for use in uses:
        with pytest.raises(errors.UsageError, match="the connection is closed"):
            use("SELECT 1")
    assert "closed" in repr(con)


def test_no_server(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any server local statements run; a remote table asks for an address, and says how to give one."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    con = connect(None)
    answer = con.sql("SELECT 42")
    assert answer is not None
    assert answer.fetchall() == [(42,)]
    con.sql("SHOW TABLES")
    con.sql("DESCRIBE runs")
    message = said(con, "SELECT * FROM runs", errors.UsageError)
    assert "no tracking server" in message
    assert "http://localhost:5000" in message
    assert "MLFLOW_TRACKING_URI" in message


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ftp://host/x", ["'ftp://'", "http://", "databricks"]),
        ("htp://localhost:5000", ["'htp://'", "http://"]),
        ("localhost:5000", ["'localhost:5000'", "http://localhost:5000"]),
        ("http://", ["complete address", "http://localhost:5000"]),
        ("databricks-uc", ["Unity Catalog", "databricks://<profile>"]),
        ("mysql://user:Xyzzy@host/db", ["'mysql://'"]),
        ("databrics", ["'databrics'", "no such folder", "./databrics"]),
    ],
)
def test_wrong_address(
    connect: Connect, address: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told what is accepted; a misspelt word never becomes a new, empty local store."""
    monkeypatch.chdir(tmp_path)
    message = said(connect(address), "SELECT * FROM runs", errors.UsageError)
    assert [word for word in words if word not in message] == []
    assert "Xyzzy" not in message
    assert list(tmp_path.iterdir()) == []


def test_missing_key(con: Connection) -> None:
    """A table that needs a key which nothing supplies names it, and shows a statement that would do."""
    lone = [msgspec.structs.replace(r, keys=None) for r in con.catalog.resources]
    con.names = Names(msgspec.structs.replace(con.catalog, resources=tuple(lone)))
    message = said(con, "SELECT * FROM metric_history WHERE key = 'loss'", errors.MissingKeyError)
    assert "metric_history needs run_id" in message
    assert "SELECT * FROM metric_history WHERE run_id = '...'" in message
