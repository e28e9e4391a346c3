"""Views over remote tables: DuckDB cannot keep them, since the scans below them are made anew for each statement.

A view's text is put in place of its name before a statement is planned, so predicates reach the tables in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.errors import BindError, ParseError
from mlflow_sql.plan.functions import expand
from mlflow_sql.plan.scopes import bind
from mlflow_sql.plan.statement import Edit, Statement, parse

MAX_DEPTH = 32
_LOCAL = {"memory", "temp", "main"}  # where DuckDB would keep a view, if it could


@dataclass(frozen=True, slots=True)
class View:
    """A view's name as written, its column names if any, and its query."""

    name: str
    columns: str
    query: str


class Views:
    """The views of a connection that read remote tables, by lower-case name."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._views

    def all(self) -> list[View]:
        """The views, in order of creation."""
        return list(self._views.values())

    def drop(self, name: str) -> None:
        """Forget a view."""
        del self._views[name.lower()]

    def define(self, statement: Statement, names: Names) -> bool:
        """Keep the view that a CREATE VIEW statement over remote tables defines; False for any other statement."""
        tree = statement.tree
        if not isinstance(tree, exp.Create) or tree.kind != "VIEW":
            return False
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        query = tree.expression
        if query is None or not self._is_remote(self.expand(query_text(statement), names), names):
            return False
        name = target.name
        if names.table([name]) is not None:
            raise BindError(f"{name!r} is the name of a remote table", hint="choose another name for the view")
        if name in self and not tree.args.get("replace"):
            if tree.args.get("exists"):
                return True
            raise BindError(f"view {name!r} exists already", hint="CREATE OR REPLACE VIEW puts it in its place")
        columns = ""
        if isinstance(tree.this, exp.Schema):
            columns = "(" + ", ".join(c.sql(dialect="duckdb") for c in tree.this.expressions) + ")"
        self._views[name.lower()] = View(name, columns, query_text(statement))
        return True

    def _is_remote(self, text: str, names: Names) -> bool:
        return bool(bind(parse(expand(text, None, names)).tree, names).tables)

    def expand(self, text: str, names: Names, depth: int = 0) -> str:
        """The statement with each view's query in place of its name."""
        if not self._views:
            return text
        if depth > MAX_DEPTH:
            raise BindError("views refer to each other without end")
        try:
            tree = parse(text).tree
        except ParseError:
            return text
        ctes = {c.alias.lower() for c in tree.find_all(exp.CTE)}
        edits = []
        for table in tree.find_all(exp.Table):
            view = self._views.get(table.name.lower()) if isinstance(table.this, exp.Identifier) else None
            qualifiers = {part.name.lower() for part in table.parts[:-1]}
            if (
                view is None
                or not qualifiers <= _LOCAL
                or (not qualifiers and table.name.lower() in ctes)
                or isinstance(table.parent, (exp.Create, exp.Drop))
            ):
                continue
            start, end = table.parts[0].meta["start"], table.this.meta["end"] + 1
            named = exp.to_identifier(table.name, quoted=True).sql("duckdb")
            aliased = bool(table.alias) or isinstance(table.parent, exp.Summarize)  # which takes no alias
            alias = "" if aliased else f" AS {named}{view.columns}"
            # The line break ends a comment at the end of the query.
            query = f"({view.query}\n)"
            if view.columns and aliased:
                query = f"(SELECT * FROM {query} AS v{view.columns})"
            edits.append(Edit(start, end, query + alias))
        if not edits:
            return text
        return self.expand(Statement(text, [], tree).edited(edits), names, depth + 1)


def query_text(statement: Statement) -> str:
    """The text after the first AS of a CREATE statement."""
    depth = 0
    for token in statement.tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.text.upper() == "AS":
            return statement.text[token.end + 1 :].strip().rstrip(";")
    raise ParseError("CREATE VIEW needs AS and a query")
