"""Results: DuckDB relations whose faults are ours.

Theory: DuckDB reports a fault in a stream as its own error with our text inside. A Relation is DuckDB's class with one
seam replaced, the method that submits a statement: there the session is asked whether a scan failed, and that first
fault is raised instead. Relations derived from it (filter, limit, ...) are of the same class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb

from mlflow_sql.engine.scan import SCANS
from mlflow_sql.errors import Error, Interrupted, LocalError

if TYPE_CHECKING:
    from mlflow_sql.engine.connection import Connection
    from mlflow_sql.plan.nodes import Plan


class Relation(duckdb.DuckDBPyRelation):
    """A lazy result: nothing is fetched until its rows are read, and each page at most once.

    Everything that ``duckdb.DuckDBPyRelation`` can do. Reading it raises errors of ``mlflow_sql.errors``.
    """

    __slots__ = ()
    _session: ClassVar[Connection]

    def _submit(self, *args: Any, **kwargs: Any) -> Any:
        with self._session.running(self):
            return super()._submit(*args, **kwargs)

    def _derive(self, *args: Any, **kwargs: Any) -> Any:
        derived = super()._derive(*args, **kwargs)
        derived.__class__ = type(self)
        return derived

    def to_arrow_reader(self, batch_size: int = 131072) -> Any:
        """The rows as a stream of Arrow batches, fetched as they are read; faults are raised as they occur."""
        import pyarrow as pa

        reader = super().to_arrow_reader(batch_size)

        def batches() -> Iterator[pa.RecordBatch]:
            with self._session.running(self):
                yield from reader

        return pa.RecordBatchReader.from_batches(reader.schema, batches())

    def arrow(self, batch_size: int = 131072) -> Any:
        """The same as to_arrow_reader()."""
        return self.to_arrow_reader(batch_size)

    def create_view(self, *args: Any, **kwargs: Any) -> Any:
        """A view in DuckDB; what it reads is kept until the connection closes."""
        self._session.keep(self)
        return super().create_view(*args, **kwargs)

    def to_view(self, *args: Any, **kwargs: Any) -> Any:
        """The same as create_view()."""
        self._session.keep(self)
        return super().to_view(*args, **kwargs)


@contextmanager
def faults_of(session: Connection, planned: Plan | None = None) -> Iterator[None]:
    """Raise the session's own fault in place of the DuckDB error that it caused.

    planned: the plan of the statement, for suggesting names.
    """
    try:
        yield
    except KeyboardInterrupt:
        session.stop_scans()
        raise
    except Exception as error:
        fault = session.take_fault()
        if fault is not None:
            session.stop_scans()
            if isinstance(fault, (Error, KeyboardInterrupt)):
                raise fault from None
            raise LocalError(f"reading from the server failed: {fault!r}") from fault
        if isinstance(error, duckdb.InterruptException):
            session.stop_scans()
            raise Interrupted("the statement was interrupted") from None
        if isinstance(error, duckdb.Error):
            raise session.local_error(error, planned) from None
        raise


def message_of(error: duckdb.Error) -> str:
    """DuckDB's words without the names of our scans."""
    return re.sub(rf"{SCANS}\d+_(\d+)", r"scan_\1", str(error))
