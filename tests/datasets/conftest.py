"""A connection to the server full of runs, with and without pushdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

import mlflow_sql
from mlflow_sql import Connection

if TYPE_CHECKING:
    from mlflow import MlflowClient

Rows = list[tuple[Any, ...]]
Ask = Callable[..., Rows]


@pytest.fixture(scope="session")
def few(real_mlflow: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with 250 runs: most tests here read all of them, once more without pushdown."""
    from mlflow_sql.embedded import EmbeddedServer
    from support.seed import seed

    folder = tmp_path_factory.mktemp("few")
    with EmbeddedServer.start(str(folder)) as running:
        seed(folder / "mlflow.db", runs_per_experiment=32)
        yield running.url


@pytest.fixture(scope="session")
def client(few: str) -> MlflowClient:
    """MLflow's own client of ``few``, to compare with."""
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=few, registry_uri=few)


@pytest.fixture(scope="session")
def con(few: str) -> Iterator[Connection]:
    """A connection that only reads."""
    with mlflow_sql.connect(few, read_only=True) as connection:
        yield connection


@pytest.fixture
def ask(con: Connection) -> Iterator[Ask]:
    """All rows of a statement, which must be the same with pushdown and without it."""

    def rows(statement: str, params: Any = None) -> Rows:
        found = []
        for way in ("on", "off"):
            con.sql(f"SET pushdown = {way}")
            relation = con.sql(statement, params)
            assert relation is not None
            found.append(relation.fetchall())
        assert found[0] == found[1]
        return found[0]

    yield rows
    con.sql("RESET pushdown")
