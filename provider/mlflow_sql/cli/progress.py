"""The progress bar on standard error.

Theory: fetching threads only add to counters under a lock. A thread of its own sleeps for the first second of a
statement, so that quick ones neither import rich nor flicker; then it draws the counters ten times a second until
``finish`` stops it, which wipes the bar before it returns. Off a terminal nothing is ever drawn.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TextIO

_INTERVAL = 0.1


class Progress:
    """Counts what was fetched or written for one statement after another, and shows it while it takes long.

    stream: where to draw, default standard error. delay: seconds before anything is shown.
    ``add`` may be called from any thread; ``start`` and ``finish`` from one at a time.
    """

    def __init__(self, stream: TextIO | None = None, *, delay: float = 1.0) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._delay = delay
        self._lock = threading.Lock()
        self._rows = self._bytes = self._requests = 0
        self._total: int | None = None
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin a statement: all counters are zero."""
        self.finish()
        with self._lock:
            self._rows = self._bytes = self._requests = 0
            self._total = None
        if self._stream.isatty():
            self._done = threading.Event()
            self._thread = threading.Thread(target=self._show, args=(self._done,), name="progress", daemon=True)
            self._thread.start()

    def add(self, *, rows: int = 0, bytes: int = 0, requests: int = 0) -> None:
        """Count that many more rows, bytes of answers and requests."""
        with self._lock:
            self._rows += rows
            self._bytes += bytes
            self._requests += requests

    def expect(self, rows: int) -> None:
        """Begin to write that many rows: from here on they are counted, and the bar shows the part that is done."""
        with self._lock:
            self._rows = self._bytes = self._requests = 0
            self._total = rows

    def finish(self) -> None:
        """End the statement and wipe the bar; harmless when there is none."""
        if self._thread is not None:
            self._done.set()
            self._thread.join()
            self._thread = None

    @property
    def text(self) -> str:
        """The counters in words; empty before the first ``add``."""
        with self._lock:
            rows, size, requests, total = self._rows, self._bytes, self._requests, self._total
        if total is not None:
            return f"{rows:,} of {total:,} rows written  {requests:,} requests"
        if not (rows or size or requests):
            return ""
        return f"{rows:,} rows  {size / 1e6:,.1f} MB  {requests:,} requests"

    def _show(self, done: threading.Event) -> None:
        began = time.monotonic()
        if done.wait(self._delay):
            return
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Display

        # Nobody knows how many rows will come, so the bar pulses; how many will be written is known.
        columns = BarColumn(bar_width=20), TextColumn("{task.description}"), TextColumn("{task.fields[elapsed]:.0f} s")
        console = Console(file=self._stream)
        with Display(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as shown:
            task = shown.add_task(self.text, total=None, elapsed=time.monotonic() - began)
            while not done.wait(_INTERVAL):
                with self._lock:
                    rows, total = self._rows, self._total
                elapsed = time.monotonic() - began
                shown.update(task, description=self.text, total=total, completed=rows, elapsed=elapsed)
