"""Predicates as a small algebra: what a WHERE or ON condition says about the columns of scans.

Theory: a Formula is implied by the condition it was made from: wherever the condition is true, the formula is true.
What cannot be read becomes Unknown, which counts as true. So a scan may always drop the rows for which the formula
is false, whatever else the condition says. SQL's third truth value needs no place here: only "is it true" matters,
and NOT is moved down to comparisons, whose negations are true for the same rows (NaN never occurs, it reads as NULL).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from mlflow_sql.catalog.model import Op


@dataclass(frozen=True, slots=True)
class Ref:
    """A column of a source in FROM, or one key of its map column."""

    source: str
    column: str
    key: str | None = None

    def __str__(self) -> str:
        return self.column if self.key is None else f"{self.column}['{self.key}']"


@dataclass(frozen=True, slots=True)
class Const:
    """A value known before the scan runs. kind: string, number, null, value (bound), or sql (to be evaluated)."""

    kind: str
    value: Any
    timely: bool = False  # depends on the current time


@dataclass(frozen=True, slots=True)
class Atom:
    """One comparison of a column with constants; ``text`` is how the statement says it."""

    ref: Ref
    op: Op
    values: tuple[Const, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fed:
    """The column is one of the values that another part of the statement supplies; ``feed`` is its index."""

    ref: Ref
    feed: int


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything else: true as far as scans are concerned. ``text`` and ``reason`` are for EXPLAIN.

    refs: the columns in it, when all of them are known.
    """

    text: str = ""
    reason: str = ""
    refs: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Never:
    """True for no row."""


Formula = Atom | Fed | And | Or | Unknown | Never
Resolve = Callable[[exp.Expr], Ref | None]
Bind = Callable[[exp.Expr], Const | None]

_COMPARE: dict[type[exp.Expr], Op] = {
    exp.EQ: Op.EQ,
    exp.NEQ: Op.NE,
    exp.LT: Op.LT,
    exp.LTE: Op.LE,
    exp.GT: Op.GT,
    exp.GTE: Op.GE,
}
_FLIP = {Op.EQ: Op.EQ, Op.NE: Op.NE, Op.LT: Op.GT, Op.LE: Op.GE, Op.GT: Op.LT, Op.GE: Op.LE}
_NEGATE = {
    Op.EQ: Op.NE, Op.NE: Op.EQ, Op.LT: Op.GE, Op.GE: Op.LT, Op.GT: Op.LE, Op.LE: Op.GT,
    Op.IN: Op.NOT_IN, Op.NOT_IN: Op.IN, Op.IS_NULL: Op.IS_NOT_NULL, Op.IS_NOT_NULL: Op.IS_NULL,
}  # fmt: skip

FOREIGN = "is about another table"
NOT_READ = "is not a comparison of one column with a constant"
JOINS = "compares two tables"
SUBQUERY = "holds a subquery"


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The terms of a condition that are joined by AND at its top, without their parentheses."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.And):
        yield from conjuncts(node.left)
        yield from conjuncts(node.right)
    else:
        yield node


def formula(node: exp.Expr, resolve: Resolve, bind: Bind) -> Formula:
    """What the condition says.

    resolve: a column reference -> Ref, or None when it is no column of a known source.
    bind: an expression -> Const when its value is known before the scan runs, else None.
    """
    reader = _Reader(resolve, bind)
    return reader.read(node, positive=True)


class _Reader:
    def __init__(self, resolve: Resolve, bind: Bind) -> None:
        self.resolve = resolve
        self.bind = bind

    def read(self, node: exp.Expr, positive: bool) -> Formula:
        match node:
            case exp.Paren():
                return self.read(node.this, positive)
            case exp.Not():
                return self.read(node.this, not positive)
            case exp.And() | exp.Or():
                parts = (self.read(node.left, positive), self.read(node.right, positive))
                return all_of(parts) if isinstance(node, exp.And) == positive else any_of(parts)
            case exp.Boolean():
                return Unknown() if bool(node.this) == positive else Never()
            case exp.Between():
                if node.args.get("symmetric"):
                    return self.unknown(node)
                low = self.compare(node, node.this, Op.GE if positive else Op.LT, node.args["low"])
                high = self.compare(node, node.this, Op.LE if positive else Op.GT, node.args["high"])
                return all_of((low, high)) if positive else any_of((low, high))
            case exp.In():
                return self.one_of(node, positive)
            case exp.Is():
                return self.is_null(node, positive)
            case exp.Like() | exp.ILike():
                return self.like(node, positive != bool(node.args.get("negate")))
            case exp.StartsWith() | exp.Contains():
                return self.part_of(node, positive)
        op = _COMPARE.get(type(node))
        if op is None or not isinstance(node, exp.Binary):
            return self.unknown(node)
        flipped = _FLIP[op]
        if not positive:
            op, flipped = _NEGATE[op], _NEGATE[flipped]
        if op == Op.EQ and isinstance(node.left, exp.Lower) and self.resolve(node.left.this):
            return self.folded(node, node.left.this, node.right)
        if isinstance(node.left, exp.Literal) and (truth := self.truth(op, node.left, node.right)) is not None:
            return Unknown() if truth else Never()
        read = self.compare(node, node.left, op, node.right)
        return self.compare(node, node.right, flipped, node.left) if isinstance(read, Unknown) else read

    def truth(self, op: Op, left: exp.Expr, right: exp.Expr) -> bool | None:
        """Whether a comparison of two whole numbers holds, as in WHERE 1 = 0; None for anything else."""
        one, two = self.bind(left), self.bind(right)
        if one is None or two is None or type(one.value) is not int or type(two.value) is not int:
            return None
        a, b = one.value, two.value
        return {Op.EQ: a == b, Op.NE: a != b, Op.LT: a < b, Op.LE: a <= b, Op.GT: a > b, Op.GE: a >= b}[op]

    def unknown(self, node: exp.Expr, reason: str = NOT_READ) -> Unknown:
        refs = [self.resolve(c) for c in node.find_all(exp.Column)]
        known = tuple(r for r in refs if r is not None)
        subquery = node.find(exp.Query) is not None
        if reason == NOT_READ and (subquery or len({r.source for r in known}) > 1):
            reason = SUBQUERY if subquery else JOINS
        whole = len(known) == len(refs) and not subquery
        return Unknown(text_of(node), reason, known if whole else ())

    def compare(self, whole: exp.Expr, left: exp.Expr, op: Op, right: exp.Expr) -> Formula:
        ref = self.resolve(left)
        const = self.bind(right) if ref else None
        if ref is None or const is None:
            return self.unknown(whole)
        if const.kind == "null":
            return Never()
        return Atom(ref, op, (const,), text_of(whole))

    def one_of(self, node: exp.In, positive: bool) -> Formula:
        ref = self.resolve(node.this)
        if ref is None or node.args.get("query") or node.args.get("unnest"):
            return self.unknown(node)
        consts: list[Const | None] = []
        if field := node.args.get("field"):
            bound = self.bind(field)
            if bound is None or not isinstance(bound.value, (list, tuple)):
                return self.unknown(node)
            consts = [constant(v) for v in bound.value]
        else:
            consts = [self.bind(item) for item in _listed(node)]
        known = [c for c in consts if c is not None]
        if len(known) < len(consts):
            return self.unknown(node)
        values = tuple(dict.fromkeys(c for c in known if c.kind != "null"))
        if positive:
            return Atom(ref, Op.IN, values, text_of(node)) if values else Never()
        op = Op.NOT_IN if values else Op.IS_NOT_NULL
        others = Atom(ref, op, values, text_of(node))
        if field or len(values) == len(set(known)):
            return others
        # x NOT IN (1, NULL) is never true, but x NOT IN [1, NULL] may be, and the tree tells no difference.
        return all_of((others, self.unknown(node)))

    def is_null(self, node: exp.Is, positive: bool) -> Formula:
        ref = self.resolve(node.this)
        if ref is None or not isinstance(node.expression, exp.Null):
            return self.unknown(node)
        return Atom(ref, Op.IS_NULL if positive else Op.IS_NOT_NULL, (), text_of(node))

    def like(self, node: exp.Like | exp.ILike, positive: bool) -> Formula:
        ignore_case = isinstance(node, exp.ILike)
        column = node.this
        if isinstance(column, exp.Lower) and not ignore_case:
            column, ignore_case = column.this, True
        ref = self.resolve(column)
        const = self.bind(node.expression) if ref else None
        if ref is None or const is None:
            return self.unknown(node)
        if const.kind == "null":
            return Never()
        if not positive:
            return self.unknown(node, "MLflow's filters have no NOT LIKE")
        if not isinstance(const.value, str) or const.kind == "sql":
            return self.unknown(node)
        op = Op.ILIKE if ignore_case else Op.LIKE_ANY if "_" in const.value else Op.LIKE
        return Atom(ref, op, (const,), text_of(node))

    def folded(self, whole: exp.Expr, column: exp.Expr, value: exp.Expr) -> Formula:
        """lower(column) = value: as a pattern without wildcards; those in the value only match more."""
        ref = self.resolve(column)
        const = self.bind(value)
        if ref is None or const is None or not isinstance(const.value, str) or const.kind == "sql":
            return self.unknown(whole)
        return Atom(ref, Op.ILIKE, (const,), text_of(whole))

    def part_of(self, node: exp.StartsWith | exp.Contains, positive: bool) -> Formula:
        ref = self.resolve(node.this)
        const = self.bind(node.expression) if ref else None
        if ref is None or const is None or not positive or not isinstance(const.value, str) or const.kind == "sql":
            return self.unknown(node)
        head = "" if isinstance(node, exp.StartsWith) else "%"
        op = Op.LIKE_ANY if "_" in const.value or "%" in const.value else Op.LIKE
        return Atom(ref, op, (Const("string", f"{head}{const.value}%"),), text_of(node))


def _listed(node: exp.In) -> list[exp.Expr]:
    """The values of ``IN (a, b)`` and of ``IN (VALUES (a), (b))``."""
    (first, *others) = node.expressions or [None]
    if not isinstance(first, exp.Values) or others:
        return node.expressions
    return [row.expressions[0] if len(row.expressions) == 1 else row for row in first.expressions]


def text_of(node: exp.Expr) -> str:
    """The condition as SQL, for EXPLAIN."""
    return node.sql(dialect="duckdb")


def constant(value: Any) -> Const:
    """The Const of a bound Python value."""
    if value is None:
        return Const("null", None)
    if isinstance(value, str):
        return Const("string", value)
    return Const("value", tuple(value) if isinstance(value, list) else value)


def all_of(parts: tuple[Formula, ...]) -> Formula:
    """The conjunction, simplified as far as Never and what is always true go."""
    if any(isinstance(p, Never) for p in parts):
        return Never()
    kept = tuple(p for p in parts if not is_true(p))
    if not kept:
        return Unknown()
    return kept[0] if len(kept) == 1 else And(kept)


def any_of(parts: tuple[Formula, ...]) -> Formula:
    """The disjunction, simplified as far as Never and what is always true go."""
    if any(is_true(p) for p in parts):
        return Unknown()
    kept = tuple(p for p in parts if not isinstance(p, Never))
    if not kept:
        return Never()
    return kept[0] if len(kept) == 1 else Or(kept)


def is_true(part: Formula) -> bool:
    """Whether the condition is known to hold for every row, as TRUE and 1 = 1 are."""
    return isinstance(part, Unknown) and not part.reason


def rewrite(part: Formula, change: Callable[[Ref], Ref | None]) -> Formula:
    """The formula with every column reference changed; where ``change`` gives None, it becomes Unknown."""
    match part:
        case Atom():
            ref = change(part.ref)
            return Unknown(part.text, FOREIGN) if ref is None else Atom(ref, part.op, part.values, part.text)
        case Fed():
            ref = change(part.ref)
            return Unknown("", FOREIGN) if ref is None else Fed(ref, part.feed)
        case And():
            return _joined(all_of(tuple(rewrite(p, change) for p in part.parts)))
        case Or():
            return _joined(any_of(tuple(rewrite(p, change) for p in part.parts)))
        case Unknown():
            return Unknown(part.text, FOREIGN) if part.refs and not any(change(r) for r in part.refs) else part
    return part


def _joined(after: Formula) -> Formula:
    """``after``, or foreign when all of its parts are."""
    if isinstance(after, (And, Or)) and all(isinstance(p, Unknown) and p.reason == FOREIGN for p in after.parts):
        return Unknown("", FOREIGN)
    return after


def on_source(part: Formula, source: str) -> Formula:
    """What the formula says about one source alone."""
    return rewrite(part, lambda ref: ref if ref.source == source else None)


def rejects_null(part: Formula) -> bool:
    """Whether the formula is false when every column it mentions is NULL."""
    match part:
        case Atom():
            return part.op != Op.IS_NULL
        case Fed() | Never():
            return True
        case And():
            return any(rejects_null(p) for p in part.parts)
        case Or():
            return all(rejects_null(p) for p in part.parts)
    return False


def says_something(part: Formula) -> bool:
    """Whether the formula could exclude a row."""
    match part:
        case Unknown():
            return False
        case And():
            return any(says_something(p) for p in part.parts)
        case Or():
            return all(says_something(p) for p in part.parts)
    return True


def is_whole(part: Formula) -> bool:
    """Whether every part of the condition was read: then it is equivalent to the condition, not only implied."""
    match part:
        case Unknown():
            return not part.reason
        case And() | Or():
            return all(is_whole(p) for p in part.parts)
    return True


def possible(part: Formula, test: Callable[[Atom], bool]) -> bool:
    """Whether the formula can be true when ``test`` says which comparisons can."""
    match part:
        case Atom():
            return test(part)
        case Never():
            return False
        case And():
            return all(possible(p, test) for p in part.parts)
        case Or():
            return any(possible(p, test) for p in part.parts)
    return True


def atoms(part: Formula) -> Iterator[Atom | Fed]:
    """Every comparison in the formula."""
    if isinstance(part, (Atom, Fed)):
        yield part
    elif isinstance(part, (And, Or)):
        for inner in part.parts:
            yield from atoms(inner)
