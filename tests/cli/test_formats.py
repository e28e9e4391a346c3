"""The formats for files and other programs, and -o."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

import mlflow_sql
from cli.standin import Connection
from cli.test_process import _ENV, _STANDIN, posix
from cli.test_render import render
from mlflow_sql.cli.main import cli
from mlflow_sql.cli.render import Format

_ROWS = "SELECT i, 'a' || i AS t, MAP {'k': i / 2} AS m, INTERVAL (i) DAY AS d FROM range(5000) t(i)"


@pytest.fixture(autouse=True)
def _connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_sql, "connect", Connection, raising=False)


def run(*args: str) -> Result:
    """The command's result."""
    return CliRunner().invoke(cli, args)


@pytest.fixture(scope="module")
def duck() -> duckdb.DuckDBPyConnection:
    """A plain connection."""
    return duckdb.connect()


def test_tsv_has_one_line_a_row_and_one_tab_a_field(duck: duckdb.DuckDBPyConnection) -> None:
    """Tabs, line ends and backslashes in values are escaped; NULL is \\N, which no value can be."""
    sql = "SELECT 1 AS a, chr(9) || 'x' || chr(10) || chr(13) || '\\' AS \"b\tc\", NULL AS n, '' AS e, '\\N' AS l"
    assert render(duck, sql, Format.TSV) == "a\tb\\tc\tn\te\tl\n1\t\\tx\\n\\r\\\\\t\\N\t\t\\\\N\n"


def test_html_is_one_page_with_everything_escaped(duck: duckdb.DuckDBPyConnection) -> None:
    """Names and values hold no markup; NULL is not the text NULL; numbers have their class."""
    page = render(duck, "SELECT '<script>&\"' AS \"a<b\", NULL AS n, 1 AS i, 'NULL' AS t", Format.HTML)
    assert page.startswith('<!doctype html><meta charset="utf-8">')
    assert "<th>a&lt;b</th>" in page
    assert "<td>&lt;script&gt;&amp;&quot;</td>" in page
    assert "<td><i>NULL</i></td><td class=n>1</td><td>NULL</td></tr>" in page
    assert "http" not in page
    assert page.count("<table>") == page.count("</table>") == 1


def test_several_results_are_one_html_page() -> None:
    """One head, then the tables."""
    page = run("--format", "html", "-c", "SELECT 1; SELECT 2").stdout
    assert (page.count("<!doctype"), page.count("<table>")) == (1, 2)


def test_box_is_never_cut(duck: duckdb.DuckDBPyConnection) -> None:
    """Unlike table, which is fitted to a terminal."""
    sql = "SELECT repeat('x', 200) AS a FROM range(100)"
    assert "x" * 200 not in render(duck, sql, Format.TABLE, 80)
    assert render(duck, sql, Format.BOX, 80).count("x" * 200) == 100


def test_parquet_and_arrow_files_hold_all_rows_with_their_types(tmp_path: Path) -> None:
    """As DuckDB reads them back; -o names the format, and an Arrow file is one that can be opened anywhere in it."""
    for name in ("x.parquet", "x.arrow"):
        assert run("-o", str(tmp_path / name), "-c", _ROWS).output == ""
    expected = duckdb.sql(_ROWS).fetchall()
    assert duckdb.sql(f"SELECT i, t, m, d FROM '{tmp_path}/x.parquet'").fetchall() == expected
    assert pq.read_metadata(tmp_path / "x.parquet").num_rows == 5000
    with pa.ipc.open_file(tmp_path / "x.arrow") as file:
        assert duckdb.from_arrow(file.read_all()).fetchall() == expected


def test_parquet_and_arrow_go_through_a_pipe() -> None:
    """Arrow as a stream, which a reader can begin with at once."""
    piped = {}
    for form in ("parquet", "arrow"):
        command = [*_STANDIN, "--format", form, "-c", "SET threads = 1", "-c", _ROWS]
        piped[form] = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60, env=_ENV).stdout
    assert pa.ipc.open_stream(piped["arrow"]).read_all().num_rows == 5000
    assert pq.read_table(pa.BufferReader(piped["parquet"])).num_rows == 5000


@posix
def test_a_terminal_gets_no_binary() -> None:
    """Wrong usage, before anything runs."""
    import pty

    leader, follower = pty.openpty()
    try:
        command = [*_STANDIN, "--format", "parquet", "-c", "SELECT 1"]
        ended = subprocess.run(command, stdout=follower, stderr=subprocess.PIPE, text=True, timeout=60, env=_ENV)
    finally:
        os.close(leader)
        os.close(follower)
    assert ended.returncode == 2
    assert "name a file with -o" in ended.stderr


@pytest.mark.parametrize(("sql", "said"), [("SELECT 1; SELECT 2", "one"), ("SET threads = 1", "no statement")])
def test_parquet_holds_exactly_one_result(tmp_path: Path, sql: str, said: str) -> None:
    """Anything else is wrong usage and leaves no file."""
    result = run("-o", str(tmp_path / "x.parquet"), "-c", sql)
    assert result.exit_code == 2
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_only_by_a_whole_one(tmp_path: Path) -> None:
    """A run that fails leaves what was there, and nothing beside it."""
    file = tmp_path / "x.csv"
    assert run("-o", str(file), "-c", "SELECT 1 AS a").exit_code == 0
    assert run("-o", str(file), "-c", "SELECT 2 AS a", "-c", "FAIL server").exit_code == 1
    assert file.read_text() == "a\n1\n"
    assert list(tmp_path.iterdir()) == [file]


def test_the_name_of_a_file_means_a_format_unless_one_is_given(tmp_path: Path) -> None:
    """.jsonl is JSON lines; --format wins; an unknown ending is a table."""
    for name, args, text in (
        ("x.jsonl", (), '{"a":1}\n'),
        ("y.jsonl", ("--format", "csv"), "a\n1\n"),
        ("z.tsv", (), "a\n1\n"),
    ):
        run("-o", str(tmp_path / name), *args, "-c", "SELECT 1 AS a")
        assert (tmp_path / name).read_text() == text
    run("-o", str(tmp_path / "x.txt"), "-c", "SELECT 1 AS a")
    assert "a │\n" in (tmp_path / "x.txt").read_text()


def test_a_file_that_cannot_be_written_is_wrong_usage(tmp_path: Path) -> None:
    """Told before anything runs."""
    result = run("-o", str(tmp_path / "nosuch" / "x.csv"), "-c", "SELECT 1")
    assert result.exit_code == 2
    assert "cannot write" in result.stderr


@posix
def test_output_that_is_no_file_is_written_as_it_comes(tmp_path: Path) -> None:
    """A named pipe stays one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen([*_STANDIN, "--format", "csv", "-o", str(pipe), "-c", "SELECT 1 AS a"], env=_ENV) as process:
        assert pipe.read_text() == "a\n1\n"
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("sql", ["SELECT 1; \\d runs", ".tables", "SELECT 1 \\watch 5"])
def test_commands_of_the_shell_are_not_for_scripts(sql: str) -> None:
    """Their place is told and what to write instead; nothing has run."""
    result = run("-c", sql)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "is a command of the interactive shell" in result.stderr
    assert "SHOW TABLES" in result.stderr


@posix
@pytest.mark.parametrize("form", ["tsv", "html", "arrow"])
def test_rows_are_written_as_they_come_and_a_closed_pipe_is_quiet(form: str) -> None:
    """The first rows of an endless result can be read."""
    command = [*_STANDIN, "--format", form, "-c", "FROM range(100000000000) t(i)"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_ENV) as process:
        assert process.stdout
        assert process.stderr
        assert len(process.stdout.read(5000)) == 5000
        process.stdout.close()
        assert process.wait(timeout=20) == 141
        assert process.stderr.read() == b""
