"""Statements, and clauses of statements, that have no meaning on a remote table: refused, never left out in silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Resource
from mlflow_sql.errors import StatementError

_KNOWN: dict[type[exp.Expr], frozenset[str]] = {
    exp.Insert: frozenset(
        {"with_", "this", "expression", "conflict", "returning", "alternative", "by_name", "default"}
    ),
    exp.Update: frozenset({"with_", "this", "expressions", "from_", "where", "returning"}),
    exp.Delete: frozenset({"with_", "this", "using", "where", "returning"}),
    exp.Merge: frozenset({"with_", "this", "using", "on", "using_cond", "whens", "returning"}),
}
_TABLE = frozenset({"this", "db", "catalog", "alias"})


def refuse_clauses(tree: exp.Expr, table: exp.Table, resource: Resource) -> None:
    """Raise StatementError for a clause of a write that would otherwise not count, such as LIMIT."""
    verb = tree.key.upper()
    given = [name for name, value in tree.args.items() if value and name not in _KNOWN[type(tree)]]
    if "limit" in given or "order" in given:
        word = "LIMIT" if "limit" in given else "ORDER BY"
        key = ", ".join(resource.primary_key)
        raise StatementError(
            f"{verb} takes no {word}",
            hint=f"WHERE {key} IN (SELECT {key} FROM {resource.label} WHERE ... ORDER BY ... LIMIT ...) chooses them",
        )
    if given:
        raise StatementError(f"{verb} on {resource.label} takes no {given[0].rstrip('_').upper().replace('_', ' ')}")
    if any(value for name, value in table.args.items() if name not in _TABLE):
        more = {"UPDATE": "UPDATE ... SET ... FROM other WHERE ...", "DELETE": "DELETE FROM ... USING other WHERE ..."}
        raise StatementError(
            f"{verb} takes the name of one table, not {table.sql(dialect='duckdb')}",
            hint=f"{more[verb]} reads other tables too" if verb in more else None,
        )


def refuse_definition(tree: exp.Expr, names: Names) -> None:
    """Raise StatementError for a statement that would empty, drop, alter or fill a remote table as if it were local."""
    match tree:
        case exp.TruncateTable():
            what, tables = "TRUNCATE", tree.expressions
            hint = "DELETE FROM {} WHERE true deletes every row, if that is meant"
        case exp.Drop():
            what, tables, hint = "DROP", tree.args.get("tables") or [], "DELETE FROM {} WHERE ... deletes rows"
        case exp.Alter():
            what, tables, hint = "ALTER", [tree.this], ""
        case exp.Copy() if tree.args.get("kind"):
            table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
            what, tables, hint = (
                "COPY ... FROM",
                [table],
                "INSERT INTO {} (column, ...) SELECT ... FROM 'file' does this",
            )
        case _:
            return
    for resource in _remote(tables, names):
        raise StatementError(
            f"{what} is not possible on {resource.label}, which is a table of the server",
            hint=hint.format(resource.label) or None,
        )


def _remote(tables: Iterable[exp.Expr], names: Names) -> Iterable[Resource]:
    for table in tables:
        if isinstance(table, exp.Table) and isinstance(table.this, exp.Identifier):
            resource = names.table([p.name for p in table.parts])
            if resource is not None:
                yield resource


def writes_unread(tokens: Sequence[Token], names: Names) -> bool:
    """Whether a statement that our parser cannot read would write to a remote table."""
    words = [t.text.upper() for t in tokens]
    for i, word in enumerate(words[:-1]):
        begins = word in ("INTO", "UPDATE") or (word == "FROM" and i > 0 and words[i - 1] == "DELETE")
        if not begins or tokens[i].token_type in (TokenType.STRING, TokenType.IDENTIFIER):
            continue
        parts = [tokens[i + 1].text]
        at = i + 2
        while at + 1 < len(tokens) and tokens[at].token_type == TokenType.DOT:
            parts.append(tokens[at + 1].text)
            at += 2
        if names.table(parts) is not None:
            return True
    return False
