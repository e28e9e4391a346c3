"""What a write does to one row, as a value: before any call is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mlflow_sql.catalog.model import Resource
from mlflow_sql.types import ColumnType

# Tags that MLflow and we keep ourselves: setting a whole tag map leaves them alone unless it names them.
KEPT = ("mlflow.", "mlflow_sql.")


@dataclass(frozen=True, slots=True)
class Change:
    """One row's change.

    kind: insert, update, delete, or keep (a row that a conflict leaves as it is, or whose values are there already).
    key: primary key columns; of an inserted row only what the statement gives. row: the row's values as far as known
    afterwards (before, for delete). set: columns with new values. put and drop: keys of map columns set and removed.
    before: the values that change, as they are.
    """

    kind: str
    key: Mapping[str, Any]
    row: Mapping[str, Any] = field(default_factory=dict)
    set: Mapping[str, Any] = field(default_factory=dict)
    put: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    drop: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether an update has nothing left to do."""
        return not self.set and not any(self.put.values()) and not any(self.drop.values())


def reduced(change: Change, resource: Resource) -> Change:
    """An update without what is so already; ``keep`` when nothing is left.

    A whole map that is assigned becomes the keys to set and to remove.
    """
    if change.kind != "update":
        return change
    put = {column: dict(values) for column, values in change.put.items()}
    drop = {column: list(keys) for column, keys in change.drop.items()}
    new: dict[str, Any] = {}
    for column, value in change.set.items():
        declared = resource.column(column)
        if declared is not None and declared.type.is_map:
            wanted = as_map(value)
            there = as_map(change.before.get(column))
            put.setdefault(column, {}).update(wanted)
            gone = [k for k in there if k not in wanted and not k.startswith(KEPT)]
            drop.setdefault(column, []).extend(gone)
        elif value != change.before.get(column):
            new[column] = value
    for column in {*put, *drop}:
        there = as_map(change.before.get(column))
        put[column] = {k: v for k, v in put.get(column, {}).items() if k not in there or there[k] != v}
        drop[column] = [k for k in drop.get(column, []) if k in there]
    kept = replace(
        change,
        set=new,
        put={c: v for c, v in put.items() if v},
        drop={c: tuple(v) for c, v in drop.items() if v},
    )
    return replace(kept, kind="keep") if kept.empty else kept


def as_map(value: Any) -> dict[str, Any]:
    """A map value as a dict; NULL is empty. Of points (a list of {key, value, step}) it is each key's last."""
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return {p["key"]: p.get("value") for p in sorted(value, key=lambda p: int(p.get("step") or 0))}
    return dict(value) if value else {}


def after(change: Change, resource: Resource) -> dict[str, Any]:
    """The row as it is after the change, as far as known."""
    row = dict(change.row)
    for column, value in change.set.items():
        row[column] = value
    for column in {*change.put, *change.drop}:
        declared = resource.column(column)
        if declared is None or declared.type not in (ColumnType.STRING_MAP, ColumnType.DOUBLE_MAP):
            continue
        values = {**as_map(row.get(column)), **change.put.get(column, {})}
        row[column] = {k: v for k, v in values.items() if k not in change.drop.get(column, ())}
    return row
