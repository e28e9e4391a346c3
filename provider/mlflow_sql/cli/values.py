"""Values for the output formats: one converter per column, chosen once from its SQL type.

Theory: a converter turns a whole Arrow array into a list of Python values that msgspec writes as JSON; nested types
convert their flat children once and cut the result by offsets. Text for the other formats is made from those
values, so that a value reads the same in every format. What Arrow cannot carry (VARIANT, UNION, BIT, ...) is turned
into text by DuckDB before it leaves.

The values: timestamps are ISO 8601 with at least milliseconds, TIMESTAMPTZ in UTC with ``Z``; an INTERVAL is
DuckDB's text, which casts back; BLOB is base64; a JSON column is embedded as JSON; NaN is null in JSON, which has
none, and ±Infinity the strings "Infinity" and "-Infinity".
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from mlflow_sql.errors import UsageError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Values = Callable[["pa.Array"], list[Any]]
Texts = Callable[["pa.Array"], "list[str | None]"]

encoder = msgspec.json.Encoder(decimal_format="number")

_INTEGERS = frozenset(
    ("tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "hugeint")
)
_NUMBERS = _INTEGERS | {"float", "double", "decimal", "uhugeint", "bignum"}
_TIMESTAMPS = frozenset(("timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone"))
_TEXTS = frozenset(("varchar", "enum", "uuid"))
_NESTED = frozenset(("list", "array", "map", "struct", "tuple"))
_IN_ARROW = (
    _INTEGERS | _TIMESTAMPS | _TEXTS | _NESTED
    | {"boolean", "float", "double", "decimal", "date", "time", "interval", "blob", "null"}
)  # fmt: skip
_PLAIN = _NUMBERS | _TIMESTAMPS | {"boolean", "date", "time", "uuid", "null"}  # never a quote or comma in the text

_DAYS = 146_097  # in 400 years, after which the Gregorian calendar repeats
_EPOCH = date(1970, 1, 1).toordinal()
_LAST = date(9999, 12, 31).toordinal() - _EPOCH
_PER_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_FRACTION = {"s": 0, "ms": 3, "us": 6, "ns": 9}  # digits
_SPARE = {"us": "000$", "ns": "(000){1,2}$"}  # digits beyond the milliseconds that say nothing
_INFINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a result.

    sql: what to select for it, "" for the column itself. numeric: aligned to the right.
    plain: its text never needs quoting. values: for JSON. texts: for the other formats, None is NULL.
    """

    name: str
    type: str
    numeric: bool
    plain: bool
    sql: str
    values: Values
    texts: Texts


def columns(relation: duckdb.DuckDBPyRelation) -> list[Column]:
    """The columns of a relation, in order; names may repeat."""
    pairs = zip(relation.columns, relation.types, strict=True)
    return [_column(name, kind, position) for position, (name, kind) in enumerate(pairs, 1)]


def _column(name: str, kind: Any, position: int) -> Column:
    sql = ""
    values, texts = _values(kind), _texts(kind)
    if not _carried(kind):
        if kind.id in _NESTED or kind.id in ("union", "variant"):
            sql, values, texts = f"to_json(#{position})", _json, _strings
        else:
            sql, values, texts = f"CAST(#{position} AS VARCHAR)", _strings, _strings
            if kind.id in _NUMBERS:
                values = _json
    return Column(name, str(kind), kind.id in _NUMBERS, kind.id in _PLAIN and not _is_json(kind), sql, values, texts)


def _carried(kind: Any) -> bool:
    """Whether DuckDB's Arrow output holds the whole value, at every level."""
    return kind.id in _IN_ARROW and (kind.id not in _NESTED or all(_carried(part) for _, part in _parts(kind)))


def _parts(kind: Any) -> list[tuple[str, Any]]:
    """The types inside a nested type, with their names."""
    return [(name, part) for name, part in kind.children if name != "size"] if kind.id == "array" else kind.children


def _is_json(kind: Any) -> bool:
    return str(kind) == "JSON"


def _values(kind: Any) -> Values:
    """The converter to JSON-ready values for a DuckDB type."""
    if _is_json(kind):
        return _json
    if kind.id in _TIMESTAMPS:
        return _zoned if kind.id == "timestamp with time zone" else _timestamps
    if kind.id in _NESTED and _carried(kind):
        return _NESTED_VALUES[kind.id](kind)
    return _SCALARS.get(kind.id, _plain)


def _texts(kind: Any) -> Texts:
    """The converter to text for a DuckDB type."""
    if _is_json(kind):
        return _strings
    values = _values(kind)
    if kind.id in _NESTED:
        return lambda array: [None if v is None else encoder.encode(v).decode() for v in values(array)]
    write = _WRITTEN.get(kind.id)
    if write is None:
        return values
    return lambda array: [None if v is None else write(v) for v in values(array)]


def _bool_text(value: bool) -> str:
    return "true" if value else "false"


def _float_text(value: float | str) -> str:
    return value if isinstance(value, str) else "NaN" if value != value else repr(value)


def _decimal_text(value: Any) -> str:
    return format(value, "f")


def _storage(array: pa.Array) -> pa.Array:
    """The array behind an extension type."""
    import pyarrow as pa

    if isinstance(array.type, pa.OpaqueType):
        raise UsageError(
            f"cannot print the Arrow type {array.type}",
            hint="SET arrow_lossless_conversion = false, or cast it to VARCHAR",
        )
    return array.storage if isinstance(array, pa.ExtensionArray) else array


def _plain(array: pa.Array) -> list[Any]:
    return list(_storage(array).to_pylist())


def _strings(array: pa.Array) -> list[Any]:
    return list(_storage(array).to_pylist())


def _uuids(array: pa.Array) -> list[Any]:
    return [None if v is None else str(v) for v in array.to_pylist()]


def _blobs(array: pa.Array) -> list[Any]:
    return [None if v is None else base64.b64encode(v).decode() for v in array.to_pylist()]


def _json(array: pa.Array) -> list[Any]:
    return [None if v is None else _embedded(v) for v in _strings(array)]


def _embedded(text: str) -> Any:
    """The JSON in ``text`` on one line, its numbers untouched; the text itself if it is no JSON (DuckDB allows NaN)."""
    try:
        return msgspec.Raw(msgspec.json.format(text, indent=-1).encode())
    except msgspec.DecodeError:
        return text


def _doubles(array: pa.Array) -> list[Any]:
    import pyarrow.compute as pc

    infinite = pc.any(pc.is_inf(array)).as_py()
    values = array.to_pylist()
    return [_INFINITE.get(v, v) for v in values] if infinite else list(values)


def _floats(array: pa.Array) -> list[Any]:
    import pyarrow as pa

    # By way of text: 0.1 in 32 bits is 0.1 to its reader, not 0.10000000149011612.
    return _doubles(array.cast(pa.string()).cast(pa.float64()))


def _dates(array: pa.Array) -> list[Any]:
    import pyarrow as pa

    days = array.view(pa.int32())
    texts = array.cast(pa.string()).to_pylist()
    return _repaired(texts, days, 1, 2**31 - 1, _far_date)


def _times(array: pa.Array) -> list[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    return list(pc.replace_substring_regex(array.cast(pa.string()), _SPARE["us"], "").to_pylist())


def _timestamps(array: pa.Array, suffix: str = "") -> list[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    unit = array.type.unit
    # Dropping the zone keeps the instant, in UTC.
    texts = pc.replace_substring(array.cast(pa.timestamp(unit)).cast(pa.string()), " ", "T", max_replacements=1)
    if unit in _SPARE:
        texts = pc.replace_substring_regex(texts, _SPARE[unit], "")
    texts = pc.binary_join_element_wise(texts, (".000" if unit == "s" else "") + suffix, "")
    ticks = array.view(pa.int64())
    return _repaired(texts.to_pylist(), ticks, _PER_DAY[unit], 2**63 - 1, lambda tick: _far(tick, unit) + suffix)


def _zoned(array: pa.Array) -> list[Any]:
    return _timestamps(array, "Z")


def _repaired(
    texts: list[str | None], counts: pa.Array, per_day: int, infinity: int, write: Callable[[int], str]
) -> list[Any]:
    """``texts`` with those rewritten that Arrow writes wrongly: infinity, and years of other than four digits."""
    import pyarrow.compute as pc

    first, last = (1 - _EPOCH) * per_day, (_LAST + 1) * per_day - 1
    bounds = pc.min_max(counts).as_py()
    if bounds["min"] is None or (bounds["min"] >= first and bounds["max"] <= last):
        return texts
    names = {infinity: "infinity", -infinity: "-infinity"}
    pairs = zip(texts, counts.to_pylist(), strict=True)
    return [t if n is None or first <= n <= last else names.get(n) or write(n) for t, n in pairs]


def _far_date(days: int) -> str:
    """The ISO date that many days after 1970-01-01, in years that Python's calendar does not reach."""
    cycles, rest = divmod(days, _DAYS)
    near = date.fromordinal(rest + _EPOCH)
    year = near.year + 400 * cycles
    return f"{'-' if year < 0 else ''}{abs(year):04d}-{near.month:02d}-{near.day:02d}"


def _far(tick: int, unit: str) -> str:
    days, rest = divmod(tick, _PER_DAY[unit])
    seconds, fraction = divmod(rest, _PER_DAY[unit] // 86_400)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    digits = f"{fraction:0{_FRACTION[unit]}d}".ljust(3, "0")
    while len(digits) > 3 and digits.endswith("000"):
        digits = digits[:-3]
    return f"{_far_date(days)}T{clock}.{digits}"


def _intervals(array: pa.Array) -> list[Any]:
    return [None if v is None else _interval(v.months, v.days, v.nanoseconds // 1000) for v in array.to_pylist()]


def _interval(months: int, days: int, micros: int) -> str:
    """DuckDB's text for an INTERVAL: ``1 year 2 months 3 days 04:05:06.789``."""
    sign = -1 if months < 0 else 1
    counts = (sign * (abs(months) // 12), "year"), (sign * (abs(months) % 12), "month"), (days, "day")
    parts = [f"{count} {unit}{'' if abs(count) == 1 else 's'}" for count, unit in counts if count]
    if micros or not parts:
        seconds, fraction = divmod(abs(micros), 1_000_000)
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        parts.append(("-" if micros < 0 else "") + clock + (f".{fraction:06d}".rstrip("0") if fraction else ""))
    return " ".join(parts)


def _cut(array: pa.Array, flat: Sequence[Any]) -> list[Any]:
    """``flat`` in pieces by the array's offsets, None where the array is null."""
    offsets = array.offsets.to_pylist()
    valid = array.is_valid().to_pylist()
    return [flat[offsets[i] : offsets[i + 1]] if here else None for i, here in enumerate(valid)]


def _list(kind: Any) -> Values:
    inner = _values(_parts(kind)[0][1])
    return lambda array: _cut(array, inner(array.values))


def _array(kind: Any) -> Values:
    inner = _values(_parts(kind)[0][1])

    def convert(array: pa.Array) -> list[Any]:
        size, first = array.type.list_size, array.offset
        flat = inner(array.values)
        valid = array.is_valid().to_pylist()
        return [flat[(first + i) * size : (first + i + 1) * size] if here else None for i, here in enumerate(valid)]

    return convert


def _map(kind: Any) -> Values:
    (_, key), (_, item) = _parts(kind)
    keys, items = _texts(key), _values(item)

    def convert(array: pa.Array) -> list[Any]:
        pairs = list(zip(keys(array.keys), items(array.items), strict=True))
        return [None if piece is None else dict(piece) for piece in _cut(array, pairs)]

    return convert


def _struct(kind: Any) -> Values:
    names = unique([name for name, _ in _parts(kind)])
    rows = _rows(kind)
    return lambda array: [None if row is None else dict(zip(names, row, strict=True)) for row in rows(array)]


def _rows(kind: Any) -> Values:
    """Each struct as a tuple of its fields' values."""
    inner = [_values(part) for _, part in _parts(kind)]

    def convert(array: pa.Array) -> list[Any]:
        fields = zip(*(convert(array.field(i)) for i, convert in enumerate(inner)), strict=True)
        return [row if here else None for row, here in zip(fields, array.is_valid().to_pylist(), strict=True)]

    return convert


_SCALARS: dict[str, Values] = {
    "float": _floats,
    "double": _doubles,
    "date": _dates,
    "time": _times,
    "interval": _intervals,
    "blob": _blobs,
    "uuid": _uuids,
}
_NESTED_VALUES: dict[str, Callable[[Any], Values]] = {
    "list": _list,
    "array": _array,
    "map": _map,
    "struct": _struct,
    "tuple": _rows,
}


_WRITTEN: dict[str, Callable[[Any], str]] = {
    "boolean": _bool_text,
    "float": _float_text,
    "double": _float_text,
    "decimal": _decimal_text,
    **dict.fromkeys(_INTEGERS, str),
}


def unique(names: Sequence[str]) -> list[str]:
    """``names`` with later doubles renamed ``a_1``, ``a_2``, as DuckDB does: an object has each key once."""
    taken = set(names)
    seen: set[str] = set()
    result: list[str] = []
    for name in names:
        fresh, number = name, 0
        while fresh in seen or (number and fresh in taken):
            number += 1
            fresh = f"{name}_{number}"
        seen.add(fresh)
        result.append(fresh)
    return result
