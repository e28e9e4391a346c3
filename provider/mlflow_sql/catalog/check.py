"""Rules that hold across the parts of resource files; each broken one is a sentence that names the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlflow_sql.catalog.model import (
    Catalog,
    Column,
    Elements,
    Explode,
    Method,
    Predicates,
    Push,
    Resource,
    Rule,
    Writes,
)


def faults_of(catalog: Catalog, files: Mapping[str, Resource]) -> list[str]:
    """Every broken rule of the catalog; ``files`` are the resources by file name, as read."""
    known = {c.name for c in catalog.capabilities}
    found = [f"_predicates.yaml: {name}.{fault}" for name, p in catalog.predicates.items() for fault in _set(p, known)]
    names: dict[str, str] = {}
    for file, resource in files.items():
        if resource.name != file:
            found.append(f"{file}.yaml: name is {resource.name!r}, must be that of the file")
        if resource.calls_of and resource.calls_of not in files:
            found.append(f"{file}.yaml: calls_of names {resource.calls_of!r}, which is no resource")
        for name in (resource.name, *resource.aliases):
            if names.setdefault(name, file) != file:
                found.append(f"{file}.yaml: the name {name!r} is taken by {names[name]}.yaml")
    for function in catalog.functions:
        if names.setdefault(function.name, "_functions") != "_functions":
            found.append(f"_functions.yaml: the name {function.name!r} is taken by {names[function.name]}.yaml")
    for (file, own), resource in zip(files.items(), catalog.resources, strict=True):
        found += [f"{file}.yaml: {fault}" for fault in _resource(resource, own, catalog, known)]
    return found


def _set(predicates: Predicates, known: set[str]) -> Iterator[str]:
    for op, rule in predicates.rules.items():
        for part in _chain(rule):
            forms = [f for f in (part.write, part.each, part.split, part.complement, part.halves) if f is not None]
            if len(forms) != 1:
                yield f"{op}: needs exactly one of write, each, split, complement, halves"
            for target in (part.each, part.split, part.complement):
                if target is not None and target not in predicates.rules:
                    yield f"{op}: refers to {target}, which this set has not"
            for capability in (part.needs, part.exact_with):
                if capability and capability not in known:
                    yield f"{op}: unknown capability {capability!r}"


def _chain(rule: Rule) -> Iterator[Rule]:
    part: Rule | None = rule
    while part is not None:
        yield part
        part = part.otherwise


def _resource(resource: Resource, own: Resource, catalog: Catalog, known: set[str]) -> Iterator[str]:
    columns = [c.name for c in resource.columns]
    for name in sorted({c for c in columns if columns.count(c) > 1}):
        yield f"column {name} is there twice"
    if not resource.methods:
        yield "has no methods"
    if resource.server:
        yield "server is said by statements, not by a file"
    for name in resource.primary_key:
        if name not in columns:
            yield f"primary_key names {name!r}, which is no column"
    for column in resource.columns:
        yield from _column(column, resource, catalog, known)
    for method in own.methods:
        yield from _method(method, resource, known)
    if resource.writes:
        yield from _writes(resource, resource.writes)
    if resource.explode:
        yield from _explode(resource, resource.explode, catalog, known)
    if resource.keys:
        source = next((r for r in catalog.resources if r.name == resource.keys.resource), None)
        if source is None:
            yield f"keys come from {resource.keys.resource!r}, which is no resource"
        else:
            for ours, theirs in resource.keys.columns.items():
                if ours not in columns or source.column(theirs) is None:
                    yield f"keys: {ours} from {source.name}.{theirs}: no such column"


def _explode(resource: Resource, explode: Explode, catalog: Catalog, known: set[str]) -> Iterator[str]:
    if (explode.path is None) == (not explode.kinds) or (explode.kind is None) == bool(explode.kinds):
        yield "explode: needs path, or kind and kinds"
    parts: list[Explode | Elements] = [explode, *explode.kinds.values()]
    for part in parts:
        if part.push:
            yield from _push("explode", part.push, catalog, known)
        if part.value and resource.column(part.value) is None:
            yield f"explode: value names {part.value!r}, which is no column"
    for name in (explode.kind, explode.key):
        if name and resource.column(name) is None:
            yield f"explode: {name!r} is no column"


def _writes(resource: Resource, writes: Writes) -> Iterator[str]:
    named = {m: "writes" for m in (writes.delete, writes.restore, *writes.update, *writes.unset.values()) if m}
    if writes.insert:
        named |= dict.fromkeys((writes.insert.method, *writes.insert.also), "writes.insert")
        known = [c.name for c in resource.columns]
        for column in (*writes.insert.key, *writes.insert.now, *(c for cs in writes.insert.conflicts for c in cs)):
            if column not in known:
                yield f"writes.insert: {column!r} is no column"
    if many := writes.delete_many:
        named[many.method] = "writes.delete_many"
        params = {p.name for m in resource.methods if m.name == many.method for p in m.params}
        for param in {*many.equal, *many.until, many.limit} - params:
            yield f"writes.delete_many: {many.method} has no parameter {param!r}"
        for column in (*many.equal.values(), *many.until.values()):
            if resource.column(column) is None:
                yield f"writes.delete_many: {column!r} is no column"
    for name, where in named.items():
        if resource.method(name) is None:
            yield f"{where}: no method {name!r}"


def _column(column: Column, resource: Resource, catalog: Catalog, known: set[str]) -> Iterator[str]:
    where = f"column {column.name}"
    elsewhere = column.given or (resource.explode is not None and column.name == resource.explode.kind)
    if [column.path, column.each].count(None) != (2 if elsewhere else 1):
        yield f"{where}: needs {'neither' if elsewhere else 'exactly one'} of path and each"
    if column.sent_as and not column.given:
        yield f"{where}: sent_as needs given"
    elif column.sent_as and not all(m.param(column.sent_as) for m in resource.methods_for("select") if m.items):
        yield f"{where}: a method has no parameter of the role {column.sent_as!r}"
    if column.each is not None and resource.explode is None:
        yield f"{where}: each needs explode"
    for kind in column.kinds:
        if resource.explode is None or kind not in resource.explode.kinds:
            yield f"{where}: no kind {kind!r} in explode"
    if column.push:
        yield from _push(where, column.push, catalog, known)
        if "{key}" in column.push.field and not column.type.is_map and column.push.key is None:
            yield f"{where}: push has {{key}}, but the column is no map and names no key"
        rules = catalog.predicates.get(column.push.predicates)
        if rules and any(r.complement for r in rules.rules.values()) and not column.push.values:
            yield f"{where}: {column.push.predicates} needs the list of values"
    if column.sort and column.sort.needs and column.sort.needs not in known:
        yield f"{where}: unknown capability {column.sort.needs!r}"


def _push(where: str, push: Push, catalog: Catalog, known: set[str]) -> Iterator[str]:
    if push.predicates not in catalog.predicates:
        yield f"{where}: no set of predicates {push.predicates!r}"
    if push.needs and push.needs not in known:
        yield f"{where}: unknown capability {push.needs!r}"


def _method(method: Method, resource: Resource, known: set[str]) -> Iterator[str]:
    where = f"method {method.name}"
    if method.sql == "select" and (method.items is None) == (method.item is None):
        yield f"{where}: needs exactly one of items and item"
    for needs in (method.needs, *(p.needs for p in method.params)):
        if needs and needs not in known:
            yield f"{where}: unknown capability {needs!r}"
    for param in method.params:
        if param.column and resource.column(param.column) is None:
            yield f"{where}: {param.name} names column {param.column!r}, which is none"
        if param.role == "view" and set(param.views) != {"active", "deleted", "all"}:
            yield f"{where}: {param.name} needs views for active, deleted and all"
    if method.otherwise is not None:
        other = resource.method(method.otherwise)
        if other is None or not {p.name for p in method.params} <= {p.name for p in other.params}:
            yield f"{where}: otherwise {method.otherwise!r} is no method with these parameters"
    if method.paging and method.paging.group and resource.column(method.paging.group) is None:
        yield f"{where}: paging.group names {method.paging.group!r}, which is no column"
