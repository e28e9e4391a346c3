"""From what went wrong on the wire to one of our errors, in words that help a person.

Nothing of headers, query strings or credentials goes into a message, and the server's own words are scrubbed.
"""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import msgspec

from mlflow_sql import errors
from mlflow_sql.rest.retry import Failure
from mlflow_sql.rest.server import Server

MAX_WORDS = 300
_RAISE_TIMEOUT = "If the server is only slow, set MLFLOW_HTTP_REQUEST_TIMEOUT (seconds) to more than {timeout:g}."
_UNKNOWN = "It is not known whether the server did it: look before you repeat it."
_SIGN_IN = {
    "databricks": "Set DATABRICKS_HOST and DATABRICKS_TOKEN (or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET), "
    "or name a profile of ~/.databrickscfg: databricks://profile.",
    "azureml": "Set MLFLOW_TRACKING_TOKEN to a fresh token (it lives about an hour): "
    "az account get-access-token --resource https://management.azure.com --query accessToken -o tsv",
    "oss": "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, "
    "or pass username= and password=, or token=.",
}


def mlflow_error(body: bytes) -> tuple[str | None, str | None]:
    """Error code and message of a JSON error; (None, None) if the body is not JSON.

    MLflow and Databricks send {error_code, message}; Azure ML {error: {code, message}}; other hosts only words.
    """
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None, None
    if not isinstance(decoded, dict):
        return None, None
    inner = decoded["error"] if isinstance(decoded.get("error"), dict) else decoded
    code = inner.get("error_code") or inner.get("code")
    said = next((inner[key] for key in ("message", "error_description", "detail", "error") if inner.get(key)), None)
    return (str(code) if code else None), (str(said) if said else None)


def looks_like_html(body: bytes) -> bool:
    """Whether a body is a web page, whatever its headers say (MLflow sends plain /version as text/html)."""
    return body[:200].lstrip()[:1] == b"<"


def words(body: bytes) -> str:
    """What a body says to a person, on one line, at most MAX_WORDS characters; a web page says its title."""
    code, said = mlflow_error(body)
    text = said or code
    if text is None:
        text = body[:20_000].decode("utf-8", "replace")
        if looks_like_html(body):
            page = _Page()
            page.feed(text)
            text = page.title or page.text
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 1].rstrip() + "…"


_SQL = re.compile(r"\s*\[SQL: .*", re.DOTALL)  # behind what a server's database says: nothing for our users


def refused(
    status: int, body: bytes, server: Server, label: str, *, attempts: int = 1, idempotent: bool = True
) -> errors.RefusedError:
    """The error for an answer with an error status (4xx, 5xx). attempts: how often the call was sent."""
    code, _ = mlflow_error(body)
    said = _SQL.sub("", server.auth.scrub(words(body)))
    kind = _class(status)
    tries = f" after {attempts} attempts" if attempts > 1 else ""
    head = f"{server.root} answered {label} with {status}{f' {code}' if code else ''}{tries}"
    hint = _hint(status, code, body, said, server)
    if status >= 500 and not idempotent:
        hint = f"{hint} {_UNKNOWN}"
    return kind(f"{head}: {said}" if said else head, call=label, status=status, code=code, hint=hint)


def _class(status: int) -> type[errors.RefusedError]:
    match status:
        case 401:
            return errors.Unauthenticated
        case 403:
            return errors.PermissionDenied
        case 404:
            return errors.NotFound
        case 429:
            return errors.RateLimited
        case _ if status >= 500:
            return errors.ServerFailure
        case _:
            return errors.BadRequest


def _hint(status: int, code: str | None, body: bytes, said: str, server: Server) -> str | None:
    host = urlsplit(server.root).netloc
    page = looks_like_html(body)
    match status:
        case 401:
            sent = server.auth.kind
            sent = f"The {sent} credentials that were sent were not accepted." if sent != "no" else "None were sent."
            return f"{sent} {_SIGN_IN[server.flavour]}"
        case 403 if "Invalid Host header" in said:
            return f"Start the server so that it accepts this name: mlflow server --allowed-hosts {host}"
        case 403 if page:
            return "This is a web page, so a proxy or a login page refused, not MLflow: check NO_PROXY and the VPN."
        case 403 if server.flavour != "oss":
            return f"The credentials do not allow this, or have run out. {_SIGN_IN[server.flavour]}"
        case 403:
            return "These credentials may not do this: ask for the permission, or use others."
        case 404 | 405 if page:
            return (
                f"Is {server.root} an MLflow server? If it runs under a prefix (--static-prefix), "
                "add that to the address: http://host:5000/prefix. An old server may lack this endpoint."
            )
        case 404 if code != "RESOURCE_DOES_NOT_EXIST":
            return "This server does not have this endpoint; it may be older than the feature."
        case 407:
            return "The proxy wants credentials: HTTPS_PROXY=http://user:password@host:port"
        case 429:
            return "The server limits how fast it is asked: wait, or set MLFLOW_HTTP_REQUEST_MAX_RETRIES (up to 10)."
        case 502 | 503 | 504 if page:
            return (
                "The page comes from a proxy in front of MLflow: is the server behind it running? "
                "If it is only slow, a narrower WHERE makes smaller requests."
            )
        case _ if status >= 500:
            return "The reason is in the tracking server's log."
    return None


def redirected(server: Server, label: str, status: int, location: str, why: str) -> errors.ResponseError:
    """The error for a redirect that is not followed; ``location`` is shown without its query and user."""
    target = urlsplit(location)
    host = f"{target.hostname or ''}{f':{target.port}' if target.port else ''}"
    shown = server.auth.scrub(f"{target.scheme}://{host}{target.path}" if host else target.path)
    return errors.ResponseError(
        f"{server.root} answered {label} with a redirect ({status}) to {shown}, {why}",
        call=label,
        status=status,
        hint="If that is the tracking server, use its address; if it is a login page, set the credentials first.",
    )


def page_instead(body: bytes, server: Server, label: str, status: int) -> errors.ResponseError:
    """The error for a web page where MLflow's answer should be."""
    title = server.auth.scrub(words(body))
    return errors.ResponseError(
        f"{server.root} answered {label} with a web page" + (f": {title}" if title else ""),
        call=label,
        status=status,
        hint="A login page or a proxy stands in front of the server, or this is not an MLflow server.",
    )


def unusual(status: int, body: bytes, server: Server, label: str) -> errors.ResponseError:
    """The error for a status that is neither an answer nor an error (1xx, 3xx without a target)."""
    said = server.auth.scrub(words(body))
    return errors.ResponseError(
        f"{server.root} answered {label} with status {status}" + (f": {said}" if said else ""),
        call=label,
        status=status,
        hint="Is this an MLflow server?",
    )


def classify(exc: BaseException) -> Failure:
    """Which kind of failure an exception of requests (or of urllib3, or the system) is."""
    import requests.exceptions as r
    import urllib3.exceptions as u

    chain = list(_chain(exc))
    if isinstance(exc, r.SSLError) or any(isinstance(e, ssl.SSLCertVerificationError) for e in chain):
        return Failure.TLS
    if isinstance(exc, r.ConnectTimeout):
        return Failure.NO_CONNECTION
    if isinstance(exc, (r.ChunkedEncodingError, r.ContentDecodingError)):
        return Failure.TRUNCATED
    if isinstance(exc, r.Timeout) or any(isinstance(e, u.ReadTimeoutError) for e in chain):
        return Failure.TIMEOUT
    if isinstance(exc, r.ProxyError) or any(isinstance(e, u.NewConnectionError) for e in chain):
        return Failure.REFUSED
    if isinstance(exc, (r.ConnectionError, u.ProtocolError, ConnectionError)):
        return Failure.BROKEN
    return Failure.OTHER


def unreachable(
    exc: BaseException, server: Server, label: str, *, attempts: int = 1, idempotent: bool = True
) -> errors.ServerError:
    """The error for an exception of requests: Unreachable, or ResponseError for an answer that was cut off."""
    failure = classify(exc)
    tries = f" after {attempts} attempts" if attempts > 1 else ""
    if failure is Failure.TRUNCATED:
        said = "The answer was not whole: a proxy or the server closed the connection early"
        done = "the server had already accepted the call, so it was probably carried out: look before you repeat it."
        return errors.ResponseError(
            f"{server.root} sent a cut-off answer to {label}{tries}",
            call=label,
            hint=f"{said}." if idempotent else f"{said}; {done}",
        )
    said, hint = _unreachable_words(failure, exc, server)
    if not idempotent and not failure.unsent:
        hint = f"{hint} {_UNKNOWN}"
    return errors.Unreachable(f"{server.root} is out of reach for {label}{tries}: {said}", call=label, hint=hint)


def _unreachable_words(failure: Failure, exc: BaseException, server: Server) -> tuple[str, str]:
    import requests.exceptions as r

    chain = list(_chain(exc))
    host = urlsplit(server.root).hostname
    match failure:
        case Failure.TLS:
            return _tls_words(chain)
        case Failure.REFUSED if isinstance(exc, r.ProxyError):
            return "the proxy could not be used", "Check HTTP_PROXY and HTTPS_PROXY, or add the host to NO_PROXY."
        case Failure.REFUSED if any(isinstance(e, socket.gaierror) for e in chain):
            return f"the host name {host!r} does not resolve", "Check the address's spelling, the network, the VPN."
        case Failure.REFUSED:
            reason = next((e.strerror for e in chain if isinstance(e, OSError) and e.strerror), "connection refused")
            return reason.lower(), "Is the server running, and is the port right? (mlflow server listens on 5000.)"
        case Failure.NO_CONNECTION:
            return "no connection in time", "A firewall may drop the packets: check the address, the port, the VPN."
        case Failure.TIMEOUT:
            return f"no answer within {server.timeout:g} s", _RAISE_TIMEOUT.format(timeout=server.timeout)
        case Failure.BROKEN:
            return (
                "the connection was closed before an answer came",
                "Did the server restart or run out of memory (see its log)? A port that speaks https closes http too.",
            )
    return f"the request cannot be sent ({type(exc).__name__})", "Check the server's address and the certificate files."


def _tls_words(chain: list[BaseException]) -> tuple[str, str]:
    verify = next((e for e in chain if isinstance(e, ssl.SSLCertVerificationError)), None)
    if verify is not None:
        return (
            f"its TLS certificate cannot be verified: {verify.verify_message or 'not trusted'}",
            "For a private authority set MLFLOW_TRACKING_SERVER_CERT_PATH to its certificate (a PEM bundle); "
            "MLFLOW_TRACKING_INSECURE_TLS=true switches the check off.",
        )
    reason = next((e.reason for e in chain if isinstance(e, ssl.SSLError) and isinstance(e.reason, str)), None)
    said = f"the TLS handshake failed{f' ({reason})' if reason else ''}"
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"):
        return said, "The port does not speak TLS: is the address http:// instead of https://?"
    return said, (
        "Check MLFLOW_TRACKING_SERVER_CERT_PATH (a PEM bundle of the authority) and, where the server asks for one, "
        "MLFLOW_TRACKING_CLIENT_CERT_PATH (certificate and key in one PEM file)."
    )


def _chain(exc: BaseException) -> Iterator[BaseException]:
    """The exception and those inside it: requests and urllib3 wrap each other by argument, reason and cause."""
    seen: set[int] = set()
    todo: list[object] = [exc]
    while todo:
        found = todo.pop(0)
        if isinstance(found, BaseException) and id(found) not in seen:
            seen.add(id(found))
            yield found
            todo += [*found.args, getattr(found, "reason", None), found.__cause__, found.__context__]


class _Page(HTMLParser):
    """The title of a web page and the beginning of its visible text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.text = ""
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("title", "script", "style"):
            self._open = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open == "title":
            self.title += data
        elif self._open is None and len(self.text) < MAX_WORDS:
            self.text += f" {data.strip()}"
