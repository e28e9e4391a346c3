r"""The commands of the shell as a table, from which help, completion and suggestions come.

A new one is an entry in COMMANDS and a function that takes the shell and the call.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mlflow_sql.cli.render import Format
from mlflow_sql.cli.shell.complete import Suggestion
from mlflow_sql.cli.shell.complete import name as quoted
from mlflow_sql.cli.shell.editor import edited
from mlflow_sql.cli.shell.picture import options, plot
from mlflow_sql.cli.shell.reading import Call
from mlflow_sql.cli.shell.watch import SECONDS, watch
from mlflow_sql.errors import UsageError, nearest

if TYPE_CHECKING:
    from mlflow_sql import Connection
    from mlflow_sql.cli.shell.repl import Shell

_KEYS = """\
A statement ends with ; and Enter. Ctrl-C cancels it or clears the line, Ctrl-D leaves.
Tab completes, the right arrow takes the grey suggestion, Ctrl-R searches the history, Ctrl-X Ctrl-E opens the editor.
SQL to begin with: SHOW TABLES; DESCRIBE runs; SHOW METHODS IN runs;"""
# Names of the duckdb shell's modes, beside ours.
_MODES = {"duckbox": "table", "jsonlines": "jsonl", "tabs": "tsv", "ascii": "table"}
_FLAVOURS = {"oss": "MLflow", "databricks": "Databricks", "azureml": "Azure ML"}
_RECORDS = frozenset(("line", "lines", "vertical"))


@dataclass(frozen=True, slots=True)
class Command:
    r"""One command.

    argument: as help shows it, "" for none; takes: what completion offers for it. uses_text: it takes the statement
    that is being typed before it, which otherwise stays to be typed on.
    """

    name: str
    argument: str
    help: str
    run: Callable[[Shell, Call], None]
    takes: Literal["", "table", "format", "file", "switch", "auto", "mode", "plot"] = ""
    uses_text: bool = False


def find(name: str) -> Command:
    """The command of that name. Raises UsageError with near ones."""
    for command in COMMANDS:
        if command.name == name:
            return command
    near = nearest(name[1:], [command.name[1:] for command in COMMANDS if command.name[0] == name[0]])
    meant = f"; did you mean {' or '.join(name[0] + n for n in near)}?" if near else ""
    raise UsageError(f"there is no command {name}{meant}", hint="\\? lists the commands")


def run(shell: Shell, call: Call) -> None:
    """Carry out a command. Raises what it raises."""
    command = find(call.name)
    if call.argument and not command.argument:
        raise UsageError(f"{command.name} takes no argument")
    if not call.argument and command.argument and command.argument[0] != "[":
        raise UsageError(f"{command.name} needs {command.argument}")
    command.run(shell, call)


def _help(shell: Shell, _: Call) -> None:
    left = max(len(f"{c.name} {c.argument}") for c in COMMANDS)
    for command in COMMANDS:
        _pair(shell, f"{command.name} {command.argument}".ljust(left), command.help)
    print()
    for line in _KEYS.splitlines():
        print(textwrap.fill(line, shutil.get_terminal_size().columns - 1))


def _pair(shell: Shell, title: str, text: str) -> None:
    """A title and a text beside it, wrapped to the screen."""
    room = max(shutil.get_terminal_size().columns - len(title) - 5, 30)
    lines = textwrap.wrap(text, room, break_on_hyphens=False)
    print(f"  {shell.paint.bold(title)}  " + ("\n" + " " * (len(title) + 4)).join(lines))


def _describe(shell: Shell, call: Call) -> None:
    if call.argument:
        shell.statement(f"DESCRIBE {call.argument}")
    else:
        _tables(shell, call)


def _describe_more(shell: Shell, call: Call) -> None:
    shell.statement(f"DESCRIBE EXTENDED {call.argument}")


def _tables(shell: Shell, _: Call) -> None:
    shell.statement("SHOW TABLES")


def _functions(shell: Shell, _: Call) -> None:
    shell.statement("SHOW FUNCTIONS")


def _switch(call: Call, now: bool) -> bool:
    if not call.argument:
        return not now
    if call.argument.lower() not in ("on", "off"):
        raise UsageError(f"{call.name} takes on or off, not {call.argument!r}")
    return call.argument.lower() == "on"


def _timing(shell: Shell, call: Call) -> None:
    shell.view.timing = _switch(call, shell.view.timing)
    print(f"Time and REST calls are {'shown' if shell.view.timing else 'not shown'}.")


def _explain(shell: Shell, call: Call) -> None:
    shell.view.explain = _switch(call, shell.view.explain)
    print(f"The plan is {'shown before each result' if shell.view.explain else 'not shown'}.")


def _format(shell: Shell, call: Call) -> None:
    if not call.argument:
        print(f"The format is {shell.view.form}; there are {', '.join(Format)}.")
        return
    wanted = call.argument.lower()
    if wanted not in list(Format):
        near = nearest(wanted, list(Format))
        meant = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"there is no format {call.argument!r}{meant}", hint=f"the formats are {', '.join(Format)}")
    shell.view.form = Format(wanted)


def _mode(shell: Shell, call: Call) -> None:
    wanted = call.argument.lower()
    if wanted in _RECORDS:
        shell.view.form, shell.view.expanded = Format.TABLE, "on"
        return
    _format(shell, Call(call.name, _MODES.get(wanted, wanted)))
    if wanted:
        shell.view.expanded = "auto"


def _expanded(shell: Shell, call: Call) -> None:
    wanted = call.argument.lower() or ("off" if shell.view.expanded == "on" else "on")
    if wanted not in ("on", "off", "auto"):
        raise UsageError(f"\\x takes on, off or auto, not {call.argument!r}")
    shell.view.expanded = wanted  # type: ignore[assignment]
    says = {"on": "is always used", "off": "is not used", "auto": "is used for what is wider than the screen"}
    print(f"One column per line {says[wanted]}.")


def _output(shell: Shell, call: Call) -> None:
    shell.close_output()
    if not call.argument:
        return
    path = Path(_unquoted(call.argument)).expanduser()
    try:
        shell.view.output = path.open("wb")
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    shell.view.output_name, shell.view.output_results = str(path), 0
    print(f"Results go to {path} as {shell.view.form}; \\o brings them back.")


def _include(shell: Shell, call: Call) -> None:
    path = Path(_unquoted(call.argument)).expanduser()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start})") from None
    shell.include(text, str(path))


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def _edit(shell: Shell, call: Call) -> None:
    shell.pending = edited(call.before or (shell.last.text + ";" if shell.last is not None else ""))


def _server(shell: Shell, call: Call) -> None:
    if call.argument:
        if shell.worker.call(lambda connection: call.argument.lower() in connection.names.attached):
            shell.statement(f"USE {quoted(call.argument)}")
        else:
            shell.reconnect(call.argument)
    for title, text in shell.worker.call(_facts):
        _pair(shell, title.ljust(8), text)


def _facts(connection: Connection) -> list[tuple[str, str]]:
    """What there is to say of the server that is used, and the others by name."""
    link = connection.servers.named(connection.names.default)
    found = link.facts
    can = [c for c in connection.catalog.capabilities if found.has(c.name)]
    cannot = [c for c in connection.catalog.capabilities if not found.has(c.name)]
    rows = [
        ("address", link.told),
        ("version", found.version or "not told"),
        ("kind", _FLAVOURS.get(found.flavour, found.flavour)),
        ("store", found.store or "not told"),
        ("can", ", ".join(c.name for c in can) or "-"),
    ]
    rows += [("cannot", ", ".join(c.name for c in cannot))] if cannot else []
    others = [f"{name} ({other.told})" for name, other in connection.servers.all() if name]
    return [*rows, ("attached", ", ".join(others))] if others else rows


def _schema(shell: Shell, call: Call) -> None:
    def schema(connection: Connection) -> list[str]:
        wanted = call.argument.lower()
        own = [connection.names.resource(call.argument)] if _is_remote(connection, wanted) else []
        if not wanted:
            own = list(connection.catalog.resources)
        lines = []
        for resource in own:
            columns = ",\n".join(f"  {quoted(c.name)} {c.type.sql}" for c in resource.columns if not c.given)
            lines.append(f"CREATE TABLE {resource.full_name} (\n{columns}\n);")
        local = connection.duckdb.sql(
            "SELECT sql FROM duckdb_tables() WHERE NOT internal AND ($1 = '' OR lower(table_name) = $1) ORDER BY 1",
            params=[wanted],
        ).fetchall()
        lines += [str(row[0]) for row in local]
        if not lines:
            raise connection.names.unknown(call.argument)
        return lines

    for text in shell.worker.call(schema):
        print(text)


def _is_remote(connection: Connection, wanted: str) -> bool:
    return bool(wanted) and connection.names.table(wanted.split(".")) is not None


def _quit(shell: Shell, _: Call) -> None:
    shell.leaving = True


COMMANDS: tuple[Command, ...] = (
    Command("\\?", "", "this help", _help),
    Command("\\d", "[TABLE]", "the columns of a table, or all tables", _describe, "table"),
    Command("\\d+", "TABLE", "its columns with the place of each in the server's answer", _describe_more, "table"),
    Command("\\df", "", "the table functions over remote tables", _functions),
    Command("\\dt", "", "all tables", _tables),
    Command("\\e", "", "open $EDITOR on the statement being typed, or the last one", _edit, uses_text=True),
    Command("\\explain", "[on|off]", "show the plan, with its REST calls, before each result", _explain, "switch"),
    Command("\\format", "[NAME]", "how results are written: " + ", ".join(Format), _format, "format"),
    Command("\\i", "FILE", "run the statements and commands in a file", _include, "file"),
    Command("\\o", "[FILE]", "write results to a file; without one, to the screen again", _output, "file"),
    Command("\\plot", "[HOW]", "draw a statement, or the last one: bar, line, scatter or parallel, x=COLUMN y=COLUMN"
            " color=COLUMN log=COLUMN, -o FILE.svg, .png or .html, --theme dark", plot, "plot", uses_text=True),
    Command("\\q", "", "leave (as Ctrl-D does)", _quit),
    Command("\\server", "[NAME]", "the server, its version, and what it can do; or go to another", _server),
    Command("\\timing", "[on|off]", "show the time and the REST calls under each result", _timing, "switch"),
    Command("\\watch", "[SECONDS]", f"repeat a statement, or its picture after \\plot, every {SECONDS:g} s or so many",
            watch, uses_text=True),
    Command("\\x", "[on|off|auto]", "one column per line: always, never, or for wide results", _expanded, "auto"),
    Command(".mode", "[NAME]", "as \\format, with the duckdb shell's names", _mode, "mode"),
    Command(".schema", "[TABLE]", "a table, or all, as CREATE TABLE", _schema, "table"),
    Command(".tables", "", "all tables", _tables),
)  # fmt: skip
_OPTIONS: dict[str, tuple[str, ...]] = {
    "switch": ("on", "off"),
    "auto": ("on", "off", "auto"),
    "format": tuple(Format),
    "mode": (*Format, *_MODES, "line"),
}


def suggest(line: str, tables: Sequence[str], columns: Sequence[str] = ()) -> list[Suggestion] | str:
    """Suggestions at the end of a line that holds a command; what is typed of a file's name where one is to come.

    columns: of what \\plot would draw.
    """
    name, space, argument = line.partition(" ")
    if not space:
        found = [c for c in COMMANDS if c.name.startswith(name)]
        return [Suggestion(c.name + (" " if c.argument else ""), 0, c.help, c.name) for c in found]
    takes = next((c.takes for c in COMMANDS if c.name == name), "")
    if takes == "file":
        return argument.lstrip()
    if takes == "plot":
        start, known = options(argument, columns)
        if known is None:
            return argument[start:]
        typed = argument[start:].lstrip("'\"").lower()
        return [Suggestion(w, len(name) + 1 + start, "", s) for w, s in known if s.lower().startswith(typed)]
    words = tables if takes == "table" else _OPTIONS.get(takes, ())
    return [Suggestion(w, len(name) + 1) for w in words if w.startswith(argument.lstrip().lower())]
