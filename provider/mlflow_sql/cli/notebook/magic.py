"""The magic ``%sql``: which connection it uses, what it runs, what it answers, and how errors look.

Theory: a connection that was named (``--server``, ``--connection``) stays until another is; without one, each call
looks among the variables, and only then makes one of the environment's, which is kept. The rows that are shown are read
while the cell runs, not when IPython displays the result: an error must fail the cell, and so stop "Run all".
"""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlflow_sql.cli.notebook import running
from mlflow_sql.cli.notebook.complete import Completion
from mlflow_sql.cli.notebook.words import HELP, Request, read, values
from mlflow_sql.cli.script import Statement, split
from mlflow_sql.cli.variables import parameters_of
from mlflow_sql.engine.preview import ROWS, preview
from mlflow_sql.errors import UsageError

if TYPE_CHECKING:
    from mlflow_sql import Connection, Relation

ATTRIBUTE = "_mlflow_sql_magic"  # of the shell that it is loaded into


def load(shell: Any) -> None:
    """Make ``%sql`` and ``%%sql`` known to an IPython shell; loading again changes nothing."""
    from IPython.core.magic import needs_local_scope, no_var_expand

    if getattr(shell, ATTRIBUTE, None) is not None:
        return
    magic = Magic(shell)

    # Not expanded: IPython would paste the values of $name into the text.
    @no_var_expand
    @needs_local_scope
    def sql(line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None) -> Any:
        return magic.run(line, cell, local_ns or {})

    sql.__doc__ = HELP
    setattr(shell, ATTRIBUTE, magic)
    shell.register_magic_function(sql, "line_cell", "sql")
    shell.Completer.custom_matchers.append(magic.completion.matcher)
    atexit.register(magic.close)  # DuckDB complains of what is still open when the interpreter is gone


def unload(shell: Any) -> None:
    """Take the magic away and close the connections that it made."""
    magic: Magic | None = getattr(shell, ATTRIBUTE, None)
    if magic is None:
        return
    delattr(shell, ATTRIBUTE)
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("sql", None)
    if magic.completion.matcher in shell.Completer.custom_matchers:
        shell.Completer.custom_matchers.remove(magic.completion.matcher)
    magic.close()
    atexit.unregister(magic.close)


@dataclass(slots=True)
class _Done:
    """The last statement that was begun, and how many are not done for an error in it."""

    statement: str = ""
    left: int = 0


class Magic:
    """What ``%sql`` does in one shell."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._made: dict[str | None, Connection] = {}
        self._chosen: Connection | None = None
        self._progress = running.Shown(in_notebook=getattr(shell, "kernel", None) is not None)
        self.completion = Completion()

    def run(self, line: str, cell: str | None, local: Mapping[str, Any]) -> Any:
        """Run the magic; the last statement's relation, None where it has no rows or went into a variable.

        Raises what the statements raise; the notebook shows its message only, without Python's traceback.
        """
        done = _Done()
        try:
            return self._run(line if cell is None else f"{line}\n{cell}", {**self._shell.user_ns, **local}, done)
        except Exception as error:
            self._shorten(error, done)
            raise

    def close(self) -> None:
        """Close the connections that were made here."""
        self.completion.close()
        for connection in self._made.values():
            connection.close()

    def _run(self, text: str, names: Mapping[str, Any], done: _Done) -> Any:
        request = read(text, names)
        if request.help:
            print(HELP)
            return None
        statements = split(request.sql)
        connection = self._connection(request, names)
        if not statements:
            if request.target:
                raise UsageError(f"no SQL for {request.target} <<")
            if request.server is None and request.connection is None:
                print(HELP)
                return None
            return connection
        # All of them before the first runs: a cell that lacks a value changes nothing.
        if any(statement.positional for statement in statements):
            raise UsageError(
                "a ? has no value in %sql", hint="write $name in its place: it takes the value of the variable name"
            )
        bound = [values(parameters_of(statement), names) for statement in statements]
        relation: Relation | None = None
        for number, (statement, given) in enumerate(zip(statements, bound, strict=True), 1):
            done.statement, done.left = statement.text, len(statements) - number
            relation = self._statement(connection, statement, given, request.rows or ROWS)
        self.completion.follow(connection)
        if request.target:
            self._shell.user_ns[request.target] = relation
            return None
        return relation

    def _statement(
        self, connection: Connection, statement: Statement, given: Mapping[str, Any], rows: int
    ) -> Relation | None:
        def work() -> Relation | None:
            relation = connection.sql(statement.text, given or None)
            if relation is not None:
                relation.show_first(preview(relation, rows))
            return relation

        return running.run(connection, work, self._progress)

    # -- the connection

    def _connection(self, request: Request, names: Mapping[str, Any]) -> Connection:
        if request.connection is not None:
            self._chosen = _named(request.connection, names)
        elif request.server is not None:
            self._chosen = self._make(request.server)
        if self._chosen is not None and not self._chosen.closed:
            return self._chosen
        return _among(names) or self._make(None)

    def _make(self, server: str | None) -> Connection:
        """A connection to a server, the one made before if there is one. Nothing is sent."""
        import mlflow_sql

        found = self._made.get(server)
        if found is None or found.closed:
            found = self._made[server] = mlflow_sql.connect(server)
        return found

    # -- errors

    def _shorten(self, error: Exception, done: _Done) -> None:
        """Have the notebook show what the error says in place of a traceback, where it says all there is to say."""
        from mlflow_sql.cli.box import visible
        from mlflow_sql.cli.run import expected_errors
        from mlflow_sql.cli.shell.place import described

        if not isinstance(error, expected_errors()):
            return
        message, place, hint = described(error, done.statement)
        lines = [visible(line) for line in message.splitlines()] or [type(error).__name__]
        lines[0] = self._red("Error: ") + lines[0]
        lines += [*place, *([f"Hint: {hint}"] if hint else [])]
        if done.left:
            lines.append(f"({done.left} more {'was' if done.left == 1 else 'were'} not run)")
        # IPython asks for this method; the error itself stays what it is for whoever catches it.
        error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]

    def _red(self, text: str) -> str:
        return text if str(self._shell.colors).lower() == "nocolor" else f"\x1b[31m{text}\x1b[0m"


def _named(name: str, names: Mapping[str, Any]) -> Connection:
    from mlflow_sql import Connection

    found = names.get(name)
    if not isinstance(found, Connection):
        was = f"is a {type(found).__name__}" if name in names else "is not defined"
        raise UsageError(
            f"--connection {name}: the variable {was}, not a connection",
            hint=f"{name} = mlflow_sql.connect('http://...')",
        )
    if found.closed:
        raise UsageError(f"--connection {name}: the connection is closed")
    return found


def _among(names: Mapping[str, Any]) -> Connection | None:
    """The open connection among the variables; ``con`` where there are several."""
    from mlflow_sql import Connection

    found = {
        name: value
        for name, value in names.items()
        if isinstance(value, Connection) and not value.closed and not name.startswith("_")
    }
    if len({id(value) for value in found.values()}) <= 1 or "con" in found:
        return found.get("con") or next(iter(found.values()), None)
    raise UsageError(
        f"which connection is meant? There are {', '.join(sorted(found))}",
        hint=f"%sql --connection {min(found)} goes on with one of them",
    )
