"""The rows of a write's SELECT into Changes: values cast to the columns' types, old and new held together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mlflow_sql.engine.unique import reserved, unique_column
from mlflow_sql.errors import LocalError, StatementError
from mlflow_sql.plan.changes import Change, reduced
from mlflow_sql.plan.write import ACTION, Action, Target, Write, old, value
from mlflow_sql.rows.calls import ValueFault
from mlflow_sql.rows.encode import Misfit, entries, points
from mlflow_sql.types import ColumnType

if TYPE_CHECKING:
    from mlflow_sql.engine.relation import Relation

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


def cast_rows(relation: Relation, write: Write) -> Relation:
    """The rows with each new value in the type of its column; text and numbers that mean a time are one."""
    types = dict(zip(relation.columns, (str(t) for t in relation.types), strict=True))
    parts = [f'"{name}"' for name in types if not name.startswith("mlflow_sql_new_")]
    for a, action in enumerate(write.actions):
        for i, target in enumerate(action.targets):
            name = value(a, i)
            parts.append(f'{cast(name, types[name], write, target)} AS "{name}"')
    return relation.project(", ".join(parts))  # type: ignore[return-value]


_NEW = re.compile(r"mlflow_sql_new_(\d+)_(\d+)")


@contextmanager
def cast_faults(write: Write) -> Iterator[None]:
    """Around reading the rows of ``cast_rows``: a value that cannot be cast is a ValueFault that names its column."""
    try:
        yield
    except LocalError as error:
        text, _, excerpt = error.message.partition("\n\nLINE ")
        line, _, mark = excerpt.partition("\n")
        found = _NEW.search(text) or _NEW.search(f"LINE {line}", max(mark.find("^"), 0))
        if found is None or "Error" not in text:
            raise
        target = write.actions[int(found[1])].targets[int(found[2])]
        key = f"[{target.key!r}]" if target.key is not None else ""
        why = re.sub(r"\s+when casting from source column \S+", "", text)
        raise ValueFault(f"{write.resource.label}.{target.column}{key}: {why}") from None


def cast(name: str, kind: str, write: Write, target: Target) -> str:
    """The SQL that gives one new value in its column's type."""
    column = write.resource.column(target.column)
    assert column is not None
    quoted = f'"{name}"'
    if target.key is not None or column.type == ColumnType.STRING:
        return f"CAST({quoted} AS VARCHAR)"
    if column.type == ColumnType.TIMESTAMP:
        if kind in _INTEGERS:
            return f"epoch_ms(CAST({quoted} AS BIGINT)) AT TIME ZONE 'UTC'"
        if kind == "VARCHAR":
            number = f"TRY_CAST({quoted} AS BIGINT)"
            return (
                f"CASE WHEN {number} IS NULL THEN CAST({quoted} AS TIMESTAMPTZ)"
                f" ELSE epoch_ms({number}) AT TIME ZONE 'UTC' END"
            )
        return f"CAST({quoted} AS TIMESTAMPTZ)"
    if column.type in (ColumnType.STRING_MAP, ColumnType.DOUBLE_MAP):
        if kind.endswith("]"):
            return quoted
        if kind.startswith("STRUCT"):  # rows of one query have all fields of all of them; the others are NULL
            listed = f"map_entries(CAST({quoted} AS {column.type.sql}))"
            return f"map_from_entries([e for e in {listed} if e.value IS NOT NULL])"
        if kind.startswith("MAP"):
            return f"CAST({quoted} AS {column.type.sql})"
        if kind in ("VARCHAR", '"NULL"', "NULL", "JSON"):
            return f"CAST({quoted} AS VARCHAR)"
        return f"CAST(to_json({quoted}) AS VARCHAR)"
    if column.type == ColumnType.JSON:
        raise StatementError(f"{write.resource.label}.{column.name} cannot be written")
    return f"CAST({quoted} AS {column.type.sql})"


def changes_of(relation: Relation, write: Write) -> list[Change]:
    """The change of every row that a clause applies to; updates that change nothing are ``keep``.

    Raises StatementError when two rows would write the same one, ValueFault for a value of the wrong form.
    """
    names = relation.columns
    found: list[Change] = []
    seen: dict[tuple[Any, ...], Change] = {}
    with cast_faults(write):
        rows = relation.fetchall()
    named = (dict(zip(names, values, strict=True)) for values in rows)
    changes = [_change(write, write.actions[r[ACTION]], r) for r in named if r[ACTION] is not None]
    for change in changes:
        guard = _guard(write, change)
        if guard is not None:
            if guard in seen:
                if _same(change, seen[guard]) or (change.kind == "insert" and _ignores(write)):
                    continue
                raise _twice(write, guard, [c for c in changes if _guard(write, c) == guard])
            seen[guard] = change
        found.append(change)
    _refuse_twins(write, found)
    return found


def _refuse_twins(write: Write, changes: Iterable[Change]) -> None:
    """Raise for a unique value that several rows would get: the server would take the first and refuse the others."""
    column = unique_column(write.resource)
    given = Counter(v for c in changes if c.kind != "keep" and (v := c.set.get(column or "")) is not None)
    for twin, times in given.items():
        if times > 1:
            raise StatementError(
                f"{times} rows of {write.resource.label} would have the {column} {twin!r}, which only one can have",
                hint=f"ON CONFLICT ({column}) DO NOTHING inserts one of them" if write.verb == "INSERT" else None,
            )


def _twice(write: Write, guard: tuple[Any, ...], changes: Sequence[Change]) -> StatementError:
    """The error for a key that several changes have: it is not clear which of them is meant."""
    table = write.resource.label
    shown = ", ".join(f"{c} {v!r}" for c, v in zip(write.guarded, guard, strict=True))
    there = list(dict.fromkeys("/".join(map(str, c.key.values())) for c in changes if c.kind != "insert"))
    if len(there) > 1:
        keys = ", ".join(write.resource.primary_key)
        listed = ", ".join(there[:5]) + (", …" if len(there) > 5 else "")
        return StatementError(
            f"{len(there)} rows of {table} have {shown}, and {write.verb} cannot tell which one is meant"
            f" ({keys} {listed})",
            hint=f"UPDATE {table} ... WHERE {keys} = '...' changes one of them, MERGE all of them",
        )
    source = "to be inserted" if write.verb == "INSERT" else "of the source"
    what = f"have {shown}" if write.verb == "INSERT" else f"match the row of {table} with {shown}"
    return StatementError(
        f"{len(changes)} rows {source} {what}, and do not say the same",
        hint="leave one of them: SELECT DISTINCT ON (...) ... ORDER BY ..., or GROUP BY with an aggregate",
    )


def _same(one: Change, other: Change) -> bool:
    """Whether two changes do the same: several rows of a source may match one row."""
    if one.kind == other.kind == "keep":
        return True
    return one.kind != "insert" and (one.kind, one.key, one.set, one.put, one.drop) == (
        other.kind, other.key, other.set, other.put, other.drop,
    )  # fmt: skip


def _ignores(write: Write) -> bool:
    """Whether a row that is there already is left alone."""
    return any(a.kind == "keep" for a in write.actions) and all(a.kind in ("keep", "insert") for a in write.actions)


def _guard(write: Write, change: Change) -> tuple[Any, ...] | None:
    if not write.guarded:
        return None
    source = change.set if change.kind == "insert" else {**change.row, **change.key}
    values = tuple(source.get(c) for c in write.guarded)
    return None if None in values else values


def _change(write: Write, action: Action, row: Mapping[str, Any]) -> Change:
    resource = write.resource
    before = {c: row[old(i)] for i, c in enumerate(write.old)}
    key = {c: before.get(c) for c in resource.primary_key}
    index = write.actions.index(action)
    given = [(t, row[value(index, i)]) for i, t in enumerate(action.targets) if not _is_given(write, t)]
    if action.kind == "insert":
        return Change("insert", _known_key(write, given), set={t.column: _formed(write, t, v) for t, v in given})
    lifecycle = resource.lifecycle.column if resource.lifecycle else None
    if action.kind == "delete" and before.get(lifecycle or "") == "deleted":
        return Change("keep", key, row=before)
    if action.kind in ("delete", "keep"):
        return Change(action.kind, key, row=before)
    if lifecycle in write.guarded or (before.get(lifecycle or "") == "deleted" and write.verb == "INSERT"):
        raise _reserved(write, before)
    put: dict[str, dict[str, Any]] = {}
    drop: dict[str, list[str]] = {}
    new: dict[str, Any] = {}
    for target, found in given:
        if target.key is None:
            new[target.column] = _formed(write, target, found)
        elif found is None:
            drop.setdefault(target.column, []).append(target.key)
        else:
            put.setdefault(target.column, {})[target.key] = found
    change = Change("update", key, before, new, put, {c: tuple(v) for c, v in drop.items()}, before)
    return reduced(change, resource)


def _is_given(write: Write, target: Target) -> bool:
    column = write.resource.column(target.column)
    return column is not None and column.given


def _known_key(write: Write, given: Sequence[tuple[Target, Any]]) -> dict[str, Any]:
    """What names a row that is not there yet: its key's columns, else those by which it conflicts."""
    insert = write.resource.writes.insert if write.resource.writes else None
    named = {c for columns in (insert.conflicts if insert else ()) for c in columns} | set(write.resource.primary_key)
    return {t.column: v for t, v in given if t.column in named}


def _formed(write: Write, target: Target, found: Any) -> Any:
    column = write.resource.column(target.column)
    if column is None or not column.type.is_map or found is None:
        return found
    try:
        if isinstance(found, Mapping):
            return dict(found)
        return list(points(found)) if column.type == ColumnType.DOUBLE_MAP else _distinct(entries(found))
    except Misfit as why:
        raise ValueFault(f"{write.resource.label}.{target.column}: {why}") from None


def _distinct(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, given in pairs:
        if key in found and found[key] != given:
            raise Misfit(f"the key {key!r} is there twice, with {found[key]!r} and {given!r}")
        found[key] = given
    return found


def _reserved(write: Write, before: Mapping[str, Any]) -> StatementError:
    column = unique_column(write.resource) or write.guarded[0]
    key = {c: before.get(c) for c in write.resource.primary_key}
    return reserved(write.resource, column, before.get(column), None if None in key.values() else key)


def reserved_rows(write: Write, changes: Sequence[Change]) -> Iterator[StatementError]:
    """The rows that ON CONFLICT found deleted: their names cannot be used, nor are they changed."""
    lifecycle = write.resource.lifecycle.column if write.resource.lifecycle else None
    for change in changes:
        if write.verb == "INSERT" and change.kind == "keep" and lifecycle and change.row.get(lifecycle) == "deleted":
            yield _reserved(write, change.row)
