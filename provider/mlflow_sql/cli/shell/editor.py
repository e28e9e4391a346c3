"""The user's editor on a statement."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from mlflow_sql.cli.shell.pager import ctrl_c_ignored
from mlflow_sql.errors import UsageError


def edited(text: str) -> str:
    """What the user makes of a text in ``$VISUAL`` or ``$EDITOR``. Raises UsageError when that cannot be run."""
    wanted = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ("notepad" if sys.platform == "win32" else "vi")
    with tempfile.TemporaryDirectory(prefix="mlflow-sql-") as folder:
        path = Path(folder) / "statement.sql"
        path.write_text(text + "\n", encoding="utf-8")
        try:
            process = subprocess.Popen([*shlex.split(wanted), str(path)])
        except OSError as error:
            raise UsageError(f"cannot run the editor {wanted!r}: {error.strerror}", hint="set EDITOR") from None
        with ctrl_c_ignored():
            status = process.wait()
        if status:
            raise UsageError(f"the editor {wanted!r} ended with status {status}; the statement is as it was")
        return path.read_text(encoding="utf-8-sig").rstrip()
