"""From the conditions on each table to its Scan: method, searches, keys, order and limit.

Theory: a scan's keys may come from other scans, so scans form a graph that must stay free of cycles. Keys that a
method requires are settled first (from the conditions, from a joined scan, else from the full listing of the
resource that the file names); then joins feed the scans that would else read much from those that read little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Catalog, KeySource, Method, Op, Param, Resource
from mlflow_sql.errors import MissingKeyError
from mlflow_sql.plan import feeds, top
from mlflow_sql.plan.conditions import Conditions, FeedQuery, Term
from mlflow_sql.plan.nodes import KeyFilter, Keys, Scan, Search
from mlflow_sql.plan.predicate import (
    Atom,
    Const,
    Fed,
    Formula,
    Never,
    Ref,
    atoms,
    is_whole,
    possible,
    rewrite,
    says_something,
)
from mlflow_sql.plan.pushdown import Narrowing, Pushdown
from mlflow_sql.plan.scopes import Bindings, TableRef

if TYPE_CHECKING:
    from mlflow_sql.plan.planner import Settings

STAGES = ("active", "deleted")
FEED_MOST = 1000  # more values than this are not sent as a list
FEED_BATCH = 500


@dataclass(slots=True)
class Draft:
    """A scan in the making."""

    index: int
    resource: Resource
    alias: str
    columns: tuple[str, ...]
    terms: list[Term]
    table: TableRef | None = None
    hidden: bool = False
    stages: tuple[str, ...] = ("active",)  # those that may come
    staged: bool = False  # whether the terms on the lifecycle column say no more than that
    method: Method | None = None
    values: dict[str, Any] = field(default_factory=dict)
    told: set[int] = field(default_factory=set)  # ids of formulas that are told to the server by values
    narrowing: Narrowing = field(default_factory=Narrowing)
    keys: Keys | None = None
    key_filter: KeyFilter | None = None
    needs: set[int] = field(default_factory=set)

    @property
    def score(self) -> int:
        """How little it reads: 2 for a row by its key, 1 when its searches are selective, else 0."""
        if self.method is not None and self.method.item:
            return 2
        return 1 if self.narrowing.selective or not self.narrowing.alternatives else 0


class Scanner:
    """Plans the scans of one statement."""

    def __init__(
        self,
        catalog: Catalog,
        bindings: Bindings,
        conditions: Conditions,
        settings: Settings,
        moment: Callable[[Const], datetime | None],
    ) -> None:
        self.catalog = catalog
        self.bindings = bindings
        self.conditions = conditions
        self.settings = settings
        self.moment = moment
        self.timely = False
        self.drafts: dict[int, Draft] = {}
        self.names = Names(catalog)
        self.render = feeds.Renderer(settings.prefix, settings.now)

    def scans(self, columns: Mapping[int, tuple[str, ...]]) -> tuple[Scan, ...]:
        """The scans, feeders before what they feed."""
        for table in self.bindings.tables:
            self.drafts[table.index] = Draft(
                table.index, table.resource, table.alias, columns[table.index],
                list(self.conditions.terms.get(table.index, ())), table,
            )  # fmt: skip
        for draft in list(self.drafts.values()):
            self.stage(draft)
            self.choose(draft)
        for draft in list(self.drafts.values()):
            self.required_keys(draft)
        if self.settings.pushdown:
            for draft in sorted(self.drafts.values(), key=lambda d: d.score):
                self.joined_keys(draft)
        ordered: list[int] = []
        for index in self.drafts:
            self.visit(index, ordered)
        return tuple(self.finish(self.drafts[i]) for i in ordered)

    def visit(self, index: int, ordered: list[int]) -> None:
        if index not in ordered:
            for needed in sorted(self.drafts[index].needs):
                self.visit(needed, ordered)
            ordered.append(index)

    def stage(self, draft: Draft) -> None:
        """Which lifecycle stages the scan reads: active ones, unless the conditions mention the column."""
        lifecycle = draft.resource.lifecycle
        if lifecycle is None:
            draft.stages, draft.staged = STAGES, True
        elif draft.hidden or draft.index not in self.conditions.lifecycle:
            draft.staged = True
        else:
            column = lifecycle.column or ""
            about = [t for t in draft.terms if any(a.ref.column == column for a in atoms(t.formula))]
            draft.stages = STAGES
            if self.settings.pushdown:
                draft.stages = tuple(s for s in STAGES if all(_possible_at(t.formula, column, s) for t in about))
                for term in about:
                    alone = is_whole(term.formula) and all(a.ref.column == column for a in atoms(term.formula))
                    if alone and _exact_at(term.formula, column):
                        draft.told.add(id(term.formula))

    def choose(self, draft: Draft) -> None:
        """The method: a single row's where the conditions fix its key, else the first that lists."""
        methods = [
            m for m in draft.resource.methods_for("select") if not m.needs or m.needs in self.settings.capabilities
        ]
        if self.settings.pushdown and draft.stages:
            for method in (m for m in methods if m.item):
                required = [p for p in method.params if p.required]
                found = {p.name: v for p in required if (v := self.single(draft, p)) is not None}
                if found and len(found) == len(required):
                    draft.method, draft.values = method, {name: value for name, (value, _) in found.items()}
                    draft.told |= {id(term.formula) for _, term in found.values()}
                    break
        if draft.method is None:
            draft.method = next(m for m in methods if m.items)
        self.narrow(draft)

    def narrow(self, draft: Draft) -> None:
        if not self.settings.pushdown:
            draft.narrowing = Narrowing(residual=[(t.text, "pushdown is off") for t in draft.terms])
            return
        assert draft.method is not None
        if draft.method.param("filter") is None:
            residual = [
                (t.text, "the server has no filter here")
                for t in draft.terms
                if id(t.formula) not in draft.told and not isinstance(t.formula, Fed)
            ]
            never = any(isinstance(t.formula, Never) for t in draft.terms)
            draft.narrowing = Narrowing([] if never else [()], [t.text for t in draft.terms
                                        if id(t.formula) in draft.told], residual)  # fmt: skip
            return
        pushdown = Pushdown(
            draft.resource, self.catalog, self.settings.capabilities, self.moment, self.settings.text_order
        )
        draft.narrowing = pushdown.narrow(draft.terms, lambda f: id(f) in draft.told)

    def single(self, draft: Draft, param: Param) -> tuple[str, Term] | None:
        found = self.literals(draft, param.column or "")
        return (found[0][0], found[1]) if found and len(found[0]) == 1 else None

    def literals(self, draft: Draft, column: str) -> tuple[list[str], Term] | None:
        """The values that a condition allows for a text column, when it lists them and the server takes them."""
        declared = draft.resource.column(column)
        for term in draft.terms:
            part = term.formula
            if not isinstance(part, Atom) or part.ref != Ref("", column) or part.op not in (Op.EQ, Op.IN):
                continue
            values = [str(v.value) for v in part.values if v.kind == "string"]
            pattern = declared.pattern if declared else None
            if len(values) == len(part.values) and all(v and (not pattern or re.fullmatch(pattern, v)) for v in values):
                return values, term
        return None

    def required_keys(self, draft: Draft) -> None:
        """Settle what the method requires: from the conditions, a joined scan, or the declared source."""
        assert draft.method is not None
        params = [p for p in draft.method.params if p.required and p.role == "value"]
        missing = [p for p in params if p.name not in draft.values]
        if not missing or not draft.narrowing.alternatives or not draft.stages:
            return
        source = draft.resource.keys
        if source is None or not source.always:
            if self.settings.pushdown:
                for param in missing:
                    found = self.literals(draft, param.column or "")
                    if found:
                        draft.values[param.name] = found[0]
                        draft.told.add(id(found[1].formula))
                missing = [p for p in params if p.name not in draft.values]
                self.narrow(draft)
            if not missing:
                return
            if self.settings.pushdown and len(missing) == 1 and self.fed_key(draft, missing[0]):
                return
        if source is None:
            names = ", ".join(p.column or p.name for p in missing)
            raise MissingKeyError(
                f"{draft.resource.name} needs {names}, and nothing in the statement supplies it",
                hint=f"SELECT * FROM {draft.resource.name} WHERE {missing[0].column} = '...'",
            )
        if not (self.settings.pushdown and source.always and self.direct_keys(draft, source)):
            self.from_source(draft, source)

    def fed_key(self, draft: Draft, param: Param) -> bool:
        for feed in self.feeds_of(draft, param.column or ""):
            if self.usable(feed, draft):
                draft.keys = self.feed_keys(feed, param.column or "")
                draft.needs |= feed.tables
                return True
        return False

    def feeds_of(self, draft: Draft, column: str) -> Iterable[FeedQuery]:
        for term in draft.terms:
            if isinstance(term.formula, Fed) and term.formula.ref == Ref("", column):
                yield self.conditions.feeds[term.formula.feed]

    def usable(self, feed: FeedQuery, draft: Draft) -> bool:
        """Whether the feed's scans can be read without first reading this one."""
        seen: set[int] = set()
        todo = set(feed.tables)
        while todo:
            index = todo.pop()
            if index == draft.index:
                return False
            seen.add(index)
            todo |= self.drafts[index].needs - seen
        return True

    def feed_keys(self, feed: FeedQuery, column: str) -> Keys:
        sql, text = self.render.feed(feed)
        if self.render.timely:
            self.timely = True
        return Keys((column,), sql, tuple(sorted(feed.tables)), text)

    def from_source(self, draft: Draft, source: KeySource) -> None:
        """Add the hidden scan of the resource that lists the keys, under the same conditions on them."""
        parent = self.names.resource(source.resource)
        back = dict(source.columns)

        def theirs(ref: Ref) -> Ref | None:
            return Ref("", back[ref.column]) if ref.column in back and ref.key is None else None

        terms = [Term(rewrite(t.formula, theirs), t.text) for t in draft.terms] if self.settings.pushdown else []
        terms = [t for t in terms if says_something(t.formula)]
        twin = self.full_listing(parent, tuple(back.values()), source.stages) if not terms else None
        index = twin.index if twin else max(self.drafts) + 1
        sql, text = self.render.source(self.settings.prefix, index, parent, back, draft.terms)
        draft.keys = Keys(tuple(back), sql, (index,), text)
        draft.needs.add(index)
        if twin:
            return
        hidden = Draft(index, parent, parent.name, tuple(back.values()), terms, hidden=True)
        self.drafts[index] = hidden
        self.stage(hidden)
        if source.stages == "all":
            hidden.stages = STAGES
        self.choose(hidden)
        self.required_keys(hidden)
        if self.settings.pushdown:
            self.joined_keys(hidden, least=0)

    def full_listing(self, parent: Resource, columns: tuple[str, ...], stages: str) -> Draft | None:
        """A hidden scan that lists all of a resource already."""
        wanted = STAGES if stages == "all" else ("active",)
        for draft in self.drafts.values():
            same = draft.hidden and draft.resource is parent and draft.columns == columns and draft.stages == wanted
            if same and not draft.terms:
                return draft
        return None

    def direct_keys(self, draft: Draft, source: KeySource) -> bool:
        """Take keys from a joined scan of the very rows that the source would list, where it gives all of them."""
        parent = self.names.resource(source.resource)
        fixed: dict[str, list[str]] = {}
        fed: list[FeedQuery] = []
        for ours, theirs in source.columns.items():
            found = self.literals(draft, ours)
            if found:
                fixed[ours] = found[0]
                continue
            for feed in self.feeds_of(draft, ours):
                table = feed.source.table if feed.source else None
                alike = table is not None and table.resource.methods is parent.methods and feed.column == theirs
                if alike and table and self.drafts[table.index].stages == ("active",) and self.usable(feed, draft):
                    fed.append(feed)
                    break
            else:
                return False
        if len(fed) != 1 or not fixed:
            return False
        keys = self.feed_keys(fed[0], next(c for c in source.columns if c not in fixed))
        sql, text = self.render.crossed(keys, fixed)
        draft.keys = Keys((*keys.columns, *fixed), sql, keys.scans, text)
        draft.needs |= fed[0].tables
        return True

    def joined_keys(self, draft: Draft, least: int | None = None) -> None:
        """Feed a scan that would read much from one that reads little, by a list of its own keys."""
        if draft.key_filter or draft.method is None or draft.method.item or not draft.narrowing.alternatives:
            return
        if draft.method.param("filter") is None:
            return
        for column in draft.resource.columns:
            rules = self.catalog.predicates.get(column.push.predicates) if column.push else None
            rule = rules.rules.get(Op.IN) if rules else None
            push = column.push
            if push is None or rule is None or rule.write is None or (push.needs or "") not in (
                "", *self.settings.capabilities
            ):  # fmt: skip
                continue
            if rule.needs and rule.needs not in self.settings.capabilities:
                continue
            for feed in self.feeds_of(draft, column.name):
                score = max((self.drafts[t].score for t in feed.tables), default=2)
                narrow = score > draft.score if least is None else score >= least
                if narrow and self.usable(feed, draft):
                    clause = rule.write.replace("{field}", push.field)
                    most = min(rule.max_values or FEED_MOST, FEED_MOST)
                    draft.key_filter = KeyFilter(clause, self.feed_keys(feed, column.name), most, FEED_BATCH)
                    draft.needs |= feed.tables
                    return

    def finish(self, draft: Draft) -> Scan:
        assert draft.method is not None
        found = draft.narrowing
        if found.timely:
            self.timely = True
        method = draft.method
        alternatives = found.alternatives if draft.stages else []
        view, stages = self.view(draft)
        searches = tuple(
            Search(method, dict(draft.values), tuple(c.text for c in alternative), view) for alternative in alternatives
        )
        whole = found.exact and not any(isinstance(t.formula, Fed) for t in draft.terms)
        ends = top.End()
        if draft.table is not None:
            ends = top.end(draft.table, self.bindings, whole and self.settings.pushdown, draft.method, self.settings)
        searches = tuple(
            replace(s, order=ends.order, limit=ends.limit, newest_first=ends.newest_first, keyset=self.keyset(method))
            for s in searches
        )
        return Scan(
            index=draft.index, name=f"{self.settings.prefix}{draft.index}", resource=draft.resource,
            alias=draft.alias, columns=_with_group(draft), method=method, searches=searches, keys=draft.keys,
            key_filter=draft.key_filter, stages=stages, pushed=tuple(dict.fromkeys(found.pushed)),
            residual=tuple(dict.fromkeys(found.residual)), stop=ends.text, hidden=draft.hidden,
        )  # fmt: skip

    def keyset(self, method: Method) -> bool:
        """Whether this server can page in the method's keyset order."""
        keyset = method.paging.keyset if method.paging else None
        return keyset is not None and (not keyset.needs or keyset.needs in self.settings.capabilities)

    def view(self, draft: Draft) -> tuple[str | None, frozenset[str] | None]:
        """The view to ask for, and the stages to keep where the method cannot be asked."""
        if draft.resource.lifecycle is None:
            return None, None
        assert draft.method is not None
        name = "all" if len(draft.stages) == 2 else draft.stages[0] if draft.stages else "active"
        if draft.method.param("view") is not None:
            return name, None
        return None, None if name == "all" else frozenset(draft.stages)


def _with_group(draft: Draft) -> tuple[str, ...]:
    """The columns, with the one by which a cut answer is told to be whole."""
    paging = draft.method.paging if draft.method else None
    wanted = {*draft.columns, *((paging.group,) if paging and paging.group else ())}
    return tuple(c.name for c in draft.resource.columns if c.name in wanted)


def _possible_at(part: Formula, column: str, stage: str) -> bool:
    """Whether the formula can hold for a row in that stage."""

    def test(atom: Atom) -> bool:
        if atom.ref != Ref("", column):
            return True
        values = {v.value for v in atom.values}
        match atom.op:
            case Op.EQ | Op.IN:
                return stage in values
            case Op.NE | Op.NOT_IN:
                return stage not in values
            case Op.IS_NULL:
                return False
        return True

    return possible(part, test)


def _exact_at(part: Formula, column: str) -> bool:
    """Whether the formula only lists stages, so that reading those stages says all of it."""
    exact = (Op.EQ, Op.IN, Op.NE, Op.NOT_IN, Op.IS_NOT_NULL)
    return all(isinstance(a, Atom) and a.op in exact and a.ref == Ref("", column) for a in atoms(part))


__all__ = ["Scanner"]
