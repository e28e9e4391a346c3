"""A server in memory that changes between any two requests, for tests of paging."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pyarrow as pa
import yaml

from mlflow_sql.catalog.model import Method
from mlflow_sql.plan.nodes import Call, Search
from mlflow_sql.rest.paging import Pages, pages
from mlflow_sql.rows.page import ItemKey, Page

ROOT = Path(__file__).parents[2]
RESOURCES = ROOT / "resources"
RUNS = msgspec.convert(yaml.safe_load((RESOURCES / "experiment_runs.yaml").read_text())["methods"][1], Method)
HISTORY = msgspec.convert(yaml.safe_load((RESOURCES / "metric_history.yaml").read_text())["methods"][1], Method)
SEARCH = Search(RUNS, {"experiment_ids": ["0"]})


def page_of(keys: list[ItemKey], token: str | None = None) -> Page:
    batch = pa.record_batch({"tie": pa.array([key.tie for key in keys], pa.string())})
    return Page(batch, keys, None, token, len(keys))


@dataclass
class Server:
    """Items by tie. ``script`` holds what happens before each request; ``cap`` is the most items it ever returns."""

    items: dict[str, int]
    script: list[Callable[[Server], None]] = field(default_factory=list)
    opaque: bool = False
    cap: int = 50_000
    numberless_last: bool = False
    blank: tuple[int, ...] = ()  # requests answered by an empty page and a token
    calls: list[Call] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, call: Call) -> Page:
        with self.lock:
            if self.script:
                self.script.pop(0)(self)
            self.calls.append(call)
            assert call.body is not None
            return self.answer(call.body)  # type: ignore[arg-type]

    def answer(self, body: dict[str, object]) -> Page:
        sign = -1 if "DESC" in str(body.get("order_by", "DESC")) else 1
        found = [ItemKey(number, tie) for tie, number in self.items.items()]
        for clause in filter(None, str(body.get("filter", "")).split(" AND ")):
            _, op, number = clause.split()
            found = [key for key in found if key.first and sign * (key.first - int(number)) >= 0]
            assert op == (">=" if sign > 0 else "<=")
        found.sort(key=lambda key: (self.numberless_last and not key.first, sign * key.first, int(key.tie)))
        start = self.offset(body.get("page_token"))
        size = min(int(str(body["max_results"])), self.cap)
        if len(self.calls) in self.blank:
            return page_of([], self.token(start) + " " * len(self.calls))
        end = start + size
        return page_of(found[start:end], self.token(end) if end < len(found) else None)

    def token(self, offset: int) -> str:
        text = json.dumps({"offset": offset})
        return text[::-1] if self.opaque else base64.b64encode(text.encode()).decode()

    def offset(self, token: object) -> int:
        if not token:
            return 0
        text = str(token).strip()
        return int(json.loads(text[::-1] if self.opaque else base64.b64decode(text))["offset"])


class AtOnce(Executor):
    """Runs each task as it is submitted, so that an example always goes the same way."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        future: Future[object] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as fault:
            future.set_exception(fault)
        return future


def scan(server: Callable[[Call], Page], search: Search = SEARCH, **how: object) -> Pages:
    options = {"offset_tokens": True, "keyset": True, "stop": threading.Event(), "size": 2} | how
    return pages(search, server, **options)  # type: ignore[arg-type]


def keys_of(found: Iterator[Page]) -> list[ItemKey]:
    keys: list[ItemKey] = []
    for page in found:
        assert page.batch.column(0).to_pylist() == [key.tie for key in page.keys]
        keys += page.keys
    return keys


def create(tie: str, number: int) -> Callable[[Server], None]:
    return lambda server: server.items.__setitem__(tie, number)


def delete(*ties: str) -> Callable[[Server], None]:
    return lambda server: [server.items.pop(tie, None) for tie in ties] and None


def nothing(_: Server) -> None: ...
