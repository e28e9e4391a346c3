"""The closed set of column types: their names in resource files, in SQL and in Arrow.

pyarrow is imported on first use, since it costs half of the command's start-up time.
"""

from __future__ import annotations

import enum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


class ColumnType(enum.StrEnum):
    """A column's type as resource files write it."""

    STRING = "string"
    BIGINT = "bigint"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"  # milliseconds since 1970 UTC on the wire, TIMESTAMPTZ in SQL
    INTERVAL = "interval"  # milliseconds on the wire
    STRING_MAP = "string_map"  # a list of {key, value} on the wire, MAP in SQL
    DOUBLE_MAP = "double_map"  # the same with numbers; NaN is NULL
    JSON = "json"  # any part of the answer, as JSON text

    @property
    def sql(self) -> str:
        """The type's name in DuckDB."""
        return _SQL[self]

    @property
    def is_map(self) -> bool:
        """Whether one key of the column can be read as ``column.key`` or ``column['key']``."""
        return self in (ColumnType.STRING_MAP, ColumnType.DOUBLE_MAP)


_SQL = {
    ColumnType.STRING: "VARCHAR",
    ColumnType.BIGINT: "BIGINT",
    ColumnType.DOUBLE: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.TIMESTAMP: "TIMESTAMP WITH TIME ZONE",
    ColumnType.INTERVAL: "INTERVAL",
    ColumnType.STRING_MAP: "MAP(VARCHAR, VARCHAR)",
    ColumnType.DOUBLE_MAP: "MAP(VARCHAR, DOUBLE)",
    ColumnType.JSON: "JSON",
}


@cache
def arrow_type(column_type: ColumnType) -> pa.DataType:
    """The Arrow type that DuckDB reads as ``column_type.sql``."""
    import pyarrow as pa

    return {
        ColumnType.STRING: pa.string(),
        ColumnType.BIGINT: pa.int64(),
        ColumnType.DOUBLE: pa.float64(),
        ColumnType.BOOLEAN: pa.bool_(),
        ColumnType.TIMESTAMP: pa.timestamp("ms", "UTC"),
        ColumnType.INTERVAL: pa.duration("ms"),
        ColumnType.STRING_MAP: pa.map_(pa.string(), pa.string()),
        ColumnType.DOUBLE_MAP: pa.map_(pa.string(), pa.float64()),
        ColumnType.JSON: pa.json_(),
    }[column_type]
