"""Compare writes with MLflow's own client, on this machine, in one run.

    python tests/bench/write_bench.py             1,000 runs with 10 params each, and 10,000 history points
    python tests/bench/write_bench.py --quick     a tenth of that

Both write to one real server with two workers, in turns, ours by one statement, the client in one thread with one
create_run and one log_batch a run, or log_batch with 1,000 points at a time. Ratios are what to look at. ``bench.py``
asks the same under the name "writes".
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "provider"))

from measure import Cost, compare

import mlflow_sql
from mlflow_sql.embedded import EmbeddedServer

if TYPE_CHECKING:
    from mlflow import MlflowClient

PARAMS = 10
GOAL = ">= 2"
START = 1_767_225_600_000  # 2026-01-01T00:00:00Z, in ms
Line = tuple[str, str, str, float, str]
_names = itertools.count(1)


def lines(quick: bool, repeats: int | None) -> Iterator[Line]:
    """What was compared, ours, the client's, the ratio of the two and its goal; medians of ``repeats`` (default 3)."""
    from mlflow import MlflowClient

    runs, points = (100, 1_000) if quick else (1_000, 10_000)
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer.start(folder, workers=2) as server:
        client = MlflowClient(tracking_uri=server.url)
        with mlflow_sql.connect(server.url) as connection:
            for _ in range(4):  # each worker sets up its database at its first request
                _client_runs(client, 1), _sql_runs(connection, client, 1)
            ways = {
                f"{runs:,} runs with {PARAMS} params": {
                    "ours": lambda: _sql_runs(connection, client, runs),
                    "client": lambda: _client_runs(client, runs),
                },
                f"{points:,} history points": {
                    "ours": lambda: _sql_points(connection, client, points),
                    "client": lambda: _client_points(client, points),
                },
            }
            for what, pair in ways.items():
                costs = compare(pair, repeats or 3, group=server._process.pid)
                ours, peer = costs["ours"], costs["client"]
                yield what, _told(ours), f"MlflowClient {_told(peer)}", peer.wall / ours.wall, GOAL


def _told(cost: Cost) -> str:
    return f"{cost.wall:.2f} s (cpu {cost.cpu:.2f}, server {cost.server:.2f}; {cost.repeats}x)"


def _experiment(client: MlflowClient) -> str:
    return str(client.create_experiment(f"bench {next(_names)} {uuid.uuid4().hex}"))


def _sql_runs(connection: mlflow_sql.Connection, client: MlflowClient, runs: int) -> int:
    relation = connection.sql(
        f"""INSERT INTO runs (experiment_id, run_name, params)
        SELECT $experiment, 'run ' || i,
          map_from_entries(list_transform(range({PARAMS}), j -> {{k: 'p' || j, v: i * j}})) FROM range({runs}) t(i)""",
        {"experiment": _experiment(client)},
    )
    assert relation is not None
    return int(relation.fetchall()[0][0])


def _client_runs(client: MlflowClient, runs: int) -> int:
    from mlflow.entities import Param

    experiment = _experiment(client)
    for i in range(runs):
        run = client.create_run(experiment, run_name=f"run {i}")
        client.log_batch(run.info.run_id, params=[Param(f"p{j}", str(i * j)) for j in range(PARAMS)])
    return runs


def _sql_points(connection: mlflow_sql.Connection, client: MlflowClient, points: int) -> int:
    run = client.create_run(_experiment(client)).info.run_id
    relation = connection.sql(
        f"""INSERT INTO metric_history (run_id, key, value, timestamp, step)
        SELECT $run, 'loss', 1 / (i + 1), {START} + i, i FROM range({points}) t(i)""",
        {"run": run},
    )
    assert relation is not None
    return int(relation.fetchall()[0][0])


def _client_points(client: MlflowClient, points: int) -> int:
    from mlflow.entities import Metric

    run = client.create_run(_experiment(client)).info.run_id
    for first in range(0, points, 1000):
        steps = range(first, min(first + 1000, points))
        client.log_batch(run, [Metric("loss", 1 / (i + 1), START + i, i) for i in steps])
    return points


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    parser.add_argument("--repeats", type=int, metavar="N", help="of each way, default 3")
    options = parser.parse_args()
    for name in [name for name in os.environ if name.startswith(("MLFLOW_", "DATABRICKS_"))]:
        del os.environ[name]
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    print("| what | ours | peer | ratio | goal |\n| --- | --- | --- | --- | --- |", flush=True)
    for what, ours, peer, ratio, goal in lines(options.quick, options.repeats):
        print(f"| {what} | {ours} | {peer} | {ratio:.3g} | {goal} |", flush=True)


if __name__ == "__main__":
    main()
