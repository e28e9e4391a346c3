"""Subqueries that read nothing from the server: their values are asked for first, so that they reach the server.

``start_time > (SELECT max(start_time) FROM kept)`` and ``run_id IN (SELECT run_id FROM 'picked.csv')`` would otherwise
read every run. Found among the tokens, since a tree has no places: a subquery behind a comparison or IN, in WHERE and
the like. What stands in the select list is left alone: it names the column. A subquery that depends on the row cannot
be run by itself, which DuckDB tells; one that can means the same there, since names are looked up inside first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.errors import Error
from mlflow_sql.plan.statement import Statement, parse

_COMPARED = (TokenType.EQ, TokenType.NEQ, TokenType.LT, TokenType.LTE, TokenType.GT, TokenType.GTE)
_OPENED = {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}
_BEGINS = ("SELECT", "FROM", "WITH")
_CONDITIONS = ("WHERE", "HAVING", "QUALIFY")
_CLAUSES = (*_CONDITIONS, "SELECT", "FROM", "GROUP", "ORDER", "LIMIT", "SET", "VALUES", "RETURNING", "USING", "WINDOW")
_VOLATILE = frozenset(("random", "rand", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "nextval", "setseed"))


@dataclass(frozen=True, slots=True)
class Asked:
    """A subquery in a statement's text. many: a list of values is wanted, else one. start and end: without the ()."""

    start: int
    end: int
    sql: str
    many: bool


def asked_first(statement: Statement, names: Names) -> Iterator[Asked]:
    """The subqueries of a statement whose values can be asked for before it is planned."""
    tokens = statement.tokens
    ctes = {cte.alias.lower() for cte in statement.tree.find_all(exp.CTE)}
    clauses = [""]
    at = 0
    while at < len(tokens):
        token, word = tokens[at], tokens[at].text.upper()
        if token.token_type in _OPENED:
            if _OPENED[token.token_type] < 0:
                clauses = clauses[:-1] or [""]
            elif clauses[-1] in _CONDITIONS and (end := _end(tokens, at)) and (many := _wanted(tokens, at)) is not None:
                inner = statement.text[token.end + 1 : tokens[end].start]
                if is_local(inner, names, ctes):
                    yield Asked(token.end + 1, tokens[end].start, inner, many)
                    at = end
                else:
                    clauses.append(clauses[-1])
            else:
                clauses.append(clauses[-1])
        elif word in _CLAUSES and token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER):
            clauses[-1] = word
        at += 1


def _wanted(tokens: Sequence[Token], at: int) -> bool | None:
    """Whether many values are wanted of the subquery in these parentheses, or one; None where there is no such one."""
    if not at or at + 1 >= len(tokens) or tokens[at + 1].text.upper() not in _BEGINS:
        return None
    before = tokens[at - 1].token_type
    return True if before == TokenType.IN else False if before in _COMPARED else None


def _end(tokens: Sequence[Token], at: int) -> int | None:
    depth = 0
    for i in range(at, len(tokens)):
        depth += _OPENED.get(tokens[i].token_type, 0)
        if depth == 0:
            return i
    return None


def is_local(sql: str, names: Names, ctes: set[str]) -> bool:
    """Whether a query reads nothing from a server, nor CTEs around it, and gives the same whenever it is asked."""
    try:
        tree = parse(sql).tree
        if any(f.name.lower() in _VOLATILE or f.key in _VOLATILE for f in tree.find_all(exp.Func)):
            return False
        if tree.find(exp.Placeholder, exp.Parameter, exp.TableSample):
            return False
        own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
        for table in tree.find_all(exp.Table):
            plain = isinstance(table.this, exp.Identifier)
            if plain and not table.db and table.name.lower() in ctes - own:
                return False
            if plain and names.table([p.name for p in table.parts]) is not None:
                return False
    except Error:
        return False
    return True
