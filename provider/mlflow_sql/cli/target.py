"""Files that results are written to."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

from mlflow_sql.errors import UsageError

_FORMATS = {
    ".csv": "csv", ".tsv": "tsv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".md": "markdown",
    ".html": "html", ".htm": "html", ".parquet": "parquet", ".arrow": "arrow", ".feather": "arrow",
}  # fmt: skip


def format_of(path: Path) -> str | None:
    """The format that a file's name asks for, if it does."""
    return _FORMATS.get(path.suffix.lower())


class Target:
    """A file for one run's output: it appears under its name when all of it is there, and replaces one of that name.

    Something that is no regular file (a device, a named pipe) is written to as it is. Raises UsageError when it
    cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        import tempfile

        self.path = path
        self._part: Path | None = None
        try:
            if path.exists() and not path.is_file():
                self.out: BinaryIO = path.open("wb")
                return
            place = path.resolve()  # a link stays one
            handle, name = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent)
            self._part = Path(name)
            self.out = os.fdopen(handle, "wb")
            self._part.chmod(place.stat().st_mode & 0o777 if place.exists() else 0o666 & ~_umask())
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None

    @property
    def seekable(self) -> bool:
        """Whether it is a regular file."""
        return self._part is not None

    def keep(self) -> None:
        """Give the file its name: all of it is there. Raises OSError."""
        self.out.close()
        if self._part is not None:
            self._part.replace(self.path.resolve())

    def drop(self) -> None:
        """Forget what was written; a file of that name stays as it was."""
        with contextlib.suppress(OSError):
            self.out.close()
        if self._part is not None:
            self._part.unlink(missing_ok=True)


def write(path: Path, data: bytes) -> None:
    """Put these bytes into a file, in one step for whoever reads it. Raises UsageError when it cannot be written."""
    target = Target(path)
    try:
        target.out.write(data)
        target.keep()
    except OSError as error:
        target.drop()
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
