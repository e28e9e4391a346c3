"""What a statement must answer: the same statement over complete copies of the tables, in a DuckDB of its own.

Theory: a remote table has two copies, one of its active rows and one of all. A reference whose conditions mention
lifecycle_stage reads the second, any other the first. In the statements of these tests the author marks the former by
an exclamation mark: ``FROM runs! AS r WHERE r.lifecycle_stage = 'deleted'``. Nothing else is taken from the code under
test but what it reads with pushdown off, so what is pushed can only lose.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import duckdb
import msgspec

import mlflow_sql
from mlflow_sql.errors import Error
from mlflow_sql.plan.nodes import Call
from mlflow_sql.rest.transport import Answer

TABLES = (
    "experiments", "experiment_runs", "run_metrics", "run_params", "run_tags", "run_inputs", "run_values",
    "metric_history",
)  # fmt: skip
_STAGED = ("experiments", "experiment_runs")
_MARKED = re.compile(r"\b(experiments|experiment_runs|runs)!")
_BIG = 30_000  # rows; more take too long to compare
_ROW_FAULT = re.compile("Conversion Error|Out of Range|Overflow|Invalid Input Error: Failed to cast", re.IGNORECASE)

Params = Sequence[Any] | Mapping[str, Any] | None


@dataclass
class Answered:
    """Columns with types, and rows as text with exact floats; or an error."""

    columns: list[tuple[str, str]]
    rows: list[str]
    error: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.error)


class Oracle:
    """Complete copies of the tables of a server, read with pushdown off."""

    def __init__(self, url: str) -> None:
        self.duck = duckdb.connect()
        self.duck.execute("SET TimeZone = 'UTC'; ATTACH ':memory:' AS mlflow; CREATE SCHEMA mlflow.tracking")
        self.duck.execute("USE mlflow.tracking")
        with mlflow_sql.connect(url) as connection:
            connection.sql("SET pushdown = off")
            for table in TABLES:
                where = "WHERE lifecycle_stage IN ('active', 'deleted')" if table in _STAGED else ""
                found = connection.sql(f"SELECT * FROM {table} {where}")
                assert found is not None
                # Arrow tells JSON from text only where DuckDB itself reads it.
                typed = ", ".join(f"{c}::{t} AS {c}" for c, t in zip(found.columns, found.types, strict=True))
                rows = found.to_arrow_table()  # noqa: F841  read by name below
                self.duck.execute(f"CREATE TABLE {table}_all AS SELECT {typed} FROM rows")
                active = "WHERE lifecycle_stage = 'active'" if table in _STAGED else ""
                self.duck.execute(f"CREATE TABLE {table} AS SELECT * FROM {table}_all {active}")
        self.duck.execute("CREATE VIEW runs AS FROM experiment_runs; CREATE VIEW runs_all AS FROM experiment_runs_all")

    def close(self) -> None:
        self.duck.close()

    def answer(self, statement: str, params: Params = None, setup: Iterable[str] = ()) -> Answered:
        """What the statement must answer, after the statements in ``setup``; nothing that they change is kept."""
        with self.duck.cursor() as cursor:
            cursor.execute("USE mlflow.tracking; SET TimeZone = 'UTC'; BEGIN")
            try:
                for before in setup:
                    cursor.execute(_MARKED.sub(r"\1_all", before))
                return read(cursor.sql(_MARKED.sub(r"\1_all", statement), params=params))
            except duckdb.Error as error:
                return Answered([], [], f"{type(error).__name__}: {error}")
            finally:
                with suppress(duckdb.Error):
                    cursor.execute("ROLLBACK")
                for name in re.findall(r"^SET (\w+) =", "\n".join(setup), re.MULTILINE):
                    cursor.execute(f"RESET {name}")

    def values(self, query: str) -> list[Any]:
        """The first column of a query over the copies."""
        return [row[0] for row in self.duck.sql(query).fetchall()]


def ours(statement: str) -> str:
    """The statement as a user writes it."""
    return _MARKED.sub(r"\1", statement)


def read(relation: Any) -> Answered:
    """All rows of a relation; none for a statement that gives no relation."""
    if relation is None:
        return Answered([], [])
    columns = list(zip(relation.columns, map(str, relation.types), strict=True))
    return Answered(columns, [repr(row) for row in relation.fetchall()])


def ask(connection: mlflow_sql.Connection, statement: str, params: Params = None) -> Answered:
    """What the code under test answers; only errors of its own are caught."""
    try:
        return read(connection.sql(ours(statement), params))
    except Error as error:
        return Answered([], [], f"{type(error).__name__}: {error}")


def assert_same(got: Answered, wanted: Answered, statement: str, *, rows: str = "all") -> None:
    """Fail unless both answers agree in their columns, their rows and in whether there is an error.

    rows: ``all`` in any order, ``ordered``, or ``some``: every row of ``got`` is one of ``wanted``.
    """
    if wanted.failed != got.failed:
        # Which rows a faulty cast meets depends on the order in which DuckDB evaluates: with and without a scan that
        # drops rows early, both an error and an answer are right.
        if _ROW_FAULT.search(wanted.error + got.error):
            return
        raise AssertionError(f"{statement}\n  wanted: {told(wanted)}\n  got:    {told(got)}")
    assert got.columns == wanted.columns, f"{statement}\n  wanted: {wanted.columns}\n  got:    {got.columns}"
    if rows == "ordered":
        assert got.rows == wanted.rows, f"{statement}\n  wanted: {told(wanted)}\n  got:    {told(got)}"
        return
    more = Counter(got.rows) - Counter(wanted.rows)
    less = Counter(wanted.rows) - Counter(got.rows) if rows == "all" else Counter()
    if more or less:
        raise AssertionError(
            f"{statement}\n  wanted {len(wanted.rows)} rows, got {len(got.rows)}\n"
            f"  lost {less.total()}: {_few(less)}\n  too many {more.total()}: {_few(more)}"
        )


def told(answer: Answered) -> str:
    """An answer in a line."""
    return answer.error[:400] or f"{len(answer.rows)} rows: {_few(answer.rows)}"


def _few(rows: Iterable[str]) -> str:
    return " ".join(row[:200] for row, _ in zip(rows, range(3), strict=False))


def remember(connection: mlflow_sql.Connection, known: dict[bytes, Answer]) -> None:
    """Send every call once: the server of a differential test never changes, and most of its work is repeated."""
    send: Callable[..., Answer] = connection.transport.send

    def sent(call: Call, **options: Any) -> Answer:
        key = msgspec.json.encode((call.verb, call.path, call.query, call.body))
        if key not in known:
            known[key] = send(call, **options)
        return known[key]

    connection.transport.send = sent  # type: ignore[method-assign]
