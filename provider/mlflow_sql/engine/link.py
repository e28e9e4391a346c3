"""The way from a connection to its server: which one it is, what it can do, and a server of our own for a local store.

Theory: nothing is sent or started before it is needed. The address is settled once, from the argument, from the
statement that names it, or from the environment; then the transport and what the server can do are kept.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow_sql.catalog.model import Capability
from mlflow_sql.config import default_path
from mlflow_sql.errors import UsageError
from mlflow_sql.rest import auth, capabilities
from mlflow_sql.rest.transport import Transport

if TYPE_CHECKING:
    from mlflow_sql.embedded import EmbeddedServer
    from mlflow_sql.plan.nodes import Call
    from mlflow_sql.rest.capabilities import ServerFacts
    from mlflow_sql.rest.transport import Answer

logger = logging.getLogger(__name__)


class Link:
    """The server of one connection.

    server: its address, None for the environment's. login: token, username and password, where given.
    check: raises when the connection is closed. pool: the most connections to keep open. own: the environment's
    credentials are meant for it; else only where it is the server that the environment names.
    """

    def __init__(
        self,
        server: str | None,
        login: Mapping[str, Any],
        declared: Sequence[Capability],
        check: Callable[[], None],
        pool: int,
        own: bool = True,
    ) -> None:
        self.refused: set[tuple[str, str]] = set()  # filters that the server has refused
        self._server = server
        self._login = dict(login)
        self._declared = declared
        self._check = check
        self._pool = pool
        self._own = own
        self._on_call: Callable[[Call, Answer], None] | None = None
        self._lock = threading.RLock()
        self._asking = threading.Lock()
        self._asked: Transport | None = None  # while it is asked what the server can do
        self._embedded: EmbeddedServer | None = None
        self._transport: Transport | None = None
        self._facts: ServerFacts | None = None

    @property
    def root(self) -> str | None:
        """The server's address without credentials; None before it is settled."""
        return self._transport.server.root if self._transport else None

    @property
    def told(self) -> str:
        """The address as it may be shown: without credentials."""
        return self.root or self.given

    @property
    def given(self) -> str:
        """The address that was given, not that of a local store's server, without credentials; empty for none."""
        return re.sub(r"//[^/@]*@", "//", self._server or os.environ.get("MLFLOW_TRACKING_URI", ""))

    @property
    def for_store(self) -> bool:
        """Whether it leads to a local store, for which a server is started. Raises UsageError for no address."""
        uri = self._server or os.environ.get("MLFLOW_TRACKING_URI")
        return bool(uri) and is_store(str(uri))

    @property
    def transport(self) -> Transport:
        """The way to the server; a local store is started on first use.

        Raises UsageError when no server is named, or its address or credentials cannot be used.
        """
        with self._lock:
            self._check()
            if self._transport is None:
                uri = self._server or os.environ.get("MLFLOW_TRACKING_URI")
                if uri and is_store(uri):
                    from mlflow_sql.embedded import EmbeddedServer

                    self._embedded = EmbeddedServer.start(uri)
                    uri = self._embedded.url
                server = auth.resolve(uri, own=self._own, **self._login)
                self._transport = Transport(server, pool_size=self._pool, on_call=self._on_call)
            return self._transport

    def watch(self, on_call: Callable[[Call, Answer], None]) -> None:
        """Have a function called after every answer."""
        with self._lock:
            self._on_call = on_call
            if self._transport is not None:
                self._transport.on_call = on_call

    @property
    def facts(self) -> ServerFacts:
        """What the server can do, asked on first use. Raises ServerError when it cannot be reached."""
        with self._lock:
            if self._facts is None:
                transport = self.transport
                with self._detecting(transport):
                    self._facts = capabilities.detect(transport, self._declared)
            return self._facts

    @contextmanager
    def _detecting(self, transport: Transport) -> Iterator[None]:
        """Around calls that belong to no scan: ``interrupt`` cuts them off."""
        with self._asking:
            self._asked = transport
        try:
            yield
        finally:
            with self._asking:
                self._asked = None
                transport.resume()

    def route(self, server: str | None) -> None:
        """Note the server that a statement itself names: used when no other is named, else told to be ignored."""
        if server is None or server == self._server:
            return
        if self._server is None and not os.environ.get("MLFLOW_TRACKING_URI"):
            self._server = server
        else:
            logger.warning("the statement names %s; it runs on %s", server, self.transport.server.root)

    def cut_off(self) -> None:
        """Cut off the calls that are being made, and refuse further ones until ``resume``."""
        if self._transport is not None:
            self._transport.interrupt()

    def resume(self) -> None:
        """Let calls be made again."""
        if self._transport is not None:
            self._transport.resume()

    def interrupt(self) -> None:
        """Cut off the questions what the server can do."""
        with self._asking:
            if self._asked is not None:
                self._asked.interrupt()

    def close(self) -> None:
        """Close the connections to the server, and stop one that was started for a store."""
        try:
            if self._transport is not None:
                self._transport.close()
        finally:
            if self._embedded is not None:
                self._embedded.close()


def is_store(uri: str) -> bool:
    """Whether the address is a local store (a sqlite file or a folder) rather than a server.

    A word alone is one only if there is such a folder: a misspelt address must not make a new, empty store.
    Raises UsageError for any other word alone.
    """
    if uri.lower().startswith(("sqlite:", "file:")):
        return True
    if ":" in uri or uri in ("databricks", "databricks-uc", "uc"):
        return False
    if re.fullmatch(r"[\w.-]+", uri) and not Path(uri).exists():
        raise UsageError(
            f"{uri!r} is no address of a server, and there is no such folder",
            hint=f"A server's address begins with http:// or https://; for a new local store write ./{uri}; a name"
            f" for a server goes into {default_path()}",
        )
    return True
