"""What is put on a request to say who we are, and how it is kept out of sight.

An object of this module holds its secret in a name-mangled slot; its repr says only the kind. ``scrub`` takes the
secret out of any text, so that a server that echoes what it was sent cannot bring it into a message.
Any callable serves requests as an auth; nothing here imports requests, which costs start-up time.
"""

from __future__ import annotations

import base64
import configparser
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mlflow_sql.errors import UsageError

if TYPE_CHECKING:
    import requests

HIDDEN = "***"
_SHORTEST_SCRUBBED = 4  # taking out shorter ones would only mangle messages


class Credentials:
    """No credentials. Being given to requests, it also keeps requests from looking into ~/.netrc."""

    __slots__ = ("__secrets",)
    kind: ClassVar[str] = "no"

    def __init__(self, *secrets: str) -> None:
        self.__secrets = sorted({s for s in secrets if len(s) >= _SHORTEST_SCRUBBED}, key=len, reverse=True)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the credentials to a request that is about to be sent."""
        return request

    def __repr__(self) -> str:
        return f"<{self.kind} credentials>"

    def __reduce__(self) -> str:
        raise TypeError("credentials are not pickled")

    def scrub(self, text: str) -> str:
        """``text`` without the secrets."""
        for secret in self.__secrets:
            text = text.replace(secret, HIDDEN)
        return text


class Basic(Credentials):
    """A user name and a password (HTTP Basic, as UTF-8)."""

    __slots__ = ("__header",)
    kind = "Basic"

    def __init__(self, username: str, password: str) -> None:
        encoded = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
        super().__init__(password, encoded)
        self.__header = f"Basic {encoded}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self.__header
        return request


class Bearer(Credentials):
    """A token. source: where it came from, for the UsageError if it cannot stand in a header."""

    __slots__ = ("__header",)
    kind = "Bearer"

    def __init__(self, token: str, source: str) -> None:
        token = header_value(token, source)
        super().__init__(token)
        self.__header = f"Bearer {token}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self.__header
        return request


def header_value(text: str, source: str) -> str:
    """``text`` without surrounding white space (a token read from a file ends in a line break).

    Raises UsageError, which never shows the text, for what a header cannot hold: http.client's own error would.
    """
    text = text.strip()
    if not text.isascii() or not text.isprintable():
        raise UsageError(
            f"{source} holds characters that cannot be sent in a header",
            hint="Copy it again; line breaks, curly quotes and '…' from a shortened display are the usual reasons.",
        )
    return text


def from_file(home: Path) -> tuple[str | None, str | None]:
    """User name and password from ~/.mlflow/credentials, each None if it is not there.

    MLflow's rule: section [mlflow], keys mlflow_tracking_username and mlflow_tracking_password, read by configparser
    (so ``%%`` means ``%``; a lone ``%``, at which MLflow fails, is taken as it stands). Raises UsageError.
    """
    path = home / ".mlflow" / "credentials"
    section = read_ini(path).get("mlflow")
    if section is None:
        return None, None
    username, password = (_ini_value(section, f"mlflow_tracking_{what}") for what in ("username", "password"))
    return username, password


def read_ini(path: Path, *, plain: bool = False) -> dict[str, configparser.SectionProxy]:
    """The sections of an ini file; empty if there is no such file.

    plain: ``%`` means nothing special and [DEFAULT] is a section as any other (the rule of ~/.databrickscfg).
    Raises UsageError that does not quote the file: its faulty line may be the secret.
    """
    parser = configparser.ConfigParser(interpolation=None, default_section="") if plain else configparser.ConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "not UTF-8 text"
        raise UsageError(f"{path} cannot be read: {why}") from None
    except configparser.Error as exc:
        line = getattr(exc, "lineno", None)
        where = f" at line {line}" if line else ""
        raise UsageError(f"{path} is not an ini file{where}: expected [section] lines and key = value lines") from None
    return dict(parser)


def _ini_value(section: configparser.SectionProxy, key: str) -> str | None:
    try:
        return section.get(key)
    except configparser.InterpolationError:
        return section.get(key, raw=True)
