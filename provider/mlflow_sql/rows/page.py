"""One decoded page: a batch of rows, and which rows came from which item of the answer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa


class ItemKey(NamedTuple):
    """Where an item stands in the keyset order: the number that is ordered by (ms), then the deciding string."""

    first: int
    tie: str


@dataclass(slots=True)
class Page:
    """The rows of one answer.

    keys: one ItemKey per item, in the answer's order; empty when the method declares no keyset.
    starts: None where item i is row i; else, for len(keys) + 1 positions, the first row of each item and the end.
    token: the next page's token, None on the last page. items: how many items the answer held.
    size: bytes of the answer.
    """

    batch: pa.RecordBatch
    keys: Sequence[ItemKey]
    starts: Sequence[int] | None
    token: str | None
    items: int
    size: int = 0

    def without(self, dropped: Collection[int]) -> Page:
        """The page without the items at those positions (in ``keys`` and in the rows; ``items`` follows)."""
        if not dropped:
            return self
        import pyarrow as pa

        gone = set(dropped)
        kept = [i for i in range(len(self.keys)) if i not in gone]
        if self.starts is None:
            rows = kept
            starts = None
        else:
            rows = []
            starts = [0]
            for i in kept:
                rows.extend(range(self.starts[i], self.starts[i + 1]))
                starts.append(len(rows))
        if rows and rows[-1] - rows[0] + 1 == len(rows):
            batch = self.batch.slice(rows[0], len(rows))
        else:
            batch = self.batch.take(pa.array(rows, pa.int64()))
        return Page(batch, [self.keys[i] for i in kept], starts, self.token, len(kept), self.size)
