"""Finding a Databricks workspace and signing in to it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import requests
import responses

from mlflow_sql.errors import ResponseError, Unauthenticated, Unreachable, UsageError
from mlflow_sql.rest import databricks
from mlflow_sql.rest.auth import resolve
from mlflow_sql.rest.server import Server

HOST = "https://adb-1.2.azuredatabricks.net"
TOKEN_URL = f"{HOST}/oidc/v1/token"
M2M = {"DATABRICKS_HOST": HOST, "DATABRICKS_CLIENT_ID": "cid", "DATABRICKS_CLIENT_SECRET": "hush-hush"}


def sent(server: Server) -> str | None:
    """The Authorization header that a request to the server would carry."""
    request = requests.Request("GET", server.root, auth=server.auth)
    return requests.Session().prepare_request(request).headers.get("Authorization")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".databrickscfg").write_text(
        "[DEFAULT]\nhost = https://default.cloud.databricks.com/?o=1\ntoken = d%tok\n"
        "[prod]\nhost = prod.cloud.databricks.com\nclient_id = c\nclient_secret = s3cret\nworkspace_id = 42\n"
        "[nothing]\nhost = https://x\n"
    )
    return tmp_path


def test_variables(tmp_path: Path) -> None:
    """Host and token from the environment."""
    server = resolve("databricks", {"DATABRICKS_HOST": f"{HOST}/", "DATABRICKS_TOKEN": "tok"}, tmp_path)
    assert (server.root, server.flavour, sent(server)) == (HOST, "databricks", "Bearer tok")


def test_profiles(home: Path) -> None:
    """DEFAULT without a name; another by address or variable, without values leaking over from DEFAULT."""
    server = resolve("databricks", {}, home)
    assert (server.root, sent(server)) == ("https://default.cloud.databricks.com", "Bearer d%tok")
    for server in (
        resolve("databricks://prod", {}, home),
        resolve("databricks", {"DATABRICKS_CONFIG_PROFILE": "prod"}, home),
    ):
        assert server.root == "https://prod.cloud.databricks.com"
        assert server.headers == {"x-databricks-org-id": "42"}
        assert server.auth.kind == "OAuth"


def test_a_named_profile_is_not_mixed_with_variables(home: Path) -> None:
    """databricks://prod goes to prod, whatever DATABRICKS_HOST and DATABRICKS_TOKEN are left over in the shell."""
    server = resolve("databricks://prod", {"DATABRICKS_HOST": HOST, "DATABRICKS_TOKEN": "dev"}, home)
    assert server.root == "https://prod.cloud.databricks.com"
    assert server.auth.kind == "OAuth"


def test_config_file_variable(home: Path, tmp_path: Path) -> None:
    """DATABRICKS_CONFIG_FILE names the file, with ~ for the home directory."""
    (home / ".databrickscfg").rename(home / "cfg")
    for path in (str(home / "cfg"), "~/cfg"):
        assert resolve("databricks://prod", {"DATABRICKS_CONFIG_FILE": path}, home).flavour == "databricks"


@pytest.mark.parametrize(
    ("uri", "env", "words"),
    [
        ("databricks://gone", {}, r"no profile 'gone'.*\n.*DEFAULT, nothing, prod"),
        ("databricks://nothing", {}, "no way to sign in"),
        ("databricks", {"DATABRICKS_TOKEN": "t"}, "no Databricks host"),
        ("databricks", {**M2M, "DATABRICKS_TOKEN": "t"}, "pat and oauth-m2m"),
        ("databricks", {**M2M, "DATABRICKS_AUTH_TYPE": "azure-cli"}, "azure-cli"),
    ],
)
def test_what_is_missing_is_said(uri: str, env: dict[str, str], words: str, home: Path) -> None:
    """An incomplete or contradictory description is an error before anything is sent."""
    with pytest.raises(UsageError, match=words):
        resolve(uri, env, home)


def test_argument_replaces_the_credentials_found(home: Path) -> None:
    """token= is used with the host of the profile."""
    server = resolve("databricks://prod", {}, home, token="mine")
    assert (server.root, sent(server)) == ("https://prod.cloud.databricks.com", "Bearer mine")


@responses.activate
def test_machine_to_machine(tmp_path: Path) -> None:
    """The token is fetched once, when first needed, with the client's id and secret."""

    def slowly(_: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        time.sleep(0.05)  # so that the threads meet
        return 200, {}, '{"access_token": "fresh", "expires_in": 3600, "token_type": "Bearer"}'

    responses.add_callback(responses.POST, TOKEN_URL, callback=slowly)
    server = resolve("databricks", M2M, tmp_path)
    assert len(responses.calls) == 0
    threads = [threading.Thread(target=sent, args=(server,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sent(server) == "Bearer fresh"
    assert len(responses.calls) == 1
    request = responses.calls[0].request
    assert request.headers["Authorization"] == "Basic Y2lkOmh1c2gtaHVzaA=="
    assert parse_qs(str(request.body)) == {"grant_type": ["client_credentials"], "scope": ["all-apis"]}


@responses.activate
def test_token_is_renewed_before_it_ends() -> None:
    """A minute before the end of its life (or half of a short life) a token is replaced."""
    for token, lifetime in (("one", 3600), ("two", 20), ("three", 3600)):
        responses.post(TOKEN_URL, json={"access_token": token, "expires_in": lifetime})
    now = [0.0]
    auth = databricks.MachineToMachine(Server(HOST, flavour="databricks"), "cid", "hush-hush", lambda: now[0])
    said = []
    for now[0] in (0.0, 3539.0, 3541.0, 3550.0, 3552.0):
        said.append(sent(Server(HOST, auth=auth)))
    assert said == [f"Bearer {token}" for token in ("one", "one", "two", "two", "three")]


@responses.activate
@pytest.mark.parametrize("status", [400, 401])
def test_wrong_client_secret(status: int, tmp_path: Path) -> None:
    """A refused client id or secret is Unauthenticated with the server's words, at once."""
    body = {"error": "invalid_client", "error_description": "Client authentication failed for hush-hush"}
    responses.post(TOKEN_URL, json=body, status=status)
    with pytest.raises(Unauthenticated, match=r"Client authentication failed.*\n.*DATABRICKS_CLIENT_ID") as caught:
        sent(resolve("databricks", M2M, tmp_path))
    assert "hush-hush" not in str(caught.value)
    assert len(responses.calls) == 1


@responses.activate
def test_token_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A passing fault is tried again; what is no token, or no connection, is an error of its own."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    responses.post(TOKEN_URL, status=503, body="busy")
    responses.post(TOKEN_URL, json={"access_token": "fresh"})
    assert sent(resolve("databricks", M2M, tmp_path)) == "Bearer fresh"
    responses.reset()
    responses.post(TOKEN_URL, body="<html><title>Login</title></html>")
    with pytest.raises(ResponseError, match="not a token"):
        sent(resolve("databricks", M2M, tmp_path))
    responses.reset()
    responses.post(TOKEN_URL, body=requests.ConnectionError("hush-hush"))
    with pytest.raises(Unreachable, match="POST /oidc/v1/token after 3 attempts"):
        sent(resolve("databricks", M2M, tmp_path))
