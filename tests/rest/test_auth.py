"""From an address and the environment to a Server."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import requests

from mlflow_sql.errors import UsageError
from mlflow_sql.rest.auth import Server, resolve


def sent(server: Server) -> str | None:
    """The Authorization header that a request to the server would carry."""
    request = requests.Request("GET", server.root, auth=server.auth)
    return requests.Session().prepare_request(request).headers.get("Authorization")


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


@pytest.fixture
def credentials_file(tmp_path: Path) -> Path:
    (tmp_path / ".mlflow").mkdir()
    path = tmp_path / ".mlflow" / "credentials"
    path.write_text("[mlflow]\nmlflow_tracking_username = filed\nmlflow_tracking_password = f%%le-pw\n")
    return path


def test_address_comes_from_the_environment(tmp_path: Path) -> None:
    """Without an argument MLFLOW_TRACKING_URI names the server; an argument wins."""
    env = {"MLFLOW_TRACKING_URI": "http://a:5000/prefix/"}
    assert resolve(None, env, tmp_path).root == "http://a:5000/prefix"
    assert resolve("https://b/", env, tmp_path).root == "https://b"


def test_no_address_says_what_to_do(tmp_path: Path) -> None:
    """Nothing given: the error names the variable and shows an address."""
    with pytest.raises(UsageError, match=r"http://localhost:5000.*MLFLOW_TRACKING_URI"):
        resolve(None, {}, tmp_path)


def test_address_copied_from_a_browser(tmp_path: Path) -> None:
    """The part after # belongs to the web page, not to the server's address."""
    assert resolve("http://h:5000/#/experiments/1", {}, tmp_path).root == "http://h:5000"


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("ftp://host/x", "ftp://.*accepted are http://, https://, databricks"),
        ("localhost:5000", "Did you mean http://localhost:5000"),
        ("127.0.0.1:5000/x", "Did you mean http://127.0.0.1:5000/x"),
        ("databricks-uc", "model registry"),
        ("http:///x", "not a complete address"),
        ("http://host:port", "not a complete address"),
        ("http://host/?x=1", "query"),
        ("databricks://scope:prefix", "secret scope"),
    ],
)
def test_unusable_addresses(uri: str, words: str, tmp_path: Path) -> None:
    """An address of another kind is refused with a word on what would do."""
    with pytest.raises(UsageError, match=words):
        resolve(uri, {}, tmp_path)


def test_credentials_in_the_address_move_out_of_it(tmp_path: Path) -> None:
    """user:password@ is sent as Basic, percent-decoded, and is not part of the root."""
    server = resolve("https://us%40er:p%2Fw@host:8443/x", {"MLFLOW_TRACKING_TOKEN": "other"}, tmp_path)
    assert server.root == "https://host:8443/x"
    assert sent(server) == basic("us@er", "p/w")


def test_basic_wins_over_token(tmp_path: Path) -> None:
    """As in MLflow, user name and password win if a token is set too; a lone user name does not count."""
    env = {"MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_TOKEN": "t"}
    assert sent(resolve("http://h", env, tmp_path)) == "Bearer t"
    assert sent(resolve("http://h", {**env, "MLFLOW_TRACKING_PASSWORD": "pé"}, tmp_path)) == basic("u", "pé")


def test_credentials_file(credentials_file: Path, tmp_path: Path) -> None:
    """~/.mlflow/credentials is read, each value only where the environment has none."""
    assert sent(resolve("http://h", {}, tmp_path)) == basic("filed", "f%le-pw")
    env = {"MLFLOW_TRACKING_PASSWORD": "env"}
    assert sent(resolve("http://h", env, tmp_path)) == basic("filed", "env")


def test_password_with_a_lone_percent_sign(credentials_file: Path, tmp_path: Path) -> None:
    """A % that means nothing to configparser is taken as it stands."""
    credentials_file.write_text("[mlflow]\nmlflow_tracking_username=u\nmlflow_tracking_password=100%pw\n")
    assert sent(resolve("http://h", {}, tmp_path)) == basic("u", "100%pw")


def test_arguments_win(credentials_file: Path, tmp_path: Path) -> None:
    """token=, or username= and password=, replace what environment, address and file say."""
    env = {"MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": "p"}
    assert sent(resolve("http://a:b@h", env, tmp_path, token="mine")) == "Bearer mine"
    assert sent(resolve("http://h", env, tmp_path, username="x", password="y")) == basic("x", "y")
    assert sent(resolve("http://h", env, tmp_path, username="x")) == basic("x", "p")
    with pytest.raises(UsageError, match="no password"):
        resolve("http://h", {}, tmp_path, username="x")
    with pytest.raises(UsageError, match="one way"):
        resolve("http://h", {}, tmp_path, username="x", password="y", token="t")


def test_token_from_a_file_may_end_in_a_line_break(tmp_path: Path) -> None:
    """White space around a token is dropped; inside it is an error that names the source and hides the text."""
    assert sent(resolve("http://h", {"MLFLOW_TRACKING_TOKEN": "tok\n"}, tmp_path)) == "Bearer tok"
    with pytest.raises(UsageError, match="MLFLOW_TRACKING_TOKEN holds characters") as caught:
        resolve("http://h", {"MLFLOW_TRACKING_TOKEN": "hush\nhush"}, tmp_path)
    assert "hush" not in str(caught.value)


def test_tls_settings(tmp_path: Path) -> None:
    """Bundle and client certificate are passed on; switching the check off contradicts a bundle."""
    pem = tmp_path / "ca.pem"
    pem.write_text("x")
    env = {"MLFLOW_TRACKING_SERVER_CERT_PATH": str(pem), "MLFLOW_TRACKING_CLIENT_CERT_PATH": str(pem)}
    server = resolve("https://h", env, tmp_path)
    assert (server.verify, server.cert) == (str(pem), str(pem))
    assert resolve("https://h", {"MLFLOW_TRACKING_INSECURE_TLS": "1"}, tmp_path).verify is False
    assert resolve("https://h", {}, tmp_path).verify is True
    with pytest.raises(UsageError, match="both set"):
        resolve("https://h", {**env, "MLFLOW_TRACKING_INSECURE_TLS": "True"}, tmp_path)
    with pytest.raises(UsageError, match=r"MLFLOW_TRACKING_SERVER_CERT_PATH.*does not exist"):
        resolve("https://h", {"MLFLOW_TRACKING_SERVER_CERT_PATH": "/nowhere.pem"}, tmp_path)


def test_patience(tmp_path: Path) -> None:
    """The HTTP variables are read; unset or empty they have MLflow's defaults."""
    server = resolve("http://h", {"MLFLOW_HTTP_REQUEST_TIMEOUT": ""}, tmp_path)
    assert (server.timeout, server.max_retries, server.backoff_factor, server.backoff_jitter) == (120, 7, 2, 1)
    assert server.respect_retry_after
    assert server.allow_redirects
    env = {
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "3",
        "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0.5",
        "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER": "false",
        "MLFLOW_ALLOW_HTTP_REDIRECTS": "0",
    }
    server = resolve("http://h", env, tmp_path)
    assert (server.timeout, server.max_retries, server.backoff_factor, server.backoff_jitter) == (5, 0, 3, 0.5)
    assert not server.respect_retry_after
    assert not server.allow_redirects


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MLFLOW_HTTP_REQUEST_TIMEOUT", "soon"),
        ("MLFLOW_HTTP_REQUEST_TIMEOUT", "0"),
        ("MLFLOW_HTTP_REQUEST_TIMEOUT", "nan"),
        ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "11"),
        ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1.5"),
        ("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "-1"),
        ("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "inf"),
        ("MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER", "yes"),
        ("MLFLOW_TRACKING_INSECURE_TLS", "on"),
    ],
)
def test_a_wrong_value_names_its_variable(name: str, value: str, tmp_path: Path) -> None:
    """A setting that makes no sense is not ignored."""
    with pytest.raises(UsageError, match=f"{name} is '{value}'"):
        resolve("http://h", {name: value}, tmp_path)


def test_unsupported_ways_to_sign_in_are_not_ignored(tmp_path: Path) -> None:
    """MLflow's auth plugins and SigV4 would change every request: better an error than a puzzling 401."""
    with pytest.raises(UsageError, match="MLFLOW_TRACKING_AWS_SIGV4"):
        resolve("http://h", {"MLFLOW_TRACKING_AWS_SIGV4": "true"}, tmp_path)
    assert resolve("http://h", {"MLFLOW_TRACKING_AWS_SIGV4": "true"}, tmp_path, token="t").flavour == "oss"


def test_workspace_header(tmp_path: Path) -> None:
    """MLFLOW_WORKSPACE selects a workspace by a header."""
    assert resolve("http://h", {"MLFLOW_WORKSPACE": "team"}, tmp_path).headers == {"X-MLFLOW-WORKSPACE": "team"}


def test_azure_ml(tmp_path: Path) -> None:
    """azureml:// is the same path on https, with a token."""
    uri = "azureml://westeurope.api.azureml.ms/mlflow/v2.0/subscriptions/s/workspaces/w"
    server = resolve(uri, {"MLFLOW_TRACKING_TOKEN": "t"}, tmp_path)
    assert server.flavour == "azureml"
    assert server.url("runs/search") == (
        "https://westeurope.api.azureml.ms/mlflow/v2.0/subscriptions/s/workspaces/w/api/2.0/mlflow/runs/search"
    )
    assert sent(server) == "Bearer t"
    with pytest.raises(UsageError, match="az account get-access-token"):
        resolve(uri, {}, tmp_path)


def test_flavour_by_host(tmp_path: Path) -> None:
    """A Databricks or Azure ML host is known by its name even behind https://."""
    assert resolve("https://dbc-1.cloud.databricks.com", {}, tmp_path).flavour == "databricks"
    assert resolve("https://adb-1.2.azuredatabricks.net", {}, tmp_path).flavour == "databricks"
    assert resolve("https://mlflow.example.com", {}, tmp_path).flavour == "oss"
