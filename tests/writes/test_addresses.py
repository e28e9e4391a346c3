"""Names of other products' tables: they may say which server is meant, and no more than that."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from mlflow_sql import Connection, errors

INSERT = "INSERT INTO databricks_workspace.ml.experiments (name, deployment_name) VALUES ('a', '{}')"
UPDATE = "UPDATE databricks_workspace.ml.experiments SET name = 'b' WHERE name = 'a' AND deployment_name = '{}'"


@pytest.fixture
def nowhere(connect: Callable[..., Connection], monkeypatch: pytest.MonkeyPatch) -> Connection:
    """A connection for which no server is named; nothing listens there, and nothing is sent in these tests."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("DATABRICKS_TOKEN", "secret")
    return connect(None)


@pytest.mark.parametrize("statement", [INSERT, UPDATE])
def test_the_deployment_is_the_server_when_no_other_is_named(nowhere: Connection, statement: str) -> None:
    """In an inserted column or a condition."""
    nowhere.write_of(statement.format("dep"))
    assert nowhere.server == "https://dep.cloud.databricks.com"


@pytest.mark.parametrize("given", ["'dep'", "$d", "'{{ d }}'"])
def test_a_call_names_its_server_too(nowhere: Connection, given: str) -> None:
    """Written out, or bound."""
    call = f"EXPLAIN EXEC databricks_workspace.ml.experiments.delete @experiment_id = '1', @deployment_name = {given}"
    nowhere.sql(call, {"d": "dep"} if "d" in given.replace("dep", "") else None)
    assert nowhere.server == "https://dep.cloud.databricks.com"


@pytest.mark.parametrize("statement", [INSERT, UPDATE, "EXEC databricks_workspace.ml.experiments.get"
                                       " @experiment_id = '1', @deployment_name = '{}'"])  # fmt: skip
@pytest.mark.parametrize("name", ["evil.example/", "evil.example#", "user@evil.example?x=", "a b", "evil.example:1/"])
def test_a_deployment_is_no_way_to_another_host(nowhere: Connection, statement: str, name: str) -> None:
    """What would make the address lead elsewhere is refused: the credentials would go there."""
    with pytest.raises(errors.StatementError, match="not the name of a deployment"):
        nowhere.sql(statement.format(name))


def test_a_server_that_is_named_stays(connect: Callable[..., Connection], caplog: pytest.LogCaptureFixture) -> None:
    """The statement's is ignored, which is told."""
    con = connect("http://127.0.0.1:9")
    with caplog.at_level(logging.WARNING, logger="mlflow_sql"):
        con.write_of(UPDATE.format("dep"))
    assert con.server == "http://127.0.0.1:9"
    assert "dep.cloud.databricks.com" in caplog.text
