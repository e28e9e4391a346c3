"""No credential in anything that a person, a log or a crash report may see."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Callable

import pytest

from mlflow_sql import Connection, errors
from support.faulty import EXPERIMENTS, RUNS, VERSION, FaultyServer, mlflow_says

Connect = Callable[..., Connection]
SECRET = "Xyzzy-1234"
ENCODED = base64.b64encode(f"user:{SECRET}".encode()).decode()
ECHO = f"you sent {SECRET}"

LOGINS: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "token": ("http://", {"token": SECRET}, {}),
    "password": ("http://", {"username": "user", "password": SECRET}, {}),
    "address": (f"http://user:{SECRET}@", {}, {}),
    "variable": ("http://", {}, {"MLFLOW_TRACKING_TOKEN": SECRET}),
    "variables": ("http://", {}, {"MLFLOW_TRACKING_USERNAME": "user", "MLFLOW_TRACKING_PASSWORD": SECRET}),
}


@pytest.fixture(params=LOGINS)
def login(
    request: pytest.FixtureRequest, connect: Connect, faulty: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> Connection:
    """A connection with credentials, given in one of the possible ways."""
    scheme, options, variables = LOGINS[request.param]
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return connect(faulty.url.replace("http://", scheme), **options)


def assert_clean(shown: str) -> None:
    assert SECRET not in shown
    assert ENCODED not in shown


def read(con: Connection, statement: str) -> list[tuple[object, ...]]:
    relation = con.sql(statement)
    assert relation is not None
    found: list[tuple[object, ...]] = relation.fetchall()
    return found


def test_what_is_sent(login: Connection, faulty: FaultyServer) -> None:
    """They do reach the server, with every call, and only as a header."""
    read(login, "SELECT count(*) FROM runs")
    for request in faulty.requests:
        sent = request.headers["Authorization"]
        assert sent in (f"Bearer {SECRET}", f"Basic {ENCODED}")
        assert_clean(request.path + str(request.said))


def test_what_is_shown(login: Connection, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """Not in a repr, a plan, what a scan cost, a SHOW or DESCRIBE, nor any log at the level DEBUG."""
    caplog.set_level(logging.DEBUG)
    shown = [repr(login), login.explain("SELECT * FROM runs"), repr(login.plan("SELECT * FROM runs"))]
    for statement in ("EXPLAIN FROM runs", "EXPLAIN ANALYZE FROM runs", "EXPLAIN (FORMAT json) FROM runs",
                      "SHOW TABLES", "DESCRIBE EXTENDED runs", "FROM duckdb_settings()"):  # fmt: skip
        shown.append(str(read(login, statement)))
    shown += [repr(login.transport), repr(login.facts), login.server, repr(vars(login.transport)), repr(login)]
    shown.append(repr(login.sql("SELECT * FROM runs")))
    assert_clean("".join(shown))
    assert_clean(caplog.text + "".join(str(record.__dict__) for record in caplog.records))
    assert_clean("".join(capfd.readouterr()))


FAULTS: dict[str, tuple[str, dict[str, object]]] = {
    "login": (VERSION, {"status": 401, "body": ECHO}),
    "page": (RUNS, {"status": 403, "body": f"<html><title>{ECHO}</title></html>"}),
    "crash": (RUNS, {"status": 500, "body": mlflow_says("INTERNAL_ERROR", ECHO)}),
    "feed": (EXPERIMENTS, {"status": 400, "body": mlflow_says("INVALID_PARAMETER_VALUE", ECHO)}),
    "web page": (RUNS, {"body": f"<!doctype html><title>{ECHO}</title>"}),
    "cut off": (RUNS, {"length": 10_000, "hang_up": True}),
    "shape": (RUNS, {"body": '{"runs": 1}'}),
    "redirect": (RUNS, {"status": 302, "body": "", "headers": {"Location": f"http://user:{SECRET}@other/?t={SECRET}"}}),
    "disguise": (RUNS, {"body": mlflow_says("INTERNAL_ERROR", ECHO)}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_errors(
    login: Connection,
    faulty: FaultyServer,
    fault: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Not even when the server echoes them: not in the message, its repr, the traceback, nor the log."""
    caplog.set_level(logging.DEBUG)
    path, what = FAULTS[fault]
    faulty.fault(path, **what)
    with pytest.raises(errors.ServerError) as caught:
        read(login, "SELECT count(*) FROM runs")
    error = caught.value
    assert_clean(str(error) + repr(error) + repr(error.args) + str(error.__dict__))
    assert_clean("".join(traceback.format_exception(error)))
    assert_clean(caplog.text)
    assert_clean("".join(capfd.readouterr()))


def test_a_refused_filter(login: Connection, faulty: FaultyServer) -> None:
    """The server's words are kept for EXPLAIN ANALYZE: without the credentials that it echoed."""
    faulty.fault(RUNS, times=1, status=400, body=mlflow_says("INVALID_PARAMETER_VALUE", ECHO))
    plan = str(read(login, "EXPLAIN ANALYZE FROM runs WHERE status = 'FAILED'"))
    assert "you sent" in plan
    assert_clean(plan)


def test_unreachable(connect: Connect) -> None:
    """Nor when there is no server at all."""
    with pytest.raises(errors.Unreachable) as caught:
        read(connect(f"http://user:{SECRET}@no-such-host.invalid:5000"), "SELECT count(*) FROM runs")
    assert_clean("".join(traceback.format_exception(caught.value)) + repr(caught.value))
