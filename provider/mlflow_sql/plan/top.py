"""ORDER BY and LIMIT of the SELECT around a scan: what of them the server can do, and in which order to page.

A limit may go to the server only when nothing stands between the scan and it: one table, no grouping, no DISTINCT,
and every condition said exactly. An order only together with a limit, when the server orders as DuckDB does: all of
its sort columns put missing values last in both directions; then that the first of them IS NOT NULL need not be said,
since the rows without it come behind all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from mlflow_sql.catalog.model import Method
from mlflow_sql.plan import filters
from mlflow_sql.plan.predicate import Ref
from mlflow_sql.plan.scopes import Bindings, Select, TableRef
from mlflow_sql.types import ColumnType

if TYPE_CHECKING:
    from mlflow_sql.plan.planner import Settings


@dataclass(frozen=True, slots=True)
class End:
    """How a scan ends: a pushed order and limit, the direction of paging otherwise, and a text for EXPLAIN."""

    order: tuple[str, ...] = ()
    limit: int | None = None
    newest_first: bool = False
    text: str = "every page"


def end(table: TableRef, bindings: Bindings, left: frozenset[Ref] | None, method: Method, settings: Settings) -> End:
    """How the scan of ``table`` ends.

    left: the columns whose missing values WHERE still drops from what the server returns; None if it may drop others.
    """
    if method.item:
        return End(text="one answer")
    select = next((s for s in bindings.selects.values() for x in s.sources.values() if x.table is table), None)
    if select is None or table.opaque or method.paging is None:
        return End()
    limit = _count(select, "limit")
    if limit is None:
        return End()
    if limit == 0:
        return End(limit=0, text="nothing, since LIMIT is 0")
    ordered = select.node.args.get("order")
    keyset = method.paging.keyset
    able = settings.able(table.resource)
    keyset_able = keyset is not None and (not keyset.needs or keyset.needs in able)
    pages_newest = not ordered and keyset_able
    first = _first(select, ordered)
    whole = left is not None and (not left or (first is not None and left == {Ref("", first.column, first.key)}))
    why = _why_local(select, table, whole, method)
    order = _order(select, ordered, table, settings) if ordered and not why else ()
    if order is None:
        why = "the server cannot order so"
    rows = limit + (_count(select, "offset") or 0)
    if why or not (pages_newest or order or keyset is None):
        streams = not ordered and len(select.sources) == 1 and select.filters_pass_but_limit
        reason = f"; ORDER BY and LIMIT are local: {why}" if ordered else f"; LIMIT is local: {why}" if why else ""
        return End((), None, pages_newest, ("until LIMIT is reached" if streams else "every page") + reason)
    return End(order or (), rows, pages_newest, f"one page of {rows}" + (", ordered by the server" if order else ""))


def _why_local(select: Select, table: TableRef, whole: bool, method: Method) -> str:
    """Why LIMIT cannot go to the server whatever the order is; empty when it can."""
    limit, offset = _count(select, "limit") or 0, _count(select, "offset") or 0
    assert method.paging is not None
    if len(select.sources) > 1:
        return "tables are joined first"
    if not select.filters_pass_but_limit:
        return "rows are grouped, made distinct or multiplied first"
    if not whole:
        return "conditions are checked first"
    if limit < 0 or offset < 0:
        return "it is no plain number"
    if limit + offset > method.paging.max_size:
        return f"a page holds {method.paging.max_size}"
    if table.resource.explode is not None:
        return "an item has any number of rows"  # perhaps none, so a page of n items is not n rows
    if method.paging.truncates:
        return "the answers are not pages"
    return ""


def _count(select: Select, kind: str) -> int | None:
    """The number in LIMIT or OFFSET; None when there is none, -1 when it is not a plain number."""
    node = select.node.args.get(kind)
    if node is None:
        return None
    value = node.expression if isinstance(node, (exp.Limit, exp.Offset)) else None
    if (
        isinstance(value, exp.Literal)
        and not value.is_string
        and value.this.isdigit()
        and not node.args.get("limit_options")
    ):
        return int(value.this)
    return -1


def _order(select: Select, order: exp.Order, table: TableRef, settings: Settings) -> tuple[str, ...] | None:
    """The server's order_by for ORDER BY, or None when it cannot order so."""
    found: list[str] = []
    if any(_renames(item) for item in select.node.expressions):
        return None
    for item in order.expressions:
        ref = _sorted_by(select, item)
        column = table.resource.column(ref.column) if ref else None
        if ref is None or column is None or column.sort is None:
            return None
        if column.type is ColumnType.STRING and not settings.text_order:
            return None
        if column.sort.needs and column.sort.needs not in settings.able(table.resource):
            return None
        if not _nulls_last(item, settings) or (column.type.is_map != (ref.key is not None)):
            return None
        field = column.sort.field
        if "{key}" in field:
            key = filters.key(ref.key or "")
            if key is None:
                return None
            field = field.replace("{key}", key)
        if any(f.split(" ")[0] == field for f in found):
            return None  # MLflow fails when a column is listed twice
        found.append(f"{field} {'DESC' if item.args.get('desc') else 'ASC'}")
    return tuple(found)


def _first(select: Select, order: exp.Order | None) -> Ref | None:
    return _sorted_by(select, order.expressions[0]) if order and order.expressions else None


def _sorted_by(select: Select, item: exp.Expr) -> Ref | None:
    """The column that an item of ORDER BY means."""
    aliases = {item.alias.lower(): item.this for item in select.node.expressions if isinstance(item, exp.Alias)}
    node = item.this if isinstance(item, exp.Ordered) else item
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Column) and len(node.parts) == 1:
        node = aliases.get(node.name.lower(), node)  # in ORDER BY an alias wins over a column
    return select.resolve(node)


def _renames(item: exp.Expr) -> bool:
    """Whether a star gives a column under the name of another one."""
    star = item.this if isinstance(item, exp.Column) else item
    return bool(item.find(exp.Columns)) or any(star.args.get(key) for key in ("replace", "rename"))


def _nulls_last(item: exp.Expr, settings: Settings) -> bool:
    first = item.args.get("nulls_first")
    return not first and settings.nulls_last
