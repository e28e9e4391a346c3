"""Sends REST calls: the one place where bytes leave the process.

Theory: a Transport owns one requests.Session, made at the first call, over pooled connections that can be cut off.
``send`` may run in many threads at once. One event, ``_stop``, is the only thing that they share besides: while it is
set no attempt begins, sleeps end, and reads are cut off. A call that is not idempotent is never cut off in the middle,
so that it is always known what was written. Redirects are followed here, not by requests, which turns POST into GET.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import msgspec

from mlflow_sql.errors import Error, Interrupted, UsageError
from mlflow_sql.plan.nodes import Call
from mlflow_sql.rest import faults, retry
from mlflow_sql.rest.retry import Failure
from mlflow_sql.rest.server import Server

if TYPE_CHECKING:
    import requests

    from mlflow_sql.rest.connections import Flight

_log = logging.getLogger(__name__)

_CONNECT_TIMEOUT = 10.0  # seconds; MLflow waits as long as for an answer, which is long for a wrong address
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5


@dataclass(slots=True)
class Answer:
    """A whole answer.

    content: the body as sent, not empty unless the server sent nothing; ``{}`` for a missing object that counts as an
    answer (then status is 404). seconds: from first attempt to last byte, waits included. bytes: as they came over
    the wire, so less than ``len(content)`` if a proxy compressed them.
    """

    content: bytes
    status: int
    seconds: float
    retries: int
    bytes: int


@dataclass(slots=True)
class _Reply:
    status: int
    content: bytes
    wire: int
    headers: Mapping[str, str]


class Transport:
    """Sends calls to one server; every method may be called from any thread.

    on_call: called with the call and its answer after each successful ``send``, in the sending thread.
    """

    def __init__(
        self, server: Server, pool_size: int = 8, on_call: Callable[[Call, Answer], None] | None = None
    ) -> None:
        self.server = server
        self.on_call = on_call
        self._pool_size = pool_size
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._flights: set[Flight] = set()
        self._session: requests.Session | None = None
        self._closed = False
        self._reached = False  # whether this server ever answered

    def __repr__(self) -> str:
        return f"Transport({self.server.root!r})"

    def send(self, call: Call, *, max_retries: int | None = None) -> Answer:
        """Send a call, again if that may help, and return its answer.

        max_retries: fewer than the server's. Raises RefusedError (its subclass says the status), Unreachable,
        ResponseError (cut off, a web page, a redirect) and Interrupted.
        """
        from mlflow_sql.rest.connections import WIRE_ERRORS

        started = time.perf_counter()
        most = self.server.max_retries if max_retries is None else min(max_retries, self.server.max_retries)
        body = None if call.verb == "GET" else msgspec.json.encode(call.body or {})
        causes: Counter[str] = Counter()
        while True:
            self._check()
            try:
                reply = self._attempt(call, body)
            except WIRE_ERRORS as exc:
                problem = self._failed(call, exc, most, attempts=causes.total() + 1)
            else:
                if _is_answer(call, reply):
                    return self._answer(call, reply, time.perf_counter() - started, causes.total())
                problem = self._rejected(call, reply, most, attempts=causes.total() + 1)
            causes[problem.cause] += 1
            if causes[problem.cause] > problem.most or causes.total() > most:
                raise problem.error from None
            wait = self._wait(problem, causes.total())
            _log.info("%s: %s; trying again in %.1f s", call.label, problem.cause, wait)
            if self._stop.wait(wait):
                raise Interrupted("interrupted")

    def interrupt(self) -> None:
        """End all sends with Interrupted: waits at once, reads by cutting them off; see ``resume``.

        A call that is not idempotent and already on its way is not cut off: its answer is awaited.
        """
        self._stop.set()
        with self._lock:
            flights = list(self._flights)
        for flight in flights:
            flight.cut()

    def resume(self) -> None:
        """Allow sends again after ``interrupt``."""
        self._stop.clear()

    def close(self) -> None:
        """Close the connections; a later ``send`` raises UsageError."""
        with self._lock:
            self._closed = True
            session, self._session = self._session, None
        if session is not None:
            session.close()

    def _check(self) -> None:
        if self._closed:
            raise UsageError("the connection is closed")
        if self._stop.is_set():
            raise Interrupted("interrupted")

    def _answer(self, call: Call, reply: _Reply, seconds: float, retries: int) -> Answer:
        if faults.looks_like_html(reply.content) and _is_page(reply.headers):
            raise faults.page_instead(reply.content, self.server, call.label, reply.status)
        content = b"{}" if reply.status == 404 else reply.content
        answer = Answer(content, reply.status, seconds, retries, reply.wire)
        if self.on_call is not None:
            self.on_call(call, answer)
        return answer

    def _failed(self, call: Call, exc: BaseException, most: int, attempts: int) -> _Problem:
        failure = faults.classify(exc)
        return _Problem(
            cause=failure,
            most=retry.most_after_failure(failure, idempotent=call.idempotent, reached=self._reached, max_retries=most),
            error=faults.unreachable(exc, self.server, call.label, attempts=attempts, idempotent=call.idempotent),
            failure=failure,
        )

    def _rejected(self, call: Call, reply: _Reply, most: int, attempts: int) -> _Problem:
        server, status = self.server, reply.status
        error: Error
        if status < 400:
            error = faults.unusual(status, reply.content, server, call.label)
        else:
            error = faults.refused(
                status, reply.content, server, call.label, attempts=attempts, idempotent=call.idempotent
            )
        return _Problem(
            cause=str(status),
            most=retry.most_after_status(
                status,
                idempotent=call.idempotent,
                mlflow_error=faults.mlflow_error(reply.content)[0] is not None,
                max_retries=most,
            ),
            error=error,
            retry_after=reply.headers.get("Retry-After") if server.respect_retry_after else None,
        )

    def _wait(self, problem: _Problem, attempt: int) -> float:
        """Seconds until the next attempt."""
        server = self.server
        if problem.failure is not None and not self._reached:  # a person may be waiting to be told of a wrong address
            return retry.quick_delay(attempt)
        at_once = problem.failure is not None and attempt == 1  # mostly an idle connection that the server had closed
        return retry.delay(
            attempt,
            factor=server.backoff_factor,
            jitter=0.0 if at_once else server.backoff_jitter,
            retry_after=retry.parse_retry_after(problem.retry_after),
        )

    def _attempt(self, call: Call, body: bytes | None) -> _Reply:
        """Send once, following redirects, and read the whole answer."""
        url = self.server.url(call.path)
        query = _query(call.query)
        for _ in range(_MOST_REDIRECTS + 1):
            reply = self._exchange(call, url, query, body)
            location = reply.headers.get("Location")
            if reply.status not in _REDIRECTS or not location:
                return reply
            url, query = self._redirect(call, url, reply.status, location), []
        raise faults.redirected(self.server, call.label, reply.status, url, "and so on, in a circle")

    def _redirect(self, call: Call, url: str, status: int, location: str) -> str:
        """The URL to go to with the same verb, body and credentials; raises ResponseError if that would be wrong."""
        target = urljoin(url, location)
        why = None
        if not self.server.allow_redirects:
            why = "and MLFLOW_ALLOW_HTTP_REDIRECTS is false"
        elif call.verb != "GET" and status == 303:
            why = "which asks for a GET in place of the call"
        elif not _same_server(url, target):
            why = "another server, which must not get this server's credentials"
        if why is not None:
            raise faults.redirected(self.server, call.label, status, target, why)
        return target

    def _exchange(self, call: Call, url: str, query: list[tuple[str, str]], body: bytes | None) -> _Reply:
        import requests

        from mlflow_sql.rest.connections import WIRE_ERRORS, Flight

        server, session = self.server, self._open()
        headers = {**server.headers, "Content-Type": "application/json"} if body is not None else server.headers
        request = requests.Request(call.verb, url, headers=headers, data=body, params=query, auth=server.auth)
        prepared = session.prepare_request(request)
        # proxies from the environment; given here, verify is not replaced by REQUESTS_CA_BUNDLE when it is not True
        settings = session.merge_environment_settings(prepared.url, {}, True, server.verify, server.cert)
        timeout = (min(_CONNECT_TIMEOUT, server.timeout), server.timeout)
        with Flight(call.idempotent, self._stop) as flight, self._flying(flight):
            try:
                response = session.send(prepared, timeout=timeout, allow_redirects=False, **settings)
                self._reached = True
                with contextlib.closing(response):
                    return _read(response, flight)
            except WIRE_ERRORS:
                flight.check()  # then that is why it failed
                raise

    @contextlib.contextmanager
    def _flying(self, flight: Flight) -> Iterator[None]:
        with self._lock:
            self._flights.add(flight)
        try:
            yield
        finally:
            with self._lock:
                self._flights.discard(flight)

    def _open(self) -> requests.Session:
        with self._lock:
            if self._closed:
                raise UsageError("the connection is closed")
            if self._session is None:
                self._session = _new_session(self._pool_size)
            return self._session


@dataclass(slots=True)
class _Problem:
    """Why an attempt gave no answer. cause: what is counted; most: how often it may be tried again on account of it."""

    cause: str
    most: int
    error: Error
    failure: Failure | None = None
    retry_after: str | None = None


def _new_session(pool_size: int) -> requests.Session:
    import requests

    from mlflow_sql.rest.connections import Adapter

    session = requests.Session()
    adapter = Adapter(pool_connections=4, pool_maxsize=pool_size, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = f"mlflow-sql/{_version()}"
    session.headers["Accept"] = "application/json, */*"
    return session


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("mlflow-sql")
    except metadata.PackageNotFoundError:  # run from a checkout
        return "0"


def _read(response: requests.Response, flight: Flight) -> _Reply:
    """The whole body. Raises requests' ChunkedEncodingError if it is shorter than announced."""
    from requests.exceptions import ChunkedEncodingError

    # All at once, or as the server chunks it. Measured: 5.7 MB in 1.5 ms of processor time, with 64 KiB at a time 4.7,
    # by Response.content 9. A cut ends the wait inside: it shuts the socket down.
    content = b"".join(response.iter_content(None))
    flight.check()  # a body without a length ends where it was cut off
    wire = response.raw.tell()
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and wire < int(announced):  # urllib3 before 2 does not notice
        raise ChunkedEncodingError("short body")
    return _Reply(response.status_code, content, wire, response.headers)


def _is_answer(call: Call, reply: _Reply) -> bool:
    if reply.status == 404 and call.missing_is_empty:
        return faults.mlflow_error(reply.content)[0] == "RESOURCE_DOES_NOT_EXIST"
    return 200 <= reply.status < 300


def _is_page(headers: Mapping[str, str]) -> bool:
    """Whether the answer is a page to be shown (an artifact that is HTML comes as an attachment)."""
    return "html" in headers.get("Content-Type", "html").lower() and "Content-Disposition" not in headers


def _query(query: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Query parameters as MLflow reads them: a list repeats its key, a boolean is true or false."""
    pairs = []
    for key, value in (query or {}).items():
        for each in value if isinstance(value, (list, tuple)) else (value,):
            if each is not None:
                pairs.append((key, str(each).lower() if isinstance(each, bool) else str(each)))
    return pairs


def _same_server(url: str, target: str) -> bool:
    """Whether a redirect stays on the server: same host, and the same scheme and port or from http to https."""
    old, new = urlsplit(url), urlsplit(target)
    if old.hostname != new.hostname:
        return False
    default = {"http": 80, "https": 443}
    same = (old.scheme, old.port or default.get(old.scheme)) == (new.scheme, new.port or default.get(new.scheme))
    return same or (old.scheme, new.scheme) == ("http", "https")
