"""Compare mlflow-sql with MLflow's own client and with a bare fetch of the same rows, all in one run.

    python tests/bench/bench.py --runs 20000 --points 300000

Each line is one question asked in two or three ways of one local server; the ratios are what to look at, since the
seconds depend on the machine. "bare" is requests and nothing else: no decoding, no table.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow_sql
from mlflow_sql.embedded import EmbeddedServer
from support.seed import Seeded, seed

PAGE = 1000


def bare_runs(url: str, experiments: list[str], filter: str = "") -> int:
    """Fetch every matching run, page by page, parse the JSON and count."""
    count, token = 0, None
    while True:
        body = {"experiment_ids": experiments, "filter": filter, "max_results": PAGE, "page_token": token}
        body = {name: value for name, value in body.items() if value}
        answer = requests.post(f"{url}/api/2.0/mlflow/runs/search", json=body, timeout=300)
        page = json.loads(answer.content)
        count += len(page.get("runs", []))
        if not (token := page.get("next_page_token")):
            return count


def timed(ask: Callable[[], int]) -> tuple[float, int]:
    """Seconds and rows of one call."""
    began = time.perf_counter()
    rows = ask()
    return time.perf_counter() - began, rows


def compare(url: str, seeded: Seeded) -> None:
    """Ask every question in every way and print one line each."""
    import mlflow

    mlflow.set_tracking_uri(url)
    connection = mlflow_sql.connect(url)
    ids, history_run = seeded.experiment_ids, seeded.history_run_ids[0]

    def ours(statement: str) -> Callable[[], int]:
        return lambda: connection.sql(statement).to_arrow_table().num_rows

    def client(filter: str = "") -> Callable[[], int]:
        return lambda: len(mlflow.search_runs(ids, filter, max_results=1_000_000))

    def history() -> int:
        return len(mlflow.MlflowClient().get_metric_history(history_run, "loss"))

    selective = "metrics.loss < 0.01"
    questions: list[tuple[str, Callable[[], int], Callable[[], int] | None, Callable[[], int] | None]] = [
        ("every run", ours("SELECT * FROM runs"), client(), lambda: bare_runs(url, ids)),
        (
            "runs with a small loss",
            ours(f"SELECT * FROM runs WHERE {selective}"),
            client(selective),
            lambda: bare_runs(url, ids, selective),
        ),
        ("count by status", ours("SELECT status, count(*) FROM runs GROUP BY 1"), None, lambda: bare_runs(url, ids)),
        (
            "one metric's history",
            ours(f"SELECT * FROM metric_history WHERE run_id = '{history_run}' AND key = 'loss'"),
            history,
            None,
        ),
    ]
    print(f"{'question':26}{'rows':>9}{'ours s':>9}{'client s':>10}{'bare s':>9}{'ours/client':>13}{'ours/bare':>11}")
    for name, *ways in questions:
        (seconds, rows), *others = [timed(way) if way else (float("nan"), 0) for way in ways]
        cells = "".join(f"{other[0]:>{width}.2f}" for other, width in zip(others, (10, 9), strict=True))
        ratios = "".join(f"{seconds / other[0]:>{width}.2f}" for other, width in zip(others, (13, 11), strict=True))
        print(f"{name:26}{rows:>9}{seconds:>9.2f}{cells}{ratios}", flush=True)
    connection.close()


def main() -> None:
    """Seed a store as asked, serve it and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5000)
    parser.add_argument("--points", type=int, default=100_000, help="values in the one long history")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer.start(folder) as server:
        began = time.perf_counter()
        seeded = seed(
            Path(folder) / "mlflow.db",
            **{"experiments": 4, "runs_per_experiment": options.runs // 4},
            **{"metrics": 20, "params": 10, "tags": 6, "odd": 0},
            **{"history_runs": 1, "history_points": options.points},
        )
        print(f"seeded {seeded.facts['runs']} runs in {time.perf_counter() - began:.1f} s")
        compare(server.url, seeded)


if __name__ == "__main__":
    main()
