"""Conditions in the server's own language: ``filter = '...'``, sent with each search of a table as it stands.

Theory: a column with ``sent_as`` is in no answer, so a scan does not have it. The text that a condition says it equals
goes with every search of that table, whatever else is pushed; then each reference to the column becomes that text, in
the SQL that DuckDB runs and in the tree that is planned, so that the condition holds for every row that comes. A
condition that says less than "each row of this table" would be lost in silence that way, so it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from sqlglot import exp

from mlflow_sql.errors import BindError, StatementError
from mlflow_sql.plan.predicate import Bind, conjuncts
from mlflow_sql.plan.scopes import Bindings, Select, Source
from mlflow_sql.plan.statement import Edit, Statement, place, quoted

Rebind = Callable[[Statement], Bindings]


@dataclass(slots=True)
class Expressions:
    """What a statement gives: the text by index of the table, what to edit, and the statement without it."""

    statement: Statement
    bindings: Bindings
    texts: dict[int, str] = field(default_factory=dict)
    edits: list[Edit] = field(default_factory=list)


def take(statement: Statement, bindings: Bindings, rebind: Rebind, bind: Bind) -> Expressions:
    """Take the expressions out of a statement; the statement that is given stays as it is.

    Raises StatementError for a condition on such a column that is not one text for all rows of its table, and
    BindError for a name that may mean the column of several tables.
    """
    names = {c.name for t in bindings.tables for c in t.resource.columns if c.sent_as}
    if statement.unread is not None or not any(t.text.lower() in names for t in statement.tokens):
        return Expressions(statement, bindings)
    own = replace(statement, tree=statement.tree.copy())
    taker = _Taker(own, rebind(own), names, bind)
    taker.run()
    return Expressions(own, rebind(own), taker.texts, taker.edits)


@dataclass(frozen=True, slots=True)
class _Use:
    """One reference to such a column."""

    node: exp.Column
    select: Select
    source: Source


class _Taker:
    def __init__(self, statement: Statement, bindings: Bindings, names: set[str], bind: Bind) -> None:
        self.statement = statement
        self.bindings = bindings
        self.names = names
        self.bind = bind
        self.texts: dict[int, str] = {}
        self.edits: list[Edit] = []

    def run(self) -> None:
        uses = {id(u.node): u for select in self.bindings.selects.values() for u in self.uses(select)}
        conditions: dict[int, exp.Expr] = {}
        for select in self.bindings.selects.values():
            for condition, aliases in _conditions(select):
                use = next((uses[id(side)] for side in _sides(condition) if id(side) in uses), None)
                if use is not None and use.select is select:
                    self.give(use, condition, aliases)
                    conditions[id(use.node)] = condition
        for use in uses.values():
            if id(use.node) not in conditions and _in_condition(use):
                raise self.fault(use, "must stand by itself, joined to other conditions by AND", _BY_ITSELF)
            if use.source.table and use.source.table.index not in self.texts and _handed_on(use.select):
                raise self.fault(use, "is handed on, and nothing says what it equals", _THERE)
        for use in uses.values():
            self.put(use, conditions.get(id(use.node)))

    def uses(self, select: Select) -> Iterator[_Use]:
        """The references to such columns that this SELECT resolves."""
        for node in select.scope.columns:
            if node.parts[-1].name.lower() not in self.names and node.parts[0].name.lower() not in self.names:
                continue
            owners = [s for s in select.sources.values() if s.table and self.column_of(s, node.name)]
            bare = len(node.parts) == 1
            if bare and (len(owners) < len([s for s in select.sources.values() if _may_have(select, s, node.name)])):
                continue  # something local may have a column of that name: then that is meant
            if bare and any(isinstance(e, exp.Alias) and e.alias.lower() == node.name.lower() for e in
                            select.node.expressions):  # fmt: skip
                continue
            if bare and len(owners) > 1:
                aliases = " or ".join(f"{s.alias}.{node.name}" for s in owners)
                raise BindError(f"{node.name} is a column of several tables{self.where(node)}: write {aliases}")
            ref = select.resolve(node)
            source = select.sources.get(ref.source) if ref else None
            if ref is not None and ref.key is None and source is not None and self.column_of(source, ref.column):
                yield _Use(node, select, source)

    def column_of(self, source: Source, name: str) -> bool:
        column = source.table.resource.column(name) if source.table else None
        return column is not None and column.sent_as is not None

    def give(self, use: _Use, condition: exp.Expr, aliases: set[str]) -> None:
        """Note the text that a condition gives to its table."""
        if use.source.alias not in aliases or use.source.frozen:
            raise self.fault(
                use, "cannot be asked of a table that an outer, ASOF or POSITIONAL join fills in",
                "give it in the ON of that LEFT JOIN, or read the table in a subquery of its own",
            )  # fmt: skip
        value = condition.expressions[0] if isinstance(condition, exp.In) else next(
            side for side in _sides(condition) if side is not use.node
        )  # fmt: skip
        const = self.bind(value)
        if const is None or const.kind != "string" or not isinstance(const.value, str):
            raise self.fault(use, "must equal a text or a bound parameter that is one", _BY_ITSELF)
        assert use.source.table is not None
        index = use.source.table.index
        if self.texts.setdefault(index, const.value) != const.value:
            raise self.fault(use, "is given twice", "write one text, with AND in it")

    def put(self, use: _Use, condition: exp.Expr | None) -> None:
        """Put the text in the place of a reference; in the tree, TRUE in that of its condition."""
        assert use.source.table is not None
        text = self.texts.get(use.source.table.index)
        value: exp.Expr = exp.cast(
            exp.null() if text is None else exp.Literal.string(text), "VARCHAR", dialect="duckdb"
        )
        sql = value.sql(dialect="duckdb")
        name = use.node.parts[-1].name
        if isinstance(use.node.parent, exp.Select) and use.node.arg_key == "expressions":
            sql += f" AS {quoted(name)}"
            value = exp.alias_(value, name, quoted=True)
        self.edits.append(Edit(use.node.parts[0].meta["start"], use.node.parts[-1].meta["end"] + 1, sql))
        if condition is not None:
            condition.replace(exp.true())
        else:
            use.node.replace(value)

    def where(self, node: exp.Column) -> str:
        start = node.parts[0].meta.get("start")
        return "" if start is None else " (line {}, column {})".format(*place(self.statement.text, start))

    def fault(self, use: _Use, what: str, hint: str) -> StatementError:
        name = ".".join(p.name for p in use.node.parts)
        return StatementError(f"{name} = '...' {what}{self.where(use.node)}", hint=hint)


_BY_ITSELF = (
    "it is sent to the server as it stands: WHERE filter = 'metrics.auc > 0.8' AND (...); what else is to be "
    "compared is for SQL: metrics.auc > 0.8 OR ..."
)


_THERE = "give it in the SELECT that reads the table"


def _handed_on(select: Select) -> bool:
    """Whether another query reads what this one gives, and could compare it."""
    return select.node.find_ancestor(exp.Query, exp.CTE) is not None


def _sides(condition: exp.Expr) -> list[exp.Expr]:
    """What ``a = b`` or ``a IN (b)`` compares; nothing for any other condition."""
    if isinstance(condition, exp.EQ):
        return [condition.left.unnest(), condition.right.unnest()]
    if isinstance(condition, exp.In) and len(condition.expressions) == 1:
        return [condition.this.unnest()]
    return []


def _conditions(select: Select) -> Iterator[tuple[exp.Expr, set[str]]]:
    """The conditions that are joined by AND, with the aliases for which each says something of every row."""
    firm = {a for a, s in select.sources.items() if not s.nullable}
    where = select.node.args.get("where")
    for node in conjuncts(where.this) if where else ():
        yield node, firm
    aliases = list(select.sources)
    for join in select.node.args.get("joins") or ():
        on, right = join.args.get("on"), join.this.alias_or_name.lower()
        before = set(aliases[: aliases.index(right)]) if right in aliases else set()
        side, kind = (join.side or "").upper(), (join.kind or "").upper()
        if join.method or side == "FULL":
            held: set[str] = set()
        elif side == "LEFT" or kind == "ANTI":
            held = {right}
        elif side == "RIGHT":
            held = before if len(before) == 1 else set()
        else:
            held = firm & {right, *before}
        for node in conjuncts(on) if on is not None else ():
            yield node, held


def _may_have(select: Select, source: Source, name: str) -> bool:
    """Whether a source has a column of that name, as far as is known here."""
    if source.table is not None:
        return source.table.resource.column(name) is not None
    outputs = select.outputs(source.child) if source.child is not None else {}
    return not outputs or name.lower() in outputs


def _in_condition(use: _Use) -> bool:
    """Whether the reference stands in a condition of its SELECT, perhaps in a subquery there."""
    node: exp.Expr | None = use.node
    while node is not None and node is not use.select.node:
        if isinstance(node, (exp.Where, exp.Join, exp.Having, exp.Qualify)):
            return True
        node = node.parent
    return False
