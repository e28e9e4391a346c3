"""Several servers in the shell: \\server NAME, ATTACH, USE, and completion of what they hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
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


def test_the_default_of_the_configuration(opened: Open, server: TrackingServer, tmp_path: Path) -> None:
    """Where no server is named, the prompt says where the connection leads, before anything is typed."""
    (tmp_path / "mlflow-sql").mkdir()
    (tmp_path / "mlflow-sql" / "config.toml").write_text(f'default = "lab"\n[servers.lab]\nurl = "{server.url}"\n')
    terminal = opened(XDG_CONFIG_HOME=str(tmp_path))
    terminal.wait(rf"^{server.url.removeprefix('http://')}> *$|\n{server.url.removeprefix('http://')}> *$")


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            name, _, rest = stat.read_text().rpartition(")")
            state, parent = rest.split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(name.split()[0]))
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes as Linux shows them")
def test_a_store_of_the_configuration_has_one_local_server(opened: Open, tmp_path: Path) -> None:
    """Completion asks the server that statements ask; of one that is attached it knows the tables, and starts none."""
    config = tmp_path / "servers.toml"
    stores = [f'[servers.{name}]\nurl = "sqlite:///{tmp_path}/{name}.db"\n' for name in ("lab", "old_lab")]
    config.write_text("".join(stores))
    terminal = opened("--config", str(config), "--server", "lab", XDG_CONFIG_HOME=str(tmp_path))
    assert "1 row" in terminal.run("INSERT INTO experiments (name) VALUES ('only in lab');")
    terminal.run("ATTACH 'old_lab' (TYPE mlflow);", r"(?m)^\S+> *$")
    terminal.type("SELECT * FROM old_lab.tracking.exper")
    terminal.wait(r"\n +experiment_runs +")
    terminal.type("\x03")
    terminal.wait(r"> *$")
    terminal.type("SELECT * FROM experiments WHERE name = 'only")
    terminal.wait("\n.* only in lab")
    assert len(children(terminal.child.pid)) == 1
