"""From the conditions on each table to its Scan: drafts, their keys, then order, limit and the searches themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlglot import exp

from mlflow_sql.catalog.model import Catalog, Method, Op, Resource
from mlflow_sql.plan import top
from mlflow_sql.plan.conditions import Conditions
from mlflow_sql.plan.drafts import Chooser, Draft
from mlflow_sql.plan.keys import KeyPlanner
from mlflow_sql.plan.nodes import Scan, Search
from mlflow_sql.plan.predicate import Atom, Const, Fed, Ref
from mlflow_sql.plan.scopes import Bindings

if TYPE_CHECKING:
    from mlflow_sql.plan.planner import Settings


class Scanner:
    """Plans the scans of one statement. ``timely``: one of them holds a bound computed from the current time."""

    def __init__(
        self,
        catalog: Catalog,
        bindings: Bindings,
        conditions: Conditions,
        settings: Settings,
        moment: Callable[[Const], datetime | None],
    ) -> None:
        self.bindings = bindings
        self.conditions = conditions
        self.settings = settings
        self.drafts: dict[int, Draft] = {}
        self.chooser = Chooser(catalog, conditions.lifecycle, settings, moment)
        self.keys = KeyPlanner(self.drafts, conditions.feeds, self.chooser)
        self.timely = False

    def scans(self, columns: Mapping[int, tuple[str, ...]], expressions: Mapping[int, str]) -> tuple[Scan, ...]:
        """The scans, feeders before what they feed. Both arguments are by index of the table."""
        for table in self.bindings.tables:
            self.drafts[table.index] = Draft(
                table.index, table.resource, table.alias, columns[table.index],
                list(self.conditions.terms.get(table.index, ())), table, expression=expressions.get(table.index, ""),
            )  # fmt: skip
        for draft in list(self.drafts.values()):
            self.chooser.stage(draft)
            self.chooser.sort(draft)
            self.chooser.choose(draft)
        for draft in list(self.drafts.values()):
            self.keys.required_keys(draft)
        if self.settings.pushdown:
            for draft in sorted(self.drafts.values(), key=lambda d: d.score):
                self.keys.joined_keys(draft)
        ordered: list[int] = []
        for index in self.drafts:
            self.visit(index, ordered)
        scans = _wanted([self.finish(self.drafts[i]) for i in ordered])
        self.timely |= self.keys.timely
        return scans

    def visit(self, index: int, ordered: list[int]) -> None:
        """Put a draft into the order, behind what it needs."""
        if index not in ordered:
            for needed in sorted(self.drafts[index].needs):
                self.visit(needed, ordered)
            ordered.append(index)

    def finish(self, draft: Draft) -> Scan:
        """The scan that a draft has come to, with its order and limit."""
        assert draft.method is not None
        found = draft.narrowing
        if found.timely:
            self.timely = True
        method = draft.method
        ends = top.End()
        if draft.table is not None:
            ends = top.end(draft.table, self.bindings, self.left(draft), draft.method, self.settings)
        if ends.limit is None and draft.key_filter is None:
            found = found.in_halves()
        alternatives = found.alternatives if draft.stages and draft.kinds != () else []
        view, stages = self.view(draft)
        keyset = self.keyset(draft.resource, method)
        searches = tuple(
            Search(
                method, dict(draft.values), tuple(c.text for c in part), view, expression=draft.expression,
                order=ends.order, limit=ends.limit, newest_first=ends.newest_first, keyset=keyset,
            )
            for part in alternatives
        )  # fmt: skip
        if ends.limit == 0:
            searches = ()
        return Scan(
            index=draft.index, name=f"{self.settings.prefix}{draft.index}", resource=draft.resource,
            alias=draft.alias, columns=_with_group(draft), method=method, searches=searches,
            keys=draft.keys if searches else None, key_filter=draft.key_filter if searches else None, stages=stages,
            pushed=tuple(dict.fromkeys([*found.pushed, *_told(draft)])),
            residual=tuple(dict.fromkeys(found.residual)), stop=ends.text, hidden=draft.hidden,
            constants=draft.constants, kinds=draft.kinds,
        )  # fmt: skip

    def left(self, draft: Draft) -> frozenset[Ref] | None:
        """The columns whose missing values DuckDB drops, where it drops no other row; None where it may."""
        residual = {text for text, _ in draft.narrowing.residual}
        columns: set[Ref] = set()
        for term in draft.terms:
            part = term.formula
            if isinstance(part, Fed) and id(part) not in draft.told:
                return None
            if isinstance(part, Atom) and part.op == Op.IS_NOT_NULL and term.text in residual:
                residual.discard(term.text)
                columns.add(part.ref)
        return frozenset(columns) if not residual and self.settings.pushdown else None

    def keyset(self, resource: Resource, method: Method) -> bool:
        """Whether the resource's server can page in the method's keyset order."""
        keyset = method.paging.keyset if method.paging else None
        return keyset is not None and (not keyset.needs or keyset.needs in self.settings.able(resource))

    def view(self, draft: Draft) -> tuple[str | None, frozenset[str] | None]:
        """The view to ask for, and the stages to keep where the method cannot be asked."""
        if draft.resource.lifecycle is None:
            return None, None
        assert draft.method is not None
        name = "all" if len(draft.stages) == 2 else draft.stages[0] if draft.stages else "active"
        if draft.method.param("view") is not None:
            return name, None
        return None, None if name == "all" else frozenset(draft.stages)


def _wanted(scans: list[Scan]) -> tuple[Scan, ...]:
    """Without hidden scans whose keys nothing asks for; feeders come before what they feed."""
    asked: set[int] = set()
    kept = []
    for scan in reversed(scans):
        if not scan.hidden or scan.index in asked:
            kept.append(scan)
            asked |= set(scan.needs)
    return tuple(reversed(kept))


def _told(draft: Draft) -> list[str]:
    """The condition that is sent as it stands, as the statement says it."""
    name = next((c.name for c in draft.resource.columns if c.sent_as), "")
    return [f"{name} = {exp.Literal.string(draft.expression).sql('duckdb')}"] if draft.expression else []


def _with_group(draft: Draft) -> tuple[str, ...]:
    """The columns, with the one by which a cut answer is told to be whole."""
    paging = draft.method.paging if draft.method else None
    wanted = {*draft.columns, *((paging.group,) if paging and paging.group else ())}
    return tuple(c.name for c in draft.resource.columns if c.name in wanted)
