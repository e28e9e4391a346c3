"""A connection: the one place where the catalog, the planner, the server and DuckDB meet.

Theory: a statement is a command of ours, a write, or a query. A query is planned and becomes a lazy relation of the
session (DuckDB) over scans of the link (the server). The server is first asked when a statement names a remote table.
Statements are planned one at a time; what reads a relation is DuckDB, on the caller's thread and its own.
"""

from __future__ import annotations

import atexit
import itertools
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from duckdb import DuckDBPyConnection
from sqlglot import exp

from mlflow_sql.catalog.load import load
from mlflow_sql.catalog.lookup import Names
from mlflow_sql.engine import local
from mlflow_sql.engine.commands import read_command, run_command
from mlflow_sql.engine.fetch import Progress, Remote
from mlflow_sql.engine.link import Link
from mlflow_sql.engine.options import Options
from mlflow_sql.engine.overlay import Overlay
from mlflow_sql.engine.relation import Relation
from mlflow_sql.engine.scan import SCANS
from mlflow_sql.engine.servers import Servers, capabilities_of
from mlflow_sql.engine.session import Session
from mlflow_sql.engine.supplying import ask
from mlflow_sql.engine.views import Views
from mlflow_sql.engine.writes import run_write
from mlflow_sql.errors import LocalError, StatementError, UsageError
from mlflow_sql.plan import explain as plans
from mlflow_sql.plan import functions
from mlflow_sql.plan.addresses import named_server
from mlflow_sql.plan.beforehand import asked_first
from mlflow_sql.plan.nodes import Plan
from mlflow_sql.plan.planner import Settings, bindings_of, plan
from mlflow_sql.plan.refused import writes_unread
from mlflow_sql.plan.statement import Edit, Statement, parse, with_placeholders
from mlflow_sql.plan.write import Write, plan_write, target_of

if TYPE_CHECKING:
    import pyarrow as pa

    from mlflow_sql.catalog.model import Resource
    from mlflow_sql.engine.writes import Task
    from mlflow_sql.plots.picture import Picture
    from mlflow_sql.rest.capabilities import ServerFacts
    from mlflow_sql.rest.transport import Transport

Params = Sequence[Any] | Mapping[str, Any] | None
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
        config: str | Path | None = None,
    ) -> None:
        self.catalog = load()
        self.names = Names(self.catalog)
        self.options = Options(True, concurrency, page_size, max_writes, read_only)
        self.progress = progress
        self.stopping = threading.Event()  # a write begins no further row
        self.views = Views()
        self.overlay: Overlay | None = None  # what statements that were planned, but not carried out, would change
        self.watch: Callable[[Write, Task], None] | None = None  # told of every row that was written
        self._lock = threading.RLock()
        self._session = Session(database, self.names)
        login = {"token": token, "username": username, "password": password}
        check, pool = self._session.check_open, max(8, self.options.concurrency)
        self.servers = Servers(server, login, self.names, check, pool, config)
        _open.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<mlflow_sql.Connection {'closed' if self.closed else self.servers.own.told or 'not yet connected'}>"

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._session.closed

    @property
    def duckdb(self) -> DuckDBPyConnection:
        """The DuckDB connection that statements run on, for local tables and files."""
        return self._session.duckdb

    @property
    def server(self) -> str:
        """The address of the tracking server, without credentials."""
        return self.transport.server.root

    @property
    def transport(self) -> Transport:
        """The way to the server; a local store is started on first use.

        Raises UsageError when no server is named, or its address or credentials cannot be used.
        """
        return self.servers.own.transport

    @property
    def facts(self) -> ServerFacts:
        """What the server can do, asked on first use. Raises ServerError when it cannot be reached."""
        return self.servers.own.facts

    def refuse_if_read_only(self, resource: Resource, what: str) -> None:
        """Raise StatementError when nothing may be written to the server of a table."""
        if self.options.read_only:
            raise StatementError(
                f"this connection is read-only, and {what} writes", hint="connect without read_only, or --read-only"
            )
        if resource.server in self.servers.read_only:
            name = resource.server or "the connection's server"
            raise StatementError(f"{name} is read-only, and {what} writes", hint="it is attached or configured so")

    # -- statements

    def sql(self, statement: str, params: Params = None) -> Relation | None:
        """Plan one statement and return its result, a lazy relation; None for a statement without rows.

        params: values for ``?`` or ``$1`` (a list) or ``$name`` (a dict). Writes and local statements (CREATE TABLE
        ...) run at once. Raises StatementError for a statement that cannot run, ServerError when the server cannot be
        asked or refuses, WriteError when a write stops part of the way.
        """
        if not isinstance(statement, str):
            raise UsageError(f"a statement must be text, not {type(statement).__name__}")
        with self._lock, self.running():
            self._session.drop_unused()
            self._session.take_fault()  # of an earlier statement, which did not need to mind it
            command = read_command(statement)
            return self.run(statement, params) if command is None else run_command(self, command, params)

    def run(self, statement: str, params: Params = None, *, templates: bool = True) -> Relation | None:
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

    def plot(self, what: str | Relation, kind: str | None = None, *, params: Params = None, **parts: Any) -> Picture:
        """A picture of a statement's result, or of a relation. See ``Relation.plot`` for kind and parts.

        Raises what ``sql`` raises, and UsageError for a statement without rows.
        """
        relation = self.sql(what, params) if isinstance(what, str) else what
        if relation is None:
            raise UsageError("the statement has no rows, so there is nothing to draw")
        return relation.plot(kind, **parts)

    def explain(self, statement: str, params: Params = None) -> str:
        """The plan of a statement as text: its REST calls, what is pushed, what stays local and why.

        Asks the server only what it can do; sends nothing of the statement.
        """
        with self._lock:
            return plans.text(self.plan(statement, params))

    def plan(self, statement: str, params: Params = None) -> Plan:
        """The plan of a statement as a value."""
        with self._lock, self.running():
            return self._plan(self._parse(statement, params), prefix="scan_")

    def measure(self, statement: str, params: Params = None) -> plans.Run:
        """Run a statement to its end and say what it took."""
        with self._lock, self.running():
            planned = self._plan(self._parse(statement, params), f"{SCANS}{next(_numbers)}_")
            started = time.perf_counter()
            relation = self._relation(planned, params)
            rows = sum(batch.num_rows for batch in relation.to_arrow_reader()) if relation is not None else 0
            seconds = time.perf_counter() - started
            found = {s.index: self._session.scan(s.name) for s in planned.scans}
            return plans.Run(seconds, rows, {i: scan.measured() for i, scan in found.items() if scan is not None})

    def write_of(
        self,
        statement: str,
        params: Params = None,
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

    def route(self, server: str | None) -> None:
        """Note the server that a statement itself names: used when no other is named, else told to be ignored."""
        self.servers.own.route(server)

    def _parse(self, statement: str, params: Any, templates: bool = True) -> Statement:
        text = with_placeholders(statement) if templates else statement
        whole = functions.expand(self.views.expand(text, self.names), params, self.names)
        parsed = parse(whole, params, lenient=True)
        if parsed.unread is not None and writes_unread(parsed.tokens, self.names):
            raise parsed.unread  # DuckDB knows no table of that name
        self.route(named_server(parsed.tree, self.names))
        return self._with_local_values(parsed, params)

    def _with_local_values(self, statement: Statement, params: Any) -> Statement:
        """The statement with the values of subqueries over local tables in their place, so that they are pushed."""
        if not (self.options.pushdown and statement.unread is None and bindings_of(statement, self.names).tables):
            return statement
        edits = []
        for asked in asked_first(statement, self.names):
            found = local.constants(self.duckdb, asked.sql, asked.many)
            if found is not None:
                edits.append(Edit(asked.start, asked.end, found))
        return parse(statement.edited(edits), params, lenient=True) if edits else statement

    def _plan(self, statement: Statement, prefix: str) -> Plan:
        tables = bindings_of(statement, self.names).tables
        if not tables:
            return Plan(statement.text)
        stale = self.overlay is not None and self.overlay.touches(t.resource for t in tables)
        here = local.settings(self.duckdb)
        self._session.meanings = here.meanings
        declared = self.catalog.capabilities
        able = {s: capabilities_of(self.servers.named(s), declared) for s in {t.resource.server for t in tables}}
        settings = Settings(
            capabilities=able.get("", frozenset()),
            attached=able,
            pushdown=self.options.pushdown and not stale and not here.collation,
            text_order=not here.collation,
            nulls_last=here.nulls_last,
            prefix=prefix,
            now=datetime.now(UTC),
        )
        planned = plan(
            statement, self.names, settings,
            lambda sql: local.moment(self.duckdb, sql), lambda sql, tables: ask(self.duckdb, sql, tables),
        )  # fmt: skip
        if stale and any(search.expression for scan in planned.scans for search in scan.searches):
            raise StatementError(
                "a condition for the server (filter = '...') cannot see what the statements before would change",
                hint="say it in SQL, such as metrics.auc > 0.8",
            )
        return planned

    def _relation(self, planned: Plan, params: Any) -> Relation | None:
        used = {s.resource.server: self.servers.of(s.resource) for s in planned.scans}
        remotes = {name: self._remote(link) for name, link in used.items()}
        return self._session.relation(planned, params, remotes, self.overlay)

    def _remote(self, link: Link) -> Remote:
        options = self.options
        return Remote(
            link.transport, link.facts.has, options.concurrency, options.page_size, self.progress, link.refused
        )

    # -- rows that are here already

    def table(self, arrow: pa.Table) -> Relation:
        """A relation over rows that are there already."""
        return self._session.table(arrow)

    def over(self, arrow: pa.Table, alias: str, select: str) -> Relation:
        """A relation of ``select`` (without FROM) over rows that are there already, under a name for them."""
        return self._session.over(arrow, alias, select)

    def store(self, rows: Relation, name: str) -> None:
        """Put the rows of a relation into a temporary table."""
        self._session.store(rows, name)

    # -- ends

    def running(self) -> AbstractContextManager[None]:
        """Around everything that DuckDB does for the user: faults of scans are raised as they are."""
        return self._session.running()

    def interrupt(self) -> None:
        """Stop what is running, from any thread: the statement raises Interrupted, the connection stays usable."""
        self.stopping.set()
        self.servers.interrupt()
        self._session.interrupt()

    def close(self) -> None:
        """End all scans, stop a server that this connection started, and close DuckDB. May be called again.

        A statement that runs in another thread is interrupted, and waited for.
        """
        if self.closed:
            return
        self._session.closed = True
        try:
            self._session.close()
        finally:
            self.servers.close()
            _open.discard(self)


def connect(server: str | None = None, **options: Any) -> Connection:
    """Connect to a tracking server. See ``Connection`` for the options.

    server: a URL, ``databricks``, ``databricks://profile``, a name of the configuration file, or a local store
    (``sqlite:///file.db`` or a folder), for which an ``mlflow server`` is started on a free port of this machine and
    stopped with the connection. Default: the environment's MLFLOW_TRACKING_URI, else the configuration file's.
    Nothing is sent before a statement needs it.
    """
    return Connection(server, **options)


def _close_all() -> None:
    for connection in list(_open):
        connection.close()


# DuckDB prints a list of leaked objects when a connection that holds Python objects outlives the interpreter.
atexit.register(_close_all)
