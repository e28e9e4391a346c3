"""Paging through a real tracking server whose runs come and go meanwhile."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow as pa
import pytest
import requests
import yaml

from mlflow_sql.catalog.model import Method
from mlflow_sql.plan.nodes import Call, Search
from mlflow_sql.rest.paging import merge, pages
from mlflow_sql.rest.prefetch import AHEAD
from mlflow_sql.rows.page import ItemKey, Page
from support.paging import RESOURCES, RUNS

EXPERIMENTS = msgspec.convert(yaml.safe_load((RESOURCES / "experiments.yaml").read_text())["methods"][2], Method)


class Client:
    def __init__(self, root: str) -> None:
        self.root = root
        self.local = threading.local()
        self.sent = 0

    def send(self, verb: str, path: str, body: Any) -> dict[str, Any]:
        if not hasattr(self.local, "session"):
            self.local.session = requests.Session()
        url = f"{self.root}/api/2.0/mlflow/{path}"
        answer = self.local.session.request(verb, url, json=body, timeout=30)
        answer.raise_for_status()
        return msgspec.json.decode(answer.content)

    def fetch(self, call: Call) -> Page:
        self.sent += 1
        for left in reversed(range(5)):
            try:
                answer = self.send(call.verb, call.path, call.body)
                break
            except requests.HTTPError as fault:
                # MLflow fails now and then where rows go while it reads them; our transport sends a read again too.
                if fault.response.status_code != 500 or not left:
                    raise
        runs = [(run["info"]["start_time"], run["info"]["run_id"]) for run in answer.get("runs", [])]
        experiments = [(each.get("creation_time"), each["experiment_id"]) for each in answer.get("experiments", [])]
        keys = [ItemKey(int(number or 0), tie) for number, tie in runs or experiments]
        batch = pa.record_batch({"tie": pa.array([key.tie for key in keys], pa.string())})
        return Page(batch, keys, None, answer.get("next_page_token"), len(keys))

    def create(self, start_time: int) -> str:
        body = {"experiment_id": "0", "start_time": start_time}
        return str(self.send("POST", "runs/create", body)["run"]["info"]["run_id"])


@pytest.fixture(scope="module")
def tracking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    home = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{home / 'store.db'}", "--artifacts-destination", str(home)]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=home, stdout=log, stderr=log, start_new_session=True)
    try:
        root = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 90
        while True:
            try:
                requests.get(f"{root}/health", timeout=2).raise_for_status()
                break
            except requests.RequestException:
                assert server.poll() is None, (home / "log").read_text()
                assert time.monotonic() < deadline, (home / "log").read_text()
                time.sleep(0.2)
        yield Client(root)
    finally:
        server.send_signal(signal.SIGTERM)  # it ends its workers itself
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()


class Churn:
    """Creates runs before, among and behind those being read, and deletes them again in bursts, with some others."""

    def __init__(self, client: Client, doomed: list[str], times: range) -> None:
        self._client, self._doomed, self._times = client, doomed, times
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.changes = 0
        self.fault: BaseException | None = None

    def _run(self) -> None:
        chance = random.Random(7)
        try:
            while not self._ended.is_set():
                born = []
                for _ in range(12):
                    # mostly at the ends, where a run shifts all that are read after it
                    times = chance.choice((self._times[:1], self._times[-1:], self._times))
                    born.append(self._client.create(chance.choice(times)))
                    self.changes += 1
                for run_id in [*born, *(self._doomed.pop() for _ in range(min(2, len(self._doomed))))]:
                    self._client.send("POST", "runs/delete", {"run_id": run_id})
                    self.changes += 1
        except BaseException as fault:
            self.fault = fault

    def __enter__(self) -> Churn:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(30)
        assert self.fault is None


@pytest.mark.server
def test_lasting_runs_come_once_while_others_come_and_go(tracking: Client) -> None:
    """60 runs with five start times, half of them deleted during the scans: the others come exactly once, in every
    way of paging, in both directions, and as a union."""
    seeded = [tracking.create(1_700_000_000_000 + n % 5) for n in range(60)]
    lasting = set(seeded[::2])
    search = Search(RUNS, {"experiment_ids": ["0"]}, view="active")

    def read(newest_first: bool, offset_tokens: bool) -> Any:
        found = Search(RUNS, search.values, view="active", newest_first=newest_first)
        return pages(found, tracking.fetch, size=7, offset_tokens=offset_tokens, keyset=True, stop=threading.Event())

    with Churn(tracking, seeded[1::2], range(1_699_999_999_998, 1_700_000_000_007)) as churn:
        for newest_first in (False, True) * 4:
            for offset_tokens in (True, False):
                before = churn.changes
                keys = [key for page in read(newest_first, offset_tokens) for key in page.keys]
                assert churn.changes > before
                assert len({key.tie for key in keys}) == len(keys)
                kept = [key for key in keys if key.tie in lasting]
                assert {key.tie for key in kept} == lasting
                sign = -1 if newest_first else 1
                assert kept == sorted(kept, key=lambda key: (sign * key.first, key.tie))
        union = [key.tie for page in merge([read(False, True), read(True, False)]) for key in page.keys]
        assert len(set(union)) == len(union)
        assert lasting <= set(union)


@pytest.mark.server
def test_experiments_are_paged_by_windows(tracking: Client) -> None:
    """The order of experiment ids is the server's own (2 before 10), which paging must not depend on."""
    created = {tracking.send("POST", "experiments/create", {"name": f"e{n}"})["experiment_id"] for n in range(23)}
    tracking.sent = 0
    found = pages(
        Search(EXPERIMENTS, view="active"),
        tracking.fetch,
        size=5,
        offset_tokens=True,
        keyset=True,
        stop=threading.Event(),
    )
    ties = [key.tie for page in found for key in page.keys]
    assert len(set(ties)) == len(ties)
    assert created <= set(ties)
    assert tracking.sent <= 6 + 4 * AHEAD  # those that were asked for before the end was known
