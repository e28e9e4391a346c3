"""A small MLflow server over real sockets that misbehaves on demand, and counts what it is asked.

It knows experiments 1 and 2, runs and their metric histories, enough of the filter grammar to page by, and answers a
filter that it does not know with 400, as MLflow does. A ``Fault`` takes the place of the right answer.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

FIRST_START = 1_767_225_600_000  # 2026-01-01T00:00:00Z, in ms
RUNS = "runs/search"
EXPERIMENTS = "experiments/search"
VERSION = "/version"
BULK = "get-history-bulk"
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


@dataclass(frozen=True)
class Request:
    """What was asked: verb, path with the query, body (or the query of a GET) and headers."""

    verb: str
    path: str
    said: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Fault:
    """What is answered in place of the right answer, from the ``first`` request on a path on, ``times`` times.

    body: text as it is sent; None: the right answer's. change: makes another answer of the right one.
    length: the Content-Length, in place of the true one. hang_up: close the connection after the body.
    """

    path: str
    first: int = 1
    times: int = 1_000_000
    status: int = 200
    body: str | bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    change: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    length: int | None = None
    hang_up: bool = False
    delay: float = 0.0
    when: Callable[[Request], bool] = lambda request: True
    seen: int = 0

    def takes(self, request: Request) -> bool:
        """Whether this request is the fault's; counts it."""
        if self.path not in request.path or not self.when(request):
            return False
        self.seen += 1
        return self.first <= self.seen < self.first + self.times


def mlflow_says(code: str, message: str) -> str:
    """MLflow's error body."""
    return json.dumps({"error_code": code, "message": message})


def run(number: int, experiment: str = "1", **metrics: Any) -> dict[str, Any]:
    """A run as MLflow sends it; run n began n minutes after FIRST_START."""
    return {
        "info": {
            "run_id": f"run{number:04}",
            "experiment_id": experiment,
            "status": "FINISHED" if number % 2 else "FAILED",
            "start_time": FIRST_START + number * 60_000,
            "end_time": FIRST_START + number * 60_000 + 1000,
            "artifact_uri": f"s3://bucket/{number}",
            "lifecycle_stage": "active",
        },
        "data": {
            "metrics": [{"key": k, "value": v} for k, v in {"loss": number / 100, **metrics}.items()],
            "params": [{"key": "lr", "value": f"0.{number}"}],
            "tags": [{"key": "mlflow.runName", "value": f"name {number}"}],
        },
    }


class FaultyServer:
    """Listens on a free port of this machine from ``start`` to ``stop``; also a context manager.

    delay: seconds before every answer to a search for runs. refuse_filters: 400 on any filter.
    """

    def __init__(self, runs: Iterable[dict[str, Any]] | int = 40) -> None:
        self.runs = [run(n, "1" if n % 4 else "2") for n in range(runs)] if isinstance(runs, int) else list(runs)
        self.points = 5  # of each metric's history
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self.delay = 0.0
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def fault(self, path: str, **what: Any) -> Fault:
        """Misbehave from now on; see Fault."""
        fault = Fault(path, **what)
        self.faults.append(fault)
        return fault

    def asked(self, path: str) -> list[Request]:
        """The requests whose path holds this text."""
        with self._lock:
            return [r for r in self.requests if path in r.path]

    def heal(self) -> None:
        """Behave, and forget what was asked."""
        with self._lock:
            self.faults.clear()
            self.requests.clear()
            self.delay = 0.0

    def start(self) -> Self:
        """Listen, in threads of its own."""
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening and end all waiting."""
        assert self._server is not None
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def take(self, request: Request) -> Fault | None:
        """Note a request; its fault, if any."""
        with self._lock:
            self.requests.append(request)
            return next((f for f in self.faults if f.takes(request)), None)

    def answer(self, request: Request) -> tuple[int, str | dict[str, Any]]:
        """Status and body of the right answer."""
        path = urlsplit(request.path).path
        said = request.said
        if path.endswith("/version"):
            return 200, "3.17.2"
        if path.endswith("server-info"):
            return 200, {"store_type": "SqlStore"}
        if path.endswith(EXPERIMENTS):
            return self._search("experiments", [_experiment("1"), _experiment("2")], said)
        if path.endswith(RUNS):
            wanted = said.get("experiment_ids", [])
            return self._search("runs", [r for r in self.runs if r["info"]["experiment_id"] in wanted], said)
        if path.endswith("runs/get"):
            found = [r for r in self.runs if r["info"]["run_id"] == said.get("run_id")]
            return (200, {"run": found[0]}) if found else (404, json.loads(mlflow_says("RESOURCE_DOES_NOT_EXIST", "-")))
        if "get-history" in path:
            ids = said["run_id"] if isinstance(said["run_id"], list) else [said["run_id"]]
            return 200, {"metrics": [self._point(i, said["metric_key"], s) for i in ids for s in range(self.points)]}
        return 404, "<html><title>404 Not Found</title></html>"

    def _point(self, run_id: str, key: str, step: int) -> dict[str, Any]:
        return {"run_id": run_id, "key": key, "value": step / 2, "timestamp": FIRST_START + step, "step": step}

    def _search(self, what: str, items: list[dict[str, Any]], said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        try:
            found = [item for item in items if _matches(item, said.get("filter") or "")]
        except ValueError as fault:
            return 400, json.loads(mlflow_says("INVALID_PARAMETER_VALUE", f"Invalid filter: {fault}"))
        order = said.get("order_by") or ["start_time DESC"]
        found.sort(key=_started, reverse="DESC" in order[0])
        try:
            offset = json.loads(base64.b64decode(said["page_token"]))["offset"] if said.get("page_token") else 0
        except ValueError:
            return 400, json.loads(mlflow_says("INVALID_PARAMETER_VALUE", "Invalid page token"))
        end = offset + int(said.get("max_results", 1000))
        answer: dict[str, Any] = {what: found[offset:end]} if found[offset:end] else {}
        if end < len(found):
            answer["next_page_token"] = base64.b64encode(json.dumps({"offset": end}).encode()).decode()
        return 200, answer


def _experiment(number: str) -> dict[str, Any]:
    return {
        "experiment_id": number,
        "name": f"experiment {number}",
        "lifecycle_stage": "active",
        "creation_time": FIRST_START + int(number),
        "last_update_time": FIRST_START + int(number),
    }


def _started(item: dict[str, Any]) -> int:
    return int(item["info"]["start_time"] if "info" in item else item["creation_time"])


def _matches(item: dict[str, Any], text: str) -> bool:
    return all(_clause(item, clause) for clause in text.split(" AND ")) if text else True


def _clause(item: dict[str, Any], clause: str) -> bool:
    found = re.fullmatch(r"(?:attributes\.)?(\w+) (=|!=|>=|<=|>|<) (.+)", clause)
    known = item.get("info", item)
    if found is None or found[1] not in known:
        raise ValueError(clause)
    value = known[found[1]]
    literal = found[3][1:-1] if isinstance(value, str) else int(found[3])
    return _COMPARE[found[2]](value, literal)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *args: object) -> None:
        pass  # a client that hangs up is what some tests are about


def _handler(server: FaultyServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # headers and body in one packet: two cost 40 ms

        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            many = parse_qs(urlsplit(self.path).query)
            query = {k: v if "bulk" in self.path and k == "run_id" else v[0] for k, v in many.items()}
            request = Request(self.command, self.path, json.loads(sent) if sent else query, dict(self.headers))
            fault = server.take(request)
            wait = (server.delay if RUNS in self.path else 0.0) + (fault.delay if fault else 0.0)
            if wait and server.over.wait(wait):
                return
            status, right = server.answer(request)
            if fault is None:
                self.reply(status, _bytes(right), {})
                return
            if fault.change is not None and isinstance(right, dict):
                right = fault.change(right)
            body = _bytes(right) if fault.body is None else _bytes(fault.body)
            self.reply(fault.status, body, fault.headers, fault.length)
            if fault.hang_up:
                self.close_connection = True

        do_GET = do_POST = answer

        def reply(self, status: int, body: bytes, headers: dict[str, str], length: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def _bytes(body: str | bytes | dict[str, Any]) -> bytes:
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode("utf-8", "surrogatepass")


def until(true: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Wait until something is so; False when it is not after so many seconds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
