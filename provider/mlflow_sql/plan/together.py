"""Whether a DELETE says no more than what one call can be told: equal keys, and a time up to which rows go."""

from __future__ import annotations

from sqlglot import exp

from mlflow_sql.catalog.model import DeleteMany, Resource
from mlflow_sql.plan.predicate import conjuncts

_MIRRORED: dict[type[exp.Expr], type[exp.Expr]] = {exp.EQ: exp.EQ, exp.GTE: exp.LTE, exp.GT: exp.LT}


def together(where: exp.Expr, resource: Resource, alias: str) -> tuple[tuple[str, str], ...]:
    """Each parameter of the resource's ``delete_many`` with the SQL of its value; empty when the condition is another.

    A time is in ms since 1970 UTC, and the call takes those up to it.
    """
    many = resource.writes.delete_many if resource.writes else None
    if many is None:
        return ()
    found: dict[str, str] = {}
    for term in conjuncts(where):
        said = _said(term.unnest(), many, alias)
        if said is None or said[0] in found:
            return ()
        found[said[0]] = said[1]
    return tuple(found.items()) if set(found) == {*many.equal, *many.until} else ()


def _said(term: exp.Expr, many: DeleteMany, alias: str) -> tuple[str, str] | None:
    """The parameter that one condition gives, and the SQL of its value."""
    if not isinstance(term, (exp.EQ, exp.LTE, exp.LT, exp.GTE, exp.GT)):
        return None
    kind: type[exp.Expr] = type(term)
    left, right = term.left.unnest(), term.right.unnest()
    if not isinstance(left, exp.Column) and kind in _MIRRORED:
        left, right, kind = right, left, _MIRRORED[kind]
    if not isinstance(left, exp.Column) or left.table.lower() not in ("", alias):
        return None
    if right.find(exp.Column, exp.Query) is not None:
        return None
    sql = right.sql(dialect="duckdb")
    column = left.name.lower()
    for param, mine in many.equal.items():
        if mine == column and kind is exp.EQ:
            return param, f"CAST({sql} AS VARCHAR)"
    for param, mine in many.until.items():
        if mine == column and kind is exp.LTE:
            return param, f"CAST(floor(epoch_us(CAST({sql} AS TIMESTAMPTZ)) / 1000.0) AS BIGINT)"
        if mine == column and kind is exp.LT:
            return param, f"CAST(ceil(epoch_us(CAST({sql} AS TIMESTAMPTZ)) / 1000.0) AS BIGINT) - 1"
    return None
