"""Where each scan's keys come from.

Theory: keys may come from other scans, so scans form a graph that must stay free of cycles. Keys that a method
requires are settled first: from the conditions, from a joined scan, else from the full listing of the resource that
the file names. Then joins feed the scans that would else read much from those that read little.
"""

from __future__ import annotations

from collections.abc import Iterable

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import KeySource, Op, Param, Resource
from mlflow_sql.errors import MissingKeyError
from mlflow_sql.plan.conditions import FeedQuery, Term
from mlflow_sql.plan.drafts import STAGES, Chooser, Draft
from mlflow_sql.plan.feeds import Renderer
from mlflow_sql.plan.nodes import KeyFilter, Keys
from mlflow_sql.plan.predicate import Fed, Ref, rewrite, says_something

FEED_MOST = 1000  # more values than this are not sent as a list
FEED_BATCH = 500


class KeyPlanner:
    """Settles the keys of the drafts, adding hidden ones that list keys. ``timely``: a feed depends on the time."""

    def __init__(self, drafts: dict[int, Draft], feeds: list[FeedQuery], chooser: Chooser) -> None:
        self.drafts = drafts
        self.feeds = feeds
        self.chooser = chooser
        self.settings = chooser.settings
        self.names = Names(chooser.catalog)
        self.render = Renderer(self.settings.prefix, self.settings.now)

    @property
    def timely(self) -> bool:
        """Whether a feed's query depends on the current time."""
        return self.render.timely

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
                    found = self.chooser.literals(draft, param.column or "")
                    if found:
                        draft.values[param.name] = found[0]
                        draft.told.add(id(found[1].formula))
                missing = [p for p in params if p.name not in draft.values]
                self.chooser.narrow(draft)
            if not missing:
                return
            if self.settings.pushdown and len(missing) == 1 and self.fed_key(draft, missing[0]):
                return
        if source is None:
            names = ", ".join(p.column or p.name for p in missing)
            raise MissingKeyError(
                f"{draft.resource.label} needs {names}, and nothing in the statement supplies it",
                hint=f"SELECT * FROM {draft.resource.label} WHERE {missing[0].column} = '...'",
            )
        if not (self.settings.pushdown and source.always and self.direct_keys(draft, source)):
            self.from_source(draft, source)

    def fed_key(self, draft: Draft, param: Param) -> bool:
        """Take a required key from another scan; False when none supplies it."""
        for feed in self.feeds_of(draft, param.column or ""):
            if self.usable(feed, draft):
                draft.keys = self.feed_keys(draft, feed, param.column or "")
                draft.needs |= feed.tables
                if feed.query is not None:  # the keys are all that the condition asks for
                    text = next(
                        t.text for t in draft.terms if t.formula == Fed(Ref("", param.column or ""), feed.index)
                    )
                    draft.told |= {id(t.formula) for t in draft.terms if t.text == text}
                    self.chooser.narrow(draft)
                return True
        return False

    def feeds_of(self, draft: Draft, column: str) -> Iterable[FeedQuery]:
        """The queries that supply all values of a column that matter."""
        if not self.settings.text_order:  # under a collation other values may be equal to the keys
            return
        for term in draft.terms:
            if isinstance(term.formula, Fed) and term.formula.ref == Ref("", column):
                yield self.feeds[term.formula.feed]

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

    def feed_keys(self, draft: Draft, feed: FeedQuery, column: str) -> Keys:
        """The keys that a feed supplies, but for those that no row can have and the server would refuse."""
        sql, text = self.render.feed(feed)
        declared = draft.resource.column(column)
        if declared is not None and declared.pattern:
            sql = f"SELECT * FROM ({sql}) AS fed(key) WHERE regexp_full_match(key, '{declared.pattern}')"
        return Keys((column,), sql, tuple(sorted(feed.tables)), text)

    def from_source(self, draft: Draft, source: KeySource) -> None:
        """Add the hidden scan of the resource that lists the keys, under the same conditions on them."""
        parent = self.names.on(draft.resource.server, source.resource)
        back = dict(source.columns)

        def theirs(ref: Ref) -> Ref | None:
            return Ref("", back[ref.column]) if ref.column in back and ref.key is None else None

        terms = [Term(rewrite(t.formula, theirs), t.text) for t in draft.terms] if self.settings.pushdown else []
        terms = [t for t in terms if says_something(t.formula)]
        twin = self.full_listing(parent, tuple(back.values()), source.stages) if not terms else None
        index = twin.index if twin else max(self.drafts) + 1
        given = draft.terms if self.settings.pushdown else []
        sql, text, told = self.render.source(self.settings.prefix, index, parent, back, given)
        if told:
            draft.told |= {id(t.formula) for t in told}
            self.chooser.narrow(draft)
        draft.keys = Keys(tuple(back), sql, (index,), text)
        draft.needs.add(index)
        if twin:
            return
        hidden = Draft(index, parent, parent.name, tuple(back.values()), terms, hidden=True)
        self.drafts[index] = hidden
        self.chooser.stage(hidden)
        if source.stages == "all":
            hidden.stages = STAGES
        self.chooser.sort(hidden)
        self.chooser.choose(hidden)
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
        parent = self.names.on(draft.resource.server, source.resource)
        fixed: dict[str, list[str]] = {}
        fed: list[FeedQuery] = []
        for ours, theirs in source.columns.items():
            found = self.chooser.literals(draft, ours)
            if found:
                fixed[ours] = found[0]
                continue
            for feed in self.feeds_of(draft, ours):
                table = feed.source.table if feed.source else None
                alike = table is not None and table.resource.methods is parent.methods and feed.column == theirs
                alike = alike and table is not None and table.resource.server == parent.server
                if alike and table and self.drafts[table.index].stages == ("active",) and self.usable(feed, draft):
                    fed.append(feed)
                    break
            else:
                return False
        if len(fed) != 1 or not fixed:
            return False
        keys = self.feed_keys(draft, fed[0], next(c for c in source.columns if c not in fixed))
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
            rules = self.chooser.catalog.predicates.get(column.push.predicates) if column.push else None
            rule = rules.rules.get(Op.IN) if rules else None
            push = column.push
            if push is None or rule is None or rule.write is None:
                continue
            able = self.settings.able(draft.resource)
            if not {push.needs, rule.needs} - {None} <= able:
                continue
            for feed in self.feeds_of(draft, column.name):
                score = max((self.drafts[t].score for t in feed.tables), default=2)
                narrow = score > draft.score if least is None else score >= least
                if narrow and self.usable(feed, draft):
                    clause = rule.write.replace("{field}", push.field)
                    most = min(rule.max_values or FEED_MOST, FEED_MOST)
                    draft.key_filter = KeyFilter(clause, self.feed_keys(draft, feed, column.name), most, FEED_BATCH)
                    draft.needs |= feed.tables
                    return
