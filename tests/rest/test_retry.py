"""The rules of sending again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mlflow_sql.rest import retry
from mlflow_sql.rest.retry import Failure


def most(status: int, *, idempotent: bool = True, mlflow_error: bool = False) -> int:
    return retry.most_after_status(status, idempotent=idempotent, mlflow_error=mlflow_error, max_retries=7)


def most_failed(failure: Failure, *, idempotent: bool = True, reached: bool = True, max_retries: int = 7) -> int:
    return retry.most_after_failure(failure, idempotent=idempotent, reached=reached, max_retries=max_retries)


def test_which_statuses() -> None:
    """What passes is tried again; a mistake is not, and MLflow's own 500 only once."""
    assert [s for s in range(200, 600) if most(s)] == [408, 429, 500, 502, 503, 504]
    assert most(500) == 7
    assert most(500, mlflow_error=True) == 1
    assert most(503, mlflow_error=True) == 7


def test_writes_that_may_have_been_done_are_not_repeated() -> None:
    """A call that is not idempotent is sent again only if the server surely did nothing."""
    assert [s for s in range(200, 600) if most(s, idempotent=False)] == [408, 429]
    repeated = {f for f in Failure if most_failed(f, idempotent=False)}
    assert repeated == {Failure.REFUSED, Failure.NO_CONNECTION}


def test_a_wrong_port_is_said_at_once() -> None:
    """Before the first answer: two more attempts, within a second. Later, a restarting server gets more time."""
    assert most_failed(Failure.REFUSED, reached=False) == 2
    assert sum(retry.quick_delay(n) for n in (1, 2)) <= 1
    assert most_failed(Failure.REFUSED, reached=True) == 4
    assert most_failed(Failure.REFUSED, max_retries=0) == 0
    assert most_failed(Failure.TLS) == 0


def test_delays_are_those_of_mlflow() -> None:
    """0, 4, 8, 16, 32, 64, 120 s, plus jitter, never above 120 s."""
    delays = [retry.delay(n, factor=2, jitter=0) for n in range(1, 9)]
    assert delays == [0, 4, 8, 16, 32, 64, 120, 120]
    assert retry.delay(2, factor=2, jitter=1.0, chance=lambda: 0.5) == 4.5
    assert retry.delay(9999, factor=2, jitter=1.0) == 120


def test_retry_after_is_the_least_wait() -> None:
    """The server's wish is kept, up to 120 s, and never shortens our own wait."""
    assert retry.delay(1, factor=2, jitter=0, retry_after=7) == 7
    assert retry.delay(3, factor=2, jitter=0, retry_after=1) == 8
    assert retry.delay(1, factor=2, jitter=1, retry_after=900) == 120


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        (" 0 ", 0.0),
        ("99999", 120.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_header(header: str | None, seconds: float | None) -> None:
    """Seconds or an HTTP date; anything else counts as absent."""
    now = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)
    assert retry.parse_retry_after(header, now) == seconds
