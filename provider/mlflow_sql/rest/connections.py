"""Connections that another thread can cut off.

A thread that waits for an answer sits in the operating system and sees no flag. So each connection tells the flight
(the call that the thread is busy with) its socket, and ``Flight.cut`` shuts that socket down, which ends the wait.
This module imports requests and urllib3, so it is imported when the first call is sent.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

from requests import RequestException
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from mlflow_sql.errors import Interrupted

WIRE_ERRORS = (RequestException, HTTPError, OSError)  # what sending and reading raise

_busy = threading.local()


class Flight:
    """One call on its way. cuttable: it changes nothing on the server, or may be repeated; stop: set to interrupt."""

    __slots__ = ("_cut", "_cuttable", "_sock", "_stop")

    def __init__(self, cuttable: bool, stop: threading.Event) -> None:
        self._cuttable = cuttable
        self._stop = stop
        self._cut = False  # stays, however soon the flag is cleared again
        self._sock: Any = None

    def __enter__(self) -> Flight:
        _busy.flight = self
        return self

    def __exit__(self, *exc: object) -> None:
        _busy.flight = None
        self._sock = None

    def check(self) -> None:
        """Raise Interrupted if this call is to end and may be ended in the middle."""
        if self._cuttable and (self._cut or self._stop.is_set()):
            raise Interrupted("interrupted") from None

    def sent(self, sock: Any) -> None:
        """The request went out on ``sock``. The socket is kept before the flag is read, so that no cut is missed."""
        self._sock = sock
        self.check()

    def cut(self) -> None:
        """End the wait for the answer, from another thread."""
        self._cut = True
        sock = self._sock
        sock = getattr(sock, "socket", sock)  # TLS inside TLS (an https proxy) wraps the socket
        if self._cuttable and isinstance(sock, socket.socket):
            with contextlib.suppress(OSError):  # already closed
                # of the plain class: SSLSocket's own would first drop the TLS state that the other thread is using
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _request_sent(connection: HTTPConnection) -> None:
    flight: Flight | None = getattr(_busy, "flight", None)
    if flight is not None:
        flight.sent(connection.sock)


class _Connection(HTTPConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        super().request(*args, **kwargs)
        _request_sent(self)


class _TlsConnection(HTTPSConnection):
    def request(self, *args: Any, **kwargs: Any) -> None:
        super().request(*args, **kwargs)
        _request_sent(self)


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


_POOLS = {"http": _Pool, "https": _TlsPool}
# A tunnel or load balancer may forget a connection that is silent while the server computes; as MLflow's client does.
_SOCKET_OPTIONS = [*HTTPConnection.default_socket_options, (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]


class Adapter(HTTPAdapter):
    """requests' adapter over connections that can be cut off."""

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        """Pool connections that can be cut off."""
        super().init_poolmanager(connections, maxsize, block, socket_options=_SOCKET_OPTIONS, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """The same for connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):  # SOCKS has connections of its own
            manager.pool_classes_by_scheme = _POOLS
        return manager
