"""The formats that are no text: Parquet, written by DuckDB, and Arrow."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_CHUNK = 1 << 20


def parquet(relation: duckdb.DuckDBPyRelation, counted: Callable[[int], None]) -> Iterator[bytes]:
    """The rows as a Parquet file, in pieces. DuckDB writes it, which knows its own types best. counted: told the rows.

    It comes by way of a temporary file: Parquet's writer needs a path, and an output that fails halfway must not
    look like a file.
    """
    with tempfile.TemporaryDirectory(prefix="mlflow-sql-") as folder:
        path = Path(folder) / "rows.parquet"
        relation.write_parquet(str(path), compression="zstd")
        from pyarrow.parquet import read_metadata

        counted(read_metadata(path).num_rows)
        with path.open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece


def arrow(schema: pa.Schema, batches: Iterable[pa.RecordBatch], *, file: bool) -> Iterator[bytes]:
    """The batches in Arrow's IPC format as they arrive: the file format (Feather V2), or the stream format."""
    import pyarrow as pa

    sink = _Sink()
    opened = pa.ipc.new_file if file else pa.ipc.new_stream
    with opened(sink, schema) as writer:
        yield sink.taken()
        for batch in batches:
            writer.write_batch(batch)
            yield sink.taken()
    yield sink.taken()


class _Sink:
    """A file for pyarrow to write to, emptied by ``taken``."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)
