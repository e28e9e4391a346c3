"""A statement's text, its tree, and the text edits that turn it into the SQL that DuckDB runs.

DuckDB runs the user's own text: only the names of remote tables are replaced, at the positions where the tokenizer
saw them. The tree is for reading.
"""

from __future__ import annotations

import logging
import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError as SqlglotParseError
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from mlflow_sql.errors import ParseError, UsageError
from mlflow_sql.plan.unreadable import fault

# It warns on standard error about statements that it leaves to others, such as SHOW; DuckDB judges those.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

DIALECT = sqlglot.Dialect.get_or_raise("duckdb")
_END = "\n"  # after a $1, sqlglot does not see where a string ends that is the last thing in a text
Params = Sequence[Any] | Mapping[str, Any] | None

# A whole quote or comment, one that only begins, or any other character.
_PIECE = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/"""
    r"""|(?P<tight>\$\w+(?=[^\w\s$][^\s$]*\$))|(?P<open>['"]|\$\w*\$|/\*)|.""",
    re.DOTALL,
)
_NOW = {"NOW", "GET_CURRENT_TIMESTAMP", "TRANSACTION_TIMESTAMP", "CURRENT_TIMESTAMP"}


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace text[start:end] by ``new``."""

    start: int
    end: int
    new: str


@dataclass(slots=True)
class Statement:
    """One parsed statement. ``text`` has its ``?`` numbered; ``tree`` has its bound parameters put in as literals."""

    text: str
    tokens: list[Token]
    tree: exp.Expr
    values: dict[str, Any] = field(default_factory=dict)
    unread: ParseError | None = None  # why there is no tree

    def edited(self, edits: Iterable[Edit]) -> str:
        """The text with all edits made; they must not overlap."""
        result = self.text
        for edit in sorted(edits, key=lambda e: e.start, reverse=True):
            result = result[: edit.start] + edit.new + result[edit.end :]
        return result


def tokenize(text: str) -> list[Token]:
    """The tokens of a text. Raises ParseError where it cannot be cut into tokens."""
    spaced = _spaced(text)
    try:
        tokens = list(DIALECT.tokenize(spaced + _END))
        if spaced != text:  # back to the places in the text that was given
            added = [m.end() + i for i, m in enumerate(_parameters(text))]
            for token in tokens:
                token.start -= bisect_left(added, token.start)
                token.end -= bisect_left(added, token.end)
        return tokens
    except TokenError as error:
        opened = next((m for m in _PIECE.finditer(text) if m["open"]), None)
        if opened is None:
            raise ParseError(f"cannot read the statement: {_first_line(error)}") from None
        line, column = place(text, opened.start())
        raise ParseError(
            f"cannot read the statement: {opened['open']} is not closed", line=line, column=column
        ) from None


def _parameters(text: str) -> list[re.Match[str]]:
    """The parameters between which and the next one no space stands, as in ``f($a,$b)``."""
    return [m for m in _PIECE.finditer(text) if m["tight"]] if "$" in text else []


def _spaced(text: str) -> str:
    """The text with a space behind such a parameter: sqlglot reads ``$a,$`` as the start of a dollar-quoted text."""
    return Statement(text, [], exp.Null()).edited([Edit(m.end(), m.end(), " ") for m in _parameters(text)])


def place(text: str, at: int) -> tuple[int, int]:
    """The line and column, both from 1, of a position in the text."""
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def parse(text: str, params: Params = None, *, lenient: bool = False) -> Statement:
    """One statement. Raises ParseError with line and column, and UsageError for parameters that do not fit.

    lenient: a statement that only DuckDB may understand is returned with the fault in ``unread``.
    """
    text = _spaced(text)
    tokens = tokenize(text)
    if any(t.token_type == TokenType.PLACEHOLDER and t.text == "?" for t in tokens):
        text = _numbered(text, tokens)
        tokens = tokenize(text)
    try:
        trees = [
            tree for tree in DIALECT.parse(text + _END) if tree is not None and not isinstance(tree, exp.Semicolon)
        ]
    except SqlglotParseError as error:
        unread = fault(tokens, error)
        if not lenient:
            raise unread from None
        return Statement(text, tokens, exp.Null(), unread=unread)
    if len(trees) != 1:
        raise ParseError("give one statement at a time" if trees else "there is no statement here")
    statement = Statement(text, tokens, trees[0])
    statement.values = _named(params)
    statement.tree = _with_values(_joins_in_place(statement.tree), statement.values)
    return statement


def _joins_in_place(tree: exp.Expr) -> exp.Expr:
    """The tree with joins where they are elsewhere: sqlglot hangs those of ``FROM a JOIN b`` to the table a."""
    for select in tree.find_all(exp.Select):
        first = from_.this if (from_ := select.args.get("from_")) else None
        if isinstance(first, (exp.Table, exp.Subquery)) and (joins := first.args.get("joins")):
            first.set("joins", None)
            select.set("joins", [*joins, *(select.args.get("joins") or ())])
    return tree


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _numbered(text: str, tokens: Sequence[Token]) -> str:
    """``?`` as ``$1``, ``$2``...: the tree does not tell the order in which they were written."""
    edits, count = [], 0
    for token in tokens:
        if token.token_type == TokenType.PLACEHOLDER and token.text == "?":
            count += 1
            edits.append(Edit(token.start, token.end + 1, f"${count}"))
    return _spaced(Statement(text, [], exp.Null()).edited(edits))


def _named(params: Params) -> dict[str, Any]:
    if params is None:
        return {}
    if isinstance(params, Mapping):
        return {str(name): value for name, value in params.items()}
    if isinstance(params, (str, bytes)) or not isinstance(params, Sequence):
        raise UsageError(f"params must be a list or a dict, not {type(params).__name__}")
    return {str(i): value for i, value in enumerate(params, 1)}


def _with_values(tree: exp.Expr, values: Mapping[str, Any]) -> exp.Expr:
    """The tree with each known parameter as a literal that remembers its Python value."""
    if not values:
        return tree

    def put(node: exp.Expr) -> exp.Expr:
        name = str(node.this) if isinstance(node, (exp.Placeholder, exp.Parameter)) and node.this else None
        if name is None or name not in values or not _convertible(values[name]):
            return node
        literal = _literal(values[name])
        literal.meta["value"] = values[name]
        return literal

    return tree.transform(put)


def _literal(value: Any) -> exp.Expr:
    if isinstance(value, float) and not math.isfinite(value):
        return exp.cast(exp.Literal.string(str(value)), "DOUBLE", dialect="duckdb")
    return exp.convert(value)


def _convertible(value: Any) -> bool:
    try:
        _literal(value)
    except ValueError:
        return False
    return True


def frozen_time(statement: Statement, now: datetime) -> list[Edit]:
    """Edits that replace now() and its kin by the time at which the statement was planned.

    A relation is read later than it is planned, perhaps twice. Where a scan's bound was computed from the current
    time, DuckDB must compare with the same time: a later upper bound would want rows that were not fetched, and a later
    lower bound would drop rows that filled a pushed LIMIT.
    """
    stamp, day = f"('{now.isoformat(sep=' ')}'::TIMESTAMPTZ)", f"('{now.isoformat(sep=' ')}'::TIMESTAMPTZ)::DATE"
    edits, tokens = [], statement.tokens
    for i, token in enumerate(tokens):
        name = token.text.upper()
        called = i + 2 < len(tokens) and tokens[i + 1].text == "(" and tokens[i + 2].text == ")"
        if i and tokens[i - 1].text == ".":
            continue
        end = tokens[i + 2].end + 1 if called else token.end + 1
        bare = name in ("CURRENT_TIMESTAMP", "CURRENT_DATE") and token.token_type != TokenType.IDENTIFIER
        if name in _NOW and (called or bare):
            edits.append(Edit(token.start, end, stamp))
        elif name in ("CURRENT_DATE", "TODAY") and (called or bare):
            edits.append(Edit(token.start, end, f"({day})"))
    return edits


def quoted(name: str) -> str:
    """An identifier in double quotes."""
    return exp.to_identifier(name, quoted=True).sql(dialect="duckdb")


def literal(text: str) -> str:
    """A text in single quotes."""
    return exp.Literal.string(text).sql(dialect="duckdb")


_TEMPLATE = re.compile(
    r"(?P<text>'(?:[^']|'')*')|(?P<skip>\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/)|\{\{\s*(?P<name>\w+)\s*\}\}", re.DOTALL
)
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def with_placeholders(text: str) -> str:
    """The text with each ``{{ name }}`` of StackQL's files as the bound parameter ``$name``.

    A text that is one placeholder becomes the parameter; one that holds some is put together from its parts.
    """

    def put(match: re.Match[str]) -> str:
        if match["name"]:
            return f"${match['name']}"
        if match["skip"] or not PLACEHOLDER.search(match["text"]):
            return match[0]
        parts = PLACEHOLDER.split(match["text"][1:-1])
        pieces = [f"${p}" if i % 2 else f"'{p}'" for i, p in enumerate(parts) if p or i % 2]
        return pieces[0] if len(pieces) == 1 else "(" + " || ".join(pieces) + ")"

    return _TEMPLATE.sub(put, text) if "{{" in text else text
