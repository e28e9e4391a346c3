"""Values that a local relation supplies to the remote table it is joined with, so that only their rows are read.

``FROM 'picked.csv' p JOIN runs r USING (run_id)`` would otherwise read every run. Theory: where ``r.column = p.column``
must hold, the column of r is one of p's values; so p is asked for them while the statement is planned, and a term says
``IN`` to the scan. p must be a relation that gives the same rows whenever it is read, and consist of what can be
written anew from the tree (``plan.apart``). What was asked is noted in the plan: the engine checks, in the very
execution, that p has no other values by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mlflow_sql.catalog.model import Op
from mlflow_sql.plan import apart, ctes
from mlflow_sql.plan.nodes import Supplied
from mlflow_sql.plan.predicate import Atom, Const, Formula, Never, Ref
from mlflow_sql.plan.scopes import MARK
from mlflow_sql.plan.statement import literal, quoted
from mlflow_sql.plan.texts import column_is_text
from mlflow_sql.types import ColumnType

if TYPE_CHECKING:
    from mlflow_sql.plan.scopes import Bindings, Select, Source

Ask = Callable[[str, frozenset[str]], tuple[str, ...] | None]

_FILES = ("read_csv", "read_csv_auto", "read_parquet", "parquet_scan", "read_json", "read_json_auto", "read_ndjson")
_OPTIONS = (
    exp.Literal, exp.EQ, exp.Column, exp.Identifier, exp.Boolean, exp.Array, exp.Struct, exp.PropertyEQ, exp.Null,
)  # fmt: skip
_CHANGING = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create)


class Supplies:
    """What the local relations of one statement supply to its remote tables.

    ask: a query, and the names of the tables in it -> its values, when they are texts, not too many, and the same
    whenever they are asked for; else None.
    """

    def __init__(self, bindings: Bindings, ask: Ask) -> None:
        self.bindings = bindings
        self.ask = ask
        self.asked: dict[str, Supplied | None] = {}
        self.changed = _changed(bindings)

    @property
    def found(self) -> tuple[Supplied, ...]:
        """What was asked, with its answers."""
        return tuple(s for s in self.asked.values() if s is not None)

    def equal(
        self, select: Select, node: exp.Expr, held: set[str], where: Iterable[exp.Expr], on: Iterable[exp.Expr] = ()
    ) -> Iterator[tuple[Formula, str]]:
        """What a condition ``remote column = expression of a local source`` says of the column, and as text.

        held: the aliases it holds for. where: the conditions of WHERE. on: those that stand beside this one in ON.
        """
        if not isinstance(node, exp.EQ):
            return
        for ours, theirs in ((node.left, node.right), (node.right, node.left)):
            ref = select.resolve(ours)
            alias = self.about(select, theirs) if ref is not None and ref.source in held else None
            if ref is None or alias is None or not self.is_text(select, ref):
                continue
            value = theirs.sql(dialect="duckdb")
            found = self.values(select, select.sources[alias], value, where, on)
            if found is not None:
                yield _formula(ref, found), _text(ours.sql(dialect="duckdb"), found)

    def using(self, select: Select, where: Sequence[exp.Expr]) -> Iterator[tuple[Formula, str, set[str], bool]]:
        """What USING and NATURAL say of the columns of remote sources: the formula, its text, the aliases it holds for,
        and whether it acts as a filter on them."""
        for name, fed, by, acts in _joined(select):
            for alias in sorted(fed):
                ref = Ref(alias, name)
                if not select._owns(select.sources[alias], name) or not self.is_text(select, ref):
                    continue
                for supplier in sorted(by - {alias}):
                    found = self.values(select, select.sources[supplier], quoted(name), where)
                    if found is not None:
                        yield _formula(ref, found), _text(f"{alias}.{name}", found), {alias}, acts

    def is_text(self, select: Select, ref: Ref) -> bool:
        """Whether a column of a remote source, or a key of one, is surely text: others are compared as other types."""
        source = select.sources[ref.source]
        if self.tables(select, source) is not None:
            return False
        if ref.key is None:
            return column_is_text(self.bindings, source, ref.column)
        declared = source.table.resource.column(ref.column) if source.table else None
        return declared is not None and declared.type is ColumnType.STRING_MAP

    def about(self, select: Select, node: exp.Expr) -> str | None:
        """The one local source that an expression reads, and nothing else; None for any other expression."""
        if node.find(exp.Query) or not _steady(node):
            return None
        found = {self.owner(select, column) for column in node.find_all(exp.Column)}
        return found.pop() if len(found) == 1 else None

    def owner(self, select: Select, column: exp.Column) -> str | None:
        """The local source that a column can only belong to, if there is one at all."""
        parts = [p.name.lower() for p in column.parts]
        if len(parts) > 2 or isinstance(column.this, exp.Star):
            return None
        unknown = [a for a, s in select.sources.items() if not _is_known(select, s)]
        if len(parts) == 2:
            source = select.sources.get(parts[0])
            return parts[0] if source is not None and _is_local(source) else None
        if any(select._owns(s, parts[0]) for s in select.sources.values()):
            owners = [a for a, s in select.sources.items() if select._owns(s, parts[0])]
            alone = len(owners) == 1 and not unknown and _is_local(select.sources[owners[0]])
            return owners[0] if alone else None
        return unknown[0] if len(unknown) == 1 and _is_local(select.sources[unknown[0]]) else None

    def values(
        self, select: Select, source: Source, value: str, where: Iterable[exp.Expr], on: Iterable[exp.Expr] = ()
    ) -> tuple[str, ...] | None:
        """The values that an expression of a local source has, under those conditions that are about it alone.

        A condition of WHERE narrows no source that may be filled with NULLs, nor one that WHERE cannot see.
        """
        tables, withs = self.tables(select, source), ctes.read_by(source.node, select.node)
        if tables is None or tables & self.changed:
            return None
        conditions = [*on, *(() if source.nullable or _is_hidden(select, source) else where)]
        own = dict.fromkeys(c.sql(dialect="duckdb") for c in conditions if self.about(select, c) == source.alias)
        under = f" WHERE {' AND '.join(f'({c})' for c in own)}" if own else ""
        listed = ", ".join(c.sql(dialect="duckdb") for c in withs or ())
        relation = source.node.copy()
        relation.set("joins", None)
        sql = f"SELECT DISTINCT {value} FROM {relation.sql(dialect='duckdb')}{under}"
        sql = f"WITH {listed} {sql}" if listed else sql
        if sql not in self.asked:
            answer = self.ask(sql, tables)
            self.asked[sql] = Supplied(sql, answer) if answer is not None else None
        found = self.asked[sql]
        return found.values if found is not None else None

    def tables(self, select: Select, source: Source) -> frozenset[str] | None:
        """The names of the tables that a source reads; None when one is remote, or it may give other rows next time."""
        withs = ctes.read_by(source.node, select.node)
        if source.table is not None or withs is None:
            return None
        parts = [source.node, *withs]
        if any(ctes.is_recursive(c) for c in withs) or not all(_steady(p) for p in parts):
            return None
        known = {id(t) for t in self._ctes_read(parts)}
        found: set[str] = set()
        for part in parts:
            for table in part.find_all(exp.Table):
                if MARK in table.meta or any(table.args.get(k) for k in ("pivots", "sample", "version", "ordinality")):
                    return None
                if isinstance(table.this, exp.Identifier) and id(table) not in known:
                    found.add(table.name.lower())
        return frozenset(found)

    def _ctes_read(self, parts: Iterable[exp.Expr]) -> Iterator[exp.Table]:
        """The tables in some parts that mean CTEs."""
        inside = {id(n) for part in parts for n in part.walk()}
        for scope in self.bindings.scopes:
            for node in scope.tables:  # not selected_sources, which fails where a PIVOT is joined
                if id(node) in inside and isinstance(scope.sources.get(node.alias_or_name), Scope):
                    yield node


def _is_known(select: Select, source: Source) -> bool:
    """Whether all columns of a source are known."""
    if source.table is not None:
        return not source.table.opaque
    return source.child is not None and bool(select.outputs(source.child))


def _is_hidden(select: Select, source: Source) -> bool:
    """Whether a source is the right side of a SEMI or ANTI join, whose columns only ON can name."""
    joins = select.node.args.get("joins") or ()
    return any(j.this is source.node and (j.kind or "").upper() in ("SEMI", "ANTI") for j in joins)


def _is_local(source: Source) -> bool:
    """Whether a source may be local; what it reads is looked at when its values are wanted."""
    return source.table is None and not source.alias.startswith("?")


def _joined(select: Select) -> Iterator[tuple[str, set[str], set[str], bool]]:
    """For each column that joins by name: the sources it is narrowed for, those that supply, and whether it filters."""
    aliases = list(select.sources)
    groups: dict[str, set[str] | None] = {}  # sources whose columns of a name are equal in every row
    for join in select.node.args.get("joins") or ():
        side, kind, method = (join.side or "").upper(), (join.kind or "").upper(), (join.method or "").upper()
        right = join.this.alias_or_name.lower()
        if right not in aliases or method not in ("", "NATURAL") or side == "FULL":
            return
        left = aliases[: aliases.index(right)]
        names = [u.name.lower() for u in join.args.get("using") or ()]
        if method == "NATURAL":
            if len(aliases) != 2:
                return
            tables = [t for a in aliases if (t := select.sources[a].table) is not None]
            names = [c for t in tables for c in t.resource.primary_key]
        for name in names:
            before = groups[name] if name in groups else _owners(select, left, name)
            if before is None:
                groups[name] = None
            elif side == "LEFT" or kind == "ANTI":
                yield name, {right}, before, False
                groups[name] = before
            elif side == "RIGHT":
                yield name, before, {right}, True
                groups[name] = None
            elif kind == "SEMI":
                yield name, {right}, before, False
                yield name, before, {right}, True
                groups[name] = before
            else:
                groups[name] = both = before | {right}
                yield name, both, both, True


def _owners(select: Select, aliases: Iterable[str], name: str) -> set[str] | None:
    """The one source that a column's name can mean on the left of a join; None when that is not clear."""
    found = {
        a for a in aliases
        if not _is_known(select, select.sources[a]) or select._owns(select.sources[a], name)
    }  # fmt: skip
    return found if len(found) == 1 else None


def _steady(part: exp.Expr) -> bool:
    """Whether a part of a statement, written anew, means the same, at any time."""
    if any(isinstance(w, exp.With) and w.recursive for w in part.find_all(exp.With)):
        return False
    files = {id(t.this) for t in part.find_all(exp.Table) if _is_file(t.this)}
    kept = [n for n in part.walk(prune=lambda n: id(n) in files) if id(n) not in files]
    return all(apart.is_faithful(n) and not isinstance(n, _TIMELY) for n in kept)


_TIMELY = (exp.CurrentTimestamp, exp.CurrentDate, exp.Anonymous)


def tables_of_steady(query: exp.Query) -> frozenset[str] | None:
    """The names of the tables that a view's query reads; None when it may give other rows next time."""
    if not _steady(query) or any(t.args.get(k) for t in query.find_all(exp.Table) for k in ("pivots", "sample")):
        return None
    tables = [t for t in query.find_all(exp.Table) if isinstance(t.this, exp.Identifier)]
    own = {cte.alias.lower() for cte in query.find_all(exp.CTE)}
    return None if own & {t.name.lower() for t in tables if t.db} else frozenset(t.name.lower() for t in tables) - own


def _is_file(call: exp.Expr) -> bool:
    """Whether a table function reads files that its constants name."""
    name = call.name if isinstance(call, exp.Anonymous) else call.sql_name() if isinstance(call, exp.Func) else ""
    return name.lower() in _FILES and all(n is call or isinstance(n, _OPTIONS) for n in call.walk())


def _changed(bindings: Bindings) -> frozenset[str]:
    """The names of the tables that the statement itself changes."""
    roots = {id(root): root for s in bindings.scopes if isinstance(root := s.expression.root(), _CHANGING)}
    targets = [root.this.this if isinstance(root.this, exp.Schema) else root.this for root in roots.values()]
    return frozenset(t.name.lower() for t in targets if isinstance(t, exp.Table))


def _formula(ref: Ref, values: tuple[str, ...]) -> Formula:
    text = _text(str(ref), values)
    return Atom(ref, Op.IN, tuple(Const("string", v) for v in values), text) if values else Never()


def _text(column: str, values: tuple[str, ...]) -> str:
    listed = ", ".join(literal(v) for v in values)
    return f"{column} IN ({listed or 'NULL'})"
