"""Conditions on one table into filter clauses: what the server can check, and what it cannot, with the reason.

Theory: every Term must hold for a row to matter, so clauses that are implied by Terms may be sent together. A Term
is brought into alternatives (a disjunction of clause lists). One alternative joins the common clauses; several make
one search each. A comparison that cannot be said is left out, which only lets more rows through. What was said
exactly is pushed; all else is residual, and DuckDB checks everything again anyway.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product

from mlflow_sql.catalog.model import Catalog, Column, Op, Predicates, Push, Resource, Rule
from mlflow_sql.plan import filters
from mlflow_sql.plan.clauses import MAX_CLAUSES, Alternative, Clause, Narrowing, minimal
from mlflow_sql.plan.conditions import Term
from mlflow_sql.plan.predicate import And, Atom, Const, Fed, Formula, Never, Or, Ref, Unknown, is_true, is_whole
from mlflow_sql.types import ColumnType

MAX_SEARCHES = 16

Evaluate = Callable[[Const], datetime | None]


class _Local(Exception):
    """A comparison cannot be said to the server; the text is the reason."""


class Pushdown:
    """Turns conditions on one resource into clauses, for a server with the given capabilities."""

    def __init__(
        self, resource: Resource, catalog: Catalog, capabilities: frozenset[str], evaluate: Evaluate, text: bool = True
    ) -> None:
        self.resource = resource
        self.catalog = catalog
        self.capabilities = capabilities
        self.evaluate = evaluate
        self.text = text  # whether strings compare byte by byte locally, as they do on the server

    def narrow(self, terms: Iterable[Term], said: Callable[[Formula], bool] = lambda _: False) -> Narrowing:
        """The clauses for all terms. ``said``: whether a formula is told to the server in another way already."""
        found = Narrowing()
        common: Alternative = ()
        multiple: list[tuple[Term, list[Alternative]]] = []
        key = self._element_key(terms)
        for term in terms:
            if isinstance(term.formula, Fed) or is_true(term.formula):
                continue
            if said(term.formula):
                found.pushed.append(term.text)
                continue
            reasons: list[str] = []
            if isinstance(term.formula, Atom) and (halves := self._halves(term.formula, key)):
                if not found.halves:
                    found.halves, found.halved = halves, term.text
                found.residual.append((term.text, "whether it is there takes two searches"))
                continue
            alternatives = self._alternatives(term.formula, reasons, key)
            if isinstance(term.formula, Atom):  # what it is about needs no saying
                reasons = [r.removeprefix(f"{term.formula.ref}: ") for r in reasons]
            if not is_whole(term.formula) and not reasons:
                reasons.append(_why_not(term.formula))
            if not alternatives:
                return Narrowing([], [term.text])
            if any(not a for a in alternatives):
                found.residual.append((term.text, reasons[0] if reasons else "matches every row"))
                continue
            if len(alternatives) == 1:
                longer = tuple(dict.fromkeys((*common, *alternatives[0])))
                if len(longer) > MAX_CLAUSES:
                    found.residual.append((term.text, f"a search takes {MAX_CLAUSES} clauses"))
                    continue
                common = longer
            else:
                multiple.append((term, alternatives))
                if len(alternatives) > MAX_SEARCHES or not all(any(c.selective for c in a) for a in alternatives):
                    continue
            inexact = any(not c.exact for a in alternatives for c in a)
            if reasons or inexact:
                found.residual.append((term.text, reasons[0] if reasons else "the server returns a superset"))
            found.pushed.append(term.text)
        found.alternatives = self._spread(common, multiple, found)
        found.timely = any(c.timely for a in found.alternatives for c in a)
        return found

    def _spread(
        self, common: Alternative, multiple: list[tuple[Term, list[Alternative]]], found: Narrowing
    ) -> list[Alternative]:
        """The product of the terms with several alternatives, as far as it stays within the limits."""
        result: list[Alternative] = [common]
        for term, alternatives in sorted(multiple, key=lambda m: len(m[1])):
            reason = None
            if not all(any(c.selective for c in a) for a in alternatives):
                reason = "one of its searches would match most rows"
            elif len(result) * len(alternatives) > MAX_SEARCHES:
                reason = f"would need {len(result) * len(alternatives)} searches, more than {MAX_SEARCHES}"
            else:
                merged = [tuple(dict.fromkeys((*a, *b))) for a, b in product(result, alternatives)]
                if max(len(m) for m in merged) > MAX_CLAUSES:
                    reason = f"a search takes {MAX_CLAUSES} clauses"
                else:
                    result = merged
            if reason:
                found.pushed = [p for p in found.pushed if p != term.text]
                found.residual = [r for r in found.residual if r[0] != term.text] + [(term.text, reason)]
        return minimal(result)

    def _element_key(self, terms: Iterable[Term]) -> str | None:
        """The one key that all rows of an exploded list must have, when the terms say so."""
        explode = self.resource.explode
        if explode is None or explode.key is None:
            return None
        for term in terms:
            part = term.formula
            one = isinstance(part, Atom) and part.op in (Op.EQ, Op.IN) and len(part.values) == 1
            if one and isinstance(part, Atom) and part.ref == Ref("", explode.key) and part.values[0].kind == "string":
                return str(part.values[0].value)
        return None

    def _alternatives(self, part: Formula, reasons: list[str], key: str | None) -> list[Alternative]:
        """The formula as a disjunction of clause lists; an empty list of clauses stands for what cannot be said."""
        match part:
            case Never():
                return []
            case Atom():
                return self._of_atom(part, reasons, key)
            case Or():
                return minimal([a for p in part.parts for a in self._alternatives(p, reasons, key)])
            case And():
                inner_key = self._element_key([Term(p, "") for p in _flat(part)]) or key
                result: list[Alternative] = [()]
                for inner in sorted((self._alternatives(p, reasons, inner_key) for p in part.parts), key=len):
                    if len(result) * len(inner) > MAX_SEARCHES and inner:
                        reasons.append(f"would need more than {MAX_SEARCHES} searches")
                        continue
                    result = minimal([tuple(dict.fromkeys((*a, *b))) for a, b in product(result, inner)])
                return result
        return [()]

    def _of_atom(self, atom: Atom, reasons: list[str], key: str | None) -> list[Alternative]:
        try:
            push, column, name = self._target(atom, key)
            rules = self.catalog.predicates[push.predicates]
            return self._say(atom, push, column, name, rules)
        except _Local as why:
            reasons.append(f"{atom.ref}: {why}" if str(why) else "")
            return [()]

    def _halves(self, atom: Atom, key: str | None) -> tuple[Clause, ...]:
        """The two clauses of a comparison that needs as many searches, if it is such a one."""
        try:
            push, column, name = self._target(atom, key)
            op, _ = self._meant(atom, column)
            rule = self._usable(self.catalog.predicates[push.predicates].rules.get(op))
            field_text = _field(push, name)
        except _Local:
            return ()
        return tuple(Clause(h.replace("{field}", field_text), False, False) for h in rule.halves or ())

    def _target(self, atom: Atom, key: str | None) -> tuple[Push, Column, str | None]:
        """The field that a comparison is about: its own column's, or the list's for the key or value of an element."""
        column = self.resource.column(atom.ref.column)
        if column is None:
            raise _Local("no such column")
        explode = self.resource.explode
        if explode and explode.push and atom.ref.key is None and column.name in (explode.key, explode.value):
            return self._element_target(atom, column, key)
        push = column.push
        if push is None and explode and explode.kinds and column.each is not None:
            raise _Local(f"needs one {explode.kind} to go with it")
        if push is None:
            raise _Local("the server cannot filter by it")
        if push.needs and push.needs not in self.capabilities:
            raise _Local(f"this server lacks {push.needs}")
        if column.type.is_map and atom.ref.key is None:
            raise _Local("the server filters by one key of it at a time")
        name = push.key if push.key is not None else atom.ref.key
        if not column.type.is_map and atom.ref.key is not None:
            raise _Local("the server cannot look into it")
        return push, column, name

    def _element_target(self, atom: Atom, column: Column, key: str | None) -> tuple[Push, Column, str | None]:
        explode = self.resource.explode
        assert explode is not None
        assert explode.push is not None
        if column.name == explode.value:
            if key is None:
                raise _Local("needs one key to go with it")
            return explode.push, column, key
        if atom.op == Op.EQ and atom.values[0].kind == "string":
            exists = self.catalog.predicates[explode.push.predicates].rules.get(Op.IS_NOT_NULL)
            if exists is not None:
                return explode.push, column, str(atom.values[0].value)
            raise _Local("the server cannot ask whether a key is there")
        raise _Local("the server cannot search among keys")

    def _say(self, atom: Atom, push: Push, column: Column, name: str | None, rules: Predicates) -> list[Alternative]:
        explode = self.resource.explode
        op, values = self._meant(atom, column)
        rule = self._usable(rules.rules.get(op))
        if rule.halves:
            raise _Local("whether it is there takes two searches")
        field_text = _field(push, name)
        superset = push.per_element or (explode is not None and column.each is not None)
        say = _Writer(self, column, push, rules, field_text, superset)
        return say.alternatives(op, values, rule)

    def _meant(self, atom: Atom, column: Column) -> tuple[Op, tuple[Const, ...]]:
        """The comparison that the server is asked for: of the key of an element it is whether the key is there."""
        explode = self.resource.explode
        if explode and column.name == explode.key and atom.ref.key is None and column.push is None:
            return Op.IS_NOT_NULL, ()
        return atom.op, atom.values

    def _usable(self, rule: Rule | None) -> Rule:
        missing = None
        while rule is not None:
            if rule.needs is None or rule.needs in self.capabilities:
                return rule
            missing, rule = rule.needs, rule.otherwise
        raise _Local(f"this server lacks {missing}" if missing else "the server has no such comparison")


@dataclass(slots=True)
class _Writer:
    """Writes the clauses for one column."""

    pushdown: Pushdown
    column: Column
    push: Push
    rules: Predicates
    field: str
    superset: bool

    def alternatives(self, op: Op, values: Sequence[Const], rule: Rule) -> list[Alternative]:
        if rule.split:
            inner = self._rule(rule.split)
            return [a for v in values for a in self.alternatives(rule.split, (v,), inner)]
        if rule.each:
            inner = self._rule(rule.each)
            lists = [self.alternatives(rule.each, (v,), inner) for v in values]
            return [tuple(c for alternatives in lists for c in alternatives[0])]
        if rule.complement:
            if any(v.kind != "string" for v in values):
                raise _Local("is text, and is compared with a value that is not")
            wanted = {v.value for v in values}
            others = [Const("string", v) for v in self.push.values if v not in wanted]
            inner = self._rule(rule.complement)
            clauses = [c for v in others for c in self.alternatives(rule.complement, (v,), inner)[0]]
            return [tuple(Clause(c.text, c.exact, rule.selective, listed=True) for c in clauses)]
        if rule.max_values is not None and len(values) > rule.max_values:
            raise _Local(f"a list takes {rule.max_values} values")
        exact = rule.exact and not self.superset
        exact &= rule.exact_with is None or rule.exact_with in self.pushdown.capabilities
        value = "" if op in (Op.IS_NULL, Op.IS_NOT_NULL) else self._value(op, values)
        assert rule.write is not None
        text = rule.write.replace("{field}", self.field).replace("{values}", value).replace("{value}", value)
        timely = any(v.timely for v in values)
        return [(Clause(text, exact, rule.selective, timely, listed=bool(self.push.values)),)]

    def _rule(self, op: Op) -> Rule:
        return self.pushdown._usable(self.rules.rules.get(op))

    def _value(self, op: Op, values: Sequence[Const]) -> str:
        match self.rules.literal:
            case "string":
                written = self._strings(op, values)
            case "number":
                written = self._number(values[0])
            case "millis":
                written = filters.millis(self._moment(values[0]), op)
                if written is None:
                    raise _Local("no whole millisecond equals the value")
        if written is None:
            raise _Local("the value cannot be written in MLflow's filter grammar")
        return written

    def _strings(self, op: Op, values: Sequence[Const]) -> str | None:
        if self.column.type not in (ColumnType.STRING, ColumnType.STRING_MAP):
            raise _Local("is no text")
        if not self.pushdown.text:
            raise _Local("a collation is set")
        texts: list[str] = []
        for const in values:
            if const.kind != "string" or not isinstance(const.value, str):
                raise _Local("is text, and is compared with a value that is not")
            texts.append(const.value)
        pattern = self.column.pattern if op in (Op.EQ, Op.NE, Op.IN, Op.NOT_IN) else None
        if pattern and not all(re.fullmatch(pattern, t) for t in texts):
            raise _Local("the server takes no such value")
        match op:
            case Op.IN | Op.NOT_IN:
                return filters.string_list(texts)
            case Op.LIKE | Op.LIKE_ANY:
                return filters.like(texts[0])
            case Op.ILIKE:
                if not texts[0].isascii():
                    raise _Local("not every server ignores the case of letters beyond ASCII")
                return filters.ilike(texts[0])
        return filters.string(texts[0])

    def _number(self, const: Const) -> str | None:
        if const.kind not in ("number", "value", "string"):
            raise _Local("is a number, and is compared with something else than a plain number")
        value = filters.double(const.value) if const.kind == "string" else filters.exact_float(const.value)
        if value is None:
            raise _Local("DuckDB may round the value otherwise than the server")
        return filters.number(value)

    def _moment(self, const: Const) -> datetime:
        moment = self.pushdown.evaluate(const)
        if moment is None:
            raise _Local("is a time, and is compared with a value that is none")
        return moment


def _field(push: Push, name: str | None) -> str:
    if "{key}" not in push.field:
        return push.field
    if (written := filters.key(name or "")) is None:
        raise _Local("its key cannot be written in MLflow's filter grammar")
    return push.field.replace("{key}", written)


def _flat(part: Formula) -> Iterable[Formula]:
    if isinstance(part, And):
        for inner in part.parts:
            yield from _flat(inner)
    else:
        yield part


def _why_not(part: Formula) -> str:
    for inner in _every(part):
        if isinstance(inner, Unknown) and inner.reason:
            return inner.reason
    return ""


def _every(part: Formula) -> Iterable[Formula]:
    yield part
    if isinstance(part, (And, Or)):
        for inner in part.parts:
            yield from _every(inner)
