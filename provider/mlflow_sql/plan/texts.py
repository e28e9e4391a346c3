"""Whether a column that a query gives is surely text.

Only text can feed keys: the server takes ids as strings alone, and a number that DuckDB calls equal to a text ('7' = 7)
has other characters.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mlflow_sql.plan.scopes import Bindings, Select, Source
from mlflow_sql.types import ColumnType


def column_is_text(bindings: Bindings, source: Source, column: str, depth: int = 0) -> bool:
    """Whether a column of a source is text, through derived tables and CTEs."""
    if source.table is not None:
        declared = source.table.resource.column(column)
        return declared is not None and declared.type is ColumnType.STRING
    if source.child is None or depth > 32:  # a recursive CTE leads back to itself
        return False
    if isinstance(source.child.expression, exp.Values):
        return values_are_text(source.child.expression)
    return _output_is_text(bindings, source.child, column, depth + 1)


def query_is_text(bindings: Bindings, query: exp.Query) -> bool:
    """Whether the only column that a query gives is text."""
    scope = next((s for s in bindings.scopes if s.expression is query), None)
    if scope is None:
        return False
    names = list(bindings.outputs(scope))
    if len(names) == 1:
        return _output_is_text(bindings, scope, names[0], 0)
    return query.find(exp.Column) is None and values_are_text(query)


def values_are_text(node: exp.Expr) -> bool:
    """Whether every constant in it is a text, and nothing is computed."""
    literals = list(node.find_all(exp.Literal))
    computed = node.find(exp.Func, exp.Binary, exp.Unary, exp.Boolean)
    return bool(literals) and all(literal.is_string for literal in literals) and computed is None


def _output_is_text(bindings: Bindings, scope: Scope, column: str, depth: int) -> bool:
    names = list(bindings.outputs(scope))
    if column not in names:
        return False
    at = names.index(column)
    for leaf in leaves(scope):
        select = bindings.selects.get(id(leaf))
        given = list(bindings.outputs(leaf).values())
        if select is None or len(given) != len(names) or not _is_text(bindings, select, given[at], depth):
            return False
    return True


def _is_text(bindings: Bindings, select: Select, node: exp.Expr | None, depth: int) -> bool:
    match node:
        case None:
            return False
        case exp.Literal():
            return bool(node.is_string)
        case exp.Cast():
            return node.to.this in (exp.DType.VARCHAR, exp.DType.TEXT)
        case exp.Min() | exp.Max():
            return _is_text(bindings, select, node.this, depth)
    ref = select.resolve(node)
    if ref is None:
        return False
    source = select.sources[ref.source]
    if ref.key is None:
        return column_is_text(bindings, source, ref.column, depth)
    declared = source.table.resource.column(ref.column) if source.table else None
    return declared is not None and declared.type is ColumnType.STRING_MAP


def leaves(scope: Scope) -> list[Scope]:
    """The scopes whose rows a scope gives: the branches of a set operation, else itself."""
    if isinstance(scope.expression, exp.SetOperation):
        return [leaf for branch in scope.set_operation_scopes for leaf in leaves(branch)]
    return [scope]
