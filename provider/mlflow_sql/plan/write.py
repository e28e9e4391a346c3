"""INSERT, UPDATE, DELETE and MERGE on a remote table: which rows to read, and what each of them becomes.

Theory: every write is a SELECT plus a rule for its rows. The SELECT gives, for each row to be written, the table's own
values as they are (``old``), the number of the action that applies, and the action's new values; it is planned like any
other SELECT, so its conditions reach the server. ON CONFLICT is a MERGE whose source is called ``excluded``. Nothing
here talks to the server: the rows become Changes, and Changes become calls, elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlglot import exp

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Resource
from mlflow_sql.errors import StatementError
from mlflow_sql.plan.literals import bound
from mlflow_sql.plan.lookups import Joined, Lookup
from mlflow_sql.plan.refused import refuse_clauses, refuse_definition
from mlflow_sql.plan.statement import Statement, quoted
from mlflow_sql.plan.targets import Target as Target
from mlflow_sql.plan.targets import Targets, once
from mlflow_sql.plan.together import together
from mlflow_sql.types import ColumnType

DML = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
HERE = "mlflow_sql_here"  # true in every row of a merge's source


@dataclass(frozen=True, slots=True)
class Action:
    """insert, update, delete or keep; the values of ``targets`` are in the SELECT's columns ``value(action, i)``."""

    kind: str
    targets: tuple[Target, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """A write statement. ``sql`` reads its rows; column i of ``old`` is there as ``old(i)``, the action as ``action``.

    old: the table's columns that are read; empty for a plain INSERT. guarded: columns of a key that must not be
    written twice by one statement. returning: the select list over the written rows, if any. unnamed: an INSERT BY
    NAME whose columns only DuckDB can tell: ``sql`` is its source, and ``named`` makes the Write of it. together:
    the parameters by which one call does a whole DELETE, where the server has it, and the SQL of their values.
    """

    verb: str
    resource: Resource
    alias: str
    sql: str
    actions: tuple[Action, ...]
    old: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()
    returning: str | None = None
    returned: tuple[str, ...] = ()
    unnamed: tuple[Statement, Names] | None = None
    lookups: tuple[Lookup, ...] = ()
    together: tuple[tuple[str, str], ...] = ()

    def named(self, columns: Sequence[str]) -> Write:
        """This Write with the columns of its source, where it lacks them. Raises StatementError."""
        return self if self.unnamed is None else plan_write(*self.unnamed, columns)

    def looked_up(self, lookup: Lookup, found: Sequence[str]) -> Write:
        """This Write with the values of one lookup as constants."""
        return replace(self, sql=self.sql.replace(lookup.term, lookup.constant(found)))


def old(index: int) -> str:
    """The name of an old value in the rows."""
    return f"mlflow_sql_old_{index}"


def value(action: int, index: int) -> str:
    """The name of a new value in the rows."""
    return f"mlflow_sql_new_{action}_{index}"


ACTION = "mlflow_sql_action"
RESULT = "merge_action"  # the column of RETURNING that says what was done to a row


def target_of(tree: exp.Expr, names: Names) -> Resource | None:
    """The remote table that a statement writes to, or None. Raises StatementError for TRUNCATE, DROP ... of one."""
    if not isinstance(tree, DML):
        refuse_definition(tree, names)
        return None
    table = _table(tree)
    return names.table([p.name for p in table.parts]) if isinstance(table.this, exp.Identifier) else None


def _table(tree: exp.Expr) -> exp.Table:
    table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    if not isinstance(table, exp.Table):
        raise StatementError("this statement names no table to write to")
    return table


def plan_write(statement: Statement, names: Names, columns: Sequence[str] | None = None) -> Write:
    """The Write of a statement on a remote table. Raises StatementError for what cannot be written so.

    columns: of the source of an INSERT BY NAME, where they are known (see ``Write.unnamed``).
    """
    tree = statement.tree.transform(bound)
    resource = target_of(tree, names)
    assert resource is not None
    if resource.writes is None:
        raise StatementError(f"{resource.label} can only be read", hint=_instead(resource, names))
    refuse_clauses(tree, _table(tree), resource)
    writer = _Writer(resource, tree, _table(tree), names)
    match tree:
        case exp.Insert():
            if columns is None and (source := writer.unnamed_source(tree)) is not None:
                found = writer.write("INSERT", source, (), (), ())
                return replace(found, unnamed=(statement, names))
            return writer.insert(tree, columns)
        case exp.Update():
            return writer.update(tree)
        case exp.Delete():
            return writer.delete(tree)
        case exp.Merge():
            return writer.merge(tree)
    raise StatementError("this statement cannot be run")


def _instead(resource: Resource, names: Names) -> str | None:
    """The tables of the same lists that can be written to."""
    lists = {part.path for part in resource.explode.kinds.values()} if resource.explode else set()
    found = [r.name for r in names.catalog.resources if r.writes and r.explode and r.explode.path in lists]
    return f"write to {', '.join(found)}" if found else None


class _Writer:
    def __init__(self, resource: Resource, tree: exp.Expr, table: exp.Table, names: Names) -> None:
        self.resource = resource
        self.names = names
        self.tree = tree
        self.alias = (table.alias or table.name).lower()
        self.targets = Targets(resource, self.alias)
        self.name = ".".join(quoted(p.name) for p in table.parts)  # as written: other products' names have more columns
        self.table = f"{self.name} AS {quoted(self.alias)}"
        self.withs = _sql(tree.args["with_"]) + " " if tree.args.get("with_") else ""
        returning = tree.args.get("returning")
        listed = [_starred(e) for e in returning.expressions] if returning else []
        self.returning = ", ".join(_sql(e) for e in listed) if returning else None
        self.returned = self._returned(returning)

    def _returned(self, returning: exp.Expr | None) -> tuple[str, ...]:
        if returning is None:
            return ()
        names = {n.name.lower() for n in returning.find_all(exp.Identifier)}
        star = returning.find(exp.Star) is not None
        return tuple(c for c in self.resource.starred if star or c in names)

    def write(
        self, verb: str, sql: str, actions: Sequence[Action], columns: tuple[str, ...], guarded: tuple[str, ...]
    ) -> Write:
        return Write(
            verb, self.resource, self.alias, self.withs + sql, tuple(actions), columns, guarded, self.returning,
            self.returned,
        )  # fmt: skip

    # -- the four statements

    def insert(self, tree: exp.Insert, columns: Sequence[str] | None = None) -> Write:
        if str(tree.args.get("alternative") or "IGNORE").upper() != "IGNORE":
            raise StatementError("INSERT OR REPLACE is not possible", hint="use ON CONFLICT (...) DO UPDATE SET ...")
        if tree.expression is None or tree.args.get("default"):
            raise StatementError("INSERT needs VALUES or a SELECT")
        if (self.resource.writes is None) or self.resource.writes.insert is None:
            raise StatementError(f"rows cannot be inserted into {self.resource.label}")
        targets = once(self.insert_targets(tree, columns))
        names = [c.column for c in targets]
        source = tree.expression
        if isinstance(source, exp.Values):
            widths = {len(row.expressions) for row in source.expressions if isinstance(row, exp.Tuple)}
            if widths - {len(names)}:
                raise StatementError(
                    f"INSERT names {len(names)} columns, and VALUES gives {min(widths - {len(names)})}"
                )
        inner = _sql(source)
        inner = inner if isinstance(source, exp.Subquery) else f"({inner})"
        listed = ", ".join(quoted(n) for n in names)
        conflict = tree.args.get("conflict")
        if conflict is None and not tree.args.get("alternative"):
            values = ", ".join(f"{quoted(n)} AS {value(0, i)}" for i, n in enumerate(names))
            sql = f"SELECT 0 AS {ACTION}, {values} FROM {inner} AS source({listed})"
            return self.write("INSERT", sql, [Action("insert", tuple(targets))], (), ())
        return self.on_conflict(conflict, inner, listed, targets)

    def unnamed_source(self, tree: exp.Insert) -> str | None:
        """The source of an INSERT BY NAME whose column names the statement does not tell, or None."""
        source = tree.expression
        if not tree.args.get("by_name") or not isinstance(source, exp.Query) or isinstance(tree.this, exp.Schema):
            return None
        names = source.named_selects
        return _sql(source.unnest()) if not names or "*" in names or "" in names else None

    def insert_targets(self, tree: exp.Insert, columns: Sequence[str] | None) -> list[Target]:
        if isinstance(tree.this, exp.Schema):
            return [self.targets.target(e) for e in tree.this.expressions]
        if tree.args.get("by_name") and isinstance(tree.expression, exp.Query):
            names = tree.expression.named_selects if columns is None else columns
            return [self.targets.target(exp.to_identifier(n, quoted=True)) for n in names]
        raise StatementError(
            f"INSERT INTO {self.resource.label} needs a list of columns",
            hint=f"INSERT INTO {self.resource.label} (column, ...) ...",
        )

    def on_conflict(self, conflict: exp.Expr | None, inner: str, listed: str, targets: list[Target]) -> Write:
        assert self.resource.writes is not None
        assert self.resource.writes.insert is not None
        allowed = self.resource.writes.insert.conflicts
        keys = tuple(k.name.lower() for k in (conflict.args.get("conflict_keys") or ())) if conflict else ()
        keys = keys or (allowed[0] if len(allowed) == 1 else ())
        if set(keys) not in [set(a) for a in allowed]:
            known = " or ".join("(" + ", ".join(a) + ")" for a in allowed) or "nothing"
            raise StatementError(f"ON CONFLICT on {self.resource.label} takes {known}, not ({', '.join(keys)})")
        given = {t.column for t in targets}
        if missing := [k for k in keys if k not in given]:
            raise StatementError(f"ON CONFLICT ({', '.join(keys)}) needs {missing[0]} among the inserted columns")
        self.alias = self.alias if self.alias != "excluded" else "target"
        mine = quoted(self.alias)
        on = " AND ".join(f"{mine}.{quoted(k)} = excluded.{quoted(k)}" for k in keys)
        lifecycle = self.resource.lifecycle.column if self.resource.lifecycle else None
        natural = self.resource.writes.insert.natural
        extra: tuple[str, ...] = ()
        if lifecycle and natural in keys:  # a deleted row still holds its name
            on += f" AND {mine}.{quoted(lifecycle)} IN ('active', 'deleted')"
            extra = (lifecycle,)
        matched = Action("keep")
        values: list[exp.Expr] = []
        where = None
        update = conflict is not None and conflict.args.get("action") is not None and conflict.expressions
        if update and conflict is not None:
            pairs = self.targets.assignments(conflict.expressions)
            matched = Action("update", tuple(t for t, _ in pairs))
            values = [v for _, v in pairs]
            where = conflict.args.get("where")
        whens = [("matched", where.this if where else None, matched, values)]
        if where is not None:
            whens.append(("matched", None, Action("keep"), []))
        insert = Action("insert", tuple(targets))
        texts = {k for k in keys if (c := self.resource.column(k)) and c.type is ColumnType.STRING}
        parts = [f"CAST({quoted(t.column)} AS VARCHAR) AS {quoted(t.column)}" if t.column in texts
                 else quoted(t.column) for t in targets]  # fmt: skip
        source = f"(SELECT {', '.join(parts)}, TRUE AS {HERE} FROM {inner} AS source({listed})) AS excluded"
        whens.append(("not matched", None, insert, [exp.column(t.column, table="excluded") for t in targets]))
        return self.merged("INSERT", source, "excluded", on, whens, keys, extra)

    def update(self, tree: exp.Update) -> Write:
        where = self.where(tree, "UPDATE")
        pairs = self.targets.assignments(tree.expressions)
        action = Action("update", tuple(t for t, _ in pairs))
        columns = self.old_columns([action])
        values = [f"{_sql(v)} AS {value(0, i)}" for i, (_, v) in enumerate(pairs)]
        sources = [self.table]
        if from_ := tree.args.get("from_"):
            sources.append(_sql(from_)[len("FROM ") :])
        listed = ", ".join([*self.olds(columns), f"0 AS {ACTION}", *values])
        sql = f"SELECT {listed} FROM {', '.join(sources)} WHERE {where}"
        return self.write("UPDATE", sql, [action], columns, self.resource.primary_key)

    def delete(self, tree: exp.Delete) -> Write:
        if self.resource.writes is None or self.resource.writes.delete is None:
            raise StatementError(f"rows of {self.resource.label} cannot be deleted")
        where = self.where(tree, "DELETE")
        action = Action("delete")
        stage = self.resource.lifecycle.column if self.resource.lifecycle else None
        mentioned = any(n.name.lower() == stage for n in tree.find_all(exp.Identifier))
        columns = self.old_columns([action], (stage,) if stage and mentioned else ())  # some are deleted already
        sources = [self.table, *(_sql(u) for u in tree.args.get("using") or ())]
        sql = f"SELECT {', '.join([*self.olds(columns), f'0 AS {ACTION}'])} FROM {', '.join(sources)} WHERE {where}"
        found = self.write("DELETE", sql, [action], columns, self.resource.primary_key)
        alone = not tree.args.get("using") and not self.withs
        return replace(found, together=together(tree.args["where"].this, self.resource, self.alias) if alone else ())

    def merge(self, tree: exp.Merge) -> Write:
        using, on = tree.args["using"], tree.args.get("on")
        name = using.alias_or_name
        if not name:
            raise StatementError("the source of MERGE needs a name", hint="MERGE INTO t USING (...) AS s ON ...")
        if not on:
            both = [
                exp.EQ(this=exp.column(u.copy(), table=self.alias), expression=exp.column(u.copy(), table=name))
                for u in tree.args.get("using_cond") or ()
            ]
            if not both:
                raise StatementError("MERGE needs ON, or USING (column, ...), after its source")
            on = exp.and_(*both)
        whens = [self.when(w) for w in tree.args["whens"].expressions]
        source = f"(SELECT *, TRUE AS {HERE} FROM {_sql(using)}) AS {quoted(name)}"
        return self.merged("MERGE", source, name, _sql(on), whens, (), ())

    def when(self, when: exp.When) -> tuple[str, exp.Expr | None, Action, list[exp.Expr]]:
        kind = "matched" if when.args.get("matched") else "not matched"
        if kind == "not matched" and when.args.get("source"):
            kind = "by source"
        then = when.args.get("then")
        condition = when.args.get("condition")
        if isinstance(then, exp.Update):
            if not then.expressions:
                raise StatementError("WHEN MATCHED THEN UPDATE needs SET")
            pairs = self.targets.assignments(then.expressions)
            return kind, condition, Action("update", tuple(t for t, _ in pairs)), [v for _, v in pairs]
        if isinstance(then, exp.Insert):
            columns, values = then.this, then.expression
            if not isinstance(columns, exp.Tuple) or not isinstance(values, exp.Tuple):
                raise StatementError("WHEN NOT MATCHED THEN INSERT needs (columns) VALUES (values)")
            if len(columns.expressions) != len(values.expressions):
                raise StatementError("WHEN NOT MATCHED THEN INSERT names another number of columns than of values")
            targets = tuple(once([self.targets.target(c) for c in columns.expressions]))
            return kind, condition, Action("insert", targets), list(values.expressions)
        word = (then.name if then is not None else "").upper()
        if word == "DELETE":
            return kind, condition, Action("delete"), []
        if word in ("DO NOTHING", "NOTHING"):
            return kind, condition, Action("keep"), []
        raise StatementError("MERGE takes UPDATE SET, INSERT (...) VALUES (...), DELETE and DO NOTHING")

    def merged(
        self,
        verb: str,
        source: str,
        name: str,
        on: str,
        whens: Sequence[tuple[str, exp.Expr | None, Action, list[exp.Expr]]],
        guarded: tuple[str, ...],
        extra: tuple[str, ...],
    ) -> Write:
        actions = [action for _, _, action, _ in whens]
        columns = self.old_columns(actions, (*guarded, *extra))
        here = f"{quoted(name)}.{HERE}"
        there = f"{quoted(self.alias)}.{quoted(self.resource.primary_key[0])}"
        states = {
            "matched": f"{there} IS NOT NULL AND {here}",
            "not matched": f"{there} IS NULL",
            "by source": f"{here} IS NULL",
        }
        cases = []
        for i, (kind, condition, _, _) in enumerate(whens):
            term = states[kind] + (f" AND ({_sql(condition)})" if condition is not None else "")
            cases.append(f"WHEN {term} THEN {i}")
        chosen = f"CASE {' '.join(cases)} END"
        parts = [*self.olds(columns), f"{chosen} AS {ACTION}"]
        for a, (_, _, _, values) in enumerate(whens):
            parts += [f"CASE WHEN ({chosen}) = {a} THEN {_sql(v)} END AS {value(a, i)}" for i, v in enumerate(values)]
        unmatched = [condition for kind, condition, *_ in whens if kind == "by source"]
        lifecycle = self.resource.lifecycle.column if self.resource.lifecycle else None
        wanted = {*columns, *self.resource.primary_key, *(n.name.lower() for n in self.tree.find_all(exp.Identifier))}
        joined = Joined(self.resource, self.name, self.alias, source, name, self.names, self.withs)
        table, lookups = joined.narrowed(on, unmatched, {*wanted, lifecycle or ""})
        sql = f"SELECT {', '.join(parts)} FROM {source} {'FULL' if unmatched else 'LEFT'} JOIN {table} ON {on}"
        found = self.write(verb, sql, actions, columns, guarded or self.resource.primary_key)
        return replace(found, lookups=lookups)

    # -- parts

    def where(self, tree: exp.Expr, verb: str) -> str:
        where = tree.args.get("where")
        if where is None:
            raise StatementError(
                f"{verb} without WHERE would change every row of {self.resource.label}",
                hint=f"{verb} ... WHERE true does so, if that is meant",
            )
        return f"({_sql(where.this)})"

    def old_columns(self, actions: Sequence[Action], extra: tuple[str, ...] = ()) -> tuple[str, ...]:
        wanted = {*self.resource.primary_key, *self.returned, *extra}
        wanted |= {t.column for a in actions if a.kind == "update" for t in a.targets}
        return tuple(c.name for c in self.resource.columns if c.name in wanted)

    def olds(self, columns: Sequence[str]) -> list[str]:
        return [f"{quoted(self.alias)}.{quoted(c)} AS {old(i)}" for i, c in enumerate(columns)]


def _sql(node: Any) -> str:
    return str(node.sql(dialect="duckdb"))


def _starred(node: exp.Expr) -> exp.Expr:
    """An item of RETURNING; a star does not stand for merge_action, which is there beside the table's columns."""
    star = node.this if isinstance(node, exp.Column) else node
    if isinstance(star, exp.Star):
        star.set("except_", [*(star.args.get("except_") or ()), exp.column(RESULT)])
    return node
