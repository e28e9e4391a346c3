r"""``\plot``: a picture of the last result, or of the statement before it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mlflow_sql.cli.script import Statement
from mlflow_sql.cli.shell.reading import Call
from mlflow_sql.errors import UsageError
from mlflow_sql.plots.chart import KINDS
from mlflow_sql.plots.request import ROLES, Words, read

if TYPE_CHECKING:
    from mlflow_sql import Relation
    from mlflow_sql.cli.shell.repl import Shell
    from mlflow_sql.plots.picture import Picture

WRITES = frozenset(("INSERT", "UPDATE", "DELETE", "MERGE", "EXEC"))
_MARGIN = 8  # lines: the summary, and the prompt with the room that it keeps for suggestions


def plot(shell: Shell, call: Call) -> None:
    """Draw. The statement is run again, since a screen holds only its first rows. Raises what that raises."""
    words = read(call.argument)
    statement = Statement(call.before, 1, 1) if call.before else shell.last
    if statement is None:
        raise UsageError("there is no statement to draw", hint="type one first, or before \\plot")
    if statement.text.split(None, 1)[0].upper() in WRITES:
        raise UsageError("\\plot runs a statement again, and this one writes")
    if call.before:
        shell.last = statement
    picture, said = shell.results.applied(statement, lambda relation: _drawn(relation, words))
    if words.output is not None:
        print(f"The picture is in {words.output}.")
        for remark in picture.chart.remarks:
            print(shell.paint.dim(remark))
    else:
        size = shutil.get_terminal_size()
        print(picture.text(size.columns, min(size.lines - _MARGIN, 30), shell.paint.on))
    if said:
        print(shell.paint.dim(said))


def _drawn(relation: Relation | None, words: Words) -> Picture:
    from mlflow_sql.plots.picture import picture

    if relation is None:
        raise UsageError("the statement has no rows, so there is nothing to draw")
    found = picture(relation, words.request, words.theme)
    if words.output is not None:
        found.save(words.output)
    return found


def options(argument: str) -> tuple[int, Sequence[str]]:
    """Where the last word of what is typed begins, and what it could be."""
    start = argument.rfind(" ") + 1
    first = [] if argument[:start].strip() else list(KINDS)
    return start, [*first, *(f"{role}=" for role in ROLES), "-o", "--theme"]
