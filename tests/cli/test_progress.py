"""The progress bar on standard error."""

from __future__ import annotations

import io
import threading
import time

import pytest

from mlflow_sql.cli.progress import Progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Yes."""
        return True


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")


def wait_for(stream: io.StringIO, text: str) -> bool:
    """Whether the text is drawn within half a minute."""
    until = time.monotonic() + 30
    while text not in stream.getvalue() and time.monotonic() < until:
        time.sleep(0.02)
    return text in stream.getvalue()


def test_a_slow_statement_shows_rows_bytes_and_requests() -> None:
    """The sums of what all threads added, drawn until the statement ends, and then wiped."""
    stream = Terminal()
    progress = Progress(stream, delay=0.05)
    progress.start()

    def fetch() -> None:
        for _ in range(1000):
            progress.add(rows=10, bytes=3000, requests=1)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wait_for(stream, "40,000 rows  12.0 MB  4,000 requests")
    progress.finish()
    drawn = stream.getvalue()
    assert drawn.rfind("\x1b[2K") > drawn.rfind("requests")  # the line is erased after it was last drawn
    progress.add(rows=1)
    time.sleep(0.3)
    assert stream.getvalue() == drawn


def test_a_write_shows_how_much_is_done() -> None:
    """Rows that were read for it do not count; the next statement knows no number again."""
    stream = Terminal()
    progress = Progress(stream, delay=0)
    progress.start()
    progress.add(rows=50, bytes=9, requests=1)
    progress.expect(4000)
    progress.add(rows=1000, requests=1)
    assert wait_for(stream, "1,000 of 4,000 rows written  1 requests")
    progress.start()
    assert progress.text == ""
    progress.finish()


def test_a_quick_statement_shows_nothing() -> None:
    """Nothing flickers for what ends before the delay."""
    stream = Terminal()
    progress = Progress(stream, delay=60)
    progress.start()
    progress.add(rows=1)
    began = time.monotonic()
    progress.finish()
    assert stream.getvalue() == ""
    assert time.monotonic() - began < 30


def test_nothing_is_drawn_off_a_terminal() -> None:
    """A log must not fill with bars."""
    stream = io.StringIO()
    progress = Progress(stream, delay=0)
    progress.start()
    progress.add(rows=1)
    time.sleep(0.3)
    progress.finish()
    assert stream.getvalue() == ""


def test_each_statement_counts_from_zero() -> None:
    """What one statement fetched is not shown for the next."""
    progress = Progress(io.StringIO())
    progress.start()
    progress.add(rows=5)
    progress.start()
    progress.add(rows=2, requests=1)
    assert progress.text == "2 rows  0.0 MB  1 requests"
