"""The pages of one scan: its keys spread over calls, its searches sent side by side, its answers decoded.

Theory: a scan is a union of searches; keys split each into calls that take a limited number of values. Every call of
a scan is independent of the others, so they run concurrently; only the pages of one search depend on each other, and
rest.paging knows how. A search whose filter the server refuses (400) is sent once more without it: DuckDB checks
everything again, so the answer stays right.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from mlflow_sql.catalog.model import Method
from mlflow_sql.engine.histories import truncated
from mlflow_sql.errors import BadRequest, ResponseError
from mlflow_sql.plan import filters
from mlflow_sql.plan.nodes import Call, Scan, Search
from mlflow_sql.rest.paging import merge, pages
from mlflow_sql.rest.prefetch import Shared
from mlflow_sql.rows.decode import Decoder
from mlflow_sql.rows.page import Page

if TYPE_CHECKING:
    import pyarrow as pa

    from mlflow_sql.rest.transport import Transport


class Progress(Protocol):
    """Told of every answer; and before rows are written, how many there are: they are counted from zero then."""

    def add(self, *, rows: int = 0, bytes: int = 0, requests: int = 0) -> None: ...

    def expect(self, rows: int) -> None: ...


@dataclass(slots=True)
class Stats:
    """What a scan has cost so far; seconds are of waiting for answers, summed over concurrent calls."""

    requests: int = 0
    rows: int = 0
    bytes: int = 0
    retries: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, text: str) -> None:
        """Keep something that people should know of this scan, once."""
        with self._lock:
            if text not in self.notes:
                self.notes.append(text)

    def add(self, *, rows: int, bytes: int, retries: int, seconds: float) -> None:
        """Count one answer."""
        with self._lock:
            self.requests += 1
            self.rows += rows
            self.bytes += bytes
            self.retries += retries
            self.seconds += seconds


@dataclass(slots=True)
class Remote:
    """The server as scans see it. ``refused``: shapes of filters that it has answered with 400."""

    transport: Transport
    has: Callable[[str], bool]
    concurrency: int = 4
    page_size: int | None = None
    progress: Progress | None = None
    refused: set[tuple[str, str]] = field(default_factory=set)


class Fetcher:
    """Fetches one scan."""

    def __init__(self, scan: Scan, remote: Remote, stats: Stats, stop: threading.Event) -> None:
        self.scan = scan
        self.remote = remote
        self.stats = stats
        self.stop = stop
        self.decoders: dict[tuple[str, tuple[tuple[str, Any], ...]], Decoder] = {}

    @property
    def schema(self) -> pa.Schema:
        """The columns of the scan."""
        return self.decoder(self.scan.method, {}).schema

    def decoder(self, method: Method, constants: Mapping[str, Any]) -> Decoder:
        """The decoder of a method's answers, with fixed values for some columns."""
        key = (method.name, tuple(sorted(constants.items())))
        if key not in self.decoders:
            fixed = {c: v for c, v in {**self.scan.constants, **constants}.items() if c in self.scan.columns}
            self.decoders[key] = Decoder(
                self.scan.resource, method, self.scan.columns, stages=self.scan.stages, constants=fixed,
                kinds=self.scan.kinds,
            )  # fmt: skip
        return self.decoders[key]

    def pages(self, keys: Sequence[tuple[Any, ...]] | None, listed: Sequence[str] | None) -> Iterator[Page]:
        """All pages. keys: rows for ``scan.keys``. listed: values for ``scan.key_filter``, None when too many."""
        searches = [s for search in self.scan.searches for s in self.spread(search, keys, listed)]
        if not searches:
            return iter(())
        if len(searches) == 1:
            return self.search_pages(searches[0], self.remote.concurrency)
        overlap = len(self.scan.searches) > 1
        shared = Shared(self.remote.concurrency, len(searches))
        return merge(
            [self.search_pages(s, shared) for s in searches],
            concurrency=self.remote.concurrency,
            shared=shared,
            distinct=overlap and self.scan.method.paging is not None and self.scan.method.paging.keyset is not None,
        )

    def spread(
        self, search: Search, keys: Sequence[tuple[Any, ...]] | None, listed: Sequence[str] | None
    ) -> Iterator[Search]:
        """The search once for each set of key values that one call takes."""
        clauses = [search.clauses]
        if listed is not None and self.scan.key_filter is not None:
            rule = self.scan.key_filter
            lists = [filters.string_list(list(part)) for part in _parts(listed, rule.batch)]
            if None not in lists:
                clauses = [(*search.clauses, rule.clause.replace("{values}", text)) for text in lists if text]
        values = self.key_values(search, keys) if self.scan.keys is not None else [dict(search.values)]
        for given in values:
            for some in clauses:
                yield replace(search, values=given, clauses=some)

    def key_values(self, search: Search, keys: Sequence[tuple[Any, ...]] | None) -> Iterator[dict[str, Any]]:
        """The parameters of each call: the search's own with one set of key values."""
        assert self.scan.keys is not None
        position = {column: i for i, column in enumerate(self.scan.keys.columns)}
        params = [p for p in search.method.params if p.column in position and p.name not in search.values]
        many = next((p for p in params if p.type == "string_list"), None)
        single = [p for p in params if p is not many]
        groups: dict[tuple[Any, ...], list[Any]] = {}
        for row in keys or ():
            group = tuple(row[position[p.column or ""]] for p in single)
            groups.setdefault(group, []).append(row[position[many.column or ""]] if many else None)
        for group, members in groups.items():
            values = {**search.values, **{p.name: v for p, v in zip(single, group, strict=True)}}
            if many is None:
                yield values
                continue
            batch = many.batch
            if many.batch_needs and not self.remote.has(many.batch_needs):
                batch = many.short_batch
            for part in _parts(sorted(set(members)), batch or len(members)):
                yield {**values, many.name: list(part)}

    def search_pages(self, search: Search, concurrency: int | Shared) -> Iterator[Page]:
        """The pages of one search, by the method's way of paging."""
        method = search.method
        if method.paging is not None and method.paging.truncates:
            fetch = self.fetch_with(method, {})
            each = concurrency.each if isinstance(concurrency, Shared) else concurrency
            return truncated(search, self.scan.resource, fetch, self.single_pages, concurrency=each, stop=self.stop)
        return self.guarded(search, concurrency)

    def single_pages(self, method: Method, values: Mapping[str, Any], after: int, concurrency: int) -> Iterator[Page]:
        """The pages of another method for one value of each parameter, which the rows then carry as columns.

        after: leave out that many items at the start.
        """
        constants = {p.column: values[p.name] for p in method.params if p.column and p.name in values}
        fetch = self.fetch_with(method, constants)
        return self.plain(Search(method, values), fetch, concurrency, after)

    def fetch_with(self, method: Method, constants: Mapping[str, Any]) -> Callable[[Call], Page]:
        """What sends a call of the method and decodes its answer."""
        decoder = self.decoder(method, constants)

        def fetch(call: Call) -> Page:
            started = time.perf_counter()
            answer = self.remote.transport.send(call)
            try:
                page = decoder.page(answer.content, call.label)
            except ResponseError as fault:  # may quote the answer, which may quote the credentials
                words = self.remote.transport.server.auth.scrub(fault.message)
                raise ResponseError(words, call=fault.call, status=answer.status, hint=fault.hint) from None
            page.size = len(answer.content)
            seconds = time.perf_counter() - started
            rows = page.batch.num_rows
            self.stats.add(rows=rows, bytes=page.size, retries=answer.retries, seconds=seconds)
            if self.remote.progress is not None:
                self.remote.progress.add(rows=rows, bytes=page.size, requests=1)
            return page

        return fetch

    def guarded(self, search: Search, concurrency: int | Shared) -> Iterator[Page]:
        """The pages; the statement's own expression is told to be at fault where the server refuses it."""
        constants = {}
        if search.method.items and search.method.paging and not search.method.paging.keyset:
            constants = {
                p.column: search.values[p.name]
                for p in search.method.params
                if p.column and p.type != "string_list" and p.name in search.values
            }
        fetch = self.fetch_with(search.method, constants)
        try:
            yield from self.tried(search, fetch, concurrency)
        except BadRequest as refusal:
            if refusal.status != 400 or not search.expression:
                raise
            raise BadRequest(
                f"the server refuses the filter {search.expression!r}: {refusal.message}", call=refusal.call,
                status=refusal.status, code=refusal.code, hint=_THEIR_LANGUAGE,
            ) from None  # fmt: skip

    def tried(self, search: Search, fetch: Callable[[Call], Page], concurrency: int | Shared) -> Iterator[Page]:
        """The pages; without what we have put into filter and order, when the server refuses that."""
        shape = (search.method.path, filters.shape(search.clauses, search.order))
        bare = not search.clauses and not search.order and search.method.paging is None
        if shape in self.remote.refused:
            self.stats.note("the server refused a filter of this shape before; read without it")
            yield from self.plain(search.without_filter(), fetch, concurrency)
            return
        source = self.plain(search, fetch, concurrency)
        try:
            first = next(source, None)
        except BadRequest as refusal:
            if bare or refusal.status != 400 or not filters.shape(search.clauses, search.order):
                raise
            source = self.plain(search.without_filter(), fetch, concurrency)
            first = next(source, None)  # raises when it was not the filter that the server refused
            self.remote.refused.add(shape)
            self.stats.note(f"the server refused the filter; read without it: {refusal.message}")
        try:
            if first is not None:
                yield first
                yield from source
        finally:
            _close(source)

    def plain(
        self, search: Search, fetch: Callable[[Call], Page], concurrency: int | Shared, after: int = 0
    ) -> Iterator[Page]:
        """The pages of a search, without a second try."""
        return pages(
            search,
            fetch,
            concurrency=concurrency,
            size=self.remote.page_size,
            offset_tokens=self.remote.has("offset_tokens"),
            keyset=search.keyset,
            stop=self.stop,
            after=after,
        )


_THEIR_LANGUAGE = "a filter is in MLflow's search language: comparisons joined by AND, such as metrics.auc > 0.8"


def _close(source: Iterator[Page]) -> None:
    close = getattr(source, "close", None)
    if close is not None:
        with suppress(Exception):
            close()


def _parts(values: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    return (values[i : i + size] for i in range(0, len(values), size))
