"""Results: DuckDB relations whose faults are ours.

Theory: DuckDB reports a fault in a stream as its own error with our text inside. A Relation is DuckDB's class with
its public methods wrapped: when one fails, the session is asked whether a scan did, and that first fault is raised
instead. Relations derived from it (filter, limit, ...) are of the same class. A result that is read as a stream
belongs to the session too, which must be able to let go of it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb

from mlflow_sql.engine.preview import Preview, preview
from mlflow_sql.engine.scan import SCANS
from mlflow_sql.engine.stream import Stream
from mlflow_sql.engine.supplying import MARK
from mlflow_sql.errors import Error, Interrupted, LocalError
from mlflow_sql.plan.statement import quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from mlflow_sql.engine.session import Session
    from mlflow_sql.plan.nodes import Plan
    from mlflow_sql.plots.picture import Picture


class Relation(duckdb.DuckDBPyRelation):
    """A lazy result: nothing is fetched until its rows are read, and each page at most once.

    Everything that ``duckdb.DuckDBPyRelation`` can do. Reading it raises errors of ``mlflow_sql.errors``.
    """

    __slots__ = ()
    _session: ClassVar[Session]

    def __repr__(self) -> str:
        if self._session.closed:
            return "<mlflow_sql.Relation of a closed connection>"
        with self._session.running():
            return super().__repr__()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """How IPython and notebooks show it: its first rows, as an HTML table and as text; no more are fetched."""
        if self._session.closed:
            return {"text/plain": repr(self)}
        shown = self._first_rows()
        return {"text/plain": shown.text(), "text/html": shown.html()}

    def _repr_html_(self) -> str:
        """The HTML table alone, for notebooks that ask for nothing else."""
        return self._first_rows().html()

    def show_first(self, rows: Preview) -> None:
        """Have a notebook show these rows, which were read from it just now, when it next shows this relation."""
        self._session.previews[self] = rows

    def _first_rows(self) -> Preview:
        found: Preview | None = self._session.previews.pop(self, None)
        return found if found is not None else preview(self)

    def _derive(self, *args: Any, **kwargs: Any) -> Any:
        derived = super()._derive(*args, **kwargs)
        derived.__class__ = type(self)
        return derived

    def to_arrow_reader(self, batch_size: int = 131072) -> Any:
        """The rows as a stream of Arrow batches, fetched as they are read; faults are raised as they occur."""
        import pyarrow as pa

        with self._session.running():
            reader = super().to_arrow_reader(batch_size)
        stream = _stream(reader, self)
        self._session.reading(stream)
        return pa.RecordBatchReader.from_batches(reader.schema, stream)

    def arrow(self, batch_size: int = 131072) -> Any:
        """The same as to_arrow_reader()."""
        return self.to_arrow_reader(batch_size)

    def plot(self, kind: str | None = None, *, theme: str = "light", **parts: Any) -> Picture:
        """A picture of it, which a notebook shows; ``save`` writes a file, ``print`` shows it as text.

        kind: bar, line, scatter or parallel; None is chosen from the columns. parts: x, y, color (names of columns),
        log (columns on a logarithmic axis, False for none), title. theme: light or dark, of files.

        Raises UsageError when the columns make no picture, and what reading the rows raises.
        """
        from mlflow_sql.plots.picture import picture
        from mlflow_sql.plots.request import request, theme_of

        return picture(self, request(kind, **parts), theme_of(theme))

    def create_view(self, *args: Any, **kwargs: Any) -> Any:
        """A view in DuckDB; what it reads is kept until the connection closes."""
        self._session.keep(self)
        return super().create_view(*args, **kwargs)

    def to_view(self, *args: Any, **kwargs: Any) -> Any:
        """The same as create_view()."""
        self._session.keep(self)
        return super().to_view(*args, **kwargs)


def _ours(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def checked(self: Relation, *args: Any, **kwargs: Any) -> Any:
        self._session.take_fault()  # of an earlier execution, which did not need to mind it
        try:
            with self._session.running():
                return method(self, *args, **kwargs)
        except LocalError as error:
            if error.message != MARK or not self._session.read_whole():
                raise
        with self._session.running():
            return method(self, *args, **kwargs)

    return checked


for _name, _member in vars(duckdb.DuckDBPyRelation).items():
    if _name in vars(Relation) or (_name.startswith("_") and _name not in ("__len__", "__str__", "__arrow_c_stream__")):
        continue
    if isinstance(_member, property) and _member.fget is not None:
        setattr(Relation, _name, property(_ours(_member.fget), doc=_member.__doc__))
    elif callable(_member):
        setattr(Relation, _name, _ours(_member))


def _stream(reader: pa.RecordBatchReader, relation: Relation) -> Stream:
    """The batches of DuckDB's reader; the relation's scans live as long as the relation does."""
    import pyarrow as pa

    def read() -> pa.RecordBatch:
        with relation._session.running():
            try:
                return reader.read_next_batch()
            except (OSError, pa.ArrowException) as error:  # how Arrow hands on DuckDB's errors
                text = str(error)
                raise (duckdb.InterruptException if text.startswith("INTERRUPT") else duckdb.Error)(text) from None

    return Stream(read, reader.close)


@contextmanager
def faults_of(session: Session, planned: Plan | None = None) -> Iterator[None]:
    """Raise the session's own fault in place of the DuckDB error that it caused.

    planned: the plan of the statement, for suggesting names.
    """
    try:
        yield
    except KeyboardInterrupt:
        session.stop_scans()
        raise
    except Exception as error:
        if session.closed and isinstance(error, (duckdb.Error, Interrupted)):
            raise Interrupted("the connection was closed while the statement ran") from None
        fault = session.take_fault()
        if isinstance(error, Error):
            raise
        if fault is not None:
            session.stop_scans()
            if isinstance(fault, Interrupted):
                raise Interrupted(_INTERRUPTED) from None
            if isinstance(fault, (Error, KeyboardInterrupt)):
                raise fault from None
            raise LocalError(f"reading from the server failed: {fault!r}") from fault
        if isinstance(error, duckdb.InterruptException):
            session.stop_scans()
            raise Interrupted(_INTERRUPTED) from None
        if _is_ctrl_c(error):
            session.stop_scans()
            raise KeyboardInterrupt from None
        if isinstance(error, duckdb.Error):
            raise session.local_error(error, planned) from None
        raise


_INTERRUPTED = "the statement was interrupted"


def _is_ctrl_c(error: Exception) -> bool:
    """Whether DuckDB noticed the signal itself, or Arrow carried it as text between Python's frames and DuckDB's."""
    if type(error) is RuntimeError:
        return str(error) == "Query interrupted"
    return isinstance(error, duckdb.Error) and re.search(r"^KeyboardInterrupt\b", str(error), re.MULTILINE) is not None


def plainly_named(result: Any, planned: Plan) -> Any:
    """The relation with tables' names in place of scans' in the names that DuckDB made up for its columns."""
    if not any(SCANS in name for name in result.columns):
        return result
    tables = {scan.name: scan.resource.label for scan in planned.scans}
    names = [re.sub(rf"{SCANS}\d+_\d+", lambda m: tables.get(m.group(), m.group()), n) for n in result.columns]
    return result.project(", ".join(f"#{i} AS {quoted(name)}" for i, name in enumerate(names, 1)))


def message_of(error: duckdb.Error) -> str:
    """DuckDB's words without the names of our scans."""
    return re.sub(rf"{SCANS}\d+_(\d+)", r"scan_\1", str(error))
