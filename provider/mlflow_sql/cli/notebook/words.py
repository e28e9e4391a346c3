"""What stands behind ``%sql``: options, a name for the result, and the SQL, which is kept as it is written."""

from __future__ import annotations

import datetime
import decimal
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mlflow_sql.errors import UsageError, nearest

HELP = """\
%sql [OPTIONS] SQL            run SQL and show its rows
%sql [OPTIONS] name << SQL    put the result into a variable
%%sql [OPTIONS] [name <<]     the same with all of the cell; several statements are separated by ";"
name = %sql SQL               as in Python

--server URL        connect to this server and stay with it (a name of the configuration file works too)
--connection NAME   go on with the mlflow_sql.Connection in this variable
--rows N            show up to so many rows (20)
--help              show this

$name in the SQL is the variable of that name, sent as a value and never as text of the statement. Without --server or
--connection the one mlflow_sql.Connection among the variables is used, else MLFLOW_TRACKING_URI names the server.
Results are lazy relations: .df(), .pl(), .arrow(), .show(), .filter(...)."""

_OPTION = re.compile(r"[ \t]*(--[A-Za-z][\w-]*|-h\b)(?:=|(?=\s|$))")
_VALUE = re.compile(r"""[ \t]*(?:"([^"]*)"|'([^']*)'|(\S+))""")
_TARGET = re.compile(r"\s*([^\W\d]\w*)\s*<<(?=\s|$)")
_KINDS = (
    bool, int, float, str, bytes, decimal.Decimal, datetime.date, datetime.time, datetime.timedelta, uuid.UUID,
    list, tuple, dict,
)  # fmt: skip
_OPTIONS = {"--server": "server", "--connection": "connection", "--rows": "rows", "--help": "help"}


@dataclass(frozen=True, slots=True)
class Request:
    """server, connection: as given, None where not. rows: to show. target: the variable for the result, "" for none.

    sql: the statements. start: where they begin in the text.
    """

    server: str | None = None
    connection: str | None = None
    rows: int | None = None
    help: bool = False
    target: str = ""
    sql: str = ""
    start: int = 0


def read(text: str, names: Mapping[str, Any] | None = None) -> Request:
    """Take a magic's text apart. ``$name`` as an option's value is looked up in ``names``.

    Raises UsageError for an unknown option, or one without its value.
    """
    request, at = Request(), 0
    while found := _OPTION.match(text, at):
        option = "--help" if found[1] == "-h" else found[1]
        field = _OPTIONS.get(option)
        if field is None:
            near = nearest(option, _OPTIONS, 1)
            raise UsageError(
                f"%sql has no option {option}" + (f"; did you mean {near[0]}?" if near else ""),
                hint="%sql --help lists them; a comment is written after '-- ', or in the lines of a %%sql cell",
            )
        at = found.end()
        if field == "help":
            request = replace(request, help=True)
            continue
        value = _VALUE.match(text, at)
        if value is None or value[0].lstrip().startswith("--"):
            raise UsageError(f"{option} needs a value", hint="%sql --help")
        request, at = _with(request, option, field, _looked_up(value, option, names or {})), value.end()
    if found := _TARGET.match(text, at):
        request, at = replace(request, target=found[1]), found.end()
    return replace(request, sql=text[at:], start=at)


def _with(request: Request, option: str, field: str, value: str) -> Request:
    if field == "server":
        return replace(request, server=value)
    if field == "connection":
        return replace(request, connection=value)
    if not value.isdigit() or not int(value):
        raise UsageError(f"{option} needs a number of rows, not {value!r}")
    return replace(request, rows=int(value))


def _looked_up(found: re.Match[str], option: str, names: Mapping[str, Any]) -> str:
    text = next(group for group in found.groups() if group is not None)
    if not re.fullmatch(r"\$[^\W\d]\w*", text):
        return text
    if text[1:] not in names:
        raise UsageError(f"no variable {text[1:]!r} for {option} {text}")
    return str(names[text[1:]])


def values(wanted: list[str], names: Mapping[str, Any]) -> dict[str, Any]:
    """The values of parameters by the variables of the same names.

    Raises UsageError for one that is not defined, or whose value is none that a statement can take.
    """
    for name in wanted:
        if name not in names:
            if name.isdigit():
                raise UsageError(f"${name} has no value here", hint="name a variable: $least takes the value of least")
            near = nearest(name, (n for n, v in names.items() if not n.startswith("_") and isinstance(v, _KINDS)))
            raise UsageError(
                f"no variable {name!r} for ${name}"
                + ("; did you mean " + " or ".join(f"${n}" for n in near) + "?" if near else ""),
                hint=f"assign it first, in a cell above: {name} = ...",
            )
    return {name: _plain(name, names[name]) for name in wanted}


def _plain(name: str, value: Any) -> Any:
    """The value as SQL takes it: numbers, arrays and columns of numpy, pandas and polars as Python's."""
    kind = type(value)
    for method in ("tolist", "to_list"):
        if not isinstance(value, _KINDS) and callable(convert := getattr(value, method, None)):
            value = convert()
    if value is None or isinstance(value, _KINDS):
        return list(value) if isinstance(value, tuple) else value
    raise UsageError(
        f"the variable {name!r} is a {kind.__name__}, and ${name} takes a value: a text, number, time, list or dict",
        hint=f"rows become a table with con.duckdb.register('{name}', {name})" if hasattr(value, "columns") else None,
    )
