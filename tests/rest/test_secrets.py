"""No secret in any repr, message or traceback, however the call fails."""

from __future__ import annotations

import base64
import dataclasses
import logging
import traceback
from pathlib import Path

import pytest
import requests
import responses

from mlflow_sql import errors
from mlflow_sql.plan.nodes import Call
from mlflow_sql.rest.auth import resolve
from mlflow_sql.rest.server import Server
from mlflow_sql.rest.transport import Transport

from .conftest import Wire, reply

PASSWORD, TOKEN, CLIENT_SECRET, IN_URL, FETCHED = "pw-Xyzzy1", "tok-Xyzzy2", "cs-Xyzzy3", "url-Xyzzy4", "ft-Xyzzy5"
HOST = "https://adb-1.2.azuredatabricks.net"
SECRETS = [
    *(PASSWORD, TOKEN, CLIENT_SECRET, IN_URL, FETCHED),
    *(base64.b64encode(f"user:{s}".encode()).decode() for s in (PASSWORD, CLIENT_SECRET, IN_URL)),
]
ECHO = " ".join(["echo", *SECRETS])
SERVERS = {
    "password": ("http://h", {"MLFLOW_TRACKING_USERNAME": "user", "MLFLOW_TRACKING_PASSWORD": PASSWORD}),
    "token": ("http://h", {"MLFLOW_TRACKING_TOKEN": TOKEN}),
    "url": (f"http://user:{IN_URL}@h", {}),
    "databricks": ("databricks", {"DATABRICKS_HOST": HOST, "DATABRICKS_TOKEN": TOKEN}),
    "m2m": (
        "databricks",
        {"DATABRICKS_HOST": HOST, "DATABRICKS_CLIENT_ID": "user", "DATABRICKS_CLIENT_SECRET": CLIENT_SECRET},
    ),
}
OWN = {"password": [0, 5], "token": [1], "url": [3, 7], "databricks": [1], "m2m": [2, 4, 6]}


def own_secrets(name: str) -> list[str]:
    return [SECRETS[i] for i in OWN[name]]


def everything_shown(exc: BaseException) -> str:
    return "".join([str(exc), repr(exc), *traceback.format_exception(exc)])


@pytest.fixture(params=SERVERS)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Server, list[str]]:
    uri, env = SERVERS[request.param]
    env = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0", **env}
    return resolve(uri, env, tmp_path), own_secrets(request.param)


def test_reprs(case: tuple[Server, list[str]]) -> None:
    """A server, its credentials and its transport can be printed and logged."""
    server, secrets = case
    shown = repr([server, server.auth, Transport(server), dataclasses.replace(server, timeout=1.0)])
    shown += f"{server} {server.auth} {server.root}"
    assert not [s for s in secrets if s in shown]


FAULTS: list[dict[str, object]] = [
    {"status": 401, "body": ECHO},
    {"status": 403, "body": f"<html><title>{ECHO}</title>"},
    {"status": 500, "json": {"error_code": "INTERNAL_ERROR", "message": ECHO}},
    {"status": 200, "body": f"<html><title>{ECHO}</title>", "content_type": "text/html"},
    {"status": 302, "headers": {"Location": f"https://user:{PASSWORD}@login/{TOKEN}?x={IN_URL}"}},
    {"body": requests.ConnectionError(ECHO)},
    {"body": requests.exceptions.SSLError(ECHO)},
    {"body": requests.exceptions.ProxyError(ECHO)},
    {"body": requests.exceptions.ReadTimeout(ECHO)},
    {"body": requests.exceptions.InvalidHeader(ECHO)},
    {"body": requests.exceptions.ChunkedEncodingError(ECHO)},
    {"body": OSError(5, "input/output error", ECHO)},
]


@responses.activate
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_errors(fault: dict[str, object], case: tuple[Server, list[str]], caplog: pytest.LogCaptureFixture) -> None:
    """However the server or requests fails, and whatever they echo, our error and its log hold no secret."""
    caplog.set_level(logging.DEBUG)
    server, secrets = case
    responses.post(f"{HOST}/oidc/v1/token", json={"access_token": FETCHED})
    responses.get(server.url("x"), **fault)  # type: ignore[arg-type]
    with pytest.raises(errors.ServerError) as caught:
        Transport(server).send(Call("GET", "x"))
    shown = everything_shown(caught.value) + caplog.text
    assert not [s for s in secrets if s in shown]


@responses.activate
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_errors_of_fetching_a_token(fault: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for the call that fetches an OAuth token."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    responses.post(f"{HOST}/oidc/v1/token", **fault)  # type: ignore[arg-type]
    server = resolve(*SERVERS["m2m"], tmp_path)
    with pytest.raises(errors.ServerError) as caught:
        Transport(server).send(Call("GET", "x"))
    known = [s for s in own_secrets("m2m") if s != FETCHED]  # this one we never got
    assert not [s for s in known if s in everything_shown(caught.value)]


def test_real_refused_connection(tmp_path: Path) -> None:
    """The query string and the credentials of a call that never got through are not shown."""
    server = resolve(f"http://user:{IN_URL}@127.0.0.1:9", {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"}, tmp_path)
    with pytest.raises(errors.Unreachable) as caught:
        Transport(server).send(Call("GET", "x", query={"secret": TOKEN}))
    shown = everything_shown(caught.value)
    assert IN_URL not in shown
    assert TOKEN not in shown


@pytest.mark.parametrize(
    ("uri", "env"),
    [
        (f"ftp://user:{IN_URL}@host/x", {}),
        (f"http://user:{IN_URL}@host:port", {}),
        (f"http://user:{IN_URL}@host/?token={TOKEN}", {}),
        (f"user:{IN_URL}@host:5000", {}),
        ("http://h", {"MLFLOW_TRACKING_TOKEN": f"{TOKEN}\n{TOKEN}"}),
        ("http://h", {"MLFLOW_TRACKING_TOKEN": f"{TOKEN}…"}),
        ("databricks", {"DATABRICKS_HOST": f"https://user:{PASSWORD}@host", "DATABRICKS_TOKEN": TOKEN}),
        ("databricks", {"DATABRICKS_TOKEN": TOKEN}),
        ("databricks", {**SERVERS["m2m"][1], "DATABRICKS_TOKEN": TOKEN}),
    ],
)
def test_usage_errors(uri: str, env: dict[str, str], tmp_path: Path) -> None:
    """An address or variable that cannot be used is described, not quoted."""
    with pytest.raises(errors.UsageError) as caught:
        resolve(uri, env, tmp_path)
    shown = everything_shown(caught.value)
    assert not [s for s in SECRETS if s in shown]


@pytest.mark.parametrize("name", [".mlflow/credentials", ".databrickscfg"])
def test_faulty_files(name: str, tmp_path: Path) -> None:
    """configparser quotes the faulty line, which is likely the one with the secret; we do not."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"token {PASSWORD}\n")
    with pytest.raises(errors.UsageError, match="line 1") as caught:
        resolve("http://h" if "mlflow" in name else "databricks", {}, tmp_path)
    assert PASSWORD not in everything_shown(caught.value)


def test_credentials_stay_on_the_server(wire: Wire, tmp_path: Path) -> None:
    """A redirect to another port or host is not followed, so nobody else sees the credentials."""
    wire.steps = [lambda handler: reply(handler, b"", 307, Location="http://127.0.0.1:9/steal")]
    with pytest.raises(errors.ResponseError, match="another server"):
        Transport(resolve(wire.root, {"MLFLOW_TRACKING_TOKEN": TOKEN}, tmp_path)).send(Call("GET", "x"))
    assert wire.seen[0][2]["Authorization"] == f"Bearer {TOKEN}"
