r"""What was typed, cut into statements and commands of the shell, by the SQL tokenizer.

A command is a ``\`` that stands outside of quotes and comments, with the rest of its line, wherever that is
(``SELECT 1 \watch 5``), up to the next one there (``\plot line \watch 5``); one in the style of the duckdb shell is a
whole first line (``.tables``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlflow_sql.cli.script import Statement, split
from mlflow_sql.errors import ParseError

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token

_DOT = re.compile(r"\s*\.([A-Za-z]\w*)[ \t]*([^\n]*)")
# A path of Windows (\folder\file) begins no command: the name of one is followed by a space.
_NEXT = r"[ \t]+(\\(?:[A-Za-z?]+\+?)?)(?=[\s;]|$)"
_SLASH = re.compile(rf"""\\(\S*)((?:"[^"\n]*"|'[^'\n]*'|(?!{_NEXT})[^\n])*)(?:(?={_NEXT}))?""")


@dataclass(frozen=True, slots=True)
class Call:
    r"""A command: its name with the ``\`` or ``.``, what follows, and the SQL before it that no ``;`` ends.

    then: the name of the command behind it on the same line, "" for none.
    """

    name: str
    argument: str = ""
    before: str = ""
    then: str = ""

    @property
    def statement(self) -> Statement | None:
        """The SQL before it."""
        found = split(self.before, in_shell=True)
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class Typed:
    """What to do in order, and the SQL at the end that no ``;`` ends."""

    steps: tuple[Statement | Call, ...]
    rest: str = ""


def is_finished(text: str) -> bool:
    """Whether Enter runs the text: it ends with ``;`` or a command, or there is nothing in it."""
    if not text.strip() or _DOT.fullmatch(text.rstrip()):
        return True
    start = 0
    while (at := _backslash(text, start)) is not None:
        end = text.find("\n", at)
        if end < 0 or not text[end:].strip():
            return True
        start = end
    tokens = _tokens(text[start:])
    return bool(tokens) and tokens is not None and tokens[-1].token_type.name == "SEMICOLON"


def read(text: str) -> Typed:
    """Cut a text. Raises ParseError, with its place in the text, for an open quote or comment."""
    if found := _DOT.match(text):
        after = read(text[found.end() :])
        return Typed((Call(f".{found[1]}", _argument(found[2])), *after.steps), after.rest)
    steps: list[Statement | Call] = []
    start, rest = 0, ""  # what one command leaves to be typed on, the next one on its line leaves too
    while (at := _backslash(text, start)) is not None:
        statements, before = _statements(text, start, at)
        found = _SLASH.match(text, at)
        assert found is not None
        steps += [*statements, Call(f"\\{found[1].rstrip(';')}", _argument(found[2]), before, found[4] or "")]
        start, rest = found.end(), before or rest
    statements, last = _statements(text, start, len(text))
    return Typed((*steps, *statements), last if last.strip() else rest)


def being_typed(text: str) -> tuple[str, str] | None:
    r"""The command that a text ends with, as far as it is typed, and the SQL before it; None where it ends with SQL.

    It begins with its ``\``. What is before it is the whole of it, finished statements too.
    """
    start = 0
    while (at := _backslash(text, start)) is not None:
        found = _SLASH.match(text, at)
        assert found is not None
        if found.end() == len(text):
            return text[at:], text[start:at]
        start = found.end()
    return None


def _argument(text: str) -> str:
    return text.strip().removesuffix(";").strip()


def _statements(text: str, start: int, end: int) -> tuple[list[Statement], str]:
    """The statements of a part that ``;`` ends, and what is behind the last one."""
    piece = text[start:end]
    line, column = text.count("\n", 0, start), start - (text.rfind("\n", 0, start) + 1)
    try:
        found = split(piece, in_shell=True)
    except ParseError as error:
        if error.line is None or error.column is None:
            raise
        said = error.message.removesuffix(f" (line {error.line}, column {error.column})")
        shift = column if error.line == 1 else 0
        raise ParseError(said, line=error.line + line, column=error.column + shift, hint=error.hint) from None
    placed = [replace(s, line=s.line + line, column=s.column + (column if s.line == 1 else 0)) for s in found]
    tokens = _tokens(piece)
    if not placed or not tokens or tokens[-1].token_type.name == "SEMICOLON":
        return placed, ""
    return placed[:-1], placed[-1].text


def _backslash(text: str, start: int) -> int | None:
    """Where the first command from ``start`` begins: at a backslash that the tokenizer sees as one."""
    at = text.find("\\", start)
    while at >= 0:
        tokens = _tokens(text[start : at + 1])
        if tokens and _ends_with_backslash(tokens):
            return at
        at = text.find("\\", at + 1)
    return None


def _ends_with_backslash(tokens: list[Token]) -> bool:
    last = tokens[-1]
    if len(tokens) > 1 and tokens[-2].token_type.name == "COMMAND" and last.token_type.name == "STRING":
        inner = _tokens(last.text)  # after EXPLAIN and the like the rest of the statement is one token
        return bool(inner) and inner is not None and _ends_with_backslash(inner)
    return bool(last.token_type.name == "BACKSLASH")


def _tokens(text: str) -> list[Token] | None:
    """The tokens, or None where a quote or comment is open."""
    from sqlglot.dialects.duckdb import DuckDB
    from sqlglot.errors import TokenError

    try:
        return list(DuckDB().tokenize(text))
    except TokenError:
        return None
