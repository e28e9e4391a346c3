"""What every scan may assume: the conditions that each remote table's rows must meet to matter.

Theory: scopes are visited from the outside in. A condition of WHERE holds for each source of its SELECT; one that
speaks of a source that an outer join may fill with NULLs only if it rejects NULLs (the filled row would be dropped
too). A condition of ON holds for the joined side, and in an inner join for both. What holds for a derived table or
a CTE that is read once holds for the SELECT in it, when that neither groups nor limits. An inner join on equal
columns, or IN (SELECT ...), makes one source a feed of the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from mlflow_sql.catalog.model import Op
from mlflow_sql.plan import apart, ctes
from mlflow_sql.plan.predicate import (
    FOREIGN,
    Atom,
    Bind,
    Const,
    Fed,
    Formula,
    Ref,
    Unknown,
    conjuncts,
    formula,
    on_source,
    rejects_null,
    rewrite,
    text_of,
)
from mlflow_sql.plan.scopes import Bindings, Select, Source
from mlflow_sql.plan.supplies import Supplies
from mlflow_sql.plan.texts import column_is_text, leaves, query_is_text


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on a table. ``node`` is the condition itself, where it speaks of that table alone."""

    formula: Formula
    text: str
    node: exp.Expr | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FeedQuery:
    """A query whose distinct values are the only ones of a column that matter.

    column and source: what is selected, in the SELECT ``select``; or query: a subquery of its own.
    """

    index: int
    tables: frozenset[int]  # the TableRefs it reads
    column: str = ""
    source: Source | None = None
    terms: tuple[exp.Expr, ...] = ()  # conditions on that source alone
    query: exp.Query | None = None
    withs: tuple[exp.CTE, ...] = ()


@dataclass(slots=True)
class Conditions:
    """Per TableRef index: the conditions on it; and whether the statement's conditions mention its lifecycle column."""

    terms: dict[int, list[Term]] = field(default_factory=dict)
    feeds: list[FeedQuery] = field(default_factory=list)
    lifecycle: set[int] = field(default_factory=set)


def gather(bindings: Bindings, bind: Bind, supplies: Supplies | None = None) -> Conditions:
    """The conditions of every table in the statement. supplies: what its local relations are asked for."""
    gatherer = _Gatherer(bindings, bind, supplies)
    for scope in bindings.scopes:
        gatherer.visit(scope)
    found = gatherer.found
    found.terms = {index: _each_list_once(terms) for index, terms in found.terms.items()}
    return found


def _each_list_once(terms: list[Term]) -> list[Term]:
    """The terms without those that list the same values of a column as one that the statement itself has."""
    written = {listed for t in terms if t.node is not None and (listed := _listed(t.formula))}
    return [t for t in terms if t.node is not None or _listed(t.formula) not in written]


def _listed(part: Formula) -> tuple[Ref, frozenset[Const]] | None:
    return (part.ref, frozenset(part.values)) if isinstance(part, Atom) and part.op is Op.IN else None


class _Gatherer:
    def __init__(self, bindings: Bindings, bind: Bind, supplies: Supplies | None) -> None:
        self.bindings = bindings
        self.bind = bind
        self.supplies = supplies
        self.found = Conditions()
        self.inherited: dict[int, list[Term]] = {}

    def visit(self, scope: Scope) -> None:
        select = self.bindings.selects.get(id(scope))
        above = self.inherited.get(id(scope), [])
        if select is None:
            self.into_branches(scope, above)
            return
        self.mention(select)
        passing = above if select.filters_pass else []
        mapped = [Term(rewrite(t.formula, lambda r: self.inner(select, r)), t.text) for t in passing]
        where = select.node.args.get("where")
        conditions = [self.term(node, select) for node in conjuncts(where.this)] if where else []
        everywhere = [*mapped, *conditions]
        written = [node for c in conditions if (node := c.node) is not None]
        everywhere += [t for node in written for t in self.supplied(select, node, set(select.sources), written)]
        joined = list(self.join_terms(select, written))
        everywhere += self.feed_terms(select, conditions, [(t, held) for t, held, filters in joined if filters])
        for alias, source in select.sources.items():
            if source.frozen:
                continue
            holds = [t for t in everywhere if self.applies(t, alias, source)]
            holds += [t for t, aliases, checked in joined if alias in aliases and (
                not checked or self.applies(t, alias, source))]  # fmt: skip
            own = [Term(on_source(t.formula, alias), t.text, self.own_node(select, t.node, alias)) for t in holds]
            self.give(source, [t for t in own if not _is_foreign(t.formula)])

    def into_branches(self, scope: Scope, above: list[Term]) -> None:
        """What holds for UNION [ALL] holds for each branch, column by column; other set operations keep it."""
        if not isinstance(scope.expression, exp.Union) or scope.expression.args.get("by_name"):
            return
        args = scope.expression.args
        if args.get("limit") or args.get("offset"):
            return
        names = list(self.bindings.outputs(scope))
        for branch in scope.set_operation_scopes:
            own = list(self.bindings.outputs(branch))
            if not names or len(own) != len(names):
                continue
            terms = [Term(rewrite(t.formula, _renamed(dict(zip(names, own, strict=True)))), t.text) for t in above]
            self.inherited.setdefault(id(branch), []).extend(terms)

    def inner(self, select: Select, ref: Ref) -> Ref | None:
        """The source column behind an output column of the SELECT."""
        expression = self.bindings.outputs(select.scope).get(ref.column)
        found = select.resolve(expression) if expression is not None else None
        if found is None or ref.key is None:
            return found
        return Ref(found.source, found.column, ref.key) if found.key is None else None

    def term(self, node: exp.Expr, select: Select) -> Term:
        return Term(formula(node, select.resolve, self.bind), text_of(node), node)

    def applies(self, term: Term, alias: str, source: Source) -> bool:
        own = on_source(term.formula, alias)
        return not source.nullable or rejects_null(own)

    def give(self, source: Source, terms: list[Term]) -> None:
        if source.table is not None:
            if not source.table.opaque:
                stripped = [Term(rewrite(t.formula, _local), t.text, t.node) for t in terms]
                self.found.terms.setdefault(source.table.index, []).extend(stripped)
        elif source.child is not None and self.bindings.references.get(id(source.child)) == 1:
            if self.bindings.recursive and source.child.is_cte:
                return
            if source.node.args.get("sample") or source.node.args.get("pivots") or _renames(source):
                return
            outer = [Term(rewrite(t.formula, _local), t.text) for t in terms]
            self.inherited.setdefault(id(source.child), []).extend(outer)

    def supplied(
        self, select: Select, node: exp.Expr, held: set[str], where: list[exp.Expr], on: Iterable[exp.Expr] = ()
    ) -> list[Term]:
        """What a condition says of a remote column besides: one of the values that a local source has."""
        if self.supplies is None:
            return []
        return [Term(formula, text) for formula, text in self.supplies.equal(select, node, held, where, on)]

    def join_terms(self, select: Select, where: list[exp.Expr]) -> Iterator[tuple[Term, set[str], bool]]:
        """Each term of a join with the aliases it holds for, and whether it acts as a filter on all of them."""
        if self.supplies is not None:
            for formula, text, held, filters in self.supplies.using(select, where):
                yield Term(formula, text), held, filters
        aliases = list(select.sources)
        for join in select.node.args.get("joins") or ():
            right = join.this.alias_or_name.lower()
            left = set(aliases[: aliases.index(right)]) if right in aliases else set()
            on = join.args.get("on")
            side, kind = (join.side or "").upper(), (join.kind or "").upper()
            if on is None or join.method or side == "FULL":
                continue
            beside = list(conjuncts(on))
            held = {right} if side == "LEFT" or kind == "ANTI" else left if side == "RIGHT" else {right, *left}
            supplied = [t for node in beside for t in self.supplied(select, node, held, where, beside)]
            for term in [*(self.term(node, select) for node in beside), *supplied]:
                if side == "LEFT" or kind == "ANTI":
                    yield term, {right}, False
                elif side == "RIGHT":
                    yield term, left, True
                elif kind == "SEMI":
                    yield term, {right}, False
                    yield term, left, True
                else:
                    yield term, {right, *left}, True

    def feed_terms(self, select: Select, where: list[Term], on: list[tuple[Term, set[str]]]) -> list[Term]:
        """Terms that say: this column is one of the values that another source supplies.

        on: the terms of joins that act as filters, each with the aliases it holds for.
        """
        both = [*((t, set(select.sources)) for t in where), *on]
        pairs = [pair for t, _ in both if (pair := self.equal_columns(select, t.node))]
        pairs += list(self.using_pairs(select))
        terms = []
        for left, right in pairs:
            for fed, by in ((left, right), (right, left)):
                feed = self.join_feed(select, by, where)
                if feed is not None and not select.sources[fed.source].nullable:
                    terms.append(self.fed(fed, feed, f"{fed} = {by.source}.{by}"))
        for term, held in both:
            found = self.subquery(select, term.node)
            if found and found[0].source in held:
                terms.append(self.fed(found[0], found[1], term.text))
        return terms

    def fed(self, ref: Ref, feed: FeedQuery, text: str) -> Term:
        self.found.feeds.append(feed)
        return Term(Fed(ref, feed.index), text)

    def equal_columns(self, select: Select, node: exp.Expr | None) -> tuple[Ref, Ref] | None:
        if not isinstance(node, exp.EQ):
            return None
        left, right = select.resolve(node.left), select.resolve(node.right)
        if left is None or right is None or left.source == right.source or left.key or right.key:
            return None
        return left, right

    def using_pairs(self, select: Select) -> Iterator[tuple[Ref, Ref]]:
        aliases = list(select.sources)
        for join in select.node.args.get("joins") or ():
            if join.side or join.method or (join.kind or "").upper() not in ("", "INNER", "SEMI"):
                continue
            right = join.this.alias_or_name.lower()
            for name in (u.name.lower() for u in join.args.get("using") or ()):
                for left in aliases[: aliases.index(right)] if right in aliases else []:
                    if all(select._owns(select.sources[a], name) for a in (left, right)):
                        yield Ref(left, name), Ref(right, name)

    def join_feed(self, select: Select, by: Ref, where: Iterable[Term]) -> FeedQuery | None:
        source = select.sources[by.source]
        if source.nullable or source.frozen or (source.table and source.table.opaque):
            return None
        joins = select.node.args.get("joins") or ()
        if any((j.kind or "").upper() == "ANTI" and j.this.alias_or_name.lower() == by.source for j in joins):
            return None
        tables = self.tables_in(source)
        if tables is None or not column_is_text(self.bindings, source, by.column):
            return None
        own = tuple(t.node for t in where if t.node is not None and self.only_about(select, t.node, by.source))
        withs = ctes.read_by(source.node, select.node)
        return None if withs is None else FeedQuery(len(self.found.feeds), tables, by.column, source, own, None, withs)

    def subquery(self, select: Select, node: exp.Expr | None) -> tuple[Ref, FeedQuery] | None:
        if isinstance(node, exp.In) and node.args.get("query"):
            column, query = node.this, node.args["query"]
        elif isinstance(node, exp.EQ) and isinstance(node.right, exp.Subquery):
            column, query = node.left, node.right
        elif isinstance(node, exp.EQ) and isinstance(node.left, exp.Subquery):
            column, query = node.right, node.left
        else:
            return None
        ref = select.resolve(column)
        if ref is None or ref.key or select.sources[ref.source].nullable:
            return None
        inner = query.unnest() if isinstance(query, exp.Subquery) else query
        tables = self.tables_of_query(inner)
        withs = ctes.read_by(inner, select.node)
        if tables is None or withs is None or not isinstance(inner, exp.Query):
            return None
        if not query_is_text(self.bindings, inner):
            return None
        return ref, FeedQuery(len(self.found.feeds), tables, query=inner, withs=withs)

    def tables_in(self, source: Source) -> frozenset[int] | None:
        """The remote tables behind a source; None when anything local or correlated is among them."""
        if source.table is not None:
            return frozenset({source.table.index})
        inner = source.child.expression if source.child is not None else None
        return self.tables_of_query(inner) if isinstance(inner, (exp.Query, exp.Values)) else None

    def tables_of_query(self, query: exp.Expr) -> frozenset[int] | None:
        """The remote tables a query reads, through its CTEs; None when it reads anything else, or does not stand alone.

        Nor may its answer depend on chance (LIMIT, windows, random()): it is run apart from the statement.
        """
        if not self.stands_alone(query) or not apart.can_run(query):
            return None
        remote = {id(t.node): t for t in self.bindings.tables}
        inside = {id(n) for n in query.walk()}
        found: set[int] = set()
        for scope in self.bindings.scopes:
            if id(scope.expression) not in inside:
                continue
            for _, source in scope.selected_sources.values():
                if isinstance(source, Scope):
                    own = id(source.expression) in inside
                    below = frozenset[int]() if own else self.tables_of_query(source.expression)
                    if below is None:
                        return None
                    found |= below
                elif (table := remote.get(id(source))) is not None:
                    found.add(table.index)
                else:
                    return None
        return frozenset(found)

    def stands_alone(self, query: exp.Expr) -> bool:
        """Whether every column in the query belongs to a source inside it."""
        inside = {id(n) for n in query.walk() if isinstance(n, exp.Select)}
        for scope in self.bindings.scopes:
            if id(scope.expression) not in inside:
                continue
            select = self.bindings.selects[id(scope)]
            own = set(select.sources) | {c.alias.lower() for c in select.node.expressions if isinstance(c, exp.Alias)}
            for column in scope.columns:
                if column.parent_select is not select.node:
                    continue  # of a subquery, which is looked at itself
                if select.resolve(column) is None and column.parts[0].name.lower() not in own:
                    return False
        return True

    def own_node(self, select: Select, node: exp.Expr | None, alias: str) -> exp.Expr | None:
        return node if node is not None and self.only_about(select, node, alias) else None

    def only_about(self, select: Select, node: exp.Expr, alias: str) -> bool:
        if node.find(exp.Query) or not apart.can_run(node):
            return False
        columns = list(node.find_all(exp.Column))
        return bool(columns) and all((r := select.resolve(c)) is not None and r.source == alias for c in columns)

    def mention(self, select: Select) -> None:
        """Note the tables whose lifecycle column this SELECT's conditions mention."""
        args = select.node.args
        parts = [args[k] for k in ("where", "having", "qualify") if args.get(k)]
        parts += [j.args["on"] for j in args.get("joins") or () if j.args.get("on")]
        for part in parts:
            for node in part.walk(prune=lambda n: isinstance(n, exp.Query)):
                ref = select.resolve(node) if isinstance(node, exp.Column) else None
                if ref is not None:
                    self.trace(select.sources[ref.source], ref)

    def trace(self, source: Source, ref: Ref) -> None:
        if source.table is not None:
            lifecycle = source.table.resource.lifecycle
            if lifecycle and lifecycle.column == ref.column:
                self.found.lifecycle.add(source.table.index)
        elif source.child is not None:
            names = list(self.bindings.outputs(source.child))
            by_name = source.child.expression.args.get("by_name")
            for scope in leaves(source.child):
                select = self.bindings.selects.get(id(scope))
                own = self.bindings.outputs(scope)
                renamed = ref if by_name else _renamed(dict(zip(names, own, strict=False)))(ref)
                inner = self.inner(select, renamed) if select and renamed else None
                if select and inner:
                    self.trace(select.sources[inner.source], inner)


def _is_foreign(part: Formula) -> bool:
    """Whether nothing of a condition is about the source it was given to."""
    return isinstance(part, Unknown) and part.reason == FOREIGN


def _renamed(names: dict[str, str]) -> Callable[[Ref], Ref | None]:
    return lambda ref: Ref("", names[ref.column], ref.key) if ref.column in names else None


def _local(ref: Ref) -> Ref:
    return Ref("", ref.column, ref.key)


def _renames(source: Source) -> bool:
    alias = source.node.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        return True
    owner = source.child.expression.parent if source.child is not None else None
    own = owner.args.get("alias") if isinstance(owner, exp.CTE) else None
    return own is not None and bool(own.args.get("columns"))
