"""The calls that carry out a write's changes, all of them built, and so checked, before one is sent."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlflow_sql.engine.changing import reserved_rows
from mlflow_sql.plan.changes import Change
from mlflow_sql.plan.nodes import Call
from mlflow_sql.plan.write import Write
from mlflow_sql.rows.calls import Making, changing, element_calls, following, making, refuse_columns, refuse_fixed

if TYPE_CHECKING:
    from mlflow_sql.catalog.model import Resource


@dataclass(slots=True)
class Task:
    """The calls for one row (or one group of rows): first what makes it, then what follows.

    rest: builds the calls that follow from the row's key. rows: how many rows they write.
    """

    key: Mapping[str, Any]
    change: Change | None = None
    making: Making | None = None
    calls: list[Call] = field(default_factory=list)
    rest: Callable[[Mapping[str, Any]], list[Call]] | None = None
    row: dict[str, Any] = field(default_factory=dict)
    rows: int = 1

    @property
    def shown(self) -> list[Call]:
        """Every call, with a mark where the server will make the key."""
        first = [self.making.call] if self.making else []
        made = {c: f"<{c}>" for c in self.making.key} if self.making else {}
        return [*first, *(self.rest({**self.key, **made}) if self.rest else self.calls)]


def tasks_of(write: Write, changes: Sequence[Change], now: int) -> list[Task]:
    """The calls of every change, all checked. now: ms since 1970 UTC. Raises StatementError."""
    resource = write.resource
    for fault in reserved_rows(write, changes):
        raise fault
    insert = resource.writes.insert if resource.writes else None
    if insert is not None and insert.elements is not None:
        return _element_tasks(resource, changes, now)
    tasks: list[Task] = []
    for change in changes:
        if change.kind == "keep":
            continue
        if change.kind != "insert":
            tasks.append(Task(change.key, change, calls=changing(resource, change, now)))
            continue
        made = making(resource, change, now, uuid.uuid4().hex)
        dummy = {c: "?" for c in made.key}
        following(resource, change, dummy, now)

        def rest(key: Mapping[str, Any], change: Change = change) -> list[Call]:
            return following(resource, change, key, now)

        tasks.append(Task(change.key, change, made, rest=rest))
    return tasks


def _element_tasks(resource: Resource, changes: Sequence[Change], now: int) -> list[Task]:
    owner = resource.primary_key[0]
    groups: dict[Any, list[dict[str, Any]]] = {}
    tasks: list[Task] = []
    for change in changes:
        if change.kind == "delete":
            tasks.append(Task(change.key, change, calls=changing(resource, change, now)))
        elif change.kind in ("insert", "update"):
            if change.kind == "update":
                refuse_fixed(resource, change)
            else:
                refuse_columns(resource, change.set)
            row = {**{c: change.row.get(c) for c in resource.primary_key}, **change.key, **change.set}
            groups.setdefault(row.get(owner), []).append(row)
    for value, rows in groups.items():
        tasks.append(Task({owner: value}, rows=len(rows), calls=list(element_calls(resource, rows, now))))
    return tasks
