"""Which columns of each table a statement can read: the rest are neither decoded nor shown to DuckDB.

A column whose name appears nowhere in the statement cannot be read by it, unless something reads all columns at once.
So names are collected from the whole statement; that the same name may mean something else only keeps a column more.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from sqlglot import exp

from mlflow_sql.plan.scopes import Bindings, Select, TableRef


def of(tree: exp.Expr, bindings: Bindings) -> dict[int, tuple[str, ...]]:
    """Per TableRef index, the columns needed, in the table's order; at least one."""
    aliases = {alias for select in bindings.selects.values() for alias in select.sources}
    mentions = list(_mentions(tree))
    selects = {id(s.table): sel for sel in bindings.selects.values() for s in sel.sources.values() if s.table}
    found: dict[int, tuple[str, ...]] = {}
    for table in bindings.tables:
        columns = table.resource.starred
        select = selects.get(id(table))
        if select is None or table.opaque or _reads_all(table, select, tree):
            found[table.index] = columns
            continue
        names: set[str] = set()
        for qualifier, name in mentions:
            other = qualifier in aliases and qualifier != table.alias and table.resource.column(qualifier) is None
            if not other:
                names |= {qualifier, name}
        kept = tuple(c for c in columns if c in names)
        found[table.index] = kept or (table.resource.primary_key or columns)[:1]
    return found


def _mentions(tree: exp.Expr) -> Iterator[tuple[str, str]]:
    """Every name in the statement, with what stands before its dot."""
    for node in tree.walk():
        if isinstance(node, exp.Column):
            parts = [p.name.lower() for p in node.parts]
            yield from pairwise(parts) if len(parts) > 1 else [("", parts[0])]
        elif isinstance(node, exp.Identifier) and not isinstance(node.parent, (exp.Column, exp.Table)):
            yield "", node.name.lower()


def _reads_row(tree: exp.Expr, alias: str) -> bool:
    return any(len(c.parts) == 1 and c.name.lower() == alias for c in tree.find_all(exp.Column))


def _reads_all(table: TableRef, select: Select, tree: exp.Expr) -> bool:
    """Whether a star, a whole row or a natural join reads columns that the statement does not name."""
    node = select.node
    if table.resource.column(table.alias) is None and _reads_row(tree, table.alias):
        return True
    if any((j.method or "").upper() == "NATURAL" for j in node.args.get("joins") or ()):
        return True
    for part in node.walk(prune=lambda n: n is not node and isinstance(n, exp.Query)):
        if isinstance(part, (exp.Columns, exp.Pivot)):
            return True
        if isinstance(part, exp.Star) and not isinstance(part.parent, exp.Count):
            qualifier = part.parent.table.lower() if isinstance(part.parent, exp.Column) else ""
            if qualifier in ("", table.alias):
                return True
    return False
