"""A scan in the making: which lifecycle stages it reads, by which method, and what its conditions say to the server."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mlflow_sql.catalog.model import Catalog, Method, Op, Param, Resource
from mlflow_sql.plan.clauses import Narrowing
from mlflow_sql.plan.conditions import Term
from mlflow_sql.plan.nodes import KeyFilter, Keys
from mlflow_sql.plan.predicate import Atom, Const, Fed, Formula, Never, Ref, atoms, is_true, is_whole, possible
from mlflow_sql.plan.pushdown import Pushdown
from mlflow_sql.plan.scopes import TableRef

if TYPE_CHECKING:
    from mlflow_sql.plan.planner import Settings

STAGES = ("active", "deleted")


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
    constants: dict[str, str | None] = field(default_factory=dict)
    kinds: tuple[str, ...] | None = None  # those that may come, of a resource with several
    expression: str = ""  # in the server's own language, from the statement
    keys: Keys | None = None
    key_filter: KeyFilter | None = None
    needs: set[int] = field(default_factory=set)

    @property
    def score(self) -> int:
        """How little it reads: 2 for a row by its key, 1 when its searches are selective, else 0."""
        if self.method is not None and self.method.item:
            return 2
        return 1 if self.expression or self.narrowing.selective or not self.narrowing.alternatives else 0


class Chooser:
    """Settles what a scan can be told without looking at other scans.

    lifecycle: the indexes of the tables whose lifecycle column the statement's conditions mention.
    """

    def __init__(
        self,
        catalog: Catalog,
        lifecycle: set[int],
        settings: Settings,
        moment: Callable[[Const], datetime | None],
    ) -> None:
        self.catalog = catalog
        self.lifecycle = lifecycle
        self.settings = settings
        self.moment = moment

    def stage(self, draft: Draft) -> None:
        """Which lifecycle stages the scan reads: active ones, unless the conditions mention the column."""
        lifecycle = draft.resource.lifecycle
        if lifecycle is None:
            draft.stages, draft.staged = STAGES, True
        elif draft.hidden or draft.index not in self.lifecycle:
            draft.staged = True
        else:
            column = lifecycle.column or ""
            draft.stages = self.allowed(draft, column, STAGES)

    def sort(self, draft: Draft) -> None:
        """Which kinds of rows can matter, of a resource with several lists."""
        explode = draft.resource.explode
        if explode is not None and explode.kind is not None:
            draft.kinds = self.allowed(draft, explode.kind, tuple(explode.kinds))

    def allowed(self, draft: Draft, column: str, values: tuple[str, ...]) -> tuple[str, ...]:
        """Those values of a column with a closed list of them that the terms allow; what says no more is told."""
        if not self.settings.pushdown:
            return values
        about = [t for t in draft.terms if any(a.ref.column == column for a in atoms(t.formula))]
        for term in about:
            alone = is_whole(term.formula) and all(a.ref.column == column for a in atoms(term.formula))
            if alone and _exact_at(term.formula, column):
                draft.told.add(id(term.formula))
        return tuple(v for v in values if all(_possible_at(t.formula, column, v) for t in about))

    def given(self, draft: Draft) -> dict[str, str | None]:
        """The columns that have no place in the answer, with the value that the statement says they equal."""
        values: dict[str, str | None] = {}
        for column in (c.name for c in draft.resource.columns if c.given and c.sent_as is None):
            found = self.literals(draft, column)
            values[column] = found[0][0] if found and len(found[0]) == 1 else None
            if found:
                draft.told.add(id(found[1].formula))
        return values

    def choose(self, draft: Draft) -> None:
        """The method: a single row's where the conditions fix its key, else the first that lists."""
        draft.constants = self.given(draft)
        able = self.settings.able(draft.resource)
        methods = [m for m in draft.resource.methods_for("select") if not m.needs or m.needs in able]
        if self.settings.pushdown and draft.stages and not draft.expression:  # which only a search can be told
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
        """Say to the server what of the draft's terms it can check."""
        if not self.settings.pushdown:
            why = "pushdown is off" if self.settings.text_order else "a collation is set"
            draft.narrowing = Narrowing(residual=[(t.text, why) for t in draft.terms])
            return
        assert draft.method is not None
        if draft.method.param("filter") is None:
            why = "is checked on what comes" if draft.method.item else "the server has no filter here"
            residual = [
                (t.text, why)
                for t in draft.terms
                if id(t.formula) not in draft.told and not isinstance(t.formula, Fed) and not is_true(t.formula)
            ]
            never = any(isinstance(t.formula, Never) for t in draft.terms)
            draft.narrowing = Narrowing([] if never else [()], [t.text for t in draft.terms
                                        if id(t.formula) in draft.told], residual)  # fmt: skip
            return
        able = self.settings.able(draft.resource)
        one = draft.kinds is not None and len(draft.kinds) == 1
        resource = draft.resource.of_kind(draft.kinds[0]) if one and draft.kinds else draft.resource
        pushdown = Pushdown(resource, self.catalog, able, self.moment, self.settings.text_order)
        draft.narrowing = pushdown.narrow(draft.terms, lambda f: id(f) in draft.told)

    def single(self, draft: Draft, param: Param) -> tuple[str, Term] | None:
        """The one value that a condition allows for a parameter's column."""
        found = self.literals(draft, param.column or "")
        return (found[0][0], found[1]) if found and len(found[0]) == 1 else None

    def literals(self, draft: Draft, column: str) -> tuple[list[str], Term] | None:
        """The values that a condition allows for a text column, when it lists them and the server takes them."""
        declared = draft.resource.column(column)
        if not self.settings.text_order:  # under a collation other values may be equal to these
            return None
        for term in draft.terms:
            part = term.formula
            if not isinstance(part, Atom) or part.ref != Ref("", column) or part.op not in (Op.EQ, Op.IN):
                continue
            values = [str(v.value) for v in part.values if v.kind == "string"]
            pattern = declared.pattern if declared else None
            if len(values) == len(part.values) and all(v and (not pattern or re.fullmatch(pattern, v)) for v in values):
                return values, term
        return None


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
