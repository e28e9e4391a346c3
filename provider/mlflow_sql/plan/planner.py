"""From a parsed statement to a Plan: the ordered steps, each a function from values to values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlglot import exp

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Resource
from mlflow_sql.errors import BindError, nearest
from mlflow_sql.plan import columns as needed
from mlflow_sql.plan import expressions, filters, unread
from mlflow_sql.plan.conditions import gather
from mlflow_sql.plan.nodes import Plan, Scan
from mlflow_sql.plan.predicate import Const, constant
from mlflow_sql.plan.scanner import Scanner
from mlflow_sql.plan.scopes import Bindings, TableRef, bind
from mlflow_sql.plan.statement import Edit, Statement, frozen_time, place, quoted
from mlflow_sql.plan.supplies import Ask, Supplies

Evaluate = Callable[[str], datetime | None]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a plan depends on besides the statement.

    capabilities: what the server can do; attached: the same of each attached server.
    text_order: strings compare byte by byte locally (no collation is set).
    nulls_last: NULLs come last locally by default. prefix: of the names of scans in the local SQL.
    """

    capabilities: frozenset[str] = frozenset()
    attached: Mapping[str, frozenset[str]] = field(default_factory=dict)
    pushdown: bool = True
    text_order: bool = True
    nulls_last: bool = True
    prefix: str = "scan_"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def able(self, resource: Resource) -> frozenset[str]:
        """What the server of a resource can do."""
        return self.attached[resource.server] if resource.server else self.capabilities


def plan(statement: Statement, names: Names, settings: Settings, evaluate: Evaluate, ask: Ask | None = None) -> Plan:
    """The plan of one statement over the tables of ``names``.

    evaluate: a constant SQL expression -> the time it means, or None when it means none. ask: a query over local
    relations -> its values (see ``plan.supplies``); None: they are not asked.
    Raises BindError for unknown tables and columns, MissingKeyError for a key that nothing supplies.
    """
    bindings = bindings_of(statement, names)
    if not bindings.tables:
        return Plan(statement.text)
    check_columns(bindings, statement)
    constants = Constants(settings.now, evaluate)
    taken = expressions.take(statement, bindings, lambda s: bindings_of(s, names), constants.bind)
    statement, bindings = taken.statement, taken.bindings
    supplies = Supplies(bindings, ask) if ask is not None and settings.pushdown and settings.text_order else None
    read = needed.of(statement.tree, bindings)

    def scanned(supplies: Supplies | None) -> tuple[tuple[Scan, ...], bool]:
        conditions = gather(bindings, constants.bind, supplies)
        if statement.unread is not None:
            conditions.lifecycle |= unread.mentions(statement.tokens, bindings)
        scanner = Scanner(names.catalog, bindings, conditions, settings, constants.moment)
        return scanner.scans(read, taken.texts), scanner.timely

    scans, timely = scanned(supplies)
    supplied = supplies.found if supplies is not None else ()
    whole: tuple[Scan, ...] = ()
    if supplied:
        whole, timely_too = scanned(None)
        timely |= timely_too
    edits = local_edits(bindings, settings.prefix) + taken.edits
    if timely:
        edits += frozen_time(statement, settings.now)
    return Plan(statement.edited(edits), scans, supplied, whole)


def bindings_of(statement: Statement, names: Names) -> Bindings:
    """The remote tables of a statement. Raises BindError for a name in our schema that means nothing."""
    if statement.unread is not None:
        return unread.bindings_of(statement.tokens, names)
    return bind(statement.tree, names)


class Constants:
    """Values known before a scan runs: literals, bound parameters, and expressions of them that mean a time."""

    def __init__(self, now: datetime, evaluate: Evaluate) -> None:
        self.now = now
        self.evaluate = evaluate
        self._moments: dict[Const, datetime | None] = {}

    def bind(self, node: exp.Expr) -> Const | None:
        """The Const of an expression, or None when it depends on rows, on chance, or on something unknown."""
        while isinstance(node, exp.Paren):
            node = node.this
        if "value" in node.meta:
            bound = constant(node.meta["value"])
            return bound if _is_plain(bound.value) else None
        match node:
            case exp.Literal():
                return Const("string", node.this) if node.is_string else _number(node.this)
            case exp.DPipe():
                left, right = self.bind(node.left), self.bind(node.right)
                if left and right and left.kind == right.kind == "string":
                    return Const("string", left.value + right.value)
            case exp.Null():
                return Const("null", None)
            case exp.Neg(this=exp.Literal()) if not node.this.is_string:
                positive = _number(node.this.this)
                return Const("number", -positive.value) if positive else None
            case exp.Cast() if node.to.this in (exp.DType.VARCHAR, exp.DType.TEXT):
                inner = self.bind(node.this)
                return inner if inner and inner.kind == "string" else None
            case exp.Cast() if node.to.this == exp.DType.DOUBLE and not node.args.get("safe"):
                inner = self.bind(node.this)
                value = filters.double(inner.value) if inner and inner.kind in ("string", "number") else None
                return Const("value", value) if value is not None else None
        return self._expression(node)

    def _expression(self, node: exp.Expr) -> Const | None:
        if not all(isinstance(n, _CONSTANT_NODES) or _is_now(n) or _is_today(n) for n in node.walk()):
            return None
        timely = any(_is_now(n) or _is_today(n) for n in node.walk())
        return Const("sql", node.transform(self._freeze).sql(dialect="duckdb"), timely)

    def _freeze(self, node: exp.Expr) -> exp.Expr:
        if not (_is_now(node) or _is_today(node)):
            return node
        moment = exp.cast(exp.Literal.string(self.now.isoformat(sep=" ")), "TIMESTAMPTZ", dialect="duckdb")
        return moment if _is_now(node) else exp.cast(moment, "DATE")

    def moment(self, const: Const) -> datetime | None:
        """The time that a Const means when it is compared with a TIMESTAMPTZ, in DuckDB's own reading."""
        if const not in self._moments:
            self._moments[const] = self._moment(const)
        return self._moments[const]

    def _moment(self, const: Const) -> datetime | None:
        value = const.value
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value
        match const.kind:
            case "string":
                return self.evaluate(exp.Literal.string(value).sql(dialect="duckdb"))
            case "sql":
                return self.evaluate(value)
            case "value" if isinstance(value, (datetime, date)):
                return self.evaluate(exp.convert(value).sql(dialect="duckdb"))
        return None


_CONSTANT_NODES = (
    exp.Literal, exp.Cast, exp.DataType, exp.Interval, exp.Var, exp.Add, exp.Sub, exp.Neg, exp.Paren,
    exp.TimestampTrunc, exp.DateTrunc, exp.Mul, exp.IntervalSpan, exp.Identifier,
)  # fmt: skip


def _is_plain(value: Any) -> bool:
    return not isinstance(value, (dict, set)) and not (isinstance(value, tuple) and not all(map(_is_plain, value)))


def _is_now(node: exp.Expr) -> bool:
    if isinstance(node, exp.CurrentTimestamp):
        return True
    return isinstance(node, exp.Anonymous) and node.name.lower() in (
        "now", "get_current_timestamp", "transaction_timestamp",
    )  # fmt: skip


def _is_today(node: exp.Expr) -> bool:
    return isinstance(node, exp.CurrentDate) or (isinstance(node, exp.Anonymous) and node.name.lower() == "today")


def _number(text: str) -> Const | None:
    try:
        if text.isdigit():
            return Const("number", int(text))
        return Const("number", float(text) if "e" in text.lower() else Decimal(text))
    except (ValueError, InvalidOperation):
        return None


def check_columns(bindings: Bindings, statement: Statement) -> None:
    """Raises BindError for ``alias.column`` where the table behind the alias has no such column."""
    for select in bindings.selects.values():
        for column in select.scope.columns:
            parts = [p.name for p in column.parts]
            source = select.sources.get(parts[0].lower()) if len(parts) > 1 else None
            table = source.table if source else None
            if table is None or table.opaque or isinstance(column.this, exp.Star):
                continue
            if table.resource.column(parts[0]) is not None:
                continue  # an alias like a column's name: what follows may be a key of that column
            if table.resource.column(parts[1]) is None:
                raise unknown_column(parts[1], [table], statement.text, column.parts[1].meta.get("start"))


def unknown_column(name: str, tables: list[TableRef], text: str = "", start: int | None = None) -> BindError:
    """The error for a column that no table in the statement has, with its place and near names."""
    known = [c.name for t in tables for c in t.resource.columns]
    where = ""
    if start is not None:
        where = " (line {}, column {})".format(*place(text, start))
    of = " or ".join(dict.fromkeys(t.resource.label for t in tables)) or "the tables of this statement"
    return BindError(
        f"no column {name!r} in {of}{where}", suggestions=nearest(name, known),
        hint=f"DESCRIBE {tables[0].resource.label} lists its columns" if tables else None,
    )  # fmt: skip


def local_edits(bindings: Bindings, prefix: str) -> list[Edit]:
    """Edits that put the scans' names where the statement names remote tables."""
    edits: list[Edit] = []
    for table in bindings.tables:
        name = f"{prefix}{table.index}"
        plain = not table.node.alias and isinstance(table.node.parent, (exp.From, exp.Join))
        edits.append(Edit(table.start, table.end, f"{name} AS {quoted(table.node.name)}" if plain else name))
    for select in bindings.selects.values():
        for column in select.scope.columns:
            parts = column.parts
            if len(parts) > 2 and parts[0].name.lower() not in select.sources and select.resolve(column):
                at = next((i for i, p in enumerate(parts) if p.name.lower() in select.sources), 0)
                if at:
                    edits.append(Edit(parts[0].meta["start"], parts[at].meta["start"], ""))
    return list({(e.start, e.end): e for e in edits}.values())
