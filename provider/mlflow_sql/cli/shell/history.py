"""The history of statements: one file per user, which nobody else can read and no secret gets into."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import FileHistory

_SECRET = re.compile(r"token|password|secret|credential", re.IGNORECASE)


def state_folder() -> Path:
    """Where the shell keeps what it remembers: ``$XDG_STATE_HOME/mlflow-sql``, by default ``~/.local/state``."""
    base = os.environ.get("XDG_STATE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "state") / "mlflow-sql"


class History(FileHistory):
    """What was typed, also in earlier sessions; what may hold a secret is only remembered until the shell ends."""

    def __init__(self, path: Path) -> None:
        with suppress(OSError):  # a home that cannot be written to: this session's history is in memory
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
            path.chmod(0o600)  # also one that is there already
        super().__init__(str(path))

    def store_string(self, string: str) -> None:
        """Append one statement to the file."""
        if string.strip() and not string.startswith(" ") and not _SECRET.search(string):
            with suppress(OSError):
                super().store_string(string)

    def load_history_strings(self) -> list[str]:
        """The statements in the file, the newest first, each once."""
        try:
            return list(dict.fromkeys(super().load_history_strings()))
        except OSError:
            return []
