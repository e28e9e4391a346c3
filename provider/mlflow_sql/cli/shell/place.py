"""Errors as the shell shows them: the message, the line of the statement with a mark under the place, the hint."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mlflow_sql.cli.box import CUT, cell_width, visible
from mlflow_sql.errors import Error, ParseError

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

_TOLD = re.compile(r" ?\(line (\d+), column (\d+)\)")
_MARKED = re.compile(r"\n+LINE \d+: (?P<line>[^\n]*)\n(?P<before> *)(?P<marks>\^+)\s*$")
_NAMED = re.compile(r"'([^']+)'|\bwith name \"?(\w+)\"?|\"([^\"]+)\"")
_ROOM = 100  # columns of a line that is shown


def described(error: BaseException, statement: str = "") -> tuple[str, list[str], str | None]:
    """The message, the lines that show the place (none where it is not known) and the hint."""
    message, hint = (error.message, error.hint) if isinstance(error, Error) else (str(error).strip(), None)
    message, place = _placed(error, message, statement)
    return message, _excerpt(statement, *place) if place else [], hint


def _placed(error: BaseException, message: str, statement: str) -> tuple[str, tuple[int, int] | None]:
    """The message without the place that it tells, and the place: two offsets in the statement."""
    if isinstance(error, ParseError) and error.line and error.column:
        told = f" (line {error.line}, column {error.column})"
        return message.removesuffix(told), _token_at(statement, error.line, error.column)
    if found := _TOLD.search(message):
        return _TOLD.sub("", message), _token_at(statement, int(found[1]), int(found[2]))
    if found := _MARKED.search(message):
        # DuckDB's own mark, in the statement that it was given; ours where it stands exactly once in what was typed.
        start = len(found["before"]) - len(f"LINE {message[found.start() :].lstrip()[5:].partition(':')[0]}: ")
        marked = found["line"][start : start + len(found["marks"])]
        if marked and statement.count(marked) == 1:
            at = statement.index(marked)
            return message[: found.start()].rstrip(), (at, at + len(marked))
        return message, None
    for match in _NAMED.finditer(message):
        wanted = next(group for group in match.groups() if group).split(".")[-1].lower()
        for token in _tokens(statement):
            if token.text.lower() == wanted and token.token_type.name not in ("STRING", "NUMBER"):
                return message, (token.start, token.end + 1)
        break  # only the first name is what is wrong; the others are suggestions
    return message, None


def _tokens(statement: str) -> list[Token]:
    from sqlglot.dialects.duckdb import DuckDB
    from sqlglot.errors import TokenError

    try:
        return list(DuckDB().tokenize(statement))
    except TokenError:
        return []


def _token_at(statement: str, line: int, column: int) -> tuple[int, int] | None:
    """The token at a line and column, both from 1: the place may be anywhere in it; else that one character."""
    lines = statement.split("\n")
    if not 1 <= line <= len(lines):
        return None
    at = min(sum(len(text) + 1 for text in lines[: line - 1]) + column - 1, len(statement))
    for token in _tokens(statement):
        if token.start <= at <= token.end and "\n" not in statement[token.start : token.end + 1]:
            return token.start, token.end + 1
    return at, at + 1


def _excerpt(statement: str, start: int, end: int) -> list[str]:
    """The line of the statement with the place in it, and the marks below."""
    first = statement.rfind("\n", 0, start) + 1
    last = statement.find("\n", start)
    line = statement[first : last if last >= 0 else len(statement)]
    number = statement.count("\n", 0, start) + 1
    head = f"LINE {number}: "
    begin, width = start - first, max(min(end, first + len(line)) - start, 1)
    if len(line) > _ROOM:  # a window of it
        skip = max(min(begin - _ROOM // 2, len(line) - _ROOM), 0)
        line = (CUT if skip else "") + line[skip : skip + _ROOM] + (CUT if skip + _ROOM < len(line) else "")
        begin += (1 if skip else 0) - skip
        width = min(width, _ROOM)
    indent = cell_width(head) + cell_width(visible(line[:begin]))
    marks = max(cell_width(visible(line[begin : begin + width])), 1)
    return [head + visible(line), " " * indent + "^" * marks]
