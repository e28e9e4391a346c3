"""The command's options, in process and over a stand-in connection."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import mlflow_sql
from cli.standin import Connection
from mlflow_sql.cli.main import cli


@pytest.fixture(autouse=True)
def _connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_sql, "connect", Connection, raising=False)


def run(*args: str, stdin: str | None = None, env: dict[str, str] | None = None) -> Result:
    """The command's result for these arguments."""
    return CliRunner().invoke(cli, args, input=stdin, env=env)


def test_statements_run_in_the_order_given(tmp_path: Path) -> None:
    """-c and -f are mixed freely and keep their order; all share one connection."""
    file = tmp_path / "x.sql"
    file.write_text("INSERT INTO t VALUES (1); FROM t;", encoding="utf-8-sig")
    result = run(
        "--format", "csv", "-c", "CREATE TABLE t (a INT)", "-f", str(file), "-c", "SELECT count(*) AS n FROM t"
    )
    assert (result.exit_code, result.stdout, result.stderr) == (0, "a\n1\nn\n1\n", "")


def test_sql_comes_from_standard_input() -> None:
    """Without -c and -f, and with -f -."""
    assert run("--format", "csv", stdin="SELECT 1 AS a; SELECT 'ü' AS b").stdout == "a\n1\nb\nü\n"
    assert run("--format", "csv", "-f", "-", stdin="SELECT 1 AS a").stdout == "a\n1\n"
    assert run(stdin="-- nothing\n").exit_code == 0


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "markdown"])
def test_a_statement_without_result_prints_nothing(form: str) -> None:
    """SET and CREATE TABLE are silent in every format."""
    assert run("--format", form, "-c", "SET threads = 1; CREATE TABLE t (a INT)").output == ""


def test_server_is_an_option_or_a_variable() -> None:
    """--server wins over MLFLOW_TRACKING_URI."""
    env = {"MLFLOW_TRACKING_URI": "http://variable"}
    show = ("--format", "csv", "-c", "SHOW server")
    assert "http://variable" in run(*show, env=env).stdout
    assert "http://option" in run("--server", "http://option", *show, env=env).stdout


def test_parameters_are_text_and_reach_only_statements_that_use_them() -> None:
    """$name in any case; a value may hold = and ; and quotes."""
    result = run(
        *("--format", "csv", "--param", "x=a=';", "--param", "N=2"),
        *("-c", "SELECT $x AS x; SELECT 1 AS one; SELECT $n::INT + 1 AS n, $X AS x"),
    )
    assert result.stdout == "x\na=';\none\n1\nn,x\n3,a=';\n"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["SELECT 1"], "give SQL with -c"),
        (["show", "tables"], 'give SQL with -c: mlflow-sql -c "show tables"'),
        ([__file__], f"run a file with -f: mlflow-sql -f {__file__}"),
        (["nosuch"], "nosuch"),
        (["--format", "xml", "-c", "SELECT 1"], "xml"),
        (["-f", "/nosuch.sql"], "/nosuch.sql"),
        (["--param", "x", "-c", "SELECT $x"], "name=value"),
        (["--param", "x=1", "--param", "X=2", "-c", "SELECT $x"], "twice"),
        (["--param", "y=1", "-c", "SELECT 1"], "no statement uses the parameter 'y'"),
        (["-c", "SELECT ? AS a"], "write $name in its place, and give --param"),
        (["-c", "FAIL usage"], "Error: no server is named"),
    ],
)
def test_wrong_usage_ends_with_two(args: list[str], said: str) -> None:
    """Nothing is printed but the reason, on standard error."""
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_text_that_is_not_utf8_is_wrong_usage(tmp_path: Path) -> None:
    """The file and the place are named."""
    (tmp_path / "x.sql").write_bytes(b"SELECT '\xff'")
    result = run("-f", str(tmp_path / "x.sql"))
    assert result.exit_code == 2
    assert "x.sql is not UTF-8 text (byte 8)" in result.stderr


def test_an_error_ends_the_run_and_keeps_what_was_printed() -> None:
    """One message with the hint and the place on lines of their own; later statements do not run."""
    result = run("--format", "csv", "-c", "SELECT 1 AS a;\nFAIL server;\nSELECT 2 AS b")
    assert (result.exit_code, result.stdout) == (1, "a\n1\n")
    assert result.stderr == "Error: the server refuses\nHint: wait a minute\nAt: -c, line 2: FAIL server\n"


def test_duckdbs_error_is_shown_without_a_traceback() -> None:
    """Also when it comes only while rows are read."""
    for sql in ("SELEC 1", "SELECT error('boom') FROM range(10)"):
        result = run("-c", sql)
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: ")
        assert "Traceback" not in result.stderr


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    """A bug must not look like an error of the user."""
    result = run("-c", "FAIL bug")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr


def test_a_place_in_the_statement_is_told_as_place_in_the_file(tmp_path: Path) -> None:
    """Line and column count from the start of the file."""
    (tmp_path / "x.sql").write_text("SELECT 1;\n\n  FAIL parse")
    result = run("-f", str(tmp_path / "x.sql"))
    assert "Error: unexpected word (line 3, column 8)\n" in result.stderr


def test_a_script_that_cannot_be_read_runs_nothing() -> None:
    """An open quote at its end is found before the first statement runs."""
    result = run("-c", "SELECT 1", "-c", "SELECT\n 'abc")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "in -c 2: ' is opened here and never closed (line 2, column 2)" in result.stderr


def test_version_and_help() -> None:
    """Both end with 0; help tells the exit status."""
    assert run("--version").stdout == f"mlflow-sql {mlflow_sql.__version__}\n"
    assert "130 interrupted" in run("--help").stdout
