"""Loads of any size: in few calls, in bounded memory, with progress, and the later value of a tag wins."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from mlflow_sql import Connection, errors
from support.sink import Sink

from .conftest import Held, rows

ROOT = Path(__file__).parents[2]
POINTS = 200_000
BOUND = 220  # MB more than before the load: measured 130, and 215 for five times as many


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Values of one metric of five runs, the rows of the runs in turn."""
    file = tmp_path_factory.mktemp("points") / "points.parquet"
    duckdb.sql(
        f"""COPY (SELECT 'run' || (i % 5) AS run_id, 'loss' AS key, i / 7 AS value, i::BIGINT AS step,
        to_timestamp(1700000000 + i) AS timestamp FROM range({POINTS}) t(i)) TO '{file}'"""
    )
    return file


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_large_file_is_loaded_in_bounded_memory(sink: Sink, parquet: Path) -> None:
    """Every point once, 1000 a call."""
    command = [sys.executable, str(Path(__file__).with_name("load_points.py")), sink.url, str(parquet)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "provider")}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["rows"] == POINTS
    assert told["peak"] - told["before"] < BOUND
    assert sink.calls == [{"metrics": 1000}] * (POINTS // 1000)
    assert sink.seen == {f"run{k}": {"points": POINTS // 5, "steps": sum(range(k, POINTS, 5))} for k in range(5)}


def test_after_a_load_that_does_not_fit_comes_another(con: Connection, held: Held) -> None:
    """A value is refused while DuckDB reads on; the error, kept by its catcher, does not keep the connection busy."""
    id = held.make("a")
    kept = []
    for value in ("'much'", "i, 'a//b'"):
        with pytest.raises(errors.StatementError) as caught:
            con.sql(
                f"""INSERT INTO metric_history (run_id, value, key) SELECT '{id}', {value} FROM range(30000) r(i)
                UNION ALL SELECT '{id}', 1, 'm'"""
                if "," in value
                else f"INSERT INTO metric_history (run_id, key, value) VALUES ('{id}', 'm', {value})"
            )
        kept.append(caught)
    assert "metric_history.value: Conversion Error" in str(kept[0].value)
    assert "'a//b'" in str(kept[1].value)
    assert rows(con.sql(f"INSERT INTO metric_history (run_id, key, value) VALUES ('{id}', 'm', 1)")) == [(1,)]


class Told:
    """Progress that a test can read."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int]] = []
        self.expected = 0

    def add(self, *, rows: int = 0, bytes: int = 0, requests: int = 0) -> None:
        self.told.append((rows, requests))

    def expect(self, rows: int) -> None:
        self.expected = rows


def test_progress_is_told_call_by_call(sink: Sink, parquet: Path, connect: Callable[..., Connection]) -> None:
    """How many rows are written, as they are."""
    told = Told()
    con = connect(sink.url, progress=told)
    con.sql(f"INSERT INTO metric_history BY NAME FROM '{parquet}' LIMIT 4500")
    assert sum(n for n, _ in told.told) == told.expected == 4500
    assert sum(n for _, n in told.told) == len(sink.calls) == len(told.told) == 5


@pytest.mark.parametrize("concurrency", [1, 8])
def test_the_later_value_of_a_tag_wins(sink: Sink, connect: Callable[..., Connection], concurrency: int) -> None:
    """Across calls too, though those of several runs go side by side."""
    con = connect(sink.url, concurrency=concurrency)
    con.sql(
        """INSERT INTO run_tags (run_id, key, value)
        SELECT 'run' || (i % 3), 'k' || (i // 3 % 700), i FROM range(63000) t(i)"""
    )
    assert sink.last == {(f"run{r}", f"k{k}"): str(3 * (k + 700 * 29) + r) for r in range(3) for k in range(700)}


def test_a_bad_row_at_the_end_is_found_before_the_first_call(
    sink: Sink, parquet: Path, connect: Callable[..., Connection]
) -> None:
    """The whole file is checked first."""
    con = connect(sink.url)
    with pytest.raises(errors.StatementError, match="last one"):
        con.sql(
            f"""INSERT INTO metric_history (run_id, key, value, step)
            SELECT run_id, key, value, step FROM '{parquet}' UNION ALL SELECT 'zzz', 'the last one?', 1, 0"""
        )
    assert sink.calls == []


def test_a_real_server_holds_what_was_loaded(con: Connection, held: Held, parquet: Path) -> None:
    """Some thousand points of a file, read back."""
    run = held.make("a")
    con.sql(
        f"""INSERT INTO metric_history (run_id, key, value, step, timestamp)
        SELECT '{run}', key, value, step, timestamp FROM '{parquet}' WHERE step < 3000"""
    )
    assert sorted(held.points("a", "loss"), key=lambda p: p[2]) == [
        (i / 7, (1_700_000_000 + i) * 1000, i) for i in range(3000)
    ]
    assert rows(con.sql(f"SELECT count(*) FROM metric_history WHERE run_id = '{run}'")) == [(3000,)]
