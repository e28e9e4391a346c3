"""Statements that DuckDB understands and our parser does not: remote tables are found among the tokens.

Nothing is known of such a statement's conditions, so each table in it is read whole; DuckDB does the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.plan.scopes import Bindings, Outputs, TableRef

# What stands before a table's name.
_BEFORE = ("FROM", "JOIN", "PIVOT", "UNPIVOT", "PIVOT_WIDER", "SUMMARIZE", "TABLE", "USING", ",")


def bindings_of(tokens: Sequence[Token], names: Names) -> Bindings:
    """The remote tables that the tokens name, all opaque, and no scopes. Raises BindError for a table of our schema."""
    ctes = {
        t.text.lower()
        for t, following in zip(tokens, [*tokens[1:], None], strict=True)
        if following is not None and following.text.upper() == "AS" and t.token_type != TokenType.STRING
    }
    tables: list[TableRef] = []
    for i, token in enumerate(tokens):
        if token.text.upper() not in _BEFORE or token.token_type == TokenType.STRING or i + 1 >= len(tokens):
            continue
        parts = _dotted(tokens, i + 1)
        if not parts or (len(parts) == 1 and parts[0].text.lower() in ctes):
            continue
        resource = names.table([p.text for p in parts])
        if resource is None:
            continue
        node = exp.to_table(".".join(p.text for p in parts), dialect="duckdb")
        tables.append(TableRef(len(tables) + 1, resource, node, node.name, True, parts[0].start, parts[-1].end + 1))
    return Bindings(tables, [], {}, {}, False, Outputs())


def _dotted(tokens: Sequence[Token], at: int) -> list[Token]:
    """The tokens of the name that begins there."""
    found: list[Token] = []
    while at < len(tokens) and tokens[at].token_type not in (TokenType.STRING, TokenType.NUMBER, TokenType.L_PAREN):
        found.append(tokens[at])
        if at + 1 >= len(tokens) or tokens[at + 1].token_type != TokenType.DOT:
            break
        at += 2
    return found


def mentions(tokens: Sequence[Token], bindings: Bindings) -> set[int]:
    """The tables whose lifecycle column the statement names anywhere."""
    words = {t.text.lower() for t in tokens}
    return {
        t.index
        for t in bindings.tables
        if t.resource.lifecycle and t.resource.lifecycle.column and t.resource.lifecycle.column in words
    }
