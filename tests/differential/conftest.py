"""One small server for all differential tests, its tables copied, and connections to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest

import mlflow_sql
from differential.oracle import Oracle, remember
from mlflow_sql.rest.transport import Answer


@dataclass
class Lab:
    """A server that does not change. ``default``, ``pages`` (small ones) and ``off`` are connections to it."""

    url: str
    oracle: Oracle
    default: mlflow_sql.Connection
    pages: mlflow_sql.Connection
    off: mlflow_sql.Connection
    known: dict[bytes, Answer] = field(default_factory=dict)

    def connect(self, *settings: str) -> mlflow_sql.Connection:
        """A connection of one's own, with what is known of the server."""
        connection = mlflow_sql.connect(self.url)
        remember(connection, self.known)
        for setting in settings:
            connection.sql(setting)
        return connection


@pytest.fixture(scope="session")
def lab(real_mlflow: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """170 runs of every kind: small enough to read whole many times, and to compare with in a moment."""
    from mlflow_sql.embedded import EmbeddedServer
    from support.seed import seed

    folder = tmp_path_factory.mktemp("differential")
    with EmbeddedServer.start(str(folder)) as running:
        seed(folder / "mlflow.db", runs_per_experiment=20)
        with closing(sqlite3.connect(folder / "mlflow.db", timeout=60)) as database, database:
            database.execute("UPDATE runs SET start_time = 0 WHERE name LIKE 'calm-owl%'")
        yield from open_lab(running.url)


def open_lab(url: str) -> Iterator[Lab]:
    """The connections to a server that is seeded already."""
    oracle = Oracle(url)
    connections = [mlflow_sql.connect(url) for _ in range(3)]
    lab = Lab(url, oracle, *connections)
    for connection in connections:
        remember(connection, lab.known)
    lab.pages.sql("SET page_size = 23")
    lab.off.sql("SET pushdown = off")
    try:
        yield lab
    finally:
        for connection in connections:
            connection.close()
        oracle.close()
