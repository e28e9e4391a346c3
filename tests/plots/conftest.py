"""Pictures of what a DuckDB statement answers, without a server."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from mlflow_sql.plots.picture import Picture, picture
from mlflow_sql.plots.request import read

Draw = Callable[..., Picture]


@pytest.fixture(scope="session")
def draw() -> Draw:
    """Draws a statement, with the words that may follow ``\\plot``."""
    db = duckdb.connect()

    def one(sql: str, words: str = "") -> Picture:
        return picture(db.sql(sql), read(words).request)

    return one
