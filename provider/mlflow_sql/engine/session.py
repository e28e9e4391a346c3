"""The DuckDB half of a connection: scans registered under names of their own, relations over them, and their faults.

Theory: a plan's scans are registered, and the relation over them is handed out. The scans live as long as the relation
(or one derived from it); names that are no longer needed are dropped before the next statement. What a scan failed of
is kept with it until the statement that reads it asks. Nothing here keeps a connection alive, since DuckDB holds on to
what is registered.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import duckdb
from duckdb import Error as DuckDBError

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.engine import local
from mlflow_sql.engine.fetch import Remote
from mlflow_sql.engine.overlay import Overlay, Patch, patches
from mlflow_sql.engine.preview import Preview
from mlflow_sql.engine.relation import Relation, faults_of, plainly_named
from mlflow_sql.engine.scan import RemoteScan, RunKeys
from mlflow_sql.engine.stream import Stream
from mlflow_sql.engine.supplying import guard, unguarded
from mlflow_sql.errors import Error, Interrupted, UsageError
from mlflow_sql.plan.nodes import Keys, Plan, Scan
from mlflow_sql.plan.statement import quoted

if TYPE_CHECKING:
    import pyarrow as pa

Remotes = Mapping[str, Remote]
_ROWS, _WHOLE = "_rows", "_whole"  # behind a scan's name: what its view reads, and what it reads when it may not
_PATIENCE = 5.0  # seconds that a statement in another thread has to end when its connection is closed


class Session:
    """One DuckDB connection and the scans that are registered with it."""

    def __init__(self, database: str, names: Names) -> None:
        self.names = names
        self.closed = False
        self.duckdb = duckdb.connect(database)
        self.meanings: tuple[tuple[str, str], ...] = (("TimeZone", "UTC"),)  # settings that constants depend on
        self._scans: weakref.WeakValueDictionary[str, RemoteScan] = weakref.WeakValueDictionary()
        self._dropped: list[str] = []
        self._guarded: set[str] = set()  # scans that are read through a view
        self._kept: list[Any] = []
        self._streams: weakref.WeakSet[Stream] = weakref.WeakSet()
        self.previews: weakref.WeakKeyDictionary[Any, Preview] = weakref.WeakKeyDictionary()  # to show, once each
        local.prepare(self.duckdb)
        local.hand_on_quietly(self.duckdb)
        self._relation_type = type("Relation", (Relation,), {"__slots__": (), "_session": self})

    # -- relations

    def relation(self, planned: Plan, params: Any, remotes: Remotes, overlay: Overlay | None) -> Relation | None:
        """The relation of a plan; None for a statement without rows, which DuckDB has run then.

        remotes: the servers of the plan's scans, by name. overlay: changes to lay over what it answers.
        """
        scans = self._open(planned, remotes, overlay)
        try:
            with faults_of(self, planned):
                result: Any = self.duckdb.sql(planned.sql, params=_values(params))
        except BaseException:
            self._release(scans)
            raise
        if result is None or result._return_type != "query_result":
            self._release(scans)
            return None
        result = plainly_named(result, planned)
        result.__class__ = self._relation_type
        if scans:
            weakref.finalize(result, _release_later, weakref.ref(self), scans)
        relation: Relation = result
        return relation

    def table(self, arrow: pa.Table) -> Relation:
        """A relation over rows that are there already."""
        found: Any = self.duckdb.from_arrow(arrow)
        found.__class__ = self._relation_type
        relation: Relation = found
        return relation

    def over(self, arrow: pa.Table, alias: str, select: str) -> Relation:
        """A relation of ``select`` (without FROM) over rows that are there already, under a name for them."""
        return self.table(arrow).query(alias, f"{select} FROM {quoted(alias)}")  # type: ignore[return-value]

    def store(self, rows: Relation, name: str) -> None:
        """Put the rows of a relation into a temporary table."""
        with faults_of(self):
            self.duckdb.execute(f"CREATE TEMP TABLE {name} AS {rows.sql_query()}")

    # -- scans

    def _open(self, planned: Plan, remotes: Remotes, overlay: Overlay | None) -> list[RemoteScan]:
        """Register the plan's scans with DuckDB; the caller must keep them alive."""
        patched = patches(overlay, planned.scans)
        scans = self._scanned(planned.scans, remotes, patched)
        self._scans.update({scan.scan.name: scan for scan in scans.values()})
        relying = {scan.index for scan in planned.relying}
        whole = self._scanned(planned.whole if relying else (), remotes, {})
        self._scans.update({scan.scan.name + _WHOLE: scan for scan in whole.values()})
        for index, remote_scan in scans.items():
            name = remote_scan.scan.name
            if index in relying:
                self.duckdb.register(name + _ROWS, remote_scan)
                self._guarded.add(name)
                self.duckdb.execute(guard(name, name + _ROWS, planned.supplied))
                remote_scan.whole = whole[index]
            elif not remote_scan.scan.hidden:
                self.duckdb.register(name, remote_scan)
        return [*scans.values(), *whole.values()]

    def _scanned(
        self, planned: Sequence[Scan], remotes: Remotes, patched: Mapping[int, Patch]
    ) -> dict[int, RemoteScan]:
        """The scans of a plan by index, which supply each other with keys."""
        scans: dict[int, RemoteScan] = {}
        for scan in planned:
            remote = remotes[scan.resource.server]
            scans[scan.index] = RemoteScan(scan, remote, _key_runner(self, scans), patched.get(scan.index))
        return scans

    def read_whole(self) -> bool:
        """Have relations read whole scans where they relied on values of local relations; False if none did."""
        found = [scan for scan in list(self._scans.values()) if scan.whole is not None and not scan.closed]
        for scan in found:
            name = scan.scan.name
            self.duckdb.register(name + _WHOLE, scan.whole)
            self.duckdb.execute(unguarded(name, name + _WHOLE))
            scan.whole = None
        return bool(found)

    def scan(self, name: str) -> RemoteScan | None:
        """The registered scan of that name, while it lives."""
        return self._scans.get(name)

    def run_keys(self, keys: Keys, scans: Mapping[int, RemoteScan]) -> list[tuple[Any, ...]]:
        """Run the query that supplies keys, on a cursor of its own: the connection is busy with the statement."""
        cursor = self.duckdb.cursor()
        try:
            local.prepare(cursor, self.meanings)
            for index in keys.scans:
                cursor.register(scans[index].scan.name, scans[index])
            with faults_of(self):
                rows = cursor.sql(keys.sql).fetchall()
        finally:
            cursor.close()
        return [row for row in rows if None not in row]

    def _release(self, scans: Sequence[RemoteScan]) -> None:
        self._dropped.extend(dict.fromkeys(s.scan.name for s in scans if not s.scan.hidden))

    def drop_unused(self) -> None:
        """Drop the names of scans that nothing reads any more."""
        while self._dropped:
            name = self._dropped.pop()
            with suppress(DuckDBError):
                self.duckdb.unregister(name)
            if name in self._guarded:
                self._guarded.discard(name)
                with suppress(DuckDBError):
                    self.duckdb.execute(f"DROP VIEW IF EXISTS temp.{quoted(name)}")
                for registered in (name + _ROWS, name + _WHOLE):
                    with suppress(DuckDBError):
                        self.duckdb.unregister(registered)

    def keep(self, thing: Any) -> None:
        """Keep something alive until the connection closes."""
        self._kept.append(thing)

    def reading(self, stream: Stream) -> None:
        """Remember a result that is read as a stream, to let go of it when the connection closes."""
        self._streams.add(stream)

    # -- faults

    @contextmanager
    def running(self) -> Iterator[None]:
        """Around everything that DuckDB does for the user: faults of scans are raised as they are."""
        self.check_open()
        with faults_of(self):
            yield

    def check_open(self) -> None:
        """Raise UsageError when the connection is closed."""
        if self.closed:
            raise UsageError("the connection is closed")

    def take_fault(self) -> BaseException | None:
        """The first fault of any scan since the last call."""
        faults = [f for scan in list(self._scans.values()) if (f := scan.take_fault()) is not None]
        ours = [f for f in faults if isinstance(f, (Error, KeyboardInterrupt))]
        return (ours or faults or [None])[0]

    def stop_scans(self) -> None:
        """Stop the fetching of all scans; a relation that is read again starts afresh."""
        for scan in list(self._scans.values()):
            scan.interrupt()

    def local_error(self, error: DuckDBError, planned: Plan | None = None) -> Error:
        """Our error for one of DuckDB's, in terms of the tables of the statement."""
        resources = [s.resource for s in planned.scans if not s.hidden] if planned else []
        return local.translate(error, self.names, resources, self.duckdb)

    def interrupt(self) -> None:
        """Stop what is running, from any thread."""
        self.stop_scans()
        if not self.closed:
            with suppress(DuckDBError):  # closed just now
                self.duckdb.interrupt()

    def close(self) -> None:
        """End all scans and close DuckDB; a statement in another thread is interrupted and waited for."""
        until = time.monotonic() + _PATIENCE
        while True:
            # Interrupted first: closing would read an open result to its end.
            with suppress(DuckDBError):
                self.duckdb.interrupt()
            for scan in list(self._scans.values()):
                scan.close()
            self._kept.clear()
            busy = not all([stream.close() for stream in list(self._streams)])
            try:
                if not busy or time.monotonic() > until:
                    self.duckdb.close()
                    return
            except duckdb.ResourceInUseException:  # another thread is in a statement, which ends soon
                if time.monotonic() > until:
                    raise
            time.sleep(0.02)


def _release_later(session: weakref.ref[Session], scans: list[RemoteScan]) -> None:
    found = session()
    for scan in scans:
        scan.close()
    if found is not None:
        found._release(scans)


def _key_runner(session: Session, scans: Mapping[int, RemoteScan]) -> RunKeys:
    """What runs the queries that supply keys, without keeping the session alive: DuckDB holds on to its scans."""
    owner = weakref.ref(session)

    def run(keys: Keys) -> list[tuple[Any, ...]]:
        found = owner()
        if found is None:
            raise Interrupted("the connection is closed")
        return found.run_keys(keys, scans)

    return run


def _values(params: Any) -> Any:
    if params is None:
        return None
    return dict(params) if isinstance(params, Mapping) else list(params)
