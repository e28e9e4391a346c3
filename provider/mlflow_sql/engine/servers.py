"""The servers of one connection: its own, and those that are attached under names.

Theory: each server has a Link, and whoever asks one does it for a Resource, which says whose it is. Attaching sends
nothing. The environment's credentials are meant for the server that the environment names: an attached one gets only
what the configuration file says of it, or what its address holds.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mlflow_sql import config
from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Capability, Resource
from mlflow_sql.engine.link import Link, is_store
from mlflow_sql.errors import BindError, UsageError
from mlflow_sql.plan.attach import HINT, Attach

if TYPE_CHECKING:
    from mlflow_sql.plan.nodes import Call
    from mlflow_sql.rest.transport import Answer

logger = logging.getLogger(__name__)

OnCall = Callable[["Call", "Answer"], None]


class Servers:
    """The links of a connection by the names of their servers, "" for its own.

    server: the address of the connection's own server, or a name of the configuration file, None for the
    environment's, else the file's default. login: token, username and password, where given.
    file: the configuration; None for that at its usual place.
    Raises UsageError for a configuration that cannot be used.
    """

    def __init__(
        self,
        server: str | None,
        login: Mapping[str, Any],
        names: Names,
        check: Callable[[], None],
        pool: int,
        file: Path | str | None = None,
    ) -> None:
        self._names = names
        self._check = check
        self._pool = pool
        self._file = file
        self._on_call: OnCall | None = None
        self.read_only: set[str] = set()
        # One that is named must be good, also when nothing of it is needed yet.
        entry = self._own_entry(server, config.read(file) if file is not None else None)
        if entry is not None:
            server = entry.url
            login = login if any(login.values()) else entry.login()
            self.read_only |= {""} if entry.read_only else set()
        self._links = {"": self._link(server, login)}

    @property
    def own(self) -> Link:
        """The connection's own server."""
        return self._links[""]

    def of(self, resource: Resource) -> Link:
        """The server that a table is on."""
        return self._links[resource.server]

    def named(self, name: str) -> Link:
        """The server of that name, "" for the connection's own."""
        return self._links[name]

    def all(self) -> Sequence[tuple[str, Link]]:
        """Every server with its name, the connection's own first."""
        return list(self._links.items())

    def watch(self, on_call: OnCall) -> None:
        """Have a function called after every answer of every server, those attached later included."""
        self._on_call = on_call
        for link in self._links.values():
            link.watch(on_call)

    # -- attaching

    def attach(self, attach: Attach, taken: Sequence[str]) -> None:
        """Add a server. taken: names that mean something already.

        Raises UsageError for an address that cannot be used, BindError for a name that is taken.
        """
        url, login, read_only = self._found(attach.server)
        name = (attach.name or (attach.server if config.NAME.fullmatch(attach.server) else "")).lower()
        if not name:
            raise UsageError("ATTACH of an address needs a name for it", hint=HINT)
        if name in self._links and attach.present == "skip":
            return
        if name in taken:
            raise BindError(f"{name!r} is the name of a database here", hint="ATTACH it AS another name")
        link = self._link(url, login, own=False)
        if not is_store(url):
            _ = link.transport  # an address that cannot be used is told at once; nothing is sent
        if name in self._links and attach.present == "replace":
            self.detach(name)
        self._names.attach(name)
        self._links[name] = link
        if attach.read_only or read_only:
            self.read_only.add(name)

    def detach(self, name: str) -> None:
        """Let go of a server. Raises BindError when none is attached under that name."""
        self._names.detach(name)
        self.read_only.discard(name.lower())
        self._links.pop(name.lower()).close()

    def names_store(self, server: str) -> bool:
        """Whether what ATTACH names is a local store, by its address or by its name in the configuration.

        Raises UsageError for what it cannot name.
        """
        return is_store(self._found(server)[0])

    def _found(self, server: str) -> tuple[str, Mapping[str, Any], bool]:
        """The address, the credentials, and whether it is only read."""
        if config.NAME.fullmatch(server) and server not in ("databricks", "uc"):
            entry = config.read(self._file).server(server)
            return entry.url, entry.login(), entry.read_only
        parts = urlsplit(server)
        if parts.username or parts.password:
            raise UsageError(
                "an address with credentials does not belong into a statement, which histories and logs keep",
                hint=f"put it into {config.default_path()}, and ATTACH the server by its name there",
            )
        return server, {}, False

    def _own_entry(self, server: str | None, found: config.Config | None) -> config.Entry | None:
        """What the configuration says of the connection's own server. found: what is read already."""
        if server is None:
            if os.environ.get("MLFLOW_TRACKING_URI"):
                return None
            found = found or config.read(self._file)
            return found.server(found.default) if found.default else None
        if not config.NAME.fullmatch(server) or server in ("databricks", "uc"):
            return None
        found = found or config.read(self._file)
        if server not in found.servers and (Path(server).exists() or not (found.servers or self._file)):
            return None  # a folder, or nothing at all, which Link tells
        return found.server(server)

    def _link(self, server: str | None, login: Mapping[str, Any], own: bool = True) -> Link:
        link = Link(server, login, self._names.catalog.capabilities, self._check, self._pool, own=own)
        if self._on_call is not None:
            link.watch(self._on_call)
        return link

    # -- ends

    def cut_off(self) -> None:
        """Cut off every call that is being made, and refuse further ones until ``resume``."""
        for link in list(self._links.values()):
            link.cut_off()

    def resume(self) -> None:
        """Let calls be made again."""
        for link in list(self._links.values()):
            link.resume()

    def interrupt(self) -> None:
        """Cut off the questions what the servers can do."""
        for link in list(self._links.values()):
            link.interrupt()

    def close(self) -> None:
        """Close the connections to all servers, and stop those that were started for a store."""
        faults = []
        for link in self._links.values():
            try:
                link.close()
            except Exception as fault:
                faults.append(fault)
        if faults:
            raise faults[0]


def capabilities_of(link: Link, declared: Sequence[Capability]) -> frozenset[str]:
    """The names of what a server can do. Raises ServerError when it cannot be reached."""
    facts = link.facts
    return frozenset(c.name for c in declared if facts.has(c.name))
