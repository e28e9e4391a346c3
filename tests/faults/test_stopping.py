"""Ctrl-C, Connection.interrupt() and Connection.close() while a scan runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from mlflow_sql import Connection, errors
from support.faulty import RUNS, VERSION, FaultyServer, until

Connect = Callable[..., Connection]
ALL = "SELECT * FROM runs"
PAGE = 0.15  # seconds that a page takes here
PAGES = 40


@pytest.fixture
def slow() -> Iterator[FaultyServer]:
    """A server whose pages take seconds in all."""
    with FaultyServer(400) as server:
        server.delay = PAGE
        yield server


def count(con: Connection, statement: str = "SELECT count(*) FROM experiments") -> object:
    relation = con.sql(statement)
    assert relation is not None
    return relation.fetchall()[0][0]


def _table(con: Connection, _: Path) -> object:
    return con.sql(f"CREATE TABLE t AS {ALL}")


def _file(con: Connection, folder: Path) -> object:
    return con.sql(f"COPY ({ALL}) TO '{folder / 'runs.csv'}'")


def _reading(read: Callable[[Any], object], statement: str = ALL) -> Callable[[Connection, Path], object]:
    return lambda con, _: read(con.sql(statement))


WAYS: dict[str, Callable[[Connection, Path], object]] = {
    "fetchall": _reading(lambda relation: relation.fetchall()),
    "df": _reading(lambda relation: relation.df()),
    "show": _reading(lambda relation: relation.show()),
    "len": _reading(len),
    "reader": _reading(lambda relation: relation.to_arrow_reader().read_all()),
    "sorted": _reading(lambda relation: relation.fetchall(), f"{ALL} ORDER BY run_name"),
    "fed": _reading(lambda relation: relation.fetchall(), "SELECT count(*) FROM metric_history"),
    "analyze": _reading(lambda relation: relation.fetchall(), f"EXPLAIN ANALYZE {ALL}"),
    "create table": _table,
    "copy": _file,
}


@pytest.mark.parametrize("way", WAYS)
def test_interrupt(connect: Connect, slow: FaultyServer, way: str, tmp_path: Path) -> None:
    """From another thread: the statement raises Interrupted within about a page, nothing more is sent, and the
    same connection answers the next statement."""
    con = connect(slow.url)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(WAYS[way], con, tmp_path)
        assert until(lambda: len(slow.asked(RUNS)) > 1)
        con.interrupt()
        with pytest.raises(errors.Interrupted, match="interrupted"):
            running.result(30)
    assert len(slow.asked(RUNS)) < PAGES
    assert count(con, "SELECT 42") == 42
    assert count(con) == 2
    sent = len(slow.asked(RUNS))
    time.sleep(2 * PAGE)
    assert len(slow.asked(RUNS)) <= sent + 1  # one may have been on its way


def test_interrupt_before_the_scan(con: Connection, faulty: FaultyServer) -> None:
    """A server that hangs when it is asked for its version keeps nobody waiting either."""
    faulty.fault(VERSION, delay=60.0)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(count, con, "SELECT count(*) FROM runs")
        assert until(lambda: bool(faulty.asked(VERSION)))
        con.interrupt()
        with pytest.raises(errors.Interrupted, match="interrupted"):
            running.result(30)
    faulty.heal()
    assert count(con, "SELECT count(*) FROM runs") == 40


def test_interrupt_of_a_write(con: Connection, faulty: FaultyServer) -> None:
    """No further row is written; the error says what was and what was not, and the same statement does the rest."""
    faulty.fault("runs/delete", body="{}", delay=1.0)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(con.sql, "DELETE FROM runs WHERE status = 'FAILED'")
        assert until(lambda: len(faulty.asked("runs/delete")) > 2)
        con.interrupt()
        with pytest.raises(
            errors.WriteError, match=r"DELETE on experiment_runs was interrupted; written: \d+"
        ) as caught:
            running.result(30)
    sent = len(faulty.asked("runs/delete"))
    assert 2 < sent < 20
    assert f"written: {sent}" in str(caught.value)
    assert count(con, "SELECT count(*) FROM runs") == 40


def test_interrupt_of_nothing(con: Connection) -> None:
    """It does not harm what runs later."""
    con.interrupt()
    assert count(con, "SELECT count(*) FROM runs") == 40


def test_a_half_read_reader(connect: Connect, slow: FaultyServer) -> None:
    """After an interrupt it does not end as if all rows had come; the relation can be read again, whole."""
    con = connect(slow.url)
    relation = con.sql("SELECT run_id FROM runs WHERE length(run_id) > 2")
    assert relation is not None
    reader = relation.to_arrow_reader()
    reader.read_next_batch()
    assert len(slow.asked(RUNS)) < PAGES  # rows are handed on as they come
    con.interrupt()
    with pytest.raises(errors.Interrupted):
        reader.read_all()
    slow.heal()
    del reader
    assert len(relation) == 400


@pytest.mark.parametrize("way", ["fetchall", "reader", "create table"])
def test_close_in_another_thread(connect: Connect, slow: FaultyServer, way: str, tmp_path: Path) -> None:
    """The statement raises; closing waits for that, and returns without an error of its own."""
    con = connect(slow.url)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(WAYS[way], con, tmp_path)
        assert until(lambda: len(slow.asked(RUNS)) > 1)
        con.close()
        with pytest.raises(errors.Interrupted, match="closed"):
            running.result(30)
    assert len(slow.asked(RUNS)) < PAGES


def test_close_with_a_half_read_reader(connect: Connect, slow: FaultyServer) -> None:
    """Closing does not read the rest; the reader then says that it is closed rather than that it is at its end."""
    con = connect(slow.url)
    relation = con.sql(ALL)
    assert relation is not None
    reader = relation.to_arrow_reader(10)
    reader.read_next_batch()
    con.close()
    assert len(slow.asked(RUNS)) < PAGES
    with pytest.raises(errors.UsageError, match="this reader is closed"):
        reader.read_all()


SCRIPT = """
import os, signal, sys, threading, time
import mlflow_sql
con = mlflow_sql.connect(sys.argv[1], page_size=3, concurrency=int(sys.argv[2]))
def interrupt():
    global at
    at = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)
for read in (
    lambda: con.sql("FROM runs").fetchall(),
    lambda: con.sql("SELECT * FROM runs ORDER BY run_name").df(),
    lambda: con.sql("FROM runs").to_arrow_reader().read_all(),
    lambda: con.sql("CREATE TABLE t AS FROM runs"),
    lambda: con.sql("EXPLAIN ANALYZE FROM runs"),
):
    threading.Timer(0.8, interrupt).start()
    try:
        read()
    except BaseException as error:
        print(type(error).__name__, time.monotonic() - at < 10, end=" ")
    print(con.sql("SELECT 42").fetchall(), con.sql("SELECT count(*) FROM experiments").fetchall(), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("concurrency", [1, 4])
def test_ctrl_c(slow: FaultyServer, concurrency: int) -> None:
    """KeyboardInterrupt, as for any Python code, long before the scan's 200 pages have come; then it answers.

    Not within one page: DuckDB looks at signals only when its main thread comes back to Python.
    """
    slow.delay = 0.3
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "provider")}
    script = [sys.executable, "-c", SCRIPT, slow.url, str(concurrency)]
    ended = subprocess.run(script, capture_output=True, text=True, timeout=60, env=env)
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == ["KeyboardInterrupt True [(42,)] [(2,)]"] * 5
