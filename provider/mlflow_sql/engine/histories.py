"""Calls whose answer is cut in silence: what is surely whole is kept, and the rest is asked for again.

Theory: the answer holds at most N items, sorted by group (a run). When it holds fewer, it is whole. When it holds N,
every group but the last is whole; groups that are absent may lie beyond the cut. So whole groups are delivered, and
the others asked for again, in calls sized by what was just seen. A group larger than N alone is read page by page by
the resource's other method.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mlflow_sql.catalog.model import Method, Resource
from mlflow_sql.errors import ResponseError
from mlflow_sql.plan.nodes import Call, Search, call
from mlflow_sql.rows.page import Page

SinglePages = Callable[[Method, Mapping[str, Any]], Iterator[Page]]


def truncated(
    search: Search, resource: Resource, fetch: Callable[[Call], Page], single_pages: SinglePages
) -> Iterator[Page]:
    """The pages of a search whose answers are cut at ``paging.max_size`` items.

    single_pages: reads one group by another method of the resource.
    """
    paging = search.method.paging
    assert paging is not None
    param = next(p for p in search.method.params if p.column == paging.group)
    todo = list(search.values[param.name])
    size = len(todo)
    while todo:
        asked, rest = todo[:size], todo[size:]
        page = fetch(call(search.with_values(**{param.name: asked}), size=paging.max_size))
        if page.batch.num_rows < paging.max_size:
            if page.batch.num_rows:
                yield page
            todo = rest
            continue
        groups = page.batch.column(paging.group).to_pylist()
        cut = groups[-1]
        whole = dict.fromkeys(g for g in groups if g != cut)
        if not whole:
            yield from single_pages(_other(resource), {**search.values, param.name: cut})
            todo = [g for g in asked if g != cut] + rest
            continue
        first = groups.index(cut)
        if any(g == cut for g in groups[:first]) or groups[first:] != [cut] * (len(groups) - first):
            raise ResponseError(f"{search.method.path} answered {paging.group}s out of order, so the cut is not known")
        page.batch = page.batch.slice(0, first)
        yield page
        todo = [g for g in asked if g not in whole] + rest
        size = max(1, len(whole))


def _other(resource: Resource) -> Method:
    return next(m for m in resource.methods_for("select") if m.items and m.paging and not m.paging.truncates)
