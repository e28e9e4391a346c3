"""Which parts of a statement may be run apart from it, to supply keys to its scans.

DuckDB runs the user's own text, but what runs apart is written anew from the tree. So it must give the same rows each
time, read nothing that belongs to the connection, and consist of what the tree says in full: sqlglot reads some of
DuckDB's syntax as something slightly different (``x IN [1, NULL]`` as ``x IN (1, NULL)``). Only what is listed here is
known to come back as it was.
"""

from __future__ import annotations

from sqlglot import exp

_QUERIES = (
    exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Subquery, exp.Table,
    exp.TableAlias, exp.Alias, exp.With, exp.CTE, exp.SetOperation, exp.Distinct, exp.Star, exp.Values, exp.Tuple,
    exp.Exists, exp.Count, exp.Min, exp.Max,
)  # fmt: skip
_CONDITIONS = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.Null,
    exp.Boolean, exp.Between, exp.Like, exp.ILike, exp.Escape, exp.In, exp.StartsWith, exp.EndsWith, exp.Contains,
)  # fmt: skip
_VALUES = (
    exp.Column, exp.Identifier, exp.Dot, exp.Bracket, exp.Literal, exp.Neg, exp.Add, exp.Sub, exp.Cast, exp.DataType,
    exp.DataTypeParam, exp.Interval, exp.IntervalSpan, exp.Var, exp.Lower, exp.Upper, exp.Coalesce,
    exp.CurrentTimestamp, exp.CurrentDate,
)  # fmt: skip
_FAITHFUL = (*_QUERIES, *_CONDITIONS, *_VALUES)
_FUNCTIONS = ("now", "today", "get_current_timestamp", "transaction_timestamp", "prefix", "suffix", "ends_with")


def can_run(part: exp.Expr) -> bool:
    """Whether a query or a condition, written anew, gives the same rows whenever it is run over the same input."""
    return all(is_faithful(node) for node in part.walk())


def is_faithful(node: exp.Expr) -> bool:
    """Whether one node of a tree, without what is below it, is written anew as it was and gives the same each time."""
    match node:
        case exp.Anonymous():
            return node.name.lower() in _FUNCTIONS
        case exp.In():
            return not any(isinstance(item, exp.Null) for item in node.expressions)
        case exp.Distinct():
            return not node.args.get("on")
        case exp.Join():
            return (node.method or "").upper() not in ("ASOF", "POSITIONAL")
    return isinstance(node, _FAITHFUL)
