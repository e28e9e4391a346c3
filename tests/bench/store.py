"""The servers that are measured: a seeded store under a real server, and its recording under the stub."""

from __future__ import annotations

import json
import pickle
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import requests
import stub

from mlflow_sql.embedded import EmbeddedServer
from support.seed import seed

EXPERIMENTS = 8
_DONE = "bench.json"


@dataclass(frozen=True)
class Shape:
    """How much there is in the store. many, deep: (runs, points each) of two metrics with a long history."""

    runs: int
    many: tuple[int, int]
    deep: tuple[int, int]


FULL = Shape(20_000, many=(100, 3_000), deep=(10, 30_000))
QUICK = Shape(2_000, many=(100, 300), deep=(2, 30_000))


@dataclass(frozen=True)
class Store:
    """A store on disk. experiment_ids: all that have active runs."""

    folder: Path
    shape: Shape
    experiment_ids: list[str]
    many_runs: list[str]
    deep_runs: list[str]

    @property
    def recorded(self) -> Path:
        """The file of what the stub answers."""
        return self.folder / "recorded.pickle"


def prepare(folder: Path, shape: Shape) -> Store:
    """The store in a folder; made, with its recording, when it is not there or was made otherwise. Takes minutes.

    Raises SystemExit when the folder holds something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = folder / _DONE
    if done.exists():
        told = json.loads(done.read_text())
        if told["shape"] != json.loads(json.dumps(asdict(shape))):
            sys.exit(f"{folder} holds a store of another size: choose another folder, or delete it")
        return Store(folder, shape, *told["ids"])
    if any(folder.iterdir()):
        sys.exit(f"{folder} is neither empty nor a finished store: choose another folder, or delete it")
    with EmbeddedServer.start(str(folder), workers=2) as server:
        size = {"experiments": EXPERIMENTS, "runs_per_experiment": shape.runs // EXPERIMENTS}
        database = folder / "mlflow.db"
        seeded = seed(database, **size, metrics=20, params=10, tags=6, odd=0.0, history_runs=0)
        with closing(sqlite3.connect(database, timeout=30)) as connection, connection:
            active = connection.execute("SELECT run_uuid FROM runs WHERE lifecycle_stage = 'active' ORDER BY 1")
            ids = [row[0] for row in active.fetchall()]
            many, deep = ids[: shape.many[0]], ids[-shape.deep[0] :]
            _add_histories(connection, "curve", many, shape.many[1])
            _add_histories(connection, "long curve", deep, shape.deep[1])
        store = Store(folder, shape, seeded.experiment_ids, many, deep)
        store.recorded.write_bytes(pickle.dumps(stub.record(lambda path, body: _ask(server.url + path, body))))
    told = {"shape": asdict(shape), "ids": [store.experiment_ids, many, deep]}
    done.write_text(json.dumps(told))
    return store


def _add_histories(connection: sqlite3.Connection, key: str, run_ids: list[str], points: int) -> None:
    for run_id in run_ids:
        rows = [(key, 1 / (1 + step), 1_767_225_600_000 + 250 * step, run_id, step, False) for step in range(points)]
        columns = "key, value, timestamp, run_uuid, step, is_nan"
        connection.executemany(f"INSERT INTO metrics ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.execute(f"INSERT INTO latest_metrics ({columns}) VALUES (?, ?, ?, ?, ?, ?)", rows[-1])


def _ask(url: str, body: dict[str, object] | None) -> bytes:
    answer = requests.get(url, timeout=600) if body is None else requests.post(url, json=body, timeout=600)
    answer.raise_for_status()
    return answer.content


@dataclass(frozen=True)
class Running:
    """A server that runs. group: its process group, None where it is ours."""

    url: str
    group: int | None


@contextmanager
def real(store: Store) -> Iterator[Running]:
    """A real server with two workers over the store."""
    with EmbeddedServer.start(str(store.folder), workers=2) as server:
        yield Running(server.url, server._process.pid)


@contextmanager
def replayed(store: Store, copies: int = 1) -> Iterator[Running]:
    """The stub, in two processes of its own, over the recording; every run ``copies`` times."""
    command = [sys.executable, stub.__file__, str(store.recorded), "--copies", str(copies)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().decode().strip()
        if not url:
            raise RuntimeError("the stub did not start")
        yield Running(url, process.pid)
    finally:
        process.communicate()  # ends its input, which ends it
