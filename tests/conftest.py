"""Fixtures that every test may use: one real tracking server full of runs, and one that tests may change.

Each is started once a session (a worker of pytest-xdist starts its own), on first use, and takes about five seconds.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from support.seed import Seeded

# The developer's own servers and credentials must not reach a test, nor a test them.
for _name in [name for name in os.environ if name.startswith(("MLFLOW_", "DATABRICKS_"))]:
    del os.environ[_name]
# A job in the background of a script is started with Ctrl-C ignored, and hands that on to every program it starts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ["XDG_CONFIG_HOME"] = os.devnull
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"

# A statement may take several requests, so no deadline.
settings.register_profile(
    "default", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.register_profile("soak", settings.get_profile("default"), max_examples=2000)
settings.load_profile("default")


@dataclass(frozen=True)
class TrackingServer:
    """A running server: its tracking URL, its database, and what was seeded there (None: nothing)."""

    url: str
    db_path: Path
    seeded: Seeded | None = None


@pytest.hookimpl(tryfirst=True)  # before -m looks at the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a server, and run it last: a fault in the quick tests shows at once."""
    for item in items:
        if "real_mlflow" in getattr(item, "fixturenames", ()):
            item.add_marker("server")
    items.sort(key=lambda item: item.get_closest_marker("server") is not None)


@pytest.fixture(scope="session")
def real_mlflow() -> None:
    """Asked for, through the fixtures below, by every test that needs a real server: sets its marker and place."""
    pytest.importorskip("mlflow", reason="a real server needs the extra: pip install -e '.[embedded]'")


@pytest.fixture(scope="session")
def server(real_mlflow: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackingServer]:
    """A server with about 3000 runs in eight experiments, and one deleted experiment. Do not change it."""
    from mlflow_sql.embedded import EmbeddedServer
    from support.seed import seed

    folder = tmp_path_factory.mktemp("server")
    with EmbeddedServer.start(str(folder)) as running:
        yield TrackingServer(running.url, folder / "mlflow.db", seed(folder / "mlflow.db"))


@pytest.fixture(scope="session")
def empty_server(real_mlflow: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackingServer]:
    """A server with nothing but the Default experiment at first; tests change it, so make names of your own."""
    from mlflow_sql.embedded import EmbeddedServer

    folder = tmp_path_factory.mktemp("empty_server")
    with EmbeddedServer.start(str(folder)) as running:
        yield TrackingServer(running.url, folder / "mlflow.db")


@pytest.fixture(scope="session")
def client(server: TrackingServer) -> MlflowClient:
    """MLflow's own client of `server`, to compare with."""
    return _client(server)


@pytest.fixture(scope="session")
def empty_client(empty_server: TrackingServer) -> MlflowClient:
    """MLflow's own client of `empty_server`."""
    return _client(empty_server)


def _client(server: TrackingServer) -> MlflowClient:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=server.url, registry_uri=server.url)
