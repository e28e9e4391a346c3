"""A DELETE of an experiment's runs up to a time is one call on a server that has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from mlflow_sql import Connection
from mlflow_sql.plan.nodes import Call
from mlflow_sql.rest.transport import Answer
from support.proxy import Proxy

from .conftest import Held, rows

AT = 1_700_000_000_000  # when each run of ``Held.make`` starts


@pytest.fixture
def bulk(
    proxy: Proxy, connect: Callable[..., Connection], held: Held, monkeypatch: pytest.MonkeyPatch
) -> tuple[Connection, list[dict[str, Any]], list[int]]:
    """A connection to a server that has the call, the bodies that it gets, and how many runs each call leaves."""
    con = connect(proxy.url)
    has, send = con.facts.has, con.transport.send
    monkeypatch.setattr(con.facts, "has", lambda name: name == "bulk_calls" or has(name))
    bodies: list[dict[str, Any]] = []
    leaves = [0]

    def answered(call: Call, **options: Any) -> Answer:
        if call.path != "databricks/runs/delete-runs":
            return send(call, **options)
        body = dict(call.body or {})
        bodies.append(body)
        until = f"attributes.start_time <= {body['max_timestamp_millis']}"
        found = held.client.search_runs([body["experiment_id"]], until, max_results=body["max_runs"])
        for run in found[leaves[0] :]:
            held.client.delete_run(run.info.run_id)
        content = msgspec.json.encode({"runs_deleted": len(found) - leaves[0]})
        return Answer(content, 200, 0.0, 0, len(content))

    monkeypatch.setattr(con.transport, "send", answered)
    proxy.forget()
    return con, bodies, leaves


@pytest.mark.parametrize(
    ("condition", "until"),
    [
        ("start_time <= to_timestamp(1700000000)", AT),
        ("start_time < to_timestamp(1700000000.001)", AT),
        ("runs.start_time <= TIMESTAMPTZ '2023-11-14 22:13:20.0005+00'", AT),
        ("(TIMESTAMPTZ '2023-11-14 22:13:20.0005+00' > start_time)", AT),
    ],
)
def test_runs_up_to_a_time_are_deleted_by_one_call(
    bulk: tuple[Connection, list[dict[str, Any]], list[int]], proxy: Proxy, held: Held, condition: str, until: int
) -> None:
    """Never more of them than the statement has found; EXPLAIN shows the call."""
    con, bodies, _ = bulk
    for name in "abc":
        held.make(name)
    held.client.create_run(held.id, run_name="later", start_time=AT + 1)
    delete = f"DELETE FROM runs WHERE experiment_id = '{held.id}' AND {condition}"
    body = {"experiment_id": held.id, "max_timestamp_millis": until, "max_runs": 3}
    explained = [line for (line,) in rows(con.sql(f"EXPLAIN {delete}")) if line.startswith("write:")]
    assert explained == [f"write: POST databricks/runs/delete-runs {msgspec.json.encode(body).decode()}"]
    assert bodies == []
    assert sorted(rows(con.sql(f"{delete} RETURNING run_name"))) == [("a",), ("b",), ("c",)]
    assert bodies == [body]
    assert proxy.writes == []
    assert set(held.runs()) == {"later"}
    assert rows(con.sql(delete)) == [(0,)]
    assert len(bodies) == 1


def test_what_the_call_leaves_is_deleted_run_by_run(
    bulk: tuple[Connection, list[dict[str, Any]], list[int]], proxy: Proxy, held: Held
) -> None:
    """The server may count time in its own way; the statement means its condition."""
    con, bodies, leaves = bulk
    for name in "abc":
        held.make(name)
    leaves[0] = 2
    assert rows(con.sql(f"DELETE FROM runs WHERE experiment_id = '{held.id}' AND start_time <= now()")) == [(3,)]
    assert len(bodies) == 1
    assert [a.path for a in proxy.writes] == ["runs/delete"] * 2
    assert held.runs() == {}


@pytest.mark.parametrize(
    "condition",
    [
        "true",
        "start_time >= to_timestamp(0)",
        "start_time <= now() AND run_name <> 'c'",
        "(start_time <= now() OR status = 'FAILED')",
        "start_time <= now() AND lifecycle_stage = 'active'",
        "start_time <= (SELECT max(creation_time) FROM experiments)",
    ],
)
def test_any_other_condition_is_carried_out_run_by_run(
    bulk: tuple[Connection, list[dict[str, Any]], list[int]], proxy: Proxy, held: Held, condition: str
) -> None:
    """The call cannot be told more, nor less."""
    con, bodies, _ = bulk
    held.make("a"), held.make("b")
    con.sql(f"DELETE FROM runs WHERE experiment_id = '{held.id}' AND {condition}")
    assert bodies == []
    assert [a.path for a in proxy.writes] == ["runs/delete"] * 2
