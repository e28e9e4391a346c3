"""Calls over a real socket: what is sent, what is an answer, what is tried again, how it ends."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from mlflow_sql import errors
from mlflow_sql.plan.nodes import Call
from mlflow_sql.rest.credentials import Bearer
from mlflow_sql.rest.server import Server
from mlflow_sql.rest.transport import Answer, Transport

from .conftest import Wire, reply

Step = Callable[[BaseHTTPRequestHandler], None]
GET = Call(
    "GET", "metrics/get-history", query={"run_id": ["a", "b"], "metric_key": "val acc/x", "all": True, "n": None}
)
SEARCH = Call("POST", "runs/search", body={"experiment_ids": ["1"], "filter": "x = 'ü'"})
CREATE = Call("POST", "runs/create", body={}, idempotent=False)


@pytest.fixture
def transport(wire: Wire) -> Iterator[Transport]:
    transport = Transport(quick(wire.root))
    yield transport
    transport.close()


def quick(root: str, **changes: object) -> Server:
    return Server(**{"root": root, "backoff_factor": 0.001, "backoff_jitter": 0.0, "timeout": 5.0, **changes})  # type: ignore[arg-type]


def answers(body: bytes = b"{}", status: int = 200, length: int | None = None, **headers: str) -> Step:
    return lambda handler: reply(handler, body, status, length, **headers)


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    reply(handler, b'{"runs": [', length=1000)
    hang_up(handler)


def cut_off_chunked(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b"5\r\n{}   \r\n")
    handler.wfile.flush()
    hang_up(handler)


def sent_in_thread(transport: Transport, call: Call) -> tuple[threading.Thread, list[object]]:
    """Send in a thread; the list gets the answer or the error."""
    result: list[object] = []

    def run() -> None:
        try:
            result.append(transport.send(call))
        except errors.Error as exc:
            result.append(exc)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, result


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_get(wire: Wire, transport: Transport) -> None:
    """A GET goes below the API's prefix, repeats the key of a list, leaves out None, and has no body."""
    wire.steps = [answers(b'{"metrics": []}')]
    answer = transport.send(GET)
    assert (answer.content, answer.status, answer.retries, answer.bytes) == (b'{"metrics": []}', 200, 0, 15)
    verb, path, headers, body = wire.seen[0]
    assert (verb, body) == ("GET", b"")
    assert path == "/api/2.0/mlflow/metrics/get-history?run_id=a&run_id=b&metric_key=val+acc%2Fx&all=true"
    assert "Content-Length" not in headers
    assert "Origin" not in headers
    assert headers["User-Agent"].startswith("mlflow-sql/")


def test_post(wire: Wire) -> None:
    """A POST carries JSON and the server's headers; a path with / begins at the root; on_call sees the answer."""
    wire.steps = [answers()]
    calls: list[tuple[Call, Answer]] = []
    server = quick(f"{wire.root}/prefix", headers={"X-MLFLOW-WORKSPACE": "team"})
    transport = Transport(server, on_call=lambda call, answer: calls.append((call, answer)))
    transport.send(SEARCH)
    transport.send(Call("DELETE", "/api/3.0/mlflow/x"))
    verb, path, headers, body = wire.seen[0]
    assert (verb, path) == ("POST", "/prefix/api/2.0/mlflow/runs/search")
    assert body.decode() == '{"experiment_ids":["1"],"filter":"x = \'ü\'"}'
    assert headers["Content-Type"] == "application/json"
    assert headers["X-MLFLOW-WORKSPACE"] == "team"
    assert wire.seen[1][:2] == ("DELETE", "/prefix/api/3.0/mlflow/x")
    assert wire.seen[1][3] == b"{}"
    assert [call.label for call, _ in calls] == ["POST runs/search", "DELETE /api/3.0/mlflow/x"]


def test_netrc_is_not_used(wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ~/.netrc entry for the host neither supplies credentials nor replaces ours."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login nobody password netrc-pw\n")
    monkeypatch.setenv("NETRC", str(netrc))
    wire.steps = [answers()]
    Transport(quick(wire.root)).send(GET)
    Transport(quick(wire.root, auth=Bearer("tok", "x"))).send(GET)
    assert [headers.get("Authorization") for _, _, headers, _ in wire.seen] == [None, "Bearer tok"]


def test_missing_is_empty(wire: Wire, transport: Transport) -> None:
    """Only where the call says so, and only for MLflow's own word, is a 404 an empty answer."""
    gone = b'{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no run x"}'
    call = Call("GET", "runs/get", missing_is_empty=True)
    wire.steps = [answers(gone, 404), answers(b"<html>", 404), answers(gone, 404)]
    answer = transport.send(call)
    assert (answer.content, answer.status) == (b"{}", 404)
    with pytest.raises(errors.NotFound):
        transport.send(call)
    with pytest.raises(errors.NotFound, match="no run x"):
        transport.send(Call("GET", "runs/get"))


def test_passing_faults_are_tried_again(wire: Wire, transport: Transport) -> None:
    """Busy answers and lost connections end in the answer, and the retries are counted."""
    wire.steps = [answers(b"busy", 503), hang_up, answers(b"", 429), answers(b'{"a": 1}')]
    answer = transport.send(SEARCH)
    assert (answer.content, answer.retries) == (b'{"a": 1}', 3)


def test_a_mistake_is_not_repeated(wire: Wire, transport: Transport) -> None:
    """400 at once; a 500 of MLflow's own code after one retry; a proxy's 502 after all of them."""
    body = b'{"error_code": "INTERNAL_ERROR", "message": "boom"}'
    for step, attempts in ((answers(body, 400), 1), (answers(body, 500), 2), (answers(b"<html>", 502), 8)):
        wire.steps, wire.seen[:] = [step], []
        with pytest.raises(errors.RefusedError):
            transport.send(SEARCH)
        assert len(wire.seen) == attempts


def test_a_create_is_never_sent_twice(wire: Wire, transport: Transport) -> None:
    """A write that is not idempotent is not repeated after 503, a lost connection or a cut-off answer."""
    for step, kind in (
        (answers(b"", 503), errors.ServerFailure),
        (hang_up, errors.Unreachable),
        (cut_off, errors.ResponseError),
    ):
        wire.steps, wire.seen[:] = [step], []
        with pytest.raises(kind, match=r"not known whether|probably carried out"):
            transport.send(CREATE)
        assert len(wire.seen) == 1
    wire.steps, wire.seen[:] = [answers(b"", 429), answers()], []
    assert transport.send(CREATE).retries == 1


@pytest.mark.parametrize("fault", [cut_off, cut_off_chunked])
def test_cut_off_answers(fault: Step, wire: Wire, transport: Transport) -> None:
    """Half an answer is noticed: asked for again, and an error if it stays so."""
    wire.steps = [fault, answers(b'{"runs": []}')]
    assert transport.send(SEARCH).content == b'{"runs": []}'
    wire.steps = [fault]
    with pytest.raises(errors.ResponseError, match="cut-off answer to POST runs/search after 8 attempts"):
        transport.send(SEARCH)


def test_retry_after(wire: Wire) -> None:
    """The server's Retry-After is waited for, unless the setting says not to."""
    wire.steps = [answers(b"", 429, Retry_After="1"), answers()]
    assert Transport(quick(wire.root)).send(SEARCH).seconds >= 1
    wire.seen.clear()
    assert Transport(quick(wire.root, respect_retry_after=False)).send(SEARCH).seconds < 0.5


def test_time_out(wire: Wire) -> None:
    """A server that does not answer is tried once more, and the error names the variable."""
    wire.steps = [lambda _: wire.over.wait(60) and None]
    with pytest.raises(errors.Unreachable, match=r"no answer within 0.2 s\n.*MLFLOW_HTTP_REQUEST_TIMEOUT"):
        Transport(quick(wire.root, timeout=0.2)).send(SEARCH)
    assert len(wire.seen) == 2


def test_wrong_port_is_said_at_once() -> None:
    """Nothing listens there: told within about a second, with the default patience."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(errors.Unreachable, match=f"127.0.0.1:{port} is out of reach.*refused\nHint: .*port"):
        Transport(Server(f"http://127.0.0.1:{port}")).send(GET)
    assert time.monotonic() - started < 30  # MLflow's own client takes minutes


def test_a_port_that_only_hangs_up_is_said_at_once(wire: Wire) -> None:
    """A port that speaks another protocol closes each connection: told within about a second too."""
    wire.steps = [hang_up]
    started = time.monotonic()
    with pytest.raises(errors.Unreachable, match=r"closed before an answer came\nHint: .*https"):
        Transport(Server(wire.root)).send(GET)
    assert time.monotonic() - started < 30  # MLflow's own client takes minutes


def test_unknown_host() -> None:
    """A name that does not resolve is told as that."""
    with pytest.raises(errors.Unreachable, match=r"'mlflow\.invalid' does not resolve"):
        Transport(Server("http://mlflow.invalid:5000", max_retries=0)).send(GET)


def test_https_on_an_http_port(wire: Wire) -> None:
    """A TLS handshake with a port that speaks http: once, with the advice to use http://."""
    wire.steps = [answers()]
    with pytest.raises(errors.Unreachable, match=r"TLS handshake failed.*\nHint: .*http://"):
        Transport(quick(wire.root.replace("http", "https"))).send(GET)


def test_login_page(wire: Wire, transport: Transport) -> None:
    """A web page with status 200 is not an answer; an artifact that is HTML is one."""
    page = b"<!DOCTYPE html><html><head><title>Sign in</title></head></html>"
    wire.steps = [
        answers(page, Content_Type="text/html"),
        answers(page, Content_Type="text/html", Content_Disposition="attachment; filename=report.html"),
    ]
    with pytest.raises(errors.ResponseError, match="web page: Sign in"):
        transport.send(SEARCH)
    assert transport.send(Call("GET", "/get-artifact")).content == page


def test_redirect_keeps_verb_and_body(wire: Wire, transport: Transport) -> None:
    """301 to the same server: the POST stays a POST, with its body."""
    wire.steps = [answers(b"", 301, Location="/elsewhere"), answers(b'{"a": 1}')]
    assert transport.send(SEARCH).content == b'{"a": 1}'
    assert wire.seen[1][:2] == ("POST", "/elsewhere")
    assert wire.seen[1][3] == wire.seen[0][3]


@pytest.mark.parametrize(
    ("changes", "status", "location", "words"),
    [
        ({"allow_redirects": False}, 301, "/new", "/new, and MLFLOW_ALLOW_HTTP_REDIRECTS is false"),
        ({}, 303, "/new", "asks for a GET"),
        ({}, 307, "https://u:pw@login.example/sign-in?state=x9", "https://login.example/sign-in, another server"),
        ({}, 301, "/api/2.0/mlflow/runs/search", "in a circle"),
    ],
)
def test_redirects_that_are_errors(
    changes: dict[str, object], status: int, location: str, words: str, wire: Wire
) -> None:
    """A redirect that is not followed is an error that says where it pointed, without the query."""
    wire.steps = [answers(b"", status, Location=location)]
    with pytest.raises(errors.ResponseError, match=words) as caught:
        Transport(quick(wire.root, **changes)).send(SEARCH)
    assert "x9" not in str(caught.value)
    assert "pw@" not in str(caught.value)


def test_interrupt_ends_the_wait_between_attempts(wire: Wire) -> None:
    """A send that sleeps before its next attempt ends at once, and works again after resume."""
    wire.steps = [answers(b"", 503), answers(b"", 503), answers()]
    transport = Transport(quick(wire.root, backoff_factor=60.0))
    thread, result = sent_in_thread(transport, SEARCH)
    wait_for(lambda: len(wire.seen) == 2)
    time.sleep(0.05)
    transport.interrupt()
    thread.join(30)
    assert [type(r) for r in result] == [errors.Interrupted]
    with pytest.raises(errors.Interrupted):
        transport.send(SEARCH)
    assert len(wire.seen) == 2
    transport.resume()
    assert transport.send(SEARCH).status == 200


def test_interrupt_ends_the_wait_for_an_answer(wire: Wire, transport: Transport) -> None:
    """A send that waits for a slow server ends at once, though the server goes on working."""
    wire.steps = [lambda _: wire.over.wait(60) and None]
    thread, result = sent_in_thread(transport, SEARCH)
    wait_for(lambda: wire.seen)
    time.sleep(0.05)
    transport.interrupt()
    transport.resume()  # even if the flag is gone before the thread looks at it
    thread.join(30)
    assert [type(r) for r in result] == [errors.Interrupted]


@pytest.mark.parametrize("length", [10_000_000, None])
def test_interrupt_stops_a_download(length: int | None, wire: Wire, transport: Transport) -> None:
    """A running download stops, and what arrived so far is never taken for a whole answer."""

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header(*(("Content-Length", str(length)) if length else ("Connection", "close")))
        handler.end_headers()
        while not wire.over.wait(0.01):
            handler.wfile.write(b" " * 1000)
            handler.wfile.flush()

    wire.steps = [drip]
    thread, result = sent_in_thread(transport, SEARCH)
    wait_for(lambda: wire.seen)
    time.sleep(0.1)
    transport.interrupt()
    transport.resume()
    thread.join(30)
    assert [type(r) for r in result] == [errors.Interrupted]


def test_interrupt_lets_a_create_finish(wire: Wire, transport: Transport) -> None:
    """A write that is on its way gets its answer, so that it is known to be done; the next one is not begun."""
    go = threading.Event()

    def slow(handler: BaseHTTPRequestHandler) -> None:
        go.wait(60)
        reply(handler, b'{"run": {}}')

    wire.steps = [slow]
    thread, result = sent_in_thread(transport, CREATE)
    wait_for(lambda: wire.seen)
    time.sleep(0.05)
    transport.interrupt()
    time.sleep(0.05)
    go.set()
    thread.join(30)
    assert isinstance(result[0], Answer)
    with pytest.raises(errors.Interrupted):
        transport.send(CREATE)
    assert len(wire.seen) == 1


def test_many_threads(wire: Wire) -> None:
    """Sends from many threads do not mix up their answers."""
    wire.steps = [lambda handler: reply(handler, handler.path.rpartition("=")[2].encode())]
    transport = Transport(quick(wire.root), pool_size=4)
    wrong: list[tuple[int, bytes]] = []

    def ask(first: int) -> None:
        for n in range(first, first + 20):
            if (got := transport.send(Call("GET", "x", query={"n": n})).content) != str(n).encode():
                wrong.append((n, got))

    threads = [threading.Thread(target=ask, args=(i * 1000,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert wrong == []
    assert len(wire.seen) == 160


def test_closed(wire: Wire, transport: Transport) -> None:
    """After close nothing is sent."""
    wire.steps = [answers()]
    transport.send(GET)
    transport.close()
    with pytest.raises(errors.UsageError, match="closed"):
        transport.send(GET)
    assert len(wire.seen) == 1
