"""Several servers in the shell: \\server NAME, ATTACH, USE, and completion of what they hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from conftest import TrackingServer
    from shell.conftest import Terminal

Open = Callable[..., "Terminal"]


@pytest.fixture
def terminal(opened: Open, server: TrackingServer, empty_server: TrackingServer, tmp_path: Path) -> Terminal:
    """A shell on the full server, with a configuration file that names both."""
    folder = tmp_path / "mlflow-sql"
    folder.mkdir()
    (folder / "config.toml").write_text(
        f'[servers.full]\nurl = "{server.url}"\n[servers.empty]\nurl = "{empty_server.url}"\n'
    )
    return opened("--server", "full", XDG_CONFIG_HOME=str(tmp_path))


def test_going_to_another_server_and_back(terminal: Terminal, empty_client: MlflowClient) -> None:
    """The prompt names it; a name that is unknown, or an address that is none, leaves everything as it was."""
    assert "full>" in terminal.screen
    screen = terminal.run("\\server empty", "store +SqlStore(?s:.*)empty> *$")
    assert "address" in screen
    there = len(empty_client.search_experiments())
    assert re.search(rf"│ +{there} │", terminal.run("SELECT count(*) FROM experiments;"))
    screen = terminal.run("\\server emtpy", "Error(?s:.*)empty> *$")
    assert "did you mean 'empty'?" in screen
    assert re.search(rf"│ +{there} │", terminal.run("SELECT count(*) FROM experiments;"))
    terminal.run("\\server full", "store +SqlStore(?s:.*)full> *$")
    assert "churn" in terminal.run("SELECT name FROM experiments WHERE name = 'churn';")


def test_attached_servers(terminal: Terminal, empty_client: MlflowClient) -> None:
    """ATTACH by a name, calls of both are counted, USE goes to it and the prompt says so; completion knows them."""
    terminal.run("ATTACH 'empty' (TYPE mlflow);")
    screen = terminal.run("SELECT count(*) FROM experiments a JOIN empty.experiments b USING (name);")
    assert re.search(r"1 row \([\d.]+ m?s, 2 REST calls\)", screen)
    assert "attached" in terminal.run("\\server", "attached +empty")
    terminal.run("\\server empty", "store +SqlStore(?s:.*)empty> *$")
    there = len(empty_client.search_experiments())
    assert re.search(rf"│ +{there} │", terminal.run("SELECT count(*) FROM experiments;"))
    terminal.type("SELECT * FROM empty.tracking.exper")
    terminal.wait(r"\n +experiment_runs +")
