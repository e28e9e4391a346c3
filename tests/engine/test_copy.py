"""COPY (SELECT ... FROM a remote table) TO a file: from Python, the command and the shell."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

import mlflow_sql

if TYPE_CHECKING:
    from conftest import TrackingServer

ROWS = "SELECT run_id, run_name, start_time, metrics.auc, params FROM runs WHERE metrics.auc > 0.9"


@pytest.fixture
def con(server: TrackingServer) -> Iterator[mlflow_sql.Connection]:
    """A connection to the full server."""
    with mlflow_sql.connect(server.url) as connection:
        yield connection


@pytest.fixture
def expected(con: mlflow_sql.Connection) -> set[str]:
    """The ids of the rows."""
    found = con.sql(ROWS)
    assert found is not None
    ids = {row[0] for row in found.fetchall()}
    assert len(ids) > 20
    return ids


@pytest.mark.parametrize("ending", ["parquet", "csv", "json"])
def test_each_format_holds_the_rows(
    ending: str, con: mlflow_sql.Connection, expected: set[str], tmp_path: Path
) -> None:
    """By the file's ending; Parquet keeps maps and times as such."""
    file = tmp_path / f"runs.{ending}"
    con.sql(f"COPY ({ROWS}) TO '{file}'")
    if ending == "parquet":
        table = pq.read_table(file)
        assert set(table["run_id"].to_pylist()) == expected
        assert str(table.schema.field("start_time").type) == "timestamp[us, tz=UTC]"
        assert str(table.schema.field("params").type).startswith("map<")
    elif ending == "csv":
        with file.open(newline="") as lines:
            assert {row["run_id"] for row in csv.DictReader(lines)} == expected
    else:
        assert {json.loads(line)["run_id"] for line in file.read_text().splitlines()} == expected


def test_options_and_parameters(con: mlflow_sql.Connection, expected: set[str], tmp_path: Path) -> None:
    """A folder for each value of a column, and a bound value, which is pushed."""
    con.sql(
        "COPY (SELECT run_id, status FROM runs WHERE metrics.auc > $least) TO '"
        f"{tmp_path / 'parts'}' (FORMAT parquet, PARTITION_BY (status))",
        {"least": 0.9},
    )
    parts = list((tmp_path / "parts").rglob("*.parquet"))
    assert {part.parent.name for part in parts} >= {"status=FINISHED"}
    found = con.duckdb.read_parquet([str(part) for part in parts]).fetchall()
    assert {row[0] for row in found} == expected


def test_a_failure_leaves_no_file_that_looks_whole(tmp_path: Path) -> None:
    """A server out of reach is an error, and no file is there."""
    file = tmp_path / "runs.parquet"
    with (
        mlflow_sql.connect("http://127.0.0.1:9") as connection,
        pytest.raises(mlflow_sql.errors.Unreachable),
    ):
        connection.sql(f"COPY ({ROWS}) TO '{file}'")
    assert not file.exists()


def test_the_command(server: TrackingServer, expected: set[str], tmp_path: Path) -> None:
    """As a statement like any other."""
    done = subprocess.run(
        [sys.executable, "-m", "mlflow_sql.cli.main", "--server", server.url, "-c", f"COPY ({ROWS}) TO 'runs.parquet'"],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert set(pq.read_table(tmp_path / "runs.parquet")["run_id"].to_pylist()) == expected


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_the_shell(server: TrackingServer, expected: set[str], tmp_path: Path) -> None:
    """With the number of calls below it, as for any statement."""
    pytest.importorskip("pexpect")
    from shell.conftest import CTRL_D, Terminal

    terminal = Terminal(["--server", server.url], tmp_path, columns=160)
    try:
        terminal.wait(r"\S+> *$")
        terminal.run(f"COPY ({ROWS}) TO '{tmp_path / 'runs.parquet'}';", r"\(.* REST calls?\)\n\S+> *$")
        assert set(pq.read_table(tmp_path / "runs.parquet")["run_id"].to_pylist()) == expected
        terminal.type(CTRL_D)
        assert terminal.ended() == 0
    finally:
        terminal.child.close(force=True)
