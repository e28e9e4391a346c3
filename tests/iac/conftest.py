"""The command against a server that tests may change, with a proxy between them that sees every request."""

from __future__ import annotations

import http.client
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from mlflow_sql.cli.main import cli

if TYPE_CHECKING:
    from conftest import TrackingServer

READS = ("/search", "/get-history-bulk")


@dataclass
class Proxy:
    """Hands requests on, and notes them. refuse: answers 400 to the calls for which it is true."""

    target: str
    requests: list[tuple[str, str, bytes]] = field(default_factory=list)
    refuse: Callable[[str, bytes], bool] = lambda path, body: False
    url: str = ""

    @property
    def writes(self) -> list[str]:
        """The paths of the calls that were not reads, since the last time that this was asked."""
        found = [p for verb, p, _ in self.requests if verb != "GET" and not p.endswith(READS)]
        self.requests.clear()
        return found


@pytest.fixture(scope="session")
def _proxy(empty_server: TrackingServer) -> Iterator[Proxy]:
    proxy = Proxy(empty_server.url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            proxy.requests.append((self.command, urlsplit(self.path).path, body))
            if proxy.refuse(self.path, body):
                content = b'{"error_code": "INVALID_PARAMETER_VALUE", "message": "not today"}'
                self.answer(400, "application/json", content)
                return
            upstream = http.client.HTTPConnection(urlsplit(proxy.target).netloc, timeout=30)
            kept = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "accept-encoding")}
            upstream.request(self.command, self.path, body, kept)
            answer = upstream.getresponse()
            self.answer(answer.status, answer.headers.get("Content-Type", ""), answer.read())
            upstream.close()

        def answer(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = handle_one

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield proxy
    server.shutdown()
    server.server_close()


@pytest.fixture
def proxy(_proxy: Proxy) -> Iterator[Proxy]:
    """The proxy, with nothing seen and nothing refused."""
    _proxy.requests.clear()
    yield _proxy
    _proxy.refuse = lambda path, body: False


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


@dataclass
class Infra:
    """Runs the command in a folder of its own. name: a text that is in no other test's names."""

    folder: Path
    url: str
    name: str

    def write(self, sql: str, file: str = "infra.sql") -> str:
        """Write a file, ``NAME`` in it being this test's name; its path."""
        path = self.folder / file
        path.write_text(sql.replace("NAME", self.name), encoding="utf-8")
        return str(path)

    def run(self, *args: str, server: str | None = None, env: dict[str, str] | None = None) -> Ended:
        """Run the command with these arguments."""
        found = CliRunner().invoke(cli, ["--server", server or self.url, *args], env=env)
        if found.exception is not None and not isinstance(found.exception, SystemExit):
            raise found.exception
        return Ended(found.exit_code, found.stdout, found.stderr)

    def plan(self, sql: str, *args: str) -> Ended:
        """Plan a text."""
        return self.run("plan", self.write(sql), *args)

    def apply(self, sql: str, *args: str) -> Ended:
        """Apply a text without being asked; it must succeed."""
        ended = self.run("apply", self.write(sql), "--yes", *args)
        assert ended.status == 0, ended.err
        return ended


@pytest.fixture
def infra(tmp_path: Path, proxy: Proxy) -> Infra:
    """The command, against the server behind the proxy."""
    return Infra(tmp_path, proxy.url, f"t{uuid.uuid4().hex[:8]}")
