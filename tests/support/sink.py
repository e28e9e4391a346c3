"""A server that takes whatever is logged, as fast as it can, and remembers how much it was.

    python sink.py      prints its address, serves until its input ends, then prints what it was sent

For loads that a real server would need minutes for.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Sink:
    """Listens on a free port of this machine until the end of the with block.

    calls: the sizes of the lists of each log-batch, in the order they came. seen: for each run the number of points and
    the sum of their steps. last: the last value of each tag or param, by run and key.
    """

    def __init__(self) -> None:
        self.calls: list[dict[str, int]] = []
        self.seen: dict[str, Counter[str]] = {}
        self.last: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def take(self, body: dict[str, Any]) -> None:
        """Remember what one log-batch holds."""
        points = body.get("metrics", [])
        with self._lock:
            self.calls.append({k: len(v) for k, v in body.items() if isinstance(v, list)})
            run = self.seen.setdefault(body["run_id"], Counter())
            run.update(points=len(points), steps=sum(p["step"] for p in points))
            for pair in [*body.get("tags", ()), *body.get("params", ())]:
                self.last[body["run_id"], pair["key"]] = pair["value"]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def _handler(sink: Sink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet: two cost 40 ms

        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.endswith("log-batch"):
                sink.take(json.loads(sent))
            body = b"3.17.2" if self.path == "/version" else b'{"store_type": "SqlStore"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        do_GET = do_POST = answer

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def main() -> None:
    """Serve until the input ends."""
    with Sink() as sink:
        print(sink.url, flush=True)
        sys.stdin.read()
        calls = len(sink.calls)
        print(json.dumps({"calls": calls, "points": sum(run["points"] for run in sink.seen.values())}), flush=True)


if __name__ == "__main__":
    main()
