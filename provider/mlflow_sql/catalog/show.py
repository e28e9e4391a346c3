"""The rows that SHOW and DESCRIBE answer with: column names first, then rows of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mlflow_sql.catalog.model import Catalog, Column, Method, Op, Resource, Rule
from mlflow_sql.errors import BindError, nearest

Has = Callable[[str], bool]

_SIGNS = {
    Op.EQ: "=", Op.NE: "<>", Op.LT: "<", Op.LE: "<=", Op.GT: ">", Op.GE: ">=", Op.LIKE: "LIKE", Op.LIKE_ANY: "LIKE",
    Op.ILIKE: "ILIKE", Op.IN: "IN", Op.NOT_IN: "NOT IN", Op.IS_NULL: "IS NULL", Op.IS_NOT_NULL: "IS NOT NULL",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """A small answer of text."""

    columns: tuple[str, ...]
    rows: list[tuple[str | None, ...]]


def tables(catalog: Catalog, server: str = "") -> Rows:
    """One row per remote table of an attached server, "" for the connection's own."""
    return Rows(
        ("name", "catalog", "schema", "aliases", "description"),
        [
            (r.name, server or r.catalog, r.schema, ", ".join(r.aliases) or None, r.description)
            for r in catalog.resources
        ],
    )


def elsewhere(catalog: Catalog, attached: Sequence[str]) -> list[tuple[str | None, ...]]:
    """Further rows of ``tables``: those of attached servers, and the names of other products."""
    found = [row for server in attached for row in tables(catalog, server).rows]
    for resource in catalog.resources:
        for provider, schema, name in (a.split(".") for a in resource.addresses):
            found.append((name, provider, schema, None, resource.description))
    return found


def functions(catalog: Catalog, server: str = "") -> Rows:
    """One row per table function over remote tables of a server; DuckDB's own are in duckdb_functions()."""
    dot = f"{server}." if server else ""
    return Rows(
        ("name", "usage", "description"),
        [(f.name, f"SELECT * FROM {dot}{f.usage}", f.description) for f in catalog.functions],
    )


def providers(catalog: Catalog, attached: Sequence[str] = ()) -> Rows:
    """The catalogs of tables, as StackQL's SHOW PROVIDERS lists them, and the attached servers."""
    return Rows(("name",), [(name,) for name in sorted({p for p, _, _ in _addresses(catalog, attached)})])


def services(catalog: Catalog, provider: str, attached: Sequence[str] = ()) -> Rows:
    """The schemas of a catalog, or of an attached server. Raises BindError for an unknown one."""
    found = sorted({s for p, s, _ in _addresses(catalog, attached) if p == provider.lower()})
    if not found:
        known = {p for p, _, _ in _addresses(catalog, attached)}
        raise BindError(
            f"no provider {provider!r}", suggestions=nearest(provider, known), hint="SHOW PROVIDERS lists them"
        )
    return Rows(("name",), [(name,) for name in found])


def resources(catalog: Catalog, service: str, attached: Sequence[str] = (), extended: bool = False) -> Rows:
    """The tables of a schema, with or without the server's name before it. Raises BindError for an unknown one."""
    wanted = service.lower()
    found = _addresses(catalog, attached)
    rows = [r for p, s, r in found if wanted == f"{p}.{s}" or (wanted == s and p not in attached)]
    if not rows:
        known = list(dict.fromkeys(f"{p}.{s}" for p, s, _ in found))
        provider = wanted.partition(".")[0]
        inside = [name for name in known if name.startswith(f"{provider}.")]
        near = inside if inside and provider == wanted else nearest(service, known)
        hint = f"SHOW SERVICES IN {provider}" if inside else "SHOW PROVIDERS lists what has services"
        raise BindError(f"no service {service!r}", suggestions=near, hint=hint)
    titles: tuple[str, ...] = ("name", "description")
    listed: list[tuple[str | None, ...]] = [(r.name, r.description) for r in rows]
    if extended:
        titles = (*titles, "aliases", "primary_key", "methods")
        listed = [
            (*row, ", ".join(r.aliases) or None, ", ".join(r.primary_key), ", ".join(m.name for m in r.methods))
            for row, r in zip(listed, rows, strict=True)
        ]
    return Rows(titles, listed)


def _addresses(catalog: Catalog, attached: Sequence[str] = ()) -> list[tuple[str, str, Resource]]:
    found = [(p or r.catalog, r.schema, r) for p in ("", *attached) for r in catalog.resources]
    return found + [(*a.split(".")[:2], r) for r in catalog.resources for a in r.addresses]  # type: ignore[misc]


def methods(resource: Resource, extended: bool = False) -> Rows:
    """One row per REST method of a table, with its parameters.

    extended: also where the rows stand in the answer, and the capability without which a server lacks it.
    """
    titles: tuple[str, ...] = ("method", "sql", "required", "optional", "call", "description")
    rows: list[tuple[str | None, ...]] = [
        (
            m.name, m.sql.upper(), _params(m, required=True), _params(m, required=False),
            f"{m.verb} {m.path}", m.description,
        )
        for m in resource.methods
    ]  # fmt: skip
    if extended:
        titles = (*titles, "answer", "needs")
        rows = [(*row, m.items or m.item, m.needs) for row, m in zip(rows, resource.methods, strict=True)]
    return Rows(titles, rows)


def _params(method: Method, *, required: bool) -> str | None:
    names = [p.name for p in method.params if p.required == required and p.role != "fixed"]
    return ", ".join(names) or None


def method(resource: Resource, name: str) -> Rows:
    """One row per parameter of a method. Raises BindError for an unknown one."""
    found = find_method(resource, name)
    return Rows(
        ("parameter", "type", "required", "column", "description"),
        [(p.name, p.type, "yes" if p.required else "no", p.column, p.description) for p in found.params],
    )


def find_method(resource: Resource, name: str) -> Method:
    """The method of that name. Raises BindError with near names."""
    found = next((m for m in resource.methods if m.name == name.lower()), None)
    if found is None:
        raise BindError(
            f"{resource.label} has no method {name!r}",
            suggestions=nearest(name, [m.name for m in resource.methods]),
            hint=f"SHOW METHODS IN {resource.label} lists them",
        )
    return found


def columns(resource: Resource, catalog: Catalog, has: Has | None, extended: bool = False) -> Rows:
    """One row per column: its type, what the server can filter by (on this server, where ``has`` knows it), sorting."""
    titles: tuple[str, ...] = ("name", "type", "pushed", "sortable", "description")
    rows = [
        (c.name, c.type.sql, pushed(c, resource, catalog, has), _sortable(c, has), c.description)
        for c in resource.columns
    ]
    if extended:
        titles = (*titles, "source")
        rows = [(*row, _source(c, resource)) for row, c in zip(rows, resource.columns, strict=True)]  # type: ignore[misc]
    return Rows(titles, list(rows))


def _sortable(column: Column, has: Has | None) -> str:
    if column.sort is None or (has and column.sort.needs and not has(column.sort.needs)):
        return "no"
    return "each key" if column.type.is_map else "yes"


def _source(column: Column, resource: Resource) -> str | None:
    explode = resource.explode
    if column.path is None and column.each is None:
        return None
    lists = [explode.path or "" if explode else ""]
    if explode is not None and explode.kinds:
        lists = [part.path for kind, part in explode.kinds.items() if not column.kinds or kind in column.kinds]
    path = column.path or ", ".join(f"{name}[].{column.each}" for name in lists)
    path += f"[{column.pick}]" if column.pick else ""
    return path + (f" - {column.minus}" if column.minus else "")


def pushed(column: Column, resource: Resource, catalog: Catalog, has: Has | None) -> str | None:
    """The comparisons that reach the server; ~ marks those that it answers with a superset."""
    if column.sent_as:
        return f"= as it stands, as the call's {column.sent_as}"
    several = resource.explode
    if several is not None and several.kinds and column.push is None:
        if column.name == several.kind:
            return "chooses the lists that are read"
        listed = [k for k, p in several.kinds.items() if column.each and column.name in (several.key, p.value)]
        told = pushed(column, resource.of_kind(listed[0]), catalog, has) if listed else None
        return f"{told}{' and' if 'together' in told else ' together with'} one {several.kind}" if told else None
    parts = []
    reading = [p for m in resource.methods_for("select") for p in m.params if p.column == column.name]
    if reading:
        parts.append("= and IN as a parameter" if any(p.type == "string_list" for p in reading) else "= as a parameter")
    push = column.push
    explode = resource.explode
    beside = ""
    if push is None and explode and explode.push and column.name in (explode.key, explode.value):
        push = explode.push
        if column.name == explode.key:  # told as: this key is there
            exists = _usable(catalog.predicates[push.predicates].rules.get(Op.IS_NOT_NULL), has)
            return "=~" if exists is not None else f"= together with a condition on {explode.value}"
        beside = f" together with one {explode.key}"
    if push is not None and not (has and push.needs and not has(push.needs)):
        signs: dict[str, bool] = {}
        for op, rule in catalog.predicates[push.predicates].rules.items():
            usable = _usable(rule, has)
            target = (usable.each or usable.split or usable.complement) if usable else None
            if target and _usable(catalog.predicates[push.predicates].rules.get(target), has) is None:
                continue
            if usable is not None:
                exact = _exact(usable, op, catalog.predicates[push.predicates].rules, has) and not push.per_element
                exact = exact and column.each is None  # what an element says, the server checks for its item
                signs[_SIGNS[op]] = exact and signs.get(_SIGNS[op], True)
        parts.append(" ".join(sign if exact else f"{sign}~" for sign, exact in signs.items()) + beside)
    return "; ".join(p for p in parts if p) or None


def _usable(rule: Rule | None, has: Has | None) -> Rule | None:
    while rule is not None and has and rule.needs and not has(rule.needs):
        rule = rule.otherwise
    return rule


def _exact(rule: Rule, op: Op, rules: dict[Op, Rule], has: Has | None) -> bool:
    target = rule.each or rule.split or rule.complement
    if target is not None and target != op:
        return _exact(rules[target], target, rules, has)
    return rule.exact and not (has and rule.exact_with and not has(rule.exact_with))


def insert_template(resource: Resource) -> Rows:
    """An INSERT statement with a placeholder for every column that can be given, as StackQL's SHOW INSERT INTO.

    Raises BindError for a table that rows cannot be inserted into.
    """
    insert = resource.writes.insert if resource.writes else None
    if insert is None:
        raise BindError(f"rows cannot be inserted into {resource.label}")
    if insert.elements is not None:
        given = [c.name for c in resource.columns if c.name in (*resource.primary_key, "key", "value", *insert.now)]
    else:
        taken = {p.column for name in (insert.method, *insert.also) for p in find_method(resource, name).params}
        given = [c.name for c in resource.columns if c.name in taken and c.name not in insert.key]
    marks = ",\n  ".join(f"{{{{ {name} }}}}" for name in given)
    listed = ",\n  ".join(given)
    text = f"INSERT INTO {resource.full_name} (\n  {listed}\n)\nSELECT\n  {marks}\n"
    if insert.key:
        text += f"RETURNING {', '.join(insert.key)}\n"
    return Rows(("template",), [(text + ";",)])
