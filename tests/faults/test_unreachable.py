"""A server that is not there, is no MLflow server, or refuses: at every place where a scan asks it something."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable

import pytest

from mlflow_sql import Connection, errors
from support.faulty import EXPERIMENTS, RUNS, VERSION, FaultyServer, mlflow_says

Connect = Callable[..., Connection]
COUNT = "SELECT count(*) FROM runs"


def said(con: Connection, kind: type[errors.Error], statement: str = COUNT) -> str:
    """The message of the error that reading a statement's rows gives."""
    with pytest.raises(kind) as caught:
        rows(con, statement)
    return str(caught.value)


def rows(con: Connection, statement: str = COUNT) -> list[tuple[object, ...]]:
    relation = con.sql(statement)
    assert relation is not None
    found: list[tuple[object, ...]] = relation.fetchall()
    return found


def test_nothing_listens(connect: Connect) -> None:
    """The address, that it refused, and what to look at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening: refuses
        message = said(connect(f"http://127.0.0.1:{taken.getsockname()[1]}"), errors.Unreachable)
    assert f"http://127.0.0.1:{taken}" not in message
    assert "out of reach" in message
    assert "refused" in message
    assert "Is the server running" in message


def test_a_name_that_does_not_resolve(connect: Connect) -> None:
    """The host's name, and that it does not resolve."""
    message = said(connect("http://no-such-host.invalid:5000"), errors.Unreachable)
    assert "'no-such-host.invalid' does not resolve" in message
    assert "spelling" in message


def test_nothing_answers(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """After MLFLOW_HTTP_REQUEST_TIMEOUT it says how long it waited, and how to wait longer."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "0.3")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        message = said(connect(f"http://127.0.0.1:{silent.getsockname()[1]}"), errors.Unreachable)
        assert time.monotonic() - started < 30  # the usual patience is two minutes
    assert "no answer within 0.3 s" in message
    assert "MLFLOW_HTTP_REQUEST_TIMEOUT" in message


def test_a_page_that_takes_too_long(con: Connection, faulty: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in the middle of a scan."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "0.3")
    faulty.fault(RUNS, first=3, delay=2.0)
    assert "no answer within 0.3 s" in said(con, errors.Unreachable)


def test_no_mlflow_server(con: Connection, faulty: FaultyServer) -> None:
    """A web server that answers everything with its page is told as that, with the page's title."""
    faulty.fault("/", body="<!doctype html><title>Welcome to nginx!</title>", headers={"Content-Type": "text/html"})
    message = said(con, errors.ResponseError)
    assert "web page: Welcome to nginx!" in message
    assert "not an MLflow server" in message


def test_a_web_server_without_these_paths(con: Connection, faulty: FaultyServer) -> None:
    """404 pages everywhere: perhaps the address lacks a prefix."""
    faulty.fault("/", status=404, body="<html><title>Not Found</title>")
    message = said(con, errors.NotFound)
    assert "404: Not Found" in message
    assert "an MLflow server?" in message
    assert "--static-prefix" in message


KINDS = {
    401: (errors.Unauthenticated, "MLFLOW_TRACKING_TOKEN"),
    403: (errors.PermissionDenied, "permission"),
    404: (errors.NotFound, "older than the feature"),
    429: (errors.RateLimited, "MLFLOW_HTTP_REQUEST_MAX_RETRIES"),
    500: (errors.ServerFailure, "tracking server's log"),
    503: (errors.ServerFailure, "tracking server's log"),
}
BODIES = {
    "json": mlflow_says("SOME_CODE", "what the server said"),
    "html": "<html><head><title>what the server said</title></head></html>",
    "text": "what the server said",
}
PLACES = {
    "first page": (RUNS, 1),
    "later page": (RUNS, 3),
    "key feed": (EXPERIMENTS, 1),
}


@pytest.mark.parametrize("status", KINDS)
@pytest.mark.parametrize("form", BODIES)
@pytest.mark.parametrize("place", PLACES)
def test_refused(con: Connection, faulty: FaultyServer, status: int, form: str, place: str) -> None:
    """Which call, to which server, the status, its words, and what to do: wherever in the scan, in whatever form."""
    path, first = PLACES[place]
    faulty.fault(path, first=first, status=status, body=BODIES[form])
    kind, advice = KINDS[status]
    with pytest.raises(kind) as caught:
        rows(con)
    message = str(caught.value)
    assert f"{faulty.url} answered POST {path} with {status}" in message
    assert "what the server said" in message
    assert "<" not in message
    assert "Traceback" not in message
    assert "scan_" not in message
    assert "Hint: " in message
    if form != "html":
        assert advice in message
    assert caught.value.status == status


@pytest.mark.parametrize("form", BODIES)
@pytest.mark.parametrize("status", [401, 403])
def test_refused_at_once(con: Connection, faulty: FaultyServer, status: int, form: str) -> None:
    """A login that is wrong is told by the first call of all, and nothing else is sent."""
    faulty.fault(VERSION, status=status, body=BODIES[form])
    message = said(con, KINDS[status][0])
    assert f"GET /version with {status}" in message
    assert len(faulty.requests) == 1


@pytest.mark.parametrize("form", BODIES)
@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_a_server_that_does_not_tell_its_version(con: Connection, faulty: FaultyServer, status: int, form: str) -> None:
    """It is used all the same, with what is known of every server: the rows are the same."""
    faulty.fault(VERSION, status=status, body=BODIES[form])
    assert rows(con) == [(40,)]
    assert rows(con, "SELECT count(*) FROM runs WHERE status = 'FINISHED' AND start_time > '2026-01-01'") == [(20,)]


def test_retry_after(connect: Connect, faulty: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that asks to wait is waited for, as long as it asked, and every row comes once."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    faulty.fault(RUNS, first=3, times=1, status=429, body=BODIES["json"], headers={"Retry-After": "1"})
    started = time.monotonic()
    found = rows(connect(faulty.url), "SELECT run_id FROM runs")
    assert time.monotonic() - started >= 1.0
    assert len(found) == len(set(found)) == 40


def test_retries_end(connect: Connect, faulty: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """When they are used up, the error says how often it was tried."""
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    faulty.fault(RUNS, first=2, status=503, body="busy")
    assert "after 3 attempts: busy" in said(connect(faulty.url), errors.ServerFailure)


def test_the_next_statement_starts_afresh(con: Connection, faulty: FaultyServer) -> None:
    """A connection survives its server's faults."""
    faulty.fault(RUNS, first=2, times=1, status=500, body=json.dumps({}))
    said(con, errors.ServerFailure)
    assert rows(con) == [(40,)]
