"""Answer one question in a process of its own and print what it took, as JSON.

python peak.py ours|client URL
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "provider"))

from measure import peak_memory

STATEMENT = "SELECT experiment_id, count(*), avg(metrics.{metric}) FROM runs GROUP BY 1"


def ours(url: str, metric: str) -> int:
    """Runs counted by our statement."""
    import mlflow_sql

    relation = mlflow_sql.connect(url).sql(STATEMENT.format(metric=metric))
    assert relation is not None
    return sum(row[1] for row in relation.fetchall())


def client(url: str, metric: str) -> int:
    """Runs counted by MLflow's client and pandas."""
    import mlflow

    mlflow.set_tracking_uri(url)
    frame = mlflow.search_runs(search_all_experiments=True, max_results=1_000_000)
    grouped = frame.groupby("experiment_id")[f"metrics.{metric}"].agg(["size", "mean"])
    return int(grouped["size"].sum())


if __name__ == "__main__":
    began = time.perf_counter()
    rows = {"ours": ours, "client": client}[sys.argv[1]](sys.argv[2], "auc")
    spent = {"wall": time.perf_counter() - began, "cpu": time.process_time(), "megabytes": peak_memory(), "rows": rows}
    print(json.dumps(spent))
