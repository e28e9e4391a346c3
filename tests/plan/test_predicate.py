"""What a condition says: wherever DuckDB finds it true, its formula is true too."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from mlflow_sql.catalog.model import Op
from mlflow_sql.plan.planner import Constants
from mlflow_sql.plan.predicate import (
    And,
    Atom,
    Const,
    Fed,
    Formula,
    Never,
    Or,
    Ref,
    Unknown,
    all_of,
    any_of,
    atoms,
    formula,
    is_true,
    is_whole,
    on_source,
    rejects_null,
    says_something,
)
from support.planning import NOW, moment
from support.simulation import like

VALUES: dict[str, list[Any]] = {"s": [None, "", "a", "A", "ab", "b"], "n": [None, -1, 0, 1], "u": [None, "a", "b"]}
TEXTS = ["''", "'a'", "'A'", "'ab'", "'b'", "'c'", "NULL"]
NUMBERS = ["-1", "0", "1", "2", "NULL", "0.5"]
PATTERNS = ["'a%'", "'%b'", "'a_'", "'%'", "''", "'A%'"]

ATOMS = st.one_of(
    st.builds(
        "{} {} {}".format, st.sampled_from(["s", "u"]), st.sampled_from(["=", "<>", "<", ">="]), st.sampled_from(TEXTS)
    ),
    st.builds(
        "{} {} {}".format, st.sampled_from(TEXTS), st.sampled_from(["=", "<>", ">"]), st.sampled_from(["s", "u"])
    ),
    st.builds("n {} {}".format, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), st.sampled_from(NUMBERS)),
    st.builds(
        "n {}BETWEEN {} AND {}".format,
        st.sampled_from(["", "NOT "]),
        st.sampled_from(NUMBERS),
        st.sampled_from(NUMBERS),
    ),
    st.builds(
        "{} {}IN ({})".format,
        st.sampled_from(["s", "u"]),
        st.sampled_from(["", "NOT "]),
        st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3).map(", ".join),
    ),
    st.builds("{} IS {}NULL".format, st.sampled_from(["s", "n", "u"]), st.sampled_from(["", "NOT "])),
    st.builds(
        "s {}{} {}".format, st.sampled_from(["", "NOT "]), st.sampled_from(["LIKE", "ILIKE"]), st.sampled_from(PATTERNS)
    ),
    st.builds("lower(s) {} {}".format, st.sampled_from(["=", "LIKE", "<>"]), st.sampled_from(["'a'", "'ab'", "'a%'"])),
    st.builds("{}(s, {})".format, st.sampled_from(["starts_with", "contains"]), st.sampled_from(["'a'", "'b'", "'%'"])),
    st.sampled_from(
        ["TRUE", "FALSE", "1 = 1", "1 = 0", "2 <> 1", "s = u", "length(s) > 1", "n + 1 > 1", "s IS DISTINCT FROM 'a'"]
    ),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=8,
)
bind = Constants(NOW, moment).bind


@cache
def table() -> duckdb.DuckDBPyConnection:
    """Every combination of a few values and NULLs."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (id INTEGER, s VARCHAR, n DOUBLE, u VARCHAR)")
    rows = [(s, n, u) for s in VALUES["s"] for n in VALUES["n"] for u in VALUES["u"]]
    connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", [[i, *row] for i, row in enumerate(rows)])
    return connection


def rows() -> list[tuple[Any, ...]]:
    return table().sql("SELECT * FROM t ORDER BY id").fetchall()


def read(condition: str) -> Formula:
    """The formula of a condition on the columns s, n and u."""
    node = sqlglot.parse_one(condition, dialect="duckdb")

    def resolve(found: sqlglot.Expr) -> Ref | None:
        if not isinstance(found, sqlglot.exp.Column) or found.name not in VALUES:
            return None
        return Ref(found.table or "t", found.name)

    return formula(node, resolve, bind)


def holds(part: Formula, row: dict[str, Any]) -> bool:
    """Whether a formula is true for a row."""
    match part:
        case And():
            return all(holds(p, row) for p in part.parts)
        case Or():
            return any(holds(p, row) for p in part.parts)
        case Never():
            return False
        case Atom():
            return _atom(part, row[f"o.{part.ref.column}" if part.ref.source == "o" else part.ref.column])
    return True


def _atom(atom: Atom, value: Any) -> bool:
    if atom.op in (Op.IS_NULL, Op.IS_NOT_NULL):
        return (value is None) == (atom.op == Op.IS_NULL)
    if value is None:
        return False
    wanted = [float(c.value) if isinstance(value, float) else c.value for c in atom.values]
    match atom.op:
        case Op.EQ | Op.IN:
            return value in wanted
        case Op.NE | Op.NOT_IN:
            return value not in wanted
        case Op.LT:
            return bool(value < wanted[0])
        case Op.LE:
            return bool(value <= wanted[0])
        case Op.GT:
            return bool(value > wanted[0])
        case Op.GE:
            return bool(value >= wanted[0])
        case Op.ILIKE:
            return like(value.lower(), wanted[0].lower(), 0)
    return like(value, wanted[0], 0)


@given(CONDITIONS)
def test_a_formula_is_implied_by_its_condition(condition: str) -> None:
    """No row for which the condition is true is lost; where all was read, and no pattern widened, none is added."""
    part = read(condition)
    wanted = {row[0] for row in table().sql(f"SELECT id FROM t WHERE {condition}").fetchall()}
    got = {row[0] for row in rows() if holds(part, dict(zip(("s", "n", "u"), row[1:], strict=True)))}
    assert wanted <= got
    if is_whole(part) and "lower" not in condition and "%'" not in condition.replace("'a%'", "").replace("'A%'", ""):
        assert got == wanted


@given(CONDITIONS)
def test_a_formula_that_rejects_null_is_false_for_a_row_of_nulls(condition: str) -> None:
    """Only such a condition may narrow the side that an outer join fills with NULLs."""
    if rejects_null(read(condition)):
        nulls = "SELECT NULL::VARCHAR AS s, NULL::DOUBLE AS n, NULL::VARCHAR AS u"
        assert not duckdb.sql(f"SELECT 1 FROM ({nulls}) WHERE {condition}").fetchall()


@given(CONDITIONS)
def test_what_says_nothing_excludes_nothing(condition: str) -> None:
    """A formula that is said to exclude no row is true for every row."""
    part = read(condition)
    if not says_something(part):
        assert all(holds(part, dict(zip(("s", "n", "u"), row[1:], strict=True))) for row in rows())


@given(CONDITIONS, CONDITIONS, st.sampled_from(["AND", "OR"]), st.randoms(use_true_random=False))
def test_what_is_said_of_one_source_is_implied(one: str, two: str, joint: str, chance: Random) -> None:
    """Taking one source's part of a condition on two never excludes a row that the whole condition keeps."""
    other = sqlglot.parse_one(two, dialect="duckdb").transform(
        lambda n: sqlglot.exp.column(n.name, table="o") if isinstance(n, sqlglot.exp.Column) else n
    )
    whole = read(f"({one}) {joint} ({other.sql('duckdb')})")
    part = on_source(whole, "t")
    assert not any(a.ref.source == "o" for a in atoms(part))
    for row in rows():
        values = dict(zip(("s", "n", "u"), row[1:], strict=True))
        values |= dict(zip(("o.s", "o.n", "o.u"), chance.choice(rows())[1:], strict=True))
        assert not holds(whole, values) or holds(part, values)


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("s = 'a'", "s eq a"),
        ("'a' = s", "s eq a"),
        ("3 < n", "n gt 3"),
        ("NOT s = 'a'", "s ne a"),
        ("NOT (s = 'a' OR n < 1)", "(s ne a AND n ge 1)"),
        ("NOT (s = 'a' AND n < 1)", "(s ne a OR n ge 1)"),
        ("n BETWEEN 1 AND 2", "(n ge 1 AND n le 2)"),
        ("n NOT BETWEEN 1 AND 2", "(n lt 1 OR n gt 2)"),
        ("n BETWEEN NULL AND 2", "never"),
        ("s IN ('a', NULL, 'a')", "s in a"),
        ("s NOT IN ('a', NULL)", "(s not_in a AND ?)"),
        ("s NOT IN ('a', 'b')", "s not_in a b"),
        ("NOT s IN ('a')", "s not_in a"),
        ("s IS NOT NULL", "s is_not_null"),
        ("NOT s IS NULL", "s is_not_null"),
        ("s LIKE 'a%'", "s like a%"),
        ("s LIKE 'a_'", "s like_any a_"),
        ("s NOT LIKE 'a%'", "?"),
        ("s LIKE 'a!%' ESCAPE '!'", "?"),
        ("s ILIKE 'a'", "s ilike a"),
        ("lower(s) = 'a'", "s ilike a"),
        ("lower(s) <> 'a'", "?"),
        ("starts_with(s, 'a%')", "s like_any a%%"),
        ("contains(s, 'a')", "s like %a%"),
        ("s = NULL", "never"),
        ("s = u", "?"),
        ("s = 'a' AND false", "never"),
        ("s = 'a' AND 1 = 1", "s eq a"),
        ("s = 'a' OR false", "s eq a"),
        ("s = 'a' OR 2 > 1", "true"),
        ("1 = 0", "never"),
        ("'a' = 'b'", "?"),
        ("s = upper('a')", "?"),
        ("s = 'a'::VARCHAR", "s eq a"),
        ("n = -1.5", "n eq -1.5"),
        ("s IS TRUE", "?"),
        ("s IS NOT DISTINCT FROM 'a'", "?"),
        ("n BETWEEN SYMMETRIC 2 AND 1", "?"),
    ],
)
def test_how_conditions_are_read(condition: str, text: str) -> None:
    """Each way of writing a comparison is read; what is not read says so, and counts as true."""
    assert told(read(condition)) == text


def told(part: Formula) -> str:
    """A formula in few words."""
    match part:
        case Atom():
            return " ".join((part.ref.column, part.op, *(str(v.value) for v in part.values)))
        case And() | Or():
            return f"({f' {type(part).__name__.upper()} '.join(told(p) for p in part.parts)})"
        case Never():
            return "never"
    return "true" if is_true(part) else "?"


def test_connectives_of_nothing() -> None:
    """Never and what is always true vanish where they decide nothing, and decide where they do."""
    atom = Atom(Ref("", "s"), Op.EQ, (Const("string", "a"),))
    unread = Unknown("x", "why")
    assert all_of((atom, Unknown())) == atom
    assert all_of((Unknown(), Unknown())) == Unknown()
    assert all_of((atom, Never())) == Never()
    assert any_of((atom, Never())) == atom
    assert any_of((Never(), Never())) == Never()
    assert any_of((atom, Unknown())) == Unknown()
    assert any_of((atom, unread)) == Or((atom, unread))
    assert rejects_null(Fed(Ref("", "s"), 0))
