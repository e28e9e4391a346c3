"""The demo, run once a session in a folder that is kept, and a server over that folder for the other examples."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
Done = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Demo:
    """What the demo printed, and the folder where its runs are."""

    done: Done
    folder: Path


@pytest.fixture(scope="session")
def demo(real_mlflow: None, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The whole demo without a terminal; takes about fifteen seconds."""
    folder = tmp_path_factory.mktemp("demo") / "my store"
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "demo" / "demo.py"), str(folder)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=180,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"},
    )
    return Demo(done, folder)


@pytest.fixture(scope="session")
def examples_url(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server with a copy of the demo's runs, which the examples change."""
    from mlflow_sql.embedded import EmbeddedServer

    assert demo.done.returncode == 0, demo.done.stderr
    folder = tmp_path_factory.mktemp("examples") / "store"
    shutil.copytree(demo.folder, folder)
    with EmbeddedServer.start(str(folder)) as server:
        yield server.url


@pytest.fixture(scope="session")
def examples_client(examples_url: str) -> MlflowClient:
    """MLflow's own client of that server."""
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=examples_url, registry_uri=examples_url)


@pytest.fixture
def example(examples_url: str, tmp_path: Path) -> Callable[..., Done]:
    """Runs one of the examples, by its path, as a person would, in an empty folder."""
    command = tmp_path / "bin" / "mlflow-sql"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mlflow_sql.cli.main "$@"\n')
    command.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()

    def run(path: str, *args: str, server: str = examples_url) -> Done:
        program = ["/bin/sh"] if path.endswith(".sh") else [sys.executable]
        return subprocess.run(
            [*program, str(EXAMPLES / path), *args],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            cwd=work,
            env=os.environ
            | {
                "MLFLOW_TRACKING_URI": server,
                "PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}",
                "PYTHONPATH": os.pathsep.join(sys.path),
                "PYTHONUTF8": "1",
            },
        )

    return run
