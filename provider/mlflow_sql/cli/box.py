"""The ``table`` format: a box of lines, fitted to a terminal or, elsewhere, whole."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mlflow_sql.cli.values import Column

_LEFT_OUT = "·"
CUT = "…"
NULL = "NULL"
_NARROW = 12  # no column is made narrower than this to fit the terminal, except by leaving others out
# What would move the cursor, recolour the terminal or turn the line around: values are other people's text.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """``text`` with control characters written as escapes."""
    if text.isprintable():
        return text
    return _CONTROL.sub(lambda m: _NAMED.get(m[0]) or f"\\u{ord(m[0]):04x}", text)


def cell_width(text: str) -> int:
    """How many columns of a terminal the text takes: CJK characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def fit(text: str, width: int, right: bool) -> str:
    """``text`` in exactly ``width`` columns of the terminal, an ellipsis at its end if it was cut."""
    room = width - cell_width(text)
    if room < 0:
        if text.isascii():
            text = text[: width - 1]
        else:
            from rich.cells import set_cell_size

            text = set_cell_size(text, width - 1)
        return text + CUT
    return " " * room + text if right else text + " " * room


@dataclass(frozen=True, slots=True)
class _Shown:
    """One column of the box: ``index`` None stands for those left out."""

    index: int | None
    width: int
    right: bool


class Box:
    """Collects rows and draws them.

    width: columns of the terminal, None to draw everything in full. rows: the most rows drawn when there is a width;
    of more, the first and last are kept, and the line below says how many there were.
    """

    def __init__(self, columns: Sequence[Column], *, width: int | None = None, rows: int = 40) -> None:
        self._columns = columns
        self._terminal = width
        half = rows // 2
        self._first = rows - half if width is not None else None
        self._head: list[list[str]] = []
        self._tail: deque[list[str]] = deque(maxlen=half)
        self._count = 0

    def add(self, rows: Sequence[tuple[str | None, ...]]) -> None:
        """Take more rows."""
        room = len(rows) if self._first is None else max(self._first - len(self._head), 0)
        last = max(room, len(rows) - (self._tail.maxlen or 0))
        self._head.extend(self._cells(row) for row in rows[:room])
        self._tail.extend(self._cells(row) for row in rows[last:])
        self._count += len(rows)

    @staticmethod
    def _cells(row: tuple[str | None, ...]) -> list[str]:
        return [NULL if cell is None else visible(cell) for cell in row]

    def lines(self) -> Iterator[str]:
        """The drawing, line by line."""
        body = [*self._head, *self._tail]
        left_out = self._count - len(body)
        names = [visible(column.name) for column in self._columns]
        types = [column.type for column in self._columns]
        shown = self._layout(names, types, body)
        yield self._rule(shown, "┌┬┐")
        yield self._line(shown, names)
        yield self._line(shown, types)
        if body:
            yield self._rule(shown, "├┼┤")
        for number, row in enumerate(body):
            if left_out and number == len(self._head):
                for _ in range(3):
                    yield self._line(shown, [_LEFT_OUT] * len(names))
            yield self._line(shown, row)
        yield self._rule(shown, "└┴┘")
        drawn = sum(column.index is not None for column in shown)
        rows = f"{self._count:,} row{'' if self._count == 1 else 's'}"
        rows += f" ({len(body):,} shown)" if left_out else ""
        yield rows + (f", {len(names)} columns ({drawn} shown)" if drawn < len(names) else "")

    def _layout(self, names: list[str], types: list[str], body: list[list[str]]) -> list[_Shown]:
        wanted = []
        for index, name in enumerate(names):
            width = max([cell_width(row[index]) for row in body], default=1)
            # A long type (STRUCT, ENUM) must not widen the column more than its values do.
            wanted.append(max(width, cell_width(name), min(len(types[index]), 20)))
        kept = list(range(len(names)))
        widths = wanted
        if self._terminal is not None:
            least = [min(width, _NARROW) for width in wanted]
            while len(kept) > 2 and self._room(least, kept) < 0:
                del kept[len(kept) // 2]
            widths = self._widths(wanted, least, kept)
        shown = [_Shown(i, widths[i], self._columns[i].numeric) for i in kept]
        if len(kept) < len(names):
            gap = next(place for place, index in enumerate([*kept, None]) if place != index)
            shown.insert(gap, _Shown(None, 1, False))
        return shown

    def _room(self, widths: list[int], kept: list[int]) -> int:
        """What the terminal has left over beside those columns and their lines; negative: too little."""
        gap = 4 if len(kept) < len(widths) else 0
        return (self._terminal or 0) - 1 - gap - sum(3 + widths[i] for i in kept)

    def _widths(self, wanted: list[int], least: list[int], kept: list[int]) -> list[int]:
        """The widths with what the terminal has left over shared out, the smallest wishes first."""
        widths = list(least)
        room = self._room(least, kept)
        for position, index in enumerate(sorted(kept, key=lambda i: wanted[i] - least[i])):
            more = max(min(wanted[index] - least[index], room // (len(kept) - position)), 0)
            widths[index] += more
            room -= more
        return widths

    @staticmethod
    def _rule(shown: list[_Shown], corners: str) -> str:
        return corners[0] + corners[1].join("─" * (column.width + 2) for column in shown) + corners[2]

    @staticmethod
    def _line(shown: list[_Shown], cells: list[str]) -> str:
        parts = [
            CUT if column.index is None else fit(cells[column.index], column.width, column.right) for column in shown
        ]
        return "│ " + " │ ".join(parts) + " │"
