"""The same faults as the user of the command sees them: exit status, one message, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.faulty import RUNS, VERSION, FaultyServer, mlflow_says

SECRET = "Xyzzy-1234"


def command(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    path = str(Path(__file__).parents[2] / "provider")
    return subprocess.run(
        [sys.executable, "-m", "mlflow_sql.cli.main", *args],
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path, **env},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT * FROM rns", ["Error: no table 'rns'; did you mean 'runs'?", "Hint: SHOW TABLES"]),
        ("SELECT 1;\n\nSELECT * FORM runs", ["Error: cannot read the statement", "line 3, column"]),
        ("SELECT run_idd FROM runs", ["Error: no column 'run_idd' in experiment_runs", "'run_id'"]),
        ("SELECT * FORM runs WHERE 1 = 1", ["did you mean FROM in place of FORM?"]),
        ("SELEC run_id FROM runs", ["Error: cannot read the statement near 'FROM'", "SELECT in place of SELEC"]),
        ("SELECT run_id FROM runs WHERE", ["near 'WHERE': something is missing here (line 1"]),
        ("SELECT run_id FROM runs WHERE run_name = first", ["no column 'first'", "single quotes: 'first'"]),
        ("SELECT metrics.zq-zz FROM runs", ["no column 'zz'", 'metrics."a-b"']),
        ("SELECT 'it's'", ["' is opened here and never closed", "column 13", "written twice: 'it''s'"]),
        ("SELECT run_id FROM runs WHERE run_name = $first", ["parameter $first", "--param name=value"]),
        (
            "EXEC runs.set_tag run_id = 'x'",
            [
                "expected @parameter = value (line 1, column 19)",
                "EXEC experiment_runs.set_tag @run_id = ..., @key = ..., @value = ...",
            ],
        ),
    ],
)
def test_a_wrong_statement(faulty: FaultyServer, sql: str, words: list[str]) -> None:
    """Status 1, or 2 for a value that is not given; the place is that in the whole text, in words of SQL."""
    ended = command("--server", faulty.url, "--format", "csv", "-c", sql)
    assert ended.returncode == (2 if "$" in sql else 1)
    assert [word for word in words if word not in ended.stderr] == []
    assert [word for word in ("Traceback", "sqlglot", "Invalid expression") if word in ended.stderr] == []


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    """A file that is named is read, also where the server is named by its address."""
    ended = command("--server", "http://127.0.0.1:9", "--config", str(tmp_path / "no.toml"), "-c", "SELECT 1")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "cannot read the configuration" in ended.stderr


def test_no_server() -> None:
    """Status 2, how to name one, and nothing else."""
    ended = command("-c", "SELECT * FROM runs")
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Error: no tracking server is named" in ended.stderr
    assert "MLFLOW_TRACKING_URI" in ended.stderr
    assert len(ended.stderr.splitlines()) == 2


def test_unreachable() -> None:
    """Status 1, soon, without the password in the address."""
    ended = command("--server", f"http://user:{SECRET}@127.0.0.1:9", "-c", "SELECT * FROM runs")
    assert ended.returncode == 1
    assert "Error: http://127.0.0.1:9 is out of reach" in ended.stderr
    assert "Hint: Is the server running" in ended.stderr
    assert SECRET not in ended.stderr


def test_login(faulty: FaultyServer) -> None:
    """What to set, and that what was sent was wrong."""
    faulty.fault(VERSION, status=401, body="You are not authenticated")
    ended = command("--server", faulty.url, "-c", "SELECT * FROM runs", MLFLOW_TRACKING_TOKEN=SECRET)
    assert ended.returncode == 1
    assert "401: You are not authenticated" in ended.stderr
    assert "were not accepted" in ended.stderr
    assert SECRET not in ended.stderr


def test_a_fault_in_the_middle(faulty: FaultyServer) -> None:
    """Status 1 and the error at the end, so that a script does not take the rows before it for all."""
    faulty.fault(RUNS, first=3, status=500, body=mlflow_says("INTERNAL_ERROR", "disk full"))
    ended = command(
        "--server", faulty.url, "--format", "csv", "-c", "SET page_size = 10", "-c", "SELECT run_id FROM runs"
    )
    assert ended.returncode == 1
    assert "500 INTERNAL_ERROR: disk full" in ended.stderr
    assert "SELECT run_id FROM runs" in ended.stderr
    assert len(ended.stdout.splitlines()) < 41
    assert "nanobind" not in ended.stderr


def test_quiet(faulty: FaultyServer) -> None:
    """What works prints its rows and nothing on standard error."""
    ended = command("--server", faulty.url, "--format", "csv", "-c", "SELECT count(*) AS n FROM runs")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "n\n40\n", "")
