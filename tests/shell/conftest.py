"""The shell in a real pseudo-terminal, and its screen as a person sees it."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import TrackingServer

_OF_A_TERMINAL = ("PAGER", "LESS", "NO_COLOR", "EDITOR", "VISUAL", "COLUMNS", "LINES")
_ROOT = Path(__file__).parents[2]
ENTER, CTRL_C, CTRL_D, CTRL_R, DOWN, CLEAR = "\r", "\x03", "\x04", "\x12", "\x1b[B", "\x0c"


class Terminal:
    """The command in a terminal of some size. ``screen`` is what stands on it now."""

    def __init__(
        self,
        args: list[str],
        home: Path,
        *,
        columns: int = 80,
        lines: int = 24,
        program: Sequence[str] = ("-m", "mlflow_sql.cli.main"),
        **env: str,
    ) -> None:
        import pexpect
        import pyte

        inherited = {n: v for n, v in os.environ.items() if n not in _OF_A_TERMINAL}
        known = {"PYTHONPATH": str(_ROOT / "provider"), "TERM": "xterm-256color", "XDG_STATE_HOME": str(home)}
        known["PYTHONFAULTHANDLER"] = "1"  # see ``threads``
        self.began = time.perf_counter()
        command = [*program, *args]
        self.child = pexpect.spawn(
            sys.executable, command, dimensions=(lines, columns), env={**inherited, **known, **env}, timeout=20
        )
        self.child.delaybeforesend = None
        self._screen = pyte.Screen(columns, lines)
        self._screen.write_process_input = self.child.send  # the editor asks where its cursor is
        self._stream = pyte.ByteStream(self._screen)

    @property
    def screen(self) -> str:
        """The lines on the screen, without what is blank at their ends."""
        self._read()
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def style(self, text: str) -> Any:
        """The first character of some text on the screen, with its colours."""
        for y, line in enumerate(self._screen.display):
            if (x := line.find(text)) >= 0:
                return self._screen.buffer[y][x]
        raise AssertionError(f"{text!r} is not on the screen:\n{self.screen}")

    def _read(self) -> bool:
        import pexpect

        try:
            self._stream.feed(self.child.read_nonblocking(1 << 16, timeout=0.05))
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        return True

    def wait(self, pattern: str, seconds: float = 60) -> str:
        """Wait until the screen shows a pattern; the screen."""
        until = time.monotonic() + seconds
        while not re.search(pattern, self.screen):
            if time.monotonic() > until:
                raise AssertionError(f"{pattern!r} never came:\n{self.screen}\n{self.threads()}")
        return self.screen

    def threads(self) -> str:
        """What the threads of the command are doing, which ends it."""
        import pexpect

        self.child.kill(signal.SIGABRT)
        told = b""
        with suppress(pexpect.EOF, pexpect.TIMEOUT):
            while True:
                told += self.child.read_nonblocking(1 << 16, timeout=2)
        return told.decode(errors="replace")

    def type(self, text: str) -> None:
        """Press keys."""
        self.child.send(text)

    def run(self, text: str, pattern: str = r"REST calls?\)\n\S+> *$") -> str:
        """On a clear screen, type a line, press Enter and wait for a pattern; the screen."""
        self.wait(r"> *$")
        self.type(CLEAR)
        self.wait(r"^\S+> *$")
        self.type(text + ENTER)
        return self.wait(pattern)

    def ended(self, seconds: float = 60) -> int | None:
        """Wait for the command to end; its exit status."""
        until = time.monotonic() + seconds
        while self._read() and time.monotonic() < until:
            pass
        self.child.close()
        status: int | None = self.child.exitstatus
        return status


@pytest.fixture
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Terminal]]:
    """Opens the shell; its terminals are closed with the test."""
    pytest.importorskip("pexpect")
    if sys.platform == "win32":
        pytest.skip("terminals of POSIX")
    terminals: list[Terminal] = []

    def open_one(*args: str, home: Path | None = None, **options: Any) -> Terminal:
        terminal = Terminal(list(args), home or tmp_path_factory.mktemp("home"), **options)
        terminals.append(terminal)
        terminal.wait(r"\S+> *$")
        return terminal

    yield open_one
    for terminal in terminals:
        terminal.child.close(force=True)


@pytest.fixture
def shell(opened: Callable[..., Terminal], server: TrackingServer) -> Terminal:
    """A shell on the full server, of 80 columns and 24 lines."""
    return opened("--server", server.url)
