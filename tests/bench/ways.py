"""The ways of asking a question that are compared: ours, MLflow's own client, and bare requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pandas as pd
import requests

import mlflow_sql

PAGE = 1000
_TOKEN = re.compile(rb'"next_page_token": "([^"]+)"')


def bare(url: str, experiment_ids: list[str]) -> int:
    """Fetch all runs page by page and look at nothing but the tokens; the number of runs, of which pages are full."""
    session = requests.Session()
    full, token = 0, None
    while True:
        body: dict[str, Any] = {"experiment_ids": experiment_ids, "max_results": PAGE}
        if token is not None:
            body["page_token"] = token
        answer = session.post(f"{url}/api/2.0/mlflow/runs/search", json=body, timeout=600)
        content = answer.content
        assert answer.status_code == 200, answer.text[:500]
        found = _TOKEN.search(content, len(content) - 200)
        if found is None:
            return full + content.count(b'"run_uuid": ')
        full += PAGE
        token = found[1].decode()


def sql(connection: mlflow_sql.Connection, statement: str, **settings: object) -> Callable[[], int]:
    """Run a statement to the end, with settings; the number of its rows."""

    def ask() -> int:
        connection.sql("SET concurrency = 4")
        for name, value in settings.items():
            connection.sql(f"SET {name} = {value}")
        try:
            relation = connection.sql(statement)
            assert relation is not None
            return int(relation.to_arrow_table().num_rows)
        finally:
            for name in settings:
                connection.sql(f"RESET {name}")

    return ask


def search_runs(
    url: str, experiment_ids: list[str], keep: Callable[[pd.DataFrame], Any] | None = None, most: int = 50_000
) -> int:
    """All runs as MLflow's client gives them, in a DataFrame; the number of those that ``keep`` selects."""
    import mlflow

    mlflow.set_tracking_uri(url)
    frame = mlflow.search_runs(experiment_ids, max_results=most)
    return len(frame if keep is None else frame[keep(frame)])


def histories(url: str, run_ids: list[str], key: str) -> int:
    """The points of a metric of some runs, as MLflow's client gives them."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=url)
    return sum(len(client.get_metric_history(run_id, key)) for run_id in run_ids)
