"""Messages that help: what failed, where, the server's words, what to do."""

from __future__ import annotations

import pytest

from mlflow_sql import errors
from mlflow_sql.rest import faults
from mlflow_sql.rest.credentials import Basic, Bearer
from mlflow_sql.rest.server import Server

SERVER = Server("http://ml.example:5000")
NOT_FOUND = b"<!doctype html><html lang=en><title>404 Not Found</title><h1>Not Found</h1><p>The requested URL</p>"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BadRequest),
        (401, errors.Unauthenticated),
        (403, errors.PermissionDenied),
        (404, errors.NotFound),
        (409, errors.BadRequest),
        (429, errors.RateLimited),
        (500, errors.ServerFailure),
        (503, errors.ServerFailure),
    ],
)
def test_class_by_status(status: int, kind: type[errors.RefusedError]) -> None:
    """Each status has its class, which carries status and call, and the message names server and call."""
    error = faults.refused(status, b"words", SERVER, "POST runs/search")
    assert type(error) is kind
    assert (error.status, error.call) == (status, "POST runs/search")
    assert f"http://ml.example:5000 answered POST runs/search with {status}: words" in str(error)


def test_mlflow_error_body() -> None:
    """MLflow's code and message are taken out of its JSON."""
    body = b'{"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid clause(s) in filter string"}'
    error = faults.refused(400, body, SERVER, "POST runs/search")
    assert error.code == "INVALID_PARAMETER_VALUE"
    assert "400 INVALID_PARAMETER_VALUE: Invalid clause(s) in filter string" in str(error)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (NOT_FOUND, "404 Not Found"),
        (b"\n<html><body><script>x()</script><h1>Bad  gateway</h1></body>", "Bad gateway"),
        (b'{"error": {"code": "UserError", "message": "no such workspace"}}', "no such workspace"),
        (b'{"error": "insufficient_scope"}', "insufficient_scope"),
        (b"plain\n\ttext\x00", "plain text"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", ""),
        (b"[1]", "[1]"),
    ],
)
def test_words(body: bytes, said: str) -> None:
    """JSON, web pages and plain text come down to one line."""
    assert faults.words(body) == said


def test_words_are_short() -> None:
    """A stack trace in an answer does not fill the screen."""
    assert len(faults.words(b"x" * 5000)) == 300
    assert len(faults.words(b"<html><body>" + b"y " * 5000)) == 300


@pytest.mark.parametrize(
    ("status", "body", "hint"),
    [
        (401, b"You are not authenticated.", "None were sent.*MLFLOW_TRACKING_USERNAME.*MLFLOW_TRACKING_TOKEN"),
        (403, b"Invalid Host header - possible DNS rebinding attack detected", "--allowed-hosts ml.example:5000"),
        (403, b"<html><title>Blocked</title>", "proxy"),
        (403, b"Permission denied", "permission"),
        (404, NOT_FOUND, "Is http://ml.example:5000 an MLflow server.*prefix"),
        (404, b'{"error_code":"ENDPOINT_NOT_FOUND","message":"x"}', "endpoint"),
        (407, b"", "HTTPS_PROXY"),
        (429, b"", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"),
        (500, b'{"error_code":"INTERNAL_ERROR","message":"x"}', "log"),
        (502, b"<html><head><title>502 Bad Gateway</title></head>", "proxy in front of MLflow"),
    ],
)
def test_hints(status: int, body: bytes, hint: str) -> None:
    """The usual reasons for a refusal come with what to do about them."""
    error = faults.refused(status, body, SERVER, "GET x")
    with pytest.raises(errors.RefusedError, match=f"(?s)\nHint: .*{hint}"):
        raise error


def test_a_missing_object_needs_no_hint() -> None:
    """RESOURCE_DOES_NOT_EXIST says it all."""
    body = b'{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No Experiment with id=7 exists"}'
    assert faults.refused(404, body, SERVER, "GET experiments/get").hint is None


def test_hint_of_401_tells_wrong_from_missing() -> None:
    """With credentials sent it says that they were not accepted; on Databricks it names Databricks' variables."""
    server = Server("https://h", flavour="databricks", auth=Bearer("tok", "x"))
    hint = faults.refused(401, b"", server, "GET x").hint
    assert hint is not None
    assert "Bearer credentials that were sent were not accepted" in hint
    assert "DATABRICKS_TOKEN" in hint


def test_a_write_of_unknown_fate_says_so() -> None:
    """MLflow can answer 503 after it has committed a create."""
    error = faults.refused(503, b"busy", SERVER, "POST runs/create", idempotent=False)
    assert "not known whether the server did it" in str(error)


def test_an_echoing_server_cannot_bring_secrets_into_messages() -> None:
    """A debugging proxy that prints the request does not make us print it."""
    server = Server("https://h", auth=Basic("u", "open-sesame"))
    body = b"got Authorization: Basic dTpvcGVuLXNlc2FtZQ== (u:open-sesame)"
    message = str(faults.refused(500, body, server, "GET x"))
    assert "dTpvcGVuLXNlc2FtZQ" not in message
    assert "open-sesame" not in message
    assert "got Authorization" in message
