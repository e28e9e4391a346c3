"""Plans without a server: a statement, what the server is said to be able to do, and a fixed time of planning."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import duckdb

from mlflow_sql.catalog.load import load
from mlflow_sql.catalog.lookup import Names
from mlflow_sql.engine import local
from mlflow_sql.plan.planner import Settings, plan
from mlflow_sql.plan.statement import parse

if TYPE_CHECKING:
    from mlflow_sql.catalog.model import Catalog
    from mlflow_sql.plan.nodes import Plan, Scan
    from mlflow_sql.plan.supplies import Ask

NOW = datetime(2026, 3, 4, 5, 6, 7, 891234, UTC)


@cache
def catalog() -> Catalog:
    """The shipped resource files."""
    return load()


@cache
def names() -> Names:
    """The names of the shipped tables."""
    return Names(catalog())


@cache
def _duckdb() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    local.prepare(connection)
    return connection


def moment(sql: str) -> datetime | None:
    """The time a constant expression means, as the engine finds it."""
    return local.moment(_duckdb(), sql)


def capabilities(without: Iterable[str] = ()) -> frozenset[str]:
    """All capabilities but some."""
    everything = frozenset(c.name for c in catalog().capabilities)
    unknown = set(without) - everything
    assert not unknown, f"no such capabilities: {unknown}"
    return everything - set(without)


def planned(
    statement: str, params: Any = None, *, without: Iterable[str] = (), ask: Ask | None = None, **settings: Any
) -> Plan:
    """The plan of a statement for a server that can do everything but ``without``, at NOW. ask: of local relations."""
    settings.setdefault("capabilities", capabilities(without))
    settings.setdefault("now", NOW)
    return plan(parse(statement, params), names(), Settings(**settings), moment, ask)


def scan_of(statement: str, params: Any = None, **settings: Any) -> Scan:
    """The only scan of a statement that is not there for keys alone."""
    (scan,) = (s for s in planned(statement, params, **settings).scans if not s.hidden)
    return scan
