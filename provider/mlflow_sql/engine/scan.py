"""A scan as DuckDB sees it: an Arrow stream that can be opened as often as DuckDB likes, fetched at most once.

Theory: pages are kept as batches in the order they came. A reader takes the next batch it has not seen; only when it
has seen all of them does it pull one more page, under a lock, so several readers (a self-join, a recursive query, a
second execution) share one fetch. The source stays where it stopped when DuckDB stops early, and goes on from there.
After a fault everything is forgotten, so the next execution starts afresh; the first fault is kept for the relation.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from mlflow_sql.engine.fetch import Fetcher, Remote, Stats
from mlflow_sql.errors import Interrupted
from mlflow_sql.plan.explain import Measured
from mlflow_sql.plan.nodes import Keys, Scan
from mlflow_sql.rows.page import Page

if TYPE_CHECKING:
    import pyarrow as pa

    from mlflow_sql.engine.overlay import Patch

SCANS = "__mlflow_scan_"  # how the names of scans in DuckDB begin
RunKeys = Callable[[Keys], list[tuple[Any, ...]]]


class RemoteScan:
    """One scan of one statement; register it with DuckDB under ``scan.name``.

    run_keys: runs the local query that supplies keys, over other scans of the statement. patch: what the statements
    planned before would change in the rows.
    """

    def __init__(self, scan: Scan, remote: Remote, run_keys: RunKeys, patch: Patch | None = None) -> None:
        if patch is not None:
            scan, remote = patch.scan, patch.remote(remote)
        self.scan = scan
        self._patch = patch
        self.stats = Stats()
        self.fault: BaseException | None = None
        self.whole: RemoteScan | None = None  # what to read in its place when local values that it relies on are new
        self._remote = remote
        self._run_keys = run_keys
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._batches: list[pa.RecordBatch] = []
        self._source: Iterator[Page] | None = None
        self._complete = False
        self._closed = False
        schema = Fetcher(scan, remote, self.stats, self._stop).schema
        self.schema = schema if patch is None else patch.schema(schema)

    def __arrow_c_schema__(self) -> object:
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        import pyarrow as pa

        return pa.RecordBatchReader.from_batches(self.schema, self._reader()).__arrow_c_stream__(requested_schema)

    def _reader(self) -> Iterator[pa.RecordBatch]:
        with self._lock:
            if self._stop.is_set() and not self._complete:
                self._forget()
            batches, position = self._batches, 0
        try:
            while (batch := self._batch(batches, position)) is not None:
                position += 1
                yield batch
        except GeneratorExit:
            raise
        except BaseException as fault:  # also Ctrl-C, which may come while the generator goes on from its yield
            if self.fault is None:
                self.fault = fault
            raise

    def _batch(self, batches: list[pa.RecordBatch], position: int) -> pa.RecordBatch | None:
        if position < len(batches):
            return batches[position]
        with self._lock:
            if position < len(batches):
                return batches[position]
            if batches is not self._batches:  # forgotten since: what this reader has seen is not to be continued
                raise Interrupted("the statement was interrupted")
            if self._complete:
                return None
            try:
                return self._pull()
            except BaseException:
                self._forget()
                raise

    def _pull(self) -> pa.RecordBatch | None:
        if self._closed:
            raise Interrupted("the connection is closed")
        if self._source is None:
            self._source = self._open()
        for page in self._source:
            batch = page.batch if self._patch is None else self._patch.batch(page.batch)
            if batch.num_rows:
                self._batches.append(batch)
                return batch
        self._complete = True
        self._source = None
        return None

    def _open(self) -> Iterator[Page]:
        self._stop.clear()
        scan = self.scan
        keys = self._run_keys(scan.keys) if scan.keys is not None and scan.searches else None
        if self._patch is not None:  # then planned without key_filter
            fetcher = Fetcher(scan, self._remote, self.stats, self._stop)
            known = None if keys is None else self._patch.sendable(keys)
            found: Iterator[Page] = iter(()) if known == [] else fetcher.pages(known, None)
            return self._patch.extended(found, fetcher.decoder(scan.method, {}))
        if keys is not None and not keys:
            return iter(())
        listed = None
        if scan.key_filter is not None and scan.searches:
            values = [str(row[0]) for row in self._run_keys(scan.key_filter.keys)]
            if not values:
                return iter(())
            listed = values if len(values) <= scan.key_filter.most else None
        return Fetcher(scan, self._remote, self.stats, self._stop).pages(keys, listed)

    def _forget(self) -> None:
        self._end()
        self._batches = []
        self._complete = False

    def _end(self) -> None:
        self._stop.set()
        source, self._source = self._source, None
        close = getattr(source, "close", None)
        if close is not None:
            close()

    def take_fault(self) -> BaseException | None:
        """The first fault since the last call."""
        fault, self.fault = self.fault, None
        return fault

    def measured(self) -> Measured:
        """What the scan has cost so far."""
        s = self.stats
        return Measured(s.requests, s.rows, s.bytes, s.retries, s.seconds, tuple(s.notes))

    def interrupt(self) -> None:
        """Make waiting and later reads of the current execution fail with Interrupted. Any thread may call this."""
        self._stop.set()

    @property
    def closed(self) -> bool:
        """Whether nothing can be read from it any more."""
        return self._closed

    def close(self) -> None:
        """Stop fetching and forget what was fetched."""
        self._closed = True
        self._stop.set()
        if self._lock.acquire(timeout=0.1):
            try:
                self._forget()
            finally:
                self._lock.release()
