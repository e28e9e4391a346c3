"""Table functions over remote tables, such as ``compare('a', 'b')``: their SQL is put in place of the call.

That is done before a statement is planned, so the arguments reach the tables in it as conditions do. Arguments stand in
the SQL as they were written, bound parameters included; their values are needed only for names of columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Function
from mlflow_sql.errors import StatementError
from mlflow_sql.plan.statement import Edit, Params, Statement, parse, place, quoted

_REPEATED = re.compile(r"\{\*\s*(.*?)\s*\*\}", re.DOTALL)


def expand(text: str, params: Params, names: Names) -> str:
    """The statement with the SQL of each of our table functions in place of its call, on the server that is named.

    Raises StatementError for arguments that do not fit, and what ``parse`` raises for parameters that do not.
    """
    functions = {f.name: f for f in names.catalog.functions}
    if not any(name in text.lower() for name in functions):
        return text
    statement = parse(text, params, lenient=True)
    edits = []
    for table in statement.tree.find_all(exp.Table):
        call = table.this
        function = functions.get(call.name.lower()) if isinstance(call, exp.Anonymous) else None
        qualifiers = [p for p in (table.args.get("catalog"), table.args.get("db")) if isinstance(p, exp.Identifier)]
        server = names.server([q.name for q in qualifiers])
        if function is None or "start" not in call.meta or server is None:
            continue
        texts, end = _arguments(statement, call.meta["start"])
        arguments = [
            _Argument(piece, _value(node, function, statement))
            for piece, node in zip(texts, call.expressions, strict=True)
        ]
        _check(function, arguments)
        alias = "" if table.alias else f" AS {function.name}"
        start = min(q.meta.get("start", call.meta["start"]) for q in (*qualifiers, call))
        edits.append(Edit(start, end, f"({_sql(function, arguments, server)}){alias}"))
    return statement.edited(edits) if edits else text


@dataclass(frozen=True, slots=True)
class _Argument:
    """One argument: as written, and its value."""

    text: str
    value: str


def _arguments(statement: Statement, start: int) -> tuple[list[str], int]:
    """The texts between the parentheses behind the name at ``start``, cut at commas, and where the call ends."""
    first = next(i for i, t in enumerate(statement.tokens) if t.start == start) + 1
    depth = 0
    spans: list[list[int]] = [[]]  # of each argument, without comments around it
    for token in statement.tokens[first:]:
        sign = token.text if token.start == token.end else ""
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(sign, 0)
        if depth == 0:
            return [statement.text[s[0] : s[-1]] for s in spans if s], token.end + 1
        if depth == 1 and sign == ",":
            spans.append([])
        elif token is not statement.tokens[first]:
            spans[-1] += (token.start, token.end + 1)
    raise AssertionError("sqlglot has found the end of this call")


def _value(node: exp.Expr, function: Function, statement: Statement) -> str:
    value = node.meta.get("value", node.this if isinstance(node, exp.Literal) and node.is_string else None)
    if not isinstance(value, str) or not value.strip():
        line, column = place(statement.text, node.meta["start"]) if "start" in node.meta else (None, None)
        where = f" (line {line}, column {column})" if line else ""
        what = node.sql(dialect="duckdb")
        raise StatementError(
            f"{function.name} takes texts, or bound parameters that are given, not {what}{where}", hint=function.usage
        )
    return value


def _check(function: Function, arguments: Sequence[_Argument]) -> None:
    if not function.least <= len(arguments) <= function.most:
        raise StatementError(
            f"{function.name} takes {function.least} to {function.most} arguments, not {len(arguments)}",
            hint=function.usage,
        )
    values = [a.value for a in arguments]
    twice = next((v for i, v in enumerate(values) if v in values[:i]), None)
    if twice is not None:
        raise StatementError(f"{function.name}: {twice!r} is given twice")


def _sql(function: Function, arguments: Sequence[_Argument], server: str) -> str:
    """The function's SQL on one line, so that places in the statement keep their lines."""

    def repeated(match: re.Match[str]) -> str:
        return ", ".join(
            _filled(match[1], {"place": str(i), "value": a.text, "name": quoted(a.value)})
            for i, a in enumerate(arguments, 1)
        )

    lists = {
        name: ", ".join(a.text for a in arguments if listed.takes(a.value)) or "NULL"
        for name, listed in function.lists.items()
    }
    known = {**lists, "count": str(len(arguments)), "server": f"{quoted(server)}." if server else ""}
    whole = " ".join(function.sql.split())
    parts = _REPEATED.split(whole)
    return "".join(
        _REPEATED.sub(repeated, f"{{* {part} *}}") if i % 2 else _filled(part, known) for i, part in enumerate(parts)
    )


def _filled(text: str, values: dict[str, str]) -> str:
    """The text with each {name} that is known as its value, in one pass: a value may hold braces too."""
    return re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], m[0]), text)
