"""The CTEs that a part of a statement reads: what must stand before it when it is run apart."""

from __future__ import annotations

from sqlglot import exp


def read_by(part: exp.Expr, place: exp.Expr) -> tuple[exp.CTE, ...] | None:
    """The CTEs that ``part`` reads, directly or through others, with outer and earlier ones first.

    place: the node from which the names are seen; ``part`` stands below it.
    None when part reads a recursive CTE from within, or when two CTEs that it reads have one name: then it cannot be
    run apart.
    """
    visible: list[exp.CTE] = []
    own: set[str] = set()
    inside: exp.Expr | None = None
    node: exp.Expr | None = place
    while node is not None:
        if isinstance(node, exp.CTE):
            inside = node
        elif with_ := node.args.get("with_"):
            at = next((i for i, cte in enumerate(with_.expressions) if cte is inside), None)
            if at is not None and with_.recursive:
                own.add(with_.expressions[at].alias.lower())
            visible = [*with_.expressions[:at], *visible]
        node = node.parent
    names = _names(part)
    while True:
        more = {n for cte in visible if cte.alias.lower() in names for n in _names(cte)} - names
        if not more:
            break
        names |= more
    found = tuple(cte for cte in visible if cte.alias.lower() in names)
    if names & own or len({cte.alias.lower() for cte in found}) < len(found):
        return None
    return found


def is_recursive(cte: exp.CTE) -> bool:
    """Whether the CTE stands in a WITH RECURSIVE."""
    return isinstance(cte.parent, exp.With) and bool(cte.parent.recursive)


def _names(part: exp.Expr) -> set[str]:
    return {table.name.lower() for table in part.find_all(exp.Table) if not table.db}
