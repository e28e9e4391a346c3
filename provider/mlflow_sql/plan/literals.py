"""Bound values as SQL text, for statements that are put together anew: exact where sqlglot's literals are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlglot import exp


def bound(node: exp.Expr) -> exp.Expr:
    """The node; for a bound value of which sqlglot's literal is not exact, one that is."""
    found = node.meta.get("value") if node._meta else None
    return _exact(found) if isinstance(found, (float, Mapping, list, tuple)) else node


def _exact(value: Any) -> exp.Expr:
    """A value as SQL: a float is no DECIMAL, and the values of a dict need not be of one type, as in DuckDB."""
    if isinstance(value, float):
        return exp.cast(exp.Literal.string(repr(value)), "DOUBLE", dialect="duckdb")
    if isinstance(value, (list, tuple)):
        return exp.Array(expressions=[_exact(v) for v in value])
    if isinstance(value, Mapping):
        kinds = {type(v) for v in value.values()}
        if (len(kinds) < 2 and not kinds & {dict, list, tuple}) or not all(isinstance(k, str) for k in value):
            keys, values = [exp.convert(k) for k in value], [_exact(v) for v in value.values()]
            return exp.Map(keys=exp.Array(expressions=keys), values=exp.Array(expressions=values))
        pairs = [exp.PropertyEQ(this=exp.Literal.string(k), expression=_exact(v)) for k, v in value.items()]
        return exp.Struct(expressions=pairs)
    return exp.convert(value)
