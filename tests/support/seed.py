"""Fill a tracking server's sqlite database with runs, thousands a second, as if clients had logged them.

The rows are what the server itself stores (seen with MLflow 3.17): ``latest_metrics`` holds the value of the greatest
(step, timestamp, value), NaN is 0 with ``is_nan``, infinities are the greatest doubles, a run's name stands twice
(column and tag), deleted runs carry ``deleted_time``. ``test_seed.py`` compares them with logged ones.

Two calls with the same arguments give the same rows, so a test may rely on what it finds; yet it should ask the server
(or `Seeded.facts`), not repeat numbers.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

FIRST_START = 1_767_225_600_000  # 2026-01-01T00:00:00Z, in ms
STATUSES = ("FINISHED", "FAILED", "KILLED", "RUNNING", "SCHEDULED")
EXPERIMENT_NAMES = (
    "churn",
    "fraud/v2",
    'it\'s "quoted"',
    "100%_sure",
    "Überwachung 漢字",
    "back\\slash",
    "two\nlines",
    " spaces ",
)
METRIC_KEYS = ("loss", "val_acc", "val acc", "val/acc", "auc", "step-time", "f1.score", "Loss")
PARAM_KEYS = ("lr", "optimizer", "layers", "batch size", "model/name", "drop-out", "seed.value", "note")
TAG_KEYS = ("team", "stage", "data version", "git/commit", "owner.name", "mlflow.note.content")
USERS = ("root", "alice", "o'brien", "Zoë", "unknown")
ODD_VALUES = (
    "",
    " ",
    "it's",
    'say "hi"',
    "both ' and \"",
    "back\\slash",
    "trailing\\",
    "two\nlines",
    "tab\there",
    "100%",
    "snake_case",
    "%_\\",
    "naïve ☃ 漢字 🏃",
    "NULL",
    "NaN",
    "true",
    "0.10",
    "1e-3",
    " lead and trail ",
    "UPPER",
    "upper",
    "`ticks`",
    "x" * 5000,
)
_GREATEST = sys.float_info.max  # what SQL stores keep for infinity


@dataclass
class Seeded:
    """What was written. ``facts`` counts rows: runs, active_runs, metrics (the histories' points) and so on."""

    experiment_ids: list[str]
    deleted_experiment_id: str
    run_ids: list[str]
    history_run_ids: list[str]
    facts: dict[str, int] = field(default_factory=dict)


class _Run(NamedTuple):
    id: str
    experiment: int
    number: int  # within its experiment
    start: int
    end: int | None
    active: bool


class _Rows:
    """Rows waiting for their INSERT, by table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._waiting: dict[str, list[Sequence[object]]] = {}
        self.written: dict[str, int] = {}

    def add(self, table: str, *row: object) -> None:
        """One row, its values in the order of ``_COLUMNS[table]``."""
        self._waiting.setdefault(table, []).append(row)

    def flush(self) -> None:
        """Write what waits, parents before children."""
        for table, columns in _COLUMNS.items():
            rows = self._waiting.pop(table, [])
            marks = ", ".join("?" * len(columns.split()))
            names = columns.replace(" ", ", ")
            self._connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
            self.written[table] = self.written.get(table, 0) + len(rows)


_COLUMNS = {
    "experiments": "experiment_id name artifact_location lifecycle_stage creation_time last_update_time workspace",
    "experiment_tags": "key value experiment_id",
    "runs": "run_uuid name source_type source_name entry_point_name user_id status start_time end_time source_version "
    "lifecycle_stage artifact_uri experiment_id deleted_time",
    "tags": "key value run_uuid",
    "params": "key value run_uuid",
    "metrics": "key value timestamp run_uuid step is_nan",
    "latest_metrics": "key value timestamp step is_nan run_uuid",
    "datasets": "dataset_uuid experiment_id name digest dataset_source_type dataset_source dataset_schema "
    "dataset_profile",
    "inputs": "input_uuid source_type source_id destination_type destination_id step",
    "input_tags": "input_uuid name value",
}


def seed(
    db_path: Path | str,
    *,
    experiments: int = 8,
    runs_per_experiment: int = 375,
    metrics: int = 8,
    params: int = 6,
    tags: int = 5,
    history_points: int = 40,
    history_runs: int = 24,
    odd: float = 0.15,
    seed: int = 0,
) -> Seeded:
    """Write runs into the database at ``db_path``, whose tables exist (a server made them) and which may be in use.

    experiments: active ones; one deleted experiment with ten runs is added to them.
    metrics, params, tags: how many of each a run has, apart from those that ``odd`` leaves out and MLflow's own tags.
    history_points: values of ``loss`` in each of the first ``history_runs`` runs; other metrics have one value.
    odd: share of the metrics that are NaN, infinite or missing, and of the strings that are hard to quote or missing;
        with 0 the store is regular, as a benchmark wants it.
    seed: of the generator of random numbers.
    """
    with closing(sqlite3.connect(db_path, timeout=60)) as connection, connection:
        # IMMEDIATE: a transaction that begins by reading is refused its first write when the server has written since.
        connection.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN IMMEDIATE")
        rows = _Rows(connection)
        first = connection.execute("SELECT coalesce(max(experiment_id), 0) + 1 FROM experiments").fetchone()[0]
        writer = _Writer(random.Random(seed), rows, metrics, params, tags, history_points, odd)
        runs: list[_Run] = []
        histories: list[str] = []
        for index in range(experiments + 1):
            deleted = index == experiments
            writer.experiment(first + index, index, deleted)
            count = min(10, runs_per_experiment) if deleted else runs_per_experiment
            parent: _Run | None = None
            for number in range(count):
                with_history = len(histories) < history_runs
                is_child = 1 <= number % 10 <= 3
                run = writer.run(first + index, number, parent if is_child else None, deleted, with_history)
                parent = run if number % 10 == 0 else parent
                runs.append(run)
                if with_history:
                    histories.append(run.id)
                if len(runs) % 2000 == 0:
                    rows.flush()
        rows.flush()
    facts = rows.written | {"active_runs": sum(run.active for run in runs)}
    ids = [str(first + index) for index in range(experiments)]
    return Seeded(ids, str(first + experiments), [run.id for run in runs], histories, facts)


class _Writer:
    """Makes up one experiment or run at a time."""

    def __init__(
        self, rng: random.Random, rows: _Rows, metrics: int, params: int, tags: int, points: int, odd: float
    ) -> None:
        self._rng = rng
        self._rows = rows
        self._metrics = _keys(METRIC_KEYS, metrics, "metric")
        self._params = _keys(PARAM_KEYS, params, "param")
        self._tags = _keys(TAG_KEYS, tags, "tag")
        self._points = points
        self._odd = odd
        self._clock = FIRST_START
        self._datasets: list[str] = []

    def experiment(self, id: int, index: int, deleted: bool) -> None:
        name = EXPERIMENT_NAMES[index] if index < len(EXPERIMENT_NAMES) else f"experiment {index}"
        name = "deleted experiment" if deleted else name
        stage = "deleted" if deleted else "active"
        updated = self._clock + (5000 if deleted else 0)
        self._rows.add(
            "experiments", id, name, f"mlflow-artifacts:/{id}", stage, self._clock - 60_000, updated, "default"
        )
        if index % 2 == 0:
            self._rows.add("experiment_tags", "owner", self._rng.choice(USERS), id)
            self._rows.add("experiment_tags", "mlflow.note.content", ODD_VALUES[index % len(ODD_VALUES)], id)
        self._datasets = [self._dataset(id, name) for name in ("train set", "valid's")]

    def run(self, experiment: int, number: int, parent: _Run | None, deleted: bool, with_history: bool) -> _Run:
        rng = self._rng
        if number % 5:  # every fifth run starts in the same millisecond as the one before it
            self._clock += rng.randrange(1, 90_000)
        start = 0 if number == 77 and experiment % 4 == 0 else self._clock  # 0: what runs/create stores without a time
        status = rng.choices(STATUSES, (70, 10, 6, 10, 4))[0]
        end = None if status in ("RUNNING", "SCHEDULED") else start + rng.randrange(0, 7_200_000)
        active = not deleted and rng.random() >= 0.03
        id = _uuid(rng)
        run = _Run(id, experiment, number, start, end, active)
        name = f"{rng.choice(('bold', 'calm', 'shy'))}-{rng.choice(('fox', 'owl', 'eel'))}-{number}"
        name = self._string(name)[:250].strip() or name  # an empty name would have been replaced by the server
        user = rng.choice(USERS)
        self._rows.add(
            "runs",
            *(id, name, "UNKNOWN", "", "", user, status, start, end, "", "active" if active else "deleted"),
            *(f"mlflow-artifacts:/{experiment}/{id}/artifacts", experiment, None if active else start + 10_000_000),
        )
        self._rows.add("tags", "mlflow.runName", name, id)
        if user != "unknown":  # logged by the fluent API; MlflowClient.create_run adds no tags
            self._rows.add("tags", "mlflow.user", user, id)
            self._rows.add("tags", "mlflow.source.name", "train.py", id)
            self._rows.add("tags", "mlflow.source.type", "LOCAL", id)
        if parent is not None:
            self._rows.add("tags", "mlflow.parentRunId", parent.id, id)
        self._log(run, with_history)
        self._inputs(run)
        return run

    def _log(self, run: _Run, with_history: bool) -> None:
        rng, odd = self._rng, self._odd
        for position, key in enumerate(self._params):
            if not odd or rng.random() >= odd / 2:
                self._rows.add("params", key, self._param(position), run.id)
        for position, key in enumerate(self._tags):
            if not odd or rng.random() >= odd / 2:
                value = ("vision", "nlp", "ops")[run.number % 3] if position == 0 else f"{key} {rng.randrange(12)}"
                self._rows.add("tags", key, self._string(value), run.id)
        for position, key in enumerate(self._metrics):
            if with_history and key == "loss":
                self._history(run, key)
            elif not odd or rng.random() >= odd / 2:
                self._values(
                    run, key, [(self._metric(position), run.start + 1000 + position, rng.randrange(0, 3) * 10)]
                )

    def _history(self, run: _Run, key: str) -> None:
        """A falling loss; a few points repeat a step, come late or are NaN."""
        rng = self._rng
        points = []
        for number in range(self._points):
            value = 2.0 / (1 + number) + rng.random() / 100
            step, time = number, run.start + 1000 + 250 * number
            if self._odd:
                if number % 17 == 5:
                    step -= 1  # two values at one step
                if number % 19 == 7:
                    value = float("nan")
                if number % 23 == 11:
                    time = run.start  # logged out of order
            points.append((value, time, step))
        if self._odd and points:
            points[0], points[-1] = points[-1], points[0]  # the last one written is not the latest
        self._values(run, key, points)

    def _values(self, run: _Run, key: str, points: list[tuple[float, int, int]]) -> None:
        stored = [(step, time, 0.0 if value != value else value, value != value) for value, time, step in points]
        for step, time, value, is_nan in stored:
            self._rows.add("metrics", key, value, time, run.id, step, is_nan)
        if stored:
            step, time, value, is_nan = max(stored)
            self._rows.add("latest_metrics", key, value, time, step, is_nan, run.id)

    def _metric(self, position: int) -> float:
        rng = self._rng
        if self._odd and rng.random() < self._odd / 2:
            return rng.choice((float("nan"), float("nan"), _GREATEST, -_GREATEST, 0.0, -0.5, 1e-300))
        # Two decimals for every other metric, so that equal values occur.
        return round(rng.random(), 2) if position % 2 else rng.random()

    def _param(self, position: int) -> str:
        rng = self._rng
        plain = (
            lambda: rng.choice(("0.1", "0.01", "0.001", "0.0003")),
            lambda: rng.choice(("adam", "sgd", "AdamW")),
            lambda: str(rng.randrange(1, 12)),
            lambda: str(2 ** rng.randrange(4, 9)),
        )
        return self._string(plain[position]() if position < len(plain) else f"value {rng.randrange(40)}")

    def _string(self, plain: str) -> str:
        """``plain``, or now and then a text that is hard to quote, to compare or to show."""
        return self._rng.choice(ODD_VALUES) if self._odd and self._rng.random() < self._odd / 2 else plain

    def _dataset(self, experiment: int, name: str) -> str:
        id = _uuid(self._rng)
        source = {"tags": {"mlflow.user": "root", "mlflow.source.name": "train.py", "mlflow.source.type": "LOCAL"}}
        profile = {"features_shape": [500, 2], "features_size": 1000, "features_nbytes": 8000}
        self._rows.add(
            "datasets",
            *(id, experiment, name, f"{self._rng.getrandbits(32):08x}", "code"),
            *(json.dumps(source), None if name == "valid's" else '{"mlflow_tensorspec": {}}', json.dumps(profile)),
        )
        return id

    def _inputs(self, run: _Run) -> None:
        used = {0: "training", 3: "training"}.get(run.number % 7)
        uses = [(self._datasets[0], used)] if used else []
        if run.number % 7 == 3:
            uses.append((self._datasets[1], "validation"))
        if run.number % 70 == 5:
            uses.append((self._datasets[1], None))  # a use without a context
        for dataset, context in uses:
            id = _uuid(self._rng)
            self._rows.add("inputs", id, "DATASET", dataset, "RUN", run.id, 0)
            if context:
                self._rows.add("input_tags", id, "mlflow.data.context", context)


def _keys(known: tuple[str, ...], count: int, stem: str) -> list[str]:
    return [*known[:count], *(f"{stem}_{number}" for number in range(len(known), count))]


def _uuid(rng: random.Random) -> str:
    return uuid.UUID(int=rng.getrandbits(128), version=4).hex
