"""What this server can do.

Theory: a server's version and kind of store are asked once (two calls at most) and then never change; what it is
found to refuse while it is used is added. So ServerFacts is a small mutable object, guarded by a lock, that all
statements of a connection share.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

import msgspec

from mlflow_sql.catalog.model import Capability
from mlflow_sql.errors import PermissionDenied, ServerError, Unauthenticated, Unreachable
from mlflow_sql.plan.nodes import Call
from mlflow_sql.rest.transport import Answer, Transport

VERSION = Call("GET", "/version")  # plain text, since 2.1
SERVER_INFO = Call("GET", "/api/3.0/mlflow/server-info")  # JSON, since 3.9, without login
_INFO_SINCE = "3.9"
_PARSED = re.compile(r"v?(\d+(?:\.\d+)*)[-_.]?(a|b|c|rc|alpha|beta|pre|preview|dev)?", re.IGNORECASE)


class ServerFacts:
    """A server's version, flavour and store, and which of the declared capabilities it has. Thread-safe.

    version and store are None where the server does not tell; flavour is "oss", "databricks" or "azureml".
    """

    def __init__(
        self,
        declared: Sequence[Capability],
        *,
        flavour: str = "oss",
        version: str | None = None,
        store: str | None = None,
    ) -> None:
        self.version = version
        self.flavour = flavour
        self.store = store
        self._declared = {capability.name: capability for capability in declared}
        self._refused: set[str] = set()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"ServerFacts(flavour={self.flavour!r}, version={self.version!r}, store={self.store!r})"

    def has(self, name: str) -> bool:
        """Whether the server can do what the capability of that name describes; what is not known it cannot.

        A server that tells its version has what came before it; for one that does not, ``flavours`` decides.
        Raises KeyError for a name that no resource file declares.
        """
        capability = self._declared[name]
        with self._lock:
            if name in self._refused:
                return False
        known = [self._since(capability), self._stores(capability)]
        if False in known:
            return False
        return capability.flavours.get(self.flavour, False) if None in known else True

    def refuse(self, name: str) -> None:
        """Remember that the server refused this, so that ``has`` is False from now on."""
        with self._lock:
            self._refused.add(name)

    @property
    def refused(self) -> frozenset[str]:
        """The names given to ``refuse`` so far."""
        with self._lock:
            return frozenset(self._refused)

    def _since(self, capability: Capability) -> bool | None:
        if capability.since is None:
            return None if capability.store is None and capability.flavours else True
        return at_least(self.version, capability.since)

    def _stores(self, capability: Capability) -> bool | None:
        if capability.store is None:
            return True
        return None if self.store is None else self.store == capability.store


def detect(transport: Transport, declared: Sequence[Capability]) -> ServerFacts:
    """Ask the server what it is.

    Only open-source servers tell (/version is not there on Databricks and Azure ML), so only they are asked; a server
    that answers with anything but 401 and 403 is simply not known. Raises Unauthenticated, PermissionDenied,
    Unreachable and Interrupted.
    """
    flavour = transport.server.flavour
    if flavour != "oss":
        return ServerFacts(declared, flavour=flavour)
    version = None
    if (answer := _ask(transport, VERSION)) is not None:
        text = answer.content[:100].decode("utf-8", "replace").strip()
        version = text if _parse(text) is not None else None
    store = None
    if at_least(version, _INFO_SINCE) is not False and (answer := _ask(transport, SERVER_INFO)) is not None:
        store = _store(answer.content)
    return ServerFacts(declared, flavour=flavour, version=version, store=store)


def _ask(transport: Transport, call: Call) -> Answer | None:
    try:
        return transport.send(call, max_retries=1)
    except (Unauthenticated, PermissionDenied, Unreachable):
        raise
    except ServerError:
        return None


def _store(content: bytes) -> str | None:
    try:
        told = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    store = told.get("store_type") if isinstance(told, dict) else None
    return store if isinstance(store, str) else None


def at_least(version: str | None, since: str) -> bool | None:
    """Whether ``version`` is ``since`` or later; None if there is no version, or none that can be read.

    Numbers compare as numbers (3.17.0 is after 3.9.1), and 3.17.0rc1 and 3.17.0.dev0 come before 3.17.0.
    """
    found, wanted = _parse(version or ""), _parse(since)
    return None if found is None or wanted is None else found >= wanted


def _parse(text: str) -> tuple[tuple[int, ...], bool] | None:
    match = _PARSED.match(text.strip())
    if match is None or len(text) > 60:
        return None
    numbers = tuple(int(n) for n in match[1].split("."))
    return (*numbers, 0, 0, 0)[:3], match[2] is None
