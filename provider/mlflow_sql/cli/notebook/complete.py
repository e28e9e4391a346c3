"""Completion in cells of SQL: what the shell suggests, handed to IPython.

Theory: knowledge of the server is gathered by a thread with a connection of its own, which begins once a statement has
run; completion takes what is known by then and never waits.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mlflow_sql.cli.notebook.words import read
from mlflow_sql.errors import UsageError

if TYPE_CHECKING:
    from mlflow_sql import Connection
    from mlflow_sql.cli.shell.knowledge import LiveKnowledge

_CELL = re.compile(r"\s*%%sql\b[ \t]*")
_LINE = re.compile(r"(?:^|(?<=\n))[ \t]*(?:[^\n%]*=[ \t]*)?%sql[ \t]+")


class Completion:
    """Suggestions for one IPython shell. ``matcher`` is what IPython calls."""

    def __init__(self) -> None:
        self._knowledge: LiveKnowledge | None = None
        self._of: str | None = None

        def matcher(context: Any) -> dict[str, Any]:
            return self._match(context.full_text, context.cursor_line, context.cursor_position)

        matcher.matcher_api_version = 2  # type: ignore[attr-defined]
        matcher.matcher_identifier = "mlflow_sql.sql"  # type: ignore[attr-defined]
        matcher.matcher_priority = 100  # type: ignore[attr-defined]
        self.matcher = matcher

    def follow(self, connection: Connection) -> None:
        """Learn of the server of this connection, which has been used already."""
        root = connection.servers.own.root
        if root is None or root == self._of:
            return
        import mlflow_sql
        from mlflow_sql.cli.shell.knowledge import LiveKnowledge

        self.close()
        self._of = root
        # Where the credentials are not the environment's it learns of no keys: it is only completion.
        self._knowledge = LiveKnowledge(lambda: mlflow_sql.connect(root))
        self._knowledge.start()

    def close(self) -> None:
        """Stop learning; waits a second for the thread, which lets go of DuckDB then."""
        knowledge, self._knowledge, self._of = self._knowledge, None, None
        if knowledge is not None:
            knowledge.close()
            knowledge.join(1)

    def _match(self, text: str, line: int, column: int) -> dict[str, Any]:
        nothing = {"completions": [], "suppress": False}
        lines = text.split("\n")
        cursor = sum(len(each) + 1 for each in lines[:line]) + column
        found = sql_around(text, cursor)
        if found is None or self._knowledge is None:
            return nothing
        from IPython.core.completer import SimpleCompletion

        from mlflow_sql.cli.shell.complete import suggest

        sql, at = found
        suggestions = suggest(sql, at, self._knowledge)
        if not suggestions:
            return nothing
        start = suggestions[0].start
        return {
            "completions": [SimpleCompletion(text=s.text, type=s.note) for s in suggestions if s.start == start],
            "suppress": True,
            "ordered": True,
            "matched_fragment": sql[start:at],
        }


def sql_around(text: str, cursor: int) -> tuple[str, int] | None:
    """The SQL of the magic that the cursor is in, and the cursor's place in it; None outside of SQL."""
    if found := _CELL.match(text):
        start, end = found.end(), len(text)
    else:
        first = text.rfind("\n", 0, cursor) + 1
        end = text.find("\n", cursor)
        end = len(text) if end < 0 else end
        here = _LINE.match(text[first:end])
        if here is None:
            return None
        start = first + here.end()
    if cursor < start:
        return None
    with suppress(UsageError):
        start += read(text[start:end]).start
    return (text[start:end], cursor - start) if cursor >= start else None
