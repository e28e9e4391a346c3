"""Which table each name in FROM means, and which column each reference means: the bindings of one statement.

A scope is one SELECT (sqlglot finds them, and resolves names of CTEs). Each reference to a remote table is its own
TableRef. A reference to a column is resolved only when there is no doubt; anything doubtful is left to DuckDB.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Resource
from mlflow_sql.plan.predicate import Ref

MARK = "table"  # the key under which a Table node in the tree remembers its TableRef's index
COLUMNS = "columns"  # and its columns' names


@dataclass(slots=True, eq=False)
class TableRef:
    """One reference to a remote table. ``opaque``: nothing may be pushed to it, since rows are chosen by position."""

    index: int
    resource: Resource
    node: exp.Table
    alias: str
    opaque: bool = False
    start: int = 0  # where the name stands in the text
    end: int = 0


@dataclass(slots=True, eq=False)
class Source:
    """One entry of FROM: a remote table, another scope, or something local.

    nullable: an outer join may fill it with NULLs. frozen: removing rows from it changes what other rows match.
    """

    alias: str
    node: exp.Expr
    table: TableRef | None = None
    child: Scope | None = None
    nullable: bool = False
    frozen: bool = False


@dataclass(slots=True, eq=False)
class Select:
    """One SELECT with its sources in the order of FROM."""

    scope: Scope
    node: exp.Select
    outputs: Outputs
    sources: dict[str, Source] = field(default_factory=dict)
    merged: set[str] = field(default_factory=set)  # columns joined by USING in inner joins

    def resolve(self, node: exp.Expr) -> Ref | None:
        """The column that an expression reads, or one key of a map column; None when in doubt."""
        parts = _path(node)
        if not parts:
            return None
        head, rest = parts[0].lower(), parts[1:]
        if head in self.sources and (rest or not self._has(head)):
            source = self.sources[head]
            if not rest:
                return None
            if self._owns(source, rest[0].lower()) or not self._has(head):
                return self._ref(source, rest)
        for source in self.sources.values():
            if source.table and not source.node.alias and len(parts) > 2:
                names = [p.name.lower() for p in source.table.node.parts]
                for take in (2, 3):
                    if [p.lower() for p in parts[:take]] == names[-take:] and len(parts) > take:
                        return self._ref(source, parts[take:])
        owners = [s for s in self.sources.values() if self._owns(s, head)]
        if len(owners) > 1 and head not in self.merged:
            return None
        return self._ref(owners[0], parts) if owners else None

    def _has(self, name: str) -> bool:
        return any(self._owns(s, name) for s in self.sources.values())

    def _owns(self, source: Source, name: str) -> bool:
        if source.table:
            return not source.table.opaque and source.table.resource.column(name) is not None
        return source.child is not None and name in self.outputs(source.child)

    def _ref(self, source: Source, parts: list[str]) -> Ref | None:
        if source.table is None and source.child is None:
            return None
        if source.table and source.table.opaque:
            return None
        if len(parts) > 2:
            return None
        return Ref(source.alias, parts[0].lower(), parts[1] if len(parts) == 2 else None)

    @property
    def filters_pass(self) -> bool:
        """Whether a condition on the rows that leave this SELECT may be applied to the rows that enter it."""
        args = self.node.args
        return self.filters_pass_but_limit and not args.get("limit") and not args.get("offset")

    @property
    def filters_pass_but_limit(self) -> bool:
        """The same but for LIMIT and OFFSET: rows leave one by one, as they enter."""
        args = self.node.args
        if any(args.get(k) for k in ("group", "having", "distinct", "qualify", "sample", "windows", "laterals")):
            return False
        return not any(_sets_apart(item) for item in self.node.expressions)


def _sets_apart(item: exp.Expr) -> bool:
    """Whether a projection makes rows depend on each other, or makes more or fewer of them."""
    return any(
        isinstance(n, (exp.AggFunc, exp.Window, exp.Unnest, exp.Explode, exp.Anonymous, exp.AnonymousAggFunc))
        for n in item.walk()
    )


def _path(node: exp.Expr) -> list[str]:
    """The dotted name that an expression is, a map's key included; empty for anything else."""
    if isinstance(node, exp.Paren):
        return _path(node.this)
    if isinstance(node, exp.Column):
        return [] if isinstance(node.this, exp.Star) else [p.name for p in node.parts]
    if isinstance(node, exp.Bracket):
        inner, keys = _path(node.this), node.expressions
        literal = len(keys) == 1 and isinstance(keys[0], exp.Literal) and keys[0].is_string
        return [*inner, keys[0].this] if inner and literal else []
    if isinstance(node, exp.Dot):
        inner = _path(node.this)
        return [*inner, node.expression.name] if inner and isinstance(node.expression, exp.Identifier) else []
    return []


class Outputs:
    """The columns that a scope gives, by lower-case name, each with its expression; None for one with doubts.

    Stars are expanded as far as the sources are known; a name given twice counts as doubtful. A scope with a star
    over unknown columns has no known outputs at all.
    """

    def __init__(self) -> None:
        self._known: dict[int, dict[str, exp.Expr | None]] = {}

    def __call__(self, scope: Scope) -> dict[str, exp.Expr | None]:
        known = self._known.get(id(scope))
        if known is None:
            self._known[id(scope)] = {}  # a recursive CTE asks for itself
            known = self._known[id(scope)] = self._find(scope)
        return known

    def _find(self, scope: Scope) -> dict[str, exp.Expr | None]:
        node = scope.expression
        if isinstance(node, exp.SetOperation):
            return dict.fromkeys(self(scope.set_operation_scopes[0])) if scope.set_operation_scopes else {}
        found: dict[str, exp.Expr | None] = {}
        for item in node.expressions if isinstance(node, exp.Select) else ():
            items = self._item(item, scope)
            if items is None:
                return {}
            for name, expression in items:
                if name in found:
                    found[name] = found[f"{name}\0{len(found)}"] = (
                        None  # no name can mean the second, yet it has a place
                    )
                else:
                    found[name] = expression
        return found

    def _item(self, item: exp.Expr, scope: Scope) -> list[tuple[str, exp.Expr | None]] | None:
        """The columns that one item of the select list gives; None when a star covers columns that are not known."""
        star = item if isinstance(item, exp.Star) else item.this if isinstance(item, exp.Column) else None
        if not isinstance(star, exp.Star):
            return None if item.find(exp.Columns) else [(item.alias_or_name.lower(), item.unalias())]
        changed = {n.name.lower() for key in ("except_", "replace", "rename") for n in _listed(star.args.get(key))}
        only = item.table.lower() if isinstance(item, exp.Column) else None
        found: list[tuple[str, exp.Expr | None]] = []
        for alias, (_, source) in scope.selected_sources.items():
            if only is not None and alias.lower() != only:
                continue
            names = list(self(source)) if isinstance(source, Scope) else source.meta.get(COLUMNS, ())
            if not names:
                return None
            found += [(n, None if n in changed else exp.column(n, table=alias)) for n in names]
        return found


def _listed(value: Any) -> Iterator[exp.Expr]:
    for node in value or ():
        yield from node.find_all(exp.Identifier)


@dataclass(slots=True, eq=False)
class Bindings:
    """All table references of a statement, and its scopes with parents before children."""

    tables: list[TableRef]
    scopes: list[Scope]
    selects: dict[int, Select]  # by id of the scope
    references: dict[int, int]  # how often a scope is read, by its id
    recursive: bool
    outputs: Outputs


def bind(tree: exp.Expr, names: Names) -> Bindings:
    """Find every remote table in the tree. Raises BindError for a name in our catalog that means nothing."""
    tables: list[TableRef] = []
    scopes: list[Scope] = []
    seen: set[int] = set()
    for query in _queries(tree):
        found = list(traverse_scope(query))
        scopes += reversed(found)
        for scope in found:
            for source in _sources(scope).values():
                if isinstance(source, exp.Table) and id(source) not in seen:
                    seen.add(id(source))
                    _add(source, names, tables)
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for node in tree.find_all(exp.Table):
        if id(node) not in seen and (node.db or node.name.lower() not in ctes):
            table = _add(node, names, tables)
            if table:
                table.opaque = True
    bindings = Bindings(tables, scopes, {}, {}, any(w.recursive for w in tree.find_all(exp.With)), Outputs())
    by_node = {id(t.node): t for t in tables}
    named = Counter(t.name.lower() for t in tree.find_all(exp.Table) if not t.db)
    for scope in scopes:
        for source in _sources(scope).values():
            if isinstance(source, Scope):
                bindings.references[id(source)] = bindings.references.get(id(source), 0) + _readers(source, named)
        if isinstance(scope.expression, exp.Select):
            bindings.selects[id(scope)] = _select(scope, scope.expression, by_node, bindings.outputs)
    return bindings


def _readers(scope: Scope, named: Counter[str]) -> int:
    """How often a scope may be read by a source: a CTE by every table of its name, since not all are in scopes."""
    owner = scope.expression.parent
    return named[owner.alias.lower()] if isinstance(owner, exp.CTE) else 1


def _sources(scope: Scope) -> dict[str, exp.Table | Scope]:
    """What each name in FROM means. Unlike ``selected_sources``, with the right sides of SEMI and ANTI joins."""
    named = (*scope.tables, *scope.derived_tables, *scope.udtfs)  # scope.references fails on a PIVOT statement
    return {n.lower(): scope.sources[n] for n in (node.alias_or_name for node in named) if n in scope.sources}


def _queries(tree: exp.Expr) -> Iterator[exp.Query]:
    """The outermost queries in the tree: a statement may hold one (COPY, CREATE TABLE AS, EXPLAIN...)."""
    if isinstance(tree, (exp.Select, exp.SetOperation, exp.Subquery)):
        yield tree
        return
    for child in tree.iter_expressions():
        yield from _queries(child)


def _add(node: exp.Table, names: Names, tables: list[TableRef]) -> TableRef | None:
    if not isinstance(node.this, exp.Identifier):
        return None
    parts = [p.name for p in node.parts]
    resource = names.table(parts)
    if resource is None:
        return None
    plain = not any(node.args.get(k) for k in ("pivots", "sample", "joins", "laterals", "version", "ordinality"))
    alias_columns = bool(node.args.get("alias") and node.args["alias"].args.get("columns"))
    identifiers = list(node.parts)
    table = TableRef(
        index=len(tables) + 1,
        resource=resource,
        node=node,
        alias=(node.alias or node.name).lower(),
        opaque=not plain or alias_columns,
        start=identifiers[0].meta.get("start", -1),
        end=identifiers[-1].meta.get("end", -2) + 1,
    )
    node.meta[MARK] = table.index
    node.meta[COLUMNS] = () if table.opaque else resource.starred
    tables.append(table)
    return table


def _select(scope: Scope, node: exp.Select, by_node: dict[int, TableRef], outputs: Outputs) -> Select:
    select = Select(scope, node, outputs)
    from_ = node.args.get("from_")
    entries: list[tuple[exp.Expr, exp.Join | None]] = [(from_.this, None)] if from_ else []
    entries += [(join.this, join) for join in node.args.get("joins") or ()]
    sources = _sources(scope)
    everything_frozen = False
    for entry, join in entries:
        name = entry.alias_or_name.lower()
        alias = name or f"?{len(select.sources)}"  # no reference can name it, but unqualified ones may mean it
        source = Source(alias, entry)
        if (found := sources.get(name)) is not None:
            source.table = by_node.get(id(found))
            source.child = found if isinstance(found, Scope) else None
        everything_frozen |= alias in select.sources or bool(entry.args.get("joins"))
        select.sources[alias] = source
        if join is not None:
            everything_frozen |= _apply_join(select, source, join)
    if any(isinstance(e, exp.Subquery) and not isinstance(e.this, exp.Query) for e, _ in entries):
        everything_frozen = True
    for source in select.sources.values():
        source.frozen |= everything_frozen
    return select


def _apply_join(select: Select, right: Source, join: exp.Join) -> bool:
    """Mark which sources the join may fill with NULLs; True when rows of the scope match by order or position."""
    side = (join.side or "").upper()
    method = (join.method or "").upper()
    if side in ("RIGHT", "FULL"):
        for source in select.sources.values():
            source.nullable |= source is not right
    if side in ("LEFT", "FULL"):
        right.nullable = True
    if not side and method != "NATURAL" and (join.kind or "").upper() in ("", "INNER"):
        select.merged |= {u.name.lower() for u in join.args.get("using") or ()}
    return method in ("ASOF", "POSITIONAL")
