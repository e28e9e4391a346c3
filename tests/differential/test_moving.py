"""A scan while runs are created and deleted: what is there throughout comes exactly once."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

import mlflow_sql

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from conftest import TrackingServer

STABLE, DOOMED = 60, 40
FIRST = 1_767_225_600_000  # ms


@dataclass
class Moving:
    """An experiment that a thread changes until it is told to stop."""

    client: MlflowClient
    experiment_id: str
    stable: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    changes: int = 0
    fault: BaseException | None = None

    def fill(self) -> list[str]:
        """Make the runs that stay and those that will be deleted, among each other and many at one time."""
        doomed = []
        for number in range(STABLE + DOOMED):
            start = FIRST + (number // 7) * 1000
            run = self.client.create_run(self.experiment_id, start_time=start).info.run_id
            (doomed if number % 5 in (1, 3) else self.stable).append(run)
        return doomed

    def change(self, doomed: list[str]) -> None:
        """Create a run somewhere, delete another, and so on."""
        rng = random.Random(0)
        try:
            while not self.stop.is_set():
                start = FIRST + rng.randrange(-5000, 30_000)
                run = self.client.create_run(self.experiment_id, start_time=start)
                doomed.append(run.info.run_id)
                self.client.delete_run(doomed.pop(rng.randrange(len(doomed))))
                self.changes += 2
        except BaseException as fault:
            self.fault = fault


@pytest.fixture(scope="module")
def moving(empty_server: TrackingServer, empty_client: MlflowClient) -> Iterator[Moving]:
    found = Moving(empty_client, empty_client.create_experiment("moving"))
    doomed = found.fill()
    thread = threading.Thread(target=found.change, args=(doomed,))
    thread.start()
    yield found
    found.stop.set()
    thread.join(timeout=30)


@pytest.mark.parametrize(
    ("setting", "condition"),
    [
        ("SET pushdown = on", "TRUE"),
        ("SET pushdown = on", "start_time >= '2026-01-01' AND lifecycle_stage IN ('active', 'deleted')"),
        ("SET pushdown = off", "TRUE"),
        ("SET concurrency = 1", "TRUE"),
    ],
)
def test_what_stays_comes_once(
    moving: Moving, empty_server: TrackingServer, setting: str, condition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of 20 rows from a moving store: no row twice, and none lost that was there from first to last."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")  # a server under writes now and then answers 500
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    query = f"SELECT run_id FROM runs WHERE experiment_id = '{moving.experiment_id}' AND {condition}"
    before = moving.changes
    with mlflow_sql.connect(empty_server.url) as connection:
        connection.sql("SET page_size = 20")
        connection.sql(setting)
        for _ in range(2):
            found = connection.sql(query)
            assert found is not None
            rows = Counter(row[0] for row in found.fetchall())
            assert not {run: times for run, times in rows.items() if times > 1}
            assert not set(moving.stable) - rows.keys()
    assert moving.fault is None
    assert moving.changes > before  # or nothing moved, and nothing is shown
