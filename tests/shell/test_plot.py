"""``\\plot`` in the shell, and ``mlflow-sql plot``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shell.conftest import CTRL_C, Terminal
from support.proxy import Proxy

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


def test_watch_draws_the_picture_again(shell: Terminal) -> None:
    """On one line with \\plot, and by itself after it, until a statement is shown as a table."""
    shell.run("CREATE SEQUENCE beats;", "OK")
    shell.run("SELECT 'beat' AS run_name, nextval('beats') AS n \\plot bar \\watch 0.2", r"every 0\.2 s")
    screen = shell.wait(r"█ ([5-9]|\d\d)")
    assert re.match(r"\d\d:\d\d:\d\d  every 0\.2 s, Ctrl-C ends it  SELECT 'beat'", screen)
    assert (screen.count("every"), screen.count("n by run_name"), screen.count("│")) == (1, 1, 0)
    assert shell.style("█").fg != "default"
    shell.type(CTRL_C)
    assert "every 7 s" in shell.run("\\watch 7", r"every 7 s[\s\S]*beat █+")
    shell.type(CTRL_C)
    shell.run("SELECT 'plain' AS x;")
    assert "│ plain" in shell.run("\\watch 7", r"every 7 s[\s\S]*plain +│")
    shell.type(CTRL_C)
    shell.run("\\plot", "Hint: ")  # no picture, so the table stays
    assert "│ plain" in shell.run("\\watch 7", r"every 7 s[\s\S]*plain +│")
    shell.type(CTRL_C)
    shell.run("\\plot line \\watch now", "takes seconds")


def test_watched_pictures_fit_the_screen(opened: Callable[..., Terminal], server: TrackingServer) -> None:
    """From the title to the name of the axis, with a legend and a remark."""
    terminal = opened("--server", server.url, lines=20)
    curves = (
        f"SELECT step, 'r' || i % 3 AS run_id, CASE WHEN i > 5 THEN loss END AS loss FROM ({LINE}) t, range(9) u(i)"
    )
    screen = terminal.run(f"{curves} \\plot line \\watch 60", r"every[\s\S]*not drawn")
    assert re.search(r"\n\nloss by step\n[\s\S]*\n +step\n.*r0 .*r2\n.*not drawn", screen), screen
    assert "do not fit" not in screen
    terminal.type(CTRL_C)


def test_a_watched_file_is_written_again(shell: Terminal, tmp_path: Path) -> None:
    """Each time whole; without rows it stays as it is."""
    chart = tmp_path / "c.svg"
    shell.run("CREATE SEQUENCE beats;", "OK")
    rows = "FROM (SELECT nextval('beats') AS b), range(3) t(i) WHERE b // 5 % 2 = 0"
    shell.run(f"SELECT i AS step, b AS loss {rows} \\plot line -o {chart} \\watch 0.1", "The picture is in")
    wrapped = r"\s*".join("staysasitis")
    shell.wait(rf"No picture now, the result is empty[\s\S]*{wrapped}")
    assert 'aria-roledescription="line mark"' in chart.read_text()
    chart.unlink()
    until = time.monotonic() + 60
    while not chart.exists() and time.monotonic() < until:
        shell.wait("The picture is in")
    assert chart.read_text().endswith("</svg>")
    shell.type(CTRL_C)
    shell.wait(r"\S+> *$")
    assert [path.name for path in tmp_path.iterdir()] == ["c.svg"]


def test_watched_pictures_outlive_a_fault_of_the_server(
    opened: Callable[..., Terminal], server: TrackingServer
) -> None:
    """It is shown in place of one of them."""
    with Proxy(server.url) as proxy:
        terminal = opened("--server", proxy.url)
        rows = "SELECT run_name, metrics.auc FROM runs WHERE metrics.auc > 0.5 LIMIT 4"
        terminal.run(f"{rows} \\plot bar \\watch 0.2", r"every[\s\S]*█")
        proxy.trouble("runs/search", status=403, times=1_000_000)
        terminal.wait(r"every[^\n]*\n\nError: ")
        proxy.forget()
        terminal.wait(r"every[\s\S]*█")
        terminal.type(CTRL_C)
        terminal.wait(r"\S+> *$")


def test_values_from_the_command_line_reach_what_is_drawn(
    opened: Callable[..., Terminal], server: TrackingServer
) -> None:
    """Before \\plot and \\watch as before a semicolon; a ? has none."""
    terminal = opened("--server", server.url, "--param", "much=7")
    assert "█ 7" in terminal.run("SELECT 'a' AS run_name, $much::INT AS n \\plot bar")
    terminal.run("SELECT $much AS x \\watch 5", r"every[\s\S]*│ 7 ")
    terminal.type(CTRL_C)
    assert "$name in its place" in terminal.run("SELECT ? AS x;", "Hint: .*")


def test_the_columns_of_the_result_are_completed(shell: Terminal) -> None:
    """Of the last one; of the statement that is typed before."""
    shell.run(f'SELECT step, loss AS "val loss" FROM ({LINE}) LIMIT 3;')
    shell.type("\\plot x=")
    shell.wait(r"step *\n +val loss *\n +relative")
    shell.type("step y=v")
    shell.wait(r"y=v\S* *\n +val loss *$")
    shell.type("\t")
    shell.wait(r"x=step y='val loss'")
    shell.type(CTRL_C)
    shell.type("SELECT one, 2 AS two FROM runs \\plot color=")
    shell.wait(r"color=\S* *\n +one *\n +two *$")
    shell.type(CTRL_C)


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
    bound = run("bar", "-c", "SELECT $run AS run_name, $n::INT AS n -- $x", "--param", "run=b c", "--param", "N=42")
    assert re.search(r"b c █+ 42\n", bound.stdout), bound
    for args, said in [
        (["-c", LINE, "--param", "x=1"], "no statement uses the parameter 'x'"),
        (["-c", "SELECT ? AS n"], "write $name in its place"),
        (["-c", f"{LINE}; {LINE}"], "one statement, not of 2"),
    ]:
        wrong = run(*args)
        assert (wrong.returncode, said in wrong.stderr) == (2, True), wrong
    page = tmp_path / "c.html"
    assert run("-c", LINE, "-o", str(page)).returncode == 0
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert run("pie", "-c", LINE).returncode == 2
    unreached = run("-c", "SELECT run_name, metrics.auc FROM runs")
    assert unreached.returncode == 1
    assert "Error:" in unreached.stderr
