"""The user's own text reaches DuckDB: parameters are numbered, names of tables replaced, nothing else is touched."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_sql.errors import BindError, ParseError, UsageError
from mlflow_sql.plan.statement import frozen_time, parse, tokenize
from support.planning import planned

NOW = datetime(2026, 3, 4, 5, 6, 7, 891234, UTC)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("SELECT run_id FROM runs", 'SELECT run_id FROM scan_1 AS "runs"'),
        ("SELECT run_id FROM RUNS", 'SELECT run_id FROM scan_1 AS "RUNS"'),
        ('SELECT run_id FROM "runs"', 'SELECT run_id FROM scan_1 AS "runs"'),
        ("SELECT r.run_id FROM runs r", "SELECT r.run_id FROM scan_1 r"),
        ("SELECT r.run_id FROM mlflow . tracking . runs AS r", "SELECT r.run_id FROM scan_1 AS r"),
        ('SELECT 1 FROM "mlflow"."tracking"."runs"', 'SELECT 1 FROM scan_1 AS "runs"'),
        ("SELECT 'runs', \"runs\" FROM runs", 'SELECT \'runs\', "runs" FROM scan_1 AS "runs"'),
        ("SELECT $$ FROM runs $$ FROM runs", 'SELECT $$ FROM runs $$ FROM scan_1 AS "runs"'),
        ("SELECT $x$ ? $$ $x$ FROM runs", 'SELECT $x$ ? $$ $x$ FROM scan_1 AS "runs"'),
        ("-- FROM runs\nSELECT/*runs*/1 FROM/**/runs--", '-- FROM runs\nSELECT/*runs*/1 FROM/**/scan_1 AS "runs"--'),
        ("SELECT 'é😀' FROM runs", "SELECT 'é😀' FROM scan_1 AS \"runs\""),
        ("FROM runs", 'FROM scan_1 AS "runs"'),
        ("SELECT tracking.runs.run_id FROM tracking.runs", 'SELECT runs.run_id FROM scan_1 AS "runs"'),
        ("SELECT a.run_id FROM runs a, runs b", "SELECT a.run_id FROM scan_1 a, scan_2 b"),
        ("SELECT x FROM local_table, 'file.csv', range(3)", "SELECT x FROM local_table, 'file.csv', range(3)"),
        ("COPY runs TO 'x.csv'", "COPY scan_1 TO 'x.csv'"),
        (
            "SELECT metrics.a FROM runs WHERE params['?'] = '?'",
            "SELECT metrics.a FROM scan_1 AS \"runs\" WHERE params['?'] = '?'",
        ),
    ],
)
def test_only_names_of_remote_tables_are_replaced(text: str, local: str) -> None:
    """Quotes, comments, dollar quotes, letters of any width and local tables stay as they are."""
    assert planned(text).sql == local


@pytest.mark.parametrize(
    ("text", "numbered"),
    [
        ("SELECT ?, ?", "SELECT $1, $2"),
        ("SELECT '?', ? -- ?\n, \"?\", ?", "SELECT '?', $1 -- ?\n, \"?\", $2"),
        ("SELECT $$?$$, ?", "SELECT $$?$$, $1"),
        ("SELECT $2, $1", "SELECT $2, $1"),
        ("SELECT $name", "SELECT $name"),
        ("SELECT x FROM t LIMIT ? OFFSET ?", "SELECT x FROM t LIMIT $1 OFFSET $2"),
        ("SELECT f(?,?,?)", "SELECT f($1 ,$2 ,$3)"),
        ("SELECT f($a,$b), '$a,$'", "SELECT f($a ,$b), '$a,$'"),
    ],
)
def test_question_marks_are_numbered_as_they_stand(text: str, numbered: str) -> None:
    """The first ? is $1, wherever it stands; one in a text or a comment is none."""
    assert parse(text).text == numbered


def test_parameters_need_no_space_between_them() -> None:
    """DuckDB takes f($a,$b), so we do; tokens stand where the given text has them."""
    text = "SELECT ($a,$b,$a), '$a,$b', $$x$a,$$ WHERE run_id IN ($b,$a)"
    assert [text[t.start : t.end + 1] for t in tokenize(text)].count("$") == 5
    bound = duckdb.execute(parse("SELECT [$a,$b,$a]", {"a": 1, "b": 2}).text, {"a": 1, "b": 2}).fetchall()
    assert bound == [([1, 2, 1],)]
    assert planned("SELECT run_id FROM runs WHERE run_id IN (?,?)", ["a", "b"]).scans[-1].searches[0].clauses == (
        "attributes.run_id IN ('a', 'b')",
    )


@given(st.lists(st.sampled_from(["?", "'?'", '"a?"', "$$?$$", "/*?*/ 1", "'it''s ?'", "'é'"]), min_size=1, max_size=8))
def test_numbering_keeps_the_order_of_values(items: list[str]) -> None:
    """DuckDB binds the numbered text as it binds the original one."""
    text = "SELECT " + ", ".join(f"{item} AS c{i}" for i, item in enumerate(items)) + ' FROM (SELECT 0 AS "a?")'
    values = list(range(100, 100 + items.count("?")))
    numbered = parse(text, values).text
    assert duckdb.execute(numbered, values).fetchall() == duckdb.execute(text, values).fetchall()


@pytest.mark.parametrize("params", ["x", b"x", 3, object()])
def test_parameters_are_a_list_or_a_dict(params: Any) -> None:
    """A text is a sequence of letters, which nobody means."""
    with pytest.raises(UsageError, match="params must be a list or a dict, not "):
        parse("SELECT ?", params)


def test_named_and_numbered_parameters_are_known_to_the_plan() -> None:
    """Bound values are pushed like literals, and DuckDB binds them once more."""
    for text, params in (
        ("SELECT run_id FROM runs WHERE params.a = $v", {"v": "x"}),
        ("SELECT run_id FROM runs WHERE params.a = $1", ["x"]),
        ("SELECT run_id FROM runs WHERE params.a = ?", ["x"]),
    ):
        plan = planned(text, params)
        assert plan.scans[-1].searches[0].clauses == ("params.`a` = 'x'",)
        assert "$" in plan.sql


def test_an_unknown_parameter_is_left_to_duckdb() -> None:
    """Its error names what is missing."""
    plan = planned("SELECT run_id FROM runs WHERE params.a = $w", {"v": "x"})
    assert plan.scans[-1].searches[0].clauses == ()
    assert "$w" in plan.sql


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no statement here"),
        (" ; -- nothing", "there is no statement here"),
        ("SELECT 1; SELECT 2", "give one statement at a time"),
        ("SELECT (1", r"\(line 1, column \d+\)"),
        ("SELECT 1\nFROM t\nWHERE WHERE", r"near 'WHERE'.*\(line 3, column \d+\)"),
        ("SELECT\n  'abc", r"' is not closed \(line 2, column 3\)"),
        ("SELECT 'it''s', \"abc", r"\" is not closed \(line 1, column 17\)"),
        ("SELECT 1 /* never", r"/\* is not closed \(line 1, column 10\)"),
        ("SELECT $x$ abc $$", r"\$x\$ is not closed \(line 1, column 8\)"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text: str, message: str) -> None:
    """Line and column count from 1; parser's words about its own tokens do not show."""
    with pytest.raises(ParseError, match=message) as raised:
        parse(text)
    assert "<Token" not in str(raised.value)


@pytest.mark.parametrize("tail", [";", " ; ", ";;", "; -- done", ";\n/* done */"])
def test_what_ends_a_statement_is_no_second_statement(tail: str) -> None:
    """As shells and scripts write it, with a comment behind it too."""
    assert planned(f"SELECT run_id FROM runs{tail}").sql == f'SELECT run_id FROM scan_1 AS "runs"{tail}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1,\n  r.nope\nFROM runs r", r"no column 'nope' in experiment_runs \(line 2, column 5\)"),
        ("SELECT runs.metric FROM runs", "did you mean 'metrics'"),
        ("SELECT * FROM mlflow.tracking.run", "no table 'mlflow.tracking.run'; did you mean 'runs'"),
        ("SELECT * FROM databricks_workspace.ml.experiment_run", "did you mean 'experiment_runs'"),
    ],
)
def test_unknown_names_are_told_with_near_ones(text: str, message: str) -> None:
    """A schema of ours cannot be anyone else's, so a table that it has not is a mistake."""
    with pytest.raises(BindError, match=message):
        planned(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT now()",
        "SELECT NOW ( )",
        "SELECT current_timestamp",
        "SELECT get_current_timestamp()",
        "SELECT /*now()*/ now()",
    ],
)
def test_the_current_time_can_be_frozen(text: str) -> None:
    """DuckDB then sees the time of planning."""
    statement = parse(text)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    rows = connection.sql(statement.edited(frozen_time(statement, NOW))).fetchall()
    assert [(value.timestamp(),) for (value,) in rows] == [(NOW.timestamp(),)]


@pytest.mark.parametrize("text", ["SELECT current_date", "SELECT today()"])
def test_today_can_be_frozen(text: str) -> None:
    """In the connection's zone."""
    statement = parse(text)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'Asia/Tokyo'")
    late = datetime(2026, 3, 4, 23, 0, tzinfo=UTC)
    assert str(connection.sql(statement.edited(frozen_time(statement, late))).fetchall()[0][0]) == "2026-03-05"


@pytest.mark.parametrize(
    "text", ["SELECT t.now FROM t", "SELECT 'now()'", "SELECT t.current_date FROM t", 'SELECT "current_date" FROM t']
)
def test_what_only_looks_like_the_current_time_stays(text: str) -> None:
    """Columns and texts are not functions."""
    statement = parse(text)
    assert statement.edited(frozen_time(statement, NOW)) == text
