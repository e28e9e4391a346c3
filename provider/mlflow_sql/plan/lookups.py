"""Which rows of the table a merge can concern, so that only these are read.

Theory: a row matters when the source can match it, or when a clause for rows without a match may apply to it. What the
source can match is said by its values of each equality in ON. They are put into the statement as a subquery; when the
source is local, it is asked for them first, and constants take the subquery's place, which reach the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Resource
from mlflow_sql.plan.beforehand import is_local
from mlflow_sql.plan.predicate import conjuncts
from mlflow_sql.plan.statement import quoted
from mlflow_sql.types import ColumnType


@dataclass(frozen=True, slots=True)
class Lookup:
    """A condition that a text column has one of a source's values.

    term: the condition as it stands in the SQL. values: the SELECT of the values.
    """

    column: str
    term: str
    values: str

    def constant(self, found: Iterable[str]) -> str:
        """The condition over values that are known."""
        listed = ", ".join(exp.Literal.string(v).sql(dialect="duckdb") for v in found)
        return f"{self.column} IN ({listed})" if listed else "FALSE"


@dataclass(frozen=True, slots=True)
class Joined:
    """A merge's table and its source. alias: what the statement calls the table; name: the source; withs: its CTEs."""

    resource: Resource
    table: str
    alias: str
    source: str
    name: str
    names: Names
    withs: str = ""

    def narrowed(
        self, on: str, unmatched: Sequence[exp.Expr | None], columns: Iterable[str]
    ) -> tuple[str, tuple[Lookup, ...]]:
        """The table as FROM takes it, with only the rows that matter and the columns given, and the lookups in it.

        unmatched: the conditions of the clauses for rows of the table that have no match (None: every such row).
        """
        terms: list[str] = []
        lookups: list[Lookup] = []
        for term in conjuncts(exp.maybe_parse(on, dialect="duckdb")):
            if unmatched and self._ours(term):
                terms.append(_sql(term))
            found = self._equality(term)
            if found is not None:
                terms.append(found.term)
                lookups.append(found)
        mine = [u for u in unmatched if u is not None and self._ours(u)]
        if not terms or len(mine) < len(unmatched):
            return f"{self.table} AS {quoted(self.alias)}", ()
        wanted = {c for c in columns if self.resource.column(c)}
        listed = ", ".join(quoted(c.name) for c in self.resource.columns if c.name in wanted)
        where = " OR ".join(f"({t})" for t in [" AND ".join(terms), *map(_sql, mine)])
        inner = f"SELECT {listed} FROM {self.table} AS {quoted(self.alias)} WHERE {where}"
        return f"({inner}) AS {quoted(self.alias)}", tuple(k for k in lookups if k.values)

    def _ours(self, node: exp.Expr) -> bool:
        """Whether an expression reads the table and nothing else."""
        columns = list(node.find_all(exp.Column))
        return node.find(exp.Query) is None and bool(columns) and all(self._column(c) for c in columns)

    def _column(self, node: exp.Expr) -> exp.Expr | None:
        """The node, if it is a column of the table by its alias, or a key of one."""
        ours = isinstance(node, exp.Column) and len(node.parts) > 1 and node.parts[0].name.lower() == self.alias
        return node if ours else None

    def _equality(self, term: exp.Expr) -> Lookup | None:
        if not isinstance(term, exp.EQ):
            return None
        for ours, theirs in ((term.left, term.right), (term.right, term.left)):
            of = {c.table.lower() for c in theirs.find_all(exp.Column)}
            if not isinstance(ours, exp.Column) or len(ours.parts) != 2 or not self._column(ours):
                continue
            column = self.resource.column(ours.name)
            if column is None or of != {self.name.lower()} or theirs.find(exp.Query) is not None:
                continue
            text = column.type is ColumnType.STRING
            given = f"CAST({_sql(theirs)} AS VARCHAR)" if text else _sql(theirs)
            name = f"{quoted(self.alias)}.{quoted(column.name)}"
            values = f"{self.withs}SELECT DISTINCT {given} FROM {self.source}" if text and self._local() else ""
            return Lookup(name, f"{name} IN (SELECT {given} FROM {self.source})", values)
        return None

    def _local(self) -> bool:
        """Whether the source can be read twice: the same rows each time, and none from the server."""
        return is_local(f"{self.withs}SELECT * FROM {self.source}", self.names, set())


def _sql(node: Any) -> str:
    return str(node.sql(dialect="duckdb"))
