"""Splitting a script into its statements, by sqlglot's DuckDB tokenizer: nothing is parsed here.

A ``;`` in a string, comment, dollar quote or quoted name does not end a statement, and words that are no SQL
(``EXEC .. @name = value``, ``{{ name }}``) pass unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from mlflow_sql.errors import ParseError

if TYPE_CHECKING:
    from sqlglot.tokenizer_core import Token


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it was written, without its ``;`` and the comments around it.

    source names where it was read; line and column, from 1, say where it begins there. parameters holds the names
    behind ``$`` in it, in lower case, since DuckDB ignores their case. positional: it has a ``?``.
    """

    text: str
    line: int
    column: int
    source: str = ""
    parameters: frozenset[str] = frozenset()
    positional: bool = False

    @property
    def place(self) -> str:
        """Where the statement begins, for messages."""
        return f"{self.source}, line {self.line}" if self.source else f"line {self.line}"


def split(sql: str, source: str = "", *, in_shell: bool = False) -> list[Statement]:
    """The statements of ``sql`` in order; empty ones and comments on their own are left out.

    Raises ParseError with line and column, from 1, where a quote or comment is opened and never closed, and for a
    command of the shell (``\\d``, ``.tables``) unless the shell itself asks.
    """
    statements: list[Statement] = []
    tokens: list[Token] = []
    for token in [*_tokens(sql, source), None]:
        if token is not None and not in_shell and _is_command(token, first=not tokens):
            line, column = _position(sql, token.start)
            word = sql[token.start :].split(None, 1)[0]
            raise ParseError(
                f"{word} is a command of the interactive shell, not SQL", line=line, column=column, hint=_NO_COMMANDS
            )
        if token is not None and token.token_type.name != "SEMICOLON":
            tokens.append(token)
        elif tokens:
            start = tokens[0].start
            text = sql[start : tokens[-1].end + 1].rstrip()
            names = _parameters(tokens)
            place = _position(sql, start)
            statements.append(Statement(text, *place, source, frozenset(names - {"?"}), positional="?" in names))
            tokens = []
    return statements


_NO_COMMANDS = "in scripts write SQL: SHOW TABLES, DESCRIBE runs, EXPLAIN ...; formats and files are options"


def _is_command(token: Token, first: bool) -> bool:
    """SQL has no backslash outside of quotes, and no statement begins with a dot."""
    return token.token_type.name == "BACKSLASH" or (first and token.token_type.name == "DOT")


def _tokens(sql: str, source: str) -> list[Token]:
    from sqlglot.dialects.duckdb import DuckDB
    from sqlglot.errors import TokenError

    try:
        return list(DuckDB().tokenize(sql))
    except TokenError as error:
        fault, offset = _fault(sql, error)
    line, column = _position(sql, offset)
    where = f" in {source}" if source else ""
    hint = "a ' inside a text is written twice: 'it''s'" if fault.startswith("'") else None
    raise ParseError(f"cannot read the SQL{where}: {fault}", line=line, column=column, hint=hint)


def _fault(sql: str, error: Exception) -> tuple[str, int]:
    """What is wrong, and the offset where that begins."""
    from sqlglot.dialects.duckdb import DuckDB
    from sqlglot.errors import TokenError

    # The tokenizer keeps the delimiter and the offset only in the text of the error behind its own.
    found = re.fullmatch(r"(Missing )?(.+) from \d+:(\d+)", str(error.__cause__ or error.__context__ or error))
    if found:
        return (f"{found[2]} is opened here and never closed" if found[1] else found[2]), int(found[3])
    # A block comment: the last /* whose own prefix is sound, so not one inside a string or another comment.
    for comment in reversed([match.start() for match in re.finditer(r"/\*", sql)]):
        try:
            DuckDB().tokenize(sql[:comment])
        except TokenError:
            continue
        return "/* is opened here and never closed", comment
    last = len(sql.rstrip()) - 1
    if last >= 0 and sql[last] in "'\"":  # the tokenizer does not tell of a quote that ends the text
        return f"{sql[last]} is opened here and never closed", last
    return "a quote or comment is never closed", 0


def _position(sql: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of an offset from 0."""
    return sql.count("\n", 0, offset) + 1, offset - sql.rfind("\n", 0, offset)


def _parameters(tokens: list[Token]) -> set[str]:
    """The names of the ``$name`` parameters, in lower case, and ``?`` where there is one."""
    from sqlglot.dialects.duckdb import DuckDB

    names = {"?"} if any(t.token_type.name == "PLACEHOLDER" and t.text == "?" for t in tokens) else set()
    for before, token in pairwise(tokens):
        if before.text == "$" and before.end + 1 == token.start:
            names.add(token.text.lower())
        elif before.token_type in DuckDB.Tokenizer.COMMANDS and token.token_type.name == "STRING":
            # After EXPLAIN, CALL and the like the tokenizer hands over the rest of the statement as one text.
            names |= _parameters(_tokens(token.text, ""))
    return names
