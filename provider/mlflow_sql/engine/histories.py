"""Calls whose answer is cut in silence: what is surely whole is kept, and the rest is asked for again.

Theory: the answer holds at most N items, sorted by group (a run). When it holds fewer, it is whole. When it holds N,
every group but the last is whole; groups that are absent may lie beyond the cut. So whole groups are delivered, and
the others asked for again, in calls sized by what was just seen. Only the first answer is waited for; then several
calls are under way. A group larger than N alone is read to its end by the resource's other method, page by page,
behind the N items that are there: both methods sort a group alike. A server that refuses to begin there (MLflow
before 3.2) is asked for the whole group.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol

from mlflow_sql.catalog.model import Method, Param, Resource
from mlflow_sql.errors import RefusedError, ResponseError
from mlflow_sql.plan.nodes import Call, Search, call
from mlflow_sql.rest.paging import Pages, merge
from mlflow_sql.rest.prefetch import AHEAD, Background
from mlflow_sql.rows.page import Page


class SinglePages(Protocol):
    """The pages of one group by another method, but for its first ``after`` items."""

    def __call__(self, method: Method, values: Mapping[str, Any], after: int, concurrency: int) -> Iterator[Page]: ...


def truncated(
    search: Search,
    resource: Resource,
    fetch: Callable[[Call], Page],
    single_pages: SinglePages,
    *,
    concurrency: int,
    stop: threading.Event,
) -> Pages:
    """The pages of a search whose answers are cut at ``paging.max_size`` items.

    concurrency: most requests in flight. Errors: ResponseError when groups come out of order; whatever fetch raises;
    Interrupted when ``stop`` is set.
    """
    closing = threading.Event()
    paging = search.method.paging
    assert paging is not None
    param = next(p for p in search.method.params if p.column == paging.group)
    other = next(m for m in resource.methods_for("select") if m.items and m.paging and not m.paging.truncates)

    def rest(group: str, start: Page, side_by_side: int) -> Iterator[Page]:
        values = {**search.values, param.name: group}
        later = single_pages(other, values, start.items, side_by_side)
        try:
            first = next(later, None)
        except RefusedError:
            yield from single_pages(other, values, 0, side_by_side)
            return
        yield start
        if first is not None:
            yield first
        yield from later

    def run() -> Generator[Page]:
        large: list[tuple[str, Page]] = []
        background = Background(fetch, stop, closing, None, concurrency)
        try:
            yield from _bulk(search, param, background, concurrency, large)
        finally:
            background.close()
        each = concurrency if len(large) == 1 else 1
        singles = [rest(group, start, each) for group, start in large]
        yield from merge(singles, concurrency=concurrency, distinct=False)

    return Pages(run(), closing)


def _bulk(
    search: Search, param: Param, background: Background, concurrency: int, large: list[tuple[str, Page]]
) -> Generator[Page]:
    """All groups, but for those larger than an answer: they go into ``large`` with their first items."""
    assert search.method.paging is not None
    most, column = search.method.paging.max_size, str(search.method.paging.group)
    todo: list[str] = list(search.values[param.name])
    size, width = len(todo), 1
    flying: deque[tuple[list[str], Future[Page]]] = deque()

    def send() -> None:
        while todo and len(flying) < width:
            asked = todo[:size]
            del todo[:size]
            wanted = search.with_values(**{param.name: asked})
            flying.append((asked, background.send(call(wanted, size=most))))

    send()
    while flying:
        asked, future = flying.popleft()
        page = background.wait(future)
        done: Page | None = page
        if page.batch.num_rows >= most:
            groups = page.batch.column(column).to_pylist()
            kept = _whole(groups, search)
            whole = set(groups[:kept])
            size = min(size, max(1, len(whole)))
            if kept:
                page.batch = page.batch.slice(0, kept)
            else:
                large.append((groups[-1], page))
                whole, done = {groups[-1]}, None
            todo += [group for group in asked if group not in whole]
        elif page.batch.num_rows * 2 < most:
            size *= 2
        width = concurrency * AHEAD if concurrency > 1 else 1
        if concurrency > 1:
            send()
        if done is not None and done.batch.num_rows:
            yield done
        send()


def _whole(groups: Sequence[str], search: Search) -> int:
    """How many rows of a cut answer belong to groups that are in it to their end: those before the last group."""
    cut = groups[-1]
    first = groups.index(cut)
    if any(group != cut for group in groups[first:]):
        column = search.method.paging.group if search.method.paging else None
        raise ResponseError(f"{search.method.path} answered {column}s out of order, so the cut is not known")
    return first
