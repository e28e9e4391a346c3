"""Lists of decoded values to Arrow arrays, a column at a time: no object is made per row.

Each function takes what ``shapes`` types let through and raises Misfit for a value that its column cannot hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

from mlflow_sql.types import ColumnType, arrow_type

if TYPE_CHECKING:
    import pyarrow as pa

# DuckDB keeps times and intervals in int64 microseconds, and fails on a larger number of milliseconds.
_MOST_MILLIS = (2**63 - 1) // 1000

_NON_FINITE = {"NaN": None, "Infinity": float("inf"), "-Infinity": float("-inf")}


class Misfit(ValueError):
    """A value that its column's type cannot hold; the text says which and why."""


def array(column_type: ColumnType, values: Sequence[Any]) -> pa.Array:
    """An array of ``arrow_type(column_type)``; None is NULL.

    values: text, numbers (int64, or their digits as text), doubles (or protobuf's names of the non-finite ones),
    lists of pairs for maps, raw JSON for json; numbers for timestamp and interval are ms.
    """
    import pyarrow as pa

    match column_type:
        case ColumnType.BIGINT:
            return pa.array(whole(values), pa.int64())
        case ColumnType.TIMESTAMP | ColumnType.INTERVAL:
            return _millis(values).cast(arrow_type(column_type))
        case ColumnType.DOUBLE:
            return _doubles(values)
        case ColumnType.STRING_MAP | ColumnType.DOUBLE_MAP:
            return _maps(column_type, values)
        case ColumnType.JSON:
            return _json(values)
        case _:
            return pa.array(values, arrow_type(column_type))


def picked(lists: Sequence[Any], key: str) -> list[Any]:
    """The value of ``key`` in each list of pairs, the last one if it is repeated, None if it is not there."""
    found = []
    for pairs in lists:
        value = None
        for pair in pairs or ():
            if pair.key == key:
                value = pair.value
        found.append(value)
    return found


def texts(values: Sequence[Any]) -> list[str | None]:
    """Texts and numbers as texts: a number in its shortest digits that mean it, as DuckDB writes a DOUBLE."""
    return [repr(value) if isinstance(value, float) else value for value in values]


def whole(values: Sequence[Any]) -> Sequence[int | None]:
    """Numbers as ints: digits in text are read, a number with a fraction is a Misfit."""
    if set(map(type, values)) <= {int, type(None)}:
        return values
    return [_whole(value) for value in values]


def difference(ends: Sequence[Any], starts: Sequence[Any]) -> list[int | None]:
    """end - start in ms, None where either is missing."""
    pairs = zip(_truncated(ends), _truncated(starts), strict=True)
    return [None if end is None or start is None else end - start for end, start in pairs]


def _whole(value: int | float | str | None) -> int | None:
    cut = _cut(value)
    if (isinstance(value, float) and value != cut) or (isinstance(value, str) and "." in value):
        raise Misfit(f"{value} is not a whole number")
    if cut is not None and not -(2**63) <= cut < 2**63:
        raise Misfit(f"{value} is beyond 64 bits")
    return cut


def _cut(value: int | float | str | None) -> int | None:
    """The number without its fraction: some clients log times as seconds * 1000 without rounding."""
    if value is None or type(value) is int:
        return value
    return int(value.partition(".")[0]) if isinstance(value, str) else int(value)


def _truncated(values: Sequence[Any]) -> Sequence[int | None]:
    if set(map(type, values)) <= {int, type(None)}:
        return values
    return [_cut(value) for value in values]


def _millis(values: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    numbers = _truncated(values)
    known = [number for number in numbers if number is not None]
    for number in (max(known), min(known)) if known else ():
        if abs(number) > _MOST_MILLIS:
            raise Misfit(f"{number} ms is beyond the times that SQL can hold (is it in another unit?)")
    return pa.array(numbers, pa.int64())


def _doubles(values: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values, pa.float64(), from_pandas=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # a non-finite one among them, as text
        return pa.array([_NON_FINITE[v] if isinstance(v, str) else v for v in values], pa.float64(), from_pandas=False)


def _maps(column_type: ColumnType, lists: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    present = [pairs or () for pairs in lists]
    offsets = [0, *accumulate(map(len, present))]
    flat = list(chain.from_iterable(present))
    keys = [pair.key for pair in flat]
    values = [pair.value for pair in flat]
    if _repeats(keys, offsets):  # DuckDB refuses a map that holds a key twice
        maps = [{pair.key: pair.value for pair in pairs} for pairs in present]
        offsets = [0, *accumulate(map(len, maps))]
        keys = list(chain.from_iterable(maps))
        values = list(chain.from_iterable(each.values() for each in maps))
    items = _doubles(values) if column_type is ColumnType.DOUBLE_MAP else pa.array(values, pa.string())
    return pa.MapArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(keys, pa.string()), items)


def _repeats(keys: list[str], offsets: list[int]) -> bool:
    start = 0
    for end in offsets[1:]:
        if len(set(keys[start:end])) != end - start:
            return True
        start = end
    return False


def _json(raws: Sequence[Any]) -> pa.Array:
    import pyarrow as pa

    texts = [None if raw is None else bytes(raw) for raw in raws]
    storage = pa.array([None if text == b"null" else text for text in texts], pa.binary())
    try:
        return pa.ExtensionArray.from_storage(arrow_type(ColumnType.JSON), storage.cast(pa.string()))
    except pa.ArrowInvalid:
        raise Misfit("its text is not UTF-8") from None
