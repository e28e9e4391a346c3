"""A tiny server over real sockets, for what a mock cannot show: cut-off bodies, slow answers, interrupts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


@dataclass
class Wire:
    """``steps[i]`` answers request i, the last one all that follow; ``seen`` holds what was asked."""

    port: int = 0
    steps: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)  # set at the end of the test

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def reply(
    handler: BaseHTTPRequestHandler, body: bytes = b"{}", status: int = 200, length: int | None = None, **headers: str
) -> None:
    """Answer; ``length`` is announced in place of the true one."""
    handler.send_response(status)
    handler.send_header("Content-Length", str(len(body) if length is None else length))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)
    handler.wfile.flush()


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with lock:
                wire.seen.append((self.command, self.path, dict(self.headers), body))
                step = wire.steps[min(len(wire.seen), len(wire.steps)) - 1]
            step(self)

        do_GET = do_POST = do_PATCH = do_DELETE = answer

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            pass  # a client that hangs up is what some tests are about

    server = Server(("127.0.0.1", 0), Handler)
    wire.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield wire
    wire.over.set()
    server.shutdown()
    server.server_close()
