r"""``\plot``: a picture of the last result, or of the statement before it."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlflow_sql.cli.script import Statement
from mlflow_sql.cli.shell.reading import Call
from mlflow_sql.errors import BindError, UsageError
from mlflow_sql.plots.chart import KINDS
from mlflow_sql.plots.request import ROLES, THEMES, NothingToDraw, Words, read

if TYPE_CHECKING:
    from mlflow_sql import Relation
    from mlflow_sql.cli.shell.repl import Shell
    from mlflow_sql.plots.picture import Picture

WRITES = frozenset(("INSERT", "UPDATE", "DELETE", "MERGE", "EXEC"))
_MARGIN = 7  # lines: the summary, and the prompt with the room that it keeps for suggestions
_HIGHEST = 30  # lines
_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*'|["'].*$)+""")
_FILE = ("-o", "--output")
_NO_COLUMNS = {"x": ("relative",), "log": ("off",)}  # what these take beside columns


def plot(shell: Shell, call: Call) -> None:
    """Draw. The statement is run again, since a screen holds only its first rows. Raises what that raises."""
    words = read(call.argument)
    statement = call.statement or shell.last
    if statement is None:
        raise UsageError("there is no statement to draw", hint="type one first, or before \\plot")
    if statement.text.split(None, 1)[0].upper() in WRITES:
        raise UsageError("\\plot runs a statement again, and this one writes")
    with shell.remembered(statement, words):
        if call.then == "\\watch":  # which draws it at once
            return
        try:
            shown = lines(shell, statement, words, shutil.get_terminal_size().lines - _MARGIN, timed=True)
        except (UsageError, BindError) as error:
            if not isinstance(error, NothingToDraw):  # it will never be a picture: \watch goes back to the table
                shell.drawn = None
            raise
        print("\n".join(shown))


def lines(shell: Shell, statement: Statement, words: Words, room: int, timed: bool = False) -> list[str]:
    """Run a statement and draw what it answers, or write the file of it: the lines to show.

    room: lines for the picture, if it can be so low. timed: with one on what it took. Raises what the statement raises,
    and UsageError where it makes no picture.
    """
    picture, outcome = shell.results.applied(statement, lambda relation: _drawn(relation, words))
    if words.output is not None:
        found = [f"The picture is in {words.output}.", *(shell.paint.dim(r) for r in picture.chart.remarks)]
    else:
        width = shutil.get_terminal_size().columns
        beside = 1 + sum((len(remark) - 1) // width for remark in picture.chart.remarks)  # the title; wrapped remarks
        found = picture.text(width, min(room - beside, _HIGHEST), shell.paint.on).splitlines()
    took = shell.results.took(outcome).strip() if timed else ""
    return [*(shell.paint.dim(line) for line in outcome.plan), *found, *([shell.paint.dim(took)] if took else [])]


def _drawn(relation: Relation | None, words: Words) -> Picture:
    from mlflow_sql.cli.target import write
    from mlflow_sql.plots.picture import picture
    from mlflow_sql.plots.request import ending_of

    if relation is None:
        raise UsageError("the statement has no rows, so there is nothing to draw")
    found = picture(relation, words.request, words.theme)
    if words.output is not None:
        write(words.output, found.data(ending_of(words.output)))
    return found


def options(argument: str, columns: Sequence[str]) -> tuple[int, list[tuple[str, str]] | None]:
    """Where what is to be completed begins, and what it could be: as it is inserted, and as it is shown.

    None in place of that where a file's name is to come.
    """
    words = list(_WORD.finditer(argument))
    start = words.pop().start() if words and words[-1].end() == len(argument) else len(argument)
    before = [word[0] for word in words]
    role, equals, value = argument[start:].partition("=")
    if before and before[-1] in _FILE:
        return start, None
    if before and before[-1] == "--theme":
        return start, [(theme, theme) for theme in THEMES]
    if equals and role in ROLES:
        # x, y and log take several, with commas between them.
        at = 0 if role == "color" else value.rfind(",") + 1
        taken = {name.strip(" '\"").lower() for name in value[:at].split(",")}
        names = [*columns, *_NO_COLUMNS.get(role, ())] if role != "title" else []
        known = [(shlex.quote(n), n) for n in names if n.lower() not in taken and "," not in n]
        return start + len(role) + 1 + at, known
    given = {word.partition("=")[0] for word in before}
    roles = [f"{role}=" for role in ROLES if role not in given]
    rest = [option for option in ("-o", "--theme") if option not in given]
    return start, [(w, w) for w in [*(KINDS if not before else ()), *roles, *rest]]
