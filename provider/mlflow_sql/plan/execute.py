"""EXEC: a method of a table called by name, with its parameters as written.

``EXEC [/*+ hints */] table.method @name = value [,] ... [@@json = '{...}']``, read from the token stream: the compiled
parser of sqlglot cannot be taught a statement. Values are SQL expressions without columns.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp
from sqlglot.errors import ParseError as SqlglotParseError
from sqlglot.tokenizer_core import Token, TokenType

from mlflow_sql.catalog.lookup import Names
from mlflow_sql.catalog.model import Method, Resource
from mlflow_sql.catalog.show import find_method
from mlflow_sql.errors import BindError, ParseError, nearest
from mlflow_sql.plan.statement import DIALECT, PLACEHOLDER, place, tokenize, with_placeholders

_DEPTH = {
    TokenType.L_PAREN: 1, TokenType.L_BRACKET: 1, TokenType.L_BRACE: 1,
    TokenType.R_PAREN: -1, TokenType.R_BRACKET: -1, TokenType.R_BRACE: -1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exec:
    """One call of a method: its resource, and an SQL expression or a plain value for each parameter given.

    routing: what only names the server (see ``Resource.address_params``), as text; unbound: the same where a bound
    parameter says it, as a text with its placeholder in it.
    """

    resource: Resource
    method: Method
    expressions: Mapping[str, str]
    values: Mapping[str, Any]
    routing: Mapping[str, str]
    unbound: Mapping[str, str]


def read_exec(text: str, names: Names) -> Exec:
    """Read an EXEC statement. Raises ParseError with its place, BindError for unknown methods and parameters."""
    source = _without_hint(text)
    tokens = [t for t in tokenize(source) if t.token_type != TokenType.SEMICOLON]
    at = 1
    parts: list[str] = []
    while at < len(tokens) and (not parts or tokens[at].text == "."):
        if tokens[at].text == ".":
            at += 1
        if at >= len(tokens):
            break
        parts.append(tokens[at].text)
        at += 1
    if len(parts) < 2:
        raise ParseError("EXEC needs a table and a method", hint="EXEC experiment_runs.delete @run_id = '...'")
    resource = names.resource(".".join(parts[:-1]))
    method = find_method(resource, parts[-1])
    expressions: dict[str, str] = {}
    payload: dict[str, Any] = {}
    while at < len(tokens):
        if tokens[at].token_type == TokenType.COMMA:
            at += 1
            continue
        if tokens[at].token_type != TokenType.PARAMETER:
            line, column = place(source, tokens[at].start)
            wanted = [p.name for p in method.params if p.required and p.role == "value"] or ["name"]
            like = ", ".join(f"@{name} = ..." for name in wanted)
            raise ParseError(
                "expected @parameter = value", line=line, column=column,
                hint=f"EXEC {resource.label}.{method.name} {like}",
            )  # fmt: skip
        at = _parameter(source, tokens, at, expressions, payload)
    for param in method.params:
        for values in (expressions, payload):
            if param.alias and param.alias in values and param.name not in {*expressions, *payload}:
                values[param.name] = values.pop(param.alias)
    known = {p.name: p for p in method.params} | {a: None for a in resource.address_params}
    for name in (*expressions, *payload):
        if name not in known:
            raise BindError(
                f"{resource.label}.{method.name} has no parameter {name!r}", suggestions=nearest(name, known),
                hint=f"DESCRIBE METHOD {resource.label}.{method.name} lists them",
            )  # fmt: skip
    twice = set(expressions) & set(payload)
    if twice:
        raise ParseError(f"parameter {min(twice)!r} is given twice, by @ and in @@json")
    given = {*expressions, *payload}
    missing = [p.name for p in method.params if p.required and p.role == "value" and p.name not in given]
    if missing:
        raise BindError(
            f"{resource.label}.{method.name} needs {', '.join('@' + m for m in missing)}",
            hint=f"DESCRIBE METHOD {resource.label}.{method.name} lists its parameters",
        )
    own = {p.name for p in method.params}
    routing = {n: _text(v) for n, v in (expressions | payload).items() if n not in own}
    return Exec(
        resource,
        method,
        {n: e for n, e in expressions.items() if n in own},
        {n: v for n, v in payload.items() if n in own},
        {n: v for n, v in routing.items() if not PLACEHOLDER.search(v)},
        {n: v for n, v in routing.items() if PLACEHOLDER.search(v)},
    )


def _text(value: Any) -> str:
    """A value that names a server, as text; a bound one as a placeholder."""
    found = str(value)
    if found.startswith("$"):
        return "{{ " + found[1:] + " }}"
    return found[1:-1].replace("''", "'") if found[:1] == found[-1:] == "'" else found


def _without_hint(text: str) -> str:
    """The text with a hint comment after EXEC blanked: hints of other products ask for what happens here anyway."""
    start = text.find("/*+")
    end = text.find("*/", start)
    return text if start < 0 or end < 0 else text[:start] + " " * (end + 2 - start) + text[end + 2 :]


def _parameter(text: str, tokens: list[Token], at: int, expressions: dict[str, str], payload: dict[str, Any]) -> int:
    """Read one ``@name = value`` or ``@@json = '...'``; the position behind it."""
    marks = 0
    start = tokens[at].start
    while at < len(tokens) and tokens[at].token_type == TokenType.PARAMETER:
        marks += 1
        at += 1
    if marks not in (1, 2) or at + 1 >= len(tokens) or tokens[at + 1].token_type != TokenType.EQ:
        line, column = place(text, start)
        raise ParseError("expected @parameter = value", line=line, column=column)
    name = tokens[at].text
    at += 2
    begin, depth = at, 0
    while at < len(tokens):
        kind = tokens[at].token_type
        marks_next = kind == TokenType.PARAMETER and tokens[at].text == "@"  # a $name is a value
        if depth == 0 and (marks_next or kind == TokenType.COMMA):
            break
        depth += _DEPTH.get(kind, 0)
        at += 1
    if at == begin:
        line, column = place(text, start)
        raise ParseError(f"@{name} has no value", line=line, column=column)
    expression = text[tokens[begin].start : tokens[at - 1].end + 1]
    if marks == 1:
        expression = with_placeholders(expression)
    if marks == 2:
        if name.lower() != "json":
            line, column = place(text, start)
            raise ParseError(f"expected @@json, not @@{name}", line=line, column=column)
        for key, value in _payload(expression).items():
            if key in payload:
                raise ParseError(f"parameter {key!r} is given twice")
            payload[key] = value
        return at
    if name in expressions:
        raise ParseError(f"parameter {name!r} is given twice")
    expressions[name] = _checked(expression, name)
    return at


def _checked(expression: str, name: str) -> str:
    try:
        tree = DIALECT.parse(f"SELECT ({expression})")[0]  # in parentheses, so that it is no alias or FROM as well
    except SqlglotParseError:
        raise ParseError(f"cannot read the value of @{name}: {expression}") from None
    if (
        not isinstance(tree, exp.Select)
        or len(tree.expressions) != 1
        or isinstance(tree.selects[0].unnest(), exp.Alias)
    ):
        raise ParseError(f"cannot read the value of @{name}: {expression}")
    if tree.find(exp.Column):
        raise ParseError(f"the value of @{name} is no constant: {expression}", hint="text goes into single quotes")
    return expression


_OUTSIDE = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")|\{\{\s*\w+\s*\}\}')


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ParseError(f"parameter {next(n for n in names if names.count(n) > 1)!r} is given twice in @@json")
    return found


def _payload(expression: str) -> dict[str, Any]:
    tree = DIALECT.parse(f"SELECT {expression}")[0]
    literal = tree.expressions[0] if isinstance(tree, exp.Select) else None
    if not isinstance(literal, exp.Literal) or not literal.is_string:
        raise ParseError("@@json takes one text in quotes")
    # A placeholder outside of quotes stands for a whole value, as one that fills its quotes does.
    text = _OUTSIDE.sub(lambda m: m[0] if m["text"] else f'"{m[0]}"', literal.this)
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        raise ParseError(f"@@json is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ParseError("@@json must be a JSON object")
    return found
