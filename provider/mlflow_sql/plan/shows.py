"""SHOW, read from the tokens: what is listed, of what, and which rows of it; what is DuckDB's own is left to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot.tokenizer_core import Token, TokenType

from mlflow_sql.errors import ParseError, nearest
from mlflow_sql.plan.statement import place

# What can be listed: what it stands IN, if anything, and whether that must be said.
_LISTED = {
    "TABLES": ("schema or catalog", False),
    "FUNCTIONS": ("server", False),
    "PROVIDERS": ("", False),
    "DATABASES": ("", False),
    "SERVICES": ("provider", True),
    "RESOURCES": ("service", True),
    "METHODS": ("table", True),
}
_EXAMPLE = {"SERVICES": "mlflow", "RESOURCES": "mlflow.tracking", "METHODS": "<table>; SHOW TABLES lists them"}
_WHERE = ("LIKE", "ILIKE", "NOT", "WHERE")


@dataclass(frozen=True, slots=True)
class Show:
    """What a SHOW statement lists, in lower case: tables, functions, ..., methods.

    of: the name behind IN, in parts as they were written. like: the operator and the pattern that the first column is
    compared with, as SQL; where: a condition on the columns. extended: with the columns that few people need.
    """

    what: str
    of: tuple[str, ...] = ()
    like: str = ""
    where: str = ""
    extended: bool = False


def read_show(text: str, tokens: Sequence[Token]) -> Show | None:
    """The listing that a SHOW statement asks for; None for any other SHOW, such as of a table or a setting.

    Raises ParseError, with its place, for a listing that cannot be read.
    """
    words = [t.text.upper() if t.token_type not in (TokenType.STRING, TokenType.IDENTIFIER) else "" for t in tokens]
    at = 1
    extended = words[at : at + 1] == ["EXTENDED"]
    at += extended or words[at : at + 2] == ["ALL", "TABLES"]
    if len(words) <= at:
        return Show("tables") if len(words) == 1 else None
    what = words[at]
    if what not in _LISTED:
        _refuse_unknown(what, words[at + 1 : at + 2], extended)
        return None
    at += 1
    of: tuple[str, ...] = ()
    needs, must = _LISTED[what]
    if words[at : at + 1] and words[at] in ("IN", "FROM") and needs:
        must = True
        of, at = _name(tokens, at + 1)
    if must and not of:
        raise ParseError(
            f"SHOW {what} needs IN and the name of a {needs}", hint=f"SHOW {what} IN {_EXAMPLE.get(what, 'mlflow')}"
        )
    like, where = _condition(text, tokens, words, at, of)
    return Show(what.lower(), of, like, where, extended)


def _refuse_unknown(what: str, after: list[str], extended: bool) -> None:
    """Raise ParseError for a word that would be a listing, by what is around it, and is none."""
    if not what or not (extended or (after and after[0] in ("IN", "FROM", "LIKE", "ILIKE"))):
        return
    if what == "COLUMNS":
        raise ParseError("there is no SHOW COLUMNS", hint="DESCRIBE <table> lists its columns")
    near = [f"SHOW {name}" for name in nearest(what, _LISTED)]
    listed = ", ".join(f"SHOW {name}" for name in _LISTED)
    raise ParseError(
        f"there is no SHOW {what}" + (f"; did you mean {near[0]}?" if near else ""), hint=f"there are {listed}"
    )


def _name(tokens: Sequence[Token], at: int) -> tuple[tuple[str, ...], int]:
    """A dotted name, and the position behind it; no parts where there is none."""
    parts: list[str] = []
    while at < len(tokens) and tokens[at].token_type != TokenType.STRING:
        parts.append(tokens[at].text)
        at += 1
        if at >= len(tokens) or tokens[at].token_type != TokenType.DOT:
            break
        at += 1
    return tuple(parts), at


def _condition(
    text: str, tokens: Sequence[Token], words: Sequence[str], at: int, of: tuple[str, ...]
) -> tuple[str, str]:
    """LIKE and WHERE, at most one of them, as SQL."""
    if at >= len(tokens):
        return "", ""
    line, column = place(text, tokens[at].start)
    if words[at] == "WHERE" and at + 1 < len(tokens):
        return "", text[tokens[at + 1].start : tokens[-1].end + 1]
    begin = at
    at += words[at] == "NOT"
    if at < len(tokens) and words[at] in ("LIKE", "ILIKE"):
        if at + 2 == len(tokens) and tokens[at + 1].token_type == TokenType.STRING:
            pattern = tokens[at + 1].text.replace("'", "''")
            return f"{' '.join(words[begin : at + 1])} '{pattern}'", ""
        raise ParseError(
            f"{words[at]} takes one pattern in quotes", hint=f"{words[at]} 'exp%'", line=line, column=column
        )
    shown = ".".join(of) or words[begin - 1]
    raise ParseError(
        f"SHOW cannot be read behind {shown}, at {tokens[begin].text!r}",
        hint="LIKE 'pattern', ILIKE 'pattern' or WHERE condition may follow", line=line, column=column,
    )  # fmt: skip
