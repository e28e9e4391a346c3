"""A server that misbehaves on demand, and connections that are closed at the end of each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import mlflow_sql
from mlflow_sql import Connection
from support.faulty import FaultyServer

Connect = Callable[..., Connection]


@pytest.fixture
def faulty() -> Iterator[FaultyServer]:
    """A server with 40 runs in two experiments: five pages of ten."""
    with FaultyServer() as server:
        yield server


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Makes connections that send one request at a time, for pages of ten rows."""
    made: list[Connection] = []

    def make(url: str | None, **options: Any) -> Connection:
        made.append(mlflow_sql.connect(url, **{"page_size": 10, "concurrency": 1, **options}))
        return made[-1]

    yield make
    for connection in made:
        connection.close()


@pytest.fixture
def con(faulty: FaultyServer, connect: Connect) -> Connection:
    """A connection to ``faulty``."""
    return connect(faulty.url)
