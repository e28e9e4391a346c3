"""The end of a process: nothing is printed that the user did not ask for, whatever was left open."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.faulty import FaultyServer

START = "import mlflow_sql, sys, threading, time\ncon = mlflow_sql.connect(sys.argv[1], page_size=10)\n"
QUIET = {
    "everything closed": """
rel = con.sql('FROM runs')
rows = rel.fetchall()
reader = rel.to_arrow_reader()
batch = reader.read_next_batch()
con.close()
""",
    "everything left open": """
read, never_read = con.sql('FROM runs'), con.sql('FROM experiments')
rows = read.fetchall()
derived = read.filter('true').limit(5)
derived.df()
read.create_view('v')
rows = con.sql('FROM v').fetchall()
cursor = con.duckdb.cursor()
local = cursor.sql('SELECT 1')
local.fetchall()
commands = [con.sql(s) for s in ('SET pushdown = off', 'SHOW TABLES', 'EXPLAIN FROM runs', 'RESET threads')]
try:
    con.sql('SELECT run_id::INTEGER FROM runs').fetchall()
except mlflow_sql.errors.LocalError as error:
    kept = error
another = mlflow_sql.connect(sys.argv[1])
reader = another.sql('FROM runs').to_arrow_reader()
batch = reader.read_next_batch()
""",
}
AT_WORK = """
def work():
    try:
        con.sql('FROM runs').fetchall()
    except mlflow_sql.errors.Error:
        pass
threading.Thread(target=work, daemon=True).start()
time.sleep(0.3)
"""
NOISY = {
    "raised": ("rel = con.sql('FROM runs'); con.sql('FROM nope')", 1),
    "raised in a scan": ("rel = con.sql('SELECT run_id::INTEGER FROM runs'); rel.fetchall()", 1),
    "exit": ("reader = con.sql('FROM runs').to_arrow_reader(); reader.read_next_batch(); sys.exit(3)", 3),
}


def ended(server: FaultyServer, script: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "provider")}
    return subprocess.run(
        [sys.executable, "-c", START + script, server.url], capture_output=True, text=True, timeout=60, env=env
    )


@pytest.fixture(scope="module")
def outcomes() -> dict[str, subprocess.CompletedProcess[str]]:
    """All scripts, two at a time: most of their time is that of starting Python."""
    scripts = {**QUIET, "at work": AT_WORK, **{name: script for name, (script, _) in NOISY.items()}}
    with FaultyServer(60) as server, ThreadPoolExecutor(2) as pool:
        server.delay = 0.05
        return dict(zip(scripts, pool.map(lambda script: ended(server, script), scripts.values()), strict=True))


@pytest.mark.parametrize("name", QUIET)
def test_quiet(outcomes: dict[str, subprocess.CompletedProcess[str]], name: str) -> None:
    """Status 0, and not one character on either stream."""
    outcome = outcomes[name]
    assert outcome.stderr == ""
    assert outcome.stdout == ""
    assert outcome.returncode == 0


@pytest.mark.parametrize("name", NOISY)
def test_with_an_error(outcomes: dict[str, subprocess.CompletedProcess[str]], name: str) -> None:
    """The traceback of our error, if any, ends with its message; DuckDB adds no list of leaked objects."""
    outcome = outcomes[name]
    assert "nanobind" not in outcome.stderr
    assert outcome.returncode == NOISY[name][1]
    assert outcome.stderr.count("Traceback") == (outcome.returncode == 1)
    assert "During handling" not in outcome.stderr


def test_with_a_thread_at_work(outcomes: dict[str, subprocess.CompletedProcess[str]]) -> None:
    """A daemon thread in the middle of a scan is stopped, without a crash, a hang or a traceback.

    That DuckDB complains is another matter: what such a thread refers to is never freed.
    """
    outcome = outcomes["at work"]
    assert outcome.returncode == 0
    assert "Traceback" not in outcome.stderr
    assert "terminate called" not in outcome.stderr
