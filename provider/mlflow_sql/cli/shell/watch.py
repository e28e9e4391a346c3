r"""``\watch``: a statement again and again, as a table or, after ``\plot``, as a picture."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

from mlflow_sql.cli.script import Statement
from mlflow_sql.cli.shell import picture
from mlflow_sql.cli.shell.reading import Call
from mlflow_sql.errors import ServerError, UsageError
from mlflow_sql.plots.request import NothingToDraw, Words

if TYPE_CHECKING:
    from mlflow_sql.cli.shell.repl import Shell

SECONDS = 10.0  # as often as others refresh their charts of runs
_WRITES = picture.WRITES - {"EXEC"}  # which may read
_MARGIN = 4  # lines: the head and a blank one above, the cursor's below, and what tells of lines that do not fit


def watch(shell: Shell, call: Call) -> None:
    """Repeat until Ctrl-C. Raises what the statement raises, but for faults of the server, which may be back."""
    wait = SECONDS
    if call.argument:
        try:
            wait = float(call.argument)
        except ValueError:
            wait = -1
        if not 0.1 <= wait <= 86_400:
            raise UsageError(f"\\watch takes seconds, at least 0.1, not {call.argument!r}")
    statement, words = (call.statement, None) if call.before else (shell.last, shell.drawn)
    if statement is None:
        raise UsageError("there is no statement to repeat", hint="type one first")
    if statement.text.split(None, 1)[0].upper() in _WRITES:
        raise UsageError("\\watch repeats only what reads, and the statement writes")
    try:
        with shell.remembered(statement, words):
            while True:
                _redraw(shell, statement, words, wait)
                time.sleep(wait)
    except KeyboardInterrupt:
        print()


def _redraw(shell: Shell, statement: Statement, words: Words | None, wait: float) -> None:
    """One frame in place of the one before. words: of the picture; None for a table."""
    size = shutil.get_terminal_size()
    room = size.lines - _MARGIN
    try:
        if words is None:
            lines = _table(shell, statement, size.columns, size.lines)
        else:
            lines = picture.lines(shell, statement, words, room)
    except ServerError as error:  # it may be back the next time
        lines = [shell.paint.red("Error: ") + error.message]
    except NothingToDraw as error:  # so may rows
        lines = [f"No picture now, {error.message}"]
        if words is not None and words.output is not None and words.output.exists():
            lines.append(f"{words.output} stays as it is.")
    every = f"every {wait:g} s, Ctrl-C ends it"
    first = statement.text.partition("\n")[0]
    head = f"{time.strftime('%H:%M:%S')}  {every}  {first}"[: size.columns]
    shown = lines[:room]
    if len(shown) < len(lines):
        shown.append(shell.paint.dim(f"({len(lines) - len(shown):,} more lines or rows do not fit)"))
    sys.stdout.write("\x1b[H\x1b[2J" + shell.paint.bold(head) + "\n\n" + "\n".join(shown) + "\n")
    sys.stdout.flush()


def _table(shell: Shell, statement: Statement, width: int, most: int) -> list[str]:
    outcome = shell.results.fetched(statement, most=most)
    if outcome.plain is not None:
        lines = outcome.plain
    elif outcome.columns is not None:
        lines = shell.results.drawing(outcome, width).lines
    else:
        lines = ["OK"]
    return [*outcome.plan, *lines]
