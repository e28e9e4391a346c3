"""``run_values``: metrics, params and tags in one long table, as MLflow's own client tells them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from mlflow_sql import Connection
from mlflow_sql.errors import StatementError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mlflow import MlflowClient

    Ask = Callable[..., list[tuple[Any, ...]]]


def test_every_metric_param_and_tag_of_a_run_is_a_row(con: Connection, client: MlflowClient) -> None:
    """Values are those of the client; a metric's number is beside its text, and NaN is NULL but 'NaN'."""
    experiment = client.get_experiment_by_name("churn")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id], max_results=40)
    expected = set()
    for run in runs:
        said = (run.info.run_id, run.info.experiment_id)
        for metric in run.data._metric_objs:
            nan = math.isnan(metric.value)
            text = "NaN" if nan else repr(float(metric.value))
            number = None if nan else metric.value
            expected.add((*said, "metric", metric.key, text, number, metric.step, metric.timestamp))
        expected |= {(*said, "param", k, v, None, None, None) for k, v in run.data.params.items()}
        expected |= {(*said, "tag", k, v, None, None, None) for k, v in run.data.tags.items()}
    assert any(row[4] == "NaN" for row in expected)
    found = con.sql(
        "SELECT run_id, experiment_id, kind, key, value, number, step, epoch_ms(timestamp) FROM run_values"
        " WHERE list_contains($ids, run_id) AND experiment_id = $experiment",
        {"ids": [r.info.run_id for r in runs], "experiment": experiment.experiment_id},
    )
    assert found is not None
    rows = found.fetchall()
    assert len(rows) == len(expected)
    assert set(rows) == expected


@pytest.mark.parametrize(
    "where",
    [
        "kind = 'metric'",
        "kind <> 'tag'",
        "kind IN ('tag', 'param') AND status = 'FINISHED'",
        "kind = 'param' AND key = 'lr' AND value = '0.1'",
        "kind = 'metric' AND key = 'auc' AND number > 0.9",
        "kind = 'metric' AND key = 'auc' AND value > '0.9'",
        "kind = 'metric' AND number IS NULL",
        "(kind = 'metric' AND key = 'auc') OR (kind = 'tag' AND key = 'team')",
        "key = 'NaN' OR value = 'NaN'",
        "lifecycle_stage = 'deleted' AND kind = 'tag'",
        "run_name LIKE 'shy%' AND start_time > '2026-01-01 00:30:00'",
        "kind = 'nothing'",
        "kind LIKE 'p%' AND number IS NULL",
        "kind = 'tag' AND value = ''",
    ],
)
def test_any_condition_gives_the_same_rows_without_pushdown(ask: Ask, where: str) -> None:
    """The server is asked for less, and the answer stays the same."""
    found = ask(
        "SELECT kind, count(*), count(DISTINCT run_id),"
        " md5(string_agg(run_id || key || value, '' ORDER BY run_id, kind, key))"
        f" FROM run_values WHERE {where} GROUP BY 1 ORDER BY 1"
    )
    assert found or where == "kind = 'nothing'"


def test_its_rows_are_those_of_the_three_tables(ask: Ask) -> None:
    """No row more, none less."""
    long = ask("SELECT kind, count(*) FROM run_values GROUP BY 1 ORDER BY 1")
    three = ask(
        " UNION ALL ".join(f"SELECT '{kind}', count(*) FROM run_{kind}s" for kind in ("metric", "param", "tag"))
        + " ORDER BY 1"
    )
    assert long == three


def test_only_the_lists_that_matter_are_decoded(con: Connection) -> None:
    """A kind that a condition excludes brings no row, and the search is told of key and value."""
    plan = con.plan("SELECT value FROM run_values WHERE kind = 'param' AND key = 'lr' AND value = '1'")
    scan = next(s for s in plan.scans if not s.hidden)
    assert scan.kinds == ("param",)
    assert scan.searches[0].clauses == ("params.`lr` IS NOT NULL", "params.`lr` = '1'")


def test_a_limit_stops_early(con: Connection) -> None:
    """A LIMIT brings no more pages than it needs."""
    relation = con.sql("EXPLAIN ANALYZE SELECT * FROM run_values LIMIT 5")
    assert relation is not None
    text = "\n".join(row[0] for row in relation.fetchall())
    assert "total: 5 rows" in text
    assert "2 requests" in text.splitlines()[-1]


def test_it_is_read_only_and_says_where_to_write(con: Connection) -> None:
    """The error names the tables of the same lists."""
    with pytest.raises(StatementError, match="can only be read") as caught:
        con.sql("INSERT INTO run_values (run_id, kind, key, value) VALUES ('a', 'tag', 'b', 'c')")
    assert all(name in str(caught.value) for name in ("run_metrics", "run_params", "run_tags"))


def test_maps_become_json_in_the_wide_form(ask: Ask, client: MlflowClient) -> None:
    """A map is a JSON object by a cast or to_json, lazily and with any condition; NaN is null."""
    import json

    found = ask(
        "SELECT run_id, metrics::JSON, to_json(params), tags::JSON->>'team' FROM runs"
        " WHERE map_contains(metrics, 'loss') AND metrics.loss IS NULL"
        " ORDER BY run_id LIMIT 2"
    )
    assert len(found) == 2
    for run_id, metrics, params, team in found:
        run = client.get_run(run_id)
        assert json.loads(metrics) == {k: None if math.isnan(v) else v for k, v in run.data.metrics.items()}
        assert json.loads(metrics)["loss"] is None
        assert json.loads(params) == run.data.params
        assert team == run.data.tags.get("team")
