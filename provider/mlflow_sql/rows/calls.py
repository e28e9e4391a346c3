"""Changes into REST calls, by what the resource's file says about its methods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import msgspec

from mlflow_sql.catalog.model import Method, Resource
from mlflow_sql.errors import StatementError
from mlflow_sql.plan.changes import Change, as_map
from mlflow_sql.plan.nodes import Call
from mlflow_sql.rows.encode import Misfit, encode, shown, slices
from mlflow_sql.types import ColumnType


class ValueFault(StatementError):
    """A value that the server would refuse, cut or drop; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Making:
    """How a row is made: the call, and where the keys stand in its answer.

    mark: the tag's key and value by which a row is found when the answer is lost; natural: the column that does.
    """

    call: Call
    method: Method
    key: Mapping[str, str]
    mark: tuple[str, str] | None = None
    natural: str | None = None


def making(resource: Resource, change: Change, now: int, mark: str) -> Making:
    """The call that makes a row. now: ms since 1970 UTC. mark: an id of its own. Raises ValueFault."""
    insert = resource.writes.insert if resource.writes else None
    assert insert is not None
    method = _method(resource, insert.method)
    made = [c for c in insert.key if change.set.get(c) is not None]
    if made:
        raise ValueFault(f"{resource.label}.{made[0]} cannot be set by INSERT: the server makes it")
    values = _given(resource, change)
    for column in insert.now:
        if values.get(column) is None:
            values[column] = now
    tagged = None
    if insert.mark is not None:
        tags = next(p.column or p.name for p in method.params if p.type == "pairs")
        values[tags] = {insert.mark: mark, **as_map(values.get(tags))}
        tagged = (insert.mark, mark)
    body = _body(resource, method, values, change)
    missing = [p.column or p.name for p in method.params if p.required and p.name not in body]
    if missing:
        raise ValueFault(f"INSERT INTO {resource.label} needs {', '.join(missing)}")
    for name, limit in _lists(method):
        if len(body.get(name, ())) > limit:
            body[name] = body[name][:limit]  # the rest is logged afterwards
    return Making(_call(method, body), method, insert.key, tagged, insert.natural)


def following(resource: Resource, change: Change, key: Mapping[str, Any], now: int) -> list[Call]:
    """The calls after a row was made, for what the first did not take. Raises ValueFault."""
    writes = resource.writes
    assert writes is not None
    assert writes.insert is not None
    first = _method(resource, writes.insert.method)
    taken = {p.column for p in first.params if p.column}
    row = _given(resource, change)
    values = {c: v for c, v in row.items() if c not in taken and v is not None}
    for name, limit in _lists(first):
        column = next(p.column or p.name for p in first.params if p.name == name)
        given = list(as_map(row.get(column)).items())
        sent = limit - (1 if writes.insert.mark else 0)  # the mark goes first
        if len(given) > sent:
            values[column] = dict(given[sent:])
    calls: list[Call] = []
    for name in writes.insert.also:
        method = _method(resource, name)
        mine = {p.column for p in method.params if p.column in values}
        calls += _calls(resource, method, {**key, **values}, change, mine, now)
    served = {p.column for name in writes.insert.also for p in _method(resource, name).params}
    for column in values:
        if column not in served:
            raise ValueFault(f"{resource.label}.{column} cannot be set by INSERT")
    return calls


def _given(resource: Resource, change: Change) -> dict[str, Any]:
    """The values of a row to be made, without what another column or we ourselves say better.

    A row that is copied from another brings its tags along: its mark, which must not be there twice, and entries that
    columns stand for (MLflow refuses a run_name beside another name in the tag mlflow.runName).
    """
    insert = resource.writes.insert if resource.writes else None
    values = dict(change.set)
    for column in resource.columns:
        if column.type != ColumnType.STRING_MAP or values.get(column.name) is None:
            continue
        said = {c.pick for c in resource.columns if c.path == column.path and values.get(c.name) is not None}
        said |= {insert.mark} if insert else set()
        values[column.name] = {k: v for k, v in as_map(values[column.name]).items() if k not in said}
    return values


def changing(resource: Resource, change: Change, now: int) -> list[Call]:
    """The calls that update or delete a row. Raises ValueFault."""
    writes = resource.writes
    if writes is None:
        raise ValueFault(f"{resource.label} cannot be changed")
    if change.kind == "delete":
        if writes.delete is None:
            raise ValueFault(f"rows of {resource.label} cannot be deleted")
        method = _method(resource, writes.delete)
        return [_call(method, _body(resource, method, change.key, change))]
    values: dict[str, Any] = dict(change.set)
    calls: list[Call] = []
    lifecycle = resource.lifecycle.column if resource.lifecycle else None
    last: list[Call] = []
    if lifecycle and lifecycle in values:
        stage = values.pop(lifecycle)
        name = {"active": writes.restore, "deleted": writes.delete}.get(stage)
        if name is None:
            raise ValueFault(f"{resource.label}.{lifecycle} can be set to 'active' or 'deleted', not to {stage!r}")
        method = _method(resource, name)
        call = _call(method, _body(resource, method, change.key, change))
        (calls if stage == "active" else last).append(call)
    refuse_fixed(resource, change)
    empty = [c for c, v in values.items() if v is None]
    if empty:
        raise ValueFault(f"{resource.label}.{empty[0]} cannot be set to NULL")
    values |= {c: dict(v) for c, v in change.put.items()}
    for name, columns in writes.update.items():
        method = _method(resource, name)
        mine = {c for c in values if c in columns}
        calls += _calls(resource, method, {**change.key, **values}, change, mine, now)
    for column, keys in change.drop.items():
        remover = writes.unset.get(column)
        if remover is None:
            raise ValueFault(f"keys of {resource.label}.{column} cannot be removed")
        method = _method(resource, remover)
        calls += [_call(method, _body(resource, method, {**change.key, "key": k}, change)) for k in keys]
    return calls + last


def refuse_fixed(resource: Resource, change: Change) -> None:
    """Raise for columns that no method changes, and for map entries that are there and cannot be changed."""
    writes = resource.writes
    assert writes is not None
    changeable = {c for columns in writes.update.values() for c in columns}
    if resource.lifecycle and resource.lifecycle.column:
        changeable.add(resource.lifecycle.column)
    for column in (*change.set, *change.put, *change.drop):
        if column not in changeable:
            raise ValueFault(f"{resource.label}.{column} cannot be changed")
    for column, values in change.put.items():
        if column in writes.unset:
            continue
        there = as_map(change.before.get(column))
        fixed = [k for k in values if k in there and there[k] != values[k]]
        if fixed:
            raise ValueFault(
                f"{resource.label}.{column}[{fixed[0]!r}] is {there[fixed[0]]!r} already, and MLflow does not change it"
            )


def refuse_columns(resource: Resource, columns: Iterable[str]) -> None:
    """Raise ValueFault for inserted columns that an element of the resource's list does not have."""
    insert = resource.writes.insert if resource.writes else None
    assert insert is not None
    method = _method(resource, insert.method)
    known = {"key", "value", *(p.column or p.name for p in method.params if p.required)}
    if any(p.name == insert.elements and p.type == "points" for p in method.params):
        known |= {"timestamp", "step"}
    for column in columns:
        if column not in known:
            raise ValueFault(f"{resource.label}.{column} cannot be set by INSERT")


def element_calls(resource: Resource, rows: Sequence[Mapping[str, Any]], now: int) -> Iterator[Call]:
    """The calls that log rows of a resource whose rows are elements of a list, all of one owner. Raises ValueFault."""
    insert = resource.writes.insert if resource.writes else None
    assert insert is not None
    assert insert.elements is not None
    method = _method(resource, insert.method)
    listed = next(p for p in method.params if p.name == insert.elements)
    owner = next(p for p in method.params if p.required)
    column = owner.column or owner.name
    try:
        elements = encode(listed, _last(resource, rows) if listed.type == "pairs" else list(rows), now)
        head = {owner.name: encode(owner, rows[0].get(column))}
    except Misfit as why:
        raise ValueFault(f"INSERT INTO {resource.label}: {column} {shown(rows[0].get(column))}: {why}") from None
    for part in slices(method, {listed.name: elements}):
        yield _call(method, {**head, **part})


def _last(resource: Resource, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows with each key once, as last given. Raises Misfit for two values of a key that cannot be changed."""
    found: dict[Any, Mapping[str, Any]] = {}
    fixed = resource.writes is not None and not resource.writes.update
    for row in rows:
        there = found.get(row.get("key"), row)
        if fixed and there.get("value") != row.get("value"):
            raise Misfit(f"{row.get('key')!r} is given as {there.get('value')!r} and as {row.get('value')!r}")
        found[row.get("key")] = row
    return list(found.values())


def _method(resource: Resource, name: str) -> Method:
    found = resource.method(name)
    assert found is not None, f"{resource.label} has no method {name}"
    return found


def _lists(method: Method) -> list[tuple[str, int]]:
    return [(p.name, p.batch) for p in method.params if p.type in ("pairs", "points") and p.batch]


def _calls(
    resource: Resource, method: Method, values: Mapping[str, Any], change: Change, mine: Set[str | None], now: int
) -> list[Call]:
    """The calls of one method for the columns that are its own to change."""
    if not mine:
        return []
    per_key = next((p for p in method.params if p.column in mine and any(q.name == "key" for q in method.params)), None)
    if per_key is not None and per_key.column:
        keys = dict(values[per_key.column])
        if None in keys.values():
            empty = next(k for k, v in keys.items() if v is None)
            raise ValueFault(f"{resource.label}.{per_key.column}[{empty!r}] cannot be set to NULL in a whole map")
        bodies = [{**values, "key": k, per_key.column: v} for k, v in keys.items()]
        return [_call(method, _body(resource, method, b, change)) for b in bodies]
    wanted = [p for p in method.params if p.required or p.column in mine]
    body = _body(resource, msgspec.structs.replace(method, params=tuple(wanted)), values, change, now=now)
    lists = {p.name: body.pop(p.name) for p in wanted if p.type in ("pairs", "points") and p.name in body}
    if not lists:
        return [_call(method, body)]
    return [_call(method, {**body, **part}) for part in slices(method, lists)]


def _body(
    resource: Resource, method: Method, values: Mapping[str, Any], change: Change, *, now: int = 0
) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for param in method.params:
        column = param.column or param.name
        value = values.get(column)
        if value is None:
            continue
        try:
            body[param.name] = encode(param, value, now)
        except Misfit as why:
            where = ", ".join(f"{k} {shown(v)}" for k, v in change.key.items() if v is not None)
            if resource.column(column) is None:  # the key of an entry
                mapped = (p.column for p in method.params if (c := resource.column(p.column or "")) and c.type.is_map)
                column = next(mapped, None) or column
            raise ValueFault(f"{resource.label}.{column}{f' of {where}' if where else ''}: {why}") from None
    return body


def _call(method: Method, body: Mapping[str, Any]) -> Call:
    return Call(method.verb, method.path, None, body, method.idempotent, method.gone)
