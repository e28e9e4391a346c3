"""A local ``mlflow server`` over a sqlite file or a folder, for as long as this process needs it.

The server runs in a process group of its own, so that Ctrl-C at a prompt does not reach it and one signal reaches all
of its processes. Two things end it: `EmbeddedServer.close` (which runs at exit too), and a watcher in the
group that reads from a pipe which only this process holds open: when this process dies in whatever way, the pipe
closes and the watcher ends the group. What the server prints goes to an unnamed file, and its end into error messages.
"""

from __future__ import annotations

import atexit
import contextlib
import http.client
import importlib.util
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, Final, NamedTuple, Self
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlflow_sql.errors import Unreachable, UsageError

_START_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 5.0
_ATTEMPTS: Final = 3  # somebody else may take the free port between our look and the server's bind
_LOG_LINES: Final = 15
_HOST: Final = "127.0.0.1"
_SERVER_MODULES: Final = ("mlflow", "flask", "sqlalchemy", "uvicorn")  # mlflow-skinny has only the first

# The parentheses are the watcher. Then the shell becomes the server, so the process id stays the one that was started.
_WATCHED: Final = (
    "exec 3<&0 </dev/null; "
    "(trap '' TERM; cat <&3 >/dev/null; kill -TERM 0; sleep 3; kill -KILL 0) & "
    'exec 3<&-; exec "$@"'
)


class _Store(NamedTuple):
    uri: str  # of the database, absolute
    folder: Path  # holds the database and artifacts/


class EmbeddedServer:
    """A running local server; made by `start`, ended by `close` or by leaving its ``with`` block."""

    url: str
    """The tracking URL, such as ``http://127.0.0.1:40213``."""

    def __init__(self, url: str, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self.url = url
        self._process = process  # its standard input is the watcher's pipe
        self._log = log
        self._owner = os.getpid()
        self._closed = False
        atexit.register(self.close)

    @classmethod
    def start(cls, store: str, *, workers: int = 1, timeout: float = _START_SECONDS) -> EmbeddedServer:
        """Start a server over ``store`` and wait until it answers.

        store: ``sqlite:///relative.db``, ``sqlite:////absolute.db``, or a folder (a path or ``file://`` URI), which
            keeps its rows in ``mlflow.db`` and its files in ``artifacts/``. What is missing is created, but of a
            sqlite file's path only the file itself.
        workers: server processes. One starts soonest, and each answers requests on several threads.
        timeout: seconds to wait for the first answer.

        Raises UsageError when the store cannot be served or mlflow is not installed, and Unreachable, with the end of
        the server's log, when it stops or stays silent.
        """
        _require_mlflow()
        place = _store(store)
        for attempt in range(1, _ATTEMPTS + 1):
            server = cls._launch(place, workers)
            try:
                server._wait(store, time.monotonic() + timeout)
                return server
            except BaseException as fault:
                in_use = "address already in use" in server._log_end().lower()
                server.close()
                if isinstance(fault, Unreachable) and in_use and attempt < _ATTEMPTS:
                    continue
                raise
        raise AssertionError("the last attempt returns or raises")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<EmbeddedServer {self.url}{' closed' if self._closed else ''}>"

    def close(self) -> None:
        """End the server and all of its processes; may be called again. Takes at most about five seconds."""
        if self._closed or os.getpid() != self._owner:  # a fork must not end its parent's server
            return
        self._closed = True
        atexit.unregister(self.close)
        self._signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_SECONDS)
        self._signal(signal.SIGKILL)  # whatever is left: a hung worker, and always the watcher
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        self._log.close()

    @classmethod
    def _launch(cls, place: _Store, workers: int) -> EmbeddedServer:
        port = _free_port()
        command = [
            *("/bin/sh", "-c", _WATCHED, "sh", sys.executable, "-m", "mlflow", "server"),
            *("--backend-store-uri", place.uri, "--artifacts-destination", str(place.folder / "artifacts")),
            *("--host", _HOST, "--port", str(port), "--workers", str(workers)),
        ]
        log = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        try:
            process = subprocess.Popen(
                command,
                cwd=place.folder,
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except BaseException:
            log.close()
            raise
        return cls(f"http://{_HOST}:{port}", process, log)

    def _wait(self, store: str, deadline: float) -> None:
        """Return once /health answers 200."""
        pause = 0.02
        while True:
            if (status := self._process.poll()) is not None:
                raise Unreachable(
                    f"the local mlflow server for {store!r} stopped while starting (status {status}); "
                    f"its last words:\n{self._log_end()}"
                )
            if self._healthy():
                return
            if time.monotonic() > deadline:
                raise Unreachable(
                    f"the local mlflow server for {store!r} did not answer in time; its last words:\n{self._log_end()}",
                    hint="on a busy machine it may need longer: start `mlflow server` yourself and connect to its URL",
                )
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)

    def _healthy(self) -> bool:
        # Not requests: it would read proxy settings, and is slower to import than this is to run.
        connection = http.client.HTTPConnection(_HOST, urlsplit(self.url).port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _signal(self, number: signal.Signals) -> None:
        # PermissionError: how macOS reports a group of which only unreaped processes are left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _log_end(self) -> str:
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - 8192))
        lines = self._log.read().decode(errors="replace").rstrip().splitlines()
        return "\n".join(f"  {line}" for line in lines[-_LOG_LINES:]) or "  (none)"


def _require_mlflow() -> None:
    if os.name != "posix":
        raise UsageError(
            "serving a local store needs Linux or macOS",
            hint="start `mlflow server --backend-store-uri ...` yourself and connect to its URL",
        )
    if missing := [name for name in _SERVER_MODULES if importlib.util.find_spec(name) is None]:
        raise UsageError(
            f"serving a local store needs mlflow and its server, and {missing[0]!r} is not installed",
            hint="pip install 'mlflow-sql[embedded]'",
        )


def _store(store: str) -> _Store:
    """Where the rows and files of ``store`` are, its folder made when missing."""
    scheme = re.match(r"([a-z][a-z0-9+.-]+):", store, re.IGNORECASE)
    match scheme[1].lower() if scheme else "":
        case "sqlite":
            return _sqlite(store)
        case "file":
            return _folder(Path(url2pathname(urlsplit(store).path)))
        case "":
            return _folder(Path(store).expanduser())
        case other:
            # The URI itself is left out, since it may hold a password.
            raise UsageError(
                f"a local server can be started over a sqlite file or a folder, not over {other}:",
                hint="start `mlflow server --backend-store-uri ...` yourself and connect to its URL",
            )


def _sqlite(uri: str) -> _Store:
    name, _, options = uri.partition("?")
    prefix, _, path = name.partition(":///")
    if prefix.lower() != "sqlite" or path in ("", ":memory:"):
        raise UsageError(
            f"{uri!r} does not name a file", hint="write sqlite:///relative.db or sqlite:////absolute/path.db"
        )
    file = Path(path).absolute()
    if file.is_dir():
        raise UsageError(f"{str(file)!r} is a folder, not a sqlite file", hint=f"give the folder itself: {file}")
    if not file.parent.is_dir():
        raise UsageError(f"no folder {str(file.parent)!r} for the sqlite file", hint="check the path, or make it first")
    return _Store(f"sqlite:///{file}" + (f"?{options}" if options else ""), file.parent)


def _folder(path: Path) -> _Store:
    path = path.absolute()
    if path.is_file():
        raise UsageError(f"{str(path)!r} is a file, not a folder", hint=f"for a sqlite file write sqlite:///{path}")
    database = path / "mlflow.db"
    if not database.exists() and (legacy := _file_store(path)):
        raise UsageError(
            f"{str(legacy)!r} is a file store of an older MLflow (folders with meta.yaml), which is not served",
            hint=f"copy it into a database with `mlflow migrate-filestore --source {shlex.quote(str(legacy))} "
            f"--target {shlex.quote(f'sqlite:///{database}')}`, then try again",
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UsageError(f"cannot make the folder {str(path)!r}: {fault.strerror}") from fault
    return _Store(f"sqlite:///{database}", path)


def _file_store(path: Path) -> Path | None:
    """The file store that ``path`` is or holds under ``mlruns``: a folder of experiment folders with a meta.yaml."""
    for folder in (path, path / "mlruns"):
        if any(folder.glob("*/meta.yaml")):
            return folder
    return None


def _environment() -> dict[str, str]:
    """Ours, without anything that would tell the server who we are elsewhere or to behave otherwise."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "_MLFLOW_"))}
    return kept | {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        # Background jobs (scorers, trace rollups) are eight more processes and three more seconds.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        # `-m` would otherwise import from the store's folder.
        "PYTHONSAFEPATH": "1",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port
