"""What completion knows of this server, fetched in the background.

Theory: completion asks for keys and values and gets what is cached, at once; what is missing or older than a minute is
put into a queue for one thread, which has a connection of its own. For each table that can be listed it fetches one
page of the newest rows, once for each set of keys (experiments) that statements speak of. Whatever fails is not told:
it is only completion, and the statement itself will say it. ``arrived`` is called, in that thread, when there is more
to suggest.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Column, Resource
from mlflow_sql.types import ColumnType

if TYPE_CHECKING:
    from mlflow_sql import Connection

_log = logging.getLogger(__name__)

_FRESH = 60.0  # seconds
_ROWS = 200  # of a table's newest rows
_PARENTS = 50  # experiments that are looked into when a statement names none: what every server takes in one call
_LONGEST = 80  # characters; a longer text is nothing to complete

_Key = tuple[str, str, frozenset[str]]  # server, table, and the keys that it is read by


@dataclass(slots=True)
class _Sample:
    """Rows of one table. columns: their names. since: when they were fetched (monotonic seconds)."""

    columns: tuple[str, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    since: float = 0.0


class LiveKnowledge:
    """Knowledge over a connection of its own. ``connect`` opens it, in the background thread."""

    def __init__(self, connect: Callable[[], Connection], arrived: Callable[[], None] = lambda: None) -> None:
        self.names: Names | None = None
        self.functions: Sequence[str] = ()
        self.settings: Mapping[str, Sequence[str]] = {}
        self.local: Mapping[str, Sequence[str]] = {}
        self.arrived = arrived
        self._connect = connect
        self._connection: Connection | None = None
        self._samples: dict[_Key, _Sample] = {}
        self._asked: queue.SimpleQueue[_Key | str | None] = queue.SimpleQueue()
        self._waiting: set[_Key] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="completion", daemon=True)

    def start(self) -> None:
        """Begin, in a thread that ends with the process."""
        self._thread.start()

    def repeat(self, statement: str) -> None:
        """Run a statement that changes what names mean: ATTACH, DETACH or USE."""
        self._asked.put(statement)

    def close(self) -> None:
        """Stop what is being fetched."""
        self._closed = True
        self._asked.put(None)
        if (connection := self._connection) is not None:
            with suppress(Exception):
                connection.interrupt()

    def join(self, seconds: float) -> bool:
        """Wait for the thread after ``close``; False if it does not end in time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    # -- asked by completion, never waiting

    def keys(self, resource: Resource, column: Column, near: frozenset[str]) -> Sequence[str]:
        """Keys that a map column holds in the sample, the most frequent first."""
        counts: dict[str, int] = {}
        for held in self._held(resource, column.name, near):
            for key in held or ():
                counts[key] = counts.get(key, 0) + 1
        return sorted(counts, key=lambda key: (key.startswith("mlflow."), -counts[key], key))

    def values(self, resource: Resource, column: Column, key: str | None, near: frozenset[str]) -> Sequence[str]:
        """Texts that a column, or one key of it, holds in the sample, the newest first; the whole of a closed list."""
        if key is not None:
            held = [row.get(key) for row in self._held(resource, column.name, near) if row]
            return _distinct(held)
        if column.push is not None and column.push.values:
            return column.push.values
        if (parent := self._exploded(resource)) is not None:
            explode = resource.explode
            if explode and column.name == explode.kind:
                return tuple(explode.kinds)
            if explode and column.name == explode.key:
                lists = {explode.path, *(part.path for part in explode.kinds.values())}
                maps = [c for c in parent.columns if c.type.is_map and c.path in lists]
                return _distinct([key for map_column in maps for key in self.keys(parent, map_column, near)])
            same = parent.column(column.name)
            return self.values(parent, same, None, near) if same is not None else ()
        if resource.keys is not None and column.name in resource.keys.columns:
            source = self._resource(resource.server, resource.keys.resource)
            found = source.column(resource.keys.columns[column.name]) if source is not None else None
            if source is not None and found is not None:
                return self.values(source, found, None, near)
        return _distinct(self._held(resource, column.name, near))

    def _resource(self, server: str, name: str) -> Resource | None:
        return self.names.on(server, name) if self.names is not None else None

    def _exploded(self, resource: Resource) -> Resource | None:
        """The table whose rows this one's are taken from."""
        shared = resource.calls_of if resource.explode is not None else None
        return self._resource(resource.server, shared) if shared else None

    def _held(self, resource: Resource, column: str, near: frozenset[str]) -> list[Any]:
        """What a column holds in the sample, which is ordered if it is missing or old."""
        if not _listed(resource):
            return []
        ids = self._parents(resource, near)
        if ids is None:
            return []
        wanted = (resource.server, resource.name, ids)
        sample = self._samples.get(wanted)
        if sample is None or time.monotonic() - sample.since > _FRESH:
            self._ask(wanted)
        if sample is None or column not in sample.columns:
            return []
        at = sample.columns.index(column)
        return [row[at] for row in sample.rows]

    def _parents(self, resource: Resource, near: frozenset[str]) -> frozenset[str] | None:
        """The keys that the sample is of: those that the texts mean, else the newest; None while they are not known."""
        if resource.keys is None:
            return frozenset()
        source = self._resource(resource.server, resource.keys.resource)
        if source is None or not _listed(source) or source.keys is not None or len(resource.keys.columns) != 1:
            return None
        column = next(iter(resource.keys.columns.values()))
        ids = self._held(source, column, frozenset())
        sample = self._samples.get((source.server, source.name, frozenset()))
        if sample is None or not ids:
            return None
        meant = {i for i, row in zip(ids, sample.rows, strict=True) if any(type(v) is str and v in near for v in row)}
        return frozenset(meant or ids[:_PARENTS])

    def _ask(self, wanted: _Key) -> None:
        with self._lock:
            if wanted not in self._waiting:
                self._waiting.add(wanted)
                self._asked.put(wanted)

    # -- in the background

    def _work(self) -> None:
        try:
            self._connection = connection = self._connect()
            self._learn(connection)
            self.arrived()
            while (wanted := self._asked.get()) is not None and not self._closed:
                if isinstance(wanted, str):
                    _repeat(connection, wanted)
                else:
                    self._answer(connection, wanted)
            connection.close()
        except Exception:
            _log.debug("no completion from the server", exc_info=True)

    def _answer(self, connection: Connection, wanted: _Key) -> None:
        sample = _Sample()
        try:
            sample = self._fetch(connection, *wanted)
        except Exception:
            _log.debug("nothing to complete of %s", wanted[1], exc_info=True)
        sample.since = time.monotonic()
        self._samples[wanted] = sample
        with self._lock:
            self._waiting.discard(wanted)
        if sample.rows:
            self.arrived()

    def _learn(self, connection: Connection) -> None:
        """What needs no request."""
        self.names = connection.names
        found = connection.duckdb.sql("SELECT DISTINCT function_name FROM duckdb_functions() ORDER BY 1").fetchall()
        self.functions = [row[0] for row in found if row[0].isidentifier()]
        types = connection.duckdb.sql("SELECT name, input_type FROM duckdb_settings() ORDER BY 1").fetchall()
        settings: dict[str, Sequence[str]] = {
            option: ("on", "off") if isinstance(getattr(connection.options, option), bool) else ()
            for option in connection.options.names()
        }
        settings |= {setting: ("true", "false") if kind == "BOOLEAN" else () for setting, kind in types}
        self.settings = settings

    def _fetch(self, connection: Connection, server: str, name: str, ids: frozenset[str]) -> _Sample:
        resource = connection.names.on(server, name)
        columns = tuple(c.name for c in resource.columns if _worth(c))
        listed = ", ".join(columns)
        where = ""
        if resource.keys is not None:
            key = next(iter(resource.keys.columns))
            texts = ", ".join("'" + i.replace("'", "''") + "'" for i in sorted(ids))
            where = f" WHERE {key} IN ({texts})"
        relation = connection.sql(f"SELECT {listed} FROM {resource.full_name}{where} LIMIT {_ROWS}")
        return _Sample(columns, relation.fetchall() if relation is not None else [])


def _repeat(connection: Connection, statement: str) -> None:
    from mlflow_sql.plan.attach import read_attach
    from mlflow_sql.plan.statement import tokenize

    try:
        found = read_attach([t for t in tokenize(statement) if t.text != ";"])
        if found is not None and connection.servers.names_store(found.server):
            connection.names.attach(found.name or found.server)  # what it holds would take a second server
        else:
            connection.sql(statement)
    except Exception:
        _log.debug("completion cannot run %s", statement, exc_info=True)


def _worth(column: Column) -> bool:
    return not column.given and (column.type.is_map or column.type is ColumnType.STRING)


def _listed(resource: Resource) -> bool:
    """Whether a page of the table can be had by one call."""
    return resource.explode is None and any(
        m.paging is not None and m.paging.token for m in resource.methods_for("select")
    )


def _distinct(values: Sequence[Any]) -> list[str]:
    return [v for v in dict.fromkeys(values) if isinstance(v, str) and 0 < len(v) <= _LONGEST and v.isprintable()]
