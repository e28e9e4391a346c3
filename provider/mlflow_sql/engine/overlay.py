"""What the statements of a plan would change, put over what the server answers, so that later ones see it.

Theory: tables that share calls show parts of the same items (a run's row, its tags, its params), so the overlay changes
the items of an answer before they are decoded: one edit of an item is seen in every table of its family. Paging goes on
over the server's own items, unchanged in number, order and keyset; rows in a lifecycle stage that was not asked for are
dropped behind it, and items that do not exist yet come as one more page. Statements that read such a table are planned
without pushdown: the server would filter by what it knows. Not foreseen: the effects of EXEC, metric histories,
and values that the server makes: keys and other texts that a statement cannot give read as ``(known after apply #1)``,
what it could have given as NULL.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import msgspec

from mlflow_sql.catalog.lookup import on
from mlflow_sql.catalog.model import Catalog, Column, Resource
from mlflow_sql.plan.changes import Change, as_map
from mlflow_sql.plan.nodes import Call, Scan
from mlflow_sql.plan.write import Write
from mlflow_sql.rows.encode import millis, number, whole
from mlflow_sql.rows.page import Page
from mlflow_sql.types import ColumnType

if TYPE_CHECKING:
    import pyarrow as pa

    from mlflow_sql.engine.fetch import Remote
    from mlflow_sql.rest.transport import Answer, Transport
    from mlflow_sql.rows.decode import Decoder

UNKNOWN = "(known after apply)"
_STAGE = "mlflow_sql_stage"  # the lifecycle stage of a row's item, behind the columns that the statement asked for
_PLACEHOLDER = re.compile(r"\(known after apply #\d+\)")
_STAGES = {"active": frozenset({"active"}), "deleted": frozenset({"deleted"}), "all": frozenset({"active", "deleted"})}

Key = tuple[Any, ...]


def is_unknown(value: Any) -> bool:
    """Whether a value holds one that the server has yet to make."""
    return isinstance(value, str) and _PLACEHOLDER.search(value) is not None


def shown(value: Any) -> Any:
    """The value as people read it: every unknown one is the same to them."""
    return _PLACEHOLDER.sub(UNKNOWN, value) if isinstance(value, str) else value


@dataclass(slots=True)
class Edits:
    """What becomes of one item. stage: when its lifecycle stage was last set (a count), and to what."""

    created: bool = False
    fields: dict[str, Any] = field(default_factory=dict)  # path -> value
    entries: dict[str, dict[str, dict[str, Any] | None]] = field(default_factory=dict)  # list's path -> key -> element
    stage: tuple[int, str] | None = None

    def put(self, path: str, key: str, element: dict[str, Any]) -> None:
        """Set the element of a list that has that key."""
        there = self.entries.setdefault(path, {})
        there[key] = _later(there.get(key), element)

    def drop(self, path: str, key: str) -> None:
        """Remove the element of a list that has that key."""
        self.entries.setdefault(path, {})[key] = None

    def apply(self, item: dict[str, Any]) -> None:
        """Change an item of an answer."""
        for path, value in self.fields.items():
            _put(item, path, value)
        for path, changed in self.entries.items():
            elements = {e.get("key"): e for e in _at(item, path) or ()}
            for key, element in changed.items():
                if element is None:
                    elements.pop(key, None)
                else:
                    elements[key] = _later(elements.get(key), element)
            _put(item, path, list(elements.values()))


class Overlay:
    """The effects of the statements planned so far, by table family and primary key."""

    def __init__(self, catalog: Catalog) -> None:
        self._resources = {r.name: r for r in catalog.resources}
        self._items: dict[str, dict[Key, Edits]] = {}
        self._numbers = itertools.count(1)
        self._clock = itertools.count(1)

    def owner(self, resource: Resource) -> Resource:
        """The resource whose calls a resource shares: itself for most."""
        return on(resource.server, self._resources[resource.calls_of or resource.name])

    def touches(self, resources: Iterable[Resource]) -> bool:
        """Whether rows of one of the resources are other than the server says."""
        owners = [self.owner(r) for r in resources]
        return any(self._items.get(o.label) or any(e.stage for e in self._parents(o).values()) for o in owners)

    def _parents(self, owner: Resource) -> Mapping[Key, Edits]:
        """The edits of the resource to whose items those of ``owner`` belong: deleted and restored together with it.

        Rule taken from MLflow: deleting or restoring an experiment does the same to all of its runs.
        """
        if not owner.lifecycle or not owner.keys:
            return {}
        return self._items.get(on(owner.server, self._resources[owner.keys.resource]).label, {})

    def _edits(self, owner: Resource, key: Key) -> Edits:
        return self._items.setdefault(owner.label, {}).setdefault(key, Edits())

    # -- what statements change

    def record(self, write: Write, changes: Sequence[Change], now: int) -> list[Key | None]:
        """Take in the changes of one statement; the key of each that makes or changes an item. now: ms since 1970."""
        return [self._record(write.resource, change, now) for change in changes]

    def _record(self, resource: Resource, change: Change, now: int) -> Key | None:
        if change.kind == "keep":
            return None
        insert = resource.writes.insert if resource.writes else None
        if resource.explode is not None or (insert is not None and insert.elements is not None):
            self._element(resource, change, now)
            return None
        if change.kind == "insert":
            return self._insert(resource, change, now)
        key = tuple(change.key[c] for c in resource.primary_key)
        edits = self._edits(resource, key)
        lifecycle = resource.lifecycle
        if change.kind == "delete":
            if lifecycle is not None:
                self._set_stage(edits, lifecycle.path, "deleted")
            return key
        for name, value in change.set.items():
            if lifecycle is not None and name == lifecycle.column:
                self._set_stage(edits, lifecycle.path, str(value))
            else:
                _set(edits, resource, name, value, now)
        for name, values in change.put.items():
            _set(edits, resource, name, values, now)
        for name, keys in change.drop.items():
            for dropped in keys:
                edits.drop(_path(resource, name), dropped)
        return key

    def _set_stage(self, edits: Edits, path: str, stage: str) -> None:
        edits.stage = (next(self._clock), stage)
        edits.fields[path] = stage

    def _insert(self, resource: Resource, change: Change, now: int) -> Key:
        assert resource.writes is not None
        assert resource.writes.insert is not None
        insert = resource.writes.insert
        made = {c: f"(known after apply #{next(self._numbers)})" for c in insert.key}
        given = {c: v for c, v in change.set.items() if v is not None}
        row = {**{c: now for c in insert.now}, **given, **made}
        edits = self._edits(resource, tuple(row[c] for c in resource.primary_key))
        edits.created = True
        if resource.lifecycle is not None:
            edits.fields[resource.lifecycle.path] = "active"
        used = (insert.method, *insert.also)
        served = {p.column for name in used if (m := resource.method(name)) for p in m.params if p.column}
        for column in resource.columns:
            if column.name in row:
                _set(edits, resource, column.name, row[column.name], now)
        for column in resource.columns:
            text = column.path if column.type is ColumnType.STRING and not column.pick else None
            if text and text not in edits.fields and column.name not in served:
                edits.fields[text] = f"(known after apply #{next(self._numbers)})"
        return tuple(row[c] for c in resource.primary_key)

    def _element(self, resource: Resource, change: Change, now: int) -> None:
        """A change of one element of a list: it belongs to an item of the resource whose list that is."""
        owner, path = self._listed(resource)
        row = {**change.row, **change.key, **change.set}
        edits = self._edits(owner, tuple(row[c] for c in owner.primary_key))
        if change.kind == "delete":
            edits.drop(path, row["key"])
            return
        element: dict[str, Any] = {"key": row["key"]}
        if resource.column("step") is None:
            element["value"] = _text(row["value"])
        else:
            time, step = row.get("timestamp"), row.get("step")
            element["value"] = number(row["value"])
            element["timestamp"] = now if time is None else millis(time)
            element["step"] = 0 if step is None else whole(step)
        edits.put(path, row["key"], element)

    def _listed(self, resource: Resource) -> tuple[Resource, str]:
        """The resource whose items hold the list that the rows of ``resource`` go into, and the list's path."""
        if resource.explode is not None and resource.explode.path is not None:
            return self.owner(resource), resource.explode.path
        insert = resource.writes.insert if resource.writes else None
        assert insert is not None
        method = resource.method(insert.method)
        assert method is not None
        column = next(p.column for p in method.params if p.name == insert.elements) or ""
        for owner in self._resources.values():
            whole_items = owner.calls_of is None and owner.explode is None
            if whole_items and method in owner.methods and owner.column(column) is not None:
                return on(resource.server, owner), _path(owner, column)
        raise AssertionError(f"no table holds the list that {resource.name} writes")

    # -- what scans read

    def patch(self, scan: Scan) -> Patch:
        """How one scan of a statement sees the overlay."""
        owner = self.owner(scan.resource)
        if not self.touches([scan.resource]):
            return Patch(scan, owner, {}, {})
        return Patch(scan, owner, self._items.get(owner.label, {}), self._parents(owner))


def patches(overlay: Overlay | None, scans: Sequence[Scan]) -> dict[int, Patch]:
    """The patches of a statement's scans by their index: none when it reads nothing that the overlay changes."""
    if overlay is None or not overlay.touches(s.resource for s in scans if not s.hidden):
        return {}
    return {s.index: overlay.patch(s) for s in scans}


class Patch:
    """What one scan of a statement sees of an overlay. ``scan``: what to read instead, in every lifecycle stage."""

    def __init__(self, scan: Scan, owner: Resource, items: Mapping[Key, Edits], parents: Mapping[Key, Edits]) -> None:
        self._owner = owner
        self._items = dict(items)
        self._parents = {k: e for k, e in parents.items() if e.stage}
        self._active = bool(self._items or self._parents)
        self._staged = self._active and owner.lifecycle is not None
        self.scan = self._widened(scan) if self._staged else scan

    def _widened(self, scan: Scan) -> Scan:
        assert self._owner.lifecycle is not None
        self._wanted = scan.stages or _STAGES["active"]
        for search in scan.searches:
            if search.view is not None:
                self._wanted = _STAGES[search.view]
        stage = Column(name=_STAGE, type=ColumnType.STRING, description="", path=self._owner.lifecycle.path)
        resource = msgspec.structs.replace(scan.resource, columns=(*scan.resource.columns, stage))
        searches = tuple(replace(s, view="all" if s.view else None) for s in scan.searches)
        return replace(scan, resource=resource, columns=(*scan.columns, _STAGE), searches=searches, stages=None)

    def remote(self, remote: Remote) -> Remote:
        """The server as the scan is to see it: with the items of answers changed."""
        if not self._active:
            return remote
        transport: Any = _Transport(remote.transport, self)
        return replace(remote, transport=transport)

    def schema(self, schema: pa.Schema) -> pa.Schema:
        """The columns that the statement asked for."""
        return schema.remove(len(schema) - 1) if self._staged else schema

    def batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The rows in the lifecycle stages that the statement asked for."""
        if not self._staged:
            return batch
        import pyarrow as pa
        import pyarrow.compute as pc

        stages = pc.fill_null(batch.column(batch.num_columns - 1), "active")
        kept = batch.filter(pc.is_in(stages, value_set=pa.array(sorted(self._wanted), pa.string())))
        return kept.drop_columns([_STAGE])

    def sendable(self, keys: list[Key]) -> list[Key]:
        """The keys that the server knows."""
        return [key for key in keys if not any(map(is_unknown, key))]

    def extended(self, pages: Iterator[Page], decoder: Decoder) -> Iterator[Page]:
        """The pages, and one more with the items that do not exist yet."""
        yield from pages
        made = [self._made(edits) for edits in self._items.values() if edits.created]
        if made and self.scan.searches:
            content = msgspec.json.encode({self.scan.method.items: made})
            yield decoder.page(content, "the plan's own rows")

    def _made(self, edits: Edits) -> dict[str, Any]:
        item: dict[str, Any] = {}
        edits.apply(item)
        self._cascade(item, edits)
        return item

    def content(self, content: bytes) -> bytes:
        """An answer with its items changed."""
        try:
            answer = msgspec.json.decode(content)
        except msgspec.DecodeError:
            return content  # the decoder says what is wrong
        items = answer.get(self.scan.method.items) if isinstance(answer, dict) else None
        if not isinstance(items, list):
            return content
        paths = [_path(self._owner, c) for c in self._owner.primary_key]
        for item in items:
            edits = self._items.get(tuple(_at(item, p) for p in paths))
            if edits is not None:
                edits.apply(item)
            self._cascade(item, edits)
        return msgspec.json.encode(answer)

    def _cascade(self, item: dict[str, Any], edits: Edits | None) -> None:
        """Put an item into the stage of what it belongs to, if that was set later than its own."""
        if not self._parents or self._owner.keys is None or self._owner.lifecycle is None:
            return
        key = tuple(_at(item, _path(self._owner, ours)) for ours in self._owner.keys.columns)
        parent = self._parents.get(key)
        if parent is None or parent.stage is None:
            return
        if edits is None or edits.stage is None or edits.stage[0] < parent.stage[0]:
            _put(item, self._owner.lifecycle.path, parent.stage[1])


class _Transport:
    """A transport whose answers pass through a patch."""

    def __init__(self, transport: Transport, patch: Patch) -> None:
        self._transport = transport
        self._patch = patch

    def send(self, call: Call) -> Answer:
        answer = self._transport.send(call)
        return replace(answer, content=self._patch.content(answer.content))


def _set(edits: Edits, resource: Resource, name: str, value: Any, now: int) -> None:
    """Set a column: the field that it stands for, or entries of the list."""
    column = resource.column(name)
    if column is None or column.path is None or value is None:
        return
    if column.type.is_map:
        for key, entry in as_map(value).items():
            element: dict[str, Any] = {"key": key, "value": _text(entry)}
            if column.type is ColumnType.DOUBLE_MAP:
                element = {"key": key, "value": number(entry), "timestamp": now, "step": 0}
            edits.put(column.path, key, element)
    elif column.pick is not None:
        edits.put(column.path, column.pick, {"key": column.pick, "value": _text(value)})
    else:
        edits.fields[column.path] = millis(value) if column.type is ColumnType.TIMESTAMP else value


def _path(resource: Resource, name: str) -> str:
    column = resource.column(name)
    assert column is not None
    return column.path or ""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _later(there: dict[str, Any] | None, element: dict[str, Any]) -> dict[str, Any]:
    """Of two values of a metric the one that MLflow shows: of the greater step, then time; else the new one."""
    if there is None or "step" not in element or "step" not in there:
        return element
    return element if _order(element) >= _order(there) else there


def _order(element: Mapping[str, Any]) -> tuple[int, int]:
    return int(element.get("step") or 0), int(element.get("timestamp") or 0)


def _at(item: Any, path: str) -> Any:
    for part in path.split("."):
        item = item.get(part) if isinstance(item, Mapping) else None
    return item


def _put(item: dict[str, Any], path: str, value: Any) -> None:
    *parents, name = path.split(".")
    for part in parents:
        item = item.setdefault(part, {})
    item[name] = value
