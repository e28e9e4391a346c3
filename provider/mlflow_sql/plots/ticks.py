"""Where values lie on an axis, which of them are marked, and how numbers and times are written."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

from mlflow_sql.plots.chart import Axis, Value

_DAY = 86_400_000
_STEPS_OF_TIME = tuple(  # milliseconds
    n * unit
    for unit, counts in (
        (1, (1, 2, 5, 10, 20, 50, 100, 200, 500)),
        (1000, (1, 2, 5, 10, 15, 30)),
        (60_000, (1, 2, 5, 10, 15, 30)),
        (3_600_000, (1, 2, 3, 6, 12)),
        (_DAY, (1, 2, 7, 14, 30, 90, 180, 365, 730, 1826, 3652)),
    )
    for n in counts
)


def place(axis: Axis, value: Value) -> float | None:
    """Where a value lies between the two ends of an axis, from 0 to 1; None for one that has no place."""
    if value is None:
        return None
    if axis.kind == "category":
        names = axis.names
        return names.index(str(value)) / (len(names) - 1) if len(names) > 1 else 0.5
    number = float(value)
    low, high = axis.low, axis.high
    if axis.log:
        if number <= 0:
            return None
        number, low, high = math.log10(number), math.log10(low), math.log10(high)
    span = high / 2 - low / 2  # halves: the whole may be more than a float can hold
    return (number / 2 - low / 2) / span if span > 0 else 0.5


def values(axis: Axis, most: int) -> list[float]:
    """The numbers that are marked on an axis, about so many."""
    return [float(value) for value, _ in _marked(axis, max(most, 2)) if value is not None and axis.kind != "category"]


def ticks(axis: Axis, most: int, exact: bool = False) -> list[tuple[float, str]]:
    """The places (0 to 1) that are marked on an axis, and their texts; about so many.

    exact: where numbers have few values, those are marked and no others, as far as there is room for them.
    """
    if exact and axis.marks and axis.kind == "number":
        places = [at for value in axis.marks if (at := place(axis, value)) is not None]
        if all(b - a >= 0.5 / most for a, b in pairwise(places)):
            return [(at, number(value)) for at, value in zip(places, axis.marks, strict=True)]
    return [(at, text) for value, text in _marked(axis, max(most, 2)) if (at := place(axis, value)) is not None]


def _marked(axis: Axis, most: int) -> list[tuple[Value, str]]:
    if axis.kind == "category":
        every = math.ceil(len(axis.names) / most) or 1  # no row that is drawn may have a name
        return [(name, name) for name in axis.names[::every]]
    if axis.kind == "time":
        return list(_times(axis, most))
    if axis.low == axis.high:
        return [(axis.low, number(axis.low))]
    if axis.log:
        values = list(axis.marks) if 0 < len(axis.marks) <= most else _decades(axis.low, axis.high, most)
        return [(value, number(value)) for value in values]
    values, decimals = _round(axis.low, axis.high, most)
    return [(value, _fixed(value, decimals)) for value in values]


def _round(low: float, high: float, most: int) -> tuple[list[float], int]:
    """Round numbers between two, and how many decimals tell them apart."""
    rough = (high / most - low / most) or 5e-324
    power = math.floor(math.log10(rough))
    unit = 10.0**power
    step = next((n * unit for n in (1, 2, 5) if n * unit >= rough), 10 * unit)
    if step == 0 or math.isinf(step):
        return [low, high], 0
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    found = [n * step for n in range(first, last + 1)] if last - first <= 4 * most else [low, high]
    return found or [low, high], max(0, -math.floor(math.log10(step) + 1e-9))


def _decades(low: float, high: float, most: int) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    powers = [10.0**n for n in range(first, last + 1, max(1, math.ceil((last - first + 1) / most)))]
    if len(powers) >= 3:
        return powers
    for digits in ((1, 2, 5), range(1, 10)):
        finer = [m * 10.0**n for n in range(first - 1, last + 1) for m in digits]
        inside = [value for value in finer if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
        if 3 <= len(inside) <= most:
            return inside
    return powers if len(powers) == 2 else [low, high]


def _fixed(value: float, decimals: int) -> str:
    if decimals > 6 or abs(value) >= 1e7:
        return number(value)
    return f"{value:,.{decimals}f}" if value else "0"


def number(value: float) -> str:
    """A number for people: at most four digits that matter, or all of a whole number."""
    size = abs(value)
    if size and (size >= 1e7 or size < 1e-4):
        digits, _, power = f"{value:.3e}".partition("e")
        return f"{digits.rstrip('0').rstrip('.')}e{int(power)}"
    if value == int(value):
        return f"{int(value):,}"
    decimals = max(0, 3 - math.floor(math.log10(size)))
    return f"{value:,.{decimals}f}".rstrip("0").rstrip(".")


def pattern(axis: Axis, most: int) -> str:
    """How the times of an axis are written, for strftime: as much as tells its ticks apart."""
    step = _step_of_time(axis, most)
    if step >= _DAY:
        return "%Y-%m-%d"
    clock = "%H:%M" if step >= 60_000 else "%H:%M:%S" if step >= 1000 else "%H:%M:%S.%f"
    return f"%m-%d {clock}" if axis.high - axis.low > _DAY else clock


def _step_of_time(axis: Axis, most: int) -> int:
    span = axis.high - axis.low
    return next((s for s in _STEPS_OF_TIME if span / s <= most), 36_525 * _DAY)


def _times(axis: Axis, most: int) -> Iterator[tuple[float, str]]:
    if axis.high <= axis.low:
        yield axis.low, moment(axis.low)
        return
    step, form = _step_of_time(axis, most), pattern(axis, most)
    value = math.ceil(axis.low / step) * step
    while value <= axis.high:
        text = _at(value).strftime(form)
        yield value, text[:-3] if form.endswith("%f") else text
        value += step


def moment(value: float) -> str:
    """A time in UTC for people."""
    return _at(value).strftime("%Y-%m-%d %H:%M:%S")


def _at(value: float) -> datetime:
    try:
        return datetime.fromtimestamp(value / 1000, UTC)
    except (OverflowError, ValueError, OSError):  # years that Python does not know
        return datetime.max.replace(tzinfo=UTC) if value > 0 else datetime.min.replace(tzinfo=UTC)


def text(axis: Axis, value: Value) -> str:
    """A value as it is written beside its mark."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return value
    return moment(value) if axis.kind == "time" else number(value)
