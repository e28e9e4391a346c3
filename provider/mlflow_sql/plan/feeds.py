"""The local queries that supply keys: distinct values of a column of other scans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlglot import exp

from mlflow_sql.catalog.model import Resource
from mlflow_sql.plan import ctes
from mlflow_sql.plan.conditions import FeedQuery, Term
from mlflow_sql.plan.nodes import Keys
from mlflow_sql.plan.scopes import MARK


class Renderer:
    """Writes feed queries over scans of the given prefix. ``timely``: one of them depended on the current time."""

    def __init__(self, prefix: str, now: datetime) -> None:
        self.prefix = prefix
        self.now = now
        self.timely = False

    def feed(self, feed: FeedQuery) -> tuple[str, str]:
        """The SQL of a feed, and the same as people would write it."""
        if feed.query is not None:
            sql = f"SELECT DISTINCT * FROM ({self.sql(feed.query)}) AS fed"
            return self.with_ctes(feed, sql), _plain(feed.query)
        assert feed.source is not None
        column = exp.to_identifier(feed.column, quoted=True).sql(dialect="duckdb")
        alias = exp.to_identifier(feed.source.alias, quoted=True).sql(dialect="duckdb")
        where = " AND ".join(self.sql(t) for t in feed.terms)
        sql = f"SELECT DISTINCT {alias}.{column} FROM {self.sql(feed.source.node)}" + (
            f" WHERE {where}" if where else ""
        )
        name = feed.source.table.resource.label if feed.source.table else feed.source.alias
        told = " AND ".join(_plain(t) for t in feed.terms)
        return self.with_ctes(feed, sql), f"{feed.column} of {name}" + (f" where {told}" if told else "")

    def with_ctes(self, feed: FeedQuery, sql: str) -> str:
        """The SQL with the CTEs that it may use in front."""
        if not feed.withs:
            return sql
        recursive = "RECURSIVE " if any(map(ctes.is_recursive, feed.withs)) else ""
        return f"WITH {recursive}" + ", ".join(self.sql(c) for c in feed.withs) + " " + sql

    def source(
        self,
        prefix: str,
        index: int,
        parent: Resource,
        columns: Mapping[str, str],
        terms: Iterable[Term],
    ) -> tuple[str, str, list[Term]]:
        """The SQL that lists keys from the hidden scan ``index``, under the conditions that are about keys alone.

        Also the same as people would write it, and those conditions.
        """
        theirs = {ours: exp.to_identifier(name, quoted=True).sql(dialect="duckdb") for ours, name in columns.items()}
        conditions: list[str] = []
        told: list[Term] = []
        for term in terms:
            if term.node is None or term.node.find(exp.Query, exp.Window, exp.Placeholder, exp.Parameter):
                continue
            names = {_own_column(c) for c in term.node.find_all(exp.Column)}
            if names and names <= set(columns):
                bare = term.node.transform(
                    lambda n: exp.column(columns[_own_column(n)], quoted=True) if isinstance(n, exp.Column) else n
                )
                conditions.append(self.sql(bare))
                told.append(term)
        listed = ", ".join(theirs.values())
        where = " WHERE " + " AND ".join(conditions) if conditions else ""
        text = f"{', '.join(columns.values())} of {parent.name}"
        text += " where " + " AND ".join(t.text for t in told) if told else ""
        return f"SELECT DISTINCT {listed} FROM {prefix}{index}{where}", text, told

    def crossed(self, keys: Keys, fixed: Mapping[str, list[str]]) -> tuple[str, str]:
        """The SQL for keys with every combination of fixed values beside them."""
        lists = [
            f"(SELECT unnest([{', '.join(_plain(exp.Literal.string(v)) for v in values)}])) AS {name}_list"
            for name, values in fixed.items()
        ]
        text = keys.text + "".join(f", {name} {' or '.join(map(repr, values))}" for name, values in fixed.items())
        return f"SELECT * FROM ({keys.sql}) AS fed, {', '.join(lists)}", text

    def sql(self, node: exp.Expr) -> str:
        """A part of the statement as SQL over the scans."""
        return node.transform(self._put).sql(dialect="duckdb")

    def _put(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Table) and MARK in node.meta:
            index = node.meta[MARK]
            return exp.alias_(exp.to_table(f"{self.prefix}{index}"), node.alias or node.name, table=True, quoted=True)
        if isinstance(node, exp.CurrentTimestamp) or (
            isinstance(node, exp.Anonymous) and node.name.lower() in ("now", "get_current_timestamp")
        ):
            self.timely = True
            return exp.cast(exp.Literal.string(self.now.isoformat(sep=" ")), "TIMESTAMPTZ", dialect="duckdb")
        if isinstance(node, exp.CurrentDate) or (isinstance(node, exp.Anonymous) and node.name.lower() == "today"):
            self.timely = True
            moment = exp.cast(exp.Literal.string(self.now.isoformat(sep=" ")), "TIMESTAMPTZ", dialect="duckdb")
            return exp.cast(moment, "DATE")
        return node


def _own_column(column: exp.Column) -> str:
    """The column's name without its table; a longer path reads into the column, and gives no name."""
    return column.name.lower() if len(column.parts) <= 2 else ""


def _plain(node: exp.Expr) -> str:
    return node.sql(dialect="duckdb")
