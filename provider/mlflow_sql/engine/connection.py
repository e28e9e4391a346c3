"""A connection: the one place where the catalog, the planner, the server and DuckDB meet.

Theory: a statement is planned, its scans are registered with DuckDB under names of their own, and the relation over
them is handed out. The scans live as long as the relation (or one derived from it); names that are no longer needed
are dropped before the next statement. The server is first asked when a statement names a remote table. Statements are
planned one at a time; what reads a relation is DuckDB, on the caller's thread and its own.
"""

from __future__ import annotations

import atexit
import itertools
import logging
import os
import re
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb
from duckdb import DuckDBPyConnection
from duckdb import Error as DuckDBError
from sqlglot import exp

from mlflow_sql.catalog.load import load
from mlflow_sql.catalog.lookup import Names
from mlflow_sql.engine import local
from mlflow_sql.engine.commands import read_command, run_command
from mlflow_sql.engine.fetch import Progress, Remote
from mlflow_sql.engine.options import Options
from mlflow_sql.engine.overlay import Overlay, patches
from mlflow_sql.engine.relation import Relation, faults_of, plainly_named
from mlflow_sql.engine.scan import SCANS, RemoteScan, RunKeys
from mlflow_sql.engine.stream import Stream
from mlflow_sql.engine.views import Views
from mlflow_sql.engine.writes import run_write
from mlflow_sql.errors import Error, Interrupted, LocalError, UsageError
from mlflow_sql.plan import explain
from mlflow_sql.plan.addresses import named_server
from mlflow_sql.plan.nodes import Keys, Plan
from mlflow_sql.plan.planner import Settings, bindings_of, plan
from mlflow_sql.plan.statement import Statement, parse, quoted, with_placeholders
from mlflow_sql.plan.write import Write, plan_write, target_of
from mlflow_sql.rest import auth, capabilities
from mlflow_sql.rest.transport import Transport

if TYPE_CHECKING:
    import pyarrow as pa

    from mlflow_sql.catalog.model import Resource
    from mlflow_sql.embedded import EmbeddedServer
    from mlflow_sql.engine.writes import Task
    from mlflow_sql.rest.capabilities import ServerFacts

_PATIENCE = 5.0  # seconds that a statement in another thread has to end when its connection is closed
logger = logging.getLogger(__name__)
_numbers = itertools.count(1)
_open: weakref.WeakSet[Connection] = weakref.WeakSet()


class Connection:
    """An MLflow tracking server as a SQL database. Make one with ``mlflow_sql.connect``."""

    def __init__(
        self,
        server: str | None = None,
        *,
        database: str = ":memory:",
        progress: Progress | None = None,
        concurrency: int = 4,
        page_size: int | None = None,
        max_writes: int = 1000,
        read_only: bool = False,
        token: str | None = None,
        username: str | None = None,
        password: str | None = None,
    ) -> None:
        self.catalog = load()
        self.names = Names(self.catalog)
        self.options = Options(True, concurrency, page_size, max_writes, read_only)
        self.stopping = threading.Event()  # a write begins no further row
        self.views = Views()
        self.overlay: Overlay | None = None  # what statements that were planned, but not carried out, would change
        self.watch: Callable[[Write, Task], None] | None = None  # told of every row that was written
        self._server = server
        self._login: dict[str, Any] = {"token": token, "username": username, "password": password}
        self._progress = progress
        self._embedded: EmbeddedServer | None = None
        self._transport: Transport | None = None
        self._facts: ServerFacts | None = None
        self._refused: set[tuple[str, str]] = set()
        self._lock = threading.RLock()
        self._asking = threading.Lock()
        self._asked: Transport | None = None  # while it is asked what the server can do
        self._scans: weakref.WeakValueDictionary[str, RemoteScan] = weakref.WeakValueDictionary()
        self._dropped: list[str] = []
        self._kept: list[Any] = []
        self._streams: weakref.WeakSet[Stream] = weakref.WeakSet()
        self._closed = False
        self._meanings: tuple[tuple[str, str], ...] = (("TimeZone", "UTC"),)
        self._duckdb = duckdb.connect(database)
        local.prepare(self._duckdb)
        local.hand_on_quietly(self._duckdb)
        self._relation_type = type("Relation", (Relation,), {"__slots__": (), "_session": self})
        _open.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else (self._transport.server.root if self._transport else "not yet connected")
        return f"<mlflow_sql.Connection {state}>"

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed

    @property
    def duckdb(self) -> DuckDBPyConnection:
        """The DuckDB connection that statements run on, for local tables and files."""
        return self._duckdb

    @property
    def server(self) -> str:
        """The address of the tracking server, without credentials."""
        return self.transport.server.root

    @property
    def transport(self) -> Transport:
        """The way to the server; a local store is started on first use.

        Raises UsageError when no server is named, or its address or credentials cannot be used.
        """
        with self._lock:
            self._check_open()
            if self._transport is None:
                uri = self._server or os.environ.get("MLFLOW_TRACKING_URI")
                if uri and is_store(uri):
                    from mlflow_sql.embedded import EmbeddedServer

                    self._embedded = EmbeddedServer.start(uri)
                    uri = self._embedded.url
                server = auth.resolve(uri, **self._login)
                self._transport = Transport(server, pool_size=max(8, self.options.concurrency))
            return self._transport

    @property
    def facts(self) -> ServerFacts:
        """What the server can do, asked on first use. Raises ServerError when it cannot be reached."""
        with self._lock:
            if self._facts is None:
                transport = self.transport
                with self._detecting(transport):
                    self._facts = capabilities.detect(transport, self.catalog.capabilities)
            return self._facts

    @contextmanager
    def _detecting(self, transport: Transport) -> Iterator[None]:
        """Around calls that belong to no scan: ``interrupt`` cuts them off."""
        with self._asking:
            self._asked = transport
        try:
            yield
        finally:
            with self._asking:
                self._asked = None
                transport.resume()

    def sql(self, statement: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> Relation | None:
        """Plan one statement and return its result, a lazy relation; None for a statement without rows.

        params: values for ``?`` or ``$1`` (a list) or ``$name`` (a dict). Local statements (CREATE TABLE ...) run
        at once. Raises StatementError for a statement that cannot run, ServerError when the server cannot be asked.
        """
        if not isinstance(statement, str):
            raise UsageError(f"a statement must be text, not {type(statement).__name__}")
        with self._lock, self.running():
            self._drop_unused()
            self.take_fault()  # of an earlier statement, which did not need to mind it
            command = read_command(statement)
            return self.run(statement, params) if command is None else run_command(self, command, params)

    def run(
        self, statement: str, params: Sequence[Any] | Mapping[str, Any] | None = None, *, templates: bool = True
    ) -> Relation | None:
        """The same as ``sql`` for a statement that is no command of ours. templates: ``{{ name }}`` is a parameter."""
        parsed = self._parse(statement, params, templates)
        if target_of(parsed.tree, self.names) is not None:
            return run_write(self, plan_write(parsed, self.names))
        planned = self._plan(parsed, f"{SCANS}{next(_numbers)}_")
        try:
            return self._relation(planned, params)
        except LocalError as error:
            if parsed.unread is not None and "Parser Error" in error.message:
                raise parsed.unread from None  # DuckDB cannot read it either, and we know the place
            raise

    def _parse(self, statement: str, params: Any, templates: bool = True) -> Statement:
        text = with_placeholders(statement) if templates else statement
        parsed = parse(self.views.expand(text, self.names), params, lenient=True)
        self.route(named_server(parsed.tree, self.names))
        return parsed

    def route(self, server: str | None) -> None:
        """Note the server that a statement itself names: used when no other is named, else told to be ignored."""
        if server is None or server == self._server:
            return
        if self._server is None and not os.environ.get("MLFLOW_TRACKING_URI"):
            self._server = server
        else:
            logger.warning("the statement names %s; it runs on %s", server, self.server)

    def write_of(
        self,
        statement: str,
        params: Sequence[Any] | Mapping[str, Any] | None = None,
        returning: Callable[[Resource], Sequence[str]] | None = None,
    ) -> Write | None:
        """The Write that a statement is, or None when it writes to no remote table.

        returning: columns of the table that are read of each row, in place of those that the statement returns.
        """
        parsed = self._parse(statement, params)
        resource = target_of(parsed.tree, self.names)
        if resource is not None and returning is not None:
            listed = [exp.column(name) for name in returning(resource)]
            parsed.tree.set("returning", exp.Returning(expressions=listed) if listed else None)
        return plan_write(parsed, self.names) if resource is not None else None

    def over(self, arrow: pa.Table, alias: str, select: str) -> Relation:
        """A relation of ``select`` (without FROM) over rows that are there already, under a name for them."""
        return self.table(arrow).query(alias, f"{select} FROM {quoted(alias)}")  # type: ignore[return-value]

    def store(self, rows: Relation, name: str) -> None:
        """Put the rows of a relation into a temporary table."""
        with faults_of(self):
            self._duckdb.execute(f"CREATE TEMP TABLE {name} AS {rows.sql_query()}")

    def table(self, arrow: pa.Table) -> Relation:
        """A relation over rows that are there already."""
        found: Any = self._duckdb.from_arrow(arrow)
        found.__class__ = self._relation_type
        relation: Relation = found
        return relation

    def measure(self, statement: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> explain.Run:
        """Run a statement to its end and say what it took."""
        with self._lock, self.running():
            parsed = self._parse(statement, params)
            planned = self._plan(parsed, f"{SCANS}{next(_numbers)}_")
            started = time.perf_counter()
            relation = self._relation(planned, params)
            rows = sum(batch.num_rows for batch in relation.to_arrow_reader()) if relation is not None else 0
            seconds = time.perf_counter() - started
            scans = {s.index: self._scans[s.name].measured() for s in planned.scans if s.name in self._scans}
            return explain.Run(seconds, rows, scans)

    def explain(self, statement: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> str:
        """The plan of a statement as text: its REST calls, what is pushed, what stays local and why.

        Asks the server only what it can do; sends nothing of the statement.
        """
        with self._lock:
            return explain.text(self.plan(statement, params))

    def plan(self, statement: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> Plan:
        """The plan of a statement as a value."""
        with self._lock, self.running():
            return self._plan(parse(self.views.expand(statement, self.names), params), prefix="scan_")

    def interrupt(self) -> None:
        """Stop what is running, from any thread: the statement raises Interrupted, the connection stays usable."""
        self.stopping.set()
        self.stop_scans()
        with self._asking:
            if self._asked is not None:
                self._asked.interrupt()
        if not self._closed:
            with suppress(DuckDBError):  # closed just now
                self._duckdb.interrupt()

    def close(self) -> None:
        """End all scans, stop a server that this connection started, and close DuckDB. May be called again.

        A statement that runs in another thread is interrupted, and waited for.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._close_duckdb()
            if self._transport is not None:
                self._transport.close()
        finally:
            if self._embedded is not None:
                self._embedded.close()
            _open.discard(self)

    def _close_duckdb(self) -> None:
        until = time.monotonic() + _PATIENCE
        while True:
            # Interrupted first: closing would read an open result to its end.
            with suppress(DuckDBError):
                self._duckdb.interrupt()
            for scan in list(self._scans.values()):
                scan.close()
            self._kept.clear()
            busy = not all([stream.close() for stream in list(self._streams)])
            try:
                if not busy or time.monotonic() > until:
                    self._duckdb.close()
                    return
            except duckdb.ResourceInUseException:  # another thread is in a statement, which ends soon
                if time.monotonic() > until:
                    raise
            time.sleep(0.02)

    def _check_open(self) -> None:
        if self._closed:
            raise UsageError("the connection is closed")

    # -- statements

    def _plan(self, statement: Statement, prefix: str) -> Plan:
        tables = bindings_of(statement, self.names).tables
        if not tables:
            return Plan(statement.text)
        stale = self.overlay is not None and self.overlay.touches(t.resource for t in tables)
        here = local.settings(self._duckdb)
        self._meanings = here.meanings
        able = frozenset(c.name for c in self.catalog.capabilities if self.facts.has(c.name))
        settings = Settings(
            capabilities=able,
            pushdown=self.options.pushdown and not stale and not here.collation,
            text_order=not here.collation,
            nulls_last=here.nulls_last,
            prefix=prefix,
            now=datetime.now(UTC),
        )
        return plan(statement, self.names, settings, lambda sql: local.moment(self._duckdb, sql))

    def _relation(self, planned: Plan, params: Any) -> Relation | None:
        scans = self._open_scans(planned)
        try:
            with faults_of(self, planned):
                result: Any = self._duckdb.sql(planned.sql, params=_values(params))
        except BaseException:
            self._release([s.scan.name for s in scans])
            raise
        if result is None or result._return_type != "query_result":  # DuckDB has run it already
            self._release([s.scan.name for s in scans])
            return None
        result = plainly_named(result, planned)
        result.__class__ = self._relation_type
        if scans:
            weakref.finalize(result, self._release_later, weakref.ref(self), scans)
        relation: Relation = result
        return relation

    def _open_scans(self, planned: Plan) -> list[RemoteScan]:
        """Register the plan's scans with DuckDB; the caller must keep them alive."""
        if not planned.scans:
            return []
        remote = Remote(
            self.transport, self.facts.has, self.options.concurrency, self.options.page_size, self._progress,
            self._refused,
        )  # fmt: skip
        patched = patches(self.overlay, planned.scans)
        scans: dict[int, RemoteScan] = {}
        for scan in planned.scans:
            scans[scan.index] = RemoteScan(scan, remote, _key_runner(self, scans), patched.get(scan.index))
            self._scans[scan.name] = scans[scan.index]
        for remote_scan in scans.values():
            if not remote_scan.scan.hidden:
                self._duckdb.register(remote_scan.scan.name, remote_scan)
        return list(scans.values())

    def _keys(self, keys: Keys, scans: Mapping[int, RemoteScan]) -> list[tuple[Any, ...]]:
        """Run the query that supplies keys, on a cursor of its own: the connection is busy with the statement."""
        cursor = self._duckdb.cursor()
        try:
            local.prepare(cursor, self._meanings)
            for index in keys.scans:
                cursor.register(scans[index].scan.name, scans[index])
            with faults_of(self):
                rows = cursor.sql(keys.sql).fetchall()
        finally:
            cursor.close()
        return [row for row in rows if None not in row]

    # -- scans and faults

    @contextmanager
    def running(self) -> Iterator[None]:
        """Around everything that DuckDB does for the user: faults of scans are raised as they are."""
        self._check_open()
        with faults_of(self):
            yield

    def reading(self, stream: Stream) -> None:
        """Remember a result that is read as a stream, to let go of it when the connection closes."""
        self._streams.add(stream)

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
        return local.translate(error, self.names, resources, self._duckdb)

    def keep(self, thing: Any) -> None:
        """Keep something alive until the connection closes."""
        self._kept.append(thing)

    @staticmethod
    def _release_later(session: weakref.ref[Connection], scans: list[RemoteScan]) -> None:
        found = session()
        for scan in scans:
            scan.close()
        if found is not None:
            found._dropped.extend(s.scan.name for s in scans if not s.scan.hidden)

    def _release(self, names: Sequence[str]) -> None:
        self._dropped.extend(names)

    def _drop_unused(self) -> None:
        while self._dropped:
            name = self._dropped.pop()
            with suppress(DuckDBError):
                self._duckdb.unregister(name)


def _key_runner(connection: Connection, scans: Mapping[int, RemoteScan]) -> RunKeys:
    """What runs the queries that supply keys, without keeping the connection alive: DuckDB holds on to its scans."""
    owner = weakref.ref(connection)

    def run(keys: Keys) -> list[tuple[Any, ...]]:
        found = owner()
        if found is None:
            raise Interrupted("the connection is closed")
        return found._keys(keys, scans)

    return run


def _values(params: Any) -> Any:
    if params is None:
        return None
    return dict(params) if isinstance(params, Mapping) else list(params)


def is_store(uri: str) -> bool:
    """Whether the address is a local store (a sqlite file or a folder) rather than a server.

    A word alone is one only if there is such a folder: a misspelt address must not make a new, empty store.
    Raises UsageError for any other word alone.
    """
    if uri.lower().startswith(("sqlite:", "file:")):
        return True
    if ":" in uri or uri in ("databricks", "databricks-uc", "uc"):
        return False
    if re.fullmatch(r"[\w.-]+", uri) and not Path(uri).exists():
        raise UsageError(
            f"{uri!r} is no address of a server, and there is no such folder",
            hint=f"A server's address begins with http:// or https://; for a new local store write ./{uri}",
        )
    return True


def connect(server: str | None = None, **options: Any) -> Connection:
    """Connect to a tracking server. See ``Connection`` for the options.

    server: a URL, ``databricks``, ``databricks://profile``, or a local store (``sqlite:///file.db`` or a folder), for
    which an ``mlflow server`` is started on a free port of this machine and stopped with the connection. Default:
    the environment's MLFLOW_TRACKING_URI. Nothing is sent before a statement needs it.
    """
    return Connection(server, **options)


def _close_all() -> None:
    for connection in list(_open):
        connection.close()


# sqlglot warns of statements that it leaves to the database; without any handler Python prints that on standard error.
logging.getLogger("sqlglot").addHandler(logging.NullHandler())

# DuckDB prints a list of leaked objects when a connection that holds Python objects outlives the interpreter.
atexit.register(_close_all)
