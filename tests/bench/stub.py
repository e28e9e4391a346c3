"""A tracking server that answers from memory as fast as sockets allow, so that what a client costs shows.

    python stub.py RECORDED --port 0 --workers 2 --copies 10      prints the address, serves until its input ends

It knows the calls that reading all runs needs: /version, server-info, experiments/search and runs/search with offset
tokens, either direction of the order by (start_time, run_id), and no filter. Its answers are, byte for byte, those of
the server that was recorded. copies: every run that many times, under other ids and later start times.
"""

from __future__ import annotations

import argparse
import base64
import json
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_BETWEEN = b",\n    {\n"  # two runs of an answer; a newline never stands inside of a JSON string


@dataclass
class Recorded:
    """What was recorded: small answers as they came, and the runs as text in the order (start_time, run_id)."""

    answers: dict[str, bytes]
    runs: list[tuple[bytes, str, int]]  # its text, id and start time (ms)


def record(ask: Callable[[str, dict[str, object] | None], bytes]) -> Recorded:
    """Record a server. ask: sends a path and a body (None: GET) and returns the answer."""
    listed = {"max_results": 1000, "view_type": "ALL"}
    answers = {
        "/version": ask("/version", None),
        "/api/3.0/mlflow/server-info": ask("/api/3.0/mlflow/server-info", None),
        "/api/2.0/mlflow/experiments/search": ask("/api/2.0/mlflow/experiments/search", listed),
    }
    ids = [e["experiment_id"] for e in json.loads(answers["/api/2.0/mlflow/experiments/search"])["experiments"]]
    runs: list[tuple[bytes, str, int]] = []
    token = None
    while True:
        order = ["attributes.start_time ASC", "attributes.run_id ASC"]
        body = {"experiment_ids": ids, "max_results": 1000, "order_by": order, "page_token": token}
        answer = ask("/api/2.0/mlflow/runs/search", {k: v for k, v in body.items() if v is not None})
        page = json.loads(answer)
        texts = _texts(answer)
        for text, run in zip(texts, page["runs"], strict=True):
            runs.append((text, run["info"]["run_id"], run["info"]["start_time"]))
        if _page(texts, page.get("next_page_token")) != answer:
            raise AssertionError("the server writes its answers in another way than the stub")
        if (token := page.get("next_page_token")) is None:
            return Recorded(answers, runs)


def _texts(answer: bytes) -> list[bytes]:
    inside = answer.partition(b'"runs": [\n    {\n')[2].rpartition(b"\n  ]")[0]
    return inside.split(_BETWEEN)


def _page(texts: list[bytes], token: str | None) -> bytes:
    end = b"\n  ]" + (f',\n  "next_page_token": "{token}"'.encode() if token else b"") + b"\n}"
    return b'{\n  "runs": [\n    {\n' + _BETWEEN.join(texts) + end if texts else b"{}"


class _Stub:
    def __init__(self, recorded: Recorded, copies: int) -> None:
        self._recorded = recorded
        self._total = len(recorded.runs) * copies
        starts = [start for _, _, start in recorded.runs]
        self._span = max(starts) - min(starts) + 1

    def answer(self, path: str, body: bytes) -> bytes | None:
        """The answer to a call, None for one that is not known."""
        path = path.partition("?")[0]
        if path != "/api/2.0/mlflow/runs/search":
            return self._recorded.answers.get(path)
        asked = json.loads(body)
        if asked.get("filter"):
            return None
        token = asked.get("page_token")
        offset = json.loads(base64.b64decode(token))["offset"] if token else 0
        end = min(offset + asked.get("max_results", 1000), self._total)
        ascending = (asked.get("order_by") or ["attributes.start_time DESC"])[0].endswith("ASC")
        places = range(offset, end) if ascending else range(self._total - 1 - offset, self._total - 1 - end, -1)
        later = base64.b64encode(json.dumps({"offset": end}).encode()).decode() if end < self._total else None
        return _page([self._text(place) for place in places], later)

    def _text(self, place: int) -> bytes:
        copy, number = divmod(place, len(self._recorded.runs))
        text, id, start = self._recorded.runs[number]
        if not copy:
            return text
        text = text.replace(id.encode(), f"{copy:04x}{id[4:]}".encode())
        return text.replace(b'"start_time": %d' % start, b'"start_time": %d' % (start + copy * self._span))

    def serve(self, listening: socket.socket) -> None:
        """Answer every connection in a thread of its own, for ever."""
        while True:
            connection, _ = listening.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as incoming, suppress(ConnectionError):  # the client may leave
            while (request := _request(incoming)) is not None:
                answer = self.answer(*request)
                status = "200 OK" if answer is not None else "501 Not Implemented"
                content = answer if answer is not None else f"not known here: {request}".encode()
                head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
                connection.sendall(head.encode())
                connection.sendall(content)


def _request(incoming: BinaryIO) -> tuple[str, bytes] | None:
    line = incoming.readline().split()
    if len(line) < 2:
        return None
    length = 0
    while (header := incoming.readline().strip()) != b"":
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return line[1].decode(), incoming.read(length)


def main() -> None:
    """Listen, start the workers on the same socket, and serve until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recorded", type=Path)
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--socket", type=int, help="a listening socket that is open already: this is a worker")
    options = parser.parse_args()
    if options.socket is not None:
        stub = _Stub(pickle.loads(options.recorded.read_bytes()), options.copies)
        threading.Thread(target=stub.serve, args=(socket.socket(fileno=options.socket),), daemon=True).start()
        print("ready", flush=True)
        sys.stdin.read()
        return
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        number = listening.fileno()
        worker = [sys.executable, __file__, str(options.recorded), "--copies", str(options.copies)]
        workers = [
            subprocess.Popen(
                [*worker, "--socket", str(number)],
                pass_fds=[number],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for _ in range(options.workers)
        ]
        for process in workers:
            if process.stdout is None or process.stdout.readline() != b"ready\n":
                sys.exit("a worker did not start")
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        sys.stdin.read()
        for process in workers:
            process.communicate()  # ends its input


if __name__ == "__main__":
    main()
