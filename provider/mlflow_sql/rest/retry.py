"""When a call is sent again, and after how long: pure rules, no clock, no sleeping, no network.

MLflow's own client sends up to 7 times again, sleeping 0, 4, 8, 16, 32, 64 and 120 s. That is right for a server that
is busy, and wrong for a mistake: so what will most likely fail in the same way again has a limit of its own.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_DELAY = 120.0  # seconds, as in urllib3's Retry, which MLflow uses
RETRIED = frozenset({408, 429, 500, 502, 503, 504})  # MLflow's _TRANSIENT_FAILURE_RESPONSE_CODES
_NEVER_DONE = frozenset({408, 429})  # the server says that it did not start on the request

_REFUSED_AT_FIRST = 2  # a wrong port, host or protocol: say so within about a second
_REFUSED_LATER = 4  # a server that we have spoken to restarts: 0 + 4 + 8 + 16 s
_TIMED_OUT = 1  # what took longer than the time-out once will do so again, and keeps the server busy meanwhile
_MLFLOW_500 = 1  # a filter that the server trips over answers 500, and always will


class Failure(enum.StrEnum):
    """Why a call got no whole answer."""

    REFUSED = "refused"  # nothing listens there, the name does not resolve, or a proxy refused: nothing was sent
    NO_CONNECTION = "no connection"  # no connection in time: nothing was sent
    TLS = "tls"  # the handshake failed: nothing was sent
    BROKEN = "broken"  # the connection was lost after the request went out
    TIMEOUT = "timeout"  # no answer in time
    TRUNCATED = "truncated"  # the answer was cut off
    OTHER = "other"  # a request that cannot be sent at all

    @property
    def unsent(self) -> bool:
        """Whether the server surely did nothing."""
        return self in (Failure.REFUSED, Failure.NO_CONNECTION, Failure.TLS, Failure.OTHER)


def most_after_status(status: int, *, idempotent: bool, mlflow_error: bool, max_retries: int) -> int:
    """How often at most a call is sent again on account of answers with this status.

    mlflow_error: the body is MLflow's JSON error, so the server's own code answered, not a proxy.
    A call that is not idempotent is repeated only on 408 and 429: MLflow can answer 503 after it has committed.
    """
    if status not in RETRIED or not (idempotent or status in _NEVER_DONE):
        return 0
    return min(_MLFLOW_500, max_retries) if status == 500 and mlflow_error else max_retries


def most_after_failure(failure: Failure, *, idempotent: bool, reached: bool, max_retries: int) -> int:
    """How often at most a call is sent again on account of this failure; ``reached``: the server ever answered us."""
    if failure in (Failure.TLS, Failure.OTHER) or not (idempotent or failure.unsent):
        return 0
    if failure in (Failure.REFUSED, Failure.NO_CONNECTION) or (failure is Failure.BROKEN and not reached):
        return min(_REFUSED_LATER if reached else _REFUSED_AT_FIRST, max_retries)
    return min(_TIMED_OUT, max_retries) if failure is Failure.TIMEOUT else max_retries


def delay(
    attempt: int,
    *,
    factor: float,
    jitter: float,
    retry_after: float | None = None,
    chance: Callable[[], float] = random.random,
) -> float:
    """Seconds to wait before retry number ``attempt`` (from 1), never more than MAX_DELAY.

    factor * 2**(attempt - 1), from the second retry on, plus up to ``jitter`` seconds (urllib3's rule, except that
    the first retry has the jitter too, since several scans are often refused at the same moment). A ``retry_after``
    of the server is the least that is waited.
    """
    backoff = factor * 2.0 ** min(attempt - 1, 60) if attempt > 1 else 0.0
    return max(0.0, min(MAX_DELAY, max(backoff, retry_after or 0.0) + chance() * jitter))


def quick_delay(attempt: int) -> float:
    """Seconds to wait before retry number ``attempt`` where a person waits to be told: 0.25, 0.5."""
    return 0.25 * attempt


def parse_retry_after(header: str | None, now: datetime | None = None) -> float | None:
    """Seconds from a Retry-After header, given in seconds or as an HTTP date; None if absent or not readable."""
    if header is None:
        return None
    header = header.strip()
    if header.isascii() and header.isdigit():
        return min(float(header), MAX_DELAY)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0), MAX_DELAY)
