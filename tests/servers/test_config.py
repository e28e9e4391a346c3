"""The configuration file: servers by name, with credentials that no statement holds."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import responses

import mlflow_sql
from mlflow_sql import config, errors

if TYPE_CHECKING:
    from conftest import TrackingServer


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Writes the file at its usual place."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "mlflow-sql" / "config.toml"
    path.parent.mkdir()

    def write(text: str, mode: int = 0o600) -> Path:
        path.write_text(text)
        path.chmod(mode)
        return path

    return write


def mocked_server(mocked: responses.RequestsMock, root: str) -> None:
    """A server without experiments."""
    mocked.get(f"{root}/version", body="3.17.2")
    mocked.get(f"{root}/api/3.0/mlflow/server-info", status=404)
    mocked.post(f"{root}/api/2.0/mlflow/experiments/search", json={})


def test_names_stand_for_servers_with_their_credentials(write, monkeypatch: pytest.MonkeyPatch) -> None:
    """In connect(), in ATTACH with and without AS; a secret may stand in a variable."""
    monkeypatch.setenv("STAGING_PASSWORD", "hunter3")
    write(
        """default = "prod"
        [servers.prod]
        url = "https://prod.test"
        token = "hunter2"
        [servers.staging]
        url = "https://staging.test"
        username = "ada"
        password_env = "STAGING_PASSWORD"
        """
    )
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        mocked_server(mocked, "https://prod.test")
        mocked_server(mocked, "https://staging.test")
        for make in (lambda: mlflow_sql.connect("prod"), mlflow_sql.connect):
            with make() as con:
                con.sql("ATTACH 'staging' (TYPE mlflow)")
                con.sql("ATTACH 'staging' AS s (TYPE mlflow)")
                for table in ("experiments", "staging.experiments", "s.experiments"):
                    assert con.sql(f"SELECT * FROM {table}").fetchall() == []
        sent = {(c.request.url.split("/")[2], c.request.headers["Authorization"]) for c in mocked.calls}
    assert sent == {("prod.test", "Bearer hunter2"), ("staging.test", "Basic YWRhOmh1bnRlcjM=")}


def test_an_argument_and_the_environment_come_first(write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default is for when nothing else names a server; a token that is given beats the file's."""
    write('default = "prod"\n[servers.prod]\nurl = "https://prod.test"\ntoken = "hunter2"\n')
    with mlflow_sql.connect("https://other.test") as con:
        assert con.server == "https://other.test"
    with mlflow_sql.connect() as con:
        assert con.server == "https://prod.test"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://env.test")
    with mlflow_sql.connect() as con:
        assert con.server == "https://env.test"
    with responses.RequestsMock() as mocked, mlflow_sql.connect("prod", token="given") as con:
        mocked_server(mocked, "https://prod.test")
        con.sql("SELECT * FROM experiments").fetchall()
        assert {c.request.headers["Authorization"] for c in mocked.calls} == {"Bearer given"}


def test_read_only_servers(write) -> None:
    """What the file calls read-only is never written to."""
    write('[servers.prod]\nurl = "https://prod.test"\nread_only = true\n')
    with mlflow_sql.connect("prod") as con, pytest.raises(errors.StatementError, match="read-only, and DELETE writes"):
        con.sql("DELETE FROM mlflow.tracking.runs WHERE run_id = 'a'")
    with mlflow_sql.connect("https://own.test") as con:
        con.sql("ATTACH 'prod' (TYPE mlflow)")
        with pytest.raises(errors.StatementError, match="prod is read-only"):
            con.sql("DELETE FROM prod.runs WHERE run_id = 'a'")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[servers.prod]\ntoken = 'hunter2'\n", "missing required field `url`"),
        ("[servers.prod]\nurl = 'https://x'\ntokn = 'hunter2'\n", "unknown field `tokn`"),
        ("[servers.prod]\nurl = 3\n", "Expected `str`"),
        ("servers = [hunter2\n", r"is not TOML \(at line 1, column 12\)"),
        ("default = 'prdo'\n[servers.prod]\nurl = 'https://x'\n", "no server 'prdo'.*did you mean 'prod'"),
        ("[servers.'a b']\nurl = 'https://x'\n", "no name for a server"),
        ("[servers.prod]\nurl = 'https://x'\ntoken_env = 'NOT_SET'\n", "NOT_SET is not set"),
        ("[servers.prod]\nurl = 'https://x'\ntoken = 'hunter2'\nusername = 'ada'\n", "token and username"),
        ("[servers.other]\nurl = 'https://x'\n", "no server 'prod' in"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_no_secret(write, text: str, message: str) -> None:
    """A file that cannot be used is an error that names it."""
    path = write(text)
    with pytest.raises(errors.UsageError) as caught, mlflow_sql.connect("prod") as con:
        _ = con.server
    import re

    assert re.search(message, str(caught.value), re.DOTALL)
    assert "hunter2" not in str(caught.value)
    assert "variable" in str(caught.value) or "token and" in str(caught.value) or str(path) in str(caught.value)


def test_a_file_that_others_can_read_is_warned_of(write, caplog: pytest.LogCaptureFixture) -> None:
    """Only where it holds a secret, and once by a connection, also where the file and the server are named."""
    text = '[servers.prod]\nurl = "https://x"\n'
    with caplog.at_level(logging.WARNING):
        config.read(write(text, 0o644))
        assert caplog.text == ""
        path = write(text + 'token = "hunter2"\n', 0o644)
        mlflow_sql.connect("prod", config=path).close()
    assert caplog.text.count("others can read it: chmod 600") == 1
    assert "hunter2" not in repr(config.read(None))


def test_a_file_that_is_named_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an argument or by MLFLOW_SQL_CONFIG; the usual one may be missing."""
    missing = tmp_path / "none.toml"
    with pytest.raises(errors.UsageError, match="cannot read the configuration"):
        mlflow_sql.connect("prod", config=missing)
    monkeypatch.setenv("MLFLOW_SQL_CONFIG", str(missing))
    with pytest.raises(errors.UsageError, match="cannot read the configuration"):
        mlflow_sql.connect("prod")
    monkeypatch.delenv("MLFLOW_SQL_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with mlflow_sql.connect("prod") as con, pytest.raises(errors.UsageError, match="is no address of a server"):
        _ = con.server


def test_the_command_takes_names_and_a_file(server: TrackingServer, tmp_path: Path) -> None:
    """--config FILE --server NAME, and ATTACH in a script."""
    import subprocess
    import sys

    path = tmp_path / "servers.toml"
    path.write_text(f'[servers.seeded]\nurl = "{server.url}"\n')
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [
            sys.executable, "-m", "mlflow_sql.cli.main", "--config", str(path), "--server", "seeded", "--format", "csv",
            "-c", "ATTACH 'seeded' AS again (TYPE mlflow); SELECT count(*) AS n FROM experiments a"
            " JOIN again.experiments b USING (name) WHERE name = 'churn'",
        ],
        env={"PYTHONPATH": str(root / "provider"), "PATH": ""}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == ("n\n1\n", "", 0)
