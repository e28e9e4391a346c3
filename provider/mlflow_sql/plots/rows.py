"""The rows that a picture is made of, read once and held in a DuckDB of their own.

Theory: the result is read to its end as a stream, so that its faults and Ctrl-C arrive as ever, and only columns that
can be drawn are kept, as numbers and texts. A private connection then measures and thins them: the user's settings
(order of NULLs, collation, time zone) have no say there, and a result that differs each time is read once only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from mlflow_sql.errors import UsageError

MOST_ROWS = 5_000_000  # about 1.5 GB while they are read, with four columns
# Stores on SQL keep an infinite metric as the largest number that they can, 1.797e308; nothing can draw from -1e308 to
# 1e308 either. Numbers as small as can be have no digits left for the ticks between them.
_HUGE = 1e300
_TINY = 1e-300
_NUMBERS = frozenset(
    ("tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "hugeint", "uhugeint",
     "float", "double", "decimal", "bignum")
)  # fmt: skip
_TEXTS = frozenset(("varchar", "enum", "uuid", "boolean"))
_TIMES = frozenset(("timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone", "date"))


@dataclass(frozen=True, slots=True)
class Column:
    """A column that can be drawn, and what its values are like.

    name: as the result calls it; at: its name in the private table. kind: "time" is held as milliseconds since 1970 in
    UTC, "elapsed" (an INTERVAL) as seconds. rows: all; present: those with a value that can be drawn; infinite: those
    with an infinite one. low, high: of numbers, also of those in a text column all of whose values are numbers
    (numeric). middle: the median of the distinct numbers.
    """

    name: str
    at: str
    kind: Literal["number", "time", "elapsed", "text"]
    rows: int = 0
    present: int = 0
    infinite: int = 0
    distinct: int = 0
    numeric: bool = False
    low: float = 0.0
    high: float = 0.0
    middle: float = 0.0
    constant: str | None = None

    @property
    def measured(self) -> bool:
        """Whether it is made to hold numbers, a time or a duration; params are texts even when they are numbers."""
        return self.kind != "text"

    @property
    def number(self) -> str:
        """SQL for its value as a number."""
        return self.at if self.measured else f"TRY_CAST({self.at} AS DOUBLE)"


class Rows:
    """The rows of a result. Close it when the picture is made."""

    def __init__(self, relation: Any) -> None:
        """Read all of a relation. Raises what reading raises, and UsageError when no column can be drawn."""
        import pyarrow as pa

        found = [_column(i, n, t) for i, (n, t) in enumerate(zip(relation.columns, relation.types, strict=True))]
        drawable = [pair for pair in found if pair is not None]
        self.left_out = [n for n, pair in zip(relation.columns, found, strict=True) if pair is None]
        if not drawable:
            kinds = ", ".join(f"{n} ({t})" for n, t in zip(relation.columns, relation.types, strict=True))
            raise UsageError(f"nothing here can be drawn: {kinds}", hint=EXAMPLE)
        reader = relation.project(", ".join(f"{sql} AS {c.at}" for c, sql in drawable)).to_arrow_reader()
        batches, self.count = [], 0
        for batch in reader:
            batches.append(batch)
            self.count += batch.num_rows
            if self.count > MOST_ROWS:
                raise UsageError(
                    f"the result has more than {MOST_ROWS:,} rows", hint="aggregate them first, or add USING SAMPLE"
                )
        self.db = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})
        source = pa.Table.from_batches(batches, reader.schema)
        self.db.register("source", source)
        kept = ", ".join(f"{_finite(c.at)} AS {c.at}" if c.measured else c.at for c, _ in drawable)
        self.db.execute(f"CREATE TABLE rows AS SELECT {kept} FROM source")
        self.columns = [self._measured(c) for c, _ in drawable]
        self.db.unregister("source")

    def __enter__(self) -> Rows:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The answer of the private DuckDB, whose table ``rows`` has a column ``rowid`` in the order of the result."""
        return self.db.execute(sql).fetchall()

    def one(self, sql: str) -> tuple[Any, ...]:
        """The one row of an answer."""
        return self.query(sql)[0]

    def distinct(self, columns: Sequence[Column]) -> int:
        """How many combinations of values there are, NULL being one."""
        if not columns:
            return min(self.count, 1)
        listed = ", ".join(c.at for c in columns)
        return int(self.one(f"SELECT count(*) FROM (SELECT DISTINCT {listed} FROM rows)")[0])

    def _measured(self, c: Column) -> Column:
        present, distinct = self.one(f"SELECT count({c.at}), count(DISTINCT {c.at}) FROM rows")
        infinite, numeric, constant = 0, False, None
        if c.measured:
            infinite = self.one(f"SELECT count(*) FROM source WHERE {c.at} IS NOT NULL AND {_is_infinite(c.at)}")[0]
        elif present:
            cast = f"coalesce(isfinite(TRY_CAST({c.at} AS DOUBLE)), false)"
            numeric = self.one(f"SELECT bool_and({cast}) FROM rows WHERE {c.at} NOTNULL")[0]
            if distinct == 1 and present == self.count:
                constant = self.one(f"SELECT any_value({c.at}) FROM rows")[0]
        low = high = middle = 0.0
        numbers = Column(c.name, c.at, c.kind)
        if present and (c.measured or numeric):
            v = numbers.number
            low, high, middle = self.one(f"SELECT min({v}), max({v}), quantile_cont(DISTINCT {v}, 0.5) FROM rows")
        return Column(
            c.name, c.at, c.kind, self.count, present, infinite, distinct, bool(numeric), low, high, middle, constant
        )


EXAMPLE = "SELECT run_name, metrics.val_acc FROM runs \\plot"


def _column(position: int, name: str, kind: Any) -> tuple[Column, str] | None:
    """A column and the SQL of its values; None for one that cannot be drawn."""
    at, from_ = f"c{position}", f"#{position + 1}"
    if str(kind) == "JSON":
        return None
    if kind.id in _NUMBERS:
        return Column(name, at, "number"), f"CAST({from_} AS DOUBLE)"
    if kind.id in _TIMES:
        zone = "TIMESTAMPTZ" if kind.id == "timestamp with time zone" else "TIMESTAMP"
        value = from_ if zone == "TIMESTAMPTZ" else f"CAST({from_} AS TIMESTAMP)"
        return Column(name, at, "time"), f"CASE WHEN isfinite({from_}) THEN epoch({value}) * 1000.0 END"
    if kind.id == "interval":
        return Column(name, at, "elapsed"), f"CAST(epoch({from_}) AS DOUBLE)"
    if kind.id in _TEXTS:
        return Column(name, at, "text"), f"CAST({from_} AS VARCHAR)"
    return None


def _is_infinite(value: str) -> str:
    return f"(NOT isnan({value}) AND abs({value}) >= {_HUGE!r}::DOUBLE)"  # NaN is the largest number of DuckDB


def _finite(value: str) -> str:
    """A number, or NULL for what has no place on an axis."""
    tiny = f"WHEN abs({value}) < {_TINY!r}::DOUBLE THEN 0"
    return f"CASE WHEN isnan({value}) OR {_is_infinite(value)} THEN NULL {tiny} ELSE {value} END"
