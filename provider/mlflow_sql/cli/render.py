"""The output formats: rows as Arrow batches in, UTF-8 bytes out, a batch at a time."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import TYPE_CHECKING, Protocol

from mlflow_sql.cli.binary import arrow, parquet
from mlflow_sql.cli.box import Box, visible
from mlflow_sql.cli.values import Column, columns, encoder, unique
from mlflow_sql.errors import UsageError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Batches = Iterable["pa.RecordBatch"]

_BATCH = 2048  # rows; DuckDB's own unit, so that the first rows are printed as soon as they are there
_QUOTED = re.compile('[",\r\n]')
_TSV = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
# A whole page without a word from elsewhere; a page that embeds it ignores the first line.
_HTML_HEAD = """<!doctype html><meta charset="utf-8"><title>mlflow-sql</title>
<style>:root { color-scheme: light dark } table { border-collapse: collapse; font: 14px system-ui, sans-serif;
margin: 1em 0 } th, td { border: 1px solid #8884; padding: .25em .6em; text-align: left; vertical-align: top;
white-space: pre-wrap } th { background: #8882 } .n { text-align: right } td i { opacity: .5 }</style>
"""


class Format(enum.StrEnum):
    """How rows are printed."""

    TABLE = "table"
    BOX = "box"
    MARKDOWN = "markdown"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"
    HTML = "html"
    PARQUET = "parquet"
    ARROW = "arrow"

    @property
    def binary(self) -> bool:
        """Whether it is no text, and holds one result only."""
        return self in (Format.PARQUET, Format.ARROW)

    @property
    def streams(self) -> bool:
        """Whether rows are printed as they arrive."""
        return self not in (Format.TABLE, Format.BOX, Format.PARQUET)


class Output(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object:
        """Take the bytes."""


class Renderer:
    """Prints the results of statements, one after another.

    width: columns of the terminal, or None when the output is none: only there a table leaves rows and columns out.
    seekable: the output is a file: Arrow's file format is written there, its stream format elsewhere.
    results and rows: how many were printed so far.
    """

    def __init__(self, form: Format, out: Output, *, width: int | None = None, seekable: bool = False) -> None:
        self._form = form
        self._out = out
        self._width = width
        self._seekable = seekable
        self.results = 0
        self.rows = 0

    def write(self, relation: duckdb.DuckDBPyRelation) -> None:
        """Run the relation, once, and print its rows; whatever it raises passes through.

        What was printed before an error stays, and a JSON array is then left open: never a short answer that
        looks whole. Raises UsageError for a second result where the format holds only one.
        """
        if self._form.binary and self.results:
            raise UsageError(
                f"{self._form} holds the rows of one statement, and this is the second one that has rows",
                hint="write each to a file of its own, or take another format",
            )
        self.results += 1
        if self._form is Format.PARQUET:
            pieces = parquet(relation, self._count)
        elif self._form is Format.ARROW:
            reader = relation.to_arrow_reader(_BATCH)
            pieces = arrow(reader.schema, self._counted(reader), file=self._seekable)
        else:
            cols, reader = readable(relation)
            pieces = getattr(self, f"_{self._form}")(cols, self._counted(reader))
        for piece in pieces:
            self._out.write(piece)

    def _counted(self, batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self._count(batch.num_rows)
            yield batch

    def _count(self, rows: int) -> None:
        self.rows += rows

    def _table(self, cols: list[Column], batches: Batches) -> Iterator[bytes]:
        if [column.name for column in cols] in (["explain_key", "explain_value"], ["plan"], ["template"]):
            # Text of its own form: a box would cut its lines, and escaping its line ends would destroy a drawing.
            for batch in batches:
                yield "".join(f"{value}\n" for value in cols[-1].texts(batch.column(len(cols) - 1))).encode()
            return
        box = Box(cols, width=self._width)
        for batch in batches:
            box.add(texts(cols, batch))
        for line in box.lines():
            yield line.encode(errors="replace") + b"\n"

    def _box(self, cols: list[Column], batches: Batches) -> Iterator[bytes]:
        self._width = None
        yield from self._table(cols, batches)

    def _jsonl(self, cols: list[Column], batches: Batches) -> Iterator[bytes]:
        names = unique([column.name for column in cols])
        for batch in batches:
            values = [column.values(batch.column(i)) for i, column in enumerate(cols)]
            yield encoder.encode_lines([dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)])

    def _json(self, cols: list[Column], batches: Batches) -> Iterator[bytes]:
        opening = b"[\n"
        for lines in self._jsonl(cols, batches):
            if lines:
                # No value holds a raw line end, so each one here is between two rows.
                yield opening + lines[:-1].replace(b"\n", b",\n")
                opening = b",\n"
        yield b"[]\n" if opening == b"[\n" else b"\n]\n"

    def _csv(self, cols: list[Column], batches: Batches) -> Iterator[bytes]:
        # RFC 4180, but lines end in \n as in DuckDB's and PostgreSQL's COPY: \r would stick to the last column in
        # every shell script. NULL is empty and an empty string is "", so that the two stay apart.
        yield ",".join(_quoted(column.name) for column in cols).encode() + b"\n"
        for batch in batches:
            fields = []
            for i, column in enumerate(cols):
                texts = column.texts(batch.column(i))
                if column.plain:
                    fields.append([text or "" for text in texts])
                else:
                    fields.append(["" if text is None else _quoted(text) for text in texts])
            yield "".join([",".join(row) + "\n" for row in zip(*fields, strict=True)]).encode()

    def _markdown(self, cols: list[Column], batches: Batches) -> Iterator[bytes]:
        head = "\n" if self.results > 1 else ""  # without it two tables would be one
        head += _markdown_row([_escaped(column.name) for column in cols])
        yield (head + _markdown_row(["---:" if column.numeric else "---" for column in cols])).encode()
        for batch in batches:
            rows = (["NULL" if cell is None else _escaped(cell) for cell in row] for row in texts(cols, batch))
            yield "".join(_markdown_row(row) for row in rows).encode()

    def _tsv(self, cols: list[Column], batches: Batches) -> Iterator[bytes]:
        # As PostgreSQL's COPY writes text: one line a row and one tab between fields whatever they hold, so that cut
        # and awk need no parser; NULL is \N, which no value can be.
        yield "\t".join(column.name.translate(_TSV) for column in cols).encode() + b"\n"
        for batch in batches:
            rows = (["\\N" if cell is None else cell.translate(_TSV) for cell in row] for row in texts(cols, batch))
            yield "".join(["\t".join(row) + "\n" for row in rows]).encode()

    def _html(self, cols: list[Column], batches: Batches) -> Iterator[bytes]:
        head = _HTML_HEAD if self.results == 1 else ""
        names = "".join(f"<th{_html_class(column)}>{escape(column.name)}</th>" for column in cols)
        yield f"{head}<table>\n<thead><tr>{names}</tr></thead>\n<tbody>\n".encode()
        opening = [f"<td{_html_class(column)}>" for column in cols]
        for batch in batches:
            lines = []
            for row in texts(cols, batch):
                cells = zip(opening, row, strict=True)
                shown = (start + ("<i>NULL</i>" if cell is None else escape(cell)) for start, cell in cells)
                lines.append("<tr>" + "</td>".join(shown) + "</td></tr>\n")
            yield "".join(lines).encode(errors="replace")
        yield b"</tbody>\n</table>\n"


def readable(relation: duckdb.DuckDBPyRelation) -> tuple[list[Column], pa.RecordBatchReader]:
    """The columns of a relation and a stream of its batches, whose values the columns can turn into text."""
    cols = columns(relation)
    if any(column.sql for column in cols):
        relation = relation.project(", ".join(c.sql or f"#{i}" for i, c in enumerate(cols, 1)))
    return cols, relation.to_arrow_reader(_BATCH)


def texts(cols: list[Column], batch: pa.RecordBatch) -> list[tuple[str | None, ...]]:
    """The rows of a batch as text, None for NULL."""
    return list(zip(*(column.texts(batch.column(i)) for i, column in enumerate(cols)), strict=True))


def _html_class(column: Column) -> str:
    return " class=n" if column.numeric else ""


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if not text or _QUOTED.search(text) else text


def _markdown_row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _escaped(text: str) -> str:
    """A cell's text: the backslash first, since it also escapes the pipes."""
    text = text.replace("\\", "\\\\").replace("|", "\\|")
    return visible(text.replace("\r\n", "<br>").replace("\n", "<br>"))
