"""What a relation over remote tables does when it is read again, combined, left alone or dropped."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

import mlflow_sql
from mlflow_sql import Connection, Relation, errors
from support.faulty import RUNS, FaultyServer

Connect = Callable[..., Connection]


def relation(con: Connection, statement: str = "SELECT * FROM runs") -> Relation:
    found = con.sql(statement)
    assert found is not None
    return found


def test_nothing_is_sent_before_it_is_read(con: Connection, faulty: FaultyServer) -> None:
    """A relation, its columns and relations derived from it cost no scan."""
    runs = relation(con)
    assert "run_id" in runs.columns
    runs.filter("status = 'FAILED'").limit(3)
    assert not faulty.asked("search")


def test_read_twice_sent_once(con: Connection, faulty: FaultyServer, capsys: pytest.CaptureFixture[str]) -> None:
    """``show()`` and then ``df()``: every page is fetched once, and both see the same rows."""
    runs = relation(con, "SELECT run_id FROM runs ORDER BY run_id")
    runs.show()
    sent = len(faulty.requests)
    assert "run0007" in capsys.readouterr().out
    assert list(runs.df()["run_id"]) == [f"run{n:04}" for n in range(40)]
    assert len(runs.fetchall()) == len(runs) == 40
    assert len(faulty.requests) == sent


def test_limit_stops_paging(connect: Connect) -> None:
    """A limit that the server cannot take stops the scan once enough rows came; so does one added later."""
    with FaultyServer(2000) as server:
        con = connect(server.url)
        assert len(relation(con, "SELECT run_id FROM runs LIMIT 5").fetchall()) == 5
        assert [request.said["max_results"] for request in server.asked(RUNS)] == [5]
        server.requests.clear()
        assert len(relation(con, "SELECT run_id FROM runs WHERE length(run_id) = 7 LIMIT 5").fetchall()) == 5
        assert len(server.asked(RUNS)) < 20
        server.requests.clear()
        assert len(relation(con, "SELECT run_id FROM runs WHERE length(run_id) = 7").limit(5).fetchall()) == 5
        assert len(server.asked(RUNS)) < 20
        server.requests.clear()
        assert relation(con, "SELECT EXISTS (FROM runs WHERE length(run_id) = 7)").fetchall() == [(True,)]
        assert len(server.asked(RUNS)) < 20


@pytest.mark.parametrize("read", ["fetchall", "df", "to_arrow_table", "__len__", "reader"])
def test_after_an_error(con: Connection, faulty: FaultyServer, read: str) -> None:
    """A scan that broke in the middle starts afresh when its relation is read again: every row, each once."""
    runs = relation(con, "SELECT run_id FROM runs")
    faulty.fault(RUNS, first=3, status=500, body="no luck")
    with pytest.raises(errors.ServerFailure, match="no luck"):
        runs.to_arrow_reader().read_all() if read == "reader" else getattr(runs, read)()
    faulty.heal()
    assert sorted(runs.fetchall()) == [(f"run{n:04}",) for n in range(40)]


@pytest.mark.parametrize("read", ["fetchall", "df", "to_arrow_table", "__len__", "show", "fetchnumpy", "__repr__"])
def test_every_way_to_read_raises_our_errors(con: Connection, faulty: FaultyServer, read: str) -> None:
    """Not DuckDB's, and without its or Python's tracebacks in the message."""
    faulty.fault(RUNS, first=3, status=500, body="no luck")
    with pytest.raises(errors.ServerFailure) as caught:
        getattr(relation(con, "SELECT run_id FROM runs"), read)()
    assert "no luck" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_reader_raises_where_the_fault_is(con: Connection, faulty: FaultyServer) -> None:
    """A reader over Arrow batches raises our error too; after it, it is closed rather than at its end."""
    faulty.fault(RUNS, first=3, status=500, body="no luck")
    reader = relation(con, "SELECT run_id FROM runs").to_arrow_reader()
    with pytest.raises(errors.ServerFailure, match="no luck"):
        reader.read_all()
    with pytest.raises(errors.UsageError, match="reader is closed"):
        reader.read_all()


def test_an_error_of_duckdb_in_a_reader(con: Connection) -> None:
    """What DuckDB itself cannot do is a LocalError, however the rows are read."""
    runs = relation(con, "SELECT run_id::INTEGER FROM runs")
    reads: list[Callable[[], object]] = [runs.fetchall, lambda: runs.to_arrow_reader().read_all()]
    for read in reads:
        with pytest.raises(errors.LocalError, match="Could not convert string 'run0000' to INT32"):
            read()


def test_two_relations_alternately(con: Connection) -> None:
    """Each is read from where its own scan is."""
    runs, experiments = relation(con, "SELECT run_id FROM runs"), relation(con, "SELECT name FROM experiments")
    for _ in range(2):
        assert len(runs.limit(3).fetchall()) == 3
        assert len(experiments.limit(1).fetchall()) == 1
    assert len(runs.fetchall()) == 40
    assert len(experiments.fetchall()) == 2


def test_a_second_result_beside_a_half_read_one(connect: Connect) -> None:
    """DuckDB has one open result a connection: it is said what to do, and the first one goes on unharmed."""
    with FaultyServer(20_000) as server:
        con = connect(server.url, page_size=1000)
        runs = relation(con, "SELECT run_id FROM runs")
        reader = runs.to_arrow_reader(1000)
        first = reader.read_next_batch().num_rows
        for use in (lambda: con.sql("SELECT count(*) FROM experiments"), lambda: runs.fetchall()):
            with pytest.raises(errors.LocalError, match=r"another result.*is being read") as caught:
                use()
            assert "to_arrow_table()" in str(caught.value)
        assert first + reader.read_all().num_rows == 20_000
        assert relation(con, "SELECT count(*) FROM experiments").fetchall() == [(2,)]
        reader = runs.to_arrow_reader(1000)
        reader.read_next_batch()
        del reader
        assert relation(con, "SELECT count(*) FROM experiments").fetchall() == [(2,)]


def test_combined_by_methods(con: Connection, faulty: FaultyServer) -> None:
    """Relation methods over remote tables: filter, join, union, aggregate, query, order and project."""
    runs, experiments = relation(con), relation(con, "SELECT * FROM experiments")
    assert len(runs.filter("status = 'FAILED'").fetchall()) == 20
    joined = runs.set_alias("r").join(experiments.set_alias("e"), "r.experiment_id = e.experiment_id")
    assert joined.aggregate("count(*), count(DISTINCT name)").fetchall() == [(40, 2)]
    assert len(runs.union(runs)) == 80
    assert runs.query("v", "SELECT max(run_id) FROM v").fetchall() == [("run0039",)]
    assert runs.order("run_id").project("run_id").limit(1).fetchall() == [("run0000",)]
    assert len(faulty.asked(RUNS)) < 8  # one scan, replayed


def test_with_local_tables(con: Connection) -> None:
    """Tables of the DuckDB connection, temporary ones too, join with remote ones."""
    con.duckdb.execute("CREATE TEMP TABLE best AS SELECT 'run0007' AS run_id, 1 AS place")
    found = relation(con, "SELECT run_id, place, params.lr FROM runs JOIN best USING (run_id)").fetchall()
    assert found == [("run0007", 1, "0.7")]
    runs = relation(con)
    runs.to_table("copied")
    assert relation(con, "SELECT count(*) FROM copied").fetchall() == [(40,)]


def test_after_close(con: Connection) -> None:
    """A relation of a closed connection says that it is closed; it can be printed."""
    runs = relation(con)
    con.close()
    reads: list[Callable[[], object]] = [
        runs.fetchall, runs.df, runs.show, runs.to_arrow_reader, lambda: len(runs), lambda: runs.columns,
        lambda: runs.filter("true"), lambda: str(runs),
    ]  # fmt: skip
    for read in reads:
        with pytest.raises(errors.UsageError, match="the connection is closed"):
            read()
    assert "closed connection" in repr(runs)


def test_a_relation_keeps_its_connection(faulty: FaultyServer) -> None:
    """``connect(...).sql(...)`` without a name for the connection works."""
    runs = mlflow_sql.connect(faulty.url).sql("SELECT count(*) FROM runs")
    gc.collect()
    assert runs is not None
    assert runs.fetchall() == [(40,)]


def test_a_dropped_connection_is_freed(faulty: FaultyServer) -> None:
    """One that nobody closed and nobody refers to does not stay in memory."""
    con = mlflow_sql.connect(faulty.url)
    relation(con, "SELECT * FROM runs JOIN experiments USING (experiment_id)").fetchall()
    there = weakref.ref(con)
    del con
    gc.collect()
    assert there() is None


def scans() -> list[object]:
    """The scans that are alive."""
    return [found for found in gc.get_objects() if type(found).__name__ == "RemoteScan"]


def test_a_dropped_relation_frees_its_scans(con: Connection, faulty: FaultyServer) -> None:
    """Rows are kept for as long as the relation, or one derived from it, and no longer; threads end."""
    gc.collect()
    before = {id(found) for found in scans()}  # of other tests
    for _ in range(3):
        runs = relation(con)
        derived = runs.filter("status = 'FAILED'")
        runs.fetchall()
        del runs
        gc.collect()
        sent = len(faulty.requests)
        assert len(derived.fetchall()) == 20
        assert len(faulty.requests) == sent
        del derived
    gc.collect()
    left = relation(con, "SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    assert left == []
    gc.collect()
    assert not [found for found in scans() if id(found) not in before]
    assert [t.name for t in threading.enumerate() if t.name.startswith("mlflow-sql")] == []


def test_a_thread_each(faulty: FaultyServer, connect: Connect) -> None:
    """Four threads with a connection each."""
    connections = [connect(faulty.url, concurrency=2) for _ in range(4)]

    def work(con: Connection) -> list[object]:
        found = []
        for _ in range(5):
            found += relation(con, "SELECT count(*), sum(metrics.loss) FROM runs JOIN experiments USING (experiment_id)"
                              ).fetchall()  # fmt: skip
        return found

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(work, connections))
    assert {len(a) for a in answers} == {5}
    assert {row[0] for answer in answers for row in answer} == {40}  # type: ignore[index]
