"""Histories of many runs from a call whose answer is cut in silence."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pyarrow as pa
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mlflow_sql.catalog.model import Method, Resource
from mlflow_sql.engine.histories import truncated
from mlflow_sql.errors import Interrupted, ResponseError, ServerFailure
from mlflow_sql.plan.nodes import Call, Search
from mlflow_sql.rows.page import Page
from support.paging import RESOURCES

MOST = 10  # items in an answer
SCHEMA = pa.schema([("run_id", pa.string()), ("step", pa.int64())])


def _resource() -> Resource:
    told = yaml.safe_load((RESOURCES / "metric_history.yaml").read_text())
    for method in told["methods"]:
        if "paging" in method:
            method["paging"] |= {"size": MOST, "max_size": MOST}
    return msgspec.convert({"schema": "tracking", **told}, Resource)


RESOURCE = _resource()
BULK = next(m for m in RESOURCE.methods if m.paging and m.paging.truncates)


class Server:
    """Runs with so many points each.

    meeting: calls after the first wait there for each other. whole_only: a history cannot be begun in the middle.
    """

    def __init__(
        self,
        points: Mapping[str, int],
        *,
        shuffled: bool = False,
        meeting: threading.Barrier | None = None,
        whole_only: bool = False,
    ) -> None:
        self.points = points
        self.shuffled = shuffled
        self.meeting = meeting
        self.whole_only = whole_only
        self.sent: list[int] = []
        self.began: list[int] = []

    def bulk(self, call: Call) -> Page:
        assert call.query is not None
        self.sent.append(len(call.query["run_id"]))
        if self.meeting is not None and len(self.sent) > 1:
            self.meeting.wait(20)
        rows = [(run, step) for run in sorted(call.query["run_id"]) for step in range(self.points[run])]
        return _page((rows[::2] + rows[1::2] if self.shuffled else rows)[: call.query["max_results"]])

    def single(self, method: Method, values: Mapping[str, Any], after: int, concurrency: int) -> Iterator[Page]:
        assert method.paging is not None
        assert not method.paging.truncates
        self.began.append(after)
        if after and self.whole_only:
            raise ServerFailure("no tokens here", call="GET metrics/get-history", status=500)
        rows = [(values["run_id"], step) for step in range(after, self.points[values["run_id"]])]
        yield from (_page(rows[at : at + MOST]) for at in range(0, len(rows), MOST))

    def read(self, concurrency: int, stop: threading.Event | None = None) -> list[tuple[str, int]]:
        search = Search(BULK, {"run_id": sorted(self.points), "metric_key": "loss"})
        stop = stop or threading.Event()
        source = truncated(search, RESOURCE, self.bulk, self.single, concurrency=concurrency, stop=stop)
        return [(row["run_id"], row["step"]) for page in source for row in page.batch.to_pylist()]


def _page(rows: list[tuple[str, int]]) -> Page:
    batch = pa.RecordBatch.from_pylist([{"run_id": run, "step": step} for run, step in rows], schema=SCHEMA)
    return Page(batch, [], None, None, len(rows))


@given(st.lists(st.sampled_from([0, 1, 3, 9, 10, 11, 25]), max_size=30), st.integers(1, 4), st.booleans())
def test_every_point_comes_once(lengths: list[int], concurrency: int, whole_only: bool) -> None:
    """Whatever is cut off, every point of every run comes exactly once."""
    points = {f"r{number:03}": length for number, length in enumerate(lengths)}
    expected = [(run, step) for run, length in points.items() for step in range(length)]
    assert sorted(Server(points, whole_only=whole_only).read(concurrency)) == expected


def test_calls_are_sized_by_the_first_answer() -> None:
    """Runs of equal length take as many calls as their points fill, apart from the first."""
    server = Server({f"r{number:03}": 3 for number in range(90)})
    server.read(1)
    assert server.sent == [90, *[3] * 29]


def test_calls_after_the_first_go_side_by_side() -> None:
    """Two calls are under way at a time, as many as may be: else they would wait for each other in vain."""
    server = Server({f"r{number:03}": 3 for number in range(9)}, meeting=threading.Barrier(2))
    assert len(server.read(2)) == 27
    assert server.sent == [9, 3, 3]


def test_no_answer_of_a_long_history_is_thrown_away() -> None:
    """Of a run that fills an answer alone, only what follows is asked for; the others are tried one by one."""
    server = Server({f"r{number:03}": 25 for number in range(8)})
    assert len(server.read(4)) == 200
    assert server.sent == [8, *[1] * 7]
    assert server.began == [MOST] * 8


def test_answers_out_of_order_are_a_fault() -> None:
    """Where the rows of a cut answer are not together, it cannot be told what is missing."""
    with pytest.raises(ResponseError, match="out of order"):
        Server({"a": 8, "b": 8}, shuffled=True).read(2)


def test_a_stop_interrupts() -> None:
    """A stopped scan ends with Interrupted, not early."""
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        Server({"a": 8}).read(2, stop)
