"""From an address and the environment to a Server, by the rules of MLflow's own client.

Sources of the rules: mlflow/utils/credentials.py, rest_utils.py, request_utils.py and environment_variables.py.
An explicit argument beats what stands in the address, that beats a variable, that beats ~/.mlflow/credentials.
Beyond MLflow: an empty variable counts as unset, and a value that makes no sense is an error that names the variable.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from mlflow_sql.errors import UsageError
from mlflow_sql.rest import databricks
from mlflow_sql.rest.credentials import Basic, Bearer, Credentials, from_file, header_value
from mlflow_sql.rest.server import Flavour, Server

__all__ = ["Server", "resolve"]

ACCEPTED = "http://, https://, databricks, databricks://<profile> and azureml://"
_CREDENTIALS = ("MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD")
_MAX_RETRIES = 10  # MLflow's _MLFLOW_HTTP_REQUEST_MAX_RETRIES_LIMIT
_MAX_BACKOFF_FACTOR = 120.0  # MLflow's _MLFLOW_HTTP_REQUEST_MAX_BACKOFF_FACTOR_LIMIT
_HOSTS: dict[str, Flavour] = {
    ".cloud.databricks.com": "databricks",
    ".gcp.databricks.com": "databricks",
    ".azuredatabricks.net": "databricks",
    ".databricks.azure.us": "databricks",
    ".databricks.azure.cn": "databricks",
    ".api.azureml.ms": "azureml",
}


def resolve(
    uri: str | None = None,
    environ: Mapping[str, str] = os.environ,
    home: Path | None = None,
    *,
    token: str | None = None,
    username: str | None = None,
    password: str | None = None,
    own: bool = True,
) -> Server:
    """The server that ``uri`` names (default: MLFLOW_TRACKING_URI), with everything needed to call it.

    token, username and password replace what the environment says. Nothing is sent. own: False for a server among
    others, to which the credentials that are meant for MLFLOW_TRACKING_URI must not go; unless it is that one.
    Raises UsageError for an address, setting or file that cannot be used, saying what to do; it shows no secret.
    """
    env = {name: value.strip() for name, value in environ.items() if value.strip()}
    home = home or Path.home()
    given = _given(token, username, password, env)
    source = "the address" if uri else "MLFLOW_TRACKING_URI"
    uri = (uri or env.get("MLFLOW_TRACKING_URI", "")).strip()
    if not uri:
        raise UsageError(
            "no tracking server is named",
            hint="Give its address, such as http://localhost:5000, or set MLFLOW_TRACKING_URI.",
        )
    trusted = own or given or _same_host(uri, env.get("MLFLOW_TRACKING_URI", ""))
    if not trusted:
        env = {name: value for name, value in env.items() if name not in _CREDENTIALS}
    hint: str | None
    scheme = uri if uri in ("databricks", "databricks-uc") else urlsplit(uri).scheme.lower()
    settings = _settings(env)
    match scheme:
        case "http" | "https":
            return _plain(uri, source, env, home if trusted else None, given, settings)
        case "databricks":
            return _databricks(uri, env, home, given, settings)
        case "azureml":
            return _azureml(uri, source, env, given, settings)
        case "databricks-uc" | "uc":
            hint = "Unity Catalog is a model registry, not a tracking server: use databricks or databricks://<profile>."
        case _ if _host_without_scheme(uri):
            hint = f"Did you mean http://{uri.rpartition('@')[2]}?"
        case _:
            hint = None
    shown = f"{scheme}://" if "://" in uri else _named(uri)
    raise UsageError(f"{source} is not one of a tracking server: {shown!r}; accepted are {ACCEPTED}", hint=hint)


def _given(token: str | None, username: str | None, password: str | None, env: Mapping[str, str]) -> dict[str, str]:
    """The credentials passed as arguments: {}, {token} or {username, password}."""
    if token and (username or password):
        raise UsageError("token and username or password are given", hint="Give one way to sign in.")
    if token:
        return {"token": token}
    if not (username or password):
        return {}
    username = username or env.get("MLFLOW_TRACKING_USERNAME")
    password = password or env.get("MLFLOW_TRACKING_PASSWORD")
    if not username or not password:
        missing, there = ("password", "username") if username else ("username", "password")
        raise UsageError(
            f"a {there} is given, but no {missing}",
            hint=f"Give {missing}= too, or set MLFLOW_TRACKING_{missing.upper()}.",
        )
    return {"username": username, "password": password}


def _same_host(one: str, other: str) -> bool:
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.netloc.rpartition("@")[2]) == (second.scheme, second.netloc.rpartition("@")[2])


def _plain(
    uri: str, source: str, env: Mapping[str, str], home: Path | None, given: Mapping[str, str], settings: Server
) -> Server:
    parts = _split(uri, source)
    root = _root(parts.scheme.lower(), parts)
    host = (parts.hostname or "").lower()
    flavour = next((f for suffix, f in _HOSTS.items() if host.endswith(suffix)), settings.flavour)
    return replace(settings, root=root, flavour=flavour, auth=_credentials(parts, env, home, given))


def _credentials(
    parts: SplitResult, env: Mapping[str, str], home: Path | None, given: Mapping[str, str]
) -> Credentials:
    if given:
        return _passed(given)
    if parts.username or parts.password:
        return Basic(unquote(parts.username or ""), unquote(parts.password or ""))
    for name in ("MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4"):
        if env.get(name, "false").lower() not in ("false", "0"):
            raise UsageError(
                f"{name} is set, and this way to sign in is not supported",
                hint="Unset it and use MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and _PASSWORD.",
            )
    username, password = env.get("MLFLOW_TRACKING_USERNAME"), env.get("MLFLOW_TRACKING_PASSWORD")
    if not (username and password):  # else the file is not read at all: it may be broken
        in_file = from_file(home) if home is not None else (None, None)
        username, password = username or in_file[0], password or in_file[1]
    if username and password:  # Basic wins over a token, as in MLflow's rest_utils.http_request
        return Basic(username, password)
    if token := env.get("MLFLOW_TRACKING_TOKEN"):
        return Bearer(token, "MLFLOW_TRACKING_TOKEN")
    return Credentials()


def _passed(given: Mapping[str, str]) -> Credentials:
    if "token" in given:
        return Bearer(given["token"], "the token")
    return Basic(given["username"], given["password"])


def _databricks(uri: str, env: Mapping[str, str], home: Path, given: Mapping[str, str], settings: Server) -> Server:
    profile = urlsplit(uri).netloc or None
    if profile is None and uri != "databricks":
        raise UsageError("the Databricks address names no profile", hint="Write databricks or databricks://<profile>.")
    if profile and ":" in profile:
        raise UsageError(
            "databricks://<scope>:<prefix> (a Databricks secret scope) is not supported",
            hint="Use databricks://<profile>, or databricks with DATABRICKS_HOST and DATABRICKS_TOKEN.",
        )
    workspace = databricks.find(profile, env, home, given)
    headers = dict(settings.headers)
    if workspace.workspace_id:
        headers["x-databricks-org-id"] = header_value(workspace.workspace_id, "DATABRICKS_WORKSPACE_ID")
    server = replace(settings, root=workspace.root, flavour="databricks", headers=headers)
    return replace(server, auth=databricks.credentials(workspace, server))


def _azureml(uri: str, source: str, env: Mapping[str, str], given: Mapping[str, str], settings: Server) -> Server:
    """azureml://<host>/<path> is https://<host>/<path>, with a token (the azureml-mlflow package's rule)."""
    parts = _split(uri, source)
    if not given and (token := env.get("MLFLOW_TRACKING_TOKEN")):
        given = {"token": token}
    if not given:
        raise UsageError(
            "an Azure ML workspace needs a token, and none is given",
            hint="Set MLFLOW_TRACKING_TOKEN to what this prints: az account get-access-token "
            "--resource https://management.azure.com --query accessToken -o tsv",
        )
    return replace(settings, root=_root("https", parts), flavour="azureml", auth=_passed(given))


def _split(uri: str, source: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        host = bool(parts.hostname and parts.port != 0)
    except ValueError:  # a port that is no number; the message would quote the address
        host = False
    if not host or any(c.isspace() for c in uri):
        raise UsageError(f"{source} is not a complete address", hint="It should look like http://localhost:5000.")
    if parts.query:
        raise UsageError(f"{source} has a query (?...), which a server's address cannot have", hint="Leave it away.")
    return parts


def _root(scheme: str, parts: SplitResult) -> str:
    """Scheme, host, port and path. The fragment goes: a browser's address bar shows <root>/#/experiments/1."""
    return f"{scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"


def _host_without_scheme(uri: str) -> bool:
    host, _, rest = uri.rpartition("@")[2].partition(":")
    return "://" not in uri and bool(host) and rest.partition("/")[0].isdigit()


def _named(uri: str) -> str:
    return uri.rpartition("@")[2]


def _settings(env: Mapping[str, str]) -> Server:
    """A Server without an address: TLS, patience and headers."""
    insecure = _flag(env, "MLFLOW_TRACKING_INSECURE_TLS", False)
    bundle = _file(env, "MLFLOW_TRACKING_SERVER_CERT_PATH")
    if insecure and bundle:
        raise UsageError(
            "MLFLOW_TRACKING_INSECURE_TLS and MLFLOW_TRACKING_SERVER_CERT_PATH are both set",
            hint="Unset one: the first switches off the check that the second is for.",
        )
    workspace = env.get("MLFLOW_WORKSPACE")
    return Server(
        root="",
        headers={"X-MLFLOW-WORKSPACE": header_value(workspace, "MLFLOW_WORKSPACE")} if workspace else {},
        verify=bundle or not insecure,
        cert=_file(env, "MLFLOW_TRACKING_CLIENT_CERT_PATH"),
        timeout=_number(env, "MLFLOW_HTTP_REQUEST_TIMEOUT", 120.0, least=0.001, most=86_400.0),
        max_retries=int(_number(env, "MLFLOW_HTTP_REQUEST_MAX_RETRIES", 7, most=_MAX_RETRIES, whole=True)),
        backoff_factor=_number(env, "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", 2.0, most=_MAX_BACKOFF_FACTOR),
        backoff_jitter=_number(env, "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", 1.0, most=_MAX_BACKOFF_FACTOR),
        respect_retry_after=_flag(env, "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER", True),
        allow_redirects=_flag(env, "MLFLOW_ALLOW_HTTP_REDIRECTS", True),
    )


def _number(
    env: Mapping[str, str], name: str, default: float, *, most: float, least: float = 0.0, whole: bool = False
) -> float:
    text = env.get(name)
    if text is None:
        return default
    try:
        value = float(int(text)) if whole else float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:  # nan is in no range
        what = "a whole number" if whole else "a number"
        raise UsageError(
            f"{name} is {text!r}, not {what} between {least:g} and {most:g}", hint=f"The default is {default:g}."
        )
    return value


def _flag(env: Mapping[str, str], name: str, default: bool) -> bool:
    text = env.get(name)
    if text is None:
        return default
    if text.lower() not in ("true", "false", "1", "0"):  # MLflow's four words
        raise UsageError(f"{name} is {text!r}, not true or false")
    return text.lower() in ("true", "1")


def _file(env: Mapping[str, str], name: str) -> str | None:
    path = env.get(name)
    if path is not None and not Path(path).exists():  # requests would say so at the first call, without the name
        raise UsageError(f"{name} names a file that does not exist: {path}")
    return path
