"""What a write assigns to: columns, and single keys of map columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from mlflow_sql.catalog.model import Resource
from mlflow_sql.errors import BindError, StatementError, nearest


@dataclass(frozen=True, slots=True)
class Target:
    """What is assigned: a column, or one key of a map column."""

    column: str
    key: str | None = None


class Targets:
    """Reads assignments to a table, which the statement calls ``alias``."""

    def __init__(self, resource: Resource, alias: str) -> None:
        self.resource = resource
        self.alias = alias

    def assignments(self, nodes: Sequence[exp.Expr]) -> list[tuple[Target, exp.Expr]]:
        """What each ``target = value`` of a SET assigns, and its value. Raises StatementError, BindError."""
        pairs = [self.assignment(node) for node in nodes]
        once([target for target, _ in pairs])
        return pairs

    def assignment(self, node: exp.Expr) -> tuple[Target, exp.Expr]:
        """What one of them assigns, and its value."""
        if not isinstance(node, exp.EQ):
            raise StatementError(f"SET takes column = value, not {node.sql(dialect='duckdb')}")
        return self.target(node.this), node.expression

    def target(self, node: exp.Expr) -> Target:
        """What an expression on the left side means. Raises BindError with near names."""
        path = [p.name for p in node.parts] if isinstance(node, exp.Column) else [node.name]
        key: str | None = None
        if isinstance(node, exp.Bracket) and isinstance(node.this, exp.Column):
            path = [p.name for p in node.this.parts]
            given = node.expressions[0] if len(node.expressions) == 1 else None
            if not isinstance(given, exp.Literal) or not given.is_string:
                raise StatementError(f"{node.sql(dialect='duckdb')}: the key must be a text in quotes")
            key = given.this
        if not path[0]:
            raise StatementError(f"SET takes column = value, not {node.sql(dialect='duckdb')} = ...")
        if len(path) > 1 and path[0].lower() == self.alias:
            path = path[1:]
        column = self.resource.column(path[0])
        if column is None:
            known = [c.name for c in self.resource.columns]
            raise BindError(
                f"no column {path[0]!r} in {self.resource.label}", suggestions=nearest(path[0], known),
                hint=f"DESCRIBE {self.resource.label} lists its columns",
            )  # fmt: skip
        if column.sent_as:
            raise StatementError(f"{column.name} cannot be assigned to: it is a condition for the server")
        if len(path) == 2 and key is None and column.type.is_map:
            key = path[1]
        elif len(path) > 1 or (key is not None and not column.type.is_map):
            raise StatementError(f"{node.sql(dialect='duckdb')} cannot be assigned to")
        return Target(column.name, key)


def once(targets: list[Target]) -> list[Target]:
    """The targets, each of which is assigned once. Raises StatementError."""
    for i, target in enumerate(targets):
        if target in targets[:i]:
            key = f"[{target.key!r}]" if target.key is not None else ""
            raise StatementError(f"{target.column}{key} is given twice")
    return targets
