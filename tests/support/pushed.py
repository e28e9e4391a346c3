"""The README's table of what is pushed, made from the resource files."""

from __future__ import annotations

from collections.abc import Iterator

from mlflow_sql.catalog.model import Capability, Catalog, Column, Op, Push, Resource, Rule

_SIGNS = {
    Op.EQ: "`=`", Op.NE: "`<>`", Op.LT: "`<`", Op.LE: "`<=`", Op.GT: "`>`", Op.GE: "`>=`", Op.LIKE: "`LIKE 'a%'`",
    Op.LIKE_ANY: "`LIKE 'a_'`", Op.ILIKE: "`ILIKE`", Op.IN: "`IN`", Op.NOT_IN: "`NOT IN`", Op.IS_NULL: "`IS NULL`",
    Op.IS_NOT_NULL: "`IS NOT NULL`",
}  # fmt: skip
_TEXT_ONLY = (Op.LIKE, Op.LIKE_ANY, Op.ILIKE)


def table(catalog: Catalog) -> str:
    """Markdown: one row per kind of column, then what has no filter, is a parameter, and is ordered."""
    needs = {c.name: c for c in catalog.capabilities}
    kinds: dict[tuple[str, bool], list[str]] = {}
    for resource in catalog.resources:
        for name, push in _pushes(resource):
            kinds.setdefault((push.predicates, push.per_element), []).append(f"{_short(resource)}.{name}")
    lines = ["| Columns | Exactly | More rows | Local | Only on |", "|---|---|---|---|---|"]
    for (kind, per_element), columns in kinds.items():
        predicates = catalog.predicates[kind]
        exact = [op for op, rule in predicates.rules.items() if _exact(rule, op, predicates.rules) and not per_element]
        more = [op for op in predicates.rules if op not in exact]
        local = [
            op for op in Op if op not in predicates.rules and (predicates.literal == "string" or op not in _TEXT_ONLY)
        ]
        cells = [", ".join(f"`{c}`" for c in columns), _ops(exact), _ops(more), _ops(local)]
        lines.append("| " + " | ".join([*cells, _servers(predicates.rules, needs)]) + " |")
    lines += ["", "Sent as parameters of a call, for `=` and `IN`: " + ", ".join(_parameters(catalog)) + "."]
    sent = [f"`{_short(r)}.{c.name}`" for r in catalog.resources for c in r.columns if c.sent_as]
    lines.append("Sent as they stand, for `=`: " + ", ".join(sent) + ".")
    lines.append("Ordered by the server: " + ", ".join(_sorted(catalog)) + ".")
    lines.append("Only local: " + ", ".join(_local(catalog)) + ".")
    return "\n".join(lines)


def _pushes(resource: Resource) -> Iterator[tuple[str, Push]]:
    for column in resource.columns:
        if column.push:
            yield column.name + (".<key>" if column.type.is_map else ""), column.push
    explode = resource.explode
    if explode and explode.push:
        yield f"{explode.value} (where {explode.key} = ...)", explode.push
    for kind, part in explode.kinds.items() if explode else ():
        if part.push:
            yield f"{part.value} (where {explode.kind} = '{kind}' and {explode.key} = ...)", part.push


def _short(resource: Resource) -> str:
    return min((resource.name, *resource.aliases), key=len)


def _exact(rule: Rule, op: Op, rules: dict[Op, Rule]) -> bool:
    target = rule.each or rule.split or rule.complement
    return _exact(rules[target], target, rules) if target and target != op else rule.exact


def _ops(ops: list[Op]) -> str:
    return " ".join(_SIGNS[op] for op in ops)


def _servers(rules: dict[Op, Rule], capabilities: dict[str, Capability]) -> str:
    """For each condition on the server the comparisons that hang on it."""
    found: dict[str, list[Op]] = {}
    for op, rule in ((op, rule) for op, rule in rules.items() if rule.otherwise is None):
        for word, name in (("", rule.needs), ("exact ", rule.exact_with)):
            if name:
                capability = capabilities[name]
                where = "SQL stores" if capability.store else f"{capability.since}"
                found.setdefault(word + where, []).append(op)
    return "; ".join(f"{where}: {_ops(ops)}" for where, ops in found.items())


def _parameters(catalog: Catalog) -> list[str]:
    own = [r for r in catalog.resources if r.calls_of is None]
    sent = {(r.name, p.column) for r in own for m in r.methods_for("select") for p in m.params if p.role == "value"}
    return [f"`{_short(r)}.{c.name}`" for r in own for c in r.columns if (r.name, c.name) in sent]


def _sorted(catalog: Catalog) -> list[str]:
    return [f"`{_short(r)}.{_keyed(c)}`" for r in catalog.resources for c in r.columns if c.sort]


def _local(catalog: Catalog) -> list[str]:
    found = []
    for resource in catalog.resources:
        pushed = {name.split(".")[0].split(" ")[0] for name, _ in _pushes(resource)}
        pushed |= {p.column or "" for m in resource.methods_for("select") for p in m.params}
        pushed |= {resource.explode.key or "", resource.explode.kind or ""} if resource.explode else set()
        pushed |= {c.name for c in resource.columns if c.sent_as}
        pushed |= {resource.lifecycle.column or ""} if resource.lifecycle else set()
        left = [c.name for c in resource.columns if c.name not in pushed]
        found += [f"`{_short(resource)}.{name}`" for name in left]
    return found


def _keyed(column: Column) -> str:
    return column.name + (".<key>" if column.type.is_map else "")
