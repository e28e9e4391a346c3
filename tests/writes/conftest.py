"""Connections to a server that tests may change, a proxy in front of it, and what the server holds.

What a statement did is read back by MLflow's own client, never by us.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import mlflow_sql
from mlflow_sql import Connection
from support.proxy import Proxy

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

    from conftest import TrackingServer

OURS = ("mlflow.", "mlflow_sql.")
ALL = 3  # mlflow.entities.ViewType.ALL
_numbers = itertools.count(1)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that fails is sent again up to three times, at once."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0.01")
    monkeypatch.setenv("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")


@pytest.fixture
def connect() -> Iterator[Callable[..., Connection]]:
    """Makes connections that are closed at the end of the test."""
    made: list[Connection] = []

    def make(url: str, **options: Any) -> Connection:
        made.append(mlflow_sql.connect(url, **options))
        return made[-1]

    yield make
    for connection in made:
        connection.close()


@pytest.fixture(scope="session")
def _shared(empty_server: TrackingServer) -> Iterator[Connection]:
    with mlflow_sql.connect(empty_server.url) as connection:
        yield connection


@pytest.fixture
def con(_shared: Connection) -> Iterator[Connection]:
    """A connection to the server."""
    yield _shared
    _shared.sql("SET max_writes = 1000")


@pytest.fixture
def proxy(empty_server: TrackingServer) -> Iterator[Proxy]:
    """A proxy in front of the server."""
    with Proxy(empty_server.url) as running:
        yield running


@pytest.fixture
def through(proxy: Proxy, connect: Callable[..., Connection]) -> Connection:
    """A connection to the server through the proxy, which has learnt already what the server can do."""
    connection = connect(proxy.url)
    assert connection.facts
    proxy.forget()
    return connection


@dataclass(frozen=True)
class Held:
    """What the server holds of one experiment, by MLflow's client."""

    client: MlflowClient
    id: str

    def runs(self, deleted: bool = False) -> dict[str, Run]:
        """Its runs by name; with ``deleted`` those too."""
        found = self.client.search_runs([self.id], run_view_type=ALL if deleted else 1, max_results=5000)
        return {r.info.run_name: r for r in found}

    def run(self, name: str) -> Run:
        """The run of that name, deleted or not."""
        return self.runs(deleted=True)[name]

    def make(self, name: str, status: str | None = None, **logged: Any) -> str:
        """A run made by MLflow's client; its id. logged: params, tags, metrics."""
        from mlflow.entities import Metric, Param, RunTag

        run_id: str = self.client.create_run(self.id, run_name=name, start_time=1_700_000_000_000).info.run_id
        self.client.log_batch(
            run_id,
            [Metric(k, v, 1_700_000_000_000, 0) for k, v in logged.get("metrics", {}).items()],
            [Param(k, v) for k, v in logged.get("params", {}).items()],
            [RunTag(k, v) for k, v in logged.get("tags", {}).items()],
        )
        if status:
            self.client.set_terminated(run_id, status, end_time=1_700_000_001_000)
        return run_id

    def points(self, name: str, key: str) -> list[tuple[float, int, int]]:
        """The history of a metric of the run of that name: value, timestamp (ms), step."""
        found = self.client.get_metric_history(self.run(name).info.run_id, key)
        return [(m.value, m.timestamp, m.step) for m in found]

    def everything(self) -> dict[str, Any]:
        """All of it, to be compared before and after a statement."""
        experiment = self.client.get_experiment(self.id)
        runs = {
            r.info.run_id: (dict(r.info), r.data.params, r.data.tags, repr(sorted(r.data.metrics.items())))
            for r in self.client.search_runs([self.id], run_view_type=ALL, max_results=5000)
        }
        return {"experiment": dict(experiment), "runs": runs}


def own(tags: dict[str, str]) -> dict[str, str]:
    """The tags that are neither MLflow's nor ours."""
    return {k: v for k, v in tags.items() if not k.startswith(OURS)}


def rows(relation: Any) -> list[tuple[Any, ...]]:
    """The rows of what a statement answered."""
    assert relation is not None
    found: list[tuple[Any, ...]] = relation.fetchall()
    return found


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name of the test's own."""
    return f"{request.node.originalname} {next(_numbers)}"


@pytest.fixture
def held(empty_client: MlflowClient, name: str) -> Held:
    """An experiment of the test's own, without runs."""
    return Held(empty_client, empty_client.create_experiment(name, tags={"made": "by the client"}))
