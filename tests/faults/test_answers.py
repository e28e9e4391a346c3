"""Answers that are none: a scan says so and never returns the rows that came before."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mlflow_sql import Connection, errors
from support.faulty import BULK, RUNS, FaultyServer, mlflow_says, run

Connect = Callable[..., Connection]
WHOLE = json.dumps({"runs": [run(1), run(2)]})

UNUSABLE: dict[str, tuple[dict[str, Any], str]] = {
    "cut off": ({"length": 100_000, "hang_up": True}, "cut-off answer"),
    "truncated JSON": ({"body": WHOLE[: len(WHOLE) // 2]}, "not all of it"),
    "empty": ({"body": ""}, "it is empty"),
    "204": ({"body": "", "status": 204}, "it is empty"),
    "HTML": ({"body": "<!doctype html><title>Sign in</title>"}, "web page: Sign in"),
    "text": ({"body": "hello"}, "not JSON"),
    "a list": ({"body": "[]"}, "another shape"),
    "null": ({"body": "null"}, "another shape"),
    "runs is text": ({"body": '{"runs": "none"}'}, "another shape"),
    "runs of numbers": ({"body": '{"runs": [1]}'}, "another shape"),
    "a run without id": ({"body": '{"runs": [{}]}'}, "no info.run_id"),
    "not UTF-8": ({"body": b'{"runs": [{"info": {"run_id": "\xff"}}]}'}, "not JSON"),
    "an error with status 200": ({"body": mlflow_says("INTERNAL_ERROR", "boom")}, "INTERNAL_ERROR: boom"),
    "a redirect": ({"status": 302, "body": "", "headers": {"Location": "https://login.example/?t=1"}}, "redirect"),
}


@pytest.mark.parametrize("first", [1, 3])
@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable(con: Connection, faulty: FaultyServer, name: str, first: int) -> None:
    """What is wrong with it, and which call it answered, on the first and on a later page."""
    what, words = UNUSABLE[name]
    faulty.fault(RUNS, first=first, **what)
    relation = con.sql("SELECT run_id FROM runs")
    assert relation is not None
    with pytest.raises(errors.ResponseError) as caught:
        relation.fetchall()
    message = str(caught.value)
    assert words in message
    assert "POST runs/search" in message
    assert "Traceback" not in message
    faulty.heal()
    assert len(relation.fetchall()) == 40


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("first", [1, 3])
@pytest.mark.parametrize("offset", ["eyJvZmZzZXQiOiAxMH0=", "eyJvZmZzZXQiOiAwfQ=="])  # 10 and 0
def test_a_token_that_never_moves(
    connect: Connect, faulty: FaultyServer, concurrency: int, first: int, offset: str
) -> None:
    """An error after a few requests, not an endless scan and not a short answer."""
    faulty.fault(RUNS, first=first, change=lambda answer: {**answer, "next_page_token": offset})
    relation = connect(faulty.url, concurrency=concurrency).sql("SELECT count(*) FROM runs")
    assert relation is not None
    with pytest.raises(errors.ResponseError, match="page token does not move"):
        relation.fetchall()
    assert len(faulty.asked(RUNS)) < 15


def test_an_empty_page_with_a_token_is_no_end(con: Connection, faulty: FaultyServer) -> None:
    """Some servers send one; the rows behind it are there all the same."""
    faulty.fault(RUNS, first=2, times=1, change=lambda a: {"next_page_token": a["next_page_token"]})
    relation = con.sql("SELECT run_id FROM runs")
    assert relation is not None
    assert sorted(relation.fetchall()) == [(f"run{n:04}",) for n in range(40)]


def values(con: Connection) -> list[tuple[Any, ...]]:
    relation = con.sql("SELECT run_id, metrics.x FROM runs ORDER BY run_id")
    assert relation is not None
    found: list[tuple[Any, ...]] = relation.fetchall()
    return found


def test_numbers_of_every_kind(connect: Connect) -> None:
    """NaN as text is NULL; infinities, as text or as number, are infinite; integers are numbers."""
    sent = ["NaN", "Infinity", "-Infinity", 1, 1.5, 1e308]
    with FaultyServer([run(n, x=value) for n, value in enumerate(sent)]) as server:
        got = [value for _, value in values(connect(server.url))]
    assert got == [None, float("inf"), float("-inf"), 1.0, 1.5, 1e308]


def test_bare_constants(connect: Connect) -> None:
    """NaN and Infinity without quotes, which is no JSON but what a server sends, are read too."""
    with FaultyServer([run(1, x=float("nan")), run(2, x=float("inf")), run(3, x=float("-inf"))]) as server:
        assert [value for _, value in values(connect(server.url))] == [None, float("inf"), float("-inf")]


def test_bare_constants_in_histories(connect: Connect) -> None:
    """The same in the histories of metrics, where MLflow does send them."""
    points = [{"run_id": "run0001", "key": "loss", "timestamp": 1, "step": s, "value": v}
              for s, v in enumerate([float("nan"), float("inf"), 2.0])]  # fmt: skip
    with FaultyServer(2) as server:
        server.fault(BULK, body=json.dumps({"metrics": points}))
        relation = connect(server.url).sql(
            "SELECT value FROM metric_history WHERE run_id IN ('run0001', 'run0000') AND key = 'loss' ORDER BY step"
        )
        assert relation is not None
        assert relation.fetchall() == [(None,), (float("inf"),), (2.0,)]
    assert server.asked(BULK)


def test_duplicate_keys(connect: Connect) -> None:
    """Of a key that a run has twice the last value counts; a MAP holds a key once."""
    twice = run(1)
    twice["data"]["metrics"] = [{"key": "x", "value": 1.0}, {"key": "x", "value": 2.0}]
    twice["data"]["params"] = [{"key": "p", "value": "a"}, {"key": "p", "value": "b"}]
    with FaultyServer([twice]) as server:
        relation = connect(server.url).sql("SELECT metrics, params FROM runs")
        assert relation is not None
        assert relation.fetchall() == [({"x": 2.0}, {"p": "b"})]


def test_a_doubled_json_field(connect: Connect) -> None:
    """An object with the same field twice is read; the last one counts."""
    body = '{"runs": [{"info": {"run_id": "a", "run_id": "b", "experiment_id": "1"}}]}'
    with FaultyServer(0) as server:
        server.fault(RUNS, body=body)
        assert values(connect(server.url)) == [("b", None)]


def test_numbers_as_text(connect: Connect) -> None:
    """Protobuf's JSON may send 64-bit integers as text."""
    odd = run(1)
    odd["info"]["start_time"] = str(odd["info"]["start_time"])
    odd["info"]["end_time"] = str(odd["info"]["end_time"])
    with FaultyServer([odd]) as server:
        relation = connect(server.url).sql("SELECT epoch_ms(start_time), duration::VARCHAR FROM runs")
        assert relation is not None
        assert relation.fetchall() == [(int(odd["info"]["start_time"]), "00:00:01")]


@pytest.mark.parametrize("value", ["fast", "0.25", {}, [1], True])
def test_a_metric_that_is_no_number(connect: Connect, value: Any) -> None:
    """It is no NULL but an error that says where; other columns can still be read."""
    with FaultyServer([run(1, x=value)]) as server:
        con = connect(server.url)
        with pytest.raises(errors.ResponseError, match="metrics"):
            values(con)
        relation = con.sql("SELECT run_id FROM runs")
        assert relation is not None
        assert relation.fetchall() == [("run0001",)]


@pytest.mark.parametrize("value", [{}, [1], True, 3])
def test_a_param_that_is_no_text(connect: Connect, value: Any) -> None:
    """The same for params."""
    odd = run(1)
    odd["data"]["params"] = [{"key": "p", "value": value}]
    with FaultyServer([odd]) as server:
        relation = connect(server.url).sql("SELECT params.p FROM runs")
        assert relation is not None
        with pytest.raises(errors.ResponseError, match="params"):
            relation.fetchall()
