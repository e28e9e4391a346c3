"""Two real servers on one connection: ``server`` (full of runs) as its own, ``empty_server`` attached as prod."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

import mlflow_sql
from mlflow_sql import Connection

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from conftest import TrackingServer

_numbers = itertools.count(1)


@pytest.fixture
def con(server: TrackingServer, empty_server: TrackingServer) -> Iterator[Connection]:
    """A connection to both."""
    with mlflow_sql.connect(server.url) as connection:
        connection.sql(f"ATTACH '{empty_server.url}' AS prod (TYPE mlflow)")
        yield connection


@pytest.fixture
def experiment(empty_client: MlflowClient) -> tuple[str, str]:
    """A new experiment of the attached server: its id and name."""
    name = f"copies {next(_numbers)}"
    return empty_client.create_experiment(name), name
