"""EXEC: one method called as written, or its stand-in on a server that lacks it; the answer is a relation."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from mlflow_sql.catalog.model import Instead, Method, Preset, Resource
from mlflow_sql.engine import writes
from mlflow_sql.engine.making import Maker
from mlflow_sql.errors import StatementError
from mlflow_sql.plan.addresses import server_of
from mlflow_sql.plan.changes import Change
from mlflow_sql.plan.execute import Exec
from mlflow_sql.plan.nodes import Call, Plan, Search
from mlflow_sql.plan.statement import PLACEHOLDER, quoted
from mlflow_sql.plan.write import Write
from mlflow_sql.rest.paging import pages
from mlflow_sql.rows.calls import Making, ValueFault
from mlflow_sql.rows.decode import Decoder
from mlflow_sql.rows.encode import Misfit, encode

if TYPE_CHECKING:
    from mlflow_sql.engine.connection import Connection
    from mlflow_sql.engine.relation import Relation


def is_read(method: Method) -> bool:
    """Whether the method changes nothing."""
    return method.sql == "select" or method.verb == "GET"


def body_of(connection: Connection, found: Exec, params: Any, now: int) -> dict[str, Any]:
    """The parameters as the call takes them. Raises ValueFault for a value that does not fit."""
    values = {name: _filled(value, params) for name, value in found.values.items()}
    if found.expressions:
        listed = ", ".join(f"({sql}) AS {quoted(name)}" for name, sql in found.expressions.items())
        used = {n: v for n, v in params.items() if f"${n}" in listed} if isinstance(params, Mapping) else params
        relation = connection.run(f"SELECT {listed}", used or None)
        assert relation is not None
        values |= dict(zip(relation.columns, relation.fetchall()[0], strict=True))
    body: dict[str, Any] = {}
    for param in found.method.params:
        value = values.get(param.name)
        if value is None:
            if param.required and param.role == "value":
                raise ValueFault(f"@{param.name} of {found.resource.label}.{found.method.name} cannot be NULL")
            continue
        try:
            body[param.name] = encode(param, value, now)
        except Misfit as why:
            raise ValueFault(f"@{param.name} of {found.resource.label}.{found.method.name}: {why}") from None
        if param.needs and not connection.servers.of(found.resource).facts.has(param.needs):
            raise StatementError(
                f"this server does not take @{param.name} of {found.resource.label}.{found.method.name}"
            )
        if param.views and value not in param.views.values():  # the server would answer as if nothing were there
            known = ", ".join(param.views.values())
            raise ValueFault(f"@{param.name} of {found.resource.label}.{found.method.name} takes {known}")
    return body


def _filled(value: Any, params: Any) -> Any:
    """A value of @@json with its ``{{ name }}`` replaced by bound parameters."""
    if isinstance(value, dict):
        return {k: _filled(v, params) for k, v in value.items()}
    if isinstance(value, list):
        return [_filled(v, params) for v in value]
    if not isinstance(value, str) or "{{" not in value:
        return value
    known = params if isinstance(params, Mapping) else {}
    names = PLACEHOLDER.findall(value)
    for name in names:
        if name not in known:
            raise StatementError(f"no value for the variable {name!r}")
    if PLACEHOLDER.fullmatch(value.strip()):
        return known[names[0]]
    return PLACEHOLDER.sub(lambda match: str(known[match[1]]), value)


def _route(connection: Connection, found: Exec, params: Any) -> None:
    """Note the server that the call itself names, by a bound parameter too."""
    said = {n: str(_filled(v, params)) for n, v in {**found.routing, **found.unbound}.items()}
    connection.route(server_of(found.resource, said))


def run_exec(connection: Connection, found: Exec, params: Any = None) -> Relation:
    """Call a method; the answer's rows, its fields as one row, or ``status: ok`` when it is empty.

    Raises StatementError before anything was sent: for values, a read-only connection, a method this server lacks.
    """
    if not is_read(found.method):
        connection.refuse_if_read_only(found.resource, f"{found.resource.label}.{found.method.name}")
    if found.unbound:
        _route(connection, found, params)
    found = _there(connection, found)
    method, resource = found.method, found.resource
    connection.stopping.clear()
    now = time.time_ns() // 1_000_000
    body = body_of(connection, found, params, now)
    if method.instead is not None and _lacks(connection, found):
        return _instead(connection, resource, method, method.instead, body, now)
    if (method.items or method.item) and is_read(method):
        return _rows(connection, resource, method, body)
    if not method.idempotent:
        return _made(connection, resource, method, body, now)
    content = connection.servers.of(resource).transport.send(_call(method, body)).content
    return _answer(connection, content)


def _lacks(connection: Connection, found: Exec) -> bool:
    """Whether the server of the table has no such method."""
    needs = found.method.needs
    return needs is not None and not connection.servers.of(found.resource).facts.has(needs)


def _there(connection: Connection, found: Exec) -> Exec:
    """The call by the method that the server has in place of one that it lacks. Raises StatementError for none."""
    method, resource = found.method, found.resource
    if not _lacks(connection, found) or method.instead is not None:
        return found
    other = resource.method(method.otherwise) if method.otherwise else None
    if other is None:
        raise StatementError(
            f"this server has no {method.path}", hint=f"SHOW METHODS IN {resource.label} lists other methods"
        )
    return replace(found, method=other)


def reads_of(connection: Connection, found: Exec, params: Any = None) -> Plan | None:
    """What EXEC reads before it writes: the rows of a stand-in. None when it reads nothing."""
    instead = found.method.instead
    if instead is None or not _lacks(connection, found):
        return None
    now = time.time_ns() // 1_000_000
    values = {**instead.defaults, **body_of(connection, found, params, now), "now": now}
    with connection.names.using(found.resource.server):
        return connection.plan(instead.rows, _used(instead.rows, values))


def calls_of(connection: Connection, found: Exec, params: Any = None) -> list[Call]:
    """The calls that EXEC would make, for EXPLAIN; a stand-in's rows are read for it."""
    _route(connection, found, params)
    found = _there(connection, found)
    now = time.time_ns() // 1_000_000
    body = body_of(connection, found, params, now)
    method = found.method
    if method.instead is not None and _lacks(connection, found):
        tasks = _stand_in_tasks(connection, found.resource, method, method.instead, body, now)
        return [c for task in tasks for c in task.calls]
    return [_call(method, body)]


def _call(method: Method, body: Mapping[str, Any]) -> Call:
    sent = body or None
    get = method.verb == "GET"
    return Call(method.verb, method.path, sent if get else None, None if get else body, method.idempotent)


def _rows(connection: Connection, resource: Resource, method: Method, body: Mapping[str, Any]) -> Relation:
    """The items of the answer as rows of the table: every page, unless the statement asks for one."""
    import pyarrow as pa

    constants = {p.column: body[p.name] for p in method.params if p.column and p.type == "string" and p.name in body}
    decoder = Decoder(resource, method, resource.answered, constants=_lacking(resource, constants))
    # Asked for here: pages are fetched in threads, and this one holds the lock.
    transport = connection.servers.of(resource).transport
    paged = {p.name for p in method.params if p.role in ("page_size", "page_token")}
    if method.paging is None or paged & set(body):
        size = {p.name: method.paging.size for p in method.params if p.role == "page_size" and method.paging}
        found = _call(method, {**size, **body} if paged else body)
        page = decoder.page(transport.send(found).content, found.label)
        batches = [page.batch]
        if paged:
            token = pa.array([page.token] * page.batch.num_rows, pa.string())
            batches = [page.batch.append_column("next_page_token", token)]
    else:
        views = {p.name: body[p.name] for p in method.params if p.name in body}

        def fetch(one: Call) -> Any:
            merged = Call(one.verb, one.path, _over(one.query, views), _over(one.body, views), True)
            return decoder.page(transport.send(merged).content, merged.label)

        search = Search(method, dict(body))
        offsets = connection.servers.of(resource).facts.has("offset_tokens")
        batches = [p.batch for p in pages(search, fetch, offset_tokens=offsets, keyset=False, stop=connection.stopping)]
    schema = batches[0].schema if batches else decoder.schema
    return connection.table(pa.Table.from_batches(batches, schema))


def _over(sent: Mapping[str, Any] | None, given: Mapping[str, Any]) -> dict[str, Any] | None:
    return None if sent is None else {**sent, **given}


def _lacking(resource: Resource, constants: Mapping[str, Any]) -> dict[str, Any]:
    """The constants for columns that the items may lack: those of a resource that is read key by key."""
    return {c: v for c, v in constants.items() if resource.keys is not None and resource.keys.always}


def _answer(connection: Connection, content: bytes) -> Relation:
    """The fields of an answer as one row; nested ones as JSON. An empty answer is ``status: ok``."""
    import pyarrow as pa

    found = msgspec.json.decode(content) if content.strip() else {}
    if not isinstance(found, dict) or not found:
        found = {"status": "ok"}
    names, arrays = [], []
    for name, value in found.items():
        names.append(name)
        if isinstance(value, (dict, list)):
            text = pa.array([msgspec.json.encode(value).decode()], pa.string())
            arrays.append(pa.ExtensionArray.from_storage(pa.json_(), text))
        else:
            arrays.append(pa.array([value]))
    return connection.table(pa.Table.from_arrays(arrays, names))


def _made(connection: Connection, resource: Resource, method: Method, body: dict[str, Any], now: int) -> Relation:
    """A call that makes a row: looked up before it is sent again, as INSERT does."""
    insert = resource.writes.insert if resource.writes else None
    transport = connection.servers.of(resource).transport
    if insert is None or insert.method != method.name:
        return _answer(connection, transport.send(_call(method, body)).content)
    mark = None
    if insert.mark is not None:
        tags = next(p.name for p in method.params if p.type == "pairs")
        mark = (insert.mark, uuid.uuid4().hex)
        body[tags] = [*body.get(tags, ()), {"key": mark[0], "value": mark[1]}]
    making = Making(_call(method, body), method, insert.key, mark, insert.natural)
    given = {p.column: body[p.name] for p in method.params if p.column and p.name in body}
    key, row = Maker(transport, resource).make(Change("insert", {}, set=given), making)
    content = msgspec.json.encode(key)
    if row and method.item:
        found = [c.name for c in resource.columns if c.path == "$"]
        content = b'{"%s": %s}' % (method.item.encode(), str(row[found[0]]).encode()) if found else content
    return _answer(connection, content)


def _stand_in_tasks(
    connection: Connection, resource: Resource, method: Method, instead: Instead, body: Mapping[str, Any], now: int
) -> list[writes.Task]:
    """The calls, row by row, that do what a method does on servers that have it."""
    values = {**instead.defaults, **body, "now": now}
    for name, most in instead.defaults.items():
        if not 0 < values[name] <= most:
            raise ValueFault(f"@{name} of {resource.label}.{method.name} must be between 1 and {most}")
    each = resource.method(instead.each)
    assert each is not None
    with connection.names.using(resource.server):
        relation = connection.run(instead.rows, _used(instead.rows, values))
    assert relation is not None
    tasks = []
    for row in relation.fetchall():
        key = dict(zip(relation.columns, row, strict=True))
        tasks.append(writes.Task(key, calls=list(_steps(resource, instead, each, key, now))))
    return tasks


def _steps(resource: Resource, instead: Instead, each: Method, key: Mapping[str, Any], now: int) -> Iterator[Call]:
    steps = [Preset(method=each.name, values={})]
    steps = [*([instead.before] if instead.before else []), *steps, *([instead.after] if instead.after else [])]
    for step in steps:
        method = resource.method(step.method)
        assert method is not None
        values = {**key, **{k: str(now) if v == "$now" else v for k, v in step.values.items()}}
        body = {p.name: values[p.name] for p in method.params if p.name in values}
        yield Call(method.verb, method.path, None, body, method.idempotent, method.gone)


def _used(sql: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if f"${name}" in sql}


def _instead(
    connection: Connection, resource: Resource, method: Method, instead: Instead, body: Mapping[str, Any], now: int
) -> Relation:
    values = {**instead.defaults, **body, "now": now}
    counts: dict[str, Any] = {}
    for name, sql in instead.also.items():
        with connection.names.using(resource.server):
            relation = connection.run(sql, _used(sql, values))
        assert relation is not None
        counts[name] = relation.fetchall()[0][0]
    tasks = _stand_in_tasks(connection, resource, method, instead, body, now)
    most = connection.options.max_writes
    if len(tasks) > most:
        raise StatementError(
            f"{resource.label}.{method.name} would change {len(tasks)} rows, more than max_writes ({most})",
            hint=f"SET max_writes = {len(tasks)} allows it",
        )
    writes.Writer(connection, Write("EXEC", resource, resource.name, "", ())).run(tasks)
    return _answer(connection, msgspec.json.encode({instead.answer: len(tasks), **counts}))
