"""The configuration file: servers by name, with the credentials that no statement should hold.

TOML, at ``$MLFLOW_SQL_CONFIG``, else ``$XDG_CONFIG_HOME/mlflow-sql/config.toml`` (``~/.config`` by default, on Windows
``%APPDATA%``)::

    default = "prod"                  # used where no server is named, and MLFLOW_TRACKING_URI is not set

    [servers.prod]
    url = "https://mlflow.example.com"
    token_env = "PROD_TOKEN"          # the variable that holds it; or token = "..."
    read_only = true

    [servers.staging]
    url = "http://staging:5000"
    username = "ada"
    password_env = "STAGING_PASSWORD" # or password = "..."
"""

from __future__ import annotations

import logging
import os
import re
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from mlflow_sql.errors import UsageError, nearest

logger = logging.getLogger(__name__)

NAME = re.compile(r"[A-Za-z_][\w-]*")


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One server. A secret stands in the file, or in the environment variable that is named."""

    url: str
    token: str | None = None
    token_env: str | None = None
    username: str | None = None
    password: str | None = None
    password_env: str | None = None
    read_only: bool = False

    def __repr__(self) -> str:
        return "Entry(...)"

    @property
    def has_secret(self) -> bool:
        """Whether the file itself holds a secret."""
        return bool(self.token or self.password) or "@" in self.url

    def login(self) -> dict[str, str]:
        """token, or username and password, as ``connect`` takes them. Raises UsageError for an unset variable."""
        found = {
            "token": self.token or _variable(self.token_env),
            "username": self.username,
            "password": self.password or _variable(self.password_env),
        }
        return {name: value for name, value in found.items() if value}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    default: str | None = None
    servers: dict[str, Entry] = {}


@dataclass(frozen=True, slots=True)
class Config:
    """What a configuration file says; an absent one says nothing. Names of servers keep their case."""

    path: Path
    servers: dict[str, Entry] = field(default_factory=dict)
    default: str | None = None

    def server(self, name: str) -> Entry:
        """The server of that name. Raises UsageError with near names."""
        if name not in self.servers:
            near = nearest(name, self.servers)
            what = f"did you mean {near[0]!r}?" if near else f"name it there as [servers.{name}]"
            raise UsageError(f"no server {name!r} in {self.path}", hint=what)
        return self.servers[name]


def default_path() -> Path:
    """Where the file is looked for when none is named."""
    if given := os.environ.get("MLFLOW_SQL_CONFIG"):
        return Path(given).expanduser()
    if sys.platform == "win32" and os.environ.get("APPDATA"):
        return Path(os.environ["APPDATA"]) / "mlflow-sql" / "config.toml"
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".config") / "mlflow-sql" / "config.toml"


def read(path: Path | str | None = None) -> Config:
    """The configuration in a file; by default the one at its usual place, which need not be there.

    Raises UsageError for a file that cannot be read or used, naming the place; it quotes no value.
    """
    named = path is not None or bool(os.environ.get("MLFLOW_SQL_CONFIG"))
    where = Path(path).expanduser() if path is not None else default_path()
    try:
        content = where.read_bytes()
    except OSError as error:
        if not named and isinstance(error, (FileNotFoundError, NotADirectoryError)):
            return Config(where)
        raise UsageError(f"cannot read the configuration {where}: {error.strerror}") from None
    try:
        found = msgspec.toml.decode(content, type=_File)
    except msgspec.ValidationError as error:
        raise UsageError(f"{where}: {error}", hint="a server has url, token or token_env, username, password or"
                         " password_env, and read_only") from None  # fmt: skip
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        place = re.search(r"\(at [^)]*\)", str(error))
        raise UsageError(f"{where} is not TOML {place[0] if place else ''}".rstrip()) from None
    for name in found.servers:
        if not NAME.fullmatch(name):
            raise UsageError(f"{where}: {name!r} is no name for a server", hint="letters, digits, _ and -")
    if any(e.has_secret for e in found.servers.values()) and _open_to_others(where):
        logger.warning("%s holds secrets, and others can read it: chmod 600 %s", where, where)
    config = Config(where, found.servers, found.default)
    if found.default is not None:
        config.server(found.default)
    return config


def _open_to_others(path: Path) -> bool:
    return sys.platform != "win32" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _variable(name: str | None) -> str | None:
    if name is None:
        return None
    value = os.environ.get(name, "").strip()
    if not value:
        raise UsageError(f"the environment variable {name} is not set", hint="the configuration file names it")
    return value
