"""Connections that are cut, answers that are lost, servers that are busy: every row is there exactly once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from mlflow_sql import Connection, errors
from support.proxy import Proxy

from .conftest import Held, own, rows

if TYPE_CHECKING:
    from mlflow import MlflowClient

LOST: dict[str, dict[str, Any]] = {
    "cut before the server saw it": {"cut": "before"},
    "cut after the server had done it": {"cut": "after"},
    "cut in the middle of the answer": {"cut": "during"},
    "500 after the server had done it": {"status": 500, "forward": True},
    "503 after the server had done it": {"status": 503, "forward": True},
    "503 before": {"status": 503},
    "cut after, twice": {"cut": "after", "times": 2},
    "cut before, twice": {"cut": "before", "times": 2},
    "busy": {"status": 429, "headers": {"Retry-After": "0"}},
}
each = pytest.mark.parametrize("trouble", LOST.values(), ids=LOST.keys())


@each
def test_one_experiment(
    through: Connection, proxy: Proxy, empty_client: MlflowClient, name: str, trouble: dict[str, Any]
) -> None:
    """It is looked up by its name before it is made again."""
    proxy.trouble("experiments/create", **trouble)
    (row,) = rows(
        through.sql(
            f"INSERT INTO experiments (name, tags) VALUES ('{name}', {{'k': 'v'}}) RETURNING experiment_id, tags"
        )
    )
    found = empty_client.get_experiment_by_name(name)
    assert row == (found.experiment_id, {"k": "v"})


@each
def test_one_run_each(through: Connection, proxy: Proxy, held: Held, trouble: dict[str, Any]) -> None:
    """It is looked up by a tag of its own, since many may have its name; what follows is logged to it."""
    proxy.trouble("runs/create", first=2, **trouble)
    found = through.sql(
        f"""INSERT INTO runs (experiment_id, run_name, params, start_time)
        SELECT '{held.id}', 'same', MAP{{'p': i}}, i FROM range(4) t(i) RETURNING run_id, params.p"""
    )
    runs = held.client.search_runs([held.id])
    assert {(r.info.run_id, r.data.params["p"]) for r in runs} == set(rows(found))
    assert len(runs) == 4
    assert sorted(r.info.start_time for r in runs) == [0, 1, 2, 3]


@each
def test_exec_makes_one_too(through: Connection, proxy: Proxy, held: Held, name: str, trouble: dict[str, Any]) -> None:
    """A create that is called by name is as safe."""
    proxy.trouble("runs/create", **trouble)
    proxy.trouble("experiments/create", **trouble)
    (made,) = rows(through.sql(f"EXEC runs.create @experiment_id = '{held.id}', @run_name = 'one', @start_time = 5"))
    assert len(held.client.search_runs([held.id])) == 1
    assert held.run("one").info.run_id in made[0]
    (made,) = rows(through.sql(f"EXEC experiments.create @name = '{name} 2'"))
    assert held.client.get_experiment(made[0]).name == f"{name} 2"


@each
def test_what_repeats_safely_is_repeated(
    through: Connection, proxy: Proxy, held: Held, trouble: dict[str, Any]
) -> None:
    """log-batch, update, delete, restore, set-tag and delete-tag: the state is as if nothing had happened."""
    run = held.make("a", tags={"old": "x", "gone": "x"})
    for path in ("runs/log-batch", "runs/update", "runs/delete", "runs/restore", "runs/delete-tag",
                 "experiments/set-experiment-tag", "experiments/delete-experiment-tag"):  # fmt: skip
        proxy.trouble(path, **trouble)
    where = f"experiment_id = '{held.id}'"
    through.sql(
        f"UPDATE runs SET tags['t'] = 'v', tags['old'] = NULL, params['p'] = '1', status = 'FAILED' WHERE {where}"
    )
    through.sql(f"DELETE FROM run_tags WHERE run_id = '{run}' AND key = 'gone'")
    through.sql(
        f"""INSERT INTO metric_history (run_id, key, value, timestamp, step)
        SELECT '{run}', 'm', i, to_timestamp(i), i FROM range(10) t(i)"""
    )
    through.sql(f"DELETE FROM runs WHERE {where}")
    assert held.runs() == {}
    through.sql(f"UPDATE runs SET lifecycle_stage = 'active' WHERE lifecycle_stage = 'deleted' AND {where}")
    through.sql(f"UPDATE experiments SET tags['e'] = 'v', tags['made'] = NULL WHERE {where}")
    found = held.runs()["a"]
    assert (own(found.data.tags), found.data.params, found.info.status) == ({"t": "v"}, {"p": "1"}, "FAILED")
    assert sorted(held.points("a", "m")) == [(float(i), i * 1000, i) for i in range(10)]
    assert held.client.get_experiment(held.id).tags == {"e": "v"}


@pytest.mark.parametrize(
    "trouble", [LOST["cut after the server had done it"], LOST["503 after the server had done it"]]
)
def test_deleting_an_experiment_that_is_deleted_by_the_first_try(
    through: Connection, proxy: Proxy, held: Held, trouble: dict[str, Any]
) -> None:
    """The second try finds nothing to delete, or to restore: that is no failure."""
    proxy.trouble("experiments/delete", **trouble)
    proxy.trouble("experiments/restore", **trouble)
    assert rows(through.sql(f"DELETE FROM experiments WHERE experiment_id = '{held.id}'")) == [(1,)]
    assert held.client.get_experiment(held.id).lifecycle_stage == "deleted"
    where = f"WHERE lifecycle_stage = 'deleted' AND experiment_id = '{held.id}'"
    assert rows(through.sql(f"UPDATE experiments SET lifecycle_stage = 'active' {where}")) == [(1,)]
    assert held.client.get_experiment(held.id).lifecycle_stage == "active"


def test_retry_after_is_honoured(through: Connection, proxy: Proxy, held: Held) -> None:
    """A busy server is asked again when it says, not before."""
    proxy.trouble("runs/create", status=429, headers={"Retry-After": "1"})
    began = time.monotonic()
    through.sql(f"INSERT INTO runs (experiment_id, run_name) VALUES ('{held.id}', 'a')")
    assert time.monotonic() - began >= 1
    assert [a.path for a in proxy.writes] == ["runs/create"] * 2
    assert set(held.runs()) == {"a"}


def test_a_server_that_stays_busy_is_an_error(through: Connection, proxy: Proxy, held: Held) -> None:
    """After the retries, with what to do."""
    proxy.trouble("runs/create", status=429, times=100, headers={"Retry-After": "0"})
    with pytest.raises(errors.WriteError, match="429") as caught:
        through.sql(f"INSERT INTO runs (experiment_id, run_name) VALUES ('{held.id}', 'a')")
    assert isinstance(caught.value.__cause__, errors.RateLimited)
    assert len(proxy.writes) == 4
    assert held.runs() == {}


def test_the_name_of_a_deleted_experiment_is_not_taken_for_the_one_to_make(
    through: Connection, proxy: Proxy, held: Held, name: str
) -> None:
    """Looking up a lost create finds the deleted one, which is older: the error says so."""
    held.client.delete_experiment(held.id)
    proxy.trouble("experiments/create", cut="before")
    with pytest.raises(errors.WriteError, match="deleted"):
        through.sql(f"INSERT INTO experiments (name) VALUES ('{name}')")
    assert held.client.get_experiment(held.id).lifecycle_stage == "deleted"
