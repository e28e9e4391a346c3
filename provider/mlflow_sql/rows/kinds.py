"""Several lists of one item as rows of one table: the pages of each kind, side by side, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlflow_sql.catalog.model import Resource
from mlflow_sql.rows.page import Page


def constants_of(resource: Resource, kind: str) -> dict[str, Any]:
    """The columns that are the same in every row of a kind: its name, and NULL for what only other kinds have."""
    assert resource.explode is not None
    lacking: dict[str, Any] = {c.name: None for c in resource.columns if c.kinds and kind not in c.kinds}
    return lacking | ({resource.explode.kind: kind} if resource.explode.kind else {})


def interleaved(parts: Sequence[Page]) -> Page:
    """One page of pages of the same items, whose rows are of one kind each: all rows of an item stay together."""
    first = parts[0]
    if len(parts) == 1:
        return first
    import pyarrow as pa

    offset, bounds = 0, []
    for part in parts:
        assert part.starts is not None
        bounds.append([start + offset for start in part.starts])
        offset += part.batch.num_rows
    order: list[int] = []
    starts = [0]
    for item in range(first.items):
        for bound in bounds:
            order.extend(range(bound[item], bound[item + 1]))
        starts.append(len(order))
    together = pa.concat_batches([part.batch for part in parts]).take(pa.array(order, pa.int64()))
    return Page(together, first.keys, starts, first.token, first.items, first.size)
