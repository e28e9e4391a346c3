"""What a picture shows, as values: the same for the terminal, for files and for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["bar", "line", "scatter", "parallel"]
KINDS: tuple[Kind, ...] = ("bar", "line", "scatter", "parallel")
Value = float | str | None


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis, or the scale of the colours.

    title: with the unit. kind: "time" is milliseconds since 1970 in UTC, "category" is a text. low, high: of the
    numbers drawn. marks: the only values that numbers have, when they are few. names: the categories in order.
    """

    title: str
    kind: Literal["number", "time", "category"]
    log: bool = False
    low: float = 0.0
    high: float = 0.0
    marks: tuple[float, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """One bar, one point (of a line or of a scatter), or one line across parallel axes.

    values: one for each axis of the chart. color: on the scale of colours. series: the number of its line.
    label: what it is called, for who points at it.
    """

    values: tuple[Value, ...]
    color: Value = None
    series: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture. axes: x and y, for bars key and height, for parallel coordinates all. remarks: what is not in it."""

    kind: Kind
    title: str
    axes: tuple[Axis, ...]
    marks: tuple[Mark, ...]
    color: Axis | None = None
    remarks: tuple[str, ...] = ()
