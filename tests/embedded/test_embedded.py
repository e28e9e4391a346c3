"""The local server: what it accepts, that it serves, and that nothing of it is left behind."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from mlflow_sql.embedded import EmbeddedServer
from mlflow_sql.errors import Unreachable, UsageError

pytestmark = pytest.mark.server


def experiments(url: str) -> list[str]:
    answer = requests.post(f"{url}/api/2.0/mlflow/experiments/search", json={"max_results": 10}, timeout=10)
    answer.raise_for_status()
    return sorted(found["name"] for found in answer.json()["experiments"])


def wait_until_silent(url: str, seconds: float) -> bool:
    """Whether nothing answers at ``url`` any more, looked at for at most ``seconds``."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            requests.get(f"{url}/health", timeout=2)
        except requests.ConnectionError:
            return True
        time.sleep(0.1)
    return False


def group_exists(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_missing_folder_becomes_a_store_that_outlives_its_server(tmp_path: Path) -> None:
    """The folder is made with its database; what one server stored the next one finds, artifacts included."""
    folder = tmp_path / "with space" / "store"
    with EmbeddedServer.start(str(folder)) as server:
        url = server.url
        created = requests.post(f"{url}/api/2.0/mlflow/experiments/create", json={"name": "kept"}, timeout=10)
        created.raise_for_status()
        put = requests.put(f"{url}/api/2.0/mlflow-artifacts/artifacts/1/a.txt", data=b"hello", timeout=10)
        put.raise_for_status()
    assert (folder / "mlflow.db").is_file()
    assert (folder / "artifacts" / "1" / "a.txt").read_bytes() == b"hello"
    assert wait_until_silent(url, 15)
    with EmbeddedServer.start(f"sqlite:///{folder / 'mlflow.db'}") as again:
        assert experiments(again.url) == ["Default", "kept"]


def test_closing_ends_every_process_and_may_be_repeated(tmp_path: Path) -> None:
    """No worker, watcher or shell outlives close(), with several workers too."""
    server = EmbeddedServer.start(str(tmp_path), workers=2)
    group = server._process.pid
    server.close()
    server.close()
    assert "closed" in repr(server)
    deadline = time.monotonic() + 15  # killed processes still have to be collected by init
    while group_exists(group):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_server_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    """Even a kill that cannot be caught leaves no server behind."""
    program = (
        "import sys, time; from mlflow_sql.embedded import EmbeddedServer\n"
        f"print(EmbeddedServer.start({str(tmp_path)!r}).url, flush=True); time.sleep(60)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment) as owner:
        assert owner.stdout is not None
        url = owner.stdout.readline().strip()
        assert requests.get(f"{url}/health", timeout=5).ok
        owner.send_signal(signal.SIGKILL)
    assert wait_until_silent(url, 30)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="reads another process's environment")
def test_the_server_sees_no_credentials_of_other_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MLFLOW_* settings of the caller, credentials above all, do not reach the local server."""
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "s3cret")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere.invalid")
    with EmbeddedServer.start(str(tmp_path)) as server:
        seen = Path(f"/proc/{server._process.pid}/environ").read_bytes()
    assert b"s3cret" not in seen
    assert b"elsewhere" not in seen
    assert b"DO_NOT_TRACK=true" in seen


def test_a_server_that_stops_says_why_at_once(tmp_path: Path) -> None:
    """A file that is no database: the error comes when the process ends, with what it said."""
    (tmp_path / "broken.db").write_bytes(b"this is not a database" * 100)
    began = time.monotonic()
    with pytest.raises(Unreachable, match=r"(?s)stopped while starting.*file is not a database"):
        EmbeddedServer.start(f"sqlite:///{tmp_path / 'broken.db'}")
    assert time.monotonic() - began < 45


def test_a_server_that_stays_silent_is_ended(tmp_path: Path) -> None:
    """When the time is up the error says so, and the process is gone."""
    with pytest.raises(Unreachable, match="did not answer in time"):
        EmbeddedServer.start(str(tmp_path), timeout=0.2)


@pytest.mark.parametrize("name", ["mlruns", "."])
def test_a_file_store_is_refused_with_the_way_out(tmp_path: Path, name: str) -> None:
    """An old file store, given itself or as the folder that holds mlruns, is refused with how to convert it."""
    store = tmp_path / "mlruns"
    (store / "0").mkdir(parents=True)
    (store / "0" / "meta.yaml").write_text("experiment_id: '0'\n")
    given = tmp_path if name == "." else store
    with pytest.raises(UsageError, match=r"mlflow migrate-filestore --source \S*mlruns --target sqlite:///"):
        EmbeddedServer.start(str(given))
    assert not (given / "mlflow.db").exists()


def test_a_sqlite_path_in_no_folder_is_refused(tmp_path: Path) -> None:
    """A mistyped folder must not become an empty database."""
    with pytest.raises(UsageError, match="no folder"):
        EmbeddedServer.start(f"sqlite:///{tmp_path}/typo/mlflow.db")


@pytest.mark.parametrize("store", ["sqlite://", "sqlite:///:memory:"])
def test_a_store_in_memory_is_refused(store: str) -> None:
    """A server's processes cannot share a database in memory."""
    with pytest.raises(UsageError, match="does not name a file"):
        EmbeddedServer.start(store)


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    """A database given as a folder is answered with how to write it."""
    (tmp_path / "my.db").touch()
    with pytest.raises(UsageError, match=r"write sqlite:///\S*my\.db"):
        EmbeddedServer.start(str(tmp_path / "my.db"))


def test_other_databases_are_refused_without_their_password() -> None:
    """The message names the scheme and what to do, not the URI."""
    with pytest.raises(UsageError, match="not over postgresql:") as caught:
        EmbeddedServer.start("postgresql://me:s3cret@db/mlflow")
    assert "s3cret" not in str(caught.value)


def test_without_mlflow_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """mlflow is an extra: its absence is answered with the command that adds it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"pip install 'mlflow-sql\[embedded\]'"):
        EmbeddedServer.start(str(tmp_path))
