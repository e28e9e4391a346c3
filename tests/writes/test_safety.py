"""What protects the server: conditions, max_writes, read-only connections, errors that say what was done."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlflow_sql import Connection, errors
from support.proxy import Asked, Proxy

from .conftest import Held, own, rows

MANY = "SELECT '{id}', 'r' || lpad(i::VARCHAR, 2, '0') FROM range({n}) t(i) ORDER BY i"
INSERT = "INSERT INTO runs (experiment_id, run_name) " + MANY
SAME = INSERT + " ON CONFLICT (experiment_id, run_name) DO NOTHING"
MERGE = """MERGE INTO runs USING (SELECT 'r' || lpad(i::VARCHAR, 2, '0') AS n FROM range({n}) t(i)) s
    ON runs.experiment_id = '{id}' AND run_name = s.n
    WHEN NOT MATCHED THEN INSERT (experiment_id, run_name) VALUES ('{id}', s.n)"""


def names(n: int) -> set[str]:
    return {f"r{i:02}" for i in range(n)}


@pytest.mark.parametrize(
    "statement", ["UPDATE runs SET status = 'FAILED'", "DELETE FROM runs", "DELETE FROM experiments"]
)
def test_without_where_nothing_is_done(through: Connection, proxy: Proxy, statement: str) -> None:
    """Not even a read; the error says how to mean it."""
    with pytest.raises(errors.StatementError, match="without WHERE would change every row") as caught:
        through.sql(statement)
    assert "WHERE true" in str(caught.value.hint)
    assert proxy.asked == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE runs SET tags['x'] = 'y' WHERE experiment_id = '{id}'",
        "DELETE FROM runs WHERE experiment_id = '{id}'",
        "MERGE INTO runs USING (SELECT 1 AS x) s ON runs.experiment_id = '{id}' WHEN MATCHED THEN DELETE",
        "EXEC runs.delete_bulk @experiment_id = '{id}', @max_timestamp_millis = 1800000000000",
    ],
)
def test_more_than_max_writes_is_refused(through: Connection, proxy: Proxy, held: Held, statement: str) -> None:
    """With the count and the setting; the setting allows it."""
    for name in "abc":
        held.make(name)
    through.sql("SET max_writes = 2")
    with pytest.raises(errors.StatementError, match=r"change 3 rows.*max_writes \(2\)") as caught:
        through.sql(statement.format(id=held.id))
    assert proxy.writes == []
    through.sql(str(caught.value.hint).removesuffix(" allows it"))
    through.sql(statement.format(id=held.id))
    assert len(proxy.writes) >= 3


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO experiments (name) VALUES ('never')",
        "UPDATE runs SET status = 'FAILED' WHERE experiment_id = '{id}'",
        "DELETE FROM runs WHERE experiment_id = '{id}'",
        "INSERT INTO run_tags (run_id, key, value) VALUES ('x', 'k', 'v')",
        "MERGE INTO experiments e USING (SELECT 'n' AS n) s ON e.name = n WHEN MATCHED THEN UPDATE SET tags = NULL",
        "EXEC runs.delete @run_id = 'x'",
        "EXEC runs.delete_bulk @experiment_id = '{id}', @max_timestamp_millis = 5",
    ],
)
def test_a_read_only_connection_writes_nothing(
    proxy: Proxy, connect: Callable[..., Connection], held: Held, statement: str
) -> None:
    """Every write is refused before a request; reads, local writes and EXPLAIN go on."""
    con = connect(proxy.url, read_only=True)
    with pytest.raises(errors.StatementError, match="read-only"):
        con.sql(statement.format(id=held.id))
    assert proxy.asked == []
    assert rows(con.sql(f"SELECT name FROM experiments WHERE experiment_id = '{held.id}'"))
    con.sql("CREATE TABLE local AS SELECT 1 AS x")
    con.sql("DELETE FROM local")
    con.sql(f"EXEC experiments.get @experiment_id = '{held.id}'")
    con.sql(f"EXPLAIN {statement.format(id=held.id)}")
    assert proxy.writes == []
    with pytest.raises(errors.BindError):
        con.sql("SET read_only = off")


@pytest.mark.parametrize("again", [SAME, MERGE], ids=["ON CONFLICT", "MERGE"])
def test_a_row_that_fails_is_told_and_the_rest_can_follow(
    proxy: Proxy, connect: Callable[..., Connection], held: Held, again: str
) -> None:
    """Row 3 of 5 answers 500: what is written, what failed and what is left are told, and once more does the rest."""
    con = connect(proxy.url, concurrency=1)
    proxy.trouble("runs/create", times=100, status=500, when=lambda a: a.body["run_name"] == "r02")
    with pytest.raises(errors.WriteError, match="failed at row 3") as caught:
        con.sql(INSERT.format(id=held.id, n=5))
    error = caught.value
    assert not isinstance(error, errors.Interrupted)
    assert isinstance(error.__cause__, errors.ServerFailure)
    made = held.runs()
    assert [d["run_id"] for d in error.done] == [made["r00"].info.run_id, made["r01"].info.run_id]
    assert error.failed is not None
    assert error.failed["run_name"] == "r02"
    assert [p["run_name"] for p in error.pending] == ["r03", "r04"]
    assert "written: 2" in str(error)
    assert "not attempted: 2" in str(error)
    assert "again with ON CONFLICT or as MERGE does the rest" in str(error.hint)
    assert set(made) == names(2)
    proxy.troubles.clear()
    assert rows(con.sql(again.format(id=held.id, n=5))) == [(3,)]
    assert set(held.runs()) == names(5)
    assert len(held.client.search_runs([held.id])) == 5


def test_rows_that_fail_side_by_side_are_all_told(proxy: Proxy, connect: Callable[..., Connection], held: Held) -> None:
    """done, failed and pending together are all rows, each once."""
    con = connect(proxy.url, concurrency=4)
    proxy.trouble("runs/create", times=100, status=400, when=lambda a: a.body["run_name"] in ("r02", "r03", "r04"))
    with pytest.raises(errors.WriteError) as caught:
        con.sql(INSERT.format(id=held.id, n=12))
    error = caught.value
    assert error.failed is not None
    told = [r["run_name"] for r in (*error.done, error.failed, *error.pending)]
    assert sorted(told) == sorted(names(12))
    assert {d["run_name"] for d in error.done} == set(held.runs())
    assert error.failed["run_name"] in ("r02", "r03", "r04")


def test_a_run_that_cannot_be_filled_is_not_left_half_made(through: Connection, proxy: Proxy, held: Held) -> None:
    """Else ON CONFLICT DO NOTHING would take it for a whole one; the next try makes it anew."""
    statement = f"""INSERT INTO runs (experiment_id, run_name, params) VALUES ('{held.id}', 'a', MAP{{'p': '1'}})
        ON CONFLICT DO NOTHING"""
    proxy.trouble("runs/log-batch", times=100, status=400)
    with pytest.raises(errors.WriteError, match="half made, is deleted again"):
        through.sql(statement)
    assert held.runs() == {}
    proxy.troubles.clear()
    through.sql(statement)
    assert held.runs()["a"].data.params == {"p": "1"}


def test_an_update_that_fails_part_of_the_way(proxy: Proxy, connect: Callable[..., Connection], held: Held) -> None:
    """Keys are run ids; running it again makes only the calls that are missing."""
    ids = {name: held.make(name) for name in "abc"}
    con = connect(proxy.url, concurrency=1)
    proxy.trouble("runs/log-batch", times=100, status=500, when=lambda a: a.body["run_id"] == ids["b"])
    update = f"UPDATE runs SET tags['x'] = 'y' WHERE experiment_id = '{held.id}'"
    with pytest.raises(errors.WriteError) as caught:
        con.sql(update)
    error = caught.value
    assert error.failed == {"run_id": ids["b"]}
    assert {r["run_id"] for r in (*error.done, *error.pending)} == {ids["a"], ids["c"]}
    assert {n for n, r in held.runs().items() if own(r.data.tags)} == {
        n for n in "ac" if {"run_id": ids[n]} in error.done
    }
    proxy.forget()
    assert rows(con.sql(update)) == [(3 - len(error.done),)]
    assert len(proxy.writes) == 3 - len(error.done)


@pytest.fixture
def slow(proxy: Proxy, connect: Callable[..., Connection]) -> tuple[Connection, threading.Event, threading.Event]:
    """A connection one of whose creates (r03) is waited for: it sets the first event and waits for the second."""
    con = connect(proxy.url, concurrency=1)
    reached, go_on = threading.Event(), threading.Event()

    def is_fourth(asked: Asked) -> bool:
        if asked.body["run_name"] == "r03":
            reached.set()
            return True
        return False

    proxy.trouble("runs/create", times=100, wait=go_on, when=is_fourth)
    return con, reached, go_on


def check_interrupted(error: errors.WriteError, held: Held) -> None:
    """The call that was on its way was waited for and is done; nothing was begun after it."""
    assert isinstance(error, errors.WriteInterrupted)
    assert isinstance(error, errors.Interrupted)
    assert set(held.runs()) == names(4)
    assert [d["run_name"] for d in error.done] == sorted(names(4))
    assert [p["run_name"] for p in error.pending] == [f"r{i:02}" for i in range(4, 9)]
    assert error.failed is None


def test_interrupt_ends_a_write_between_rows(
    slow: tuple[Connection, threading.Event, threading.Event], held: Held
) -> None:
    """Connection.interrupt() from another thread; the connection goes on and completes the rest."""
    con, reached, go_on = slow

    def interrupt() -> None:
        assert reached.wait(20)
        con.interrupt()
        go_on.set()

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(errors.WriteInterrupted) as caught:
        con.sql(INSERT.format(id=held.id, n=9))
    thread.join()
    check_interrupted(caught.value, held)
    assert rows(con.sql(SAME.format(id=held.id, n=9))) == [(5,)]
    assert set(held.runs()) == names(9)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_a_write_between_rows(
    slow: tuple[Connection, threading.Event, threading.Event], held: Held
) -> None:
    """In a script: the error says what was done. Before the first write it is an ordinary KeyboardInterrupt."""
    con, reached, go_on = slow

    def interrupt() -> None:
        assert reached.wait(20)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        time.sleep(0.3)
        go_on.set()

    thread = threading.Thread(target=interrupt)
    thread.start()
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(errors.WriteInterrupted) as caught:
        con.sql(INSERT.format(id=held.id, n=9))
    thread.join()
    check_interrupted(caught.value, held)
    assert signal.getsignal(signal.SIGINT) is before
    assert rows(con.sql(SAME.format(id=held.id, n=9))) == [(5,)]


PROVIDER = Path(__file__).parents[2] / "provider"


def test_the_command_can_be_read_only(proxy: Proxy) -> None:
    """--read-only refuses writes with status 1, --max-writes limits them."""

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mlflow_sql.cli.main", "--server", proxy.url, *options]
        return subprocess.run(command, cwd=PROVIDER, capture_output=True, text=True, timeout=60, check=False)

    refused = run("--read-only", "-c", "INSERT INTO experiments (name) VALUES ('never')")
    assert refused.returncode == 1
    assert "read-only" in refused.stderr
    limited = run("--max-writes", "1", "-c", "UPDATE experiments SET tags['x'] = 'y' WHERE true")
    assert limited.returncode == 1
    assert "max_writes (1)" in limited.stderr
    assert proxy.writes == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_in_the_command_tells_what_was_done(proxy: Proxy, held: Held) -> None:
    """Status 130; the row that was on its way is done, and no further one is begun."""
    reached, go_on = threading.Event(), threading.Event()

    def is_third(asked: Asked) -> bool:
        if asked.body["run_name"] == "r02":
            reached.set()
        return asked.body["run_name"] == "r02"

    proxy.trouble("runs/create", wait=go_on, when=is_third)
    sql = f"SET concurrency = 1; {INSERT.format(id=held.id, n=9)}"
    command = [sys.executable, "-m", "mlflow_sql.cli.main", "--server", proxy.url, "-c", sql]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=PROVIDER, stdout=pipe, stderr=pipe, stdin=pipe, text=True) as process:
        try:
            assert reached.wait(30)
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
            go_on.set()
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "was interrupted; written: 3" in said
    assert "not attempted: 6" in said
    assert set(held.runs()) == names(3)


def test_a_load_that_fails_part_of_the_way(proxy: Proxy, connect: Callable[..., Connection], held: Held) -> None:
    """Keys are those of the runs, each told once: what is done is done to its last call; once more does the rest."""
    ids = sorted(held.make(name) for name in "abc")
    con = connect(proxy.url, concurrency=1)
    proxy.trouble(
        "runs/log-batch",
        times=100,
        status=500,
        when=lambda a: a.body["run_id"] == ids[1] and a.body["metrics"][0]["step"] == 1000,
    )
    load = f"""INSERT INTO metric_history (run_id, key, value, step, timestamp) SELECT run_id, 'm', i, i,
        to_timestamp(i) FROM runs, range(2500) t(i) WHERE experiment_id = '{held.id}' ORDER BY i"""
    with pytest.raises(errors.WriteError, match="failed at call 5") as caught:
        con.sql(load)
    error = caught.value
    assert error.done == [{"run_id": ids[0]}]
    assert error.failed == {"run_id": ids[1]}
    assert error.pending == [{"run_id": ids[2]}]
    assert "1 call for the one that failed answered" in str(error)
    assert "running the statement again does the rest" in str(error.hint)
    proxy.troubles.clear()
    assert rows(con.sql(load)) == [(7500,)]
    assert all(len(held.client.get_metric_history(id, "m")) == 2500 for id in ids)
