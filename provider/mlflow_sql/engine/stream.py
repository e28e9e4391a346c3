"""A result that is read in batches, and that its connection can let go of.

Theory: Arrow does not free a reader that outlives the interpreter, nor what the reader refers to; DuckDB then complains
on standard error. So a closed stream refers to nothing of DuckDB, not even by the globals of its module.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mlflow_sql.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa


class Stream:
    """An iterator over batches until the end, a fault, or ``close``.

    read: the next batch; raises StopIteration at the end. release: lets go of the result. What they refer to lives as
    long as the stream is open.
    """

    def __init__(self, read: Callable[[], pa.RecordBatch], release: Callable[[], None]) -> None:
        self._lock = threading.RLock()
        self._read: Callable[[], pa.RecordBatch] | None = read
        self._release: Callable[[], None] | None = release

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self

    def __next__(self) -> pa.RecordBatch:
        with self._lock:
            if self._read is None:
                raise UsageError("this reader is closed", hint="its connection was closed, or it ended with an error")
            try:
                return self._read()
            except BaseException:
                self.close()
                raise

    def close(self) -> bool:
        """Let go of the result; False when another thread is reading it just now. May be called again."""
        if not self._lock.acquire(blocking=False):
            return False
        try:
            release, self._release, self._read = self._release, None, None
            if release is not None:
                release()
        finally:
            self._lock.release()
        return True
