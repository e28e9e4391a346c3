"""A proxy in front of a real tracking server: it counts the calls, and loses or refuses those that a test names."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import urlsplit

_READS = ("runs/search", "experiments/search")


@dataclass(frozen=True)
class Asked:
    """One request: verb, path below the API's prefix, body."""

    verb: str
    path: str
    body: dict[str, Any]

    @property
    def writes(self) -> bool:
        """Whether it is there to change something."""
        return self.verb != "GET" and self.path not in _READS


@dataclass
class Trouble:
    """What happens to a call, from the ``first`` one that matches on, ``times`` times.

    cut: the connection is cut before the server sees the request, after it has answered but before the answer is
    handed on, or in the middle of handing it on. status: what is answered instead, when ``forward`` after the server
    has done what was asked, else without asking it.
    """

    path: str
    first: int = 1
    times: int = 1
    cut: Literal["before", "after", "during"] | None = None
    status: int | None = None
    forward: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    when: Callable[[Asked], bool] = lambda asked: True
    wait: threading.Event | None = None
    seen: int = 0

    def takes(self, asked: Asked) -> bool:
        """Whether this request meets the trouble; counts it."""
        if asked.path != self.path or not self.when(asked):
            return False
        self.seen += 1
        return self.first <= self.seen < self.first + self.times


class Proxy:
    """Listens on a free port of this machine, in threads of its own, until the end of the with block."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target)
        self.asked: list[Asked] = []
        self.troubles: list[Trouble] = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def writes(self) -> list[Asked]:
        """The requests that are there to change something, in the order they came."""
        with self._lock:
            return [a for a in self.asked if a.writes]

    def trouble(self, path: str, **what: Any) -> Trouble:
        """Make trouble from now on."""
        self.troubles.append(Trouble(path, **what))
        return self.troubles[-1]

    def forget(self) -> None:
        """Behave, and forget what was asked."""
        with self._lock:
            self.asked.clear()
            self.troubles.clear()

    def note(self, asked: Asked) -> Trouble | None:
        """Remember a request; its trouble, if any."""
        with self._lock:
            self.asked.append(asked)
            return next((t for t in self.troubles if t.takes(asked)), None)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *args: object) -> None:
        pass  # a client that hangs up is what some tests are about


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet: two cost 40 ms
        upstream: http.client.HTTPConnection | None = None

        def pass_on(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = urlsplit(self.path).path.partition("/mlflow/")[2] or self.path
            trouble = proxy.note(Asked(self.command, path, json.loads(sent) if sent else {}))
            if trouble is None:
                self.answer(*self.ask(sent))
                return
            if trouble.wait is not None:
                trouble.wait.wait(30)
            if trouble.status is not None:
                if trouble.forward:
                    self.ask(sent)
                said = json.dumps({"error_code": "TEMPORARILY_UNAVAILABLE", "message": "made up"}).encode()
                self.answer(trouble.status, said, trouble.headers)
            elif trouble.cut == "before":
                self.hang_up()
            elif trouble.cut is None:
                self.answer(*self.ask(sent))
            else:
                status, body, headers = self.ask(sent)
                if trouble.cut == "during":
                    self.answer(status, body[: len(body) // 2], headers, len(body))
                self.hang_up()

        do_GET = do_POST = do_PATCH = do_DELETE = pass_on

        def ask(self, sent: bytes) -> tuple[int, bytes, dict[str, str]]:
            if self.upstream is None:
                self.upstream = http.client.HTTPConnection(proxy.target.hostname or "", proxy.target.port, timeout=60)
                self.upstream.connect()
                self.upstream.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            headers = {"Content-Type": "application/json"} if sent else {}
            self.upstream.request(self.command, self.path, sent or None, headers)
            with self.upstream.getresponse() as answer:
                kind = answer.headers.get("Content-Type", "application/json")
                return answer.status, answer.read(), {"Content-Type": kind}

        def answer(self, status: int, body: bytes, headers: dict[str, str], length: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def finish(self) -> None:
            if self.upstream is not None:
                self.upstream.close()
            super().finish()

        def hang_up(self) -> None:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    return Handler
