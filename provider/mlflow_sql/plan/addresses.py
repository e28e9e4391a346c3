"""The server that another product's table name means, where the statement itself names it."""

from __future__ import annotations

import re

from sqlglot import exp

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Resource
from mlflow_sql.errors import StatementError
from mlflow_sql.plan.predicate import conjuncts
from mlflow_sql.plan.write import DML

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


def server_of(resource: Resource, values: dict[str, str]) -> str | None:
    """The address of the server that the values of ``address_params`` name, or None when they name none.

    Raises StatementError for a value that is no part of a host's name.
    """
    template = resource.address_server
    if template is None:
        return None
    for name in resource.address_params:
        if f"{{{name}}}" in template:
            if not values.get(name):
                return None
            if not _NAME.fullmatch(values[name]):  # else it could name any host, which would get the credentials
                raise StatementError(f"{name} {values[name]!r} is not the name of a deployment")
            template = template.replace(f"{{{name}}}", values[name])
    return template


def named_server(tree: exp.Expr, names: Names) -> str | None:
    """The address of the server that a statement names, in WHERE or as an inserted column; None when it names none."""
    for table in tree.find_all(exp.Table):
        resource = names.table([p.name for p in table.parts]) if isinstance(table.this, exp.Identifier) else None
        if resource is None or not any(c.given and c.sent_as is None for c in resource.columns):
            continue
        found = server_of(resource, {**_compared(tree), **_inserted(tree)})
        if found is not None:
            return found
    return None


def _compared(tree: exp.Expr) -> dict[str, str]:
    found: dict[str, str] = {}
    for where in tree.find_all(exp.Where):
        for node in conjuncts(where.this):
            if isinstance(node, exp.EQ) and isinstance(node.left, exp.Column) and isinstance(node.right, exp.Literal):
                found[node.left.name.lower()] = node.right.this
    return found


def _inserted(tree: exp.Expr) -> dict[str, str]:
    if not isinstance(tree, DML) or not isinstance(tree.this, exp.Schema):
        return {}
    columns = [e.name.lower() for e in tree.this.expressions]
    source = tree.args.get("expression")
    row = source.expressions if isinstance(source, exp.Select) else []
    if isinstance(source, exp.Values) and source.expressions:
        row = source.expressions[0].expressions
    return {c: v.unalias().this for c, v in zip(columns, row, strict=False) if isinstance(v.unalias(), exp.Literal)}
