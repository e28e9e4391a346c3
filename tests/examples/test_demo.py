"""The demo is what a newcomer runs first: the whole of it, as a command, on a server of its own."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from shell.conftest import CTRL_C, ENTER, Terminal

from .conftest import EXAMPLES

if TYPE_CHECKING:
    from .conftest import Demo

pytestmark = pytest.mark.server


def test_the_demo_answers_every_question_of_the_tour(demo: Demo) -> None:
    """It trains, asks all twelve questions, finds the failed and the diverged run, writes, and ends well."""
    printed = demo.done.stdout
    assert demo.done.returncode == 0, demo.done.stderr
    assert re.findall(r"^(\d+)\. \S", printed, re.MULTILINE) == [str(number) for number in range(1, 13)]
    assert re.search(r"moons-lr30-w32-s0 *│ 30 *│ 32 *│ FINISHED", printed), "the diverged run"
    assert re.search(r"sweep *│ *20 *│ *1 *│", printed), "the parent's children, one of them failed"
    assert "total: 3 write calls, none of them sent" in printed
    assert len(re.findall(r"candidate *│ yes", printed)) == 3, "the write"
    assert "ask on with: mlflow-sql --server" in printed


@pytest.mark.skipif(sys.platform == "win32", reason="terminals of POSIX")
def test_on_a_terminal_it_steps_through_the_tour_and_ends_in_the_shell(demo: Demo, tmp_path: Path) -> None:
    """Enter goes on, q goes to the shell, where Ctrl-C stops only a statement; leaving it stops the server."""
    pytest.importorskip("pexpect")
    terminal = Terminal(
        [str(demo.folder)], tmp_path, columns=110, lines=45, program=[str(EXAMPLES / "demo" / "demo.py")],
        PYTHONPATH=os.pathsep.join(sys.path), PAGER="cat",
    )  # fmt: skip
    try:
        screen = terminal.wait(r"\[1 of 12\] Enter: the next question", 60)
        assert "Trained" not in screen, "the folder holds the runs"
        assert "A tour of 12 questions" in screen
        assert "experiment_runs" in screen
        terminal.type(ENTER)
        assert "moons-lr0.3-w32-s1" in terminal.wait(r"\[2 of 12\]")
        terminal.type("q" + ENTER)
        screen = terminal.wait(r"\d> *$")
        assert re.search(r"The tour again, all at once: \\i .*tour\.sql", screen)
        assert "\\q leaves and stops the server" in screen
        terminal.run("SELECT count(*) AS runs FROM runs;")
        terminal.type("SELECT count(*) FROM range(1000000000000) AS a(i) WHERE i % 7 = 3;" + ENTER)
        terminal.wait(r"= 3;\n")
        terminal.type(CTRL_C)
        terminal.wait(r"Interrupted\.\n\S+> *$")
        shown = terminal.run(f"\\i {EXAMPLES / 'tour.sql'}", r"\d rows.*\(.* REST calls?\)\n\S+> *$")
        assert re.search(r"candidate *│ yes", shown)
        server = re.search(r"127\.0\.0\.1:(\d+)> *$", shown)
        assert server is not None
        terminal.type("\\q" + ENTER)
        assert terminal.ended(30) == 0
        assert not _listens(int(server[1]))
    finally:
        terminal.child.close(force=True)


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
