"""All the pages of a search, and the union of several searches.

Theory: ``pages`` picks the strongest way of paging that the method and the server allow; ``windows`` holds those ways
and their proofs, ``prefetch`` the threads. An iterator of pages can be closed from any thread, at once, and after that
sends nothing. A scan that was stopped raises Interrupted rather than ending early: an end means that every row came.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from queue import Empty, Full, Queue

from mlflow_sql.errors import Interrupted
from mlflow_sql.plan.nodes import Search
from mlflow_sql.rest.prefetch import POLL, Background, DaemonExecutor, Fetch, Shared
from mlflow_sql.rest.windows import Reading, follow, offset_token, serial, windows
from mlflow_sql.rows.page import Page


class Pages(Iterator[Page]):
    """An iterator of pages that any thread may close, even while another waits in it (that one gets Interrupted)."""

    def __init__(self, generator: Generator[Page], closing: threading.Event) -> None:
        self._generator = generator
        self._closing = closing

    def __next__(self) -> Page:
        return next(self._generator)

    def close(self) -> None:
        """Stop: nothing more is sent, requests in flight are not waited for. May be called again."""
        self._closing.set()
        with suppress(ValueError):  # running in another thread, where it will see the flag
            self._generator.close()

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def pages(
    search: Search,
    fetch: Fetch,
    *,
    concurrency: int | Shared = 4,
    size: int | None = None,
    offset_tokens: bool,
    keyset: bool,
    stop: threading.Event,
    executor: Executor | None = None,
    after: int = 0,
) -> Pages:
    """Every page of a search, each as soon as those before it were delivered; pages without items are left out.

    fetch sends one call and returns its page; it runs in threads of ``executor``, or of the scan's own.
    concurrency: most requests in flight, or what is shared with other scans, whose executor is then used; up to twice
    as many pages are held undelivered.
    size: items a page, default the method's.
    offset_tokens: this server's tokens are offsets. keyset: this server can order and filter by the method's keyset.
    after: leave out that many items at the start; only without a keyset, and where tokens are offsets.

    Where the method has a keyset and the server can use it, an item that exists during the whole scan comes exactly
    once, in keyset order (number ascending or, with ``search.newest_first``, descending; among equals as the server
    orders them); an item created or deleted meanwhile comes at most once. A pushed order, or a pushed limit that one
    page can hold, is one request, followed by its token only when the answer was shorter than asked. A larger limit
    ends an ordinary scan. Without a keyset, tokens are followed: that proves nothing about rows that move.

    Errors: what fetch raises, after the pages before it; ResponseError when a token does not move, when rows keep
    moving, or when a later page ignores the order; Interrupted when ``stop`` is set.
    """
    closing = threading.Event()
    shared = concurrency if isinstance(concurrency, Shared) else None
    limit = concurrency if isinstance(concurrency, Shared) else max(1, concurrency)

    def run() -> Generator[Page]:
        threads = limit if isinstance(limit, int) else 0
        background = Background(fetch, stop, closing, shared.executor if shared else executor, threads)
        try:
            yield from _until(search.limit, _way(search, background, limit, size, offset_tokens, keyset, after))
        finally:
            background.close()

    return Pages(run(), closing)


def _way(
    search: Search,
    background: Background,
    concurrency: int | Shared,
    size: int | None,
    offset_tokens: bool,
    keyset: bool,
    after: int,
) -> Iterator[Page]:
    paging = search.method.paging
    if search.limit == 0:  # the server refuses a page of no items
        return iter(())
    if paging is None:
        return follow(Reading(search, background, None, 1, concurrency))
    most, limit = paging.max_size, search.limit
    one_page = limit is not None and limit <= most
    size = min(limit if one_page and limit else size or paging.size, most)
    reading = Reading(search, background, size, most, concurrency)
    if search.order or paging.keyset is None or not keyset:
        return follow(reading, token=offset_token(after) if after else None, enough=limit)
    if one_page:
        return serial(reading, enough=limit)
    return windows(reading) if offset_tokens else serial(reading)


def _until(limit: int | None, source: Iterator[Page]) -> Iterator[Page]:
    """The pages up to the one that holds the limit's last item; it may hold more."""
    items = 0
    for page in source:
        yield page
        items += page.items
        if limit is not None and items >= limit:
            return


def merge(
    searches_pages: Sequence[Iterator[Page]],
    *,
    concurrency: int = 4,
    distinct: bool = True,
    shared: Shared | None = None,
) -> Pages:
    """The union of several branches, pages in whatever order they arrive; at most ``concurrency`` branches at a time.

    distinct: an item that several branches return comes once, told by ``ItemKey.tie``; this keeps the ties of all
    items delivered. ValueError if a page then has no keys. With False branches are known to be disjoint.
    shared: what the branches share; it is told of those that end, and closed with the union.
    Closing closes the branches too, at once when they are ``Pages``.
    Errors: the first fault of any branch, after the pages that arrived before it; the other branches are closed.
    """
    closing = threading.Event()
    return Pages(_merged(searches_pages, max(1, concurrency), distinct, closing, shared), closing)


def _merged(
    branches: Sequence[Iterator[Page]],
    concurrency: int,
    distinct: bool,
    closing: threading.Event,
    shared: Shared | None,
) -> Generator[Page]:
    arrived: Queue[Page | BaseException | None] = Queue(maxsize=concurrency)
    ended = threading.Event()

    def put(what: Page | BaseException | None) -> None:
        while not (ended.is_set() or closing.is_set()):
            with suppress(Full):
                arrived.put(what, timeout=POLL)
                return

    def drive(branch: Iterator[Page]) -> None:
        try:
            while not (ended.is_set() or closing.is_set()):
                if (page := next(branch, None)) is None:
                    break
                put(page)
            put(None)
        except BaseException as fault:  # belongs to the consumer, like a fetch's fault
            put(fault)
        finally:
            _close(branch)
            if shared is not None:
                shared.ended()

    # Not the executor that fetches: there the branches would occupy the threads that their own requests need.
    executor = DaemonExecutor(concurrency, "mlflow-sql-branch")
    seen: set[str] = set()
    try:
        for branch in branches:
            executor.submit(drive, branch)
        open_branches = len(branches)
        while open_branches:
            try:
                what = arrived.get(timeout=POLL)
            except Empty:
                if closing.is_set():
                    raise Interrupted("the scan was stopped before its last page") from None
                continue
            if what is None:
                open_branches -= 1
            elif isinstance(what, BaseException):
                raise what
            else:
                fresh = _unseen(what, seen) if distinct else what
                if fresh.items:
                    yield fresh
    finally:
        ended.set()
        executor.shutdown(wait=False, cancel_futures=True)
        for branch in branches:
            _close(branch)
        if shared is not None:
            shared.close()


def _unseen(page: Page, seen: set[str]) -> Page:
    if len(page.keys) != page.items:
        raise ValueError("branches without keys cannot be told apart: merge them with distinct=False")
    fresh = page.without([i for i, key in enumerate(page.keys) if key.tie in seen])
    seen.update(key.tie for key in fresh.keys)
    return fresh


def _close(branch: Iterator[Page]) -> None:
    if close := getattr(branch, "close", None):
        with suppress(ValueError):  # a plain generator at work in another thread: that thread closes it
            close()
