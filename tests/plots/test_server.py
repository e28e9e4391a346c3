"""Pictures of a real server's runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import mlflow_sql
from mlflow_sql.errors import BindError, UsageError

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from conftest import TrackingServer


@pytest.fixture(scope="module")
def connection(server: TrackingServer) -> Iterator[mlflow_sql.Connection]:
    with mlflow_sql.connect(server.url) as opened:
        yield opened


def test_the_lines_of_histories_are_what_mlflow_knows(
    connection: mlflow_sql.Connection, server: TrackingServer, client: MlflowClient, tmp_path: Path
) -> None:
    """One line for each run, through every point of its history, and a file of them."""
    assert server.seeded is not None
    runs = server.seeded.history_run_ids[:3]
    picture = connection.plot(
        "SELECT run_id, step, value, key FROM metric_history WHERE run_id IN ($a, $b, $c) AND key = 'loss'",
        params=dict(zip("abc", runs, strict=True)),
    )
    chart = picture.chart
    assert (chart.kind, [axis.title for axis in chart.axes]) == ("line", ["step", "loss"])
    lost = 0
    for run in runs:
        points = client.get_metric_history(run, "loss")
        seen = [(p.step, p.value) for p in points if p.value == p.value and abs(p.value) < 1e300]
        lost += len(points) - len(seen)
        drawn = [mark.values for mark in chart.marks if mark.label == run[:8]]
        assert sorted(drawn) == sorted(seen)
        assert len(drawn) > 10
    assert bool(lost) == any("not drawn" in remark for remark in chart.remarks)
    svg = picture.save(tmp_path / "histories.svg").read_text()
    assert svg.count('aria-roledescription="line mark"') == 3


def test_a_relation_is_drawn_without_further_calls(connection: mlflow_sql.Connection) -> None:
    """Its pages are there already."""
    relation = connection.sql("SELECT run_name, metrics.auc FROM runs LIMIT 20")
    assert relation is not None
    relation.fetchall()
    calls = []
    connection.transport.on_call = lambda call, _: calls.append(call.label)
    try:
        chart = relation.plot("bar", y="auc").chart
    finally:
        connection.transport.on_call = None
    assert not calls
    assert chart.kind == "bar"


def test_faults_of_the_statement_stay_what_they_are(connection: mlflow_sql.Connection) -> None:
    """And a statement without rows has no picture."""
    with pytest.raises(BindError, match="no column 'nope'"):
        connection.plot("SELECT nope FROM runs")
    with pytest.raises(UsageError, match="no rows"):
        connection.plot("CREATE OR REPLACE TABLE t AS SELECT 1 AS a")
    with pytest.raises(mlflow_sql.errors.LocalError, match="Could not convert"):
        connection.plot("SELECT run_name, CAST(run_id AS INTEGER) AS n FROM runs LIMIT 3")
