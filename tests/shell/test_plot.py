"""``\\plot`` in the shell, and ``mlflow-sql plot``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shell.conftest import Terminal

if TYPE_CHECKING:
    from conftest import TrackingServer

pytest.importorskip("plotext")
pytestmark = pytest.mark.filterwarnings("ignore:.*forkpty:DeprecationWarning")
LINE = "SELECT i AS step, exp(-i / 20) AS loss FROM range(100) t(i)"


def test_the_last_result_is_drawn(shell: Terminal) -> None:
    """With its axes, in colour; then another kind of it."""
    shell.run(f"{LINE} LIMIT 15;")
    screen = shell.run("\\plot")
    assert re.search(r"loss by step\nloss\n", screen)
    assert re.search(r"0\.\d┤ +[⠁-⣿]", screen)
    curve = re.search(r"[⠁-⣿]", screen)
    assert curve is not None
    assert shell.style(curve[0]).fg != "default"
    assert "loss by step" in shell.run("\\plot scatter", r"●[\s\S]*REST calls\)\n\S+> *$")


def test_a_statement_before_it_is_drawn(shell: Terminal, tmp_path: Path) -> None:
    """Of the server, with the time and the calls; or into a file."""
    screen = shell.run("SELECT run_name, metrics.auc FROM runs WHERE metrics.auc > 0.5 LIMIT 4 \\plot bar")
    assert screen.count("█") > 20
    assert re.search(r"\([\d.]+ m?s, [1-9]\d* REST calls?\)", screen)
    chart = tmp_path / "c.svg"
    assert "The picture is in" in shell.run(f"{LINE} \\plot -o {chart} --theme dark", r"REST calls\)\n\S+> *$")
    assert 'aria-roledescription="line mark"' in chart.read_text()
    assert "#0d1117" in chart.read_text()


def test_what_cannot_be_drawn_is_told(shell: Terminal) -> None:
    """With advice; the shell goes on."""
    assert "did you mean line" in shell.run("SELECT 1 AS a \\plot lien", "Hint: the kinds are")
    assert "needs a column of numbers" in shell.run("SHOW TABLES \\plot", "Hint: for example")
    assert "this one writes" in shell.run("DELETE FROM runs WHERE run_id = 'x' \\plot", "writes")
    shell.run("SELECT 1 AS a;")


def test_no_colour_where_none_is_wanted(opened: Callable[..., Terminal], server: TrackingServer) -> None:
    """NO_COLOR: letters in place of colours."""
    terminal = opened("--server", server.url, NO_COLOR="1")
    terminal.run(f"SELECT *, 'r' || step % 2 AS run_id FROM ({LINE}) \\plot", r"a  r0 +b  r1")
    assert terminal.style("aa").fg == "default"


def test_the_command_draws(tmp_path: Path) -> None:
    """As text into a pipe, as a file, and with an exit status for what is wrong."""

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mlflow_sql.cli.main", "--server", "http://127.0.0.1:9", "plot", *args]
        environment = {**os.environ, "COLUMNS": "60", "LINES": "20"}
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)

    drawn = run("line", "log=y", "-c", LINE + ";")
    assert drawn.returncode == 0
    assert "loss by step" in drawn.stdout
    assert max(map(len, drawn.stdout.splitlines())) <= 60
    assert "\x1b" not in drawn.stdout
    page = tmp_path / "c.html"
    assert run("-c", LINE, "-o", str(page)).returncode == 0
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert run("pie", "-c", LINE).returncode == 2
    unreached = run("-c", "SELECT run_name, metrics.auc FROM runs")
    assert unreached.returncode == 1
    assert "Error:" in unreached.stderr
