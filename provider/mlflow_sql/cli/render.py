"""The output formats: rows as Arrow batches in, UTF-8 bytes out, a batch at a time."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from mlflow_sql.cli.box import Box, visible
from mlflow_sql.cli.values import Column, columns, encoder, unique

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_BATCH = 2048  # rows; DuckDB's own unit, so that the first rows are printed as soon as they are there
_QUOTED = re.compile('[",\r\n]')


class Format(enum.StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MARKDOWN = "markdown"


class Output(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes, /) -> object:
        """Take the bytes."""


class Renderer:
    """Prints the results of statements, one after another.

    width: columns of the terminal, or None when the output is none: only there a table leaves rows and columns out.
    """

    def __init__(self, form: Format, out: Output, *, width: int | None = None) -> None:
        self._form = form
        self._out = out
        self._width = width
        self._results = 0

    def write(self, relation: duckdb.DuckDBPyRelation) -> None:
        """Run the relation, once, and print its rows; whatever it raises passes through.

        What was printed before an error stays, and a JSON array is then left open: never a short answer that
        looks whole.
        """
        cols = columns(relation)
        if any(column.sql for column in cols):
            relation = relation.project(", ".join(c.sql or f"#{i}" for i, c in enumerate(cols, 1)))
        reader = relation.to_arrow_reader(_BATCH)
        self._results += 1
        for piece in getattr(self, f"_{self._form}")(cols, reader):
            self._out.write(piece)

    def _table(self, cols: list[Column], reader: pa.RecordBatchReader) -> Iterator[bytes]:
        if [column.name for column in cols] in (["explain_key", "explain_value"], ["plan"], ["template"]):
            # Text of its own form: a box would cut its lines, and escaping its line ends would destroy a drawing.
            for batch in reader:
                yield "".join(f"{value}\n" for value in cols[-1].texts(batch.column(len(cols) - 1))).encode()
            return
        box = Box(cols, width=self._width)
        for batch in reader:
            box.add(_texts(cols, batch))
        for line in box.lines():
            yield line.encode(errors="replace") + b"\n"

    def _jsonl(self, cols: list[Column], reader: pa.RecordBatchReader) -> Iterator[bytes]:
        names = unique([column.name for column in cols])
        for batch in reader:
            values = [column.values(batch.column(i)) for i, column in enumerate(cols)]
            yield encoder.encode_lines([dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)])

    def _json(self, cols: list[Column], reader: pa.RecordBatchReader) -> Iterator[bytes]:
        opening = b"[\n"
        for lines in self._jsonl(cols, reader):
            if lines:
                # No value holds a raw line end, so each one here is between two rows.
                yield opening + lines[:-1].replace(b"\n", b",\n")
                opening = b",\n"
        yield b"[]\n" if opening == b"[\n" else b"\n]\n"

    def _csv(self, cols: list[Column], reader: pa.RecordBatchReader) -> Iterator[bytes]:
        # RFC 4180, but lines end in \n as in DuckDB's and PostgreSQL's COPY: \r would stick to the last column in
        # every shell script. NULL is empty and an empty string is "", so that the two stay apart.
        yield ",".join(_quoted(column.name) for column in cols).encode() + b"\n"
        for batch in reader:
            fields = []
            for i, column in enumerate(cols):
                texts = column.texts(batch.column(i))
                if column.plain:
                    fields.append([text or "" for text in texts])
                else:
                    fields.append(["" if text is None else _quoted(text) for text in texts])
            yield "".join([",".join(row) + "\n" for row in zip(*fields, strict=True)]).encode()

    def _markdown(self, cols: list[Column], reader: pa.RecordBatchReader) -> Iterator[bytes]:
        head = "\n" if self._results > 1 else ""  # without it two tables would be one
        head += _markdown_row([_escaped(column.name) for column in cols])
        yield (head + _markdown_row(["---:" if column.numeric else "---" for column in cols])).encode()
        for batch in reader:
            rows = (["NULL" if cell is None else _escaped(cell) for cell in row] for row in _texts(cols, batch))
            yield "".join(_markdown_row(row) for row in rows).encode()


def _texts(cols: list[Column], batch: pa.RecordBatch) -> list[tuple[str | None, ...]]:
    return list(zip(*(column.texts(batch.column(i)) for i, column in enumerate(cols)), strict=True))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if not text or _QUOTED.search(text) else text


def _markdown_row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |\n"


def _escaped(text: str) -> str:
    """A cell's text: the backslash first, since it also escapes the pipes."""
    text = text.replace("\\", "\\\\").replace("|", "\\|")
    return visible(text.replace("\r\n", "<br>").replace("\n", "<br>"))
