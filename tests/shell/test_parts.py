"""Parts of the shell that need no terminal: reading what was typed, drawing, places of errors, knowledge."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

import mlflow_sql
from mlflow_sql.cli.render import readable, texts
from mlflow_sql.cli.script import Statement
from mlflow_sql.cli.shell import grid
from mlflow_sql.cli.shell.commands import COMMANDS, suggest
from mlflow_sql.cli.shell.complete import columns_of
from mlflow_sql.cli.shell.grid import Drawing, Paint
from mlflow_sql.cli.shell.knowledge import LiveKnowledge
from mlflow_sql.cli.shell.place import described
from mlflow_sql.cli.shell.reading import Call, being_typed, is_finished, read
from mlflow_sql.cli.shell.repl import host_of, shown
from mlflow_sql.errors import BindError, LocalError, ParseError
from mlflow_sql.plan import nodes

if TYPE_CHECKING:
    from conftest import TrackingServer


@pytest.mark.parametrize(
    ("text", "finished"),
    [
        ("SELECT 1;", True),
        ("SELECT 1; -- done", True),
        ("SELECT 1", False),
        ("SELECT ';'", False),
        ("SELECT 1 -- ;", False),
        ("SELECT $$ ; $$", False),
        ("SELECT 'open ;", False),
        ("/* ; ", False),
        ("SELECT 1; SELECT 2", False),
        ("EXPLAIN SELECT ';';", True),
        ("", True),
        ("\\d runs", True),
        ("\\o it's.csv", True),
        ("SELECT 1\n\\e", True),
        ("SELECT 1 \\watch 5", True),
        ("SELECT '\\d", False),
        ("SELECT 1 -- \\d", False),
        ("SELECT E'a\\'; b", False),
        (".tables", True),
        ("\\x\nSELECT 1", False),
    ],
)
def test_enter_runs_what_is_finished(text: str, finished: bool) -> None:
    """A ; at the end or a command, as the tokenizer sees them."""
    assert is_finished(text) == finished


def test_what_was_typed_comes_apart() -> None:
    """Statements with their places, commands with their arguments, and what no ; ends."""
    typed = read("SELECT 1;\n  SELECT '\\d';\\o it's.csv\nSELECT 2\n\\watch 5;\nSELECT 3")
    first, second, output, watch = typed.steps
    assert isinstance(first, Statement)
    assert isinstance(second, Statement)
    assert (second.text, second.line, second.column) == ("SELECT '\\d'", 2, 3)
    assert output == Call("\\o", "it's.csv")
    assert watch == Call("\\watch", "5", "SELECT 2")
    assert typed.rest == "SELECT 3"
    assert read(".schema runs").steps == (Call(".schema", "runs"),)
    with pytest.raises(ParseError) as caught:
        read("SELECT 1;\\x\n SELECT 'open")
    assert (caught.value.line, caught.value.column) == (2, 9)


def test_a_line_may_hold_several_commands() -> None:
    """Each ends where the next begins; a quote, a path of Windows and what has no space before it are arguments."""
    assert read("SELECT 1 \\plot line x=a \\watch 5;").steps == (
        Call("\\plot", "line x=a", "SELECT 1", "\\watch"),
        Call("\\watch", "5"),
    )
    assert read("SELECT 'on' \\timing off \\x").rest == "SELECT 'on'"
    for argument in ("title='a \\b c'", 'title="a \\b"', "it's", "C:\\a b", "\\tmp\\x.sql"):
        assert read(f"\\o {argument}").steps == (Call("\\o", argument),)


def test_the_command_that_is_being_typed() -> None:
    """With what is before it; a finished one is none any more."""
    assert being_typed("SELECT 1 AS a \\plot x=") == ("\\plot x=", "SELECT 1 AS a ")
    assert being_typed("SELECT '\\plot' \\plot y='a ") == ("\\plot y='a ", "SELECT '\\plot' ")
    assert being_typed("\\plot line \\w") == ("\\w", " ")
    assert being_typed("\\x on\nSELECT") is None
    assert being_typed("SELECT '\\") is None


def drawing(sql: str, width: int, draw: Callable[..., Drawing] = grid.table) -> list[str]:
    """The lines of a result."""
    columns, reader = readable(duckdb.connect().sql(sql))
    rows = [row for batch in reader for row in texts(columns, batch)]
    return draw(columns, rows, width, Paint(False)).lines


def test_a_table_fits_by_cutting_long_texts_and_many_digits() -> None:
    """Ids stay whole, an exponent and what stands before the point too."""
    sql = "SELECT repeat('i', 32) AS i, 1234567890.123456::DOUBLE AS d, -1.7976931348623157e308 AS e, repeat('x', 99) AS t"  # noqa: E501
    row = drawing(sql, 120)[4]
    assert len(row) <= 120
    assert f"│ {'i' * 32} │ 1234567890.1… │ -1.79769…e+308 │ x" in row
    assert row.endswith("x… │")
    assert "1234567890.123456 │ -1.7976931348623157e+308" in drawing(sql, 300)[4]


def test_characters_that_take_two_columns_are_measured() -> None:
    """The lines of a box are equally wide, and control characters are written out."""
    from rich.cells import cell_len

    lines = drawing("SELECT '漢字 ☃' AS a, 'b' AS b UNION ALL SELECT 'x' || chr(27) || '[31m', NULL", 80)
    assert len({cell_len(line) for line in lines}) == 1
    assert "x\\u001b[31m" in "\n".join(lines)


def test_a_record_has_a_line_for_each_key_and_wraps_texts() -> None:
    """Long texts end with a mark after some lines."""
    lines = drawing("SELECT MAP {'b': 1.5, 'a': NULL} AS m, repeat('x', 2000) AS t, NULL AS n", 60, grid.records)
    assert lines[1:3] == [" m │ b  1.5", "   │ a  NULL"]
    assert max(map(len, lines)) <= 60
    assert sum("x" in line for line in lines) == 8
    assert lines[-2].endswith("x…")
    assert lines[-1] == " n │ NULL"


@pytest.mark.parametrize(
    ("statement", "error", "lines"),
    [
        ("SELECT 1,\n  nope", BindError("no column 'nope' in runs"), ["LINE 2:   nope", "          ^^^^"]),
        ("SELECT * FORM runs", ParseError("bad", line=1, column=18), ["LINE 1: SELECT * FORM runs", " " * 22 + "^^^^"]),
        ("SELECT x", BindError("unknown (line 1, column 8)"), ["LINE 1: SELECT x", " " * 15 + "^"]),
        ("SELECT 'x' FROM t", BindError("no table 'x'"), []),
        (
            "SELECT a + b",
            LocalError("Bad\n\nLINE 1: SELECT a + b\n               ^"),
            ["LINE 1: SELECT a + b", " " * 15 + "^"],
        ),
        ("SELECT '漢字', nope", BindError("no column 'nope'"), ["LINE 1: SELECT '漢字', nope", " " * 23 + "^^^^"]),
    ],
)
def test_the_place_of_an_error(statement: str, error: Exception, lines: list[str]) -> None:
    """From its line and column, from DuckDB's own mark, or from the name that it is about."""
    message, place, _ = described(error, statement)
    assert place == lines
    assert "line 1, column" not in message


def test_a_long_line_is_shown_around_the_place() -> None:
    """With marks where it goes on."""
    statement = f"SELECT {'a + ' * 100} nope {'+ b' * 100}"
    line, marks = described(BindError("no column 'nope'"), statement)[1]
    assert len(line) < 120
    assert line[marks.index("^") : marks.index("^") + 4] == "nope"


def test_commands_complete_with_their_help_and_arguments() -> None:
    """Each has help; tables and formats are offered where they belong, files are left to the file system."""
    assert all(command.help for command in COMMANDS)
    assert [s.text for s in suggest("\\ti", []) or ()] == ["\\timing "]
    assert [s.text for s in suggest("\\d ru", ["runs", "experiments"]) or ()] == ["runs"]
    assert "parquet" in [s.text for s in suggest("\\format ", []) or ()]
    assert suggest("\\i ~/in", []) == "~/in"
    assert [s.text for s in suggest("\\df", []) or ()] == ["\\df"]


@pytest.mark.parametrize(
    ("typed", "place", "offered"),
    [
        ("\\plot li", "li", ["line"]),
        ("\\plot x=", "", ["step", "value", "'val loss'", "key", "relative"]),
        ("\\plot line x=S", "S", ["step"]),
        ("\\plot y=step,va", "va", ["value", "'val loss'"]),
        ("\\plot x=step y='val l", "'val l", ["'val loss'"]),
        ("\\plot log=", "", ["step", "value", "'val loss'", "key", "off"]),
        ('\\plot title="a x" color=k', "k", ["key"]),
        ("\\plot title=", "", []),
        ("\\plot bar x=step ", "", ["y=", "color=", "log=", "title=", "-o", "--theme"]),
        ("\\plot -o a.svg --theme ", "", ["light", "dark"]),
    ],
)
def test_plot_completes_kinds_parts_and_columns(typed: str, place: str, offered: list[str]) -> None:
    """Columns as the shell's words need them; what is given already is not offered again."""
    found = suggest(typed, [], ["step", "value", "val loss", "key"])
    assert not isinstance(found, str)
    assert [each.text for each in found] == offered
    assert {typed[each.start :] for each in found} <= {place}


def test_the_file_of_a_picture_is_left_to_the_file_system() -> None:
    """It is the last word."""
    assert suggest("\\plot bar -o ch", []) == "ch"


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT a, b.c AS d, count(*) AS n, sum(x) FROM t", ["a", "d", "n"]),
        ("SELECT 1; SELECT metrics.auc FROM runs;", ["auc"]),
        ("WITH h AS (SELECT step, value FROM t) SELECT * FROM h", ["step", "value"]),
        ("SELECT * FROM mine", ["one", "two"]),
        ("SHOW TABLES", []),
        ("", []),
    ],
)
def test_the_columns_of_a_query_are_read_off_it(query: str, columns: list[str]) -> None:
    """Before it ever ran."""
    knowledge = LiveKnowledge(lambda: pytest.fail("nobody asks the server"))
    knowledge.local = {"mine": ["one", "two"]}
    assert columns_of(query, knowledge) == columns


def test_the_server_is_named_without_credentials() -> None:
    """In the prompt and in the greeting."""
    assert host_of("https://user:secret@host:5000/path") == "host:5000"
    assert "secret" not in shown("https://user:secret@host:5000/path")
    assert [host_of(name) for name in ("sqlite:///a/b.db", "./runs/", "databricks", None)] == [
        "b.db", "runs", "databricks", "no server",
    ]  # fmt: skip


def test_knowledge_is_fetched_once_behind_the_users_back(server: TrackingServer) -> None:
    """An ask answers at once; then one page of the experiments and one of the runs meant are there for a while."""
    calls: list[str] = []
    askers: set[threading.Thread] = set()
    arrived: list[int] = []

    def asked(call: nodes.Call, _: object) -> None:
        calls.append(call.path)
        askers.add(threading.current_thread())

    def connect() -> Any:
        connection = mlflow_sql.connect(server.url)
        connection.transport.on_call = asked
        return connection

    known = LiveKnowledge(connect, lambda: arrived.append(1))
    known.start()
    try:
        wait(lambda: known.names is not None and bool(known.settings))
        assert known.names is not None
        runs = known.names.resource("runs")
        metrics = runs.column("metrics")
        assert metrics is not None
        known.keys(runs, metrics, frozenset({"churn"}))
        assert threading.current_thread() not in askers  # typing waits for no request
        wait(lambda: "loss" in known.keys(runs, metrics, frozenset({"churn"})))
        for _ in range(5):
            known.keys(runs, metrics, frozenset({"churn"}))
        assert known.values(known.names.resource("run_metrics"), runs.columns[0], None, frozenset()) is not None
        long = known.names.resource("run_values")
        kind, key = long.column("kind"), long.column("key")
        assert kind is not None
        assert key is not None
        assert known.values(long, kind, None, frozenset()) == ("metric", "param", "tag")
        assert {"loss", "lr", "team"} <= set(known.values(long, key, None, frozenset({"churn"})))
        assert [path for path in calls if path.endswith("search")] == ["experiments/search", "runs/search"]
        assert len(arrived) >= 3
    finally:
        known.close()
        assert known.join(10)


def test_knowledge_that_cannot_be_had_is_not_missed() -> None:
    """A server that is away leaves what needs none: functions, tables and columns."""
    known = LiveKnowledge(lambda: mlflow_sql.connect("http://127.0.0.1:9"))
    known.start()
    try:
        wait(lambda: known.names is not None and bool(known.functions))
        assert known.names is not None
        runs = known.names.resource("runs")
        assert known.keys(runs, runs.columns[-1], frozenset()) == []
        assert "count" in known.functions
    finally:
        known.close()
        assert known.join(15)


def wait(there: Callable[[], bool]) -> None:
    """Wait for something that comes in another thread."""
    until = time.monotonic() + 30
    while not there():
        assert time.monotonic() < until
        time.sleep(0.02)
