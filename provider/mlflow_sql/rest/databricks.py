"""Where a Databricks workspace is and how to sign in to it.

The rules are those of the Databricks SDK, which MLflow uses, for three ways of signing in: a token (``pat``), OAuth
machine-to-machine (``oauth-m2m``), and user name and password (``basic``). One rule differs on purpose: a profile that
is named in the address is taken alone, without mixing DATABRICKS_* variables into it, so that
``databricks://prod`` never writes to the host that a forgotten variable names.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from mlflow_sql.errors import Error, ResponseError, Unauthenticated, UsageError
from mlflow_sql.rest import faults, retry
from mlflow_sql.rest.credentials import HIDDEN, Basic, Bearer, Credentials, header_value, read_ini
from mlflow_sql.rest.server import Server

if TYPE_CHECKING:
    import requests

_FIELDS = ("host", "token", "client_id", "client_secret", "username", "password", "auth_type", "workspace_id")
_WAYS = {"pat": ("token",), "oauth-m2m": ("client_id", "client_secret"), "basic": ("username", "password")}
TOKEN_PATH = "/oidc/v1/token"
_RENEW_BEFORE = 60.0  # seconds before the end of a token's life at which a new one is fetched
_TOKEN_TRIES = 3
_TOKEN_TIMEOUT = 30.0  # seconds
_CHECK_CLIENT = "Check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, and that they belong to this workspace."


@dataclass(frozen=True)
class Workspace:
    """A workspace's address, the way to sign in, and the id for a host that serves several workspaces."""

    root: str
    way: Mapping[str, str]  # one of the lists of _WAYS, filled
    workspace_id: str | None

    def __repr__(self) -> str:
        return f"Workspace({self.root!r})"


def find(profile: str | None, environ: Mapping[str, str], home: Path, given: Mapping[str, str]) -> Workspace:
    """The workspace that ``profile``, the DATABRICKS_* variables or ~/.databrickscfg describe.

    profile: named in the address; given: username, password or token that were passed and replace what is found.
    Raises UsageError that says what is missing.
    """
    path = Path(environ.get("DATABRICKS_CONFIG_FILE") or home / ".databrickscfg")
    if str(path).startswith("~"):
        path = home / Path(*path.parts[1:])
    found = {} if profile else {f: v for f in _FIELDS if (v := environ.get(f"DATABRICKS_{f.upper()}", "").strip())}
    named = profile or environ.get("DATABRICKS_CONFIG_PROFILE") or None
    where = "the DATABRICKS_* variables"
    if named or not found:
        name, section = _section(path, named)
        found = {**section, **found}
        where = f"profile {name} of {path}" if name else f"the DATABRICKS_* variables or {path}"
    if given:
        found = {f: v for f, v in found.items() if f in ("host", "workspace_id")} | dict(given)
    if "host" not in found:
        raise UsageError(
            f"no Databricks host in {where}",
            hint="Set DATABRICKS_HOST=https://<workspace address>, or name a profile: databricks://profile.",
        )
    return Workspace(_root(found["host"], where), _way(found, where), found.get("workspace_id"))


def _section(path: Path, named: str | None) -> tuple[str | None, dict[str, str]]:
    """The profile's name and its fields; (None, {}) if none is named and the file has no default one."""
    sections = read_ini(path, plain=True)
    settings = sections.get("__settings__")
    name = named or (settings.get("default_profile", "").strip() if settings else "") or "DEFAULT"
    if name not in sections or name in ("", "__settings__"):
        if name == "DEFAULT" and named is None:
            return None, {}
        known = sorted(s for s in sections if s not in ("", "__settings__"))
        raise UsageError(
            f"there is no profile {name!r} in {path}",
            hint=f"It has: {', '.join(known)}." if known else "The file is missing or has no profile.",
        )
    section = sections[name]
    return name, {f: v.strip() for f in _FIELDS if (v := section.get(f)) and v.strip()}


def _root(host: str, where: str) -> str:
    parts = urlsplit(host if "://" in host else f"https://{host}")
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password:
        raise UsageError(f"the host in {where} is not an address like https://adb-123.7.azuredatabricks.net")
    return f"{parts.scheme}://{parts.netloc}"  # the SDK drops a path too: people copy it from the browser


def _way(found: Mapping[str, str], where: str) -> dict[str, str]:
    complete = {way: fields for way, fields in _WAYS.items() if all(f in found for f in fields)}
    wanted = found.get("auth_type")
    if wanted is not None:
        if wanted not in _WAYS:
            raise UsageError(f"DATABRICKS_AUTH_TYPE is {wanted!r}; supported are {', '.join(_WAYS)}")
        complete = {wanted: _WAYS[wanted]} if wanted in complete else {}
    if not complete:
        raise UsageError(
            f"{where} name a Databricks host but no way to sign in" + (f" by {wanted}" if wanted else ""),
            hint="Set DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, "
            "or name a profile of ~/.databrickscfg that has them: databricks://profile.",
        )
    if len(complete) > 1:
        raise UsageError(
            f"{where} hold more than one way to sign in: {' and '.join(complete)}",
            hint="Unset one, or choose with DATABRICKS_AUTH_TYPE.",
        )
    return {field: found[field] for field in next(iter(complete.values()))}


def credentials(workspace: Workspace, server: Server) -> Credentials:
    """What signs requests to the workspace. server: says how to reach it for a token, and names it in errors."""
    way = workspace.way
    if "token" in way:
        return Bearer(way["token"], "the Databricks token")
    if "username" in way:
        return Basic(way["username"], way["password"])
    return MachineToMachine(server, way["client_id"], way["client_secret"])


class MachineToMachine(Credentials):
    """A token that is fetched for a client id and secret when first needed, kept, and renewed before it runs out.

    Threads that need a token while one of them fetches it wait for that one. Signing a request can therefore raise
    Unauthenticated, Unreachable and the other errors of a call to the server.
    """

    __slots__ = ("__clock", "__lock", "__renew_at", "__server", "__signature", "__token")
    kind = "OAuth"

    def __init__(
        self, server: Server, client_id: str, secret: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(secret)
        self.__signature = Basic(client_id, secret)
        self.__server = replace(server, auth=self)
        self.__clock = clock
        self.__lock = threading.Lock()
        self.__token = ""
        self.__renew_at = 0.0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        with self.__lock:
            if not self.__token or self.__clock() >= self.__renew_at:
                self.__token, lifetime = self.__fetch()
                self.__renew_at = self.__clock() + lifetime - min(_RENEW_BEFORE, lifetime / 2)
            request.headers["Authorization"] = f"Bearer {self.__token}"
        return request

    def scrub(self, text: str) -> str:
        """``text`` without the secrets."""
        token = self.__token
        text = text.replace(token, HIDDEN) if token else text
        return super().scrub(self.__signature.scrub(text))

    def __fetch(self) -> tuple[str, float]:
        """A new token and its life in seconds. A passing fault is tried again within a second or two."""
        import requests

        server, label = self.__server, f"POST {TOKEN_PATH}"
        fault: Error
        for attempt in range(1, _TOKEN_TRIES + 1):
            if attempt > 1:
                time.sleep(retry.quick_delay(attempt))
            try:
                response = requests.post(
                    server.root + TOKEN_PATH,
                    data={"grant_type": "client_credentials", "scope": "all-apis"},
                    auth=self.__signature,
                    timeout=min(server.timeout, _TOKEN_TIMEOUT),
                    verify=server.verify,
                    cert=server.cert,
                    allow_redirects=False,
                )
            except requests.RequestException as exc:
                fault = faults.unreachable(exc, server, label, attempts=attempt)
                if not retry.most_after_failure(faults.classify(exc), idempotent=True, reached=False, max_retries=1):
                    break
                continue
            if response.status_code == 200:
                return self.__read(response.content, label)
            if response.status_code < 400:
                fault = faults.unusual(response.status_code, response.content, server, label)
                break
            fault = faults.refused(response.status_code, response.content, server, label, attempts=attempt)
            if response.status_code == 400:  # one of OAuth's two answers to a wrong client id or secret
                fault = Unauthenticated(fault.message, call=label, status=400, code=fault.code, hint=_CHECK_CLIENT)
            if response.status_code not in retry.RETRIED:
                break
        raise fault from None

    def __read(self, body: bytes, label: str) -> tuple[str, float]:
        try:
            answer = msgspec.json.decode(body, type=_TokenAnswer)
            return header_value(answer.access_token, "the token that the server sent"), float(answer.expires_in)
        except (msgspec.DecodeError, UsageError):
            raise ResponseError(
                f"{self.__server.root} answered {label} with something that is not a token",
                call=label,
                hint="Check DATABRICKS_HOST: it must be the address of the workspace.",
            ) from None


class _TokenAnswer(msgspec.Struct):
    access_token: str
    expires_in: float = 3600.0
