"""The command as a process: exit status, signals, pipes, terminals and start-up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pytest

_ROOT = Path(__file__).parents[2]
_STANDIN = [sys.executable, str(Path(__file__).with_name("standin.py"))]
_ENV = {**os.environ, "PYTHONPATH": str(_ROOT / "provider"), "PYTHONUNBUFFERED": ""}
_ENDLESS = "SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = 3"

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of POSIX")


@contextmanager
def started(*args: str) -> Iterator[tuple[subprocess.Popen[str], IO[str], IO[str]]]:
    """The command, running, with its output and its standard error; killed at the end if it still runs."""
    pipe = subprocess.PIPE
    with subprocess.Popen([*_STANDIN, *args], stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=_ENV) as process:
        assert process.stdout
        assert process.stderr
        try:
            yield process, process.stdout, process.stderr
        finally:
            process.kill()


def finished(*args: str) -> subprocess.CompletedProcess[str]:
    """The command, ended."""
    return subprocess.run([*_STANDIN, *args], input="", capture_output=True, text=True, timeout=60, env=_ENV)


@pytest.mark.parametrize(
    ("sql", "status"),
    [("SELECT 1", 0), ("SELECT 1; SELEC 2", 1), ("FAIL server", 1), ("FAIL usage", 2), ("SELECT '", 1)],
)
def test_exit_status(sql: str, status: int) -> None:
    """0 done, 1 failed, 2 wrong usage; standard error holds the message and nothing else, as none of DuckDB's leaks."""
    ended = finished("-c", sql)
    assert ended.returncode == status
    assert "nanobind" not in ended.stderr
    assert (ended.stderr == "") == (status == 0)


@posix
@pytest.mark.parametrize("sql", [_ENDLESS, "SELECT i FROM range(100000000000) t(i) WHERE i % 7000001 = 3"])
def test_ctrl_c_stops_a_statement(sql: str) -> None:
    """130, at once, one line; what was printed before stays. DuckDB itself does not look at signals."""
    with started("--format", "csv", "-c", "SELECT 42 AS a", "-c", sql) as (process, out, _):
        assert [out.readline(), out.readline()] == ["a\n", "42\n"]
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "Interrupted.\n")


@posix
def test_a_second_ctrl_c_ends_what_cannot_be_interrupted() -> None:
    """A statement that does not listen is left at once."""
    with started("--format", "csv", "-c", "SELECT 42 AS a", "-c", "SLEEP") as (process, out, _):
        assert [out.readline(), out.readline()] == ["a\n", "42\n"]
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == "Interrupted; the statement did not end by itself.\n"


@posix
def test_ctrl_c_while_reading_standard_input() -> None:
    """130 and one line, also before there is a statement."""
    with started() as (process, _, err):
        assert process.stdin
        process.stdin.write("\n" * 300_000)  # more than a pipe holds: it is reading when all is written
        process.stdin.flush()
        for _ in range(20):
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):  # Python loses a signal that comes just before it blocks
                process.wait(timeout=3)
                break
        assert process.returncode == 130
        assert err.read().strip() == "Interrupted."


@posix
@pytest.mark.parametrize("form", ["jsonl", "csv", "json", "markdown"])
def test_a_closed_pipe_is_quiet(form: str) -> None:
    """`| head` ends an endless result at once, without a word."""
    with started("--format", form, "-c", "FROM range(100000000000) t(i)") as (process, out, err):
        assert out.readline()
        out.close()
        assert process.wait(timeout=60) == 141
        assert err.read() == ""


@posix
def test_a_pipe_closed_before_the_first_row_is_quiet() -> None:
    """Also the little that the interpreter would write at its very end."""
    with started("--format", "csv") as (process, out, err):
        out.close()
        assert process.stdin
        process.stdin.write("SELECT 1")
        process.stdin.close()
        assert process.wait(timeout=60) == 141
        assert err.read() == ""


@posix
def test_a_full_disk_is_an_error() -> None:
    """Output that cannot be written is not a success."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with Path("/dev/full").open("w") as full:
        command = [*_STANDIN, "--format", "csv", "-c", "FROM range(100000)"]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, env=_ENV)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: ")
    assert "No space left" in ended.stderr
    assert "Traceback" not in ended.stderr


@posix
def test_without_a_statement_on_a_terminal_help_is_shown() -> None:
    """Status 2 and a line that says what to give."""
    import pty

    leader, follower = pty.openpty()
    try:
        ended = subprocess.run(_STANDIN, stdin=follower, capture_output=True, text=True, timeout=60, env=_ENV)
    finally:
        os.close(leader)
        os.close(follower)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("Usage: mlflow-sql")
    assert "nothing to run: give SQL with -c" in ended.stderr.splitlines()[-1]


def test_version_imports_nothing_heavy() -> None:
    """Each of these would cost more than all the rest of the command."""
    heavy = "pyarrow", "duckdb", "requests", "rich", "yaml", "sqlglot", "msgspec"
    code = (
        "import sys\nfrom mlflow_sql.cli.main import cli\n"
        "cli.main(['--version'], standalone_mode=False)\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=_ENV)
    assert ended.stdout.splitlines()[-1] == "[]"
