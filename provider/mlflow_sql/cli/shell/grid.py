"""Drawing a result for a screen: a table, or a record a row with one column per line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from mlflow_sql.cli.box import CUT, NULL, cell_width, fit, visible
from mlflow_sql.cli.values import Column

Row = tuple[str | None, ...]

_LEAST = 40  # columns of text; no value is cut to less, so that ids stay whole
_MOST = 120  # the same where a line may be longer than the screen
_FLOATS = ("DOUBLE", "FLOAT")
_DIGITS = 8  # characters that a number is cut to
_TALLEST = 8  # lines of one value in a record
_KEYS = 40  # lines of one map in a record
_FEWEST = 30  # columns of text for a value in a record, on however narrow a screen


@dataclass(frozen=True, slots=True)
class Paint:
    """Styles of a terminal, or none: bold names, dim lines, types and NULL."""

    on: bool

    def bold(self, text: str) -> str:
        """Text of a heading."""
        return f"\x1b[1m{text}\x1b[0m" if self.on else text

    def dim(self, text: str) -> str:
        """What matters less than values."""
        return f"\x1b[2m{text}\x1b[0m" if self.on else text

    def red(self, text: str) -> str:
        """An error."""
        return f"\x1b[1;31m{text}\x1b[0m" if self.on else text


@dataclass(slots=True)
class Drawing:
    """Lines with styles in them. width: of the widest, in columns."""

    lines: list[str] = field(default_factory=list)
    width: int = 0


def table(columns: Sequence[Column], rows: Sequence[Row], width: int, paint: Paint) -> Drawing:
    """A box with a line for each row. It is wider than ``width`` where that would cut values too short."""
    cells = [[NULL if cell is None else visible(cell) for cell in row] for row in rows]
    names = [visible(column.name) for column in columns]
    natural = [
        max(cell_width(name), min(len(columns[i].type), 12), *(cell_width(row[i]) for row in cells))
        for i, name in enumerate(names)
    ]
    room = width - 3 * len(natural) - 1
    if sum(natural) > room:
        for i in (i for i, column in enumerate(columns) if column.type in _FLOATS):
            for row in cells:
                row[i] = _short(row[i])
            natural[i] = max(cell_width(names[i]), len(columns[i].type), *(len(row[i]) for row in cells))
    widths = _widths(natural, room)
    drawing = Drawing(width=sum(widths) + 3 * len(widths) + 1)
    bar = paint.dim("│")
    aligned = [column.numeric for column in columns]

    def line(parts: Sequence[str]) -> str:
        return f"{bar} " + f" {bar} ".join(parts) + f" {bar}"

    def rule(corners: str) -> str:
        return paint.dim(corners[0] + corners[1].join("─" * (w + 2) for w in widths) + corners[2])

    drawing.lines.append(rule("┌┬┐"))
    drawing.lines.append(line([paint.bold(fit(n, w, r)) for n, w, r in zip(names, widths, aligned, strict=True)]))
    types = [fit(column.type, w, column.numeric) for column, w in zip(columns, widths, strict=True)]
    drawing.lines.append(line([paint.dim(text) for text in types]))
    if cells:
        drawing.lines.append(rule("├┼┤"))
    for row, source in zip(cells, rows, strict=True):
        fitted = [fit(cell, w, right) for cell, w, right in zip(row, widths, aligned, strict=True)]
        drawing.lines.append(
            line([paint.dim(text) if value is None else text for text, value in zip(fitted, source, strict=True)])
        )
    drawing.lines.append(rule("└┴┘"))
    return drawing


def _short(number: str) -> str:
    """A number with a mark for the digits cut off; what is before the point, and an exponent, stay whole."""
    digits, e, exponent = number.partition("e")
    point = digits.find(".")
    keep = max(point + 2, _DIGITS)
    return f"{digits[:keep]}{CUT}{e}{exponent}" if point > 0 and keep + 1 < len(digits) else number


def _widths(natural: list[int], room: int) -> list[int]:
    """The widths with the widest made narrower until they fit, none below the least; wider ones if they cannot fit."""
    if sum(natural) <= room:
        return natural
    least = [min(w, _LEAST) for w in natural]
    if sum(least) > room:
        return [min(w, _MOST) for w in natural]
    widths, spare = list(least), room - sum(least)
    for position, i in enumerate(order := sorted(range(len(natural)), key=lambda i: natural[i] - least[i])):
        more = min(natural[i] - least[i], spare // (len(order) - position))
        widths[i] += more
        spare -= more
    return widths


def records(columns: Sequence[Column], rows: Sequence[Row], width: int, paint: Paint) -> Drawing:
    """A heading for each row, then one column per line; long texts are wrapped, a map has a line for each key."""
    names = [visible(column.name) for column in columns]
    left = max([cell_width(name) for name in names], default=0)
    room = max(width - left - 4, _FEWEST)
    drawing = Drawing()
    bar = paint.dim("│")
    for number, row in enumerate(rows, 1):
        title = f"─[ {number} ]"
        drawing.lines.append(paint.dim(title.ljust(min(width, left + 44), "─")))
        for name, column, value in zip(names, columns, row, strict=True):
            head = paint.bold(fit(name, left, False))
            for text in _value(column, value, room, paint):
                drawing.lines.append(f" {head} {bar} {text}".rstrip())
                head = " " * left
    drawing.width = width
    return drawing


def _value(column: Column, value: str | None, room: int, paint: Paint) -> Iterator[str]:
    if value is None:
        yield paint.dim(NULL)
        return
    if column.type.startswith("MAP(") and (pairs := _pairs(value)) is not None:
        yield from _keys(pairs, room, paint)
        return
    lines = [piece for line in value.splitlines() or [""] for piece in _wrapped(visible(line), room)]
    if len(lines) > _TALLEST:
        lines = [*lines[: _TALLEST - 1], fit(lines[_TALLEST - 1], room - 1, False).rstrip().removesuffix(CUT) + CUT]
    yield from lines


def _pairs(text: str) -> dict[str, object] | None:
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) else None


def _keys(pairs: dict[str, object], room: int, paint: Paint) -> Iterator[str]:
    if not pairs:
        yield paint.dim("{}")
        return
    left = min(max(cell_width(visible(key)) for key in pairs), room // 2)
    for count, (key, value) in enumerate(pairs.items()):
        if count == _KEYS:
            yield paint.dim(f"{CUT} {len(pairs) - _KEYS:,} more keys")
            return
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        shown = paint.dim(NULL) if value is None else visible(text)
        if value is not None and cell_width(shown) > room - left - 2:
            shown = fit(shown, room - left - 2, False)
        yield f"{fit(visible(key), left, False)}  {shown}"


def _wrapped(text: str, room: int) -> Iterator[str]:
    if text.isascii():
        yield from (text[i : i + room] for i in range(0, len(text), room)) if text else ("",)
        return
    from rich.cells import chop_cells

    yield from chop_cells(text, room) or [""]
