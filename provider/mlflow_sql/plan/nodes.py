"""What a plan is made of: frozen values that say every REST call before one is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mlflow_sql.catalog.model import Method, Param, Resource


@dataclass(frozen=True, slots=True)
class Call:
    """One REST call. ``path`` is under /api/2.0/mlflow/ unless it begins with "/", then under the server's root."""

    verb: str
    path: str
    query: Mapping[str, Any] | None = None  # of a GET; a list repeats its key
    body: Mapping[str, Any] | None = None  # of any other verb, sent as JSON
    idempotent: bool = True  # may be sent again after a failure
    missing_is_empty: bool = False  # 404 RESOURCE_DOES_NOT_EXIST is an answer: nothing there

    @property
    def label(self) -> str:
        """VERB path, for messages and EXPLAIN."""
        return f"{self.verb} {self.path}"


@dataclass(frozen=True, slots=True)
class Search:
    """All the pages of one call: a method with everything but the page said."""

    method: Method
    values: Mapping[str, Any] = field(default_factory=dict)  # parameter name -> value
    clauses: tuple[str, ...] = ()  # terms of the filter, joined by AND
    view: str | None = None  # "active", "deleted" or "all"
    order: tuple[str, ...] = ()  # a pushed ORDER BY: the answer is one page
    limit: int | None = None  # a pushed LIMIT: no more items than this are wanted
    newest_first: bool = False  # page from the newest item to the oldest
    keyset: bool = False  # page in the method's keyset order
    expression: str = ""  # the statement's own terms of the filter: always sent, behind ours, so that they end no term

    def with_values(self, **values: Any) -> Search:
        """The same search with some parameters set."""
        return replace(self, values={**self.values, **values})

    def without_filter(self) -> Search:
        """The same search with nothing of ours left to the server: for one that refused the filter."""
        return replace(self, clauses=(), order=(), limit=None, keyset=False)


def call(
    search: Search,
    *,
    size: int | None = None,
    token: str | None = None,
    order: tuple[str, ...] | None = None,
    clauses: tuple[str, ...] | None = None,
) -> Call:
    """The REST call for one page of ``search``.

    size: items wanted, default the method's page size or the pushed limit. order and clauses replace those of the
    search (for keyset paging). Parameters with the value None are left out.
    """
    method = search.method
    sent: dict[str, Any] = {}
    for param in method.params:
        value = _value(param, search, size, token, order, clauses)
        if value is not None:
            sent[param.name] = value
    in_query = method.verb == "GET"
    return Call(
        verb=method.verb,
        path=method.path,
        query=sent if in_query else None,
        body=None if in_query else sent,
        idempotent=method.idempotent,
        missing_is_empty=method.missing == "empty",
    )


def _order(search: Search) -> tuple[str, ...]:
    keyset = search.method.paging.keyset if search.method.paging else None
    if search.order or keyset is None or not search.keyset:
        return search.order
    return tuple(o.replace("{direction}", "DESC" if search.newest_first else "ASC") for o in keyset.order)


def _value(
    param: Param,
    search: Search,
    size: int | None,
    token: str | None,
    order: tuple[str, ...] | None,
    clauses: tuple[str, ...] | None,
) -> Any:
    match param.role:
        case "value":
            return search.values.get(param.name)
        case "fixed":
            return param.value
        case "filter":
            terms = search.clauses if clauses is None else clauses
            return " AND ".join((*terms, search.expression) if search.expression.strip() else terms) or None
        case "order":
            return list(_order(search) if order is None else order) or None
        case "view":
            return param.views[search.view] if search.view else None
        case "page_token":
            return token
        case "page_size":
            paging = search.method.paging
            most = paging.max_size if paging else None
            wanted = size or search.limit or (paging.size if paging else None)
            return min(wanted, most) if wanted is not None and most is not None else wanted


@dataclass(frozen=True, slots=True)
class Keys:
    """Rows of key values that a local query over other scans supplies. ``text`` says it for people."""

    columns: tuple[str, ...]
    sql: str
    scans: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """A clause whose list of values another scan supplies: used when they are at most ``most``."""

    clause: str  # with {values}
    keys: Keys
    most: int
    batch: int


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading of a remote table: which searches, with which keys, and what stays to be checked locally.

    searches: alternatives whose union is needed; none at all when no row can matter.
    stages: the lifecycle stages to keep, for a method that returns every one.
    pushed: conditions the server evaluates. residual: those it does not (fully), each with the reason.
    hidden: only there to supply keys. narrowed: whether anything was left out on account of the statement.
    """

    index: int
    name: str
    resource: Resource
    alias: str
    columns: tuple[str, ...]
    method: Method
    searches: tuple[Search, ...]
    keys: Keys | None = None
    key_filter: KeyFilter | None = None
    stages: frozenset[str] | None = None
    pushed: tuple[str, ...] = ()
    residual: tuple[tuple[str, str], ...] = ()
    stop: str = ""  # how it ends, for EXPLAIN
    hidden: bool = False
    constants: Mapping[str, Any] = field(default_factory=dict)  # columns that the statement itself gives
    kinds: tuple[str, ...] | None = None  # those that can matter, for a resource with several kinds of rows

    @property
    def needs(self) -> tuple[int, ...]:
        """The scans that must be read for this one's keys."""
        found = (*(self.keys.scans if self.keys else ()), *(self.key_filter.keys.scans if self.key_filter else ()))
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Supplied:
    """What a plan takes for granted of local relations: a query over them gives no other values than these."""

    sql: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole statement: what DuckDB runs, and the scans it reads.

    supplied: what local relations gave when they were asked, which the scans that differ from those of ``whole`` rely
    on; whole: the scans as they would be without.
    """

    sql: str
    scans: tuple[Scan, ...] = ()
    supplied: tuple[Supplied, ...] = ()
    whole: tuple[Scan, ...] = ()

    def scan(self, index: int) -> Scan:
        """The scan with that index."""
        return next(s for s in self.scans if s.index == index)

    @property
    def relying(self) -> tuple[Scan, ...]:
        """The scans that DuckDB may read only as long as ``supplied`` is true."""
        if not self.supplied:
            return ()
        known = {s.index: s for s in self.whole}
        changed: set[int] = set()
        for scan in self.scans:  # feeders come before what they feed
            if scan != known.get(scan.index) or changed & set(scan.needs):
                changed.add(scan.index)
        return tuple(s for s in self.scans if s.index in changed and not s.hidden)
