"""Every exception that mlflow-sql raises.

::

    Error                      base: catch this one
    ├── UsageError             a wrong argument, option or setting, before any statement runs
    ├── ResourceFileError      a file in resources/ is faulty (all its faults at once)
    ├── StatementError         the statement cannot run as written
    │   ├── ParseError         not SQL that we can read; carries line and column
    │   ├── BindError          unknown table, column, method or setting; carries suggestions
    │   └── MissingKeyError    a table needs a key (run_id, ...) that nothing supplies
    ├── LocalError             DuckDB refused or failed to run the local part
    ├── WriteError             a write stopped part of the way; says what was done
    │   └── WriteInterrupted   so did Ctrl-C
    ├── Interrupted            Ctrl-C, or Connection.interrupt()
    └── ServerError            the tracking server
        ├── Unreachable        no connection, a time-out, a broken TLS handshake
        ├── ResponseError      an answer that is no answer: cut off, not JSON, a page token that never moves
        └── RefusedError       an answer with an error status
            ├── Unauthenticated    401
            ├── PermissionDenied   403
            ├── NotFound           404
            ├── BadRequest         400 and other 4xx
            ├── RateLimited        429, after the retries
            └── ServerFailure      5xx, after the retries

A message says what failed, where, and what to do next. Credentials never appear in one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class Error(Exception):
    """Base of every error of this package; ``str()`` is the whole message, ``hint`` the advice in it, if any."""

    hint: str | None = None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        return f"{self.message}\nHint: {self.hint}" if self.hint else self.message


class UsageError(Error):
    """A wrong argument, option or setting, noticed before any statement runs."""


class ResourceFileError(Error):
    """A resource file is faulty; ``faults`` lists every fault found, each with its file and path."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("faulty resource files:\n" + "\n".join(f"  {fault}" for fault in self.faults))


class StatementError(Error):
    """The statement cannot run as written."""


class ParseError(StatementError):
    """The text is not SQL that can be read; ``line`` and ``column`` count from 1 where they are known."""

    def __init__(
        self, message: str, *, line: int | None = None, column: int | None = None, hint: str | None = None
    ) -> None:
        self.line = line
        self.column = column
        where = f" (line {line}, column {column})" if line is not None and column is not None else ""
        super().__init__(message + where, hint=hint)


class BindError(StatementError):
    """A name in the statement means nothing; ``suggestions`` are near ones."""

    def __init__(self, message: str, *, suggestions: Iterable[str] = (), hint: str | None = None) -> None:
        self.suggestions = list(suggestions)
        if self.suggestions:
            message += "; did you mean " + " or ".join(repr(name) for name in self.suggestions) + "?"
        super().__init__(message, hint=hint)


class MissingKeyError(StatementError):
    """A table needs a key that the statement does not give and nothing can supply."""


class LocalError(Error):
    """DuckDB refused or failed to run the local part of a statement; the text is DuckDB's."""


class Interrupted(Error):
    """The statement was interrupted; the connection stays usable."""


class WriteError(Error):
    """A write stopped part of the way.

    Every row is told once, in the statement's order. done: keys of the rows that were written. failed: the key of the
    row at which it stopped; None when it was interrupted. pending: keys of the others, which were not attempted or
    failed at the same time. The cause is the error of the failing row.

    A load of metric values, params or tags tells the keys of runs: ``done`` are those whose values are all written, and
    of the one in ``failed`` some may be.
    """

    def __init__(
        self,
        message: str,
        *,
        done: Sequence[Mapping[str, Any]] = (),
        failed: Mapping[str, Any] | None = None,
        pending: Sequence[Mapping[str, Any]] = (),
        hint: str | None = None,
    ) -> None:
        self.done = list(done)
        self.failed = failed
        self.pending = list(pending)
        super().__init__(message, hint=hint)


class WriteInterrupted(WriteError, Interrupted):
    """A write was interrupted part of the way; the calls that were on their way were waited for."""


class ServerError(Error):
    """Something between us and the tracking server failed; ``call`` is "VERB path", ``status`` the HTTP status."""

    def __init__(
        self, message: str, *, call: str | None = None, status: int | None = None, hint: str | None = None
    ) -> None:
        self.call = call
        self.status = status
        super().__init__(message, hint=hint)


class Unreachable(ServerError):
    """No connection, a time-out, a name that does not resolve or a broken TLS handshake."""


class ResponseError(ServerError):
    """An answer that cannot be used: cut off, not JSON, of a wrong shape, or a page token that never moves."""


class RefusedError(ServerError):
    """The server answered with an error; ``code`` is MLflow's error code where it gave one."""

    def __init__(
        self,
        message: str,
        *,
        call: str | None = None,
        status: int | None = None,
        code: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.code = code
        super().__init__(message, call=call, status=status, hint=hint)


class Unauthenticated(RefusedError):
    """401: no or wrong credentials."""


class PermissionDenied(RefusedError):
    """403: the credentials do not allow this, or a proxy refused the Host header."""


class NotFound(RefusedError):
    """404: no such object, or no such endpoint on this server."""


class BadRequest(RefusedError):
    """400 and the other 4xx answers."""


class RateLimited(RefusedError):
    """429, after the retries were used up."""


class ServerFailure(RefusedError):
    """5xx, after the retries were used up."""


def nearest(name: str, known: Iterable[str], count: int = 2) -> list[str]:
    """The names in ``known`` closest to ``name``, best first, ignoring case; empty when none is close."""
    folded = {candidate.lower(): candidate for candidate in known}
    return [folded[match] for match in difflib.get_close_matches(name.lower(), folded, n=count, cutoff=0.6)]
