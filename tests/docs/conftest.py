"""The demo's data on a server of its own, and the switch that accepts new output."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlflow_sql.embedded import EmbeddedServer

ROOT = Path(__file__).resolve().parents[2]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Without a path on the command line pytest reads this file too late to know the option: name tests/docs."""
    parser.addoption(
        "--update-docs", action="store_true", help="rewrite what the documents show with what their examples print now"
    )


@pytest.fixture(scope="session")
def demo_url(real_mlflow: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server with the demo's runs, trained once a session; takes about ten seconds."""
    with EmbeddedServer.start(str(tmp_path_factory.mktemp("demo"))) as server:
        environment = os.environ | {"MLFLOW_TRACKING_URI": server.url}
        subprocess.run(
            [sys.executable, str(ROOT / "examples" / "demo" / "train.py")], check=True, timeout=120, env=environment
        )
        yield server.url
