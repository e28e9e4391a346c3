"""The first rows of a result as text, for people: in a notebook as an HTML table, in a terminal as a drawn one.

DuckDB turns the values into text, so that they read as in ``relation.show()``. No more rows are fetched than are shown,
and one more that tells whether there are others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

ROWS = 20
_LONGEST = 200  # characters of a value; a longer one is cut with a mark
_NARROW = 12  # no column of a drawn table is made narrower than this
_MOST_LINES = 10_000  # of an answer that is a text, such as a plan
_TEXTS = (("plan",), ("explain_key", "explain_value"), ("template",))
_NUMBERS = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*\)|BIGNUM")
# What would move the cursor, recolour the terminal or turn the line around: values are other people's text.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_CELL = "text-align: {}; vertical-align: top; white-space: pre-wrap"


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a result. names and types: of its columns. rows: None is NULL. more: there are other rows."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    more: bool = False

    @property
    def summary(self) -> str:
        """The line below the rows."""
        count = len(self.rows)
        if self.more:
            return f"the first {count:,} rows, and there are more: .df() reads all of them"
        return f"{count:,} row{'' if count == 1 else 's'}"

    @property
    def lines(self) -> list[str] | None:
        """The lines of an answer that is a text of its own form, such as a plan; None for a table."""
        if self.names not in _TEXTS:
            return None
        return [line for row in self.rows for line in (row[-1] or "").splitlines()]

    def html(self) -> str:
        """A table (``<pre>`` for a text), everything in it escaped."""
        if (lines := self.lines) is not None:
            return f"<pre>{escape(chr(10).join(lines))}</pre>"
        sides = [_CELL.format("right" if _is_number(kind) else "left") for kind in self.types]
        head = "".join(
            f'<th style="{side}" title="{escape(kind)}">{escape(name)}</th>'
            for name, kind, side in zip(self.names, self.types, sides, strict=True)
        )
        body = "".join(
            "<tr>" + "".join(f'<td style="{s}">{_html(v)}</td>' for v, s in zip(row, sides, strict=True)) + "</tr>\n"
            for row in self.rows
        )
        table = f'<table class="dataframe">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>'
        return f"<div>\n{table}\n<p>{escape(self.summary)}</p>\n</div>"

    def text(self, width: int | None = None) -> str:
        """A drawn table, or one line a value where the columns do not fit into a width in columns of a terminal.

        width: None for that of this terminal, 80 where there is none.
        """
        import shutil

        from rich.cells import cell_len

        if (lines := self.lines) is not None:
            return "\n".join(lines)
        width = width or shutil.get_terminal_size().columns
        cells = [["NULL" if value is None else _visible(_cut(value)) for value in row] for row in self.rows]
        names = [_visible(name) for name in self.names]
        wanted = [max(map(cell_len, column)) for column in zip(names, *cells, strict=True)]
        fits = sum(min(each, _NARROW) + 3 for each in wanted) < width
        drawn = self._table(names, cells, _widths(wanted, width)) if fits or not cells else _records(names, cells)
        return f"{drawn}\n{self.summary}"

    def _table(self, names: list[str], cells: list[list[str]], widths: list[int]) -> str:
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SQUARE, header_style="none")
        for name, kind, width in zip(names, self.types, widths, strict=True):
            side: Literal["right", "left"] = "right" if _is_number(kind) else "left"
            table.add_column(Text(name), justify=side, no_wrap=True, overflow="ellipsis", width=width)
        for row in cells:
            table.add_row(*map(Text, row))
        console = Console(
            width=sum(widths) + 3 * len(widths) + 1, color_system=None, force_terminal=False, force_jupyter=False
        )
        with console.capture() as captured:
            console.print(table)
        return captured.get().rstrip("\n")


def _widths(wanted: list[int], width: int) -> list[int]:
    """What each column gets of a line: at first a little, and of the rest what it wants, the smallest wishes first."""
    widths = [min(each, _NARROW) for each in wanted]
    room = width - 1 - sum(each + 3 for each in widths)
    for position, index in enumerate(sorted(range(len(wanted)), key=lambda i: wanted[i])):
        more = max(min(wanted[index] - widths[index], room // (len(wanted) - position)), 0)
        widths[index] += more
        room -= more
    return widths


def _records(names: list[str], cells: list[list[str]]) -> str:
    """One line a value."""
    room = max(map(len, names))
    lines: list[str] = []
    for number, row in enumerate(cells, 1):
        lines.append(f"row {number}")
        lines += [f"  {name:<{room}}  {value}" for name, value in zip(names, row, strict=True)]
    return "\n".join(lines)


def preview(relation: Any, most: int = ROWS) -> Preview:
    """Read the first rows of a relation. Raises what reading it raises."""
    names, types = tuple(relation.columns), tuple(str(kind) for kind in relation.types)
    most = _MOST_LINES if names in _TEXTS else most
    casts = ", ".join(f"CAST(#{i} AS VARCHAR)" for i in range(1, len(names) + 1))
    rows = relation.limit(most + 1).project(casts).fetchall()
    return Preview(names, types, tuple(rows[:most]), len(rows) > most)


def _is_number(kind: str) -> bool:
    return _NUMBERS.fullmatch(kind) is not None


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"


def _html(value: str | None) -> str:
    return '<i style="opacity: .5">NULL</i>' if value is None else escape(_cut(value))


def _visible(text: str) -> str:
    names = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return _CONTROL.sub(lambda found: names.get(found[0]) or f"\\u{ord(found[0]):04x}", text)
